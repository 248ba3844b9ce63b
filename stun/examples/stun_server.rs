//! A STUN server.
//!
//! ```sh
//! cargo run -p trunkline-stun --example stun_server --features tokio -- 0.0.0.0:3478 --tcp
//! cargo run -p trunkline-stun --example stun_server --features tokio -- 192.0.2.1:3478 192.0.2.2:3479
//! cargo run -p trunkline-stun --example stun_server --features tokio -- 0.0.0.0:3478 --realm example.org --users users.txt
//! ```
//!
//! It runs until Ctrl-C or SIGTERM and then tells what it has done. Without an address it serves on a
//! free port of the loopback interface, asks itself, and ends.
//!
//! | | |
//! |---|---|
//! | two addresses | their ports are different: it listens on both ports of both, and tells clients of RFC 5780 and RFC 3489 how their NAT behaves |
//! | `--change-requests` | with two addresses: responses come from another one than was asked, if the client wants it |
//! | `--response-ports` | responses go to another port of the client, if it wants it. Both help to find out how a NAT behaves, and may be misused a little |
//! | `--no-classic` | requests of RFC 3489 get no answer |
//! | `--tcp` | also over TCP |
//! | `--realm REALM`, `--user NAME:PASSWORD`, `--users FILE` | only users are answered, by long-term credentials; the file has one `NAME:PASSWORD` in a line |
//! | `--rate N`, `--rate N/BURST` | so many responses in a second to one address, 50 if nothing is said; 0 is no limit |
//! | `--software TEXT` | what it tells of itself, which is nothing otherwise |

use core::error::Error;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, UdpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use trunkline_stun::sans_io::{BufferTooSmall, Clock, FiveTuple};
use trunkline_stun::tokio::{Client, DiscoverySockets, Responder, StreamLimits, serve, serve_tcp};
use trunkline_stun::{
    AlternateAddresses, Answer, BindingServer, Class, LongTermAccount, LongTermServer, Message,
    RateEntry, RateLimit, RateLimiter, ServerDrop,
};

/// 1 MiB of memory.
const REMEMBERED_SOURCES: usize = 65_536;

#[derive(Default)]
struct Statistics {
    received: AtomicU64,
    succeeded: AtomicU64,
    refused: AtomicU64,
    limited: AtomicU64,
    other: AtomicU64,
}

impl Statistics {
    fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, answer: &Result<Answer, BufferTooSmall>, response: &[u8]) {
        // It is asked again with a larger buffer.
        let Ok(answer) = answer else { return };
        Self::count(&self.received);
        Self::count(match answer {
            Answer::Send(transmit) => {
                let response = Message::parse_any_fingerprint(&response[..transmit.len]);
                match response.map(|response| response.class()) {
                    Ok(Class::Error) => &self.refused,
                    _ => &self.succeeded,
                }
            }
            Answer::Dropped(ServerDrop::RateLimited) => &self.limited,
            _ => &self.other,
        });
    }

    fn print(&self) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        println!(
            "{} received: {} answered, {} refused, {} over the limit of their source, {} not for a server",
            read(&self.received),
            read(&self.succeeded),
            read(&self.refused),
            read(&self.limited),
            read(&self.other),
        );
    }
}

/// What all sockets share.
struct Server {
    binding: BindingServer<'static>,
    users: Option<(LongTermServer<'static>, Vec<LongTermAccount<String>>)>,
    limiter: Option<Mutex<RateLimiter<Vec<RateEntry>>>>,
    clock: Clock,
    statistics: Statistics,
}

impl Server {
    fn answer(
        &self,
        path: FiveTuple,
        request: &[u8],
        response: &mut [u8],
    ) -> Result<Answer, BufferTooSmall> {
        if let Some(limiter) = &self.limiter {
            let mut limiter = limiter.lock().expect("nobody panics with it");
            if !limiter.admit(self.clock.now(), path.remote.ip()) {
                return Ok(Answer::Dropped(ServerDrop::RateLimited));
            }
        }
        let Some((long_term, users)) = &self.users else {
            return self.binding.answer(path, request, response);
        };
        let now = self.clock.now();
        self.binding.answer_long_term(
            now,
            path,
            request,
            response,
            long_term,
            |user, algorithm| users.iter().find(|known| known.is(user))?.key(algorithm),
        )
    }
}

impl Responder for Server {
    fn respond(
        &self,
        path: FiveTuple,
        request: &[u8],
        response: &mut [u8],
    ) -> Result<Answer, BufferTooSmall> {
        let answer = self.answer(path, request, response);
        self.statistics.note(&answer, response);
        answer
    }
}

/// What the command line says.
struct Options {
    addresses: Vec<SocketAddr>,
    binding: BindingServer<'static>,
    classic: bool,
    tcp: bool,
    realm: Option<&'static str>,
    users: Vec<(String, String)>,
    limit: Option<RateLimit>,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            addresses: Vec::new(),
            binding: BindingServer::new(),
            classic: true,
            tcp: false,
            realm: None,
            users: Vec::new(),
            limit: Some(RateLimit::DEFAULT),
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument}: of what?"))
            };
            match argument.as_str() {
                "--change-requests" => options.binding = options.binding.with_change_requests(),
                "--response-ports" => options.binding = options.binding.with_response_ports(),
                "--no-classic" => options.classic = false,
                "--tcp" => options.tcp = true,
                // They are as long here as the program.
                "--realm" => options.realm = Some(value()?.leak()),
                "--software" => options.binding = options.binding.with_software(value()?.leak()),
                "--user" => options.users.push(user(&value()?)?),
                "--users" => {
                    for line in std::fs::read_to_string(value()?)?.lines() {
                        if !line.is_empty() {
                            options.users.push(user(line)?);
                        }
                    }
                }
                "--rate" => options.limit = limit(&value()?)?,
                address => {
                    let address = address.parse();
                    options
                        .addresses
                        .push(address.map_err(|error| format!("{argument}: {error}"))?);
                }
            }
        }
        if options.realm.is_some() == options.users.is_empty() {
            return Err("a realm has users, and users have a realm".into());
        }
        Ok(options)
    }

    fn server(&self) -> Result<Server, Box<dyn Error>> {
        let users = self.realm.map(|realm| {
            let realm = realm.as_bytes();
            let accounts = self.users.iter().map(|(name, password)| {
                LongTermAccount::new(name.clone(), realm, password.as_bytes())
            });
            Ok::<_, getrandom::Error>((
                LongTermServer::new(realm, seed()?).with_user_hashes(),
                accounts.collect(),
            ))
        });
        let limiter = self.limit.map(|limit| {
            let entries = vec![RateEntry::EMPTY; REMEMBERED_SOURCES];
            Ok::<_, getrandom::Error>(Mutex::new(RateLimiter::new(limit, seed()?, entries)))
        });
        Ok(Server {
            binding: match self.classic {
                true => self.binding.with_classic(),
                false => self.binding,
            },
            users: users.transpose()?,
            limiter: limiter.transpose()?,
            clock: Clock::new(),
            statistics: Statistics::default(),
        })
    }
}

fn seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

fn user(text: &str) -> Result<(String, String), String> {
    let (name, password) = text
        .split_once(':')
        .ok_or_else(|| "a user is NAME:PASSWORD".to_string())?;
    Ok((name.to_string(), password.to_string()))
}

fn limit(text: &str) -> Result<Option<RateLimit>, Box<dyn Error>> {
    let (rate, burst) = match text.split_once('/') {
        Some((rate, burst)) => (rate.parse()?, burst.parse()?),
        None => (text.parse()?, text.parse::<u32>()?.saturating_mul(2)),
    };
    Ok((rate > 0).then_some(RateLimit {
        per_second: rate,
        burst,
    }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    let mut server = options.server()?;
    let mut tasks = JoinSet::new();
    let (addresses, server) = match *options.addresses.as_slice() {
        [] => return ask_itself(&server).await,
        [local] => {
            let socket = UdpSocket::bind(local).await?;
            let addresses = vec![socket.local_addr()?];
            let server = Arc::new(server);
            let shared = Arc::clone(&server);
            tasks.spawn(async move { serve(&socket, &*shared).await });
            (addresses, server)
        }
        [one, other] => {
            let alternates = AlternateAddresses::new(one, other)
                .ok_or("the addresses and the ports of both must be different")?;
            server.binding = server.binding.with_alternates(alternates);
            let sockets = DiscoverySockets::bind(alternates).await?;
            let server = Arc::new(server);
            let shared = Arc::clone(&server);
            tasks.spawn(async move { sockets.serve(&*shared).await });
            (alternates.all().to_vec(), server)
        }
        _ => return Err("one address or two".into()),
    };
    if options.tcp {
        for address in &addresses {
            let listener = TcpListener::bind(address).await?;
            let server = Arc::clone(&server);
            tasks.spawn(async move { serve_tcp(&listener, StreamLimits::DEFAULT, server).await });
        }
    }
    println!("serving on {addresses:?}");
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = tasks.join_next() => if let Some(ended) = ended {
            match ended?? {}
        },
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    // Dropping the tasks closes all sockets and connections.
    tasks.shutdown().await;
    server.statistics.print();
    Ok(())
}

async fn ask_itself(server: &Server) -> Result<(), Box<dyn Error>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let local = socket.local_addr()?;
    println!("serving on {local}");
    let mut client = Client::bind("127.0.0.1:0", seed()?).await?;
    tokio::select! {
        ended = serve(&socket, server) => match ended? {},
        mapped = client.mapped_address(local) => println!("a client is seen as {}", mapped?),
    }
    server.statistics.print();
    Ok(())
}
