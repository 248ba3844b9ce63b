//! Servers that name another one (RFC 8489 section 10).

use core::net::SocketAddr;
use core::str;

use sha2::{Digest as _, Sha256};
use trunkline_sans_io::{DnsName, FiveTuple};

use crate::wire::{AlternateDomain, Message, Realm};

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

/// The name that the server of `ALTERNATE-SERVER` proves over TLS (RFC 8489 section 14.16).
pub(super) fn domain(response: &Message<'_>) -> Option<DnsName> {
    let AlternateDomain(domain) = response.get().ok()??;
    DnsName::parse(str::from_utf8(domain).ok()?).ok()
}

/// The realm that a credential is shown in: the hash of the first that asks for it.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OneRealm(Option<[u8; 32]>);

impl OneRealm {
    /// Whether a challenge may be answered: it is of the first realm, so that nobody who can name a server gets
    /// a proof for a realm of their own.
    pub(super) fn admits(&mut self, challenge: &Message<'_>) -> bool {
        let Ok(Some(Realm(realm))) = challenge.get() else {
            return true;
        };
        let realm = Sha256::digest(realm).into();
        *self.0.get_or_insert(realm) == realm
    }
}
