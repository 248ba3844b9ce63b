//! Machines that talk to each other on a virtual clock.

mod driver;

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::BTreeMap;

use trunkline_sans_io::{FiveTuple, Instant, Transport};

use self::driver::Seat;
use crate::{Arrival, Host, Network};

/// Names a host of a [`Simulation`], in the order in which they were added.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostId(pub usize);

/// What a [`Simulation`] does to its hosts beyond driving them on time, to see that they keep the
/// contract of the verbs. Nothing by default.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Strain {
    /// The probability, before each step, that some host gets a `handle_timeout` before any of
    /// its timers is due. It must send nothing.
    pub early_timeouts: f64,
    /// Up to how much later than asked for `handle_timeout` is called.
    pub lateness: Duration,
    /// The probability that `poll_transmit` is first called with a buffer of random length, too
    /// small as a rule. What follows must be as if that had not happened.
    pub small_buffers: f64,
}

impl Strain {
    /// A good deal of everything: what a machine should bear in a test of its own.
    pub const HEAVY: Self = Self {
        early_timeouts: 0.2,
        lateness: Duration::from_millis(20),
        small_buffers: 0.2,
    };
}

/// What one step of a [`Simulation`] was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// The host that was called.
    pub host: HostId,
    /// What it was called with: a packet that arrived on this path, or else the passing of time.
    pub arrived: Option<(FiveTuple, Arrival)>,
}

/// Hosts on a [`Network`], driven in virtual time: two hours of it pass in a moment, and the same
/// seed gives the same run.
///
/// Every step is one packet that arrives at one host, or one timer of one host that is due. After
/// it, what the host wants sent goes into the network. A test looks at the hosts between steps.
///
/// # Panics
///
/// A host that breaks the contract of the verbs makes the simulation panic, and the test fail:
/// one whose timer stays due however often it is called, one that sends without end, one that
/// asks for a larger buffer than it asked for before, or sends because of an early timeout; see
/// [`Strain`].
#[derive(Debug)]
pub struct Simulation<H> {
    network: Network,
    now: Instant,
    seats: Vec<Seat<H>>,
    addresses: BTreeMap<IpAddr, HostId>,
    strain: Strain,
    buffer: Vec<u8>,
    unroutable: u64,
}

impl<H: Host> Simulation<H> {
    /// A simulation without hosts, which begins at [`Instant::ORIGIN`].
    #[must_use]
    pub const fn new(network: Network) -> Self {
        Self::starting_at(Instant::ORIGIN, network)
    }

    /// A simulation without hosts, which begins at `now`.
    #[must_use]
    pub const fn starting_at(now: Instant, network: Network) -> Self {
        Self {
            network,
            now,
            seats: Vec::new(),
            addresses: BTreeMap::new(),
            strain: Strain {
                early_timeouts: 0.0,
                lateness: Duration::ZERO,
                small_buffers: 0.0,
            },
            buffer: Vec::new(),
            unroutable: 0,
        }
    }

    /// Adds a host that has all ports of these addresses. A later host with the same address
    /// takes it over.
    pub fn add(&mut self, addresses: &[IpAddr], host: H) -> HostId {
        let id = HostId(self.seats.len());
        self.seats.push(Seat::new(host));
        for &address in addresses {
            self.addresses.insert(address, id);
        }
        id
    }

    /// Accepts connections to this address from now on.
    pub fn listen(&mut self, transport: Transport, address: SocketAddr) {
        self.network.listen(transport, address);
    }

    /// Puts the hosts under strain from now on.
    pub const fn set_strain(&mut self, strain: Strain) {
        self.strain = strain;
    }

    /// The present moment.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The network between the hosts.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The network between the hosts, to change links or to break connections.
    pub const fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// How many packets arrived at an address that no host has.
    #[must_use]
    pub const fn unroutable(&self) -> u64 {
        self.unroutable
    }

    /// A host.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    #[must_use]
    pub fn host(&self, host: HostId) -> &H {
        &self.seats[host.0].host
    }

    /// A host, for instance to make it send. What it wants sent leaves with the next step.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    pub fn host_mut(&mut self, host: HostId) -> &mut H {
        &mut self.seats[host.0].host
    }

    /// All hosts.
    pub fn hosts_mut(&mut self) -> impl Iterator<Item = (HostId, &mut H)> {
        let seats = self.seats.iter_mut().enumerate();
        seats.map(|(index, seat)| (HostId(index), &mut seat.host))
    }

    /// When something happens next: a packet arrives or a timer is due. `None` when nothing is
    /// under way and no timer is armed.
    pub fn next_step(&mut self) -> Option<Instant> {
        self.flush();
        self.peek().map(|(at, _)| at)
    }

    /// The time of the next step, and the host if it is a timer. Arrivals come before timers.
    fn peek(&mut self) -> Option<(Instant, Option<HostId>)> {
        let arrival = self.network.next_delivery().map(|at| (at, None));
        let lateness = self.strain.lateness;
        let random = self.network.random_mut();
        let mut next = arrival;
        for (index, seat) in self.seats.iter_mut().enumerate() {
            let Some(at) = seat.due(random, lateness) else {
                continue;
            };
            if next.is_none_or(|(earliest, _)| at < earliest) {
                next = Some((at, Some(HostId(index))));
            }
        }
        next.map(|(at, host)| (at.max(self.now), host))
    }

    /// Goes on to whatever happens next, if that is not after `deadline`, and lets it happen.
    /// `None` when nothing is left until then; the clock stands at `deadline` in that case, unless
    /// it was past it.
    pub fn step(&mut self, deadline: Instant) -> Option<Step> {
        loop {
            self.flush();
            let Some((at, host)) = self.peek().filter(|(at, _)| *at <= deadline) else {
                self.now = self.now.max(deadline);
                return None;
            };
            self.strain_before(at);
            self.now = at;
            let step = match host {
                Some(host) => {
                    self.seats[host.0].time_out(at, host);
                    Some(Step {
                        at,
                        host,
                        arrived: None,
                    })
                }
                None => self.arrive(),
            };
            if let Some(step) = step {
                self.flush_host(step.host);
                return Some(step);
            }
        }
    }

    /// Goes on to `deadline`.
    pub fn run_until(&mut self, deadline: Instant) {
        while self.step(deadline).is_some() {}
    }

    /// Goes on for this long.
    pub fn run_for(&mut self, length: Duration) {
        self.run_until(self.now + length);
    }

    /// Goes on to `deadline` and shows each host to the closure after it was called, so that the
    /// test takes out its events and answers them.
    pub fn run_until_with(
        &mut self,
        deadline: Instant,
        mut see: impl FnMut(Instant, HostId, &mut H),
    ) {
        while let Some(step) = self.step(deadline) {
            see(step.at, step.host, self.host_mut(step.host));
        }
    }

    /// Goes on until the condition holds, but not past `deadline`. Tells whether it holds.
    pub fn run_until_holds(
        &mut self,
        deadline: Instant,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> bool {
        loop {
            if condition(self) {
                return true;
            }
            if self.step(deadline).is_none() {
                return condition(self);
            }
        }
    }

    /// Goes on until nothing is under way and no timer is armed, but not past `deadline`. Tells
    /// whether it came to rest; the clock stands at the last thing that happened if so.
    pub fn run_until_idle(&mut self, deadline: Instant) -> bool {
        loop {
            match self.next_step() {
                None => return true,
                Some(at) if at > deadline => {
                    self.now = self.now.max(deadline);
                    return false;
                }
                Some(_) => {
                    self.step(deadline);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
