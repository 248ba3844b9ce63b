//! Goodbye (RFC 3550 section 6.6).

use crate::wire::u32_at;

/// BYE: sources that send no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bye<'a> {
    sources: &'a [u8],
    /// Why, if the packet says it; UTF-8 by the RFC but not checked.
    pub reason: Option<&'a [u8]>,
}

impl<'a> Bye<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let (sources, rest) = body.split_at_checked(4 * usize::from(count))?;
        let reason = match rest.split_first() {
            Some((&len, text)) => Some(text.get(..usize::from(len))?),
            None => None,
        };
        Some(Self { sources, reason })
    }

    /// The sources that leave.
    #[must_use]
    pub fn sources(&self) -> Sources<'a> {
        Sources(self.sources.chunks_exact(4))
    }
}

/// The sources of a BYE, 31 at most.
#[derive(Clone, Debug)]
pub struct Sources<'a>(core::slice::ChunksExact<'a, u8>);

impl Iterator for Sources<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.0.next().map(|source| u32_at(source, 0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Sources<'_> {}
