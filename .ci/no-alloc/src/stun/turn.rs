//! An allocation at a relay, and data to and from a peer.

use core::hint::black_box;

use trunkline_sans_io::{FiveTuple, Instant, Slot};
use trunkline_stun::{
    Class, Generation, LongTermAuthentication, MappedAddress, Message, MessageWriter, Method,
    MsTurnClient, MsTurnConfig, MsTurnEvent, Received, TimeLimitedPassword, TurnClient, TurnConfig,
    TurnEvent, XorRelayedAddress,
};

use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
    let credential = some!(LongTermAuthentication::new(b"alice", b"secret"));
    let peers = [Slot::EMPTY; 2];
    let mut client = TurnClient::new(path, [7; 32], TurnConfig::DEFAULT, Some(credential), peers);
    let now = Instant::ORIGIN;
    let mut buffer = [0; 256];
    let mut peer = None;
    for expected in [
        Method::ALLOCATE,
        Method::CREATE_PERMISSION,
        Method::CHANNEL_BIND,
    ] {
        let transmit = some!(some!(client.poll_transmit(now, &mut buffer)));
        let request = some!(Message::parse(&buffer[..transmit.len]));
        check!(request.method() == expected);
        let (method, id) = (request.method(), request.transaction_id());
        let len = MessageWriter::new(&mut buffer, Class::Success, method, id)
            .attribute(&XorRelayedAddress(([192, 0, 2, 1], 50_000).into()))
            .finish();
        let response = black_box(&buffer[..some!(len)]);
        check!(client.handle_datagram(now, path, response) == Received::Consumed);
        if peer.is_none() {
            let address = ([198, 51, 100, 1], 6000).into();
            peer = Some(some!(client.add_peer(now, address)));
        }
    }
    let peer = some!(peer);
    check!(matches!(client.poll_event(), Some(TurnEvent::Allocated(_))));
    let mut data = *black_box(b"....hello");
    let wrapped = some!(client.wrap(now, peer, &mut data, 4..9));
    let Received::Data(data) = client.handle_datagram(now, path, &data[wrapped.range]) else {
        return Err(Failed("no data"));
    };
    check!(data.peer == Some(peer) && data.data == b"hello");
    client.close();
    check!(some!(client.poll_transmit(now, &mut buffer)).is_some());
    microsoft()
}

fn microsoft() -> Result<(), Failed> {
    let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
    let password = TimeLimitedPassword::new(b"north", b"1433895918:alice");
    let credential = some!(LongTermAuthentication::new(b"alice", password.as_bytes()));
    let config = MsTurnConfig::DEFAULT;
    let mut client = MsTurnClient::new(path, [7; 32], config, credential, [Slot::EMPTY; 2]);
    let now = Instant::ORIGIN;
    let mut buffer = [0; 256];
    let transmit = some!(some!(client.poll_transmit(now, &mut buffer)));
    let request = some!(Message::parse_any_generation(&buffer[..transmit.len]));
    check!(request.generation() == Generation::MsTurn);
    let (method, id) = (request.method(), request.transaction_id());
    let generation = Generation::MsTurn;
    let len = MessageWriter::of_generation(generation, &mut buffer, Class::Success, method, id)
        .attribute(&MappedAddress(([192, 0, 2, 1], 50_000).into()))
        .finish();
    let response = black_box(&buffer[..some!(len)]);
    check!(client.handle_datagram(now, path, response) == Received::Consumed);
    check!(matches!(
        client.poll_event(),
        Some(MsTurnEvent::Allocated(_))
    ));
    let peer = some!(client.add_peer(([198, 51, 100, 1], 6000).into()));
    check!(client.wrap(peer, &mut buffer, 100..105).is_ok());
    Ok(())
}
