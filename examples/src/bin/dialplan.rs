//! Dial plans: judges one, tells what becomes of numbers, converts between forms, draws.
//!
//! ```text
//! dialplan lint voice.toml
//! dialplan test voice.toml 0891234567 112 --explain
//! dialplan convert --to csv voice.toml
//! ```
//!
//! Without arguments it shows the sample of examples/dialplan.toml, and checks what it shows.

use core::error::Error;
use core::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use trunkline_e164::config::VoiceConfiguration;
use trunkline_e164::{Caller, DialString, Part, VoiceRouting, import};
use trunkline_examples::dialplan::{Format, Lines, SAMPLE, svg, table, test};

/// Dial plans, voice policies, routes and trunks, built on Trunkline.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tells what is wrong with a configuration, and fails if there is anything.
    Lint {
        #[command(flatten)]
        input: Input,
    },
    /// Tells what becomes of numbers, and fails if one goes nowhere.
    Test {
        #[command(flatten)]
        input: Input,
        /// What is dialled.
        #[arg(required = true)]
        numbers: Vec<String>,
        /// Tells every step.
        #[arg(long)]
        explain: bool,
        /// The caller's number, E.164.
        #[arg(long, value_name = "NUMBER")]
        caller: Option<String>,
        /// The caller's site.
        #[arg(long)]
        site: Option<String>,
        /// The dial plan that is granted to the caller.
        #[arg(long, value_name = "NAME")]
        dial_plan: Option<String>,
        /// The voice policy that is granted to the caller.
        #[arg(long, value_name = "NAME")]
        voice_policy: Option<String>,
    },
    /// Writes a configuration in another form. What cannot be expressed is told on standard error, and fails with --strict.
    Convert {
        #[command(flatten)]
        input: Input,
        /// toml, json, csv, list, asterisk, kamailio-dialplan or kamailio-drouting.
        #[arg(long, value_name = "FORMAT", default_value = "toml")]
        to: Format,
        /// Fails if anything was not carried over.
        #[arg(long)]
        strict: bool,
    },
    /// Prints a configuration as tables.
    Table {
        #[command(flatten)]
        input: Input,
    },
    /// Prints a configuration as an SVG picture.
    Svg {
        #[command(flatten)]
        input: Input,
    },
}

#[derive(Debug, clap::Args)]
struct Input {
    /// The configuration.
    file: PathBuf,
    /// Its form, which otherwise its name and its first lines tell.
    #[arg(long, value_name = "FORMAT")]
    from: Option<Format>,
}

/// What a file says.
struct Read {
    name: String,
    text: String,
    format: Format,
    configuration: VoiceConfiguration,
    /// What was not carried over, with the name of the file and lines.
    told: Vec<String>,
}

impl Input {
    fn read(&self) -> Result<Read, Box<dyn Error>> {
        let name = self.file.display().to_string();
        let file = fs::read(&self.file).map_err(|error| format!("{name}: {error}"))?;
        let text = import::decode(&file).map_err(|error| format!("{name}: {error}"))?;
        let text = text.into_owned();
        let format = self.from.unwrap_or_else(|| Format::of(&self.file, &text));
        let (configuration, told) = format
            .read(&text)
            .map_err(|error| format!("{name}:{error}"))?;
        let told = told.into_iter().map(|told| format!("{name}: {told}"));
        Ok(Read {
            told: told.collect(),
            name,
            text,
            format,
            configuration,
        })
    }
}

impl Read {
    /// Sentences about parts, each with the name of the file, and the line where it is known.
    fn told_of<T: fmt::Display>(
        &self,
        sentences: &[T],
        part: impl Fn(&T) -> Part<'_>,
    ) -> Vec<String> {
        let lines = Lines::of(self.format, &self.text, &self.configuration);
        let name = &self.name;
        let told = sentences
            .iter()
            .map(|told| match lines.of_part(&part(told)) {
                Some(line) => format!("{name}:{line}: {told}"),
                None => format!("{name}: {told}"),
            });
        told.collect()
    }
}

fn main() -> ExitCode {
    match start(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("dialplan: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is well.
fn start(command: Option<Command>) -> Result<bool, Box<dyn Error>> {
    let tell = |told: &[String]| told.iter().for_each(|told| eprintln!("{told}"));
    match command {
        None => sample(),
        Some(Command::Lint { input }) => {
            let read = input.read()?;
            let found = read.configuration.lint();
            let found = read.told_of(&found, |found| found.part);
            for told in read.told.iter().chain(&found) {
                println!("{told}");
            }
            Ok(read.told.is_empty() && found.is_empty())
        }
        Some(Command::Test {
            input,
            numbers,
            explain,
            caller,
            site,
            dial_plan,
            voice_policy,
        }) => {
            let read = input.read()?;
            tell(&read.told);
            let (routing, broken) = VoiceRouting::without_broken(&read.configuration);
            tell(&read.told_of(&broken, |broken| broken.part));
            let mut from = Caller::default();
            if let Some(number) = &caller {
                let number = DialString::parse(number)
                    .map_err(|error| format!("--caller {number}: {error}"))?;
                from = Caller::new(number);
            }
            from.site = site.as_deref();
            from.dial_plan = dial_plan.as_deref();
            from.voice_policy = voice_policy.as_deref();
            let mut all = true;
            for number in &numbers {
                let (said, goes) = test(&routing, &from, number, explain);
                println!("{said}");
                all &= goes;
            }
            Ok(all)
        }
        Some(Command::Convert { input, to, strict }) => {
            let Read {
                name,
                configuration,
                mut told,
                ..
            } = input.read()?;
            let (text, losses) = to.write(&configuration)?;
            told.extend(losses.into_iter().map(|loss| format!("{name}: {loss}")));
            tell(&told);
            print!("{text}");
            Ok(!strict || told.is_empty())
        }
        Some(Command::Table { input }) => {
            let read = input.read()?;
            tell(&read.told);
            print!("{}", table(&read.configuration));
            Ok(true)
        }
        Some(Command::Svg { input }) => {
            let read = input.read()?;
            tell(&read.told);
            print!("{}", svg(&read.configuration));
            Ok(true)
        }
    }
}

/// Shows the sample, and checks it.
fn sample() -> Result<bool, Box<dyn Error>> {
    let format = Format::of(Path::new("dialplan.toml"), SAMPLE);
    let (configuration, _) = format.read(SAMPLE)?;
    print!("{}", table(&configuration));
    let found = configuration.lint();
    found.iter().for_each(|found| println!("{found}"));

    println!();
    let routing = VoiceRouting::new(&configuration).map_err(|broken| broken.to_string())?;
    let mut caller = Caller::default();
    caller.site = Some("Munich");
    let mut is_right = true;
    for (number, expected) in [
        (
            "0891234567",
            "0891234567 by gw-munich, then +49891234567 by gw-berlin",
        ),
        (
            "234",
            "0895551234 by gw-munich, then +49895551234 by gw-berlin",
        ),
        ("0043 1 4000", "+4314000 by provider"),
        ("0112", "112 by gw-munich, then 112 by gw-berlin"),
        ("999", "112 by gw-munich, then 112 by gw-berlin"),
        ("116117", "116117 by gw-munich, then 116117 by gw-berlin"),
        ("*99", "refused: no rule of the dial plan covers the number"),
    ] {
        let (said, _) = test(&routing, &caller, number, false);
        println!("{said}");
        is_right &= said
            .split_once(' ')
            .is_some_and(|_| said.ends_with(expected));
    }
    // through another form and back
    for form in ["csv", "list", "json", "toml"] {
        let form: Format = form.parse()?;
        let (text, losses) = form.write(&configuration)?;
        let (again, told) = form.read(&text)?;
        is_right &= losses.is_empty() && told.is_empty() && again == configuration;
    }
    is_right &= svg(&configuration).contains("Emergency and service");
    Ok(is_right && found.is_empty())
}
