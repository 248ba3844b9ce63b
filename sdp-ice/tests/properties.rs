//! Properties over mutated vectors and generated descriptions.

use core::net::IpAddr;

use proptest::prelude::*;
use trunkline_sdp_ice::attribute::{Candidate, Direction, Rtcp, Typed};
use trunkline_sdp_ice::{
    AddressFamily, AttributeKind, Bandwidth, BandwidthType, Connection, Edit, Host, LineKind, Mode,
    Origin, Sdp, Section, Time, WriteError, Writer,
};
use trunkline_sdp_ice::{
    LocalOrigin, LocalStream, NegotiationError, RelayAddress, StreamPolicy, answer, describe,
    first_usable, relay,
};

const VECTORS: [&[u8]; 7] = [
    include_bytes!("vectors/chromium156-offer.sdp"),
    include_bytes!("vectors/chromium156-answer.sdp"),
    include_bytes!("vectors/lync-like-offer-ice2.sdp"),
    include_bytes!("vectors/lync-like-ice-draft6.sdp"),
    include_bytes!("vectors/rfc4317-2.1-offer.sdp"),
    include_bytes!("vectors/rfc4317-2.1-answer.sdp"),
    include_bytes!("vectors/simple-sip-offer.sdp"),
];

/// One mutation: what, where, how long, with what.
type Mutation = (u8, usize, usize, Vec<u8>);

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..8),
        proptest::sample::select(vec![
            b"\r\n".to_vec(),
            b"\n".to_vec(),
            b"\r".to_vec(),
            b"\0".to_vec(),
            b" ".to_vec(),
            b"\r\nm=".to_vec(),
            b"\r\na=".to_vec(),
            b"\r\nc=IN IP4 0.0.0.0\r\n".to_vec(),
            b":".to_vec(),
            b"=".to_vec(),
            b"/".to_vec(),
            b"*".to_vec(),
            b"99999999999999999999999".to_vec(),
            b"RTP/AVP".to_vec(),
            b"m=audio 4000 RTP/AVP 0\r\n".to_vec(),
        ]),
    ];
    proptest::collection::vec((0u8..5, any::<usize>(), 0usize..64, bytes), 0..8)
}

fn mutate(vector: usize, mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = VECTORS[vector].to_vec();
    for (what, place, length, with) in mutations {
        let at = place % (bytes.len() + 1);
        let end = (at + length).min(bytes.len());
        match what {
            0 => drop(bytes.splice(at..at, with.iter().copied())),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..end, with.iter().copied())),
            3 => {
                let copied = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, copied));
            }
            _ => bytes.truncate(at.max(4)),
        }
    }
    bytes
}

fn lines(sdp: &Sdp<'_>, keep: impl Fn(LineKind, &[u8]) -> bool) -> Vec<Vec<u8>> {
    sdp.lines()
        .filter(|l| keep(l.kind(), l.attribute().map_or(b"", |a| a.name())))
        .map(|l| l.as_bytes().trim_ascii_end().to_vec())
        .collect()
}

proptest! {

    /// Whatever comes: no panic, no byte lost, and strict mode agrees with the findings.
    #[test]
    fn anything_is_walked_without_loss(vector in 0..VECTORS.len(), mutations in mutations()) {
        let bytes = mutate(vector, &mutations);
        let Ok(sdp) = Sdp::parse(&bytes, Mode::Tolerant) else {
            prop_assert!(Sdp::parse(&bytes, Mode::Strict).is_err());
            return Ok(());
        };
        let walked: Vec<u8> = sdp.lines().flat_map(|l| l.as_bytes().to_vec()).collect();
        prop_assert_eq!(&walked, &bytes);
        let in_sections = sdp.session_lines().count()
            + sdp.media().map(|m| m.lines().count()).sum::<usize>();
        prop_assert_eq!(in_sections, sdp.lines().count());

        for line in sdp.lines() {
            // line by line by another way of counting
            let expected = bytes[line.offset()..].split_inclusive(|b| *b == b'\n').next();
            prop_assert_eq!(Some(line.as_bytes()), expected);
            if let Some(attribute) = line.attribute() {
                let name = line.value().split(|b| *b == b':').next();
                prop_assert_eq!(Some(attribute.name()), name);
                prop_assert_eq!(attribute.kind(), AttributeKind::of(attribute.name()));
                if let Err(error) = attribute.typed() {
                    prop_assert!(error.offset >= line.offset() && error.offset <= line.offset() + line.as_bytes().len());
                }
            }
        }
        let violation = sdp.findings().find(|f| f.fault.is_violation());
        prop_assert_eq!(Sdp::parse(&bytes, Mode::Strict).err(), violation);
        prop_assert!(sdp.findings().all(|f| f.offset <= bytes.len()));
        let _ = format!("{sdp:?}");
    }

    /// Strict takes nothing that tolerant refuses.
    #[test]
    fn strict_candidates_are_tolerable(text in "[a-z0-9+/]{1,34} [0-9]{1,3} (udp|TCP|TCP-ACT) [0-9]{1,10} [0-9a-f:.]{3,12} [0-9]{1,5} typ (host|srflx|x)( raddr 10.0.0.1 rport 1)?( tcptype so)?") {
        if let Ok(strict) = Candidate::parse(text.as_bytes(), Mode::Strict) {
            prop_assert_eq!(Candidate::parse(text.as_bytes(), Mode::Tolerant), Ok(strict));
            prop_assert!((1..=256).contains(&strict.component));
            prop_assert!(strict.foundation.len() <= 32);
        }
    }

    /// Editing is parsing and editing the lines: what was asked is there, the rest is as it was.
    #[test]
    fn an_edit_changes_what_it_names(
        vector in 0..VECTORS.len(),
        mutations in mutations(),
        address in any::<IpAddr>(),
        port in any::<u16>(),
        value in "[ -~]{0,20}",
    ) {
        let bytes = mutate(vector, &mutations);
        let Ok(sdp) = Sdp::parse(&bytes, Mode::Tolerant) else { return Ok(()) };
        let rtcp = Rtcp { port, address: None };
        let edits = [
            Edit::Connection(Section::Session, address),
            Edit::Connection(Section::Everywhere, address),
            Edit::Port(0, port),
            Edit::Rtcp(0, rtcp),
            Edit::Direction(Section::Media(0), Direction::RecvOnly),
            Edit::Replace(Section::Session, "x-own", Some(&value)),
            Edit::Remove(Section::Everywhere, "candidate"),
        ];
        let mut out = vec![0; bytes.len() + 512];
        let length = match sdp.edit(&edits, &mut out) {
            Ok(length) => length,
            Err(WriteError::NoSuchMedia { index }) => {
                prop_assert_eq!((index, sdp.media().count()), (0, 0));
                return Ok(());
            }
            Err(error) => {
                prop_assert_eq!(error, WriteError::MalformedMedia { index: 0 });
                prop_assert!(sdp.media().next().is_some_and(|m| m.line().is_err()));
                return Ok(());
            }
        };
        let edited = Sdp::parse(&out[..length], Mode::Tolerant).unwrap();
        prop_assert_eq!(edited.media().count(), sdp.media().count());
        let first = edited.media().next().unwrap();
        prop_assert_eq!(first.line().unwrap().port, port);
        prop_assert_eq!(first.direction(), Direction::RecvOnly);
        prop_assert_eq!(first.attribute(AttributeKind::Rtcp).map(|a| a.typed()), Some(Ok(Typed::Rtcp(rtcp))));
        prop_assert_eq!(edited.connection().unwrap().map(|c| c.host.ip()), Some(Some(address)));
        prop_assert!(edited.attributes().any(|a| a.name() == b"x-own" && a.value() == Some(value.as_bytes())));
        let rest = |sdp| lines(sdp, |kind, name| {
            let touched: [&[u8]; 7] = [
                b"candidate", b"rtcp", b"x-own", b"sendrecv", b"sendonly", b"recvonly", b"inactive",
            ];
            !matches!(kind, LineKind::Connection | LineKind::Media) && !touched.contains(&name)
        });
        prop_assert_eq!(rest(&sdp), rest(&edited));

        // too small by any amount is told with the size needed
        let short = sdp.edit(&edits, &mut out[..length - 1]);
        prop_assert_eq!(short, Err(WriteError::BufferTooSmall { needed: length }));
    }

    /// The relay and the end point take anything: what they write is sound, or they say why not.
    #[test]
    fn negotiation_survives_anything(vector in 0..VECTORS.len(), mutations in mutations(), plain in any::<bool>()) {
        let mut bytes = mutate(vector, &mutations);
        if plain {
            // let the WebRTC and Lync vectors get past the protocol, too
            let text = bytes.iter().map(|b| char::from(*b)).collect::<String>();
            let text = text.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP").replace("RTP/SAVP", "RTP/AVP");
            bytes = text.chars().map(|c| c as u8).collect();
        }
        let Ok(sdp) = Sdp::parse(&bytes, Mode::Tolerant) else { return Ok(()) };
        let policy = StreamPolicy::G711;
        let relays = [Some(RelayAddress {
            address: IpAddr::from([203, 0, 113, 1]),
            rtp_port: 30000,
            rtcp_port: 30001,
        }); 8];
        let mut out = vec![0; bytes.len() * 2 + 2048];
        let usable: Vec<bool> = sdp.media().take(8).map(|m| describe(&m, &policy).is_ok()).collect();
        match relay(&sdp, &policy, &relays, &mut LocalOrigin::new(1), &mut out) {
            Ok(length) => {
                let written = Sdp::parse(&out[..length], Mode::Tolerant).unwrap();
                prop_assert_eq!(written.media().count(), sdp.media().count());
                for (media, usable) in written.media().zip(usable) {
                    let line = media.line().unwrap();
                    prop_assert_eq!(line.port, if usable { 30000 } else { 0 });
                    if usable {
                        let described = describe(&media, &policy).unwrap();
                        prop_assert_eq!(described.rtp, "203.0.113.1:30000".parse().ok());
                        prop_assert!(line.formats.iter().count() >= 1);
                    }
                }
                let ended = |kind: AttributeKind| kind.is_ice() || kind.is_secret() || kind == AttributeKind::RtcpMux;
                prop_assert!(!written.lines().any(|l| l.attribute().is_some_and(|a| ended(a.kind()))));
            }
            Err(error) => {
                prop_assert!(matches!(error, NegotiationError::NoUsableStream { .. }), "{:?}", error);
                prop_assert!(!usable.contains(&true));
            }
        }
        let local = LocalStream::new(policy, 5000);
        match answer(&sdp, &[local], IpAddr::from([192, 0, 2, 1]), &mut LocalOrigin::new(1), &mut out) {
            Ok(length) => {
                let answer = Sdp::parse(&out[..length], Mode::Strict).unwrap();
                prop_assert_eq!(answer.media().count(), sdp.media().count());
                let accepted = answer.media().filter(|m| m.line().unwrap().port != 0).count();
                prop_assert_eq!(accepted, 1);
                prop_assert_eq!(
                    first_usable(&answer, &policy).map(|d| d.payload_types),
                    first_usable(&sdp, &policy).map(|d| d.payload_types)
                );
            }
            Err(error) => {
                prop_assert!(matches!(error, NegotiationError::NoUsableStream { .. }), "{:?}", error);
                prop_assert!(first_usable(&sdp, &policy).is_err());
            }
        }
    }

    /// Building and parsing give back what was built, in strict mode.
    #[test]
    fn what_is_built_parses_to_the_same(
        username in "[a-zA-Z0-9._-]{1,12}",
        id in any::<u64>().prop_map(|n| n.to_string()),
        version in any::<u64>().prop_map(|n| n.to_string()),
        address in any::<IpAddr>().prop_filter("unicast", |ip| !ip.is_multicast()),
        name in "[ -~]{1,20}",
        time in (any::<u64>(), any::<u64>()),
        bandwidth in any::<u64>(),
        media in proptest::collection::vec(("(audio|video|x-[a-z]{3})", any::<u16>(), proptest::collection::vec(0u8..128, 1..5)), 0..4),
        attributes in proptest::collection::vec(("x-[a-z0-9-]{1,16}", proptest::option::of("[ -~]{1,30}")), 0..6),
    ) {
        let origin = Origin {
            username: &username,
            session_id: &id,
            session_version: &version,
            family: AddressFamily::of(&address),
            host: Host::Ip(address),
        };
        let connection = Connection::new(address);
        let time = Time { start: time.0, stop: time.1 };
        let bandwidth = Bandwidth { kind: BandwidthType::ApplicationSpecific, value: bandwidth };
        let mut buffer = vec![0; 8192];
        let mut writer = Writer::new(&mut buffer, &origin, &name);
        writer.connection(&connection).bandwidth(&bandwidth).time(&time);
        for (media, port, formats) in &media {
            writer.media(media, *port, "RTP/AVP", formats).bandwidth(&bandwidth);
            for (name, value) in &attributes {
                match value {
                    Some(value) => writer.attribute(name, value),
                    None => writer.flag(name),
                };
            }
        }
        let length = writer.finish().unwrap();
        let sdp = Sdp::parse(&buffer[..length], Mode::Strict).unwrap();
        prop_assert_eq!(sdp.origin(), Ok(Some(origin)));
        prop_assert_eq!(sdp.connection(), Ok(Some(connection)));
        prop_assert_eq!(sdp.time(), Ok(Some(time)));
        prop_assert_eq!(sdp.session_name(), Some(name.as_bytes()));
        prop_assert_eq!(sdp.media().count(), media.len());
        for (found, (media, port, formats)) in sdp.media().zip(&media) {
            let line = found.line().unwrap();
            prop_assert_eq!((line.media, line.port), (media.as_str(), *port));
            prop_assert!(line.formats.iter().eq(formats.iter().map(u8::to_string)));
            prop_assert!(found.bandwidths().eq([Ok(bandwidth)]));
            let found: Vec<_> = found.attributes().map(|a| (a.name(), a.value())).collect();
            let built: Vec<_> = attributes.iter()
                .map(|(name, value)| (name.as_bytes(), value.as_ref().map(|v| v.as_bytes())))
                .collect();
            prop_assert_eq!(found, built);
        }
    }
}
