//! The messages of a call over both of its legs, drawn as a ladder.

use core::fmt::Write as _;

use trunkline_sans_io::Instant;
use trunkline_sip_core::{Frame, Framer, HeaderSpan, Message, header};

use crate::sbc::Side;

/// Which way a message went, as the controller sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To the controller.
    In,
    /// From the controller.
    Out,
}

/// One message on one leg.
#[derive(Clone, Debug)]
struct Entry {
    at: Instant,
    side: Side,
    direction: Direction,
    call_id: String,
    label: String,
}

/// What the relay counted on one leg, for the lines in the middle of the ladder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MediaCounts {
    /// Packets that came from the party.
    pub received: u64,
    /// Packets that went to the party.
    pub sent: u64,
}

/// Keeps what went over the wire, until somebody asks for a call.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    entries: Vec<Entry>,
}

const WIDTH: usize = 28;

impl Recorder {
    /// Notes what a socket sent or received: one message, or as many as a stream held.
    pub fn note(&mut self, at: Instant, side: Side, direction: Direction, mut bytes: &[u8]) {
        let mut framer = Framer::default();
        while let Ok(Frame::Message { len }) = framer.next(bytes) {
            let (message, rest) = bytes.split_at(len);
            let mut spans = [HeaderSpan::default(); 128];
            if let Ok(message) = Message::parse(message, &mut spans)
                && let Some(entry) = entry(at, side, direction, &message)
            {
                self.entries.push(entry);
            }
            bytes = rest;
        }
    }

    /// Draws the call whose legs have these Call-IDs.
    ///
    /// Times are seconds since the first message of the call.
    #[must_use]
    pub fn draw(&self, call_ids: &[(Side, String)], media: Option<[MediaCounts; 2]>) -> String {
        let call: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| {
                call_ids
                    .iter()
                    .any(|(side, id)| *side == entry.side && *id == entry.call_id)
            })
            .collect();
        let Some(first) = call.first() else {
            return String::new();
        };
        let begin = first.at;
        let mut out = String::new();
        let _ = writeln!(
            out,
            "      time  {:<w$}{:<w$}trunk",
            "pbx",
            "sbc",
            w = WIDTH + 1
        );
        let mut media = media;
        for entry in &call {
            // Audio runs from the first ACK to the first BYE.
            if entry.label.starts_with("BYE")
                && let Some(counts) = media.take()
            {
                draw_media(&mut out, counts);
            }
            let arrow = arrow(
                &entry.label,
                (entry.side == Side::Pbx) == (entry.direction == Direction::In),
            );
            let blank = " ".repeat(WIDTH);
            let (left, right) = match entry.side {
                Side::Pbx => (&arrow, &blank),
                Side::Trunk => (&blank, &arrow),
            };
            let time = (entry.at - begin).as_secs_f64();
            let _ = writeln!(out, "{time:>10.3}  |{left}|{right}|");
        }
        out
    }
}

fn entry(at: Instant, side: Side, direction: Direction, message: &Message<'_>) -> Option<Entry> {
    let call_id = message.typed::<header::CallId<'_>>().ok()??;
    let cseq = message.typed::<header::CSeq<'_>>().ok()??;
    let mut label = match (message.method(), message.status()) {
        (Some(method), _) => method.to_string(),
        (None, Some(status)) => {
            let reason = String::from_utf8_lossy(message.reason().unwrap_or_default()).into_owned();
            let mut label = format!("{} {reason}", status.code());
            if cseq.method.as_str() != "INVITE" {
                let _ = write!(label, " ({})", cseq.method);
            }
            label
        }
        (None, None) => return None,
    };
    if !message.body().is_empty() {
        label.push_str(" +SDP");
    }
    Some(Entry {
        at,
        side,
        direction,
        call_id: call_id.0.to_owned(),
        label,
    })
}

/// `--- INVITE +SDP ---->` or `<--- 200 OK ---`, exactly as wide as a column.
fn arrow(label: &str, rightwards: bool) -> String {
    let label: String = label.chars().take(WIDTH - 6).collect();
    let dashes = WIDTH - 3 - label.chars().count();
    let (left, right) = (dashes / 2, dashes - dashes / 2);
    if rightwards {
        format!("{} {label} {}>", "-".repeat(left), "-".repeat(right))
    } else {
        format!("<{} {label} {}", "-".repeat(left), "-".repeat(right))
    }
}

fn draw_media(out: &mut String, counts: [MediaCounts; 2]) {
    let column = |text: String| format!("{text:=^WIDTH$}");
    let [pbx, trunk] = counts;
    let _ = writeln!(
        out,
        "{:>10}  |{}|{}|",
        "media",
        column(format!(" RTP {}-> <-{} ", pbx.received, pbx.sent)),
        column(format!(" RTP {}-> <-{} ", trunk.sent, trunk.received)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(start: &str, cseq: &str, call_id: &str) -> Vec<u8> {
        format!("{start}\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n")
            .into_bytes()
    }

    #[test]
    fn both_legs_stand_in_one_ladder_and_other_calls_do_not() {
        let mut recorder = Recorder::default();
        let at = Instant::from_millis;
        let invite = message("INVITE sip:200@example.com SIP/2.0", "1 INVITE", "a");
        recorder.note(at(5_000), Side::Pbx, Direction::In, &invite);
        recorder.note(
            at(5_001),
            Side::Pbx,
            Direction::In,
            &message("BYE sip:x SIP/2.0", "1 BYE", "other"),
        );
        let mut stream = message("SIP/2.0 100 Trying", "1 INVITE", "b");
        stream.extend(message("SIP/2.0 200 OK", "2 BYE", "b"));
        recorder.note(at(5_250), Side::Trunk, Direction::In, &stream);
        let text = recorder.draw(&[(Side::Pbx, "a".into()), (Side::Trunk, "b".into())], None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(
            lines[1].contains("0.000  |--") && lines[1].contains("INVITE"),
            "{text}"
        );
        assert!(
            lines[2].contains("0.250")
                && lines[2].contains("|<-")
                && lines[2].contains("100 Trying"),
            "{text}"
        );
        assert!(lines[3].contains("200 OK (BYE)"), "{text}");
        assert!(
            lines[1..].iter().all(|line| line.len() == lines[1].len()),
            "{text}"
        );
    }
}
