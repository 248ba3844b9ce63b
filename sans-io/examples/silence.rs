//! Watches who sends datagrams to a UDP port, and tells when somebody has gone silent: a small machine
//! with the verbs of the family, and the blocking loop around it.
//!
//! ```text
//! cargo run -p trunkline-sans-io --example silence -- 0.0.0.0:4000 192.168.0.0/16 10.0.0.0/8
//! ```
//!
//! listens there to hosts of these networks, for ever. Without arguments it listens on the loopback
//! interface to a sender of its own that stops after three datagrams, and ends:
//!
//! ```text
//! 127.0.0.1:40815 is here
//! 127.0.0.1:40815 is silent
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::thread;

use trunkline_sans_io::{
    AccessList, Clock, Deadline, Deadlines, FiveTuple, Handled, Instant, Network, Slot, Slots,
};

/// How long somebody may be silent.
const PATIENCE: Duration = Duration::from_millis(300);
/// How many senders are watched at once.
const SENDERS: usize = 16;

enum Event {
    Here(SocketAddr),
    Silent(SocketAddr),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Dropped {
    NotAllowed,
    TableFull,
}

/// The machine. It owns no socket and reads no clock, and its tables do not grow.
struct Watch<'a> {
    access: AccessList<&'a [Network]>,
    senders: Slots<SocketAddr, [Slot<SocketAddr>; SENDERS]>,
    /// When the sender in the place with this index counts as silent.
    deadlines: Deadlines<[Deadline; SENDERS]>,
    event: Option<Event>,
}

impl Watch<'_> {
    fn handle_datagram(&mut self, now: Instant, path: FiveTuple) -> Handled<Dropped> {
        if !self.access.check(path.remote.ip()).is_allowed() {
            return Handled::Dropped(Dropped::NotAllowed);
        }
        let known = self
            .senders
            .iter()
            .find(|(_, sender)| **sender == path.remote);
        let key = match known {
            Some((key, _)) => key,
            None => {
                let Ok(key) = self.senders.insert(path.remote) else {
                    return Handled::Dropped(Dropped::TableFull);
                };
                self.event = Some(Event::Here(path.remote));
                key
            }
        };
        self.deadlines.set(key.index(), Some(now + PATIENCE));
        Handled::Consumed
    }

    /// What is due stays due while there is something else to tell.
    fn handle_timeout(&mut self, now: Instant) {
        if self.event.is_some() {
            return;
        }
        let due = self.deadlines.pop_due(now);
        if let Some(key) = due.and_then(|index| self.senders.key_at(index)) {
            self.event = self.senders.remove(key).map(Event::Silent);
        }
    }

    const fn poll_event(&mut self) -> Option<Event> {
        self.event.take()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let own = ["127.0.0.1:0".to_owned(), "127.0.0.1".to_owned()];
    let given = if arguments.is_empty() {
        &own[..]
    } else {
        &arguments
    };
    let [local, networks @ ..] = given else {
        return Err("usage: silence [LOCAL:PORT [NETWORK]..]".into());
    };
    let socket = UdpSocket::bind(local).map_err(|error| format!("{local}: {error}"))?;
    let local = socket.local_addr()?;
    let networks: Vec<Network> = networks
        .iter()
        .map(|text| text.parse().map_err(|error| format!("{text}: {error}")))
        .collect::<Result<_, _>>()?;
    let mut watch = Watch {
        access: AccessList::new(&networks, &[]),
        senders: Slots::new([Slot::EMPTY; SENDERS]),
        deadlines: Deadlines::new([Deadline::UNARMED; SENDERS]),
        event: None,
    };
    if arguments.is_empty() {
        let sender = UdpSocket::bind("127.0.0.1:0")?;
        thread::spawn(move || {
            for _ in 0..3 {
                let _ = sender.send_to(b"here", local);
                thread::sleep(PATIENCE / 6);
            }
        });
    }

    let clock = Clock::new();
    let mut buffer = [0; 1_500];
    loop {
        match watch.poll_event() {
            Some(Event::Here(sender)) => println!("{sender} is here"),
            Some(Event::Silent(sender)) => {
                println!("{sender} is silent");
                if arguments.is_empty() {
                    return Ok(());
                }
            }
            None => {}
        }
        // The read waits until something comes or a deadline has; a time-out of zero is none.
        let wait = watch
            .poll_timeout()
            .map(|due| (due - clock.now()).max(Duration::from_millis(1)));
        socket.set_read_timeout(wait)?;
        match socket.recv_from(&mut buffer) {
            Ok((_, remote)) => {
                let path = FiveTuple::udp(local, remote);
                if let Handled::Dropped(why) = watch.handle_datagram(clock.now(), path) {
                    println!("{remote}: {why:?}");
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error.into()),
        }
        // Also when something came: whoever sends all the time must not hide the silence of others.
        watch.handle_timeout(clock.now());
    }
}
