//! Connections: framing, limits, silence.

use super::*;

const CONNECTION: ConnectionId = ConnectionId(1);
const VIA: &str = "SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK1";

fn path() -> FiveTuple {
    FiveTuple::tcp(address(BOB), address("192.0.2.1:40000"))
}

fn connected() -> TransactionLayer {
    let mut layer = layer();
    layer.handle_connected(Instant::ORIGIN, CONNECTION, path());
    layer
}

fn closed(layer: &mut TransactionLayer) -> Vec<ConnectionId> {
    core::iter::from_fn(|| layer.poll_close()).collect()
}

/// A driver that keeps what is not consumed.
fn drip(layer: &mut TransactionLayer, data: &[u8], piece: usize) {
    let mut unread = Vec::new();
    for chunk in data.chunks(piece) {
        unread.extend_from_slice(chunk);
        let consumed = layer.handle_bytes(Instant::ORIGIN, CONNECTION, &unread);
        unread.drain(..consumed);
    }
    assert!(unread.is_empty());
}

#[test]
fn messages_are_found_however_the_stream_is_cut() {
    let mut stream = b"\r\n\r\n".to_vec();
    for branch in 0..3 {
        let via = format!("SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bK{branch}");
        stream.extend(incoming("OPTIONS", &via));
    }
    for piece in [1, 2, 3, 7, 100, stream.len()] {
        let mut layer = connected();
        drip(&mut layer, &stream, piece);
        assert_eq!(events(&mut layer).len(), 3);
        let [(transmit, pong)] = sent(&mut layer).try_into().unwrap();
        assert_eq!(transmit.connection, Some(CONNECTION));
        assert_eq!(&pong[..], b"\r\n");
        assert!(closed(&mut layer).is_empty());
    }
}

#[test]
fn a_flood_of_keep_alives_keeps_nothing() {
    let mut layer = connected();
    let flood = b"\r\n".repeat(50_000);
    assert_eq!(
        layer.handle_bytes(Instant::ORIGIN, CONNECTION, &flood),
        flood.len()
    );
    assert_eq!(sent(&mut layer).len(), 1);
}

#[test]
fn a_header_without_end_is_closed_at_its_limit() {
    let mut layer = connected();
    let mut stream = b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\nX: ".to_vec();
    stream.resize(100 * 1024, b'x');
    let mut fed = 0;
    for len in (100..stream.len()).step_by(100) {
        fed = len;
        if layer.handle_bytes(Instant::ORIGIN, CONNECTION, &stream[..len]) > 0 {
            break;
        }
    }
    assert!(
        fed <= LayerConfig::default().max_head + 100,
        "given up at {fed}"
    );
    assert_eq!(closed(&mut layer), [CONNECTION]);
    assert_eq!(layer.statistics().connections, 0);
    assert_eq!(layer.statistics().connections_closed, 1);
    // All at once makes no difference, and what still comes is thrown away.
    let mut layer = connected();
    assert_eq!(
        layer.handle_bytes(Instant::ORIGIN, CONNECTION, &stream),
        stream.len()
    );
    assert_eq!(closed(&mut layer), [CONNECTION]);
    assert_eq!(layer.handle_bytes(Instant::ORIGIN, CONNECTION, b"more"), 4);
    assert!(closed(&mut layer).is_empty());
}

#[test]
fn a_header_that_trickles_is_closed_when_its_time_is_up() {
    let mut layer = connected();
    let options = incoming("OPTIONS", VIA);
    let mut now = Instant::ORIGIN;
    for len in 1..options.len() {
        assert_eq!(layer.handle_bytes(now, CONNECTION, &options[..len]), 0);
        now += Duration::from_secs(1);
        layer.handle_timeout(now);
        if layer.statistics().connections == 0 {
            break;
        }
    }
    assert_eq!(now, Instant::from_secs(32));
    assert_eq!(closed(&mut layer), [CONNECTION]);
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let mut layer = connected();
    assert_eq!(layer.poll_timeout(), Some(Instant::from_secs(32)));
    layer.handle_timeout(Instant::from_secs(32));
    assert_eq!(closed(&mut layer), [CONNECTION]);

    // One that has been useful stays for the idle time, and use prolongs it.
    let mut layer = connected();
    drip(&mut layer, &incoming("OPTIONS", VIA), 1000);
    let (transaction, message) = the_request(&mut layer);
    layer.handle_timeout(Instant::from_secs(20));
    let now = Instant::from_secs(30);
    layer
        .respond(now, transaction, response(&message, 200))
        .unwrap();
    layer.handle_timeout(Instant::from_secs(629));
    assert!(closed(&mut layer).is_empty());
    layer.handle_timeout(Instant::from_secs(630));
    assert_eq!(closed(&mut layer), [CONNECTION]);
    assert_eq!(layer.poll_timeout(), None);
}

#[test]
fn a_lying_content_length_ends_the_connection() {
    let text = String::from_utf8(incoming("MESSAGE", VIA)).unwrap();
    for lie in ["-1", "99999999999", "70000", "1x", "3\r\nContent-Length: 5"] {
        let mut layer = connected();
        let message = text.replace("Content-Length: 0", &format!("Content-Length: {lie}"));
        drip(&mut layer, message.as_bytes(), 64);
        assert_eq!(closed(&mut layer), [CONNECTION], "{lie}");
        assert!(events(&mut layer).is_empty());
    }
    // None at all.
    let mut layer = connected();
    drip(
        &mut layer,
        text.replace("Content-Length: 0\r\n", "").as_bytes(),
        64,
    );
    assert_eq!(closed(&mut layer), [CONNECTION]);
    // Too long by a little: the rest never comes.
    let mut layer = connected();
    let message = text.replace("Content-Length: 0", "Content-Length: 10");
    assert_eq!(
        layer.handle_bytes(Instant::ORIGIN, CONNECTION, message.as_bytes()),
        0
    );
    layer.handle_timeout(Instant::from_secs(32));
    assert_eq!(closed(&mut layer), [CONNECTION]);
    // Too short: what follows is no message.
    let mut layer = connected();
    let mut message = text.into_bytes();
    message.extend_from_slice(b"v=0\r\n\r\n");
    drip(&mut layer, &message, message.len());
    assert_eq!(events(&mut layer).len(), 1);
    assert_eq!(closed(&mut layer), [CONNECTION]);
}

#[test]
fn one_connection_too_many_is_closed_and_the_others_stay() {
    let mut layer = layer_with(|config| config.max_connections = 3);
    for id in 0..100 {
        layer.handle_connected(Instant::ORIGIN, ConnectionId(id), path());
    }
    assert_eq!(layer.statistics().connections, 3);
    assert_eq!(
        closed(&mut layer),
        (3..100).map(ConnectionId).collect::<Vec<_>>()
    );
    let options = incoming("OPTIONS", VIA);
    let refused = layer.handle_bytes(Instant::ORIGIN, ConnectionId(50), &options);
    assert_eq!(refused, options.len());
    assert!(events(&mut layer).is_empty());
    layer.handle_bytes(Instant::ORIGIN, ConnectionId(1), &options);
    the_request(&mut layer);
    layer.handle_disconnected(Instant::ORIGIN, ConnectionId(1));
    layer.handle_connected(Instant::ORIGIN, ConnectionId(200), path());
    assert!(closed(&mut layer).is_empty());
}

#[test]
fn a_failed_send_concerns_the_requests_of_that_way_alone() {
    let mut layer = connected();
    let now = Instant::ORIGIN;
    let dead = FiveTuple::tcp(address(BOB), address("192.0.2.3:5060"));
    let alive = FiveTuple::tcp(address(BOB), address("192.0.2.4:5060"));
    let options = request("OPTIONS", "c1", "");
    let lost = layer.send_request(now, dead.into(), &options).unwrap();
    layer.send_request(now, alive.into(), &options).unwrap();
    let over = Destination::over(CONNECTION, dead);
    let kept = layer.send_request(now, over, &options).unwrap();
    layer.handle_send_failed(now, dead, None);
    match events(&mut layer).as_slice() {
        [
            LayerEvent::Failed {
                transaction,
                reason,
            },
        ] => {
            assert_eq!((*transaction, *reason), (lost, FailureReason::Transport));
        }
        other => panic!("{other:?}"),
    }
    layer.handle_send_failed(now, dead, Some(CONNECTION));
    match events(&mut layer).as_slice() {
        [LayerEvent::Failed { transaction, .. }] => assert_eq!(*transaction, kept),
        other => panic!("{other:?}"),
    }
    assert_eq!(layer.statistics().client_transactions, 1);
}

/// Where requests can leave from one local address they may still leave from another.
#[test]
fn a_failed_send_from_one_local_address_concerns_no_other() {
    let mut layer = layer();
    let now = Instant::ORIGIN;
    let options = request("OPTIONS", "c1", "");
    let [here, there] = ["192.0.2.1:5060", "198.51.100.1:5060"]
        .map(|local| FiveTuple::udp(address(local), address(BOB)));
    let calls = [here, there, here, here].map(|path| {
        let call = layer.send_request(now, path.into(), &options);
        call.unwrap()
    });
    layer.handle_send_failed(now, there, None);
    let failed = |layer: &mut TransactionLayer| -> Vec<ClientTransaction> {
        let events = events(layer);
        let failed = events.iter().map(|event| match event {
            LayerEvent::Failed { transaction, .. } => *transaction,
            other => panic!("{other:?}"),
        });
        failed.collect()
    };
    assert_eq!(failed(&mut layer), [calls[1]]);
    // One that ended by itself is not told again.
    let request = sent(&mut layer).swap_remove(2).1;
    let answer = response(&OwnedMessage::parse(request).unwrap(), 200);
    let _ = layer.handle_datagram(now, here, &answer);
    layer.handle_timeout(now + Duration::from_secs(5));
    events(&mut layer);
    layer.handle_send_failed(now, here, None);
    assert_eq!(failed(&mut layer), [calls[0], calls[3]]);
    assert_eq!(layer.statistics().client_transactions, 0);
    assert!(layer.paths.is_empty());
}

#[test]
fn a_large_invite_that_goes_back_to_udp_keeps_its_branch_and_its_cancel() {
    let mut layer = layer();
    let now = Instant::ORIGIN;
    let udp = FiveTuple::udp(address(BOB), address(ALICE));
    let invite = request("INVITE", "c1", &"x".repeat(2000));
    let call = layer.send_request(now, udp.into(), &invite).unwrap();
    let [(over_tcp, first)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(over_tcp.path.transport, Transport::Tcp);
    assert_eq!(layer.cancel(now, call), Ok(()));
    layer.handle_send_failed(now, over_tcp.path, None);
    let [(over_udp, second)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(over_udp.path, udp);
    let branch = |message: &[u8]| {
        let via = header(message, "Via").unwrap();
        let (_, branch) = via.split_once("branch=").unwrap();
        branch.trim_end_matches(";rport").to_string()
    };
    assert_eq!(branch(&first), branch(&second));
    assert!(header(&second, "Via").unwrap().starts_with("SIP/2.0/UDP "));
    assert!(second.ends_with(&[b'x'; 2000]));
    // A second refusal finds nothing on TCP any more.
    layer.handle_send_failed(now, over_tcp.path, None);
    assert!(events(&mut layer).is_empty());

    let ringing = format!(
        "SIP/2.0 180 Ringing\r\nVia: {}\r\nFrom: <sip:a@b>;tag=a1\r\nTo: <sip:b@b>;tag=b1\r\n\
         Call-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        header(&second, "Via").unwrap()
    );
    let _ = deliver(&mut layer, ringing.as_bytes());
    let [(transmit, cancel)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(transmit.path, udp);
    assert_eq!(start_line(&cancel), "CANCEL sip:bob@192.0.2.2 SIP/2.0");
    assert_eq!(branch(&cancel), branch(&second));
}
