//! SIP without IO: messages, transactions, dialogs, and a tokio endpoint over UDP and TCP.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
mod owned;
mod machines;
mod wire;

#[cfg(feature = "alloc")]
pub use owned::{MAX_HEADERS, OwnedMessage};
pub use machines::*;
pub use wire::*;

#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub mod tokio;
