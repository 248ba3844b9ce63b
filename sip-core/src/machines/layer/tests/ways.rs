//! Where requests and responses go, and what their Via says.
// E003: RFC 3581, RFC 3261 section 18.

use super::*;

/// Delivers a request with this Via along `path` and answers it: the Via and the way of the response.
fn answered(path: FiveTuple, connection: Option<ConnectionId>, via: &str) -> (String, Transmit) {
    let mut layer = layer();
    answered_by(&mut layer, path, connection, via)
}

fn answered_by(
    layer: &mut TransactionLayer,
    path: FiveTuple,
    connection: Option<ConnectionId>,
    via: &str,
) -> (String, Transmit) {
    let now = Instant::ORIGIN;
    let options = incoming("OPTIONS", via);
    match connection {
        None => assert_eq!(
            layer.handle_datagram(now, path, &options),
            Handled::Consumed
        ),
        Some(connection) => {
            layer.handle_connected(now, connection, path);
            assert_eq!(layer.handle_bytes(now, connection, &options), options.len());
        }
    }
    let (transaction, message) = the_request(layer);
    layer
        .respond(now, transaction, response(&message, 200))
        .unwrap();
    let [(transmit, bytes)] = sent(layer).try_into().unwrap();
    (header(&bytes, "Via").unwrap(), transmit)
}

fn udp(local: &str, remote: &str) -> FiveTuple {
    FiveTuple::udp(address(local), address(remote))
}

#[test]
fn responses_over_udp_go_where_the_via_says_and_leave_from_where_it_arrived() {
    let local = "198.51.100.7:5060";
    for (remote, via, expected_via, to) in [
        // The plain case: nothing to add.
        (
            "192.0.2.1:5060",
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
            "192.0.2.1:5060",
        ),
        // No port is 5060, and a source port is nobody's business without rport.
        (
            "192.0.2.1:40000",
            "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
            "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
            "192.0.2.1:5060",
        ),
        // A name, or another address: received, and the port of the sent-by.
        (
            "192.0.2.1:40000",
            "SIP/2.0/UDP pc33.example.com:5070;branch=z9hG4bK1",
            "SIP/2.0/UDP pc33.example.com:5070;branch=z9hG4bK1;received=192.0.2.1",
            "192.0.2.1:5070",
        ),
        // rport: the source port.
        (
            "192.0.2.1:40000",
            "SIP/2.0/UDP 10.1.1.1:5060;rport;branch=z9hG4bK1",
            "SIP/2.0/UDP 10.1.1.1:5060;rport=40000;branch=z9hG4bK1;received=192.0.2.1",
            "192.0.2.1:40000",
        ),
        // rport adds received even where it says nothing new.
        (
            "192.0.2.1:5060",
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport",
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport=5060;received=192.0.2.1",
            "192.0.2.1:5060",
        ),
        // maddr wins.
        (
            "192.0.2.1:5060",
            "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;maddr=224.0.1.75",
            "SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;maddr=224.0.1.75",
            "224.0.1.75:5062",
        ),
    ] {
        let (seen, transmit) = answered(udp(local, remote), None, via);
        assert_eq!(seen, expected_via);
        assert_eq!(transmit.path, udp(local, to), "{via}");
        assert_eq!(transmit.connection, None);
    }
}

#[test]
fn ipv6_works_the_same() {
    let local = "[2001:db8::7]:5060";
    let (via, transmit) = answered(
        udp(local, "[2001:db8::9]:40000"),
        None,
        "SIP/2.0/UDP [2001:db8::9:1];rport;branch=z9hG4bK1",
    );
    assert_eq!(
        via,
        "SIP/2.0/UDP [2001:db8::9:1];rport=40000;branch=z9hG4bK1;received=2001:db8::9"
    );
    assert_eq!(transmit.path, udp(local, "[2001:db8::9]:40000"));

    let mut layer = layer();
    let path = udp(local, "[2001:db8::9]:5060");
    layer
        .send_request(Instant::ORIGIN, path.into(), &request("OPTIONS", "c1", ""))
        .unwrap();
    let [(transmit, bytes)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(transmit.path, path);
    let via = header(&bytes, "Via").unwrap();
    assert!(
        via.starts_with("SIP/2.0/UDP [2001:db8::7]:5060;branch=z9hG4bK"),
        "{via}"
    );
}

#[test]
fn responses_over_tcp_use_the_connection_and_the_listening_port_once_it_is_gone() {
    let path = FiveTuple::tcp(address(BOB), address("192.0.2.1:40000"));
    let connection = ConnectionId(3);
    let via = "SIP/2.0/TCP pc33.example.com:5070;branch=z9hG4bK1";
    let (seen, transmit) = answered(path, Some(connection), via);
    assert_eq!(
        seen,
        "SIP/2.0/TCP pc33.example.com:5070;branch=z9hG4bK1;received=192.0.2.1"
    );
    assert_eq!(transmit.connection, Some(connection));
    // What the driver falls back to.
    assert_eq!(transmit.path.remote, address("192.0.2.1:5070"));

    let mut layer = layer();
    let now = Instant::ORIGIN;
    layer.handle_connected(now, connection, path);
    layer.handle_bytes(now, connection, &incoming("OPTIONS", via));
    let (transaction, message) = the_request(&mut layer);
    layer.handle_disconnected(now, connection);
    layer
        .respond(now, transaction, response(&message, 200))
        .unwrap();
    let [(transmit, _)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(transmit.connection, None);
    assert_eq!(
        transmit.path,
        FiveTuple::tcp(address(BOB), address("192.0.2.1:5070"))
    );
}

#[test]
fn the_via_of_a_request_names_the_listening_address_or_its_public_name() {
    let mut layer = layer_with(|config| {
        config.sent_by = [
            ("10.0.0.1:5060", "sbc.example.com"),
            ("10.0.0.2:5060", "203.0.113.2:5080"),
            ("10.0.0.3:5060", "[2001:db8::3]"),
            ("10.0.0.4:5060", "not a host"),
        ]
        .map(|(local, sent_by)| PublicAddress {
            local: address(local),
            sent_by: sent_by.into(),
        })
        .into();
    });
    for (local, transport, start) in [
        (
            "10.0.0.1:5060",
            Transport::Udp,
            "SIP/2.0/UDP sbc.example.com;branch=",
        ),
        (
            "10.0.0.2:5060",
            Transport::Tcp,
            "SIP/2.0/TCP 203.0.113.2:5080;branch=",
        ),
        (
            "10.0.0.3:5060",
            Transport::Tls,
            "SIP/2.0/TLS [2001:db8::3];branch=",
        ),
        (
            "10.0.0.4:5060",
            Transport::Udp,
            "SIP/2.0/UDP 10.0.0.4:5060;branch=",
        ),
        (
            "10.0.0.5:5060",
            Transport::Udp,
            "SIP/2.0/UDP 10.0.0.5:5060;branch=",
        ),
    ] {
        let to = FiveTuple::new(transport, address(local), address(BOB)).into();
        layer
            .send_request(Instant::ORIGIN, to, &request("OPTIONS", "c1", ""))
            .unwrap();
        let [(_, bytes)] = sent(&mut layer).try_into().unwrap();
        let via = header(&bytes, "Via").unwrap();
        assert!(via.starts_with(start), "{via}");
        assert_eq!(
            via.ends_with(";rport"),
            transport == Transport::Udp,
            "{via}"
        );
    }
}

/// Such as the address of a listener that hears all addresses of the host.
#[test]
fn a_request_from_the_unspecified_address_is_an_error_unless_that_has_a_name() {
    for local in ["0.0.0.0:5060", "[::]:5060"] {
        let path = udp(
            local,
            if local.starts_with('[') {
                "[::1]:5060"
            } else {
                ALICE
            },
        );
        let send = |layer: &mut TransactionLayer| {
            let sent =
                layer.send_request(Instant::ORIGIN, path.into(), &request("OPTIONS", "c", ""));
            let ack = layer.send_ack(Instant::ORIGIN, path.into(), &request("ACK", "c", ""));
            (sent.err(), ack.err())
        };
        let error = Some(RequestError::UnspecifiedAddress);
        assert_eq!(send(&mut layer()), (error, error));
        let mut named = layer_with(|config| {
            let sent_by = "sip.example.com".into();
            let local = address(local);
            config.sent_by.push(PublicAddress { local, sent_by });
        });
        assert_eq!(send(&mut named), (None, None));
    }
}

#[test]
fn our_via_goes_on_top_of_the_others() {
    let mut layer = layer();
    let mut forwarded = request("OPTIONS", "c1", "");
    let text = "SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKclient\r\n";
    let at = start_line(&forwarded).len() - "SIP/2.0".len();
    forwarded.splice(at..at + 9, text.bytes());
    layer
        .send_request(Instant::ORIGIN, to_bob(Transport::Udp), &forwarded)
        .unwrap();
    let [(_, bytes)] = sent(&mut layer).try_into().unwrap();
    let mut index = [HeaderSpan::default(); 64];
    let message = Message::parse(&bytes, &mut index).unwrap();
    let hosts: Vec<String> = message
        .typed_all::<Via<'_>>()
        .map(|via| via.unwrap().sent_by.to_string())
        .collect();
    assert_eq!(hosts, ["192.0.2.1:5060", "192.0.2.99"]);
}

#[test]
fn a_request_without_content_length_gets_one() {
    let mut layer = layer();
    let message = b"MESSAGE sip:bob@192.0.2.2 SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\n\
        To: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n\r\nhello";
    layer
        .send_request(Instant::ORIGIN, to_bob(Transport::Tcp), message)
        .unwrap();
    let [(_, bytes)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(header(&bytes, "Content-Length").as_deref(), Some("5"));
    assert!(bytes.ends_with(b"\r\n\r\nhello"));
}

#[test]
fn what_is_no_request_to_send_is_refused() {
    let mut layer = layer();
    let now = Instant::ORIGIN;
    let to = to_bob(Transport::Udp);
    for (message, error) in [
        (&b"garbage"[..], RequestError::Malformed),
        (b"SIP/2.0 200 OK\r\n\r\n", RequestError::Malformed),
        (&request("ACK", "c1", ""), RequestError::Method),
        (&request("CANCEL", "c1", ""), RequestError::Method),
    ] {
        assert_eq!(layer.send_request(now, to, message), Err(error));
    }
    let bye = request("BYE", "c1", "");
    assert_eq!(layer.send_ack(now, to, &bye), Err(RequestError::Method));
    assert!(sent(&mut layer).is_empty());
}

#[test]
fn what_does_not_fit_a_datagram_is_an_error() {
    // E001-71
    let mut layer = layer_with(|config| config.move_large_requests_to_tcp = false);
    let now = Instant::ORIGIN;
    let huge = request("MESSAGE", "c1", &"x".repeat(66_000));
    let refused = layer.send_request(now, to_bob(Transport::Udp), &huge);
    assert_eq!(refused, Err(RequestError::TooLarge));
    assert!(
        layer
            .send_request(now, to_bob(Transport::Tcp), &huge)
            .is_ok()
    );
    sent(&mut layer);

    let via = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1";
    assert_eq!(
        deliver(&mut layer, &incoming("OPTIONS", via)),
        Handled::Consumed
    );
    let (transaction, message) = the_request(&mut layer);
    let mut large = response(&message, 200).to_vec();
    large.resize(66_000, b'x');
    let refused = layer.respond(now, transaction, large.into());
    assert_eq!(refused, Err(RespondError::TooLarge));
    assert_eq!(
        layer.respond(now, transaction, Bytes::from_static(b"garbage")),
        Err(RespondError::Malformed)
    );
    let ok = response(&message, 200);
    assert_eq!(
        layer.respond(now, transaction, ok),
        Ok(()),
        "the transaction still waits"
    );
}
