//! Which packets are marked how (RFC 2474).

use crate::Transport;

/// The codepoint of expedited forwarding, for voice (RFC 3246).
pub const EXPEDITED_FORWARDING: u8 = 46;

/// A row of a table that tells how packets are marked: protocol and range of local ports against the
/// codepoint (RFC 2474). A table is a slice of rows, and the first one that fits counts.
///
/// ```
/// use trunkline_sans_io::{DscpRule, EXPEDITED_FORWARDING, Transport};
///
/// let table = [
///     DscpRule::new(Transport::Udp, 49_152..=57_500, EXPEDITED_FORWARDING),
///     DscpRule::new(Transport::Tcp, 5_060..=5_068, EXPEDITED_FORWARDING),
/// ];
/// assert_eq!(DscpRule::find(&table, Transport::Udp, 50_000), Some(46));
/// assert_eq!(DscpRule::find(&table, Transport::Tls, 5_061), Some(46)); // TLS runs over TCP
/// assert_eq!(DscpRule::find(&table, Transport::Udp, 5_060), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DscpRule {
    /// [`Transport::Udp`] for datagrams; any other for all that runs over TCP.
    pub protocol: Transport,
    /// The first local port.
    pub first: u16,
    /// The last local port, included.
    pub last: u16,
    /// The codepoint, 0 to 63. The lower six bits count.
    pub codepoint: u8,
}

impl DscpRule {
    /// A row.
    #[must_use]
    pub const fn new(
        protocol: Transport,
        ports: core::ops::RangeInclusive<u16>,
        codepoint: u8,
    ) -> Self {
        Self {
            protocol,
            first: *ports.start(),
            last: *ports.end(),
            codepoint,
        }
    }

    /// What a socket at a local port marks its packets with; `None` leaves the field alone.
    #[must_use]
    pub fn find(table: &[Self], protocol: Transport, port: u16) -> Option<u8> {
        let datagrams = protocol == Transport::Udp;
        table
            .iter()
            .find(|rule| {
                (rule.protocol == Transport::Udp) == datagrams
                    && (rule.first..=rule.last).contains(&port)
            })
            .map(|rule| rule.codepoint & 0x3f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P000-32: rule 1 for media, rule 2 for SIP, both 46; evaluated by protocol and port.
    #[test]
    fn the_first_row_that_fits_counts() {
        let table = [
            DscpRule::new(Transport::Udp, 49_152..=57_500, 46),
            DscpRule::new(Transport::Tcp, 5_060..=5_068, 46),
            DscpRule::new(Transport::Tcp, 5_060..=5_060, 24),
        ];
        for (protocol, port, expected) in [
            (Transport::Udp, 49_151, None),
            (Transport::Udp, 49_152, Some(46)),
            (Transport::Udp, 57_500, Some(46)),
            (Transport::Udp, 57_501, None),
            (Transport::Tcp, 5_060, Some(46)),
            (Transport::Tcp, 5_069, None),
            (Transport::Tcp, 50_000, None),
        ] {
            assert_eq!(DscpRule::find(&table, protocol, port), expected, "{port}");
        }
    }
}
