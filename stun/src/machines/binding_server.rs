//! The server's side of Binding (RFC 8489 sections 6.3.1 and 12), and of behaviour discovery
//! (RFC 5780 section 6).

use core::borrow::Borrow;
use core::net::SocketAddr;

use trunkline_sans_io::{BufferTooSmall, FiveTuple, Instant, Transmit};

use super::long_term_server::{Challenge, LongTermServer, RequestVerdict, UserIdentity};
use crate::wire::{
    AttributeType, ChangeRequest, ChangedAddress, Class, ErrorCode, Generation, IntegrityAlgorithm,
    Key, MappedAddress, Message, MessageWriter, Method, OtherAddress, PasswordAlgorithm,
    ResponseOrigin, ResponsePort, Software, SourceAddress, UnknownAttributes, Username, WriteError,
    XorMappedAddress, recognize,
};

/// How long a response can get, as long as no `SOFTWARE` is told and the realm of a
/// [`LongTermServer`] is of 12 octets at most.
///
/// To an address that did not prove that it asked, none is longer than 76 octets but a challenge of
/// the long-term mechanism.
pub const MAX_RESPONSE_LEN: usize = 100;

/// How many unknown attributes a 420 names. More are not needed to see what is wrong.
const MAX_UNKNOWN: usize = 8;

/// Two addresses with two ports each, on which one server listens (RFC 5780 section 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlternateAddresses {
    one: SocketAddr,
    other: SocketAddr,
}

impl AlternateAddresses {
    /// The addresses and ports of both, which must all be different, and the addresses of one
    /// family and not unspecified.
    #[must_use]
    pub fn new(one: SocketAddr, other: SocketAddr) -> Option<Self> {
        let different = one.ip() != other.ip() && one.port() != other.port();
        let sound = one.is_ipv4() == other.is_ipv4()
            && !one.ip().is_unspecified()
            && !other.ip().is_unspecified();
        (different && sound).then_some(Self { one, other })
    }

    /// The four addresses on which requests are to be received.
    #[must_use]
    pub const fn all(&self) -> [SocketAddr; 4] {
        let (a, b) = (self.one.ip(), self.other.ip());
        let (first, second) = (self.one.port(), self.other.port());
        [
            self.one,
            SocketAddr::new(a, second),
            SocketAddr::new(b, first),
            self.other,
        ]
    }

    /// The one of them that a response leaves from.
    fn changed(&self, local: SocketAddr, change: ChangeRequest) -> SocketAddr {
        let flip = |same: bool, is_one: bool| match same == is_one {
            true => self.one,
            false => self.other,
        };
        let ip = flip(!change.address, local.ip() == self.one.ip()).ip();
        let port = flip(!change.port, local.port() == self.one.port()).port();
        SocketAddr::new(ip, port)
    }
}

/// What to do about a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Answer {
    /// Send the first `len` octets of the buffer; over a stream on the connection that the request
    /// came by.
    Send(Transmit),
    /// It belongs to something else: no STUN, a response, or another method.
    NotMine,
    /// It was for the server and gets no answer.
    Dropped(ServerDrop),
}

/// Why a datagram got no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerDrop {
    /// An indication, which keeps a NAT binding alive and asks for nothing (RFC 8489 section 5).
    #[error("an indication")]
    Indication,
    /// It looks like STUN by its header, but it is classic or damaged.
    #[error("classic or damaged")]
    Malformed,
    /// Its source has asked too often. It is the caller who says so, by a
    /// [`RateLimiter`](crate::RateLimiter).
    #[error("too many from one source")]
    RateLimited,
}

/// A Binding server. It remembers nothing of a request, so that there is nothing to fill up and
/// nothing to poll: a function from request to response.
///
/// Responses are as long as they must be: what was not in the request, such as `FINGERPRINT`, is
/// not in the response, and `SOFTWARE` only if one is set.
#[derive(Clone, Copy, Default, Debug)]
pub struct BindingServer<'a> {
    software: Option<&'a str>,
    understood: &'a [AttributeType],
    classic: bool,
    alternates: Option<AlternateAddresses>,
    change_requests: bool,
    response_ports: bool,
}

/// A credential check has seen the request.
enum Authenticated<'s, K> {
    /// None is wanted.
    Open,
    /// The response is protected likewise.
    With(K, IntegrityAlgorithm),
    Rejected(u16),
    Challenged(Challenge<'s>),
}

impl<'a> BindingServer<'a> {
    /// A server that says nothing of itself.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            software: None,
            understood: &[],
            classic: false,
            alternates: None,
            change_requests: false,
            response_ports: false,
        }
    }

    /// Answers requests of RFC 3489 and those of \[MS-ICE2\]'s older form, too. Without a cookie
    /// there is little to tell STUN from something else by, so not on a port of media.
    #[must_use]
    pub const fn with_classic(mut self) -> Self {
        self.classic = true;
        self
    }

    /// Tells the other address, so that clients learn how their NAT maps (RFC 5780). The caller
    /// receives on [all four](AlternateAddresses::all) and tells by the `path` on which.
    #[must_use]
    pub const fn with_alternates(mut self, alternates: AlternateAddresses) -> Self {
        self.alternates = Some(alternates);
        self
    }

    /// Lets clients have the response from another of the
    /// [alternate addresses](Self::with_alternates), so that they learn how their NAT filters.
    /// Without it `CHANGE-REQUEST` is answered by 420.
    ///
    /// `path.local` of the [`Transmit`] is the address to send from. Off by default: with a forged
    /// source, the target sees packets from an address that it never heard of.
    #[must_use]
    pub const fn with_change_requests(mut self) -> Self {
        self.change_requests = true;
        self
    }

    /// Lets clients have the response at another port of theirs, so that they learn how long
    /// their NAT keeps a mapping. Off by default: what that port did not ask for reaches it.
    #[must_use]
    pub const fn with_response_ports(mut self) -> Self {
        self.response_ports = true;
        self
    }

    /// Tells `SOFTWARE` in every response, which makes them longer by as much. A text of more than
    /// 763 octets, the most that the attribute may hold, is not told.
    #[must_use]
    pub const fn with_software(mut self, software: &'a str) -> Self {
        if software.len() <= 763 {
            self.software = Some(software);
        }
        self
    }

    /// Takes more attributes for understood than `USERNAME` and the like, since the caller looks
    /// at them. Others that must be understood are answered by 420.
    #[must_use]
    pub const fn with_understood(mut self, understood: &'a [AttributeType]) -> Self {
        self.understood = understood;
        self
    }

    /// Answers everybody. Credentials in a request are not looked at.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; [`MAX_RESPONSE_LEN`] always is enough unless a
    /// `SOFTWARE` is told.
    pub fn answer(
        &self,
        path: FiveTuple,
        data: &[u8],
        buf: &mut [u8],
    ) -> Result<Answer, BufferTooSmall> {
        self.handle(path, data, buf, self.classic, |_| {
            Authenticated::<&Key>::Open
        })
    }

    /// Answers those who know the key of their name (RFC 8489 section 9.1.3): 400 for requests
    /// without a credential, 401 for an unknown name or a wrong key.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer).
    pub fn answer_authenticated<'k>(
        &self,
        path: FiveTuple,
        data: &[u8],
        buf: &mut [u8],
        key_of: impl FnOnce(&[u8]) -> Option<&'k Key>,
    ) -> Result<Answer, BufferTooSmall> {
        self.handle(path, data, buf, self.classic, |message| {
            let protected = [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256]
                .into_iter()
                .any(|algorithm| message.has_integrity(algorithm));
            let Ok(Some(Username(username))) = message.get() else {
                return Authenticated::Rejected(400);
            };
            if !protected {
                return Authenticated::Rejected(400);
            }
            let verified = key_of(username).map(|key| (key, message.verify(key)));
            match verified {
                Some((key, Ok(algorithm))) => Authenticated::With(key, algorithm),
                _ => Authenticated::Rejected(401),
            }
        })
    }

    /// Answers the users of a realm (RFC 8489 section 9.2.4): 401 and 438 with what they need to try again,
    /// 400 for requests that do not hold what they should. Classic requests, which cannot hold it, get no
    /// answer.
    ///
    /// `key_of` finds the key of a user by a password algorithm.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer); with a realm of more than 12 octets, [`MAX_RESPONSE_LEN`] may be
    /// too small.
    pub fn answer_long_term<K: Borrow<Key>>(
        &self,
        now: Instant,
        path: FiveTuple,
        data: &[u8],
        buf: &mut [u8],
        long_term: &LongTermServer<'_>,
        key_of: impl FnOnce(&UserIdentity<'_>, PasswordAlgorithm<'_>) -> Option<K>,
    ) -> Result<Answer, BufferTooSmall> {
        self.handle(path, data, buf, false, |message| {
            match long_term.check(now, path.remote.ip(), message, key_of) {
                RequestVerdict::Authentic { key, algorithm } => Authenticated::With(key, algorithm),
                RequestVerdict::BadRequest => Authenticated::Rejected(400),
                RequestVerdict::Challenge(challenge) => Authenticated::Challenged(challenge),
            }
        })
    }

    fn handle<'s, K: Borrow<Key>>(
        &self,
        path: FiveTuple,
        data: &[u8],
        buf: &mut [u8],
        classic: bool,
        authenticate: impl FnOnce(&Message<'_>) -> Authenticated<'s, K>,
    ) -> Result<Answer, BufferTooSmall> {
        let parsed = match classic {
            true => Message::parse_any_generation(data),
            false => Message::parse(data),
        };
        let of_relays = |message: &Message<'_>| message.generation() == Generation::MsTurn;
        let Some(request) = parsed.ok().filter(|message| !of_relays(message)) else {
            return Ok(match recognize(data) {
                Some(_) => Answer::Dropped(ServerDrop::Malformed),
                None => Answer::NotMine,
            });
        };
        match (request.method(), request.class()) {
            (Method::BINDING, Class::Request) => {}
            (Method::BINDING, Class::Indication) => {
                return Ok(Answer::Dropped(ServerDrop::Indication));
            }
            _ => return Ok(Answer::NotMine),
        }
        let mut response_path = path;
        let written = match authenticate(&request) {
            Authenticated::Open => self.carry_out(path, &mut response_path, &request, None, buf),
            Authenticated::With(key, algorithm) => {
                let protection = Some((key.borrow(), algorithm));
                self.carry_out(path, &mut response_path, &request, protection, buf)
            }
            Authenticated::Rejected(code) => self.reject(&request, code, None, buf),
            Authenticated::Challenged(challenge) => self.challenge(&request, &challenge, buf),
        };
        match written {
            Ok(len) => Ok(Answer::Send(Transmit {
                path: response_path,
                connection: None,
                len,
            })),
            Err(WriteError::BufferTooSmall(error)) => Err(error),
            // Nothing above writes too much, or in a wrong order.
            Err(_) => Ok(Answer::Dropped(ServerDrop::Malformed)),
        }
    }

    fn carry_out(
        &self,
        path: FiveTuple,
        response_path: &mut FiveTuple,
        request: &Message<'_>,
        protection: Option<(&Key, IntegrityAlgorithm)>,
        buf: &mut [u8],
    ) -> Result<usize, WriteError> {
        if self.unknown(request).next().is_some() {
            return self.reject(request, 420, protection, buf);
        }
        let mut other = None;
        // What is protected is no matter of discovery, and short.
        if (self.alternates.is_some() || self.response_ports) && protection.is_none() {
            let (Ok(change), Ok(port)) = (request.get(), request.get()) else {
                return self.reject(request, 400, protection, buf);
            };
            if let Some(alternates) = self.alternates_of(path) {
                if let (Some(change), true) = (change, self.change_requests) {
                    response_path.local = alternates.changed(path.local, change);
                }
                let both = ChangeRequest {
                    address: true,
                    port: true,
                };
                other = Some(alternates.changed(path.local, both));
            }
            if let (Some(ResponsePort(port)), true) = (port, self.response_ports) {
                response_path.remote.set_port(port);
            }
        }
        let remote = path.remote;
        let origin = response_path.local;
        // A socket for both families shows IPv4 peers as mapped IPv6 addresses.
        let address = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let mut writer = self.response(request, Class::Success, buf);
        if request.generation() == Generation::Classic {
            writer = writer
                .attribute(&MappedAddress(address))
                .attribute(&SourceAddress(origin))
                .optional(other.map(ChangedAddress).as_ref());
        } else {
            writer = writer.attribute(&XorMappedAddress(address));
            if let Some(other) = other {
                // In the clear too, to show whether somebody rewrites it. There is no NAT of
                // IPv6 that would, and the response would get too long.
                let plain = address.is_ipv4().then_some(MappedAddress(address));
                writer = writer
                    .optional(plain.as_ref())
                    .attribute(&ResponseOrigin(origin))
                    .attribute(&OtherAddress(other));
            }
        }
        finish(writer, request, protection)
    }

    /// The alternate addresses, if the request came to one of them over UDP.
    fn alternates_of(&self, path: FiveTuple) -> Option<AlternateAddresses> {
        self.alternates
            .filter(|known| !path.transport.is_reliable() && known.all().contains(&path.local))
    }

    /// What a request wants to be understood and is not.
    fn unknown<'m>(
        &self,
        request: &Message<'m>,
    ) -> impl Iterator<Item = AttributeType> + use<'a, 'm> {
        let change_requests = self.change_requests && self.alternates.is_some();
        let response_ports = self.response_ports;
        let unknown = request.unknown_required(self.understood);
        unknown.filter(move |kind| match *kind {
            AttributeType::CHANGE_REQUEST => !change_requests,
            AttributeType::RESPONSE_PORT => !response_ports,
            kind => !UNDERSTOOD.contains(&kind),
        })
    }

    fn reject(
        &self,
        request: &Message<'_>,
        code: u16,
        protection: Option<(&Key, IntegrityAlgorithm)>,
        buf: &mut [u8],
    ) -> Result<usize, WriteError> {
        let reason = match code {
            400 => "Bad Request",
            401 => "Unauthenticated",
            // Short, to keep within `MAX_RESPONSE_LEN`.
            _ => "Unknown",
        };
        // What has no padding has to have whole words.
        let classic = request.generation() == Generation::Classic;
        let reason = if classic { "" } else { reason };
        let mut types = [AttributeType(0); MAX_UNKNOWN];
        let mut count = types
            .iter_mut()
            .zip(self.unknown(request))
            .map(|(place, kind)| *place = kind)
            .count();
        if classic && count % 2 == 1 {
            // RFC 3489 section 11.2.10.
            types[count] = types[count - 1];
            count += 1;
        }
        let unknown = UnknownAttributes::new(&types[..count]);
        let writer = self
            .response(request, Class::Error, buf)
            .optional(ErrorCode::new(code, reason).as_ref())
            .optional((code == 420).then_some(&unknown));
        finish(writer, request, protection)
    }

    fn challenge(
        &self,
        request: &Message<'_>,
        challenge: &Challenge<'_>,
        buf: &mut [u8],
    ) -> Result<usize, WriteError> {
        let error = ErrorCode::new(challenge.code(), "");
        let writer = self
            .response(request, Class::Error, buf)
            .optional(error.as_ref());
        finish(challenge.write(writer), request, None)
    }

    fn response<'b>(
        &self,
        request: &Message<'_>,
        class: Class,
        buf: &'b mut [u8],
    ) -> MessageWriter<'b> {
        let (generation, id) = (request.generation(), request.transaction_id());
        MessageWriter::of_generation(generation, buf, class, Method::BINDING, id)
            .optional(self.software.map(Software).as_ref())
    }
}

/// What every server must understand, looked at or not.
const UNDERSTOOD: [AttributeType; 5] = [
    AttributeType::USERNAME,
    AttributeType::USERHASH,
    AttributeType::REALM,
    AttributeType::NONCE,
    AttributeType::PASSWORD_ALGORITHM,
];

fn finish(
    mut writer: MessageWriter<'_>,
    request: &Message<'_>,
    protection: Option<(&Key, IntegrityAlgorithm)>,
) -> Result<usize, WriteError> {
    if let Some((key, algorithm)) = protection {
        writer = writer.integrity_with(key, algorithm);
    }
    if request.has_fingerprint() {
        writer = writer.fingerprint();
    }
    writer.finish()
}

#[cfg(test)]
mod tests;
