//! Nothing allocates.

use trunkline_sdp_ice::machines::{
    LocalOrigin, LocalStream, RelayAddress, StreamPolicy, answer, first_usable, offer, relay,
};
use trunkline_sdp_ice::wire::{Edit, Mode, Sdp, Section};
use trunkline_testkit::assert_no_allocation;

#[test]
fn reading_and_editing_do_not_allocate() {
    for bytes in [
        &include_bytes!("vectors/chromium156-offer.sdp")[..],
        include_bytes!("vectors/lync-like-offer-ice2.sdp"),
        include_bytes!("vectors/lync-like-ice-draft6.sdp"),
        include_bytes!("vectors/simple-sip-offer.sdp"),
    ] {
        let mut out = [0; 8192];
        let typed = assert_no_allocation(|| {
            let sdp = Sdp::parse(bytes, Mode::Tolerant).ok()?;
            let findings = sdp.findings().count();
            let edits = [
                Edit::Connection(Section::Everywhere, [192, 0, 2, 1].into()),
                Edit::Remove(Section::Everywhere, "candidate"),
            ];
            let length = sdp.edit(&edits, &mut out).ok()?;
            let attributes = sdp.media().flat_map(|m| m.attributes());
            Some((
                attributes.filter(|a| a.typed().is_ok()).count(),
                findings,
                length,
            ))
        });
        assert!(typed.is_some_and(|(typed, _, _)| typed > 5));
    }
}

#[test]
fn negotiation_does_not_allocate() {
    let length = assert_no_allocation(|| {
        let (mut ours, mut theirs) = ([0; 1024], [0; 1024]);
        let address = [192, 0, 2, 1].into();
        let local = [LocalStream::new(StreamPolicy::G711, 4000)];
        let length = offer(&local, address, &mut LocalOrigin::new(1), &mut ours).ok()?;
        let offered = Sdp::parse(ours.get(..length)?, Mode::Strict).ok()?;
        first_usable(&offered, &StreamPolicy::G711).ok()?;
        let relays = [Some(RelayAddress {
            address,
            rtp_port: 30000,
            rtcp_port: 30001,
        })];
        let mut origin = LocalOrigin::new(2);
        relay(
            &offered,
            &StreamPolicy::G711,
            &relays,
            &mut origin,
            &mut theirs,
        )
        .ok()?;
        answer(
            &offered,
            &local,
            address,
            &mut LocalOrigin::new(3),
            &mut theirs,
        )
        .ok()
    });
    assert!(length.is_some());
}
