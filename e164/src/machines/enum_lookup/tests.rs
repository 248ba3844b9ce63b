use core::time::Duration;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::*;
use crate::Number;

const ZONE: &str = include_str!("../../../tests/vectors/enum.zone");

/// The fields of a line, quoted ones without their quotes and escapes.
fn fields(line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with(';') {
        let mut field = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut letters = quoted.char_indices();
            let end = loop {
                match letters.next().expect("a quote at the end") {
                    (_, '\\') => field.push(letters.next().expect("an escape").1),
                    (end, '"') => break end,
                    (_, letter) => field.push(letter),
                }
            };
            rest = &quoted[end + 1..];
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            field.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        fields.push(field);
        rest = rest.trim_start();
    }
    fields
}

/// The NAPTR records of a name in the zone.
fn records(zone: &[Vec<String>], name: &DnsName) -> Vec<DnsRecord<'static>> {
    let mut found = Vec::new();
    for row in zone {
        let [
            owner,
            _,
            kind,
            order,
            preference,
            flags,
            services,
            regexp,
            replacement,
        ] = &row[..]
        else {
            continue;
        };
        let owner = DnsName::parse(&format!("{owner}.e164.test")).unwrap();
        if kind != "NAPTR" || owner != *name {
            continue;
        }
        found.push(DnsRecord {
            ttl: Duration::from_secs(5),
            data: DnsData::Naptr(Naptr {
                order: order.parse().unwrap(),
                preference: preference.parse().unwrap(),
                flags: flags.clone().leak(),
                services: services.clone().leak(),
                regexp: regexp.clone().leak(),
                replacement: DnsName::parse(replacement).unwrap(),
            }),
        });
    }
    found
}

fn naptr(
    order: u16,
    preference: u16,
    services: &'static str,
    regexp: &'static str,
) -> DnsRecord<'static> {
    DnsRecord {
        ttl: Duration::from_secs(5),
        data: DnsData::Naptr(Naptr {
            order,
            preference,
            flags: "u",
            services,
            regexp,
            replacement: DnsName::ROOT,
        }),
    }
}

fn referral(order: u16, to: &str) -> DnsRecord<'static> {
    let mut record = naptr(order, 10, "", "");
    if let DnsData::Naptr(naptr) = &mut record.data {
        naptr.flags = "";
        naptr.replacement = DnsName::parse(to).unwrap();
    }
    record
}

fn number() -> Number {
    Number::parse("+4989840798").unwrap()
}

/// What the records come to.
fn found(records: &[DnsRecord<'_>], services: &[&str]) -> Result<Vec<String>, EnumFailure> {
    let mut lookup = EnumLookup::new(number(), &E164_ARPA, services).unwrap();
    match lookup.handle_answer(Ok(records)) {
        EnumStep::Found(uris) => {
            assert_eq!(lookup.question(), None);
            Ok(uris.map(|uri| uri.to_string()).collect())
        }
        EnumStep::Ask(question) => Ok([question.to_string()].into()),
        EnumStep::Failed(failure) => Err(failure),
    }
}

/// Each row of the table at the end of the zone: number, services, and what they come to.
#[test]
fn the_zone_is_read_as_its_table_says() {
    let zone: Vec<_> = ZONE.lines().map(fields).collect();
    let root = DnsName::parse("e164.test").unwrap();
    let mut count = 0;
    for row in ZONE.lines().filter_map(|line| line.strip_prefix(";> ")) {
        let [number, services, expected] = row.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let number = Number::parse(number).unwrap();
        let services: Vec<&str> = services
            .split(',')
            .filter(|service| *service != "*")
            .collect();
        let mut lookup = EnumLookup::new(number, &root, &services).unwrap();
        let mut questions = 0;
        let come_to = loop {
            let question = lookup.question().expect("a question");
            questions += 1;
            let records = records(&zone, &question.name);
            let answer = match records.is_empty() {
                true => Err(DnsFailure::NoSuchName),
                false => Ok(&records[..]),
            };
            match lookup.handle_answer(answer) {
                EnumStep::Found(uris) => {
                    let uris: Vec<_> = uris.map(|uri| uri.to_string()).collect();
                    break uris.join(" ");
                }
                EnumStep::Ask(next) => assert_eq!(lookup.question(), Some(next)),
                EnumStep::Failed(failure) => break failure.to_string(),
            }
        };
        assert_eq!(come_to, expected, "{number}");
        assert!(questions <= 1 + u32::from(EnumLookup::MAX_REFERRALS));
        count += 1;
    }
    assert_eq!(count, 12);
}

#[test]
fn names_are_made_of_digits() {
    let name = |text: &str| enum_name(Number::parse(text).unwrap(), &E164_ARPA).unwrap();
    assert_eq!(
        name("+4989840798").as_str(),
        "8.9.7.0.4.8.9.8.9.4.e164.arpa"
    );
    assert_eq!(name("+10").as_str(), "0.1.e164.arpa");
    let long = LongNumber::parse("+35312345678901234567").unwrap();
    assert_eq!(enum_name(long, &E164_ARPA).unwrap().len(), 2 * 20 + 9);
    assert_eq!(
        enum_name(number(), &DnsName::ROOT).unwrap().as_str(),
        "8.9.7.0.4.8.9.8.9.4"
    );
    let zone = DnsName::parse(&["abcdefg"; 30].join(".")).unwrap();
    assert_eq!(enum_name(long, &zone), Err(DnsNameError::TooLong));
}

/// RFC 3403 section 4.1: order is binding, preference is not, and the first rule that applies decides the order.
#[test]
fn order_comes_before_preference() {
    let rules = [
        naptr(20, 1, "E2U+sip", "!.*!sip:d@a.example!"),
        naptr(10, 30, "E2U+sip", "!.*!sip:c@a.example!"),
        naptr(5, 1, "E2U+mailto", "!.*!mailto:x@a.example!"),
        naptr(10, 10, "E2U+sip", "!.*!sip:a@a.example!"),
        naptr(5, 2, "E2U+sip", r"!^\+43!sip:y@a.example!"),
        naptr(10, 10, "E2U+SIP", "!.*!sip:b@a.example!"),
    ];
    assert_eq!(
        found(&rules, &["sip"]).unwrap(),
        ["sip:a@a.example", "sip:b@a.example", "sip:c@a.example"]
    );
    assert_eq!(found(&rules, &[]).unwrap(), ["mailto:x@a.example"]);
    assert_eq!(found(&rules, &["h323"]), Err(EnumFailure::NoRule));
    assert_eq!(found(&[], &["sip"]), Err(EnumFailure::NoRule));
}

#[test]
fn services_and_their_subtypes() {
    for (services, wanted, expected) in [
        ("E2U+sip", &["sip"][..], Some("sip")),
        ("e2u+SIP", &["sip"], Some("SIP")),
        ("E2U+voice:tel+sip", &["sip"], Some("sip")),
        ("E2U+pstn:tel", &["pstn"], Some("pstn:tel")),
        ("E2U+pstn:tel", &["pstn:tel"], Some("pstn:tel")),
        ("E2U+pstn:tel", &["pstn:sip"], None),
        ("E2U+sips", &["sip"], None),
        ("E2U+x", &[], Some("x")),
        ("E2U", &[], None),
        ("E2U+", &[], None),
        ("E2U+a:", &[], None),
        ("E2U+a_b", &[], None),
        ("sip+E2U", &["sip"], None), // RFC 2916, which nobody writes any more
        ("SIP+D2U", &["sip"], None),
        ("", &["sip"], None),
    ] {
        let records = [naptr(1, 1, services, "!.*!sip:a@a.example!")];
        let mut lookup = EnumLookup::new(number(), &E164_ARPA, wanted).unwrap();
        let service = match lookup.handle_answer(Ok(&records)) {
            EnumStep::Found(mut uris) => uris.next().map(|uri| uri.service()),
            _ => None,
        };
        assert_eq!(service, expected, "{services}");
    }
}

#[test]
fn expressions_are_applied_to_the_number_with_its_plus_sign() {
    for (regexp, expected) in [
        ("!^.*$!sip:info@example.com!", Some("sip:info@example.com")),
        ("!^.*$!sip:info@example.com!i", Some("sip:info@example.com")),
        (
            r"!^\+4989(.*)$!sip:\1@example.com!",
            Some("sip:840798@example.com"),
        ),
        (
            r"/^(\+49)([0-9]{2})(.*)$/sip:\3-\2@example.com/",
            Some("sip:840798-89@example.com"),
        ),
        (r"#^(\+.*)$#tel:\1#", Some("tel:+4989840798")),
        // a delimiter with a backslash is a character
        (r"!^.*$!sip:a\!b@example.com!", Some("sip:a!b@example.com")),
        (
            r"|^(\+49)(.*)$|sip:\2@example.com|",
            Some("sip:89840798@example.com"),
        ),
        // a group that took no part is empty
        (
            r"!^\+(43)?(.*)$!sip:x\1\2@a.de!",
            Some("sip:x4989840798@a.de"),
        ),
        (r"!^\+43(.*)$!sip:\1@example.com!", None),
        (r"!^4989(.*)$!sip:\1@example.com!", None),
        // groups that are not there
        (r"!^.*$!sip:\1@example.com!", None),
        (r"!^(.*)$!sip:\0@example.com!", None),
        // no expression, no end, too much
        ("", None),
        ("!", None),
        ("!!!", None),
        ("!^.*$!sip:a@b.de", None),
        ("!^.*$!sip:a@b.de!x", None),
        ("!^.*$!sip:a@b.de!!", None),
        (r"1^.*$1sip:a@b.de1", None),
        (r"!^.*$!sip:a@b.de\", None),
        (r"!^(.*$!sip:a@b.de!", None),
        // of POSIX, but not taken; of others, but not of POSIX
        ("!^[[:digit:]+]*$!sip:a@b.de!", None),
        (r"!^[\d+]*$!sip:a@b.de!", None),
        (r"!^\d$!sip:a@b.de!", None),
        ("!^(?:.*)$!sip:a@b.de!", None),
        (r"!^(.)\1*$!sip:a@b.de!", None),
        // no URI
        ("!^.*$!info@example.com!", None),
        ("!^.*$!sip:!", None),
        ("!^.*$!1sip:a!", None),
        ("!^.*$!sip:a b!", None),
        ("!^.*$!sip:a\r\nVia: x!", None),
        ("!^.*$!sip:\u{e4}!", None),
        ("\u{e4}^.*$\u{e4}sip:a@b.de\u{e4}", None),
    ] {
        let regexp: &'static str = regexp;
        let uri = found(&[naptr(1, 1, "E2U+sip", regexp)], &["sip"]);
        assert_eq!(
            uri.ok().map(|uris| uris.concat()).as_deref(),
            expected,
            "{regexp}"
        );
    }
}

#[test]
fn a_uri_has_bounds() {
    let replacement = r"\1".repeat(100);
    let regexp = format!("!^(.*)$!tel:{replacement}!").leak();
    assert_eq!(
        found(&[naptr(1, 1, "E2U+tel", regexp)], &[]),
        Err(EnumFailure::NoRule)
    );
    let many: Vec<_> = (0..100)
        .map(|_| naptr(1, 1, "E2U+sip", "!.*!sip:a@b.de!"))
        .collect();
    assert_eq!(found(&many, &[]).unwrap().len(), 32);
    // a hostile expression ends in time
    let regexp = "!^((.*)*)*(.*)*9$!sip:a@b.de!";
    assert!(found(&[naptr(1, 1, "E2U+sip", regexp)], &[]).is_err());
}

#[test]
fn flags_decide_what_follows() {
    let with = |flags, replacement: &str, regexp| {
        let replacement = DnsName::parse(replacement).unwrap();
        let services = "E2U+sip";
        let (order, preference) = (1, 1);
        let naptr = Naptr {
            order,
            preference,
            flags,
            services,
            regexp,
            replacement,
        };
        found(
            &[DnsRecord {
                ttl: Duration::ZERO,
                data: DnsData::Naptr(naptr),
            }],
            &["sip"],
        )
    };
    let regexp = "!.*!sip:a@b.de!";
    assert_eq!(with("U", ".", regexp).unwrap(), ["sip:a@b.de"]);
    for flags in ["s", "a", "p", "uu"] {
        assert_eq!(
            with(flags, ".", regexp),
            Err(EnumFailure::NoRule),
            "{flags}"
        );
    }
    // a URI by replacement, both, or neither
    assert_eq!(with("u", "a.example", ""), Err(EnumFailure::NoRule));
    assert_eq!(with("u", "a.example", regexp), Err(EnumFailure::NoRule));
    assert_eq!(with("", ".", ""), Err(EnumFailure::NoRule));
    // the next domain by either
    assert_eq!(with("", "a.example", "").unwrap(), ["a.example NAPTR"]);
    assert_eq!(
        with("", ".", r"!^\+49(.*)$!\1.b.example!").unwrap(),
        ["89840798.b.example NAPTR"]
    );
    assert_eq!(with("", ".", r"!^.*$!a b!"), Err(EnumFailure::NoRule));
    assert_eq!(with("", ".", r"!^.*$!.!"), Err(EnumFailure::NoRule));
}

/// Domains that refer to each other end after five.
#[test]
fn referrals_end() {
    let mut lookup = EnumLookup::new(number(), &E164_ARPA, &["sip"]).unwrap();
    let records = [
        referral(10, "a.example"),
        naptr(10, 20, "E2U+sip", "!.*!sip:a@b.de!"),
    ];
    for _ in 0..EnumLookup::MAX_REFERRALS {
        assert!(matches!(
            lookup.handle_answer(Ok(&records)),
            EnumStep::Ask(_)
        ));
        assert_eq!(lookup.question().unwrap().name.as_str(), "a.example");
    }
    let step = lookup.handle_answer(Ok(&records));
    assert!(matches!(
        step,
        EnumStep::Failed(EnumFailure::TooManyReferrals)
    ));
    assert_eq!(lookup.question(), None);
    let step = lookup.handle_answer(Ok(&records));
    assert!(matches!(step, EnumStep::Failed(EnumFailure::NotAsked)));
}

#[test]
fn the_failures_of_dns_are_told() {
    for failure in [
        DnsFailure::NoSuchName,
        DnsFailure::NoRecord,
        DnsFailure::Refused,
        DnsFailure::NoAnswer,
    ] {
        let mut lookup = EnumLookup::new(number(), &E164_ARPA, &["sip"]).unwrap();
        let step = lookup.handle_answer(Err(failure));
        assert!(matches!(step, EnumStep::Failed(EnumFailure::Dns(told)) if told == failure));
        assert_eq!(lookup.question(), None);
    }
}
