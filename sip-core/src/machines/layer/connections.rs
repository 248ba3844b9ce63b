//! The connections that the driver has, and how long each may do nothing.

use alloc::collections::VecDeque;
use core::time::Duration;

use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Key};

use super::config::LayerConfig;
use super::table::Table;
use crate::Framer;

pub(super) struct Connections {
    table: Table<Connection>,
    close: VecDeque<ConnectionId>,
    message_timeout: Duration,
    idle_timeout: Duration,
    max_head: usize,
    max_body: usize,
    /// How many there are of strangers, and how many there may be.
    strangers: usize,
    max_strangers: usize,
}

struct Connection {
    id: ConnectionId,
    path: FiveTuple,
    framer: Framer,
    /// Since when a message is awaited: the first one, or the rest of one.
    awaited_since: Option<Instant>,
    last_used: Instant,
    /// The end of the connection of a stranger, whatever happens on it.
    end: Option<Instant>,
}

const fn digest(id: ConnectionId) -> u128 {
    id.0 as u128
}

impl Connections {
    pub(super) fn new(config: &LayerConfig) -> Self {
        Self {
            table: Table::with_limit(config.max_connections),
            close: VecDeque::new(),
            message_timeout: config.message_timeout,
            idle_timeout: config.idle_timeout,
            max_head: config.max_head,
            max_body: config.max_body,
            strangers: 0,
            max_strangers: (config.max_connections / 8).max(1),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.table.next_deadline()
    }

    pub(super) fn poll_close(&mut self) -> Option<ConnectionId> {
        self.close.pop_front()
    }

    /// Takes a connection in. `false` when there are too many: it is to be closed.
    pub(super) fn open(
        &mut self,
        now: Instant,
        id: ConnectionId,
        path: FiveTuple,
        stranger: bool,
    ) -> bool {
        if self.table.find(digest(id)).is_some() {
            return true;
        }
        if stranger && self.strangers >= self.max_strangers {
            self.close.push_back(id);
            return false;
        }
        let connection = Connection {
            id,
            path,
            framer: Framer::with_limits(self.max_head, self.max_body),
            awaited_since: Some(now),
            last_used: now,
            end: stranger.then_some(now + self.message_timeout),
        };
        match self.table.insert(digest(id), connection) {
            Some(key) => {
                self.strangers += usize::from(stranger);
                self.arm(key);
                true
            }
            None => {
                self.close.push_back(id);
                false
            }
        }
    }

    /// Forgets a connection that is gone.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        if let Some(key) = self.table.find(digest(id))
            && let Some(connection) = self.table.remove(key)
        {
            self.strangers -= usize::from(connection.end.is_some());
        }
    }

    /// Forgets a connection and has it closed.
    pub(super) fn close(&mut self, id: ConnectionId) {
        self.forget(id);
        self.close.push_back(id);
    }

    /// Whether it is the connection of a stranger, over which nothing of ours went.
    pub(super) fn is_strangers(&self, id: ConnectionId) -> bool {
        let connection = self
            .table
            .find(digest(id))
            .and_then(|key| self.table.get(key));
        connection.is_some_and(|connection| connection.end.is_some())
    }

    pub(super) fn is_open(&self, id: ConnectionId) -> bool {
        self.table.find(digest(id)).is_some()
    }

    /// The connection if it lives. It is being sent on.
    pub(super) fn used(&mut self, now: Instant, id: Option<ConnectionId>) -> Option<ConnectionId> {
        let key = self.table.find(digest(id?))?;
        self.table.get_mut(key)?.last_used = now;
        id
    }

    /// The path of a connection and the framer of what it brings.
    pub(super) fn framer(&mut self, id: ConnectionId) -> Option<(FiveTuple, &mut Framer)> {
        let key = self.table.find(digest(id))?;
        let connection = self.table.get_mut(key)?;
        Some((connection.path, &mut connection.framer))
    }

    /// Bytes have come. `complete`: with them a message did, or a keep-alive; `rest`: and part of another.
    pub(super) fn heard(&mut self, now: Instant, id: ConnectionId, complete: bool, rest: bool) {
        let Some(key) = self.table.find(digest(id)) else {
            return;
        };
        let Some(connection) = self.table.get_mut(key) else {
            return;
        };
        connection.last_used = now;
        if complete {
            connection.awaited_since = rest.then_some(now);
        } else if rest {
            connection.awaited_since.get_or_insert(now);
        }
        self.arm(key);
    }

    fn deadline(&self, connection: &Connection) -> Instant {
        let silence = match connection.awaited_since {
            Some(since) => since + self.message_timeout,
            None => connection.last_used + self.idle_timeout,
        };
        connection.end.map_or(silence, |end| end.min(silence))
    }

    fn arm(&mut self, key: Key) {
        let Some(connection) = self.table.get(key) else {
            return;
        };
        let deadline = self.deadline(connection);
        self.table.set_deadline(key, Some(deadline));
    }

    /// Closes what did nothing for too long. Gives the number.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> u64 {
        let mut closed = 0;
        while let Some(key) = self.table.pop_due(now) {
            let Some(connection) = self.table.get(key) else {
                continue;
            };
            // What was sent since has not moved the deadline.
            if self.deadline(connection) > now {
                self.arm(key);
            } else {
                let id = connection.id;
                self.close(id);
                closed += 1;
            }
        }
        closed
    }
}
