//! Asks a STUN server as fast as it answers: `stun_load SERVER:PORT SECONDS SOCKETS`.
//!
//! Each socket is a client of its own, with one Binding request (RFC 8489, 20 octets) under way at a
//! time. It prints how many requests were answered, and how many were not within 200 ms.
//! `examples/interop/stun-load.sh` compares servers by it.

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::net::UdpSocket;
use std::thread;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, seconds, sockets] = arguments.as_slice() else {
        return Err("stun_load SERVER:PORT SECONDS SOCKETS".into());
    };
    let server: SocketAddr = server.parse()?;
    let time = Duration::from_secs_f64(seconds.parse()?);
    let mut sockets = (0..sockets.parse()?)
        .map(|_| client(server))
        .collect::<Result<Vec<_>, _>>()?;
    let (mut answered, mut lost) = (0_u64, 0_u64);
    let begin = Instant::now();
    let mut tick = begin;
    while begin.elapsed() < time {
        for (number, socket) in sockets.iter_mut().enumerate() {
            socket.send(&request(number, answered))?;
        }
        // Nobody waits for a response, so that the server is not charged for waking this side.
        tick = Instant::now().max(tick + Duration::from_millis(1));
        thread::sleep(tick.saturating_duration_since(Instant::now()));
        for (number, socket) in sockets.iter().enumerate() {
            let mut response = [0; 128];
            match socket.recv(&mut response) {
                // A success, and to the request of this socket.
                Ok(len) if len >= 20 && response[..2] == [1, 1] && response[19] == low(number) => {
                    answered += 1;
                }
                _ => lost += 1,
            }
        }
    }
    println!("{answered} answered, {lost} lost");
    Ok(())
}

fn client(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let any = if server.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    Ok(socket)
}

const fn low(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

fn request(number: usize, round: u64) -> [u8; 20] {
    let mut request = [0; 20];
    request[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
    request[8..16].copy_from_slice(&round.to_be_bytes());
    request[19] = low(number);
    request
}
