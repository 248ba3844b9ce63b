use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::bounds::{class_of, classes};
use super::search::STEPS;
use super::{Bounds, Instruction, Pattern, PatternError, PatternFault, Program};

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).expect(text)
}

fn refused(text: &str, fault: PatternFault, offset: usize) {
    let expected = Err(PatternError { fault, offset });
    assert_eq!(Pattern::new(text), expected, "{text}");
}

/// What group 1 holds after a match, group 0 when there is none.
fn captured<'t>(expression: &str, text: &'t str) -> Option<&'t str> {
    let pattern = pattern(expression);
    let captures = pattern.program().search(text.as_bytes())?;
    assert!(pattern.is_match(text));
    let group = captures.group(pattern.group_count().min(1), text.as_bytes());
    Some(str::from_utf8(group).expect("ASCII"))
}

#[test]
fn each_construct_matches_what_it_should() {
    for (expression, matching, others) in [
        ("110", &["110", "01101"][..], &["11", "1-10", ""][..]),
        ("^110$", &["110"], &["0110", "1100"]),
        (r"\A110\z", &["110"], &["0110", "1100"]),
        ("", &["", "1"], &[]),
        (".*", &["", "+49", "alice", "110"], &[]),
        ("^.$", &["1", "a"], &["", "12", "\n"]),
        (r"^\d+$", &["0", "0123456789"], &["", "12a", "\u{661}"]),
        (r"^\D$", &["a", "+"], &["1", "\u{661}"]),
        (r"^\w\W\s\S$", &["a+ 1", "_-\t."], &["+a 1", "a+1 "]),
        ("^[2-9]$", &["2", "9"], &["1", "-"]),
        ("^[^2-9]$", &["1", "a", "]"], &["2", ""]),
        ("^[2|3]$", &["2", "|", "3"], &["4"]),
        ("^[]a]$", &["]", "a"], &["b"]),
        ("^[^]a]$", &["b"], &["]", "a"]),
        ("^[a-]$", &["a", "-"], &["b"]),
        (r"^[\d*#]$", &["5", "*", "#"], &["a", "\\"]),
        (r"^[\--\]]$", &["-", "A", "]"], &["^", "("]),
        ("^(?:11|22)3$", &["113", "223"], &["11", "123", "3"]),
        ("^1|2$", &["13", "1", "32"], &["31", "23"]),
        ("^(|1)2$", &["2", "12"], &["112"]),
        ("^12*$", &["1", "1222"], &["2", "123"]),
        ("^12+$", &["12", "122"], &["1"]),
        ("^12?$", &["1", "12"], &["122"]),
        ("^(12){2}$", &["1212"], &["12", "121212"]),
        ("^(12){2,}$", &["1212", "121212"], &["12"]),
        ("^(12){1,2}$", &["12", "1212"], &["", "121212"]),
        ("^1{0}2$", &["2"], &["12"]),
        ("^1{0,0}2{1}$", &["2"], &["12"]),
        ("^(1*)*2$", &["2", "1112"], &["1", "12x"]),
        ("^(|1)*2$", &["2", "1112"], &["1"]),
        ("^(?:(?:){5}){3,}1$", &["1"], &["11"]),
        ("^1{,2}$", &["1{,2}"], &["1", "11"]),
        ("^{}]$", &["{}]"], &["{}"]),
        (r"^\+\(\)\*$", &["+()*"], &[]),
        ("1$|^2", &["31", "23"], &["13", "32"]),
        (
            r"^\d{5,8}|8[47]\d{2}$",
            &["123456789", "x8712"],
            &["1234", "x8612"],
        ),
        (r"^[\d\D]{2}$", &["1a"], &["1"]),
        (r"^[^\d\D]$", &[], &["1", "a", ""]),
    ] {
        let pattern = pattern(expression);
        for text in matching {
            assert!(pattern.is_match(text), "{expression} {text}");
        }
        for text in others {
            assert!(!pattern.is_match(text), "{expression} {text}");
        }
    }
}

#[test]
fn the_preferred_match_counts() {
    for (expression, text, expected) in [
        (r"^0(\d*)$", "089", "89"),
        (r"^(\d+)(\d+)$", "1234", "123"),
        (r"^(\d+?)(\d+)$", "1234", "1"),
        (r"^(\d{2,3})\d*$", "1234", "123"),
        (r"^(\d{2,3}?)\d*$", "1234", "12"),
        (r"^(\d??)\d*$", "1234", ""),
        (r"^(\d*?)4", "1424", "1"),
        ("(1|12|123)", "0123", "1"),
        ("(123|12|1)", "0123", "123"),
        (r"^(?:0(\d)|1(\d))$", "15", ""),
        (r"(\d)(?:\d)*$", "x123", "1"),
        (r"^(\d)+$", "123", "3"),
        (r"^9(\d*){1,5}$", "91234", ""), // the last repetition finds nothing, as in .NET
        ("2", "123", "2"),
        (r"\d{2}", "a123", "12"),
    ] {
        assert_eq!(captured(expression, text), Some(expected), "{expression}");
    }
}

#[test]
fn what_comes_next_can_be_looked_at() {
    for (expression, matching, others) in [
        ("^(?!)Anonymous", &[][..], &["Anonymous", ""][..]),
        (r"^0(?!0)\d+$", &["01", "0100"], &["00", "001", "0"]),
        (r"^(?!11)\d{3,}$", &["120", "1011"], &["110", "1101"]),
        ("^(?=.{3,4}$)1", &["123", "1234"], &["12", "12345"]),
        (r"^(?:(?!12)\d)+$", &["1133"], &["112"]),
        (
            r"^\+49(?!11[025]$|116\d{3}$)(\d+)$",
            &["+491101", "+4989"],
            &["+49110", "+49116117"],
        ),
        ("2(?!3|(4))", &["23 25", "2"], &["23", "24"]),
        ("^1(?!2)*2$", &["12"], &["1"]),
        ("^(?=1)(?!12)", &["13", "1"], &["12", "2"]),
    ] {
        let pattern = pattern(expression);
        for text in matching {
            assert!(pattern.is_match(text), "{expression} {text}");
        }
        for text in others {
            assert!(!pattern.is_match(text), "{expression} {text}");
        }
    }
    assert_eq!(captured(r"^(?!9)(\d)(?=2)", "12"), Some("1"));
    // also where all ways are followed at once, because the text is long or the pattern hostile
    let long = "1".repeat(10_000);
    assert!(pattern("^(?:1(?!2))*$").is_match(&long));
    assert!(!pattern("^(?:1(?!12))*$").is_match(&format!("{long}2")));
    assert!(!pattern("^(?:(?!2)(1|11))*(?!1{0,9}2)x$").is_match(&long));
    assert!(pattern("^(?:(1|11))*(?!1{0,9}2)3$").is_match(&format!("{}3", "1".repeat(40))));
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    refused("1(?=2+)3", PatternFault::Unsupported, 1);
    refused("1(?!2{3,})", PatternFault::Unsupported, 1);
    refused("1(?!2(?=3))", PatternFault::Unsupported, 1);
    refused("1(?=(2))", PatternFault::Unsupported, 1);
    refused("1(?<!2)", PatternFault::Unsupported, 1);
    refused("1(?!2", PatternFault::UnclosedGroup, 1);
    refused("(?<area>89)", PatternFault::Unsupported, 0);
    refused("(?i)a", PatternFault::Unsupported, 0);
    refused(r"(1)\1", PatternFault::Unsupported, 3);
    refused(r"\bx", PatternFault::Unsupported, 0);
    refused("[a-z-[m]]", PatternFault::Unsupported, 4);
    refused("^(12", PatternFault::UnclosedGroup, 1);
    refused("12)", PatternFault::UnopenedGroup, 2);
    refused("1[2", PatternFault::UnclosedClass, 1);
    refused("1[]", PatternFault::UnclosedClass, 1);
    refused("[9-2]", PatternFault::BadRange, 1);
    refused(r"[\d-x]", PatternFault::BadRange, 1);
    refused("*1", PatternFault::NothingToRepeat, 0);
    refused("(+)", PatternFault::NothingToRepeat, 1);
    refused("1|?", PatternFault::NothingToRepeat, 2);
    refused("{2}", PatternFault::NothingToRepeat, 0);
    refused("1**", PatternFault::NothingToRepeat, 2);
    refused("1{2}{3}", PatternFault::NothingToRepeat, 4);
    refused("1{3,2}", PatternFault::BadCount, 1);
    refused("1{256}", PatternFault::BadCount, 1);
    refused("1{99999999999999999999999}", PatternFault::BadCount, 1);
    refused("12\\", PatternFault::TrailingBackslash, 2);
    refused("1\u{ff11}", PatternFault::NotAscii, 1);
    refused("[\u{ff11}]", PatternFault::NotAscii, 1);
    refused("\\\u{ff11}", PatternFault::NotAscii, 1);
    let error = Pattern::new("1{3,2}").expect_err("a bad count");
    assert_eq!(
        error.to_string(),
        "bad repetition count at offset 1 of the pattern"
    );
    assert_eq!(
        format!("{:?}", pattern("(1)")),
        "Pattern { instructions: 6, groups: 1, .. }"
    );
    assert_eq!("(1)".parse(), Ok(pattern("(1)")));
}

/// Patterns that are but a few outlines are decided by them, and all others by the matchers: with the same outcome.
#[test]
fn outlines_decide_as_the_matchers_do() {
    let texts = [
        "",
        "0",
        "00",
        "+",
        "*",
        "1",
        "11",
        "110",
        "118",
        "0110",
        "00110",
        "0891234567",
        "089123456x",
        "08912345678",
        "089123456789012345678901234567890",
        "0049891234567",
        "+49891234567",
        "+49891234567#",
        "+4989123456#7",
        "+491",
        "0123456789",
        "01234567890",
        "*21",
        "*21#",
        "#31#0891234",
        "alice",
        "1a",
        "12\n",
        "1\u{661}",
        "89123456*",
        "00890123456",
        "+1",
        "+12345678901234567890",
        "20000123456",
        "020000123456",
        "02000012345678901",
    ];
    let long = [
        "1".repeat(254),
        "1".repeat(255),
        "1".repeat(10_000),
        format!("{}x", "1".repeat(300)),
    ];
    let (mut decided, mut left) = (0, 0);
    for (expression, has_outlines) in [
        (r"^0(\d*)$", true),
        (r"^\d+$", true),
        (r"^\d{2,5}$", true),
        (r"^\d{12,200}$", false), // too large
        (r"^(\d{3})\d{0,1}(\d*)$", true),
        (r"^0(20000[0-9]{4,8})$", true),
        (r"^(\+|00)([1-35-9]\d{6,14}|4[0-8]\d{5,13})$", true),
        (r"^(?:\+|00)490?([1-9]\d{2,12})$", true),
        (r"^(?:0|(?:\+|00)490?)?(11\d*)$", false),
        ("^1", true),
        ("^(1|11|110)", true),
        ("^(110|11|1)", true),
        (r"^\+49\d+", false),
        (r"^\d{11}$", true),
        (r"^012345678[5-9]0?$", false),
        (r"^01234567[0-9]90?$", false),
        (r"^0123456789?(\d)*$", false),
        (r"^01234567\d\d(\d)$", true),
        (r"^01234567(\d{0,2})$", true),
        (r"^[*#]\d{2}#?$", true),
        (r"^[^1]$", false),
        (r"^.*$", false),
        ("^$", true),
        ("^(|1)$", true),
        ("^1??1$", true),
        ("^a$", false),
        (r"^(\d)(\d)(\d)(\d)(\d)\d*$", true),
        (r"^(\d)(\d)(\d)(\d)(\d)(\d)\d*$", false),
        (r"^(((\d+)))$", true),
        (r"^(?!0)\d+$", false),
        ("^1$|^2$", true),
        ("^1$|2$", false),
        ("1$", false),
        ("^^1$$", true),
        ("^1$1$", false),
        ("^()1()$", true),
        ("^1{0}2$", true),
        (r"^(?:1|2|3|4|5)\d*$", false),
    ] {
        let Ok(pattern) = Pattern::new(expression) else {
            assert!(!has_outlines, "{expression}");
            continue;
        };
        let [program, by_matchers] = in_both_ways(&pattern);
        assert_eq!(!program.outlines.is_empty(), has_outlines, "{expression}");
        for text in texts.into_iter().chain(long.iter().map(String::as_str)) {
            let text = text.as_bytes();
            assert_eq!(
                program.is_match(text),
                by_matchers.is_match(text),
                "{expression} {text:?}"
            );
            let by_outlines = held(&program, text);
            let by_matchers = held(&by_matchers, text);
            assert_eq!(by_outlines, by_matchers, "{expression} {text:?}");
            decided += usize::from(by_outlines.is_some());
            left += usize::from(by_outlines.is_none());
        }
    }
    assert!(decided > 100 && left > 100, "{decided} {left}");
}

/// A pattern and the same without its outlines.
fn in_both_ways(pattern: &Pattern) -> [Program<'_>; 2] {
    let program = pattern.program();
    let by_matchers = Program {
        outlines: &[],
        bounds: Bounds {
            min: 0,
            max: u8::MAX,
            lanes: u64::MAX,
            shortest: u64::MAX,
            ..program.bounds
        },
        ..program
    };
    [program, by_matchers]
}

/// What the groups hold.
fn held<'t>(program: &Program<'_>, text: &'t [u8]) -> Option<Vec<Option<&'t [u8]>>> {
    let captures = program.search(text)?;
    Some(Vec::from_iter(
        (0..=9).map(|group| captures.get(group, text)),
    ))
}

/// Pieces of patterns as people write them.
const PIECES: [&str; 24] = [
    "0", "1", "2", r"\+", r"\*", "[1-3]", "[02]", "[^1]", r"\d", r"\d{2}", r"\d{1,3}", r"\d{2,}",
    r"\d*", r"\d+?", "0?", "1{0,2}", "(1|2)", "(?:1|22)", r"(\d{2})", r"(\d*)", "(0?)", "()", "$",
    "^",
];

proptest::proptest! {
    /// Neither bounds nor outlines change what the matchers say.
    #[test]
    fn a_glance_never_changes_the_outcome(
        pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..7),
        others in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..4),
        ends in 0..4,
        text in "[0-3]{0,3}[0-3+*]{0,3}[0-9]{0,8}[0-9x]?",
    ) {
        let end = if ends & 1 == 0 { "$" } else { "" };
        let mut expression = format!("^{}{end}", pieces.concat());
        if ends & 2 != 0 {
            expression = format!("^(?:{}|{}){end}", pieces.concat(), others.concat());
        }
        let pattern = pattern(&expression);
        let [program, by_matchers] = in_both_ways(&pattern);
        let text = text.as_bytes();
        proptest::prop_assert_eq!(program.is_match(text), by_matchers.is_match(text), "{}", expression);
        proptest::prop_assert_eq!(held(&program, text), held(&by_matchers, text), "{}", expression);
    }
}

/// What is as short as can be is told from longer texts at a glance: extensions from service numbers.
#[test]
fn a_glance_tells_extensions_from_service_numbers() {
    let service = pattern(r"^(?:0|(?:\+|00)490?)?(11(?:[025]|6\d{3}|8\d{2,3}))$");
    STEPS.set(0);
    for text in ["118", "116", "113", "11", "89", "0891234567"] {
        assert!(!service.is_match(text), "{text}");
    }
    assert_eq!(STEPS.get(), 0);
    for text in ["112", "11833", "118333", "116117", "0115", "+4911833"] {
        assert!(service.is_match(text), "{text}");
    }
}

/// Classes of all ranges, as they are octet by octet.
#[test]
fn classes_of_ranges_are_those_of_their_octets() {
    for from in 0..128 {
        for to in from..128 {
            let code = [Instruction::Class(1), Instruction::Range(from, to)];
            let one_by_one = (from..=to).fold(0, |classes, byte| classes | 1 << class_of(byte));
            assert_eq!(classes(&code, 0), one_by_one, "{from} {to}");
        }
    }
}

/// Patterns that would take other engines seconds, or all their memory.
#[test]
fn hostile_patterns_are_bounded() {
    for expression in [
        r"^(\d+)+$",
        r"^(\d|\d\d)*x$",
        r"^(((\d*)*)*)*x$",
        r"(.*)(.*)(.*)(.*)[xy]$",
    ] {
        assert_eq!(
            pattern(expression).is_match(&"1".repeat(10_000)),
            expression == r"^(\d+)+$"
        );
        assert!(
            pattern(expression)
                .program()
                .search(&[b'1'; 10_000])
                .is_none()
        );
    }
    refused(r"((\d{1,15}){1,15}){1,15}", PatternFault::TooLarge, 1);
    refused("1{200}", PatternFault::TooLarge, 0);
    refused("(){255}", PatternFault::TooLarge, 0);
    refused(&"1".repeat(200), PatternFault::TooLarge, 160);
    refused(&"()".repeat(600), PatternFault::TooLarge, Pattern::MAX_LEN);
    refused(&"(".repeat(500), PatternFault::TooDeep, 16);
    refused(&"(?:".repeat(300), PatternFault::TooDeep, 48);
    assert!(pattern(&format!("{}1{}", "(".repeat(16), ")".repeat(16))).is_match("1"));
    // more groups than a translation can name
    let many = pattern(&"(1)".repeat(30));
    assert_eq!(many.group_count(), 30);
    assert!(many.program().search("1".repeat(30).as_bytes()).is_some());
}

/// What is looked at for a text is at most so much for each instruction and octet, whatever the pattern: counted, not timed. Texts of up to 10 KB.
#[test]
fn work_is_linear_in_pattern_and_text() {
    let texts = [
        "1".repeat(10_000),
        "12".repeat(5_000),
        "1".repeat(200),
        format!("{}x", "1".repeat(60)),
        "+4989840798".into(),
        "".to_string(),
    ];
    let mut most = 0;
    for expression in [
        r"^(\d+)+$",
        r"^(\d+)+x$",
        r"^(\d|\d\d)*x$",
        r"^(((\d*)*)*)*x$",
        r"(.*)(.*)(.*)(.*)[xy]$",
        r"^(1?){30}1{30}$",
        r"(1|1|1|1|1)*y",
        r"^(?:(?!1{0,9}2)\d)*$",
        r"(?!1{0,20}x)1+y",
        r"^(?:1*1*1*1*)*2",
        r"(\d*?)*?(\d*?)*?z",
        r"^9(\d*){1,5}$",
        r"^\+49(89|30)\d+$",
    ] {
        let pattern = pattern(expression);
        let program = pattern.program();
        for text in &texts {
            let counted = |run: &dyn Fn()| {
                STEPS.set(0);
                run();
                STEPS.get()
            };
            let bound = (program.code.len() + 1) * (text.len() + 1);
            // what looks ahead does so for each octet
            let bound = if program
                .code
                .iter()
                .any(|of| matches!(of, Instruction::Look { .. }))
            {
                bound * 40
            } else {
                // what the quick matcher does before it gives up
                bound + 100_000
            };
            for steps in [
                counted(&|| _ = pattern.is_match(text)),
                counted(&|| _ = program.search(text.as_bytes())),
            ] {
                assert!(
                    steps <= bound,
                    "{expression}: {steps} of {bound} for {}",
                    text.len()
                );
                most = most.max(steps);
            }
        }
    }
    // the texts are long enough for anything else to show
    assert!(most > 100_000, "{most}");
}
