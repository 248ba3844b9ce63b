//! Messages with all their protection, and a client that asks a server.

mod turn;

use core::hint::black_box;
use core::time::Duration;

use trunkline_sans_io::{ConnectionId, DnsFailure, FiveTuple, Handled, Instant};
use trunkline_stun::{
    AlternateAddresses, Answer, AttributeType, BindingClient, BindingEvent, BindingExchange,
    BindingKeepAlive, BindingServer, Class, ClientConfig, ClientIntegrity, DatagramKind,
    DiscoveryConfig, ErrorCode, Failure, Generation, ImplementationVersion, IntegrityAlgorithm,
    Key, LongTermAccount, LongTermAuthentication, LongTermServer, LookupStep, MAX_RESPONSE_LEN,
    Message, MessageWriter, Method, MsBandwidthReservationAmount, NatDiscovery, NatType, Nonce,
    PasswordAlgorithm, PasswordAlgorithms, PortOutcome, PortTest, PortTestConfig, PortTestEvent,
    PortTestServer, Priority, PublicAddress, PublicAddressConfig, RateEntry, RateLimit,
    RateLimiter, Realm, RequestedTransport, RtoCache, RtoEntry, Schedule, ServerLookup, ServerUri,
    ShortTermCredential, Software, StunServer, TestedPorts, TransactionId, TransactionIds,
    UnknownAttributes, UserHash, Username, Verdict, XorMappedAddress, classify, frame_len,
    recognize,
};

use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    messages()?;
    generations()?;
    client_and_server()?;
    discovery()?;
    public_address()?;
    port_test()?;
    stream()?;
    authentication()?;
    long_term_server()?;
    turn::run()
}

const ID: TransactionId = TransactionId::new([7; 12]);

fn messages() -> Result<(), Failed> {
    let short = Key::short_term(black_box(b"secret"));
    let md5 = Key::long_term_md5(b"alice", b"example.org", b"secret");
    let sha256 = Key::long_term_sha256(b"alice", b"example.org", b"secret");
    let address = XorMappedAddress(([192, 0, 2, 1], 32_853).into());
    let algorithms = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];
    for key in [&short, &md5, &sha256] {
        let mut buffer = [0; 256];
        let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, ID)
            .attribute(&Username(b"alice"))
            .attribute(&UserHash::new(b"alice", b"example.org"))
            .attribute(&Realm(b"example.org"))
            .attribute(&Nonce(b"nonce"))
            .attribute(&Software("trunkline"))
            .attribute(&Priority(1))
            .attribute(&address)
            .attribute(&PasswordAlgorithms::new(&algorithms))
            .integrity(key)
            .integrity_sha256_truncated(key, 16)
            .fingerprint()
            .finish();
        let len = some!(len);
        let message = some!(Message::parse(black_box(&buffer[..len])));
        check!(message.has_fingerprint() && message.attributes().count() == 8);
        check!(message.verify(key) == Ok(IntegrityAlgorithm::Sha256));
        check!(message.verify_with(key, IntegrityAlgorithm::Sha1).is_ok());
        check!(message.get() == Ok(Some(address)));
        let list: PasswordAlgorithms<'_> = some!(some!(message.get()));
        check!(list.iter().eq(algorithms));
        let unknown = message.unknown_required(&[AttributeType::USERNAME]);
        check!(unknown.count() == 5);
        check!(recognize(&buffer[..len]) == Some(Generation::Cookie));
        check!(classify(&buffer) == DatagramKind::Stun);
        buffer[len - 1] ^= 1;
        check!(Message::parse(&buffer[..len]).is_err());
    }
    Ok(())
}

fn generations() -> Result<(), Failed> {
    let key = Key::short_term(black_box(b"secret"));
    let classic = TransactionId::classic([7; 16]);
    let amount = MsBandwidthReservationAmount {
        min_send: 64,
        max_send: 128,
        min_receive: 64,
        max_receive: 128,
    };
    for (generation, id) in [
        (Generation::Cookie, ID),
        (Generation::Classic, classic),
        (Generation::MsTurn, classic),
        (Generation::MsIce2, ID),
    ] {
        let mut buffer = [0; 160];
        let (class, method) = (Class::Request, Method::ALLOCATE);
        let len = MessageWriter::of_generation(generation, &mut buffer, class, method, id)
            .attribute(&Realm(b"example.org"))
            .attribute(&ImplementationVersion(2))
            .attribute(&RequestedTransport::UDP)
            .attribute(&amount)
            .integrity(&key)
            .finish();
        let message = some!(Message::parse_any_generation(black_box(
            &buffer[..some!(len)]
        )));
        // A version of the drafts makes a message one of theirs.
        let drafts = matches!(generation, Generation::Cookie) && !message.has_fingerprint();
        check!(drafts || message.generation() == generation);
        check!(drafts || message.verify(&key).is_ok());
        check!(message.get() == Ok(Some(Realm(b"example.org"))));
        check!(message.get() == Ok(Some(RequestedTransport::UDP)));
        check!(message.get() == Ok(Some(amount)));
        check!(matches!(message.offered_password_algorithms(), Ok(None)));
    }
    Ok(())
}

fn discovery() -> Result<(), Failed> {
    let (one, other) = (([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 2], 3479).into());
    let alternates = some!(AlternateAddresses::new(one, other));
    let server = BindingServer::new()
        .with_classic()
        .with_alternates(alternates)
        .with_change_requests();
    for classic in [false, true] {
        let local = [5060, 5070].map(|port| ([192, 0, 2, 9], port).into());
        let config = DiscoveryConfig {
            classic,
            ..DiscoveryConfig::DEFAULT
        };
        let mut discovery = NatDiscovery::new(local, one, black_box([7; 32]), config);
        let (mut request, mut response) = ([0; 64], [0; MAX_RESPONSE_LEN]);
        let now = Instant::ORIGIN;
        let report = loop {
            if let Some(report) = discovery.poll_event() {
                break report;
            }
            let transmit = some!(some!(discovery.poll_transmit(now, &mut request)));
            let request = &request[..transmit.len];
            let answer = server.answer(transmit.path.reversed(), request, &mut response);
            let Ok(Answer::Send(transmit)) = answer else {
                return Err(Failed("no response"));
            };
            let response = &response[..transmit.len];
            let _ = discovery.handle_datagram(now, transmit.path.reversed(), response);
        };
        check!(report.nat_type == NatType::OpenInternet);
    }
    Ok(())
}

fn client_and_server() -> Result<(), Failed> {
    let path = FiveTuple::udp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
    let key = Key::short_term(b"secret");
    let config = ClientConfig {
        fingerprint: true,
        credential: Some(ShortTermCredential {
            username: *black_box(b"alice"),
            key: key.clone(),
            integrity: ClientIntegrity::Sha256,
        }),
        ..ClientConfig::default()
    };
    let id = TransactionIds::new([7; 32]).next_id();
    let mut client = BindingClient::new(path, id, config);
    let mut now = Instant::ORIGIN;
    let (mut request, mut response) = ([0; 128], [0; MAX_RESPONSE_LEN]);
    check!(client.poll_transmit(now, &mut []).is_err());
    check!(some!(client.poll_transmit(now, &mut request)).is_some());
    now = some!(client.poll_timeout());
    client.handle_timeout(now);
    let transmit = some!(some!(client.poll_transmit(now, &mut request)));
    let request = &request[..transmit.len];
    let server = BindingServer::new();
    let refused = server.answer_authenticated(path.reversed(), request, &mut response, |_| None);
    check!(matches!(refused, Ok(Answer::Send(_))));
    let answer =
        server.answer_authenticated(path.reversed(), request, &mut response, |_| Some(&key));
    let Ok(Answer::Send(transmit)) = answer else {
        return Err(Failed("no response"));
    };
    let verdict = client.handle_datagram(now, path, &response[..transmit.len]);
    check!(verdict == Handled::Consumed);
    let event = some!(client.poll_event());
    check!(matches!(event, BindingEvent::Mapped { address, .. } if address == path.local));
    check!(client.is_done());

    let mut buffer = [0; 64];
    let len = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, ID)
        .attribute(&Priority(1))
        .finish();
    let answer = server.answer(path, &buffer[..some!(len)], &mut response);
    let Ok(Answer::Send(transmit)) = answer else {
        return Err(Failed("no response"));
    };
    let refused = some!(Message::parse(&response[..transmit.len]));
    let unknown: UnknownAttributes<'_> = some!(some!(refused.get()));
    check!(unknown.iter().eq([AttributeType::PRIORITY]));
    Ok(())
}

fn public_address() -> Result<(), Failed> {
    let now = Instant::ORIGIN;
    let path = FiveTuple::udp(
        ([192, 0, 2, 9], 40_000).into(),
        ([192, 0, 2, 1], 3478).into(),
    );
    let servers = [
        StunServer::Address(path.remote),
        some!("example.org".parse()),
    ];
    let config = PublicAddressConfig::DEFAULT;
    let mut public = some!(PublicAddress::new(path.local, &servers, [7; 32], config));
    public.start(now);
    let (mut request, mut response) = ([0; 64], [0; MAX_RESPONSE_LEN]);
    let transmit = some!(some!(public.poll_transmit(now, &mut request)));
    let request = &request[..transmit.len];
    let answer = some!(BindingServer::new().answer(path.reversed(), request, &mut response));
    let Answer::Send(answer) = answer else {
        return Err(Failed("an answer of the server"));
    };
    let _ = public.handle_datagram(now, path, &response[..answer.len]);
    check!(public.address() == Some(path.local.ip()) && public.poll_event().is_some());
    // The domain needs an answer of DNS.
    public.start(now);
    public.handle_send_failed(now, path);
    let question = some!(public.poll_question(now));
    public.handle_answer(now, &question, Err(DnsFailure::NoSuchName));
    check!(public.poll_question(now).is_some());

    let relay = some!("turn:example.org".parse::<ServerUri>());
    let mut lookup = ServerLookup::new(relay, [7; 32]);
    check!(matches!(lookup.next_step(), LookupStep::Ask(_)));
    lookup.handle_answer(Err(DnsFailure::NoAnswer));
    check!(matches!(lookup.next_step(), LookupStep::Ask(_)));
    Ok(())
}

fn port_test() -> Result<(), Failed> {
    let now = Instant::ORIGIN;
    let (local, control) = (
        ([192, 0, 2, 9], 40_000).into(),
        ([192, 0, 2, 1], 3478).into(),
    );
    let ports = some!(TestedPorts::new(30_000, 30_000));
    let config = PortTestConfig::DEFAULT;
    let mut test = PortTest::new(now, local, control, ports, [7; 32], config);
    let server = PortTestServer::new(3478, [8; 32]);
    let (mut request, mut response) = ([0; 64], [0; 64]);
    while let Some(transmit) = some!(test.poll_transmit(now, &mut request)) {
        let path = transmit.path;
        let request = &request[..transmit.len];
        let answer = some!(server.answer(now, path.reversed(), request, &mut response));
        let Answer::Send(answer) = answer else {
            return Err(Failed("an answer of the server"));
        };
        let _ = test.handle_datagram(now, path, &response[..answer.len]);
    }
    check!(test.poll_event() == Some(PortTestEvent::Done));
    check!(test.outcome(30_000) == PortOutcome::Open && test.port_kept() == Some(true));
    Ok(())
}

fn stream() -> Result<(), Failed> {
    let path = FiveTuple::tcp(([192, 0, 2, 9], 5060).into(), ([192, 0, 2, 1], 3478).into());
    let mut client = BindingClient::new(path, ID, ClientConfig::DEFAULT);
    check!(some!(client.poll_transmit(Instant::ORIGIN, &mut [0; 20])).is_some());
    check!(frame_len(&[1, 1, 0, 12]) == Ok(Some(32)));
    check!(client.handle_bytes(Instant::ORIGIN, ConnectionId(1), black_box(b"SIP/2.0")) == 7);
    check!(client.poll_event() == Some(BindingEvent::Failed(Failure::NotStun)));
    Ok(())
}

fn authentication() -> Result<(), Failed> {
    let algorithms = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];
    let mut authentication = some!(LongTermAuthentication::new(b"alice", black_box(b"secret")));
    let mut buffer = [0; 256];
    let len = MessageWriter::new(&mut buffer, Class::Error, Method::BINDING, ID)
        .optional(ErrorCode::new(401, "").as_ref())
        .attribute(&Realm(b"example.org"))
        .attribute(&Nonce(b"obMatJos2wAAAnonce"))
        .attribute(&PasswordAlgorithms::new(&algorithms))
        .finish();
    let challenge = some!(Message::parse(black_box(&buffer[..some!(len)])));
    check!(authentication.judge(&challenge) == Verdict::Retry);
    let writer = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, ID);
    let len = some!(authentication.protect(writer).finish());
    let request = some!(Message::parse(&buffer[..len]));
    check!(request.get() == Ok(Some(UserHash::new(b"alice", b"example.org"))));
    let key = Key::long_term_sha256(b"alice", b"example.org", b"secret");
    check!(request.verify(&key) == Ok(IntegrityAlgorithm::Sha256));
    Ok(())
}

fn long_term_server() -> Result<(), Failed> {
    let path = FiveTuple::udp(([192, 0, 2, 1], 3478).into(), ([192, 0, 2, 9], 5060).into());
    let now = Instant::ORIGIN;
    let credential = some!(LongTermAuthentication::new(b"alice", black_box(b"secret")));
    let ids = TransactionIds::new([7; 32]);
    let mut client = BindingExchange::new(path.reversed(), ids, ClientConfig::default())
        .with_long_term(credential);
    let user = LongTermAccount::new(b"alice", b"example.org", black_box(b"secret"));
    let long_term = LongTermServer::new(b"example.org", [7; 32]).with_user_hashes();
    let mut limiter = RateLimiter::new(RateLimit::DEFAULT, [7; 32], [RateEntry::EMPTY; 8]);
    for _ in 0..2 {
        check!(limiter.admit(now, path.remote.ip()));
        let (mut request, mut response) = ([0; 256], [0; MAX_RESPONSE_LEN]);
        let transmit = some!(some!(client.poll_transmit(now, &mut request)));
        let answer = BindingServer::new().answer_long_term(
            now,
            path,
            &request[..transmit.len],
            &mut response,
            &long_term,
            |asked, algorithm| user.is(asked).then(|| user.key(algorithm)).flatten(),
        );
        let Ok(Answer::Send(transmit)) = answer else {
            return Err(Failed("no response"));
        };
        let response = &response[..transmit.len];
        check!(client.handle_datagram(now, path.reversed(), response) == Handled::Consumed);
    }
    let event = some!(client.poll_event());
    check!(matches!(event, BindingEvent::Mapped { address, .. } if address == path.remote));
    let mut round_trips = RtoCache::new([RtoEntry::EMPTY; 4]);
    round_trips.note(now, path.remote.ip(), Some(Duration::from_millis(40)));
    let schedule = round_trips.schedule(now, path.remote.ip(), Schedule::DEFAULT);
    check!(schedule.rto == Duration::from_millis(120));
    let ids = TransactionIds::new([7; 32]);
    let mut keep_alive = BindingKeepAlive::new(path, ids, BindingKeepAlive::INTERVAL, now);
    let due = some!(keep_alive.poll_timeout());
    check!(some!(keep_alive.poll_transmit(due, &mut [0; 28])).is_some());
    Ok(())
}
