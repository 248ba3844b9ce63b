//! The INVITE server transaction (RFC 3261 section 17.2.1, RFC 6026 section 8.1).

use trunkline_sans_io::{BufferTooSmall, Instant, Transmit};

use super::held::{Held, Repetition};
use super::{Destination, RequestReaction, ResponseRefused, TransactionEvent, earlier, is_due};
use crate::{StatusCode, Timers};

/// The states of [`ServerInvite`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerInviteState {
    /// No final response yet.
    Proceeding,
    /// A failure (3xx to 6xx) was sent and waits for its ACK.
    Completed,
    /// The ACK came; repetitions of it are absorbed.
    Confirmed,
    /// A 2xx was sent. The transaction user repeats it; repetitions of the INVITE are absorbed.
    Accepted,
    /// The transaction is over.
    Terminated,
}

/// An INVITE server transaction: absorbs repetitions of the INVITE, repeats failure responses until their
/// ACK, and lets every 2xx pass.
///
/// The buffer holds the latest provisional response or the failure response. A 2xx is not kept: it is for
/// the transaction user to repeat.
#[derive(Clone, Debug)]
pub struct ServerInvite<B> {
    held: Held<B>,
    state: ServerInviteState,
    event: Option<TransactionEvent>,
    /// Timer G; in Proceeding, when to send the 100 that the transaction user has not asked for.
    repetition: Repetition,
    /// Timer H, I or L.
    end: Option<Instant>,
}

impl<B: AsRef<[u8]>> ServerInvite<B> {
    /// An INVITE has come whose responses go to `destination`. `trying` is the 100 to send if the
    /// transaction user says nothing for [`Timers::trying`].
    pub fn new(now: Instant, destination: Destination, trying: Option<B>, timers: &Timers) -> Self {
        let mut held = Held::waiting(destination, trying);
        let repetition = if held.message().is_none() {
            Repetition::STOPPED
        } else if timers.trying.is_zero() {
            held.repeat();
            Repetition::STOPPED
        } else {
            Repetition::start(now, timers.trying)
        };
        Self {
            held,
            state: ServerInviteState::Proceeding,
            event: None,
            repetition,
            end: None,
        }
    }

    /// The INVITE has come again.
    pub fn handle_invite(&mut self) {
        match self.state {
            ServerInviteState::Proceeding => {
                self.repetition = Repetition::STOPPED;
                self.held.repeat();
            }
            ServerInviteState::Completed => self.held.repeat(),
            _ => {}
        }
    }

    /// An ACK has come that matches this transaction. One for a 2xx is delivered; it normally does not
    /// match, since its branch is another.
    pub fn handle_ack(&mut self, now: Instant, timers: &Timers) -> RequestReaction {
        match self.state {
            ServerInviteState::Completed => {
                self.held.clear();
                self.repetition = Repetition::STOPPED;
                if self.held.is_reliable() {
                    self.terminate();
                } else {
                    self.state = ServerInviteState::Confirmed;
                    self.end = Some(now + timers.t4);
                }
                RequestReaction::Absorb
            }
            ServerInviteState::Accepted => RequestReaction::Deliver,
            _ => RequestReaction::Absorb,
        }
    }

    /// The transaction user answers.
    ///
    /// # Errors
    ///
    /// The INVITE has its final response. A further 2xx is no error while the transaction lives: the
    /// transaction user repeats the 2xx, and a proxy may have several.
    pub fn respond(
        &mut self,
        now: Instant,
        timers: &Timers,
        status: StatusCode,
        response: B,
    ) -> Result<(), ResponseRefused> {
        match self.state {
            ServerInviteState::Proceeding if status.is_provisional() => {
                self.repetition = Repetition::STOPPED;
                self.held.send(response);
            }
            ServerInviteState::Proceeding if status.is_success() => {
                self.state = ServerInviteState::Accepted;
                self.repetition = Repetition::STOPPED;
                self.end = Some(now + timers.t1_x64());
                self.held.send_once(response);
            }
            ServerInviteState::Proceeding => {
                self.state = ServerInviteState::Completed;
                self.repetition = if self.held.is_reliable() {
                    Repetition::STOPPED
                } else {
                    Repetition::start(now, timers.first_interval())
                };
                self.end = Some(now + timers.t1_x64());
                self.held.send(response);
            }
            ServerInviteState::Accepted if status.is_success() => self.held.send_once(response),
            _ => return Err(ResponseRefused::AlreadyAnswered),
        }
        Ok(())
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant, timers: &Timers) {
        if is_due(self.end, now) {
            if matches!(
                self.state,
                ServerInviteState::Completed | ServerInviteState::Accepted
            ) {
                self.event = Some(TransactionEvent::AckMissing);
            }
            self.held.clear();
            self.terminate();
        } else if self
            .repetition
            .fire(now, |interval| timers.next_interval(interval))
        {
            self.held.repeat();
            if self.state == ServerInviteState::Proceeding {
                self.repetition = Repetition::STOPPED;
            }
        }
    }

    fn terminate(&mut self) {
        self.state = ServerInviteState::Terminated;
        self.repetition = Repetition::STOPPED;
        self.end = None;
    }
}

verbs!(ServerInvite, ServerInviteState, |this| earlier(
    this.repetition.at,
    this.end
));

#[cfg(test)]
mod tests;
