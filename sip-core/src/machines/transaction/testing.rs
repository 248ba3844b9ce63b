//! What the tests of the four machines share.

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{FiveTuple, Instant};

use super::Destination;
use crate::Timers;

pub(super) const T: Timers = Timers::RFC;
pub(super) const START: Instant = Instant::from_secs(1000);

pub(super) fn udp() -> Destination {
    Destination::new(FiveTuple::udp(local(), remote()))
}

pub(super) fn tcp() -> Destination {
    Destination::new(FiveTuple::tcp(local(), remote()))
}

fn local() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5060))
}

fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 9], 5060))
}

pub(super) fn at(millis: u64) -> Instant {
    START + Duration::from_millis(millis)
}

/// Lets a transaction run by itself until nothing is armed, and tells what it sent when, in milliseconds
/// since `START`.
macro_rules! run {
    ($machine:expr) => {{
        let mut sent = std::vec::Vec::new();
        let mut now = START;
        let mut buf = [0; 64];
        loop {
            while let Some(transmit) = $machine.poll_transmit(now, &mut buf).unwrap() {
                assert_eq!(transmit.path, $machine.destination().path);
                let text = core::str::from_utf8(&buf[..transmit.len]).unwrap();
                sent.push(((now - START).as_millis(), std::string::String::from(text)));
            }
            match $machine.poll_timeout() {
                Some(deadline) => {
                    assert!(
                        deadline > now,
                        "a deadline that has passed is not left armed"
                    );
                    // An early call does nothing.
                    $machine.handle_timeout(now, &T);
                    assert_eq!($machine.poll_timeout(), Some(deadline));
                    now = deadline;
                    $machine.handle_timeout(now, &T);
                }
                None => break (sent, (now - START).as_millis()),
            }
        }
    }};
}

/// What a transaction has to send now.
macro_rules! sent {
    ($machine:expr) => {{
        let mut buf = [0; 64];
        $machine
            .poll_transmit(START, &mut buf)
            .unwrap()
            .map(|transmit| std::string::String::from_utf8_lossy(&buf[..transmit.len]).into_owned())
    }};
}

pub(super) use {run, sent};
