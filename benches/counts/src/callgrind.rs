//! Runs this program under callgrind and reads what that writes.
//!
//! Counted are the instructions of this program itself, which the compiler, the sources and `Cargo.lock`
//! decide. Not counted is what depends on the machine:
//!
//! * the C library, which chooses among its forms of `memcpy` by the processor, and allocates in its own
//!   way in each version;
//! * ChaCha20, which has a form for AVX2 and one for SSE2.
//!
//! An allocation or a copy still counts with the instructions around its call.

use core::error::Error;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs};

use crate::table::Table;

/// So often is an operation done while it is counted.
pub(crate) const TIMES: u32 = 100;

/// The instructions that one call of each operation takes.
pub(crate) fn count() -> Result<Table, Box<dyn Error>> {
    let directory = Scratch::new()?;
    let program = env::current_exe()?;
    let files = directory.0.join("out");
    let output = Command::new("valgrind")
        .args(["-q", "--tool=callgrind", "--compress-strings=no"])
        .args(["--collect-atstart=no", "--toggle-collect=*::counted"])
        .arg("--dump-after=*::counted")
        .arg(format!("--callgrind-out-file={}", files.display()))
        .arg(&program)
        .arg("run")
        .stderr(process::Stdio::inherit())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    if !output.status.success() {
        return Err(format!("valgrind: {}", output.status).into());
    }
    let mut table = Table::default();
    for (index, operation) in String::from_utf8(output.stdout)?.lines().enumerate() {
        let profile = fs::read_to_string(directory.0.join(format!("out.{}", index + 1)))?;
        let instructions = own_instructions(&profile, &program).ok_or("not a callgrind profile")?;
        if instructions == 0 {
            return Err(format!("nothing was counted for {operation}").into());
        }
        table.push(operation, instructions as f64 / f64::from(TIMES));
    }
    Ok(table)
}

/// The sum over the functions of this program. A line of cost is `line instructions`; one that follows
/// `calls=` is the cost of the function called, which has lines of its own.
fn own_instructions(profile: &str, program: &Path) -> Option<u64> {
    let (mut own_object, mut own_function, mut sum) = (false, false, 0);
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        if let Some(object) = line.strip_prefix("ob=") {
            own_object = Path::new(object) == program;
        } else if let Some(function) = line.strip_prefix("fn=") {
            own_function = !function.contains("chacha20::");
        } else if line.starts_with("calls=") {
            lines.next()?;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let (_, cost) = line.split_once(' ')?;
            sum += u64::from(own_object && own_function) * cost.parse::<u64>().ok()?;
        }
    }
    Some(sum)
}

/// A directory that goes with its owner.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        let path = env::temp_dir().join(format!("trunkline-counts-{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
version: 1
events: Ir
summary: 1000

ob=/lib/libc.so.6
fl=???
fn=memcpy
0 500

ob=/target/counts
fl=???
fn=counted
0 9
cob=/lib/libc.so.6
cfi=???
cfn=memcpy
calls=1 0
0 500
0 204
cfn=chacha20::backends::avx2::rounds
calls=1 0
0 70

fn=chacha20::backends::avx2::rounds
0 70

fn=parse
+3 30

totals: 1000
";

    #[test]
    fn only_instructions_of_the_program_itself_are_summed() {
        let sum = |program| own_instructions(PROFILE, Path::new(program));
        assert_eq!(sum("/target/counts"), Some(9 + 204 + 30));
        assert_eq!(sum("/elsewhere/counts"), Some(0));
        let cut = PROFILE.split_once("\n0 500\n0 204").expect("there").0;
        assert_eq!(own_instructions(cut, Path::new("/target/counts")), None);
    }
}
