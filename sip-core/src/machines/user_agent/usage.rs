//! What is kept of a call leg.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use trunkline_sans_io::{Key, Owned};

use super::Table;
use crate::{ClientTransaction, Destination, Dialog, OwnedMessage, ServerTransaction};

/// Names one INVITE usage (RFC 5057): a call leg, from its INVITE to its end.
///
/// A key whose usage is gone finds nothing; it is never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UsageKey(pub(super) Key);

impl UsageKey {
    /// The key as one number, for logs.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.to_bits()
    }
}

/// A dialog that owns its texts.
pub(super) type OwnedDialog = Dialog<Owned<u8>>;

/// Where a usage stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UsageState {
    /// Our INVITE waits for its final response.
    Calling,
    /// The peer's INVITE waits for our final response.
    Ringing,
    /// A 2xx was sent or received.
    Established,
    /// The owner has hung up, and the end has not been reported yet.
    Ending,
}

/// A look at a usage.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UsageView<'a> {
    /// Where it stands.
    pub state: UsageState,
    /// Whether the dialog is ours: we sent the INVITE that began it.
    pub is_caller: bool,
    /// Call-ID, tags, route set and remote target. Of several early dialogs it is the one that made itself
    /// heard last.
    pub dialog: &'a OwnedDialog,
    /// Where the next request in the dialog would go.
    pub destination: Destination,
    /// Whether an INVITE of ours that waits for its final response has had a provisional one, if only 100, and
    /// the connection it went over has not ended since.
    pub is_proceeding: bool,
}

/// One INVITE usage.
#[derive(Debug)]
pub(super) struct Usage {
    pub(super) state: UsageState,
    pub(super) is_caller: bool,
    /// A BYE that waits for the ACK to our 2xx (RFC 3261 section 15).
    pub(super) bye: Option<Bytes>,
    /// The tag that we gave ourselves, as a number: what finds this usage.
    pub(super) tag: u64,
    /// A caller's dialog has no remote tag until somebody answers; its early dialogs are in [`Sent`].
    pub(super) dialog: OwnedDialog,
    /// Where requests go whose next hop is no address.
    pub(super) peer: Destination,
    /// The owner decided where requests go.
    pub(super) pinned: bool,
    /// Our Contact, as the value of the header field.
    pub(super) contact: Box<str>,
    /// The INVITE of ours that waits for its final response or for our ACK.
    pub(super) sent: Option<Key>,
    /// The INVITE of the peer that waits for our final response or for the ACK to it.
    pub(super) received: Option<Box<Received>>,
}

impl Usage {
    /// The one dialog of this usage that is sought, if any: while we are calling there are as many as branches
    /// have answered.
    pub(super) fn dialog_where<'a>(
        &'a mut self,
        sent: &'a mut Table<Sent>,
        is_sought: impl Fn(&OwnedDialog) -> bool,
    ) -> Option<&'a mut OwnedDialog> {
        if self.state != UsageState::Calling {
            return is_sought(&self.dialog).then_some(&mut self.dialog);
        }
        let early = &mut sent.get_mut(self.sent?)?.early;
        early.iter_mut().find(|dialog| is_sought(dialog))
    }

    /// A request of the peer came from there. The way to somebody who called us is the way back; the way to
    /// somebody whom we called the owner has told, so that only the connection is news.
    pub(super) fn hear_from(&mut self, from: Destination) {
        let (old, new) = (self.peer.path, from.path);
        if self.pinned {
            return;
        }
        if !self.is_caller {
            self.peer = from;
        } else if old.transport == new.transport && old.remote.ip() == new.remote.ip() {
            self.peer.connection = from.connection;
        }
    }
}

/// An INVITE of the peer.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) transaction: ServerTransaction,
    pub(super) cseq: u32,
    pub(super) initial: bool,
    pub(super) stage: Stage,
}

/// How far an INVITE of the peer has come.
#[expect(
    clippy::large_enum_variant,
    reason = "boxed as a whole, and gone with the ACK"
)]
#[derive(Debug)]
pub(super) enum Stage {
    /// It waits for our final response.
    Pending(OwnedMessage),
    /// Our 2xx, repeated until its ACK comes (RFC 3261 section 13.3.1.4), and the next interval.
    Accepted(Bytes, Duration),
}

/// An INVITE of ours. It outlives its usage, since a fork may be accepted late.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) transaction: ClientTransaction,
    /// The usage, as long as this INVITE can change it.
    pub(super) usage: Option<Key>,
    pub(super) initial: bool,
    pub(super) cancelled: bool,
    pub(super) cseq: u32,
    /// The dialog as the INVITE left it: what the dialogs of forks are made from.
    pub(super) origin: OwnedDialog,
    pub(super) peer: Destination,
    pub(super) pinned: bool,
    /// The INVITE, if there are credentials in it that an ACK repeats (RFC 3261 section 22.1).
    pub(super) authenticated: Option<Box<OwnedMessage>>,
    pub(super) early: Vec<OwnedDialog>,
    pub(super) answers: Vec<Answer>,
}

/// A dialog that a 2xx to an INVITE of ours made, and our ACK to it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) remote_tag: Box<str>,
    /// `None` while the owner has not acknowledged it.
    pub(super) ack: Option<(Destination, Bytes)>,
}
