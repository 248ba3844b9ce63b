//! Which connections there are, and which one a message may use.

use alloc::vec::Vec;
use core::net::SocketAddr;
use std::collections::HashMap;

use bytes::BytesMut;
use trunkline_sans_io::{ConnectionId, FiveTuple};

use super::connection::SendQueue;

/// Who opened a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    /// We did; it is not open yet.
    Us,
    /// The peer did.
    Peer,
}

/// What is known of one connection.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its two ends; before it is open those that were asked for.
    pub(super) path: FiveTuple,
    /// The peer opened it.
    pub(super) accepted: bool,
    /// The user of the transports knows of it.
    pub(super) open: bool,
    /// It takes no more messages; the task is about to report why.
    pub(super) ended: bool,
    pub(super) queue: SendQueue,
    /// What came in and was not consumed.
    pub(super) unconsumed: BytesMut,
}

/// All connections by number and by remote address.
#[derive(Debug, Default)]
pub(super) struct ConnectionTable {
    entries: HashMap<ConnectionId, Entry>,
    by_remote: HashMap<SocketAddr, Vec<ConnectionId>>,
    /// The next number to hand out. They are never used twice.
    next: u64,
}

impl ConnectionTable {
    pub(super) const fn next_id(&mut self) -> ConnectionId {
        let id = ConnectionId(self.next);
        self.next += 1;
        id
    }

    pub(super) fn insert(&mut self, id: ConnectionId, path: FiveTuple, by: By, queue: SendQueue) {
        let accepted = by == By::Peer;
        let entry = Entry {
            path,
            accepted,
            open: accepted,
            ended: false,
            queue,
            unconsumed: BytesMut::new(),
        };
        self.entries.insert(id, entry);
        self.by_remote.entry(path.remote).or_default().push(id);
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Entry> {
        self.entries.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        if let Some(ids) = self.by_remote.get_mut(&entry.path.remote) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_remote.remove(&entry.path.remote);
            }
        }
        Some(entry)
    }

    /// The connection for a message: the one that is named if it still lives, else the newest to
    /// exactly that remote address (RFC 3261 section 18.1.1) that leaves from the local address.
    pub(super) fn select(
        &self,
        path: FiveTuple,
        named: Option<ConnectionId>,
    ) -> Option<ConnectionId> {
        let lives = |id: &ConnectionId| self.entries.get(id).is_some_and(|entry| !entry.ended);
        let local = path.local.ip();
        named.filter(lives).or_else(|| {
            let ids = self.by_remote.get(&path.remote)?;
            let suits = |id: &ConnectionId| {
                let ip = self.entries.get(id).map(|entry| entry.path.local.ip());
                lives(id) && (local.is_unspecified() || ip == Some(local))
            };
            ids.iter().copied().rev().find(suits)
        })
    }
}
