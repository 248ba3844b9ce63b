//! Sends datagrams through a relay and tells how that went.
//!
//! ```sh
//! cargo run -p trunkline-stun --example turn_relay --features tokio -- 192.0.2.1:3478 udp alice secret
//! cargo run -p trunkline-stun --example turn_relay --features tokio -- 192.0.2.1:3478 tcp alice secret 198.51.100.1:7
//! ```
//!
//! With a peer, which has to send back what it gets, datagrams go there and back. Without one, a
//! second allocation is the peer, and everything passes the relay four times. It fails if something
//! is lost. Without arguments it does both over both transports, at a small relay of its own.
//!
//! `--pause SECONDS` waits between the allocation and the rest, in which nonces get stale.

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::env;

use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep, timeout};
use trunkline_stun::LongTermAuthentication;
use trunkline_stun::tokio::{Allocate, TurnSocket};

#[path = "../tests/turn_server/on_loopback.rs"]
mod on_loopback;
#[path = "../tests/turn_server/mod.rs"]
mod turn_server;

type Failure = Box<dyn Error>;

const DATAGRAMS: u32 = 50;
const PATIENCE: Duration = Duration::from_secs(5);

/// A server and who we are there.
#[derive(Clone)]
struct Relay {
    server: SocketAddr,
    over_tcp: bool,
    user: String,
    password: String,
    pause: Duration,
}

impl Relay {
    async fn allocate(&self) -> Result<TurnSocket, Failure> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let user = self.user.clone().into_bytes();
        let credential = LongTermAuthentication::new(user, self.password.as_bytes())?;
        let request = Allocate::new(seed).with_credential(credential);
        let begin = Instant::now();
        let relay = if self.over_tcp {
            request.over_tcp(self.server).await?
        } else {
            let any: SocketAddr = match self.server {
                SocketAddr::V4(_) => "0.0.0.0:0".parse()?,
                SocketAddr::V6(_) => "[::]:0".parse()?,
            };
            let socket = UdpSocket::bind(any).await?;
            request.over_udp(socket, self.server).await?
        };
        let allocated = relay.allocated();
        println!(
            "allocated {} for {} s, seen as {}, after {} ms",
            allocated.relayed,
            allocated.lifetime.as_secs(),
            allocated.mapped.unwrap_or(allocated.relayed),
            begin.elapsed().as_millis(),
        );
        Ok(relay)
    }

    /// To a peer that sends everything back.
    async fn to_peer(&self, peer: SocketAddr) -> Result<(), Failure> {
        let mut relay = self.allocate().await?;
        sleep(self.pause).await;
        there_and_back(&mut relay, peer).await?;
        relay.close().await;
        Ok(())
    }

    /// To a second allocation.
    async fn to_itself(&self) -> Result<(), Failure> {
        let mut relay = self.allocate().await?;
        let mut echo = self.allocate().await?;
        sleep(self.pause).await;
        let (one, other) = (relay.relayed_addr(), echo.relayed_addr());
        echo.permit(one).await?;
        let echoing = tokio::spawn(async move {
            let mut buffer = [0; 1_500];
            while let Ok((len, from)) = echo.recv_from(&mut buffer).await {
                if echo.send_to(&buffer[..len], from).await.is_err() {
                    return;
                }
            }
        });
        let result = there_and_back(&mut relay, other).await;
        echoing.abort();
        relay.close().await;
        result
    }
}

async fn there_and_back(relay: &mut TurnSocket, peer: SocketAddr) -> Result<(), Failure> {
    relay.permit(peer).await?;
    println!("permitted {peer}");
    let begin = Instant::now();
    let mut longest = Duration::ZERO;
    for number in 0..DATAGRAMS {
        let sent = Instant::now();
        let payload = [number.to_be_bytes().as_slice(), &[0x55; 156]].concat();
        relay.send_to(&payload, peer).await?;
        let mut buffer = [0; 1_500];
        let (len, from) = timeout(PATIENCE, relay.recv_from(&mut buffer)).await??;
        if from != peer || buffer[..len] != payload {
            return Err(format!("datagram {number} came back wrong, from {from}").into());
        }
        longest = longest.max(sent.elapsed());
    }
    println!(
        "{DATAGRAMS} datagrams of 160 octets there and back in {} ms, the slowest in {} us, none lost",
        begin.elapsed().as_millis(),
        longest.as_micros(),
    );
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let mut pause = Duration::ZERO;
    if let Some(at) = arguments.iter().position(|argument| argument == "--pause") {
        let seconds = arguments.drain(at..).nth(1).ok_or("--pause SECONDS")?;
        pause = Duration::try_from_secs_f64(seconds.parse()?)?;
    }
    let (relay, peer) = match arguments.as_slice() {
        [] => return by_itself().await,
        [server, transport, user, password, peer @ ..] if peer.len() < 2 => {
            let over_tcp = match transport.as_str() {
                "udp" => false,
                "tcp" => true,
                other => return Err(format!("neither udp nor tcp: {other}").into()),
            };
            let relay = Relay {
                server: server.parse()?,
                over_tcp,
                user: user.clone(),
                password: password.clone(),
                pause,
            };
            let peer: Option<SocketAddr> = peer.first().map(|peer| peer.parse()).transpose()?;
            (relay, peer)
        }
        _ => {
            return Err(
                "turn_relay SERVER:PORT udp|tcp USER PASSWORD [PEER:PORT] [--pause SECONDS]".into(),
            );
        }
    };
    match peer {
        Some(peer) => relay.to_peer(peer).await,
        None => relay.to_itself().await,
    }
}

/// At a relay in this process.
async fn by_itself() -> Result<(), Failure> {
    let server = on_loopback::run(|_| {}).await?;
    let echo = UdpSocket::bind("127.0.0.1:0").await?;
    let peer = echo.local_addr()?;
    tokio::spawn(async move {
        let mut buffer = [0; 1_500];
        while let Ok((len, from)) = echo.recv_from(&mut buffer).await {
            let _ = echo.send_to(&buffer[..len], from).await;
        }
    });
    for (server, over_tcp) in [(server.udp, false), (server.tcp, true)] {
        println!("over {}", if over_tcp { "TCP" } else { "UDP" });
        let relay = Relay {
            server,
            over_tcp,
            user: "alice".into(),
            password: "secret".into(),
            pause: Duration::ZERO,
        };
        relay.to_peer(peer).await?;
        relay.to_itself().await?;
        let stranger = Relay {
            password: "guess".into(),
            ..relay
        };
        match stranger.allocate().await {
            Err(refused) => println!("with a wrong password: {refused}"),
            Ok(_) => return Err("a wrong password is accepted".into()),
        }
    }
    Ok(())
}
