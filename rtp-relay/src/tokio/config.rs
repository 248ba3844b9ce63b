//! What the driver is made of, and how it fails.

use core::num::NonZeroUsize;
use std::io;
use std::vec;
use std::vec::Vec;

use trunkline_sans_io::{DscpRule, EXPEDITED_FORWARDING, Transport};

use crate::machines::{CreateError, RelayConfig, ReserveError, UnknownSession};

/// What the driver is made of.
#[derive(Clone, Debug)]
pub struct DriverConfig {
    /// Interfaces and limits, shared out evenly among the workers.
    pub relay: RelayConfig,
    /// How many workers there are. One carries a thousand calls and more; more than there are
    /// processors make no sense.
    pub workers: NonZeroUsize,
    /// Whether a socket is connected to the source that a leg has accepted, once only signalling
    /// can change it. That makes forwarding cheaper, but strangers are then turned away by the kernel and appear in no count and no
    /// event.
    pub connect_sockets: bool,
    /// How packets are marked (RFC 2474): each socket by the row for UDP that its local port is in.
    /// The field is left alone where there is none; an empty table marks nothing, for networks that
    /// tell priority by subnet.
    pub dscp: Vec<DscpRule>,
}

impl DriverConfig {
    /// One worker, sockets not connected, all packets marked for expedited forwarding (RFC 3246).
    #[must_use]
    pub fn new(relay: RelayConfig) -> Self {
        Self {
            relay,
            workers: NonZeroUsize::MIN,
            connect_sockets: false,
            dscp: vec![DscpRule::new(
                Transport::Udp,
                0..=u16::MAX,
                EXPEDITED_FORWARDING,
            )],
        }
    }
}

/// Why the driver did not start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// It was called outside of a tokio runtime that drives IO and time.
    #[error("not inside a tokio runtime")]
    NoRuntime,
    /// An interface has fewer pairs of ports than there are workers.
    #[error("more workers than pairs of ports")]
    TooManyWorkers,
    /// The operating system refused the epoll instance.
    #[error("no epoll instance: {0}")]
    Poll(io::ErrorKind),
}

/// Why the driver did not do what it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// Capacity: no pair of ports is free, or those tried are taken by others.
    #[error("every port of the range is in use or rests")]
    PortsExhausted,
    /// Capacity: there are as many sessions as there may be.
    #[error("as many sessions as the relay may have")]
    SessionsExhausted,
    /// Capacity: the process or the system has no file descriptor left.
    #[error("no file descriptor left")]
    SocketsExhausted,
    /// The address of the interface cannot be bound, for instance since it is not of this host.
    #[error("the local address cannot be bound: {0}")]
    Bind(io::ErrorKind),
    /// The caller's fault: there is no such interface.
    #[error("no such interface")]
    UnknownInterface,
    /// There is no such session, or no longer.
    #[error("no such session")]
    UnknownSession,
    /// The driver was shut down.
    #[error("the relay was shut down")]
    Closed,
}

impl RelayError {
    /// Whether it is for want of ports, places or file descriptors: answer the call with 503.
    #[must_use]
    pub const fn is_capacity(self) -> bool {
        matches!(
            self,
            Self::PortsExhausted | Self::SessionsExhausted | Self::SocketsExhausted
        )
    }
}

impl From<ReserveError> for RelayError {
    fn from(error: ReserveError) -> Self {
        match error {
            ReserveError::PortsExhausted(_) => Self::PortsExhausted,
            ReserveError::UnknownInterface => Self::UnknownInterface,
        }
    }
}

impl From<CreateError> for RelayError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::SessionsExhausted => Self::SessionsExhausted,
        }
    }
}

impl From<UnknownSession> for RelayError {
    fn from(_: UnknownSession) -> Self {
        Self::UnknownSession
    }
}
