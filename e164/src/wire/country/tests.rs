use std::collections::BTreeSet;
use std::string::ToString;
use std::vec::Vec;

use super::CountryCode;

const VECTORS: &str = include_str!("../../../tests/vectors/country_calling_codes.tsv");

/// P000-6: the table is the published one, in order, and no code is the beginning of another.
#[test]
fn p000_6_the_table_is_complete() {
    let mut codes = BTreeSet::new();
    for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let code: u16 = columns[0].parse().expect("a code");
        let found = CountryCode::new(code).expect("a code in use");
        assert_eq!(found.get(), code);
        assert_eq!(found.to_string(), columns[0]);
        assert_eq!(found.len(), columns[0].len());
        assert!(found.regions().eq(columns[1].split(',')));
        assert_eq!(found.national_prefix().unwrap_or_default(), columns[3]);
        codes.insert(code);
    }
    assert_eq!(codes.len(), 215);
    assert!(CountryCode::all().map(CountryCode::get).eq(codes));
    for code in CountryCode::all() {
        assert_eq!(CountryCode::of_digits(&code.to_string()), Some(code));
    }
}

#[test]
fn the_code_of_a_number_is_found() {
    let of = |digits| CountryCode::of_digits(digits).map(CountryCode::get);
    assert_eq!(of("498007722375"), Some(49));
    assert_eq!(of("18002123456"), Some(1));
    assert_eq!(of("35315551234"), Some(353));
    assert_eq!(of("2107654321"), None); // 210 is spare
    assert_eq!(
        (of(""), of("4"), of("4x"), of("0"), of("049")),
        (None, None, None, None, None)
    );
    assert_eq!(CountryCode::GERMANY.regions().next(), Some("DE"));
    assert_eq!(CountryCode::new(0), None);
}
