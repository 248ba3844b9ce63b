use alloc::string::ToString;

use proptest::prelude::*;
use trunkline_sans_io::{FiveTuple, Transport};

use super::*;
use crate::capture::tests::{message, path};
use crate::ladder::tests::draw;
use crate::{Capture, Correlator, Direction, Names};

const PBX: &str = "10.0.0.10:5060";

/// A page with one message that is made up from a hostile part, or none if that is no message.
fn page_of(text: &str, name: &str) -> String {
    let mut capture = Capture::new(10).with_text(10_000);
    capture.sip(
        Instant::ORIGIN,
        path(Transport::Udp, PBX),
        Direction::In,
        text.as_bytes(),
    );
    let correlator = Correlator::new(|_: &FiveTuple| Leg::Internal);
    let names = Names::new(name).peer(PBX.parse().unwrap(), name);
    let mut page = Page::new(name);
    page.extend(
        correlator
            .calls(&capture)
            .iter()
            .map(|call| Ladder::new(call, &names)),
    );
    page.to_string()
}

#[test]
fn html_in_a_message_stays_text() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let text = message("INVITE sip:200@b SIP/2.0", "1 INVITE", evil, "100", "200").replace(
        "Content-Length: 0\r\n\r\n",
        &format!("Content-Type: {evil}\r\nSubject: {evil}\r\n\r\n{evil}"),
    );
    let html = page_of(&text, evil);
    assert!(html.contains("&lt;script&gt;"), "the call is drawn");
    assert!(
        !html.contains("<script") && !html.contains("<img"),
        "{html}"
    );
    let reason = message(
        &format!("SIP/2.0 404 {evil}"),
        "1 INVITE",
        "i",
        "100",
        "200",
    );
    let html = page_of(&reason, "sbc");
    assert!(
        html.contains("404 &lt;script&gt;") && !html.contains("<script"),
        "{html}"
    );
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let html = page_of(
        &message("INVITE sip:200@b SIP/2.0", "1 INVITE", "i", "1", "2"),
        "sbc",
    );
    for outside in [
        "http://", "https://", "src=", "url(", "@import", "<link", "<script", "<object", "<iframe",
    ] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn no_secret_reaches_the_page() {
    let text = message("INVITE sip:200:SECRET@b SIP/2.0", "1 INVITE", "i", "100:SECRET", "200").replace(
        "Content-Length: 0\r\n\r\n",
        "Authorization: Digest response=\"SECRET\"\r\nContent-Type: application/sdp\r\n\r\n\
         v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/SAVP 8\r\na=crypto:1 A inline:SECRET\r\na=ice-pwd:SECRET\r\n",
    );
    let html = page_of(&text, "sbc");
    assert!(
        html.contains("audio 192.0.2.1:4000") && html.contains("&lt;redacted&gt;"),
        "{html}"
    );
    assert!(!html.contains("SECRET"), "{html}");
}

#[test]
fn one_call_has_an_entry_a_drawing_and_a_band_of_media() {
    use Direction::{In, Out};
    let ladder = draw(
        &[
            (0, In, PBX, "a", "INVITE"),
            (10, Out, PBX, "a", "180 Ringing"),
            (7_000, Out, PBX, "a", "200 OK"),
            (7_500, Out, PBX, "a", "200 OK"),
            (10_000, In, PBX, "a", "BYE/BYE"),
            (
                10_000,
                Out,
                PBX,
                "a",
                "481 Call Does Not Exist And More Words Than Fit/BYE",
            ),
        ],
        &[],
    );
    let mut page: Page = [ladder].into_iter().collect();
    page = page.with_origin(Duration::from_secs(1_795_221_281));
    let html = page.to_string();
    for part in [
        "<a href=\"#call-1\">100</a>",
        "completed",
        "2026-11-21 00:34:41.000 UTC",
        "MOS 4.38, lost 2",
        "class=\"band internal\"",
        "RTP 250 → · ← 248",
        "lost 2 · jitter 1.2 ms · MOS 4.38",
        "class=\"step internal provisional\"",
        "class=\"step internal repeated\"",
        "class=\"step internal failure\"",
        // Shortened where it is drawn, and in full where the pointer rests on it.
        "481 Call Does Not Exist And M…",
        "<title>481 Call Does Not Exist And More Words Than Fit (BYE)\n",
        "+6.990 s",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
}

/// Media that end on both legs share a row, and no number is left out for it.
#[test]
fn rows_are_numbered_without_gaps() {
    use Direction::{In, Out};
    let link = "198.51.100.12:5060";
    let ladder = draw(
        &[
            (0, In, PBX, "a", "INVITE"),
            (1, Out, link, "c", "INVITE"),
            (7_000, In, link, "c", "200 OK"),
            (7_001, Out, PBX, "a", "200 OK"),
            (10_000, In, PBX, "a", "BYE/BYE"),
            (10_001, Out, link, "c", "BYE/BYE"),
        ],
        &["a", "c"],
    );
    let steps = ladder.steps().len();
    let html = [ladder].into_iter().collect::<Page>().to_string();
    let numbers = html.split("<text class=\"number\"").skip(1);
    let numbers: Vec<usize> = numbers
        .filter_map(|rest| rest.split_once('>')?.1.split_once('<')?.0.parse().ok())
        .collect();
    let expected: Vec<usize> = (1..steps).collect();
    assert_eq!(numbers, expected, "{html}");
}

#[test]
fn an_empty_page_says_so() {
    assert!(Page::new("Calls").to_string().contains("No calls."));
}

proptest! {
    #[test]
    fn whatever_a_peer_sends_adds_no_element(part in "[ -~é\u{202e}]{0,60}") {
        let part = part.trim();
        let text = message(&format!("SIP/2.0 404 {part}"), "1 INVITE", "i", "1", "2")
            .replace("Content-Length: 0", &format!("X-Part: {part}\r\nContent-Length: 0"));
        let plain = text.replace(part, "x");
        let elements = |html: &str| html.matches('<').count();
        if !part.is_empty() && text.matches(part).count() == 2 {
            prop_assert_eq!(elements(&page_of(&text, "sbc")), elements(&page_of(&plain, "sbc")));
        }
    }
}
