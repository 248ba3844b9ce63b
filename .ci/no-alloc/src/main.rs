//! Everything that is promised to work without an allocator, called once on real input, in a
//! program that has none.
//!
//! That it links shows that none of the crates leans on `alloc` or `std`, not even in a part that
//! is not called here. That it exits with 0 shows that the results are right. What fails is named
//! on standard error, and the status is 1.

#![no_std]
#![no_main]

mod check;
mod e164;
mod msfed;
mod rtp_relay;
mod sans_io;
mod sdp_ice;
mod sip_core;
mod stun;

use core::ffi::c_int;
use core::panic::PanicInfo;

use crate::check::Failed;

#[link(name = "c")]
unsafe extern "C" {
    fn abort() -> !;
    fn write(file: c_int, bytes: *const u8, len: usize) -> isize;
}

const STANDARD_ERROR: c_int = 2;

fn complain(text: &str) {
    // SAFETY: the pointer and the length are those of a slice that outlives the call.
    unsafe { write(STANDARD_ERROR, text.as_ptr(), text.len()) };
}

const CRATES: [fn() -> Result<(), Failed>; 7] = [
    sans_io::run,
    e164::run,
    msfed::run,
    rtp_relay::run,
    sdp_ice::run,
    sip_core::run,
    stun::run,
];

#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, _argv: *const *const u8) -> c_int {
    for run in CRATES {
        if let Err(Failed(what)) = run() {
            complain("failed: ");
            complain(what);
            complain("\n");
            return 1;
        }
    }
    0
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    complain("panicked in ");
    complain(info.location().map_or("?", |location| location.file()));
    complain("\n");
    // SAFETY: has no preconditions.
    unsafe { abort() }
}

/// The unwinder asks for this symbol by name in the compiled `core`. Nothing unwinds here.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
