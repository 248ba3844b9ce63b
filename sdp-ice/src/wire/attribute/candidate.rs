//! `a=candidate` (RFC 8839 section 5.1, RFC 6544 section 4.5, MS-ICE2).

use core::net::IpAddr;

use super::ice::is_ice_chars;
use crate::wire::{Fault, Fields, Host, Mode, ParseError, fields};

/// Transport of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CandidateTransport<'a> {
    /// UDP.
    Udp,
    /// TCP (RFC 6544); the extension `tcptype` names the role.
    Tcp,
    /// `TCP-ACT` of MS-ICE2: TCP, active.
    TcpAct,
    /// `TCP-PASS` of MS-ICE2: TCP, passive.
    TcpPass,
    /// Any other; such a candidate is to be ignored.
    Other(&'a str),
}

/// Role of a TCP candidate (RFC 6544 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TcpType {
    /// Opens connections.
    Active,
    /// Waits for connections.
    Passive,
    /// Simultaneous open.
    So,
}

/// Type of a candidate (RFC 8445 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CandidateType<'a> {
    /// `host`: an address of the machine.
    Host,
    /// `srflx`: what a STUN server saw.
    ServerReflexive,
    /// `prflx`: what a peer saw.
    PeerReflexive,
    /// `relay`: an address of a TURN server.
    Relayed,
    /// Any other; such a candidate is to be ignored.
    Other(&'a str),
}

/// An address media may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Foundation.
    pub foundation: &'a str,
    /// Component: 1 is RTP, 2 is RTCP.
    pub component: u16,
    /// Transport.
    pub transport: CandidateTransport<'a>,
    /// Priority, greater is better.
    pub priority: u32,
    /// Address; a name, mDNS included, is to be resolved.
    pub host: Host<'a>,
    /// Port.
    pub port: u16,
    /// Type.
    pub kind: CandidateType<'a>,
    /// `raddr`: the address the candidate was derived from.
    pub related_address: Option<Host<'a>>,
    /// `rport`: its port.
    pub related_port: Option<u16>,
    /// Everything else, unknown extensions included.
    pub extensions: Extensions<'a>,
}

impl<'a> Candidate<'a> {
    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The fault and its offset in `value`; [`Fault::DraftCandidate`] for the form of
    /// draft-ietf-mmusic-ice-06.
    ///
    /// Strict mode holds the ranges of RFC 8839 section 5.1: a foundation of 1 to 32 `ice-char`,
    /// a component from 1 to 256, a priority from 1 to 2^31 - 1; and wants every extension
    /// to have a value. Tolerant mode also takes names in any case, a zone in an IPv6 address,
    /// and `raddr` without `rport`.
    pub fn parse(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        Self::read(value, mode).map_err(|error| match is_of_draft(value) {
            true => Fault::DraftCandidate.at(0),
            false => error,
        })
    }

    fn read(value: &'a [u8], mode: Mode) -> Result<Self, ParseError> {
        let strict = mode == Mode::Strict;
        let mut fields = Fields::new(value, mode);
        let foundation = fields.text()?;
        if strict && !is_ice_chars(foundation) {
            return Err(Fault::MalformedField.at(0));
        }
        if strict && foundation.len() > 32 {
            return Err(Fault::OutOfRange.at(0));
        }
        let start = fields.offset();
        // the bound makes the conversion exact
        let component = fields.number(u64::from(u16::MAX))? as u16;
        if strict && !(1..=256).contains(&component) {
            return Err(Fault::OutOfRange.at(start));
        }
        let start = fields.offset();
        let transport = transport(fields.text()?);
        if strict && matches!(transport, CandidateTransport::Other(t) if !fields::is_token(t)) {
            return Err(Fault::MalformedField.at(start));
        }
        let priority = priority(&mut fields)?;
        let start = fields.offset();
        let host = Host::parse(fields.text()?).map_err(|fault| fault.at(start))?;
        if strict && matches!(host, Host::Zoned(..)) {
            return Err(Fault::MalformedAddress.at(start));
        }
        let port = fields.port()?;
        let start = fields.offset();
        if !is_keyword(fields.text()?, "typ", mode) {
            return Err(Fault::MalformedField.at(start));
        }
        let kind = kind(fields.text()?, mode);
        let start = fields.offset();
        let mut candidate = Self {
            foundation,
            component,
            transport,
            priority,
            host,
            port,
            kind,
            related_address: None,
            related_port: None,
            extensions: Extensions {
                text: fields.rest_text()?,
            },
        };
        candidate
            .read_extensions(mode)
            .map_err(|e| e.rebased(start))?;
        Ok(candidate)
    }

    /// Takes `raddr` and `rport`; offsets count from the start of the extensions.
    fn read_extensions(&mut self, mode: Mode) -> Result<(), ParseError> {
        let text = self.extensions.text;
        if mode == Mode::Strict {
            let mut fields = Fields::new(text.as_bytes(), mode);
            while fields.next()?.is_some() {}
        }
        for (name, value) in self.extensions.iter() {
            let Some(value) = value else {
                match mode {
                    Mode::Strict => return Err(Fault::MissingField.at(text.len())),
                    Mode::Tolerant => break,
                }
            };
            if is_keyword(name, "raddr", mode) {
                let host = Host::parse(value).map_err(|fault| fault.at(0))?;
                self.related_address = Some(host);
            } else if is_keyword(name, "rport", mode) {
                let port = fields::number(value.as_bytes(), u64::from(u16::MAX));
                // the bound makes the conversion exact
                self.related_port = Some(port.map_err(|fault| fault.at(0))? as u16);
            }
        }
        match mode == Mode::Strict && self.related_address.is_some() != self.related_port.is_some()
        {
            true => Err(Fault::MissingField.at(text.len())),
            false => Ok(()),
        }
    }

    /// Role of a TCP candidate, from `tcptype` (RFC 6544) or from the transport (MS-ICE2);
    /// `None` for UDP and for TCP without a role.
    #[must_use]
    pub fn tcp_type(&self) -> Option<TcpType> {
        match self.transport {
            CandidateTransport::TcpAct => Some(TcpType::Active),
            CandidateTransport::TcpPass => Some(TcpType::Passive),
            CandidateTransport::Tcp => match self.extensions.get("tcptype")? {
                role if role.eq_ignore_ascii_case("active") => Some(TcpType::Active),
                role if role.eq_ignore_ascii_case("passive") => Some(TcpType::Passive),
                role if role.eq_ignore_ascii_case("so") => Some(TcpType::So),
                _ => None,
            },
            CandidateTransport::Udp | CandidateTransport::Other(_) => None,
        }
    }

    /// The IP address, `None` for a name.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        self.host.ip()
    }
}

fn transport(name: &str) -> CandidateTransport<'_> {
    match name {
        _ if name.eq_ignore_ascii_case("udp") => CandidateTransport::Udp,
        _ if name.eq_ignore_ascii_case("tcp") => CandidateTransport::Tcp,
        _ if name.eq_ignore_ascii_case("tcp-act") => CandidateTransport::TcpAct,
        _ if name.eq_ignore_ascii_case("tcp-pass") => CandidateTransport::TcpPass,
        _ => CandidateTransport::Other(name),
    }
}

fn kind(name: &str, mode: Mode) -> CandidateType<'_> {
    match name {
        _ if is_keyword(name, "host", mode) => CandidateType::Host,
        _ if is_keyword(name, "srflx", mode) => CandidateType::ServerReflexive,
        _ if is_keyword(name, "prflx", mode) => CandidateType::PeerReflexive,
        _ if is_keyword(name, "relay", mode) => CandidateType::Relayed,
        _ => CandidateType::Other(name),
    }
}

fn priority(fields: &mut Fields<'_>) -> Result<u32, ParseError> {
    let start = fields.offset();
    let text = fields.text()?;
    let strict = fields.is_strict();
    let max = match strict {
        true => (1 << 31) - 1,
        false => u32::MAX,
    };
    match fields::number(text.as_bytes(), u64::from(max)) {
        Ok(0) if strict => Err(Fault::OutOfRange.at(start)),
        // the bound makes the conversion exact
        Ok(priority) => Ok(priority as u32),
        Err(fault) => Err(fault.at(start)),
    }
}

/// Whether the transport stands where RFC 8839 has the priority: the draft has a password before.
fn is_of_draft(value: &[u8]) -> bool {
    let mut words = value
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    words
        .nth(3)
        .is_some_and(|word| word.eq_ignore_ascii_case(b"udp") || word.eq_ignore_ascii_case(b"tcp"))
}

fn is_keyword(field: &str, keyword: &str, mode: Mode) -> bool {
    match mode {
        Mode::Strict => field == keyword,
        Mode::Tolerant => field.eq_ignore_ascii_case(keyword),
    }
}

/// What follows the type of a candidate: names and values, `raddr` and `rport` among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extensions<'a> {
    text: &'a str,
}

impl<'a> Extensions<'a> {
    /// As written.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }

    /// Names and values in order; the last name may have none.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Option<&'a str>)> + use<'a> {
        let mut words = self.text.split_ascii_whitespace();
        core::iter::from_fn(move || words.next().map(|name| (name, words.next())))
    }

    /// The value of the first extension of a name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value)
    }
}
