//! Nothing in this crate allocates: shown on every session description among the vectors.

use core::hint::black_box;
use core::net::IpAddr;
use std::fs;
use std::path::Path;

use trunkline_sdp_ice::attribute::{Direction, Rtcp, Typed};
use trunkline_sdp_ice::{
    AddressFamily, Attribute, Bandwidth, BandwidthType, Connection, Edit, Host, LocalOrigin,
    LocalStream, Mode, OfferAnswer, Origin, RelayAddress, Sdp, Section, StreamPolicy, Time, Writer,
    answer, describe, first_usable, offer, relay,
};
use trunkline_testkit::{assert_no_allocation, count_allocations};

/// All session descriptions among the vectors, with the names of their files.
fn vectors() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder of vectors") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|kind| kind == "sdp") {
            let name = path.display().to_string();
            vectors.push((name, fs::read(&path).expect("a vector")));
        }
    }
    vectors.sort();
    assert_eq!(vectors.len(), 7);
    vectors
}

/// Runs `test` on every vector in both modes, and fails if one run allocates.
fn without_allocation(test: impl Fn(&Sdp<'_>)) {
    for (name, bytes) in vectors() {
        for mode in [Mode::Tolerant, Mode::Strict] {
            let ((), allocations) = count_allocations(|| {
                if let Ok(sdp) = Sdp::parse(black_box(&bytes), mode) {
                    test(&sdp);
                }
            });
            assert_eq!(allocations.count, 0, "{name} {mode:?}: {allocations:?}");
        }
    }
}

fn read(attribute: Attribute<'_>) {
    black_box((attribute.name(), attribute.value(), attribute.kind()));
    match attribute.typed() {
        Ok(Typed::Group(group)) => black_box(group.tags().count()),
        Ok(Typed::Fmtp(parameters)) => black_box(parameters.pairs().count()),
        Ok(Typed::Candidate(candidate)) => black_box(candidate.extensions.iter().count()),
        Ok(Typed::Fingerprint(fingerprint)) => black_box(fingerprint.octets().count()),
        Ok(Typed::IceOptions(options)) => black_box(options.tags().count()),
        other => usize::from(black_box(other).is_ok()),
    };
}

#[test]
fn walking_and_typed_access_allocate_nothing() {
    without_allocation(|sdp| {
        for line in sdp.lines() {
            black_box((line.kind(), line.value(), line.ending()));
        }
        let _ = black_box((sdp.origin(), sdp.connection(), sdp.time()));
        black_box((sdp.session_name(), sdp.direction()));
        sdp.attributes().for_each(read);
        for media in sdp.media() {
            let line = media.line().expect("a sound m= line");
            assert!(black_box(line.formats.iter().count()) > 0);
            let _ = black_box((media.connection(), media.direction()));
            assert!(media.bandwidths().all(|bandwidth| bandwidth.is_ok()));
            media.attributes().for_each(read);
        }
        black_box(sdp.findings().count());
    });
}

#[test]
fn edits_allocate_nothing() {
    let address = IpAddr::from([198, 51, 100, 7]);
    without_allocation(|sdp| {
        let mut out = [0; 16_384];
        let rtcp = Rtcp {
            port: 30_001,
            address: None,
        };
        let edits = [
            Edit::Connection(Section::Everywhere, address),
            Edit::Port(0, 30_000),
            Edit::KeepFormats(0, &["0", "8", "101", "111"]),
            Edit::Rtcp(0, rtcp),
            Edit::Direction(Section::Media(0), Direction::SendOnly),
            Edit::Remove(Section::Everywhere, "candidate"),
            Edit::Replace(Section::Session, "tool", Some("trunkline")),
            Edit::Insert(Section::Media(0), "label", Some("1")),
        ];
        let len = sdp.edit(black_box(&edits), &mut out).expect("sound edits");
        let edited = Sdp::parse(&out[..len], Mode::Tolerant).expect("a session description");
        assert_eq!(edited.media().count(), sdp.media().count());
    });
}

#[test]
fn writing_allocates_nothing() {
    assert_no_allocation(|| {
        let address = IpAddr::from([192, 0, 2, 10]);
        let origin = Origin {
            username: "-",
            session_id: "1",
            session_version: "1",
            family: AddressFamily::of(&address),
            host: Host::Ip(address),
        };
        let mut buffer = [0; 512];
        let mut writer = Writer::new(&mut buffer, &origin, "call");
        writer
            .connection(&Connection::new(address))
            .bandwidth(&Bandwidth {
                kind: BandwidthType::ApplicationSpecific,
                value: 64,
            })
            .time(&Time::default())
            .media("audio", 4000, "RTP/AVP", [0_u8, 8])
            .attribute("rtpmap", format_args!("{} PCMU/8000", 0))
            .flag("sendrecv");
        assert!(writer.finish().is_ok());
    });
}

#[test]
fn a_relay_between_two_parties_allocates_nothing() {
    let here = RelayAddress {
        address: [198, 51, 100, 7].into(),
        rtp_port: 30_000,
        rtcp_port: 30_001,
    };
    without_allocation(|sdp| {
        let mut origin = LocalOrigin::new(1);
        let mut out = [0; 16_384];
        for media in sdp.media() {
            let _ = black_box(describe(&media, &StreamPolicy::G711));
        }
        let relays = [Some(here); 4];
        let usable = first_usable(sdp, &StreamPolicy::G711).is_ok();
        let relayed = relay(sdp, &StreamPolicy::G711, &relays, &mut origin, &mut out);
        assert_eq!(relayed.is_ok(), usable);
    });
}

#[test]
fn offer_and_answer_allocate_nothing() {
    assert_no_allocation(|| {
        let streams = [LocalStream::new(StreamPolicy::G711, 4000)];
        let (mut caller, mut callee) = (OfferAnswer::new(1), OfferAnswer::new(2));
        let (mut offered, mut answered) = ([0; 1024], [0; 1024]);
        let address = [192, 0, 2, 10].into();
        let len = offer(&streams, address, &mut caller.origin, &mut offered).expect("an offer");
        let offer = Sdp::parse(&offered[..len], Mode::Strict).expect("our own offer");
        assert!(caller.send_offer(1).is_ok() && callee.receive_offer(&offer).is_ok());
        let address = [192, 0, 2, 20].into();
        let origin = &mut callee.origin;
        let len = answer(&offer, &streams, address, origin, &mut answered).expect("an answer");
        let answer = Sdp::parse(&answered[..len], Mode::Strict).expect("our own answer");
        assert!(callee.send_answer(1).is_ok() && caller.receive_answer(&answer).is_ok());
    });
}
