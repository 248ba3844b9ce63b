use core::mem::size_of;
use std::string::ToString as _;

use super::*;
use crate::TelUriFault;

fn parsed(text: &str) -> LineUri {
    LineUri::parse(text).expect(text)
}

/// F002-134: number and extension are taken from what a directory holds.
#[test]
fn f002_134_number_and_extension_of_a_directory() {
    let line = parsed("tel:+4989840798;ext=118");
    assert_eq!(line.number.to_string(), "+4989840798");
    assert_eq!(
        line.extension.map(|ext| ext.to_string()).as_deref(),
        Some("118")
    );
    assert_eq!(line.to_string(), "tel:+4989840798;ext=118");
    for text in [
        "TEL:+4989840798;ext=118",
        "tel:+49-89-840798;EXT=118",
        "tel:+49(89)840.798;ext=1-18",
    ] {
        assert_eq!(parsed(text), line, "{text}");
    }
    assert_eq!(size_of::<LineUri>(), 16);
}

/// P000-41: a line is its number and its extension, of which leading zeros count.
#[test]
fn p000_41_lines_differ_by_their_extension() {
    let number = parsed("tel:+4989840798");
    assert_eq!(number, LineUri::new(number.number));
    let mut lines = [
        parsed("tel:+4989840798;ext=0118"),
        parsed("tel:+4989840799"),
        parsed("tel:+4989840798;ext=119"),
        parsed("tel:+4989840798;ext=118"),
        number,
    ];
    lines.sort_unstable();
    assert_eq!(
        lines.map(|line| line.to_string()),
        [
            "tel:+4989840798",
            "tel:+4989840798;ext=118",
            "tel:+4989840798;ext=119",
            "tel:+4989840798;ext=0118",
            "tel:+4989840799",
        ]
    );
}

/// What a plan makes of what is dialled can be looked up.
#[test]
fn what_was_dialled_is_a_line() {
    let line = |text: &str| LineUri::try_from(&DialString::parse(text).unwrap());
    assert_eq!(
        line("+49 89 840798;ext=118"),
        Ok(parsed("tel:+4989840798;ext=118"))
    );
    assert_eq!(line("+4989840798"), Ok(parsed("tel:+4989840798")));
    assert_eq!(line("840798"), Err(LineUriError::Number));
    let long = line("+4989840798;ext=1234567890123456");
    assert_eq!(long, Err(LineUriError::Extension));
    assert_eq!(
        LineUriError::Extension.to_string(),
        "the extension is too long"
    );
}

#[test]
fn what_is_no_line_says_why() {
    let fault = |text| match LineUri::parse(text) {
        Err(LineUriError::TelUri(error)) => error.fault,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(fault("+4989840798"), TelUriFault::Scheme);
    assert_eq!(fault("sip:alice@contoso.com"), TelUriFault::Scheme);
    assert_eq!(fault("tel:"), TelUriFault::Number);
    assert_eq!(fault("tel:+4989840798;ext=a"), TelUriFault::Extension);
    assert_eq!(fault("tel:+4989840798;ext=1;ext=2"), TelUriFault::Duplicate);
    for (text, error) in [
        ("tel:118", LineUriError::Number),
        ("tel:+1234567890123456", LineUriError::Number),
        ("tel:+0498984", LineUriError::Number),
        ("tel:+4989840798;npdi", LineUriError::Parameter),
        (
            "tel:+4989840798;ext=1234567890123456",
            LineUriError::Extension,
        ),
    ] {
        assert_eq!(LineUri::parse(text), Err(error), "{text}");
    }
}
