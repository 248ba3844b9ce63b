//! The requests of an allocation and what comes of them.

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{Handled, Instant, Key, Slot, Storage};

use super::super::allocation_lifetime::AllocationLifetime;
use super::super::transaction::Transaction;
use super::super::{Refusal, TurnDrop, TurnFailure, Verdict};
use super::{MsAllocated, MsTurnClient, MsTurnEvent};
use crate::wire::{
    Class, ErrorCode, Generation, Lifetime, MappedAddress, Message, MessageWriter, Method,
    MsAlternateServer, MsDestinationAddress, MsSequenceNumber, MsXorMappedAddress, TransactionId,
    WriteError,
};

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Task {
    Allocate,
    Delete,
    SetActive { peer: Key, address: SocketAddr },
}

impl Task {
    const fn method(self) -> Method {
        match self {
            Self::Allocate | Self::Delete => Method::ALLOCATE,
            Self::SetActive { .. } => Method::MS_SET_ACTIVE_DESTINATION,
        }
    }
}

impl<U: AsRef<[u8]>, S: Storage<Slot<SocketAddr>>> MsTurnClient<U, S> {
    pub(super) fn next_task(&mut self) -> Option<Task> {
        if !self.is_open() {
            return None;
        }
        if self.closing && self.allocated.is_some() {
            return Some(Task::Delete);
        }
        if core::mem::take(&mut self.allocate_wanted) {
            return Some(Task::Allocate);
        }
        self.allocated?;
        let peer = self.to_be_active.take()?;
        let address = *self.peers.get(peer)?;
        Some(Task::SetActive { peer, address })
    }

    pub(super) fn begin_transaction(&mut self, task: Task) {
        self.sequence = self.sequence.wrapping_add(1);
        let transaction = Transaction::new(self.ids.next_classic());
        self.transaction = Some((task, self.sequence, transaction));
    }

    pub(super) fn begin(buf: &mut [u8], method: Method, id: TransactionId) -> MessageWriter<'_> {
        MessageWriter::of_generation(Generation::MsTurn, buf, Class::Request, method, id)
    }

    /// The same octets each time.
    pub(super) fn write_request(
        &self,
        task: Task,
        sequence: u32,
        id: TransactionId,
        buf: &mut [u8],
    ) -> Result<usize, WriteError> {
        let number = self.connection.map(|connection| MsSequenceNumber {
            connection,
            sequence,
        });
        let seconds = |wish: Duration| Lifetime(u32::try_from(wish.as_secs()).unwrap_or(u32::MAX));
        let lifetime = match task {
            Task::Allocate => self.config.lifetime.map(seconds),
            Task::Delete => Some(Lifetime(0)),
            Task::SetActive { .. } => None,
        };
        let destination = match task {
            Task::SetActive { address, .. } => Some(MsDestinationAddress(address)),
            _ => None,
        };
        let writer = Self::begin(buf, task.method(), id)
            .attribute(&self.config.version.number())
            .optional(lifetime.as_ref())
            .optional(destination.as_ref())
            .optional(number.as_ref());
        self.authentication.protect(writer).finish()
    }

    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        message: &Message<'_>,
    ) -> Handled<TurnDrop> {
        let (task, transaction) = match &mut self.transaction {
            Some((task, _, transaction))
                if transaction.id == message.transaction_id()
                    && transaction.was_sent()
                    && task.method() == message.method() =>
            {
                (*task, transaction)
            }
            _ => return Handled::NotMine,
        };
        let code = match (message.class(), message.get::<ErrorCode<'_>>()) {
            (Class::Error, Ok(Some(error))) => Some(error.code()),
            _ => None,
        };
        // What a server cannot prove to somebody that it does not know.
        let unproved = code.is_some_and(|code| matches!(code, 431 | 434 | 435 | 436));
        let verdict = match unproved {
            true => Verdict::Accept,
            false => self.authentication.judge(message),
        };
        match verdict {
            Verdict::Accept => {}
            Verdict::Retry if !self.realm.admits(message) => {
                self.fail(TurnFailure::OtherRealm);
                return Handled::Consumed;
            }
            Verdict::Retry => {
                self.schedule.end(now, self.path.remote.ip(), transaction);
                if self.closing && self.allocated.is_none() {
                    self.end(MsTurnEvent::Closed);
                } else {
                    self.begin_transaction(task);
                }
                return Handled::Consumed;
            }
            Verdict::Discard => {
                transaction.violated = true;
                return Handled::Dropped(TurnDrop::Integrity);
            }
            Verdict::Fail(error) => {
                self.fail(error.into());
                return Handled::Consumed;
            }
        }
        let began = transaction.began().unwrap_or(now);
        self.schedule.end(now, self.path.remote.ip(), transaction);
        self.transaction = None;
        let done = match (message.class(), code) {
            (Class::Success, _) => self.granted(task, began, message),
            (_, Some(code)) => self.refused(task, code, message),
            _ => None,
        };
        if done.is_none() {
            self.fail(TurnFailure::Incomplete);
        }
        Handled::Consumed
    }

    /// `None` if the response is incomplete.
    fn granted(&mut self, task: Task, began: Instant, message: &Message<'_>) -> Option<()> {
        if let Ok(Some(number)) = message.get::<MsSequenceNumber>() {
            // The server counts on from what it says once.
            if self.connection != Some(number.connection) {
                self.sequence = number.sequence;
            }
            self.connection = Some(number.connection);
        }
        match task {
            Task::Allocate => {
                let MappedAddress(relayed) = message.get().ok()??;
                let mapped = message.get::<MsXorMappedAddress>().ok()?;
                let lifetime = AllocationLifetime::of(message)?;
                self.refresh_at = (!self.closing).then_some(lifetime.refresh_at(began));
                self.allocated_is_new = self.allocated.is_none() && !self.closing;
                self.allocated = Some(MsAllocated {
                    relayed,
                    mapped: mapped.map(|MsXorMappedAddress(address)| address),
                    lifetime: lifetime.0,
                });
            }
            Task::Delete => self.end(MsTurnEvent::Closed),
            Task::SetActive { peer, .. } => {
                self.active = Some(peer);
                self.active_news = Some(MsTurnEvent::Active { peer });
            }
        }
        Some(())
    }

    /// `None` if the response is incomplete.
    fn refused(&mut self, task: Task, code: u16, message: &Message<'_>) -> Option<()> {
        let refusal = Refusal::of(code);
        match task {
            Task::Allocate if code == 300 && self.allocated.is_none() => {
                let MsAlternateServer(server) = message.get().ok()??;
                if self.closing || !self.alternates.follow(&mut self.path, server) {
                    self.fail(TurnFailure::TryAlternate(server));
                } else {
                    self.authentication.forget_server();
                    self.allocate_wanted = true;
                }
            }
            Task::Allocate | Task::Delete => self.fail(TurnFailure::Refused(refusal)),
            Task::SetActive { peer, .. } => {
                self.active_news = Some(MsTurnEvent::NotActive { peer, refusal });
            }
        }
        Some(())
    }
}
