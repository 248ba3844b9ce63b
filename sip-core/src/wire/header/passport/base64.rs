//! base64url without padding (RFC 4648 section 5, RFC 7515 section 2).

use crate::wire::write::Encoder;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn character(sextet: u32) -> u8 {
    ALPHABET[(sextet & 63) as usize]
}

/// Octets in, characters out. Up to two octets wait for those that complete them.
#[derive(Clone, Copy, Default)]
pub(super) struct Base64 {
    pending: u32,
    len: u8,
}

impl Base64 {
    pub(super) fn push(&mut self, octet: u8, out: &mut Encoder<'_>) {
        self.pending = self.pending << 8 | u32::from(octet);
        self.len += 1;
        if self.len == 3 {
            out.push_raw(&[18, 12, 6, 0].map(|shift| character(self.pending >> shift)));
            *self = Self::default();
        }
    }

    pub(super) fn finish(self, out: &mut Encoder<'_>) {
        match self.len {
            1 => out.push_raw(&[6, 0].map(|shift| character(self.pending << 4 >> shift))),
            2 => out.push_raw(&[12, 6, 0].map(|shift| character(self.pending << 2 >> shift))),
            _ => {}
        }
    }
}

/// Writes the octets that `text` means to `to` and returns their number. `None` where there is no room for them,
/// or where it is not what an encoder writes, apart from padding and the characters of the usual alphabet.
pub(super) fn decode(text: &str, to: &mut [u8]) -> Option<usize> {
    let (mut pending, mut bits, mut len) = (0u32, 0, 0);
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    for byte in digits.bytes() {
        let sextet = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        pending = pending << 6 | u32::from(sextet);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            *to.get_mut(len)? = (pending >> bits) as u8;
            len += 1;
            pending &= (1 << bits) - 1;
        }
    }
    // What is left over has to be zero.
    (pending == 0).then_some(len)
}
