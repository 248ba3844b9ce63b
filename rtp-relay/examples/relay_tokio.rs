//! Relays the media of one call with the tokio driver, which binds the ports itself. On Linux.
//!
//! ```text
//! cargo run -p trunkline-rtp-relay --features tokio --example relay_tokio -- 192.0.2.1 192.0.2.9:40000 203.0.113.1 203.0.113.5:17000
//! ```
//!
//! takes the media of 192.0.2.9:40000 on a port of 192.0.2.1 and hands it from a port of 203.0.113.1 to
//! 203.0.113.5:17000, and the other way round, until a peer is silent for half a minute. Without arguments it
//! relays half a second of audio between two peers of its own:
//!
//! ```text
//! A sends to 127.0.0.1:30040, B to 127.0.0.1:30176
//! latched A to 127.0.0.1:49631
//! latched B to 127.0.0.1:52009
//! silent: A
//! A: received 25 packets, lost 0, sent 25, dropped 0
//! B: received 25 packets, lost 0, sent 25, dropped 0
//! ```

use core::error::Error;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::sleep;
use trunkline_rtp_relay::tokio::{DriverConfig, RelayHandle};
use trunkline_rtp_relay::{
    Event, Interface, InterfaceId, Leg, LegConfig, PortRange, RelayConfig, RemoteMedia, RtpHeader,
    SessionConfig,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut own = Vec::new();
    let (locals, peers, patience) = match &arguments[..] {
        [] => {
            let loopback = IpAddr::from([127, 0, 0, 1]);
            own = vec![bind(loopback).await?, bind(loopback).await?];
            let peers = [own[0].local_addr()?, own[1].local_addr()?];
            ([loopback; 2], peers, Duration::from_millis(200))
        }
        [local_a, peer_a, local_b, peer_b] => (
            [local_a.parse()?, local_b.parse()?],
            [peer_a.parse()?, peer_b.parse()?],
            Duration::from_secs(30),
        ),
        _ => return Err("usage: relay_tokio [LOCAL PEER:PORT LOCAL PEER:PORT]".into()),
    };

    // An interface for each side of the call; ports are drawn at random from its range.
    let ports = [
        PortRange::new(30_000, 30_099)?,
        PortRange::new(30_100, 30_199)?,
    ];
    let interfaces = locals.into_iter().zip(ports);
    let interfaces = interfaces.map(|(local, ports)| Interface::new(local, ports));
    // A program on the network draws the seed from the system's randomness.
    let config = RelayConfig::new(interfaces.collect(), 1, [7; 32]);
    let (relay, mut events) = RelayHandle::spawn(DriverConfig::new(config))?;

    // The addresses of the peers are those of the offer and of the answer. A call whose answer is not there
    // yet begins without it: see `set_remote`.
    let leg = |peer| LegConfig {
        remote: Some(RemoteMedia::new(peer)),
        ..LegConfig::default()
    };
    let config = SessionConfig {
        legs: peers.map(leg),
        media_timeout: Some(patience),
    };
    let call = relay
        .create([InterfaceId(0), InterfaceId(1)], config)
        .await?;
    let rtp = |leg| call.leg(leg).rtp;
    println!("A sends to {}, B to {}", rtp(Leg::A), rtp(Leg::B));
    for (peer, leg) in own.into_iter().zip(Leg::BOTH) {
        tokio::spawn(talk(peer, rtp(leg)));
    }

    while let Some(event) = events.recv().await {
        match event.event {
            Event::Latched { leg, source, .. } => println!("latched {leg:?} to {source}"),
            Event::TimedOut { leg } => {
                println!("silent: {leg:?}");
                break;
            }
            other => println!("{other:?}"),
        }
    }
    let statistics = relay.remove(call.session).await?;
    for leg in Leg::BOTH {
        let seen = statistics.leg(leg);
        println!(
            "{leg:?}: received {} packets, lost {}, sent {}, dropped {}",
            seen.received.packets(),
            seen.received.lost(),
            seen.sent.packets,
            seen.dropped.total()
        );
        assert!(!arguments.is_empty() || seen.sent.packets == 25);
    }
    Ok(())
}

async fn bind(local: IpAddr) -> Result<UdpSocket, Box<dyn Error>> {
    Ok(UdpSocket::bind(SocketAddr::new(local, 0)).await?)
}

/// Half a second of silence in G.711.
async fn talk(peer: UdpSocket, relay: SocketAddr) {
    for sequence_number in 0..25_u16 {
        let header = RtpHeader {
            payload_type: 8,
            sequence_number,
            timestamp: u32::from(sequence_number) * 160,
            ..RtpHeader::default()
        };
        let mut packet = [0; 172];
        if header.write(&[0xd5; 160], &mut packet).is_ok()
            && let Err(error) = peer.send_to(&packet, relay).await
        {
            eprintln!("{relay}: {error}");
        }
        sleep(Duration::from_millis(20)).await;
    }
}
