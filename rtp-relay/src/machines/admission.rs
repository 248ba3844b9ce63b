//! How many calls a side may have, and how much of its bandwidth they take.

mod bandwidth;

pub use bandwidth::CallBandwidth;

/// What a side may have at a time. `None` is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AdmissionLimits {
    /// Calls, as the channels of a trunk are sold.
    pub channels: Option<u32>,
    /// Bandwidth of all calls together, in kbit/s and in each direction of the link.
    pub kilobits_per_second: Option<u32>,
    /// Calls from which on [`AdmissionEvent::SoftLimitReached`] is told. Nobody is refused for it.
    pub soft_limit: Option<u32>,
}

impl AdmissionLimits {
    /// The calls that Skype for Business reckons with where the mediation role shares its server
    /// with others: a common soft limit.
    pub const CO_LOCATED_SOFT_LIMIT: u32 = 150;
}

/// A call that wants to be admitted, whoever calls whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AdmissionRequest {
    /// What it will take.
    pub bandwidth: CallBandwidth,
    /// Whether it goes to an emergency number: then it is admitted whatever the limits say, and
    /// counts like the others.
    pub emergency: bool,
}

impl AdmissionRequest {
    /// An ordinary call.
    #[must_use]
    pub const fn new(bandwidth: CallBandwidth) -> Self {
        Self {
            bandwidth,
            emergency: false,
        }
    }

    /// A call to an emergency number.
    #[must_use]
    pub const fn emergency(bandwidth: CallBandwidth) -> Self {
        Self {
            bandwidth,
            emergency: true,
        }
    }
}

/// Why a call was not admitted: try the next route, or answer it with 503 and this text as the
/// reason (RFC 3261 section 21.5.4). It is the call's only refusal; nothing has to be released.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// There are as many calls as there may be.
    #[error("all channels are in use")]
    Channels,
    /// The call would take more than is left of the bandwidth.
    #[error("not enough bandwidth is left")]
    Bandwidth,
}

/// An admitted call. It takes its channel until it is given back by [`Admission::release`] to the
/// ledger that it came from; one that is just dropped takes it for ever.
///
/// There is one of it for each call and it cannot be copied, so none is released twice.
#[derive(PartialEq, Eq, Debug)]
#[must_use = "a call that is not released takes its channel for ever"]
pub struct Admitted {
    bits_per_second: u64,
    emergency: bool,
}

impl Admitted {
    /// What the call takes, in bit/s.
    #[must_use]
    pub const fn bits_per_second(&self) -> u64 {
        self.bits_per_second
    }

    /// Whether it was admitted as an emergency call.
    #[must_use]
    pub const fn is_emergency(&self) -> bool {
        self.emergency
    }
}

/// What happened to the number of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AdmissionEvent {
    /// There are as many calls as the soft limit says, or more.
    SoftLimitReached {
        /// How many.
        calls: u32,
    },
    /// There are fewer again.
    SoftLimitLeft {
        /// How many.
        calls: u32,
    },
}

/// What a ledger has counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct AdmissionStatistics {
    /// Calls there are, emergency calls included.
    pub calls: u32,
    /// Of those, emergency calls.
    pub emergency_calls: u32,
    /// The most calls there were at a time.
    pub most_calls: u32,
    /// What the calls take, in bit/s.
    pub bits_per_second: u64,
    /// Calls admitted so far.
    pub admitted: u64,
    /// Of those, emergency calls that a limit would have refused.
    pub admitted_over_limit: u64,
    /// Calls refused for want of channels.
    pub refused_channels: u64,
    /// Calls refused for want of bandwidth.
    pub refused_bandwidth: u64,
}

/// The ledger of one side or trunk: which calls it carries, and what they take of its limits.
///
/// Calls of both directions stand in it, as a channel is one whoever calls. A call that comes in
/// and goes out by the same trunk takes two channels of it: admit both of its legs.
///
/// ```
/// use trunkline_rtp_relay::{
///     Admission, AdmissionLimits, AdmissionRequest, CallBandwidth, Refused,
/// };
///
/// let limits = AdmissionLimits { channels: Some(1), ..AdmissionLimits::default() };
/// let mut trunk = Admission::new(limits);
/// let call = AdmissionRequest::new(CallBandwidth::G711);
/// let first = trunk.admit(call)?;
/// assert_eq!(trunk.admit(call), Err(Refused::Channels));
/// // Somebody calls 112.
/// let emergency = trunk.admit(AdmissionRequest::emergency(CallBandwidth::G711))?;
/// assert_eq!(trunk.statistics().calls, 2);
/// // BYE.
/// trunk.release(first);
/// trunk.release(emergency);
/// assert!(trunk.admit(call).is_ok());
/// # Ok::<(), Refused>(())
/// ```
#[derive(Debug, Default)]
pub struct Admission {
    limits: AdmissionLimits,
    statistics: AdmissionStatistics,
    /// Whether the last event told was that the soft limit is reached.
    told: bool,
}

impl Admission {
    /// A ledger without calls.
    #[must_use]
    pub fn new(limits: AdmissionLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> AdmissionLimits {
        self.limits
    }

    /// Sets other limits. Calls that there are stay, though they may be too many now.
    pub const fn set_limits(&mut self, limits: AdmissionLimits) {
        self.limits = limits;
    }

    /// Admits a call or refuses it.
    ///
    /// # Errors
    ///
    /// The limit that it would exceed, channels first. Never for an emergency call.
    pub fn admit(&mut self, request: AdmissionRequest) -> Result<Admitted, Refused> {
        let bits_per_second = request.bandwidth.bits_per_second();
        let statistics = &mut self.statistics;
        let channels_left = self
            .limits
            .channels
            .is_none_or(|channels| statistics.calls < channels);
        let total = statistics.bits_per_second.saturating_add(bits_per_second);
        let bandwidth_left = self
            .limits
            .kilobits_per_second
            .is_none_or(|limit| total <= u64::from(limit) * 1_000);
        match (channels_left, bandwidth_left) {
            (true, true) => {}
            _ if request.emergency => statistics.admitted_over_limit += 1,
            (false, _) => {
                statistics.refused_channels += 1;
                return Err(Refused::Channels);
            }
            (true, false) => {
                statistics.refused_bandwidth += 1;
                return Err(Refused::Bandwidth);
            }
        }
        statistics.calls = statistics.calls.saturating_add(1);
        statistics.most_calls = statistics.most_calls.max(statistics.calls);
        statistics.emergency_calls = statistics
            .emergency_calls
            .saturating_add(request.emergency.into());
        statistics.bits_per_second = total;
        statistics.admitted += 1;
        Ok(Admitted {
            bits_per_second,
            emergency: request.emergency,
        })
    }

    /// An admitted call takes something else from now on: another codec was agreed upon. It is
    /// never refused, since it goes on already.
    pub const fn change(&mut self, admitted: &mut Admitted, bandwidth: CallBandwidth) {
        let before = admitted.bits_per_second;
        admitted.bits_per_second = bandwidth.bits_per_second();
        let others = self.statistics.bits_per_second.saturating_sub(before);
        self.statistics.bits_per_second = others.saturating_add(admitted.bits_per_second);
    }

    /// A call has ended.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what is released is gone, so that nothing is released twice"
    )]
    pub fn release(&mut self, admitted: Admitted) {
        let statistics = &mut self.statistics;
        statistics.calls = statistics.calls.saturating_sub(1);
        statistics.emergency_calls = statistics
            .emergency_calls
            .saturating_sub(admitted.emergency.into());
        statistics.bits_per_second = statistics
            .bits_per_second
            .saturating_sub(admitted.bits_per_second);
    }

    /// Whether there are as many calls as the soft limit says, or more.
    #[must_use]
    pub fn is_at_soft_limit(&self) -> bool {
        self.limits
            .soft_limit
            .is_some_and(|limit| self.statistics.calls >= limit)
    }

    /// Whether the soft limit was crossed since the last event. Ask after each call: what rises and
    /// falls in between is only in [`AdmissionStatistics::most_calls`].
    pub fn poll_event(&mut self) -> Option<AdmissionEvent> {
        let reached = self.is_at_soft_limit();
        let calls = self.statistics.calls;
        if core::mem::replace(&mut self.told, reached) == reached {
            return None;
        }
        Some(if reached {
            AdmissionEvent::SoftLimitReached { calls }
        } else {
            AdmissionEvent::SoftLimitLeft { calls }
        })
    }

    /// What was counted.
    #[must_use]
    pub const fn statistics(&self) -> AdmissionStatistics {
        self.statistics
    }
}

#[cfg(test)]
mod tests;
