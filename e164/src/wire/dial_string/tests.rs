use std::format;
use std::string::ToString;

use super::{DialString, DialStringFault};

fn cleaned(text: &str) -> DialString {
    DialString::parse(text).expect(text)
}

fn fault(text: &str) -> (DialStringFault, usize) {
    let error = DialString::parse(text).expect_err(text);
    (error.fault, error.offset)
}

#[test]
fn separators_go_and_signs_stay() {
    for (text, expected) in [
        ("(089) 12 34-567", "0891234567"),
        ("+49 (0) 89/1234.567", "+49891234567"),
        ("0049 89 1234567", "0049891234567"),
        ("110", "110"),
        ("*21#", "*21#"),
        (" 1 1 2 ", "112"),
        ("alice.b-c", "alice.b-c"),
        ("Anonymous", "Anonymous"),
    ] {
        assert_eq!(cleaned(text).as_str(), expected, "{text}");
    }
    assert_eq!(cleaned("(089) 1"), cleaned("0891"));
}

#[test]
fn the_extension_is_kept_and_other_parameters_are_not() {
    for text in [
        "+4989840798;ext=118",
        "+4989840798;EXT=1-18;isub=1",
        "+4989840798;phone-context=example.com;ext=118;ext=9",
        "+49 89 840798;x;ext=118",
    ] {
        let line = cleaned(text);
        assert_eq!(line.as_str(), "+4989840798", "{text}");
        assert_eq!(line.extension(), Some("118"), "{text}");
        assert_eq!(line.to_string(), "+4989840798;ext=118");
        assert_eq!(DialString::parse(&line.to_string()), Ok(line));
        assert_eq!(line.without_extension(), cleaned("+4989840798"));
    }
    assert_eq!(cleaned("118;user=phone;next=1").extension(), None);
    assert_eq!(format!("{:?}", cleaned("118;")), "DialString(118)");
}

#[test]
fn what_cannot_be_dialled_is_refused_with_its_place() {
    assert_eq!(fault(""), (DialStringFault::Empty, 0));
    assert_eq!(fault(" - ;ext=1"), (DialStringFault::Empty, 3));
    assert_eq!(fault("08\u{661}"), (DialStringFault::NotPrintable, 2)); // an Arabic digit
    assert_eq!(fault("0\r\n1"), (DialStringFault::NotPrintable, 1));
    assert_eq!(fault("1;ext="), (DialStringFault::Extension, 6));
    assert_eq!(fault("1;ext=1a"), (DialStringFault::Extension, 7));
    assert_eq!(fault(&"1".repeat(65)), (DialStringFault::TooLong, 64));
    let full = format!("{};ext=1", "1".repeat(64));
    assert_eq!(fault(&full), (DialStringFault::TooLong, 69));
    assert_eq!(cleaned(&"1-".repeat(64)).as_str(), "1".repeat(64));
}
