//! Relays the media of one call between two sockets of the standard library, a thread for each.
//!
//! ```text
//! cargo run -p trunkline-rtp-relay --example relay -- 192.0.2.1:30000 192.0.2.9:40000 203.0.113.1:30002 203.0.113.5:17000
//! ```
//!
//! takes at 192.0.2.1:30000 what 192.0.2.9:40000 sends, hands it from 203.0.113.1:30002 to 203.0.113.5:17000,
//! and the other way round, until both are silent for half a minute. RTCP goes over the same ports
//! (RFC 5761). Without arguments it relays a second of audio between two peers of its own:
//!
//! ```text
//! latched A to 127.0.0.1:46518
//! latched B to 127.0.0.1:58303
//! silent: A
//! A: received 50 packets, lost 0, jitter 68µs, sent 50, dropped 0
//! B: received 50 packets, lost 0, jitter 71µs, sent 50, dropped 0
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::{Mutex, PoisonError};
use std::thread;

use trunkline_rtp_relay::sans_io::{Clock, Instant};
use trunkline_rtp_relay::{
    Component, Event, Leg, LegConfig, RemoteMedia, RtpHeader, Session, SessionConfig, Verdict,
};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let addresses: Vec<SocketAddr> = std::env::args()
        .skip(1)
        .map(|text| text.parse().map_err(|error| format!("{text}: {error}")))
        .collect::<Result<_, _>>()?;
    match addresses[..] {
        [] => own_call(),
        [local_a, peer_a, local_b, peer_b] => {
            let sockets = [bind(local_a)?, bind(local_b)?];
            relay(&sockets, [peer_a, peer_b], Duration::from_secs(30)).map(|_| ())
        }
        _ => Err("usage: relay [LOCAL:PORT PEER:PORT LOCAL:PORT PEER:PORT]".into()),
    }
}

fn bind(local: SocketAddr) -> Result<UdpSocket, Failure> {
    UdpSocket::bind(local).map_err(|error| format!("{local}: {error}").into())
}

/// Relays between two sockets until both peers are silent for so long.
fn relay(
    sockets: &[UdpSocket; 2],
    peers: [SocketAddr; 2],
    patience: Duration,
) -> Result<Session, Failure> {
    let clock = Clock::new();
    let leg = |peer| LegConfig {
        remote: Some(RemoteMedia::multiplexed(peer)),
        ..LegConfig::default()
    };
    let config = SessionConfig {
        legs: peers.map(leg),
        media_timeout: Some(patience),
    };
    let session = Mutex::new(Session::new(clock.now(), config));
    thread::scope(|scope| {
        let other = scope.spawn(|| serve(Leg::B, sockets, &session, clock));
        let this = serve(Leg::A, sockets, &session, clock);
        let other = other.join();
        this?;
        other.map_err(|_| "a thread has panicked")?
    })?;

    let session = session.into_inner().unwrap_or_else(PoisonError::into_inner);
    let statistics = session.statistics(clock.now());
    for leg in Leg::BOTH {
        let seen = statistics.leg(leg);
        println!(
            "{leg:?}: received {} packets, lost {}, jitter {:.0?}, sent {}, dropped {}",
            seen.received.packets(),
            seen.received.lost(),
            seen.received.jitter(),
            seen.sent.packets,
            seen.dropped.total()
        );
    }
    Ok(session)
}

/// Takes what arrives at one leg.
fn serve(
    leg: Leg,
    sockets: &[UdpSocket; 2],
    session: &Mutex<Session>,
    clock: Clock,
) -> Result<(), Failure> {
    let socket = &sockets[leg.index()];
    // How late silence may be noticed.
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut packet = [0; 2_048];
    loop {
        let received = socket.recv_from(&mut packet);
        let now = clock.now();
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        match received {
            Ok((len, source)) => {
                let packet = &mut packet[..len];
                let verdict = session.handle_packet(now, leg, Component::Rtp, source, packet);
                if let Verdict::Forward {
                    leg,
                    destination,
                    len,
                    ..
                } = verdict
                    && sockets[leg.index()]
                        .send_to(&packet[..len], destination)
                        .is_err()
                {
                    session.handle_unsent(leg);
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            // Nobody listens there, or not yet.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
            Err(error) => return Err(error.into()),
        }
        session.handle_timeout(now);
        while let Some(event) = session.poll_event() {
            match event {
                Event::Latched { leg, source, .. } => println!("latched {leg:?} to {source}"),
                Event::TimedOut { leg } => println!("silent: {leg:?}"),
                other => println!("{other:?}"),
            }
        }
        // Both peers are silent: nothing is waited for any more.
        if session.poll_timeout().is_none() {
            return Ok(());
        }
    }
}

/// Two peers that talk for a second.
fn own_call() -> Result<(), Failure> {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let sockets = [bind(loopback)?, bind(loopback)?];
    let peers = [bind(loopback)?, bind(loopback)?];
    let mut addresses = [loopback; 2];
    for (address, peer) in addresses.iter_mut().zip(&peers) {
        *address = peer.local_addr()?;
    }
    for (peer, socket) in peers.into_iter().zip(&sockets) {
        let relay = socket.local_addr()?;
        thread::spawn(move || talk(&peer, relay));
    }
    let session = relay(&sockets, addresses, Duration::from_millis(200))?;
    let statistics = session.statistics(Instant::ORIGIN);
    for leg in Leg::BOTH {
        assert_eq!(statistics.leg(leg).sent.packets, 50);
    }
    Ok(())
}

/// A second of silence in G.711.
fn talk(peer: &UdpSocket, relay: SocketAddr) -> Result<(), Failure> {
    for sequence_number in 0..50_u16 {
        let header = RtpHeader {
            payload_type: 8,
            sequence_number,
            timestamp: u32::from(sequence_number) * 160,
            ..RtpHeader::default()
        };
        let mut packet = [0; 172];
        header.write(&[0xd5; 160], &mut packet)?;
        peer.send_to(&packet, relay)?;
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
