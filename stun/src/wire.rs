//! Views over received bytes and a writer into the caller's. No allocation, ever.

mod address;
mod attribute;
mod channel_data;
mod demultiplex;
mod generation;
mod header;
mod integrity;
mod message;
mod transaction_id;
mod writer;

pub use address::{
    AlternateServer, ChangedAddress, MappedAddress, MsAlternateMappedAddress, MsAlternateServer,
    MsDestinationAddress, MsLocalRelaySiteAddress, MsLocalSiteAddress, MsRemoteAddress,
    MsRemoteRelaySiteAddress, MsRemoteSiteAddress, MsXorMappedAddress, OtherAddress, ReflectedFrom,
    ResponseAddress, ResponseOrigin, SourceAddress, XorMappedAddress, XorPeerAddress,
    XorRelayedAddress,
};
pub use attribute::{
    AdditionalAddressFamily, AddressErrorCode, AddressFamily, AlternateDomain, Attribute,
    AttributeType, CacheTimeout, CandidateIdentifier, ChangeRequest, ChannelNumber, Data,
    DontFragment, ErrorCode, EvenPort, IceControlled, IceControlling, Icmp, ImplementationVersion,
    Lifetime, Malformed, MsBandwidth, MsBandwidthAdmission, MsBandwidthReservationAmount,
    MsBandwidthReservationId, MsLocalRelaySiteAddressResponse, MsLocalSiteAddressResponse,
    MsLocationProfile, MsMultiplexedTurnSessionId, MsRemoteRelaySiteAddressResponse,
    MsRemoteSiteAddressResponse, MsSequenceNumber, MsServiceQuality, MsSipCallId, MsSipDialogId,
    MsSiteBandwidth, MsVersion, NONCE_COOKIE_LEN, Nonce, Padding, PasswordAlgorithm,
    PasswordAlgorithmIter, PasswordAlgorithms, Priority, RawAttribute, Realm,
    RequestedAddressFamily, RequestedTransport, ReservationToken, ResponsePort, SecurityFeatures,
    Software, UnknownAttributes, UseCandidate, UserHash, Username,
};
pub(crate) use attribute::{from_digits, to_digits};
pub use channel_data::{ChannelData, MAX_TURN_FRAME_LEN, turn_frame_len};
pub use demultiplex::{DatagramKind, classify, frame_len, recognize};
pub use generation::Generation;
pub use header::{Class, HEADER_LEN, MAGIC_COOKIE, Method};
pub use integrity::{IntegrityAlgorithm, IntegrityError, Key};
pub use message::{Attributes, BidDown, Message, ParseError, ParseErrorKind, UnknownRequired};
pub use transaction_id::{TransactionId, TransactionIds};
pub use writer::{MessageWriter, WriteError};

/// The first `N` octets from `at` on, if they are there.
fn octets_at<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk().copied()
}

/// The length with the padding to a multiple of four.
const fn padded(len: usize) -> usize {
    (len + 3) & !3
}
