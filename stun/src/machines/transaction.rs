//! A request under way: when it is sent, sent again and given up (RFC 8489 section 6.2).

use core::net::IpAddr;
use core::time::Duration;

use trunkline_sans_io::Instant;

use super::{RtoCache, RtoEntry, Schedule};
use crate::wire::TransactionId;

#[derive(Clone, Copy, Debug)]
pub(super) struct Transaction {
    pub(super) id: TransactionId,
    sent: u8,
    /// When it was sent last, unless it is to be sent now.
    at: Option<Instant>,
    began: Option<Instant>,
    /// A response was thrown away because of its integrity.
    pub(super) violated: bool,
}

impl Transaction {
    /// One that is to be sent.
    pub(super) const fn new(id: TransactionId) -> Self {
        Self {
            id,
            sent: 0,
            at: None,
            began: None,
            violated: false,
        }
    }

    /// Whether the request is to be sent now.
    pub(super) const fn is_due(&self) -> bool {
        self.at.is_none()
    }

    /// Whether a response can be under way.
    pub(super) const fn was_sent(&self) -> bool {
        self.sent > 0
    }

    /// When the request was sent first: what the server grants by its response it grants from
    /// then on at the earliest.
    pub(super) const fn began(&self) -> Option<Instant> {
        self.began
    }

    /// How long the response took, if it is certain which request it is for.
    fn round_trip(&self, now: Instant) -> Option<Duration> {
        let began = self.began.filter(|_| self.sent == 1)?;
        Some(now.saturating_duration_since(began))
    }

    /// The request has been sent.
    pub(super) fn sent(&mut self, now: Instant) {
        self.sent = self.sent.saturating_add(1);
        self.at = Some(now);
        self.began.get_or_insert(now);
    }

    pub(super) fn deadline(&self, schedule: &Schedule, reliable: bool) -> Option<Instant> {
        self.at.map(|at| at + schedule.wait(self.sent, reliable))
    }

    /// Tells whether there will be no response any more.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        schedule: &Schedule,
        reliable: bool,
    ) -> bool {
        match self.deadline(schedule, reliable) {
            Some(deadline) if deadline <= now => {
                let again = !reliable && self.sent < schedule.max_requests;
                if again {
                    self.at = None;
                }
                !again
            }
            _ => false,
        }
    }
}

/// When the requests of a client are sent again that has one server for long: as is wanted at first, then by
/// what their round trips took.
#[derive(Clone, Copy, Debug)]
pub(super) struct MeasuredSchedule {
    wanted: Schedule,
    measured: RtoCache<[RtoEntry; 1]>,
    /// Of the transaction under way.
    current: Schedule,
}

impl MeasuredSchedule {
    pub(super) const fn new(wanted: Schedule) -> Self {
        Self {
            wanted,
            measured: RtoCache::new([RtoEntry::EMPTY]),
            current: wanted,
        }
    }

    /// That of the transaction under way.
    pub(super) const fn current(&self) -> &Schedule {
        &self.current
    }

    /// The first request of a transaction is sent now.
    pub(super) fn begin(&mut self, now: Instant, server: IpAddr) {
        self.current = self.measured.schedule(now, server, self.wanted);
    }

    /// A response to it has come.
    pub(super) fn end(&mut self, now: Instant, server: IpAddr, transaction: &Transaction) {
        let round_trip = transaction.round_trip(now);
        self.measured.note(now, server, round_trip);
    }
}
