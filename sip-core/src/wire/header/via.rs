//! Via (RFC 3261 section 20.42, RFC 3581).

use core::net::{IpAddr, SocketAddr};

use super::{Header, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Cursor, Malformed, TOKEN, VALUE, number};
use crate::wire::host::{Host, HostPort};
use crate::wire::name::HeaderName;
use crate::wire::params::{ParamValue, Params};
use crate::wire::transport::Transport;
use crate::wire::write::{Encode, Encoder};

/// What the branch of an RFC 3261 element starts with.
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// The `rport` parameter (RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RPort {
    /// Without value: the client asks for the port.
    Requested,
    /// The port the request came from.
    Port(u16),
}

/// Via: one hop on the way of a request, and so of its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// The protocol version, `2.0`.
    pub version: &'a str,
    /// The transport over which the request was sent.
    pub transport: Transport<'a>,
    /// Where the sender says responses go.
    pub sent_by: HostPort<'a>,
    /// The branch: identifies the transaction.
    pub branch: Option<&'a str>,
    /// Where the request came from, put there by its receiver. Brackets around an IPv6 address are read,
    /// and not written (RFC 5118 section 4.5).
    pub received: Option<IpAddr>,
    /// The port the request came from, or the wish to know.
    pub rport: Option<RPort>,
    /// A multicast address or host to send the response to.
    pub maddr: Option<Host<'a>>,
    /// The time-to-live of a multicast response.
    pub ttl: Option<u8>,
    /// All parameters, those above included.
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// A Via as a client writes it, with an empty `rport`.
    pub const fn new(transport: Transport<'a>, sent_by: HostPort<'a>, branch: &'a str) -> Self {
        Self {
            version: "2.0",
            transport,
            sent_by,
            branch: Some(branch),
            received: None,
            rport: Some(RPort::Requested),
            maddr: None,
            ttl: None,
            params: Params::EMPTY,
        }
    }

    /// What follows the magic cookie in the branch: a transaction identifier by the rules of RFC 3261.
    ///
    /// `None` for a branch of RFC 2543, and for one that is the cookie alone (RFC 4475 section 3.2.1);
    /// such requests are matched by their header fields (RFC 3261 section 17.2.3).
    pub fn transaction_id(&self) -> Option<&'a str> {
        let branch = self.branch?;
        let (cookie, id) = branch.split_at_checked(MAGIC_COOKIE.len())?;
        (cookie.eq_ignore_ascii_case(MAGIC_COOKIE) && !id.is_empty()).then_some(id)
    }

    /// The port responses go to, as written or by default of the transport (RFC 3261 section 18.2.2).
    pub fn port(&self) -> u16 {
        self.sent_by
            .port
            .unwrap_or_else(|| self.transport.default_port())
    }
}

impl<'a> Via<'a> {
    /// The `received` and `rport` that the receiver of a request adds, which came from `source`:
    /// `received` where the sent-by is something else (RFC 3261 section 18.2.1), and both where there is
    /// an `rport` (RFC 3581 section 4).
    pub fn stamp(&self, source: SocketAddr) -> (Option<IpAddr>, Option<u16>) {
        let address = source.ip().to_canonical();
        let asked = self.rport.is_some();
        let same = self
            .sent_by
            .host
            .ip()
            .is_some_and(|ip| ip.to_canonical() == address);
        (
            (asked || !same).then_some(address),
            asked.then_some(source.port()),
        )
    }

    #[inline]
    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let version = if value.starts_with(b"SIP/2.0/") {
            cursor.set(8);
            "2.0"
        } else {
            let name = cursor.take_text(TOKEN);
            if !name.eq_ignore_ascii_case("SIP") || !cursor.take_separator(b'/') {
                return Err(ValueError::Syntax(0));
            }
            let version = cursor.token()?;
            if !cursor.take_separator(b'/') {
                return Err(cursor.malformed().into());
            }
            version
        };
        let transport = Transport::new(cursor.token()?);
        let gap = cursor.at();
        cursor.skip_lws();
        if cursor.at() == gap {
            return Err(cursor.malformed().into());
        }
        let sent_by = HostPort::read(&mut cursor)?;
        let mut via = Self {
            version,
            transport,
            sent_by,
            branch: None,
            received: None,
            rport: None,
            maddr: None,
            ttl: None,
            params: Params::EMPTY,
        };
        let bad = Malformed { offset: 0 };
        via.params = Params::read(&mut cursor, |param| {
            let token = match param.value {
                None => None,
                Some(ParamValue::Token(token)) => Some(token),
                Some(ParamValue::Quoted(_)) => return Ok(()),
            };
            // By length first: most parameters are none of these.
            match param.name.len() {
                6 if via.branch.is_none() && param.is("branch") => {
                    via.branch = token.filter(|branch| !branch.is_empty());
                }
                8 if via.received.is_none() && param.is("received") => {
                    via.received = Some(received(token.unwrap_or("")).ok_or(bad)?);
                }
                5 if via.rport.is_none() && param.is("rport") => {
                    via.rport = Some(match token {
                        None | Some("") => RPort::Requested,
                        Some(port) => RPort::Port(port.parse().map_err(|_| bad)?),
                    });
                }
                5 if via.maddr.is_none() && param.is("maddr") => {
                    via.maddr = Some(token.and_then(Host::parse).ok_or(bad)?);
                }
                3 if via.ttl.is_none() && param.is("ttl") => {
                    let ttl = token.and_then(|ttl| number(ttl.as_bytes()));
                    via.ttl = Some(ttl.and_then(|ttl| u8::try_from(ttl).ok()).ok_or(bad)?);
                }
                _ => {}
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(via)
    }
}

/// An address; IPv6 with or without brackets.
fn received(text: &str) -> Option<IpAddr> {
    match Host::parse(text) {
        Some(host) => host.ip(),
        None => text.parse().ok(),
    }
}

impl<'a> Header<'a> for Via<'a> {
    const NAME: HeaderName<'static> = HeaderName::Via;
    const LIST: bool = true;

    #[inline]
    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Self::read(value).map_err(|error| error.named(Self::NAME))
    }
}

impl Encode for Via<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"SIP/");
        out.token(self.version);
        out.push(b"/");
        out.token(self.transport.as_str());
        out.push(b" ");
        self.sent_by.encode(out);
        if let Some(branch) = self.branch {
            out.push(b";branch=");
            out.checked(branch, VALUE);
        }
        if let Some(received) = self.received {
            format_args!(";received={received}").encode(out);
        }
        match self.rport {
            None => {}
            Some(RPort::Requested) => out.push(b";rport"),
            Some(RPort::Port(port)) => format_args!(";rport={port}").encode(out),
        }
        if let Some(maddr) = self.maddr {
            out.push(b";maddr=");
            maddr.encode(out);
        }
        if let Some(ttl) = self.ttl {
            format_args!(";ttl={ttl}").encode(out);
        }
        self.params
            .encode_except(&["branch", "received", "rport", "maddr", "ttl"], out);
    }
}

display_as_encoded!(Via<'_>);
