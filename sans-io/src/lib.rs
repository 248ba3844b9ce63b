//! The vocabulary that the Trunkline crates share, so that a path, a point in time or a table
//! means the same in all of them.
//!
//! Nothing here does IO but, with the feature `dns`, [`mod@tokio`]. Everything else works without an allocator; what the
//! features add is told in the table.
//!
//! ```
//! use core::time::Duration;
//! use trunkline_sans_io::{Deadline, Deadlines, Instant, Slot, Slots};
//!
//! // A table of two transactions and their timers, without an allocator.
//! let mut transactions = Slots::new([Slot::EMPTY; 2]);
//! let mut deadlines = Deadlines::new([Deadline::UNARMED; 2]);
//!
//! let now = Instant::ORIGIN;
//! let invite = transactions.insert("INVITE")?;
//! deadlines.set(invite.index(), Some(now + Duration::from_millis(500)));
//!
//! let now = now + Duration::from_secs(1);
//! let due = deadlines.pop_due(now).and_then(|index| transactions.key_at(index));
//! assert_eq!(due, Some(invite));
//! # Ok::<(), trunkline_sans_io::Full<&str>>(())
//! ```
//!
//! The example `silence` is a small machine with the verbs of the family, and the blocking loop around it:
//! `cargo run -p trunkline-sans-io --example silence`.
//!
//! | feature | what it adds |
//! |---|---|
//! | none (core) | [`Instant`], [`FiveTuple`], [`Transmit`], [`Handled`], [`Slots`] and [`Deadlines`] over borrowed or inline storage, [`AccessList`], [`DscpRule`], [`LocalRoute`], [`DnsQuestion`], [`DnsRecord`] and the order of [`Srv`] records |
//! | `alloc` | [`Owned`] storage that grows to a limit |
//! | `std` (default) | [`Clock`] |
//! | `dns` | [`tokio::Resolver`], which asks DNS: addresses, SRV and NAPTR records; needs `std` and runs on tokio |
//! | `serde` | [`Network`], [`Transport`] and [`DscpRule`] as they stand in configuration files, and `serde_text` for others |
//!
//! Not here yet: access lists with an order of entries or a look-up that does not grow with their number.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "dns"),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "without the feature the front page names things that are not there"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod access_list;
#[cfg(feature = "std")]
mod clock;
mod deadlines;
mod dns;
mod dscp;
mod local_route;
mod path;
#[cfg(feature = "serde")]
mod serde_impls;
#[cfg(feature = "serde")]
pub mod serde_text;
mod slots;
mod storage;
mod time;
#[cfg(feature = "dns")]
pub mod tokio;

pub use access_list::{Access, AccessList, Network, NetworkError, PRIVATE_NETWORKS};
#[cfg(feature = "std")]
pub use clock::Clock;
pub use deadlines::{Deadline, Deadlines};
pub use dns::{
    DnsData, DnsFailure, DnsName, DnsNameError, DnsQuestion, DnsRecord, DnsRecordType, Naptr, Srv,
};
pub use dscp::{DscpRule, EXPEDITED_FORWARDING};
pub use local_route::{LocalRoute, WrongLocalAddress};
pub use path::{
    BufferTooSmall, ConnectionId, FiveTuple, Handled, Transmit, Transport, UnknownTransport,
};
pub use slots::{Full, Key, Slot, Slots};
#[cfg(feature = "alloc")]
pub use storage::Owned;
pub use storage::Storage;
pub use time::Instant;
