//! The generations of STUN that are in use, and what is computed in each.

use super::attribute::AttributeType;
use super::header::{HEADER_LEN, MAGIC_COOKIE};
use super::octets_at;

/// Which rules a message follows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Generation {
    /// RFC 8489 or RFC 5389: there is a magic cookie.
    Cookie,
    /// RFC 3489: there is none.
    Classic,
    /// \[MS-TURN\]: RFC 3489, but another cookie is in the first attribute, values are not padded,
    /// and the numbers of `REALM` and `NONCE` have changed places.
    MsTurn,
    /// \[MS-ICE2\] as its older agents speak it, after a draft of RFC 5389: the cookie is in its
    /// place, the integrity is computed as in RFC 3489 and the fingerprint by a table with an error.
    MsIce2,
}

/// The value of the first attribute of \[MS-TURN\].
const MS_TURN_COOKIE: [u8; 4] = 0x72c6_4bc6_u32.to_be_bytes();

/// The first attribute of \[MS-TURN\].
pub(super) const MS_TURN_COOKIE_ATTRIBUTE: [u8; 8] = {
    let [high, low] = AttributeType::MAGIC_COOKIE.0.to_be_bytes();
    let [a, b, c, d] = MS_TURN_COOKIE;
    [high, low, 0, 4, a, b, c, d]
};

impl Generation {
    /// What the beginning of a message says; of the header only the cookie is looked at.
    pub(super) fn of(message: &[u8]) -> Self {
        if octets_at(message, 4) == Some(MAGIC_COOKIE.to_be_bytes()) {
            Self::Cookie
        } else if octets_at(message, HEADER_LEN) == Some(MS_TURN_COOKIE_ATTRIBUTE) {
            Self::MsTurn
        } else {
            Self::Classic
        }
    }

    /// Where the attributes begin.
    #[inline]
    pub(super) const fn start(self) -> usize {
        match self {
            Self::MsTurn => HEADER_LEN + MS_TURN_COOKIE_ATTRIBUTE.len(),
            _ => HEADER_LEN,
        }
    }

    /// To what lengths of values are padded, less one.
    #[inline]
    pub(super) const fn padding_mask(self) -> usize {
        match self {
            Self::MsTurn => 0,
            _ => 3,
        }
    }

    /// Whether the integrity covers the header as it is, and zeros up to whole blocks
    /// (RFC 3489 section 11.2.8).
    pub(super) const fn has_classic_integrity(self) -> bool {
        !matches!(self, Self::Cookie)
    }

    /// The number that a type has in this generation.
    #[inline]
    pub(super) fn number_of(self, kind: AttributeType) -> AttributeType {
        match (self, kind) {
            (Self::MsTurn, AttributeType::REALM) => AttributeType::NONCE,
            (Self::MsTurn, AttributeType::NONCE) => AttributeType::REALM,
            _ => kind,
        }
    }
}

/// The table of CRC-32, with one entry wrong as it is in the older agents.
const MS_ICE2_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut entry = index as u32;
        let mut bit = 0;
        while bit < 8 {
            entry = entry >> 1 ^ if entry & 1 == 1 { 0xedb8_8320 } else { 0 };
            bit += 1;
        }
        table[index] = if entry == 0x8bbe_b8ea {
            0x08bb_e8ea
        } else {
            entry
        };
        index += 1;
    }
    table
};

/// CRC-32 by that table.
pub(super) fn ms_ice2_crc(message: &[u8]) -> u32 {
    let crc = message.iter().fold(u32::MAX, |crc, octet| {
        let index = usize::from(crc.to_le_bytes()[0] ^ octet);
        MS_ICE2_TABLE[index] ^ crc >> 8
    });
    !crc
}

#[cfg(test)]
mod tests;
