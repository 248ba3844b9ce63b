//! What \[MS-TURNBWM\] adds: a client asks its relay whether the network has room for a stream, and reserves it.

use super::{Attribute, AttributeType};
use crate::wire::TransactionId;

/// `Bandwidth Admission Control Message` (\[MS-TURNBWM\] section 2.2.1): what an Allocate request is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsBandwidthAdmission(pub u16);

impl MsBandwidthAdmission {
    /// Whether there is room.
    pub const CHECK: Self = Self(0);
    /// It is to be reserved.
    pub const COMMIT: Self = Self(1);
    /// What is reserved is still needed, or as much as is told.
    pub const UPDATE: Self = Self(2);
}

impl Attribute<'_> for MsBandwidthAdmission {
    const TYPE: AttributeType = AttributeType::MS_BANDWIDTH_ACM;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [_, _, high, low] = value.try_into().ok()?;
        Some(Self(u16::from_be_bytes([high, low])))
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&u32::from(self.0).to_be_bytes());
    }
}

/// `Bandwidth Reservation Identifier` (\[MS-TURNBWM\] section 2.2.2): names a reservation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsBandwidthReservationId(pub [u8; 16]);

impl Attribute<'_> for MsBandwidthReservationId {
    const TYPE: AttributeType = AttributeType::MS_BANDWIDTH_RESERVATION_ID;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn len(&self) -> usize {
        16
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&self.0);
    }
}

/// `Bandwidth Reservation Amount` (\[MS-TURNBWM\] section 2.2.3): how much a stream needs, in kilobits per second.
///
/// The numbers stand in the order of the fields, as in the specification; Wireshark shows each maximum
/// before its minimum.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsBandwidthReservationAmount {
    /// What the client sends at least.
    pub min_send: u32,
    /// What it sends at most.
    pub max_send: u32,
    /// What it receives at least.
    pub min_receive: u32,
    /// What it receives at most.
    pub max_receive: u32,
}

impl Attribute<'_> for MsBandwidthReservationAmount {
    const TYPE: AttributeType = AttributeType::MS_BANDWIDTH_RESERVATION_AMOUNT;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [min_send, max_send, min_receive, max_receive] = words(value)?;
        Some(Self {
            min_send,
            max_send,
            min_receive,
            max_receive,
        })
    }

    fn len(&self) -> usize {
        16
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let words = [
            self.min_send,
            self.max_send,
            self.min_receive,
            self.max_receive,
        ];
        put_words(value, &words);
    }
}

fn words<const N: usize>(value: &[u8]) -> Option<[u32; N]> {
    let (octets, []) = value.as_chunks() else {
        return None;
    };
    let octets: &[[u8; 4]; N] = octets.try_into().ok()?;
    Some(octets.map(u32::from_be_bytes))
}

fn put_words(value: &mut [u8], words: &[u32]) {
    let (octets, _) = value.as_chunks_mut();
    for (octets, word) in octets.iter_mut().zip(words) {
        *octets = word.to_be_bytes();
    }
}

/// Whether there is room to and from an address (\[MS-TURNBWM\] sections 2.2.8 to 2.2.11).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsSiteBandwidth {
    /// The policy lets media pass there, so that connectivity may be checked.
    pub is_valid: bool,
    /// If not: the call may be tried over the PSTN. Not told of relays.
    pub pstn_failover: bool,
    /// How much can be sent there, in kilobits per second.
    pub max_send: u32,
    /// How much can be received from there, in kilobits per second.
    pub max_receive: u32,
}

const VALID: u32 = 1 << 31;
const PSTN_FAILOVER: u32 = 1 << 30;

macro_rules! response {
    ($(#[$doc:meta])* $name:ident, $kind:ident, $flags:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct $name(pub MsSiteBandwidth);

        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$kind;

            fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
                let [flags, max_send, max_receive] = words(value)?;
                let flags = flags & $flags;
                Some(Self(MsSiteBandwidth {
                    is_valid: flags & VALID != 0,
                    pstn_failover: flags & PSTN_FAILOVER != 0,
                    max_send,
                    max_receive,
                }))
            }

            fn len(&self) -> usize {
                12
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                let valid = if self.0.is_valid { VALID } else { 0 };
                let failover = if self.0.pstn_failover { PSTN_FAILOVER } else { 0 };
                let flags = (valid | failover) & $flags;
                put_words(value, &[flags, self.0.max_send, self.0.max_receive]);
            }
        }
    };
}

response!(
    /// `Remote Site Address Response` (\[MS-TURNBWM\] section 2.2.8).
    MsRemoteSiteAddressResponse,
    MS_REMOTE_SITE_ADDRESS_RESPONSE,
    VALID | PSTN_FAILOVER
);
response!(
    /// `Remote Relay Site Address Response` (\[MS-TURNBWM\] section 2.2.9).
    MsRemoteRelaySiteAddressResponse,
    MS_REMOTE_RELAY_SITE_ADDRESS_RESPONSE,
    VALID
);
response!(
    /// `Local Site Address Response` (\[MS-TURNBWM\] section 2.2.10).
    MsLocalSiteAddressResponse,
    MS_LOCAL_SITE_ADDRESS_RESPONSE,
    VALID | PSTN_FAILOVER
);
response!(
    /// `Local Relay Site Address Response` (\[MS-TURNBWM\] section 2.2.11).
    MsLocalRelaySiteAddressResponse,
    MS_LOCAL_RELAY_SITE_ADDRESS_RESPONSE,
    VALID
);

/// `SIP Dialog Identifier` (\[MS-TURNBWM\] section 2.2.12): for which dialog the room is, as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsSipDialogId<'a>(pub &'a [u8]);

/// `SIP Call Identifier` (\[MS-TURNBWM\] section 2.2.13): for which call, as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsSipCallId<'a>(pub &'a [u8]);

macro_rules! octets {
    ($name:ident, $kind:ident) => {
        impl<'a> Attribute<'a> for $name<'a> {
            const TYPE: AttributeType = AttributeType::$kind;

            fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
                Some(Self(value))
            }

            fn len(&self) -> usize {
                self.0.len()
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                value.copy_from_slice(self.0);
            }
        }
    };
}

octets!(MsSipDialogId, MS_SIP_DIALOG_ID);
octets!(MsSipCallId, MS_SIP_CALL_ID);

/// `Location Profile` (\[MS-TURNBWM\] section 2.2.14): where the two ends of a call are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsLocationProfile {
    /// The peer: 0 unknown, 1 internet, 2 intranet.
    pub peer: u8,
    /// The client itself, the same way.
    pub own: u8,
    /// 0 no federation, 1 that of an enterprise, 2 that of the public cloud.
    pub federation: u8,
}

impl Attribute<'_> for MsLocationProfile {
    const TYPE: AttributeType = AttributeType::MS_LOCATION_PROFILE;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [peer, own, federation, _] = value.try_into().ok()?;
        Some(Self {
            peer,
            own,
            federation,
        })
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&[self.peer, self.own, self.federation, 0]);
    }
}
