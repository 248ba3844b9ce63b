//! The operations that have to be fast, defined once: the program `counts` counts their instructions,
//! and the criterion benches of `trunkline-benches` time them.
//!
//! Nothing here is random and no input changes from run to run.

mod e164;
mod msfed;
mod rtp;
mod sans_io;
mod sdp;
mod sip;
mod stun;
mod trace;

use core::fmt;
use core::hint::black_box;

pub use e164::e164;
pub use msfed::msfed;
pub use rtp::{Stream, rtp};
pub use sans_io::sans_io;
pub use sdp::sdp;
pub use sip::{MESSAGES, sip};
pub use stun::{REQUEST, stun};
pub use trace::trace;

/// Something that can be done again and again.
pub struct Operation {
    name: &'static str,
    octets: Option<u64>,
    run: Box<dyn FnMut()>,
}

impl Operation {
    fn new<R>(name: &'static str, mut run: impl FnMut() -> R + 'static) -> Self {
        Self {
            name,
            octets: None,
            run: Box::new(move || {
                black_box(run());
            }),
        }
    }

    /// Says how long the input is, where speed by the octet means something.
    fn over(mut self, input: &[u8]) -> Self {
        self.octets = u64::try_from(input.len()).ok();
        self
    }

    /// `crate.operation.input`, as `versus` has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The length of the input, where speed by the octet means something.
    #[must_use]
    pub const fn octets(&self) -> Option<u64> {
        self.octets
    }

    /// Does it once.
    pub fn run(&mut self) {
        (self.run)();
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The input at an address that does not depend on what else is in the program: a search for an octet
/// begins differently by the address.
fn placed(input: &[u8]) -> &'static [u8] {
    const ALIGNMENT: usize = 64;
    let memory = vec![0; input.len() + ALIGNMENT].leak();
    let start = memory.as_ptr().align_offset(ALIGNMENT);
    let place = &mut memory[start..][..input.len()];
    place.copy_from_slice(input);
    place
}

/// Those of all crates.
#[must_use]
pub fn all() -> Vec<Operation> {
    [
        sans_io(),
        sip(),
        sdp(),
        rtp(),
        stun(),
        e164(),
        trace(),
        msfed(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
