//! What a [`UserAgent`](super::UserAgent) tells its owner.

use core::fmt;

use trunkline_sans_io::{ConnectionId, FiveTuple};

use super::UsageKey;
use crate::{ClientTransaction, FailureReason, OwnedMessage, ServerTransaction};

/// What happened. Drain [`UserAgent::poll_event`](super::UserAgent::poll_event) after every verb.
///
/// A usage that came to be, by [`UserAgent::invite`](super::UserAgent::invite) or [`Self::Invited`], ends
/// exactly once: by [`Self::Cancelled`] or [`Self::Rejected`] with `initial` set, by [`Self::Ended`], or by
/// the owner's own [`UserAgent::reject`](super::UserAgent::reject) of the first INVITE.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UserAgentEvent {
    /// A call comes in: an INVITE outside of any dialog. Answer with `provisional`, `accept` or `reject`.
    Invited {
        /// The new usage.
        usage: UsageKey,
        /// The INVITE.
        message: OwnedMessage,
        /// Where it came from.
        path: FiveTuple,
        /// The connection it came over, if any.
        connection: Option<ConnectionId>,
    },
    /// The peer gave its INVITE up by CANCEL before our final response; 487 has been sent
    /// (RFC 3261 section 9.2).
    Cancelled {
        /// The usage.
        usage: UsageKey,
        /// Whether it was the INVITE that began the usage, which is gone then. Otherwise a re-INVITE was
        /// cancelled and the call goes on.
        initial: bool,
    },
    /// The ACK to our 2xx arrived.
    Acknowledged {
        /// The usage.
        usage: UsageKey,
        /// The ACK. Its body is the answer where our 2xx carried the offer.
        message: OwnedMessage,
    },
    /// A provisional response to our INVITE or re-INVITE, 101 to 199. Its To tag names the early dialog.
    Progress {
        /// The usage.
        usage: UsageKey,
        /// The response.
        message: OwnedMessage,
    },
    /// The first 2xx to our INVITE or re-INVITE. The owner must call
    /// [`UserAgent::ack`](super::UserAgent::ack).
    Accepted {
        /// The usage.
        usage: UsageKey,
        /// The response.
        message: OwnedMessage,
    },
    /// Our INVITE or re-INVITE failed.
    Rejected {
        /// The usage.
        usage: UsageKey,
        /// Whether it was the INVITE that began the usage, which is gone then.
        initial: bool,
        /// Why.
        cause: RejectCause,
    },
    /// The peer sent a re-INVITE. Answer with `provisional`, `accept` or `reject`.
    Reinvited {
        /// The usage.
        usage: UsageKey,
        /// The re-INVITE.
        message: OwnedMessage,
    },
    /// Any other request. Answer with [`UserAgent::respond`](super::UserAgent::respond) within 32 seconds
    /// (64 x T1); afterwards nobody waits for the answer any more.
    Request {
        /// The usage in whose dialog it came; `None` outside of any dialog.
        usage: Option<UsageKey>,
        /// Names the request in the answer.
        transaction: ServerTransaction,
        /// The request.
        message: OwnedMessage,
        /// Where it came from.
        path: FiveTuple,
        /// The connection it came over, if any.
        connection: Option<ConnectionId>,
    },
    /// A response, provisional (but not 100) or final, to a request sent by `request` or
    /// `request_in_dialog`.
    Response {
        /// The usage in whose dialog the request went.
        usage: Option<UsageKey>,
        /// The request.
        transaction: ClientTransaction,
        /// The response.
        message: OwnedMessage,
    },
    /// A request sent by `request` or `request_in_dialog` got no final response.
    Failed {
        /// The usage in whose dialog the request went.
        usage: Option<UsageKey>,
        /// The request.
        transaction: ClientTransaction,
        /// Why.
        reason: FailureReason,
    },
    /// The server that has answered a request of ours with credentials claims to know the password, but its proof
    /// (`rspauth`, RFC 7616 section 3.5) is wrong: the answer is not from whom it seems to be, or somebody has
    /// changed it. The event that the answer itself is follows.
    WrongProof {
        /// The usage in whose dialog the request went.
        usage: Option<UsageKey>,
        /// The request.
        transaction: ClientTransaction,
    },
    /// The call is over and the usage is gone.
    Ended {
        /// The usage.
        usage: UsageKey,
        /// Why.
        cause: EndCause,
    },
}

/// Why an INVITE of ours failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RejectCause {
    /// By this response, 300 to 699. After a CANCEL it usually is 487.
    Response(OwnedMessage),
    /// Nobody answered in time.
    Timeout,
    /// It could not be delivered.
    Transport,
    /// It was accepted after the owner had cancelled it: the 2xx crossed the CANCEL. The user agent has
    /// sent ACK and BYE (RFC 3261 section 9.1).
    Cancelled(OwnedMessage),
    /// It was accepted by a 2xx of which no dialog can be made, for want of a usable Contact for instance.
    /// The user agent has sent ACK and BYE.
    Unusable(OwnedMessage),
}

impl fmt::Display for RejectCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(response) => match response.message().status() {
                Some(status) => write!(f, "refused with {}", status.code()),
                None => f.write_str("refused"),
            },
            Self::Timeout => f.write_str("nobody answered in time"),
            Self::Transport => f.write_str("it could not be delivered"),
            Self::Cancelled(_) => f.write_str("accepted after it was cancelled"),
            Self::Unusable(_) => f.write_str("accepted by a response that makes no dialog"),
        }
    }
}

/// Why a call is over.
#[expect(
    clippy::large_enum_variant,
    reason = "no larger than the event around it"
)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EndCause {
    /// The peer hung up with this BYE, which has been answered.
    Bye(OwnedMessage),
    /// The owner hung up, and our BYE was answered, or nobody answered it, or there was no dialog that a
    /// BYE could end yet.
    ByeSent,
    /// Our 2xx was never acknowledged; a BYE has been sent (RFC 3261 section 13.3.1.4).
    AckMissing,
    /// A re-INVITE of ours was answered with 408 or 481, or not at all: the peer does not know the dialog
    /// any more (RFC 3261 section 12.2.1.2). A BYE has been sent.
    PeerLost,
}
