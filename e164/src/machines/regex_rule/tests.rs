use std::string::ToString;

use super::*;
use crate::PatternFault;

fn dial(text: &str) -> DialString {
    DialString::parse(text).unwrap()
}

fn output(rule: &AnyRule, dialled: &str) -> Option<std::string::String> {
    rule.translate(&dial(dialled))
        .unwrap()
        .map(|output| output.to_string())
}

/// What our own grammar takes never gets to another engine.
#[test]
fn other_engines_take_what_is_beyond_the_grammar() {
    let rule = AnyRule::new(r"^(?!112)(\d{3})$", "+4989$1").unwrap();
    assert!(matches!(rule, AnyRule::Pattern(_)));
    #[cfg(feature = "regex")]
    {
        // more instructions than a pattern may have
        let rule =
            AnyRule::new(r"^(?:\d{20}|\d{40}|\d{45}|\d{50}|\d{60})(?P<rest>0)$", "$1").unwrap();
        assert!(matches!(rule, AnyRule::Regex(_)));
        assert_eq!(output(&rule, &("1".repeat(45) + "0")).as_deref(), Some("0"));
        assert_eq!(output(&rule, "10"), None);
    }
    #[cfg(feature = "fancy-regex")]
    {
        let rule = AnyRule::new(r"^(\d+)(?<!0)(?=\d*)$", "+49$1${1}$10").unwrap();
        assert!(matches!(rule, AnyRule::Regex(_)));
        assert_eq!(output(&rule, "12").as_deref(), Some("+491212$10"));
        assert_eq!(output(&rule, "10"), None);
        let AnyRule::Regex(rule) = rule else {
            panic!("{rule:?}")
        };
        assert_eq!(rule.groups(&dial("12")).unwrap().to_string(), "$1 = 12");
    }
    for (pattern, taken, not_taken) in [
        // what is subtracted, and what only looks like sets of other engines
        (r"^(?:[0-9-[5]])(?i:x)$", "4x", "5X"),
        (r"^(?i:x)[[&&+]$", "X&", "x]"),
        (r"^(?i:x){,2}$", "x{,2}", "xx"),
    ] {
        let rule = AnyRule::new(pattern, "$0").unwrap();
        assert_eq!(output(&rule, taken).as_deref(), Some(taken), "{pattern}");
        assert_eq!(output(&rule, not_taken), None, "{pattern}");
    }
    // groups with names are counted behind all others
    let rule = AnyRule::new(r"^0(?<area>89|30)(\d)(\d+)$", "$1*$2*$3").unwrap();
    assert_eq!(output(&rule, "0891234").as_deref(), Some("1*234*89"));
    // a mistake is none the less one where another engine reads something else in it
    let refused = AnyRule::new("^1**$", "$0").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "nothing to repeat at offset 3 of the pattern"
    );
    let refused = AnyRule::new("^(", "$1").unwrap_err();
    let RuleError::Pattern(error) = refused else {
        panic!("{refused}")
    };
    assert_eq!(
        (error.fault, error.offset),
        (PatternFault::UnclosedGroup, 1)
    );
}

/// Engines that try all ways are held to a number of steps.
#[cfg(feature = "fancy-regex")]
#[test]
fn what_takes_too_long_is_no_match() {
    let rule = RegexRule::new(r"^(?:(\d+)+\1?)+x$", "$1").unwrap();
    assert_eq!(rule.translate(&dial(&"1".repeat(60))), Ok(None));
    let rule = RegexRule::new(&"(".repeat(2_000), "");
    assert!(rule.is_err());
}
