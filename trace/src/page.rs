//! Ladders of any number of calls as one HTML page that needs nothing but itself.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use trunkline_sans_io::Instant;

use crate::call::{Leg, Outcome};
use crate::ladder::Ladder;
use crate::plain::Html;
use crate::record::WallTime;

mod svg;
#[cfg(test)]
mod tests;

const STYLE: &str = include_str!("page/style.css");

/// One self-contained HTML page: an index of calls and a drawing of each. `Display` writes it.
///
/// There is no script in it and nothing outside of it: the style is its own, the drawings are inline
/// SVG, and a Content-Security-Policy forbids everything else. Whatever came over the wire is
/// escaped. It follows the reader's choice of light or dark, and prints one call after the other.
#[derive(Clone, Debug)]
pub struct Page {
    title: Box<str>,
    origin: Option<Duration>,
    ladders: Vec<Ladder>,
}

impl Page {
    /// A page with this title and no call yet.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self {
            title: title.into(),
            origin: None,
            ladders: Vec::new(),
        }
    }

    /// Shows date and time (UTC) of calls: [`Instant::ORIGIN`] was this long after the beginning of
    /// 1970. Without it calls are told by seconds since that origin.
    #[must_use]
    pub fn with_origin(mut self, since_1970: Duration) -> Self {
        self.origin = Some(since_1970);
        self
    }

    /// Adds a call below those that are there.
    pub fn push(&mut self, ladder: Ladder) {
        self.ladders.push(ladder);
    }

    fn time(&self, at: Instant) -> String {
        match self.origin {
            Some(origin) => format!("{:#}", WallTime::at(origin, at)),
            None => format!("{:.3} s", (at - Instant::ORIGIN).as_secs_f64()),
        }
    }
}

impl FromIterator<Ladder> for Page {
    fn from_iter<T: IntoIterator<Item = Ladder>>(ladders: T) -> Self {
        let mut page = Self::new("Calls");
        page.extend(ladders);
        page
    }
}

impl Extend<Ladder> for Page {
    fn extend<T: IntoIterator<Item = Ladder>>(&mut self, ladders: T) {
        self.ladders.extend(ladders);
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = Html(&self.title);
        write!(
            f,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1></header>\n<main>\n"
        )?;
        self.index(f)?;
        LEGEND.fmt(f)?;
        for (index, ladder) in self.ladders.iter().enumerate() {
            self.call(f, index + 1, ladder)?;
        }
        f.write_str("</main>\n</body>\n</html>\n")
    }
}

const LEGEND: &str = "<ul class=\"legend\" aria-label=\"Legend\">\
    <li><svg width=\"34\" height=\"12\" class=\"internal\"><path class=\"line\" d=\"M1 6H26\"/><path class=\"head\" d=\"M33 6l-8-4v8z\"/></svg>internal leg</li>\
    <li><svg width=\"34\" height=\"12\" class=\"external\"><path class=\"line\" d=\"M1 6H26\"/><path class=\"head\" d=\"M33 6l-8-4v8z\"/></svg>external leg</li>\
    <li><svg width=\"34\" height=\"12\" class=\"internal provisional\"><path class=\"line\" d=\"M1 6H26\"/><path class=\"head\" d=\"M33 6l-8-4v8z\"/></svg>provisional</li>\
    <li><svg width=\"34\" height=\"12\" class=\"failure\"><path class=\"line\" d=\"M1 6H24\"/><path class=\"cross\" d=\"M24 2l8 8m0-8l-8 8\"/></svg>failure</li>\
    <li><svg width=\"34\" height=\"12\" class=\"internal repeated\"><path class=\"line\" d=\"M1 6H26\"/><path class=\"head\" d=\"M33 6l-8-4v8z\"/></svg>↻ sent again</li>\
    <li><svg width=\"34\" height=\"12\" class=\"internal\"><rect class=\"band\" x=\"1\" y=\"1\" width=\"32\" height=\"10\"/></svg>media</li></ul>\n";

impl Page {
    fn index(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ladders.is_empty() {
            return f.write_str("<p>No calls.</p>\n");
        }
        f.write_str(
            "<div class=\"scroll\"><table>\n<thead><tr><th class=\"n\">#</th><th>Start</th><th>From</th>\
             <th>To</th><th>Result</th><th class=\"n\">Talk</th><th class=\"n\">Total</th><th class=\"n\">Legs</th><th>Media</th></tr></thead>\n<tbody>\n",
        )?;
        for (index, ladder) in self.ladders.iter().enumerate() {
            let number = index + 1;
            let (class, result) = outcome(ladder.outcome);
            let talk = match ladder.outcome {
                Outcome::Ended(talk) => duration(talk),
                _ => String::from("–"),
            };
            writeln!(
                f,
                "<tr><td class=\"n\"><a href=\"#call-{number}\">{number}</a></td><td>{}</td>\
                 <td><a href=\"#call-{number}\">{}</a></td><td><a href=\"#call-{number}\">{}</a></td>\
                 <td><span class=\"result {class}\">{}</span></td><td class=\"n\">{talk}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td>{}</td></tr>",
                Html(self.time(ladder.started)),
                Html(party(&ladder.from)),
                Html(party(&ladder.to)),
                Html(result),
                duration(ladder.lasted),
                ladder.call_ids.len(),
                Html(media(ladder)),
            )?;
        }
        f.write_str("</tbody>\n</table></div>\n")
    }

    fn call(&self, f: &mut fmt::Formatter<'_>, number: usize, ladder: &Ladder) -> fmt::Result {
        let (class, result) = outcome(ladder.outcome);
        writeln!(
            f,
            "<section id=\"call-{number}\">\n<h2><span class=\"number\">{number}</span> {} <span class=\"to\">→</span> {} \
             <span class=\"result {class}\">{}</span></h2>\n<p class=\"facts\">{} · {} in all</p>\n<ul class=\"ids\">",
            Html(party(&ladder.from)),
            Html(party(&ladder.to)),
            Html(result),
            Html(self.time(ladder.started)),
            duration(ladder.lasted),
        )?;
        for (call_id, leg) in &ladder.call_ids {
            let leg = leg_class(*leg);
            writeln!(
                f,
                "<li class=\"{leg}\"><b>{leg}</b> <code>{}</code></li>",
                Html(call_id)
            )?;
        }
        f.write_str("</ul>\n<div class=\"scroll\">\n")?;
        svg::draw(f, ladder)?;
        f.write_str("</div>\n")?;
        self.texts(f, ladder)?;
        f.write_str("<p class=\"top\"><a href=\"#\">top</a></p>\n</section>\n")
    }

    /// The messages in full, folded.
    fn texts(&self, f: &mut fmt::Formatter<'_>, ladder: &Ladder) -> fmt::Result {
        let rows = ladder.rows();
        let texts = || {
            let steps = rows.iter().enumerate().flat_map(|(index, row)| {
                // As the rows of the drawing are numbered.
                row.iter().map(move |step| (index + 1, step))
            });
            steps.filter_map(|(number, step)| Some((number, step, step.text.as_ref()?)))
        };
        let count = texts().count();
        if count == 0 {
            return Ok(());
        }
        writeln!(f, "<details><summary>Messages ({count})</summary>")?;
        for (number, step, text) in texts() {
            let name = |place: usize| ladder.participants().get(place).map_or("?", |name| name);
            writeln!(
                f,
                "<h3 class=\"{}\">{number} · {:.3} s · {} → {}</h3>\n<pre>{}</pre>",
                leg_class(step.leg),
                (step.at - ladder.started).as_secs_f64(),
                Html(name(step.from)),
                Html(name(step.to)),
                Html(text.trim_end()),
            )?;
        }
        f.write_str("</details>\n")
    }
}

const fn leg_class(leg: Leg) -> &'static str {
    match leg {
        Leg::Internal => "internal",
        Leg::External => "external",
    }
}

const fn party(number: &str) -> &str {
    if number.is_empty() { "unknown" } else { number }
}

/// A class of the style and the words for it.
fn outcome(outcome: Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Pending => ("open", "pending".into()),
        Outcome::Answered => ("good", "answered".into()),
        Outcome::Ended(_) => ("good", "completed".into()),
        Outcome::Cancelled => ("open", "cancelled".into()),
        Outcome::Failed(status) => ("bad", format!("failed {status}")),
        Outcome::Unknown => ("open", "unknown".into()),
    }
}

/// The worst of the legs: `MOS 4.38, lost 2`.
fn media(ladder: &Ladder) -> String {
    if ladder.media.is_empty() {
        return String::from("–");
    }
    let lost: u64 = ladder.media.iter().map(|(_, counts)| counts.lost).sum();
    let mos = ladder.media.iter().filter_map(|(_, counts)| counts.mos);
    match mos.min_by(f32::total_cmp) {
        Some(mos) => format!("MOS {mos:.2}, lost {lost}"),
        None => format!("lost {lost}"),
    }
}

/// `0.250 s`, `28.4 s`, `20 min 3 s`, `2 h 5 min`.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.3} s", duration.as_secs_f64()),
        10..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}
