//! Names and passwords that are good for a time, as web services hand them out for relays
//! (draft-uberti-behave-turn-rest).

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroize as _;

use crate::wire::to_digits;

/// The password of a time-limited user name: the HMAC-SHA1 of the name under a secret that the
/// service shares with the relay, in base64. For operators; a client is given both.
///
/// The name is the end of its time in seconds since 1970, a colon, and whatever tells users apart.
/// Wiped when it is dropped.
///
/// ```
/// use trunkline_stun::{LongTermAuthentication, TimeLimitedPassword, time_limited_until};
///
/// let username = b"1433895918:alice";
/// assert_eq!(time_limited_until(username), Some(1_433_895_918));
/// let password = TimeLimitedPassword::new(b"north", username);
/// let credential = LongTermAuthentication::new(username, password.as_bytes());
/// # assert!(credential.is_ok());
/// ```
#[derive(Clone)]
pub struct TimeLimitedPassword([u8; 28]);

impl TimeLimitedPassword {
    /// The password of a name under the shared secret.
    #[must_use]
    pub fn new(secret: &[u8], username: &[u8]) -> Self {
        let mut block = [0; 64];
        match block.get_mut(..secret.len()) {
            Some(start) => start.copy_from_slice(secret),
            // RFC 2104 section 2.
            None => block[..20].copy_from_slice(&Sha1::digest(secret)),
        }
        let mut keyed = Hmac::<Sha1>::new((&block).into());
        block.zeroize();
        keyed.update(username);
        let tag = keyed.finalize().into_bytes();
        let mut password = [b'='; 28];
        for (digits, octets) in password.chunks_exact_mut(4).zip(tag.chunks(3)) {
            let mut word = [0; 4];
            word[1..=octets.len()].copy_from_slice(octets);
            // The last one has two octets: three digits, and a sign in place of the fourth.
            let used = octets.len() + 1;
            digits[..used].copy_from_slice(&to_digits(u32::from_be_bytes(word))[..used]);
        }
        Self(password)
    }

    /// As it is used for a password.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for TimeLimitedPassword {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for TimeLimitedPassword {
    /// Tells nothing of the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimeLimitedPassword")
            .finish_non_exhaustive()
    }
}

/// Until when a time-limited user name is good, in seconds since 1970, or `None` if the name does
/// not tell. An allocation is to be made anew with another name before; the server may not refresh
/// it afterwards.
#[must_use]
pub fn time_limited_until(username: &[u8]) -> Option<u64> {
    let len = username.iter().take_while(|octet| octet.is_ascii_digit());
    let (digits, rest) = username.split_at(len.count());
    if !matches!(rest, [] | [b':', ..]) {
        return None;
    }
    core::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    /// Computed by `openssl dgst -sha1 -hmac SECRET -binary | base64`.
    #[test]
    fn passwords_are_those_of_other_programs() {
        for (secret, password) in [
            (b"north".as_slice(), "RqMvcGPYTJMGThVLSi4amT4zFtI="),
            (&[b'n'; 100], "ucN8FmbcsWmZc3g7y9ezU84oEz0="),
        ] {
            let own = TimeLimitedPassword::new(secret, b"1433895918:alice");
            assert_eq!(core::str::from_utf8(own.as_bytes()), Ok(password));
            assert_eq!(std::format!("{own:?}"), "TimeLimitedPassword { .. }");
        }
    }

    #[test]
    fn names_tell_their_end() {
        assert_eq!(time_limited_until(b"1433895918:alice"), Some(1_433_895_918));
        assert_eq!(time_limited_until(b"1433895918"), Some(1_433_895_918));
        for other in [
            "",
            "alice",
            ":alice",
            "14a:alice",
            "99999999999999999999:alice",
        ] {
            assert_eq!(time_limited_until(other.as_bytes()), None);
        }
    }
}
