//! Who may send requests: P000-5 (trunks are known by their addresses), P000-11 (two subnets and no other).

use proptest::prelude::*;

use super::*;
use crate::AllowedSources;

const WAN: &str = "203.0.113.5:5060";
const LAN: &str = "192.168.100.31:5068";
const PROVIDER: &str = "213.148.136.9:5060";
const STRANGER: &str = "213.148.138.1:40000";
const VIA: &str = "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKs;rport";
const OVER_TCP: &str = "SIP/2.0/TCP 10.0.0.1:5070;branch=z9hG4bKs";
const METHODS: [&str; 5] = ["INVITE", "OPTIONS", "BYE", "CANCEL", "ACK"];

fn provider() -> [trunkline_sans_io::Network; 2] {
    ["213.148.136.0/24", "213.148.137.0/24"].map(|network| network.parse().unwrap())
}

/// The provider alone at the external address, everybody at the internal one.
fn guarded() -> TransactionLayer {
    layer_with(|config| {
        let entry = AllowedSources::new(address(WAN), provider());
        config.sources.push(entry);
    })
}

fn udp(from: &str) -> FiveTuple {
    FiveTuple::udp(address(WAN), address(from))
}

fn tcp(from: &str) -> FiveTuple {
    FiveTuple::tcp(address(WAN), address(from))
}

fn hear(layer: &mut TransactionLayer, path: FiveTuple, data: &[u8]) -> Handled<DropReason> {
    layer.handle_datagram(Instant::ORIGIN, path, data)
}

fn closed(layer: &TransactionLayer) -> u64 {
    layer.statistics().connections_closed
}

const REFUSED: Handled<DropReason> = Handled::Dropped(DropReason::ForbiddenSource);

#[test]
fn p000_5_a_stranger_gets_403_and_the_provider_is_heard() {
    let mut layer = guarded();
    for (number, method) in METHODS.iter().enumerate() {
        let request = incoming(method, VIA);
        assert_eq!(
            hear(&mut layer, udp(STRANGER), &request),
            REFUSED,
            "{method}"
        );
        let answers = sent(&mut layer);
        if *method == "ACK" {
            assert!(answers.is_empty());
        } else {
            let [(transmit, answer)] = answers.try_into().unwrap();
            assert_eq!(transmit.path, udp(STRANGER), "the way it came");
            assert_eq!(start_line(&answer), "SIP/2.0 403 Forbidden");
            let via = header(&answer, "Via").unwrap();
            assert!(via.contains("rport=40000"), "{via}");
            assert!(header(&answer, "To").unwrap().contains(";tag="));
        }
        let statistics = layer.statistics();
        assert_eq!(
            statistics.dropped(DropReason::ForbiddenSource),
            number as u64 + 1
        );
        assert_eq!(statistics.server_transactions, 0);
    }
    assert!(events(&mut layer).is_empty());

    for from in [PROVIDER, "213.148.137.255:1", "[::ffff:213.148.136.1]:5060"] {
        let via = format!(
            "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK{};rport",
            address(from).port()
        );
        let request = incoming("INVITE", &via);
        assert_eq!(
            hear(&mut layer, udp(from), &request),
            Handled::Consumed,
            "{from}"
        );
        the_request(&mut layer);
        sent(&mut layer);
        layer = guarded();
    }
    // Another local address has no entry.
    let inside = FiveTuple::udp(address(LAN), address(STRANGER));
    assert_eq!(
        hear(&mut layer, inside, &incoming("OPTIONS", VIA)),
        Handled::Consumed
    );
}

#[test]
fn p000_5_entries_go_by_local_address_and_port() {
    let stranger = address(STRANGER);
    for (local, at, refused) in [
        (WAN, WAN, true),
        (WAN, "203.0.113.5:5061", false),
        ("203.0.113.5:0", "203.0.113.5:5061", true),
        ("203.0.113.5:0", "203.0.113.6:5061", false),
        ("0.0.0.0:5060", WAN, true),
        ("0.0.0.0:0", "[2001:db8::5]:5060", false),
        ("[::]:0", "[2001:db8::5]:5060", true),
        ("[::]:0", WAN, false),
    ] {
        let mut layer = layer_with(|config| {
            let entry = AllowedSources::new(address(local), provider());
            config.sources.push(entry);
        });
        let path = FiveTuple::udp(address(at), stranger);
        let handled = hear(&mut layer, path, &incoming("OPTIONS", VIA));
        assert_eq!(handled == REFUSED, refused, "{local} {at}");
    }
    // The first entry that fits counts, and an empty one admits nobody.
    let mut layer = layer_with(|config| {
        let all = ["0.0.0.0/0".parse().unwrap()];
        config.sources.push(AllowedSources::new(address(WAN), []));
        config.sources.push(AllowedSources::new(address(WAN), all));
    });
    assert_eq!(
        hear(&mut layer, udp(PROVIDER), &incoming("OPTIONS", VIA)),
        REFUSED
    );
}

#[test]
fn a_silent_entry_answers_nothing() {
    let mut layer = layer_with(|config| {
        let entry = AllowedSources::new(address(WAN), provider()).silently();
        config.sources.push(entry);
    });
    for method in METHODS {
        assert_eq!(
            hear(&mut layer, udp(STRANGER), &incoming(method, VIA)),
            REFUSED
        );
    }
    layer.handle_connected(Instant::ORIGIN, ConnectionId(1), tcp(STRANGER));
    let invite = incoming("INVITE", OVER_TCP);
    layer.handle_bytes(Instant::ORIGIN, ConnectionId(1), &invite);
    assert_eq!(layer.poll_close(), Some(ConnectionId(1)));
    assert!(sent(&mut layer).is_empty());
    assert_eq!(layer.statistics().dropped(DropReason::ForbiddenSource), 6);
}

/// Nobody makes us speak to a third host: not by `maddr`, and not by a request that is none.
#[test]
fn the_403_goes_to_no_other_host() {
    let mut layer = guarded();
    let via = "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKs;maddr=198.51.100.77";
    let _ = hear(&mut layer, udp(STRANGER), &incoming("INVITE", via));
    let [(transmit, _)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(transmit.path, udp("213.148.138.1:5070"));
    // Body shorter than told, broken rules, no Via: forbidden all the same.
    let short = incoming_with("INVITE", VIA, "", "Content-Length: 5\r\n");
    let broken = incoming_with("INVITE", VIA, "", "CSeq: 2 BYE\r\n");
    for request in [short, broken] {
        assert_eq!(hear(&mut layer, udp(STRANGER), &request), REFUSED);
        assert_eq!(sent_lines(&mut layer), ["SIP/2.0 403 Forbidden"]);
    }
    let nameless = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(hear(&mut layer, udp(STRANGER), nameless), REFUSED);
    assert!(sent(&mut layer).is_empty());
}

/// A call of the provider, whose branch and dialog a stranger has seen.
#[test]
fn a_stranger_ends_no_call() {
    let mut layer = guarded();
    let invite = incoming("INVITE", VIA);
    assert_eq!(hear(&mut layer, udp(PROVIDER), &invite), Handled::Consumed);
    let (call, message) = the_request(&mut layer);
    for method in METHODS {
        assert_eq!(
            hear(&mut layer, udp(STRANGER), &incoming(method, VIA)),
            REFUSED
        );
    }
    assert!(events(&mut layer).is_empty());
    sent(&mut layer);
    let busy = response(&message, 486);
    layer.respond(Instant::ORIGIN, call, busy).unwrap();
    let [(transmit, _)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(transmit.path, udp(PROVIDER));
    // Neither does its ACK end the repetition of the 486.
    assert_eq!(
        hear(&mut layer, udp(STRANGER), &incoming("ACK", VIA)),
        REFUSED
    );
    layer.handle_timeout(Instant::ORIGIN + Duration::from_millis(500));
    assert_eq!(sent_lines(&mut layer), ["SIP/2.0 486 Busy Here"]);
}

#[test]
fn responses_come_from_anywhere() {
    let mut layer = guarded();
    let path = udp(STRANGER);
    let options = request("OPTIONS", "c1", "");
    layer
        .send_request(Instant::ORIGIN, path.into(), &options)
        .unwrap();
    let [(_, request)] = sent(&mut layer).try_into().unwrap();
    let answer = response(&OwnedMessage::parse(request).unwrap(), 200);
    assert_eq!(hear(&mut layer, path, &answer), Handled::Consumed);
    assert!(matches!(
        events(&mut layer)[..],
        [LayerEvent::Response { .. }]
    ));
}

#[test]
fn the_connection_of_a_stranger_is_closed_after_its_403() {
    let mut layer = guarded();
    let now = Instant::ORIGIN;
    let id = ConnectionId(1);
    layer.handle_connected(now, id, tcp(STRANGER));
    let two = incoming("INVITE", OVER_TCP).repeat(2);
    assert_eq!(layer.handle_bytes(now, id, &two), two.len());
    let [(transmit, answer)] = sent(&mut layer).try_into().unwrap();
    assert_eq!(
        (transmit.path, transmit.connection),
        (tcp(STRANGER), Some(id))
    );
    assert_eq!(start_line(&answer), "SIP/2.0 403 Forbidden");
    assert_eq!(layer.poll_close(), Some(id));
    let statistics = layer.statistics();
    assert_eq!(
        (statistics.connections, statistics.server_transactions),
        (0, 0)
    );
    assert_eq!(statistics.dropped(DropReason::ForbiddenSource), 1);
    // The provider's is not.
    layer.handle_connected(now, ConnectionId(2), tcp(PROVIDER));
    layer.handle_bytes(now, ConnectionId(2), &incoming("OPTIONS", OVER_TCP));
    the_request(&mut layer);
    assert_eq!(layer.poll_close(), None);
}

/// The connection that leads to a host that is called but may not call.
#[test]
fn a_connection_that_we_opened_stays() {
    let mut layer = guarded();
    let now = Instant::ORIGIN;
    let path = tcp("198.51.100.1:5060");
    let options = request("OPTIONS", "c1", "");
    layer.send_request(now, path.into(), &options).unwrap();
    let [(_, request)] = sent(&mut layer).try_into().unwrap();
    let id = ConnectionId(1);
    layer.handle_connected(now, id, path);
    layer.handle_bytes(now, id, &incoming("INVITE", OVER_TCP));
    assert_eq!(sent_lines(&mut layer), ["SIP/2.0 403 Forbidden"]);
    assert_eq!(layer.poll_close(), None);
    let answer = response(&OwnedMessage::parse(request).unwrap(), 200);
    layer.handle_bytes(now, id, &answer);
    assert!(matches!(
        events(&mut layer)[..],
        [LayerEvent::Response { .. }]
    ));
}

#[test]
fn strangers_hold_few_connections_and_not_for_long() {
    let mut layer = layer_with(|config| {
        config.max_connections = 80;
        let entry = AllowedSources::new(address(WAN), provider());
        config.sources.push(entry);
    });
    let mut now = Instant::ORIGIN;
    for number in 0..1_000 {
        layer.handle_connected(now, ConnectionId(number), tcp(STRANGER));
    }
    assert_eq!(layer.statistics().connections, 10);
    assert_eq!(closed(&layer), 990);
    // They drip, and they keep alive: to no avail.
    for _ in 0..7 {
        now += Duration::from_secs(4);
        for number in 0..10 {
            layer.handle_bytes(now, ConnectionId(number), b"\r\n\r\n");
        }
        layer.handle_timeout(now);
    }
    assert_eq!(layer.statistics().connections, 10);
    layer.handle_timeout(Instant::ORIGIN + LayerConfig::default().message_timeout);
    assert_eq!(layer.statistics().connections, 0);
    // The places are free again, and those of the provider always were.
    for number in 2_000..2_070 {
        layer.handle_connected(now, ConnectionId(number), tcp(PROVIDER));
    }
    for number in 3_000..3_100 {
        layer.handle_connected(now, ConnectionId(number), tcp(STRANGER));
    }
    assert_eq!(layer.statistics().connections, 80);
    for number in 3_000..3_100 {
        layer.handle_disconnected(now, ConnectionId(number));
    }
    assert_eq!(layer.statistics().connections, 70);
}

#[test]
fn p000_11_ten_thousand_strangers_leave_nothing_behind() {
    let mut layer = guarded();
    let now = Instant::ORIGIN;
    for number in 0..10_000_u32 {
        let [_, b, c, d] = number.to_be_bytes();
        let from = SocketAddr::from(([198, 18 + b, c, d], 5060));
        let path = FiveTuple::udp(address(WAN), from);
        let method = METHODS[number as usize % METHODS.len()];
        let via = format!("SIP/2.0/UDP {from};branch=z9hG4bK{number}");
        assert_eq!(hear(&mut layer, path, &incoming(method, &via)), REFUSED);
        let over = FiveTuple::tcp(address(WAN), from);
        let id = ConnectionId(u64::from(number));
        layer.handle_connected(now, id, over);
        layer.handle_bytes(now, id, &incoming(method, &via.replace("UDP", "TCP")));
        assert_eq!(layer.poll_close(), Some(id));
        for (transmit, _) in sent(&mut layer) {
            assert_eq!(transmit.path.remote, from);
        }
    }
    let statistics = layer.statistics();
    assert_eq!(statistics.dropped(DropReason::ForbiddenSource), 20_000);
    assert_eq!(
        (
            statistics.server_transactions,
            statistics.client_transactions,
            statistics.connections,
        ),
        (0, 0, 0)
    );
    assert!(layer.paths.is_empty() && layer.locals.is_empty());
    assert_eq!((layer.poll_timeout(), layer.events.len()), (None, 0));
    assert!(layer.servers.next_deadline().is_none());
}

proptest! {
    /// Whatever a stranger makes of a request: no event, no transaction, and no word to anybody else.
    #[test]
    fn whatever_a_stranger_sends_nothing_is_kept(
        method in 0..METHODS.len(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        cut in any::<prop::sample::Index>(),
        stream in any::<bool>(),
    ) {
        let mut layer = guarded();
        let now = Instant::ORIGIN;
        let mut data = incoming(METHODS[method], VIA);
        let at = at.index(data.len());
        data[at] = with;
        data.truncate(data.len() - cut.index(data.len()) / 64);
        if stream {
            layer.handle_connected(now, ConnectionId(1), tcp(STRANGER));
            layer.handle_bytes(now, ConnectionId(1), &data);
        } else {
            let _ = hear(&mut layer, udp(STRANGER), &data);
        }
        prop_assert!(events(&mut layer).is_empty());
        prop_assert_eq!(layer.statistics().server_transactions, 0);
        for (transmit, _) in sent(&mut layer) {
            prop_assert_eq!(transmit.path.remote.ip(), address(STRANGER).ip());
        }
        layer.handle_timeout(now + Duration::from_secs(60));
        prop_assert_eq!(layer.statistics().connections, 0);
    }
}
