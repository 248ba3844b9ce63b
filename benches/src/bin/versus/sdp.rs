//! Session descriptions.

mod lines;
mod trunkline;

use crate::suite::{Operation, Suite};

/// Adds an implementation to an operation over a session description.
type Add = fn(&mut Operation, &'static [u8]);

macro_rules! description {
    ($name:literal, $file:literal) => {
        (
            $name,
            include_bytes!(concat!("../../../../sdp-ice/tests/vectors/", $file)),
        )
    };
}

/// The descriptions, by the names that end the operations'.
const DESCRIPTIONS: [(&str, &[u8]); 3] = [
    description!("chromium", "chromium156-offer.sdp"),
    description!("lync", "lync-like-offer-ice2.sdp"),
    description!("simple", "simple-sip-offer.sdp"),
];

/// Who splits a description.
const WALK: &[Add] = &[trunkline::walk, lines::walk];

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();
    for (name, description) in DESCRIPTIONS {
        let operation = suite.operation(format!("sdp.walk.{name}"), description.len());
        for add in WALK {
            add(operation, description);
        }
    }
    suite
}
