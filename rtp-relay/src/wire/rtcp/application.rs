//! Application-defined packets (RFC 3550 section 6.7).

use crate::wire::u32_at;

/// APP: data of an application.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Application<'a> {
    /// The application's own five bits.
    pub subtype: u8,
    /// Who sent it.
    pub ssrc: u32,
    /// The application, four ASCII characters.
    pub name: [u8; 4],
    /// What only the application understands.
    pub data: &'a [u8],
}

impl<'a> Application<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let (head, rest) = body.split_at_checked(4)?;
        let (name, data) = rest.split_first_chunk()?;
        Some(Self {
            subtype: count,
            ssrc: u32_at(head, 0),
            name: *name,
            data,
        })
    }
}
