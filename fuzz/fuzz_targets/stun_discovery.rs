#![no_main]
//! The discovery of a NAT under a sequence of operations: of its server, of strangers, of time.

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{FiveTuple, Handled, Instant};
use trunkline_stun::{
    AlternateAddresses, Answer, BindingServer, DiscoveryConfig, LifetimeSearch, MAX_RESPONSE_LEN,
    Message, NatDiscovery, NatReport, NatType,
};

// The first octet chooses what is looked for.
fuzz_target!(|data: &[u8]| {
    if let [kind, data @ ..] = data {
        run(Bench::new(*kind), data);
    }
});

#[derive(Arbitrary)]
enum Operation<'a> {
    /// What the server makes of one of the last requests, seen through a NAT, or not.
    Answer {
        request: u8,
        refuses: bool,
        /// Added to the public port.
        translated: u8,
        /// From this one of its addresses, wherever it should come from.
        source: Option<u8>,
    },
    /// An answer with an octet changed.
    Damaged {
        request: u8,
        at: u8,
        octet: u8,
    },
    /// A request comes back, as it does when it is turned round.
    Echo {
        request: u8,
        second: bool,
    },
    Raw {
        second: bool,
        data: &'a [u8],
    },
    SendFailed {
        request: u8,
    },
}

struct Bench {
    discovery: NatDiscovery,
    alternates: AlternateAddresses,
    local: [core::net::SocketAddr; 2],
    requests: Vec<(FiveTuple, Vec<u8>)>,
    sent: usize,
    /// Somebody other than the server has told something.
    honest: bool,
    report: Option<NatReport>,
}

impl Bench {
    fn new(kind: u8) -> Self {
        let (one, other) = (([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 2], 3479).into());
        let local = [([10, 0, 0, 9], 5060).into(), ([10, 0, 0, 9], 5070).into()];
        let config = DiscoveryConfig {
            classic: kind & 1 != 0,
            lifetime: (kind & 4 != 0).then_some(LifetimeSearch {
                longest: core::time::Duration::from_secs(30),
                precision: core::time::Duration::from_secs(1),
            }),
            ..DiscoveryConfig::DEFAULT
        };
        Self {
            discovery: NatDiscovery::new(local, one, [7; 32], config),
            alternates: AlternateAddresses::new(one, other).expect("two"),
            local,
            requests: Vec::new(),
            sent: 0,
            honest: true,
            report: None,
        }
    }

    fn request(&self, back: u8) -> Option<(FiveTuple, Vec<u8>)> {
        let at = self.requests.len().checked_sub(1 + usize::from(back % 4))?;
        self.requests.get(at).cloned()
    }

    /// An answer, and the path that it comes by.
    fn answer(&self, back: u8, refuses: bool, translated: u8) -> Option<(FiveTuple, Vec<u8>)> {
        let (path, request) = self.request(back)?;
        if !self.alternates.all().contains(&path.remote) {
            return None;
        }
        let mut server = BindingServer::new().with_classic();
        if !refuses {
            server = server
                .with_alternates(self.alternates)
                .with_change_requests()
                .with_response_ports();
        }
        let mut seen = path.reversed();
        seen.remote
            .set_port(seen.remote.port() + u16::from(translated));
        let mut response = [0; MAX_RESPONSE_LEN];
        let answer = server.answer(seen, &request, &mut response).expect("room");
        let Answer::Send(transmit) = answer else {
            return None;
        };
        assert!(self.alternates.all().contains(&transmit.path.local) || refuses);
        let mut path = FiveTuple::udp(path.local, transmit.path.local);
        // Whose public port it is sent to.
        let port = transmit
            .path
            .remote
            .port()
            .wrapping_sub(u16::from(translated));
        if let Some(local) = self.local.iter().find(|local| local.port() == port) {
            path.local = *local;
        }
        Some((path, response[..transmit.len].to_vec()))
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::Answer {
                request,
                refuses,
                translated,
                source,
            } => {
                let Some((mut path, data)) = self.answer(request, refuses, translated) else {
                    return;
                };
                if let Some(source) = source {
                    path.remote = self.alternates.all()[usize::from(source % 4)];
                }
                let _ = self.discovery.handle_datagram(now, path, &data);
            }
            Operation::Damaged { request, at, octet } => {
                let Some((path, mut data)) = self.answer(request, false, 1) else {
                    return;
                };
                let len = data.len();
                data[usize::from(at) % len] = octet;
                // What is told by it may be anything, also another address of the server.
                self.honest = false;
                let _ = self.discovery.handle_datagram(now, path, &data);
            }
            Operation::Echo { request, second } => {
                let Some((mut path, data)) = self.request(request) else {
                    return;
                };
                path.remote = path.local;
                path.local = self.local[usize::from(second)];
                let _ = self.discovery.handle_datagram(now, path, &data);
            }
            Operation::Raw { second, data } => {
                let stranger = ([203, 0, 113, 6], 666).into();
                let path = FiveTuple::udp(self.local[usize::from(second)], stranger);
                let before = *self.discovery.report();
                let handled = self.discovery.handle_datagram(now, path, data);
                // Nobody who has not seen a request knows an id.
                let known = Message::parse(data).is_ok();
                assert!(handled != Handled::Consumed || known);
                assert!(known || before == *self.discovery.report());
            }
            Operation::SendFailed { request } => {
                if let Some((path, _)) = self.request(request) {
                    self.discovery.handle_send_failed(now, path);
                }
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut buffer = [0; 64];
        loop {
            // Too small a buffer changes nothing.
            let short = self.discovery.poll_transmit(now, &mut buffer[..19]);
            let taken = self
                .discovery
                .poll_transmit(now, &mut buffer)
                .expect("room");
            assert_eq!(short.is_err(), taken.is_some());
            let Some(transmit) = taken else {
                break;
            };
            let path = transmit.path;
            assert!(self.local.contains(&path.local));
            let mapped = |port: u16| self.local.iter().any(|local| port >= local.port());
            let known = self.alternates.all().contains(&path.remote);
            assert!(known || mapped(path.remote.port()) || !self.honest);
            let request = buffer[..transmit.len].to_vec();
            assert!(Message::parse_any_generation(&request).is_ok());
            assert!(self.report.is_none());
            self.requests.push((path, request));
            self.sent += 1;
            count += 1;
        }
        while let Some(report) = self.discovery.poll_event() {
            assert_eq!(self.report, None, "a second report");
            assert_eq!(report.mapped.is_none(), report.is_translated().is_none());
            if report.mapped.is_none() {
                assert!(matches!(
                    report.nat_type,
                    NatType::UdpBlocked | NatType::Unknown
                ));
            }
            if matches!(report.nat_type, NatType::FullCone | NatType::OpenInternet) {
                assert!(report.filtering.is_some());
            }
            self.report = Some(report);
            count += 1;
        }
        assert_eq!(self.discovery.is_done(), self.report.is_some());
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.discovery.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.discovery.poll_timeout()
    }

    fn check(&self) {
        // Until it has ended something is always armed.
        assert_eq!(
            self.discovery.poll_timeout().is_none(),
            self.report.is_some()
        );
    }

    fn abandon(&mut self, _now: Instant) {}

    fn check_rest(&self) {
        assert!(self.report.is_some(), "a discovery without a report");
    }
}
