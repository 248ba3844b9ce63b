//! Session descriptions. Each implementation has a module; a function in it adds it to an operation.

mod lines;
mod stated;
mod trunkline;

#[cfg(feature = "peers")]
mod ezk_sdp_types;
#[cfg(feature = "peers")]
mod rtc_sdp;
#[cfg(feature = "peers")]
mod sdp_rs;
#[cfg(feature = "peers")]
mod sdp_types;
#[cfg(feature = "peers")]
mod webrtc_sdp;

use crate::suite::{Operation, Suite};

/// Adds an implementation to an operation over a session description.
type Add = fn(&mut Operation, &'static [u8]);

macro_rules! description {
    ($file:literal) => {
        include_bytes!(concat!("../../../../sdp-ice/tests/vectors/", $file))
    };
}

/// The descriptions, by the names that end the operations'.
const DESCRIPTIONS: [(&str, &[u8]); 3] = [
    ("chromium", CHROMIUM),
    ("lync", LYNC),
    ("simple", description!("simple-sip-offer.sdp")),
];
const CHROMIUM: &[u8] = description!("chromium156-offer.sdp");
const LYNC: &[u8] = description!("lync-like-offer-ice2.sdp");

/// What a relay puts into a description.
const RELAY_ADDRESS: core::net::IpAddr =
    core::net::IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 99));
const RELAY_PORT: u16 = 30_000;
/// Attributes of which one may stand in a section.
#[cfg(feature = "peers")]
const DIRECTIONS: [&str; 4] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/// Who splits a description into sections and lines.
const WALK: &[Add] = &[
    trunkline::walk,
    lines::walk,
    #[cfg(feature = "peers")]
    sdp_types::walk,
    #[cfg(feature = "peers")]
    webrtc_sdp::walk,
    #[cfg(feature = "peers")]
    rtc_sdp::walk,
    #[cfg(feature = "peers")]
    sdp_rs::walk,
    #[cfg(feature = "peers")]
    ezk_sdp_types::walk,
];

/// Who reads every attribute that it has a type for.
const TYPED: &[Add] = &[
    trunkline::typed,
    #[cfg(feature = "peers")]
    sdp_types::typed,
    #[cfg(feature = "peers")]
    webrtc_sdp::typed,
    #[cfg(feature = "peers")]
    ezk_sdp_types::typed,
];

/// Who changes some lines and writes the rest again.
const EDIT: &[Add] = &[
    trunkline::edit,
    #[cfg(feature = "peers")]
    sdp_types::edit,
    #[cfg(feature = "peers")]
    rtc_sdp::edit,
    #[cfg(feature = "peers")]
    sdp_rs::edit,
];

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();
    for (name, description) in DESCRIPTIONS {
        add(&mut suite, &format!("sdp.walk.{name}"), WALK, description);
    }
    add(&mut suite, "sdp.typed.chromium", TYPED, CHROMIUM);
    add(&mut suite, "sdp.edit.lync", EDIT, LYNC);
    suite
}

fn add(suite: &mut Suite, name: &str, implementations: &[Add], description: &'static [u8]) {
    let operation = suite.operation(name, description.len());
    for add in implementations {
        add(operation, description);
    }
}
