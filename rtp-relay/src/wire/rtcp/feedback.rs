//! Feedback messages (RFC 4585 section 6.1).

use crate::wire::u32_at;

/// RTPFB or PSFB: what a receiver wants a sender to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Feedback<'a> {
    /// Which feedback it is (FMT); its meaning depends on the packet type.
    pub format: u8,
    /// Who wants it.
    pub sender_ssrc: u32,
    /// The source that it is about.
    pub media_ssrc: u32,
    /// Feedback control information, undecoded.
    pub control_information: &'a [u8],
}

impl<'a> Feedback<'a> {
    pub(super) fn read(count: u8, body: &'a [u8]) -> Option<Self> {
        let (head, control_information) = body.split_at_checked(8)?;
        Some(Self {
            format: count,
            sender_ssrc: u32_at(head, 0),
            media_ssrc: u32_at(head, 4),
            control_information,
        })
    }
}
