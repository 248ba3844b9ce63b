//! The torture messages of RFC 4475 and RFC 5118, what the RFCs permit, and what becomes of them here.
//!
//! The test `torture` asserts it for every message; the example `torture` prints it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use trunkline_sip_core::header::{Accept, ContentType, To, Via};
use trunkline_sip_core::sans_io::{FiveTuple, Instant};
use trunkline_sip_core::{
    Account, DigestServer, DigestServerConfig, HeaderName, HeaderSpan, Message, MessageWriter,
    Method, NonceUse, Rejection, Role, Rules, StatusCode, WriteError, check_extensions,
    check_max_forwards, unsupported, validate,
};

/// A message of a suite, and what its RFC says about it (`INDEX.tsv`).
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) rfc: &'static str,
    pub(crate) file: &'static str,
    pub(crate) section: &'static str,
    pub(crate) title: &'static str,
    /// `valid`, `invalid`, or `semantic`: sound, and to be refused or treated with care nevertheless.
    pub(crate) verdict: &'static str,
    /// What an element does.
    pub(crate) answer: &'static str,
    /// Whether, and how, an element may be liberal.
    pub(crate) liberal: &'static str,
}

/// All messages, in the order of the RFCs.
pub(crate) fn rows() -> Vec<Row> {
    let suites = [
        ("4475", include_str!("../vectors/rfc4475/INDEX.tsv")),
        ("5118", include_str!("../vectors/rfc5118/INDEX.tsv")),
    ];
    let rows = suites.into_iter().flat_map(|(rfc, index)| {
        index.lines().skip(1).map(move |line| {
            let columns: Vec<&'static str> = line.split('\t').collect();
            let [file, section, title, verdict, _, answer, liberal] = columns[..] else {
                panic!("not a row of INDEX.tsv: {line}")
            };
            Row {
                rfc,
                file,
                section,
                title,
                verdict,
                answer,
                liberal,
            }
        })
    });
    rows.collect()
}

/// The folder of test vectors called `name`.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name)
}

impl Row {
    /// The octets of the message.
    pub(crate) fn read(&self) -> Vec<u8> {
        let path = folder(&format!("rfc{}", self.rfc)).join(self.file);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The elements of which the RFC says what they do. Only where it tells them apart are there several.
    pub(crate) fn elements(&self) -> Vec<Element> {
        let mut elements = vec![Element::Endpoint];
        if self.answer.contains("proxy") {
            elements.push(Element::Proxy);
        }
        if self.answer.contains("challenge") {
            elements.push(Element::Registrar);
        }
        elements
    }

    /// Whether the RFC permits an element to do this.
    fn permits(&self, outcome: &Outcome) -> bool {
        let words = self
            .answer
            .split(|byte: char| byte.is_whitespace() || "();:,".contains(byte));
        let mut statuses = words.filter_map(|word| word.parse::<u16>().ok());
        match outcome {
            Outcome::Answered { status, .. } => statuses.any(|permitted| permitted == *status),
            Outcome::Forwarded => self.answer.contains("forwards"),
            Outcome::Discarded => self.answer.contains("discard"),
            Outcome::Accepted => {
                self.answer.contains("process")
                    || statuses.any(|permitted| permitted == 200)
                    || self.may_be_liberal()
            }
        }
    }

    fn may_be_liberal(&self) -> bool {
        self.liberal.starts_with("yes")
    }

    /// What we do that the RFC does not permit; nothing, that is.
    pub(crate) fn violation(&self) -> Option<String> {
        let bytes = self.read();
        for element in self.elements() {
            let outcome = element.receives(&bytes);
            if !self.permits(&outcome) {
                return Some(format!("{element:?}: {outcome}"));
            }
        }
        for (name, rules) in PROFILES {
            let outcome = validated(&bytes, &rules);
            let accepted = outcome == Outcome::Accepted;
            let sound = match self.verdict {
                // Only what RFC 2543 left out is missing from a valid message that a profile refuses.
                "valid" => {
                    accepted || (name == "STRICT" && outcome.to_string().contains("Missing"))
                }
                "invalid" => !accepted || self.may_be_liberal(),
                _ => true,
            };
            if !sound {
                return Some(format!("{name}: {outcome}"));
            }
        }
        None
    }
}

/// The profiles of validation.
pub(crate) const PROFILES: [(&str, Rules); 3] = [
    ("STRICT", Rules::STRICT),
    ("DEFAULT", Rules::DEFAULT),
    ("TOLERANT", Rules::TOLERANT),
];

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is processed: a request gets its 200, a response goes to whoever waits for it.
    Accepted,
    /// It is sent on.
    Forwarded,
    /// It is answered with this status and reason phrase, and with this header field.
    Answered {
        status: u16,
        reason: String,
        header: Option<String>,
    },
    /// Nothing happens.
    Discarded,
}

/// `ok`, `forward`, `drop`, or the status line and its header field.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("ok"),
            Self::Forwarded => f.write_str("forward"),
            Self::Discarded => f.write_str("drop"),
            Self::Answered {
                status,
                reason,
                header,
            } => {
                write!(f, "{status} {reason}")?;
                header.iter().try_for_each(|header| write!(f, ", {header}"))
            }
        }
    }
}

impl Outcome {
    fn of(rejection: &Rejection) -> Self {
        match rejection.status() {
            None => Self::Discarded,
            Some(status) => Self::Answered {
                status: status.code(),
                reason: rejection.reason().to_owned(),
                header: None,
            },
        }
    }
}

const CAPACITY: usize = 64;

/// Parses and validates a datagram.
fn check<'a>(
    bytes: &'a [u8],
    index: &'a mut [HeaderSpan; CAPACITY],
    rules: &Rules,
) -> Result<Message<'a>, Outcome> {
    let error = Message::parse(bytes, &mut [HeaderSpan::default(); CAPACITY]).err();
    if let Some(error) = error {
        // A body that is not as announced; the head may still be answered.
        return Err(match Message::parse_head(bytes, index) {
            Ok(head) => Outcome::of(&Rejection::of_unparsed(&head, error)),
            Err(_) => Outcome::Discarded,
        });
    }
    let message = Message::parse(bytes, index).map_err(|_| Outcome::Discarded)?;
    match validate(&message, rules) {
        Ok(()) => Ok(message),
        Err(rejection) => Err(Outcome::of(&rejection)),
    }
}

/// What parsing and validation make of a datagram.
pub(crate) fn validated(bytes: &[u8], rules: &Rules) -> Outcome {
    let mut index = [HeaderSpan::default(); CAPACITY];
    match check(bytes, &mut index, rules) {
        Ok(_) => Outcome::Accepted,
        Err(outcome) => outcome,
    }
}

/// Who receives a message. All of them go by [`Rules::DEFAULT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// A user agent that is a registrar as well, and asks nobody for a password.
    Endpoint,
    /// The same with passwords.
    Registrar,
    /// A proxy.
    Proxy,
}

impl Element {
    /// What the element does with a datagram.
    pub(crate) fn receives(self, bytes: &[u8]) -> Outcome {
        let mut index = [HeaderSpan::default(); CAPACITY];
        let message = match check(bytes, &mut index, &Rules::DEFAULT) {
            Ok(message) => message,
            Err(outcome) => return outcome,
        };
        let judged = match (message.is_response(), self) {
            (true, Self::Proxy) => return forward_response(&message),
            (true, _) => return receive_response(&message),
            (false, Self::Proxy) => forward_request(&message),
            (false, Self::Registrar) if message.method() == Some(Method::Register) => {
                authenticate(&message)
            }
            (false, _) => serve(&message),
        };
        judged.unwrap_or_else(|error| panic!("the answer cannot be written: {error}"))
    }
}

/// A response with several Via is not for this client (RFC 3261 section 8.1.3.3).
fn receive_response(response: &Message<'_>) -> Outcome {
    match response.typed_all::<Via<'_>>().count() {
        1 => Outcome::Accepted,
        _ => Outcome::Discarded,
    }
}

/// Where the top Via is this proxy's, the next says where the response goes: never to everybody (RFC 4475
/// section 3.3.10).
fn forward_response(response: &Message<'_>) -> Outcome {
    let next = response.typed_all::<Via<'_>>().nth(1);
    let Some(Ok(next)) = next else {
        return Outcome::Discarded;
    };
    match next.sent_by.host.ip() {
        Some(core::net::IpAddr::V4(ip)) if ip.is_broadcast() => Outcome::Discarded,
        _ => Outcome::Forwarded,
    }
}

/// What a proxy checks (RFC 3261 section 16.3).
fn forward_request(request: &Message<'_>) -> Result<Outcome, WriteError> {
    if let Err(rejection) = check_max_forwards(request) {
        return refuse(request, &rejection, |_| {});
    }
    if let Err(rejection) = check_extensions(request, Role::Proxy, &[]) {
        return refuse(request, &rejection, |answer| {
            answer.list(
                HeaderName::Unsupported,
                unsupported(request, Role::Proxy, &[]),
            );
        });
    }
    Ok(Outcome::Forwarded)
}

const METHODS: [Method<'static>; 7] = [
    Method::Invite,
    Method::Ack,
    Method::Bye,
    Method::Cancel,
    Method::Options,
    Method::Register,
    Method::Message,
];

/// What an endpoint can process.
const ACCEPTED: [ContentType<'static>; 3] = [
    ContentType::SDP,
    ContentType::new("text", "plain"),
    ContentType::new("multipart", "mixed"),
];

/// What a user agent server checks, in this order (RFC 3261 section 8.2).
fn serve(request: &Message<'_>) -> Result<Outcome, WriteError> {
    let method = request.method().unwrap_or(Method::Other(""));
    if !METHODS.contains(&method) {
        return answer(request, StatusCode::NOT_IMPLEMENTED, "", |_| {});
    }
    let to = request.typed::<To<'_>>().ok().flatten();
    if method == Method::Register && to.is_some_and(|to| to.uri().as_sip().is_none()) {
        return answer(request, StatusCode::BAD_REQUEST, "To Is No SIP URI", |_| {});
    }
    if let Err(rejection) = check_extensions(request, Role::UserAgent, &["100rel"]) {
        return refuse(request, &rejection, |answer| {
            answer.list(
                HeaderName::Unsupported,
                unsupported(request, Role::UserAgent, &["100rel"]),
            );
        });
    }
    let body = request.typed::<ContentType<'_>>().ok().flatten();
    let understood = body.is_none_or(|body| {
        ACCEPTED
            .iter()
            .any(|accepted| accepted.is(body.media_type, body.subtype))
    });
    if !understood && !request.body().is_empty() {
        return answer(request, StatusCode::UNSUPPORTED_MEDIA_TYPE, "", |answer| {
            answer.list(HeaderName::Accept, ACCEPTED);
        });
    }
    // The answer to an INVITE has a description, so the client has to accept one.
    let mut accepted = request.typed_all::<Accept<'_>>().flatten().peekable();
    if method == Method::Invite
        && accepted.peek().is_some()
        && !accepted.any(|accept| accept.permits(&ContentType::SDP))
    {
        return answer(request, StatusCode::NOT_ACCEPTABLE, "", |_| {});
    }
    Ok(Outcome::Accepted)
}

/// Registers who knows a password.
fn authenticate(request: &Message<'_>) -> Result<Outcome, WriteError> {
    let mut server = DigestServer::new(DigestServerConfig::DEFAULT, [7; 32], [NonceUse::EMPTY; 4]);
    let path = FiveTuple::udp(
        "192.0.2.1:5060".parse().expect("an address"),
        "192.0.2.2:5060".parse().expect("an address"),
    );
    let users: [Account<'_>; 0] = [];
    let verdict = server.check(Instant::from_secs(1), path, request, "example.com", &users);
    let mut buffer = [0; 4096];
    match verdict.write_response(request, "t", &mut buffer)? {
        None => serve(request),
        Some(len) => Ok(sent(&buffer[..len], request)),
    }
}

/// Answers a request that was rejected, with what `add` adds.
fn refuse(
    request: &Message<'_>,
    rejection: &Rejection,
    add: impl FnOnce(&mut MessageWriter<'_>),
) -> Result<Outcome, WriteError> {
    match rejection.status() {
        None => Ok(Outcome::Discarded),
        Some(status) => answer(request, status, rejection.reason(), add),
    }
}

/// Answers a request, with what `add` adds.
fn answer(
    request: &Message<'_>,
    status: StatusCode,
    reason: &str,
    add: impl FnOnce(&mut MessageWriter<'_>),
) -> Result<Outcome, WriteError> {
    let mut buffer = [0; 4096];
    let mut answer = MessageWriter::response_to(&mut buffer, request, status, reason, Some("t"));
    add(&mut answer);
    let len = answer.finish()?;
    Ok(sent(&buffer[..len], request))
}

/// The outcome of a response that was written: it is read again, and is one to `request`.
fn sent(bytes: &[u8], request: &Message<'_>) -> Outcome {
    let mut index = [HeaderSpan::default(); CAPACITY];
    let response = Message::parse(bytes, &mut index).expect("a response that parses");
    for name in [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::CallId,
        HeaderName::CSeq,
    ] {
        let copied = response.headers_named(name).map(|field| field.value());
        assert!(copied.eq(request.headers_named(name).map(|field| field.value())));
    }
    let telling = response.headers().find(|field| {
        matches!(
            field.name(),
            HeaderName::Unsupported | HeaderName::Accept | HeaderName::WwwAuthenticate
        )
    });
    Outcome::Answered {
        status: response.status().map_or(0, StatusCode::code),
        reason: String::from_utf8_lossy(response.reason().unwrap_or_default()).into_owned(),
        header: telling.map(|field| {
            let value = field.value_str().unwrap_or_default();
            // Nonces are never the same.
            let value = value.split(", nonce").next().unwrap_or_default();
            format!("{}: {value}", field.name())
        }),
    }
}
