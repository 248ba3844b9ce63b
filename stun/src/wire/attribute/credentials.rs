//! Who is asking, and with what.

use sha2::{Digest, Sha256};

use super::{Attribute, AttributeType};
use crate::wire::TransactionId;

/// `USERNAME` (RFC 8489 section 14.3): UTF-8, which is not checked here, since it is compared
/// octet by octet anyway.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Username<'a>(pub &'a [u8]);

/// `REALM` (RFC 8489 section 14.9): what the long-term key is made with, octet by octet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Realm<'a>(pub &'a [u8]);

/// `NONCE` (RFC 8489 section 14.10): sent back octet by octet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Nonce<'a>(pub &'a [u8]);

/// `SOFTWARE` (RFC 8489 section 14.14): for people. Of a text that is not UTF-8 the part before
/// the fault is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Software<'a>(pub &'a str);

/// `ALTERNATE-DOMAIN` (RFC 8489 section 14.16): the name that the server of `ALTERNATE-SERVER` proves over
/// TLS or DTLS. An ASCII name that is not checked here.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AlternateDomain<'a>(pub &'a [u8]);

/// The part of a text for people that can be read.
pub(super) fn readable(value: &[u8]) -> &str {
    value.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

macro_rules! octets {
    ($name:ident, $kind:ident, $max:literal, $read:expr) => {
        impl<'a> Attribute<'a> for $name<'a> {
            const TYPE: AttributeType = AttributeType::$kind;
            const MAX_LEN: usize = $max;

            fn read(value: &'a [u8], _: &TransactionId) -> Option<Self> {
                Some(Self($read(value)))
            }

            fn len(&self) -> usize {
                self.0.len()
            }

            fn write(&self, value: &mut [u8], _: &TransactionId) {
                value.copy_from_slice(self.0.as_ref());
            }
        }
    };
}

octets!(Username, USERNAME, 508, core::convert::identity);
octets!(Realm, REALM, 763, core::convert::identity);
octets!(Nonce, NONCE, 763, core::convert::identity);
octets!(Software, SOFTWARE, 763, readable);
octets!(
    AlternateDomain,
    ALTERNATE_DOMAIN,
    255,
    core::convert::identity
);

/// `USERHASH` (RFC 8489 section 14.4): a user who does not want to be named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UserHash(pub [u8; 32]);

impl UserHash {
    /// The hash of a user in a realm, both prepared as for [`Key`](crate::Key).
    #[must_use]
    pub fn new(username: &[u8], realm: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [username, b":", realm] {
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl Attribute<'_> for UserHash {
    const TYPE: AttributeType = AttributeType::USERHASH;

    fn read(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(Self)
    }

    fn len(&self) -> usize {
        32
    }

    fn write(&self, value: &mut [u8], _: &TransactionId) {
        value.copy_from_slice(&self.0);
    }
}
