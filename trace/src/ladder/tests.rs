use alloc::format;
use alloc::string::ToString;

use trunkline_sans_io::Transport;

use super::*;
use crate::capture::tests::{message, path};
use crate::{Capture, Correlator};

const PBX: &str = "10.0.0.10:5060";
const LINK01: &str = "198.51.100.11:5060";
const LINK02: &str = "198.51.100.12:5060";

/// Numbers in the first column are milliseconds; the label is a method or a status line.
pub(crate) fn draw(steps: &[(u64, Direction, &str, &str, &str)], joined: &[&str]) -> Ladder {
    let mut capture = Capture::new(100);
    for (at, direction, peer, id, label) in steps {
        let (label, cseq) = label.split_once('/').unwrap_or((label, "INVITE"));
        let start = match label.split_once(' ') {
            Some(_) => format!("SIP/2.0 {label}"),
            None => format!("{label} sip:200@b SIP/2.0"),
        };
        let text = message(&start, &format!("1 {cseq}"), id, "100", "200");
        let path = path(Transport::Udp, peer);
        capture.sip(Instant::from_millis(*at), path, *direction, text.as_bytes());
    }
    let counts = MediaCounts {
        received: 250,
        sent: 248,
        lost: 2,
        jitter: Some(Duration::from_micros(1_250)),
        mos: Some(4.38),
    };
    capture.media(Instant::from_millis(7_900), "a", MediaPhase::Begun);
    capture.media(Instant::from_millis(9_900), "a", MediaPhase::Ended(counts));
    let plain = MediaCounts {
        received: 248,
        sent: 250,
        ..MediaCounts::default()
    };
    capture.media(Instant::from_millis(9_900), "c", MediaPhase::Ended(plain));
    capture.join(joined);
    let networks: [Network; 1] = ["10.0.0.0/8".parse().unwrap()];
    let call = Correlator::new(crate::internal(&networks))
        .call(&capture, "a")
        .unwrap();
    Ladder::new(&call, &names())
}

fn names() -> Names {
    Names::new("sbc")
        .network(Network::host([10, 0, 0, 10].into()), "pbx")
        .peer(LINK01.parse().unwrap(), "link01")
        .peer(LINK02.parse().unwrap(), "link02")
}

fn failover() -> Ladder {
    use Direction::{In, Out};
    let steps = [
        (5_000, In, PBX, "a", "INVITE"),
        (5_001, Out, LINK01, "b", "INVITE"),
        (5_501, Out, LINK01, "b", "INVITE"),
        (5_600, In, LINK01, "b", "503 Service Unavailable"),
        (5_601, Out, LINK01, "b", "ACK/ACK"),
        (5_602, Out, LINK02, "c", "INVITE"),
        (7_000, In, LINK02, "c", "200 OK"),
        (7_001, Out, PBX, "a", "200 OK"),
        (10_000, In, PBX, "a", "BYE/BYE"),
        (10_001, Out, PBX, "a", "200 OK/BYE"),
    ];
    draw(&steps, &["a", "b", "c"])
}

#[test]
fn the_text_ladder_is_the_golden_one() {
    assert_eq!(failover().to_string(), include_str!("golden.txt"));
}

#[test]
fn p000_57_a_good_call_has_no_deviation_and_a_bad_one_tells_its_first() {
    let ladder = failover();
    let golden = "# alternation over two hosts\n\
        > INVITE\n\n\
        sbc > link01: INVITE\n\
        < 503\n\
        > ACK\n\
        sbc > link02: INVITE\n\
        link02 > sbc: 200 OK\n\
        < 200\n\
        > BYE\n\
        < 200 OK (BYE)\n";
    let good = Golden::parse(golden).unwrap();
    assert_eq!(ladder.diff(&good), None);
    let other = Golden::parse(&golden.replace("< 503", "< 486")).unwrap();
    let deviation = ladder.diff(&other).unwrap();
    assert_eq!(deviation.step, 3);
    assert_eq!(
        deviation.to_string(),
        "step 3 at 0.600 s: expected `< 486`, got `link01 > sbc: 503 Service Unavailable`"
    );
    // The other host, and a status that only begins alike.
    let other = Golden::parse(&golden.replace("sbc > link02", "sbc > link01")).unwrap();
    assert_eq!(ladder.diff(&other).map(|deviation| deviation.step), Some(5));
    let other = Golden::parse(&golden.replace("< 503", "< 50")).unwrap();
    assert_eq!(ladder.diff(&other).map(|deviation| deviation.step), Some(3));
    // Too short and too long.
    let short = Golden::parse("> INVITE").unwrap();
    assert_eq!(
        ladder.diff(&short).unwrap().to_string(),
        "step 2 at 0.001 s: expected `the end`, got `sbc > link01: INVITE`"
    );
    let long = Golden::parse(&format!("{golden}> ACK")).unwrap();
    assert_eq!(
        ladder.diff(&long).unwrap().to_string(),
        "step 10: expected `> ACK`, got `the end`"
    );
}

#[test]
fn p000_57_a_ladder_serves_as_the_golden_one_and_survives_as_text() {
    let ladder = failover();
    let golden = Golden::from(&ladder);
    assert_eq!(ladder.diff(&golden), None);
    assert_eq!(Golden::parse(&golden.to_string()), Ok(golden));
    assert_eq!(
        Golden::parse("> INVITE\n100 Trying"),
        Err(GoldenError { line: 2 })
    );
    assert_eq!(Golden::parse(">"), Err(GoldenError { line: 1 }));
}

#[test]
fn a_repeated_message_is_marked_and_its_answer_on_another_leg_is_not() {
    let ladder = failover();
    let repeated: Vec<&str> = ladder
        .steps()
        .iter()
        .filter(|step| step.repeated)
        .map(|step| step.label.as_str())
        .collect();
    assert_eq!(repeated, ["INVITE"]);
}

#[test]
fn p000_53_a_call_that_turns_back_to_its_own_side_is_drawn_too() {
    use Direction::{In, Out};
    let ladder = draw(
        &[
            (0, In, LINK01, "a", "INVITE"),
            (1, Out, LINK01, "b", "INVITE"),
            (2, Out, LINK02, "c", "INVITE"),
        ],
        &["a", "b", "c"],
    );
    let names: Vec<&str> = ladder.participants().iter().map(|name| &**name).collect();
    assert_eq!(
        (names.as_slice(), ladder.us()),
        (&["link01", "sbc", "link02"][..], 1)
    );
    assert!(ladder.steps().iter().all(|step| step.from != step.to));
}

#[test]
fn a_peer_without_a_name_is_called_by_its_address() {
    let names = Names::new("sbc").local("10.0.0.2:5068".parse().unwrap(), "pbx");
    assert_eq!(
        names.of(&path(Transport::Udp, "192.0.2.9:5070")),
        "192.0.2.9:5070"
    );
    assert_eq!(
        names.of(&path(Transport::Tcp, "192.0.2.9:49222")),
        "192.0.2.9"
    );
    let listener = FiveTuple::tcp(
        "10.0.0.2:5068".parse().unwrap(),
        "192.0.2.9:49222".parse().unwrap(),
    );
    assert_eq!(names.of(&listener), "pbx");
    // Who calls itself like the host that captures is still somebody else.
    let mut capture = Capture::new(10);
    let text = message("INVITE sip:b SIP/2.0", "1 INVITE", "a", "1", "2");
    capture.sip(
        Instant::ORIGIN,
        path(Transport::Udp, PBX),
        Direction::In,
        text.as_bytes(),
    );
    let calls = Correlator::new(|_: &FiveTuple| Leg::External).calls(&capture);
    let twins = Names::new("x").peer(PBX.parse().unwrap(), "x");
    let ladder = Ladder::new(&calls[0], &twins);
    assert_eq!((ladder.steps()[0].from, ladder.steps()[0].to), (0, 1));
}

#[test]
fn a_sender_from_everywhere_does_not_make_the_drawing_wider() {
    let steps: Vec<_> = (0..90)
        .map(|port| format!("192.0.2.1:{}", 1000 + port))
        .collect();
    let steps: Vec<_> = steps
        .iter()
        .map(|peer| (0, Direction::In, peer.as_str(), "a", "INVITE"))
        .collect();
    let ladder = draw(&steps, &[]);
    assert_eq!(ladder.participants().len(), 10);
    assert_eq!(
        ladder.participants().last().map(|name| &**name),
        Some("others")
    );
    assert_eq!(ladder.steps().last().map(|step| step.to), Some(ladder.us()));
}
