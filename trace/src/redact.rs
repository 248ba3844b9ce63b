//! Messages without their secrets.

use alloc::string::String;

use trunkline_sip_core::HeaderName;

use crate::plain::{REDACTED, push_line};

#[cfg(test)]
mod tests;

/// A message as text that may be logged: one line per line of the message, each ended by `\n`.
///
/// Gone, and replaced by [`REDACTED`], are
///
/// * `Authorization`, `Proxy-Authorization` and `Authentication-Info`,
/// * of a challenge (`WWW-Authenticate`, `Proxy-Authenticate`) everything but the scheme, realm,
///   domain, algorithm, `qop` and `stale`,
/// * passwords in URIs, and credentials in the header part of a URI,
/// * in SDP: `k=`, the values of `a=crypto`, `a=cryptoscale`, `a=key-mgmt`, `a=ice-pwd` and `a=alt`, and the
///   passwords in candidates of draft-ietf-mmusic-ice-06,
/// * digits: the `Signal` of a body, and every body that is no SDP, `message/sipfrag` or plain multipart,
///   bodies of INFO and of MESSAGE included.
///
/// The message need not be sound: lines are judged one by one, and what is neither text nor
/// printable becomes U+FFFD. What this function does not know as a secret it shows.
///
/// ```
/// let message = b"REGISTER sip:example.com SIP/2.0\r\n\
///     From: <sip:alice:secret@example.com>;tag=1\r\n\
///     Authorization: Digest username=\"alice\", response=\"6629fae49393a05397450978507c4ef1\"\r\n\r\n";
/// assert_eq!(
///     trunkline_trace::redact(message),
///     "REGISTER sip:example.com SIP/2.0\n\
///      From: <sip:alice:<redacted>@example.com>;tag=1\n\
///      Authorization: <redacted>\n\n"
/// );
/// ```
#[must_use]
pub fn redact(message: &[u8]) -> String {
    let mut out = String::with_capacity(message.len());
    let mut part = Part::Head;
    let mut body = Body::default();
    let mut secret_field = false;
    let mut lines = lines(message);
    while let Some(line) = lines.next() {
        if part == Part::Head && line.is_empty() {
            out.push('\n');
            if body.conceals && lines.clone().any(|line| !line.is_empty()) {
                out.push_str(REDACTED);
                out.push('\n');
                return out;
            }
            part = Part::Body;
            continue;
        }
        if part == Part::Head {
            body.learn(line);
        }
        // A folded line belongs to the field above it (RFC 3261 section 7.3.1).
        if matches!(line.first(), Some(b' ' | b'\t')) && secret_field {
            continue;
        }
        secret_field = push_redacted(&mut out, line);
        out.push('\n');
    }
    out
}

#[derive(PartialEq, Eq)]
enum Part {
    Head,
    Body,
}

/// What the head says about the body.
#[derive(Default)]
struct Body {
    conceals: bool,
}

impl Body {
    fn learn(&mut self, line: &[u8]) {
        if line.starts_with(b"INFO ") || line.starts_with(b"MESSAGE ") {
            self.conceals = true;
        }
        let Some((name, value)) = field(line) else {
            return;
        };
        match name {
            // Compressed text cannot be judged by its lines.
            HeaderName::ContentEncoding => self.conceals = true,
            HeaderName::CSeq => {
                self.conceals |= contains(value, b"INFO") || contains(value, b"MESSAGE");
            }
            HeaderName::ContentType => {
                let value = value.trim_ascii();
                let shown = [
                    &b"application/sdp"[..],
                    b"message/sipfrag",
                    b"multipart/mixed",
                    b"multipart/alternative",
                ]
                .iter()
                .any(|known| {
                    value
                        .get(..known.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(known))
                });
                self.conceals |= !shown;
            }
            _ => {}
        }
    }
}

/// The lines of a message, whatever ends them.
fn lines(message: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let mut rest = message;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&byte| matches!(byte, b'\r' | b'\n'));
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = match after {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => after,
        };
        Some(line)
    })
}

/// Name and value of a header field.
fn field(line: &[u8]) -> Option<(HeaderName<'_>, &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = line.split_at(colon);
    let name = core::str::from_utf8(name.trim_ascii()).ok()?;
    Some((HeaderName::new(name), value.get(1..).unwrap_or_default()))
}

/// Appends the line without its secrets. True when all of its value is one.
fn push_redacted(out: &mut String, line: &[u8]) -> bool {
    let show = |out: &mut String, bytes: &[u8]| push_line(out, bytes, usize::MAX);
    if let Some(kept) = sdp_secret(line) {
        show(out, line.get(..kept).unwrap_or_default());
        out.push_str(REDACTED);
        return false;
    }
    if let Some((name, value)) = field(line) {
        let head = line.len() - value.len();
        let head = line.get(..head).unwrap_or_default();
        if is_credential(name) {
            show(out, head);
            out.push(' ');
            out.push_str(REDACTED);
            return true;
        }
        if matches!(
            name,
            HeaderName::WwwAuthenticate | HeaderName::ProxyAuthenticate
        ) {
            show(out, head);
            push_challenge(out, value);
            // A folded challenge shows its first line alone.
            return true;
        }
    }
    if let Some((before, after)) = old_candidate(line) {
        show(out, before);
        out.push_str(REDACTED);
        show(out, after);
        return false;
    }
    if let Some(signal) = find(line, b"signal")
        && let Some(equals) = line.iter().position(|&byte| byte == b'=')
        && line.iter().take(signal).all(u8::is_ascii_whitespace)
    {
        show(out, line.get(..=equals).unwrap_or_default());
        out.push_str(REDACTED);
        return false;
    }
    push_uris(out, line);
    false
}

fn is_credential(name: HeaderName<'_>) -> bool {
    matches!(
        name,
        HeaderName::Authorization | HeaderName::ProxyAuthorization | HeaderName::AuthenticationInfo
    ) || name
        .as_str()
        .eq_ignore_ascii_case("Proxy-Authentication-Info")
}

/// Of a challenge only what tells who asks for which kind of answer.
fn push_challenge(out: &mut String, value: &[u8]) {
    const SHOWN: [&[u8]; 6] = [
        b"realm",
        b"domain",
        b"algorithm",
        b"qop",
        b"stale",
        b"version",
    ];
    let value = value.trim_ascii_start();
    let scheme = value.iter().position(u8::is_ascii_whitespace);
    let (scheme, mut rest) = value.split_at(scheme.unwrap_or(value.len()));
    // Without a space behind it the first word may be anything.
    if rest.is_empty() || !scheme.iter().all(u8::is_ascii_alphanumeric) {
        out.push(' ');
        out.push_str(REDACTED);
        return;
    }
    out.push(' ');
    push_line(out, scheme, usize::MAX);
    let mut separator = " ";
    while !rest.is_empty() {
        let mut quoted = false;
        let end = rest.iter().position(|&byte| {
            quoted ^= byte == b'"';
            byte == b',' && !quoted
        });
        let (param, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        out.push_str(separator);
        separator = ", ";
        let equals = param.iter().position(|&byte| byte == b'=');
        let (name, _) = param.split_at(equals.unwrap_or(0));
        let name = name.trim_ascii();
        if SHOWN.iter().any(|shown| name.eq_ignore_ascii_case(shown)) {
            push_line(out, param.trim_ascii(), usize::MAX);
        } else {
            // What has no name, as the only word of an NTLM challenge, is a secret altogether.
            if !name.is_empty() {
                push_line(out, name, usize::MAX);
                out.push('=');
            }
            out.push_str(REDACTED);
        }
    }
}

/// How much of an SDP line may be shown, if it holds a key or password.
fn sdp_secret(line: &[u8]) -> Option<usize> {
    let indent = line.len() - line.trim_ascii_start().len();
    let text = line.get(indent..).unwrap_or_default();
    if starts_with(text, b"k=") {
        return Some(indent + 2);
    }
    [
        &b"a=crypto:"[..],
        b"a=cryptoscale:",
        b"a=key-mgmt:",
        b"a=ice-pwd:",
        b"a=alt:",
    ]
    .iter()
    .find(|secret| starts_with(text, secret))
    .map(|secret| indent + secret.len())
}

/// A candidate whose third word is a password (draft-ietf-mmusic-ice-06 section 7.1), as what stands
/// before and behind it.
fn old_candidate(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = line.trim_ascii_start();
    if !starts_with(text, b"a=candidate:") && !starts_with(text, b"a=remote-candidate:") {
        return None;
    }
    if starts_with(text, b"a=remote-candidate:") {
        let colon = line.iter().position(|&byte| byte == b':')?;
        return Some((line.get(..=colon)?, b""));
    }
    let spaces = || (0..line.len()).filter(|&at| line.get(at) == Some(&b' '));
    let start = spaces().nth(1)? + 1;
    let end = spaces().nth(2).unwrap_or(line.len());
    let word = line.get(start..end)?;
    // In RFC 8839 the third word is the transport, and a number follows it.
    let next = line.get(end..)?.trim_ascii_start();
    let transport = word.len() <= 8 && next.first().is_some_and(u8::is_ascii_digit);
    (!transport).then(|| {
        (
            line.get(..start).unwrap_or_default(),
            line.get(end..).unwrap_or_default(),
        )
    })
}

/// Appends a line, without the passwords of the URIs in it.
pub(crate) fn push_uris(out: &mut String, line: &[u8]) {
    // `sip:` and `sips:`, what has an authority (`https://`), and credentials in the headers of a URI.
    const SECRETS_BEHIND: [&[u8]; 4] = [b"sip:", b"sips:", b"://", b"authorization="];
    let ends_uri = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"');
    let part = |start: usize, end: usize| line.get(start..end).unwrap_or_default();
    let (mut shown, mut at, mut run_end) = (0, 0, 0);
    // There is no `@` before this position.
    let mut plain_until = 0;
    while at < line.len() {
        let rest = part(at, line.len());
        let Some(scheme) = SECRETS_BEHIND.iter().find(|s| starts_with(rest, s)) else {
            at += 1;
            continue;
        };
        let start = at + scheme.len();
        at = start;
        if start >= run_end {
            let rest = part(start, line.len());
            run_end = start + rest.iter().position(ends_uri).unwrap_or(rest.len());
        }
        let run = part(start, run_end);
        let secret = if scheme.ends_with(b"=") {
            let len = run.iter().position(|&byte| byte == b'&');
            Some((start, start + len.unwrap_or(run.len())))
        } else if start < plain_until {
            None
        } else if let Some(sign) = run.iter().position(|&byte| byte == b'@') {
            at = start + sign;
            let colon = run.iter().take(sign).position(|&byte| byte == b':');
            // A second `@` is no URI any more; what stands before it may still be a password.
            colon.map(|colon| {
                let last = run.iter().rposition(|&byte| byte == b'@');
                (start + colon + 1, start + last.unwrap_or(sign))
            })
        } else {
            plain_until = run_end;
            None
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

fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(start))
}

/// Where `needle` stands in `text`, in any case.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    find(text, needle).is_some()
}
