//! Source descriptions (RFC 3550 section 6.5).

use crate::wire::u32_at;

/// SDES: names and other texts about sources.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceDescription<'a> {
    count: u8,
    body: &'a [u8],
}

impl<'a> SourceDescription<'a> {
    /// Walks all chunks once, so that the iterators cannot fail later.
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let mut rest = body;
        for _ in 0..count {
            rest = chunk(rest)?.1;
        }
        Some(Self { count, body })
    }

    /// One chunk for each source described.
    #[must_use]
    pub const fn chunks(&self) -> SdesChunks<'a> {
        SdesChunks {
            left: self.count,
            rest: self.body,
        }
    }
}

/// What is said of one source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SdesChunk<'a> {
    /// The source described.
    pub ssrc: u32,
    items: &'a [u8],
}

impl<'a> SdesChunk<'a> {
    /// Its items in their order.
    #[must_use]
    pub const fn items(&self) -> SdesItems<'a> {
        SdesItems { rest: self.items }
    }

    /// The canonical name, item 1 (RFC 3550 section 6.5.1).
    #[must_use]
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.items()
            .find(|item| item.kind == SdesItem::CNAME)
            .map(|item| item.value)
    }
}

/// One text about a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SdesItem<'a> {
    /// The item type, never 0 (RFC 3550 section 12.2).
    pub kind: u8,
    /// The text, UTF-8 by the RFC but not checked.
    pub value: &'a [u8],
}

impl SdesItem<'_> {
    /// The type of the canonical name.
    pub const CNAME: u8 = 1;
}

/// The chunks of a source description, 31 at most.
#[derive(Clone, Debug)]
pub struct SdesChunks<'a> {
    left: u8,
    rest: &'a [u8],
}

impl<'a> Iterator for SdesChunks<'a> {
    type Item = SdesChunk<'a>;

    fn next(&mut self) -> Option<SdesChunk<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (chunk, rest) = chunk(self.rest)?;
        self.rest = rest;
        Some(chunk)
    }
}

/// The items of a chunk.
#[derive(Clone, Debug)]
pub struct SdesItems<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for SdesItems<'a> {
    type Item = SdesItem<'a>;

    fn next(&mut self) -> Option<SdesItem<'a>> {
        let (item, rest) = item(self.rest)?;
        self.rest = rest;
        Some(item)
    }
}

/// The item at the start of `data`, which does not begin with the null that ends a list.
fn item(data: &[u8]) -> Option<(SdesItem<'_>, &[u8])> {
    let (&[kind, len], rest) = data.split_first_chunk()?;
    let (value, rest) = rest.split_at_checked(usize::from(len))?;
    Some((SdesItem { kind, value }, rest))
}

/// The chunk at the start of `data`, and what follows its padding. The list of items ends with
/// at least one null; more follow up to the next multiple of four bytes.
fn chunk(data: &[u8]) -> Option<(SdesChunk<'_>, &[u8])> {
    let (head, list) = data.split_at_checked(4)?;
    let mut rest = list;
    while *rest.first()? != 0 {
        rest = item(rest)?.1;
    }
    let len = list.len() - rest.len();
    let (_, next) = list.split_at_checked((len + 1).next_multiple_of(4))?;
    let chunk = SdesChunk {
        ssrc: u32_at(head, 0),
        items: &list[..len],
    };
    Some((chunk, next))
}
