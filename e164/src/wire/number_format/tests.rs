use std::string::{String, ToString as _};

use super::*;
use crate::Number;

fn forms(text: &str) -> [String; 4] {
    let number = Number::parse(text).expect(text);
    [
        NumberFormat::E164,
        NumberFormat::International,
        NumberFormat::National,
        NumberFormat::Rfc3966,
    ]
    .map(|format| number.format(format).to_string())
}

/// P000-6: the forms of German numbers, of whatever kind.
#[test]
fn p000_6_german_numbers_by_area_code() {
    for (number, international, national) in [
        ("+4989840798", "+49 89 840798", "089 840798"),
        ("+493055501", "+49 30 55501", "030 55501"),
        ("+492011234567", "+49 201 1234567", "0201 1234567"),
        ("+49333711234", "+49 3337 11234", "03337 11234"),
        ("+493320312345", "+49 33203 12345", "033203 12345"),
        ("+4915112345678", "+49 151 12345678", "0151 12345678"),
        ("+498007722375", "+49 800 7722375", "0800 7722375"),
        ("+4932221234567", "+49 32 221234567", "032 221234567"),
        // Nobody has such a code, or there is nothing behind it.
        ("+4920001234", "+49 20001234", "020001234"),
        ("+4989", "+49 89", "089"),
        ("+49116117", "+49 116117", "0116117"),
    ] {
        let [e164, by_blanks, within, uri] = forms(number);
        assert_eq!(e164, number);
        assert_eq!(by_blanks, international);
        assert_eq!(within, national);
        assert_eq!(uri, std::format!("tel:{}", international.replace(' ', "-")));
        assert_eq!(Number::parse_tolerant(&by_blanks), Number::parse(number));
        let uri = crate::TelUri::parse(&uri).expect("a tel URI");
        assert_eq!(uri.e164(), Number::parse(number).ok());
    }
}

#[test]
fn numbers_of_other_countries_stay_in_one_piece() {
    assert_eq!(
        forms("+39061234567"),
        [
            "+39061234567",
            "+39 061234567",
            "061234567",
            "tel:+39-061234567"
        ]
    );
    assert_eq!(
        forms("+36123456"),
        ["+36123456", "+36 123456", "06123456", "tel:+36-123456"]
    );
    // no code in use
    assert_eq!(
        forms("+2101234567"),
        [
            "+2101234567",
            "+2101234567",
            "+2101234567",
            "tel:+2101234567"
        ]
    );
}

#[test]
fn the_parts_of_a_number() {
    let text = Number::parse("+4989840798").unwrap().text();
    let parts = text.parts().unwrap();
    assert_eq!(parts.country_code, CountryCode::GERMANY);
    assert_eq!(parts.national, "89840798");
    assert_eq!((parts.area_code, parts.subscriber), (Some("89"), "840798"));
    let text = Number::parse("+4311234567").unwrap().text();
    let parts = text.parts().unwrap();
    assert_eq!((parts.area_code, parts.subscriber), (None, "11234567"));
    assert_eq!(Number::parse("+2101234567").unwrap().text().parts(), None);
}
