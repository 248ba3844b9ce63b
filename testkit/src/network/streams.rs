//! Streams: reliable, in order, cut anywhere.

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{ConnectionId, FiveTuple, Instant, Transport};

use super::{Arrival, Delivery, Network};

/// How much later a lost piece of a stream arrives: the least retransmission timer in common use.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// Ports of opened connections start here (RFC 6335 section 6).
const FIRST_DYNAMIC_PORT: u64 = 49_152;
const DYNAMIC_PORTS: u64 = 16_384;

/// One end of a connection.
#[derive(Debug)]
pub(super) struct End {
    /// As this end sees it.
    path: FiveTuple,
    /// The other end, unless the connection was refused.
    peer: Option<ConnectionId>,
    /// Before this nothing can be sent.
    established: Instant,
    /// When the last piece that this end sent arrives.
    last_arrival: Instant,
    /// The connection broke: this end is only here to be told.
    broken: bool,
}

impl Network {
    /// Accepts connections to this address from now on.
    pub fn listen(&mut self, transport: Transport, address: SocketAddr) {
        self.listeners.insert((transport, address));
    }

    /// Refuses further connections to this address. Those that stand are kept.
    pub fn stop_listening(&mut self, transport: Transport, address: SocketAddr) {
        self.listeners.remove(&(transport, address));
    }

    /// Opens a connection to `path.remote`. The port of `path.local` does not matter: the
    /// connection gets a dynamic one.
    ///
    /// [`Arrival::Connected`] or [`Arrival::Refused`] follows a round trip later; what is written
    /// before is kept until then.
    pub fn connect(&mut self, now: Instant, mut path: FiveTuple) -> ConnectionId {
        let opener = self.new_connection_id();
        let port = FIRST_DYNAMIC_PORT + opener.0 % DYNAMIC_PORTS;
        path.local.set_port(u16::try_from(port).unwrap_or(u16::MAX));
        let (there, back) = (self.travel(path), self.travel(path.reversed()));
        let established = now + there + back;

        let listens = self.listeners.contains(&(path.transport, path.remote));
        let acceptor = listens.then(|| self.new_connection_id());
        let end = |path, peer, established| End {
            path,
            peer,
            established,
            last_arrival: established,
            broken: false,
        };
        self.connections
            .insert(opener, end(path, acceptor, established));
        match acceptor {
            Some(acceptor) => {
                let peer = end(path.reversed(), Some(opener), now + there);
                self.connections.insert(acceptor, peer);
                let accepted = Arrival::Connected(acceptor);
                self.deliver(now + there, path.reversed(), accepted);
                self.deliver(established, path, Arrival::Connected(opener));
            }
            None => self.deliver(established, path, Arrival::Refused(opener)),
        }
        opener
    }

    /// Sends bytes from this end of a connection. They arrive in order, in pieces that have
    /// nothing to do with what was written.
    ///
    /// `false` when the connection is not known any more; the bytes are lost then.
    pub fn write(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> bool {
        let Some(end) = self.connections.get(&connection).filter(|end| !end.broken) else {
            return false;
        };
        let (path, peer, established) = (end.path, end.peer, end.established);
        let mut last_arrival = end.last_arrival;
        let Some(peer) = peer else {
            return true; // will be refused, but nobody knows yet
        };
        let link = self.link(path.local.ip(), path.remote.ip());
        let mut rest = data;
        while !rest.is_empty() {
            let longest = rest.len().min(link.max_datagram.max(1));
            let len = if self.random.chance(0.5) {
                longest
            } else {
                1 + self.random.index(longest)
            };
            let (piece, behind) = rest.split_at(len);
            rest = behind;
            let mut at = now.max(established) + self.travel(path);
            if self.random.chance(link.loss) {
                at += link.delay + RETRANSMISSION;
            }
            last_arrival = last_arrival.max(at);
            let bytes = Arrival::Bytes(peer, piece.to_vec());
            self.deliver(last_arrival, path.reversed(), bytes);
        }
        if let Some(end) = self.connections.get_mut(&connection) {
            end.last_arrival = last_arrival;
        }
        true
    }

    /// Closes a connection from this end: what was written still arrives, then the other end is
    /// told. This end hears nothing more. Closing twice does nothing.
    pub fn close(&mut self, now: Instant, connection: ConnectionId) {
        let Some(end) = self.connections.remove(&connection) else {
            return;
        };
        let Some(peer) = end.peer.filter(|_| !end.broken) else {
            return;
        };
        let at = now.max(end.established) + self.travel(end.path);
        let at = at.max(end.last_arrival);
        self.deliver(at, end.path.reversed(), Arrival::Disconnected(peer));
    }

    /// Breaks a connection: what is under way is lost, and both ends are told now.
    pub fn reset(&mut self, now: Instant, connection: ConnectionId) {
        let peer = self.connections.get(&connection).and_then(|end| end.peer);
        for id in [Some(connection), peer].into_iter().flatten() {
            if let Some(end) = self.connections.get_mut(&id).filter(|end| !end.broken) {
                end.broken = true;
                let path = end.path;
                self.deliver(now, path, Arrival::Disconnected(id));
            }
        }
    }

    /// The path of a connection as this end sees it, while it lives.
    #[must_use]
    pub fn connection(&self, connection: ConnectionId) -> Option<FiveTuple> {
        let end = self.connections.get(&connection)?;
        (!end.broken).then_some(end.path)
    }

    /// The connections that live, each end by itself, in the order in which they were made.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, FiveTuple)> {
        self.connections
            .iter()
            .filter(|(_, end)| !end.broken)
            .map(|(&id, end)| (id, end.path))
    }

    /// Lets one arrival on a stream happen, unless its end is gone.
    pub(super) fn arrive_on_stream(
        &mut self,
        now: Instant,
        mut delivery: Delivery,
    ) -> Option<Delivery> {
        match &mut delivery.arrival {
            Arrival::Datagram(_) => {}
            Arrival::Connected(id) => {
                self.connections.get(id).filter(|end| !end.broken)?;
            }
            Arrival::Bytes(id, bytes) => {
                self.connections.get(id).filter(|end| !end.broken)?;
                self.coalesce(now, *id, bytes);
            }
            Arrival::Refused(id) | Arrival::Disconnected(id) => {
                self.connections.remove(id)?;
            }
        }
        Some(delivery)
    }

    /// Adds pieces that have arrived as well, at random: a reader may find several messages at
    /// once.
    fn coalesce(&mut self, now: Instant, connection: ConnectionId, bytes: &mut Vec<u8>) {
        while let Some(next) = self.under_way.first_entry() {
            match &next.get().arrival {
                Arrival::Bytes(id, piece) if *id == connection && next.key().0 <= now => {
                    if self.random.chance(0.5) {
                        return;
                    }
                    bytes.extend_from_slice(piece);
                    next.remove();
                }
                _ => return,
            }
        }
    }

    fn new_connection_id(&mut self) -> ConnectionId {
        self.connections_made += 1;
        ConnectionId(self.connections_made)
    }

    /// How long something travels in the direction from the local to the remote end.
    fn travel(&mut self, path: FiveTuple) -> Duration {
        let link = self.link(path.local.ip(), path.remote.ip());
        link.delay + self.random.duration_up_to(link.jitter)
    }
}

#[cfg(test)]
mod tests;
