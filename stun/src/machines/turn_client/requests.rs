//! The requests of an allocation and what comes of them.

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{BufferTooSmall, Handled, Instant, Slot, Storage};

use super::super::allocation_lifetime::AllocationLifetime;
use super::super::alternates;
use super::super::transaction::Transaction;
use super::super::{LongTermAuthentication, Verdict};
use super::{
    Allocated, Phase, PortRequest, Refusal, RelayRequest, TurnClient, TurnDrop, TurnEvent,
    TurnFailure, TurnPeer,
};
use crate::wire::{
    AdditionalAddressFamily, AddressErrorCode, AddressFamily, AlternateServer, Attribute as _,
    AttributeType, ChannelNumber, Class, DontFragment, ErrorCode, EvenPort, Lifetime, Message,
    MessageWriter, Method, RequestedAddressFamily, RequestedTransport, ReservationToken, Software,
    TransactionId, WriteError, XorMappedAddress, XorPeerAddress, XorRelayedAddress,
};

/// What the request under way is about.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Task {
    Allocate,
    Refresh,
    Delete,
    /// Of the peers that are marked.
    CreatePermission,
    ChannelBind {
        index: usize,
        channel: ChannelNumber,
        address: SocketAddr,
    },
}

impl Task {
    const fn method(self) -> Method {
        match self {
            Self::Allocate => Method::ALLOCATE,
            Self::Refresh | Self::Delete => Method::REFRESH,
            Self::CreatePermission => Method::CREATE_PERMISSION,
            Self::ChannelBind { .. } => Method::CHANNEL_BIND,
        }
    }
}

/// What is understood in a response; any other attribute that must be is a reason to fail.
const UNDERSTOOD: [AttributeType; 14] = [
    AttributeType::MAPPED_ADDRESS,
    AttributeType::XOR_MAPPED_ADDRESS,
    AttributeType::XOR_RELAYED_ADDRESS,
    AttributeType::XOR_PEER_ADDRESS,
    AttributeType::CHANNEL_NUMBER,
    AttributeType::LIFETIME,
    AttributeType::RESERVATION_TOKEN,
    AttributeType::REQUESTED_ADDRESS_FAMILY,
    AttributeType::ERROR_CODE,
    AttributeType::UNKNOWN_ATTRIBUTES,
    AttributeType::USERNAME,
    AttributeType::REALM,
    AttributeType::NONCE,
    // Some say by which they have answered.
    AttributeType::PASSWORD_ALGORITHM,
];

impl<U: AsRef<[u8]>, S: Storage<Slot<TurnPeer>>> TurnClient<U, S> {
    /// Writes what is to be sent now, and tells how long it is.
    pub(super) fn write_next(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<usize>, BufferTooSmall> {
        if self.transaction.is_none()
            && let Some(task) = self.next_task()
        {
            let transaction = Transaction::new(self.ids.next_id());
            self.transaction = Some((task, transaction));
        }
        let due = match self.transaction {
            Some((task, transaction)) if transaction.is_due() => Some((task, transaction.id)),
            _ => None,
        };
        if let Some((task, id)) = due {
            let len = match self.write_request(task, id, buf) {
                Ok(len) => len,
                Err(WriteError::BufferTooSmall(error)) => return Err(error),
                Err(_) => {
                    self.fail(TurnFailure::TooLong);
                    return Ok(None);
                }
            };
            if let Some((_, transaction)) = &mut self.transaction {
                if !transaction.was_sent() {
                    self.schedule.begin(now, self.path.remote.ip());
                }
                transaction.sent(now);
            }
            return Ok(Some(len));
        }
        if !self.keepalive_wanted {
            return Ok(None);
        }
        let mut ids = self.ids.clone();
        let id = ids.next_id();
        let indication = MessageWriter::new(buf, Class::Indication, Method::BINDING, id).finish();
        match indication {
            Ok(len) => {
                self.ids = ids;
                self.keepalive_wanted = false;
                self.keepalive_at = self.config.keepalive.map(|interval| now + interval);
                Ok(Some(len))
            }
            Err(WriteError::BufferTooSmall(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn next_task(&mut self) -> Option<Task> {
        match self.phase {
            Phase::Allocating => Some(Task::Allocate),
            Phase::Standing if self.closing => Some(Task::Delete),
            Phase::Standing if core::mem::take(&mut self.refresh_wanted) => Some(Task::Refresh),
            Phase::Standing if self.peers.ask_permissions() => Some(Task::CreatePermission),
            Phase::Standing => {
                let (index, channel, address) = self.peers.ask_channel()?;
                Some(Task::ChannelBind {
                    index,
                    channel,
                    address,
                })
            }
            _ => None,
        }
    }

    /// The same octets each time.
    fn write_request(
        &self,
        task: Task,
        id: TransactionId,
        buf: &mut [u8],
    ) -> Result<usize, WriteError> {
        let software = self.config.software.map(Software);
        let mut writer =
            MessageWriter::new(buf, Class::Request, task.method(), id).optional(software.as_ref());
        let seconds = |wish: Duration| Lifetime(u32::try_from(wish.as_secs()).unwrap_or(u32::MAX));
        let lifetime = self.config.lifetime.map(seconds);
        writer = match task {
            Task::Allocate => {
                let dont_fragment = self.config.dont_fragment.then_some(DontFragment);
                let writer = writer
                    .attribute(&RequestedTransport::UDP)
                    .optional(lifetime.as_ref())
                    .optional(dont_fragment.as_ref());
                wanted(writer, self.config.relay)
            }
            Task::Refresh => writer.optional(lifetime.as_ref()),
            Task::Delete => writer.attribute(&Lifetime(0)),
            Task::CreatePermission => self.peers.asked().fold(writer, |writer, address| {
                writer.attribute(&XorPeerAddress(address))
            }),
            Task::ChannelBind {
                channel, address, ..
            } => writer
                .attribute(&channel)
                .attribute(&XorPeerAddress(address)),
        };
        match &self.authentication {
            Some(authentication) => authentication.protect(writer).finish(),
            None => writer.finish(),
        }
    }

    /// A response from the server.
    pub(super) fn handle_response(
        &mut self,
        now: Instant,
        message: &Message<'_>,
    ) -> Handled<TurnDrop> {
        let reliable = self.reliable();
        let (task, transaction) = match &mut self.transaction {
            Some((task, transaction))
                if transaction.id == message.transaction_id()
                    && transaction.was_sent()
                    && task.method() == message.method() =>
            {
                (*task, transaction)
            }
            _ => return Handled::NotMine,
        };
        let verdict = match &mut self.authentication {
            Some(authentication) => authentication.judge(message),
            None => Verdict::Accept,
        };
        match verdict {
            Verdict::Accept => {}
            Verdict::Retry if !self.realm.admits(message) => {
                self.fail(TurnFailure::OtherRealm);
                return Handled::Consumed;
            }
            Verdict::Retry => {
                self.schedule.end(now, self.path.remote.ip(), transaction);
                self.transaction = Some((task, Transaction::new(self.ids.next_id())));
                self.close_early();
                return Handled::Consumed;
            }
            Verdict::Discard => {
                transaction.violated = true;
                if reliable {
                    self.fail(TurnFailure::IntegrityViolated);
                }
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
        if let Some(unknown) = message.unknown_required(&UNDERSTOOD).next() {
            self.fail(TurnFailure::UnknownAttribute(unknown));
            return Handled::Consumed;
        }
        let done = match message.class() {
            Class::Error => self.refused(task, message),
            _ => self.granted(now, task, began, message),
        };
        if done.is_none() {
            self.fail(TurnFailure::Incomplete);
        }
        Handled::Consumed
    }

    /// If it is to be closed and nothing was allocated, nothing needs to be.
    fn close_early(&mut self) {
        if self.closing && self.phase == Phase::Allocating {
            self.end(TurnEvent::Closed);
        }
    }

    /// `None` if the response is incomplete.
    fn granted(
        &mut self,
        now: Instant,
        task: Task,
        began: Instant,
        message: &Message<'_>,
    ) -> Option<()> {
        match task {
            Task::Allocate => {
                let lifetime = self.lasts(began, message)?;
                self.allocated = Some(allocated(message, lifetime)?);
                self.allocated_is_new = !self.closing;
                self.phase = Phase::Standing;
                if !self.reliable() && !self.closing {
                    self.keepalive_at = self
                        .config
                        .keepalive
                        .map(|interval| self.last_sent + interval);
                }
            }
            Task::Refresh => {
                let lifetime = self.lasts(began, message)?;
                if let Some(allocated) = &mut self.allocated {
                    allocated.lifetime = lifetime;
                }
            }
            Task::Delete => self.end(TurnEvent::Closed),
            Task::CreatePermission => self.peers.permitted(began),
            Task::ChannelBind { index, .. } => self.peers.bound(now, index, began),
        }
        Some(())
    }

    /// Takes the lifetime of a response.
    fn lasts(&mut self, began: Instant, message: &Message<'_>) -> Option<Duration> {
        let lifetime = AllocationLifetime::of(message)?;
        self.refresh_at = (!self.closing).then_some(lifetime.refresh_at(began));
        Some(lifetime.0)
    }

    /// `None` if the response is incomplete.
    fn refused(&mut self, task: Task, message: &Message<'_>) -> Option<()> {
        let code = message.get::<ErrorCode<'_>>().ok()??.code();
        let refusal = Refusal::of(code);
        if refusal == Refusal::AllocationMismatch {
            self.fail(TurnFailure::Refused(refusal));
            return Some(());
        }
        match task {
            Task::Allocate if code == 300 => {
                let AlternateServer(server) = message.get().ok()??;
                self.alternate_domain = alternates::domain(message);
                self.follow(server);
            }
            Task::Allocate | Task::Refresh | Task::Delete => {
                self.fail(TurnFailure::Refused(refusal));
            }
            Task::CreatePermission => self.peers.not_permitted(refusal),
            Task::ChannelBind { index, .. } => self.peers.not_bound(index, refusal),
        }
        Some(())
    }

    /// Goes on at another server (RFC 8489 section 10).
    fn follow(&mut self, server: SocketAddr) {
        if self.closing || !self.alternates.follow(&mut self.path, server) {
            return self.fail(TurnFailure::TryAlternate(server));
        }
        self.to_close = self.connection.take();
        if let Some(authentication) = &mut self.authentication {
            LongTermAuthentication::forget_server(authentication);
        }
    }
}

fn wanted(writer: MessageWriter<'_>, relay: RelayRequest) -> MessageWriter<'_> {
    match relay {
        RelayRequest::One { family, port } => {
            let family = match family {
                AddressFamily::V4 => None,
                AddressFamily::V6 => Some(RequestedAddressFamily(family)),
            };
            let reserve_next = port == PortRequest::EvenAndNext;
            let even = (port != PortRequest::Any).then_some(EvenPort { reserve_next });
            writer.optional(family.as_ref()).optional(even.as_ref())
        }
        RelayRequest::Both => writer.attribute(&AdditionalAddressFamily(AddressFamily::V6)),
        RelayRequest::Reserved(token) => writer.attribute(&token),
    }
}

fn allocated(message: &Message<'_>, lifetime: Duration) -> Option<Allocated> {
    let id = message.transaction_id();
    let mut relayed = message
        .attributes()
        .filter(|raw| raw.kind == AttributeType::XOR_RELAYED_ADDRESS)
        .filter_map(|raw| XorRelayedAddress::read(raw.value, &id))
        .map(|XorRelayedAddress(address)| address);
    let first = relayed.next()?;
    let mapped = message.get::<XorMappedAddress>().ok()?;
    let refused = message.get::<AddressErrorCode<'_>>().ok().flatten();
    Some(Allocated {
        relayed: first,
        additional: relayed.find(|other| other.is_ipv4() != first.is_ipv4()),
        additional_refused: refused.map(|refused| Refusal::of(refused.error.code())),
        mapped: mapped.map(|XorMappedAddress(address)| address),
        lifetime,
        reservation: message.get::<ReservationToken>().ok()?,
    })
}
