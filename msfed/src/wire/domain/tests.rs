use std::collections::HashSet;
use std::format;
use std::string::{String, ToString as _};

use super::*;

fn domain(text: &str) -> Domain<'_> {
    Domain::parse(text).unwrap()
}

#[test]
fn names_compare_without_regard_to_case_and_dot() {
    assert_eq!(domain("Contoso.Com."), domain("contoso.com"));
    assert_ne!(domain("contoso.com"), domain("contoso.co"));
    assert_eq!(domain("Contoso.Com.").to_string(), "Contoso.Com");
    let set: HashSet<Domain<'_>> = ["a.example", "A.EXAMPLE.", "b.example"].map(domain).into();
    assert_eq!(set.len(), 2);
}

/// The quick way and the one that explains agree, over all short texts of what counts.
#[test]
fn both_ways_to_check_agree() {
    let octets = b"a0.-_*\xc3";
    for len in 1..=6_u32 {
        for mut number in 0..7_usize.pow(len) {
            let mut text = [0; 6];
            for place in &mut text {
                *place = octets[number % 7];
                number /= 7;
            }
            let text = &text[..len as usize];
            let checked = Domain::check(text);
            assert_eq!(
                Domain::is_sound(text),
                checked.is_ok(),
                "{text:?} {checked:?}"
            );
        }
    }
    for text in [
        "a".repeat(63),
        "a".repeat(64),
        format!("{}.b", "a".repeat(63)),
        format!("{}.b", "a".repeat(64)),
    ] {
        let text = text.as_bytes();
        assert_eq!(Domain::is_sound(text), Domain::check(text).is_ok());
    }
}

#[test]
fn names_as_they_occur_are_read() {
    for text in [
        "contoso",
        "a.b",
        "3com.com",
        "xn--bcher-kva.example",
        "XN--BCHER-KVA.example",
        "ad_host.contoso.local",
        "1.2.3.4.in-addr.arpa",
        "a--b.example",
    ] {
        assert_eq!(domain(text).as_str(), text);
    }
}

#[test]
fn what_is_no_domain_says_why() {
    use DomainError::*;
    for (text, error) in [
        ("", Empty),
        (".", Empty),
        ("..", EmptyLabel { offset: 0 }),
        (".contoso.com", EmptyLabel { offset: 0 }),
        ("contoso..com", EmptyLabel { offset: 8 }),
        ("contoso.com..", EmptyLabel { offset: 12 }),
        ("-a.example", Hyphen { offset: 0 }),
        ("a-.example", Hyphen { offset: 1 }),
        ("xn--.example", Hyphen { offset: 3 }),
        ("a.example-", Hyphen { offset: 9 }),
        (
            "_sipfederationtls._tcp.contoso.com",
            ServiceLabel { offset: 0 },
        ),
        ("contoso com", Character { offset: 7 }),
        ("contoso.com:5061", Character { offset: 11 }),
        ("*.contoso.com", Character { offset: 0 }),
        ("a@contoso.com", Character { offset: 1 }),
        ("contoso.com\0", Character { offset: 11 }),
        ("bücher.example", NotAscii { offset: 1 }),
        ("192.0.2.1", Address),
        ("2001", Address),
        ("contoso.123", Address),
        ("[2001:db8::1]", Address),
    ] {
        assert_eq!(Domain::parse(text), Err(error), "{text:?}");
    }
}

/// A domain has 256 characters at most, a label 63.
#[test]
fn lengths_are_bounded() {
    let label = "a".repeat(63);
    let longest = format!("{label}.{label}.{label}.{label}.");
    assert_eq!(domain(&longest).len(), 255);
    let longest = format!("{label}.{label}.{label}.{}.b", "a".repeat(62));
    assert_eq!(domain(&longest).len(), Domain::MAX_LEN);
    assert_eq!(
        Domain::parse(&format!("{longest}b")),
        Err(DomainError::TooLong)
    );
    assert_eq!(
        Domain::parse(&format!("x.{label}a.example")),
        Err(DomainError::LabelTooLong { offset: 2 })
    );
    assert_eq!(domain(&"a.".repeat(128)).labels().count(), 128);
}

#[test]
fn only_whole_labels_make_a_domain_part_of_another() {
    let contoso = domain("contoso.com");
    for (text, within, below) in [
        ("contoso.com", true, false),
        ("CONTOSO.com.", true, false),
        ("sip.contoso.com", true, true),
        ("a.b.Contoso.Com", true, true),
        ("notcontoso.com", false, false),
        ("contoso.com.example", false, false),
        ("com", false, false),
        ("contoso.comm", false, false),
    ] {
        let found = domain(text);
        assert_eq!(
            (found.is_within(contoso), found.is_below(contoso)),
            (within, below),
            "{text}"
        );
    }
    let parents = core::iter::successors(Some(domain("a.b.c")), Domain::parent);
    let parents: String = parents.map(|domain| format!("{domain} ")).collect();
    assert_eq!(parents, "a.b.c b.c c ");
}
