//! SIP without IO: messages, transactions, dialogs, and a tokio endpoint over UDP and TCP.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
mod owned;
mod wire;

#[cfg(feature = "alloc")]
pub use owned::OwnedMessage;
pub use wire::*;
