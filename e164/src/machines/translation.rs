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
    pub const fn new(translation: &str, pattern: &Pattern) -> Result<Self, TranslationError> {
        Self::of_groups(translation, pattern.group_count())
    }

    /// As [`new`](Self::new), for a pattern with so many groups.
    pub(super) const fn of_groups(
        translation: &str,
        groups: usize,
    ) -> Result<Self, TranslationError> {
        let bytes = translation.as_bytes();
        let mut compiled = Self {
            parts: [0; CAPACITY],
            len: 0,
            literal: 0,
            is_plain: true,
            missing: 0,
        };
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            let next = if at + 1 < bytes.len() {
                bytes[at + 1]
            } else {
                0
            };
            let (part, len) = match (byte, next) {
                (b'$', b'$') => (b'$', 2),
                (b'$', b'&') => (GROUP, 2),
                (b'$', b'0'..=b'9' | b'{') => match group(bytes, at + 1, groups) {
                    Some(Named::Group(group, len)) => (group, len),
                    Some(Named::Missing(missing)) => {
                        compiled.missing = missing;
                        (b'$', 1)
                    }
                    None => return Err(error(TranslationFault::Unsupported, at)),
                },
                (b'$', b'`' | b'\'' | b'+' | b'_') => {
                    return Err(error(TranslationFault::Unsupported, at));
                }
                (b' '..=b'~', _) => (byte, 1),
                _ => return Err(error(TranslationFault::NotPrintable, at)),
            };
            if compiled.len as usize >= CAPACITY {
                return Err(error(TranslationFault::TooLong, at));
            }
            compiled.parts[compiled.len as usize] = part;
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

const fn error(fault: TranslationFault, offset: usize) -> TranslationError {
    TranslationError { fault, offset }
}

/// What stands behind a dollar sign.
enum Named {
    /// A group, and the length of its name with the dollar sign.
    Group(u8, usize),
    /// A group that the pattern has not, so that the dollar sign stands for itself.
    Missing(u8),
}

/// What the name says that begins at `begin`; `None` where it is not taken.
const fn group(translation: &[u8], begin: usize, groups: usize) -> Option<Named> {
    let is_braced = translation[begin] == b'{';
    let mut at = begin + is_braced as usize;
    let first = at;
    let mut number = 0_usize;
    while at < translation.len() && translation[at].is_ascii_digit() {
        let digit = translation[at] - b'0';
        number = number.saturating_mul(10).saturating_add(digit as usize);
        at += 1;
    }
    if is_braced {
        if at == first || at >= translation.len() || translation[at] != b'}' {
            return None;
        }
        at += 1;
    }
    match number {
        _ if number > groups => Some(Named::Missing(if number < 255 {
            number as u8
        } else {
            255
        })),
        0..=9 => Some(Named::Group(GROUP | number as u8, 1 + at - begin)),
        _ => None,
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
