#![no_main]
//! A Binding exchange under a sequence of operations: of servers, honest or not, of strangers and of the network.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{ConnectionId, FiveTuple, Handled, Instant, Transport};
use trunkline_stun::{
    AlternateServer, Answer, BindingEvent, BindingExchange, BindingServer, Class, ClientConfig,
    ClientIntegrity, ErrorCode, IntegrityAlgorithm, Key, LongTermAccount, LongTermAuthentication,
    LongTermServer, MAX_RESPONSE_LEN, Message, MessageWriter, Method, Nonce, Realm,
    ShortTermCredential, TransactionId, TransactionIds, XorMappedAddress,
};

const USER: &[u8] = b"alice";
const PASSWORD: &[u8] = b"secret";
const REALM: &[u8] = b"example.org";
/// What only forgers tell.
const FORGED: ([u8; 4], u16) = ([203, 0, 113, 66], 666);

// The first octet chooses the transport and the credential.
fuzz_target!(|data: &[u8]| {
    if let [kind, data @ ..] = data {
        run(Bench::new(*kind), data);
    }
});

#[derive(Arbitrary)]
enum Content<'a> {
    /// What an honest server makes of the last request.
    Answer,
    /// One names another server.
    Alternate {
        server: u8,
        signed: bool,
    },
    /// A challenge, wanted or not.
    Challenge {
        stale: bool,
        nonce: u8,
        realm: bool,
    },
    Error {
        code: u16,
        signed: bool,
    },
    /// A success that was made without the key.
    Forged {
        wrong_id: bool,
        guessed: bool,
    },
    /// The last response with an octet changed.
    Damaged {
        at: u16,
        octet: u8,
    },
    Raw(&'a [u8]),
}

#[derive(Arbitrary)]
enum Operation<'a> {
    Datagram {
        stranger: bool,
        content: Content<'a>,
    },
    Connected {
        connection: u8,
        stranger: bool,
    },
    Bytes {
        connection: u8,
        content: Content<'a>,
        cut: u16,
    },
    Disconnected {
        connection: u8,
    },
    SendFailed {
        connection: Option<u8>,
    },
}

#[derive(Clone, Copy, PartialEq)]
enum Credential {
    None,
    ShortTerm,
    LongTerm,
}

struct Bench {
    exchange: BindingExchange,
    server: LongTermServer<'static>,
    account: LongTermAccount,
    credential: Credential,
    local: SocketAddr,
    transport: Transport,
    /// Who was asked, in order.
    asked: Vec<SocketAddr>,
    /// Whom a server has named that can prove it.
    named: Vec<SocketAddr>,
    requests: BTreeMap<TransactionId, (Vec<u8>, usize)>,
    request: Vec<u8>,
    response: Vec<u8>,
    /// What of a stream was not used.
    unused: Vec<u8>,
    event: Option<BindingEvent>,
}

fn server(number: u8) -> SocketAddr {
    match number % 10 {
        // What no server has.
        7 => ([0, 0, 0, 0], 3_478).into(),
        8 => ([224, 0, 0, 1], 3_478).into(),
        9 => ([192, 0, 2, 1], 0).into(),
        6 => SocketAddr::from(([0x20, 0x01, 0xd, 0xb8, 0, 0, 0, 1], 3_478)),
        number => ([192, 0, 2, number], 3_478).into(),
    }
}

impl Bench {
    fn new(kind: u8) -> Self {
        let local = ([198, 51, 100, 9], 5_060).into();
        let transport = match kind % 4 {
            0 | 3 => Transport::Udp,
            1 => Transport::Tcp,
            _ => Transport::Tls,
        };
        let path = FiveTuple::new(transport, local, server(0));
        let ids = TransactionIds::new([7; 32]);
        let mut config = ClientConfig::DEFAULT;
        config.fingerprint = kind & 16 != 0;
        let credential = match kind >> 2 & 3 {
            0 => Credential::None,
            1 => Credential::ShortTerm,
            _ => Credential::LongTerm,
        };
        if credential == Credential::ShortTerm {
            config.credential = Some(ShortTermCredential {
                username: USER,
                key: Key::short_term(PASSWORD),
                integrity: ClientIntegrity::Sha1,
            });
        }
        let mut exchange = BindingExchange::new(path, ids, config);
        if credential == Credential::LongTerm {
            let long_term = LongTermAuthentication::new(USER, PASSWORD).expect("short");
            exchange = exchange.with_long_term(long_term);
        }
        if kind & 32 != 0 {
            exchange = exchange.over_connection(ConnectionId(0));
        }
        let server = LongTermServer::new(REALM, [8; 32]);
        Self {
            exchange,
            server: server.with_nonce_lifetime(Duration::from_secs(5)),
            account: LongTermAccount::new(USER, REALM, PASSWORD),
            credential,
            local,
            transport,
            asked: Vec::new(),
            named: Vec::new(),
            requests: BTreeMap::new(),
            request: Vec::new(),
            response: Vec::new(),
            unused: Vec::new(),
            event: None,
        }
    }

    /// Whether the last request was made with the key, so that a response has to be.
    fn protected(&self) -> bool {
        Message::parse(&self.request)
            .is_ok_and(|request| request.has_integrity(IntegrityAlgorithm::Sha1))
    }

    fn key(&self) -> Key {
        match self.credential {
            Credential::LongTerm => Key::long_term_md5(USER, REALM, PASSWORD),
            _ => Key::short_term(PASSWORD),
        }
    }

    fn answer(&self, now: Instant) -> Vec<u8> {
        let mut response = [0; MAX_RESPONSE_LEN];
        let path = self.exchange.path().reversed();
        let (server, key) = (BindingServer::new(), self.key());
        let (request, response_buffer) = (&self.request, &mut response);
        let answer = match self.credential {
            Credential::None => server.answer(path, request, response_buffer),
            Credential::ShortTerm => {
                server.answer_authenticated(path, request, response_buffer, |_| Some(&key))
            }
            Credential::LongTerm => server.answer_long_term(
                now,
                path,
                request,
                response_buffer,
                &self.server,
                |user, algorithm| {
                    let known = self.account.is(user);
                    known.then(|| self.account.key(algorithm)).flatten()
                },
            ),
        };
        match answer {
            Ok(Answer::Send(transmit)) => response[..transmit.len].to_vec(),
            _ => Vec::new(),
        }
    }

    /// A response to the last request, made with a key or without.
    fn written(
        &self,
        class: Class,
        wrong_id: bool,
        key: Option<&Key>,
        write: impl FnOnce(MessageWriter<'_>) -> MessageWriter<'_>,
    ) -> Vec<u8> {
        let Ok(request) = Message::parse(&self.request) else {
            return Vec::new();
        };
        let mut id = *request
            .transaction_id()
            .octets()
            .last_chunk::<12>()
            .expect("12");
        id[11] ^= u8::from(wrong_id);
        let mut buffer = [0; 512];
        let id = TransactionId::new(id);
        let writer = write(MessageWriter::new(&mut buffer, class, Method::BINDING, id));
        let writer = match key {
            Some(key) => writer.integrity(key),
            None => writer,
        };
        let len = writer.finish().expect("room");
        buffer[..len].to_vec()
    }

    fn octets(&mut self, now: Instant, from_asked: bool, content: &Content<'_>) -> Vec<u8> {
        let key = self.key();
        let response = match *content {
            Content::Answer => self.answer(now),
            Content::Alternate {
                server: number,
                signed,
            } => {
                if from_asked && (signed || !self.protected()) {
                    self.named.push(server(number));
                }
                self.written(Class::Error, false, signed.then_some(&key), |writer| {
                    writer
                        .optional(ErrorCode::new(300, "").as_ref())
                        .attribute(&AlternateServer(server(number)))
                })
            }
            Content::Challenge {
                stale,
                nonce,
                realm,
            } => {
                let code = if stale { 438 } else { 401 };
                let realm = realm.then_some(Realm(REALM)).or(Some(Realm(b"elsewhere")));
                self.written(Class::Error, false, None, |writer| {
                    writer
                        .optional(ErrorCode::new(code, "").as_ref())
                        .optional(realm.as_ref())
                        .attribute(&Nonce(&[b'n', nonce]))
                })
            }
            Content::Error { code, signed } => {
                let code = ErrorCode::new(300 + code % 400, "");
                let key = signed.then_some(&key);
                self.written(Class::Error, false, key, |writer| {
                    writer.optional(code.as_ref())
                })
            }
            Content::Forged { wrong_id, guessed } => {
                let guess = Key::short_term(b"guess");
                let key = guessed.then_some(&guess);
                self.written(Class::Success, wrong_id, key, |writer| {
                    writer.attribute(&XorMappedAddress(FORGED.into()))
                })
            }
            Content::Damaged { at, octet } => {
                let mut message = self.response.clone();
                let len = message.len().max(1);
                if let Some(place) = message.get_mut(usize::from(at) % len) {
                    *place = octet;
                }
                return message;
            }
            Content::Raw(raw) => return raw.to_vec(),
        };
        self.response.clone_from(&response);
        response
    }

    fn connection(number: u8) -> ConnectionId {
        ConnectionId(u64::from(number % 3))
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::Datagram { stranger, content } => {
                let mut path = self.exchange.path();
                if stranger {
                    path.remote.set_port(3_479);
                }
                let data = self.octets(now, !stranger, &content);
                let waiting = self.exchange.poll_timeout();
                let handled = self.exchange.handle_datagram(now, path, &data);
                assert!(!stranger || handled != Handled::Consumed);
                if handled != Handled::Consumed && !self.transport.is_reliable() {
                    assert_eq!(self.exchange.poll_timeout(), waiting);
                }
            }
            Operation::Connected {
                connection,
                stranger,
            } => {
                let mut path = self.exchange.path();
                if stranger {
                    path.remote.set_port(3_479);
                }
                let id = Self::connection(connection);
                self.exchange.handle_connected(now, id, path);
            }
            Operation::Bytes {
                connection,
                content,
                cut,
            } => {
                let data = self.octets(now, true, &content);
                let (first, second) = data.split_at(usize::from(cut) % (data.len() + 1));
                for piece in [first, second] {
                    self.unused.extend_from_slice(piece);
                    let id = Self::connection(connection);
                    let used = self.exchange.handle_bytes(now, id, &self.unused);
                    assert!(used <= self.unused.len());
                    self.unused.drain(..used);
                }
                self.unused.truncate(4_096);
            }
            Operation::Disconnected { connection } => {
                let id = Self::connection(connection);
                self.exchange.handle_disconnected(now, id);
                self.unused.clear();
            }
            Operation::SendFailed { connection } => {
                let (path, id) = (self.exchange.path(), connection.map(Self::connection));
                self.exchange.handle_send_failed(now, path, id);
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut buffer = [0; 1_500];
        loop {
            // Too small a buffer changes nothing.
            let short = self.exchange.poll_transmit(now, &mut buffer[..19]);
            let taken = self.exchange.poll_transmit(now, &mut buffer).expect("room");
            assert_eq!(short.is_err(), taken.is_some());
            let Some(transmit) = taken else {
                break;
            };
            assert!(self.event.is_none());
            assert_eq!(transmit.path.local, self.local);
            assert_eq!(transmit.path.transport, self.transport);
            let remote = transmit.path.remote;
            if self.asked.last() != Some(&remote) {
                // Nobody twice, and nobody that cannot be or that nobody may name.
                assert!(!self.asked.contains(&remote));
                let ip = remote.ip();
                assert!(!ip.is_unspecified() && !ip.is_multicast() && remote.port() != 0);
                assert!(remote.is_ipv4());
                assert!(self.asked.is_empty() || !self.transport.is_secure());
                let proved = !self.asked.is_empty() && self.protected();
                assert!(!proved || self.named.contains(&remote), "led away");
                self.asked.push(remote);
            }
            assert!(self.asked.len() <= 4);
            let bytes = buffer[..transmit.len].to_vec();
            let message = Message::parse(&bytes).expect("a request");
            assert_eq!(message.class(), Class::Request);
            let id = message.transaction_id();
            let (first, times) = self.requests.entry(id).or_insert((bytes.clone(), 0));
            assert_eq!(*first, bytes, "another request under the same id");
            *times += 1;
            let most = if self.transport.is_reliable() { 1 } else { 7 };
            assert!(*times <= most);
            self.request = bytes;
            count += 1;
            assert!(count <= 1, "more than one request at a time");
        }
        while let Some(event) = self.exchange.poll_event() {
            assert_eq!(self.event, None, "a second outcome");
            match event {
                BindingEvent::Mapped { address, .. } => {
                    assert!(!self.requests.is_empty());
                    assert!(!self.protected() || address == self.local, "forged");
                }
                BindingEvent::TryAlternate { .. } => assert!(self.transport.is_secure()),
                _ => {}
            }
            self.event = Some(event);
            count += 1;
        }
        assert_eq!(self.exchange.is_done(), self.event.is_some());
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.exchange.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.exchange.poll_timeout()
    }

    fn check(&self) {
        // Until it has ended something is always armed.
        assert_eq!(self.exchange.poll_timeout().is_none(), self.event.is_some());
    }

    fn abandon(&mut self, _: Instant) {}

    fn check_rest(&self) {
        assert!(self.event.is_some(), "an exchange without an outcome");
    }
}
