//! Servers that name another one (RFC 8489 section 10).

use core::net::SocketAddr;

use trunkline_sans_io::FiveTuple;

/// How many others are asked at most.
const MAX: usize = 3;

/// Those that have named another one.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Alternates([Option<SocketAddr>; MAX]);

impl Alternates {
    /// Leads a path to another server. Tells whether it may be asked: it was not asked before, is
    /// none of too many, can be a server, and is not to be known by a name.
    pub(super) fn follow(&mut self, path: &mut FiveTuple, server: SocketAddr) -> bool {
        let ip = server.ip();
        let possible = server.is_ipv4() == path.remote.is_ipv4()
            && !ip.is_unspecified()
            && !ip.is_multicast()
            && server.port() != 0
            && !path.transport.is_secure();
        let known = server == path.remote || self.0.contains(&Some(server));
        match self.0.iter_mut().find(|place| place.is_none()) {
            Some(place) if possible && !known => {
                *place = Some(path.remote);
                path.remote = server;
                true
            }
            _ => false,
        }
    }
}
