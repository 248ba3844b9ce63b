//! What a suite is: operations, and for each of them the implementations that do it.
//!
//! A suite is a module with one function. A peer takes part by stating what it found ([`Facts`]) and by a
//! closure that is timed:
//!
//! ```ignore
//! pub(crate) fn suite() -> Suite {
//!     let mut suite = Suite::new();
//!     suite
//!         .operation("sip.index.invite", INVITE.len())
//!         .ours(|| facts_of(&ours(INVITE)), || ours(black_box(INVITE)).headers().len())
//!         .peer("rsip", || rsip_facts(INVITE), || rsip::SipMessage::try_from(black_box(INVITE)))
//!         .floor("httparse", || Ok(Facts::new()), || httparse_head(black_box(INVITE)));
//!     suite.left_out("slow-sip", "1.2.3", "needs OpenSSL");
//!     suite
//! }
//! ```
//!
//! * The timed closure does the operation once, passes its input through [`core::hint::black_box`], and
//!   returns something that depends on all of the result; what it returns is dropped inside the time.
//!   Buffers that a caller would reuse are captured (`move`), and so is state that goes on from call to call.
//!   Where several inputs make one measurement, [`Operation::also`] adds them.
//! * The first closure runs once, before anything is timed. A fact that differs from ours stops the program,
//!   see [`Operation::differs`] for a peer that is plainly wrong.
//! * The name of a peer is its name in `benches/Cargo.toml`, which is where its version is taken from.

#![cfg_attr(not(feature = "peers"), allow(dead_code, reason = "what peers need"))]

use core::hint::black_box;

use crate::facts::{Facts, Said};

/// The operations of one word on the command line.
pub(crate) struct Suite {
    pub(crate) operations: Vec<Operation>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// A peer that is not measured.
pub(crate) struct LeftOut {
    pub(crate) peer: &'static str,
    pub(crate) version: &'static str,
    pub(crate) reason: &'static str,
}

impl Suite {
    pub(crate) const fn new() -> Self {
        Self {
            operations: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Adds an operation over an input, or for an output, of so many octets; 0 where a rate of octets means
    /// nothing.
    pub(crate) fn operation(&mut self, name: impl Into<String>, octets: usize) -> &mut Operation {
        self.operations.push(Operation {
            name: name.into(),
            octets,
            contenders: Vec::new(),
        });
        self.operations.last_mut().expect("it was just added")
    }

    /// Says why a peer is not measured at all.
    #[allow(dead_code, reason = "every peer can be built today")]
    pub(crate) fn left_out(
        &mut self,
        peer: &'static str,
        version: &'static str,
        reason: &'static str,
    ) -> &mut Self {
        self.left_out.push(LeftOut {
            peer,
            version,
            reason,
        });
        self
    }
}

/// One thing to do, and who does it.
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) octets: usize,
    pub(crate) contenders: Vec<Contender>,
}

/// An implementation of an operation.
pub(crate) struct Contender {
    /// `trunkline`, `crate version` or `floor:name`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) facts: Box<dyn FnOnce() -> Said>,
    /// Each does the operation as often as asked, one for each input.
    pub(crate) runs: Vec<Box<dyn FnMut(u64)>>,
    /// Facts that are known to differ, and why.
    pub(crate) differs: Vec<(&'static str, &'static str)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Ours,
    Peer,
    Floor,
}

impl Operation {
    /// How we do it.
    pub(crate) fn ours<R>(
        &mut self,
        facts: impl FnOnce() -> Facts + 'static,
        run: impl FnMut() -> R + 'static,
    ) -> &mut Self {
        self.add("trunkline".to_string(), Kind::Ours, || Ok(facts()), run)
    }

    /// How a peer does it; `name` is the name of the dependency.
    pub(crate) fn peer<R>(
        &mut self,
        name: &str,
        facts: impl FnOnce() -> Said + 'static,
        run: impl FnMut() -> R + 'static,
    ) -> &mut Self {
        let name = format!("{name} {}", version(name));
        self.add(name, Kind::Peer, facts, run)
    }

    /// The least that could be done: a raw cipher, a split of lines, a parser of something simpler.
    pub(crate) fn floor<R>(
        &mut self,
        name: &str,
        facts: impl FnOnce() -> Said + 'static,
        run: impl FnMut() -> R + 'static,
    ) -> &mut Self {
        self.add(format!("floor:{name}"), Kind::Floor, facts, run)
    }

    /// The implementation just added is known to be wrong in one fact, and yet worth timing. Should it be
    /// right one day, the program says so.
    pub(crate) fn differs(&mut self, fact: &'static str, reason: &'static str) -> &mut Self {
        let contender = self.contenders.last_mut().expect("an implementation");
        contender.differs.push((fact, reason));
        self
    }

    /// A further input for the implementation just added. Each is timed for itself, and the median of them
    /// counts; allocations are those of all, on the average.
    pub(crate) fn also<R>(&mut self, run: impl FnMut() -> R + 'static) -> &mut Self {
        let contender = self.contenders.last_mut().expect("an implementation");
        contender.runs.push(repeat(run));
        self
    }

    /// Which of several ways of the crate just added this is.
    pub(crate) fn variant(&mut self, name: &str) -> &mut Self {
        let contender = self.contenders.last_mut().expect("an implementation");
        contender.name = format!("{} {name}", contender.name);
        self
    }

    fn add<R>(
        &mut self,
        name: String,
        kind: Kind,
        facts: impl FnOnce() -> Said + 'static,
        run: impl FnMut() -> R + 'static,
    ) -> &mut Self {
        self.contenders.push(Contender {
            name,
            kind,
            facts: Box::new(facts),
            runs: vec![repeat(run)],
            differs: Vec::new(),
        });
        self
    }
}

fn repeat<R>(mut run: impl FnMut() -> R + 'static) -> Box<dyn FnMut(u64)> {
    Box::new(move |times| {
        for _ in 0..times {
            black_box(run());
        }
    })
}

/// The version of a dependency, which the manifest pins.
fn version(dependency: &str) -> &'static str {
    include_str!("../../../Cargo.toml")
        .lines()
        .filter_map(|line| line.strip_prefix(dependency))
        .filter(|rest| rest.trim_start().starts_with('='))
        .find_map(|rest| {
            let (_, pinned) = rest.split_once("\"=")?;
            pinned.split('"').next()
        })
        .unwrap_or_else(|| panic!("{dependency} has no exact version in benches/Cargo.toml"))
}

#[cfg(test)]
#[cfg(feature = "peers")]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_manifest() {
        assert_eq!(version("rsip"), "0.4.0");
        assert!(version("rsipstack").starts_with("0.7."));
    }
}
