use super::*;

extern crate std;
use std::string::ToString;
use std::vec::Vec;

use proptest::prelude::*;

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn check(allow: &[&str], deny: &[&str], address: &str) -> bool {
    AccessList::new(networks(allow), networks(deny))
        .check(address.parse().unwrap())
        .is_allowed()
}

#[test]
fn c004_205_an_allowing_entry_beats_a_denying_one() {
    assert!(check(&["192.0.2.1"], &["192.0.2.1"], "192.0.2.1"));
    assert!(check(&["192.0.2.0/24"], &["192.0.2.1/32"], "192.0.2.1"));
}

#[test]
fn c004_206_a_narrow_allowance_in_a_wide_denial() {
    let (allow, deny) = (["192.168.1.0/24"], ["192.168.0.0/16"]);
    assert!(check(&allow, &deny, "192.168.1.5"));
    assert!(!check(&allow, &deny, "192.168.2.5"));
    assert!(
        !check(&allow, &deny, "8.8.8.8"),
        "an allowing entry exists, so nothing else passes"
    );
}

#[test]
fn c004_208_only_allowing_entries_deny_all_others() {
    assert!(check(&["10.0.0.0/8"], &[], "10.255.0.1"));
    assert!(!check(&["10.0.0.0/8"], &[], "11.0.0.1"));
    assert!(!check(&["10.0.0.0/8"], &[], "2001:db8::1"));
}

#[test]
fn c004_209_only_denying_entries_allow_all_others() {
    assert!(!check(&[], &["10.0.0.0/8"], "10.255.0.1"));
    assert!(check(&[], &["10.0.0.0/8"], "11.0.0.1"));
    assert!(check(&[], &[], "198.51.100.7"));
}

#[test]
fn the_answer_names_the_entry() {
    let (allow, deny) = (networks(&["10.0.0.0/8"]), networks(&["192.0.2.0/24"]));
    let list = AccessList::new(&allow, &deny);
    assert_eq!(
        list.check([10, 1, 1, 1].into()),
        Access::AllowedBy(allow[0])
    );
    assert_eq!(list.check([192, 0, 2, 9].into()), Access::DeniedBy(deny[0]));
    assert_eq!(
        list.check([198, 51, 100, 1].into()),
        Access::DeniedByDefault
    );
}

#[test]
fn p000_11_two_provider_networks() {
    let allow = ["213.148.136.0/24", "213.148.137.0/24"];
    for (address, expected) in [
        ("213.148.136.0", true),
        ("213.148.137.255", true),
        ("213.148.138.1", false),
        ("213.148.135.255", false),
    ] {
        assert_eq!(check(&allow, &[], address), expected, "{address}");
    }
}

#[test]
fn the_private_networks_are_the_site() {
    for address in [
        "10.1.2.3",
        "172.31.0.1",
        "192.168.9.9",
        "127.0.0.1",
        "::1",
        "fd00::1",
        "fe80::1",
    ] {
        let list = AccessList::new(&PRIVATE_NETWORKS[..], &[]);
        assert!(
            list.check(address.parse().unwrap()).is_allowed(),
            "{address}"
        );
    }
    for address in ["172.32.0.1", "8.8.8.8", "2001:db8::1"] {
        let list = AccessList::new(&PRIVATE_NETWORKS[..], &[]);
        assert!(
            !list.check(address.parse().unwrap()).is_allowed(),
            "{address}"
        );
    }
}

#[test]
fn a_mapped_address_is_the_ipv4_address_it_stands_for() {
    assert!(check(&["192.0.2.0/24"], &[], "::ffff:192.0.2.7"));
    assert!(!check(&[], &["192.0.2.0/24"], "::ffff:192.0.2.7"));
    assert!(check(&["::/0"], &[], "::ffff:192.0.2.7"));
}

#[test]
fn texts_that_are_no_network() {
    for (text, error) in [
        ("", NetworkError::Address),
        ("example.com/24", NetworkError::Address),
        ("192.0.2/24", NetworkError::Address),
        ("192.0.2.0/", NetworkError::PrefixLen),
        ("192.0.2.0/+4", NetworkError::PrefixLen),
        ("192.0.2.0/33", NetworkError::PrefixLen),
        ("2001:db8::/129", NetworkError::PrefixLen),
        ("192.0.2.1/24", NetworkError::HostBits),
        ("2001:db8::1/64", NetworkError::HostBits),
    ] {
        assert_eq!(text.parse::<Network>(), Err(error), "{text}");
    }
    assert_eq!("0.0.0.0/0".parse::<Network>().unwrap().prefix_len(), 0);
    assert_eq!(
        "192.0.2.1".parse::<Network>().unwrap().to_string(),
        "192.0.2.1/32"
    );
}

proptest! {
    #[test]
    fn membership_is_equality_of_the_leading_bits(network: u32, address: u32, prefix_len in 0u8..=32) {
        let mask = if prefix_len == 0 { 0 } else { u32::MAX << (32 - prefix_len) };
        let built = Network::new(IpAddr::V4((network & mask).into()), prefix_len).unwrap();
        prop_assert_eq!(built.contains(IpAddr::V4(address.into())), network & mask == address & mask);
        prop_assert_eq!(built.to_string().parse::<Network>().unwrap(), built);
    }

    #[test]
    fn any_text_parses_or_fails(text in ".{0,40}") {
        let _ = text.parse::<Network>();
    }
}
