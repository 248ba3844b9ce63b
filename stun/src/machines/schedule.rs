//! When a request is sent again and when it is given up.

use core::time::Duration;

/// The times of one transaction (RFC 8489 section 6.2).
///
/// With the default values a request over UDP leaves at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5
/// seconds and is given up at 39.5 seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// RTO, the time to the first retransmission; each further one doubles it. From measured
    /// round trips as in RFC 6298, if there are any.
    pub rto: Duration,
    /// Rc, how often the request is sent in all. Zero counts as one.
    pub max_requests: u8,
    /// Rm, how many times RTO to wait after the last request.
    pub last_wait: u32,
    /// Ti, how long to wait over a reliable transport, where nothing is sent again.
    pub reliable_timeout: Duration,
}

impl Schedule {
    /// The values of RFC 8489: RTO 500 ms, Rc 7, Rm 16, Ti 39.5 s.
    pub const DEFAULT: Self = Self {
        rto: Duration::from_millis(500),
        max_requests: 7,
        last_wait: 16,
        reliable_timeout: Duration::from_millis(39_500),
    };

    /// For discovery, where silence is an answer and is waited for: RTO 200 ms, Rc 7, Rm 8, so that
    /// it is certain after 14.2 seconds.
    pub const DISCOVERY: Self = Self {
        rto: Duration::from_millis(200),
        max_requests: 7,
        last_wait: 8,
        reliable_timeout: Duration::from_millis(14_200),
    };

    /// How long to wait after having sent the request for the `sent`th time, counted from one.
    pub(super) fn wait(&self, sent: u8, reliable: bool) -> Duration {
        if reliable {
            self.reliable_timeout
        } else if sent >= self.max_requests {
            self.rto.saturating_mul(self.last_wait)
        } else {
            let doublings = u32::from(sent.saturating_sub(1)).min(31);
            self.rto.saturating_mul(1 << doublings)
        }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::DEFAULT
    }
}
