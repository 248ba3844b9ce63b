//! Numbers and rules that others published.

use trunkline_e164::{
    CountryCode, DialString, LongNumber, NormalizationRule, Number, NumberFormat, TelUri,
};

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').collect())
}

/// P000-6: the example numbers of libphonenumber, of all regions and kinds, are read, split and written.
#[test]
fn p000_6_example_numbers_are_split_into_code_and_national_number() {
    let mut count = 0;
    for row in rows(include_str!("vectors/example_numbers.tsv")) {
        let (code, national) = (row[1], row[3]);
        let text = format!("+{code}{national}");
        let number = Number::parse(&text).expect(&text);
        assert_eq!(
            number.country_code().map(CountryCode::get),
            code.parse().ok()
        );
        assert_eq!(number.text().national(), Some(national));
        assert_eq!(number.to_string(), text);
        let parts = number.text();
        let parts = parts.parts().expect("a code in use");
        assert_eq!(
            (parts.country_code.to_string(), parts.national),
            (code.to_string(), national)
        );
        assert_eq!(
            format!(
                "{}{}",
                parts.area_code.unwrap_or_default(),
                parts.subscriber
            ),
            national
        );
        // Of Germany's numbers of places the area code is known, and of no other country's.
        assert!(
            row[2] != "fixedLine" || parts.area_code.is_some() == (code == "49"),
            "{text}"
        );
        let international = number.format(NumberFormat::International).to_string();
        assert_eq!(
            Number::parse_tolerant(&international),
            Ok(number),
            "{international}"
        );
        let uri = number.format(NumberFormat::Rfc3966).to_string();
        assert_eq!(TelUri::parse(&uri).expect(&uri).e164(), Some(number));
        let within = number
            .format(NumberFormat::National)
            .to_string()
            .replace(' ', "");
        let prefix = parts.country_code.national_prefix().unwrap_or_default();
        assert_eq!(within, format!("{prefix}{national}"));
        assert_eq!(
            LongNumber::parse(&text).map(Number::try_from),
            Ok(Ok(number))
        );
        let spaced = format!("+{code} ({}) {}", &national[..1], &national[1..]);
        if &national[..1] != "0" {
            assert_eq!(Number::parse_tolerant(&spaced), Ok(number), "{spaced}");
        }
        count += 1;
    }
    assert_eq!(count, 1_144);
}

/// What is dialled and what each rule of the PowerShell and Telesmart files makes of it, in their order; `None`
/// where the rule, as it was published, does not cover what it was meant for.
const OUTCOMES: [(&str, &str, Option<&str>); 31] = [
    ("^(?!)Anonymous", "Anonymous", None), // nothing matches `(?!)`
    (r"^(\d{10})$", "2065550100", Some("+12065550100")),
    (r"^\+1(\d{10})$", "+12065550100", Some("2065550100")),
    (r"^(\d{4})$", "0100", Some("+1206550100")), // a digit is missing in the translation
    (r"^(\d{4})$", "0100", Some("4255550100")),
    (r"^\+1206555(\d{4})$", "+12065550100", Some("0100")),
    (
        r"^\+1206555(\d{4})$",
        "+12065550100",
        Some("+12065550100;ext=0100"),
    ),
    ("^(d{11})$", "12065550100", None), // the backslash is missing
    (r"^\+?1312555888[2|3]$", "13125558883", Some("13125558883")),
    (r"^(\d{4})$", "0100", Some("+12065550100")),
    (r"^\+11234567890", "+11234567890", Some("+11234567890")),
    (r"^\+15552223333$", "+15552223333", Some("+15552223333")),
    (r"^\+1555333\d{4}$", "+15553330100", Some("+15553330100")),
    (r"^\+15552224444$", "+15552224444", Some("+15552224444")),
    (r"^\+(\d{8})$", "+12345678", Some("912345678")),
    (r"^\+1206(\d{7})$", "+12065550100", Some("5550100")),
    (r"^9(\d*){1,5}$", "95550100", Some("+1206")), // the last repetition finds nothing
    (r"^\+1425(\d{7})$", "+14255550100", Some("5550100")),
    (r"^\+1425(\d{7})$", "+14255550100", Some("5550100")),
    (r"^(\d{4})$", "0100", Some("+14255550100")),
    ("^(111)$", "111", Some("+64111")),
    (r"^(\d{7})$", "5550100", Some("+6435550100")),
    (r"^(\d{7})$", "5550100", Some("+6445550100")),
    (r"^(\d{7})$", "5550100", Some("+6465550100")),
    (r"^(\d{7})$", "5550100", Some("+6475550100")),
    (r"^(\d{7})$", "5550100", Some("+6495550100")),
    ("^(000|112)$", "112", Some("+61000")),
    (r"^([2-9]\d{7})$", "25550100", Some("+61225550100")),
    (r"^([2-9]\d{7})$", "25550100", Some("+61325550100")),
    (r"^([2-9]\d{7})$", "25550100", Some("+61725550100")),
    (r"^([2-9]\d{7})$", "25550100", Some("+61825550100")),
];

/// P000-35: each compiles, and does what is written down here.
#[test]
fn p000_35_published_rules_do_what_they_say() {
    let powershell = rows(include_str!("vectors/microsoft_docs_powershell.tsv"));
    let telesmart = rows(include_str!("vectors/anz_telesmart.tsv"));
    let published = powershell.chain(telesmart).zip(OUTCOMES);
    let mut count = 0;
    for (row, (pattern, dialled, expected)) in published {
        assert_eq!(row[2], pattern);
        // patterns that only block or choose have no translation
        let translation = row.get(3).filter(|text| !text.is_empty()).unwrap_or(&"$0");
        let rule = NormalizationRule::new(pattern, translation).expect(pattern);
        let dialled = DialString::parse(dialled).expect(dialled);
        let output = rule.translate(&dialled).expect("room");
        let output = output.map(|output| output.to_string());
        assert_eq!(output.as_deref(), expected, "{pattern} {translation}");
        count += 1;
    }
    assert_eq!(count, OUTCOMES.len());
}
