#![no_main]
//! The transaction layer under a sequence of operations: of its user, of peers, of strangers, of the network.

use std::collections::HashMap;
use std::net::SocketAddr;

use arbitrary::Arbitrary;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use trunkline_fuzz::operations::{Driven, run};
use trunkline_sans_io::{
    BufferTooSmall, ConnectionId, FiveTuple, Handled, Instant, Transmit, Transport,
};
use trunkline_sip_core::{
    ClientTransaction, Destination, HeaderName, HeaderSpan, LayerConfig, LayerEvent, Message,
    Method, OwnedMessage, RequestError, RespondError, Rules, ServerTransaction, StatusCode,
    TransactionLayer, validate, write_response_to,
};

const MAX_TRANSACTIONS: usize = 8;
const MAX_CONNECTIONS: usize = 4;
const MAX_HEAD: usize = 2048;
const MAX_BODY: usize = 1024;
/// What the target remembers of each kind, to repeat it or refer to it.
const MEMORY: usize = 32;

fuzz_target!(|data: &[u8]| run(Bench::new(), data));

#[derive(Arbitrary, Clone, Copy)]
struct Path {
    local: u8,
    remote: u8,
    tcp: bool,
}

impl Path {
    fn tuple(self) -> FiveTuple {
        let local = ["192.0.2.1:5060", "[2001:db8::1]:5060"][usize::from(self.local % 2)];
        let remote = [
            "192.0.2.2:5060",
            "192.0.2.3:40000",
            "[2001:db8::2]:5060",
            "[::ffff:192.0.2.2]:5061",
        ][usize::from(self.remote % 4)];
        let transport = if self.tcp {
            Transport::Tcp
        } else {
            Transport::Udp
        };
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        FiveTuple::new(transport, address(local), address(remote))
    }
}

/// A request of a peer, sound but for what is chosen otherwise.
#[derive(Arbitrary)]
struct Template<'a> {
    method: u8,
    cseq_method: Option<u8>,
    branch: u8,
    via: u8,
    call: u8,
    to_tag: Option<u8>,
    length: Option<u16>,
    /// Further header fields or whatever else.
    extra: Option<&'a [u8]>,
}

#[derive(Arbitrary)]
enum Content<'a> {
    Request(Template<'a>),
    /// An answer to a request that the layer sent.
    Answer {
        request: u8,
        status: u16,
        to_tag: u8,
    },
    /// A message of either side once more.
    Known {
        index: u8,
    },
    /// One of them with an octet changed.
    Damaged {
        index: u8,
        at: u16,
        octet: u8,
    },
    KeepAlive(u8),
    Raw(&'a [u8]),
}

#[derive(Arbitrary)]
enum Operation<'a> {
    Datagram {
        path: Path,
        content: Content<'a>,
    },
    Connect {
        connection: u8,
        path: Path,
    },
    Bytes {
        connection: u8,
        content: Content<'a>,
        cut: u16,
    },
    Disconnect {
        connection: u8,
    },
    SendFailed {
        transmit: u8,
    },
    SendRequest {
        path: Path,
        connection: Option<u8>,
        method: u8,
        call: u8,
        large: bool,
    },
    SendRaw {
        path: Path,
        message: &'a [u8],
    },
    SendAck {
        path: Path,
        call: u8,
    },
    Cancel {
        request: u8,
    },
    Respond {
        request: u8,
        status: u16,
    },
    RespondRaw {
        request: u8,
        response: &'a [u8],
    },
}

/// A client transaction as its user sees it.
#[derive(Default)]
struct Sent {
    invite: bool,
    finals: usize,
    failed: usize,
}

struct Bench {
    layer: TransactionLayer,
    sent: HashMap<ClientTransaction, Sent>,
    clients: Vec<ClientTransaction>,
    requests: Vec<(ServerTransaction, OwnedMessage)>,
    /// Octets of each connection that the layer did not consume.
    streams: HashMap<ConnectionId, Vec<u8>>,
    transmitted: Vec<(Transmit, Bytes)>,
    /// What came in and went out.
    known: Vec<Vec<u8>>,
    /// Whether the user gave responses that are none.
    raw: bool,
}

impl Bench {
    fn new() -> Self {
        let mut config = LayerConfig::default();
        config.max_transactions = MAX_TRANSACTIONS;
        config.max_connections = MAX_CONNECTIONS;
        config.max_head = MAX_HEAD;
        config.max_body = MAX_BODY;
        Self {
            layer: TransactionLayer::new(config, [7; 32]),
            sent: HashMap::new(),
            clients: Vec::new(),
            requests: Vec::new(),
            streams: HashMap::new(),
            transmitted: Vec::new(),
            known: Vec::new(),
            raw: false,
        }
    }

    fn remember(&mut self, message: &[u8]) {
        if self.known.len() < MEMORY {
            self.known.push(message.to_vec());
        }
    }

    fn octets(&self, content: &Content<'_>) -> Vec<u8> {
        match content {
            Content::Request(template) => template.write(),
            Content::Answer {
                request,
                status,
                to_tag,
            } => self.answer(*request, *status, *to_tag),
            Content::Known { index } => pick(&self.known, *index).cloned().unwrap_or_default(),
            Content::Damaged { index, at, octet } => {
                let mut message = pick(&self.known, *index).cloned().unwrap_or_default();
                let len = message.len().max(1);
                if let Some(place) = message.get_mut(usize::from(*at) % len) {
                    *place = *octet;
                }
                message
            }
            Content::KeepAlive(count) => b"\r\n".repeat(usize::from(count % 4)),
            Content::Raw(raw) => raw.to_vec(),
        }
    }

    fn answer(&self, request: u8, status: u16, to_tag: u8) -> Vec<u8> {
        let mut spans = [HeaderSpan::default(); 64];
        let Some((_, request)) = pick(&self.transmitted, request) else {
            return Vec::new();
        };
        let mut buffer = vec![0; request.len() + 256];
        let written = Message::parse(request, &mut spans)
            .ok()
            .and_then(|request| {
                let tag = format!("t{}", to_tag % 4);
                let status = code(status);
                write_response_to(&request, status, "", Some(&tag), &mut buffer).ok()
            });
        buffer.truncate(written.unwrap_or(0));
        buffer
    }

    fn deliver(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        self.remember(data);
        let before = self.layer.statistics();
        let handled = self.layer.handle_datagram(now, path, data);
        let after = self.layer.statistics();
        match handled {
            Handled::Dropped(reason) => {
                assert_eq!(after.dropped(reason), before.dropped(reason) + 1);
            }
            Handled::NotMine => assert_eq!(after, before),
            Handled::Consumed => {}
        }
    }

    fn stream(&mut self, now: Instant, id: ConnectionId, data: &[u8], cut: u16) {
        self.remember(data);
        let Some(mut unconsumed) = self.streams.remove(&id) else {
            // A driver may be late; the layer does not know the connection.
            assert_eq!(self.layer.handle_bytes(now, id, data), data.len());
            return;
        };
        let (first, second) = data.split_at(usize::from(cut) % (data.len() + 1));
        for piece in [first, second] {
            unconsumed.extend_from_slice(piece);
            let consumed = self.layer.handle_bytes(now, id, &unconsumed);
            unconsumed.drain(..consumed);
            assert!(unconsumed.len() <= MAX_HEAD + MAX_BODY);
        }
        self.streams.insert(id, unconsumed);
    }

    fn check_transmit(&mut self, transmit: Transmit, message: Bytes) {
        assert_eq!(transmit.len, message.len());
        if message != b"\r\n"[..] && !self.raw {
            let parsed = OwnedMessage::parse(message.clone()).expect("what is sent parses");
            assert_eq!(parsed.bytes(), &message);
            assert!(parsed.message().header(HeaderName::Via).is_some());
        }
        self.remember(&message);
        if self.transmitted.len() == MEMORY {
            self.transmitted.remove(0);
        }
        self.transmitted.push((transmit, message));
    }

    fn check_event(&mut self, event: LayerEvent) {
        let rules = Rules::DEFAULT;
        match event {
            LayerEvent::Request {
                transaction,
                message,
                ..
            } => {
                assert_eq!(validate(&message.message(), &rules), Ok(()));
                assert_ne!(message.message().method(), Some(Method::Ack));
                assert_ne!(message.message().method(), Some(Method::Cancel));
                if self.requests.len() == MEMORY {
                    // Forgotten by a careless user; `abandon` cannot answer it any more.
                    let (oldest, request) = self.requests.remove(0);
                    let response = refusal(&request);
                    let _ = self.layer.respond(Instant::MAX, oldest, response);
                }
                self.requests.push((transaction, message));
            }
            LayerEvent::Ack { message, .. } => {
                assert_eq!(message.message().method(), Some(Method::Ack));
            }
            LayerEvent::Cancelled {
                transaction,
                message,
            } => {
                assert_eq!(message.message().method(), Some(Method::Cancel));
                assert!(self.requests.iter().any(|(known, _)| *known == transaction));
            }
            LayerEvent::Response {
                transaction,
                message,
            } => {
                let status = message.message().status().expect("a response");
                let sent = self.sent.get_mut(&transaction).expect("a request of ours");
                assert_eq!(sent.failed, 0, "a response after the request was given up");
                if status.is_final() {
                    assert!(
                        sent.finals == 0 || (sent.invite && status.is_success()),
                        "a second final response"
                    );
                    sent.finals += 1;
                } else {
                    assert_eq!(sent.finals, 0, "a provisional response after the final one");
                }
            }
            LayerEvent::Failed { transaction, .. } => {
                let sent = self.sent.get_mut(&transaction).expect("a request of ours");
                sent.failed += 1;
                assert_eq!((sent.finals, sent.failed), (0, 1));
            }
            LayerEvent::StrayResponse { message, .. } => assert!(message.message().is_response()),
            _ => {}
        }
    }
}

impl Driven for Bench {
    type Operation<'a> = Operation<'a>;

    fn apply(&mut self, now: Instant, operation: Operation<'_>) {
        match operation {
            Operation::Datagram { path, content } => {
                let data = self.octets(&content);
                let path = Path { tcp: false, ..path };
                self.deliver(now, path.tuple(), &data);
            }
            Operation::Connect { connection, path } => {
                let id = ConnectionId(u64::from(connection % 8));
                let path = Path { tcp: true, ..path };
                self.streams.entry(id).or_default();
                self.layer.handle_connected(now, id, path.tuple());
            }
            Operation::Bytes {
                connection,
                content,
                cut,
            } => {
                let data = self.octets(&content);
                self.stream(now, ConnectionId(u64::from(connection % 8)), &data, cut);
            }
            Operation::Disconnect { connection } => {
                let id = ConnectionId(u64::from(connection % 8));
                self.streams.remove(&id);
                self.layer.handle_disconnected(now, id);
            }
            Operation::SendFailed { transmit } => {
                if let Some((transmit, _)) = pick(&self.transmitted, transmit) {
                    self.layer
                        .handle_send_failed(now, transmit.path, transmit.connection);
                }
            }
            Operation::SendRequest {
                path,
                connection,
                method,
                call,
                large,
            } => {
                let destination = Destination {
                    path: path.tuple(),
                    connection: connection.map(|id| ConnectionId(u64::from(id % 8))),
                };
                let body = "x".repeat(if large { 1400 } else { 0 });
                let request = own_request(name(method), call, &body);
                self.send(now, destination, request.as_bytes());
            }
            Operation::SendRaw { path, message } => {
                self.raw = true;
                self.send(now, path.tuple().into(), message);
            }
            Operation::SendAck { path, call } => {
                let ack = own_request("ACK", call, "");
                let sent = self
                    .layer
                    .send_ack(now, path.tuple().into(), ack.as_bytes());
                assert!(sent.is_ok());
            }
            Operation::Cancel { request } => {
                if let Some(client) = pick(&self.clients, request) {
                    let _ = self.layer.cancel(now, *client);
                }
            }
            Operation::Respond { request, status } => {
                let Some((transaction, request)) = pick(&self.requests, request) else {
                    return;
                };
                let response = response(request, code(status));
                match self.layer.respond(now, *transaction, response) {
                    Ok(()) | Err(RespondError::Unknown | RespondError::Refused(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            Operation::RespondRaw { request, response } => {
                self.raw = true;
                if let Some((transaction, _)) = pick(&self.requests, request) {
                    let response = Bytes::copy_from_slice(response);
                    let _ = self.layer.respond(now, *transaction, response);
                }
            }
        }
    }

    fn drain(&mut self, now: Instant) -> usize {
        let mut count = 0;
        let mut copied = vec![0; 4096];
        loop {
            // By copy and without one in turn; too small a buffer changes nothing.
            let (transmit, message) = if count % 2 == 0 {
                let taken = match self.layer.poll_transmit(now, &mut []) {
                    Ok(None) => break,
                    Ok(Some(taken)) => taken,
                    Err(BufferTooSmall { needed }) => {
                        copied.resize(needed.max(copied.len()), 0);
                        let taken = self.layer.poll_transmit(now, &mut copied);
                        let taken = taken.expect("room").expect("the same message");
                        assert_eq!(taken.len, needed);
                        taken
                    }
                };
                (taken, Bytes::copy_from_slice(&copied[..taken.len]))
            } else {
                match self.layer.poll_transmit_bytes(now) {
                    None => break,
                    Some(taken) => taken,
                }
            };
            self.check_transmit(transmit, message);
            count += 1;
        }
        while let Some(event) = self.layer.poll_event() {
            self.check_event(event);
            count += 1;
        }
        while let Some(id) = self.layer.poll_close() {
            self.streams.remove(&id);
            count += 1;
        }
        // A piece of a stream holds several messages; each leads to a few of ours.
        assert!(count <= 8 * 1024, "{count} messages and events at once");
        count
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.layer.poll_timeout()
    }

    fn check(&self) {
        let statistics = self.layer.statistics();
        assert!(statistics.client_transactions <= MAX_TRANSACTIONS);
        assert!(statistics.server_transactions <= MAX_TRANSACTIONS);
        assert!(statistics.connections <= MAX_CONNECTIONS);
        assert!(self.streams.len() >= statistics.connections);
    }

    fn abandon(&mut self, now: Instant) {
        for (transaction, request) in std::mem::take(&mut self.requests) {
            let _ = self.layer.respond(now, transaction, refusal(&request));
        }
        for id in std::mem::take(&mut self.streams).into_keys() {
            self.layer.handle_disconnected(now, id);
        }
    }

    fn check_rest(&self) {
        let statistics = self.layer.statistics();
        assert_eq!(statistics.client_transactions, 0);
        assert_eq!(statistics.server_transactions, 0);
        assert_eq!(statistics.connections, 0);
        for sent in self.sent.values() {
            assert!(
                sent.finals + sent.failed > 0,
                "a request without an outcome"
            );
        }
    }
}

impl Bench {
    fn send(&mut self, now: Instant, destination: Destination, request: &[u8]) {
        let mut spans = [HeaderSpan::default(); 64];
        let method = Message::parse(request, &mut spans)
            .ok()
            .and_then(|request| request.method());
        let full = self.layer.statistics().client_transactions == MAX_TRANSACTIONS;
        match self.layer.send_request(now, destination, request) {
            Ok(transaction) => {
                assert!(!full);
                let sent = Sent {
                    invite: method == Some(Method::Invite),
                    ..Sent::default()
                };
                assert!(
                    self.sent.insert(transaction, sent).is_none(),
                    "a handle given out twice"
                );
                if self.clients.len() == MEMORY {
                    self.clients.remove(0);
                }
                self.clients.push(transaction);
            }
            Err(error) => assert!(error != RequestError::TableFull || full),
        }
    }
}

impl Template<'_> {
    fn write(&self) -> Vec<u8> {
        let method = name(self.method);
        let cseq_method = self.cseq_method.map_or(method, name);
        let via = [
            "SIP/2.0/UDP 192.0.2.2:5060;rport;branch=",
            "SIP/2.0/UDP 192.0.2.3;branch=",
            "SIP/2.0/TCP [2001:db8::2];alias;branch=",
            "SIP/2.0/UDP proxy.example.com;maddr=192.0.2.9;ttl=1;branch=",
        ][usize::from(self.via % 4)];
        // One of a client of RFC 2543 among them, and one that only differs in case.
        let branch = ["z9hG4bKa", "z9hG4bKb", "Z9HG4BKA", "old"][usize::from(self.branch % 4)];
        let to_tag = self
            .to_tag
            .map_or(String::new(), |tag| format!(";tag={}", tag % 4));
        let call = self.call % 4;
        let mut message = format!(
            "{method} sip:b@192.0.2.1 SIP/2.0\r\nVia: {via}{branch}\r\nMax-Forwards: 70\r\n\
             From: <sip:a@192.0.2.2>;tag=a{call}\r\nTo: <sip:b@192.0.2.1>{to_tag}\r\n\
             Call-ID: {call}\r\nCSeq: {call} {cseq_method}\r\n"
        )
        .into_bytes();
        message.extend_from_slice(self.extra.unwrap_or_default());
        let length = self.length.unwrap_or(4);
        message.extend_from_slice(format!("Content-Length: {length}\r\n\r\nbody").as_bytes());
        message
    }
}

fn name(index: u8) -> &'static str {
    ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "X-METHOD"][usize::from(index % 6)]
}

fn code(status: u16) -> StatusCode {
    // The ones that matter more often than the others.
    let known = [100, 180, 183, 200, 202, 302, 408, 481, 487, 503, 603];
    let code = known
        .get(usize::from(status % 16))
        .copied()
        .unwrap_or(100 + status % 600);
    StatusCode::new(code).expect("a status code")
}

fn own_request(method: &str, call: u8, body: &str) -> String {
    let (call, length) = (call % 4, body.len());
    format!(
        "{method} sip:b@192.0.2.2 SIP/2.0\r\nMax-Forwards: 70\r\n\
         From: <sip:a@192.0.2.1>;tag=o{call}\r\nTo: <sip:b@192.0.2.2>\r\nCall-ID: o{call}\r\n\
         CSeq: 1 {method}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn response(request: &OwnedMessage, status: StatusCode) -> Bytes {
    let mut buffer = vec![0; request.bytes().len() + 512];
    let len = write_response_to(&request.message(), status, "", Some("ours"), &mut buffer)
        .expect("an answer to a sound request");
    buffer.truncate(len);
    buffer.into()
}

fn refusal(request: &OwnedMessage) -> Bytes {
    response(request, StatusCode::SERVICE_UNAVAILABLE)
}

fn pick<T>(from: &[T], index: u8) -> Option<&T> {
    from.get(usize::from(index) % from.len().max(1))
}
