//! What a nonce tells of a server, so that nobody on the way can take an offer out of its message
//! (RFC 8489 sections 9.2 and 18.1).

use super::Nonce;

/// What every nonce begins with that tells of security features.
const COOKIE: &[u8; 9] = b"obMatJos2";

/// How long the beginning of a nonce is that tells of security features, in octets.
pub const NONCE_COOKIE_LEN: usize = COOKIE.len() + 4;

/// The features that a nonce tells of (RFC 8489 section 18.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct SecurityFeatures(
    /// The lower 24 bits. Bit 0 of the registry is the highest of these.
    pub u32,
);

impl SecurityFeatures {
    /// The server offers password algorithms: bit 0.
    pub const PASSWORD_ALGORITHMS: Self = Self(0x80_0000);
    /// The server understands `USERHASH`: bit 1.
    pub const USERNAME_ANONYMITY: Self = Self(0x40_0000);

    /// Whether all of `other` are there.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How a nonce begins that tells of these; the server's own part follows.
    #[must_use]
    pub fn nonce_cookie(self) -> [u8; NONCE_COOKIE_LEN] {
        let mut cookie = [0; NONCE_COOKIE_LEN];
        let (name, digits) = cookie.split_at_mut(COOKIE.len());
        name.copy_from_slice(COOKIE);
        digits.copy_from_slice(&to_digits(self.0));
        cookie
    }
}

impl Nonce<'_> {
    /// The features that the server has, or `None` if it tells nothing of them.
    #[must_use]
    pub fn security_features(&self) -> Option<SecurityFeatures> {
        let digits: &[u8; 4] = self.0.strip_prefix(COOKIE)?.first_chunk()?;
        from_digits(digits).map(SecurityFeatures)
    }
}

/// The lower 24 bits as base64 (RFC 4648 section 4).
pub(crate) fn to_digits(bits: u32) -> [u8; 4] {
    [18, 12, 6, 0].map(|shift| match bits >> shift & 0x3f {
        value @ 0..26 => b'A' + value.to_le_bytes()[0],
        value @ 26..52 => b'a' + value.to_le_bytes()[0] - 26,
        value @ 52..62 => b'0' + value.to_le_bytes()[0] - 52,
        62 => b'+',
        _ => b'/',
    })
}

pub(crate) fn from_digits(digits: &[u8; 4]) -> Option<u32> {
    let mut bits = 0;
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_go_into_a_nonce_and_come_out() {
        let both = SecurityFeatures::PASSWORD_ALGORITHMS.and(SecurityFeatures::USERNAME_ANONYMITY);
        for (features, cookie) in [
            (SecurityFeatures::default(), b"obMatJos2AAAA"),
            (SecurityFeatures::PASSWORD_ALGORITHMS, b"obMatJos2gAAA"),
            (SecurityFeatures::USERNAME_ANONYMITY, b"obMatJos2QAAA"),
            (both, b"obMatJos2wAAA"),
            (SecurityFeatures(0xff_ffff), b"obMatJos2////"),
            (SecurityFeatures(0xfb_e6b4), b"obMatJos2++a0"),
        ] {
            assert_eq!(features.nonce_cookie(), *cookie);
            assert_eq!(Nonce(cookie).security_features(), Some(features));
        }
        assert!(both.contains(SecurityFeatures::PASSWORD_ALGORITHMS));
        assert!(!SecurityFeatures::PASSWORD_ALGORITHMS.contains(both));
        for nonce in [
            "",
            "obMatJos2AAA",
            "obMatJos2AA=A",
            "f//499k954d6OL34oL9FSTvy64sA",
        ] {
            assert_eq!(Nonce(nonce.as_bytes()).security_features(), None);
        }
    }
}
