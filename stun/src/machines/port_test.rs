//! Which UDP ports of a range get through, there and back.

mod client;
mod server;

use core::ops::RangeInclusive;

pub use self::client::{
    PortOutcome, PortTest, PortTestConfig, PortTestDrop, PortTestEvent, PortTestFailure,
};
pub use self::server::PortTestServer;
use super::nonce::NONCE_LEN;
use crate::wire::{ChangeRequest, HEADER_LEN, MessageWriter, Nonce};

/// How long each request is. No answer is longer, so that nothing is amplified.
const REQUEST_LEN: usize = HEADER_LEN + (4 + NONCE_LEN) + (4 + 4);

/// The ports of a range, of which there are not too many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TestedPorts {
    first: u16,
    last: u16,
}

/// Why ports cannot be tested.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestedPortsError {
    /// There is none, or port 0 is among them.
    #[error("there are no ports in the range, or port 0 is one of them")]
    Empty,
    /// There are more than [`TestedPorts::MAX`].
    #[error("no more than {max} ports at a time", max = TestedPorts::MAX)]
    TooMany,
}

impl TestedPorts {
    /// How many ports are tested at a time.
    pub const MAX: usize = 4_096;

    /// The ports from the first to the last, both included.
    ///
    /// # Errors
    ///
    /// [`TestedPortsError`].
    pub const fn new(first: u16, last: u16) -> Result<Self, TestedPortsError> {
        if first == 0 || last < first {
            return Err(TestedPortsError::Empty);
        }
        if (last - first) as usize >= Self::MAX {
            return Err(TestedPortsError::TooMany);
        }
        Ok(Self { first, last })
    }

    /// All of them.
    #[must_use]
    pub const fn range(&self) -> RangeInclusive<u16> {
        self.first..=self.last
    }

    /// Where a port stands among them.
    fn index(&self, port: u16) -> Option<usize> {
        let index = port.checked_sub(self.first).filter(|_| port <= self.last)?;
        Some(index.into())
    }
}

/// Each request has a token, or the place of one, and says whether the control port is to answer it.
fn with_token<'b>(
    writer: MessageWriter<'b>,
    token: &[u8; NONCE_LEN],
    by_control: bool,
) -> MessageWriter<'b> {
    writer.attribute(&Nonce(token)).attribute(&ChangeRequest {
        address: false,
        port: by_control,
    })
}

#[cfg(test)]
mod tests;
