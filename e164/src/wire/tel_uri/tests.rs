use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::*;

fn parsed(text: &str) -> TelUri<'_> {
    TelUri::parse(text).expect(text)
}

fn fault(text: &str) -> (TelUriFault, usize) {
    let error = TelUri::parse(text).expect_err(text);
    (error.fault, error.offset)
}

/// The examples of RFC 3966 section 6, and what stands in them.
#[test]
fn global_and_local_numbers() {
    let uri = parsed("tel:+1-201-555-0123");
    assert!(uri.is_global());
    assert_eq!(uri.number(), "+1-201-555-0123");
    assert_eq!(uri.e164().unwrap().to_string(), "+12015550123");
    assert_eq!(uri.phone_context(), None);

    let uri = parsed("tel:7042;phone-context=example.com");
    assert!(!uri.is_global() && uri.e164().is_none());
    assert_eq!(
        uri.phone_context(),
        Some(PhoneContext::Domain("example.com"))
    );
    assert_eq!(uri.dial_string().unwrap().as_str(), "7042");

    let uri = parsed("tel:863-1234;phone-context=+1-914-555");
    assert_eq!(
        uri.phone_context(),
        Some(PhoneContext::Prefix("+1-914-555"))
    );
    assert_eq!(uri.dial_string().unwrap().as_str(), "8631234");
}

/// P000-36: a context is not put in front of a number, so that an emergency call stays one.
#[test]
fn p000_36_local_numbers_are_for_the_plan_of_their_context() {
    let plan = crate::Plan::german("89").unwrap();
    for (text, expected) in [
        ("tel:110;phone-context=+49", "110"),
        ("tel:112;phone-context=+4989", "112"),
        ("tel:840798;phone-context=+4989", "+4989840798"),
        ("tel:089840798;phone-context=+49", "+4989840798"),
        ("tel:+49-89-840798", "+4989840798"),
        (
            "tel:0049(0)89840798;phone-context=user-default",
            "+4989840798",
        ),
    ] {
        let uri = parsed(text);
        let normalized = plan.normalize(&uri.dial_string().unwrap()).expect(text);
        assert_eq!(normalized.to_string(), expected, "{text}");
    }
}

#[test]
fn every_registered_parameter_is_found() {
    let text = "tel:+4989840798;ext=11-8;isub=12%2F3;isub-encoding=nsap-ia5;tgrp=link01;trunk-context=+49-89\
                ;rn=+4989123;rn-context=+49;cic=1234;cic-context=+1;npdi;enumdi;verstat=TN-Validation-Passed\
                ;premium-rate=information;m-own=1";
    let uri = parsed(text);
    assert_eq!(uri.to_string(), text);
    assert_eq!(uri.extension(), Some("11-8"));
    assert_eq!(uri.dial_string().unwrap().extension(), Some("118"));
    assert_eq!(
        uri.trunk_group(),
        Some(TrunkGroup {
            label: "link01",
            context: PhoneContext::Prefix("+49-89")
        })
    );
    for (name, value) in [
        ("isub", Some("12%2F3")),
        ("isub-encoding", Some("nsap-ia5")),
        ("rn", Some("+4989123")),
        ("RN-Context", Some("+49")),
        ("cic", Some("1234")),
        ("cic-context", Some("+1")),
        ("npdi", None),
        ("enumdi", None),
        ("verstat", Some("TN-Validation-Passed")),
        ("premium-rate", Some("information")),
    ] {
        assert!(uri.has(name), "{name}");
        assert_eq!(uri.value(name), value, "{name}");
    }
    assert!(!uri.has("phone-context"));
    let mandatory: Vec<&str> = uri
        .params()
        .filter(TelParam::is_mandatory)
        .map(|param| param.name)
        .collect();
    assert_eq!(mandatory, ["m-own"]);
}

/// RFC 4904 section 5: one of the two parameters alone means nothing.
#[test]
fn a_trunk_group_needs_its_context() {
    assert_eq!(parsed("tel:+4989840798;tgrp=link01").trunk_group(), None);
    assert_eq!(
        parsed("tel:+4989840798;trunk-context=a.example").trunk_group(),
        None
    );
    let user = TelUri::parse_subscriber("+4989840798;tgrp=link01;trunk-context=a.example").unwrap();
    let group = user.trunk_group().unwrap();
    assert_eq!(
        (group.label, group.context),
        ("link01", PhoneContext::Domain("a.example"))
    );
}

/// RFC 3966 section 4.
#[test]
fn what_is_the_same() {
    for (one, other, same) in [
        ("tel:+4989840798", "TEL:+49-89-(840)798", true),
        (
            "tel:+4989840798;ext=118;npdi",
            "tel:+4989840798;NPDI;ext=1-18",
            true,
        ),
        (
            "tel:7042;phone-context=Example.com",
            "tel:7042;phone-context=example.COM",
            true,
        ),
        (
            "tel:7042;phone-context=+1-914",
            "tel:7042;phone-context=+1914",
            true,
        ),
        ("tel:1A;phone-context=a.b", "tel:1a;phone-context=a.b", true),
        (
            "tel:+4989840798;isub=a%2fb",
            "tel:+4989840798;isub=a/B",
            true,
        ),
        ("tel:+4989840798", "tel:4989840798;phone-context=+49", false),
        ("tel:+4989840798", "tel:+4989840798;ext=118", false),
        ("tel:+4989840798;ext=118", "tel:+4989840798;ext=0118", false),
        (
            "tel:7042;phone-context=a.b",
            "tel:7042;phone-context=a.c",
            false,
        ),
        ("tel:+4989840798;npdi", "tel:+4989840798;enumdi", false),
        ("tel:+4989840798;x=1", "tel:+4989840798;x", false),
        ("tel:+49(0)89840798", "tel:+4989840798", false),
    ] {
        let (one, other) = (parsed(one), parsed(other));
        assert_eq!(one.is_equivalent(&other), same, "{one} {other}");
        assert_eq!(other.is_equivalent(&one), same, "{other} {one}");
        assert!(one.is_equivalent(&one));
    }
}

#[test]
fn what_is_none_says_why_and_where() {
    for (text, expected) in [
        ("", (TelUriFault::Scheme, 0)),
        ("te", (TelUriFault::Scheme, 0)),
        ("sip:+49", (TelUriFault::Scheme, 0)),
        ("\u{e4}\u{e4}:1", (TelUriFault::Scheme, 0)),
        ("tel:", (TelUriFault::Number, 4)),
        ("tel:+", (TelUriFault::Number, 5)),
        ("tel:-", (TelUriFault::Number, 5)),
        ("tel:+49a", (TelUriFault::Number, 7)),
        ("tel:49x", (TelUriFault::Number, 6)),
        ("tel:+49 89", (TelUriFault::Number, 7)),
        ("tel:+49\u{ff11}", (TelUriFault::Number, 7)),
        ("tel:++49", (TelUriFault::Number, 5)),
        ("tel:+49;", (TelUriFault::Parameter, 8)),
        ("tel:+49;=1", (TelUriFault::Parameter, 8)),
        ("tel:+49;a=", (TelUriFault::Parameter, 8)),
        ("tel:+49;a;b=\r\n", (TelUriFault::Parameter, 10)),
        ("tel:+49;a=%4", (TelUriFault::Parameter, 8)),
        ("tel:+49;a=%4g", (TelUriFault::Parameter, 8)),
        ("tel:+49;ext", (TelUriFault::Parameter, 8)),
        ("tel:+49;ext=-", (TelUriFault::Extension, 8)),
        ("tel:+49;ext=a", (TelUriFault::Extension, 8)),
        ("tel:49;phone-context=+", (TelUriFault::Context, 7)),
        ("tel:49;phone-context=a/b", (TelUriFault::Context, 7)),
        ("tel:+49;a;A=1", (TelUriFault::Duplicate, 10)),
    ] {
        assert_eq!(fault(text), expected, "{text}");
    }
    let many: String = (0..17).map(|number| format!(";p{number}")).collect();
    assert_eq!(
        fault(&format!("tel:+49{many}")).0,
        TelUriFault::TooManyParameters
    );
    assert_eq!(
        fault(&format!("tel:{}", "1".repeat(1021))),
        (TelUriFault::TooLong, 1024)
    );
    // a number that no dial string holds
    let long = format!("tel:{}", "1".repeat(1000));
    assert!(parsed(&long).dial_string().is_err());
}

#[test]
fn what_is_built_is_read() {
    let mut text = String::new();
    let builder = TelUriBuilder {
        subaddress: Some("12/3?"),
        phone_context: Some("user-default"),
        params: &[
            ("verstat", Some("a b")),
            ("enumdi", None),
            ("Cic", Some("+1-23")),
        ],
        ..TelUriBuilder::new("840798")
    };
    builder.write(&mut text).unwrap();
    assert_eq!(
        text,
        "tel:840798;isub=12/3%3F;phone-context=user-default;Cic=+1-23;enumdi;verstat=a%20b"
    );
    assert_eq!(parsed(&text).value("verstat"), Some("a%20b"));
    let long = "\u{e4}".repeat(200);
    for (builder, fault) in [
        (
            TelUriBuilder {
                subaddress: Some(&long), // six octets for each letter
                ..TelUriBuilder::new("+49")
            },
            TelUriFault::TooLong,
        ),
        (TelUriBuilder::new(""), TelUriFault::Number),
        (TelUriBuilder::new("+49;npdi"), TelUriFault::Number),
        (TelUriBuilder::new("840798"), TelUriFault::Context),
        (
            TelUriBuilder {
                extension: Some(""),
                ..TelUriBuilder::new("+49")
            },
            TelUriFault::Extension,
        ),
        (
            TelUriBuilder {
                params: &[("ext", Some("1"))],
                ..TelUriBuilder::new("+49")
            },
            TelUriFault::Duplicate,
        ),
        (
            TelUriBuilder {
                params: &[("a", None), ("A", None)],
                ..TelUriBuilder::new("+49")
            },
            TelUriFault::Duplicate,
        ),
        (
            TelUriBuilder {
                params: &[("a;b", None)],
                ..TelUriBuilder::new("+49")
            },
            TelUriFault::Parameter,
        ),
    ] {
        let mut text = String::new();
        assert_eq!(builder.write(&mut text), Err(fault), "{builder:?}");
        assert_eq!(text, "");
    }
}
