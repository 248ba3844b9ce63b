#![no_main]
//! One session description.

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use trunkline_sdp_ice::attribute::{
    Attribute, AttributeKind, Direction, Fmtp, PacketTime, Rtcp, Rtpmap, Typed,
};
use trunkline_sdp_ice::{
    Bandwidth, Connection, Edit, Fault, LineKind, LocalOrigin, LocalStream, MAX_EDITS, Media, Mode,
    NegotiationError, OfferAnswer, OfferAnswerState, Origin, ParseError, RelayAddress,
    RemoteChange, Sdp, Section, StreamPolicy, Time, WriteError, answer, describe, first_usable,
    relay,
};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 99));
const POLICY: StreamPolicy<'static> = StreamPolicy::G711_WITH_COMFORT_NOISE;

fuzz_target!(|data: &[u8]| {
    let strict = Sdp::parse(data, Mode::Strict);
    let sdp = match Sdp::parse(data, Mode::Tolerant) {
        Ok(sdp) => sdp,
        Err(error) => {
            assert_eq!((error.fault, error.offset), (Fault::NotSdp, 0));
            assert!(strict.is_err());
            return;
        }
    };
    let refused = sdp.findings().find(|finding| finding.fault.is_violation());
    assert_eq!(strict.err(), refused);
    check_walk(&sdp);
    check_types(&sdp);
    check_edits(&sdp);
    check_relay(&sdp);
    check_answer(&sdp);
});

fn check_walk(sdp: &Sdp<'_>) {
    let bytes = sdp.as_bytes();
    let _ = format!("{sdp:?}");
    let mut at = 0;
    for line in sdp.lines() {
        assert_eq!(line.offset(), at);
        assert!(bytes[at..].starts_with(line.as_bytes()));
        assert_eq!(
            line.attribute().is_some(),
            line.kind() == LineKind::Attribute
        );
        at += line.as_bytes().len();
    }
    assert_eq!(at, bytes.len());

    // The session and its media sections are the whole.
    let mut sections: Vec<u8> = sdp
        .session_lines()
        .flat_map(|line| line.as_bytes().to_vec())
        .collect();
    for (index, media) in sdp.media().enumerate() {
        assert_eq!(media.index(), index);
        assert_eq!(media.session(), *sdp);
        let lines: Vec<u8> = media
            .lines()
            .flat_map(|line| line.as_bytes().to_vec())
            .collect();
        assert_eq!(lines, media.as_bytes());
        let kinds: Vec<LineKind> = media.lines().map(|line| line.kind()).collect();
        assert_eq!(kinds[0], LineKind::Media);
        assert!(!kinds[1..].contains(&LineKind::Media));
        sections.extend(lines);
        let _ = format!("{media:?}");
    }
    assert_eq!(sections, bytes);

    let lines = sdp.lines().count();
    let mut findings = 0;
    for finding in sdp.findings() {
        assert!(finding.offset <= bytes.len(), "{finding}");
        findings += 1;
    }
    assert!(findings <= 16 * (lines + 1));
}

/// What was read, written, reads as the same.
macro_rules! check_type {
    ($sdp:ident, $type:ident, $read:expr) => {
        match $read {
            Ok(None) => {}
            Ok(Some(value)) => {
                let text = value.to_string();
                let again = $type::parse(text.as_bytes(), Mode::Tolerant);
                assert_eq!(again, Ok(value), "{text:?}");
            }
            Err(error) => assert!(error.offset <= $sdp.as_bytes().len(), "{error}"),
        }
    };
}

fn check_types(sdp: &Sdp<'_>) {
    let _ = sdp.session_name();
    check_type!(sdp, Origin, sdp.origin());
    check_type!(sdp, Connection, sdp.connection());
    check_type!(sdp, Time, sdp.time());
    for attribute in sdp.attributes() {
        check_attribute(sdp, &attribute);
    }
    for media in sdp.media() {
        check_type!(sdp, Connection, media.connection());
        for bandwidth in media.bandwidths() {
            check_type!(sdp, Bandwidth, bandwidth.map(Some));
        }
        for attribute in media.attributes() {
            check_attribute(sdp, &attribute);
        }
        let _ = media.direction();
        match media.line() {
            Ok(line) => {
                assert!(line.port_count > 0);
                assert!(
                    line.formats
                        .iter()
                        .all(|format| line.formats.contains(format))
                );
                assert!(line.is(line.media));
            }
            Err(error) => assert!(error.offset <= sdp.as_bytes().len(), "{error}"),
        }
    }
}

fn check_attribute(sdp: &Sdp<'_>, attribute: &Attribute<'_>) {
    let _ = format!("{attribute:?}");
    assert_eq!(AttributeKind::of(attribute.name()), attribute.kind());
    assert!(!attribute.name().contains(&b':'));
    let typed = match attribute.typed() {
        Ok(typed) => typed,
        Err(error) => {
            assert!(error.offset <= sdp.as_bytes().len(), "{error}");
            return;
        }
    };
    let shown = format!("{typed:?}");
    match typed {
        Typed::Rtpmap(map) => check_type!(sdp, Rtpmap, Ok::<_, ParseError>(Some(map))),
        Typed::Fmtp(parameters) => {
            assert!(parameters.pairs().count() <= parameters.parameters.len() + 1);
            check_type!(sdp, Fmtp, Ok::<_, ParseError>(Some(parameters)));
        }
        Typed::Ptime(time) | Typed::Maxptime(time) => {
            check_type!(sdp, PacketTime, Ok::<_, ParseError>(Some(time)));
        }
        Typed::Rtcp(rtcp) => check_type!(sdp, Rtcp, Ok::<_, ParseError>(Some(rtcp))),
        Typed::Candidate(candidate) => {
            let _ = (
                candidate.tcp_type(),
                candidate.ip(),
                candidate.extensions.iter().count(),
            );
        }
        Typed::Fingerprint(fingerprint) => assert!(fingerprint.octets().count() > 0),
        Typed::Group(group) => {
            let _ = group.tags().count();
        }
        Typed::IceOptions(options) => assert!(options.tags().all(|tag| options.contains(tag))),
        Typed::IcePwd(_) => assert_eq!(shown, "IcePwd(IcePwd(<redacted>))"),
        _ => {}
    }
}

fn ports(sdp: &Sdp<'_>) -> Vec<Option<u16>> {
    sdp.media()
        .map(|media| media.line().ok().map(|line| line.port))
        .collect()
}

fn check_edits(sdp: &Sdp<'_>) {
    let mut out = vec![0; 4 * sdp.as_bytes().len() + 4096];
    assert_eq!(sdp.edit(&[], &mut out), Ok(sdp.as_bytes().len()));
    assert_eq!(&out[..sdp.as_bytes().len()], sdp.as_bytes());

    let count = sdp.media().count();
    let beyond = sdp.edit(&[Edit::Port(count, 1)], &mut out);
    assert_eq!(beyond, Err(WriteError::NoSuchMedia { index: count }));
    let injected = Edit::Insert(Section::Session, "x", Some("y\r\nz=1"));
    assert_eq!(
        sdp.edit(&[injected], &mut out),
        Err(WriteError::ForbiddenByte)
    );

    let mut edits = vec![
        Edit::Connection(Section::Session, ADDRESS),
        Edit::Connection(Section::Everywhere, ADDRESS),
        Edit::Direction(Section::Session, Direction::RecvOnly),
        Edit::Remove(Section::Everywhere, "ice-ufrag"),
        Edit::Replace(Section::Everywhere, "x-fuzz", Some("1")),
        Edit::Insert(Section::Session, "x-flag", None),
    ];
    for index in 0..count.min((MAX_EDITS - edits.len()) / 3) {
        edits.push(match index % 2 {
            0 => Edit::Port(index, 4000),
            _ => Edit::Reject(index),
        });
        edits.push(Edit::Direction(Section::Media(index), Direction::Inactive));
        let address = None;
        edits.push(Edit::Rtcp(
            index,
            Rtcp {
                port: 4001,
                address,
            },
        ));
    }
    match apply(sdp, &edits, &mut out) {
        Err(WriteError::MalformedMedia { index }) => assert_eq!(ports(sdp)[index], None),
        Err(error) => panic!("{error}"),
        Ok(edited) => {
            let connection = edited.connection().unwrap().unwrap();
            assert_eq!(connection, Connection::new(ADDRESS));
            assert_eq!(edited.direction(), Some(Direction::RecvOnly));
            assert!(edited.attribute(AttributeKind::IceUfrag).is_none());
            let count_of = |name: &[u8]| {
                let mut attributes = edited.attributes();
                attributes
                    .by_ref()
                    .filter(|attribute| attribute.name() == name)
                    .count()
            };
            assert_eq!(count_of(b"x-fuzz"), 1);
            assert!(count_of(b"x-flag") >= 1);
            assert_eq!(edited.media().count(), count);
            for (index, (before, after)) in sdp.media().zip(edited.media()).enumerate() {
                assert_eq!(after.connection(), Ok(Some(connection)));
                if index < 19 {
                    let line = after.line().unwrap();
                    assert_eq!(line.port, if index % 2 == 0 { 4000 } else { 0 });
                    let formats = before.line().unwrap().formats;
                    assert!(line.formats.iter().eq(formats.iter()));
                    assert_eq!(after.direction(), Direction::Inactive);
                    let rtcp = after.attribute(AttributeKind::Rtcp).unwrap().typed();
                    assert!(matches!(rtcp, Ok(Typed::Rtcp(rtcp)) if rtcp.port == 4001));
                }
            }
        }
    }

    // Of the formats one stays, and what belongs to the others goes.
    let Some((index, format)) = sdp
        .media()
        .find_map(|media| Some((media.index(), media.line().ok()?.formats.iter().last()?)))
    else {
        return;
    };
    let keep = [format];
    let edited = apply(sdp, &[Edit::KeepFormats(index, &keep)], &mut out).unwrap();
    let media = edited.media().nth(index).unwrap();
    assert!(
        media
            .line()
            .unwrap()
            .formats
            .iter()
            .all(|kept| kept == format)
    );
    assert_eq!(media.line().unwrap().port, ports(sdp)[index].unwrap());
    for attribute in media.attributes() {
        if attribute.kind() == AttributeKind::Rtpmap && attribute.typed().is_ok() {
            let value = std::str::from_utf8(attribute.value().unwrap()).unwrap();
            assert_eq!(value.split_ascii_whitespace().next(), Some(format));
        }
    }
}

/// Applies edits; what comes out has to be readable, and the size told in advance has to be right.
fn apply<'o>(sdp: &Sdp<'_>, edits: &[Edit<'_>], out: &'o mut [u8]) -> Result<Sdp<'o>, WriteError> {
    let len = sdp.edit(edits, out)?;
    let short = sdp.edit(edits, &mut out[..len - 1]);
    assert_eq!(short, Err(WriteError::BufferTooSmall { needed: len }));
    assert_eq!(sdp.edit(edits, out), Ok(len));
    Ok(Sdp::parse(&out[..len], Mode::Tolerant).unwrap())
}

fn check_relay(sdp: &Sdp<'_>) {
    let relays: Vec<Option<RelayAddress>> = (0..sdp.media().count())
        .map(|index| {
            (index % 3 < 2).then_some(RelayAddress {
                address: ADDRESS,
                rtp_port: 30_000 + 2 * (index % 1000) as u16,
                rtcp_port: 30_001 + 2 * (index % 1000) as u16,
            })
        })
        .collect();
    let mut out = vec![0; 2 * sdp.as_bytes().len() + 128 * (relays.len() + 4)];
    let mut origin = LocalOrigin::new(7);
    let before = origin;
    let written = relay(sdp, &POLICY, &relays, &mut origin, &mut out);
    let len = match written {
        Ok(len) => len,
        Err(error) => {
            assert_eq!(origin, before);
            let expected = matches!(
                error,
                NegotiationError::NoUsableStream { .. }
                    | NegotiationError::Write(WriteError::ForbiddenByte)
            );
            assert!(expected, "{error}");
            return;
        }
    };
    let relayed = Sdp::parse(&out[..len], Mode::Tolerant).unwrap();
    assert_eq!(relayed.media().count(), relays.len());
    assert_eq!(relayed.origin().unwrap().unwrap().session_id, "7");
    let attributes = relayed
        .attributes()
        .chain(relayed.media().flat_map(|m| m.attributes()));
    for attribute in attributes {
        let kind = attribute.kind();
        assert!(!kind.is_ice() && !kind.is_secret() && kind != AttributeKind::Fingerprint);
    }
    for (media, (relay, before)) in relayed.media().zip(relays.iter().zip(sdp.media())) {
        let line = media.line().unwrap();
        if line.port == 0 {
            assert!(relay.is_none() || describe(&before, &POLICY).is_err());
            assert_eq!(media.lines().count(), 1);
            continue;
        }
        // What the relay promises of the stream is what the other party reads.
        let relay = relay.unwrap();
        let before = describe(&before, &POLICY).unwrap();
        let after = describe(&media, &POLICY).unwrap();
        let address = |port| Some((ADDRESS, port).into());
        assert_eq!(
            (after.rtp, after.rtcp),
            (address(relay.rtp_port), address(relay.rtcp_port))
        );
        assert_eq!(after.direction, before.direction);
        assert_eq!(after.payload_types, before.payload_types);
        assert_eq!(after.payload_type, before.payload_type);
        assert_eq!((after.ptime, after.index), (before.ptime, before.index));
    }

    // The same once more is the same, down to the version.
    let mut again = vec![0; len];
    assert_eq!(
        relay(sdp, &POLICY, &relays, &mut origin, &mut again),
        Ok(len)
    );
    assert_eq!(again, out[..len]);
}

fn check_answer(sdp: &Sdp<'_>) {
    let count = sdp.media().count();
    let mut state = OfferAnswer::new(1);
    assert_eq!(state.receive_offer(sdp), Ok(RemoteChange::New));
    assert!(state.receive_offer(sdp).is_err());

    let streams = [
        LocalStream::new(POLICY, 4000),
        LocalStream::new(StreamPolicy::G711, 4002),
    ];
    let mut out = vec![0; 2 * sdp.as_bytes().len() + 1024];
    let mut origin = LocalOrigin::new(9);
    let answered = answer(sdp, &streams, ADDRESS, &mut origin, &mut out);
    let len = match answered {
        Ok(len) => len,
        Err(NegotiationError::NoUsableStream { .. }) => {
            assert!(first_usable(sdp, &POLICY).is_err());
            state.withdraw();
            assert_eq!(state.state(), OfferAnswerState::Idle);
            return;
        }
        Err(error) => {
            assert_eq!(error, NegotiationError::Write(WriteError::ForbiddenByte));
            return;
        }
    };
    assert!(first_usable(sdp, &POLICY).is_ok());
    let answer = Sdp::parse(&out[..len], Mode::Tolerant).unwrap();
    let rejected = |media: &Media<'_>| media.line().is_ok_and(|l| l.port == 0);
    // What is rejected goes back as it came; everything else is ours.
    if !sdp
        .media()
        .zip(answer.media())
        .any(|(_, media)| rejected(&media))
    {
        assert_eq!(Sdp::parse(&out[..len], Mode::Strict), Ok(answer));
    }
    assert_eq!(answer.media().count(), count);
    for (offered, media) in sdp.media().zip(answer.media()) {
        if rejected(&media) {
            continue;
        }
        let offered = describe(&offered, &POLICY).unwrap();
        let answered = describe(&media, &POLICY).unwrap();
        assert!(
            answered
                .payload_types
                .as_slice()
                .iter()
                .all(|&t| offered.payload_types.contains(t))
        );
        assert!(!answered.direction.sends() || offered.direction.receives());
        assert!(!answered.direction.receives() || offered.direction.sends());
        assert_eq!(answered.rtp.map(|rtp| rtp.ip()), Some(ADDRESS));
    }
    assert_eq!(state.send_answer(count), Ok(()));
    assert_eq!(state.state(), OfferAnswerState::Stable);
}
