//! The vectors of `tests/vectors`, walked, typed and edited.

use core::net::IpAddr;
use core::time::Duration;

use trunkline_sdp_ice::attribute::{
    CandidateTransport, CandidateType, Direction, PacketTime, Rtcp, TcpType, Typed,
};
use trunkline_sdp_ice::{
    AttributeKind, BandwidthType, Edit, Fault, Host, LineKind, Mode, Sdp, Section,
};

macro_rules! vectors {
    ($($name:ident = $file:literal;)*) => {
        $(const $name: &[u8] = include_bytes!(concat!("vectors/", $file));)*
        const ALL: &[(&str, &[u8])] = &[$(($file, $name)),*];
    };
}

vectors! {
    CHROMIUM_OFFER = "chromium156-offer.sdp";
    CHROMIUM_ANSWER = "chromium156-answer.sdp";
    LYNC = "lync-like-offer-ice2.sdp";
    LYNC_DRAFT6 = "lync-like-ice-draft6.sdp";
    RFC4317_OFFER = "rfc4317-2.1-offer.sdp";
    RFC4317_ANSWER = "rfc4317-2.1-answer.sdp";
    SIMPLE = "simple-sip-offer.sdp";
}

fn parse(bytes: &[u8]) -> Sdp<'_> {
    Sdp::parse(bytes, Mode::Tolerant).unwrap()
}

#[test]
fn the_walk_loses_nothing() {
    for (file, bytes) in ALL {
        let sdp = parse(bytes);
        let mut walked = Vec::new();
        for line in sdp.lines() {
            assert_eq!(line.offset(), walked.len(), "{file}");
            walked.extend_from_slice(line.as_bytes());
        }
        assert_eq!(walked, *bytes, "{file}");

        let mut sections: Vec<u8> = Vec::new();
        for line in sdp.session_lines() {
            sections.extend_from_slice(line.as_bytes());
        }
        for media in sdp.media() {
            sections.extend_from_slice(media.as_bytes());
        }
        assert_eq!(sections, *bytes, "{file}");
        assert!(
            !sdp.lines()
                .any(|l| matches!(l.kind(), LineKind::Malformed | LineKind::Unknown))
        );
    }
}

#[test]
fn every_attribute_can_be_typed_but_the_candidates_of_the_draft() {
    for (file, bytes) in ALL {
        let sdp = parse(bytes);
        let attributes = sdp
            .attributes()
            .chain(sdp.media().flat_map(|m| m.attributes()));
        for attribute in attributes {
            match attribute.typed() {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(*file, "lync-like-ice-draft6.sdp", "{error}");
                    assert_eq!(error.fault, Fault::DraftCandidate);
                    assert!(bytes[..error.offset].ends_with(b"a=candidate:"));
                }
            }
        }
        assert!(
            sdp.media()
                .all(|m| m.line().is_ok() && m.connection().is_ok()),
            "{file}"
        );
    }
}

#[test]
fn strict_mode_refuses_what_it_should() {
    let fault = |bytes| {
        Sdp::parse(bytes, Mode::Strict)
            .map(drop)
            .map_err(|e| e.fault)
    };
    assert_eq!(fault(CHROMIUM_OFFER), Ok(()));
    assert_eq!(fault(CHROMIUM_ANSWER), Ok(()));
    assert_eq!(fault(SIMPLE), Ok(()));
    // `s=` without a name
    assert_eq!(fault(RFC4317_OFFER), Err(Fault::MissingField));
    // the space behind every candidate
    assert_eq!(fault(LYNC), Err(Fault::StraySpace));
    assert_eq!(fault(LYNC_DRAFT6), Err(Fault::DraftCandidate));
    let candidates = parse(LYNC)
        .findings()
        .filter(|f| f.fault == Fault::StraySpace)
        .count();
    assert_eq!(candidates, 14);
}

#[test]
fn fields_of_the_simple_offer() {
    let sdp = parse(SIMPLE);
    let origin = sdp.origin().unwrap().unwrap();
    assert_eq!(
        (origin.username, origin.session_id),
        ("alice", "2890844526")
    );
    assert_eq!(origin.host, Host::Name("host.atlanta.example.com"));
    assert_eq!(sdp.session_name(), Some(&b"-"[..]));
    assert_eq!(sdp.time().unwrap().map(|t| (t.start, t.stop)), Some((0, 0)));

    let media: Vec<_> = sdp.media().collect();
    assert_eq!(media.len(), 1);
    let line = media[0].line().unwrap();
    assert_eq!(
        (line.media, line.port, line.protocol),
        ("audio", 49170, "RTP/AVP")
    );
    assert!(line.formats.iter().eq(["0", "8", "97", "101"]));
    // inherited from the session
    let connection = media[0].connection().unwrap().unwrap();
    assert_eq!(connection.host.ip(), Some(IpAddr::from([192, 0, 2, 10])));
    assert_eq!(media[0].direction(), Direction::SendRecv);
    let ptime = media[0].attribute(AttributeKind::Ptime).unwrap().typed();
    assert_eq!(
        ptime,
        Ok(Typed::Ptime(PacketTime(Duration::from_millis(20))))
    );
}

/// C004-229: a WebRTC description whose `o=` is a loopback address and whose `c=` is not.
#[test]
fn fields_of_the_chromium_offer() {
    let sdp = parse(CHROMIUM_OFFER);
    let Ok(Typed::Group(group)) = sdp.attribute(AttributeKind::Group).unwrap().typed() else {
        panic!("no group");
    };
    assert_eq!(group.semantics, "BUNDLE");
    assert!(group.tags().eq(["0", "1", "2"]));

    let names: Vec<_> = sdp.media().map(|m| m.line().unwrap().media).collect();
    assert_eq!(names, ["audio", "video", "application"]);
    let audio = sdp.media().next().unwrap();
    assert_eq!(audio.line().unwrap().protocol, "UDP/TLS/RTP/SAVPF");
    let address = audio.connection().unwrap().unwrap().host.ip();
    assert_eq!(address, Some(IpAddr::from([192, 0, 2, 5])));
    assert_eq!(
        sdp.origin().unwrap().unwrap().host.ip(),
        Some(IpAddr::from([127, 0, 0, 1]))
    );

    let typed: Vec<_> = audio.attributes().map(|a| a.typed().unwrap()).collect();
    assert!(typed.contains(&Typed::RtcpMux));
    let opus = typed.iter().find_map(|t| match t {
        Typed::Rtpmap(map) if map.payload_type == 111 => Some(map),
        _ => None,
    });
    assert_eq!(
        opus.map(|m| (m.encoding, m.clock_rate, m.channels())),
        Some(("opus", 48000, 2))
    );
    let print = typed.iter().find_map(|t| match t {
        Typed::Fingerprint(print) => Some(print),
        _ => None,
    });
    assert_eq!(
        print.map(|p| (p.hash, p.octets().count())),
        Some(("sha-256", 32))
    );
}

/// C004-219: the candidate set of an offer.
#[test]
fn candidates_of_the_lync_offer() {
    let sdp = parse(LYNC);
    let audio = sdp.media().next().unwrap();
    let candidates: Vec<_> = audio
        .attributes()
        .filter_map(|a| match a.typed() {
            Ok(Typed::Candidate(candidate)) => Some(candidate),
            _ => None,
        })
        .collect();
    assert_eq!(candidates.len(), 14);
    assert!(candidates.iter().all(|c| {
        c.extensions
            .iter()
            .all(|(n, _)| n == "raddr" || n == "rport")
    }));
    let v6: Vec<_> = candidates
        .iter()
        .filter(|c| c.ip().is_some_and(|ip| ip.is_ipv6()))
        .collect();
    assert_eq!(v6.len(), 2);
    let passive = candidates
        .iter()
        .find(|c| c.transport == CandidateTransport::TcpPass)
        .unwrap();
    assert_eq!(passive.tcp_type(), Some(TcpType::Passive));
    assert_eq!(passive.kind, CandidateType::Relayed);
    assert_eq!(passive.related_port, Some(50016));
    let b = sdp
        .session_lines()
        .find(|l| l.kind() == LineKind::Bandwidth)
        .unwrap();
    assert_eq!(b.value(), b"CT:99980");
    assert!(matches!(
        trunkline_sdp_ice::Bandwidth::parse(b.value(), Mode::Strict)
            .unwrap()
            .kind,
        BandwidthType::ConferenceTotal
    ));
}

#[test]
fn an_edited_vector_says_what_the_edit_says_and_keeps_the_rest() {
    let address = IpAddr::from([203, 0, 113, 9]);
    for (file, bytes) in ALL {
        let sdp = parse(bytes);
        let rtcp = Rtcp {
            port: 30001,
            address: None,
        };
        let edits = [
            Edit::Connection(Section::Session, address),
            Edit::Connection(Section::Everywhere, address),
            Edit::Port(0, 30000),
            Edit::Rtcp(0, rtcp),
            Edit::Direction(Section::Media(0), Direction::SendOnly),
            Edit::Remove(Section::Everywhere, "candidate"),
        ];
        let mut out = vec![0; 8192];
        let length = sdp.edit(&edits, &mut out).unwrap();
        let edited = parse(&out[..length]);

        assert_eq!(edited.media().count(), sdp.media().count(), "{file}");
        for media in edited.media() {
            let connection = media.connection().unwrap().unwrap();
            assert_eq!(connection.host.ip(), Some(address), "{file}");
        }
        let first = edited.media().next().unwrap();
        assert_eq!(first.line().unwrap().port, 30000, "{file}");
        assert_eq!(first.direction(), Direction::SendOnly, "{file}");
        let found = first.attribute(AttributeKind::Rtcp).unwrap().typed();
        assert_eq!(found, Ok(Typed::Rtcp(rtcp)), "{file}");

        // every line that no edit is about is there, in order
        let untouched = |sdp: Sdp<'_>| -> Vec<Vec<u8>> {
            let about = |name: &[u8]| {
                let names: [&[u8]; 6] = [
                    b"candidate",
                    b"rtcp",
                    b"sendrecv",
                    b"sendonly",
                    b"recvonly",
                    b"inactive",
                ];
                names.contains(&name)
            };
            sdp.lines()
                .filter(|l| !matches!(l.kind(), LineKind::Connection | LineKind::Media))
                .filter(|l| !l.attribute().is_some_and(|a| about(a.name())))
                .map(|l| l.as_bytes().to_vec())
                .collect()
        };
        assert_eq!(untouched(sdp), untouched(edited), "{file}");
    }
}
