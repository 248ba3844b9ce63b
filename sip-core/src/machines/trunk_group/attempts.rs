//! Which trunk a call takes, and which ones after that.

use trunkline_sans_io::{FiveTuple, Instant};

use super::{HostId, MAX_TRUNKS, TrunkGroup, TrunkHealth, TrunkId};
use crate::Destination;

/// The trunks that one call tries, in their order. Kept by the owner for as long as the call is being set
/// up, and handed to [`TrunkGroup::next`] for each attempt.
#[derive(Clone, Copy, Debug)]
pub struct TrunkAttempts {
    order: [Place; MAX_TRUNKS],
    len: usize,
    /// How many were handed out: whole rounds through the order, and then some.
    at: usize,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    trunk: TrunkId,
    /// The address of the host that the first round uses.
    address: usize,
}

/// One attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TrunkRoute<'a> {
    /// The trunk, for [`TrunkGroup::report`].
    pub trunk: TrunkId,
    /// Its host.
    pub host_id: HostId,
    /// Where the request goes.
    pub destination: Destination,
    /// The name of the host as it was configured, for the Request-URI and To. IPv6 in brackets.
    pub host: &'a str,
    /// The port there.
    pub port: u16,
}

impl TrunkGroup {
    /// The order in which a new call tries the trunks.
    ///
    /// First is the healthy trunk whose turn it is. Hosts strictly take turns, however many local addresses
    /// lead to each, and so do the local addresses of each host: of 1,000 calls over two hosts each gets 500.
    /// A host that is not healthy is passed over and the others share its part. The other healthy trunks
    /// follow, other hosts first, then those in doubt, then those that are down; and then all of them again
    /// with the further addresses of their hosts.
    pub fn attempts(&mut self, now: Instant) -> TrunkAttempts {
        let attempts = self.order(now);
        if attempts.len > 0 {
            let first = attempts.order[0].trunk;
            self.took(now, first);
        }
        attempts
    }

    /// Where the next new call would go first, without taking its turn: to set aside media ports at the local
    /// address that it leaves from, for instance.
    #[must_use]
    pub fn upcoming(&self, now: Instant) -> Option<TrunkRoute<'_>> {
        self.next(&mut self.order(now))
    }

    fn order(&self, now: Instant) -> TrunkAttempts {
        let nowhere = Place {
            trunk: TrunkId(0),
            address: 0,
        };
        let mut attempts = TrunkAttempts {
            order: [nowhere; MAX_TRUNKS],
            len: 0,
            at: 0,
        };
        for class in 0..3 {
            // The first trunk of each host, then the second of each, and so on.
            for depth in 0..self.trunks.len() {
                for step in 0..self.hosts.len() {
                    let host = (self.turn + step) % self.hosts.len();
                    let Some(trunk) = self.nth_of_class(now, host, class, depth) else {
                        continue;
                    };
                    if let Some(address) = self.current_place(trunk)
                        && let Some(place) = attempts.order.get_mut(attempts.len)
                    {
                        *place = Place { trunk, address };
                        attempts.len += 1;
                    }
                }
            }
        }
        attempts
    }

    /// The trunk to `host` that comes `depth` places after the one whose turn it is, among those in the same
    /// class of health.
    fn nth_of_class(
        &self,
        now: Instant,
        host: usize,
        class: usize,
        depth: usize,
    ) -> Option<TrunkId> {
        let host = self.hosts.get(host)?;
        let count = host.trunks.len();
        (0..count)
            .filter_map(|step| host.trunks.get((host.turn + step) % count).copied())
            .filter(|&trunk| self.class(now, trunk) == class)
            .nth(depth)
    }

    fn class(&self, now: Instant, trunk: TrunkId) -> usize {
        let Some(line) = self.trunks.get(trunk.index()) else {
            return usize::MAX;
        };
        match line.condition.health {
            _ if line.condition.is_usable(now, &self.config) => 0,
            TrunkHealth::Up | TrunkHealth::Suspect => 1,
            TrunkHealth::Down => 2,
        }
    }

    fn current_place(&self, trunk: TrunkId) -> Option<usize> {
        let line = self.trunks.get(trunk.index())?;
        let peer = &self.hosts.get(line.host.index())?.peer;
        peer.current(line.trunk.local.ip())
    }

    /// The turn goes to the next one.
    fn took(&mut self, now: Instant, trunk: TrunkId) {
        let Some(line) = self.trunks.get_mut(trunk.index()) else {
            return;
        };
        line.condition.chosen(now, &self.config);
        let index = line.host.index();
        self.turn = (index + 1) % self.hosts.len();
        if let Some(host) = self.hosts.get_mut(index)
            && let Some(place) = host.trunks.iter().position(|&other| other == trunk)
        {
            host.turn = (place + 1) % host.trunks.len();
        }
    }

    /// The next attempt of a call, `None` when there is nothing left to try.
    #[must_use]
    pub fn next(&self, attempts: &mut TrunkAttempts) -> Option<TrunkRoute<'_>> {
        loop {
            let round = attempts.at.checked_div(attempts.len)?;
            let place = attempts.order.get(attempts.at % attempts.len)?;
            let longest = self.hosts.iter().map(|host| host.peer.addresses().count());
            if round >= longest.max()? {
                return None;
            }
            attempts.at += 1;
            if let Some(route) = self.route(place.trunk, place.address, round) {
                return Some(route);
            }
        }
    }

    fn route(&self, id: TrunkId, address: usize, round: usize) -> Option<TrunkRoute<'_>> {
        let line = self.trunks.get(id.index())?;
        let peer = &self.hosts.get(line.host.index())?.peer;
        let local = line.trunk.local;
        let remote = (peer.address(local.ip(), address, round)?, peer.port).into();
        Some(TrunkRoute {
            trunk: id,
            host_id: line.host,
            destination: FiveTuple::new(peer.transport, local, remote).into(),
            host: peer.name(),
            port: peer.port,
        })
    }
}
