use proptest::prelude::*;

use super::*;
use crate::Length;

fn rule() -> impl Strategy<Value = SimpleRule> {
    let length = prop_oneof![
        (0..8_usize).prop_map(Length::AtLeast),
        (0..8_usize).prop_map(Length::Exactly),
        Just(Length::Any),
    ];
    let parts = ("[+*#]?[0-2]{0,3}", length, 0..5_usize, "[+]?[0-9]{0,3}");
    parts.prop_filter_map("a rule", |(starting, length, remove, add)| {
        SimpleRule::new(&starting, length, remove, &add).ok()
    })
}

proptest! {
    /// As they are, rules decide as the patterns that they are written as.
    #[test]
    fn simple_rules_decide_as_their_patterns(
        rules in proptest::collection::vec(rule(), 1..5),
        dialled in proptest::collection::vec("[+*#]?[0-2]{0,8}[a*]?|[0-9]{60,64}", 1..8),
    ) {
        let compiled: std::vec::Vec<_> = rules.iter().map(|rule| rule.rule().unwrap()).collect();
        for text in dialled {
            let Ok(dialled) = DialString::parse(&text) else { continue };
            let found = SimpleRules(&rules).translate(&dialled);
            let expected = compiled.translate(&dialled);
            prop_assert_eq!(found.map(|found| found.rule), expected.map(|found| found.rule));
            let (Some(found), Some(expected)) = (found, expected) else { continue };
            match (found.output, expected.output) {
                (Ok(found), Ok(expected)) => prop_assert_eq!(found, expected),
                (found, expected) => prop_assert_eq!(
                    found.map_err(|error| error.fault),
                    expected.map_err(|error| error.fault)
                ),
            }
            let of = |groups: Option<Groups>| groups.map(|groups| std::string::ToString::to_string(&groups));
            prop_assert_eq!(
                of(SimpleRules(&rules).groups(found.rule, &dialled)),
                of(Rules::groups(&compiled, found.rule, &dialled))
            );
        }
    }
}
