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

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' | b'+' => Some(62),
        b'_' | b'/' => Some(63),
        _ => None,
    }
}

/// The octets that `text` means, up to where it breaks the rules.
pub(super) fn octets(text: &str) -> impl Iterator<Item = u8> {
    let (mut pending, mut bits) = (0u16, 0);
    text.bytes().map_while(sextet).filter_map(move |sextet| {
        pending = pending << 6 | u16::from(sextet);
        bits += 6;
        (bits >= 8).then(|| {
            bits -= 8;
            (pending >> bits) as u8
        })
    })
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
        pending = pending << 6 | u32::from(sextet(byte)?);
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
