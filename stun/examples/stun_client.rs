//! Asks a server for the public address of a UDP socket, without tokio.
//!
//! ```sh
//! cargo run -p trunkline-stun --example stun_client -- SERVER:3478
//! ```
//!
//! Without a server it asks one of its own on the loopback interface.

use core::error::Error;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::net::{ToSocketAddrs, UdpSocket};
use std::thread;

use trunkline_stun::sans_io::{Clock, FiveTuple};
use trunkline_stun::{
    Answer, BindingClient, BindingEvent, BindingServer, ClientConfig, MAX_RESPONSE_LEN,
    TransactionIds,
};

fn main() -> Result<(), Box<dyn Error>> {
    let server = match std::env::args().nth(1) {
        Some(name) => name.to_socket_addrs()?.next().ok_or("no such server")?,
        None => own_server()?,
    };
    let socket = match server {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
    };
    let path = FiveTuple::udp(socket.local_addr()?, server);
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let id = TransactionIds::new(seed).next_id();
    let mut transaction = BindingClient::new(path, id, ClientConfig::DEFAULT);
    match run(&socket, path, &mut transaction)? {
        BindingEvent::Mapped { address, .. } => {
            println!("{server} sees port {} as {address}", path.local.port());
            Ok(())
        }
        BindingEvent::Failed(failure) => Err(failure.into()),
        other => Err(format!("{other:?}").into()),
    }
}

/// The loop of every machine: send what it wants sent, take what has happened, wait.
fn run(
    socket: &UdpSocket,
    path: FiveTuple,
    transaction: &mut BindingClient,
) -> Result<BindingEvent, Box<dyn Error>> {
    let clock = Clock::new();
    let mut buffer = [0; 1_500];
    loop {
        while let Some(transmit) = transaction.poll_transmit(clock.now(), &mut buffer)? {
            socket.send_to(&buffer[..transmit.len], transmit.path.remote)?;
        }
        if let Some(event) = transaction.poll_event() {
            return Ok(event);
        }
        if let Some(due) = transaction.poll_timeout() {
            // Zero would mean to wait for ever.
            let wait = (due - clock.now()).max(Duration::from_millis(1));
            socket.set_read_timeout(Some(wait))?;
        }
        match socket.recv_from(&mut buffer) {
            Ok((len, remote)) => {
                let path = FiveTuple { remote, ..path };
                let _ = transaction.handle_datagram(clock.now(), path, &buffer[..len]);
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) => {}
            Err(error) => return Err(error.into()),
        }
        transaction.handle_timeout(clock.now());
    }
}

fn own_server() -> io::Result<SocketAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let local = socket.local_addr()?;
    thread::spawn(move || {
        let (mut request, mut response) = ([0; 1_500], [0; MAX_RESPONSE_LEN]);
        while let Ok((len, remote)) = socket.recv_from(&mut request) {
            let path = FiveTuple::udp(local, remote);
            let answer = BindingServer::new().answer(path, &request[..len], &mut response);
            if let Ok(Answer::Send(transmit)) = answer {
                let _ = socket.send_to(&response[..transmit.len], remote);
            }
        }
    });
    Ok(local)
}
