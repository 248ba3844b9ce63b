//! Finding line ends and colons. Lines are some twenty bytes long and names ten, where a search
//! costs its call and its mispredicted branches, not its bytes. So line ends are found for a whole
//! block at once, and the end of a name without a loop. Both in code that compiles to vector and
//! word operations.

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;
/// Bytes of a name that are looked at in one step.
pub(super) const STEP: usize = 16;

/// The line feeds among the [`BLOCK`] bytes from `at` on, a bit each, the first byte lowest.
#[inline]
pub(super) fn line_feeds(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => line_feeds_in(block),
        None => last_line_feeds(rest),
    }
}

#[inline(never)]
fn last_line_feeds(rest: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    line_feeds_in(&block)
}

#[inline]
fn line_feeds_in(block: &[u8; BLOCK]) -> u64 {
    let mut marks = [0; BLOCK];
    for (mark, byte) in marks.iter_mut().zip(block) {
        *mark = u8::from(*byte == b'\n');
    }
    let mut bits = 0;
    for (at, eight) in marks.as_chunks().0.iter().enumerate() {
        // moves the lowest bit of each of eight bytes into the top byte, first byte lowest
        let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= gathered << (8 * at);
    }
    bits
}

/// The two words of a chunk, first byte lowest.
#[inline]
pub(super) fn words(chunk: &[u8; STEP]) -> [u64; 2] {
    let whole = u128::from_le_bytes(*chunk);
    [whole as u64, (whole >> 64) as u64]
}

/// Where the first colon is in a chunk; [`STEP`] if there is none.
#[inline]
pub(super) fn colon(words: [u64; 2]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // marks the first colon of a word with its top bit; marks above it may be wrong
    let marks = words.map(|word| {
        let word = word ^ (ONES * u64::from(b':'));
        word.wrapping_sub(ONES) & !word & (ONES << 7)
    });
    let bits = match marks[0] {
        0 => 64 + marks[1].trailing_zeros(),
        marks => marks.trailing_zeros(),
    };
    bits as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_feed_is_marked() {
        let mut bytes = [b'.'; 2 * BLOCK + 5];
        for at in 0..bytes.len() {
            bytes[at] = b'\n';
            for block in (0..bytes.len()).step_by(BLOCK) {
                let expected = match at / BLOCK == block / BLOCK {
                    true => 1 << (at % BLOCK),
                    false => 0,
                };
                assert_eq!(line_feeds(&bytes, block), expected);
            }
            bytes[at] = 0x8A;
        }
        assert_eq!(line_feeds(&[b'\n'; BLOCK], 0), u64::MAX);
        assert_eq!(line_feeds(b"\n", 1), 0);
    }

    #[test]
    fn the_first_colon_is_found() {
        let mut chunk = [0xFF; STEP];
        assert_eq!(colon(words(&chunk)), STEP);
        for at in (0..STEP).rev() {
            chunk[at] = b':';
            assert_eq!(colon(words(&chunk)), at);
            // the byte next to a colon in value
            chunk[at.saturating_sub(1)] = b';';
        }
    }
}
