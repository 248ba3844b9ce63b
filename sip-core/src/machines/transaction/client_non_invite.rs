//! The non-INVITE client transaction (RFC 3261 section 17.1.2).

use trunkline_sans_io::{BufferTooSmall, Instant, Transmit};

use super::held::{Held, Repetition};
use super::{Destination, FailureReason, Reaction, TransactionEvent, earlier, is_due};
use crate::{StatusCode, Timers};

/// The states of [`ClientNonInvite`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientNonInviteState {
    /// The request was sent, no response came yet.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// The final response came; repetitions of it are absorbed.
    Completed,
    /// The transaction is over.
    Terminated,
}

/// A client transaction of any request but INVITE and ACK: repeats the request until the final response is
/// there.
///
/// The buffer holds the request, after the final response nothing.
#[derive(Clone, Debug)]
pub struct ClientNonInvite<B> {
    held: Held<B>,
    state: ClientNonInviteState,
    event: Option<TransactionEvent>,
    /// Timer E.
    repetition: Repetition,
    /// Timer F or K.
    end: Option<Instant>,
}

impl<B: AsRef<[u8]>> ClientNonInvite<B> {
    /// Sends `request` to `destination`. The transport of the path tells whether it is repeated.
    pub fn new(now: Instant, destination: Destination, request: B, timers: &Timers) -> Self {
        let held = Held::sending(destination, request);
        let repetition = if held.is_reliable() {
            Repetition::STOPPED
        } else {
            Repetition::start(now, timers.first_interval())
        };
        Self {
            held,
            state: ClientNonInviteState::Trying,
            event: None,
            repetition,
            end: Some(now + timers.timer_f),
        }
    }

    /// A response to this request has come.
    pub fn handle_response(
        &mut self,
        now: Instant,
        timers: &Timers,
        status: StatusCode,
    ) -> Reaction {
        use ClientNonInviteState::{Completed, Proceeding, Terminated, Trying};
        match self.state {
            Trying | Proceeding if status.is_provisional() => {
                self.state = Proceeding;
                Reaction::Deliver
            }
            Trying | Proceeding => {
                self.held.clear();
                self.repetition = Repetition::STOPPED;
                if self.held.is_reliable() {
                    self.terminate();
                } else {
                    self.state = Completed;
                    self.end = Some(now + timers.t4);
                }
                Reaction::Deliver
            }
            Completed | Terminated => Reaction::Absorb,
        }
    }

    /// The message could not be sent (RFC 3261 section 17.1.4).
    pub fn handle_send_failed(&mut self) {
        match self.state {
            ClientNonInviteState::Trying => self.fail(FailureReason::Transport),
            ClientNonInviteState::Proceeding if !self.held.is_reliable() => {
                self.fail(FailureReason::Transport);
            }
            _ => {}
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant, timers: &Timers) {
        if is_due(self.end, now) {
            match self.state {
                ClientNonInviteState::Trying | ClientNonInviteState::Proceeding => {
                    self.fail(FailureReason::Timeout);
                }
                _ => self.terminate(),
            }
        } else {
            // Once a provisional response is there the interval is T2 (section 17.1.2.2).
            let proceeding = self.state == ClientNonInviteState::Proceeding;
            let next =
                |interval| timers.next_interval(if proceeding { timers.t2 } else { interval });
            if self.repetition.fire(now, next) {
                self.held.repeat();
            }
        }
    }

    fn fail(&mut self, reason: FailureReason) {
        self.event = Some(TransactionEvent::Failed(reason));
        self.held.clear();
        self.terminate();
    }

    fn terminate(&mut self) {
        self.state = ClientNonInviteState::Terminated;
        self.repetition = Repetition::STOPPED;
        self.end = None;
    }
}

verbs!(ClientNonInvite, ClientNonInviteState, |this| earlier(
    this.repetition.at,
    this.end
));

#[cfg(test)]
mod tests;
