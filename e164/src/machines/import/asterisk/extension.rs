//! Extensions and their patterns: `_0ZX.`, and what is made of them: `+49${EXTEN:1}`.

use alloc::string::String;
use alloc::vec::Vec;

use super::super::finding::Reason;
use super::super::shape::{MAX_PLACES, Set, Shape, Span, Tail};

/// Part of a number that is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    /// As it stands.
    Text(&'t str),
    /// These places of the extension.
    Extension(Span),
}

/// How long an extension is at most where it is read from a file.
const MAX_EXTENSION: usize = 255;

/// An extension, as it stands in `exten =>`.
pub(super) fn extension(text: &str) -> Result<Shape, Reason> {
    if text.len() > MAX_EXTENSION {
        return Err(Reason::TooLong);
    }
    let mut places = Vec::new();
    let mut tail = Tail::End;
    let (is_pattern, text) = match text.strip_prefix('_') {
        Some(pattern) => (true, pattern),
        None => (false, text),
    };
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        let set = match octet {
            // it only makes numbers readable
            b'-' => continue,
            b'X' | b'x' if is_pattern => Set::DIGITS,
            b'Z' | b'z' if is_pattern => Set::range(b'1', b'9'),
            b'N' | b'n' if is_pattern => Set::range(b'2', b'9'),
            b'[' if is_pattern => class(&mut octets).ok_or(Reason::Extension)?,
            // both end the pattern
            b'.' if is_pattern => {
                tail = Tail::Some(Set::ANY);
                break;
            }
            b'!' if is_pattern => {
                tail = Tail::Any(Set::ANY);
                break;
            }
            b'0'..=b'9' | b'+' | b'*' | b'#' => Set::one(octet),
            b'a'..=b'z' | b'A'..=b'Z' if is_pattern => Set::one(octet),
            _ => return Err(Reason::Extension),
        };
        places.push(set);
        if places.len() > MAX_PLACES {
            return Err(Reason::Extension);
        }
    }
    match octets.next() {
        None if !places.is_empty() || tail != Tail::End => Ok(Shape::new(places, tail)),
        _ => Err(Reason::Extension),
    }
}

/// `[1237-9]`, from behind its bracket.
fn class(octets: &mut impl Iterator<Item = u8>) -> Option<Set> {
    let mut set = Set::NONE;
    let mut before = None;
    let mut is_range = false;
    loop {
        let octet = match octets.next()? {
            b']' => break,
            b'-' if before.is_some() && !is_range => {
                is_range = true;
                continue;
            }
            b'\\' => octets.next()?,
            octet => octet,
        };
        if !matches!(octet, b'!'..=b'~') {
            return None;
        }
        let first = if is_range { before? } else { octet };
        // as Asterisk has it, from the lower to the higher one
        set = set.with(Set::range(first.min(octet), first.max(octet)));
        before = (!is_range).then_some(octet);
        is_range = false;
    }
    (!is_range && set.len() > 0).then_some(set)
}

/// What is dialled for an extension of this shape.
pub(super) fn number<'t>(text: &'t str, shape: &Shape) -> Result<Vec<Part<'t>>, Reason> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find('$').unwrap_or(rest.len());
        let (plain, after) = rest.split_at(end);
        if !plain.is_empty() {
            let is_number = |octet: u8| octet.is_ascii_alphanumeric() || b"+*#".contains(&octet);
            if !plain.bytes().all(is_number) {
                return Err(Reason::Expression);
            }
            parts.push(Part::Text(plain));
        }
        rest = after;
        if let Some(variable) = after.strip_prefix("${") {
            let (name, after) = variable.split_once('}').ok_or(Reason::Expression)?;
            parts.push(Part::Extension(
                span(name, shape).ok_or(Reason::Expression)?,
            ));
            rest = after;
        } else if !after.is_empty() {
            return Err(Reason::Expression);
        }
    }
    // groups stand in order, and apart from each other
    let mut last = 0;
    for part in &parts {
        if let Part::Extension(span) = part {
            if span.begin < last {
                return Err(Reason::Expression);
            }
            last = span.end.unwrap_or(usize::MAX);
        }
    }
    match parts.is_empty() {
        true => Err(Reason::Missing),
        false => Ok(parts),
    }
}

/// `EXTEN`, `EXTEN:1`, `EXTEN:1:3`, `EXTEN:-4`, as far as the places are fixed.
fn span(variable: &str, shape: &Shape) -> Option<Span> {
    let mut parts = variable.trim().split(':');
    if parts.next()? != "EXTEN" {
        return None;
    }
    let len = isize::try_from(shape.places.len()).ok()?;
    let is_fixed = shape.tail == Tail::End;
    let number = |text: Option<&str>| match text.map(str::trim) {
        None | Some("") => Some(None),
        Some(text) => text
            .parse::<i16>()
            .ok()
            .map(|number| Some(isize::from(number))),
    };
    // counted from the end where negative
    let from_end = |number: isize| match number {
        0.. => Some(number),
        _ => is_fixed.then_some(len + number),
    };
    let begin = from_end(number(parts.next())?.unwrap_or(0))?;
    let end = match number(parts.next())? {
        None => None,
        Some(count @ 0..) => Some(begin.checked_add(count)?),
        Some(count) => Some(from_end(count)?),
    };
    let end = match end {
        Some(end) if is_fixed && end >= len => None,
        Some(end) if end > len => return None,
        end => end,
    };
    let is_empty = end.is_some_and(|end| end <= begin) || (is_fixed && begin >= len);
    if parts.next().is_some() || !(0..=len).contains(&begin) || is_empty {
        return None;
    }
    Some(Span {
        begin: usize::try_from(begin).ok()?,
        end: end.and_then(|end| usize::try_from(end).ok()),
    })
}

/// As an extension; `None` where Asterisk has no way to say it.
pub(super) fn write(shape: &Shape) -> Option<String> {
    let singles: Option<String> = shape
        .places
        .iter()
        .map(|set| {
            set.single()
                .filter(|octet| matches!(octet, b'0'..=b'9' | b'+' | b'*' | b'#'))
        })
        .map(|octet| octet.map(char::from))
        .collect();
    if let (Some(number), Tail::End) = (singles, shape.tail) {
        return Some(number).filter(|number| !number.is_empty());
    }
    let mut out = String::from("_");
    for set in &shape.places {
        match (*set, set.single()) {
            (Set::DIGITS, _) => out.push('X'),
            (set, _) if set == Set::range(b'1', b'9') => out.push('Z'),
            (set, _) if set == Set::range(b'2', b'9') => out.push('N'),
            (_, Some(octet @ (b'0'..=b'9' | b'+' | b'*' | b'#'))) => out.push(char::from(octet)),
            (set, _) => {
                out.push('[');
                for (first, last) in set.runs() {
                    if !(first.is_ascii_alphanumeric() || b"+*#".contains(&first))
                        || !last.is_ascii_alphanumeric() && first != last
                    {
                        return None;
                    }
                    out.push(char::from(first));
                    if last > first + 1 {
                        out.push('-');
                    }
                    if last > first {
                        out.push(char::from(last));
                    }
                }
                out.push(']');
            }
        }
    }
    match shape.tail {
        Tail::End => {}
        Tail::Some(_) => out.push('.'),
        Tail::Any(_) => out.push('!'),
    }
    (out.len() <= MAX_EXTENSION).then_some(out)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::super::super::finding::Reason;
    use super::{extension, number, write};

    #[test]
    fn extensions_are_patterns() {
        for (text, pattern) in [
            ("_0ZX.", r"^0[1-9]\d.+$"),
            ("_9NXX-XXXX", r"^9[2-9]\d{6}$"),
            ("_+[14-6]X!", r"^\+[14-6]\d.*$"),
            ("112", "^112$"),
            ("_[1237-9]", "^[1-37-9]$"),
            ("_*21#", r"^\*21#$"),
        ] {
            assert_eq!(extension(text).unwrap().pattern(&[]), pattern, "{text}");
        }
        for text in [
            "", "_", "s", "_[", "_[]", "_[1-]", "_X.5", "_X!!", "01é", "_\u{7f}",
        ] {
            assert_eq!(extension(text).err(), Some(Reason::Extension), "{text}");
        }
        for text in ["_0ZX.", "_[3-5]N!", "112", "_+[14-6]X"] {
            assert_eq!(write(&extension(text).unwrap()).as_deref(), Some(text));
        }
    }

    /// The order that Asterisk's documentation gives for 6421.
    #[test]
    fn the_most_specific_pattern_comes_first() {
        let mut patterns = [
            "_6XX1", "_64XX", "_640X", "_6.", "_64NX", "_6[45]NX", "_6[34]NX",
        ];
        patterns.sort_by(|one, other| {
            extension(one)
                .unwrap()
                .specificity(&extension(other).unwrap())
        });
        assert_eq!(
            patterns,
            [
                "_640X", "_64NX", "_64XX", "_6[34]NX", "_6[45]NX", "_6XX1", "_6."
            ]
        );
        let mut patterns = ["_6!", "_6.", "_6X", "_[a-j]", "_X"];
        patterns.sort_by(|one, other| {
            extension(one)
                .unwrap()
                .specificity(&extension(other).unwrap())
        });
        assert_eq!(patterns, ["_6X", "_6.", "_6!", "_X", "_[a-j]"]);
    }

    #[test]
    fn parts_of_numbers_have_fixed_places() {
        let spans = |text: &str, name: &str| {
            let parts = number(text, &extension(name).unwrap())?;
            Ok(parts
                .iter()
                .filter_map(|part| match part {
                    super::Part::Extension(span) => Some((span.begin, span.end)),
                    super::Part::Text(_) => None,
                })
                .collect::<Vec<_>>())
        };
        for (text, name, expected) in [
            ("+49${EXTEN:1}", "_0X.", &[(1, None)][..]),
            (
                "${EXTEN:1:2}0${EXTEN:3}",
                "_0XXXX",
                &[(1, Some(3)), (3, None)],
            ),
            ("${EXTEN:-2}", "_0XXXX", &[(3, None)]),
            ("${EXTEN:1:-1}", "_0XXXX", &[(1, Some(4))]),
            ("${EXTEN:2}", "_XX.", &[(2, None)]),
            ("${EXTEN:0:9}", "_XX", &[(0, None)]),
            ("112", "_0112", &[]),
        ] {
            assert_eq!(spans(text, name), Ok(expected.to_vec()), "{text} {name}");
        }
        for (text, name) in [
            ("${EXTEN:-2}", "_0X."),
            ("${EXTEN:3}", "_XX."),
            ("${EXTEN:1:2}", "_X."),
            ("${EXTEN:2}", "_XX"),
            ("${EXTEN:1:0}", "_XX"),
            ("${EXTEN:1}${EXTEN}", "_XX"),
            ("${CALLERID(num)}", "_XX"),
            ("$[1 + 1]", "_XX"),
            ("${EXTEN", "_XX"),
            ("${EXTEN:1:1:1}", "_XX"),
            ("${EXTEN:99999}", "_XX"),
            ("+49 89", "_XX"),
        ] {
            assert_eq!(spans(text, name), Err(Reason::Expression), "{text} {name}");
        }
    }
}
