//! Who we say we are, and where responses go (RFC 3261 section 18, RFC 3581).

use core::net::SocketAddr;

use trunkline_sans_io::{ConnectionId, FiveTuple};

use super::config::LayerConfig;
use crate::header::Via;
use crate::{Destination, Host, HostPort};

/// The sent-by of requests that leave from `local`.
pub(super) fn sent_by(config: &LayerConfig, local: SocketAddr) -> HostPort<'_> {
    config
        .sent_by
        .iter()
        .find(|address| address.local == local)
        .and_then(|address| host_port(&address.sent_by))
        .unwrap_or_else(|| local.into())
}

/// Whether requests of ours may bear this sent-by.
pub(super) fn is_ours(config: &LayerConfig, locals: &[SocketAddr], sent_by: HostPort<'_>) -> bool {
    locals
        .iter()
        .any(|&local| self::sent_by(config, local) == sent_by)
}

/// Reads `host` or `host:port`.
fn host_port(text: &str) -> Option<HostPort<'_>> {
    if let Some(host) = Host::parse(text) {
        return Some(HostPort::new(host, None));
    }
    let (host, port) = text.rsplit_once(':')?;
    Some(HostPort::new(Host::parse(host)?, Some(port.parse().ok()?)))
}

/// Where responses to a request go that came along `path` with this top Via (sections 18.2.1 and 18.2.2,
/// RFC 3581 section 4).
///
/// Over a stream, back over its connection, and once that is gone to the address the request came from at
/// the port that its sender listens on. Over UDP to `maddr` if there is one, to the port the request came
/// from if the sender asked for that, and else to the port of the sent-by; always from the address that
/// received the request.
pub(super) fn response_destination(
    via: &Via<'_>,
    path: FiveTuple,
    connection: Option<ConnectionId>,
) -> Destination {
    let mut remote = path.remote;
    let port = via.port();
    if path.transport.is_reliable() {
        remote.set_port(port);
    } else if let Some(address) = via.maddr.and_then(|maddr| maddr.ip()) {
        remote = SocketAddr::new(address, port);
    } else if via.rport.is_none() && port != 0 {
        remote.set_port(port);
    }
    Destination {
        path: FiveTuple { remote, ..path },
        connection,
    }
}

/// The same for an answer that must not go anywhere but to the host the request came from, so that nobody
/// makes us speak to others: `maddr` does not count, and nothing is connected to.
pub(super) fn source_destination(
    via: &Via<'_>,
    path: FiveTuple,
    connection: Option<ConnectionId>,
) -> Destination {
    if path.transport.is_reliable() {
        return Destination { path, connection };
    }
    let via = Via {
        maddr: None,
        ..*via
    };
    response_destination(&via, path, connection)
}

#[cfg(test)]
mod tests;
