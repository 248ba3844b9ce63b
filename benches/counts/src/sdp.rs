//! Session descriptions: walking, typed attributes, and what a relay and an end point do with them.

use core::hint::black_box;
use core::net::{IpAddr, Ipv4Addr};

use trunkline_sdp_ice::attribute::Direction;
use trunkline_sdp_ice::{
    AttributeKind, Edit, LocalOrigin, LocalStream, Mode, RelayAddress, Sdp, Section, StreamPolicy,
    answer, first_usable, relay,
};

use crate::{Operation, placed};

const CHROMIUM: &[u8] = include_bytes!("../../../sdp-ice/tests/vectors/chromium156-offer.sdp");
const LYNC: &[u8] = include_bytes!("../../../sdp-ice/tests/vectors/lync-like-offer-ice2.sdp");
const SIMPLE: &[u8] = include_bytes!("../../../sdp-ice/tests/vectors/simple-sip-offer.sdp");

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 99));

/// The operations of `trunkline-sdp-ice`.
#[must_use]
pub fn sdp() -> Vec<Operation> {
    let mut operations = vec![
        walk("sdp.walk.chromium", CHROMIUM),
        walk("sdp.walk.lync", LYNC),
        walk("sdp.walk.simple", SIMPLE),
        typed("sdp.typed.chromium", CHROMIUM),
        typed("sdp.typed.lync", LYNC),
        typed("sdp.typed.simple", SIMPLE),
    ];
    operations.extend(negotiation());
    operations
}

fn parse(bytes: &[u8]) -> Sdp<'_> {
    Sdp::parse(black_box(bytes), Mode::Tolerant).expect("a session description")
}

/// Every line split and classified, attributes by name.
fn walk(name: &'static str, bytes: &[u8]) -> Operation {
    let bytes = placed(bytes);
    let walk = move || {
        let mut known = 0;
        for line in parse(bytes).lines() {
            if let Some(attribute) = line.attribute() {
                known += usize::from(attribute.kind() != AttributeKind::Other);
            }
            black_box((line.kind(), line.value()));
        }
        known
    };
    Operation::new(name, walk).over(bytes)
}

/// Every attribute of every section as its type.
fn typed(name: &'static str, bytes: &[u8]) -> Operation {
    let bytes = placed(bytes);
    let typed = move || {
        let sdp = parse(bytes);
        for attribute in sdp.attributes() {
            let _ = black_box(attribute.typed());
        }
        for media in sdp.media() {
            for attribute in media.attributes() {
                let _ = black_box(attribute.typed());
            }
        }
    };
    Operation::new(name, typed).over(bytes)
}

fn negotiation() -> [Operation; 4] {
    let (lync, simple, mut out) = (placed(LYNC), placed(SIMPLE), [0; 8192]);
    let edit = move || {
        let edits = [
            Edit::Connection(Section::Everywhere, ADDRESS),
            Edit::Port(0, 30_000),
            Edit::Remove(Section::Everywhere, "candidate"),
            Edit::Direction(Section::Media(0), Direction::SendRecv),
        ];
        parse(lync).edit(&edits, &mut out).expect("room")
    };
    let usable = move || first_usable(&parse(simple), &StreamPolicy::G711).is_ok();
    // The offer of one party for the other, as it is sent again and again in a dialog.
    let mut origin = LocalOrigin::new(7);
    let relay_offer = move || {
        let relays = [Some(RelayAddress {
            address: ADDRESS,
            rtp_port: 30_000,
            rtcp_port: 30_001,
        })];
        let sdp = parse(simple);
        let len = relay(&sdp, &StreamPolicy::G711, &relays, &mut origin, &mut out);
        len.expect("a usable stream")
    };
    let mut origin = LocalOrigin::new(7);
    let answer_offer = move || {
        let streams = [LocalStream::new(StreamPolicy::G711, 4000)];
        let sdp = parse(simple);
        let len = answer(&sdp, &streams, ADDRESS, &mut origin, &mut out);
        len.expect("a usable stream")
    };
    [
        Operation::new("sdp.edit.lync", edit),
        Operation::new("sdp.first_usable.simple", usable),
        Operation::new("sdp.relay.simple", relay_offer),
        Operation::new("sdp.answer.simple", answer_offer),
    ]
}
