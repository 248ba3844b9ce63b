//! The public address as a service: one task asks, everybody reads.

use core::convert::Infallible;
use core::future::{Future, pending};
use core::net::IpAddr;
use core::pin::Pin;
use std::boxed::Box;
use std::io;
use std::vec::Vec;

use tokio::net::{ToSocketAddrs, UdpSocket};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant as Moment, sleep_until};
use trunkline_sans_io::{DnsFailure, DnsQuestion, DnsRecord, FiveTuple, Instant};

use super::{RECEIVE_LEN, is_of_a_peer};
use crate::machines::{
    PublicAddress, PublicAddressConfig, PublicAddressEvent, StunServer, TooManyServers,
};

/// How many wishes wait at most.
const QUEUE: usize = 16;

#[derive(Debug)]
enum Wish {
    Start,
    Call,
    Configure(Vec<StunServer>, PublicAddressConfig),
}

/// What all readers see.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Known {
    address: Option<IpAddr>,
    port_rewritten: Option<bool>,
    requests: u64,
}

/// Reads the public address, in any number of tasks. All of them are the same service.
#[derive(Clone, Debug)]
pub struct PublicAddressHandle {
    known: watch::Receiver<Known>,
    wishes: mpsc::Sender<Wish>,
    /// What `changed` has told last.
    told: Option<IpAddr>,
}

impl PublicAddressHandle {
    /// The address that calls are to tell the outside, if it is known: see
    /// [`PublicAddress::address`]. It never waits.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.known.borrow().address
    }

    /// Whether the NAT gives the socket another port than it has.
    #[must_use]
    pub fn port_rewritten(&self) -> Option<bool> {
        self.known.borrow().port_rewritten
    }

    /// How many requests were sent, those that were sent again included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.known.borrow().requests
    }

    /// Waits until there is an address that is not the one which this has told last, and tells it. When
    /// the service has ended it waits for ever.
    ///
    /// Dropping the future harms nothing.
    pub async fn changed(&mut self) -> IpAddr {
        let told = self.told;
        let other = |known: &Known| known.address.is_some() && known.address != told;
        let known = self.known.wait_for(other).await;
        match known.ok().and_then(|known| known.address) {
            Some(address) => {
                self.told = Some(address);
                address
            }
            None => pending().await,
        }
    }

    /// Wants the servers asked as at the start: see [`PublicAddress::start`].
    pub async fn restart(&self) {
        let _ = self.wishes.send(Wish::Start).await;
    }

    /// Tells that a call begins: see [`PublicAddress::begin_call`].
    pub async fn begin_call(&self) {
        let _ = self.wishes.send(Wish::Call).await;
    }

    /// Takes other servers and another configuration: see [`PublicAddress::configure`]. Calls go on.
    ///
    /// # Errors
    ///
    /// [`TooManyServers`].
    pub async fn configure(
        &self,
        servers: &[StunServer],
        config: PublicAddressConfig,
    ) -> Result<(), TooManyServers> {
        if servers.len() > PublicAddress::MAX_SERVERS {
            return Err(TooManyServers);
        }
        let wish = Wish::Configure(servers.into(), config);
        let _ = self.wishes.send(wish).await;
        Ok(())
    }
}

/// Asks for the public address, from a socket of its own.
///
/// ```
/// use tokio::net::UdpSocket;
/// use trunkline_stun::tokio::{PublicAddressService, no_names, serve};
/// use trunkline_stun::{BindingServer, PublicAddressConfig, StunServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let socket = UdpSocket::bind("127.0.0.1:0").await?;
/// let servers = [StunServer::Address(socket.local_addr()?)];
/// tokio::spawn(async move { serve(&socket, &BindingServer::new()).await });
///
/// let seed = [7; 32]; // from the system's random source in life
/// let config = PublicAddressConfig::DEFAULT;
/// let service = PublicAddressService::bind("127.0.0.1:0", &servers, seed, config).await?;
/// let mut public = service.handle();
/// tokio::spawn(service.run(no_names, |event| println!("{event:?}")));
///
/// assert!(public.changed().await.is_loopback());
/// assert!(public.address().is_some()); // at once, for each call
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PublicAddressService {
    socket: UdpSocket,
    machine: PublicAddress,
    known: watch::Sender<Known>,
    wishes: mpsc::Receiver<Wish>,
    handle: PublicAddressHandle,
}

impl PublicAddressService {
    /// Binds the socket. The seed must come from a random source and be used for nothing else.
    ///
    /// # Errors
    ///
    /// What binding returns, and [`TooManyServers`] as invalid input.
    pub async fn bind(
        local: impl ToSocketAddrs,
        servers: &[StunServer],
        seed: [u8; 32],
        config: PublicAddressConfig,
    ) -> io::Result<Self> {
        let socket = UdpSocket::bind(local).await?;
        let machine = PublicAddress::new(socket.local_addr()?, servers, seed, config)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let (known, reader) = watch::channel(Known::of(&machine));
        let (sender, wishes) = mpsc::channel(QUEUE);
        let handle = PublicAddressHandle {
            known: reader,
            wishes: sender,
            told: None,
        };
        Ok(Self {
            socket,
            machine,
            known,
            wishes,
            handle,
        })
    }

    /// One of those that read the address.
    #[must_use]
    pub fn handle(&self) -> PublicAddressHandle {
        self.handle.clone()
    }

    /// Starts, and asks whenever it is due, until the socket fails or the future is dropped.
    ///
    /// `resolve` answers questions to DNS, by whatever resolver the program has; a question takes 10 seconds
    /// at most. [`no_names`](super::no_names) is for servers that are addresses; with the feature `dns`, `names_by`
    /// is for all. Dropping the future harms nothing.
    ///
    /// `told` gets what happens, for logs.
    ///
    /// # Errors
    ///
    /// What the socket returns when it is not about a server.
    pub async fn run<F>(
        self,
        mut resolve: impl FnMut(DnsQuestion) -> F,
        mut told: impl FnMut(PublicAddressEvent),
    ) -> io::Result<Infallible>
    where
        F: Future<Output = Result<Vec<DnsRecord<'static>>, DnsFailure>>,
    {
        let Self {
            socket,
            mut machine,
            known,
            mut wishes,
            handle: _handle,
        } = self;
        let local = socket.local_addr()?;
        let origin = Moment::now();
        let now = || {
            let nanos = u64::try_from(origin.elapsed().as_nanos());
            Instant::from_nanos(nanos.unwrap_or(u64::MAX))
        };
        let mut lookup: Option<(DnsQuestion, Pin<Box<F>>)> = None;
        let mut buffer = [0; RECEIVE_LEN];
        machine.start(now());
        loop {
            while let Ok(Some(transmit)) = machine.poll_transmit(now(), &mut buffer) {
                let path = transmit.path;
                match socket.send_to(&buffer[..transmit.len], path.remote).await {
                    Ok(_) => {}
                    Err(error) if is_of_a_peer(&error) => machine.handle_send_failed(now(), path),
                    Err(error) => return Err(error),
                }
            }
            if let Some(question) = machine.poll_question(now()) {
                lookup = Some((question, Box::pin(resolve(question))));
            }
            while let Some(event) = machine.poll_event() {
                told(event);
            }
            let news = Known::of(&machine);
            known.send_if_modified(|known| core::mem::replace(known, news) != news);
            let deadline = machine.poll_timeout();
            let deadline = deadline.map(|due| origin + (due - Instant::ORIGIN));
            tokio::select! {
                received = socket.recv_from(&mut buffer) => match received {
                    Ok((len, remote)) => {
                        let path = FiveTuple::udp(local, remote);
                        let _ = machine.handle_datagram(now(), path, &buffer[..len]);
                    }
                    Err(error) if is_of_a_peer(&error) => {}
                    Err(error) => return Err(error),
                },
                Some(wish) = wishes.recv() => match wish {
                    Wish::Start => machine.start(now()),
                    Wish::Call => machine.begin_call(now()),
                    // Their number was checked when they were handed in.
                    Wish::Configure(servers, config) => {
                        let _ = machine.configure(now(), &servers, config);
                    }
                },
                (question, answer) = answered(&mut lookup) => {
                    lookup = None;
                    let answer = answer.as_deref().map_err(|failure| *failure);
                    machine.handle_answer(now(), &question, answer);
                }
                () = until(deadline) => {}
            }
            // Also when something came: a flood of other datagrams must not hold the time up.
            machine.handle_timeout(now());
        }
    }
}

impl Known {
    fn of(machine: &PublicAddress) -> Self {
        Self {
            address: machine.address(),
            port_rewritten: machine.port_rewritten(),
            requests: machine.requests(),
        }
    }
}

async fn answered<F: Future>(
    lookup: &mut Option<(DnsQuestion, Pin<Box<F>>)>,
) -> (DnsQuestion, F::Output) {
    match lookup {
        Some((question, answer)) => (*question, answer.await),
        None => pending().await,
    }
}

async fn until(deadline: Option<Moment>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
