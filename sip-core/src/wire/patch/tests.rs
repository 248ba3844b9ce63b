use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::wire::error::HeaderError;
use crate::wire::scan::HeaderSpan;

const REQUEST: &str = "INVITE sip:b@h  SIP/2.0\r\n\
    X-Odd :   kept ;;,\r\n\
    v: SIP/2.0/UDP a;rport ;branch=z9hG4bK1;received=1.1.1.1;x , SIP/2.0/UDP b\r\n\
    Max-Forwards:5\r\n\
    Route: <sip:r1;lr>\r\n\
    ROUTE: <sip:r2;lr>, <sip:r3;lr>\r\n\
    Subject:\r\n\
    X-Odd: two\r\n  lines\r\n\
    l: 4\r\n\r\nbody";

fn patched(bytes: &str, edit: impl FnOnce(&mut Patch<'_>)) -> Result<String, WriteError> {
    let mut index = [HeaderSpan::default(); 32];
    let mut patch = Patch::new(Message::parse(bytes.as_bytes(), &mut index).unwrap());
    edit(&mut patch);
    let needed = match patch.write(&mut []) {
        Err(WriteError::TooSmall { needed }) => needed,
        Err(other) => return Err(other),
        Ok(len) => panic!("{len} octets in none"),
    };
    let mut buffer = std::vec![0; needed];
    assert_eq!(patch.write(&mut buffer), Ok(needed));
    Ok(String::from_utf8(buffer).unwrap())
}

#[test]
fn without_changes_every_octet_stays() {
    assert_eq!(patched(REQUEST, |_| {}).as_deref(), Ok(REQUEST));
}

#[test]
fn a_proxy_forwards_a_request() {
    let source = "192.0.2.7:40000".parse().unwrap();
    let written = patched(REQUEST, |patch| {
        patch
            .set_request_uri("sip:b@192.0.2.9")
            .stamp_via(source)
            .push_via(&"SIP/2.0/TCP p;branch=z9hG4bK2")
            .prepend(HeaderName::RecordRoute, &"<sip:p1;lr>")
            .prepend("record-route", &"<sip:p2;lr>")
            .pop("Route")
            .pop(HeaderName::Route)
            .set_number(HeaderName::MaxForwards, 4)
            .append("X-New", &7u32);
    });
    let expected = "INVITE sip:b@192.0.2.9  SIP/2.0\r\n\
        Record-Route: <sip:p2;lr>\r\n\
        Record-Route: <sip:p1;lr>\r\n\
        X-Odd :   kept ;;,\r\n\
        Via: SIP/2.0/TCP p;branch=z9hG4bK2\r\n\
        v: SIP/2.0/UDP a;rport=40000 ;branch=z9hG4bK1;received=192.0.2.7;x , SIP/2.0/UDP b\r\n\
        Max-Forwards:4\r\n\
        ROUTE: <sip:r3;lr>\r\n\
        Subject:\r\n\
        X-Odd: two\r\n  lines\r\n\
        l: 4\r\n\
        X-New: 7\r\n\r\nbody";
    assert_eq!(written.as_deref(), Ok(expected));
}

#[test]
fn the_first_via_there_is_gets_the_stamp() {
    let written = patched(
        "ACK sip:b SIP/2.0\r\nVia:\r\nVia: SIP/2.0/UDP a\r\n\r\n",
        |patch| {
            patch.stamp_via("192.0.2.7:40000".parse().unwrap());
        },
    );
    let expected = "ACK sip:b SIP/2.0\r\nVia:\r\nVia: SIP/2.0/UDP a;received=192.0.2.7\r\n\r\n";
    assert_eq!(written.as_deref(), Ok(expected));
}

#[test]
fn a_proxy_forwards_a_response() {
    let response = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP p\r\nVia: SIP/2.0/UDP a;rport=1\r\n\r\n";
    let expected = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;rport=1\r\n\r\n";
    assert_eq!(
        patched(response, |patch| _ = patch.pop_via()).as_deref(),
        Ok(expected)
    );
    let together = "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP p,\r\n SIP/2.0/UDP a\r\n\r\n";
    let expected = "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a\r\n\r\n";
    assert_eq!(
        patched(together, |patch| _ = patch.pop_via()).as_deref(),
        Ok(expected)
    );
    let all = patched(together, |patch| _ = patch.pop_via().pop_via());
    assert_eq!(all.as_deref(), Ok("SIP/2.0 200 OK\r\n\r\n"));
    let none = patched(together, |patch| _ = patch.pop_via().pop_via().pop_via());
    assert_eq!(none, Err(WriteError::NothingToPop));
    assert_eq!(
        patched(response, |patch| _ = patch.set_request_uri("sip:a")),
        Err(WriteError::StartLine)
    );
}

#[test]
fn headers_are_set_and_removed() {
    let written = patched(REQUEST, |patch| {
        patch
            .set("subject", &"new")
            .set("Route", &"<sip:only>")
            .remove("x-odd")
            .set("X-New", &"1")
            .remove("X-None");
    })
    .unwrap();
    let expected = "INVITE sip:b@h  SIP/2.0\r\n\
        v: SIP/2.0/UDP a;rport ;branch=z9hG4bK1;received=1.1.1.1;x , SIP/2.0/UDP b\r\n\
        Max-Forwards:5\r\n\
        Route: <sip:only>\r\n\
        Subject: new\r\n\
        l: 4\r\n\
        X-New: 1\r\n\r\nbody";
    assert_eq!(written, expected);
}

#[test]
fn the_body_brings_its_length() {
    let written = patched(REQUEST, |patch| _ = patch.set_body(b"longer body")).unwrap();
    assert!(
        written.ends_with("\r\nl: 11\r\n\r\nlonger body"),
        "{written}"
    );
    let bare = "BYE sip:h SIP/2.0\r\nX: y\r\n\r\n";
    let written = patched(bare, |patch| _ = patch.set_body(b"")).unwrap();
    assert_eq!(
        written,
        "BYE sip:h SIP/2.0\r\nX: y\r\nContent-Length: 0\r\n\r\n"
    );
    let twice = "BYE sip:h SIP/2.0\r\nl: 1\r\nX: y\r\nContent-Length: 1\r\n\r\nb";
    let written = patched(twice, |patch| _ = patch.set_body(b"")).unwrap();
    assert_eq!(written, "BYE sip:h SIP/2.0\r\nl: 0\r\nX: y\r\n\r\n");
    let no_head = "BYE sip:h SIP/2.0\r\n\r\n";
    let written = patched(no_head, |patch| {
        _ = patch.push_via(&"v").append("X-1", &"y")
    })
    .unwrap();
    assert_eq!(written, "BYE sip:h SIP/2.0\r\nVia: v\r\nX-1: y\r\n\r\n");
}

#[test]
fn impossible_changes_are_refused() {
    let refused = |edit: &dyn Fn(&mut Patch<'_>)| patched(REQUEST, edit).unwrap_err();
    assert_eq!(
        refused(&|patch| _ = patch.set("X-1", &"a\r\nb")),
        WriteError::HeaderValue { name: None }
    );
    assert_eq!(
        refused(&|patch| _ = patch.append("X y", &"a")),
        WriteError::HeaderName
    );
    assert_eq!(
        refused(&|patch| _ = patch.set("l", &"1")),
        WriteError::ContentLength
    );
    assert_eq!(
        refused(&|patch| _ = patch.set("Route", &"x").pop("route")),
        WriteError::Conflict
    );
    assert_eq!(
        refused(&|patch| _ = patch.set_request_uri("sip:a b")),
        WriteError::StartLine
    );
    let many = refused(&|patch| {
        for _ in 0..=MAX_EDITS {
            patch.append("X-1", &"y");
        }
    });
    assert_eq!(many, WriteError::TooManyEdits);
    let no_via = patched("BYE sip:h SIP/2.0\r\n\r\n", |patch| {
        _ = patch.stamp_via("192.0.2.1:1".parse().unwrap())
    });
    assert_eq!(
        no_via,
        Err(WriteError::Source(HeaderError::Missing {
            name: HeaderName::Via
        }))
    );
}

#[test]
fn a_header_repeated_without_end_is_removed_at_one_go() {
    let mut bytes = "BYE sip:h SIP/2.0\r\n".to_string();
    bytes.extend(core::iter::repeat_n("X: y\r\n", 30));
    bytes.push_str("\r\n");
    assert_eq!(
        patched(&bytes, |patch| _ = patch.remove("x")).as_deref(),
        Ok("BYE sip:h SIP/2.0\r\n\r\n")
    );
}

/// A change, as the model below understands it.
#[derive(Clone, Debug)]
enum Step {
    Set(&'static str, &'static str),
    Remove(&'static str),
    Append(&'static str, &'static str),
    Prepend(&'static str, &'static str),
    Pop,
}

type Fields = Vec<(String, Vec<u8>)>;

/// The same change to a list of header fields.
fn apply(fields: &mut Fields, step: &Step) {
    let is = |name: &str, field: &(String, Vec<u8>)| field.0.eq_ignore_ascii_case(name);
    match step {
        Step::Set(name, value) => {
            let first = fields.iter().position(|field| is(name, field));
            match first {
                Some(first) => {
                    fields[first].1 = value.as_bytes().to_vec();
                    let mut index = 0;
                    fields.retain(|field| {
                        index += 1;
                        index - 1 == first || !is(name, field)
                    });
                }
                None => fields.push((name.to_string(), value.as_bytes().to_vec())),
            }
        }
        Step::Remove(name) => fields.retain(|field| !is(name, field)),
        Step::Append(name, value) => fields.push((name.to_string(), value.as_bytes().to_vec())),
        Step::Prepend(name, value) => {
            let at = fields.iter().position(|field| is(name, field)).unwrap_or(0);
            fields.insert(at, (name.to_string(), value.as_bytes().to_vec()));
        }
        Step::Pop => {
            let at = fields.iter().position(|field| is("Via", field)).unwrap();
            match fields[at].1.iter().position(|&byte| byte == b',') {
                Some(comma) => drop(fields[at].1.drain(..=comma)),
                None => drop(fields.remove(at)),
            }
        }
    }
}

fn fields(message: &Message<'_>) -> Fields {
    message
        .headers()
        .map(|field| (field.name().to_string(), field.value().to_vec()))
        .collect()
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn step() -> impl Strategy<Value = Step> {
        let pair = |names| {
            (
                prop::sample::select::<&'static str>(names),
                prop::sample::select(&["", "a", "b c"][..]),
            )
        };
        prop_oneof![
            pair(&["Subject", "X-A"][..]).prop_map(|(name, value)| Step::Set(name, value)),
            prop::sample::select(&["Server", "X-B"][..]).prop_map(Step::Remove),
            pair(&["Subject", "X-C"][..]).prop_map(|(name, value)| Step::Append(name, value)),
            pair(&["Via", "X-D"][..]).prop_map(|(name, value)| Step::Prepend(name, value)),
            Just(Step::Pop),
        ]
    }

    proptest! {
        /// Patch = parse and edit.
        #[test]
        fn a_patch_is_what_editing_the_fields_is(
            lines in prop::collection::vec(("Subject|X-A|Server|X-B|Via|X-C|X-D", "[a-z]{0,4}", "(\r\n )?", "[a-z]{0,3}"), 0..8),
            steps in prop::collection::vec(step(), 0..5),
            body in "[a-z]{0,9}",
        ) {
            let mut bytes = String::from("BYE sip:h SIP/2.0\r\nVia: 1,2\r\nVia: 3\r\n");
            for (name, start, fold, end) in &lines {
                bytes += &std::format!("{name}: {start}{fold}{end}\r\n");
            }
            bytes += "\r\n";
            let mut index = [HeaderSpan::default(); 32];
            let message = Message::parse(bytes.as_bytes(), &mut index).unwrap();
            // Changes that exclude one another are left out.
            let mut model = fields(&message);
            let mut patch = Patch::new(message);
            let mut chosen: Vec<&Step> = Vec::new();
            for step in &steps {
                let name = match step {
                    Step::Set(name, _) | Step::Remove(name) => *name,
                    Step::Pop => "Via",
                    _ => "",
                };
                let taken = chosen.iter().any(|other| match other {
                    Step::Set(other, _) | Step::Remove(other) => *other == name,
                    _ => false,
                });
                let pops = chosen.iter().filter(|step| matches!(step, Step::Pop)).count();
                if taken || (matches!(step, Step::Pop) && pops == 2) {
                    continue;
                }
                chosen.push(step);
            }
            for step in &chosen {
                match step {
                    Step::Set(name, value) => patch.set(*name, value),
                    Step::Remove(name) => patch.remove(*name),
                    Step::Append(name, value) => patch.append(*name, value),
                    Step::Prepend(name, value) => patch.prepend(*name, value),
                    Step::Pop => patch.pop_via(),
                };
            }
            patch.set_body(body.as_bytes());
            let original = fields(&message);
            let is_new = |name: &str| original.iter().all(|(other, _)| other != name);
            let (additions, rest): (Vec<&Step>, Vec<&Step>) =
                chosen.iter().partition(|step| match step {
                    Step::Append(..) | Step::Prepend(..) => true,
                    Step::Set(name, _) => is_new(name),
                    Step::Remove(_) | Step::Pop => false,
                });
            // Changes are about the original, so the model makes additions last.
            for step in rest.into_iter().chain(additions) {
                match step {
                    Step::Set(name, value) if is_new(name) => {
                        apply(&mut model, &Step::Append(name, value));
                    }
                    step => apply(&mut model, step),
                }
            }
            model.push(("Content-Length".to_string(), body.len().to_string().into_bytes()));
            let mut buffer = [0; 2048];
            let len = patch.write(&mut buffer).unwrap();
            let mut index = [HeaderSpan::default(); 32];
            let written = Message::parse(&buffer[..len], &mut index).unwrap();
            prop_assert_eq!(written.body(), body.as_bytes());
            let by_name = |mut list: Fields| {
                list.sort_by(|left, right| left.0.cmp(&right.0));
                list
            };
            prop_assert_eq!(by_name(fields(&written)), by_name(model));
        }
    }
}
