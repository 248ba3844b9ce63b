//! Offers and answers of end points, and the relay between two parties.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use trunkline_sdp_ice::attribute::Direction;
use trunkline_sdp_ice::{AttributeKind, Mode, Sdp, WriteError};
use trunkline_sdp_ice::{
    Codec, LocalOrigin, LocalStream, NegotiationError, OfferAnswer, RelayAddress, StreamPolicy,
    Unusable, answer, describe, first_usable, offer, relay,
};

const CALLER: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 10));
const CALLEE: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(198, 51, 100, 20));
const RELAY: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(203, 0, 113, 1));
const TO_RELAY: RelayAddress = RelayAddress {
    address: RELAY,
    rtp_port: 30000,
    rtcp_port: 30001,
};

fn parse(bytes: &[u8]) -> Sdp<'_> {
    Sdp::parse(bytes, Mode::Tolerant).unwrap()
}

fn written(
    write: impl FnOnce(&mut [u8]) -> Result<usize, NegotiationError>,
) -> Result<String, NegotiationError> {
    let mut out = vec![0; 8192];
    let length = write(&mut out)?;
    out.truncate(length);
    assert!(Sdp::parse(&out, Mode::Strict).is_ok() || out.windows(4).any(|w| w == b"s=\r\n"));
    Ok(String::from_utf8(out).unwrap())
}

fn answer_to(offer: &str, streams: &[LocalStream<'_>]) -> Result<String, NegotiationError> {
    let mut origin = LocalOrigin::new(7);
    written(|out| answer(&parse(offer.as_bytes()), streams, CALLEE, &mut origin, out))
}

fn relayed(sdp: &str, policy: &StreamPolicy<'_>) -> Result<String, NegotiationError> {
    let mut origin = LocalOrigin::new(9);
    let relays = [Some(TO_RELAY); 4];
    written(|out| relay(&parse(sdp.as_bytes()), policy, &relays, &mut origin, out))
}

/// An offer with one audio section, made of a `c=` address, an `m=` line and further lines.
fn audio(address: &str, line: &str, rest: &str) -> String {
    let rest = rest.replace('\n', "\r\n");
    format!(
        "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n{line}\r\n{rest}"
    )
}

const RFC4317_OFFER: &str = include_str!("vectors/rfc4317-2.1-offer.sdp");
const RFC4317_ANSWER: &str = include_str!("vectors/rfc4317-2.1-answer.sdp");
const SIMPLE: &str = include_str!("vectors/simple-sip-offer.sdp");
const LYNC: &str = include_str!("vectors/lync-like-offer-ice2.sdp");
const CHROMIUM: &str = include_str!("vectors/chromium156-offer.sdp");

/// F002-143, F002-144: G.711 of both laws and telephone events, agreed in one call each side.
#[test]
fn an_offer_and_its_answer() {
    let mut origin = LocalOrigin::new(42);
    let local = LocalStream::new(StreamPolicy::G711, 4000);
    let offer = written(|out| offer(&[local], CALLER, &mut origin, out)).unwrap();
    assert_eq!(
        offer,
        "v=0\r\no=- 42 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );

    let pcma = StreamPolicy {
        media: "audio",
        codecs: &[Codec::TELEPHONE_EVENT, Codec::PCMA],
    };
    let answer = answer_to(&offer, &[LocalStream::new(pcma, 5000)]).unwrap();
    assert_eq!(
        answer,
        "v=0\r\no=- 7 1 IN IP4 198.51.100.20\r\ns=-\r\nc=IN IP4 198.51.100.20\r\nt=0 0\r\n\
         m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
    let remote = first_usable(&parse(answer.as_bytes()), &StreamPolicy::G711).unwrap();
    assert_eq!(remote.rtp, Some(SocketAddr::new(CALLEE, 5000)));
    assert_eq!(remote.rtcp, Some(SocketAddr::new(CALLEE, 5001)));
    assert_eq!(
        (remote.payload_type, remote.telephone_event),
        (8, Some(101))
    );
    assert_eq!(remote.ptime, Some(Duration::from_millis(20)));
}

#[test]
fn rfc_4317_2_1_gets_the_answer_of_the_rfc() {
    let mpv = Codec {
        encoding: "MPV",
        clock_rate: 90000,
        channels: 1,
        payload_type: 32,
        parameters: None,
    };
    let stream = |media, codecs, port| LocalStream {
        policy: StreamPolicy { media, codecs },
        port,
        ptime: None,
        direction: Direction::SendRecv,
    };
    let (pcmu, mpv) = ([Codec::PCMU], [mpv]);
    let streams = [stream("video", &mpv, 49170), stream("audio", &pcmu, 49174)];
    let answer = answer_to(RFC4317_OFFER, &streams).unwrap();
    let lines = |text: &str| -> Vec<String> {
        let media = text.lines().skip_while(|l| !l.starts_with("m="));
        media
            .filter(|l| *l != "a=sendrecv")
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(lines(&answer), lines(RFC4317_ANSWER));
    // an end point without video keeps the place of the line
    let audio_only = answer_to(RFC4317_OFFER, &streams[1..]).unwrap();
    assert!(
        audio_only.ends_with("a=sendrecv\r\nm=video 0 RTP/AVP 31 32\r\n"),
        "{audio_only}"
    );
}

#[test]
fn the_answer_uses_the_numbers_of_the_offer() {
    let offer = audio(
        "192.0.2.10",
        "m=audio 4000 RTP/AVP 96 8 97",
        "a=rtpmap:96 telephone-event/8000\na=rtpmap:97 pcmu/8000/1\n",
    );
    let answer = answer_to(&offer, &[LocalStream::new(StreamPolicy::G711, 5000)]).unwrap();
    assert!(
        answer.contains("m=audio 5000 RTP/AVP 96 8 97\r\n"),
        "{answer}"
    );
    assert!(
        answer.contains("a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\n"),
        "{answer}"
    );
    assert!(answer.contains("a=rtpmap:97 PCMU/8000\r\n"), "{answer}");
}

#[test]
fn an_rtpmap_beats_the_static_meaning() {
    let offer = audio(
        "192.0.2.10",
        "m=audio 4000 RTP/AVP 0 8",
        "a=rtpmap:0 G722/8000\n",
    );
    let remote = first_usable(&parse(offer.as_bytes()), &StreamPolicy::G711).unwrap();
    assert_eq!(remote.payload_types.as_slice(), [8]);
    // and a broken one leaves it
    let offer = audio("192.0.2.10", "m=audio 4000 RTP/AVP 0 8", "a=rtpmap:0 x\n");
    let remote = first_usable(&parse(offer.as_bytes()), &StreamPolicy::G711).unwrap();
    assert_eq!(remote.payload_types.as_slice(), [0, 8]);
}

#[test]
fn directions_are_reversed_and_intersected() {
    use Direction::*;
    for (offered, wanted, answered) in [
        (SendRecv, SendRecv, SendRecv),
        (SendOnly, SendRecv, RecvOnly),
        (RecvOnly, SendRecv, SendOnly),
        (Inactive, SendRecv, Inactive),
        (SendRecv, RecvOnly, RecvOnly),
        (SendOnly, SendOnly, Inactive),
    ] {
        let offer = audio(
            "192.0.2.10",
            "m=audio 4000 RTP/AVP 0",
            &format!("a={offered}\n"),
        );
        let mut local = LocalStream::new(StreamPolicy::G711, 5000);
        local.direction = wanted;
        let answer = answer_to(&offer, &[local]).unwrap();
        assert!(answer.ends_with(&format!("a={answered}\r\n")), "{answer}");
    }
    // hold as RFC 2543 had it
    let held = audio("0.0.0.0", "m=audio 4000 RTP/AVP 0", "");
    let answer = answer_to(&held, &[LocalStream::new(StreamPolicy::G711, 5000)]).unwrap();
    assert!(answer.ends_with("a=recvonly\r\n"), "{answer}");
}

#[test]
fn each_local_stream_answers_one_line() {
    let two = audio(
        "192.0.2.10",
        "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 8",
        "",
    );
    let local = LocalStream::new(StreamPolicy::G711, 5000);
    let answer = answer_to(&two, &[local]).unwrap();
    assert!(answer.contains("m=audio 5000 RTP/AVP 0\r\n"), "{answer}");
    assert!(answer.ends_with("m=audio 0 RTP/AVP 8\r\n"), "{answer}");
    let second = LocalStream::new(StreamPolicy::G711, 5002);
    let answer = answer_to(&two, &[local, second]).unwrap();
    assert!(answer.contains("m=audio 5002 RTP/AVP 8\r\n"), "{answer}");
}

/// Bad input: an SDP without a usable stream is an error that a SIP layer answers with 488.
#[test]
fn no_usable_stream_is_a_typed_error() {
    let reason = |sdp: &str| match relayed(sdp, &StreamPolicy::G711) {
        Err(NegotiationError::NoUsableStream { reason }) => {
            let local = [LocalStream::new(StreamPolicy::G711, 5000)];
            let expected = Err(NegotiationError::NoUsableStream { reason });
            assert_eq!(answer_to(sdp, &local), expected);
            let first = first_usable(&parse(sdp.as_bytes()), &StreamPolicy::G711);
            assert_eq!(first.map(drop), expected.map(drop));
            reason
        }
        other => panic!("{other:?}"),
    };
    let one = |line: &str, rest: &str| reason(&audio("192.0.2.10", line, rest));
    assert_eq!(reason("v=0\r\n"), Unusable::NoMedia);
    assert_eq!(one("m=audio x RTP/AVP 0", ""), Unusable::Malformed);
    assert_eq!(one("m=audio 0 RTP/AVP 0", ""), Unusable::Disabled);
    assert_eq!(one("m=video 4000 RTP/AVP 31", ""), Unusable::MediaType);
    assert_eq!(one("m=audio 4000 RTP/SAVP 0", ""), Unusable::Protocol);
    assert_eq!(one("m=audio 4000/2 RTP/AVP 0", ""), Unusable::SeveralPorts);
    assert_eq!(
        one("m=audio 4000 RTP/AVP 0", "c=IN IP4 x y\n"),
        Unusable::Address
    );
    assert_eq!(
        one("m=audio 4000 RTP/AVP 0", "c=IN IP4 233.252.0.1/127\n"),
        Unusable::Address
    );
    assert_eq!(one("m=audio 4000 RTP/AVP 9", ""), Unusable::NoCommonCodec);
    assert_eq!(
        one(
            "m=audio 4000 RTP/AVP 101",
            "a=rtpmap:101 telephone-event/8000\n"
        ),
        Unusable::NoCommonCodec
    );
    assert_eq!(
        one(
            "m=video 4000 RTP/AVP 31\r\nm=audio 1 UDP/TLS/RTP/SAVPF 0",
            ""
        ),
        Unusable::Protocol
    );
    assert_eq!(reason(LYNC), Unusable::Protocol);
    assert_eq!(reason(CHROMIUM), Unusable::Protocol);

    let mut origin = LocalOrigin::new(9);
    let none = relay(
        &parse(SIMPLE.as_bytes()),
        &StreamPolicy::G711,
        &[None],
        &mut origin,
        &mut [],
    );
    assert_eq!(
        none,
        Err(NegotiationError::NoUsableStream {
            reason: Unusable::NotWanted
        })
    );
}

#[test]
fn the_relay_points_both_parties_at_itself() {
    let rewritten = relayed(SIMPLE, &StreamPolicy::G711).unwrap();
    assert_eq!(
        rewritten,
        "v=0\r\no=- 9 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
         m=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn the_relay_ends_ice_keys_and_mux_and_keeps_the_rest() {
    let sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=call\r\ni=about\r\nc=IN IP4 10.0.0.1\r\n\
        b=AS:64\r\nt=0 0\r\na=ice-lite\r\na=ice-ufrag:abcd\r\na=group:BUNDLE 0\r\n\
        a=fingerprint:sha-1 A5\r\na=tool:any\r\n\
        m=audio 4000 RTP/AVP 8 13 9\r\ni=mic\r\nc=IN IP4 10.0.0.2\r\nc=IN IP4 10.0.0.3\r\nb=TIAS:64000\r\n\
        k=clear:x\r\na=rtcp:4009 IN IP4 10.0.0.2\r\na=candidate:1 1 UDP 1 10.0.0.2 4000 typ host \r\n\
        a=x-candidate-ipv6:2 1 UDP 1 2001:db8::21 50010 typ host \r\na=remote-candidates:1 10.0.0.9 1\r\n\
        a=end-of-candidates\r\na=ice-pwd:x\r\na=ice-options:trickle\r\na=crypto:1 A inline:x\r\n\
        a=cryptoscale:1 client A inline:x\r\na=setup:active\r\na=rtcp-mux\r\na=mid:0\r\n\
        a=rtpmap:13 CN/8000\r\na=rtpmap:9 G722/8000\r\na=fmtp:9 x\r\na=rtcp-fb:9 nack\r\na=rtcp-fb:* nack\r\n\
        a=x-own:\u{e4}\r\n";
    let rewritten = relayed(sdp, &StreamPolicy::G711).unwrap();
    assert_eq!(
        rewritten,
        "v=0\r\no=- 9 1 IN IP4 203.0.113.1\r\ns=call\r\ni=about\r\nc=IN IP4 203.0.113.1\r\n\
        b=AS:64\r\nt=0 0\r\na=tool:any\r\n\
        m=audio 30000 RTP/AVP 8\r\ni=mic\r\nc=IN IP4 203.0.113.1\r\nb=TIAS:64000\r\n\
        a=rtcp:30001\r\na=mid:0\r\na=rtcp-fb:* nack\r\na=x-own:\u{e4}\r\n"
    );
    let with_noise = relayed(sdp, &StreamPolicy::G711_WITH_COMFORT_NOISE).unwrap();
    assert!(with_noise.contains("RTP/AVP 8 13\r\n") && with_noise.contains("a=rtpmap:13 CN/8000"));
    let described = first_usable(&parse(sdp.as_bytes()), &StreamPolicy::G711).unwrap();
    assert_eq!(described.rtcp, "10.0.0.2:4009".parse().ok());
}

#[test]
fn no_address_of_the_inside_crosses_the_relay() {
    let sdp = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
        a=rtcp:4001 IN IP4 10.0.0.1\r\na=source-filter: incl IN IP4 * 10.0.0.1\r\n\
        a=key-mgmt:mikey AQAFgM0X\r\n\
        m=audio 4000 RTP/AVP 8\r\no=- 1 1 IN IP4 10.0.0.1\r\n\
        a=alt:1 1 : 5hVOTgFj 29xwmhaC 10.0.0.1 4000\r\n\
        a=source-filter: incl IN IP4 * 10.0.0.1\r\na=key-mgmt:mikey AQAFgM0X\r\n";
    let rewritten = relayed(sdp, &StreamPolicy::G711).unwrap();
    assert_eq!(
        rewritten,
        "v=0\r\no=- 9 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n\
         m=audio 30000 RTP/AVP 8\r\n"
    );
}

/// Some gateways leave blanks at the ends of lines.
#[test]
fn blanks_behind_a_flag_hide_nothing() {
    let sdp = audio(
        "10.0.0.1",
        "m=audio 4000 RTP/AVP 0",
        "a=rtcp-mux \na=ice-lite\t\na=sendonly                  \na=two words\n",
    );
    let described = first_usable(&parse(sdp.as_bytes()), &StreamPolicy::G711).unwrap();
    assert_eq!(described.direction, Direction::SendOnly);
    let mut origin = LocalOrigin::new(9);
    let mut out = [0; 512];
    let relays = [Some(TO_RELAY)];
    let sdp = parse(sdp.as_bytes());
    let length = relay(&sdp, &StreamPolicy::G711, &relays, &mut origin, &mut out).unwrap();
    let rewritten = core::str::from_utf8(&out[..length]).unwrap();
    let media = rewritten.split_once("m=").unwrap().1;
    assert_eq!(
        media,
        "audio 30000 RTP/AVP 0\r\na=sendonly                  \r\na=two words\r\n"
    );
}

/// An `rtpmap` without channels means one.
#[test]
fn an_offer_names_its_channels() {
    let surround = StreamPolicy {
        media: "audio",
        codecs: &[Codec {
            encoding: "L16",
            clock_rate: 48_000,
            channels: 6,
            payload_type: 96,
            parameters: None,
        }],
    };
    let stream = LocalStream::new(surround, 4000);
    let mut origin = LocalOrigin::new(7);
    let offered = written(|out| offer(&[stream], CALLER, &mut origin, out)).unwrap();
    assert!(offered.contains("a=rtpmap:96 L16/48000/6\r\n"), "{offered}");
    assert!(first_usable(&parse(offered.as_bytes()), &surround).is_ok());
    assert!(answer_to(&offered, &[stream]).is_ok());
}

#[test]
fn unusable_sections_keep_their_place() {
    let sdp = audio(
        "10.0.0.1",
        "m=video 5000 RTP/AVP 31",
        "a=rtpmap:31 H261/90000\na=candidate:1 1 UDP 1 10.0.0.2 5000 typ host\n\
         m=audio junk\nc=IN IP4 10.0.0.7\nm=audio 4000 RTP/AVP 0\nm=audio 0 RTP/AVP\n",
    );
    let rewritten = relayed(&sdp, &StreamPolicy::G711).unwrap();
    let media = rewritten.split_once("t=0 0\r\n").unwrap().1;
    assert_eq!(
        media,
        "m=video 0 RTP/AVP 31\r\nm=audio 0 RTP/AVP 0\r\nm=audio 30000 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n"
    );
    assert!(!rewritten.contains("10.0.0."), "{rewritten}");
}

#[test]
fn each_section_has_the_address_of_its_relay() {
    let sdp = audio(
        "10.0.0.1",
        "m=audio 4000 RTP/AVP 0\r\nm=audio 4002 RTP/AVP 8",
        "a=x\n",
    );
    let other = RelayAddress {
        address: "2001:db8::1".parse().unwrap(),
        rtp_port: 40000,
        rtcp_port: 40007,
    };
    let mut origin = LocalOrigin::new(9);
    let relays = [Some(TO_RELAY), Some(other)];
    let sdp = parse(sdp.as_bytes());
    let text = written(|out| relay(&sdp, &StreamPolicy::G711, &relays, &mut origin, out)).unwrap();
    assert!(
        text.ends_with(
            "m=audio 30000 RTP/AVP 0\r\nm=audio 40000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1\r\na=x\r\na=rtcp:40007\r\n"
        ),
        "{text}"
    );
    let second = parse(text.as_bytes())
        .media()
        .nth(1)
        .map(|m| describe(&m, &StreamPolicy::G711));
    assert_eq!(
        second.unwrap().unwrap().rtcp,
        "[2001:db8::1]:40007".parse().ok()
    );
}

#[test]
fn hold_crosses_the_relay() {
    let hold = |address: &str, rest: &str| {
        let sdp = audio(address, "m=audio 4000 RTP/AVP 0", rest);
        let described = first_usable(&parse(sdp.as_bytes()), &StreamPolicy::G711).unwrap();
        let rewritten = relayed(&sdp, &StreamPolicy::G711).unwrap();
        let crossed = parse(rewritten.as_bytes())
            .media()
            .next()
            .unwrap()
            .direction();
        assert_eq!(crossed, described.direction, "{rewritten}");
        (
            described.is_hold(),
            described.direction,
            described.rtp.is_some(),
        )
    };
    assert_eq!(hold("10.0.0.1", ""), (false, Direction::SendRecv, true));
    assert_eq!(
        hold("10.0.0.1", "a=sendonly\n"),
        (true, Direction::SendOnly, true)
    );
    assert_eq!(
        hold("10.0.0.1", "a=inactive\n"),
        (true, Direction::Inactive, true)
    );
    assert_eq!(hold("0.0.0.0", ""), (true, Direction::SendOnly, false));
    assert_eq!(
        hold("0.0.0.0", "a=sendrecv\n"),
        (true, Direction::SendOnly, false)
    );
    assert_eq!(
        hold("0.0.0.0", "a=recvonly\n"),
        (true, Direction::Inactive, false)
    );
    // a name is no hold
    assert_eq!(hold("pbx.example", ""), (false, Direction::SendRecv, false));
}

#[test]
fn the_version_rises_with_the_content_only() {
    let mut leg = OfferAnswer::new(11);
    let mut write = |sdp: &str, out: &mut [u8]| {
        let relays = [Some(TO_RELAY)];
        relay(
            &parse(sdp.as_bytes()),
            &StreamPolicy::G711,
            &relays,
            &mut leg.origin,
            out,
        )?;
        Ok::<u64, NegotiationError>(leg.origin.version())
    };
    let mut out = [0; 1024];
    let active = audio("10.0.0.1", "m=audio 4000 RTP/AVP 0", "a=sendrecv\n");
    let held = audio("10.0.0.1", "m=audio 4000 RTP/AVP 0", "a=sendonly\n");
    // only what is ours to replace differs
    let moved = active
        .replace("10.0.0.1", "10.0.0.2")
        .replace("4000", "4444");
    assert_eq!(write(&active, &mut out), Ok(1));
    assert_eq!(write(&active, &mut out), Ok(1));
    assert_eq!(write(&moved, &mut out), Ok(1));
    let too_small = write(&held, &mut [0; 8]);
    assert!(matches!(
        too_small,
        Err(NegotiationError::Write(WriteError::BufferTooSmall { .. }))
    ));
    assert_eq!(write(&held, &mut out), Ok(2));
    assert!(out.starts_with(b"v=0\r\no=- 11 2 IN IP4 203.0.113.1\r\n"));
    assert_eq!(write(&active, &mut out), Ok(3));
}

#[test]
fn what_a_peer_left_out_is_added() {
    let bare = "c=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\n";
    let rewritten = relayed(bare, &StreamPolicy::G711).unwrap();
    assert_eq!(
        rewritten,
        "v=0\r\no=- 9 1 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n"
    );
}

/// A whole call through the relay: offer across, answer back.
#[test]
fn offer_and_answer_cross_the_relay() {
    let (mut caller, mut to_callee) = (OfferAnswer::new(1), OfferAnswer::new(2));
    let mut out = [0; 1024];

    let length = relay(
        &parse(SIMPLE.as_bytes()),
        &StreamPolicy::G711,
        &[Some(TO_RELAY)],
        &mut to_callee.origin,
        &mut out,
    );
    let offer = out[..length.unwrap()].to_vec();
    assert!(caller.receive_offer(&parse(SIMPLE.as_bytes())).is_ok());
    to_callee.send_offer(parse(&offer).media().count()).unwrap();

    let answer = answer_to(
        core::str::from_utf8(&offer).unwrap(),
        &[LocalStream::new(StreamPolicy::G711, 5000)],
    )
    .unwrap();
    let answer = parse(answer.as_bytes());
    to_callee.receive_answer(&answer).unwrap();
    let to_caller = RelayAddress {
        rtp_port: 30002,
        rtcp_port: 30003,
        ..TO_RELAY
    };
    let length = relay(
        &answer,
        &StreamPolicy::G711,
        &[Some(to_caller)],
        &mut caller.origin,
        &mut out,
    );
    let back = parse(&out[..length.unwrap()]);
    caller.send_answer(back.media().count()).unwrap();
    let seen = first_usable(&back, &StreamPolicy::G711).unwrap();
    assert_eq!(seen.rtp, Some(SocketAddr::new(RELAY, 30002)));
    assert_eq!(seen.payload_types.as_slice(), [0, 8, 101]);
    assert!(
        back.media()
            .all(|m| m.attribute(AttributeKind::Candidate).is_none())
    );
}
