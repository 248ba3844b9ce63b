//! Percent escapes (RFC 3261 section 19.1.2).

use crate::wire::write::Encoder;

/// The octets that `text` means: every `%` with two hexadecimal digits becomes one octet, anything else
/// stays as it is.
pub const fn unescape(text: &str) -> Unescaped<'_> {
    Unescaped {
        rest: text.as_bytes(),
    }
}

/// Writes the octets that `text` means to `to` and returns their number. They may hold NUL.
///
/// # Errors
///
/// The number that there would be, if `to` is smaller.
pub fn unescape_into(text: &str, to: &mut [u8]) -> Result<usize, usize> {
    let needed = unescape(text).count();
    let Some(room) = to.get_mut(..needed) else {
        return Err(needed);
    };
    for (slot, byte) in room.iter_mut().zip(unescape(text)) {
        *slot = byte;
    }
    Ok(needed)
}

/// The octets an escaped text means, see [`unescape`].
#[derive(Clone, Debug)]
pub struct Unescaped<'a> {
    rest: &'a [u8],
}

const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl Iterator for Unescaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if let [b'%', high, low, rest @ ..] = self.rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            self.rest = rest;
            return Some(high << 4 | low);
        }
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }
}

pub(super) fn same(left: Unescaped<'_>, right: Unescaped<'_>) -> bool {
    left.eq(right)
}

pub(super) fn same_ignoring_case(left: Unescaped<'_>, right: Unescaped<'_>) -> bool {
    left.map(|byte| byte.to_ascii_lowercase())
        .eq(right.map(|byte| byte.to_ascii_lowercase()))
}

/// Writes `text` with everything escaped that is neither unreserved nor one of `also`.
pub(super) fn escape(text: &str, also: &[u8], out: &mut Encoder<'_>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in text.as_bytes() {
        let unreserved = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
            );
        if unreserved || also.contains(&byte) {
            out.push_raw(&[byte]);
        } else {
            out.push_raw(&[
                b'%',
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]);
        }
    }
}
