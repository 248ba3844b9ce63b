//! One ladder as inline SVG.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::leg_class;
use crate::ladder::{Ladder, Step, StepKind, quality};
use crate::plain::{Html, shorten};

/// Where the first lifeline stands: numbers and times are on its left.
const LEFT: usize = 190;
/// Between two lifelines.
const GAP: usize = 272;
/// On the right of the last lifeline.
const RIGHT: usize = 100;
/// Where the rows begin, below the names.
const TOP: usize = 56;
/// A row with a message, and what a line about its media adds.
const ROW: usize = 34;
const MEDIA_LINE: usize = 15;
/// Rows for begin and end of media.
const BEGIN: usize = 26;
const END: usize = 50;
/// What a long silence adds above a row.
const SILENCE: usize = 24;

const fn x(place: usize) -> usize {
    LEFT + place * GAP
}

/// A row that has found its place.
struct Placed<'a> {
    number: usize,
    steps: &'a [Step],
    top: usize,
    /// The time since the row above, where that is long.
    silence: Option<Duration>,
}

pub(super) fn draw(f: &mut fmt::Formatter<'_>, ladder: &Ladder) -> fmt::Result {
    let mut rows: Vec<Placed<'_>> = Vec::new();
    let mut y = TOP;
    let mut before = None;
    for (index, steps) in ladder.rows().into_iter().enumerate() {
        let Some(step) = steps.first() else { continue };
        let silence = before.map(|before| step.at - before);
        let silence = silence.filter(|silence| *silence >= Duration::from_secs(1));
        before = Some(step.at);
        if silence.is_some() {
            y += SILENCE;
        }
        rows.push(Placed {
            number: index + 1,
            steps,
            top: y,
            silence,
        });
        y += match step.kind {
            StepKind::MediaBegun => BEGIN,
            StepKind::MediaEnded(_) => END,
            _ if step.media.is_empty() => ROW,
            _ => ROW + MEDIA_LINE,
        };
    }
    let bottom = y + 14;
    let last = ladder.participants().len().saturating_sub(1);
    let width = x(last) + RIGHT;
    writeln!(
        f,
        "<svg class=\"ladder\" viewBox=\"0 0 {width} {bottom}\" width=\"{width}\" height=\"{bottom}\" role=\"img\" aria-label=\"Ladder of the call\">"
    )?;
    bands(f, &rows, bottom)?;
    for (place, name) in ladder.participants().iter().enumerate() {
        let x = x(place);
        let class = if place == ladder.us() { "us" } else { "" };
        writeln!(
            f,
            "<path class=\"life\" d=\"M{x} 40V{}\"/><g class=\"name {class}\"><title>{}</title>\
             <rect x=\"{}\" y=\"8\" width=\"176\" height=\"32\" rx=\"6\"/><text x=\"{x}\" y=\"29\">{}</text></g>",
            bottom - 4,
            Html(name),
            x - 88,
            Html(shorten(name, 21)),
        )?;
    }
    for row in &rows {
        draw_row(f, ladder, row)?;
    }
    f.write_str("</svg>\n")
}

/// Media as bands between the lifelines, from where it begins to where it ends.
fn bands(f: &mut fmt::Formatter<'_>, rows: &[Placed<'_>], bottom: usize) -> fmt::Result {
    for (index, row) in rows.iter().enumerate() {
        let begins = row
            .steps
            .iter()
            .filter(|step| step.kind == StepKind::MediaBegun);
        for step in begins {
            let end = rows.iter().skip(index + 1).find(|later| {
                later.steps.iter().any(|other| {
                    Ladder::span(other) == Ladder::span(step)
                        && other.leg == step.leg
                        && matches!(other.kind, StepKind::MediaEnded(_))
                })
            });
            let open_end = bottom.saturating_sub(10);
            let end = end.map_or(open_end, |end| end.top + END - 5);
            let (left, right) = Ladder::span(step);
            writeln!(
                f,
                "<rect class=\"band {}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
                leg_class(step.leg),
                x(left) + 7,
                row.top + 3,
                (right - left) * GAP - 14,
                end.saturating_sub(row.top + 3),
            )?;
        }
    }
    Ok(())
}

fn draw_row(f: &mut fmt::Formatter<'_>, ladder: &Ladder, row: &Placed<'_>) -> fmt::Result {
    let Some(first) = row.steps.first() else {
        return Ok(());
    };
    if let Some(silence) = row.silence {
        let (y, right) = (row.top - SILENCE + 12, x(ladder.participants().len() - 1));
        writeln!(
            f,
            "<path class=\"silence\" d=\"M{} {y}H{}\"/><text class=\"time silent\" x=\"98\" y=\"{}\">+{}</text>",
            104,
            right + 88,
            y + 4,
            super::duration(silence),
        )?;
    }
    let base = match first.kind {
        StepKind::MediaBegun => row.top + 17,
        _ => row.top + 27,
    };
    let seconds = (first.at - ladder.started()).as_secs_f64();
    writeln!(
        f,
        "<text class=\"number\" x=\"24\" y=\"{base}\">{}</text><text class=\"time\" x=\"98\" y=\"{base}\">{seconds:.3}</text>",
        row.number
    )?;
    row.steps.iter().try_for_each(|step| match step.kind {
        StepKind::Request | StepKind::Response(_) => message(f, ladder, step, row.top),
        _ => media(f, ladder, step, row.top),
    })
}

/// Where words about a step stand: in the gap beside its peer, so that they never cross a lifeline.
fn words_at(ladder: &Ladder, step: &Step) -> usize {
    let us = ladder.us();
    let peer = if step.from == us { step.to } else { step.from };
    match peer < us {
        true => x(peer) + GAP / 2,
        false => x(peer) - GAP / 2,
    }
}

fn message(f: &mut fmt::Formatter<'_>, ladder: &Ladder, step: &Step, top: usize) -> fmt::Result {
    let y = top + 23;
    let failed = matches!(step.kind, StepKind::Response(status) if status >= 400);
    let mut class = String::from(leg_class(step.leg));
    if failed {
        class.push_str(" failure");
    }
    if matches!(step.kind, StepKind::Response(status) if status < 200) {
        class.push_str(" provisional");
    }
    if step.repeated {
        class.push_str(" repeated");
    }
    let words = words_at(ladder, step);
    // As many letters as fit between two lifelines.
    let label = match step.repeated {
        true => alloc::format!("↻ {}", shorten(&step.label, 28)),
        false => shorten(&step.label, 30),
    };
    let (from, to) = (x(step.from), x(step.to));
    writeln!(
        f,
        "<g class=\"step {class}\"><title>{}</title>",
        Html(&step.detail)
    )?;
    // The tip stays off the lifeline by a hair.
    let (shaft, tip, back) = match from < to {
        true => (to - 9, to - 2, to - 11),
        false => (to + 9, to + 2, to + 11),
    };
    writeln!(f, "<path class=\"line\" d=\"M{from} {y}H{shaft}\"/>")?;
    match failed {
        true => {
            let (near, far) = match from < to {
                true => (to - 13, to - 4),
                false => (to + 13, to + 4),
            };
            writeln!(
                f,
                "<path class=\"cross\" d=\"M{near} {}L{far} {}M{near} {}L{far} {}\"/>",
                y - 5,
                y + 5,
                y + 5,
                y - 5
            )?;
        }
        false => writeln!(
            f,
            "<path class=\"head\" d=\"M{tip} {y}L{back} {}V{}z\"/>",
            y - 5,
            y + 5
        )?,
    }
    writeln!(
        f,
        "<text class=\"label\" x=\"{words}\" y=\"{}\">{}</text>",
        y - 6,
        Html(label)
    )?;
    if !step.media.is_empty() {
        writeln!(
            f,
            "<text class=\"sdp\" x=\"{words}\" y=\"{}\">{}</text>",
            y + 15,
            Html(shorten(&step.media, 40))
        )?;
    }
    f.write_str("</g>\n")
}

fn media(f: &mut fmt::Formatter<'_>, ladder: &Ladder, step: &Step, top: usize) -> fmt::Result {
    let words = words_at(ladder, step);
    let class = leg_class(step.leg);
    let StepKind::MediaEnded(counts) = step.kind else {
        return writeln!(
            f,
            "<text class=\"media {class}\" x=\"{words}\" y=\"{}\">media begins</text>",
            top + 17
        );
    };
    let (right, left) = match step.from < ladder.us() {
        true => (counts.received, counts.sent),
        false => (counts.sent, counts.received),
    };
    let quality = quality(&counts, " · ");
    let (first, second) = if quality.is_empty() {
        (29, 0)
    } else {
        (21, 36)
    };
    let (left_edge, width) = (words - GAP / 2 + 14, GAP - 28);
    writeln!(
        f,
        "<g class=\"counts {class}\"><title>Packets: {right} to the right, {left} to the left\n{}</title>\
         <rect x=\"{left_edge}\" y=\"{}\" width=\"{width}\" height=\"38\" rx=\"5\"/>\
         <text x=\"{words}\" y=\"{}\">RTP {right} → · ← {left}</text>",
        Html(&quality),
        top + 4,
        top + first,
    )?;
    if second > 0 {
        writeln!(
            f,
            "<text class=\"quality\" x=\"{words}\" y=\"{}\">{}</text>",
            top + second,
            Html(&quality)
        )?;
    }
    f.write_str("</g>\n")
}
