//! Datagrams that nobody should send.

use super::*;

const VIA: &str = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1";

/// A layer with a call from Alice that rings, and one to Bob that waits.
fn busy_layer() -> (
    TransactionLayer,
    ServerTransaction,
    OwnedMessage,
    ClientTransaction,
) {
    let mut layer = layer();
    let invite = incoming("INVITE", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcall");
    assert_eq!(deliver(&mut layer, &invite), Handled::Consumed);
    let (incoming_call, message) = the_request(&mut layer);
    let outgoing_call = layer
        .send_request(
            Instant::ORIGIN,
            FiveTuple::udp(address(BOB), address("192.0.2.3:5060")).into(),
            &request("INVITE", "c2", ""),
        )
        .unwrap();
    sent(&mut layer);
    (layer, incoming_call, message, outgoing_call)
}

/// The calls of `busy_layer` go on as if nothing had happened.
fn calls_go_on(
    layer: &mut TransactionLayer,
    (call, message, outgoing): (ServerTransaction, OwnedMessage, ClientTransaction),
) {
    assert!(events(layer).is_empty());
    let statistics = layer.statistics();
    assert_eq!(
        (
            statistics.server_transactions,
            statistics.client_transactions
        ),
        (1, 1)
    );
    let now = Instant::ORIGIN;
    layer.respond(now, call, response(&message, 486)).unwrap();
    assert_eq!(sent_lines(layer), ["SIP/2.0 486 Busy Here"]);
    assert_eq!(layer.cancel(now, outgoing), Ok(()));
}

#[test]
fn garbage_is_dropped_and_counted() {
    let (mut layer, call, message, outgoing) = busy_layer();
    let garbage: &[&[u8]] = &[
        b"garbage",
        b"GET / HTTP/1.1\r\nHost: 192.0.2.2\r\n\r\n",
        b"INVITE",
        b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\xff\xfe\xfd",
        b"SIP/2.0 999 Odd\r\n\r\n",
        b"\r\n\r\nx",
        &[0x80; 1500],
    ];
    for data in garbage {
        assert_eq!(
            deliver(&mut layer, data),
            Handled::Dropped(DropReason::Malformed),
            "{}",
            data.escape_ascii()
        );
    }
    // Sound to the eye, but no answer would find its way.
    let no_via = b"OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n";
    let bad_via = b"OPTIONS sip:bob@192.0.2.2 SIP/2.0\r\nVia: ;;;\r\nCSeq: 1 OPTIONS\r\n\r\n";
    for data in [&no_via[..], bad_via] {
        let dropped = deliver(&mut layer, data);
        assert_eq!(dropped, Handled::Dropped(DropReason::Unanswerable));
    }
    assert!(sent(&mut layer).is_empty());
    let statistics = layer.statistics();
    assert_eq!(statistics.dropped(DropReason::Malformed), 9);
    assert_eq!(statistics.dropped(DropReason::Unanswerable), 2);
    assert_eq!(statistics.datagrams, 12);
    calls_go_on(&mut layer, (call, message, outgoing));
}

#[test]
fn every_prefix_of_a_request_is_dropped_or_answered() {
    let (mut layer, call, message, outgoing) = busy_layer();
    let mut whole = incoming("MESSAGE", VIA);
    let cut = whole.len();
    whole.extend_from_slice(b"body that Content-Length does not cover");
    for len in 0..cut {
        let _ = deliver(&mut layer, &whole[..len]);
    }
    assert!(sent(&mut layer).is_empty());
    calls_go_on(&mut layer, (call, message, outgoing));
}

#[test]
fn keep_alives_and_stun_are_not_messages() {
    let mut layer = layer();
    for data in [&b"\r\n\r\n"[..], b"\r\n", b"", b"\0\0\0\0"] {
        assert_eq!(deliver(&mut layer, data), Handled::Consumed);
    }
    let mut binding = [0; 20];
    binding[1] = 1;
    binding[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
    assert_eq!(deliver(&mut layer, &binding), Handled::NotMine);
    assert!(sent(&mut layer).is_empty());
    assert_eq!(layer.statistics().keep_alives, 4);
    assert_eq!(layer.statistics().datagrams, 4);
    // Line ends before a request are not part of it (RFC 3261 section 7.5).
    let mut options = b"\r\n\r\n".to_vec();
    options.extend(incoming("OPTIONS", VIA));
    assert_eq!(deliver(&mut layer, &options), Handled::Consumed);
    the_request(&mut layer);
}

#[test]
fn a_lying_content_length_is_a_400_or_cut_off() {
    let mut layer = layer();
    let text = String::from_utf8(incoming("MESSAGE", VIA)).unwrap();
    let too_long = text.replace("Content-Length: 0", "Content-Length: 500");
    let dropped = deliver(&mut layer, too_long.as_bytes());
    assert_eq!(dropped, Handled::Dropped(DropReason::InvalidRequest));
    let [(_, answer)] = sent(&mut layer).try_into().unwrap();
    assert!(start_line(&answer).starts_with("SIP/2.0 400 "));
    for number in ["-1", "4294967296", "1x", "0\r\nContent-Length: 3"] {
        let lie = text.replace("Content-Length: 0", &format!("Content-Length: {number}"));
        let dropped = deliver(&mut layer, lie.as_bytes());
        assert_eq!(
            dropped,
            Handled::Dropped(DropReason::InvalidRequest),
            "{number}"
        );
        assert!(sent_lines(&mut layer)[0].starts_with("SIP/2.0 400 "));
    }
    // Never an ACK, never a response.
    let ack = too_long.replace("MESSAGE", "ACK");
    let dropped = deliver(&mut layer, ack.as_bytes());
    assert_eq!(dropped, Handled::Dropped(DropReason::InvalidRequest));
    let ok = too_long.replace("MESSAGE sip:bob@192.0.2.2 SIP/2.0", "SIP/2.0 200 OK");
    let dropped = deliver(&mut layer, ok.as_bytes());
    assert_eq!(dropped, Handled::Dropped(DropReason::InvalidResponse));
    assert!(sent(&mut layer).is_empty());
    // What the length does not cover is not part of the body (section 18.3).
    let mut surplus = text.into_bytes();
    surplus.extend_from_slice(b"surplus");
    assert_eq!(deliver(&mut layer, &surplus), Handled::Consumed);
    assert!(the_request(&mut layer).1.message().body().is_empty());
}

#[test]
fn a_request_that_breaks_the_rules_is_answered_without_a_transaction() {
    let mut layer = layer();
    let text = String::from_utf8(incoming("OPTIONS", VIA)).unwrap();
    for (from, to, status) in [
        ("SIP/2.0\r\nVia", "SIP/3.0\r\nVia", "505"),
        ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE", "400"),
        ("Call-ID: c1\r\n", "", "400"),
        ("sip:bob@192.0.2.2 SIP", "http://192.0.2.2 SIP", "416"),
    ] {
        let bad = text.replacen(from, to, 1);
        for _ in 0..2 {
            let dropped = deliver(&mut layer, bad.as_bytes());
            assert_eq!(
                dropped,
                Handled::Dropped(DropReason::InvalidRequest),
                "{to}"
            );
            let [(transmit, answer)] = sent(&mut layer).try_into().unwrap();
            assert_eq!(transmit.path, from_alice());
            let line = start_line(&answer);
            assert!(line.starts_with(&format!("SIP/2.0 {status} ")), "{line}");
        }
    }
    assert_eq!(layer.statistics().server_transactions, 0);
    let bad_ack = text
        .replace("OPTIONS", "ACK")
        .replace("Call-ID: c1\r\n", "");
    let dropped = deliver(&mut layer, bad_ack.as_bytes());
    assert_eq!(dropped, Handled::Dropped(DropReason::InvalidRequest));
    assert!(sent(&mut layer).is_empty(), "an ACK is never answered");
    assert!(events(&mut layer).is_empty());
}

#[test]
fn the_ack_to_an_answer_without_transaction_goes_no_further() {
    let mut layer = layer();
    let invite = incoming("INVITE", VIA);
    let bad = String::from_utf8(invite)
        .unwrap()
        .replace("Call-ID: c1", "Call-ID: c 1");
    let _ = deliver(&mut layer, bad.as_bytes());
    let [(_, answer)] = sent(&mut layer).try_into().unwrap();
    let to = header(&answer, "To").unwrap();
    let (_, tag) = to.split_once(";tag=").unwrap();

    let ack = incoming_with("ACK", VIA, &format!(";tag={tag}"), "");
    assert_eq!(deliver(&mut layer, &ack), Handled::Consumed);
    assert!(events(&mut layer).is_empty());
    // Any other tag is one for a 2xx.
    let ack = incoming_with("ACK", VIA, ";tag=other", "");
    assert_eq!(deliver(&mut layer, &ack), Handled::Consumed);
    assert!(matches!(
        events(&mut layer).as_slice(),
        [LayerEvent::Ack { .. }]
    ));
}

/// A response to the request that the layer has sent, with another top Via.
fn response_with(request: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    let via = header(request, "Via").unwrap();
    let cseq = header(request, "CSeq").unwrap();
    let text = format!(
        "SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:alice@192.0.2.1>;tag=a1\r\n\
         To: <sip:bob@192.0.2.2>;tag=b1\r\nCall-ID: c1\r\nCSeq: {cseq}\r\n\
         Content-Length: 0\r\n\r\n"
    );
    change(text).into_bytes()
}

#[test]
fn responses_that_match_nothing() {
    let mut layer = layer();
    let now = Instant::ORIGIN;
    let to = FiveTuple::udp(address(BOB), address(ALICE)).into();
    let transaction = layer
        .send_request(now, to, &request("OPTIONS", "c1", ""))
        .unwrap();
    let [(_, sent_request)] = sent(&mut layer).try_into().unwrap();

    // Not sent by us (RFC 3261 section 18.1.2).
    for foreign in [
        "192.0.2.66:5060",
        "192.0.2.2:5061",
        "192.0.2.2",
        "example.com",
    ] {
        let response = response_with(&sent_request, |text| {
            text.replacen("192.0.2.2:5060", foreign, 1)
        });
        let dropped = deliver(&mut layer, &response);
        assert_eq!(
            dropped,
            Handled::Dropped(DropReason::ForeignResponse),
            "{foreign}"
        );
    }
    // Ours, but of no transaction: a guessed branch, another method, none at all.
    for (from, to) in [
        ("z9hG4bK", "z9hG4bKx"),
        (" OPTIONS", " INVITE"),
        (";branch=", ";b="),
    ] {
        let response = response_with(&sent_request, |text| text.replacen(from, to, 1));
        assert_eq!(deliver(&mut layer, &response), Handled::Consumed);
        let told = events(&mut layer);
        assert!(
            matches!(told.as_slice(), [LayerEvent::StrayResponse { .. }]),
            "{told:?}"
        );
    }
    for broken in ["Call-ID: c1\r\n", "CSeq: 1 OPTIONS\r\n"] {
        let response = response_with(&sent_request, |text| text.replace(broken, ""));
        let dropped = deliver(&mut layer, &response);
        assert_eq!(dropped, Handled::Dropped(DropReason::InvalidResponse));
    }
    assert!(sent(&mut layer).is_empty() && events(&mut layer).is_empty());

    // And the real one still arrives. Branch and host compare without regard to case.
    let response = response_with(&sent_request, |text| {
        let at = text.find("z9hG4bK").unwrap();
        let mut text = text;
        text[at..at + 33].make_ascii_uppercase();
        text
    });
    assert_eq!(deliver(&mut layer, &response), Handled::Consumed);
    match events(&mut layer).as_slice() {
        [
            LayerEvent::Response {
                transaction: of, ..
            },
        ] => assert_eq!(*of, transaction),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_2xx_that_comes_after_a_failure_is_told_as_stray() {
    let mut layer = layer();
    let now = Instant::ORIGIN;
    let to = FiveTuple::udp(address(BOB), address(ALICE)).into();
    layer
        .send_request(now, to, &request("INVITE", "c1", ""))
        .unwrap();
    let [(_, invite)] = sent(&mut layer).try_into().unwrap();
    let busy = response_with(&invite, |text| text.replace("200 OK", "486 Busy Here"));
    let _ = deliver(&mut layer, &busy);
    assert_eq!(sent_lines(&mut layer), ["ACK sip:bob@192.0.2.2 SIP/2.0"]);
    let _ = deliver(&mut layer, &response_with(&invite, |text| text));
    let names: Vec<String> = events(&mut layer).iter().map(name).collect();
    assert_eq!(names, ["486", "stray 200"]);
    assert!(sent(&mut layer).is_empty());
}

#[test]
fn a_late_2xx_of_a_fork_is_told_after_the_transaction_too() {
    let mut layer = layer();
    let to = FiveTuple::udp(address(BOB), address(ALICE)).into();
    layer
        .send_request(Instant::ORIGIN, to, &request("INVITE", "c1", ""))
        .unwrap();
    let [(_, invite)] = sent(&mut layer).try_into().unwrap();
    let ok = response_with(&invite, |text| text);
    let other = response_with(&invite, |text| text.replace("tag=b1", "tag=b2"));
    for response in [&ok, &ok, &other] {
        let _ = deliver(&mut layer, response);
    }
    layer.handle_timeout(Instant::from_secs(32)); // Timer M
    assert_eq!(layer.statistics().client_transactions, 0);
    let _ = deliver(&mut layer, &other);
    let names: Vec<String> = events(&mut layer).iter().map(name).collect();
    assert_eq!(names, ["200", "200", "200", "stray 200"]);
}

#[test]
fn a_spoofed_cancel_cancels_nothing() {
    let (mut layer, call, message, outgoing) = busy_layer();
    let now = Instant::ORIGIN;
    let cancel = incoming("CANCEL", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcall");
    // Even with the right branch: another host.
    let stranger = FiveTuple::udp(address(BOB), address("192.0.2.66:5060"));
    let dropped = layer.handle_datagram(now, stranger, &cancel);
    assert_eq!(dropped, Handled::Dropped(DropReason::UnmatchedCancel));
    assert!(sent_lines(&mut layer)[0].starts_with("SIP/2.0 481 "));
    // The right host, a wrong branch.
    let guess = incoming("CANCEL", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKguess");
    let dropped = deliver(&mut layer, &guess);
    assert_eq!(dropped, Handled::Dropped(DropReason::UnmatchedCancel));
    assert!(sent_lines(&mut layer)[0].starts_with("SIP/2.0 481 "));
    calls_go_on(&mut layer, (call, message, outgoing));
}

#[test]
fn a_cancel_is_told_once_and_answered_each_time() {
    let (mut layer, call, message, _) = busy_layer();
    let now = Instant::ORIGIN;
    layer.respond(now, call, response(&message, 180)).unwrap();
    sent(&mut layer);
    let cancel = incoming("CANCEL", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcall");
    for round in 0..3 {
        assert_eq!(deliver(&mut layer, &cancel), Handled::Consumed);
        let [(_, ok)] = sent(&mut layer).try_into().unwrap();
        assert_eq!(start_line(&ok), "SIP/2.0 200 OK");
        // The tag of the responses to the INVITE (RFC 3261 section 9.2).
        assert!(header(&ok, "To").unwrap().ends_with(";tag=b1"));
        let told = events(&mut layer);
        match told.as_slice() {
            [LayerEvent::Cancelled { transaction, .. }] if round == 0 => {
                assert_eq!(*transaction, call);
            }
            [] if round > 0 => {}
            other => panic!("{other:?}"),
        }
    }
    // After the final response a CANCEL changes nothing, but is answered.
    layer.respond(now, call, response(&message, 487)).unwrap();
    sent(&mut layer);
    assert_eq!(deliver(&mut layer, &cancel), Handled::Consumed);
    assert_eq!(sent_lines(&mut layer), ["SIP/2.0 200 OK"]);
    assert!(events(&mut layer).is_empty());
}

#[test]
fn clients_of_rfc_2543_are_matched_by_their_header_fields() {
    let mut layer = layer();
    for via in [
        "SIP/2.0/UDP 192.0.2.1:5060",
        "SIP/2.0/UDP 192.0.2.1:5060;branch=1",
        "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK",
    ] {
        let now = Instant::ORIGIN;
        let invite = incoming("INVITE", via);
        let _ = deliver(&mut layer, &invite);
        let (call, message) = the_request(&mut layer);
        let _ = deliver(&mut layer, &invite);
        assert!(events(&mut layer).is_empty());
        layer.respond(now, call, response(&message, 486)).unwrap();
        sent(&mut layer);
        let ack = incoming_with("ACK", via, ";tag=b1", "");
        assert_eq!(deliver(&mut layer, &ack), Handled::Consumed);
        assert!(events(&mut layer).is_empty(), "{via}");
        // Another call of the same client is another transaction.
        let other = String::from_utf8(invite).unwrap().replace("c1", "c2");
        let _ = deliver(&mut layer, other.as_bytes());
        the_request(&mut layer);
        layer.handle_timeout(Instant::from_secs(100));
        sent(&mut layer);
        layer = super::layer();
    }
}

#[test]
fn whatever_is_changed_in_a_message_nothing_breaks() {
    let mut random = trunkline_testkit::Random::new(5);
    let mut layer = layer_with(|config| {
        config.max_transactions = 40;
        config.max_connections = 4;
    });
    let mut now = Instant::ORIGIN;
    let mut pool: Vec<Vec<u8>> = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"]
        .map(|method| incoming(method, VIA))
        .into();
    for round in 0..20_000_u64 {
        let mut data = pool[random.index(pool.len())].clone();
        for _ in 0..random.below(4) {
            let at = random.index(data.len());
            match random.below(4) {
                0 => data[at] = b"\r\n :;,=<>\"0a\x00\xff"[random.index(14)],
                1 => data.truncate(at.max(1)),
                2 => {
                    let piece = data[at..(at + 40).min(data.len())].to_vec();
                    let to = random.index(data.len());
                    data.splice(to..to, piece);
                }
                _ => {
                    data.remove(at);
                }
            }
            if data.is_empty() {
                break;
            }
        }
        let connection = ConnectionId(round / 50);
        match random.below(8) {
            0..4 => {
                let _ = deliver(&mut layer, &data);
            }
            4..6 => {
                let path = FiveTuple::tcp(address(BOB), address(ALICE));
                layer.handle_connected(now, connection, path);
                assert!(layer.handle_bytes(now, connection, &data) <= data.len());
            }
            6 => {
                let transport = if round % 2 == 0 {
                    Transport::Udp
                } else {
                    Transport::Tcp
                };
                let path = FiveTuple::new(transport, address(BOB), address(ALICE));
                let _ = layer.send_request(now, path.into(), &data);
            }
            _ => {
                now += Duration::from_millis(random.below(3_000));
                layer.handle_timeout(now);
                assert!(layer.poll_timeout().is_none_or(|at| at > now));
            }
        }
        while let Some(event) = layer.poll_event() {
            if let LayerEvent::Request {
                transaction,
                message,
                ..
            } = event
            {
                let code = [100, 180, 200, 486][random.index(4)];
                let _ = layer.respond(now, transaction, response(&message, code));
            }
        }
        // What it sends comes back to it, changed as well: responses and requests of its own.
        for (_, message) in sent(&mut layer) {
            if pool.len() < 60 {
                pool.push(message.to_vec());
            } else {
                let at = random.index(pool.len());
                pool[at] = message.to_vec();
            }
        }
        while layer.poll_close().is_some() {}
        let statistics = layer.statistics();
        assert!(statistics.server_transactions <= 40 && statistics.client_transactions <= 40);
        assert!(statistics.connections <= 4);
    }
    layer.handle_timeout(now + Duration::from_secs(1_000));
    layer.handle_timeout(now + Duration::from_secs(2_000));
    sent(&mut layer);
}

/// Compact names and many Vias, so that a response is longer than the request.
fn compact_invite(number: usize, len: usize) -> Vec<u8> {
    let mut text = format!(
        "INVITE sip:b SIP/2.0\r\nv:SIP/2.0/UDP h;branch=z9hG4bKq{number};rport\r\nf:<sip:a@b>;tag=1\r\n\
         t:<sip:b@c>\r\ni:{number}\r\nCSeq:1 INVITE\r\nMax-Forwards:7\r\nm:<sip:a@192.0.2.9>\r\n"
    );
    let mut filler = |len| text += &format!("v:SIP/2.0/UDP h;branch=z9;x={}\r\n", "h".repeat(len));
    let lines = (len - 250) / 330;
    (0..lines).for_each(|_| filler(300));
    filler((len - 250) % 330);
    (text + "\r\n").into_bytes()
}

#[test]
fn a_request_that_could_not_be_answered_takes_no_place() {
    let mut layer = layer();
    for number in 0..20 {
        let dropped = deliver(&mut layer, &compact_invite(number, 65_400));
        assert!(
            matches!(
                dropped,
                Handled::Dropped(DropReason::InvalidRequest | DropReason::Unanswerable)
            ),
            "{dropped:?}"
        );
        assert!(
            sent(&mut layer)
                .iter()
                .all(|(_, bytes)| bytes.len() <= MAX_DATAGRAM)
        );
    }
    // One that is long, but not too long to be answered, is told so.
    assert_eq!(
        deliver(&mut layer, &compact_invite(20, 40_000)),
        Handled::Dropped(DropReason::InvalidRequest)
    );
    assert_eq!(sent_lines(&mut layer), ["SIP/2.0 513 Message Too Large"]);
    // The longest that is taken can be answered.
    assert_eq!(
        deliver(&mut layer, &compact_invite(21, 16_000)),
        Handled::Consumed
    );
    let (transaction, long) = the_request(&mut layer);
    layer
        .respond(Instant::ORIGIN, transaction, response(&long, 486))
        .unwrap();
    assert_eq!(sent_lines(&mut layer), ["SIP/2.0 486 Busy Here"]);
    let ack = String::from_utf8(compact_invite(21, 300))
        .unwrap()
        .replace("INVITE", "ACK");
    assert_eq!(deliver(&mut layer, ack.as_bytes()), Handled::Consumed);
    layer.handle_timeout(Instant::ORIGIN + layer.config().timers.t4);
    assert_eq!(layer.statistics().server_transactions, 0);
}
