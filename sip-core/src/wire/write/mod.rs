//! Writing: values, messages, and the messages that follow from other messages.

mod encode;

pub(crate) use encode::display;
pub use encode::{Encode, Encoder};
