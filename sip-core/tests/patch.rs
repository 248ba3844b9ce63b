//! A patch yields the octets that taking the message apart, editing the parts and writing them again yields.
//!
//! The model here knows nothing of the crate but names: lines, colons, commas.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use trunkline_sip_core::{HeaderName, HeaderSpan, Message, Patch};

/// A change to a message.
#[derive(Clone, Debug)]
enum Step {
    Prepend(&'static str, &'static str),
    Append(&'static str, &'static str),
    Set(&'static str, &'static str),
    Remove(&'static str),
    Pop(&'static str),
}

impl Step {
    const fn name(&self) -> &'static str {
        match self {
            Self::Prepend(name, _) | Self::Append(name, _) | Self::Set(name, _) => name,
            Self::Remove(name) | Self::Pop(name) => name,
        }
    }
}

const SPACE: &[u8] = b" \t\r\n";

/// A header field as it stands in the message: all octets up to the next one.
struct Field(Vec<u8>);

impl Field {
    fn new(name: &str, value: &str) -> Self {
        Self(format!("{name}: {value}\r\n").into_bytes())
    }

    fn colon(&self) -> usize {
        self.0
            .iter()
            .position(|&byte| byte == b':')
            .expect("a colon")
    }

    fn is(&self, name: &str) -> bool {
        let spelled = String::from_utf8_lossy(&self.0[..self.colon()]).into_owned();
        HeaderName::new(spelled.trim()) == HeaderName::new(name)
    }

    /// Where the value starts and ends.
    fn value(&self) -> (usize, usize) {
        let start = self.colon() + 1;
        let solid = |byte: &u8| !SPACE.contains(byte);
        match (
            self.0[start..].iter().position(solid),
            self.0.iter().rposition(solid),
        ) {
            (Some(first), Some(last)) => (start + first, last + 1),
            _ => (start, start),
        }
    }

    /// Where the values of a list start: the first, and behind each comma outside of quotes and brackets.
    fn list(&self) -> Vec<usize> {
        let (start, end) = self.value();
        if start == end {
            return Vec::new();
        }
        let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
        let mut starts = vec![start];
        for at in start..end {
            let was_escaped = core::mem::take(&mut escaped);
            match self.0[at] {
                _ if was_escaped => {}
                b'\\' if quoted => escaped = true,
                b'"' if !bracketed => quoted = !quoted,
                b'<' if !quoted => bracketed = true,
                b'>' if !quoted => bracketed = false,
                b',' if !quoted && !bracketed => {
                    let rest = &self.0[at + 1..end];
                    let space = rest.iter().take_while(|byte| SPACE.contains(byte)).count();
                    starts.push(at + 1 + space);
                }
                _ => {}
            }
        }
        starts
    }

    fn set(&mut self, value: &str) {
        let (start, end) = self.value();
        if start == end {
            // Behind the white space that is there, or one space.
            let line_end = self.0.len() - 2;
            let space = if line_end == start { " " } else { "" };
            self.0
                .splice(line_end..line_end, format!("{space}{value}").bytes());
        } else {
            self.0.splice(start..end, value.bytes());
        }
    }
}

/// Takes a message apart, makes the changes and writes it again. `None` where there is too little to pop.
fn edited(bytes: &[u8], uri: Option<&str>, steps: &[Step], body: Option<&[u8]>) -> Option<Vec<u8>> {
    let head = bytes
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .expect("a head")
        + 2;
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for line in bytes[..head].split_inclusive(|&byte| byte == b'\n') {
        match fields.last_mut() {
            Some(last) if matches!(line[0], b' ' | b'\t') => last.extend_from_slice(line),
            _ => fields.push(line.to_vec()),
        }
    }
    let mut start = fields.remove(0);
    if let Some(uri) = uri {
        let line = String::from_utf8(start).expect("ASCII");
        let old = line.split(' ').nth(1).expect("a Request-URI");
        start = line.replacen(old, uri, 1).into_bytes();
    }
    let mut fields: Vec<Field> = fields.into_iter().map(Field).collect();
    let had = |fields: &[Field], name: &str| fields.iter().any(|field| field.is(name));
    let original: Vec<bool> = steps.iter().map(|step| had(&fields, step.name())).collect();

    // What is there is changed.
    let length = body.map(|body| body.len().to_string());
    let length_was_there = had(&fields, "Content-Length");
    let sets = steps.iter().filter_map(|step| match step {
        Step::Set(name, value) => Some((*name, *value)),
        _ => None,
    });
    for (name, value) in sets.chain(length.as_deref().map(|length| ("Content-Length", length))) {
        let mut is_first = true;
        fields.retain_mut(|field| {
            if !field.is(name) {
                return true;
            }
            if is_first {
                field.set(value);
            }
            core::mem::take(&mut is_first)
        });
    }
    // New ones come before the first of their name as it was, so this is before any is popped.
    let mut placed: Vec<(bool, Field)> = fields.into_iter().map(|field| (false, field)).collect();
    for step in steps {
        if let Step::Prepend(name, value) = step {
            let at = placed
                .iter()
                .position(|(new, field)| !new && field.is(name));
            // The last one given comes first.
            let mut at = at.unwrap_or(0);
            while at > 0 && placed[at - 1].0 && placed[at - 1].1.is(name) {
                at -= 1;
            }
            placed.insert(at, (true, Field::new(name, value)));
        }
    }
    for step in steps {
        if let Step::Remove(name) = step {
            placed.retain(|(new, field)| *new || !field.is(name));
        }
    }
    // As many values as are to be popped, over fields and commas alike.
    let mut pops: Vec<(&str, usize)> = Vec::new();
    for step in steps {
        if let Step::Pop(name) = step {
            match pops.iter_mut().find(|(other, _)| other == name) {
                Some((_, count)) => *count += 1,
                None => pops.push((name, 1)),
            }
        }
    }
    for (name, mut count) in pops {
        placed.retain_mut(|(new, field)| {
            let starts = field.list();
            if *new || !field.is(name) || starts.is_empty() || count == 0 {
                return true;
            }
            match starts.get(count) {
                Some(&start) => drop(field.0.drain(starts[0]..start)),
                None => {
                    count -= starts.len();
                    return false;
                }
            }
            count = 0;
            true
        });
        if count > 0 {
            return None;
        }
    }
    for (step, was_there) in steps.iter().zip(original) {
        match step {
            Step::Append(name, value) => placed.push((true, Field::new(name, value))),
            Step::Set(name, value) if !was_there => placed.push((true, Field::new(name, value))),
            _ => {}
        }
    }
    if let Some(length) = length.filter(|_| !length_was_there) {
        placed.push((true, Field::new("Content-Length", &length)));
    }
    let mut whole = start;
    for (_, field) in placed {
        whole.extend_from_slice(&field.0);
    }
    whole.extend_from_slice(b"\r\n");
    whole.extend_from_slice(body.unwrap_or_else(|| &bytes[head + 2..]));
    Some(whole)
}

/// The same by a patch.
fn patched(
    bytes: &[u8],
    uri: Option<&str>,
    steps: &[Step],
    body: Option<&[u8]>,
) -> Option<Vec<u8>> {
    let mut index = vec![HeaderSpan::default(); 256];
    let message = Message::parse(bytes, &mut index).expect("a message");
    assert_eq!(message.as_bytes(), bytes);
    let values: Vec<&str> = steps
        .iter()
        .map(|step| match step {
            Step::Prepend(_, value) | Step::Append(_, value) | Step::Set(_, value) => value,
            _ => "",
        })
        .collect();
    let mut patch = Patch::new(message);
    for (step, value) in steps.iter().zip(&values) {
        match step {
            Step::Prepend(name, _) => patch.prepend(*name, value),
            Step::Append(name, _) => patch.append(*name, value),
            Step::Set(name, _) => patch.set(*name, value),
            Step::Remove(name) => patch.remove(*name),
            Step::Pop(name) => patch.pop(*name),
        };
    }
    if let Some(uri) = uri {
        patch.set_request_uri(uri);
    }
    if let Some(body) = body {
        patch.set_body(body);
    }
    let mut buffer = vec![0; 2 * bytes.len() + 4096];
    match patch.write(&mut buffer) {
        Ok(len) => {
            let mut exact = vec![0; len];
            assert_eq!(patch.write(&mut exact), Ok(len));
            buffer.truncate(len);
            assert_eq!(buffer, exact);
            Some(buffer)
        }
        Err(trunkline_sip_core::WriteError::NothingToPop) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Leaves out changes that exclude one another.
fn compatible(steps: Vec<Step>) -> Vec<Step> {
    let mut chosen: Vec<Step> = Vec::new();
    for step in steps {
        let adds = |step: &Step| matches!(step, Step::Prepend(..) | Step::Append(..));
        let pops = |step: &Step| matches!(step, Step::Pop(_));
        let excluded = chosen.iter().any(|other| {
            let same = HeaderName::new(other.name()) == HeaderName::new(step.name());
            same && !adds(other) && !adds(&step) && (!pops(other) || !pops(&step))
        });
        if !excluded {
            chosen.push(step);
        }
    }
    chosen
}

fn corpora() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut messages = Vec::new();
    for folder in ["rfc4475", "rfc5118", "messages", "captured"] {
        for entry in fs::read_dir(root.join(folder)).expect("vectors") {
            let path = entry.expect("an entry").path();
            if path
                .extension()
                .is_none_or(|kind| kind != "sip" && kind != "dat")
            {
                continue;
            }
            let bytes = fs::read(path).expect("a vector");
            let mut index = vec![HeaderSpan::default(); 256];
            if let Ok(message) = Message::parse(&bytes, &mut index) {
                messages.push(message.as_bytes().to_vec());
            }
        }
    }
    messages
}

/// Fields in all shapes: folded, compact, without space, empty, lists with commas in quotes and brackets.
fn generated() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(
        &[
            "Via",
            "v",
            "VIA",
            "Route",
            "Record-Route",
            "Subject",
            "s",
            "X-A",
            "x-a",
            "X-B",
            "Max-Forwards",
            "Contact",
            "m",
        ][..],
    );
    let colon = prop::sample::select(&[":", ": ", " : ", ":\r\n ", ":\t"][..]);
    let value = prop::sample::select(
        &[
            "",
            "a",
            "1",
            "a,b",
            "a , b",
            "a,\r\n b,c",
            "\"x,\\\"y\" <sip:a,b@h>;z, <sip:c>",
            "a, ",
            ",a",
            "<sip:r;lr>",
        ][..],
    );
    let end = prop::sample::select(&["\r\n", " \r\n", "\r\n \r\n", "\t\r\n"][..]);
    let field = (name, colon, value, end)
        .prop_map(|(name, colon, value, end)| format!("{name}{colon}{value}{end}"));
    let body = prop::option::of("[a-z]{0,9}");
    (prop::collection::vec(field, 0..10), body).prop_map(|(fields, body)| {
        let length = body
            .as_ref()
            .map_or(String::new(), |body| format!("l:{}\r\n", body.len()));
        let body = body.unwrap_or_default();
        format!(
            "BYE sip:b@h SIP/2.0\r\n{}{length}\r\n{body}",
            fields.concat()
        )
        .into_bytes()
    })
}

fn step() -> impl Strategy<Value = Step> {
    let names = &[
        "Via",
        "Route",
        "Record-Route",
        "Subject",
        "X-A",
        "X-B",
        "Max-Forwards",
        "Contact",
        "Call-ID",
        "X-New",
    ][..];
    let name = || prop::sample::select(names);
    let value = || {
        prop::sample::select(
            &[
                "",
                "69",
                "SIP/2.0/UDP h;branch=z9hG4bK1",
                "<sip:p;lr>",
                "a\r\n b",
            ][..],
        )
    };
    prop_oneof![
        (name(), value()).prop_map(|(name, value)| Step::Prepend(name, value)),
        (name(), value()).prop_map(|(name, value)| Step::Append(name, value)),
        (name(), value()).prop_map(|(name, value)| Step::Set(name, value)),
        name().prop_map(Step::Remove),
        name().prop_map(Step::Pop),
        name().prop_map(Step::Pop),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_patch_is_parse_edit_write(
        bytes in prop_oneof![prop::sample::select(corpora()), generated()],
        steps in prop::collection::vec(step(), 0..8),
        uri in prop::option::of(Just("sip:new@192.0.2.9;transport=tcp")),
        body in prop::option::of(prop::sample::select(vec![&b""[..], b"new body", b"\r\n\r\n"])),
    ) {
        let steps = compatible(steps);
        // A request line with surplus spaces is for the parser to take apart.
        let plain = bytes.split(|&byte| byte == b'\r').next().is_some_and(|line| {
            line.split(|&byte| byte == b' ').count() == 3 && line.ends_with(b"SIP/2.0")
        });
        let uri = uri.filter(|_| plain);
        let model = edited(&bytes, uri, &steps, body);
        let patch = patched(&bytes, uri, &steps, body);
        let shown = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| bytes.escape_ascii().to_string());
        prop_assert_eq!(shown(&patch), shown(&model), "{:?}", steps);
    }
}
