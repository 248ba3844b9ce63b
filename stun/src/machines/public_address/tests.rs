extern crate std;

mod servers;

use std::collections::BTreeMap;
use std::vec::Vec;

use trunkline_sans_io::{DnsData, PRIVATE_NETWORKS};

use super::*;
use crate::machines::{Answer, BindingServer, MAX_RESPONSE_LEN};
use crate::wire::{
    AlternateServer, Class, ErrorCode, MappedAddress, Message, MessageWriter, Method,
};

const LOCAL: &str = "192.168.1.2:40000";
const PUBLIC: &str = "203.0.113.5:1024";
const ONE: &str = "192.0.2.1:3478";
const TWO: &str = "192.0.2.2:3478";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn server(text: &str) -> StunServer {
    text.parse().unwrap()
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Copy)]
enum Answers {
    Dead,
    /// The network says that nobody is there.
    Refused,
    Sees(&'static str),
    /// As a server of RFC 3489 does.
    Classic(&'static str),
    Error(u16),
    Alternate(&'static str),
}

/// A machine, the servers and the DNS that it meets, in virtual time.
struct World {
    now: Instant,
    public: PublicAddress,
    servers: BTreeMap<SocketAddr, Answers>,
    zone: Vec<(&'static str, Result<Vec<DnsData<'static>>, DnsFailure>)>,
    questions: Vec<std::string::String>,
    asked: Vec<SocketAddr>,
    events: Vec<PublicAddressEvent>,
    /// One packet in so many is lost, in each direction.
    loss: Option<u64>,
    random: u64,
}

impl World {
    fn new(servers: &[&str], config: PublicAddressConfig) -> Self {
        let servers: Vec<_> = servers.iter().map(|text| server(text)).collect();
        let public = PublicAddress::new(address(LOCAL), &servers, [7; 32], config).unwrap();
        Self {
            now: Instant::ORIGIN,
            public,
            servers: BTreeMap::new(),
            zone: Vec::new(),
            questions: Vec::new(),
            asked: Vec::new(),
            events: Vec::new(),
            loss: None,
            random: 1,
        }
    }

    fn with(mut self, at: &str, answers: Answers) -> Self {
        self.servers.insert(address(at), answers);
        self
    }

    fn with_records(
        mut self,
        name: &'static str,
        records: Result<Vec<DnsData<'static>>, DnsFailure>,
    ) -> Self {
        self.zone.push((name, records));
        self
    }

    fn start(&mut self) {
        self.public.start(self.now);
        self.settle();
    }

    fn begin_call(&mut self) {
        self.public.begin_call(self.now);
        self.settle();
    }

    fn is_lost(&mut self) -> bool {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005) + 1;
        self.loss
            .is_some_and(|one_in| (self.random >> 33).is_multiple_of(one_in))
    }

    /// Lets everything happen until nothing does without more time than `limit`.
    fn run(&mut self, limit: Duration) {
        let end = self.now + limit;
        while let Some(due) = self.public.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.public.handle_timeout(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// What is said and answered at once.
    fn settle(&mut self) {
        loop {
            let mut buffer = [0; 64];
            if let Some(question) = self.public.poll_question(self.now) {
                self.answer(question);
            } else if let Some(sent) = self.public.poll_transmit(self.now, &mut buffer).unwrap() {
                self.asked.push(sent.path.remote);
                self.respond(sent.path, &buffer[..sent.len]);
            } else {
                break;
            }
        }
        self.events
            .extend(core::iter::from_fn(|| self.public.poll_event()));
    }

    fn answer(&mut self, question: DnsQuestion) {
        let text = std::format!("{question}");
        let known = self.zone.iter().find(|(name, _)| *name == text);
        self.questions.push(text);
        let answer = known.map(|(_, answer)| answer.clone());
        match answer {
            // Nobody answers.
            Some(Err(DnsFailure::NoAnswer)) => {}
            Some(Err(failure)) => self.public.handle_answer(self.now, &question, Err(failure)),
            Some(Ok(data)) => {
                let ttl = secs(60);
                let records: Vec<_> = { data.iter() }
                    .map(|data| DnsRecord { ttl, data: *data })
                    .collect();
                self.public.handle_answer(self.now, &question, Ok(&records));
            }
            None => {
                let failure = Err(DnsFailure::NoSuchName);
                self.public.handle_answer(self.now, &question, failure);
            }
        }
    }

    fn respond(&mut self, path: FiveTuple, request: &[u8]) {
        if self.is_lost() {
            return;
        }
        let answers = *self.servers.get(&path.remote).unwrap_or(&Answers::Dead);
        let mut buffer = [0; MAX_RESPONSE_LEN];
        let id = Message::parse(request).unwrap().transaction_id();
        let len = match answers {
            Answers::Dead => return,
            Answers::Refused => return self.public.handle_send_failed(self.now, path),
            Answers::Sees(seen) => {
                let seen = FiveTuple::udp(path.remote, address(seen));
                match BindingServer::new().answer(seen, request, &mut buffer) {
                    Ok(Answer::Send(transmit)) => transmit.len,
                    other => panic!("{other:?}"),
                }
            }
            Answers::Classic(seen) => {
                MessageWriter::new(&mut buffer, Class::Success, Method::BINDING, id)
                    .attribute(&MappedAddress(address(seen)))
                    .finish()
                    .unwrap()
            }
            Answers::Error(code) => {
                MessageWriter::new(&mut buffer, Class::Error, Method::BINDING, id)
                    .optional(ErrorCode::new(code, "").as_ref())
                    .finish()
                    .unwrap()
            }
            Answers::Alternate(other) => {
                MessageWriter::new(&mut buffer, Class::Error, Method::BINDING, id)
                    .optional(ErrorCode::new(300, "").as_ref())
                    .attribute(&AlternateServer(address(other)))
                    .finish()
                    .unwrap()
            }
        };
        if !self.is_lost() {
            let _ = self.public.handle_datagram(self.now, path, &buffer[..len]);
        }
    }

    fn failures(&self) -> Vec<(usize, ServerFailure)> {
        let failures = self.events.iter().filter_map(|event| match *event {
            PublicAddressEvent::ServerFailed { server, failure } => Some((server, failure)),
            _ => None,
        });
        failures.collect()
    }
}

const EACH_CALL: PublicAddressConfig = PublicAddressConfig {
    ask: AskWhen::CallBegins,
    ..PublicAddressConfig::DEFAULT
};

/// E001-63, C004-196: one request at the start, one more at a restart, none for a call.
#[test]
fn c004_196_a_server_asks_once() {
    let mut world = World::new(&[ONE], PublicAddressConfig::DEFAULT);
    world.servers.insert(address(ONE), Answers::Sees(PUBLIC));
    assert_eq!((world.public.address(), world.public.requests()), (None, 0));
    world.start();
    for _ in 0..100 {
        world.begin_call();
        world.run(secs(3_600));
        assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    }
    assert_eq!(world.public.requests(), 1);
    world.start();
    assert_eq!(world.public.requests(), 2);
    let [
        PublicAddressEvent::Learned { previous: None, .. },
        PublicAddressEvent::Learned { previous, .. },
    ] = world.events[..]
    else {
        panic!("{:?}", world.events)
    };
    assert_eq!(previous, Some(address(PUBLIC).ip()));
}

/// C004-197: as many requests as calls.
#[test]
fn c004_197_a_client_asks_for_each_call() {
    let mut world = World::new(&[ONE], EACH_CALL).with(ONE, Answers::Sees(PUBLIC));
    world.start();
    assert_eq!(world.public.requests(), 0);
    for calls in 1..=10 {
        world.begin_call();
        assert_eq!(world.public.requests(), calls);
        world.run(secs(3_600));
    }
    // In another network, where the server does not answer: it is said so, and not asked by itself.
    world.servers.clear();
    world.begin_call();
    world.begin_call();
    world.run(secs(3_600));
    assert_eq!(world.public.requests(), 14);
    let failed = PublicAddressEvent::AllFailed {
        kept: Some(address(PUBLIC).ip()),
        retry_at: None,
        since: Instant::ORIGIN + secs(36_000),
        requests: 4,
    };
    assert_eq!(world.events.last(), Some(&failed));
}

/// C004-198: a call within the own networks offers the local address alone, one to the outside the public one as
/// well, which is asked for no second time.
#[test]
fn c004_198_a_list_selects_the_calls_that_are_told_the_public_address() {
    let mut world = World::new(&[ONE], PublicAddressConfig::DEFAULT);
    let branch: [Network; 1] = ["10.9.0.0/16".parse().expect("a network")];
    let only_branch = AccessList::new(&branch[..], &PRIVATE_NETWORKS[..]);
    let everybody = AccessList::new(&[][..], &[][..]);
    let peers = ["192.168.1.9", "10.9.1.1", "198.51.100.9", "2001:db8::9"];
    let told = |world: &World, list: &AccessList<&[Network]>| {
        peers.map(|peer| {
            let peer = peer.parse().expect("an address");
            world.public.address_for(peer, list).is_some()
        })
    };
    assert_eq!(told(&world, &everybody), [false; 4]);
    world.servers.insert(address(ONE), Answers::Sees(PUBLIC));
    world.start();
    assert_eq!(told(&world, &everybody), [true; 4]);
    // Who allows somebody means only those.
    assert_eq!(told(&world, &only_branch), [false, true, false, false]);
    let all_others = AccessList::new(&[][..], &PRIVATE_NETWORKS[..]);
    assert_eq!(told(&world, &all_others), [false, false, true, true]);
    assert_eq!(world.public.requests(), 1);
}

/// C004-199: without a server nothing is sent, whatever happens. A fixed address needs no server.
#[test]
fn c004_199_without_servers_nothing_is_sent() {
    let fixed = PublicAddressConfig {
        fixed: Some([198, 51, 100, 1].into()),
        refresh: Some(secs(1)),
        ..PublicAddressConfig::DEFAULT
    };
    let cases: [(&[&str], _, _); 3] = [
        (&[], PublicAddressConfig::DEFAULT, None),
        (&[], EACH_CALL, None),
        (&[ONE], fixed, fixed.fixed),
    ];
    for (servers, config, known) in cases {
        let mut world = World::new(servers, config).with(ONE, Answers::Sees(PUBLIC));
        // C004-195.
        assert_eq!(world.public.is_configured(), known.is_some());
        world.start();
        for _ in 0..10 {
            world.begin_call();
            world.run(secs(86_400));
        }
        assert_eq!(world.public.requests(), 0);
        assert_eq!(world.public.poll_timeout(), None);
        assert_eq!(world.public.address(), known);
        assert!(world.events.is_empty());
    }
}

/// C004-245: the first server does not answer; that is told, and the second one does.
#[test]
fn c004_245_dead_servers_are_told_and_passed_over() {
    let three = "192.0.2.3:3478";
    let mut world = World::new(&[ONE, TWO, three], PublicAddressConfig::DEFAULT)
        .with(TWO, Answers::Refused)
        .with(three, Answers::Sees(PUBLIC));
    world.start();
    world.run(Duration::from_millis(7_499));
    assert_eq!(world.public.address(), None);
    world.run(Duration::from_millis(1));
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    assert_eq!(
        world.asked,
        [
            address(ONE),
            address(ONE),
            address(ONE),
            address(ONE),
            address(TWO),
            address(three)
        ]
    );
    let failures = [
        (0, ServerFailure::Binding(Failure::TimedOut)),
        (1, ServerFailure::Binding(Failure::Unreachable)),
    ];
    assert_eq!(world.failures(), failures);
    let Some(PublicAddressEvent::Learned {
        server: 2,
        answered,
        round_trip,
        ..
    }) = world.events.last()
    else {
        panic!("{:?}", world.events)
    };
    assert_eq!(*answered, address(three));
    assert!(round_trip.is_some());
}

/// C004-245: nobody answers. The address known before is kept, and the servers are asked again.
#[test]
fn c004_245_what_was_known_is_kept_when_all_fail() {
    let mut world =
        World::new(&[ONE, TWO], PublicAddressConfig::DEFAULT).with(TWO, Answers::Sees(PUBLIC));
    world.start();
    world.run(secs(10));
    world.servers.clear();
    world.events.clear();
    world.start();
    world.run(secs(15));
    let retry_at = Instant::ORIGIN + secs(10 + 15 + 60);
    let failed = PublicAddressEvent::AllFailed {
        kept: Some(address(PUBLIC).ip()),
        retry_at: Some(retry_at),
        since: Instant::ORIGIN + secs(10),
        requests: 8,
    };
    assert_eq!(world.events.last(), Some(&failed));
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    assert_eq!(world.public.poll_timeout(), Some(retry_at));
    // It comes back with another address.
    world
        .servers
        .insert(address(ONE), Answers::Sees("203.0.113.99:1"));
    world.run(secs(61));
    let Some(PublicAddressEvent::Learned {
        mapped, previous, ..
    }) = world.events.last()
    else {
        panic!("{:?}", world.events)
    };
    assert_eq!(*mapped, address("203.0.113.99:1"));
    assert_eq!(*previous, Some(address(PUBLIC).ip()));
    assert_eq!(world.public.poll_timeout(), None);
}

#[test]
fn an_address_that_changes_is_noticed_when_it_is_refreshed() {
    let config = PublicAddressConfig {
        refresh: Some(secs(300)),
        ..PublicAddressConfig::DEFAULT
    };
    let mut world = World::new(&[ONE], config).with(ONE, Answers::Sees(PUBLIC));
    world.start();
    world.run(secs(1_000));
    assert_eq!(world.public.requests(), 4);
    world
        .servers
        .insert(address(ONE), Answers::Sees("203.0.113.6:1024"));
    world.run(secs(300));
    assert_eq!(world.public.address(), Some([203, 0, 113, 6].into()));
}

/// C004-201: other servers, and no restart: the address stays until the new one is known.
#[test]
fn c004_201_another_configuration_needs_no_restart() {
    let mut world =
        World::new(&[ONE], PublicAddressConfig::DEFAULT).with(ONE, Answers::Sees(PUBLIC));
    world.start();
    let now = world.now;
    world
        .public
        .configure(now, &[server(TWO)], PublicAddressConfig::DEFAULT)
        .unwrap();
    world.settle();
    assert!(world.public.is_asking());
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    world
        .servers
        .insert(address(TWO), Answers::Sees("203.0.113.6:1024"));
    world.run(secs(1));
    assert_eq!(world.public.address(), Some([203, 0, 113, 6].into()));
    // One that is told by hand counts at once, and ends what is going on.
    world.public.start(world.now);
    let fixed = PublicAddressConfig {
        fixed: Some([198, 51, 100, 1].into()),
        ..PublicAddressConfig::DEFAULT
    };
    world.public.configure(now, &[server(TWO)], fixed).unwrap();
    assert!(!world.public.is_asking());
    assert_eq!(world.public.address(), fixed.fixed);
    let many = [server(ONE); PublicAddress::MAX_SERVERS + 1];
    assert_eq!(
        world.public.configure(now, &many, fixed),
        Err(TooManyServers)
    );
}

/// C004-231: a server that does not answer is asked every five seconds, if so configured; it is told since
/// when that goes on, and how often.
#[test]
fn c004_231_unanswered_requests_recur() {
    let schedule = Schedule {
        max_requests: 1,
        last_wait: 2,
        ..PublicAddressConfig::DEFAULT.schedule
    };
    let config = PublicAddressConfig {
        schedule,
        retry: Some(secs(4)),
        ..PublicAddressConfig::DEFAULT
    };
    let mut world = World::new(&[ONE], config);
    world.run(secs(3));
    world.start();
    world.run(secs(23));
    assert_eq!(world.public.requests(), 5);
    let Some(PublicAddressEvent::AllFailed {
        since, requests, ..
    }) = world.events.last()
    else {
        panic!("{:?}", world.events)
    };
    assert_eq!((*since, *requests), (Instant::from_secs(3), 5));
}

/// C004-240: the port that the NAT gives is another one.
#[test]
fn c004_240_a_rewritten_port_is_noticed() {
    for (seen, rewritten) in [(PUBLIC, true), ("203.0.113.5:40000", false)] {
        let mut world =
            World::new(&[ONE], PublicAddressConfig::DEFAULT).with(ONE, Answers::Sees(seen));
        assert_eq!(world.public.port_rewritten(), None);
        world.start();
        assert_eq!(world.public.port_rewritten(), Some(rewritten));
    }
}

/// E001-63: a server that knows nothing but RFC 3489.
#[test]
fn e001_63_a_classic_server_is_enough() {
    let mut world =
        World::new(&[ONE], PublicAddressConfig::DEFAULT).with(ONE, Answers::Classic(PUBLIC));
    world.start();
    assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
}

#[test]
fn servers_that_refuse_or_tell_nonsense_are_passed_over() {
    let unusable = [
        "0.0.0.0:1",
        "224.0.0.1:1",
        "127.0.0.1:1",
        "203.0.113.5:0",
        "[2001:db8::1]:1",
    ];
    for seen in unusable {
        let mut world = World::new(&[ONE, TWO], PublicAddressConfig::DEFAULT)
            .with(ONE, Answers::Sees(seen))
            .with(TWO, Answers::Sees(PUBLIC));
        world.start();
        assert_eq!(
            world.failures(),
            [(0, ServerFailure::Unusable(address(seen)))]
        );
        assert_eq!(world.public.address(), Some(address(PUBLIC).ip()));
    }
    let mut world = World::new(&[ONE], PublicAddressConfig::DEFAULT).with(ONE, Answers::Error(500));
    world.start();
    assert_eq!(
        world.failures(),
        [(0, ServerFailure::Rejected { code: 500 })]
    );
}

/// C004-194: the public address is asked for at 3478, from a socket of its own; checks between media ports are
/// another matter, and neither takes what is for the other.
#[test]
fn c004_194_media_ports_are_another_matter() {
    let mut world = World::new(&["192.0.2.1"], PublicAddressConfig::DEFAULT);
    world.start();
    assert_eq!(
        (STUN_PORT, world.asked.as_slice()),
        (3478, &[address(ONE)][..])
    );
    let media = FiveTuple::udp(address("192.168.1.2:30000"), address("198.51.100.7:40000"));
    let id = TransactionIds::new([8; 32]).next_id();
    let mut check = BindingClient::new(media, id, ClientConfig::DEFAULT);
    let (mut request, mut response) = ([0; 64], [0; MAX_RESPONSE_LEN]);
    let sent = check
        .poll_transmit(world.now, &mut request)
        .unwrap()
        .unwrap();
    assert_eq!(sent.path, media);
    let request = &request[..sent.len];
    let answer = BindingServer::new().answer(media.reversed(), request, &mut response);
    let Ok(Answer::Send(answer)) = answer else {
        panic!("{answer:?}")
    };
    let response = &response[..answer.len];
    let handled = world.public.handle_datagram(world.now, media, response);
    assert_eq!(handled, Handled::NotMine);
    let handled = check.handle_datagram(world.now, media, response);
    assert_eq!(handled, Handled::Consumed);
}

/// A response from elsewhere, or to another request, is none.
#[test]
fn forged_responses_do_not_count() {
    let mut world = World::new(&[ONE], PublicAddressConfig::DEFAULT);
    world.start();
    let id = TransactionIds::new([8; 32]).next_id();
    let mut forged = [0; 64];
    let len = MessageWriter::new(&mut forged, Class::Success, Method::BINDING, id)
        .attribute(&MappedAddress(address(PUBLIC)))
        .finish()
        .unwrap();
    let path = FiveTuple::udp(address(LOCAL), address(ONE));
    let handled = world
        .public
        .handle_datagram(world.now, path, &forged[..len]);
    assert_eq!(handled, Handled::NotMine);
    // What the server has answered, from elsewhere.
    let Stage::Binding(transaction) = &world.public.stage else {
        panic!("nobody is asked")
    };
    let id = transaction.transaction_id();
    let len = MessageWriter::new(&mut forged, Class::Success, Method::BINDING, id)
        .attribute(&MappedAddress(address(PUBLIC)))
        .finish()
        .unwrap();
    for stranger in [TWO, "192.0.2.1:3479"] {
        let path = FiveTuple::udp(address(LOCAL), address(stranger));
        let handled = world
            .public
            .handle_datagram(world.now, path, &forged[..len]);
        assert_eq!(handled, Handled::Dropped(ClientDrop::WrongSource));
    }
    world.settle();
    assert_eq!(world.public.address(), None);
}

#[test]
fn loss_costs_time_and_nothing_else() {
    let mut requests = 0;
    for seed in 0..200_u64 {
        let mut world = World::new(&[ONE, TWO], PublicAddressConfig::DEFAULT)
            .with(ONE, Answers::Sees(PUBLIC))
            .with(TWO, Answers::Sees(PUBLIC));
        world.loss = Some(3);
        world.random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        world.start();
        world.run(secs(1_000));
        assert_eq!(world.public.address(), Some(address(PUBLIC).ip()), "{seed}");
        requests += world.public.requests();
    }
    // Two thirds of two thirds get through.
    assert!((380..520).contains(&requests), "{requests}");
}
