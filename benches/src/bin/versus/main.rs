//! Ours and the registry's peers, side by side: the same inputs, one process, alternating rounds.
//!
//! ```text
//! cargo run --release -p trunkline-benches --bin versus -- sip
//! ```
//!
//! What each operation does, and what is compared before it is timed, stands in `benches/README.md`; how a
//! suite is written in [`suite`].

mod allocator;
mod facts;
mod measure;
mod options;
mod report;
mod suite;

mod e164;
mod msfed;
mod rtp;
mod sdp;
mod sip;
mod stun;

use std::process::ExitCode;

use options::{Options, USAGE};
use suite::Suite;

/// What a word of the command line stands for.
type NamedSuite = (&'static str, fn() -> Suite);

/// All suites. A further one is a line here and a module above.
const SUITES: &[NamedSuite] = &[
    ("sip", sip::suite),
    ("sdp", sdp::suite),
    ("stun", stun::suite),
    ("rtp", rtp::suite),
    ("e164", e164::suite),
    ("msfed", msfed::suite),
];

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => return usage(&error),
    };
    let mut suites = Vec::new();
    for name in &options.suites {
        let before = suites.len();
        let named = SUITES
            .iter()
            .filter(|(suite, _)| suite == name || name == "all");
        suites.extend(named.map(|(_, suite)| suite()));
        if suites.len() == before {
            return usage(&format!("{name} is not a suite"));
        }
    }
    match run(suites, &options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage(error: &str) -> ExitCode {
    let names: Vec<_> = SUITES.iter().map(|(name, _)| *name).collect();
    eprintln!("{USAGE}\n\nsuites: {}", names.join(", "));
    if error.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("\n{error}");
    ExitCode::from(2)
}

fn run(suites: Vec<Suite>, options: &Options) -> std::io::Result<()> {
    let mut all = Vec::new();
    let mut all_left_out = Vec::new();
    if !options.json {
        report::header()?;
    }
    for suite in suites {
        if !options.json {
            report::left_out(&suite.left_out)?;
        }
        for operation in suite.operations {
            if !options.selects(&operation.name) {
                continue;
            }
            let measurements = measure::measure(operation, options.rounds);
            if options.json {
                all.extend(measurements);
            } else {
                report::measurements(&measurements)?;
            }
        }
        all_left_out.extend(suite.left_out);
    }
    if options.json {
        report::json(&all, &all_left_out)?;
    }
    Ok(())
}
