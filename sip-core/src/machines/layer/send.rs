//! The client side: requests that go out.

use alloc::vec::Vec;
use core::net::SocketAddr;

use bytes::Bytes;
use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Key, Transport};

use super::compose;
use super::event::{CancelError, ClientTransaction, RequestError};
use super::paths::Neighbours;
use super::slot::{ClientMachine, ClientSlot};
use super::{MAX_DATAGRAM, TransactionLayer};
use crate::header::Via;
use crate::{ClientInviteState, Destination, HostPort, Message, Method};

/// How many local addresses are remembered; no host has more that send requests.
const MAX_LOCALS: usize = 256;

/// A request with our Via on top.
struct Outgoing {
    bytes: Bytes,
    /// The digest of its client transaction.
    digest: u128,
}

impl TransactionLayer {
    /// Sends a request in a transaction of its own.
    ///
    /// `request` is complete but for its top Via: that is put there, with a branch that nobody guesses, and
    /// so is a Content-Length if there is none. A large request moves from UDP to TCP (RFC 3261 section
    /// 18.1.1), where the configuration permits it; should TCP be refused it goes over UDP after all.
    ///
    /// # Errors
    ///
    /// The request cannot be sent at all, or there is no room for its transaction. Nothing is sent then.
    pub fn send_request(
        &mut self,
        now: Instant,
        mut destination: Destination,
        request: &[u8],
    ) -> Result<ClientTransaction, RequestError> {
        let mut spans = compose::index();
        let request = Message::parse(request, &mut spans).map_err(|_| RequestError::Malformed)?;
        let method = request.method().ok_or(RequestError::Malformed)?;
        if matches!(method, Method::Ack | Method::Cancel) {
            return Err(RequestError::Method);
        }
        let is_udp = destination.path.transport == Transport::Udp;
        let mut outgoing = self.outgoing(destination.path, &request, method)?;
        let mut moved_to_tcp = false;
        if is_udp
            && self.config.move_large_requests_to_tcp
            && outgoing.bytes.len() > self.config.udp_request_limit
        {
            destination.path.transport = Transport::Tcp;
            destination.connection = None;
            outgoing.bytes = compose::with_transport(&outgoing.bytes, Transport::Tcp)
                .ok_or(RequestError::Malformed)?;
            moved_to_tcp = true;
        } else if is_udp && outgoing.bytes.len() > MAX_DATAGRAM {
            return Err(RequestError::TooLarge);
        }
        let is_invite = method == Method::Invite;
        let timers = &self.config.timers;
        let slot = ClientSlot {
            machine: ClientMachine::new(now, destination, outgoing.bytes, is_invite, timers),
            internal: false,
            moved_to_tcp,
            cut_off: false,
            neighbours: Neighbours::default(),
        };
        let key = self
            .insert_client(outgoing.digest, slot)
            .ok_or(RequestError::TableFull)?;
        self.statistics.moved_to_tcp += u64::from(moved_to_tcp);
        self.settle_client(now, key);
        Ok(ClientTransaction(key))
    }

    /// Puts a Via of ours on top.
    fn outgoing(
        &mut self,
        path: FiveTuple,
        request: &Message<'_>,
        method: Method<'_>,
    ) -> Result<Outgoing, RequestError> {
        let is_unspecified = |sent_by: HostPort<'_>| {
            let address = sent_by.host.ip();
            address.is_some_and(|address| address.is_unspecified())
        };
        if is_unspecified(self.sent_by(path.local)) {
            return Err(RequestError::UnspecifiedAddress);
        }
        self.remember(path.local);
        let mut branch = [0; 33];
        branch[..7].copy_from_slice(crate::header::MAGIC_COOKIE.as_bytes());
        branch[7..].copy_from_slice(self.draw().as_str().as_bytes());
        let branch = core::str::from_utf8(&branch).map_err(|_| RequestError::Malformed)?;
        let sent_by = self.sent_by(path.local);
        let via = compose::our_via(path.transport, sent_by, branch);
        Ok(Outgoing {
            bytes: compose::with_via(request, &via).ok_or(RequestError::Malformed)?,
            digest: self.identity.client(branch, sent_by, method),
        })
    }

    /// Responses that name this address in their top Via are ours from now on.
    fn remember(&mut self, local: SocketAddr) {
        if self.locals.len() < MAX_LOCALS && !self.locals.contains(&local) {
            self.locals.push(local);
        }
    }

    /// Sends the ACK to a 2xx, which belongs to no transaction, and returns it as sent: when the 2xx comes
    /// again it wants the same ACK, by [`resend`](Self::resend). `ack` is complete but for its top Via. It
    /// stays on the transport of `destination`, whatever its size.
    ///
    /// # Errors
    ///
    /// It is no ACK, or too large for a datagram.
    pub fn send_ack(
        &mut self,
        now: Instant,
        destination: Destination,
        ack: &[u8],
    ) -> Result<Bytes, RequestError> {
        let mut spans = compose::index();
        let ack = Message::parse(ack, &mut spans).map_err(|_| RequestError::Malformed)?;
        if ack.method() != Some(Method::Ack) {
            return Err(RequestError::Method);
        }
        let Outgoing { bytes, .. } = self.outgoing(destination.path, &ack, Method::Ack)?;
        if destination.path.transport == Transport::Udp && bytes.len() > MAX_DATAGRAM {
            return Err(RequestError::TooLarge);
        }
        self.resend(now, destination, bytes.clone());
        Ok(bytes)
    }

    /// Cancels an INVITE: at once if it has a provisional response, else as soon as one comes (RFC 3261
    /// section 9.1). The final response, a 487 as a rule, is told as any other.
    ///
    /// # Errors
    ///
    /// It is too late, or there is nothing to cancel.
    pub fn cancel(&mut self, now: Instant, invite: ClientTransaction) -> Result<(), CancelError> {
        let key = invite.0;
        let slot = self.clients.get_mut(key).ok_or(CancelError::Unknown)?;
        let ClientMachine::Invite(machine) = &mut slot.machine else {
            return Err(CancelError::NotInvite);
        };
        if !machine.cancel(now, &self.config.timers) {
            return Err(CancelError::TooLate);
        }
        self.settle_client(now, key);
        Ok(())
    }

    /// Whether an INVITE has had a provisional response, if only 100, and no final one. One whose connection
    /// has ended since is none: its peer may have gone with all it knew.
    pub(crate) fn is_proceeding(&self, invite: ClientTransaction) -> bool {
        self.clients.get(invite.0).is_some_and(|slot| {
            let ClientMachine::Invite(machine) = &slot.machine else {
                return false;
            };
            machine.state() == ClientInviteState::Proceeding && !slot.cut_off
        })
    }

    pub(super) fn send_cancel(&mut self, now: Instant, invite: Key) {
        let Some(slot) = self.clients.get(invite) else {
            return;
        };
        let destination = slot.machine.destination();
        let Some(bytes) = slot.machine.message().cloned() else {
            return;
        };
        let mut spans = compose::index();
        let Ok(message) = Message::parse(&bytes, &mut spans) else {
            return;
        };
        let (Some(cancel), Ok(via)) = (compose::cancel(&message), message.require::<Via<'_>>())
        else {
            return;
        };
        let branch = via.branch.unwrap_or_default();
        let digest = self.identity.client(branch, via.sent_by, Method::Cancel);
        let timers = &self.config.timers;
        let slot = ClientSlot {
            machine: ClientMachine::new(now, destination, cancel.clone(), false, timers),
            internal: true,
            moved_to_tcp: false,
            cut_off: false,
            neighbours: Neighbours::default(),
        };
        match self.insert_client(digest, slot) {
            Some(key) => {
                self.settle_client(now, key);
            }
            // No room to repeat it, but it still goes out.
            None => self.resend(now, destination, cancel),
        }
    }

    /// A message could not be sent: `path` and `connection` are those of its [`Transmit`](trunkline_sans_io::Transmit), or the
    /// connection is the one it was to go over. Or that connection has ended, and with it the hope for what
    /// was sent along `path`. Requests that went the same way and have no answer fail
    /// (RFC 3261 sections 8.1.3.1 and 18.4); large ones that came from UDP go back to it.
    pub fn handle_send_failed(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: Option<ConnectionId>,
    ) {
        let concerned: Vec<Key> = self
            .paths
            .along(&self.clients, path)
            .filter(|(_, slot)| {
                let lives = |id: &ConnectionId| self.connections.is_open(*id);
                let over = slot.machine.destination().connection.filter(lives);
                over.is_none() || over == connection
            })
            .map(|(key, _)| key)
            .collect();
        // The oldest first.
        for key in concerned.into_iter().rev() {
            if !self.move_back(now, key)
                && let Some(slot) = self.clients.get_mut(key)
            {
                slot.machine.handle_send_failed();
                slot.cut_off = path.transport.is_reliable();
            }
            self.settle_client(now, key);
        }
    }

    /// Sends a large request over UDP after all. `false` where it has to fail.
    fn move_back(&mut self, now: Instant, key: Key) -> bool {
        let Some(slot) = self.clients.get(key) else {
            return false;
        };
        if !slot.moved_to_tcp || !slot.machine.is_unanswered() {
            return false;
        }
        let Some(request) = slot
            .machine
            .message()
            .and_then(|request| compose::with_transport(request, Transport::Udp))
        else {
            return false;
        };
        if request.len() > MAX_DATAGRAM {
            return false;
        }
        let mut destination = slot.machine.destination();
        destination.path.transport = Transport::Udp;
        self.paths.unlink(&mut self.clients, key);
        if let Some(slot) = self.clients.get_mut(key) {
            slot.machine
                .restart(now, destination, request, &self.config.timers);
            slot.moved_to_tcp = false;
        }
        self.paths.link(&mut self.clients, key);
        self.statistics.moved_back += 1;
        true
    }
}
