//! Sends datagrams through a relay and tells how that went.
//!
//! ```sh
//! cargo run -p trunkline-stun --example turn_relay --features dns -- turn:192.0.2.1 alice secret
//! cargo run -p trunkline-stun --example turn_relay --features dns -- 'turn:example.org?transport=tcp' alice secret 198.51.100.1:7
//! cargo run -p trunkline-stun --example turn_relay --features dns -- turns:example.org alice secret --ca ca.pem
//! ```
//!
//! A name without a port is looked up by SRV records, and the addresses are tried one after the other until one
//! gives an allocation. With a peer, which has to send back what it gets, datagrams go there and back. Without one, a
//! second allocation is the peer, and everything passes the relay four times. It fails if something
//! is lost. Without arguments it does both over UDP and TCP, at a small relay of its own.
//!
//! | | |
//! |---|---|
//! | `--pause SECONDS` | waits between the allocation and the rest, in which nonces get stale |
//! | `--relay v4`, `v6`, `both` | which relayed address is wanted; with `both`, and without a peer, datagrams go over both |
//! | `--relay even` | an even port and the next one, for RTP and RTCP: the second allocation is the one that was kept |
//! | `--dns ADDRESS:PORT` | another name server than those of the system |
//! | `--ca FILE`, `--name NAME` | who signs the certificates of relays over TLS, and the name in them if it is not that of the URI |

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::env;

use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, sleep, timeout};
use trunkline_stun::sans_io::{FiveTuple, Transport};
use trunkline_stun::tokio::{Allocate, TurnSocket};
use trunkline_stun::{
    AddressFamily, LongTermAuthentication, PortRequest, RelayRequest, ServerUri, StunServer,
    TurnConfig,
};

#[path = "../tests/turn_server/on_loopback.rs"]
mod on_loopback;
mod reach;
#[path = "../tests/turn_server/mod.rs"]
mod turn_server;

use reach::{Reach, option};

type Failure = Box<dyn Error>;

const DATAGRAMS: u32 = 50;
const PATIENCE: Duration = Duration::from_secs(5);

/// A server and who we are there.
#[derive(Clone)]
struct Relay {
    server: ServerUri,
    reach: Reach,
    user: String,
    password: String,
    wanted: RelayRequest,
    pause: Duration,
}

impl Relay {
    /// At the first address that gives one.
    async fn allocate(&self, wanted: RelayRequest) -> Result<TurnSocket, Failure> {
        let mut addresses = self.reach.addresses(self.server, None)?;
        let mut last: Option<Failure> = None;
        loop {
            let (transport, address) = match addresses.next().await {
                Ok(found) => found,
                Err(failure) => return Err(last.unwrap_or_else(|| failure.into())),
            };
            let begin = Instant::now();
            match self.allocate_at(transport, address, wanted).await {
                Ok(relay) => {
                    let allocated = relay.allocated();
                    println!(
                        "allocated {} for {} s over {transport}, seen as {}, after {} ms",
                        allocated.relayed,
                        allocated.lifetime.as_secs(),
                        allocated.mapped.unwrap_or(allocated.relayed),
                        begin.elapsed().as_millis(),
                    );
                    if let Some(additional) = allocated.additional {
                        println!("allocated {additional}, too");
                    }
                    if let Some(refusal) = allocated.additional_refused {
                        println!("no second address: {refusal}");
                    }
                    return Ok(relay);
                }
                Err(failure) => {
                    eprintln!("{address} over {transport}: {failure}");
                    last = Some(failure);
                }
            }
        }
    }

    async fn allocate_at(
        &self,
        transport: Transport,
        server: SocketAddr,
        wanted: RelayRequest,
    ) -> Result<TurnSocket, Failure> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let user = self.user.clone().into_bytes();
        let credential = LongTermAuthentication::new(user, self.password.as_bytes())?;
        let mut config = TurnConfig::DEFAULT;
        config.relay = wanted;
        let request = Allocate::new(seed)
            .with_config(config)
            .with_credential(credential);
        Ok(match transport {
            Transport::Udp => {
                let any: SocketAddr = match server {
                    SocketAddr::V4(_) => "0.0.0.0:0".parse()?,
                    SocketAddr::V6(_) => "[::]:0".parse()?,
                };
                let socket = UdpSocket::bind(any).await?;
                request.over_udp(socket, server).await?
            }
            Transport::Tls => {
                let stream = TcpStream::connect(server).await?;
                stream.set_nodelay(true)?;
                let path = FiveTuple {
                    transport,
                    ..FiveTuple::tcp(stream.local_addr()?, server)
                };
                let stream = self.reach.tls(&self.server, stream).await?;
                request.over_stream(stream, path).await?
            }
            _ => request.over_tcp(server).await?,
        })
    }

    /// To a peer that sends everything back.
    async fn to_peer(&self, peer: SocketAddr) -> Result<(), Failure> {
        let mut relay = self.allocate(self.wanted).await?;
        sleep(self.pause).await;
        there_and_back(&mut relay, peer).await?;
        relay.close().await;
        Ok(())
    }

    /// To a second allocation.
    async fn to_itself(&self) -> Result<(), Failure> {
        let mut relay = self.allocate(self.wanted).await?;
        let (mine, kept) = (relay.allocated(), relay.allocated().reservation);
        let second = kept.map_or(self.wanted, RelayRequest::Reserved);
        let mut echo = self.allocate(second).await?;
        let theirs = echo.allocated();
        if kept.is_some() && theirs.relayed.port() != mine.relayed.port() + 1 {
            return Err("that is not the port that was kept".into());
        }
        sleep(self.pause).await;
        let mut ways = vec![(mine.relayed, theirs.relayed)];
        ways.extend(mine.additional.zip(theirs.additional));
        for (one, _) in &ways {
            echo.permit(*one).await?;
        }
        let echoing = tokio::spawn(async move {
            let mut buffer = [0; 1_500];
            while let Ok((len, from)) = echo.recv_from(&mut buffer).await {
                if echo.send_to(&buffer[..len], from).await.is_err() {
                    return;
                }
            }
        });
        let mut result = Ok(());
        for (_, other) in ways {
            result = result.and(there_and_back(&mut relay, other).await);
        }
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
    let reach = Reach::take(&mut arguments)?;
    let pause = option(&mut arguments, "--pause")?.map_or(Ok(0.0), |pause| pause.parse())?;
    let one = |family, port| RelayRequest::One { family, port };
    let wanted = match option(&mut arguments, "--relay")?.as_deref() {
        None | Some("v4") => one(AddressFamily::V4, PortRequest::Any),
        Some("v6") => one(AddressFamily::V6, PortRequest::Any),
        Some("even") => one(AddressFamily::V4, PortRequest::EvenAndNext),
        Some("both") => RelayRequest::Both,
        Some(other) => return Err(format!("--relay v4, v6, both or even, not {other}").into()),
    };
    let (relay, peer) = match arguments.as_slice() {
        [] => return by_itself().await,
        [server, user, password, peer @ ..] if peer.len() < 2 => {
            let relay = Relay {
                server: server.parse()?,
                reach,
                user: user.clone(),
                password: password.clone(),
                wanted,
                pause: Duration::try_from_secs_f64(pause)?,
            };
            let peer: Option<SocketAddr> = peer.first().map(|peer| peer.parse()).transpose()?;
            (relay, peer)
        }
        _ => return Err("turn_relay URI USER PASSWORD [PEER:PORT] [OPTION ..]".into()),
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
    let at = |address| ServerUri::from(StunServer::Address(address));
    for server in [at(server.udp), at(server.tcp).over_tcp()] {
        println!("over {}", server.transports()[0]);
        let relay = Relay {
            server,
            reach: Reach::default(),
            user: "alice".into(),
            password: "secret".into(),
            wanted: TurnConfig::DEFAULT.relay,
            pause: Duration::ZERO,
        };
        relay.to_peer(peer).await?;
        relay.to_itself().await?;
        let stranger = Relay {
            password: "guess".into(),
            ..relay
        };
        match stranger.allocate(TurnConfig::DEFAULT.relay).await {
            Err(refused) => println!("with a wrong password: {refused}"),
            Ok(_) => return Err("a wrong password is accepted".into()),
        }
    }
    Ok(())
}
