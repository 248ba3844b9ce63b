//! Two machines over a network that loses packets, on a virtual clock: hours pass in a moment, and the same
//! seed gives the same run.
//!
//! ```text
//! cargo run -p trunkline-testkit --example lossy_network                  # a third lost, seed 1
//! cargo run -p trunkline-testkit --example lossy_network -- 0.5 7         # half lost, seed 7
//! ```
//!
//! A sender hands a hundred items to a receiver, one at a time and again until each is acknowledged. It
//! prints how long that took on the virtual clock, and what the network did:
//!
//! ```text
//! all 100 items after 70.7s of virtual time
//! 374 datagrams, 123 lost, 0 repeated; the same again with seed 1
//! ```

use core::error::Error;
use core::time::Duration;
use std::env::args;

use trunkline_sans_io::{BufferTooSmall, FiveTuple, Instant, Transmit};
use trunkline_testkit::{Host, Link, Network, Simulation, Strain};

const ITEMS: u8 = 100;
const REPEAT: Duration = Duration::from_millis(500);

/// Both ends of the protocol: an item is its number, and the acknowledgement the same number.
enum End {
    Sender {
        path: FiveTuple,
        item: u8,
        due: Option<Instant>,
        done_at: Option<Instant>,
    },
    Receiver {
        items: u8,
        acknowledge: Option<(FiveTuple, u8)>,
    },
}

/// The verbs that every machine has; those of streams are left out.
impl Host for End {
    fn handle_datagram(&mut self, now: Instant, from: FiveTuple, data: &[u8]) {
        let &[number] = data else {
            return;
        };
        match self {
            Self::Sender {
                item, due, done_at, ..
            } if number == *item && done_at.is_none() => {
                *item += 1;
                *due = (*item < ITEMS).then_some(now);
                *done_at = (*item == ITEMS).then_some(now);
            }
            Self::Sender { .. } => {}
            Self::Receiver { items, acknowledge } => {
                // One that was here before has lost its acknowledgement.
                *items = (*items).max(number + 1);
                *acknowledge = Some((from, number));
            }
        }
    }

    /// Nothing to do: what is due leaves with `poll_transmit`.
    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_transmit(
        &mut self,
        now: Instant,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let (path, number) = match self {
            Self::Sender {
                path,
                item,
                due: Some(due),
                ..
            } if *due <= now => (*path, *item),
            Self::Receiver {
                acknowledge: Some(acknowledge),
                ..
            } => *acknowledge,
            _ => return Ok(None),
        };
        // Too small a buffer must change nothing.
        *buf.first_mut().ok_or(BufferTooSmall { needed: 1 })? = number;
        match self {
            Self::Sender { due, .. } => *due = Some(now + REPEAT),
            Self::Receiver { acknowledge, .. } => *acknowledge = None,
        }
        Ok(Some(Transmit {
            path,
            connection: None,
            len: 1,
        }))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Sender { due, .. } => *due,
            Self::Receiver { .. } => None,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let loss: f64 = args().nth(1).as_deref().unwrap_or("0.33").parse()?;
    let seed: u64 = args().nth(2).as_deref().unwrap_or("1").parse()?;
    if !(0.0..0.95).contains(&loss) {
        return Err("usage: lossy_network [LOSS from 0 to 0.95 [SEED]]".into());
    }

    let link = Link {
        loss,
        ..Link::with_delay(Duration::from_millis(40))
    };
    let mut simulation = Simulation::new(Network::new(seed, link));
    // Early and late timeouts and small buffers: the contract of the verbs is watched.
    simulation.set_strain(Strain::HEAVY);
    let path = FiveTuple::udp(
        ([192, 0, 2, 1], 7_000).into(),
        ([192, 0, 2, 2], 7_000).into(),
    );
    let due = Some(simulation.now());
    let sender = End::Sender {
        path,
        item: 0,
        due,
        done_at: None,
    };
    let sender = simulation.add(&[path.local.ip()], sender);
    let receiver = End::Receiver {
        items: 0,
        acknowledge: None,
    };
    let receiver = simulation.add(&[path.remote.ip()], receiver);

    let idle = simulation.run_until_idle(Instant::from_secs(7 * 24 * 3_600));
    assert!(idle, "a week was not enough");
    let End::Sender {
        done_at: Some(done_at),
        ..
    } = simulation.host(sender)
    else {
        return Err("the sender has given up".into());
    };
    assert!(matches!(
        simulation.host(receiver),
        End::Receiver { items: ITEMS, .. }
    ));
    println!(
        "all {ITEMS} items after {:.1?} of virtual time",
        *done_at - Instant::ORIGIN
    );
    let statistics = simulation.network().statistics();
    println!(
        "{} datagrams, {} lost, {} repeated; the same again with seed {seed}",
        statistics.sent, statistics.lost, statistics.duplicated
    );
    Ok(())
}
