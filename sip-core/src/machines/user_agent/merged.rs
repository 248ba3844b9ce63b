//! Merged requests (RFC 3261 section 8.2.2.2): one request that arrives along several branches.

use alloc::collections::VecDeque;
use core::hash::Hasher as _;
use core::time::Duration;

use hashbrown::HashSet;
use siphasher::sip::SipHasher24;
use trunkline_sans_io::Instant;

use super::KeyHasher;
use crate::{MergedIdentity, Message};

/// The requests outside of dialogs that arrived lately.
#[derive(Debug)]
pub(super) struct Merged {
    /// Keyed, since the peer chooses what is hashed.
    hasher: SipHasher24,
    seen: HashSet<u64, KeyHasher>,
    /// What was seen and until when it counts; times ascend.
    order: VecDeque<(Instant, u64)>,
    limit: usize,
}

impl Merged {
    pub(super) fn new(key: &[u8; 16], limit: usize) -> Self {
        Self {
            hasher: SipHasher24::new_with_key(key),
            seen: HashSet::default(),
            order: VecDeque::new(),
            limit,
        }
    }

    /// Whether this request, which belongs to a transaction of its own, came by another way before. If not
    /// it is remembered for `lifetime`.
    pub(super) fn is_repeated(
        &mut self,
        now: Instant,
        request: &Message<'_>,
        lifetime: Duration,
    ) -> bool {
        while let Some(&(until, digest)) = self.order.front()
            && (until <= now || self.order.len() >= self.limit)
        {
            self.order.pop_front();
            self.seen.remove(&digest);
        }
        let Some(digest) = self.digest(request) else {
            return false;
        };
        let repeated = !self.seen.insert(digest);
        if !repeated {
            self.order.push_back((now + lifetime, digest));
        }
        repeated
    }

    /// The request was refused: a proxy may try this way again, and that is another call.
    pub(super) fn forget(&mut self, request: &Message<'_>) {
        if let Some(digest) = self.digest(request) {
            self.seen.remove(&digest);
        }
    }

    fn digest(&self, request: &Message<'_>) -> Option<u64> {
        let MergedIdentity {
            from_tag,
            call_id,
            cseq,
        } = MergedIdentity::of(request)?;
        let mut hasher = self.hasher;
        for text in [call_id.0, from_tag, cseq.method.as_str()] {
            hasher.write_usize(text.len());
            hasher.write(text.as_bytes());
        }
        hasher.write_u32(cseq.number);
        Some(hasher.finish())
    }
}
