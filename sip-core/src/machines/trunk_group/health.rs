//! How well a trunk is: failures and answers in, a verdict out.

use core::time::Duration;

use trunkline_sans_io::Instant;

use super::{TrunkGroupConfig, TrunkOutcome};

/// Nothing is done more often than this, whatever the configuration says.
const LEAST_INTERVAL: Duration = Duration::from_millis(100);

/// How well a trunk is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TrunkHealth {
    /// It answers, or has not been tried yet.
    Up,
    /// Its last attempt failed. Calls go elsewhere until it answers.
    Suspect,
    /// It failed [`TrunkGroupConfig::down_after`] times in a row. A host that takes calls but ignores OPTIONS gets
    /// here, too, unless [`TrunkGroupConfig::options_interval`] is `None`.
    Down,
}

/// The health of one trunk and when to look at it next.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) health: TrunkHealth,
    /// Failures in a row.
    failures: u32,
    /// Answers in a row while down.
    answers: u32,
    /// The next OPTIONS, or, where none are sent, the next call that may try it.
    pub(super) next: Option<Instant>,
    /// Until then the host wants nothing (RFC 3261 section 20.33).
    held: Option<Instant>,
}

impl Condition {
    /// Unknown, and to be looked at now.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            health: TrunkHealth::Up,
            failures: 0,
            answers: 0,
            next: Some(now),
            held: None,
        }
    }

    /// It is to be found somewhere else, where nothing is known of it.
    pub(super) const fn moved(&mut self, now: Instant) {
        self.next = Some(now);
        self.held = None;
    }

    fn is_held(&self, now: Instant) -> bool {
        self.held.is_some_and(|until| now < until)
    }

    /// A call was tried. While the trunk is in doubt only its probes count as failures, so that many calls
    /// at once do not bring it down.
    pub(super) fn attempted(
        &mut self,
        now: Instant,
        outcome: TrunkOutcome,
        config: &TrunkGroupConfig,
    ) {
        if !outcome.is_failure() {
            self.answered(now, config);
            return;
        }
        let news = self.health == TrunkHealth::Up || config.options_interval.is_none();
        if news {
            self.failed(config);
        }
        if news {
            // Who says that there is too much to do is not asked at once.
            let busy = outcome == TrunkOutcome::Unavailable { retry_after: None };
            self.next = Some(if busy || config.options_interval.is_none() {
                now + suspect_interval(config)
            } else {
                now
            });
        }
        self.hold(now, outcome, config);
    }

    /// An OPTIONS was answered, or was not.
    pub(super) fn probed(
        &mut self,
        now: Instant,
        outcome: TrunkOutcome,
        config: &TrunkGroupConfig,
    ) {
        if outcome.is_failure() {
            self.failed(config);
        } else {
            self.answered(now, config);
        }
        self.next = Some(now + self.interval(config));
        self.hold(now, outcome, config);
    }

    /// The OPTIONS could not be sent for want of room: another time.
    pub(super) fn postponed(&mut self, now: Instant, config: &TrunkGroupConfig) {
        self.next = Some(now + suspect_interval(config));
    }

    fn interval(&self, config: &TrunkGroupConfig) -> Duration {
        match config.options_interval {
            Some(interval) if self.health == TrunkHealth::Up => interval.max(LEAST_INTERVAL),
            _ => suspect_interval(config),
        }
    }

    fn failed(&mut self, config: &TrunkGroupConfig) {
        self.answers = 0;
        self.failures = self.failures.saturating_add(1);
        if self.failures >= config.down_after.max(1) {
            self.health = TrunkHealth::Down;
        } else if self.health == TrunkHealth::Up {
            self.health = TrunkHealth::Suspect;
        }
    }

    fn answered(&mut self, now: Instant, config: &TrunkGroupConfig) {
        // It asked to be left alone: what comes from before does not count.
        if self.is_held(now) {
            return;
        }
        self.failures = 0;
        self.answers = self.answers.saturating_add(1);
        if self.health == TrunkHealth::Suspect
            || (self.health == TrunkHealth::Down && self.answers >= config.up_after.max(1))
        {
            self.health = TrunkHealth::Up;
            self.next = Some(now + self.interval(config));
        }
        if self.health == TrunkHealth::Up {
            self.answers = 0;
        }
    }

    /// Honours Retry-After, within bounds.
    fn hold(&mut self, now: Instant, outcome: TrunkOutcome, config: &TrunkGroupConfig) {
        if let TrunkOutcome::Unavailable {
            retry_after: Some(length),
        } = outcome
        {
            let until = now + length.min(config.max_retry_after);
            self.held = self.held.max(Some(until));
        }
        if self.is_held(now) {
            self.next = self.next.max(self.held);
        }
    }

    /// Whether calls go there.
    pub(super) fn is_usable(&self, now: Instant, config: &TrunkGroupConfig) -> bool {
        self.health == TrunkHealth::Up
            || (config.options_interval.is_none() && self.next.is_some_and(|next| next <= now))
    }

    /// A call goes there. Where no OPTIONS does it, that is how a trunk in doubt is tried.
    pub(super) fn chosen(&mut self, now: Instant, config: &TrunkGroupConfig) {
        if self.health != TrunkHealth::Up && config.options_interval.is_none() {
            self.next = Some(now + suspect_interval(config));
        }
    }
}

fn suspect_interval(config: &TrunkGroupConfig) -> Duration {
    config.suspect_interval.max(LEAST_INTERVAL)
}

/// How long an OPTIONS may take.
pub(super) fn probe_timeout(config: &TrunkGroupConfig) -> Duration {
    config.probe_timeout.max(LEAST_INTERVAL)
}
