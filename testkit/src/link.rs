//! What happens to packets on their way.

use core::time::Duration;

/// One direction of a path between two addresses.
///
/// Jitter alone never lets a packet overtake another one on the same five-tuple: packets stay in
/// order unless `reordering` says otherwise, so that the two can be asked for apart.
///
/// ```
/// use core::time::Duration;
/// use trunkline_testkit::Link;
///
/// let dsl = Link {
///     jitter: Duration::from_millis(5),
///     loss: 0.01,
///     ..Link::with_delay(Duration::from_millis(20))
/// };
/// assert_eq!(dsl.duplication, 0.0);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Link {
    /// How long every packet travels.
    pub delay: Duration,
    /// Up to how much longer, each length equally likely.
    pub jitter: Duration,
    /// The probability, from 0 to 1, that a datagram is lost. A piece of a stream arrives late
    /// instead, and holds up what follows it.
    pub loss: f64,
    /// The probability, from 0 to 1, that a datagram arrives twice.
    pub duplication: f64,
    /// The probability, from 0 to 1, that a datagram is held back, so that later ones may
    /// overtake it.
    pub reordering: f64,
    /// Up to how long a datagram is held back.
    pub held_back: Duration,
    /// The most bytes a datagram may have; larger ones are lost. The pieces of a stream are no
    /// longer than this either.
    pub max_datagram: usize,
}

impl Link {
    /// The largest payload of a UDP datagram over IPv4.
    pub const MAX_DATAGRAM: usize = 65_507;

    /// Everything arrives at once, in order and one time.
    pub const PERFECT: Self = Self::with_delay(Duration::ZERO);

    /// Everything arrives after this delay, in order and one time.
    #[must_use]
    pub const fn with_delay(delay: Duration) -> Self {
        Self {
            delay,
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            held_back: Duration::ZERO,
            max_datagram: Self::MAX_DATAGRAM,
        }
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::PERFECT
    }
}
