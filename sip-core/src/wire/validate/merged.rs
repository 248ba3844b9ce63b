//! Merged requests (RFC 3261 section 8.2.2.2).

use crate::wire::header::{CSeq, CallId, From, To};
use crate::wire::message::Message;

/// What two requests have in common that are one, forked on the way and arriving along several branches.
///
/// A user agent that has such a request in progress answers others with an equal identity, which belong to
/// transactions of their own, by 482. The texts come from the peer: where they are keys of a hash table,
/// that has to be a keyed hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MergedIdentity<'a> {
    /// The tag of From.
    pub from_tag: &'a str,
    /// Call-ID.
    pub call_id: CallId<'a>,
    /// CSeq.
    pub cseq: CSeq<'a>,
}

impl<'a> MergedIdentity<'a> {
    /// The identity of a request outside of dialogs; `None` for a request with a tag in To, which cannot be
    /// merged, for one without a tag in From, and where one of the three is broken.
    pub fn of(request: &Message<'a>) -> Option<Self> {
        let to = request.require::<To<'a>>().ok()?;
        if request.is_response() || to.tag.is_some() {
            return None;
        }
        Some(Self {
            from_tag: request.require::<From<'a>>().ok()?.tag?,
            call_id: request.require::<CallId<'a>>().ok()?,
            cseq: request.require::<CSeq<'a>>().ok()?,
        })
    }
}
