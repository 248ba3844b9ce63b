use std::string::ToString as _;

use super::*;

fn fault(text: &str) -> (NumberFault, usize) {
    let error = LongNumber::parse(text).expect_err(text);
    (error.fault, error.offset)
}

/// 17 digits behind the code of a country, as libphonenumber has it.
#[test]
fn german_numbers_may_be_longer_where_asked_for() {
    let text = "+4933203123456789012"; // 17 digits behind 49
    let long = LongNumber::parse(text).unwrap();
    assert_eq!(long.as_str(), text);
    assert_eq!(long.digits(), &text[1..]);
    assert_eq!(long.national().map(str::len), Some(17));
    assert_eq!(
        Number::try_from(long).unwrap_err().fault,
        NumberFault::TooLong
    );
    assert_eq!(DialString::from(long).as_str(), text);
    assert_eq!(
        LongNumber::parse_tolerant("+49 (0) 33203 / 123456789012"),
        Ok(long)
    );
    assert_eq!(long.to_string().parse(), Ok(long));
}

#[test]
fn what_is_too_long_even_so() {
    // one digit more
    assert_eq!(fault("+49332031234567890123"), (NumberFault::TooLong, 20));
    // three digits and 17 are the most there can be
    assert!(LongNumber::parse("+35312345678901234567").is_ok());
    assert_eq!(fault("+353123456789012345678"), (NumberFault::TooLong, 21));
    // where there is no country there are 15
    assert!(LongNumber::parse("+999999999999999").is_ok());
    assert_eq!(fault("+9999999999999999"), (NumberFault::TooLong, 16));
    assert_eq!(fault("+"), (NumberFault::TooShort, 1));
    assert_eq!(fault("+049"), (NumberFault::LeadingZero, 1));
    assert_eq!(fault("+49a"), (NumberFault::NotADigit, 3));
    assert_eq!(fault("49"), (NumberFault::NoPlus, 0));
    assert_eq!(fault(""), (NumberFault::NoPlus, 0));
}

#[test]
fn what_is_short_enough_is_the_same_number() {
    for text in ["+49", "+4989840798", "+123456789012345"] {
        let number = Number::parse(text).unwrap();
        let long = LongNumber::parse(text).unwrap();
        assert_eq!(LongNumber::from(number), long);
        assert_eq!(Number::try_from(long), Ok(number));
        assert_eq!(long.country_code(), number.country_code());
        assert_eq!(long.national(), number.text().national());
    }
}
