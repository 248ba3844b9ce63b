//! Attributes (`a=` lines): classified by name, typed when asked for. One file per family.

use core::fmt;

use super::line::{Lossy, Redacted};
use super::{Fault, LineKind, Lines, Mode, ParseError, fields};

mod candidate;
mod crypto;
mod direction;
mod fingerprint;
mod fmtp;
mod group;
mod ice;
mod kind;
mod mid;
mod ptime;
mod rtcp;
mod rtpmap;
mod setup;
mod ssrc;
#[cfg(test)]
mod tests;

pub use candidate::{Candidate, CandidateTransport, CandidateType, Extensions, TcpType};
pub use crypto::Crypto;
pub use direction::Direction;
pub use fingerprint::Fingerprint;
pub use fmtp::Fmtp;
pub use group::Group;
pub use ice::{IceOptions, IcePwd, IceUfrag};
pub use kind::AttributeKind;
pub use mid::Mid;
pub use ptime::PacketTime;
pub use rtcp::Rtcp;
pub use rtpmap::Rtpmap;
pub use setup::Setup;
pub use ssrc::Ssrc;

/// One attribute: `a=<name>` or `a=<name>:<value>`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    content: &'a [u8],
    name_length: usize,
    /// Of `content`, in the SDP.
    offset: usize,
    kind: AttributeKind,
}

impl<'a> Attribute<'a> {
    #[inline]
    pub(super) const fn new(
        content: &'a [u8],
        name_length: usize,
        offset: usize,
        kind: AttributeKind,
    ) -> Self {
        Self {
            content,
            name_length,
            offset,
            kind,
        }
    }

    /// What attribute this is.
    #[inline]
    #[must_use]
    pub const fn kind(&self) -> AttributeKind {
        self.kind
    }

    /// Name as written.
    #[inline]
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.content.get(..self.name_length).unwrap_or_default()
    }

    /// Value as written, `None` if there is no colon.
    #[inline]
    #[must_use]
    pub fn value(&self) -> Option<&'a [u8]> {
        self.content.get(self.name_length + 1..)
    }

    /// Offset of the name in the SDP, in bytes.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The value, typed; [`Typed::Other`] for attributes without a type.
    ///
    /// # Errors
    ///
    /// The value is malformed even by [`Mode::Tolerant`]; the offset counts from the start of
    /// the SDP.
    pub fn typed(&self) -> Result<Typed<'a>, ParseError> {
        self.parse(Mode::Tolerant)
    }

    /// Checks name and value as strict mode does.
    pub(super) fn check(&self) -> Result<(), ParseError> {
        if !core::str::from_utf8(self.name()).is_ok_and(fields::is_token) {
            return Err(Fault::MalformedField.at(self.offset));
        }
        self.parse(Mode::Strict).map(drop)
    }

    fn parse(&self, mode: Mode) -> Result<Typed<'a>, ParseError> {
        use AttributeKind as Kind;
        let value = self.value().unwrap_or_default();
        let typed = match self.kind {
            Kind::Rtpmap => Rtpmap::parse(value, mode).map(Typed::Rtpmap),
            Kind::Fmtp => Fmtp::parse(value, mode).map(Typed::Fmtp),
            Kind::Ptime => PacketTime::parse(value, mode).map(Typed::Ptime),
            Kind::Maxptime => PacketTime::parse(value, mode).map(Typed::Maxptime),
            Kind::Sendrecv => Ok(Typed::Direction(Direction::SendRecv)),
            Kind::Sendonly => Ok(Typed::Direction(Direction::SendOnly)),
            Kind::Recvonly => Ok(Typed::Direction(Direction::RecvOnly)),
            Kind::Inactive => Ok(Typed::Direction(Direction::Inactive)),
            Kind::Rtcp => Rtcp::parse(value, mode).map(Typed::Rtcp),
            Kind::RtcpMux => Ok(Typed::RtcpMux),
            Kind::Mid => Mid::parse(value, mode).map(Typed::Mid),
            Kind::Group => Group::parse(value, mode).map(Typed::Group),
            Kind::Ssrc => Ssrc::parse(value, mode).map(Typed::Ssrc),
            Kind::Crypto => Crypto::parse(value, mode).map(Typed::Crypto),
            Kind::Cryptoscale => Crypto::parse_scale(value, mode).map(Typed::Crypto),
            Kind::Candidate | Kind::XCandidateIpv6 => {
                Candidate::parse(value, mode).map(Typed::Candidate)
            }
            Kind::IceUfrag => IceUfrag::parse(value, mode).map(Typed::IceUfrag),
            Kind::IcePwd => IcePwd::parse(value, mode).map(Typed::IcePwd),
            Kind::IceOptions => IceOptions::parse(value, mode).map(Typed::IceOptions),
            Kind::IceLite => Ok(Typed::IceLite),
            Kind::Fingerprint => Fingerprint::parse(value, mode).map(Typed::Fingerprint),
            Kind::Setup => Setup::parse(value, mode).map(Typed::Setup),
            _ => Ok(Typed::Other),
        };
        typed.map_err(|error| {
            let value_offset = (self.name_length + 1).min(self.content.len());
            error.rebased(self.offset + value_offset)
        })
    }
}

impl Attribute<'_> {
    /// Whether the value is or may be a key or password.
    fn is_secret(&self) -> bool {
        match self.kind {
            // the form of draft-ietf-mmusic-ice-06 holds a password
            AttributeKind::Candidate => self.typed().is_err(),
            // a peer may have its own idea of upper and lower case
            AttributeKind::Other => {
                ["crypto", "cryptoscale", "key-mgmt", "ice-pwd"]
                    .iter()
                    .any(|name| {
                        self.name()
                            .trim_ascii()
                            .eq_ignore_ascii_case(name.as_bytes())
                    })
            }
            kind => kind.is_secret(),
        }
    }
}

/// Leaves keys and passwords out.
impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut attribute = f.debug_struct("Attribute");
        attribute.field("name", &Lossy(self.name()));
        match self.value() {
            None => {}
            Some(_) if self.is_secret() => {
                attribute.field("value", &Redacted);
            }
            Some(value) => {
                attribute.field("value", &Lossy(value));
            }
        }
        attribute.finish()
    }
}

/// A typed attribute value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Typed<'a> {
    /// `a=rtpmap`
    Rtpmap(Rtpmap<'a>),
    /// `a=fmtp`
    Fmtp(Fmtp<'a>),
    /// `a=ptime`
    Ptime(PacketTime),
    /// `a=maxptime`
    Maxptime(PacketTime),
    /// `a=sendrecv`, `a=sendonly`, `a=recvonly`, `a=inactive`
    Direction(Direction),
    /// `a=rtcp`
    Rtcp(Rtcp<'a>),
    /// `a=rtcp-mux`
    RtcpMux,
    /// `a=mid`
    Mid(Mid<'a>),
    /// `a=group`
    Group(Group<'a>),
    /// `a=ssrc`
    Ssrc(Ssrc<'a>),
    /// `a=crypto`, `a=cryptoscale`
    Crypto(Crypto<'a>),
    /// `a=candidate`, `a=x-candidate-ipv6`
    Candidate(Candidate<'a>),
    /// `a=ice-ufrag`
    IceUfrag(IceUfrag<'a>),
    /// `a=ice-pwd`
    IcePwd(IcePwd<'a>),
    /// `a=ice-options`
    IceOptions(IceOptions<'a>),
    /// `a=ice-lite`
    IceLite,
    /// `a=fingerprint`
    Fingerprint(Fingerprint<'a>),
    /// `a=setup`
    Setup(Setup),
    /// An attribute without a type here; its raw value is all there is.
    Other,
}

/// The attributes of one section, in order.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    lines: Lines<'a>,
}

impl<'a> Attributes<'a> {
    #[inline]
    pub(super) const fn new(lines: Lines<'a>) -> Self {
        Self { lines }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attribute<'a>> {
        self.lines
            .by_ref()
            .find(|line| line.kind() == LineKind::Attribute)
            .and_then(|line| line.attribute())
    }
}

impl core::iter::FusedIterator for Attributes<'_> {}
