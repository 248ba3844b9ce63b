#![no_main]
//! What a name server makes of the look-up of a number. The first line is the number, the second the services that are
//! wanted; then come rules, one a line with tabs between its fields, and an empty line between answers.

use std::str;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::{E164_ARPA, EnumLookup, EnumStep, EnumUri, LongNumber};
use trunkline_sans_io::{DnsData, DnsFailure, DnsName, DnsRecord, Naptr};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut parts = text.splitn(3, '\n');
    let mut part = || parts.next().unwrap_or_default();
    let Ok(number) = LongNumber::parse_tolerant(part()) else {
        return;
    };
    let services: Vec<&str> = part().split(' ').filter(|part| !part.is_empty()).collect();
    let mut answers = part().split("\n\n");
    let mut lookup = EnumLookup::new(number, &E164_ARPA, &services).unwrap();
    let mut questions = 0;
    while let Some(question) = lookup.question() {
        questions += 1;
        assert!(questions <= 1 + EnumLookup::MAX_REFERRALS);
        assert_eq!(DnsName::parse(&question.name), Ok(question.name));
        let records: Vec<DnsRecord<'_>> = match answers.next() {
            Some(answer) => answer.lines().filter_map(record).collect(),
            None => Vec::new(),
        };
        let answer = match records.is_empty() {
            true => Err(DnsFailure::NoSuchName),
            false => Ok(&records[..]),
        };
        match lookup.handle_answer(answer) {
            EnumStep::Found(uris) => check_found(uris, &records, &services),
            EnumStep::Ask(next) => assert_eq!(lookup.question(), Some(next)),
            _ => assert_eq!(lookup.question(), None),
        }
    }
});

/// Order, preference, flags, services, expression, replacement.
fn record(line: &str) -> Option<DnsRecord<'_>> {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap_or_default();
    let naptr = Naptr {
        order: field().parse().ok()?,
        preference: field().parse().ok()?,
        flags: field(),
        services: field(),
        regexp: field(),
        replacement: DnsName::parse(field()).unwrap_or(DnsName::ROOT),
    };
    Some(DnsRecord {
        ttl: Duration::ZERO,
        data: DnsData::Naptr(naptr),
    })
}

fn check_found<'a>(
    uris: impl Iterator<Item = EnumUri<'a>> + Clone,
    records: &[DnsRecord<'_>],
    services: &[&str],
) {
    let mut count = 0;
    for uri in uris.clone() {
        count += 1;
        assert!(uri.len() <= EnumUri::MAX_LEN && uri.bytes().all(|byte| byte.is_ascii_graphic()));
        let (scheme, rest) = uri.split_once(':').unwrap();
        assert!(!scheme.is_empty() && !rest.is_empty());
        let kind = |service: &str| service.split(':').next().unwrap().to_ascii_lowercase();
        let is_wanted = |wanted: &&str| kind(wanted) == kind(uri.service());
        assert!(services.is_empty() || services.iter().any(is_wanted));
    }
    assert!((1..=records.len().min(32)).contains(&count));
    assert!(uris.clone().eq(uris));
}
