//! Translations: what a rule makes of the groups of its pattern.

use core::fmt;

use super::pattern::Spans;
use crate::wire::is_plain;
use crate::{DialString, DialStringError, DialStringFault, Pattern};

/// How many octets a compiled translation has at most.
const CAPACITY: usize = 48;

/// This bit tells a group from a character.
const GROUP: u8 = 0x80;

/// What a rule writes, for instance `+4989$1`: text and groups of the pattern.
///
/// Read as .NET reads it: `$1` to `$9` and `${1}` are groups, `$0` and `$&` the whole match, `$$` a
/// dollar sign; a group that took no part is nothing, and the name of a group is digits alone, so
/// that `$1a` is group 1 and an `a`. A number that no group has stays as it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Translation {
    /// Characters, and numbers of groups with the highest bit set.
    parts: [u8; CAPACITY],
    len: u8,
    /// How many characters come before the first group.
    literal: u8,
    /// Whether all characters are digits, `+`, `*` and `#`.
    is_plain: bool,
    /// A group that is named and that the pattern has not; 0 for none.
    missing: u8,
}

impl Translation {
    /// Compiles the translation that belongs to a pattern.
    ///
    /// # Errors
    ///
    /// [`TranslationError`] tells what is wrong and where: too long, not printable, or a substitution
    /// that is not taken. A group that the pattern has not is no error, since .NET takes it as text: see
    /// [`missing_group`](Self::missing_group).
    pub fn new(translation: &str, pattern: &Pattern) -> Result<Self, TranslationError> {
        Self::of_groups(translation, pattern.group_count())
    }

    /// As [`new`](Self::new), for a pattern with so many groups.
    pub(super) fn of_groups(translation: &str, groups: usize) -> Result<Self, TranslationError> {
        let bytes = translation.as_bytes();
        let mut compiled = Self {
            parts: [0; CAPACITY],
            len: 0,
            literal: 0,
            is_plain: true,
            missing: 0,
        };
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let error = |fault| TranslationError { fault, offset: at };
            let (part, len) = match bytes.get(at + 1) {
                Some(b'$') if byte == b'$' => (b'$', 2),
                Some(b'&') if byte == b'$' => (GROUP, 2),
                Some(b'0'..=b'9' | b'{') if byte == b'$' => {
                    match group(&bytes[at + 1..], groups).map_err(error)? {
                        Ok(found) => found,
                        Err(missing) => {
                            compiled.missing = missing;
                            (b'$', 1)
                        }
                    }
                }
                Some(b'`' | b'\'' | b'+' | b'_') if byte == b'$' => {
                    return Err(error(TranslationFault::Unsupported));
                }
                _ if !matches!(byte, b' '..=b'~') => {
                    return Err(error(TranslationFault::NotPrintable));
                }
                _ => (byte, 1),
            };
            let place = compiled.parts.get_mut(usize::from(compiled.len));
            *place.ok_or_else(|| error(TranslationFault::TooLong))? = part;
            if part & GROUP == 0 {
                compiled.is_plain &= is_plain(part);
                if compiled.literal == compiled.len {
                    compiled.literal += 1;
                }
            }
            compiled.len += 1;
            at += len;
        }
        Ok(compiled)
    }

    /// A group that the translation names and that the pattern has not, such as `$2` where the pattern has
    /// one group: as a rule a slip, since it stands as text in what is dialled. The last one, if there
    /// are several; 255 stands for all above it.
    #[must_use]
    pub const fn missing_group(&self) -> Option<u8> {
        match self.missing {
            0 => None,
            group => Some(group),
        }
    }

    /// Characters, and groups of the pattern.
    #[inline]
    pub(super) fn parts(&self) -> Parts<'_> {
        Parts {
            octets: &self.parts,
            len: self.len,
            literal: self.literal,
            is_plain: self.is_plain,
        }
    }
}

/// The parts of a translation wherever they are kept.
#[derive(Clone, Copy)]
pub(super) struct Parts<'p> {
    /// Characters, and numbers of groups with the highest bit set; others may follow.
    pub(super) octets: &'p [u8],
    pub(super) len: u8,
    pub(super) literal: u8,
    pub(super) is_plain: bool,
}

/// So many octets are written at once: no E.164 number is longer.
const BLOCK: usize = 16;

/// The first octets of a block, so many of them.
static FIRST_OF: [u128; BLOCK + 1] = {
    let mut table = [u128::MAX; BLOCK + 1];
    let mut count = 0;
    while count < BLOCK {
        table[count] = (1 << (8 * count)) - 1;
        count += 1;
    }
    table
};

impl Parts<'_> {
    /// How many octets should stand behind the parts, so that they can be read at once.
    #[cfg(feature = "alloc")]
    pub(super) const BEHIND: usize = BLOCK;

    pub(super) fn octets(&self) -> &[u8] {
        self.octets.get(..self.len.into()).unwrap_or_default()
    }

    /// Writes the translation of a match in what was dialled into `out`, which is empty.
    pub(super) fn write(
        &self,
        spans: Spans<'_>,
        dialled: &DialString,
        out: &mut DialString,
    ) -> Result<(), DialStringError> {
        if spans.is_plain
            && self.is_plain
            && let Some((block, len @ 1..)) = self.block(spans, dialled)
        {
            if let Some(first) = out.bytes_mut().first_chunk_mut() {
                *first = block.to_le_bytes();
            }
            out.set_len(len);
            return Ok(());
        }
        self.write_octets(spans, dialled, out)
    }

    /// The translation and its length, if it is at most a block. What is put together octet by octet takes longer, and
    /// longer again until it can be read.
    #[inline]
    fn block(&self, spans: Spans<'_>, dialled: &DialString) -> Option<(u128, usize)> {
        let of = |octets: &[u8], begin: usize, count: usize| {
            let block = octets.get(begin..)?.first_chunk()?;
            Some(u128::from_le_bytes(*block) & FIRST_OF.get(count)?)
        };
        let mut len = usize::from(self.literal);
        let mut block = of(self.octets, 0, len)?;
        for &part in self.octets().get(len..)? {
            let (piece, count) = match part & GROUP {
                0 => (part.into(), 1),
                _ => match spans.get(usize::from(part & !GROUP)) {
                    Some((begin, end)) => (of(dialled.bytes(), begin, end - begin)?, end - begin),
                    None => continue,
                },
            };
            if len + count > BLOCK {
                return None;
            }
            block |= piece.checked_shl(8 * len as u32).unwrap_or(0);
            len += count;
        }
        Some((block, len))
    }

    #[inline(never)]
    fn write_octets(
        &self,
        spans: Spans<'_>,
        dialled: &DialString,
        out: &mut DialString,
    ) -> Result<(), DialStringError> {
        let bytes = out.bytes_mut();
        let mut len = 0;
        let mut plain = true;
        let too_long = |offset| DialStringError {
            fault: DialStringFault::TooLong,
            offset,
        };
        for &part in self.octets() {
            if part & GROUP == 0 {
                *bytes.get_mut(len).ok_or_else(|| too_long(len))? = part;
                plain &= is_plain(part);
                len += 1;
                continue;
            }
            let (begin, end) = spans.get(usize::from(part & !GROUP)).unwrap_or_default();
            let piece = &dialled.as_bytes()[begin..end];
            let room = bytes.get_mut(len..len + piece.len());
            // most are of a few octets: to call for a copy would cost more
            for (place, &byte) in room.ok_or_else(|| too_long(len))?.iter_mut().zip(piece) {
                *place = byte;
                plain &= is_plain(byte);
            }
            len += piece.len();
        }
        if plain && len > 0 {
            out.set_len(len);
            return Ok(());
        }
        // all of it is printable ASCII
        let written = str::from_utf8(&bytes[..len]).unwrap_or_default();
        *out = DialString::parse(written)?;
        Ok(())
    }
}

/// The group that is named after a dollar sign, and the length of both; or the name of a group that the
/// pattern has not, so that the dollar sign stands for itself.
fn group(name: &[u8], groups: usize) -> Result<Result<(u8, usize), u8>, TranslationFault> {
    let braced = name.first() == Some(&b'{');
    let digits = &name[usize::from(braced)..];
    let count = digits
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(digits.len());
    let number = digits[..count].iter().fold(0_usize, |number, digit| {
        number
            .saturating_mul(10)
            .saturating_add(usize::from(digit - b'0'))
    });
    if braced && (count == 0 || digits.get(count) != Some(&b'}')) {
        return Err(TranslationFault::Unsupported);
    }
    if number > groups {
        return Ok(Err(u8::try_from(number).unwrap_or(u8::MAX)));
    }
    match number {
        0..=9 => Ok(Ok((
            GROUP | number as u8,
            1 + count + 2 * usize::from(braced),
        ))),
        _ => Err(TranslationFault::Unsupported),
    }
}

impl fmt::Debug for Translation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Translation(")?;
        for part in &self.parts[..usize::from(self.len)] {
            match part & GROUP {
                0 => write!(f, "{}", char::from(*part))?,
                _ => write!(f, "${{{}}}", part & !GROUP)?,
            }
        }
        f.write_str(")")
    }
}

/// Why a translation was refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault} at offset {offset} of the translation")]
#[non_exhaustive]
pub struct TranslationError {
    /// What is wrong.
    pub fault: TranslationFault,
    /// Where, in octets from the beginning of the translation.
    pub offset: usize,
}

/// What is wrong with a translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TranslationFault {
    /// More than 48 characters and groups.
    #[error("translation too long")]
    TooLong,
    /// Not a printable ASCII character.
    #[error("not a printable ASCII character")]
    NotPrintable,
    /// Something of .NET that is not taken: named groups, groups beyond 9, the text around the
    /// match.
    #[error("unsupported substitution")]
    Unsupported,
}
