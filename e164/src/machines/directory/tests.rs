use std::string::ToString as _;
use std::vec::Vec;

use super::*;

fn line(text: &str) -> LineUri {
    LineUri::parse(text).expect(text)
}

/// P000-41: a number belongs to one user only, and its extension counts.
#[test]
fn p000_41_a_line_belongs_to_one_user() {
    let mut directory = Directory::new();
    directory
        .insert(line("tel:+4989840798;ext=118"), "alice")
        .unwrap();
    directory
        .insert(line("tel:+4989840798;ext=119"), "bob")
        .unwrap();
    directory
        .insert(line("tel:+4989840798"), "operator")
        .unwrap();
    directory.insert(line("tel:+4989840799"), "carol").unwrap();
    for (text, owner) in [
        ("tel:+49-89-840798;ext=1-18", "alice"),
        ("tel:+4989840798;ext=119", "bob"),
        ("tel:+4989840798", "operator"),
        ("tel:+4989840799", "carol"),
    ] {
        let taken = directory.insert(line(text), "mallory");
        assert_eq!(taken, Err(LineTaken(line(text))), "{text}");
        assert_eq!(directory.get(line(text)), Some(&owner), "{text}");
    }
    // as it would be the same line to nobody else
    assert_eq!(directory.get(line("tel:+4989840798;ext=0118")), None);
    assert_eq!(directory.get(line("tel:+4989840799;ext=118")), None);
    assert_eq!(directory.len(), 4);
    assert_eq!(
        LineTaken(line("tel:+4989840798;ext=118")).to_string(),
        "the line tel:+4989840798;ext=118 is taken"
    );
}

/// F002-134: what was imported can be corrected by hand.
#[test]
fn f002_134_corrections_replace_what_was_imported() {
    let mut directory = Directory::new();
    for (text, owner) in [
        ("tel:+4989840798;ext=118", "alice"),
        ("tel:+4989840799", "bob"),
    ] {
        directory.insert(line(text), owner).unwrap();
    }
    assert_eq!(
        directory.replace(line("tel:+4989840798;ext=118"), "carol"),
        Some("alice")
    );
    assert_eq!(directory.replace(line("tel:+4989840700"), "dora"), None);
    assert_eq!(directory.remove(line("tel:+4989840799")), Some("bob"));
    assert!(directory.insert(line("tel:+4989840799"), "alice").is_ok());
    let all: Vec<&str> = directory.iter().map(|(_, owner)| *owner).collect();
    assert_eq!(all, ["dora", "carol", "alice"]);
}

/// P000-45: a table from numbers to sites, as to anything else.
#[test]
fn p000_45_all_lines_of_a_number_are_found() {
    let mut sites = Directory::default();
    for (text, site) in [
        ("tel:+4989840797;ext=999", "Augsburg"),
        ("tel:+4989840798;ext=20", "Munich"),
        ("tel:+4989840798", "Munich"),
        ("tel:+4989840798;ext=3", "Dachau"),
        ("tel:+4989840799", "Augsburg"),
    ] {
        sites.insert(line(text), site).unwrap();
    }
    let number = line("tel:+4989840798").number;
    let found: Vec<_> = sites
        .with_number(number)
        .map(|(line, site)| (line.to_string(), *site))
        .collect();
    assert_eq!(
        found,
        [
            ("tel:+4989840798".to_string(), "Munich"),
            ("tel:+4989840798;ext=3".to_string(), "Dachau"),
            ("tel:+4989840798;ext=20".to_string(), "Munich"),
        ]
    );
    let nobody = line("tel:+4989840796").number;
    assert_eq!(sites.with_number(nobody).count(), 0);
}
