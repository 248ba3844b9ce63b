//! Secrets of URIs, wherever in a line they stand.

use alloc::string::String;

use super::starts_with;
use crate::plain::{REDACTED, push_line};

/// What stands behind one of these words of a line may be a secret.
const MARKS: [(&[u8], Mark); 7] = [
    (b"sip:", Mark::Authority),
    (b"sips:", Mark::Authority),
    // `https://`
    (b"://", Mark::Authority),
    (b"authorization=", Mark::Header),
    (b"authentication-info=", Mark::Header),
    (b"authenticate=", Mark::Header),
    (b"pn-prid=", Mark::Parameter),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// User and password.
    Authority,
    /// A header field in a URI.
    Header,
    /// A parameter of a URI.
    Parameter,
}

/// The mark that stands at the beginning of the text, and how long it is.
fn mark(text: &[u8]) -> Option<(usize, Mark)> {
    if let [b'?' | b'&', rest @ ..] = text {
        let end = rest.iter().position(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'=' | b'?' | b'&' | b'<' | b'>')
        })?;
        // Who escapes a name has something to hide.
        let name = rest.get(..end)?;
        let hides = name.eq_ignore_ascii_case(b"body") || name.contains(&b'%');
        return (hides && rest.get(end) == Some(&b'=')).then_some((end + 2, Mark::Header));
    }
    let mut marks = MARKS.iter();
    let (word, mark) = marks.find(|(word, _)| starts_with(text, word))?;
    Some((word.len(), *mark))
}

/// Appends a line, without the passwords of the URIs in it.
pub(crate) fn push_uris(out: &mut String, line: &[u8]) {
    let part = |start: usize, end: usize| line.get(start..end).unwrap_or_default();
    let ends_uri = |at: usize| match line.get(at) {
        Some(b'<' | b'>' | b'"') | None => true,
        // In a list without brackets the next one begins here.
        Some(b',') => {
            let next = part(at + 1, line.len());
            starts_with(next, b"sip:") || starts_with(next, b"sips:")
        }
        Some(byte) => byte.is_ascii_whitespace(),
    };
    let (mut shown, mut at, mut run_end) = (0, 0, 0);
    // There is no `@` before this position.
    let mut plain_until = 0;
    while at < line.len() {
        let Some((len, mark)) = mark(part(at, line.len())) else {
            at += 1;
            continue;
        };
        let start = at + len;
        at = start;
        if start >= run_end {
            run_end = (start..).find(|&at| ends_uri(at)).unwrap_or(line.len());
        }
        let run = part(start, run_end);
        let until = |ends: &[u8]| {
            let len = run.iter().position(|byte| ends.contains(byte));
            Some((start, start + len.unwrap_or(run.len())))
        };
        let secret = match mark {
            Mark::Header => until(b"&"),
            Mark::Parameter => until(b";?,"),
            Mark::Authority if start < plain_until => None,
            Mark::Authority => match run.iter().position(|&byte| byte == b'@') {
                Some(sign) => {
                    let (secret, end) = password(run, sign);
                    at = start + end;
                    secret.map(|secret| (start + secret, start + end))
                }
                None => {
                    plain_until = run_end;
                    None
                }
            },
        };
        if let Some((secret, end)) = secret.filter(|(secret, end)| secret < end) {
            push_line(out, part(shown, secret), usize::MAX);
            out.push_str(REDACTED);
            shown = end;
            at = end;
        }
    }
    push_line(out, part(shown, line.len()), usize::MAX);
}

/// Where the password begins in what stands behind a scheme, if there is one, and where the user part
/// ends; the first `@` is at `sign`.
fn password(run: &[u8], sign: usize) -> (Option<usize>, usize) {
    let colon = |end| run.iter().take(end).position(|&byte| byte == b':');
    let last = |text: &[u8]| text.iter().rposition(|&byte| byte == b'@');
    // A second `@` is no URI any more; what stands before it may still be a password.
    if let Some(colon) = colon(sign) {
        return (Some(colon + 1), last(run).unwrap_or(sign));
    }
    // `a@b:password@c`, as people write whose user name is an address. Parameters may hold an `@`.
    let host = run.get(sign..).unwrap_or_default();
    let params = host.iter().position(|byte| matches!(byte, b';' | b'?'));
    let host = host.get(..params.unwrap_or(host.len())).unwrap_or_default();
    match last(host) {
        Some(further) if further > 0 => {
            (colon(sign + further).map(|colon| colon + 1), sign + further)
        }
        _ => (None, sign),
    }
}
