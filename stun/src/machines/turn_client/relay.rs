//! The data of an allocation: framed in the caller's buffer, found in what was received.

use core::net::SocketAddr::{self, V4};
use core::net::SocketAddrV4;
use core::ops::Range;

use trunkline_sans_io::{ConnectionId, FiveTuple, Handled, Instant, Key, Slot, Storage};

use super::{TurnClient, TurnDrop, TurnPeer};
use crate::wire::{
    AttributeType, ChannelData, Class, Data, DontFragment, HEADER_LEN, Icmp, Message,
    MessageWriter, Method, ParseError, ParseErrorKind, XorPeerAddress, turn_frame_len,
};

/// How many octets [`TurnClient::wrap`] needs in front of the payload at most: those of a Send
/// indication to an IPv6 peer. In front of a channel's data it needs four.
pub const TURN_HEADROOM: usize = HEADER_LEN + (4 + 20) + 4 + 4;

/// How many octets [`TurnClient::wrap`] needs behind the payload at most, for padding.
pub const TURN_TAILROOM: usize = 3;

/// What to send to the server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrapped {
    /// From where to where.
    pub path: FiveTuple,
    /// The connection to the server, over a stream.
    pub connection: Option<ConnectionId>,
    /// Which octets of the buffer belong to the message.
    pub range: Range<usize>,
}

/// Data cannot be sent to a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no allocation, yet or any more.
    #[error("there is no allocation")]
    NotAllocated,
    /// The peer is not in the table, or not any more.
    #[error("the peer is unknown")]
    UnknownPeer,
    /// The server has not permitted the peer, yet or at all: it would throw the data away.
    #[error("the peer is not permitted")]
    NotPermitted,
    /// There is too little room around the payload: see [`TURN_HEADROOM`] and [`TURN_TAILROOM`].
    #[error("there is too little room around the payload")]
    NoRoom,
    /// The payload is longer than a message can tell.
    #[error("the payload is too long")]
    TooLong,
}

/// Data from a peer, a part of what was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerData<'a> {
    /// The peer's entry; `None` if it sends from another port than was expected, on a host that
    /// is permitted.
    pub peer: Option<Key>,
    /// From where the relay got it.
    pub address: SocketAddr,
    /// What the peer sent.
    pub data: &'a [u8],
}

/// What became of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Received<'a> {
    /// Data from a peer.
    Data(PeerData<'a>),
    /// The relay got an ICMP message about what it sent to a peer (RFC 8656 section 11.5).
    Icmp {
        /// The peer.
        address: SocketAddr,
        /// What the message says.
        icmp: Icmp,
    },
    /// It was a message of the server and was used.
    Consumed,
    /// It belongs to something else.
    NotMine,
    /// It belonged here and was thrown away.
    Dropped(TurnDrop),
}

impl<U: AsRef<[u8]>, S: Storage<Slot<TurnPeer>>> TurnClient<U, S> {
    /// Frames a payload for a peer where it stands in the buffer: a channel's header is written
    /// in front of it, or the head of a Send indication as long as no channel is bound. The octets
    /// around the payload that are not needed stay as they are.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing has changed.
    pub fn wrap(
        &mut self,
        now: Instant,
        peer: Key,
        buffer: &mut [u8],
        payload: Range<usize>,
    ) -> Result<Wrapped, SendError> {
        if !self.is_allocated() {
            return Err(SendError::NotAllocated);
        }
        let entry = self.peers.get(peer).ok_or(SendError::UnknownPeer)?;
        if payload.start > payload.end || payload.end > buffer.len() {
            return Err(SendError::NoRoom);
        }
        let channel = entry.channel_number.filter(|_| entry.has_channel(now));
        let range = match channel {
            Some(channel) => {
                let header = ChannelData::header(channel, payload.len());
                let header = header.ok_or(SendError::TooLong)?;
                put_in_front(buffer, &header, payload, self.path.transport.is_reliable())?
            }
            None if entry.is_permitted(now) => {
                let address = XorPeerAddress(entry.address);
                let dont_fragment = self.config.dont_fragment.then_some(DontFragment);
                let mut head = [0; TURN_HEADROOM];
                let (room, _) = head.split_at_mut(TURN_HEADROOM - 4);
                let id = self.ids.next_id();
                let written = MessageWriter::new(room, Class::Indication, Method::SEND, id)
                    .attribute(&address)
                    .optional(dont_fragment.as_ref())
                    .finish();
                // It is as long as the longest of these.
                let len = written.map_err(|_| SendError::NoRoom)?;
                let value_len = u16::try_from(payload.len()).map_err(|_| SendError::TooLong)?;
                let message_len = len - HEADER_LEN + 4 + payload.len().next_multiple_of(4);
                let message_len = u16::try_from(message_len).map_err(|_| SendError::TooLong)?;
                head[2..4].copy_from_slice(&message_len.to_be_bytes());
                let [a, b] = AttributeType::DATA.0.to_be_bytes();
                let [high, low] = value_len.to_be_bytes();
                head[len..len + 4].copy_from_slice(&[a, b, high, low]);
                put_in_front(buffer, &head[..len + 4], payload, true)?
            }
            None => return Err(SendError::NotPermitted),
        };
        self.last_sent = now;
        Ok(Wrapped {
            path: self.path,
            connection: self.connection,
            range,
        })
    }

    /// Offers a datagram. Nothing is copied: data of a peer is a part of it.
    #[inline(always)]
    pub fn handle_datagram<'a>(
        &mut self,
        now: Instant,
        path: FiveTuple,
        data: &'a [u8],
    ) -> Received<'a> {
        // The way of nearly all that is received takes no call, and moves no result twice.
        match self.channel_data(data) {
            Some(data) if is_same(&path, &self.path) => Received::Data(data),
            _ => self.handle_other(now, &path, data),
        }
    }

    /// Offers what a stream brought, and tells how much of it was used and what a peer sent. It
    /// stops behind the first data of a peer: call it again with what is left as long as it uses
    /// something. What is left then goes in front of what comes next, which needs room for
    /// [`MAX_TURN_FRAME_LEN`](crate::MAX_TURN_FRAME_LEN) in all.
    ///
    /// What is neither STUN nor the data of a channel that was asked for ends the allocation by
    /// [`TurnFailure::NotTurn`](super::TurnFailure), as soon as its first octets are there; all of it counts as
    /// used then.
    pub fn handle_bytes<'a>(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        data: &'a [u8],
    ) -> (usize, Option<PeerData<'a>>) {
        if self.connection.is_some_and(|own| own != connection) {
            return (0, None);
        }
        let mut used = 0;
        while let Some(rest) = data.get(used..) {
            let len = match self.frame_len(rest) {
                Ok(Some(len)) => len,
                Ok(None) => break,
                Err(_) => {
                    self.not_stun();
                    return (data.len(), None);
                }
            };
            let Some(frame) = rest.get(..len) else {
                break;
            };
            used += len;
            if let Some(data) = self.channel_data(frame) {
                return (used, Some(data));
            }
            if let Received::Data(data) = self.handle_from_server(now, frame) {
                return (used, Some(data));
            }
        }
        (used, None)
    }

    /// As [`turn_frame_len`], which does not know that nobody has asked for a channel 0x4854, as which "HTTP"
    /// begins.
    fn frame_len(&self, stream: &[u8]) -> Result<Option<usize>, ParseError> {
        if let [high @ 0x40..=0x4f, low, ..] = *stream
            && !self.peers.may_know(u16::from_be_bytes([high, low]))
        {
            let kind = ParseErrorKind::NotStun;
            return Err(ParseError { kind, offset: 0 });
        }
        turn_frame_len(stream)
    }

    /// Data of a peer by its channel. Without an allocation the table is empty.
    #[inline]
    fn channel_data<'a>(&self, data: &'a [u8]) -> Option<PeerData<'a>> {
        let message = ChannelData::parse(data)?;
        let (key, peer) = self.peers.by_channel(message.channel)?;
        Some(PeerData {
            peer: Some(key),
            address: peer.address,
            data: message.data,
        })
    }

    #[inline(never)]
    fn handle_other<'a>(&mut self, now: Instant, path: &FiveTuple, data: &'a [u8]) -> Received<'a> {
        match *path == self.path {
            true => self.handle_from_server(now, data),
            false => Received::NotMine,
        }
    }

    /// What is no data by a channel.
    fn handle_from_server<'a>(&mut self, now: Instant, data: &'a [u8]) -> Received<'a> {
        if matches!(data, [0x40..=0x4f, ..]) {
            return Received::Dropped(match ChannelData::parse(data) {
                Some(_) => TurnDrop::UnknownPeer,
                None => TurnDrop::Malformed,
            });
        }
        let Ok(message) = Message::parse(data) else {
            return Received::NotMine;
        };
        match message.class() {
            Class::Indication if message.method() == Method::DATA => self.data_indication(&message),
            Class::Success | Class::Error => match self.handle_response(now, &message) {
                Handled::Consumed => Received::Consumed,
                Handled::NotMine => Received::NotMine,
                Handled::Dropped(reason) => Received::Dropped(reason),
            },
            _ => Received::NotMine,
        }
    }

    /// RFC 8656 section 11.4.
    fn data_indication<'a>(&self, message: &Message<'a>) -> Received<'a> {
        const UNDERSTOOD: [AttributeType; 2] =
            [AttributeType::XOR_PEER_ADDRESS, AttributeType::DATA];
        let malformed = Received::Dropped(TurnDrop::Malformed);
        let Ok(Some(XorPeerAddress(address))) = message.get() else {
            return malformed;
        };
        if message.unknown_required(&UNDERSTOOD).next().is_some() {
            return malformed;
        }
        let peer = match self.peers.by_address(address) {
            Some(peer) if self.is_allocated() => peer,
            _ => return Received::Dropped(TurnDrop::UnknownPeer),
        };
        match (message.get(), message.get::<Icmp>()) {
            (Ok(Some(Data(data))), Ok(None)) => Received::Data(PeerData {
                peer,
                address,
                data,
            }),
            (Ok(None), Ok(Some(icmp))) => Received::Icmp { address, icmp },
            _ => malformed,
        }
    }
}

/// Whether two paths are one: those of IPv4 by whole numbers, so that it takes no call.
#[inline]
fn is_same(a: &FiveTuple, b: &FiveTuple) -> bool {
    const fn differ(a: &SocketAddrV4, b: &SocketAddrV4) -> u32 {
        let octets = u32::from_ne_bytes(a.ip().octets()) ^ u32::from_ne_bytes(b.ip().octets());
        octets | (a.port() ^ b.port()) as u32
    }
    #[inline(never)]
    fn in_general(a: &FiveTuple, b: &FiveTuple) -> bool {
        a == b
    }
    match (&a.local, &b.local, &a.remote, &b.remote) {
        (V4(local), V4(own), V4(remote), V4(server)) => {
            differ(local, own) | differ(remote, server) == 0 && a.transport == b.transport
        }
        _ => in_general(a, b),
    }
}

/// Writes what stands in front of the payload, and zeros behind it up to whole words if wanted.
pub(in crate::machines) fn put_in_front(
    buffer: &mut [u8],
    head: &[u8],
    payload: Range<usize>,
    pad: bool,
) -> Result<Range<usize>, SendError> {
    let start = payload.start.checked_sub(head.len());
    let start = start.ok_or(SendError::NoRoom)?;
    let padding = if pad {
        payload.len().next_multiple_of(4) - payload.len()
    } else {
        0
    };
    let end = payload.end + padding;
    let behind = buffer.get_mut(payload.end..end).ok_or(SendError::NoRoom)?;
    behind.fill(0);
    buffer[start..payload.start].copy_from_slice(head);
    Ok(start..end)
}
