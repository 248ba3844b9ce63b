use core::net::SocketAddr;

use std::collections::BTreeSet;
use std::format;
use std::string::ToString as _;
use std::vec::Vec;

use trunkline_rtp_relay::{Component, LegConfig, RemoteMedia, Session, SessionConfig, Verdict};
use trunkline_sans_io::FiveTuple;
use trunkline_sip_core::{
    BackToBack, BackToBackConfig, BackToBackEvent, Outgoing, StatusCode, UnchangedBodies,
    UserAgent, UserAgentConfig,
};

use super::*;
use crate::event::Event;

/// 2026-11-21 00:34:41 UTC.
const ORIGIN: Duration = Duration::from_secs(1_795_221_281);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A call that comes after a second and is rejected with 503 a quarter of a second later.
fn rejected() -> CallSummary {
    let mut alice = UserAgent::new(UserAgentConfig::default(), [1; 32]);
    let mut agent = UserAgent::new(UserAgentConfig::default(), [2; 32]);
    let mut b2bua = BackToBack::new(BackToBackConfig::default(), UnchangedBodies);
    let now = Instant::from_millis(1_000);
    let path = FiveTuple::udp(address("192.0.2.1:5060"), address("192.0.2.5:5060"));
    let bob = "sip:bob@192.0.2.5";
    let call = Outgoing::new(
        path.into(),
        bob,
        "<sip:alice@a.example>",
        "<sip:bob@192.0.2.5>",
    );
    alice.invite(now, &call).unwrap();
    while let Some((transmit, bytes)) = alice.poll_transmit_bytes(now) {
        let _ = agent.handle_datagram(now, transmit.path.reversed(), &bytes);
    }
    while let Some(event) = agent.poll_event() {
        b2bua.handle_event(now, event, &mut agent);
    }
    let later = Instant::from_millis(1_250);
    loop {
        match b2bua.poll_event() {
            Some(BackToBackEvent::Offered { call, .. }) => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                b2bua.reject(later, call, status, "", &[], &mut agent);
            }
            Some(BackToBackEvent::Ended { summary, .. }) => return summary,
            Some(_) => {}
            None => panic!("the call does not end"),
        }
    }
}

/// An answered call of 28.4 seconds with media.
fn answered() -> CallRecord {
    let time = |millis| WallTime::at(ORIGIN, Instant::from_millis(millis));
    let caller = LegMedia {
        packets_received: 1_000,
        packets_sent: 998,
        rtcp_received: 4,
        lost: 0,
        jitter: Duration::from_micros(375),
        worst_jitter: Duration::from_micros(1_250),
        dropped: 0,
        mos: Some(4.409_285),
    };
    CallRecord {
        from_side: "pbx".into(),
        to_side: "trunk".into(),
        from: "+498912345".into(),
        to: "+493012345".into(),
        asserted: Some("<sip:+498912345@example.com>".into()),
        host: Some("link01.trunk.example".into()),
        call_ids: ["a@pbx".into(), "b@sbc".into()],
        started: time(0),
        answered: Some(time(8_400)),
        ended: time(28_400),
        attempts: 1,
        reason: EndReason::HungUp(Party::Callee),
        media: Some([
            caller,
            LegMedia {
                packets_received: 998,
                packets_sent: 1_000,
                lost: 2,
                dropped: 7,
                mos: None,
                ..caller
            },
        ]),
        ..CallRecord::new(7, &rejected(), ORIGIN)
    }
}

#[test]
fn a_call_without_media_has_times_and_an_end() {
    let record = CallRecord::new(3, &rejected(), ORIGIN);
    assert_eq!(record.started.to_string(), "2026-11-21T00:34:42.000Z");
    assert_eq!(record.ended.to_string(), "2026-11-21T00:34:42.250Z");
    assert_eq!(record.lasted(), Duration::from_millis(250));
    assert_eq!((record.answered, record.talked()), (None, None));
    let status = StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(record.reason, EndReason::Rejected(status));
    assert!(!record.call_ids[0].is_empty());
    assert!(record.call_ids[1].is_empty(), "nobody was called");
    assert_eq!(record.leg(Party::Caller), None);
    assert_eq!(
        CallRecord {
            emergency: true,
            from: "21".into(),
            to: "112".into(),
            ..record
        }
        .to_string(),
        "emergency call 3 from 21 to 112: rejected with 503 after 0.2 s"
    );
}

#[test]
fn one_line_tells_the_call() {
    assert_eq!(
        answered().to_string(),
        "call 7 from +498912345 to +493012345 by link01.trunk.example: hung up by the callee after \
         28.4 s, 20.0 s of talk; caller: 1000 RTP in, 998 out, 0 lost, jitter 0.4 ms, MOS 4.4, \
         4 RTCP in, 0 dropped; callee: 998 RTP in, 1000 out, 2 lost, jitter 0.4 ms, 4 RTCP in, 7 dropped"
    );
    let hostile = CallRecord {
        from: "1\r\nforged\u{1b}[2J".into(),
        ..answered()
    };
    assert!(!hostile.to_string().contains(char::is_control));
}

/// Sends RTP of PCMA every 20 ms to a leg, without the packets of which `lost` says so.
fn speak(session: &mut Session, leg: Leg, lost: impl Fn(u16) -> bool) {
    let source = ["192.0.2.1:4000", "192.0.2.9:6000"].map(address)[leg.index()];
    for sequence in (0..500_u16).filter(|sequence| !lost(*sequence)) {
        let mut packet = [0_u8; 172];
        packet[0] = 0x80;
        packet[1] = 8;
        packet[2..4].copy_from_slice(&sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
        packet[11] = 1;
        // Every tenth packet is late by 3 ms.
        let late = if sequence % 10 == 9 { 3 } else { 0 };
        let now = Instant::from_millis(u64::from(sequence) * 20 + late);
        let verdict = session.handle_packet(now, leg, Component::Rtp, source, &mut packet);
        assert!(matches!(verdict, Verdict::Forward { .. }), "{verdict:?}");
    }
}

#[test]
fn each_leg_tells_what_came_from_its_party() {
    let leg = |remote| LegConfig {
        remote: Some(RemoteMedia::new(address(remote))),
        ..LegConfig::default()
    };
    let legs = [leg("192.0.2.1:4000"), leg("192.0.2.9:6000")];
    let config = SessionConfig {
        legs,
        ..SessionConfig::default()
    };
    let mut session = Session::new(Instant::ORIGIN, config);
    speak(&mut session, Leg::A, |_| false);
    speak(&mut session, Leg::B, |sequence| sequence % 50 == 25);
    let stranger = address("203.0.113.66:4000");
    let mut packet = [0x80; 172];
    let _ = session.handle_packet(
        Instant::from_secs(10),
        Leg::B,
        Component::Rtp,
        stranger,
        &mut packet,
    );
    let [caller, callee] = LegMedia::of_both(&session.statistics(Instant::from_secs(11)));
    assert_eq!((caller.packets_received, caller.packets_sent), (500, 490));
    assert_eq!((callee.packets_received, callee.packets_sent), (490, 500));
    assert_eq!((caller.lost, callee.lost), (0, 10));
    assert_eq!((caller.dropped, callee.dropped), (0, 1));
    assert!(caller.jitter > Duration::ZERO && caller.jitter < caller.worst_jitter);
    assert!(caller.worst_jitter < Duration::from_millis(3));
    let (good, poor) = (caller.mos.unwrap(), callee.mos.unwrap());
    assert!((4.3..4.5).contains(&good), "{good}");
    assert!((3.5..good).contains(&poor), "{poor}");
}

#[test]
fn silence_has_no_quality() {
    let session = Session::new(Instant::ORIGIN, SessionConfig::default());
    let legs = LegMedia::of_both(&session.statistics(Instant::from_secs(1)));
    assert_eq!(legs, [LegMedia::default(); 2]);
}

#[test]
fn a_capture_learns_of_both_legs_and_their_media() {
    let mut capture = Capture::new(10);
    let at = Instant::from_millis(28_400);
    answered().note(&mut capture, at);
    let events: Vec<&Event> = capture.events().collect();
    let [
        Event::Joined(legs),
        Event::Media(caller),
        Event::Media(callee),
    ] = events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(**legs, ["a@pbx".into(), "b@sbc".into()]);
    assert_eq!((&*caller.call_id, caller.at), ("a@pbx", at));
    let MediaPhase::Ended(counts) = callee.phase else {
        panic!("{callee:?}");
    };
    assert_eq!((counts.received, counts.lost), (998, 2));
    assert_eq!(counts.jitter, Some(Duration::from_micros(375)));

    let mut capture = Capture::new(10);
    CallRecord::new(1, &rejected(), ORIGIN).note(&mut capture, at);
    assert_eq!(capture.events().count(), 0, "one leg without media");
}

#[test]
fn masked_numbers_lose_their_ends_and_emergency_numbers_do_not() {
    let record = answered().with_masked_numbers(3);
    assert_eq!(&*record.from, "+498912xxx");
    assert_eq!(record.asserted.unwrap(), "<sip:+498912xxx@example.com>");
    assert_eq!(masked("110", 3), "110");
    assert_eq!(masked("+4930é12345\u{202e}9", 4), "+4930é1xxxx\u{202e}9");
    assert_eq!(masked("", 3), "");
    assert_eq!(masked("12", 0), "12");
}

/// P000-52: exact date and time of the call.
#[test]
fn dates_follow_the_calendar() {
    for (seconds, text) in [
        (0, "1970-01-01 00:00:00.000 UTC"),
        (951_782_399, "2000-02-28 23:59:59.000 UTC"),
        (951_782_400, "2000-02-29 00:00:00.000 UTC"),
        (1_709_251_200, "2024-03-01 00:00:00.000 UTC"),
        (4_107_542_400, "2100-03-01 00:00:00.000 UTC"),
    ] {
        let time = WallTime::from_millis(seconds * 1_000);
        assert_eq!(format!("{time:#}"), text);
    }
    assert_eq!(WallTime::MAX.to_string(), "9999-12-31T23:59:59.999Z");
    let forever = WallTime::at(Duration::MAX, Instant::MAX);
    assert_eq!(forever, WallTime::MAX);
    assert_eq!(WallTime::default() - forever, Duration::ZERO);
}

#[test]
fn four_centuries_have_all_their_days() {
    let days: BTreeSet<_> = (0..146_097)
        .map(|day| WallTime::from_millis(day * 86_400_000).to_string())
        .collect();
    assert_eq!(days.len(), 146_097);
    let is_in = |day: &str| days.contains(&format!("{day}T00:00:00.000Z"));
    assert!(is_in("2000-02-29") && is_in("2096-02-29") && is_in("2369-12-31"));
    for none in [
        "2100-02-29",
        "2023-02-29",
        "2026-04-31",
        "2026-13-01",
        "2026-01-00",
    ] {
        assert!(!is_in(none), "{none}");
    }
}

#[cfg(feature = "serde")]
mod json {
    use serde_json::{Value, to_string, to_value};

    use super::*;

    #[test]
    fn a_record_is_one_object_on_a_line() {
        assert_eq!(
            to_string(&answered()).unwrap(),
            concat!(
                r#"{"call":7,"from_side":"pbx","to_side":"trunk","from":"+498912345","to":"+493012345","#,
                r#""asserted":"<sip:+498912345@example.com>","emergency":false,"host":"link01.trunk.example","#,
                r#""call_ids":["a@pbx","b@sbc"],"started":"2026-11-21T00:34:41.000Z","#,
                r#""answered":"2026-11-21T00:34:49.400Z","ended":"2026-11-21T00:35:09.400Z","#,
                r#""attempts":1,"reason":"hung_up_by_callee","status":null,"#,
                r#""text":"hung up by the callee","media":{"#,
                r#""caller":{"packets_received":1000,"packets_sent":998,"rtcp_received":4,"lost":0,"#,
                r#""jitter_ms":0.375,"jitter_max_ms":1.25,"dropped":0,"mos":4.41},"#,
                r#""callee":{"packets_received":998,"packets_sent":1000,"rtcp_received":4,"lost":2,"#,
                r#""jitter_ms":0.375,"jitter_max_ms":1.25,"dropped":7,"mos":null}}}"#
            )
        );
    }

    #[test]
    fn what_never_was_is_null() {
        let record = to_value(CallRecord::new(3, &rejected(), ORIGIN)).unwrap();
        for key in ["asserted", "host", "answered", "media"] {
            assert_eq!(record.get(key), Some(&Value::Null), "{key}");
        }
        assert_eq!(record["call_ids"][1], "");
        assert_eq!(record["attempts"], 0);
    }

    /// Programs compare these; they never change.
    #[test]
    fn every_reason_has_a_keyword() {
        let (busy, later) = (StatusCode::BUSY_HERE, StatusCode::SERVICE_UNAVAILABLE);
        for (reason, keyword, status) in [
            (EndReason::HungUp(Party::Caller), "hung_up_by_caller", None),
            (EndReason::HungUp(Party::Callee), "hung_up_by_callee", None),
            (EndReason::Cancelled, "cancelled", None),
            (EndReason::Refused(busy), "refused", Some(486)),
            (EndReason::Rejected(later), "rejected", Some(503)),
            (EndReason::NoAnswer, "no_answer", None),
            (EndReason::Lost(Party::Caller), "lost_caller", None),
            (EndReason::Lost(Party::Callee), "lost_callee", None),
            (EndReason::NotAcceptable, "not_acceptable", None),
            (EndReason::Unreachable, "unreachable", None),
            (EndReason::MediaTimeout, "media_timeout", None),
            (EndReason::ShutDown, "shut_down", None),
        ] {
            let record = CallRecord {
                reason,
                ..answered()
            };
            let record = to_value(&record).unwrap();
            assert_eq!(record["reason"], keyword);
            assert_eq!(record["status"], status.map_or(Value::Null, Value::from));
            assert_eq!(record["text"], reason.to_string());
        }
    }

    #[test]
    fn an_asserted_identity_keeps_its_password() {
        let record = CallRecord {
            asserted: Some("\"Bob\" <sip:bob:hunter2@example.com>".into()),
            ..answered()
        };
        assert_eq!(
            to_value(&record).unwrap()["asserted"],
            "\"Bob\" <sip:bob:<redacted>@example.com>"
        );
    }

    #[test]
    fn hostile_text_stays_inside_of_its_string() {
        let hostile = "\",\"emergency\":true,\"x\":\"\\\r\n\u{1b}]0;\u{9b}2J\u{202e}\u{2028}\0";
        let record = CallRecord {
            from: hostile.into(),
            to: hostile.into(),
            asserted: Some(hostile.into()),
            host: Some(hostile.into()),
            call_ids: [hostile.into(), hostile.into()],
            ..answered()
        };
        let text = to_string(&record).unwrap();
        assert!(!text.contains(
            |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{202e}')
        ));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["emergency"], false);
        assert_eq!(read.as_object().unwrap().len(), 17);
        let kept = read["from"].as_str().unwrap();
        assert_eq!(read["asserted"], kept);
        assert!(kept.starts_with("\",\"emergency\":true,\"x\":\"\\"));
        assert_eq!(read["call_ids"][1], kept);
    }
}
