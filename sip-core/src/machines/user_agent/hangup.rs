//! Ending calls (RFC 3261 section 15).

use bytes::Bytes;
use trunkline_sans_io::{Instant, Key};

use super::compose::{Parts, check_headers};
use super::usage::{OwnedDialog, Stage, UsageState};
use super::{EndCause, Purpose, UsageError, UsageKey, UserAgent, UserAgentEvent, target};
use crate::{Destination, Method, OwnedMessage, ServerTransaction, StatusCode};

impl UserAgent {
    /// Hangs up, in whatever state the call is, with these header fields (Reason, for instance) where a message
    /// of ours carries them:
    ///
    /// * an INVITE of ours without final response is cancelled; [`UserAgentEvent::Rejected`] tells its end,
    /// * an INVITE of the peer without final response is answered with 480,
    /// * an established call gets a BYE; before the ACK to our 2xx it waits for that (RFC 3261 section 15).
    ///
    /// Unless told otherwise above, [`UserAgentEvent::Ended`] follows, once the BYE was answered or nobody has
    /// answered it for 64 T1: stop sending media at once, not then. Hanging up twice does no harm.
    ///
    /// # Errors
    ///
    /// The usage is gone, or a message cannot be composed.
    pub fn bye(
        &mut self,
        now: Instant,
        usage: UsageKey,
        headers: &[(&str, &str)],
    ) -> Result<(), UsageError> {
        let leg = self.usages.get(usage.0).ok_or(UsageError::Gone)?;
        check_headers(headers, true)?;
        match leg.state {
            UsageState::Calling => {
                // Too late for it only if its end is being told already.
                let _ = self.cancel_invite(now, usage.0);
            }
            UsageState::Ringing => {
                self.refuse_received(now, usage.0, StatusCode::TEMPORARILY_UNAVAILABLE, headers)?;
                self.end(usage.0, EndCause::ByeSent);
            }
            UsageState::Established => self.hang_up(now, usage, headers)?,
            UsageState::Ending => {}
        }
        self.settle(now);
        Ok(())
    }

    fn hang_up(
        &mut self,
        now: Instant,
        usage: UsageKey,
        headers: &[(&str, &str)],
    ) -> Result<(), UsageError> {
        let key = usage.0;
        // The ACK comes first, whether the owner has an answer for it or not.
        let _ = self.ack(now, usage, None);
        let leg = self.usages.get_mut(key).ok_or(UsageError::Gone)?;
        let parts = Parts {
            headers,
            ..Parts::NONE
        };
        let cseq = leg.dialog.next_cseq()?;
        let bye = self
            .composer
            .in_dialog(&leg.dialog, Method::Bye, cseq, parts)?;
        leg.state = UsageState::Ending;
        // A re-INVITE under way is left to itself.
        if let Some(sent) = leg.sent.take().and_then(|key| self.sent.get_mut(key)) {
            sent.usage = None;
        }
        match leg.received.as_deref().map(|received| &received.stage) {
            Some(Stage::Accepted(..)) => {
                leg.bye = Some(bye);
                return Ok(());
            }
            Some(Stage::Pending(_)) => {
                let _ = self.refuse_received(now, key, StatusCode::REQUEST_TERMINATED, &[]);
                self.close_received(key);
            }
            None => {}
        }
        self.send_bye(now, key, &bye);
        Ok(())
    }

    /// Sends the BYE that ends a usage, which waits for the answer.
    pub(super) fn send_bye(&mut self, now: Instant, key: Key, bye: &Bytes) {
        let Some(leg) = self.usages.get(key) else {
            return;
        };
        let destination = target::destination(&leg.dialog, leg.peer, leg.pinned);
        match self.send(now, destination, bye) {
            Ok((transaction, _)) => {
                self.clients.insert(transaction, Purpose::Bye(Some(key)));
            }
            // It cannot be told to the peer; the call is over nevertheless.
            Err(_) => self.end(key, EndCause::ByeSent),
        }
    }

    /// Sends a BYE whose answer concerns nobody.
    pub(super) fn send_last_bye(
        &mut self,
        now: Instant,
        dialog: &mut OwnedDialog,
        destination: Destination,
    ) {
        let Ok(cseq) = dialog.next_cseq() else {
            return;
        };
        let Ok(bye) = self
            .composer
            .in_dialog(dialog, Method::Bye, cseq, Parts::NONE)
        else {
            return;
        };
        if let Ok((transaction, _)) = self.send(now, destination, &bye) {
            self.clients.insert(transaction, Purpose::Bye(None));
        }
    }

    /// Ends a usage whose peer does not play its part, with a BYE for the case that it hears.
    pub(super) fn abandon(&mut self, now: Instant, key: Key, cause: EndCause) {
        let Some(mut leg) = self.remove_usage(key) else {
            return;
        };
        let destination = target::destination(&leg.dialog, leg.peer, leg.pinned);
        self.send_last_bye(now, &mut leg.dialog, destination);
        let usage = UsageKey(key);
        self.events
            .push_back(UserAgentEvent::Ended { usage, cause });
    }

    /// The usage is gone.
    pub(super) fn end(&mut self, key: Key, cause: EndCause) {
        if self.remove_usage(key).is_some() {
            let usage = UsageKey(key);
            self.events
                .push_back(UserAgentEvent::Ended { usage, cause });
        }
    }

    /// The peer has hung up.
    pub(super) fn on_bye(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: OwnedMessage,
        key: Key,
    ) {
        self.answer(
            now,
            transaction,
            &message.message(),
            StatusCode::OK,
            "",
            &[],
        );
        self.hung_up(now, key, message);
    }

    /// The BYE of the peer was answered with 200.
    pub(super) fn hung_up(&mut self, now: Instant, key: Key, message: OwnedMessage) {
        // Pending requests still get their answer (section 15.1.2), and an INVITE of ours its end.
        let _ = self.refuse_received(now, key, StatusCode::REQUEST_TERMINATED, &[]);
        let Some(leg) = self.usages.get(key) else {
            return;
        };
        let cause = match leg.state {
            UsageState::Ending => EndCause::ByeSent,
            _ => EndCause::Bye(message),
        };
        if leg.state == UsageState::Calling {
            // The callee of an early dialog gave up waiting for an ACK: its 2xx never came through.
            let _ = self.cancel_invite(now, key);
        }
        self.end(key, cause);
    }
}
