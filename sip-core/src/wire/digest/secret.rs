//! What stands for a password.

use core::fmt;

use thiserror::Error;

use zeroize::Zeroize as _;

use super::gather::{Blocks, General, Md5, Sha256};
use super::hash::{HashFunction, Hashed, hash, with_hash};
use crate::wire::quoted::QuotedString;

/// The hash of name, realm and password, which is all that Digest needs of a password (`H(A1)` of RFC 7616
/// section 3.4.2).
///
/// It is as good as the password in its realm: wiped when it is dropped, never printed.
///
/// Names and passwords are hashed as they are given. RFC 7616 wants them prepared by PRECIS (RFC 8265)
/// where the charset is UTF-8; printable ASCII stays as it is.
///
/// ```
/// use trunkline_sip_core::{Ha1, HashFunction};
///
/// let secret = Ha1::new(HashFunction::Md5, "bob", "biloxi.com", "zanzibar");
/// let stored = Ha1::from_hex(HashFunction::Md5, "12af60467a33e8518da5c68bbff12b11")?;
/// assert!(secret.is_same(&stored));
/// assert_eq!(format!("{secret:?}"), "Ha1 { function: Md5, .. }");
/// # Ok::<(), trunkline_sip_core::InvalidHa1>(())
/// ```
#[derive(Clone)]
pub struct Ha1 {
    function: HashFunction,
    /// Whether the nonces of a session are hashed into it.
    session: bool,
    octets: [u64; 4],
}

/// What was given for an [`Ha1`] is not as many hexadecimal digits as its hash function has (caller).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("not the hexadecimal digits of such a hash")]
pub struct InvalidHa1;

impl Ha1 {
    /// The hash of name, realm and password.
    pub fn new(function: HashFunction, username: &str, realm: &str, password: &str) -> Self {
        Self::of(function, username, QuotedString::new(realm), password)
    }

    /// The same for a realm as a challenge has it.
    pub(crate) fn of(
        function: HashFunction,
        username: &str,
        realm: QuotedString<'_>,
        password: &str,
    ) -> Self {
        let hashed = with_hash!(function, of_password(username, realm, password));
        Self {
            function,
            session: false,
            octets: hashed.words(),
        }
    }

    /// A hash that was computed before, as tables of users hold it: 32 hexadecimal digits of MD5, 64 of the
    /// others, in either case.
    ///
    /// # Errors
    ///
    /// [`InvalidHa1`] for anything else.
    pub fn from_hex(function: HashFunction, digits: &str) -> Result<Self, InvalidHa1> {
        let hashed = Hashed::from_hex(QuotedString::new(digits)).ok_or(InvalidHa1)?;
        if digits.len() != function.hex_len() {
            return Err(InvalidHa1);
        }
        Ok(Self {
            function,
            session: false,
            octets: hashed.words(),
        })
    }

    /// The hash function.
    pub const fn function(&self) -> HashFunction {
        self.function
    }

    /// Whether both are the same, in constant time.
    pub fn is_same(&self, other: &Self) -> bool {
        let same = self.hashed().is_same(&other.hashed());
        same && self.function == other.function && self.session == other.session
    }

    /// The secret of a session: of `MD5-sess` and the like. It stays the same when the nonce changes within
    /// the session.
    pub(crate) fn session(&self, nonce: QuotedString<'_>, cnonce: QuotedString<'_>) -> Self {
        let own = self.hashed();
        let hashed = with_hash!(self.function, of_session(&own, nonce, cnonce));
        Self {
            function: self.function,
            session: true,
            octets: hashed.words(),
        }
    }

    pub(super) fn hashed(&self) -> Hashed {
        Hashed::from_words(self.octets, self.function)
    }

    pub(super) const fn is_session(&self) -> bool {
        self.session
    }
}

fn of_password<H: Blocks>(username: &str, realm: QuotedString<'_>, password: &str) -> Hashed {
    hash::<H>(|out| {
        out.update(username);
        out.update(b":");
        out.text(realm);
        out.update(b":");
        out.update(password);
    })
}

fn of_session<H: Blocks>(
    secret: &Hashed,
    nonce: QuotedString<'_>,
    cnonce: QuotedString<'_>,
) -> Hashed {
    hash::<H>(|out| {
        out.hex(secret);
        out.update(b":");
        out.text(nonce);
        out.update(b":");
        out.text(cnonce);
    })
}

impl Drop for Ha1 {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}

impl fmt::Debug for Ha1 {
    /// Tells nothing of the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ha1")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}
