//! Attributes: their types, and the values that are not addresses.

mod bandwidth;
mod behavior;
mod credentials;
mod error;
mod ice;
mod microsoft;
mod password_algorithm;
mod relay;
mod security_features;

use core::fmt;

pub use bandwidth::{
    MsBandwidthAdmission, MsBandwidthReservationAmount, MsBandwidthReservationId,
    MsLocalRelaySiteAddressResponse, MsLocalSiteAddressResponse, MsLocationProfile,
    MsRemoteRelaySiteAddressResponse, MsRemoteSiteAddressResponse, MsSipCallId, MsSipDialogId,
    MsSiteBandwidth,
};
pub use behavior::{CacheTimeout, ChangeRequest, Padding, ResponsePort};
pub use credentials::{AlternateDomain, Nonce, Realm, Software, UserHash, Username};
pub use error::{ErrorCode, UnknownAttributes};
pub use ice::{IceControlled, IceControlling, Priority, UseCandidate};
pub use microsoft::{
    CandidateIdentifier, ImplementationVersion, MsBandwidth, MsMultiplexedTurnSessionId,
    MsSequenceNumber, MsServiceQuality, MsVersion,
};
pub use password_algorithm::{PasswordAlgorithm, PasswordAlgorithmIter, PasswordAlgorithms};
pub use relay::{
    AdditionalAddressFamily, AddressErrorCode, AddressFamily, ChannelNumber, Data, DontFragment,
    EvenPort, Icmp, Lifetime, RequestedAddressFamily, RequestedTransport, ReservationToken,
};
pub use security_features::{NONCE_COOKIE_LEN, SecurityFeatures};
pub(crate) use security_features::{from_digits, to_digits};

use super::transaction_id::TransactionId;

/// The number of an attribute (RFC 8489 section 18.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeType(pub u16);

impl AttributeType {
    /// Whether a receiver that does not know it must refuse the message (RFC 8489 section 14).
    #[must_use]
    pub const fn is_comprehension_required(self) -> bool {
        self.0 < 0x8000
    }
}

/// Names the numbers, as constants and in `Debug`.
macro_rules! attribute_types {
    ($($(#[$doc:meta])* $name:ident $text:literal = $number:literal;)*) => {
        impl AttributeType {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// Its name in the registry, for those that this crate knows.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

attribute_types! {
    /// RFC 8489 section 14.1.
    MAPPED_ADDRESS "MAPPED-ADDRESS" = 0x0001;
    /// RFC 8489 section 14.3.
    USERNAME "USERNAME" = 0x0006;
    /// RFC 8489 section 14.5.
    MESSAGE_INTEGRITY "MESSAGE-INTEGRITY" = 0x0008;
    /// RFC 8489 section 14.8.
    ERROR_CODE "ERROR-CODE" = 0x0009;
    /// RFC 8489 section 14.13.
    UNKNOWN_ATTRIBUTES "UNKNOWN-ATTRIBUTES" = 0x000a;
    /// RFC 8489 section 14.9.
    REALM "REALM" = 0x0014;
    /// RFC 8489 section 14.10.
    NONCE "NONCE" = 0x0015;
    /// RFC 8489 section 14.6.
    MESSAGE_INTEGRITY_SHA256 "MESSAGE-INTEGRITY-SHA256" = 0x001c;
    /// RFC 8489 section 14.12.
    PASSWORD_ALGORITHM "PASSWORD-ALGORITHM" = 0x001d;
    /// RFC 8489 section 14.4.
    USERHASH "USERHASH" = 0x001e;
    /// RFC 8489 section 14.16.
    ALTERNATE_DOMAIN "ALTERNATE-DOMAIN" = 0x8003;
    /// RFC 8489 section 14.2.
    XOR_MAPPED_ADDRESS "XOR-MAPPED-ADDRESS" = 0x0020;
    /// RFC 5780 section 7.2, RFC 3489 section 11.2.4.
    CHANGE_REQUEST "CHANGE-REQUEST" = 0x0003;
    /// RFC 8656 section 18.1.
    CHANNEL_NUMBER "CHANNEL-NUMBER" = 0x000c;
    /// RFC 8656 section 18.2.
    LIFETIME "LIFETIME" = 0x000d;
    /// RFC 8656 section 18.3.
    XOR_PEER_ADDRESS "XOR-PEER-ADDRESS" = 0x0012;
    /// RFC 8656 section 18.4.
    DATA "DATA" = 0x0013;
    /// RFC 8656 section 18.5.
    XOR_RELAYED_ADDRESS "XOR-RELAYED-ADDRESS" = 0x0016;
    /// RFC 8656 section 18.6, RFC 6156 section 4.1.1.
    REQUESTED_ADDRESS_FAMILY "REQUESTED-ADDRESS-FAMILY" = 0x0017;
    /// RFC 8656 section 18.7.
    EVEN_PORT "EVEN-PORT" = 0x0018;
    /// RFC 8656 section 18.8.
    REQUESTED_TRANSPORT "REQUESTED-TRANSPORT" = 0x0019;
    /// RFC 8656 section 18.9.
    DONT_FRAGMENT "DONT-FRAGMENT" = 0x001a;
    /// RFC 8656 section 18.10.
    RESERVATION_TOKEN "RESERVATION-TOKEN" = 0x0022;
    /// RFC 5780 section 7.6.
    PADDING "PADDING" = 0x0026;
    /// RFC 5780 section 7.5.
    RESPONSE_PORT "RESPONSE-PORT" = 0x0027;
    /// RFC 8656 section 18.11.
    ADDITIONAL_ADDRESS_FAMILY "ADDITIONAL-ADDRESS-FAMILY" = 0x8000;
    /// RFC 8656 section 18.12.
    ADDRESS_ERROR_CODE "ADDRESS-ERROR-CODE" = 0x8001;
    /// RFC 8656 section 18.13.
    ICMP "ICMP" = 0x8004;
    /// RFC 5780 section 7.1.
    CACHE_TIMEOUT "CACHE-TIMEOUT" = 0x8027;
    /// RFC 5780 section 7.3.
    RESPONSE_ORIGIN "RESPONSE-ORIGIN" = 0x802b;
    /// RFC 5780 section 7.4.
    OTHER_ADDRESS "OTHER-ADDRESS" = 0x802c;
    /// RFC 3489 section 11.2.2.
    RESPONSE_ADDRESS "RESPONSE-ADDRESS" = 0x0002;
    /// RFC 3489 section 11.2.5.
    SOURCE_ADDRESS "SOURCE-ADDRESS" = 0x0004;
    /// RFC 3489 section 11.2.3.
    CHANGED_ADDRESS "CHANGED-ADDRESS" = 0x0005;
    /// RFC 3489 section 11.2.7.
    PASSWORD "PASSWORD" = 0x0007;
    /// RFC 3489 section 11.2.11.
    REFLECTED_FROM "REFLECTED-FROM" = 0x000b;
    /// \[MS-TURN\].
    MS_ALTERNATE_SERVER "MS-ALTERNATE-SERVER" = 0x000e;
    /// \[MS-TURN\]: first in each of its messages.
    MAGIC_COOKIE "MAGIC-COOKIE" = 0x000f;
    /// \[MS-TURN\].
    MS_BANDWIDTH "BANDWIDTH" = 0x0010;
    /// \[MS-TURN\].
    MS_DESTINATION_ADDRESS "DESTINATION-ADDRESS" = 0x0011;
    /// \[MS-TURN\].
    MS_VERSION "MS-VERSION" = 0x8008;
    /// \[MS-TURN\], and the drafts before RFC 5389.
    MS_XOR_MAPPED_ADDRESS "MS-XOR-MAPPED-ADDRESS" = 0x8020;
    /// \[MS-TURN\].
    MS_SEQUENCE_NUMBER "MS-SEQUENCE-NUMBER" = 0x8050;
    /// \[MS-ICE2\].
    CANDIDATE_IDENTIFIER "CANDIDATE-IDENTIFIER" = 0x8054;
    /// \[MS-TURN\].
    MS_SERVICE_QUALITY "MS-SERVICE-QUALITY" = 0x8055;
    /// \[MS-TURN\]. There is no type for its value, whose layout was not to be established.
    MS_ALTERNATE_HOST_NAME "MS-ALTERNATE-HOST-NAME" = 0x8032;
    /// \[MS-TURN\]. There is no type for its value, whose layout was not to be established.
    MS_APP_ID "MS-APP-ID" = 0x8037;
    /// \[MS-TURN\]. There is no type for its value, whose layout was not to be established.
    MS_SECURE_TAG "MS-SECURE-TAG" = 0x8039;
    /// \[MS-TURNBWM\].
    MS_BANDWIDTH_ACM "BANDWIDTH-ADMISSION-CONTROL-MESSAGE" = 0x8056;
    /// \[MS-TURNBWM\].
    MS_BANDWIDTH_RESERVATION_ID "BANDWIDTH-RESERVATION-ID" = 0x8057;
    /// \[MS-TURNBWM\].
    MS_BANDWIDTH_RESERVATION_AMOUNT "BANDWIDTH-RESERVATION-AMOUNT" = 0x8058;
    /// \[MS-TURNBWM\].
    MS_REMOTE_SITE_ADDRESS "REMOTE-SITE-ADDRESS" = 0x8059;
    /// \[MS-TURNBWM\].
    MS_REMOTE_RELAY_SITE_ADDRESS "REMOTE-RELAY-SITE-ADDRESS" = 0x805a;
    /// \[MS-TURNBWM\].
    MS_LOCAL_SITE_ADDRESS "LOCAL-SITE-ADDRESS" = 0x805b;
    /// \[MS-TURNBWM\].
    MS_LOCAL_RELAY_SITE_ADDRESS "LOCAL-RELAY-SITE-ADDRESS" = 0x805c;
    /// \[MS-TURNBWM\].
    MS_REMOTE_SITE_ADDRESS_RESPONSE "REMOTE-SITE-ADDRESS-RESPONSE" = 0x805d;
    /// \[MS-TURNBWM\].
    MS_REMOTE_RELAY_SITE_ADDRESS_RESPONSE "REMOTE-RELAY-SITE-ADDRESS-RESPONSE" = 0x805e;
    /// \[MS-TURNBWM\].
    MS_LOCAL_SITE_ADDRESS_RESPONSE "LOCAL-SITE-ADDRESS-RESPONSE" = 0x805f;
    /// \[MS-TURNBWM\].
    MS_LOCAL_RELAY_SITE_ADDRESS_RESPONSE "LOCAL-RELAY-SITE-ADDRESS-RESPONSE" = 0x8060;
    /// \[MS-TURNBWM\].
    MS_SIP_DIALOG_ID "SIP-DIALOG-ID" = 0x8061;
    /// \[MS-TURNBWM\].
    MS_SIP_CALL_ID "SIP-CALL-ID" = 0x8062;
    /// \[MS-TURNBWM\].
    MS_LOCATION_PROFILE "LOCATION-PROFILE" = 0x8068;
    /// \[MS-TURN\].
    MS_ALT_MAPPED_ADDRESS "MS-ALT-MAPPED-ADDRESS" = 0x8090;
    /// \[MS-TURN\].
    MS_MULTIPLEXED_TURN_SESSION_ID "MULTIPLEXED-TURN-SESSION-ID" = 0x8095;
    /// \[MS-ICE2\].
    IMPLEMENTATION_VERSION "IMPLEMENTATION-VERSION" = 0x8070;
    /// RFC 8445 section 16.1.
    PRIORITY "PRIORITY" = 0x0024;
    /// RFC 8445 section 16.1.
    USE_CANDIDATE "USE-CANDIDATE" = 0x0025;
    /// RFC 8489 section 14.11.
    PASSWORD_ALGORITHMS "PASSWORD-ALGORITHMS" = 0x8002;
    /// RFC 8489 section 14.14.
    SOFTWARE "SOFTWARE" = 0x8022;
    /// RFC 8489 section 14.15.
    ALTERNATE_SERVER "ALTERNATE-SERVER" = 0x8023;
    /// RFC 8489 section 14.7.
    FINGERPRINT "FINGERPRINT" = 0x8028;
    /// RFC 8445 section 16.1.
    ICE_CONTROLLED "ICE-CONTROLLED" = 0x8029;
    /// RFC 8445 section 16.1.
    ICE_CONTROLLING "ICE-CONTROLLING" = 0x802a;
}

impl AttributeType {
    /// \[MS-TURN\]: the number that is [`XOR_PEER_ADDRESS`](Self::XOR_PEER_ADDRESS) since RFC 5766.
    pub const MS_REMOTE_ADDRESS: Self = Self(0x0012);
}

impl fmt::Debug for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#06x}", self.0),
        }
    }
}

/// One attribute as it was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RawAttribute<'a> {
    /// Its type.
    pub kind: AttributeType,
    /// Its value without padding.
    pub value: &'a [u8],
    /// Where it begins, counted from the start of the message.
    pub offset: usize,
}

/// The value of an attribute cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("malformed {attribute:?} at octet {offset}")]
pub struct Malformed {
    /// Which attribute.
    pub attribute: AttributeType,
    /// Where it begins, counted from the start of the message.
    pub offset: usize,
}

/// The value of one type of attribute. Implement it for those that this crate does not know.
///
/// ```
/// use trunkline_stun::{Attribute, AttributeType, TransactionId};
///
/// /// `GOOG-NETWORK-INFO`.
/// struct NetworkCost(u16);
///
/// impl Attribute<'_> for NetworkCost {
///     const TYPE: AttributeType = AttributeType(0xc057);
///
///     fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
///         value.first_chunk().map(|cost| Self(u16::from_be_bytes(*cost)))
///     }
///
///     fn len(&self) -> usize {
///         2
///     }
///
///     fn write(&self, value: &mut [u8], _: &TransactionId) {
///         value.copy_from_slice(&self.0.to_be_bytes());
///     }
/// }
/// ```
#[expect(
    clippy::len_without_is_empty,
    reason = "the length of a field, not of a collection"
)]
pub trait Attribute<'a>: Sized {
    /// The type that it belongs to.
    const TYPE: AttributeType;

    /// How long a value may be when it is written, in octets. Longer ones are read nevertheless.
    const MAX_LEN: usize = 0xffff;

    /// Reads the value, or tells by `None` that it is malformed.
    fn read(value: &'a [u8], id: &TransactionId) -> Option<Self>;

    /// How long the value is without padding, in octets.
    fn len(&self) -> usize;

    /// Writes the value into exactly [`len`](Self::len) octets, all of which it must set.
    fn write(&self, value: &mut [u8], id: &TransactionId);
}

#[cfg(test)]
mod tests;
