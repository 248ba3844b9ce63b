use core::mem::size_of;
use std::format;
use std::string::ToString;

use super::{Number, NumberFault};

fn fault(text: &str) -> (NumberFault, usize) {
    let error = Number::parse(text).expect_err(text);
    (error.fault, error.offset)
}

/// P000-6: E.164 with leading plus sign, and nothing else.
#[test]
fn p000_6_numbers_are_read_strictly() {
    let number = Number::parse("+498007722375").expect("the example of the provider");
    assert_eq!(number.country_code().map(|code| code.get()), Some(49));
    assert_eq!(number.text().national(), Some("8007722375"));
    assert_eq!(number.text().digits(), "498007722375");
    assert_eq!(number.to_string(), "+498007722375");
    assert_eq!(format!("{number:?}"), "Number(+498007722375)");
    assert_eq!("+498007722375".parse(), Ok(number));
    assert_eq!(size_of::<Option<Number>>(), 8);

    assert_eq!(fault(""), (NumberFault::NoPlus, 0));
    assert_eq!(fault("498007722375"), (NumberFault::NoPlus, 0));
    assert_eq!(fault("+"), (NumberFault::TooShort, 1));
    assert_eq!(fault("+4"), (NumberFault::TooShort, 2));
    assert_eq!(fault("+0498007722"), (NumberFault::LeadingZero, 1));
    assert_eq!(fault("+49 800"), (NumberFault::NotADigit, 3));
    assert_eq!(fault("+49800\u{ff11}"), (NumberFault::NotADigit, 6)); // full-width 1
    assert_eq!(fault("++49"), (NumberFault::NotADigit, 1));
    assert_eq!(fault("+1234567890123456"), (NumberFault::TooLong, 16));
}

#[test]
fn the_longest_and_the_shortest_are_written_as_they_were_read() {
    for text in [
        "+10",
        "+99",
        "+999999999999999",
        "+100000000000000",
        "+498912345678901",
    ] {
        assert_eq!(Number::parse(text).expect(text).to_string(), text);
    }
    let number = Number::parse("+999999999999999").expect("15 digits");
    assert_eq!((number.digit_count(), number.country_code()), (15, None));
    assert_eq!(number.text().national(), None);
}

#[test]
fn separators_are_tolerated_where_asked_for() {
    let expected = Number::parse("+49891234567");
    for text in [
        "+49 89 1234567",
        "+49 (0)89 12 34-567",
        " (+49) 89/1234.567 ",
        "+49(0)89/1234567",
        "+49891234567",
    ] {
        assert_eq!(Number::parse_tolerant(text), expected, "{text}");
    }
    // in Italy the 0 belongs to the number
    let rome = Number::parse("+39061234567");
    assert_eq!(Number::parse_tolerant("+39 (0)6 1234567"), rome);
    // elsewhere than after the country code it is a digit
    let digit = Number::parse("+4989012");
    assert_eq!(Number::parse_tolerant("+49 89 (0)12"), digit);

    let error = Number::parse_tolerant("089 / 12").expect_err("no plus sign");
    assert_eq!((error.fault, error.offset), (NumberFault::NoPlus, 0));
    let error = Number::parse_tolerant("+49 89 x").expect_err("a letter");
    assert_eq!((error.fault, error.offset), (NumberFault::NotADigit, 7));
    assert_eq!(error.to_string(), "not a digit at offset 7");
}
