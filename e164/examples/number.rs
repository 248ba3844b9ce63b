//! Reads telephone numbers as people write them.
//!
//! ```text
//! cargo run -p trunkline-e164 --example number -- '+49 (0)89 840-798' '+1 (425) 555-0100'
//! ```
//!
//! prints for each the number that a trunk takes, and what stands in it:
//!
//! ```text
//! +49 (0)89 840-798  is +4989840798: DE, +49 89 840798, 089 840798 within the country
//! ```
//!
//! Without arguments it reads a few of its own, of which some are none.

use std::process::ExitCode;

use trunkline_e164::{Number, NumberFormat};

/// What is written, and what it is.
const OWN: [(&str, Option<&str>); 6] = [
    ("+49 (0)89 840-798", Some("+4989840798")),
    ("+1 (425) 555-0100", Some("+14255550100")),
    ("+39 06 1234567", Some("+39061234567")),
    // Whom this calls depends on where it is dialled: see the example `plan`.
    ("089 840798", None),
    ("+0049 89 840798", None),
    ("+49 89 VANITY", None),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        for (text, expected) in OWN {
            let number = tell(text).map(|number| number.to_string());
            assert_eq!(number.as_deref(), expected);
        }
        return ExitCode::SUCCESS;
    }
    let wrong = arguments.iter().filter(|text| tell(text).is_none()).count();
    match wrong {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Prints what the text is; the number, if it is one.
fn tell(text: &str) -> Option<Number> {
    let number = match Number::parse_tolerant(text) {
        Ok(number) => number,
        Err(error) => {
            println!("{text:<18} is none: {error}");
            return None;
        }
    };
    print!("{text:<18} is {number}: ");
    match number.country_code() {
        Some(code) => {
            // Some codes are shared: 1 by the United States, Canada and others.
            let region = code.regions().next().unwrap_or("no region");
            let international = number.format(NumberFormat::International);
            let within = number.format(NumberFormat::National);
            println!("{region}, {international}, {within} within the country");
        }
        None => println!("of no country"),
    }
    Some(number)
}
