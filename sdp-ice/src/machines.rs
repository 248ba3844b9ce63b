//! Offer/answer (RFC 3264) as plain data of fixed size.
//!
//! * An end point: [`offer`] and [`answer`] write its SDP, [`first_usable`] reads the other's.
//! * A media relay between two parties: [`describe`] says what the relay needs of each `m=` line,
//!   [`relay`] writes the SDP for the other party.
//! * Both: [`OfferAnswer`] keeps who owes an answer, and [`LocalOrigin`] the `o=` line.

mod codec;
mod endpoint;
mod offer_answer;
mod origin;
mod relay;
mod stream;

pub use codec::{Codec, StreamPolicy};
pub use endpoint::{LocalStream, answer, offer};
pub use offer_answer::{OfferAnswer, OfferAnswerError, OfferAnswerState, RemoteChange};
pub use origin::LocalOrigin;
pub use relay::{RelayAddress, relay};
pub use stream::{
    MediaDescription, NegotiationError, PayloadTypes, Unusable, describe, first_usable,
};
