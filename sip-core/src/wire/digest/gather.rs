//! What is hashed, put together first: a digest is made of many small texts, and a hash function is quickest
//! with all of it at once.

use sha2::Digest;
use zeroize::{Zeroize as _, optimization_barrier};

use super::hash::Hashed;
use crate::wire::quoted::QuotedString;

/// A hash function that takes whole blocks of 64 octets.
pub(super) trait Blocks {
    fn new() -> Self;

    fn take(&mut self, blocks: &[[u8; 64]]);

    /// Takes the rest, the first `len` octets of `room`, which has at least nine more.
    fn finish(&mut self, room: &mut [[u8; 64]; ROOM], len: usize) -> Hashed;
}

/// The blocks that are put together, and one in which their end has room.
const ROOM: usize = GATHERED / 64 + 1;
const GATHERED: usize = 256;

/// Puts octets together and hashes them. They are wiped: most of what goes into a digest is as good as a
/// password.
pub(super) struct Gather<H> {
    hash: H,
    room: [[u8; 64]; ROOM],
    len: usize,
}

impl<H: Blocks> Gather<H> {
    pub(super) fn new() -> Self {
        Self {
            hash: H::new(),
            room: [[0; 64]; ROOM],
            len: 0,
        }
    }

    #[inline]
    pub(super) fn update(&mut self, octets: impl AsRef<[u8]>) {
        let octets = octets.as_ref();
        let end = self.len + octets.len();
        let (room, _) = self.room.as_flattened_mut().split_at_mut(GATHERED);
        match room.get_mut(self.len..end) {
            Some(place) => {
                place.copy_from_slice(octets);
                self.len = end;
            }
            None => self.overflow(octets),
        }
    }

    #[cold]
    fn overflow(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            if self.len == GATHERED {
                let (whole, _) = self.room.split_at(GATHERED / 64);
                self.hash.take(whole);
                self.len = 0;
            }
            let (now, later) = octets.split_at(octets.len().min(GATHERED - self.len));
            let end = self.len + now.len();
            if let Some(place) = self.room.as_flattened_mut().get_mut(self.len..end) {
                place.copy_from_slice(now);
            }
            self.len = end;
            octets = later;
        }
    }

    /// The octets that a quoted string means.
    #[inline]
    pub(super) fn text(&mut self, string: QuotedString<'_>) {
        let raw = string.raw();
        if memchr::memchr2(b'\\', b'\r', raw).is_none() {
            return self.update(raw);
        }
        for octet in string.unescaped() {
            self.update([octet]);
        }
    }

    /// A hash in hexadecimal digits.
    #[inline]
    pub(super) fn hex(&mut self, hash: &Hashed) {
        let mut digits = hash.digits();
        self.update(digits.get(..hash.hex_len()).unwrap_or_default());
        digits = [0; 64];
        optimization_barrier(&digits);
    }

    pub(super) fn finish(&mut self) -> Hashed {
        self.hash.finish(&mut self.room, self.len)
    }
}

impl<H> Drop for Gather<H> {
    fn drop(&mut self) {
        self.room = [[0; 64]; ROOM];
        optimization_barrier(&self.room);
    }
}

/// Ends a message of 64-octet blocks: a one, zeros, and this length. Gives the blocks that are left of it.
#[inline]
fn ended(room: &mut [[u8; 64]; ROOM], len: usize, length: [u8; 8]) -> &[[u8; 64]] {
    let (blocks, _) = room.split_at_mut((len + 9).div_ceil(64).min(ROOM));
    let rest = blocks.as_flattened_mut().get_mut(len..);
    if let Some((mark, rest)) = rest.and_then(<[u8]>::split_first_mut) {
        *mark = 0x80;
        rest.fill(0);
        if let Some(place) = rest.last_chunk_mut() {
            *place = length;
        }
    }
    blocks
}

/// The octets of words, as many as there are.
#[inline]
fn hashed<const N: usize>(words: [[u8; 4]; N]) -> Hashed {
    Hashed::of(words.as_flattened())
}

/// SHA-256 made of its compression function.
pub(super) struct Sha256 {
    state: [u32; 8],
    taken: u64,
}

impl Blocks for Sha256 {
    /// FIPS 180-4 section 5.3.3.
    fn new() -> Self {
        Self {
            state: [
                0x6a09_e667,
                0xbb67_ae85,
                0x3c6e_f372,
                0xa54f_f53a,
                0x510e_527f,
                0x9b05_688c,
                0x1f83_d9ab,
                0x5be0_cd19,
            ],
            taken: 0,
        }
    }

    fn take(&mut self, blocks: &[[u8; 64]]) {
        sha2::block_api::compress256(&mut self.state, blocks);
        self.taken += blocks.as_flattened().len() as u64;
    }

    /// FIPS 180-4 section 5.1.1.
    fn finish(&mut self, room: &mut [[u8; 64]; ROOM], len: usize) -> Hashed {
        let bits = (self.taken + len as u64) * 8;
        let blocks = ended(room, len, bits.to_be_bytes());
        sha2::block_api::compress256(&mut self.state, blocks);
        hashed(self.state.map(u32::to_be_bytes))
    }
}

impl Drop for Sha256 {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

/// MD5 made of its compression function.
pub(super) struct Md5 {
    state: [u32; 4],
    taken: u64,
}

impl Blocks for Md5 {
    /// RFC 1321 section 3.3.
    fn new() -> Self {
        Self {
            state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476],
            taken: 0,
        }
    }

    fn take(&mut self, blocks: &[[u8; 64]]) {
        md5::block_api::compress(&mut self.state, blocks);
        self.taken += blocks.as_flattened().len() as u64;
    }

    /// RFC 1321 sections 3.1 and 3.2.
    fn finish(&mut self, room: &mut [[u8; 64]; ROOM], len: usize) -> Hashed {
        let bits = (self.taken + len as u64) * 8;
        let blocks = ended(room, len, bits.to_le_bytes());
        md5::block_api::compress(&mut self.state, blocks);
        hashed(self.state.map(u32::to_le_bytes))
    }
}

impl Drop for Md5 {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

/// Any other: SHA-512/256, whose blocks are larger.
pub(super) struct General<D>(D);

impl<D: Digest + sha2::digest::FixedOutputReset> Blocks for General<D> {
    fn new() -> Self {
        Self(D::new())
    }

    fn take(&mut self, blocks: &[[u8; 64]]) {
        Digest::update(&mut self.0, blocks.as_flattened());
    }

    fn finish(&mut self, room: &mut [[u8; 64]; ROOM], len: usize) -> Hashed {
        let rest = room.as_flattened().get(..len).unwrap_or_default();
        Digest::update(&mut self.0, rest);
        Hashed::of(&self.0.finalize_reset())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every length around the ends of blocks and rooms, in one piece and in many.
    #[test]
    fn agrees_with_the_general_one_at_every_length() {
        let mut octets = [0; 1_100];
        for (at, octet) in octets.iter_mut().enumerate() {
            *octet = u8::try_from(at * 31 % 251).expect("below 251");
        }
        for len in 0..octets.len() {
            let octets = &octets[..len];
            let [md5, sha256, sha512] = [
                Hashed::of(&md5::Md5::digest(octets)),
                Hashed::of(&sha2::Sha256::digest(octets)),
                Hashed::of(&sha2::Sha512_256::digest(octets)),
            ];
            for piece in [1, 7, 64, 300, 2_000] {
                let pieces = || octets.chunks(piece);
                assert!(of::<Md5>(pieces()).is_same(&md5), "{len} by {piece}");
                assert!(of::<Sha256>(pieces()).is_same(&sha256), "{len} by {piece}");
                let own = of::<General<sha2::Sha512_256>>(pieces());
                assert!(own.is_same(&sha512), "{len} by {piece}");
            }
        }
    }

    fn of<'a, H: Blocks>(pieces: impl Iterator<Item = &'a [u8]>) -> Hashed {
        let mut gather = Gather::<H>::new();
        pieces.for_each(|piece| gather.update(piece));
        gather.finish()
    }
}
