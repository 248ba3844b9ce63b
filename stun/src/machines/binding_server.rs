//! The server's side of Binding (RFC 8489 sections 6.3.1 and 12).

use core::net::SocketAddr;

use trunkline_sans_io::{BufferTooSmall, FiveTuple, Transmit};

use crate::wire::{
    AttributeType, Class, ErrorCode, IntegrityAlgorithm, Key, Message, MessageWriter, Method,
    Software, UnknownAttributes, Username, WriteError, XorMappedAddress, recognize,
};

/// How long a response can get, as long as no `SOFTWARE` is told.
///
/// To an address that did not prove that it asked, none is longer than 76 octets.
pub const MAX_RESPONSE_LEN: usize = 100;

/// How many unknown attributes a 420 names. More are not needed to see what is wrong.
const MAX_UNKNOWN: usize = 8;

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
}

/// A credential check has seen the request.
#[derive(Clone, Copy)]
enum Authenticated<'k> {
    /// None is wanted.
    Open,
    /// The response is protected likewise.
    With(&'k Key, IntegrityAlgorithm),
    Rejected(u16),
}

impl<'a> BindingServer<'a> {
    /// A server that says nothing of itself.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            software: None,
            understood: &[],
        }
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
        self.handle(path, data, buf, |_| Authenticated::Open)
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
        self.handle(path, data, buf, |message| {
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

    fn handle<'k>(
        &self,
        path: FiveTuple,
        data: &[u8],
        buf: &mut [u8],
        authenticate: impl FnOnce(&Message<'_>) -> Authenticated<'k>,
    ) -> Result<Answer, BufferTooSmall> {
        let Ok(request) = Message::parse(data) else {
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
        let authenticated = authenticate(&request);
        let protection = match authenticated {
            Authenticated::With(key, algorithm) => Some((key, algorithm)),
            _ => None,
        };
        let written = match authenticated {
            Authenticated::Rejected(code) => self.reject(&request, code, None, buf),
            _ => self.carry_out(path.remote, &request, protection, buf),
        };
        match written {
            Ok(len) => Ok(Answer::Send(Transmit {
                path,
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
        remote: SocketAddr,
        request: &Message<'_>,
        protection: Option<(&Key, IntegrityAlgorithm)>,
        buf: &mut [u8],
    ) -> Result<usize, WriteError> {
        let needs_more = request
            .unknown_required(self.understood)
            .any(|kind| !UNDERSTOOD.contains(&kind));
        if needs_more {
            return self.reject(request, 420, protection, buf);
        }
        // A socket for both families shows IPv4 peers as mapped IPv6 addresses.
        let address = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let writer = self.response(request, Class::Success, buf);
        finish(
            writer.attribute(&XorMappedAddress(address)),
            request,
            protection,
        )
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
        let mut types = [AttributeType(0); MAX_UNKNOWN];
        let unknown = request
            .unknown_required(self.understood)
            .filter(|kind| !UNDERSTOOD.contains(kind));
        let count = types
            .iter_mut()
            .zip(unknown)
            .map(|(place, kind)| *place = kind)
            .count();
        let unknown = UnknownAttributes::new(&types[..count]);
        let writer = self
            .response(request, Class::Error, buf)
            .optional(ErrorCode::new(code, reason).as_ref())
            .optional((code == 420).then_some(&unknown));
        finish(writer, request, protection)
    }

    fn response<'b>(
        &self,
        request: &Message<'_>,
        class: Class,
        buf: &'b mut [u8],
    ) -> MessageWriter<'b> {
        MessageWriter::new(buf, class, Method::BINDING, request.transaction_id())
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
