//! A session border controller: joins the calls of a telephone exchange and of a provider, and
//! relays their media.

use core::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tokio::sync::mpsc;
use trunkline_examples::demo::{self, Fault};
use trunkline_examples::sbc::{Config, Sbc, load};
use trunkline_trace::Capture;

/// A session border controller with media relay, built on Trunkline.
#[derive(Debug, Parser)]
#[command(version)]
enum Command {
    /// Joins the sides until Ctrl-C.
    Run {
        /// The configuration, TOML; see examples/sbc.toml.
        file: PathBuf,
    },
    /// Judges a configuration, and fails if the controller would refuse to start with it.
    ///
    /// It opens no listener, writes no file and asks no name server: whether a port is taken, a file may be
    /// written or a name exists shows when the controller runs.
    Check {
        /// The configuration.
        file: PathBuf,
    },
    /// Shows a configuration with all defaults filled in.
    Show {
        /// The configuration.
        file: PathBuf,
    },
    /// Places three calls through a controller on loopback and shows what happened.
    Demo {
        /// Writes the ladders of the calls as one HTML page.
        #[arg(long, value_name = "FILE")]
        page: Option<PathBuf>,
        /// Lets something go wrong, to show that the demo would notice.
        #[arg(long)]
        fault: Option<Fault>,
    },
}

/// How many messages are kept for ladders.
const CAPTURE: usize = 20_000;

fn main() -> ExitCode {
    match start(Command::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sbc: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "multi_thread")]
async fn start(command: Command) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Run { file } => {
            tracing_subscriber::fmt()
                .with_target(false)
                .with_ansi(std::io::stdout().is_terminal())
                .init();
            match read(&file) {
                Ok((config, _)) => run(config).await.map(|()| true),
                Err(1) => told("not started: 1 error"),
                Err(errors) => told(&format!("not started: {errors} errors")),
            }
        }
        Command::Check { file } => {
            let read = read(&file);
            if matches!(read, Ok((_, 0))) {
                println!("no objections");
            }
            Ok(read.is_ok())
        }
        Command::Show { file } => match load(&file) {
            Ok((config, _)) => {
                print!("{}", toml::to_string(&config)?);
                Ok(true)
            }
            Err(error) => told(&error),
        },
        Command::Demo { page, fault } => Ok(demo::run(fault, page.as_deref()).await?),
    }
}

/// Says why there is nothing to do.
fn told(why: &str) -> Result<bool, Box<dyn Error>> {
    eprintln!("{why}");
    Ok(false)
}

/// Reads a configuration and tells its findings. Returns how many warnings there are, or how many errors,
/// with which it cannot run.
fn read(file: &Path) -> Result<(Config, usize), usize> {
    let (config, findings) = load(file).map_err(|error| {
        eprintln!("{error}");
        1_usize
    })?;
    for finding in &findings {
        eprintln!("{}:{finding}", file.display());
    }
    match findings.iter().filter(|finding| finding.fatal).count() {
        0 => Ok((config, findings.len())),
        errors => Err(errors),
    }
}

async fn run(config: Config) -> Result<(), Box<dyn Error>> {
    let output = config.output.clone();
    let mut sbc = Sbc::bind(config)?;
    if output.ladders.is_some() {
        sbc = sbc.with_capture(Capture::new(CAPTURE));
    }
    let mut writer = None;
    if let Some(file) = output.records {
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        let (sender, mut records) = mpsc::unbounded_channel();
        sbc = sbc.with_records(sender);
        writer = Some(tokio::spawn(async move {
            while let Some(record) = records.recv().await {
                let line = serde_json::to_string(&record).unwrap_or_default();
                if let Err(error) = writeln!(file, "{line}") {
                    tracing::error!("record not written: {error}");
                }
            }
        }));
    }
    let report = sbc
        .run(async {
            // Without a signal handler there is no way to end cleanly, so end at once.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    if let Some(writer) = writer {
        // It ends with the controller, when all records are written.
        writer.await?;
    }
    if let Some(file) = output.ladders {
        fs::write(file, report.page().to_string())?;
    }
    Ok(())
}
