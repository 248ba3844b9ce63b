//! What .NET and the other engines write differently, or mean differently where they write the same.

use alloc::string::String;
use core::iter::Peekable;
use core::str::Chars;

/// Subtractions within subtractions, at most.
const MAX_DEPTH: usize = 16;

/// A pattern of .NET as the other engines write it. A bracket within a class is itself, or the beginning of what is
/// subtracted; and a brace that begins no count is itself. `None` for a class that does not end.
pub(super) fn of_dotnet(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => escape(&mut rest, &mut out),
            '[' => class(&mut rest, &mut out, 0)?,
            '{' if !is_count(rest.clone()) => out.push_str(r"\{"),
            _ => out.push(letter),
        }
    }
    Some(out)
}

/// What follows a backslash, with the braces that belong to it.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('\\');
    let Some(letter) = rest.next() else { return };
    out.push(letter);
    if matches!(letter, 'p' | 'P' | 'k' | 'x' | 'u')
        && let Some(brace) = rest.next_if_eq(&'{')
    {
        out.push(brace);
    }
}

/// Whether a brace before this begins `{m}`, `{m,}` or `{m,n}`.
fn is_count(mut rest: Peekable<Chars<'_>>) -> bool {
    let mut digits = || {
        let mut count = 0;
        while rest.next_if(char::is_ascii_digit).is_some() {
            count += 1;
        }
        (count, rest.next())
    };
    match digits() {
        (1.., Some('}')) => true,
        (1.., Some(',')) => digits().1 == Some('}'),
        _ => false,
    }
}

/// The rest of a class behind its bracket.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    out.push('[');
    out.extend(rest.next_if_eq(&'^'));
    let mut is_first = true;
    loop {
        match rest.next()? {
            ']' if !is_first => break,
            '-' if !is_first && rest.next_if_eq(&'[').is_some() => {
                out.push_str("--");
                class(rest, out, depth + 1)?;
            }
            first => {
                member(first, rest, out);
                let mut ahead = rest.clone();
                if ahead.next() == Some('-') && !matches!(ahead.next(), Some('[' | ']') | None) {
                    rest.next();
                    out.push('-');
                    member(rest.next()?, rest, out);
                }
            }
        }
        is_first = false;
    }
    out.push(']');
    Some(())
}

/// A member of a class, or an end of a range.
fn member(letter: char, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    match letter {
        '\\' => escape(rest, out),
        '[' | ']' | '&' | '~' | '-' | '^' => out.extend(['\\', letter]),
        _ => out.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::of_dotnet;

    #[test]
    fn classes_and_braces_are_written_as_they_are_meant() {
        for (pattern, expected) in [
            (r"^\d[0-9-[5]]$", r"^\d[0-9--[5]]$"),
            (r"[\w-[a-z-[aeiou]]]", r"[\w--[a-z--[aeiou]]]"),
            ("[[:digit:]]", r"[\[:digit:]]"),
            ("[]a][^]]", r"[\]a][^\]]"),
            ("[a&&b~~c]", r"[a\&\&b\~\~c]"),
            ("[+--]", r"[+-\-]"),
            ("[--9]", r"[\--9]"),
            ("[-9][9-]", r"[\-9][9\-]"),
            (r"[\]\[-\^]", r"[\]\[-\^]"),
            (r"a{2}b{2,}c{2,3}", r"a{2}b{2,}c{2,3}"),
            (r"a{,3}{x}{2{", r"a\{,3}\{x}\{2\{"),
            (r"\p{Nd}\{2}\[x", r"\p{Nd}\{2}\[x"),
            (r"\", r"\"),
        ] {
            assert_eq!(of_dotnet(pattern).as_deref(), Some(expected), "{pattern}");
        }
        for pattern in ["[", "[]", "[a-", "[a-[b]", r"[\"] {
            assert_eq!(of_dotnet(pattern), None, "{pattern}");
        }
        assert_eq!(of_dotnet(&"[a-".repeat(300)), None);
    }
}
