//! Messages without their secrets.

use alloc::string::String;

use trunkline_sip_core::HeaderName;

use crate::plain::{REDACTED, push_line};

mod uris;

#[cfg(test)]
mod tests;

pub(crate) use uris::push_uris;

/// A message as text that may be logged: one line per line of the message, each ended by `\n`.
///
/// Gone, and replaced by [`REDACTED`], are
///
/// * `Authorization`, `Proxy-Authorization` and `Authentication-Info`,
/// * of a challenge (`WWW-Authenticate`, `Proxy-Authenticate`) everything but the scheme, realm,
///   domain, algorithm, `qop` and `stale`,
/// * passwords in URIs; of the header part of a URI credentials, challenges, the body, and what has an escaped
///   name; the resource of a push service (`pn-prid`, RFC 8599),
/// * in SDP: `k=`, the values of `a=crypto`, `a=cryptoscale`, `a=key-mgmt`, `a=ice-pwd`, `a=alt` and `a=acap`, and
///   the passwords in candidates of draft-ietf-mmusic-ice-06,
/// * digits: every body, or part of a multipart body, that is no SDP and no `message/sipfrag`; a body whose
///   type is not told or that is encoded; and all bodies of INFO and of MESSAGE.
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
    let mut head = Head::default();
    // Of the outer multipart body, until that ends.
    let mut boundary = None;
    let mut secret_field = false;
    for (line, goes_on) in lines(message) {
        if let Some(delimiter) = boundary.and_then(|boundary| Delimiter::of(line, boundary)) {
            push_line(&mut out, line, usize::MAX);
            out.push('\n');
            (part, head, secret_field) = (Part::Head, Head::default(), false);
            if delimiter == Delimiter::Last {
                (part, boundary) = (Part::Hidden, None);
            }
            continue;
        }
        match part {
            Part::Head if line.is_empty() => {
                out.push('\n');
                secret_field = false;
                part = match (core::mem::take(&mut head).body(), boundary) {
                    (Some(Body::Session), _) => Part::Session,
                    (Some(Body::Fragment), _) => Part::Head,
                    (Some(Body::Multipart(Some(delimiter))), None) => {
                        boundary = Some(delimiter);
                        Part::Hidden
                    }
                    _ => Part::Hidden,
                };
            }
            Part::Hidden if line.is_empty() => {}
            Part::Hidden => {
                out.push_str(REDACTED);
                out.push('\n');
                part = Part::Silent;
            }
            Part::Silent if boundary.is_none() => break,
            Part::Silent => {}
            Part::Head | Part::Session => {
                // A folded line belongs to the field above it (RFC 3261 section 7.3.1).
                let folded = goes_on || matches!(line.first(), Some(b' ' | b'\t'));
                if part == Part::Head {
                    head.learn(line, folded);
                }
                if folded && secret_field {
                    continue;
                }
                secret_field = push_redacted(&mut out, line);
                out.push('\n');
            }
        }
    }
    out
}

/// What the lines at hand are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The head of the message, of a part of its body, or of a message in it.
    Head,
    /// A session description.
    Session,
    /// What may be all secret, or nothing yet of it.
    Hidden,
    /// The same after it was told.
    Silent,
}

/// A body that may be shown.
#[derive(Clone, Copy)]
enum Body<'a> {
    Session,
    Fragment,
    /// With its boundary, if that is known.
    Multipart(Option<&'a [u8]>),
}

/// What a head says about the body.
#[derive(Default)]
struct Head<'a> {
    hides: bool,
    has_type: bool,
    /// Whether the last field was Content-Type.
    in_type: bool,
    body: Option<Body<'a>>,
}

impl<'a> Head<'a> {
    fn learn(&mut self, line: &'a [u8], folded: bool) {
        if folded {
            if let (true, Some(Body::Multipart(boundary @ None))) = (self.in_type, &mut self.body) {
                *boundary = boundary_of(line);
            }
            return;
        }
        self.in_type = false;
        if line.starts_with(b"INFO ") || line.starts_with(b"MESSAGE ") {
            self.hides = true;
        }
        let Some((name, value)) = field(line) else {
            return;
        };
        match name {
            // Compressed text cannot be judged by its lines.
            HeaderName::ContentEncoding => self.hides = true,
            HeaderName::CSeq => {
                self.hides |= contains(value, b"INFO") || contains(value, b"MESSAGE");
            }
            HeaderName::ContentType => {
                self.hides |= self.has_type;
                (self.has_type, self.in_type) = (true, true);
                self.body = body_of(value.trim_ascii());
            }
            // The same for what RFC 2045 section 6 disguises.
            name if name
                .as_str()
                .eq_ignore_ascii_case("Content-Transfer-Encoding") =>
            {
                let plain = [&b"7bit"[..], b"8bit", b"binary"];
                let value = value.trim_ascii();
                self.hides |= !plain.iter().any(|plain| value.eq_ignore_ascii_case(plain));
            }
            _ => {}
        }
    }

    fn body(self) -> Option<Body<'a>> {
        self.body.filter(|_| !self.hides)
    }
}

/// What a Content-Type lets expect; `None` when it may hold anything.
fn body_of(value: &[u8]) -> Option<Body<'_>> {
    let ends = |byte: &u8| *byte == b';' || byte.is_ascii_whitespace();
    let end = value.iter().position(ends).unwrap_or(value.len());
    let kind = value.get(..end)?;
    if kind.eq_ignore_ascii_case(b"application/sdp") {
        Some(Body::Session)
    } else if kind.eq_ignore_ascii_case(b"message/sipfrag") {
        Some(Body::Fragment)
    } else if starts_with(kind, b"multipart/") {
        Some(Body::Multipart(boundary_of(value)))
    } else {
        None
    }
}

/// The boundary parameter (RFC 2046 section 5.1.1).
fn boundary_of(value: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"boundary=";
    let rest = value.get(find(value, NAME)? + NAME.len()..)?;
    let boundary = match rest {
        [b'"', quoted @ ..] => quoted.split(|&byte| byte == b'"').next(),
        token => token
            .split(|&byte| byte == b';' || byte.is_ascii_whitespace())
            .next(),
    };
    boundary.filter(|boundary| !boundary.is_empty())
}

/// A line between the parts of a multipart body.
#[derive(PartialEq, Eq)]
enum Delimiter {
    Next,
    Last,
}

impl Delimiter {
    fn of(line: &[u8], boundary: &[u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
        match rest.trim_ascii_end() {
            b"" => Some(Self::Next),
            b"--" => Some(Self::Last),
            _ => None,
        }
    }
}

/// The lines of a message, whatever ends them, and whether only a carriage return stands before one:
/// for some readers that is no end of a line.
fn lines(message: &[u8]) -> impl Iterator<Item = (&[u8], bool)> {
    let mut rest = message;
    let mut goes_on = false;
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&byte| matches!(byte, b'\r' | b'\n'));
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        let goes_on_here = goes_on;
        (rest, goes_on) = match after {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => (after, false),
            [_, after @ ..] => (after, true),
            [] => (after, false),
        };
        Some((line, goes_on_here))
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
    } else if let Ok(name) = core::str::from_utf8(line.trim_ascii())
        && is_credential(HeaderName::new(name))
    {
        // The colon may follow in a folded line.
        show(out, line);
        return true;
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
    /// Their values are secrets. What bears none of these names may be one altogether, as the only word
    /// of an NTLM challenge is.
    const HIDDEN: [&[u8]; 4] = [b"nonce", b"opaque", b"gssapi-data", b"targetname"];
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
        let param = param.trim_ascii();
        let equals = param.iter().position(|&byte| byte == b'=');
        let (name, value) = param.split_at(equals.unwrap_or(0));
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let named = |names: &[&[u8]]| {
            let name = name.trim_ascii();
            names.iter().any(|known| name.eq_ignore_ascii_case(known))
        };
        if named(&SHOWN) && is_one_value(value) {
            push_uris(out, param);
            continue;
        }
        if named(&SHOWN) || named(&HIDDEN) {
            push_line(out, name.trim_ascii(), usize::MAX);
            out.push('=');
        }
        out.push_str(REDACTED);
    }
}

/// A token, or one quoted string of which nobody can dispute the end. Whatever else follows may be
/// another parameter.
fn is_one_value(value: &[u8]) -> bool {
    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\');
    match value {
        [b'"', inner @ .., b'"'] => inner.iter().all(plain),
        token => token
            .iter()
            .all(|byte| plain(byte) && !byte.is_ascii_whitespace() && *byte != b'='),
    }
}

/// How much of an SDP line may be shown, if it holds a key or password.
fn sdp_secret(line: &[u8]) -> Option<usize> {
    let indent = line.len() - line.trim_ascii_start().len();
    let text = line.get(indent..).unwrap_or_default();
    if starts_with(text, b"k=") {
        return Some(indent + 2);
    }
    // `acap` offers any other attribute as a capability (RFC 5939 section 3.4.1).
    const SECRET: [&[u8]; 6] = [
        b"crypto",
        b"cryptoscale",
        b"key-mgmt",
        b"ice-pwd",
        b"alt",
        b"acap",
    ];
    if !starts_with(text, b"a=") {
        return None;
    }
    let attribute = text.get(2..).unwrap_or_default();
    let end = attribute.iter().position(|&byte| byte == b':')?;
    let name = attribute.get(..end).unwrap_or_default().trim_ascii();
    let secret = SECRET
        .iter()
        .any(|secret| name.eq_ignore_ascii_case(secret));
    secret.then_some(indent + 2 + end + 1)
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
