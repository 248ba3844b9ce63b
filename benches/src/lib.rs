//! Benchmarks of the Trunkline crates, in `benches/`, one file for each crate:
//!
//! ```text
//! cargo bench -p trunkline-benches                          # all
//! cargo bench -p trunkline-benches --bench sip -- index     # some
//! ```
//!
//! What the crates do is in `trunkline-counts`, which counts the instructions of the same operations.
//!
//! Compare only what one run measured. A name ends with who did it: `trunkline`, or `httparse`, whose time
//! for an HTTP head with the same header fields is the floor for indexing a SIP message.
