//! OPTIONS to the far end.

use alloc::format;
use core::net::IpAddr;

use trunkline_sans_io::{FiveTuple, Instant};

use super::health::probe_timeout;
use super::peer::transport_param;
use super::{TrunkGroup, TrunkOutcome};
use crate::{ClientTransaction, Method, Outgoing, RequestError, SendError, UserAgent};

/// An OPTIONS on its way. It stays in the list until its transaction ends, which may be long after we gave
/// it up.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) transaction: ClientTransaction,
    pub(super) trunk: usize,
    pub(super) address: IpAddr,
}

impl TrunkGroup {
    /// Sends an OPTIONS over a trunk that has an address.
    pub(super) fn probe(&mut self, now: Instant, index: usize, agent: &mut UserAgent) {
        let Some(line) = self.trunks.get_mut(index) else {
            return;
        };
        let Some(host) = self.hosts.get(line.host.index()) else {
            return;
        };
        let (peer, local) = (&host.peer, line.trunk.local);
        let Some(address) = peer.current_address(local.ip()) else {
            // Goes on when there is one.
            line.condition.next = None;
            return;
        };
        let path = FiveTuple::new(peer.transport, local, (address, peer.port).into());
        let public = agent.sent_by(local);
        // No ports in From and To (RFC 3261 section 19.1.1).
        let from = format!("<sip:{}>", public.host);
        let to = format!("<sip:{}>", peer.name());
        let contact = format!("<sip:{public}{}>", transport_param(peer.transport));
        let request_uri = peer.uri();
        let outgoing = Outgoing {
            contact: Some(&contact),
            headers: &[("Accept", "application/sdp")],
            ..Outgoing::new(path.into(), &request_uri, &from, &to)
        };
        match agent.request(now, Method::Options, &outgoing) {
            Ok(transaction) => {
                line.condition.next = None;
                line.waiting = Some((transaction, now + probe_timeout(&self.config)));
                if self.probes.len() >= self.probe_limit() {
                    // The oldest that was given up: of those waited for there are no more than trunks.
                    let waiting = |probe: &Probe| {
                        let is_it = |(waiting, _)| waiting == probe.transaction;
                        self.trunks
                            .iter()
                            .any(|line| line.waiting.is_some_and(is_it))
                    };
                    if let Some(oldest) = self.probes.iter().position(|probe| !waiting(probe)) {
                        self.probes.remove(oldest);
                    }
                }
                self.probes.push(Probe {
                    transaction,
                    trunk: index,
                    address,
                });
            }
            Err(SendError::Request(RequestError::TableFull)) => {
                line.condition.postponed(now, &self.config);
            }
            Err(_) => self.probed(now, index, address, TrunkOutcome::Unreachable),
        }
    }

    /// The end of a transaction: gives whether it was one of ours.
    pub(super) fn probe_ended(
        &mut self,
        now: Instant,
        transaction: ClientTransaction,
        outcome: TrunkOutcome,
    ) -> bool {
        let found = self
            .probes
            .iter()
            .position(|probe| probe.transaction == transaction);
        let Some(found) = found else {
            return false;
        };
        let Probe { trunk, address, .. } = self.probes.remove(found);
        let Some(line) = self.trunks.get_mut(trunk) else {
            return true;
        };
        let expected = matches!(line.waiting, Some((waiting, _)) if waiting == transaction);
        // One that was given up has been counted, unless an answer comes after all.
        let known = self
            .hosts
            .get(line.host.index())
            .is_some_and(|host| host.peer.has(address));
        if expected || (known && !outcome.is_failure() && line.waiting.is_none()) {
            line.waiting = None;
            self.probed(now, trunk, address, outcome);
        }
        true
    }

    /// Nobody answered in time.
    pub(super) fn probe_expired(&mut self, now: Instant, trunk: usize) {
        let Some(line) = self.trunks.get_mut(trunk) else {
            return;
        };
        let Some((transaction, _)) = line.waiting.take() else {
            return;
        };
        let probe = self
            .probes
            .iter()
            .find(|probe| probe.transaction == transaction);
        if let Some(address) = probe.map(|probe| probe.address) {
            self.probed(now, trunk, address, TrunkOutcome::Silent);
        }
    }

    fn probed(&mut self, now: Instant, trunk: usize, address: IpAddr, outcome: TrunkOutcome) {
        let Some(line) = self.trunks.get_mut(trunk) else {
            return;
        };
        line.condition.probed(now, outcome, &self.config);
        if let Some(host) = self.hosts.get_mut(line.host.index()) {
            if outcome.is_failure() {
                host.peer.address_failed(address);
            } else {
                host.peer.address_answered(address);
            }
        }
    }

    /// The most transactions of OPTIONS that are remembered.
    const fn probe_limit(&self) -> usize {
        16 * self.trunks.len()
    }

    /// A call failed or got a response above 100. What is known to be out of use already says nothing new
    /// about the trunk: calls in flight when an address failed bring the news for seconds.
    pub(super) fn attempted(
        &mut self,
        now: Instant,
        trunk: usize,
        address: IpAddr,
        outcome: TrunkOutcome,
    ) {
        let Some(line) = self.trunks.get_mut(trunk) else {
            return;
        };
        let Some(host) = self.hosts.get_mut(line.host.index()) else {
            return;
        };
        let current = host.peer.current_address(line.trunk.local.ip());
        if outcome.is_failure() {
            host.peer.address_failed(address);
        } else {
            host.peer.address_answered(address);
        }
        if current == Some(address) {
            line.condition.attempted(now, outcome, &self.config);
        }
    }
}
