//! Where a request inside a dialog goes (RFC 3261 section 8.1.2, RFC 3263 section 4).

use core::net::SocketAddr;

use trunkline_sans_io::{FiveTuple, Storage, Transport};

use crate::wire::uri::SipUri;
use crate::{Destination, Dialog};

/// The destination of the next request. Nothing is resolved here: a next hop that is a name is taken to be
/// `peer`.
pub(super) fn destination<S: Storage<u8>>(
    dialog: &Dialog<S>,
    peer: Destination,
    pinned: bool,
) -> Destination {
    if pinned {
        return peer;
    }
    dialog
        .next_hop()
        .and_then(|hop| resolve(&hop, peer))
        .unwrap_or(peer)
}

fn resolve(hop: &SipUri<'_>, peer: Destination) -> Option<Destination> {
    let address = hop.maddr().unwrap_or_else(|| hop.host()).ip()?;
    let FiveTuple {
        local,
        remote,
        transport,
    } = peer.path;
    if address.is_ipv4() != local.is_ipv4() {
        return None;
    }
    let transport = match hop.transport() {
        Some(named) => {
            let secure = hop.is_secure();
            match named {
                crate::Transport::Udp if !secure => Transport::Udp,
                crate::Transport::Tcp if !secure => Transport::Tcp,
                crate::Transport::Tcp | crate::Transport::Tls => Transport::Tls,
                crate::Transport::Ws if !secure => Transport::Ws,
                crate::Transport::Ws | crate::Transport::Wss => Transport::Wss,
                _ => return None,
            }
        }
        // Many a peer that speaks over a stream does not say so in its Contact. UDP to it would be the letter
        // of RFC 3263 section 4.1, and reach nobody.
        None if transport.is_reliable() && address == remote.ip() => transport,
        None if hop.is_secure() => Transport::Tls,
        None => Transport::Udp,
    };
    let port = hop.port().unwrap_or(match transport {
        Transport::Tls => 5061,
        Transport::Ws => 80,
        Transport::Wss => 443,
        _ => 5060,
    });
    let path = FiveTuple::new(transport, local, SocketAddr::new(address, port));
    // A connection to the same host is used as long as it lives, whatever port it came from (RFC 5923).
    let same = transport == peer.path.transport && address == remote.ip();
    Some(Destination {
        path,
        connection: peer.connection.filter(|_| same),
    })
}

#[cfg(test)]
mod tests {
    use trunkline_sans_io::ConnectionId;

    use super::*;

    fn resolved(uri: &str, peer: FiveTuple) -> Option<(FiveTuple, bool)> {
        let hop = SipUri::parse(uri).unwrap();
        resolve(&hop, Destination::over(ConnectionId(1), peer))
            .map(|to| (to.path, to.connection.is_some()))
    }

    #[test]
    fn addresses_are_followed_and_names_are_not() {
        let local = SocketAddr::from(([192, 0, 2, 1], 5060));
        let remote = SocketAddr::from(([192, 0, 2, 9], 40_000));
        let (udp, tcp) = (FiveTuple::udp(local, remote), FiveTuple::tcp(local, remote));
        let to =
            |transport, address: &str| FiveTuple::new(transport, local, address.parse().unwrap());
        let (other, same) = (false, true);
        for (uri, peer, expected) in [
            (
                "sip:192.0.2.7",
                udp,
                Some((to(Transport::Udp, "192.0.2.7:5060"), other)),
            ),
            (
                "sip:192.0.2.7:5070;transport=tcp",
                udp,
                Some((to(Transport::Tcp, "192.0.2.7:5070"), other)),
            ),
            (
                "sips:192.0.2.7",
                udp,
                Some((to(Transport::Tls, "192.0.2.7:5061"), other)),
            ),
            (
                "sip:192.0.2.9:5060",
                tcp,
                Some((to(Transport::Tcp, "192.0.2.9:5060"), same)),
            ),
            (
                "sip:192.0.2.9;transport=udp",
                tcp,
                Some((to(Transport::Udp, "192.0.2.9:5060"), other)),
            ),
            (
                "sip:h.example;maddr=192.0.2.8",
                tcp,
                Some((to(Transport::Udp, "192.0.2.8:5060"), other)),
            ),
            ("sip:pbx.example.com", udp, None),
            ("sip:[2001:db8::1]", udp, None),
            ("sip:192.0.2.7;transport=sctp", udp, None),
        ] {
            assert_eq!(resolved(uri, peer), expected, "{uri}");
        }
    }
}
