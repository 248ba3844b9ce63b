//! Client and server of a device without an allocator: all that they need is in one static.
//!
//! ```sh
//! cargo run -p trunkline-stun --example static_storage --no-default-features
//! ```
//!
//! It counts what it allocates, and prints
//!
//! ```text
//! seen as 192.0.2.9:5060, 0 allocations; 576 octets hold it all
//! ```
//!
//! The device talks to itself over two datagrams of fixed size. The lock stands for what such a
//! device has for it, a critical section; the rest is `core` and this crate without features.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use trunkline_stun::sans_io::{FiveTuple, Instant};
use trunkline_stun::{
    Answer, BindingClient, BindingEvent, BindingServer, ClientConfig, MAX_RESPONSE_LEN,
    TransactionId,
};
use trunkline_testkit::count_allocations;

struct Device {
    client: BindingClient,
    server: BindingServer<'static>,
    request: [u8; 20],
    response: [u8; MAX_RESPONSE_LEN],
}

const CLIENT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), 5060);
const SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 3478);
const PATH: FiveTuple = FiveTuple::udp(CLIENT, SERVER);

static DEVICE: Mutex<Device> = Mutex::new(Device {
    client: BindingClient::new(PATH, TransactionId::new([0x5a; 12]), ClientConfig::DEFAULT),
    server: BindingServer::new(),
    request: [0; 20],
    response: [0; MAX_RESPONSE_LEN],
});

/// One exchange; `None` if something does not fit or does not come.
fn exchange(device: &mut Device, now: Instant) -> Option<SocketAddr> {
    let transmit = device
        .client
        .poll_transmit(now, &mut device.request)
        .ok()??;
    let request = &device.request[..transmit.len];
    let path = transmit.path.reversed();
    let answer = device.server.answer(path, request, &mut device.response);
    let Ok(Answer::Send(transmit)) = answer else {
        return None;
    };
    let response = &device.response[..transmit.len];
    let path = transmit.path.reversed();
    let _ = device.client.handle_datagram(now, path, response);
    match device.client.poll_event() {
        Some(BindingEvent::Mapped { address, .. }) => Some(address),
        _ => None,
    }
}

fn main() {
    let Ok(mut device) = DEVICE.lock() else {
        return;
    };
    let (mapped, allocations) = count_allocations(|| exchange(&mut device, Instant::ORIGIN));
    assert_eq!((mapped, allocations.count), (Some(CLIENT), 0));
    let octets = size_of::<Device>();
    println!("seen as {CLIENT}, 0 allocations; {octets} octets hold it all");
}
