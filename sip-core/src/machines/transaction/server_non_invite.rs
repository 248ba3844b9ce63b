//! The non-INVITE server transaction (RFC 3261 section 17.2.2, RFC 4320).

use trunkline_sans_io::{BufferTooSmall, Instant, Transmit};

use super::held::Held;
use super::{Destination, ResponseRefused, TransactionEvent, is_due};
use crate::{StatusCode, Timers};

/// The states of [`ServerNonInvite`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerNonInviteState {
    /// No response yet.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// The final response was sent and is repeated when the request is.
    Completed,
    /// The transaction is over.
    Terminated,
}

/// A server transaction of any request but INVITE and ACK: answers repetitions of the request with the
/// response that was given.
///
/// The buffer holds the latest response.
#[derive(Clone, Debug)]
pub struct ServerNonInvite<B> {
    held: Held<B>,
    state: ServerNonInviteState,
    event: Option<TransactionEvent>,
    /// Timer J; before the final response, when the client has given up (Timer F there).
    end: Option<Instant>,
}

impl<B: AsRef<[u8]>> ServerNonInvite<B> {
    /// A request has come whose responses go to `destination`.
    pub fn new(now: Instant, destination: Destination, timers: &Timers) -> Self {
        Self {
            held: Held::waiting(destination, None),
            state: ServerNonInviteState::Trying,
            event: None,
            end: Some(now + timers.t1_x64()),
        }
    }

    /// The request has come again.
    pub fn handle_request(&mut self) {
        self.held.repeat();
    }

    /// The transaction user answers.
    ///
    /// # Errors
    ///
    /// The request has its final response, or `status` is 408 or 101 to 199.
    pub fn respond(
        &mut self,
        now: Instant,
        timers: &Timers,
        status: StatusCode,
        response: B,
    ) -> Result<(), ResponseRefused> {
        match self.state {
            ServerNonInviteState::Trying | ServerNonInviteState::Proceeding => {}
            _ => return Err(ResponseRefused::AlreadyAnswered),
        }
        if status == StatusCode::REQUEST_TIMEOUT {
            return Err(ResponseRefused::TimeoutToNonInvite);
        }
        if status.is_provisional() && status != StatusCode::TRYING {
            return Err(ResponseRefused::ProvisionalToNonInvite);
        }
        self.held.send(response);
        if status.is_provisional() {
            self.state = ServerNonInviteState::Proceeding;
        } else if self.held.is_reliable() {
            self.state = ServerNonInviteState::Terminated;
            self.end = None;
        } else {
            self.state = ServerNonInviteState::Completed;
            self.end = Some(now + timers.t1_x64());
        }
        Ok(())
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant, _timers: &Timers) {
        if is_due(self.end, now) {
            if self.state != ServerNonInviteState::Completed {
                self.event = Some(TransactionEvent::Expired);
            }
            self.state = ServerNonInviteState::Terminated;
            self.end = None;
            self.held.clear();
        }
    }
}

verbs!(ServerNonInvite, ServerNonInviteState, |this| this.end);

#[cfg(test)]
mod tests;
