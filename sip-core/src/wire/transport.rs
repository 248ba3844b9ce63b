//! Transport protocols as Via and URIs name them (RFC 3261 sections 19.1.1 and 20.42).

use core::fmt;

/// A transport protocol. The text compares without regard to case.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Transport<'a> {
    /// `UDP`
    Udp,
    /// `TCP`
    Tcp,
    /// `TLS` over TCP
    Tls,
    /// `SCTP`
    Sctp,
    /// `WS`, RFC 7118
    Ws,
    /// `WSS`, RFC 7118
    Wss,
    /// Any other, as spelled by its source.
    Other(&'a str),
}

impl<'a> Transport<'a> {
    /// The transport called `name`, in any case.
    pub fn new(name: &'a str) -> Self {
        // As nearly everyone writes them.
        match name {
            "UDP" => return Self::Udp,
            "TCP" => return Self::Tcp,
            "TLS" => return Self::Tls,
            _ => {}
        }
        let known = match name.len() {
            2 => [Self::Ws].as_slice(),
            3 => &[Self::Udp, Self::Tcp, Self::Tls, Self::Wss],
            4 => &[Self::Sctp],
            _ => &[],
        };
        known
            .iter()
            .find(|known| name.eq_ignore_ascii_case(known.as_str()))
            .copied()
            .unwrap_or(Self::Other(name))
    }

    /// The name in upper case, as Via has it; the spelling of the source for [`Transport::Other`].
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Sctp => "SCTP",
            Self::Ws => "WS",
            Self::Wss => "WSS",
            Self::Other(name) => name,
        }
    }

    /// Whether the transport delivers every message once and in order, so that nothing is sent twice.
    /// `false` where it is unknown.
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp | Self::Other(_))
    }

    /// The port of a Via or URI that names none (RFC 3261 section 18.2.2, RFC 7118 section 5.5).
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
            _ => 5060,
        }
    }
}

impl PartialEq for Transport<'_> {
    fn eq(&self, other: &Transport<'_>) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }
}

impl Eq for Transport<'_> {}

impl fmt::Display for Transport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
