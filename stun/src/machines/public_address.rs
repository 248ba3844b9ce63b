//! The public address of a host, asked for once and shared by all that need it.

mod search;
mod stun_server;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use trunkline_sans_io::{
    AccessList, BufferTooSmall, DnsFailure, DnsQuestion, DnsRecord, FiveTuple, Handled, Instant,
    Network, Transmit,
};

use self::search::{Search, Step};
pub use self::stun_server::{STUN_PORT, StunServer, StunServerError};
use super::{
    BindingClient, BindingEvent, ClientConfig, ClientDrop, Failure, LookupFailure, LookupStep,
    Schedule, ServerLookup,
};
use crate::wire::TransactionIds;

/// The shortest time between two searches that nobody asked for.
const MIN_REST: Duration = Duration::from_secs(1);
/// How long a question to DNS may take. Whoever drives the machine should give up before.
const DNS_TIMEOUT: Duration = Duration::from_secs(10);

/// When servers are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskWhen {
    /// At [`start`](PublicAddress::start), which is for a restart, too; never for a call. For servers,
    /// whose address all calls share.
    Started,
    /// At each [`begin_call`](PublicAddress::begin_call), and at nothing else. For clients, who move
    /// between networks.
    CallBegins,
}

/// What a [`PublicAddress`] does, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicAddressConfig {
    /// When servers are asked.
    pub ask: AskWhen,
    /// The address that the configuration says. If there is one, nobody is asked.
    pub fixed: Option<IpAddr>,
    /// The times of each request. A server that is silent until its end is given up for the next one.
    pub schedule: Schedule,
    /// How long to wait until the servers are asked anew after all of them have failed; `None`: not
    /// before the next start or call. It counts with [`AskWhen::Started`] only.
    pub retry: Option<Duration>,
    /// How long an address is good for until the servers are asked anew: for lines whose address changes
    /// without notice. `None`: until the next start. It counts with [`AskWhen::Started`] only.
    pub refresh: Option<Duration>,
}

impl PublicAddressConfig {
    /// Asks when started; a silent server is given up after 7.5 seconds, and when all have failed they
    /// are asked again a minute later.
    pub const DEFAULT: Self = Self {
        ask: AskWhen::Started,
        fixed: None,
        schedule: Schedule {
            rto: Duration::from_millis(500),
            max_requests: 4,
            last_wait: 8,
            reliable_timeout: Duration::from_millis(7_500),
        },
        retry: Some(Duration::from_secs(60)),
        refresh: None,
    };
}

impl Default for PublicAddressConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a server did not tell the address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerFailure {
    /// DNS does not tell where it is.
    #[error("DNS: {0}")]
    Dns(#[from] DnsFailure),
    /// Its domain says that it has no such service (RFC 2782 "Target").
    #[error("the domain has no STUN service over UDP")]
    NoService,
    /// Its address is of another family than the one of this host.
    #[error("the server has another address family")]
    OtherFamily,
    /// No response that could be used.
    #[error(transparent)]
    Binding(#[from] Failure),
    /// It refuses, with this code (RFC 8489 section 14.8).
    #[error("the server answered {code}")]
    Rejected {
        /// The code, 300 to 699.
        code: u16,
    },
    /// Servers send from one to the other and no one answers.
    #[error("the server sends to others, which do not answer either")]
    AlternateLoop,
    /// What it told is an address that no host has.
    #[error("the server told {0}, which no host has")]
    Unusable(SocketAddr),
}

/// What has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PublicAddressEvent {
    /// A server has told the address. It is the one for all calls that begin from now on.
    Learned {
        /// What the server sees. The port is the one of the socket that asked.
        mapped: SocketAddr,
        /// The address that was known before; the address has changed if it is another one.
        previous: Option<IpAddr>,
        /// Which server has told it, by its place in the list.
        server: usize,
        /// Where it answered from.
        answered: SocketAddr,
        /// The time to the server and back, if only one request was needed.
        round_trip: Option<Duration>,
    },
    /// A server did not tell. The next one is asked.
    ServerFailed {
        /// Which one, by its place in the list.
        server: usize,
        /// Why not.
        failure: ServerFailure,
    },
    /// No server has told. What was known before is kept, and is still what calls get.
    AllFailed {
        /// The address known before, if there is one.
        kept: Option<IpAddr>,
        /// When they are asked again, if they are.
        retry_at: Option<Instant>,
        /// Since when nobody has told: the beginning of the first search that failed.
        since: Instant,
        /// How many requests were sent since then.
        requests: u64,
    },
}

/// There are more servers than [`PublicAddress::MAX_SERVERS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no more than {max} servers", max = PublicAddress::MAX_SERVERS)]
pub struct TooManyServers;

/// What is going on.
#[derive(Clone, Debug)]
enum Stage {
    Idle,
    /// Until then somebody looks for the answer; `None`: the question was not handed out yet.
    Asking(DnsQuestion, Option<Instant>),
    Binding(BindingClient),
}

/// Finds out the public address of this host and keeps it, so that no call has to wait for it.
///
/// It has a UDP socket of its own, from which it asks one server after the other until one tells. Names
/// are asked for by questions to DNS, which whoever drives it puts to a resolver.
///
/// ```
/// use trunkline_stun::sans_io::{FiveTuple, Instant};
/// use trunkline_stun::{
///     Answer, BindingServer, MAX_RESPONSE_LEN, PublicAddress, PublicAddressConfig, PublicAddressEvent,
/// };
///
/// let now = Instant::ORIGIN;
/// let local = "192.168.1.2:40000".parse()?;
/// let seed = [7; 32]; // random in life
/// let servers = ["192.0.2.1:3478".parse()?, "stun.example.org".parse()?];
/// let mut public = PublicAddress::new(local, &servers, seed, PublicAddressConfig::DEFAULT)?;
/// public.start(now);
///
/// let mut request = [0; 64];
/// let transmit = public.poll_transmit(now, &mut request)?.expect("a request");
///
/// // The server sees it behind a NAT.
/// let seen = FiveTuple::udp(transmit.path.remote, "203.0.113.5:1024".parse()?);
/// let mut response = [0; MAX_RESPONSE_LEN];
/// let answer = BindingServer::new().answer(seen, &request[..transmit.len], &mut response)?;
/// let Answer::Send(answer) = answer else { panic!("{answer:?}") };
///
/// let _ = public.handle_datagram(now, transmit.path, &response[..answer.len]);
/// assert!(matches!(public.poll_event(), Some(PublicAddressEvent::Learned { .. })));
/// for _call in 0..100 {
///     public.begin_call(now);
///     assert_eq!(public.address(), Some("203.0.113.5".parse()?));
/// }
/// assert_eq!(public.requests(), 1);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PublicAddress {
    local: SocketAddr,
    servers: [Option<StunServer>; Self::MAX_SERVERS],
    config: PublicAddressConfig,
    ids: TransactionIds,
    stage: Stage,
    search: Search,
    /// When to ask again.
    due: Option<Instant>,
    known: Option<SocketAddr>,
    requests: u64,
    /// When the first search began after the last one that succeeded, and how many requests had been
    /// sent then.
    searching: Option<(Instant, u64)>,
    /// To be told. Each is at most once to be told, the newest one.
    failures: [Option<ServerFailure>; Self::MAX_SERVERS],
    outcome: Option<PublicAddressEvent>,
}

impl PublicAddress {
    /// How many servers there can be.
    pub const MAX_SERVERS: usize = 8;

    /// Nothing is known, and nothing asked before [`start`](Self::start) or
    /// [`begin_call`](Self::begin_call).
    ///
    /// `local` is the address of the socket, as the driver will tell it in paths. The seed must come
    /// from a random source and be used for nothing else. Without servers no request is ever sent.
    ///
    /// # Errors
    ///
    /// [`TooManyServers`].
    pub fn new(
        local: SocketAddr,
        servers: &[StunServer],
        seed: [u8; 32],
        config: PublicAddressConfig,
    ) -> Result<Self, TooManyServers> {
        let mut ids = TransactionIds::new(seed);
        let nowhere = Search::of(0, StunServer::Address(local), local, ids.fork());
        Ok(Self {
            local,
            servers: listed(servers)?,
            config,
            ids,
            stage: Stage::Idle,
            search: nowhere,
            due: None,
            known: None,
            requests: 0,
            searching: None,
            failures: [None; Self::MAX_SERVERS],
            outcome: None,
        })
    }

    /// The address that calls are to tell the outside: the fixed one, or the one learned last.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.config.fixed.or_else(|| self.learned())
    }

    /// The address that a call with this peer is to tell, if it is one of those that the list selects. A call within
    /// the own networks offers the local address alone (`host`), one to the outside this one as well (`srflx`).
    ///
    /// ```
    /// use trunkline_stun::{PublicAddress, PublicAddressConfig};
    /// use trunkline_stun::sans_io::{AccessList, PRIVATE_NETWORKS};
    ///
    /// let config = PublicAddressConfig { fixed: Some([203, 0, 113, 5].into()), ..PublicAddressConfig::DEFAULT };
    /// let public = PublicAddress::new("192.168.1.2:5060".parse()?, &[], [7; 32], config)?;
    /// let outside = AccessList::new(&[][..], &PRIVATE_NETWORKS[..]);
    /// assert_eq!(public.address_for([192, 168, 1, 9].into(), &outside), None);
    /// assert_eq!(public.address_for([198, 51, 100, 9].into(), &outside), Some([203, 0, 113, 5].into()));
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn address_for<B: AsRef<[Network]>>(
        &self,
        peer: IpAddr,
        selected: &AccessList<B>,
    ) -> Option<IpAddr> {
        let is_selected = selected.check(peer).is_allowed();
        self.address().filter(|_| is_selected)
    }

    /// Whether there is a server, or a fixed address: clients outside cannot do without.
    #[must_use]
    pub const fn is_configured(&self) -> bool {
        self.config.fixed.is_some() || self.servers[0].is_some()
    }

    /// Whether the NAT gives the socket another port than it has, as the server has seen it: the
    /// ports that a server of calls tells the outside are then not those that packets come from.
    #[must_use]
    pub fn port_rewritten(&self) -> Option<bool> {
        self.known.map(|mapped| mapped.port() != self.local.port())
    }

    /// How many requests were sent, those that were sent again included.
    #[must_use]
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// Whether a server is being asked.
    #[must_use]
    pub const fn is_asking(&self) -> bool {
        !matches!(self.stage, Stage::Idle)
    }

    /// Asks the servers, the first one first, if [they are asked](AskWhen) when started. To be called at the start and at each
    /// restart. What is known is kept until they have answered.
    pub fn start(&mut self, now: Instant) {
        if self.config.ask == AskWhen::Started {
            self.begin(now);
        }
    }

    /// Asks the servers if [they are asked](AskWhen) for each call. A call that begins while they are being asked for
    /// another one gets the same answer.
    pub fn begin_call(&mut self, now: Instant) {
        if self.config.ask == AskWhen::CallBegins && !self.is_asking() {
            self.begin(now);
        }
    }

    /// Takes other servers and another configuration, without a restart: the address known so far is
    /// kept, and with [`AskWhen::Started`] the new servers are asked at once.
    ///
    /// # Errors
    ///
    /// [`TooManyServers`]; nothing has changed.
    pub fn configure(
        &mut self,
        now: Instant,
        servers: &[StunServer],
        config: PublicAddressConfig,
    ) -> Result<(), TooManyServers> {
        self.servers = listed(servers)?;
        self.config = config;
        self.stage = Stage::Idle;
        self.due = None;
        self.searching = None;
        self.failures = [None; Self::MAX_SERVERS];
        self.start(now);
        Ok(())
    }

    /// A question to DNS. The answer goes to [`handle_answer`](Self::handle_answer).
    pub fn poll_question(&mut self, now: Instant) -> Option<DnsQuestion> {
        match &mut self.stage {
            Stage::Asking(question, until @ None) => {
                *until = Some(now + DNS_TIMEOUT);
                Some(*question)
            }
            _ => None,
        }
    }

    /// What DNS has answered. An answer to a question that is not the last one is thrown away.
    pub fn handle_answer(
        &mut self,
        now: Instant,
        question: &DnsQuestion,
        answer: Result<&[DnsRecord<'_>], DnsFailure>,
    ) {
        match self.stage {
            Stage::Asking(asked, Some(_)) if asked == *question => {}
            _ => return,
        }
        self.take_answer(now, answer);
    }

    /// Offers a datagram that came to the socket.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
    ) -> Handled<ClientDrop> {
        let Stage::Binding(transaction) = &mut self.stage else {
            return Handled::NotMine;
        };
        let handled = transaction.handle_datagram(now, path, data);
        self.after_binding(now);
        handled
    }

    /// Tells that a request could not be sent, or that the network answered with a hard error such as
    /// "port unreachable". `path` is the one of the [`Transmit`].
    pub fn handle_send_failed(&mut self, now: Instant, path: FiveTuple) {
        if let Stage::Binding(transaction) = &mut self.stage {
            transaction.handle_send_failed(now, path, None);
            self.after_binding(now);
        }
    }

    /// Tells that time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Idle if self.due.is_some_and(|due| due <= now) => self.begin(now),
            Stage::Asking(_, Some(until)) if *until <= now => {
                self.take_answer(now, Err(DnsFailure::NoAnswer));
            }
            Stage::Binding(transaction) => {
                transaction.handle_timeout(now);
                self.after_binding(now);
            }
            _ => {}
        }
    }

    /// Writes the request if one is to be sent now.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; nothing has changed.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let Stage::Binding(transaction) = &mut self.stage else {
            return Ok(None);
        };
        let transmit = transaction.poll_transmit(now, buf)?;
        self.requests += u64::from(transmit.is_some());
        Ok(transmit)
    }

    /// What has happened.
    pub fn poll_event(&mut self) -> Option<PublicAddressEvent> {
        for (server, failure) in self.failures.iter_mut().enumerate() {
            if let Some(failure) = failure.take() {
                return Some(PublicAddressEvent::ServerFailed { server, failure });
            }
        }
        self.outcome.take()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Idle => self.due,
            Stage::Asking(_, until) => *until,
            Stage::Binding(transaction) => transaction.poll_timeout(),
        }
    }

    fn learned(&self) -> Option<IpAddr> {
        self.known.map(|mapped| mapped.ip())
    }

    fn begin(&mut self, now: Instant) {
        self.due = None;
        self.outcome = None;
        self.stage = Stage::Idle;
        if let (None, Some(first)) = (self.config.fixed, self.servers[0]) {
            self.search = Search::of(0, first, self.local, self.ids.fork());
            self.searching.get_or_insert((now, self.requests));
            self.advance(now);
        }
    }

    /// Goes on with what is to be tried next.
    fn advance(&mut self, now: Instant) {
        loop {
            let failure = match self.search.next_step() {
                Ok(Step::Bind(path)) => {
                    self.stage = Stage::Binding(self.transaction(path));
                    return;
                }
                Ok(Step::Ask(question)) => {
                    self.stage = Stage::Asking(question, None);
                    return;
                }
                Err(failure) => failure,
            };
            let server = self.search.server;
            if let Some(place) = self.failures.get_mut(server) {
                *place = Some(failure);
            }
            let next = server + 1;
            match self.servers.get(next).copied().flatten() {
                Some(server) => {
                    self.search = Search::of(next, server, self.local, self.ids.fork());
                }
                None => {
                    self.all_failed(now);
                    return;
                }
            }
        }
    }

    fn transaction(&mut self, path: FiveTuple) -> BindingClient {
        let config = ClientConfig {
            schedule: self.config.schedule,
            ..ClientConfig::DEFAULT
        };
        BindingClient::new(path, self.ids.next_id(), config)
    }

    fn take_answer(&mut self, now: Instant, answer: Result<&[DnsRecord<'_>], DnsFailure>) {
        self.search.take_answer(answer);
        self.advance(now);
    }

    fn after_binding(&mut self, now: Instant) {
        let Stage::Binding(transaction) = &mut self.stage else {
            return;
        };
        let Some(event) = transaction.poll_event() else {
            return;
        };
        let failure = match event {
            BindingEvent::Mapped {
                address,
                round_trip,
            } => {
                if self.is_usable(address) {
                    self.learn(now, address, round_trip);
                    return;
                }
                ServerFailure::Unusable(address)
            }
            BindingEvent::TryAlternate { server } => {
                if let Some(path) = self.search.follow(server) {
                    self.stage = Stage::Binding(self.transaction(path));
                    return;
                }
                ServerFailure::AlternateLoop
            }
            BindingEvent::Rejected { code } => ServerFailure::Rejected { code },
            BindingEvent::Failed(failure) => ServerFailure::Binding(failure),
        };
        self.search.failure = Some(failure);
        self.advance(now);
    }

    /// Whether a host can have this address, seen from the server.
    fn is_usable(&self, mapped: SocketAddr) -> bool {
        let ip = mapped.ip();
        mapped.is_ipv4() == self.local.is_ipv4()
            && mapped.port() != 0
            && !ip.is_unspecified()
            && !ip.is_multicast()
            && (!ip.is_loopback() || self.search.path.remote.ip().is_loopback())
    }

    fn learn(&mut self, now: Instant, mapped: SocketAddr, round_trip: Option<Duration>) {
        let previous = self.learned();
        self.known = Some(mapped);
        self.searching = None;
        self.outcome = Some(PublicAddressEvent::Learned {
            mapped,
            previous,
            server: self.search.server,
            answered: self.search.path.remote,
            round_trip,
        });
        self.rest(now, self.config.refresh);
    }

    fn all_failed(&mut self, now: Instant) {
        self.rest(now, self.config.retry);
        let (since, before) = self.searching.unwrap_or((now, self.requests));
        self.outcome = Some(PublicAddressEvent::AllFailed {
            kept: self.learned(),
            retry_at: self.due,
            since,
            requests: self.requests.saturating_sub(before),
        });
    }

    fn rest(&mut self, now: Instant, time: Option<Duration>) {
        self.stage = Stage::Idle;
        let time = time.filter(|_| self.config.ask == AskWhen::Started);
        self.due = time.map(|time| now + time.max(MIN_REST));
    }
}

fn listed(
    servers: &[StunServer],
) -> Result<[Option<StunServer>; PublicAddress::MAX_SERVERS], TooManyServers> {
    let mut list = [None; PublicAddress::MAX_SERVERS];
    let places = list.get_mut(..servers.len()).ok_or(TooManyServers)?;
    for (place, server) in places.iter_mut().zip(servers) {
        *place = Some(*server);
    }
    Ok(list)
}

#[cfg(test)]
mod tests;
