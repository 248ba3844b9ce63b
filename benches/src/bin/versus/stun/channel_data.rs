//! `stun.channel_data`: a datagram from a relay, of which is found whether it is a channel's data or STUN, what it
//! holds and which of eight peers it is from.
//!
//! Ours is the whole way of a received datagram through the client of a relay, which checks where it comes from as
//! well. The peers read the message; the table of peers is a map of the standard library, as their users have it.
//!
//! All hand over where the data is from and the data, as they have them: what the closures return says only
//! whether there was any, since packing both into one more value would cost as much as finding them.

use core::hint::black_box;
use core::net::SocketAddr;
#[cfg(feature = "peers")]
use std::collections::HashMap;

use trunkline_sans_io::{FiveTuple, Instant, Slot};
use trunkline_stun::{
    Class, Message, MessageWriter, Received, TurnClient, TurnConfig, TurnPeer, XorRelayedAddress,
};

use crate::facts::Facts;
#[cfg(feature = "peers")]
use crate::facts::Refused;
use crate::suite::Operation;

/// 20 ms of G.711 and their RTP header, by the channel of the last peer.
pub(super) const LEN: usize = 4 + 172;
const PEERS: u8 = 8;
const CHANNEL: u16 = 0x4000 + PEERS as u16 - 1;

type Client = TurnClient<&'static [u8], [Slot<TurnPeer>; PEERS as usize]>;

fn datagram() -> [u8; LEN] {
    let mut datagram = [0x55; LEN];
    datagram[..2].copy_from_slice(&CHANNEL.to_be_bytes());
    datagram[2..4].copy_from_slice(&172_u16.to_be_bytes());
    datagram
}

fn peer(index: u8) -> SocketAddr {
    ([198, 51, 100, index], 6_000).into()
}

fn facts(peer: SocketAddr, data: &[u8]) -> Facts {
    Facts::new().with("peer", peer).octets("data", data)
}

/// An allocation with a channel to each peer, at a server that wants no credential.
fn client(path: FiveTuple) -> Client {
    let now = Instant::ORIGIN;
    let mut client = Client::new(path, [7; 32], TurnConfig::DEFAULT, None, [Slot::EMPTY; 8]);
    for index in 0..PEERS {
        client.add_peer(now, peer(index)).expect("a place");
    }
    let mut buffer = [0; 512];
    while let Some(transmit) = client.poll_transmit(now, &mut buffer).expect("room") {
        let request = Message::parse(&buffer[..transmit.len]).expect("sound");
        let (method, id) = (request.method(), request.transaction_id());
        let len = MessageWriter::new(&mut buffer, Class::Success, method, id)
            .attribute(&XorRelayedAddress(([192, 0, 2, 1], 50_000).into()))
            .finish()
            .expect("room");
        let received = client.handle_datagram(now, path, &buffer[..len]);
        assert_eq!(received, Received::Consumed);
    }
    client
}

pub(super) fn ours(operation: &mut Operation) {
    let path = FiveTuple::udp(
        ([192, 0, 2, 9], 5_000).into(),
        ([192, 0, 2, 1], 3_478).into(),
    );
    let mut for_facts = client(path);
    let mut client = client(path);
    let datagram = datagram();
    operation.ours(
        move || {
            let received = for_facts.handle_datagram(Instant::ORIGIN, path, &datagram);
            let Received::Data(data) = received else {
                panic!("{received:?}")
            };
            facts(data.address, data.data)
        },
        move || {
            let (path, datagram) = (*black_box(&path), black_box(&datagram));
            match client.handle_datagram(Instant::ORIGIN, path, datagram) {
                Received::Data(data) => {
                    black_box((data.address, data.data));
                    true
                }
                _ => false,
            }
        },
    );
}

#[cfg(feature = "peers")]
fn table() -> HashMap<u16, SocketAddr> {
    (0..PEERS)
        .map(|index| (0x4000 + u16::from(index), peer(index)))
        .collect()
}

#[cfg(feature = "peers")]
pub(super) fn turn_types(operation: &mut Operation) {
    use turn_types::channel::ChannelData;

    let (for_facts, table) = (table(), table());
    let datagram = datagram();
    operation.peer(
        "turn-types",
        move || {
            let data = ChannelData::parse(&datagram).map_err(Refused::because)?;
            Ok(facts(for_facts[&data.id()], data.data()))
        },
        move || {
            let data = ChannelData::parse(black_box(&datagram)).ok()?;
            let address = *table.get(&data.id())?;
            black_box((address, data.data()));
            Some(())
        },
    );
}

/// Messages are owned: the datagram is copied into one, and the data out of it.
#[cfg(feature = "peers")]
pub(super) fn rtc_turn(operation: &mut Operation) {
    use rtc_turn::proto::chandata::ChannelData;

    fn read<'m>(message: &'m mut ChannelData, datagram: &[u8]) -> Option<(u16, &'m [u8])> {
        if !ChannelData::is_channel_data(datagram) {
            return None;
        }
        message.reset();
        message.raw.extend_from_slice(datagram);
        message.decode().ok()?;
        Some((message.number.0, &message.data))
    }

    let (for_facts, table) = (table(), table());
    let datagram = datagram();
    let mut message = ChannelData::default();
    operation.peer(
        "rtc-turn",
        move || {
            let mut message = ChannelData::default();
            let read = read(&mut message, &datagram);
            let (number, data) = read.ok_or_else(|| Refused("not read".to_string()))?;
            Ok(facts(for_facts[&number], data))
        },
        move || {
            let (number, data) = read(&mut message, black_box(&datagram))?;
            let address = *table.get(&number)?;
            black_box((address, data));
            Some(())
        },
    );
}
