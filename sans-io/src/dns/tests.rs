use std::collections::HashSet;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

extern crate std;

#[test]
fn names_compare_without_regard_to_case() {
    let name = DnsName::parse("Link01.Trunk.example.").unwrap();
    let same = DnsName::parse("link01.trunk.EXAMPLE").unwrap();
    assert_eq!(name, same);
    assert_eq!(HashSet::from([name, same]).len(), 1);
    assert_ne!(name, DnsName::parse("link01.trunk").unwrap());
    assert_eq!(name.to_string(), "Link01.Trunk.example");
    assert_eq!(name.to_lowercase().as_str(), "link01.trunk.example");
}

#[test]
fn names_have_bounds() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
    assert_eq!(longest.len(), DnsName::MAX_LEN);
    assert_eq!(DnsName::parse(&longest).unwrap().as_str(), longest);
    assert!(DnsName::parse(&format!("{longest}.")).is_ok());
    for (text, error) in [
        ("", DnsNameError::Empty),
        ("..", DnsNameError::Label { offset: 0 }),
        (".example", DnsNameError::Label { offset: 0 }),
        ("a..example", DnsNameError::Label { offset: 2 }),
        ("a b.example", DnsNameError::Character { offset: 1 }),
        ("a.ex\u{e4}mple", DnsNameError::Character { offset: 4 }),
        ("a\0.example", DnsNameError::Character { offset: 1 }),
        (r"a\.b.example", DnsNameError::Character { offset: 1 }),
        (&format!("b.{label}a.de"), DnsNameError::Label { offset: 2 }),
        (&format!("{longest}a"), DnsNameError::TooLong),
    ] {
        assert_eq!(DnsName::parse(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn the_root_says_that_there_is_nothing() {
    let root = DnsName::parse(".").unwrap();
    assert!(root.is_root() && root == DnsName::ROOT);
    assert_eq!(root.as_str(), ".");
    assert!(!DnsName::parse("de.").unwrap().is_root());
    assert_eq!(root.with_prefix("de").unwrap().as_str(), "de");
}

#[test]
fn services_stand_in_front_of_the_domain() {
    let domain = DnsName::parse("example.com").unwrap();
    let name = domain.with_prefix("_stun._udp").unwrap();
    let question = DnsQuestion::new(name, DnsRecordType::Srv);
    assert_eq!(question.to_string(), "_stun._udp.example.com SRV");
    let missing = domain.with_prefix("");
    assert_eq!(missing, Err(DnsNameError::Label { offset: 0 }));
    let long = ["abc"; 61].join(".");
    assert_eq!(domain.with_prefix(&long), Err(DnsNameError::TooLong));
    assert_eq!(DnsName::from_display(long.as_str()).unwrap().as_str(), long);
    assert_eq!(
        DnsName::from_display("a".repeat(255)),
        Err(DnsNameError::TooLong)
    );
}

#[test]
fn a_name_can_be_a_constant() {
    const ARPA: DnsName = match DnsName::parse("e164.arpa") {
        Ok(name) => name,
        Err(_) => DnsName::ROOT,
    };
    assert_eq!(ARPA.as_str(), "e164.arpa");
}

fn sorted(records: &[(u16, u16, char)], random: impl FnMut(u32) -> u32) -> String {
    let mut records = Vec::from(records);
    Srv::sort(&mut records, |record| (record.0, record.1), random);
    records.iter().map(|record| record.2).collect()
}

#[test]
fn servers_are_tried_by_priority_and_weight() {
    let records = [
        (20, 0, 'd'),
        (10, 60, 'c'),
        (10, 0, 'a'),
        (10, 20, 'b'),
        (30, 7, 'e'),
    ];
    assert_eq!(sorted(&records, |_| 0), "abcde");
    assert_eq!(sorted(&records, |most| most), "cbade");
    // 1 to 20 of 80 are b, the others c
    assert_eq!(sorted(&records, |_| 20), "bcade");
    assert_eq!(sorted(&records, |_| 21), "cbade");
    assert_eq!(sorted(&records, |_| u32::MAX), "cbade", "a bad source");
    assert_eq!(sorted(&[], |_| 7), "");
}

#[test]
fn what_a_failure_means() {
    assert!(DnsFailure::NoSuchName.is_answer() && DnsFailure::NoRecord.is_answer());
    assert!(!DnsFailure::Refused.is_answer() && !DnsFailure::NoAnswer.is_answer());
    let record = DnsData::Aaaa(Ipv6Addr::LOCALHOST);
    assert_eq!(record.record_type().as_str(), "AAAA");
    assert_eq!(record.ip(), Some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
}

proptest! {
    /// Every name is read as it displays, and whatever else there is is refused.
    #[test]
    fn names_survive(text in ".{0,20}|[a-zA-Z0-9_-]{0,70}(\\.[a-zA-Z0-9_-]{1,70}){0,6}\\.?") {
        if let Ok(name) = DnsName::parse(&text) {
            prop_assert_eq!(DnsName::parse(name.as_str()), Ok(name));
            prop_assert!(text == "." || text.strip_suffix('.').unwrap_or(&text) == name.as_str());
        }
    }

    /// Sorting loses nothing, and a smaller priority is always in front.
    #[test]
    fn sorting_keeps_all(
        keys in prop::collection::vec((0_u16..4, any::<u16>()), 0..20),
        marks in prop::collection::vec(any::<u32>(), 20),
    ) {
        let mut sorted: Vec<(u16, u16)> = keys.clone();
        let mut marks = marks.into_iter();
        Srv::sort(&mut sorted, |key| *key, |_| marks.next().unwrap_or_default());
        prop_assert!(sorted.is_sorted_by_key(|key| key.0));
        let mut keys = keys;
        keys.sort_unstable();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, keys);
    }
}
