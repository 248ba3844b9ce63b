//! How many instructions the hot operations take, counted by callgrind and compared with a committed table.
//!
//! ```text
//! cargo run -q --profile counts -p trunkline-counts -- check    # exit code 1 unless all are as in the table
//! cargo run -q --profile counts -p trunkline-counts -- renew    # write the table, say what has changed
//! ```

mod callgrind;
mod table;

use core::error::Error;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::{env, fs};

use trunkline_counts::Operation;

use self::table::Table;

const RENEW: &str = "cargo run -q --profile counts -p trunkline-counts -- renew";

/// So often is an operation done before it is counted, so that its tables have the size they need.
const BEFORE: u32 = 10;

/// The callgrind run switches on and off by the name of this function, and writes a file after it.
#[inline(never)]
fn counted(operation: &mut Operation) {
    for _ in 0..callgrind::TIMES {
        operation.run();
    }
}

fn main() -> ExitCode {
    let command = env::args().nth(1);
    let done = match command.as_deref() {
        Some("check") => check(),
        Some("renew") => renew(),
        // What `check` and `renew` let valgrind run.
        Some("run") => {
            for mut operation in trunkline_counts::all() {
                for _ in 0..BEFORE {
                    operation.run();
                }
                counted(&mut operation);
                println!("{}", operation.name());
            }
            Ok(true)
        }
        _ => Err("counts check | counts renew".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("counts: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The table of this compiler and architecture.
fn path() -> Result<PathBuf, Box<dyn Error>> {
    let output = Command::new("rustc").arg("--version").output()?;
    let version = String::from_utf8(output.stdout)?;
    let version = version.split(' ').nth(1).ok_or("rustc tells no version")?;
    let name = format!("rustc-{version}-{}.tsv", env::consts::ARCH);
    Ok(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name))
}

fn check() -> Result<bool, Box<dyn Error>> {
    let path = path()?;
    let Ok(text) = fs::read_to_string(&path) else {
        let path = path.display();
        return Err(format!(
            "{path} is missing. With a new compiler write it on a tree that passes with the old one:\n{RENEW}"
        )
        .into());
    };
    let (expected, found) = (text.parse()?, callgrind::count()?);
    let changes: Vec<_> = Table::changes(&expected, &found).collect();
    if changes.is_empty() {
        println!("{} operations as in the table", found.len());
        return Ok(true);
    }
    for change in changes {
        println!("{change}");
    }
    println!("If it is meant to be so, renew the table and commit it with the change:\n{RENEW}");
    Ok(false)
}

fn renew() -> Result<bool, Box<dyn Error>> {
    let path = path()?;
    let before: Table = match fs::read_to_string(&path) {
        Ok(text) => text.parse()?,
        Err(_) => Table::default(),
    };
    let found = callgrind::count()?;
    for change in before.changes(&found) {
        println!("{change}");
    }
    fs::write(path, found.to_string())?;
    Ok(true)
}
