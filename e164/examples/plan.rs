//! Tells what a German dial plan makes of what is dialled, and by which rule.
//!
//! ```text
//! cargo run -p trunkline-e164 --example plan -- 0891234567 118 0112 '*99'
//! cargo run -p trunkline-e164 --example plan -- --rule '^8(\d{4})$' '+4930555$1' 80100
//! ```
//!
//! The first prints
//!
//! ```text
//! 0891234567          reference rule 4 makes it +49891234567
//! 118                 the rule for extensions makes it +49891234118
//! 0112                the emergency numbers of the location make it 112
//! *99                 refused: no rule of the dial plan covers the number
//! ```
//!
//! The plan is that of a company in Munich (area code 89) with extensions of three digits behind
//! +49 89 1234. Without numbers it tries some of its own.

use core::error::Error;

use trunkline_e164::{DialString, NormalizationRule, Number, Plan};

/// What is dialled, and what becomes of it.
const OWN: [(&str, Option<&str>); 8] = [
    ("0891234567", Some("+49891234567")),
    ("+49 (0)89 1234567", Some("+49891234567")),
    ("0043 1 234567", Some("+431234567")),
    ("840798", Some("+4989840798")),
    ("118", Some("+49891234118")),
    ("0112", Some("112")),
    ("116117", Some("116117")),
    ("*99", None),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut rules = Vec::new();
    let mut numbers = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--rule" {
            let (Some(pattern), Some(translation)) = (arguments.next(), arguments.next()) else {
                return Err("usage: plan [--rule PATTERN TRANSLATION].. [DIALLED]..".into());
            };
            let rule = NormalizationRule::new(&pattern, &translation);
            rules.push(rule.map_err(|error| format!("{pattern}: {error}"))?);
        } else {
            numbers.push(argument);
        }
    }

    let plan = Plan::german("89")?
        .with_extensions(Number::parse("+49891234")?, 3)?
        .with_rules(&rules);
    // What looks wrong is told before anybody dials by it.
    for finding in plan.lint() {
        println!("the plan: {finding}");
    }
    let tell = |text: &str| match DialString::parse(text) {
        Ok(dialled) => match plan.explain(&dialled) {
            Ok(decision) => {
                println!("{text:<19} {decision}");
                Some(decision.normalized.to_string())
            }
            Err(refusal) => {
                println!("{text:<19} refused: {refusal}");
                None
            }
        },
        Err(error) => {
            println!("{text:<19} cannot be dialled: {error}");
            None
        }
    };
    for text in &numbers {
        tell(text);
    }
    if numbers.is_empty() {
        for (text, expected) in OWN {
            let became = tell(text);
            assert!(!rules.is_empty() || became.as_deref() == expected);
        }
    }
    Ok(())
}
