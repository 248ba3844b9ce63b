//! How long transactions wait (RFC 3261 table 4, RFC 6026).

use core::time::Duration;

/// The least time between two retransmissions, whatever the configuration says: a zero must not become a
/// loop.
const LEAST_INTERVAL: Duration = Duration::from_millis(1);

/// The lengths from which all timers of RFC 3261 and RFC 6026 follow.
///
/// | timer | length here | what it is |
/// |---|---|---|
/// | A | `t1`, doubling | INVITE repeated, unreliable transports |
/// | B | `timer_b` | INVITE unanswered |
/// | C | `timer_c` | INVITE answered by provisional responses only |
/// | D | `timer_d`, 0 if reliable | repeated failures of an INVITE absorbed, ACK repeated |
/// | E | `t1`, doubling to `t2` | other request repeated, unreliable transports |
/// | F | `timer_f` | other request without final response |
/// | G | `t1`, doubling to `t2` | failure response to INVITE repeated, unreliable transports |
/// | H | 64 `t1` | no ACK to a failure response |
/// | I | `t4`, 0 if reliable | repeated ACKs absorbed |
/// | J | 64 `t1`, 0 if reliable | repeated requests answered again |
/// | K | `t4`, 0 if reliable | repeated responses absorbed |
/// | L | 64 `t1` | repeated INVITEs absorbed after a 2xx, RFC 6026 |
/// | M | 64 `t1` | repeated and forked 2xx passed on, RFC 6026 |
///
/// ```
/// use core::time::Duration;
/// use trunkline_sip_core::Timers;
///
/// // Give a dead gateway up sooner, so that the next one is tried while the caller still waits.
/// let timers = Timers { timer_b: Duration::from_secs(4), ..Timers::default() };
/// assert_eq!(timers.t1, Duration::from_millis(500));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timers {
    /// T1, the estimated round-trip time: 500 ms.
    pub t1: Duration,
    /// T2, the longest interval between repetitions of anything but an INVITE: 4 s.
    pub t2: Duration,
    /// T4, the longest time a message stays in the network: 5 s.
    pub t4: Duration,
    /// Timer B: 64 T1, 32 s.
    pub timer_b: Duration,
    /// Timer C (RFC 3261 section 16.6 step 11): more than 3 minutes, here 190 s. Begins anew with every
    /// provisional response but 100; when it fires the INVITE is to be cancelled.
    pub timer_c: Duration,
    /// Timer D: at least 32 s.
    pub timer_d: Duration,
    /// Timer F: 64 T1, 32 s.
    pub timer_f: Duration,
    /// How long the transaction user may take until a server transaction answers 100 to an INVITE by
    /// itself (RFC 3261 section 17.2.1): 200 ms.
    pub trying: Duration,
}

impl Timers {
    /// The values of the RFC.
    pub const RFC: Self = Self {
        t1: Duration::from_millis(500),
        t2: Duration::from_secs(4),
        t4: Duration::from_secs(5),
        timer_b: Duration::from_secs(32),
        timer_c: Duration::from_secs(190),
        timer_d: Duration::from_secs(32),
        timer_f: Duration::from_secs(32),
        trying: Duration::from_millis(200),
    };

    /// 64 T1: timers H, J, L, M, and the time a cancelled INVITE gets (RFC 3261 section 9.1).
    #[must_use]
    pub const fn t1_x64(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// The first interval of timers A, E and G, and of the repetition of a 2xx.
    pub(crate) fn first_interval(&self) -> Duration {
        self.t1.max(LEAST_INTERVAL)
    }

    /// The interval of timers E and G, and of the repetition of a 2xx, after `interval`.
    pub(crate) fn next_interval(&self, interval: Duration) -> Duration {
        interval.saturating_mul(2).min(self.t2).max(LEAST_INTERVAL)
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self::RFC
    }
}
