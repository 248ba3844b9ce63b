//! What a transaction layer counts.

use super::event::DropReason;

/// What a transaction layer has counted since it was made, and how full it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct LayerStatistics {
    /// Datagrams taken, keep-alives and dropped ones included.
    pub datagrams: u64,
    /// Messages found in streams.
    pub stream_messages: u64,
    /// Keep-alives of CRLF over either kind of transport (RFC 5626 section 3.5).
    pub keep_alives: u64,
    /// Requests that began a server transaction.
    pub requests: u64,
    /// Responses that matched a client transaction, repetitions included.
    pub responses: u64,
    /// Responses that matched none.
    pub stray_responses: u64,
    /// Requests, ACKs and responses that repeated earlier ones and stopped here.
    pub repetitions_absorbed: u64,
    /// Messages sent again because a timer fired or a repetition came.
    pub repetitions_sent: u64,
    /// Responses sent without a transaction: 400, 481, 503 and the like.
    pub stateless_responses: u64,
    /// Client transactions that ended without a final response.
    pub failed: u64,
    /// Large requests sent over TCP instead of UDP.
    pub moved_to_tcp: u64,
    /// Of these, the ones that went back to UDP.
    pub moved_back: u64,
    /// Connections closed for their number, their silence or what they sent.
    pub connections_closed: u64,
    /// Client transactions there are now.
    pub client_transactions: usize,
    /// Server transactions there are now.
    pub server_transactions: usize,
    /// Connections there are now.
    pub connections: usize,
    pub(super) dropped: [u64; DropReason::COUNT],
}

impl LayerStatistics {
    /// How many messages were thrown away for this reason.
    #[must_use]
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped.get(reason as usize).copied().unwrap_or(0)
    }

    pub(super) fn count_dropped(&mut self, reason: DropReason) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += 1;
        }
    }
}
