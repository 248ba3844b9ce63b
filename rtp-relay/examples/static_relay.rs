//! The relay of a device without an allocator: its session and its ports are in one static.
//!
//! ```text
//! cargo run -p trunkline-rtp-relay --no-default-features --example static_relay
//! ```
//!
//! relays a second of audio each way between two peers that are arrays, counts what it allocates, and prints
//!
//! ```text
//! 100 packets relayed, 1 of a stranger dropped, 0 allocations
//! 2808 octets hold it all
//! ```
//!
//! The lock stands for what such a device has for it, a critical section; the rest is `core` and this crate
//! without features.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Mutex;

use trunkline_rtp_relay::sans_io::Instant;
use trunkline_rtp_relay::{
    Component, Leg, LegConfig, PortRange, Ports, RemoteMedia, RtpHeader, Session, SessionConfig,
    Verdict,
};
use trunkline_testkit::count_allocations;

struct Device {
    ports: Option<Ports<[u64; PortRange::MEDIA.words()]>>,
    session: Option<Session>,
    packet: [u8; 172],
}

static DEVICE: Mutex<Device> = Mutex::new(Device {
    ports: None,
    session: None,
    packet: [0; 172],
});

const fn address(last: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)), port)
}

const PEERS: [SocketAddr; 2] = [address(9, 40_000), address(5, 17_000)];
const STRANGER: SocketAddr = address(66, 40_000);

/// A call of a second. Gives how many packets were relayed and how many dropped; `None` if something has no
/// room.
fn call(device: &mut Device) -> Option<(u64, u64)> {
    let mut now = Instant::ORIGIN;
    let rest = Duration::from_secs(10);
    let words = [0; PortRange::MEDIA.words()];
    let ports = device
        .ports
        .insert(Ports::new(PortRange::MEDIA, rest, words)?);
    // Two pairs, for the SDP and for the sockets of the device; the numbers are to be random.
    let pairs = [
        ports.reserve(now, 0x5eed).ok()?,
        ports.reserve(now, 0xfeed).ok()?,
    ];
    let pairs = pairs.map(|reservation| ports.commit(reservation));

    let leg = |peer| LegConfig {
        remote: Some(RemoteMedia::new(peer)),
        ..LegConfig::default()
    };
    let config = SessionConfig {
        legs: PEERS.map(leg),
        media_timeout: Some(Duration::from_secs(60)),
    };
    let session = device.session.insert(Session::new(now, config));
    for sequence_number in 0..50_u16 {
        now += Duration::from_millis(20);
        for (leg, source) in Leg::BOTH.into_iter().zip(PEERS) {
            write(sequence_number, &mut device.packet)?;
            let packet = &mut device.packet;
            let verdict = session.handle_packet(now, leg, Component::Rtp, source, packet);
            // What the device now sends, from the port of the other leg to its peer.
            let Verdict::Forward {
                destination, len, ..
            } = verdict
            else {
                return None;
            };
            assert_eq!((destination, len), (PEERS[leg.other().index()], 172));
        }
    }
    write(50, &mut device.packet)?;
    let packet = &mut device.packet;
    let verdict = session.handle_packet(now, Leg::A, Component::Rtp, STRANGER, packet);
    assert!(matches!(verdict, Verdict::Drop(_)));

    let [a, b] = session.statistics(now).legs;
    device.session = None;
    for pair in pairs {
        ports.release(now, pair);
    }
    let relayed = a.sent.packets + b.sent.packets;
    Some((relayed, a.dropped.total() + b.dropped.total()))
}

/// 20 ms of silence in G.711.
fn write(sequence_number: u16, packet: &mut [u8; 172]) -> Option<usize> {
    let header = RtpHeader {
        payload_type: 8,
        sequence_number,
        timestamp: u32::from(sequence_number) * 160,
        ..RtpHeader::default()
    };
    header.write(&[0xd5; 160], packet).ok()
}

fn main() {
    let Ok(mut device) = DEVICE.lock() else {
        return;
    };
    let (counts, allocations) = count_allocations(|| call(&mut device));
    assert_eq!((counts, allocations.count), (Some((100, 1)), 0));
    println!("100 packets relayed, 1 of a stranger dropped, 0 allocations");
    println!("{} octets hold it all", size_of::<Device>());
}
