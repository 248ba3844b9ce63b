use std::string::{String, ToString as _};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{
    CallerId, CountryCode, DialString, EmergencyNumber, LineUri, LongNumber, NormalizationRule,
    Number, Pattern, PlanConfig, WrittenRule,
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Table {
    country: CountryCode,
    number: Number,
    long: LongNumber,
    line: LineUri,
    dialled: DialString,
    emergency: Vec<EmergencyNumber>,
    shown: CallerId,
    unchanged: CallerId,
    rules: Vec<WrittenRule>,
}

#[test]
fn what_is_written_reads_the_same() {
    let table = Table {
        country: CountryCode::GERMANY,
        number: Number::parse("+498007722375").unwrap(),
        long: LongNumber::parse("+493320312345678901").unwrap(),
        line: LineUri::parse("tel:+4989840798;ext=118").unwrap(),
        dialled: DialString::parse("+4989840798;ext=118").unwrap(),
        emergency: [
            EmergencyNumber::new("112").unwrap(),
            EmergencyNumber::with_mask("911", "112").unwrap(),
        ]
        .into(),
        shown: CallerId::new(true, Some("+4989123456;ext=118")).unwrap(),
        unchanged: CallerId::USER_PROVIDED,
        rules: [WrittenRule::new(r"^8(\d{3})$", "+49891234${1}").unwrap()].into(),
    };
    let text = toml::to_string(&table).unwrap();
    assert!(text.contains("number = \"+498007722375\""), "{text}");
    assert!(
        text.contains("line = \"tel:+4989840798;ext=118\""),
        "{text}"
    );
    assert!(
        text.contains(r#"emergency = ["112", { dial_string = "112", mask = "911" }]"#),
        "{text}"
    );
    assert!(text.contains(r#"pattern = '^8(\d{3})$'"#), "{text}");
    assert_eq!(toml::from_str::<Table>(&text).unwrap(), table);
}

#[test]
fn a_plan_is_written_as_it_was_read() {
    let text = r#"
        area_code = "89"
        main_number = "+49891234"
        emergency = ["112"]
        [[rule]]
        pattern = '^8(\d{3})$'
        translation = '+49891234$1'
    "#;
    let config: PlanConfig = toml::from_str(text).unwrap();
    assert_eq!(config.extension_digits, 3);
    assert_eq!(config.emergency.len(), 1);
    assert_eq!(config.rules[0].translation(), "+49891234$1");
    let written = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<PlanConfig>(&written).unwrap(), config);
    assert_eq!(
        toml::from_str::<PlanConfig>("").unwrap(),
        PlanConfig::default()
    );
}

#[test]
fn rules_and_patterns_compile_as_they_are_read() {
    let rule: NormalizationRule =
        toml::from_str("translation = '+49891234$1'\npattern = '^8(\\d{3})$'").unwrap();
    assert_eq!(
        rule,
        NormalizationRule::new(r"^8(\d{3})$", "+49891234$1").unwrap()
    );
    let pattern = toml::Value::String(r"^\d$".into()).try_into::<Pattern>();
    assert_eq!(pattern.unwrap(), Pattern::new(r"^\d$").unwrap());
}

#[test]
fn what_is_wrong_is_said() {
    fn error<T: serde::de::DeserializeOwned>(value: &str) -> String {
        #[derive(Deserialize)]
        struct Holder<T> {
            #[serde(rename = "value")]
            _value: T,
        }
        let read = toml::from_str::<Holder<T>>(&std::format!("value = {value}"));
        read.err().unwrap().message().to_string()
    }

    assert_eq!(
        error::<Number>("'0891234'"),
        r#""0891234": no plus sign at offset 0"#
    );
    assert_eq!(error::<CountryCode>("999"), "999: no country calling code");
    assert_eq!(
        error::<CountryCode>("65585"),
        "65585: no country calling code"
    );
    assert_eq!(
        error::<Pattern>("'^(a'"),
        r#""^(a": group not closed at offset 1 of the pattern"#
    );
    for rule in [error::<NormalizationRule>, error::<WrittenRule>] {
        assert_eq!(
            rule("{ pattern = '^(a', translation = '' }"),
            r#""^(a": group not closed at offset 1 of the pattern"#
        );
        assert_eq!(
            rule("{ pattern = 'a', translation = '+49${x}' }"),
            r#""+49${x}": unsupported substitution at offset 3 of the translation"#
        );
        assert_eq!(
            rule("{ pattern = 'a', translation = '1', name = 'b' }"),
            "unknown field `name`, expected `pattern` or `translation`"
        );
        assert_eq!(rule("{ pattern = 'a' }"), "missing field `translation`");
        let long = std::format!("{{ pattern = 'a', translation = '{}' }}", "1".repeat(193));
        assert!(rule(&long).contains("translation too long"));
    }
    assert_eq!(
        error::<EmergencyNumber>("''"),
        r#""": nothing was dialled at offset 0"#
    );
    assert_eq!(
        error::<EmergencyNumber>("{ dial_string = '112' }"),
        "missing field `mask`"
    );
    assert_eq!(
        error::<EmergencyNumber>("112"),
        "invalid type: integer `112`, expected a text, or a table of dial_string and mask"
    );
    assert_eq!(
        error::<CallerId>("{ suppress = true }"),
        "no alternate number to show"
    );
    assert_eq!(
        error::<CallerId>("{ suppress = false, alternate = '089' }"),
        r#""089": the alternate number is malformed"#
    );
    assert_eq!(
        error::<CallerId>("{ supress = true }"),
        "unknown field `supress`, expected `suppress` or `alternate`"
    );
}
