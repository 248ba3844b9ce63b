#![no_main]
//! The service of the public address under a sequence of operations: of its user, of DNS and servers, honest or
//! not, of strangers and time.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::BTreeSet;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{
    DnsData, DnsFailure, DnsName, DnsQuestion, DnsRecord, DnsRecordType, FiveTuple, Handled,
    Instant, Srv,
};
use trunkline_stun::{
    AlternateServer, Answer, AskWhen, BindingServer, Class, ErrorCode, MAX_RESPONSE_LEN, Message,
    MessageWriter, Method, PublicAddress, PublicAddressConfig, PublicAddressEvent, StunServer,
    XorMappedAddress,
};

const LOCAL: ([u8; 4], u16) = ([192, 168, 1, 2], 40_000);
const SEEN: ([u8; 4], u16) = ([203, 0, 113, 5], 1_024);

// The first octets choose the configuration.
fuzz_target!(|data: &[u8]| {
    if let [kind, servers, data @ ..] = data {
        run(Bench::new(*kind, *servers), data);
    }
});

#[derive(Arbitrary)]
enum Content<'a> {
    /// What a server makes of the last request.
    Answer,
    Alternate {
        server: u8,
    },
    Error {
        code: u16,
    },
    /// A success that tells some address.
    Tells {
        address: SocketAddr,
    },
    /// The last response, with an octet changed.
    Damaged {
        at: u16,
        octet: u8,
    },
    Raw(&'a [u8]),
}

#[derive(Arbitrary)]
enum Operation<'a> {
    Start,
    BeginCall,
    Configure {
        kind: u8,
        servers: u8,
    },
    /// An answer of DNS to the last question, or to one that nobody asked.
    Dns {
        other: bool,
        answer: Result<Vec<(u8, u16)>, bool>,
    },
    Datagram {
        stranger: bool,
        content: Content<'a>,
    },
    SendFailed {
        stranger: bool,
    },
}

struct Bench {
    public: PublicAddress,
    config: PublicAddressConfig,
    question: Option<DnsQuestion>,
    request: Vec<u8>,
    path: FiveTuple,
    response: Vec<u8>,
    /// Addresses that a configuration, DNS or a server has named.
    named: BTreeSet<SocketAddr>,
    /// Somebody has sent what no server sends.
    honest: bool,
    requests: u64,
    known: Option<IpAddr>,
}

fn server(number: u8) -> SocketAddr {
    match number % 8 {
        6 => SocketAddr::from(([0x20, 0x01, 0xd, 0xb8, 0, 0, 0, 1], 3_478)),
        7 => ([224, 0, 0, 1], 3_478).into(),
        number => ([192, 0, 2, number], 3_478).into(),
    }
}

fn configuration(kind: u8, servers: u8) -> (Vec<StunServer>, PublicAddressConfig) {
    let list = (0..servers % 4).map(|number| match (servers >> 2) + number {
        number if number % 3 == 0 => StunServer::Address(server(number)),
        number if number % 3 == 1 => StunServer::Host(name("stun.example.org"), 3_478),
        _ => StunServer::Domain(name("example.org")),
    });
    let mut config = PublicAddressConfig::DEFAULT;
    if kind & 1 != 0 {
        config.ask = AskWhen::CallBegins;
    }
    if kind & 14 == 14 {
        config.fixed = Some([203, 0, 113, 9].into());
    }
    config.refresh = (kind & 16 != 0).then(|| Duration::from_millis(u64::from(kind) * 10));
    if kind & 32 != 0 {
        config.retry = None;
    }
    (list.collect(), config)
}

fn name(text: &str) -> DnsName {
    DnsName::parse(text).expect("a name")
}

impl Bench {
    fn new(kind: u8, servers: u8) -> Self {
        let (servers, config) = configuration(kind, servers);
        let public = PublicAddress::new(LOCAL.into(), &servers, [7; 32], config).expect("few");
        let mut bench = Self {
            public,
            config,
            question: None,
            request: Vec::new(),
            path: FiveTuple::udp(LOCAL.into(), server(0)),
            response: Vec::new(),
            named: BTreeSet::new(),
            honest: true,
            requests: 0,
            known: None,
        };
        bench.name_all(&servers);
        bench
    }

    fn name_all(&mut self, servers: &[StunServer]) {
        self.named
            .extend(servers.iter().filter_map(|server| match server {
                StunServer::Address(address) => Some(*address),
                _ => None,
            }));
    }

    fn written(
        &self,
        class: Class,
        write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>,
    ) -> Vec<u8> {
        let Ok(request) = Message::parse(&self.request) else {
            return Vec::new();
        };
        let mut buffer = [0; 128];
        let id = request.transaction_id();
        let writer = write(MessageWriter::new(&mut buffer, class, Method::BINDING, id));
        let len = writer.finish().expect("room");
        buffer[..len].to_vec()
    }

    fn octets(&mut self, content: &Content<'_>) -> Vec<u8> {
        let response = match *content {
            Content::Answer => {
                let seen = FiveTuple::udp(self.path.remote, SEEN.into());
                let mut response = [0; MAX_RESPONSE_LEN];
                let answer = BindingServer::new().answer(seen, &self.request, &mut response);
                match answer {
                    Ok(Answer::Send(transmit)) => response[..transmit.len].to_vec(),
                    _ => Vec::new(),
                }
            }
            Content::Alternate { server: number } => {
                self.named.insert(server(number));
                self.written(Class::Error, |writer| {
                    writer
                        .optional(ErrorCode::new(300, "").as_ref())
                        .attribute(&AlternateServer(server(number)))
                })
            }
            Content::Error { code } => {
                let code = ErrorCode::new(300 + code % 400, "");
                self.written(Class::Error, |writer| writer.optional(code.as_ref()))
            }
            Content::Tells { address } => self.written(Class::Success, |writer| {
                writer.attribute(&XorMappedAddress(address))
            }),
            Content::Damaged { at, octet } => {
                let mut message = self.response.clone();
                let len = message.len().max(1);
                if let Some(place) = message.get_mut(usize::from(at) % len) {
                    *place = octet;
                }
                self.honest = false;
                return message;
            }
            Content::Raw(raw) => {
                self.honest = false;
                return raw.to_vec();
            }
        };
        self.response.clone_from(&response);
        response
    }

    fn dns(&mut self, now: Instant, other: bool, answer: Result<Vec<(u8, u16)>, bool>) {
        let Some(mut question) = self.question else {
            return;
        };
        if other {
            question.name = name("elsewhere.example");
        }
        let records = answer.map(|records| {
            records
                .into_iter()
                .take(24)
                .map(|(number, other)| {
                    let target = server(number);
                    let data = match question.record_type {
                        DnsRecordType::Srv => DnsData::Srv(Srv {
                            priority: other % 3,
                            weight: other,
                            port: 3_478 * u16::from(number != 5),
                            target: match number % 7 {
                                6 => DnsName::ROOT,
                                number => name(["a.example", "b.example"][usize::from(number % 2)]),
                            },
                        }),
                        _ => match target.ip() {
                            IpAddr::V4(ip) => DnsData::A(ip),
                            IpAddr::V6(ip) => DnsData::Aaaa(ip),
                        },
                    };
                    if !other_question(&question) {
                        self.named.insert(target);
                    }
                    DnsRecord {
                        ttl: Duration::from_secs(60),
                        data,
                    }
                })
                .collect::<Vec<_>>()
        });
        let failure = |known: bool| match known {
            true => DnsFailure::NoSuchName,
            false => DnsFailure::NoAnswer,
        };
        let answer = match &records {
            Ok(records) => Ok(records.as_slice()),
            Err(known) => Err(failure(*known)),
        };
        let (asking, due) = (self.public.is_asking(), self.public.poll_timeout());
        self.public.handle_answer(now, &question, answer);
        if other {
            assert_eq!(
                (self.public.is_asking(), self.public.poll_timeout()),
                (asking, due)
            );
        }
    }
}

fn other_question(question: &DnsQuestion) -> bool {
    question.name == name("elsewhere.example")
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::Start => self.public.start(now),
            Operation::BeginCall => self.public.begin_call(now),
            Operation::Configure { kind, servers } => {
                let (servers, config) = configuration(kind, servers);
                self.public.configure(now, &servers, config).expect("few");
                self.config = config;
                self.name_all(&servers);
            }
            Operation::Dns { other, answer } => self.dns(now, other, answer),
            Operation::Datagram { stranger, content } => {
                let mut path = self.path;
                if stranger {
                    path.remote.set_port(3_479);
                }
                let honest = self.honest;
                let data = self.octets(&content);
                self.honest |= honest && stranger;
                let handled = self.public.handle_datagram(now, path, &data);
                assert!(!stranger || handled != Handled::Consumed);
            }
            Operation::SendFailed { stranger } => {
                let mut path = self.path;
                if stranger {
                    path.remote.set_port(3_479);
                }
                self.public.handle_send_failed(now, path);
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        if let Some(question) = self.public.poll_question(now) {
            assert!(self.public.poll_question(now).is_none(), "asked twice");
            self.question = Some(question);
            count += 1;
        }
        let mut buffer = [0; 64];
        // Too small a buffer changes nothing.
        let short = self.public.poll_transmit(now, &mut buffer[..19]);
        let taken = self.public.poll_transmit(now, &mut buffer).expect("room");
        assert_eq!(short.is_err(), taken.is_some());
        if let Some(transmit) = taken {
            assert!(self.public.is_asking() && self.config.fixed.is_none());
            let remote = transmit.path.remote;
            assert_eq!(transmit.path, FiveTuple::udp(LOCAL.into(), remote));
            assert!(self.named.contains(&remote) || !self.honest, "{remote}");
            assert!(remote.is_ipv4());
            self.request = buffer[..transmit.len].to_vec();
            self.path = transmit.path;
            self.requests += 1;
            count += 1;
        }
        assert_eq!(self.public.poll_transmit(now, &mut buffer), Ok(None));
        let mut events = 0;
        while let Some(event) = self.public.poll_event() {
            match event {
                PublicAddressEvent::Learned {
                    mapped,
                    previous,
                    answered,
                    ..
                } => {
                    assert_eq!(previous, self.known);
                    assert!(mapped.is_ipv4() && mapped.port() != 0);
                    assert!(!mapped.ip().is_unspecified() && !mapped.ip().is_loopback());
                    assert_eq!(answered, self.path.remote);
                    self.known = Some(mapped.ip());
                }
                PublicAddressEvent::AllFailed {
                    kept,
                    retry_at,
                    since,
                    requests,
                } => {
                    assert_eq!(kept, self.known);
                    assert!(since <= now && requests <= self.requests);
                    assert!(retry_at.is_none_or(|at| at > now || !self.honest));
                }
                _ => {}
            }
            events += 1;
        }
        assert!(events <= PublicAddress::MAX_SERVERS + 1);
        assert_eq!(self.public.requests(), self.requests);
        assert_eq!(self.public.address(), self.config.fixed.or(self.known));
        count + events
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.public.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.public.poll_timeout()
    }

    fn check(&self) {
        // Whoever asks is not left waiting.
        assert!(!self.public.is_asking() || self.public.poll_timeout().is_some());
    }

    /// All servers are silent, and nobody asks again.
    fn abandon(&mut self, now: Instant) {
        let (servers, mut config) = configuration(0, 0b1011);
        config.retry = None;
        self.public.configure(now, &servers, config).expect("few");
        self.config = config;
        self.name_all(&servers);
    }

    fn check_rest(&self) {
        assert!(!self.public.is_asking());
        assert_eq!(self.public.address(), self.known);
    }
}
