//! What the tables of the layer hold: a machine, and the little that its messages do not tell.

use core::net::IpAddr;

use bytes::Bytes;
use trunkline_sans_io::{Instant, Transmit};

use super::paths::Neighbours;
use crate::{
    ClientInvite, ClientNonInvite, Destination, ServerInvite, ServerInviteState, ServerNonInvite,
    Timers, TransactionEvent,
};

/// A client transaction.
#[derive(Debug)]
pub(super) struct ClientSlot {
    pub(super) machine: ClientMachine,
    /// A CANCEL, which is the layer's own: nobody is told of it.
    pub(super) internal: bool,
    /// A large request that goes over TCP though UDP was asked for, and went there untried so far.
    pub(super) moved_to_tcp: bool,
    /// The connection it went over has ended since the last response came.
    pub(super) cut_off: bool,
    /// The other transactions along its path.
    pub(super) neighbours: Neighbours,
}

/// A server transaction.
#[derive(Debug)]
pub(super) struct ServerSlot {
    pub(super) machine: ServerMachine,
    /// The host that sent the request: nobody else cancels it.
    pub(super) source: IpAddr,
    /// The transaction user knows that the client has cancelled.
    pub(super) cancelled: bool,
}

#[derive(Debug)]
pub(super) enum ClientMachine {
    Invite(ClientInvite<Bytes>),
    Other(ClientNonInvite<Bytes>),
}

#[derive(Debug)]
pub(super) enum ServerMachine {
    Invite(ServerInvite<Bytes>),
    Other(ServerNonInvite<Bytes>),
}

/// The verbs of whichever machine it is.
macro_rules! either {
    ($self:ident, $machine:ident => $call:expr) => {
        match $self {
            Self::Invite($machine) => $call,
            Self::Other($machine) => $call,
        }
    };
}

impl ClientMachine {
    /// The machine that sends `request`.
    pub(super) fn new(
        now: Instant,
        destination: Destination,
        request: Bytes,
        is_invite: bool,
        timers: &Timers,
    ) -> Self {
        if is_invite {
            Self::Invite(ClientInvite::new(now, destination, request, timers))
        } else {
            Self::Other(ClientNonInvite::new(now, destination, request, timers))
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, timers: &Timers) {
        either!(self, machine => machine.handle_timeout(now, timers));
    }

    pub(super) fn handle_send_failed(&mut self) {
        either!(self, machine => machine.handle_send_failed());
    }

    pub(super) fn take_transmit(&mut self) -> Option<(Transmit, Bytes)> {
        either!(self, machine => machine.take_transmit())
    }

    pub(super) const fn poll_event(&mut self) -> Option<TransactionEvent> {
        either!(self, machine => machine.poll_event())
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        either!(self, machine => machine.poll_timeout())
    }

    pub(super) const fn is_finished(&self) -> bool {
        either!(self, machine => machine.is_finished())
    }

    pub(super) fn message(&self) -> Option<&Bytes> {
        either!(self, machine => machine.message())
    }

    pub(super) const fn destination(&self) -> Destination {
        either!(self, machine => machine.destination())
    }

    /// Begins anew with another request on another way. An INVITE that is to be cancelled still is.
    pub(super) fn restart(
        &mut self,
        now: Instant,
        destination: Destination,
        request: Bytes,
        timers: &Timers,
    ) {
        match self {
            Self::Invite(machine) => machine.restart(now, destination, request, timers),
            Self::Other(machine) => {
                *machine = ClientNonInvite::new(now, destination, request, timers);
            }
        }
    }

    /// Whether no response has come.
    pub(super) fn is_unanswered(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.state() == crate::ClientInviteState::Calling,
            Self::Other(machine) => machine.state() == crate::ClientNonInviteState::Trying,
        }
    }
}

impl ServerMachine {
    pub(super) fn handle_timeout(&mut self, now: Instant, timers: &Timers) {
        either!(self, machine => machine.handle_timeout(now, timers));
    }

    pub(super) fn take_transmit(&mut self) -> Option<(Transmit, Bytes)> {
        either!(self, machine => machine.take_transmit())
    }

    pub(super) const fn poll_event(&mut self) -> Option<TransactionEvent> {
        either!(self, machine => machine.poll_event())
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        either!(self, machine => machine.poll_timeout())
    }

    pub(super) const fn is_finished(&self) -> bool {
        either!(self, machine => machine.is_finished())
    }

    pub(super) const fn destination(&self) -> Destination {
        either!(self, machine => machine.destination())
    }

    /// Whether what a timer makes it send was sent before: all but the first 100.
    pub(super) fn repeats(&self) -> bool {
        !matches!(self, Self::Invite(machine) if machine.state() == ServerInviteState::Proceeding)
    }
}
