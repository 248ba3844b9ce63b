use alloc::format;

use trunkline_sans_io::Transport;

use super::*;
use crate::MediaPhase;
use crate::capture::tests::{message, path};

const PBX: &str = "10.0.0.10:5060";
const LINK: &str = "198.51.100.11:5060";

fn networks() -> [Network; 1] {
    ["10.0.0.0/8".parse().unwrap()]
}

fn put(capture: &mut Capture, at: u64, direction: Direction, peer: &str, text: &str) {
    let path = path(Transport::Udp, peer);
    assert_eq!(
        capture.sip(Instant::from_millis(at), path, direction, text.as_bytes()),
        1
    );
}

/// A call through the controller: both INVITEs, and the answer.
fn call(capture: &mut Capture, at: u64, ids: [&str; 2], from: &str, to: &str, status: &str) {
    let invite = |id: &str, to: &str| {
        message(
            &format!("INVITE sip:{to}@b SIP/2.0"),
            "1 INVITE",
            id,
            from,
            to,
        )
    };
    let answer = |id: &str| message(&format!("SIP/2.0 {status}"), "1 INVITE", id, from, to);
    put(capture, at, Direction::In, PBX, &invite(ids[0], to));
    // The controller turns 089 into +4989.
    let global = to
        .strip_prefix('0')
        .map_or_else(|| to.into(), |rest| format!("+49{rest}"));
    put(
        capture,
        at + 1,
        Direction::Out,
        LINK,
        &invite(ids[1], &global),
    );
    put(capture, at + 50, Direction::In, LINK, &answer(ids[1]));
    put(capture, at + 51, Direction::Out, PBX, &answer(ids[0]));
}

fn ids<'a>(call: &Call<'a>) -> Vec<&'a str> {
    call.legs().iter().map(|leg| leg.call_id).collect()
}

#[test]
fn p000_55_two_call_ids_become_one_call_with_an_internal_and_an_external_leg() {
    let mut capture = Capture::new(100);
    call(
        &mut capture,
        0,
        ["a", "b"],
        "+49891001",
        "0301234567",
        "200 OK",
    );
    // The same parties again, at once: each second leg finds its own first one.
    call(
        &mut capture,
        100,
        ["c", "d"],
        "+49891001",
        "0301234567",
        "486 Busy Here",
    );
    // Somebody else at the same time.
    call(
        &mut capture,
        120,
        ["e", "f"],
        "+49891002",
        "0301234567",
        "200 OK",
    );
    // No call at all.
    put(
        &mut capture,
        130,
        Direction::In,
        LINK,
        &message("OPTIONS sip:b SIP/2.0", "1 OPTIONS", "o", "x", "y"),
    );
    let networks = networks();
    let calls = Correlator::new(internal(&networks)).calls(&capture);
    assert_eq!(
        calls.iter().map(ids).collect::<Vec<_>>(),
        [["a", "b"], ["c", "d"], ["e", "f"]]
    );
    let legs: Vec<Leg> = calls[0].legs().iter().map(|leg| leg.leg).collect();
    assert_eq!(legs, [Leg::Internal, Leg::External]);
    assert_eq!(calls[1].outcome(), Outcome::Failed(486));
    // Too late to be the same call.
    let strict = Correlator::new(internal(&networks)).with_window(Duration::ZERO);
    assert_eq!(strict.calls(&capture).len(), 6);
}

#[test]
fn what_the_owner_joins_counts_before_what_looks_alike() {
    let mut capture = Capture::new(100);
    call(
        &mut capture,
        0,
        ["a", "b"],
        "1001",
        "2002",
        "503 Service Unavailable",
    );
    // Another caller ID towards the second host; nobody could guess that.
    put(
        &mut capture,
        60,
        Direction::Out,
        LINK,
        &message(
            "INVITE sip:2002@b SIP/2.0",
            "1 INVITE",
            "b2",
            "anonymous",
            "2002",
        ),
    );
    capture.join(&["a", "b2"]);
    capture.join(&["b", "b2"]);
    capture.join(&["unheard of", "never seen"]);
    let networks = networks();
    let calls = Correlator::new(internal(&networks)).calls(&capture);
    assert_eq!(
        calls.iter().map(ids).collect::<Vec<_>>(),
        [["a", "b", "b2"]]
    );
}

#[test]
fn p000_52_the_query_returns_exactly_the_legs_of_the_matching_calls() {
    let mut capture = Capture::new(100);
    call(
        &mut capture,
        0,
        ["a", "b"],
        "+4989123456",
        "0301234567",
        "200 OK",
    );
    call(
        &mut capture,
        10_000,
        ["c", "d"],
        "+4989123456",
        "0301234567",
        "200 OK",
    );
    call(
        &mut capture,
        20_000,
        ["e", "f"],
        "+4989123456",
        "0307654321",
        "200 OK",
    );
    call(
        &mut capture,
        30_000,
        ["g", "h"],
        "+4989999999",
        "0301234567",
        "200 OK",
    );
    let networks = networks();
    let correlator = Correlator::new(internal(&networks));
    let search = |query: Query<'_>| -> Vec<Vec<&str>> {
        correlator
            .search(&capture, &query)
            .iter()
            .map(ids)
            .collect()
    };
    let both = Query {
        from: Some("089/123456"),
        to: Some("+49 30 1234567"),
        ..Query::default()
    };
    assert_eq!(search(both), [["a", "b"], ["c", "d"]]);
    let at_ten = Query {
        begin: Instant::from_secs(9),
        end: Instant::from_secs(11),
        ..both
    };
    assert_eq!(search(at_ten), [["c", "d"]]);
    assert_eq!(search(Query { from: None, ..both }).len(), 3);
    assert_eq!(
        search(Query {
            from: Some("+4989000000"),
            ..both
        }),
        Vec::<Vec<&str>>::new()
    );
    assert_eq!(search(Query::default()).len(), 4);
    assert_eq!(
        correlator.call(&capture, "f").map(|call| ids(&call)),
        Some(["e", "f"].into())
    );
}

#[test]
fn what_became_of_a_call_is_what_its_caller_heard() {
    let outcome = |texts: &[(Direction, &str, &str)]| {
        let mut capture = Capture::new(100);
        for (at, (direction, start, cseq)) in (0..).zip(texts) {
            put(
                &mut capture,
                at * 1000,
                *direction,
                PBX,
                &message(start, cseq, "a", "1", "2"),
            );
        }
        Correlator::new(|_: &FiveTuple| Leg::Internal).calls(&capture)[0].outcome()
    };
    use Direction::{In, Out};
    let invite = (In, "INVITE sip:2@b SIP/2.0", "1 INVITE");
    let ringing = (Out, "SIP/2.0 180 Ringing", "1 INVITE");
    let ok = (Out, "SIP/2.0 200 OK", "1 INVITE");
    let bye = (In, "BYE sip:2@b SIP/2.0", "2 BYE");
    let terminated = (Out, "SIP/2.0 487 Request Terminated", "1 INVITE");
    assert_eq!(outcome(&[invite, ringing]), Outcome::Pending);
    assert_eq!(outcome(&[invite, ok]), Outcome::Answered);
    assert_eq!(
        outcome(&[invite, ok, ok, bye]),
        Outcome::Ended(Duration::from_secs(2))
    );
    assert_eq!(outcome(&[invite, ringing, terminated]), Outcome::Cancelled);
    assert_eq!(outcome(&[bye]), Outcome::Unknown);
    let challenge = (Out, "SIP/2.0 407 Proxy Authentication Required", "1 INVITE");
    let again = (In, "INVITE sip:2@b SIP/2.0", "2 INVITE");
    let answer = (Out, "SIP/2.0 200 OK", "2 INVITE");
    let refused = (Out, "SIP/2.0 488 Not Acceptable Here", "3 INVITE");
    assert_eq!(outcome(&[invite, challenge]), Outcome::Failed(407));
    assert_eq!(
        outcome(&[invite, challenge, again, answer, refused]),
        Outcome::Answered
    );
}

#[test]
fn media_belongs_to_the_leg_with_its_call_id() {
    let mut capture = Capture::new(100);
    call(&mut capture, 0, ["a", "b"], "1", "2", "200 OK");
    let counts = |received| MediaCounts {
        received,
        ..MediaCounts::default()
    };
    capture.media(Instant::from_millis(60), "b", MediaPhase::Begun);
    capture.media(Instant::from_secs(1), "b", MediaPhase::Ended(counts(50)));
    capture.media(Instant::from_secs(2), "b", MediaPhase::Ended(counts(70)));
    capture.media(
        Instant::from_secs(2),
        "another",
        MediaPhase::Ended(counts(9)),
    );
    let networks = networks();
    let calls = Correlator::new(internal(&networks)).calls(&capture);
    assert_eq!(
        calls[0].media().collect::<Vec<_>>(),
        [(Leg::External, counts(70))]
    );
}

#[test]
fn numbers_are_the_same_in_their_usual_spellings() {
    for (left, right) in [
        ("+4989123456", "004989123456"),
        ("+4989123456", "089 12 34-56"),
        ("+4989123456;phone-context=x", "(089) 123456"),
        ("200", "200"),
        ("Alice", "alice"),
    ] {
        assert!(
            same_number(left, right) && same_number(right, left),
            "{left} {right}"
        );
    }
    for (left, right) in [
        ("+4989123456", "+4930123456"),
        ("+4989123456", "3456"),
        // Both international, so no part of one counts as the other.
        ("+4989123456", "+89123456"),
        ("110", "+4989110"),
        ("alice", "bob"),
        ("", "0"),
    ] {
        assert!(
            !same_number(left, right) && !same_number(right, left),
            "{left} {right}"
        );
    }
}

#[test]
fn a_late_host_that_is_sent_away_ends_no_call() {
    let mut capture = Capture::new(100);
    call(&mut capture, 0, ["a", "c"], "1", "2", "200 OK");
    // The first host answers after it was given up.
    for (at, direction, start, cseq) in [
        (40, Direction::Out, "INVITE sip:2@b SIP/2.0", "1 INVITE"),
        (60, Direction::In, "SIP/2.0 200 OK", "1 INVITE"),
        (61, Direction::Out, "BYE sip:2@b SIP/2.0", "2 BYE"),
    ] {
        put(
            &mut capture,
            at,
            direction,
            LINK,
            &message(start, cseq, "b", "1", "2"),
        );
    }
    capture.join(&["a", "b", "c"]);
    let networks = networks();
    let calls = Correlator::new(internal(&networks)).calls(&capture);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome(), Outcome::Answered);
}

#[test]
fn a_flood_of_one_caller_is_joined_and_loses_nothing() {
    let mut capture = Capture::new(20_000);
    for number in 0..5_000 {
        let invite = |id: &str| {
            message(
                "INVITE sip:2@b SIP/2.0",
                "1 INVITE",
                &format!("{id}{number}"),
                "1",
                "2",
            )
        };
        put(&mut capture, 0, Direction::In, PBX, &invite("in"));
        put(&mut capture, 1, Direction::Out, LINK, &invite("out"));
    }
    let networks = networks();
    let calls = Correlator::new(internal(&networks)).calls(&capture);
    assert!(calls.len() <= 5_000);
    assert_eq!(
        calls.iter().map(|call| call.legs().len()).sum::<usize>(),
        10_000
    );
}
