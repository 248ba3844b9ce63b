#![no_main]
//! A number, as it is written by machines and by people, and what a German plan makes of it.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::{
    CountryCode, DialString, LineUri, LongNumber, Normalized, Number, NumberFormat, Plan, TelUri,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (strict, tolerant) = (Number::parse(text), Number::parse_tolerant(text));
    for read in [strict, tolerant] {
        match read {
            Ok(number) => check_number(number),
            Err(error) => assert!(error.offset <= text.len(), "{error}"),
        }
    }
    if let Ok(number) = strict {
        assert_eq!(number.to_string(), text);
        assert_eq!(tolerant, strict);
    }
    match (LongNumber::parse_tolerant(text), tolerant) {
        (Ok(long), Ok(number)) => assert_eq!(LongNumber::from(number), long),
        (Ok(long), Err(_)) => check_long(long),
        (Err(error), read) => assert!(read.is_err() && error.offset <= text.len(), "{error}"),
    }
    if let Ok(line) = LineUri::parse(text) {
        assert_eq!(LineUri::parse(&line.to_string()), Ok(line));
    }
    match DialString::parse(text) {
        Ok(dialled) => check_dial_string(&dialled),
        Err(error) => assert!(error.offset <= text.len(), "{error}"),
    }
});

fn check_number(number: Number) {
    let written = number.to_string();
    assert_eq!(written.parse(), Ok(number));
    assert_eq!(Number::parse_tolerant(&written), Ok(number));
    assert_eq!(written.len(), number.digit_count() + 1);
    assert!((2..=Number::MAX_DIGITS).contains(&number.digit_count()));
    let text = number.text();
    assert_eq!((text.as_str(), text.digits()), (&*written, &written[1..]));
    assert_eq!(number.country_code(), CountryCode::of_digits(text.digits()));
    // Code and national number are all of it.
    let national = number.country_code().zip(text.national());
    if let Some((code, national)) = national {
        assert_eq!(format!("+{code}{national}"), written);
        assert_eq!(CountryCode::new(code.get()), Some(code));
    }
    let dialled = DialString::from(number);
    assert_eq!(DialString::parse(&written), Ok(dialled));
    check_long(LongNumber::from(number));
}

fn check_long(number: LongNumber) {
    assert_eq!(LongNumber::parse(&number), Ok(number));
    let within = number.format(NumberFormat::National).to_string();
    if let Some(parts) = number.parts() {
        let area_code = parts.area_code.unwrap_or_default();
        assert_eq!(format!("{area_code}{}", parts.subscriber), parts.national);
        assert_eq!(
            format!("+{}{}", parts.country_code, parts.national),
            &*number
        );
        assert!(within.replace(' ', "").ends_with(parts.national));
    }
    let international = number.format(NumberFormat::International).to_string();
    assert_eq!(LongNumber::parse_tolerant(&international), Ok(number));
    let uri = number.format(NumberFormat::Rfc3966).to_string();
    let uri = TelUri::parse(&uri).unwrap();
    assert_eq!(uri.long_number(), Some(number));
    assert_eq!(DialString::from(number).as_str(), &*number);
}

fn check_dial_string(dialled: &DialString) {
    let written = dialled.to_string();
    assert_eq!(DialString::parse(&written).as_ref(), Ok(dialled));
    assert!(
        dialled.as_bytes().len() + dialled.extension().map_or(0, str::len) <= DialString::CAPACITY
    );
    let bare = dialled.without_extension();
    assert_eq!((bare.as_str(), bare.extension()), (dialled.as_str(), None));

    let plan = Plan::german("89").unwrap();
    let normalized = plan.normalize(dialled);
    // Whoever dials an emergency number, however it is dressed up, gets it.
    let digits = dialled.as_str();
    let digits = digits.strip_suffix('#').unwrap_or(digits);
    for number in ["110", "112"] {
        let dressed = ["", "0", "00", "+", "+49", "+490", "0049", "00490"];
        if dressed
            .iter()
            .any(|prefix| digits.strip_prefix(prefix) == Some(number))
        {
            let normalized = normalized.expect("an emergency call");
            assert!(normalized.is_emergency());
            assert_eq!(normalized.to_string(), number);
        }
    }
    match normalized {
        Ok(Normalized::E164(number)) => {
            check_number(number);
            assert!(!number.to_string().starts_with("+4911"));
            // What is E.164 already stays as it is.
            let again = plan.normalize(&DialString::from(number));
            assert_eq!(again, Ok(Normalized::E164(number)));
        }
        Ok(Normalized::ShortCode(code)) => assert!(code.as_str().starts_with("11")),
        Ok(Normalized::Emergency(code)) => assert!(["110", "112"].contains(&code.as_str())),
        Ok(other) => panic!("{other}"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
