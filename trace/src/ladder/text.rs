//! The ladder in letters of one width.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Ladder, Step, StepKind};
use crate::event::MediaCounts;

/// Letters between two participants.
const WIDTH: usize = 34;

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut head = String::new();
        for name in self.participants() {
            let name: String = name.chars().take(WIDTH).collect();
            head.push_str(&format!("{name:<w$}", w = WIDTH + 1));
        }
        writeln!(f, "      time  {}", head.trim_end())?;
        for row in self.rows() {
            let Some(step) = row.first() else { continue };
            let time = (step.at - self.started).as_secs_f64();
            if step.kind.is_message() {
                writeln!(f, "{time:>10.3}  {}", self.message(step))?;
                continue;
            }
            let packets = self.media_row(row, |step| first_line(step, step.from < self.us));
            writeln!(f, "{time:>10.3}  {packets}")?;
            if row.iter().any(|step| !second_line(step).is_empty()) {
                writeln!(f, "{:>10}  {}", "", self.media_row(row, second_line))?;
            }
        }
        Ok(())
    }
}

impl Ladder {
    /// Between which lifelines a step runs, the left one first.
    pub(crate) fn span(step: &Step) -> (usize, usize) {
        (step.from.min(step.to), step.from.max(step.to))
    }

    fn message(&self, step: &Step) -> String {
        let mut label = step.label.clone();
        if step.repeated {
            label.push_str(" (again)");
        }
        let (left, right) = Self::span(step);
        let gaps = right - left;
        let width = gaps * WIDTH + gaps.saturating_sub(1);
        let arrow = arrow(&label, step.from < step.to, width);
        self.row(&[(left, right, arrow)])
    }

    fn media_row(&self, row: &[Step], text: impl Fn(&Step) -> String) -> String {
        let mut cells: Vec<(usize, usize, String)> = row
            .iter()
            .map(|step| {
                let (left, right) = Self::span(step);
                let gaps = right - left;
                let width = gaps * WIDTH + gaps.saturating_sub(1);
                let text: String = text(step).chars().take(width).collect();
                // A leg of which nothing more is known stays empty.
                let cell = match text.is_empty() {
                    true => " ".repeat(width),
                    false => format!("{text:=^width$}"),
                };
                (left, right, cell)
            })
            .collect();
        cells.sort_by_key(|(left, ..)| *left);
        self.row(&cells)
    }

    /// Lifelines with these cells between them.
    fn row(&self, cells: &[(usize, usize, String)]) -> String {
        let mut out = String::from("|");
        let mut at = 0;
        let last = self.participants.len().saturating_sub(1);
        while at < last {
            match cells
                .iter()
                .find(|(left, right, _)| *left == at && right > left)
            {
                Some((_, right, cell)) => {
                    out.push_str(cell);
                    at = *right;
                }
                None => {
                    out.push_str(&" ".repeat(WIDTH));
                    at += 1;
                }
            }
            out.push('|');
        }
        out
    }
}

/// `--- INVITE +SDP ---->` or `<--- 200 OK ---`, exactly as wide as asked for.
fn arrow(label: &str, rightwards: bool, width: usize) -> String {
    let label: String = label.chars().take(width.saturating_sub(6)).collect();
    let dashes = width.saturating_sub(3 + label.chars().count());
    let (left, right) = ("-".repeat(dashes / 2), "-".repeat(dashes - dashes / 2));
    match rightwards {
        true => format!("{left} {label} {right}>"),
        false => format!("<{left} {label} {right}"),
    }
}

fn first_line(step: &Step, from_left: bool) -> String {
    match step.kind {
        StepKind::MediaEnded(counts) => format!(" RTP {} ", packets(&counts, from_left)),
        _ => String::from(" RTP begins "),
    }
}

/// Empty where nothing more is known.
fn second_line(step: &Step) -> String {
    match step.kind {
        StepKind::MediaEnded(counts) => match quality(&counts, " ") {
            quality if quality.is_empty() => quality,
            quality => format!(" {quality} "),
        },
        _ => String::new(),
    }
}

/// `250-> <-248`: what goes to the right stands first.
fn packets(counts: &MediaCounts, from_left: bool) -> String {
    let (right, left) = match from_left {
        true => (counts.received, counts.sent),
        false => (counts.sent, counts.received),
    };
    format!("{right}-> <-{left}")
}

/// `lost 2 jitter 1.2 ms MOS 4.38`, without what is not known.
pub(crate) fn quality(counts: &MediaCounts, separator: &str) -> String {
    let mut parts = Vec::new();
    if counts.lost > 0 || counts.jitter.is_some() || counts.mos.is_some() {
        parts.push(format!("lost {}", counts.lost));
    }
    if let Some(jitter) = counts.jitter {
        parts.push(format!("jitter {:.1} ms", jitter.as_secs_f64() * 1e3));
    }
    if let Some(mos) = counts.mos {
        parts.push(format!("MOS {mos:.2}"));
    }
    parts.join(separator)
}
