//! sip and sips URIs (RFC 3261 section 19.1.1).

use super::{UriError, UriParam, UriParams, compare};
use crate::wire::grammar::{URI, URI_PARAM, URI_PLAIN, holds, is, leading_number, span};
use crate::wire::host::{Host, HostPort};
use crate::wire::method::Method;
use crate::wire::transport::Transport;

/// A sip or sips URI.
///
/// `sip:user:password@host:port;uri-parameters?headers`. Everything is as written; `%` escapes are
/// resolved by [`unescape`](super::unescape). Equality is that of the text.
#[derive(Clone, Copy)]
pub struct SipUri<'a> {
    raw: &'a str,
    /// The end of the user part; where it would start, if there is none.
    user_end: u16,
    /// The `@`, or `user_end` where there is no password.
    password_end: u16,
    /// Only where the host is: it was checked, and is read again when asked for, which is cheaper than
    /// moving it about.
    host: u16,
    host_end: u16,
    port: Option<u16>,
    params: u16,
    headers: u16,
    secure: bool,
}

impl<'a> SipUri<'a> {
    /// Reads a URI that has to be sip or sips.
    ///
    /// # Errors
    ///
    /// [`UriError::Scheme`] for another scheme, else any [`UriError`].
    pub fn parse(uri: &'a str) -> Result<Self, UriError> {
        match super::Uri::parse(uri)? {
            super::Uri::Sip(uri) => Ok(uri),
            _ => Err(UriError::Scheme),
        }
    }

    /// Reads the URI that `text` starts with; its scheme with the colon takes `start`.
    #[inline]
    pub(super) fn read(text: &'a str, start: usize) -> Result<Self, UriError> {
        let bytes = text.as_bytes();
        let from = |at: usize| bytes.get(at..).unwrap_or_default();
        let rest = from(start);
        let plain = span(rest, URI_PLAIN);
        let (user_end, password_end, host) = match rest.get(plain) {
            Some(b'@') => (start + plain, start + plain, start + plain + 1),
            // A host, or a user part that holds such characters. No unescaped `@` stands behind it.
            Some(b':' | b';' | b'?') if holds(rest, b'@') => {
                let uri = rest.get(..span(rest, URI)).unwrap_or_default();
                match memchr::memchr(b'@', uri) {
                    None => (start, start, start),
                    Some(at) => {
                        let colon = uri.iter().take(at).position(|&byte| byte == b':');
                        (start + colon.unwrap_or(at), start + at, start + at + 1)
                    }
                }
            }
            _ => (start, start, start),
        };
        if host > start && user_end == start {
            return Err(UriError::User { offset: start });
        }
        let host_end = host + Host::length(from(host));
        if host_end == host {
            return Err(UriError::Host { offset: host });
        }
        let (port, params) = match bytes.get(host_end) {
            Some(b':') => {
                let offset = host_end + 1;
                let (number, digits) = leading_number(from(offset));
                let port = number.and_then(|number| u16::try_from(number).ok());
                if port.is_none() || digits == 0 {
                    return Err(UriError::Port { offset });
                }
                (port, offset + digits)
            }
            _ => (None, host_end),
        };
        let (headers, end) = match bytes.get(params) {
            Some(b';' | b'?') => {
                let headers = params + span(from(params), URI_PARAM);
                (headers, headers + span(from(headers), URI))
            }
            Some(&other) if is(other, URI) => return Err(UriError::Port { offset: params }),
            _ => (params, params),
        };
        // Before lengths are kept in 16 bits.
        if end > usize::from(u16::MAX) {
            return Err(UriError::TooLong);
        }
        Ok(Self {
            raw: text.get(..end).unwrap_or(""),
            user_end: user_end as u16,
            password_end: password_end as u16,
            host: host as u16,
            host_end: host_end as u16,
            port,
            secure: start == 5,
            params: params as u16,
            headers: headers as u16,
        })
    }

    fn cut(&self, start: usize, end: usize) -> &'a str {
        self.raw.get(start..end).unwrap_or("")
    }

    /// The URI as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.raw
    }

    /// Whether the scheme is sips.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The user part, escapes and parameters of its own (`;phone-context=..`) included.
    pub fn user(&self) -> Option<&'a str> {
        let start = if self.secure { 5 } else { 4 };
        let end = usize::from(self.user_end);
        (end > start).then(|| self.cut(start, end))
    }

    /// The password; no one should have one.
    pub fn password(&self) -> Option<&'a str> {
        let start = usize::from(self.user_end) + 1;
        (self.password_end > self.user_end).then(|| self.cut(start, self.password_end.into()))
    }

    /// The host.
    pub fn host(&self) -> Host<'a> {
        let host = self.cut(self.host.into(), self.host_end.into());
        Host::parse(host).unwrap_or(Host::Name(host))
    }

    /// The port, where one is written.
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// Host and port.
    pub fn host_port(&self) -> HostPort<'a> {
        HostPort {
            host: self.host(),
            port: self.port,
        }
    }

    /// The URI parameters.
    pub fn params(&self) -> UriParams<'a> {
        UriParams::new(self.cut(self.params.into(), self.headers.into()), b';')
    }

    /// The headers after the question mark: names and values, both escaped.
    pub fn headers(&self) -> UriParams<'a> {
        UriParams::new(self.cut(self.headers.into(), self.raw.len()), b'&')
    }

    /// Whether there is a question mark. A Request-URI must have none.
    pub fn has_headers(&self) -> bool {
        usize::from(self.headers) < self.raw.len()
    }

    /// The `transport` parameter.
    pub fn transport(&self) -> Option<Transport<'a>> {
        self.params().value("transport").map(Transport::new)
    }

    /// Whether the `lr` parameter marks a loose router (RFC 3261 section 19.1.1). `lr=on` and the like,
    /// which old proxies write, count.
    pub fn is_loose_router(&self) -> bool {
        self.params().contains("lr")
    }

    /// The `maddr` parameter, where it is a host.
    pub fn maddr(&self) -> Option<Host<'a>> {
        self.params().value("maddr").and_then(Host::parse)
    }

    /// The `ttl` parameter.
    pub fn ttl(&self) -> Option<u8> {
        self.params().value("ttl")?.parse().ok()
    }

    /// The `method` parameter.
    pub fn method(&self) -> Option<Method<'a>> {
        self.params().value("method").map(Method::new)
    }

    /// Whether the user part is a telephone number: the `user=phone` parameter.
    pub fn is_phone(&self) -> bool {
        self.params()
            .value("user")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("phone"))
    }

    /// The parameter called `name`, with its value as written.
    pub fn param(&self, name: &str) -> Option<UriParam<'a>> {
        self.params().get(name)
    }

    /// Whether both are the same by the rules of RFC 3261 section 19.1.4.
    pub fn is_equivalent(&self, other: &SipUri<'_>) -> bool {
        compare::equivalent(self, other)
    }
}

impl PartialEq for SipUri<'_> {
    fn eq(&self, other: &SipUri<'_>) -> bool {
        self.raw == other.raw
    }
}

impl Eq for SipUri<'_> {}

impl core::hash::Hash for SipUri<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}

/// The parts.
impl core::fmt::Debug for SipUri<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct(if self.secure { "Sips" } else { "Sip" })
            .field("user", &self.user())
            .field("password", &self.password())
            .field("host", &self.host())
            .field("port", &self.port())
            .field("params", &self.params())
            .field("headers", &self.headers())
            .finish()
    }
}

impl core::fmt::Display for SipUri<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.raw)
    }
}
