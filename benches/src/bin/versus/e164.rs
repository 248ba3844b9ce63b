//! E.164: numbers, the rules of dial plans, and the way out.

mod digits;
mod german;
mod outbound;
#[cfg(feature = "peers")]
mod phonenumber;
#[cfg(feature = "peers")]
mod regex;
#[cfg(feature = "peers")]
mod rlibphonenumber;
mod rules;
mod trunkline;

use core::fmt::Display;

use self::rules::Task;
use crate::facts::Facts;
use crate::suite::Suite;

const NUMBER: &str = "+4989840798";

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();

    let parse = suite.operation("e164.parse", 0);
    trunkline::parse(parse);
    #[cfg(feature = "peers")]
    {
        rlibphonenumber::parse(parse);
        phonenumber::parse(parse);
    }
    digits::parse(parse);

    let format = suite.operation("e164.format", 0);
    trunkline::format(format);
    #[cfg(feature = "peers")]
    {
        rlibphonenumber::format(format);
        phonenumber::format(format);
    }
    digits::format(format);

    let plan = suite.operation("plan.german", 0);
    german::normalize(plan);
    #[cfg(feature = "peers")]
    regex::rules(plan, &german::task());

    for (name, task) in [
        ("plan.simple.1000", Task::simple(1_000)),
        ("plan.simple.10000", Task::simple(10_000)),
        ("plan.pattern.1000", Task::pattern(1_000)),
    ] {
        let plan = suite.operation(name, 0);
        trunkline::rules(plan, &task);
        #[cfg(feature = "peers")]
        regex::rules(plan, &task);
    }

    trunkline::build(
        suite.operation("plan.build.10000", 0),
        &Task::simple(10_000),
    );

    outbound::route(suite.operation("route.outbound", 0));
    suite
}

/// What a number is read to be.
fn number_facts(country_code: impl Display, national: impl Display) -> Facts {
    Facts::new()
        .with("country code", country_code)
        .with("national number", national)
}
