//! What \[MS-TURN\] and \[MS-ICE2\] add.

use super::{Attribute, AttributeType};
use crate::wire::TransactionId;

/// `IMPLEMENTATION-VERSION` (\[MS-ICE2\]): in each check of an agent of Microsoft's. Up to 2 it
/// speaks the form of the draft only, from 3 on that of RFC 5389 too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ImplementationVersion(pub u32);

/// `MS-Version` (\[MS-TURN\]): 1 ICE, 2 MS-ICE2, 3 HMAC-SHA256, 4 IPv6, 5 and 6 multiplexed TURN.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MsVersion(pub u32);

/// `Bandwidth` (\[MS-TURN\]): what a client wants to send, in kilobits per second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MsBandwidth(pub u32);

macro_rules! number {
    ($name:ident, $kind:ident) => {
        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$kind;

            fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
                value.try_into().ok().map(u32::from_be_bytes).map(Self)
            }

            fn len(&self) -> usize {
                4
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                value.copy_from_slice(&self.0.to_be_bytes());
            }
        }
    };
}

number!(ImplementationVersion, IMPLEMENTATION_VERSION);
number!(MsVersion, MS_VERSION);
number!(MsBandwidth, MS_BANDWIDTH);

/// `CANDIDATE-IDENTIFIER` (\[MS-ICE2\]): the foundation of the candidate that a check is sent from.
/// Its padding is zero and counts in; it is cut off here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CandidateIdentifier<'a>(pub &'a [u8]);

impl<'a> Attribute<'a> for CandidateIdentifier<'a> {
    const TYPE: AttributeType = AttributeType::CANDIDATE_IDENTIFIER;

    fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        let end = value.iter().rposition(|octet| *octet != 0);
        Some(Self(&value[..end.map_or(0, |last| last + 1)]))
    }

    fn len(&self) -> usize {
        self.0.len().next_multiple_of(4)
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let (foundation, padding) = value.split_at_mut(self.0.len());
        foundation.copy_from_slice(self.0);
        padding.fill(0);
    }
}

/// `MS-Sequence-Number` (\[MS-TURN\]): what a server orders the requests of one allocation by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsSequenceNumber {
    /// What the server has named the connection.
    pub connection: [u8; 20],
    /// The number of the request.
    pub sequence: u32,
}

impl Attribute<'_> for MsSequenceNumber {
    const TYPE: AttributeType = AttributeType::MS_SEQUENCE_NUMBER;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let (connection, sequence) = value.split_first_chunk()?;
        Some(Self {
            connection: *connection,
            sequence: sequence.try_into().ok().map(u32::from_be_bytes)?,
        })
    }

    fn len(&self) -> usize {
        24
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let (connection, sequence) = value.split_at_mut(20);
        connection.copy_from_slice(&self.connection);
        sequence.copy_from_slice(&self.sequence.to_be_bytes());
    }
}

/// `MS-Service-Quality` (\[MS-TURN\]): what an allocation is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsServiceQuality {
    /// 1 audio, 2 video, 3 supplemental video, 4 data.
    pub stream: u16,
    /// 0 best effort, 1 reliable.
    pub quality: u16,
}

impl Attribute<'_> for MsServiceQuality {
    const TYPE: AttributeType = AttributeType::MS_SERVICE_QUALITY;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        let [a, b, c, d] = value.try_into().ok()?;
        Some(Self {
            stream: u16::from_be_bytes([a, b]),
            quality: u16::from_be_bytes([c, d]),
        })
    }

    fn len(&self) -> usize {
        4
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        let (stream, quality) = value.split_at_mut(2);
        stream.copy_from_slice(&self.stream.to_be_bytes());
        quality.copy_from_slice(&self.quality.to_be_bytes());
    }
}

/// `Multiplexed TURN Session ID` (\[MS-TURN\]): what the messages of one client begin with on a port of the
/// server that many share.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MsMultiplexedTurnSessionId(pub [u8; 8]);

impl Attribute<'_> for MsMultiplexedTurnSessionId {
    const TYPE: AttributeType = AttributeType::MS_MULTIPLEXED_TURN_SESSION_ID;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn len(&self) -> usize {
        8
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&self.0);
    }
}
