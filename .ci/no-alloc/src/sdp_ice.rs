//! SDP and offer/answer, on the session descriptions that the crate tests itself with.

mod machines;
mod wire;

use crate::check::Failed;

/// A session description among the test vectors of the crate.
macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../../sdp-ice/tests/vectors/", $name))
    };
}

const CHROMIUM: &[u8] = vector!("chromium156-offer.sdp");
const LYNC: &[u8] = vector!("lync-like-offer-ice2.sdp");
const LYNC_DRAFT: &[u8] = vector!("lync-like-ice-draft6.sdp");
const SIMPLE: &[u8] = vector!("simple-sip-offer.sdp");

const ALL: [&[u8]; 7] = [
    CHROMIUM,
    vector!("chromium156-answer.sdp"),
    LYNC,
    LYNC_DRAFT,
    vector!("rfc4317-2.1-offer.sdp"),
    vector!("rfc4317-2.1-answer.sdp"),
    SIMPLE,
];

pub fn run() -> Result<(), Failed> {
    wire::run()?;
    machines::run()
}
