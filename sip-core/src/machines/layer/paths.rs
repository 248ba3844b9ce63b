//! The client transactions along each path.
//!
//! Peers can make sends fail at will: by a Via or Contact that names an unreachable address, for instance.
//! Finding the transactions that are concerned must not mean a look at all of them.

use core::hash::BuildHasher;
use core::iter;

use hashbrown::HashMap;
use siphasher::sip::SipHasher13;
use trunkline_sans_io::{FiveTuple, Key};

use super::slot::ClientSlot;
use super::table::Table;

/// A doubly linked list through the slots for each path.
pub(super) struct Paths {
    heads: HashMap<FiveTuple, Key, KeyedHash>,
}

/// A transaction among those along its path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Neighbours {
    previous: Option<Key>,
    next: Option<Key>,
}

/// Peers choose addresses, so their hash is keyed.
struct KeyedHash(SipHasher13);

impl BuildHasher for KeyedHash {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        self.0
    }
}

impl Paths {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self {
            heads: HashMap::with_hasher(KeyedHash(SipHasher13::new_with_key(key))),
        }
    }

    /// Adds a transaction that is in none of the lists.
    pub(super) fn link(&mut self, clients: &mut Table<ClientSlot>, key: Key) {
        let Some(slot) = clients.get_mut(key) else {
            return;
        };
        let next = self.heads.insert(slot.machine.destination().path, key);
        slot.neighbours = Neighbours {
            previous: None,
            next,
        };
        if let Some(next) = next.and_then(|next| clients.get_mut(next)) {
            next.neighbours.previous = Some(key);
        }
    }

    /// Takes a transaction out of its list: before its path changes, or it is removed.
    pub(super) fn unlink(&mut self, clients: &mut Table<ClientSlot>, key: Key) {
        let Some(slot) = clients.get(key) else {
            return;
        };
        let path = slot.machine.destination().path;
        let Neighbours { previous, next } = slot.neighbours;
        match (previous.and_then(|key| clients.get_mut(key)), next) {
            (Some(previous), _) => previous.neighbours.next = next,
            (None, Some(next)) => {
                self.heads.insert(path, next);
            }
            (None, None) => {
                self.heads.remove(&path);
            }
        }
        if let Some(next) = next.and_then(|key| clients.get_mut(key)) {
            next.neighbours.previous = previous;
        }
    }

    /// The transactions along a path.
    pub(super) fn along<'a>(
        &self,
        clients: &'a Table<ClientSlot>,
        path: FiveTuple,
    ) -> impl Iterator<Item = (Key, &'a ClientSlot)> {
        let entry = |key| Some((key, clients.get(key)?));
        let head = self.heads.get(&path).copied().and_then(entry);
        iter::successors(head, move |(_, slot)| slot.neighbours.next.and_then(entry))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }
}
