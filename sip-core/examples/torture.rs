//! The torture messages of RFC 4475 and RFC 5118: what the RFC says, what the three profiles of validation make
//! of each, and what an element answers. Fails where that is not what the RFC permits.
//!
//! ```text
//! cargo run -p trunkline-sip-core --example torture
//! ```

use std::process::ExitCode;

#[path = "../tests/torture/judge.rs"]
mod judge;

use judge::{Element, Outcome, PROFILES};

fn main() -> ExitCode {
    let line = |columns: [&str; 6], answers: &str| {
        let [section, title, verdict, strict, default, tolerant] = columns;
        println!(
            "{section:<13} {title:<56} {verdict:<9} {strict:<6} {default:<7} {tolerant:<8} {answers}"
        );
    };
    let mut violations = Vec::new();
    let mut rfc = "";
    for row in judge::rows() {
        if row.rfc != rfc {
            rfc = row.rfc;
            println!("RFC {rfc}");
            let columns = [
                "section", "title", "verdict", "STRICT", "DEFAULT", "TOLERANT",
            ];
            line(columns, "what an element does");
        }
        let bytes = row.read();
        let [strict, default, tolerant] =
            PROFILES.map(|(_, rules)| short(&judge::validated(&bytes, &rules)));
        let answers = row.elements().into_iter().map(|element| {
            let outcome = element.receives(&bytes);
            match element {
                Element::Endpoint => outcome.to_string(),
                Element::Registrar => format!("registrar with passwords: {outcome}"),
                Element::Proxy => format!("proxy: {outcome}"),
            }
        });
        let answers: Vec<String> = answers.collect();
        let title: String = row.title.chars().take(56).collect();
        let columns = [
            row.section,
            &title,
            row.verdict,
            &strict,
            &default,
            &tolerant,
        ];
        line(columns, &answers.join("; "));
        if let Some(violation) = row.violation() {
            violations.push(format!(
                "{} {}: {violation}, where the RFC says: {} ({})",
                row.section, row.title, row.answer, row.liberal
            ));
        }
    }
    println!(
        "{} messages, {} not as the RFCs have it",
        judge::rows().len(),
        violations.len()
    );
    for violation in &violations {
        println!("{violation}");
    }
    ExitCode::from(u8::from(!violations.is_empty()))
}

/// The outcome without reason phrase.
fn short(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered { status, .. } => status.to_string(),
        other => other.to_string(),
    }
}
