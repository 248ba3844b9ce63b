//! Which trunk a message belongs to, by address and by name.

use core::net::{IpAddr, SocketAddr};

use trunkline_sans_io::{FiveTuple, Instant};

use super::peer::parse_host;
use super::{HostId, TrunkGroup, TrunkId};
use crate::header::From;
use crate::uri::Uri;
use crate::{Host, Message};

impl TrunkGroup {
    /// Whether this is the address of one of the hosts, as far as their names have been resolved.
    #[must_use]
    pub fn contains(&self, source: IpAddr) -> bool {
        self.hosts.iter().any(|host| host.peer.has(source))
    }

    /// All addresses of the hosts, for the rules of who may send requests. Read them again after
    /// [`TrunkGroupEvent::AddressesChanged`](super::TrunkGroupEvent::AddressesChanged).
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.hosts.iter().flat_map(|host| host.peer.addresses())
    }

    /// The trunk over which something came along `path`, going by addresses only. `None` where it came from
    /// no host of this group.
    ///
    /// Of several hosts with one address it is the one with the port of the remote address, or else the
    /// first; of several local addresses the one that received, or else the first.
    #[must_use]
    pub fn trunk_of(&self, path: FiveTuple) -> Option<TrunkId> {
        let mut best = None;
        for (host, id) in self.hosts.iter().zip(HostId::all()) {
            if !host.peer.has(path.remote.ip()) {
                continue;
            }
            if host.peer.port == path.remote.port() && host.peer.transport == path.transport {
                best = Some(id);
                break;
            }
            best = best.or(Some(id));
        }
        self.nearest(best?, path.local)
    }

    /// The same for a request, where its names decide between hosts with one address: those in From, then
    /// in the Request-URI. A name alone makes nobody a member.
    #[must_use]
    pub fn trunk_of_request(&self, request: &Message<'_>, path: FiveTuple) -> Option<TrunkId> {
        let by_address = self.trunk_of(path)?;
        let from = request.typed::<From<'_>>().ok().flatten();
        let uri = request.request_uri().and_then(|uri| Uri::parse(uri).ok());
        let names = [from.map(|from| *from.uri()), uri];
        let named = names.iter().flatten().find_map(|uri| {
            let host = uri.as_sip()?.host();
            self.host_ids().find(|id| {
                let peer = self.hosts.get(id.index()).map(|host| &host.peer);
                peer.is_some_and(|peer| {
                    peer.is_named(host) && host.name().is_some() && peer.has(path.remote.ip())
                })
            })
        });
        named
            .and_then(|host| self.nearest(host, path.local))
            .or(Some(by_address))
    }

    /// The trunk to the host of this name, whichever of its names it is, from this local address.
    #[must_use]
    pub fn trunk_named(&self, name: &str, local: SocketAddr) -> Option<TrunkId> {
        let name = parse_host(name)?;
        let host = self.host_ids().find(|id| self.is_named(*id, name))?;
        self.nearest(host, local)
    }

    fn is_named(&self, host: HostId, name: Host<'_>) -> bool {
        let host = self.hosts.get(host.index());
        host.is_some_and(|host| host.peer.is_named(name))
    }

    /// Of the trunks to a host the one from this local address, or one as near to it as there is.
    fn nearest(&self, host: HostId, local: SocketAddr) -> Option<TrunkId> {
        let trunks = &self.hosts.get(host.index())?.trunks;
        let from = |trunk: &TrunkId| Some(self.trunks.get(trunk.index())?.trunk.local);
        let mut same = trunks.iter().filter(|trunk| from(trunk) == Some(local));
        let mut near = trunks.iter().filter(|trunk| {
            from(trunk).is_some_and(|from| from.ip().to_canonical() == local.ip().to_canonical())
        });
        same.next()
            .or_else(|| near.next())
            .or_else(|| trunks.first())
            .copied()
    }

    /// Gives every host called `host` a further name. Gives whether there is one and the name is one.
    pub fn add_alias(&mut self, host: &str, alias: &str) -> bool {
        let Some(known) = parse_host(host) else {
            return false;
        };
        let mut added = false;
        for host in &mut self.hosts {
            if host.peer.is_named(known) {
                added |= host.peer.add_name(alias);
            }
        }
        added
    }

    /// Takes a name away from the hosts that have it and another one. Trunks keep their identity and calls
    /// go on. Where it was the name in use the next one takes its place, and is resolved. Gives whether some
    /// host had it and could spare it.
    pub fn remove_name(&mut self, now: Instant, name: &str) -> bool {
        let Some(name) = parse_host(name) else {
            return false;
        };
        let mut removed = false;
        for id in HostId::all().take(self.hosts.len()) {
            let Some(host) = self.hosts.get_mut(id.index()) else {
                break;
            };
            if host.peer.remove_name(name) {
                removed = true;
                // Only where the name that is left is an address.
                if host.peer.changed {
                    self.addresses_replaced(now, id);
                }
            }
        }
        removed
    }
}
