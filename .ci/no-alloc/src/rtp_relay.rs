//! RTP and RTCP: views and writers, and the machines that need no table.

mod machines;
mod wire;

use crate::check::Failed;

pub fn run() -> Result<(), Failed> {
    wire::run()?;
    machines::run()
}
