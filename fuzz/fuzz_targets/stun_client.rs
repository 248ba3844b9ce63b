#![no_main]
//! A Binding transaction under a sequence of operations: of its server, of strangers, of the network.

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{ConnectionId, FiveTuple, Handled, Instant};
use trunkline_stun::{
    BindingClient, BindingEvent, BindingServer, Class, ClientConfig, ClientIntegrity, Key,
    MAX_RESPONSE_LEN, Message, MessageWriter, ShortTermCredential, TransactionId,
};

const ID: TransactionId = TransactionId::new([0x5a; 12]);
const KEY: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

// The first octet chooses the transaction.
fuzz_target!(|data: &[u8]| {
    if let [kind, data @ ..] = data {
        run(Bench::new(*kind), data);
    }
});

#[derive(Arbitrary)]
enum Content<'a> {
    /// What a server makes of a request that was sent.
    Answer {
        wrong_id: bool,
    },
    /// An error response.
    Error {
        code: u16,
    },
    /// The last message of the server with an octet changed.
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

struct Bench {
    client: BindingClient,
    path: FiveTuple,
    protected: bool,
    sent: usize,
    request: Vec<u8>,
    /// What the server sent last.
    response: Vec<u8>,
    /// What of a stream was not used.
    unused: Vec<u8>,
    event: Option<BindingEvent>,
}

impl Bench {
    fn new(kind: u8) -> Self {
        let addresses = (([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
        let path = match kind & 1 {
            0 => FiveTuple::udp(addresses.0, addresses.1),
            _ => FiveTuple::tcp(addresses.0, addresses.1),
        };
        let protected = kind & 2 != 0;
        let mut config = ClientConfig::DEFAULT;
        if protected {
            let username: &[u8] = b"evtj:h6vY";
            config.credential = Some(ShortTermCredential {
                username,
                key: Key::short_term(KEY),
                integrity: ClientIntegrity::Both,
            });
        }
        let mut client = BindingClient::new(path, ID, config);
        if kind & 4 != 0 {
            client = client.over_connection(ConnectionId(0));
        }
        Self {
            client,
            path,
            protected,
            sent: 0,
            request: Vec::new(),
            response: Vec::new(),
            unused: Vec::new(),
            event: None,
        }
    }

    fn octets(&mut self, content: &Content<'_>) -> Vec<u8> {
        match content {
            Content::Answer { wrong_id } => {
                let mut response = [0; MAX_RESPONSE_LEN];
                let (path, server, key) = (
                    self.path.reversed(),
                    BindingServer::new(),
                    Key::short_term(KEY),
                );
                let answer = match self.protected {
                    true => server
                        .answer_authenticated(path, &self.request, &mut response, |_| Some(&key)),
                    false => server.answer(path, &self.request, &mut response),
                };
                if let Ok(trunkline_stun::Answer::Send(transmit)) = answer {
                    self.response = response[..transmit.len].to_vec();
                }
                let mut response = self.response.clone();
                if let (true, Some(octet)) = (*wrong_id, response.get_mut(8)) {
                    *octet ^= 1;
                }
                response
            }
            Content::Error { code } => {
                let mut buffer = [0; 512];
                let Ok(request) = Message::parse(&self.request) else {
                    return Vec::new();
                };
                let Some(error) = trunkline_stun::ErrorCode::new(300 + code % 400, "") else {
                    return Vec::new();
                };
                let (method, id) = (request.method(), request.transaction_id());
                let written = MessageWriter::new(&mut buffer, Class::Error, method, id)
                    .attribute(&error)
                    .finish();
                buffer[..written.unwrap_or(0)].to_vec()
            }
            Content::Damaged { at, octet } => {
                let mut message = self.response.clone();
                let len = message.len().max(1);
                if let Some(place) = message.get_mut(usize::from(*at) % len) {
                    *place = *octet;
                }
                message
            }
            Content::Raw(raw) => raw.to_vec(),
        }
    }

    fn path(&self, stranger: bool) -> FiveTuple {
        let mut path = self.path;
        if stranger {
            path.remote.set_port(3479);
        }
        path
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::Datagram { stranger, content } => {
                let (path, data) = (self.path(stranger), self.octets(&content));
                let waiting = self.client.poll_timeout();
                let handled = self.client.handle_datagram(now, path, &data);
                if handled != Handled::Consumed || stranger {
                    assert!(handled != Handled::Consumed);
                    // Of a stream, what is wrongly protected is a reason to give up.
                    let reliable = self.path.transport.is_reliable();
                    assert!(reliable || self.client.poll_timeout() == waiting);
                }
            }
            Operation::Connected {
                connection,
                stranger,
            } => {
                let path = self.path(stranger);
                let id = ConnectionId(u64::from(connection % 2));
                self.client.handle_connected(now, id, path);
            }
            Operation::Bytes {
                connection,
                content,
                cut,
            } => {
                let data = self.octets(&content);
                let (first, second) = data.split_at(usize::from(cut) % (data.len() + 1));
                let id = ConnectionId(u64::from(connection % 2));
                for piece in [first, second] {
                    self.unused.extend_from_slice(piece);
                    let used = self.client.handle_bytes(now, id, &self.unused);
                    self.unused.drain(..used);
                }
            }
            Operation::Disconnected { connection } => {
                let id = ConnectionId(u64::from(connection % 2));
                self.client.handle_disconnected(now, id);
                self.unused.clear();
            }
            Operation::SendFailed { connection } => {
                let id = connection.map(|id| ConnectionId(u64::from(id % 2)));
                self.client.handle_send_failed(now, self.path, id);
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut buffer = [0; 1_500];
        loop {
            // Too small a buffer changes nothing.
            let short = self.client.poll_transmit(now, &mut buffer[..19]);
            let taken = self.client.poll_transmit(now, &mut buffer).expect("room");
            assert_eq!(short.is_err(), taken.is_some());
            let Some(transmit) = taken else {
                break;
            };
            assert_eq!(transmit.path, self.path);
            let message = buffer[..transmit.len].to_vec();
            let request = Message::parse(&message).expect("a request");
            assert_eq!(
                (request.class(), request.transaction_id()),
                (Class::Request, ID)
            );
            assert!(!self.protected || request.verify(&Key::short_term(KEY)).is_ok());
            // Each time the same octets, and nothing after the end.
            assert!(self.sent == 0 || self.request == message);
            assert!(self.event.is_none());
            self.request = message;
            self.sent += 1;
            count += 1;
        }
        while let Some(event) = self.client.poll_event() {
            assert_eq!(self.event, None, "a second outcome");
            if let BindingEvent::Mapped { round_trip, .. } = event {
                assert!(self.sent > 0);
                assert!(round_trip.is_none() || self.sent == 1);
            }
            self.event = Some(event);
            count += 1;
        }
        assert_eq!(self.client.is_done(), self.event.is_some());
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.client.poll_timeout()
    }

    fn check(&self) {
        let most = if self.path.transport.is_reliable() {
            1
        } else {
            7
        };
        assert!(self.sent <= most);
        // Until it has ended something is always armed.
        assert_eq!(self.client.poll_timeout().is_none(), self.event.is_some());
    }

    fn abandon(&mut self, _now: Instant) {}

    fn check_rest(&self) {
        assert!(self.event.is_some(), "a transaction without an outcome");
    }
}
