//! The client side: responses that come.

use trunkline_sans_io::{Instant, Key};

use super::TransactionLayer;
use super::compose;
use super::event::{ClientTransaction, DropReason, LayerEvent};
use super::receive::{Origin, keep};
use super::routing::is_ours;
use super::slot::ClientMachine;
use crate::header::{CSeq, Via};
use crate::{Message, Reaction, Rules, StatusCode, TransactionEvent, validate};

impl TransactionLayer {
    pub(super) fn on_response(
        &mut self,
        now: Instant,
        origin: Origin,
        response: &Message<'_>,
    ) -> Result<(), DropReason> {
        validate(response, &Rules::DEFAULT).map_err(|_| DropReason::InvalidResponse)?;
        let (Ok(Some(via)), Ok(Some(cseq)), Some(status)) = (
            response.typed::<Via<'_>>(),
            response.typed::<CSeq<'_>>(),
            response.status(),
        ) else {
            return Err(DropReason::InvalidResponse);
        };
        let digest = via
            .branch
            .map(|branch| self.identity.client(branch, via.sent_by, cseq.method));
        if let Some(key) = digest.and_then(|digest| self.clients.find(digest)) {
            return self.on_matched_response(now, origin, key, response, status);
        }
        // Section 18.1.2: not sent by us, so not for us.
        if !is_ours(&self.config, &self.locals, via.sent_by) {
            return Err(DropReason::ForeignResponse);
        }
        self.stray(origin, response)
    }

    fn on_matched_response(
        &mut self,
        now: Instant,
        origin: Origin,
        key: Key,
        response: &Message<'_>,
        status: StatusCode,
    ) -> Result<(), DropReason> {
        let Some(slot) = self.clients.get_mut(key) else {
            return Ok(());
        };
        self.statistics.responses += 1;
        slot.cut_off = false;
        let timers = &self.config.timers;
        let reaction = match &mut slot.machine {
            ClientMachine::Invite(machine) => {
                machine
                    .handle_response(now, timers, status, |invite| compose::ack(invite, response))
            }
            ClientMachine::Other(machine) => machine.handle_response(now, timers, status),
        };
        match reaction {
            Reaction::Deliver if !slot.internal => {
                let message = keep(response).ok_or(DropReason::Malformed)?;
                self.events.push_back(LayerEvent::Response {
                    transaction: ClientTransaction(key),
                    message,
                });
                self.settle_client(now, key);
            }
            Reaction::Stray => self.stray(origin, response)?,
            Reaction::Deliver => {
                self.settle_client(now, key);
            }
            Reaction::Absorb => {
                self.statistics.repetitions_absorbed += 1;
                self.statistics.repetitions_sent += self.settle_client(now, key);
            }
        }
        Ok(())
    }

    fn stray(&mut self, origin: Origin, response: &Message<'_>) -> Result<(), DropReason> {
        let message = keep(response).ok_or(DropReason::Malformed)?;
        self.statistics.stray_responses += 1;
        self.events.push_back(LayerEvent::StrayResponse {
            message,
            path: origin.path,
        });
        Ok(())
    }

    pub(super) fn on_client_event(
        &mut self,
        now: Instant,
        key: Key,
        event: TransactionEvent,
        internal: bool,
    ) {
        match event {
            TransactionEvent::Failed(reason) if !internal => {
                self.statistics.failed += 1;
                let transaction = ClientTransaction(key);
                self.events.push_back(LayerEvent::Failed {
                    transaction,
                    reason,
                });
            }
            TransactionEvent::CancelDue => self.send_cancel(now, key),
            _ => {}
        }
    }
}
