//! Properties over arbitrary patterns, rules and numbers.

use proptest::prelude::*;
use trunkline_e164::{
    CallerId, CountryCode, DialString, E164_ARPA, Extension, LineUri, LongNumber,
    NormalizationRule, Normalized, Number, NumberFormat, Pattern, Plan, RuleSet, SERVICE_NUMBERS,
    TelUri, TelUriBuilder, enum_name,
};

/// From here to there in a text.
type Span = (usize, usize);

/// A pattern as a tree, which a matcher of the simplest kind can follow.
#[derive(Clone, Debug)]
enum Tree {
    Byte(u8),
    Digits,
    Any,
    Begin,
    End,
    Group(Box<Self>),
    Row(Vec<Self>),
    Either(Vec<Self>),
    Repeat(Box<Self>, usize, Option<usize>, bool),
}

impl Tree {
    fn write(&self, out: &mut String) {
        match self {
            Self::Byte(byte) => out.push(char::from(*byte)),
            Self::Digits => out.push_str("[1-3]"),
            Self::Any => out.push('.'),
            Self::Begin => out.push('^'),
            Self::End => out.push('$'),
            Self::Group(part) => {
                out.push('(');
                part.write(out);
                out.push(')');
            }
            Self::Row(parts) => parts.iter().for_each(|part| part.write(out)),
            Self::Either(parts) => {
                out.push_str("(?:");
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        out.push('|');
                    }
                    part.write(out);
                }
                out.push(')');
            }
            Self::Repeat(part, min, max, lazy) => {
                out.push_str("(?:");
                part.write(out);
                out.push(')');
                match (min, max) {
                    (0, None) => out.push('*'),
                    (1, None) => out.push('+'),
                    (0, Some(1)) => out.push('?'),
                    (min, None) => out.push_str(&format!("{{{min},}}")),
                    (min, Some(max)) => out.push_str(&format!("{{{min},{max}}}")),
                }
                if *lazy {
                    out.push('?');
                }
            }
        }
    }

    /// Tries all ways in order of preference: the reference for matches and groups alike. `next`
    /// says whether the rest matches from there.
    fn follow(
        &self,
        text: &[u8],
        at: usize,
        group: Option<Span>,
        next: &mut dyn FnMut(usize, Option<Span>) -> bool,
    ) -> bool {
        let one = |taken: bool| taken && at < text.len();
        match self {
            Self::Byte(byte) => one(text.get(at) == Some(byte)) && next(at + 1, group),
            Self::Digits => {
                one(text.get(at).is_some_and(|b| (b'1'..=b'3').contains(b))) && next(at + 1, group)
            }
            Self::Any => one(text.get(at) != Some(&b'\n')) && next(at + 1, group),
            Self::Begin => at == 0 && next(at, group),
            Self::End => at == text.len() && next(at, group),
            Self::Group(part) => {
                part.follow(text, at, group, &mut |end, _| next(end, Some((at, end))))
            }
            Self::Row(parts) => match parts.split_first() {
                None => next(at, group),
                Some((first, rest)) => {
                    let rest = Self::Row(rest.to_vec());
                    first.follow(text, at, group, &mut |at, group| {
                        rest.follow(text, at, group, next)
                    })
                }
            },
            Self::Either(parts) => parts.iter().any(|part| part.follow(text, at, group, next)),
            Self::Repeat(part, min, max, lazy) => {
                if *max == Some(0) {
                    return next(at, group);
                }
                let fewer = Self::Repeat(
                    part.clone(),
                    min.saturating_sub(1),
                    max.map(|max| max - 1),
                    *lazy,
                );
                if *min > 0 {
                    return part.follow(text, at, group, &mut |end, group| {
                        fewer.follow(text, end, group, next)
                    });
                }
                if *lazy && next(at, group) {
                    return true;
                }
                let again = part.follow(text, at, group, &mut |end, group| {
                    // an endless repetition of nothing leads nowhere
                    (max.is_some() || end > at) && fewer.follow(text, end, group, next)
                });
                again || (!*lazy && next(at, group))
            }
        }
    }

    fn search(&self, text: &[u8]) -> Option<(Span, Option<Span>)> {
        (0..=text.len()).find_map(|begin| {
            let mut found = None;
            self.follow(text, begin, None, &mut |end, group| {
                found = Some(((begin, end), group));
                true
            });
            found
        })
    }

    /// Whether something that can be nothing is repeated without end. Engines differ in what a
    /// group holds after that; whether there is a match does not depend on it.
    fn repeats_nothing(&self) -> bool {
        match self {
            Self::Group(part) => part.repeats_nothing(),
            Self::Row(parts) | Self::Either(parts) => parts.iter().any(Self::repeats_nothing),
            Self::Repeat(part, _, max, _) => {
                part.repeats_nothing() || max.is_none() && part.can_be_nothing()
            }
            _ => false,
        }
    }

    fn can_be_nothing(&self) -> bool {
        match self {
            Self::Byte(_) | Self::Digits | Self::Any => false,
            Self::Begin | Self::End => true,
            Self::Group(part) => part.can_be_nothing(),
            Self::Row(parts) => parts.iter().all(Self::can_be_nothing),
            Self::Either(parts) => parts.iter().any(Self::can_be_nothing),
            Self::Repeat(part, min, ..) => *min == 0 || part.can_be_nothing(),
        }
    }
}

/// Trees with at most one capturing group, at the top.
fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        4 => (b'1'..=b'4').prop_map(Tree::Byte),
        2 => Just(Tree::Digits),
        1 => Just(Tree::Any),
        1 => Just(Tree::Begin),
        1 => Just(Tree::End),
    ];
    let part = leaf.prop_recursive(3, 12, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 0..4);
        let bounds = (0..3_usize, proptest::option::of(0..3_usize), any::<bool>());
        prop_oneof![
            several.prop_map(Tree::Row),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Tree::Either),
            (inner, bounds).prop_map(|(part, (min, more, lazy))| {
                Tree::Repeat(Box::new(part), min, more.map(|more| min + more), lazy)
            }),
        ]
    });
    (part.clone(), part.clone(), part).prop_map(|(before, grouped, after)| {
        Tree::Row(vec![before, Tree::Group(Box::new(grouped)), after])
    })
}

fn pattern_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r"[\^$()|*+?{},\[\]\\\-:.d0-9]{0,40}",
        r"\^(\\+|00)?(49)?(\(\\d\{[0-9]{1,2},[0-9]{1,2}\}[\*\+\?]?\)){1,4}[\*\+]?\$",
    ]
}

fn dial_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r"(\+|00|0)?[0-9 ./()\-]{0,70}(;ext=[0-9]{0,6})?",
        r"(\+49|0049|0|\+|)(\(0\))?11[0-9]{0,5}",
    ]
}

proptest! {
    /// The engine agrees with one that tries all ways, on matches and on what the group holds.
    #[test]
    fn the_engine_agrees_with_trying_all_ways(tree in tree(), text in "[1-4]{0,6}") {
        let mut written = String::new();
        tree.write(&mut written);
        let Ok(pattern) = Pattern::new(&written) else {
            // too large is the only excuse
            prop_assert!(written.len() > 40, "{written}");
            return Ok(());
        };
        let expected = tree.search(text.as_bytes());
        prop_assert_eq!(pattern.is_match(&text), expected.is_some(), "{} {}", written, text);
        if let Some((whole, group)) = expected && !text.is_empty() && !tree.repeats_nothing() {
            let rule = NormalizationRule::new(&written, "<$0|$1>").expect("a rule");
            let output = rule.translate(&DialString::parse(&text).expect("digits"));
            let part = |(begin, end): Span| &text[begin..end];
            let expected = format!("<{}|{}>", part(whole), part(group.expect("the group")));
            let output = output.expect("room").expect("a match");
            prop_assert_eq!(output.as_str(), expected, "{} {}", written, text);
        }
    }

    /// Whatever is written into a rule and whatever is dialled: no panic.
    #[test]
    fn anything_compiles_or_is_refused(pattern in pattern_text(), translation in any::<String>(), text in dial_text()) {
        match NormalizationRule::new(&pattern, &translation) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(rule) => {
                let _ = format!("{rule:?}");
                if let Ok(dialled) = DialString::parse(&text) {
                    let translated = RuleSet::new([rule]).translate(&dialled);
                    prop_assert_eq!(translated.is_some(), rule.is_match(&dialled));
                }
            }
        }
        if let Err(error) = Pattern::new(&pattern) {
            prop_assert!(error.offset <= pattern.len());
        }
    }

    /// The German plan never yields what the trunk must not see.
    #[test]
    fn the_german_plan_yields_e164_or_service_numbers(text in dial_text(), own in pattern_text()) {
        let plan = Plan::german("89").expect("Munich");
        let own = NormalizationRule::new(&own, "+49$1").ok();
        let plan = plan.with_rules(own.as_slice());
        let Ok(dialled) = DialString::parse(&text) else { return Ok(()) };
        match plan.normalize(&dialled) {
            Ok(Normalized::E164(number)) => {
                let text = number.text();
                prop_assert!(!text.starts_with("+4911"), "{}", text);
                prop_assert_eq!(Number::parse(&text), Ok(number));
            }
            Ok(Normalized::ShortCode(code)) => prop_assert!(!code.as_str().starts_with('+')),
            Ok(Normalized::Emergency(code)) => prop_assert!(["110", "112"].contains(&code.as_str())),
            Ok(_) => prop_assert!(false),
            Err(reason) => prop_assert!(!reason.to_string().is_empty()),
        }
    }

    /// P000-36: however a service number is dressed up.
    #[test]
    fn p000_36_service_numbers_stay_what_they_are(
        number in proptest::sample::select(&SERVICE_NUMBERS[..]),
        prefix in proptest::sample::select(&["", "0", "+49", "0049", "+49 (0)", "00490"][..]),
        own in pattern_text(),
    ) {
        let own = NormalizationRule::new(&own, "+49$0").ok();
        let plan = Plan::german("89").expect("Munich").with_rules(own.as_slice());
        let dialled = DialString::parse(&format!("{prefix}{number}")).expect("a number");
        let normalized = plan.normalize(&dialled).expect("a rule");
        prop_assert_eq!(normalized.to_string(), number);
        prop_assert_eq!(normalized.is_emergency(), ["110", "112"].contains(&number));
    }

    /// P000-6: what is displayed is read as the same number.
    #[test]
    fn p000_6_numbers_are_displayed_as_they_are_read(text in r"\+[1-9][0-9]{1,14}") {
        let number = Number::parse(&text).expect("a number");
        prop_assert_eq!(number.to_string(), &text[..]);
        prop_assert_eq!(number.digit_count(), text.len() - 1);
        prop_assert_eq!(Number::parse_tolerant(&text), Ok(number));
        let code = number.country_code();
        prop_assert_eq!(code, CountryCode::of_digits(&text[1..]));
        if let (Some(code), Some(national)) = (code, number.text().national()) {
            prop_assert_eq!(&text, &format!("+{}{}", code, national));
        }
        prop_assert_eq!(DialString::from(number).to_string(), text);
    }

    /// P000-6: whatever form a number is written in, it is read as the same.
    #[test]
    fn p000_6_every_form_of_a_number_is_read(text in r"\+(49[1-9][0-9]{1,16}|[1-9][0-9]{1,14})") {
        let number = LongNumber::parse(&text).expect("a number");
        let international = number.format(NumberFormat::International).to_string();
        prop_assert_eq!(LongNumber::parse_tolerant(&international), Ok(number));
        let uri = number.format(NumberFormat::Rfc3966).to_string();
        prop_assert_eq!(TelUri::parse(&uri).expect("a URI").long_number(), Some(number));
        let within = number.format(NumberFormat::National).to_string();
        if let Some(parts) = number.parts() {
            let prefix = parts.country_code.national_prefix().unwrap_or_default();
            prop_assert_eq!(within.replace(' ', ""), format!("{prefix}{}", parts.national));
        }
        let name = enum_name(number, &E164_ARPA).expect("room");
        let digits: String = name.split('.').rev().skip(2).collect();
        prop_assert_eq!(digits, number.digits());
    }

    /// F002-134: a line that is written is read as the same.
    #[test]
    fn f002_134_lines_are_read_as_they_are_written(
        number in r"\+[1-9][0-9]{1,14}",
        extension in proptest::option::of("[0-9]{1,15}"),
    ) {
        let line = LineUri {
            number: Number::parse(&number).expect("a number"),
            extension: extension.as_deref().map(|text| Extension::parse(text).expect("digits")),
        };
        prop_assert_eq!(LineUri::parse(&line.to_string()), Ok(line));
        let mut built = String::new();
        let builder = TelUriBuilder { extension: extension.as_deref(), ..TelUriBuilder::new(&number) };
        builder.write(&mut built).expect("a URI");
        prop_assert_eq!(&built, &line.to_string());
        let dialled = TelUri::parse(&built).expect("a URI").dial_string().expect("room");
        prop_assert_eq!(LineUri::try_from(&dialled), Ok(line));
    }

    /// Whatever is given to the builder, it writes a URI that says the same, or nothing.
    #[test]
    fn what_is_built_is_a_tel_uri(
        number in r"\+?[0-9a-f.()-]{0,12}",
        context in proptest::option::of(r"[+a-z0-9.-]{0,10}"),
        params in proptest::collection::vec(("[a-zA-Z-]{0,3}", proptest::option::of(any::<String>())), 0..5),
    ) {
        let params: Vec<_> = params.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        let builder = TelUriBuilder {
            phone_context: context.as_deref(),
            params: &params,
            ..TelUriBuilder::new(&number)
        };
        let mut built = String::new();
        match builder.write(&mut built) {
            Ok(()) => {
                let uri = TelUri::parse(&built).expect("a URI");
                prop_assert_eq!(uri.number(), number);
                prop_assert_eq!(uri.value("phone-context"), context.as_deref());
                prop_assert!(params.iter().all(|(name, value)| uri.has(name) && uri.value(name).is_some() == value.is_some()));
                prop_assert!(built.is_ascii() && !built.contains(['\r', '\n', ' ', '<', '>']));
            }
            Err(_) => prop_assert_eq!(built, ""),
        }
    }

    /// Whatever comes: no panic, the offset lies within, and what is read is written the same.
    #[test]
    fn anything_is_read_or_refused(text in prop_oneof![any::<String>(), dial_text()]) {
        for number in [Number::parse(&text), Number::parse_tolerant(&text)] {
            match number {
                Ok(number) => prop_assert_eq!(Number::parse(&number.to_string()), Ok(number)),
                Err(error) => prop_assert!(error.offset <= text.len()),
            }
        }
        match DialString::parse(&text) {
            Ok(dialled) => prop_assert_eq!(DialString::parse(&dialled.to_string()), Ok(dialled)),
            Err(error) => prop_assert!(error.offset <= text.len()),
        }
        if let Ok(caller_id) = CallerId::new(true, Some(&text)) {
            prop_assert_eq!(caller_id.alternate().map(ToString::to_string), Some(text));
        }
    }
}
