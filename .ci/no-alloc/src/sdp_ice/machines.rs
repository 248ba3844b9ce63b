//! Offer/answer of an end point, and the same through a relay.

use core::hint::black_box;

use trunkline_sdp_ice::{
    LocalOrigin, LocalStream, Mode, OfferAnswer, OfferAnswerState, RelayAddress, RemoteChange, Sdp,
    StreamPolicy, answer, describe, first_usable, offer, relay,
};

use super::{CHROMIUM, LYNC, SIMPLE};
use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    let streams = [LocalStream::new(StreamPolicy::G711, black_box(4_000))];
    let mut caller = OfferAnswer::new(1);
    let mut callee = OfferAnswer::new(2);

    let mut offered = [0; 1024];
    let here = [192, 0, 2, 10].into();
    let len = some!(offer(&streams, here, &mut caller.origin, &mut offered));
    let offered = some!(Sdp::parse(some!(offered.get(..len)), Mode::Strict));
    check!(caller.send_offer(1).is_ok());

    // A relay stands between the two.
    let address = RelayAddress {
        address: [198, 51, 100, 7].into(),
        rtp_port: 30_000,
        rtcp_port: 30_001,
    };
    let mut origin = LocalOrigin::new(7);
    let mut relayed = [0; 1024];
    let len = some!(relay(
        &offered,
        &StreamPolicy::G711,
        &[Some(address)],
        &mut origin,
        &mut relayed
    ));
    let relayed = some!(Sdp::parse(some!(relayed.get(..len)), Mode::Strict));
    check!(callee.receive_offer(&relayed) == Ok(RemoteChange::New));
    let wanted = some!(first_usable(&relayed, &StreamPolicy::G711));
    check!(wanted.rtp == Some((address.address, 30_000).into()) && !wanted.is_hold());
    check!(wanted.telephone_event == Some(101) && wanted.payload_types.contains(8));

    let mut answered = [0; 1024];
    let there = [203, 0, 113, 5].into();
    let len = some!(answer(
        &relayed,
        &streams,
        there,
        &mut callee.origin,
        &mut answered
    ));
    check!(callee.send_answer(1).is_ok());
    let answered = some!(Sdp::parse(some!(answered.get(..len)), Mode::Strict));
    check!(caller.receive_answer(&answered) == Ok(RemoteChange::New));
    check!(caller.state() == OfferAnswerState::Stable);
    check!(caller.send_offer(1).is_ok() && caller.send_offer(1).is_err());
    caller.withdraw();
    check!(caller.state() == OfferAnswerState::Stable);

    foreign()
}

/// What is no plain RTP, or has more than one stream.
fn foreign() -> Result<(), Failed> {
    let sdp = some!(Sdp::parse(black_box(CHROMIUM), Mode::Tolerant));
    check!(first_usable(&sdp, &StreamPolicy::G711).is_err());
    for bytes in [LYNC, SIMPLE] {
        let sdp = some!(Sdp::parse(black_box(bytes), Mode::Tolerant));
        for media in sdp.media() {
            let _ = black_box(describe(&media, &StreamPolicy::G711_WITH_COMFORT_NOISE));
        }
    }
    Ok(())
}
