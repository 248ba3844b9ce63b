//! Every departure from the grammar, one after the other.

use super::{
    Bandwidth, BandwidthType, Connection, Fault, Line, LineEnding, LineKind, Lines, MediaLine,
    Mode, Origin, ParseError, Sdp, Time,
};

/// Most findings one line can add: its end, its bytes, its place, its value, and what its section
/// lacks.
const QUEUE: usize = 12;

/// The findings of an SDP, by offset; see [`Sdp::findings`]. What is missing is reported at the
/// end of the section that lacks it.
#[derive(Debug, Clone)]
pub struct Findings<'a> {
    lines: Lines<'a>,
    end: usize,
    done: bool,
    in_media: bool,
    /// Highest rank seen in this section.
    rank: u8,
    /// Line kinds seen in this section, a bit per rank.
    seen: u16,
    session_connection: bool,
    queue: [Option<ParseError>; QUEUE],
    next: usize,
    queued: usize,
}

const fn bit(kind: LineKind) -> u16 {
    match kind.rank() {
        Some(rank) => 1 << rank,
        None => 0,
    }
}

impl<'a> Findings<'a> {
    pub(super) fn new(sdp: &Sdp<'a>) -> Self {
        Self {
            lines: sdp.lines(),
            end: sdp.as_bytes().len(),
            done: false,
            in_media: false,
            rank: 0,
            seen: 0,
            session_connection: false,
            queue: [None; QUEUE],
            next: 0,
            queued: 0,
        }
    }

    fn push(&mut self, fault: Fault, offset: usize) {
        if let Some(slot) = self.queue.get_mut(self.queued) {
            *slot = Some(fault.at(offset));
            self.queued += 1;
        }
    }

    fn has(&self, kind: LineKind) -> bool {
        self.seen & bit(kind) != 0
    }

    fn end_section(&mut self, offset: usize) {
        if self.in_media {
            if !self.has(LineKind::Connection) && !self.session_connection {
                self.push(Fault::MissingConnection, offset);
            }
            return;
        }
        self.session_connection = self.has(LineKind::Connection);
        for (kind, fault) in [
            (LineKind::Version, Fault::MissingVersion),
            (LineKind::Origin, Fault::MissingOrigin),
            (LineKind::SessionName, Fault::MissingSessionName),
            (LineKind::Time, Fault::MissingTime),
        ] {
            if !self.has(kind) {
                self.push(fault, offset);
            }
        }
    }

    fn check(&mut self, line: &Line<'a>) {
        let kind = line.kind();
        if kind == LineKind::Media {
            self.end_section(line.offset());
            self.in_media = true;
            self.rank = 0;
            self.seen = 0;
        }
        self.check_place(line);
        if let Some(at) = line.value().iter().position(|b| matches!(b, 0 | b'\r')) {
            self.push(Fault::ControlByte, line.value_offset() + at);
        }
        if let Err(error) = check_value(line) {
            self.push(error.fault, error.offset);
        }
        if line.ending() != LineEnding::CrLf {
            self.push(Fault::LineEnding, line.end());
        }
    }

    fn check_place(&mut self, line: &Line<'a>) {
        let kind = line.kind();
        let Some(rank) = kind.rank() else { return };
        let session_only = matches!(
            kind,
            LineKind::Version
                | LineKind::Origin
                | LineKind::SessionName
                | LineKind::Uri
                | LineKind::Email
                | LineKind::Phone
                | LineKind::Time
                | LineKind::Repeat
                | LineKind::Zone
        );
        let once = matches!(
            kind,
            LineKind::Version
                | LineKind::Origin
                | LineKind::SessionName
                | LineKind::Information
                | LineKind::Uri
                | LineKind::Key
        ) || (kind == LineKind::Connection && !self.in_media);
        if rank < self.rank || (self.in_media && session_only) {
            self.push(Fault::OutOfOrder, line.offset());
        } else if once && self.has(kind) {
            self.push(Fault::RepeatedLine, line.offset());
        }
        self.rank = self.rank.max(rank);
        self.seen |= bit(kind);
    }
}

/// Checks the value of a line as strict mode does.
fn check_value(line: &Line<'_>) -> Result<(), ParseError> {
    let value = line.value();
    let rebase = |error: ParseError| error.rebased(line.value_offset());
    match line.kind() {
        LineKind::Version if value != b"0" => {
            Err(Fault::UnsupportedVersion.at(line.value_offset()))
        }
        LineKind::SessionName if value.is_empty() => {
            Err(Fault::MissingField.at(line.value_offset()))
        }
        LineKind::Origin => Origin::parse(value, Mode::Strict).map(drop).map_err(rebase),
        LineKind::Connection => Connection::parse(value, Mode::Strict)
            .map(drop)
            .map_err(rebase),
        LineKind::Time => Time::parse(value, Mode::Strict).map(drop).map_err(rebase),
        LineKind::Media => MediaLine::parse(value, Mode::Strict)
            .map(drop)
            .map_err(rebase),
        LineKind::Bandwidth => match Bandwidth::parse(value, Mode::Strict).map_err(rebase)?.kind {
            // RFC 8866 section 5.8: the prefix marks experiments
            BandwidthType::Other(kind) if !kind.starts_with("X-") => {
                Err(Fault::UnknownBandwidth.at(line.value_offset()))
            }
            _ => Ok(()),
        },
        LineKind::Attribute => match line.attribute() {
            Some(attribute) => attribute.check(),
            None => Ok(()),
        },
        LineKind::Unknown => Err(Fault::UnknownLineType.at(line.offset())),
        LineKind::Malformed => Err(Fault::MalformedLine.at(line.offset())),
        _ => Ok(()),
    }
}

impl Iterator for Findings<'_> {
    type Item = ParseError;

    fn next(&mut self) -> Option<ParseError> {
        loop {
            if let Some(finding) = self.queue.get_mut(self.next).and_then(Option::take) {
                self.next += 1;
                return Some(finding);
            }
            self.next = 0;
            self.queued = 0;
            match self.lines.next() {
                Some(line) => self.check(&line),
                None if self.done => return None,
                None => {
                    self.done = true;
                    self.end_section(self.end);
                }
            }
        }
    }
}

impl core::iter::FusedIterator for Findings<'_> {}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    const GOOD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
                        m=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n";

    fn findings(text: &str) -> Vec<(Fault, usize)> {
        let sdp = Sdp::parse(text.as_bytes(), Mode::Tolerant).unwrap();
        sdp.findings().map(|f| (f.fault, f.offset)).collect()
    }

    fn one(from: &str, to: &str) -> Fault {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD);
        let found = findings(&text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let strict = Sdp::parse(text.as_bytes(), Mode::Strict).map_err(|e| e.fault);
        match found[0].0.is_violation() {
            true => assert_eq!(strict.map(drop), Err(found[0].0), "{text}"),
            false => assert!(strict.is_ok(), "{text}"),
        }
        found[0].0
    }

    #[test]
    fn a_clean_sdp_has_none() {
        assert_eq!(findings(GOOD), []);
        assert!(Sdp::parse(GOOD.as_bytes(), Mode::Strict).is_ok());
    }

    #[test]
    fn each_fault_is_found_and_refused_by_strict_mode_alone() {
        assert_eq!(one("v=0\r\n", ""), Fault::MissingVersion);
        assert_eq!(
            one("o=- 1 1 IN IP4 192.0.2.1\r\n", ""),
            Fault::MissingOrigin
        );
        assert_eq!(one("s=-\r\n", ""), Fault::MissingSessionName);
        assert_eq!(one("t=0 0\r\n", ""), Fault::MissingTime);
        assert_eq!(one("c=IN IP4 192.0.2.1\r\n", ""), Fault::MissingConnection);
        assert_eq!(one("v=0", "v=1"), Fault::UnsupportedVersion);
        assert_eq!(one("s=-", "s="), Fault::MissingField);
        assert_eq!(one("s=-", "s=a\rb"), Fault::ControlByte);
        assert_eq!(one("s=-\r\n", "s=-\n"), Fault::LineEnding);
        assert_eq!(one("a=sendrecv\r\n", "a=sendrecv"), Fault::LineEnding);
        assert_eq!(one("s=-\r\n", "s=-\r\ns=-\r\n"), Fault::RepeatedLine);
        assert_eq!(one("t=0 0\r\n", "t=0 0\r\ni=late\r\n"), Fault::OutOfOrder);
        assert_eq!(one("a=sendrecv", "t=0 0"), Fault::OutOfOrder);
        assert_eq!(one("t=0 0", "y=?\r\nt=0 0"), Fault::UnknownLineType);
        assert_eq!(one("t=0 0", "junk\r\nt=0 0"), Fault::MalformedLine);
        assert_eq!(one("t=0 0", "\r\nt=0 0"), Fault::MalformedLine);
        assert_eq!(one("t=0 0", "b=FOO:1\r\nt=0 0"), Fault::UnknownBandwidth);
        assert_eq!(one("RTP/AVP 0", "RTP/AVP 0 "), Fault::StraySpace);
        assert_eq!(one("4000", "x"), Fault::NotANumber);
        assert_eq!(one("a=sendrecv", "a=rtpmap:0"), Fault::MissingField);
    }

    #[test]
    fn one_bad_line_does_not_hide_the_next() {
        let text = GOOD.replace("t=0 0", "t=x\r\nb=AS");
        let faults: Vec<Fault> = findings(&text).into_iter().map(|f| f.0).collect();
        // the b= line also stands behind t=
        assert_eq!(
            faults,
            [Fault::NotANumber, Fault::OutOfOrder, Fault::MissingField]
        );
    }

    #[test]
    fn offsets_point_at_the_fault() {
        let text = GOOD.replace("RTP/AVP 0\r\na=sendrecv", "RTP/AVP 0\r\na=rtpmap:0 PCMU/x");
        let [(Fault::NotANumber, at)] = findings(&text)[..] else {
            panic!("{:?}", findings(&text));
        };
        assert!(
            text[at..].starts_with('x') || text[at..].starts_with("PCMU"),
            "{at}"
        );
    }

    #[test]
    fn nothing_but_noise_is_refused() {
        for noise in ["", "\r\n\r\n", "hello", "<sdp/>"] {
            let sdp = Sdp::parse(noise.as_bytes(), Mode::Tolerant);
            assert_eq!(sdp, Err(Fault::NotSdp.at(0)), "{noise:?}");
        }
    }
}
