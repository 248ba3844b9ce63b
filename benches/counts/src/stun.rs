//! Reading and writing the request of RFC 5769 section 2.1 without its hashes, answering one, and the data of a peer.

use core::hint::black_box;

use trunkline_sans_io::{FiveTuple, Instant, Slot};
use trunkline_stun::{
    BindingServer, Class, IceControlled, MAX_RESPONSE_LEN, Message, MessageWriter, Method,
    Priority, Received, Software, TurnClient, TurnConfig, TurnPeer, Username, XorRelayedAddress,
};

use crate::Operation;

/// The request of RFC 5769 section 2.1.
pub const REQUEST: &[u8] = include_bytes!("../../../stun/tests/vectors/rfc5769-2.1.bin");

/// The operations of `trunkline-stun`.
#[must_use]
pub fn stun() -> Vec<Operation> {
    // Structure, fingerprint and the attributes of a check.
    let parse = || {
        let message = Message::parse(black_box(REQUEST)).expect("a message");
        let username: Option<Username<'_>> = message.get().expect("well-formed");
        let priority: Option<Priority> = message.get().expect("well-formed");
        black_box((username, priority));
        message.transaction_id()
    };
    let structure = || {
        let message = Message::parse_any_fingerprint(black_box(REQUEST));
        message.expect("a message").transaction_id()
    };
    vec![
        Operation::new("stun.parse", parse),
        Operation::new("stun.parse_structure", structure),
        build(),
        answer(),
        channel_data(),
    ]
}

fn build() -> Operation {
    let id = Message::parse(REQUEST).expect("a message").transaction_id();
    let mut buffer = [0; 128];
    Operation::new("stun.build_plain", move || {
        MessageWriter::new(black_box(&mut buffer), Class::Request, Method::BINDING, id)
            .attribute(&Software("STUN test client"))
            .attribute(&Priority(0x6e00_01ff))
            .attribute(&IceControlled(0x932f_f9b1_5126_3b36))
            .attribute(&Username(b"evtj:h6vY"))
            .finish()
            .expect("room")
    })
}

fn answer() -> Operation {
    let path = FiveTuple::udp(([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 9], 5060).into());
    let id = Message::parse(REQUEST).expect("a message").transaction_id();
    let mut request = [0; 20];
    let written = MessageWriter::new(&mut request, Class::Request, Method::BINDING, id).finish();
    assert_eq!(written, Ok(20));
    let server = BindingServer::new();
    let mut response = [0; MAX_RESPONSE_LEN];
    Operation::new("stun.answer", move || {
        let answer = server.answer(path, black_box(&request), &mut response);
        answer.is_ok()
    })
}

/// The data of a peer, by a channel of a relay.
fn channel_data() -> Operation {
    let path = FiveTuple::udp(([192, 0, 2, 9], 5000).into(), ([192, 0, 2, 1], 3478).into());
    let mut client: TurnClient<&[u8], [Slot<TurnPeer>; 4]> =
        TurnClient::new(path, [7; 32], TurnConfig::DEFAULT, None, [Slot::EMPTY; 4]);
    let answer = |client: &mut TurnClient<_, _>| {
        let (mut request, mut response) = ([0; 500], [0; 500]);
        let sent = client.poll_transmit(Instant::ORIGIN, &mut request);
        let len = sent.expect("room").expect("a request").len;
        let request = Message::parse(&request[..len]).expect("a message");
        let (method, id) = (request.method(), request.transaction_id());
        let relayed = XorRelayedAddress(([192, 0, 2, 1], 50_000).into());
        let len = MessageWriter::new(&mut response, Class::Success, method, id)
            .optional((method == Method::ALLOCATE).then_some(&relayed))
            .finish()
            .expect("room");
        let _ = client.handle_datagram(Instant::ORIGIN, path, &response[..len]);
    };
    answer(&mut client);
    let peer = ([198, 51, 100, 7], 40_000).into();
    let added = client.add_peer(Instant::ORIGIN, peer);
    added.expect("an allocation");
    // The permission, and the channel.
    answer(&mut client);
    answer(&mut client);
    let mut datagram = [0; 164];
    datagram[..4].copy_from_slice(&[0x40, 0, 0, 160]);
    Operation::new("stun.channel_data", move || {
        let (path, datagram) = (*black_box(&path), black_box(&datagram));
        match client.handle_datagram(Instant::ORIGIN, path, datagram) {
            Received::Data(data) => {
                black_box((data.address, data.data));
            }
            other => panic!("{other:?}"),
        }
    })
}
