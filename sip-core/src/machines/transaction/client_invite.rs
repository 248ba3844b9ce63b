//! The INVITE client transaction (RFC 3261 section 17.1.1, RFC 6026 section 8.4).

use trunkline_sans_io::{BufferTooSmall, Instant, Transmit};

use super::held::{Held, Repetition};
use super::{Destination, FailureReason, Reaction, TransactionEvent, earlier, is_due};
use crate::{StatusCode, Timers};

/// The states of [`ClientInvite`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientInviteState {
    /// The INVITE was sent, no response came yet.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A failure (3xx to 6xx) came and was acknowledged.
    Completed,
    /// A 2xx came; more of them may, from other branches of a fork.
    Accepted,
    /// The transaction is over.
    Terminated,
}

/// An INVITE client transaction: repeats the INVITE until somebody answers, acknowledges failures, and
/// passes every 2xx on.
///
/// The buffer holds the INVITE, after a failure the ACK, after a 2xx nothing.
///
/// ```
/// use core::time::Duration;
/// use trunkline_sip_core::{ClientInvite, Destination, Reaction, StatusCode, Timers};
/// use trunkline_sans_io::{FiveTuple, Instant};
///
/// let path = FiveTuple::udp(([192, 0, 2, 1], 5060).into(), ([192, 0, 2, 9], 5060).into());
/// let (timers, now) = (Timers::RFC, Instant::ORIGIN);
/// let mut buf = [0; 1500];
///
/// let invite: &[u8] = b"INVITE sip:bob@192.0.2.9 SIP/2.0\r\n(and so on)";
/// let mut call = ClientInvite::new(now, Destination::new(path), invite, &timers);
/// assert_eq!(call.poll_transmit(now, &mut buf)?.map(|t| t.len), Some(invite.len()));
///
/// let now = now + timers.t1; // Timer A: no answer yet, once more
/// call.handle_timeout(now, &timers);
/// assert!(call.poll_transmit(now, &mut buf)?.is_some());
///
/// let ack: &[u8] = b"ACK sip:bob@192.0.2.9 SIP/2.0\r\n(and so on)";
/// let reaction = call.handle_response(now, &timers, StatusCode::BUSY_HERE, |_invite| Some(ack));
/// assert_eq!(reaction, Reaction::Deliver);
/// assert_eq!(call.poll_transmit(now, &mut buf)?.map(|t| t.len), Some(ack.len()));
/// # Ok::<(), trunkline_sans_io::BufferTooSmall>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientInvite<B> {
    held: Held<B>,
    state: ClientInviteState,
    cancel: Cancel,
    event: Option<TransactionEvent>,
    /// Timer A.
    repetition: Repetition,
    /// Timer B, C, D or M, or the patience with a cancelled INVITE.
    end: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cancel {
    No,
    /// Waits for a provisional response (RFC 3261 section 9.1).
    Wanted,
    /// The owner was told to send it.
    Done,
}

impl<B: AsRef<[u8]>> ClientInvite<B> {
    /// Sends `invite` to `destination`. The transport of the path tells whether it is repeated.
    pub fn new(now: Instant, destination: Destination, invite: B, timers: &Timers) -> Self {
        let held = Held::sending(destination, invite);
        let repetition = if held.is_reliable() {
            Repetition::STOPPED
        } else {
            Repetition::start(now, timers.first_interval())
        };
        Self {
            held,
            state: ClientInviteState::Calling,
            cancel: Cancel::No,
            event: None,
            repetition,
            end: Some(now + timers.timer_b),
        }
    }

    /// Sends the unanswered INVITE anew, as another message to another place. What the transaction user
    /// wants cancelled still is.
    #[cfg(feature = "alloc")]
    pub(crate) fn restart(
        &mut self,
        now: Instant,
        destination: Destination,
        invite: B,
        timers: &Timers,
    ) {
        *self = Self {
            cancel: self.cancel,
            ..Self::new(now, destination, invite, timers)
        };
    }

    /// A response to this INVITE has come. `write_ack` makes the ACK to a failure, given the INVITE
    /// (RFC 3261 section 17.1.1.3); without one nothing is acknowledged, and the peer repeats the failure
    /// until it gives up.
    pub fn handle_response(
        &mut self,
        now: Instant,
        timers: &Timers,
        status: StatusCode,
        write_ack: impl FnOnce(&[u8]) -> Option<B>,
    ) -> Reaction {
        use ClientInviteState::{Accepted, Calling, Completed, Proceeding, Terminated};
        match self.state {
            Calling | Proceeding if status.is_provisional() => {
                if self.state == Calling || status != StatusCode::TRYING {
                    self.rearm(now, timers);
                }
                self.state = Proceeding;
                self.repetition = Repetition::STOPPED;
                if self.cancel == Cancel::Wanted {
                    self.cancel_now(now, timers);
                }
                Reaction::Deliver
            }
            Calling | Proceeding if status.is_success() => {
                self.state = Accepted;
                self.repetition = Repetition::STOPPED;
                self.end = Some(now + timers.t1_x64());
                self.held.clear();
                Reaction::Deliver
            }
            Calling | Proceeding => {
                self.repetition = Repetition::STOPPED;
                match self
                    .held
                    .message()
                    .and_then(|invite| write_ack(invite.as_ref()))
                {
                    Some(ack) => self.held.send(ack),
                    None => self.held.clear(),
                }
                if self.held.is_reliable() {
                    self.terminate();
                } else {
                    self.state = Completed;
                    self.end = Some(now + timers.timer_d);
                }
                Reaction::Deliver
            }
            Completed if status.is_success() => Reaction::Stray,
            Completed => {
                if !status.is_provisional() {
                    self.held.repeat();
                }
                Reaction::Absorb
            }
            Accepted if status.is_success() => Reaction::Deliver,
            Accepted | Terminated => Reaction::Absorb,
        }
    }

    /// Begins Timer C anew, unless a cancelled INVITE is waited for.
    fn rearm(&mut self, now: Instant, timers: &Timers) {
        if self.cancel != Cancel::Done {
            self.end = Some(now + timers.timer_c);
        }
    }

    fn cancel_now(&mut self, now: Instant, timers: &Timers) {
        self.cancel = Cancel::Done;
        self.event = Some(TransactionEvent::CancelDue);
        self.end = Some(now + timers.t1_x64());
    }

    /// The transaction user wants the INVITE cancelled. [`TransactionEvent::CancelDue`] says when: at
    /// once, or as soon as a provisional response is there (RFC 3261 section 9.1). Gives `false` when it
    /// is too late, since a final response came or the transaction failed.
    pub fn cancel(&mut self, now: Instant, timers: &Timers) -> bool {
        match (self.state, self.cancel) {
            (ClientInviteState::Calling, Cancel::No) => self.cancel = Cancel::Wanted,
            (ClientInviteState::Proceeding, Cancel::No) => self.cancel_now(now, timers),
            (ClientInviteState::Calling | ClientInviteState::Proceeding, _) => {}
            _ => return false,
        }
        true
    }

    /// The message could not be sent (RFC 3261 section 17.1.4).
    pub fn handle_send_failed(&mut self) {
        match self.state {
            ClientInviteState::Calling => self.fail(FailureReason::Transport),
            ClientInviteState::Completed => self.terminate(),
            _ => {}
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant, timers: &Timers) {
        if is_due(self.end, now) {
            match self.state {
                ClientInviteState::Proceeding if self.cancel != Cancel::Done => {
                    self.cancel_now(now, timers);
                }
                ClientInviteState::Calling | ClientInviteState::Proceeding => {
                    self.fail(FailureReason::Timeout);
                }
                _ => self.terminate(),
            }
        } else if self
            .repetition
            .fire(now, |interval| interval.saturating_mul(2))
        {
            self.held.repeat();
        }
    }

    fn fail(&mut self, reason: FailureReason) {
        self.event = Some(TransactionEvent::Failed(reason));
        self.held.clear();
        self.terminate();
    }

    fn terminate(&mut self) {
        self.state = ClientInviteState::Terminated;
        self.repetition = Repetition::STOPPED;
        self.end = None;
    }
}

verbs!(ClientInvite, ClientInviteState, |this| earlier(
    this.repetition.at,
    this.end
));

#[cfg(test)]
mod tests;
