//! Extended reports (RFC 3611 section 2).

use crate::wire::u32_at;

/// XR: report blocks of further types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExtendedReport<'a> {
    /// Who reports.
    pub ssrc: u32,
    /// The report blocks, undecoded.
    pub blocks: &'a [u8],
}

impl<'a> ExtendedReport<'a> {
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let (head, blocks) = body.split_at_checked(4)?;
        Some(Self {
            ssrc: u32_at(head, 0),
            blocks,
        })
    }
}
