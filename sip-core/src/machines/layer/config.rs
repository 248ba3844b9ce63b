//! What a transaction layer is told when it is made.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use super::sources::AllowedSources;
use crate::Timers;

/// The name by which peers reach a local address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicAddress {
    /// The local address that messages leave from and arrive at.
    pub local: SocketAddr,
    /// What stands in the Via of requests that leave from there: a host name or address with an optional
    /// port, such as `sbc.example.com` or `203.0.113.5:5060`.
    pub sent_by: Box<str>,
}

/// Limits and lengths of a [`TransactionLayer`](crate::TransactionLayer). Start from the default and change
/// what differs.
///
/// ```
/// use trunkline_sip_core::LayerConfig;
///
/// let mut config = LayerConfig::default();
/// config.max_transactions = 10_000;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LayerConfig {
    /// The timers of the transactions.
    pub timers: Timers,
    /// The most transactions each way: so many as client, so many as server. An eighth of the server
    /// transactions is kept for requests inside dialogs, so that a flood of new requests does not keep
    /// running calls from ending. Over UDP each lingers for 32 s. Default 131,072.
    pub max_transactions: usize,
    /// The most connections at a time; further ones are closed at once. Default 4,096.
    pub max_connections: usize,
    /// The most octets of start line and header fields of a message, 65,535 at most. A connection that
    /// exceeds it is closed, a request in a datagram gets 513. Default 16,384.
    pub max_head: usize,
    /// The most octets of body of a message. A connection that exceeds it is closed, a request in a datagram
    /// gets 413. Default 65,536.
    pub max_body: usize,
    /// How long a connection may take for one message, and for its first one: after that it is closed.
    /// Default 32 s.
    pub message_timeout: Duration,
    /// How long a connection is kept on which nothing happens, keep-alives included. Default 10 minutes.
    pub idle_timeout: Duration,
    /// The Via sent-by of local addresses that peers know by another name. Others use the address itself,
    /// which therefore must not be a wildcard.
    pub sent_by: Vec<PublicAddress>,
    /// Requests over UDP with more octets than this are large (RFC 3261 section 18.1.1). Default 1,300.
    pub udp_request_limit: usize,
    /// Whether large requests go over TCP, and over UDP only once TCP was refused. Default `true`.
    pub move_large_requests_to_tcp: bool,
    /// What a 503 for want of room says in Retry-After, in seconds. Default 5.
    pub retry_after: u32,
    /// Who may send requests, by the local address at which they arrive; the first entry that fits counts.
    /// Default: no entry, everybody.
    ///
    /// A request of anybody else, CANCEL and BYE included, is answered by 403 or, where the entry says so,
    /// by nothing; an ACK by nothing. That happens before it is matched to a transaction or read further
    /// than its headers are found, and leaves nothing behind. The 403 goes to the host that the request came
    /// from and to no other, whatever its Via says. Responses come in from anywhere: they have to match a
    /// request of ours.
    ///
    /// A connection of a stranger is closed after its first request, and after
    /// [`message_timeout`](Self::message_timeout) in any case; an eighth of
    /// [`max_connections`](Self::max_connections) is the most that strangers have together. A connection
    /// that was opened for a request of ours is none of these, whoever is at its other end.
    pub sources: Vec<AllowedSources>,
}

impl Default for LayerConfig {
    fn default() -> Self {
        Self {
            timers: Timers::RFC,
            max_transactions: 131_072,
            max_connections: 4_096,
            max_head: 16_384,
            max_body: 65_536,
            message_timeout: Duration::from_secs(32),
            idle_timeout: Duration::from_secs(600),
            sent_by: Vec::new(),
            udp_request_limit: 1_300,
            move_large_requests_to_tcp: true,
            retry_after: 5,
            sources: Vec::new(),
        }
    }
}
