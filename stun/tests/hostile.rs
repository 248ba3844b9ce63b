//! What a server does to the world when strangers ask, and whom it still serves.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::collections::BTreeSet;

use trunkline_stun::sans_io::{FiveTuple, Handled, Instant};
use trunkline_stun::{
    AlternateAddresses, Answer, AttributeType, BindingClient, BindingEvent, BindingServer, Class,
    ClientConfig, ErrorCode, Generation, IntegrityAlgorithm, Key, LongTermAccount, LongTermServer,
    MAX_RESPONSE_LEN, Message, MessageWriter, Method, Nonce, PasswordAlgorithm, PasswordAlgorithms,
    RateEntry, RateLimit, RateLimiter, Realm, ResponsePort, TransactionId, TransactionIds,
    Username,
};

const USER: &[u8] = b"alice";
const REALM: &[u8] = b"example.org";
const NOW: Instant = Instant::from_secs(1_000);

/// What a request is asked of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wants {
    Nothing,
    ShortTerm,
    LongTerm,
}

/// Those who know somebody.
struct Keys {
    short_term: Key,
    account: LongTermAccount,
    long_term: LongTermServer<'static>,
}

impl Keys {
    fn new() -> Self {
        Self {
            short_term: Key::short_term(b"secret"),
            account: LongTermAccount::new(USER, REALM, b"secret"),
            long_term: LongTermServer::new(REALM, [7; 32]),
        }
    }

    fn answer<'b>(
        &self,
        server: BindingServer<'_>,
        wants: Wants,
        path: FiveTuple,
        request: &[u8],
        buffer: &'b mut [u8],
    ) -> Option<&'b [u8]> {
        let Self {
            short_term,
            account,
            long_term,
        } = self;
        let answer = match wants {
            Wants::Nothing => server.answer(path, request, buffer),
            Wants::ShortTerm => server.answer_authenticated(path, request, buffer, |name| {
                (name == USER).then_some(short_term)
            }),
            Wants::LongTerm => {
                server.answer_long_term(NOW, path, request, buffer, long_term, |user, algorithm| {
                    account.is(user).then(|| account.key(algorithm)).flatten()
                })
            }
        };
        match answer.expect("100 octets are enough") {
            Answer::Send(transmit) => Some(&buffer[..transmit.len]),
            _ => None,
        }
    }
}

/// Requests of every generation, with and without each attribute that a server looks at, with none to
/// many that it does not know, with each integrity and without, with a right nonce and a stale one.
fn requests(generation: Generation, nonces: &[&[u8]]) -> Vec<Vec<u8>> {
    let id = match generation {
        Generation::Cookie | Generation::MsIce2 => TransactionId::new([9; 12]),
        _ => TransactionId::classic([9; 16]),
    };
    let offer = [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];
    let keys = [
        Key::short_term(b"secret"),
        Key::long_term_md5(USER, REALM, b"secret"),
        Key::long_term_sha256(USER, REALM, b"secret"),
        Key::short_term(b"guess"),
    ];
    let mut requests = Vec::new();
    for unknown in [0, 1, 8, 9, 40] {
        for shape in 0..48_u32 {
            let has = |bit: u32| (shape % 16) >> bit & 1 == 1;
            // Where there is none, it does not matter which.
            let nonces = if has(2) { nonces } else { &nonces[..1] };
            let keys = if shape < 16 { &keys[..1] } else { &keys };
            for nonce in nonces {
                for key in keys {
                    let mut buffer = vec![0; 1_200];
                    let mut writer = MessageWriter::of_generation(
                        generation,
                        &mut buffer,
                        Class::Request,
                        Method::BINDING,
                        id,
                    );
                    for number in 0..unknown {
                        writer = writer.raw(AttributeType(0x7000 + number), &[]);
                    }
                    if has(0) {
                        let malformed: &[u8] = if has(1) { b"" } else { &[0, 0, 0, 6] };
                        writer = writer
                            .raw(AttributeType::CHANGE_REQUEST, malformed)
                            .attribute(&ResponsePort(9));
                    }
                    if has(1) {
                        writer = writer.attribute(&Username(USER));
                    }
                    if has(2) {
                        writer = writer.attribute(&Realm(REALM)).attribute(&Nonce(nonce));
                        if nonce.starts_with(b"obMatJos2") {
                            writer = writer
                                .attribute(&PasswordAlgorithms::new(&offer))
                                .attribute(&PasswordAlgorithm::SHA256);
                        }
                    }
                    writer = match shape / 16 {
                        0 => writer,
                        1 => writer.integrity(key),
                        _ => writer.integrity_sha256(key),
                    };
                    if has(3) {
                        writer = writer.fingerprint();
                    }
                    let len = writer.finish().expect("room");
                    buffer.truncate(len);
                    requests.push(buffer);
                }
            }
        }
    }
    requests
}

fn code(response: &Message<'_>) -> u16 {
    let error = response.get::<ErrorCode<'_>>().expect("sound");
    error.map_or(200, |error| error.code())
}

/// No response is longer than 100 octets, whoever is asked, whatever the request is: of any generation, in
/// order, incomplete, not understood, with a wrong key or a stale nonce.
#[test]
fn responses_are_short_for_every_shape_of_request() {
    let v4 = |last, port| SocketAddr::from(([203, 0, 113, last], port));
    let v6 = |last, port| {
        SocketAddr::from((
            [0x2001, 0xdb8, 0xffff, 0xffff, 0xffff, 0xffff, 1, last],
            port,
        ))
    };
    let mut codes = BTreeSet::new();
    let mut longest = 0;
    for (local, other, remote) in [
        (v4(1, 3478), v4(2, 3479), v4(200, 65_535)),
        (v6(1, 3478), v6(2, 3479), v6(200, 65_535)),
    ] {
        let path = FiveTuple::udp(local, remote);
        // A nonce of this server, one of another, and what is none.
        let mut buffer = [0; MAX_RESPONSE_LEN];
        let bare = &requests(Generation::Cookie, &[b"n"])[0];
        let plain = BindingServer::new();
        let keys = Keys::new();
        let challenge = keys.answer(plain, Wants::LongTerm, path, bare, &mut buffer);
        let challenge = Message::parse(challenge.expect("a challenge")).expect("sound");
        let Ok(Some(Nonce(fresh))) = challenge.get() else {
            panic!("no nonce")
        };
        let mut stale = fresh.to_vec();
        *stale.last_mut().expect("long") ^= 1;
        let nonces = [fresh, stale.as_slice(), b"n"];

        let alternates = AlternateAddresses::new(local, other).expect("two");
        let discovery = plain.with_classic().with_alternates(alternates);
        let servers = [
            plain,
            plain.with_classic(),
            discovery,
            discovery.with_change_requests().with_response_ports(),
        ];
        for generation in [
            Generation::Cookie,
            Generation::Classic,
            Generation::MsIce2,
            Generation::MsTurn,
        ] {
            for request in requests(generation, &nonces) {
                for server in servers {
                    for wants in [Wants::Nothing, Wants::ShortTerm, Wants::LongTerm] {
                        let mut buffer = [0; MAX_RESPONSE_LEN];
                        let response = keys.answer(server, wants, path, &request, &mut buffer);
                        let Some(response) = response else {
                            continue;
                        };
                        let message = Message::parse_any_generation(response).expect("sound");
                        codes.insert((wants as u8, code(&message)));
                        longest = longest.max(response.len());
                        // Who has not shown a key gets no proof of one.
                        let proved = [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256]
                            .into_iter()
                            .any(|algorithm| message.has_integrity(algorithm));
                        assert!(wants != Wants::Nothing || !proved);
                    }
                }
            }
        }
    }
    let expected = [
        (0, 200),
        (0, 400),
        (0, 420),
        (1, 200),
        (1, 400),
        (1, 401),
        (1, 420),
        (2, 200),
        (2, 400),
        (2, 401),
        (2, 420),
        (2, 438),
    ];
    assert_eq!(codes, BTreeSet::from(expected));
    assert_eq!(longest, MAX_RESPONSE_LEN);
}

/// A flood of requests from forged sources, far more of them than the table has entries: whoever asks like a
/// client still is served at the first request, a forged victim gets no more than its limit, and the memory
/// is the table.
#[test]
fn clients_are_served_under_a_flood_of_forged_sources() {
    const ENTRIES: usize = 1_024;
    let limiter = RateLimiter::new(RateLimit::DEFAULT, [7; 32], [RateEntry::EMPTY; ENTRIES]);
    assert!(size_of_val(&limiter) <= ENTRIES * 16 + 64);
    let mut limiter = limiter;
    let local = SocketAddr::from(([203, 0, 113, 1], 3478));
    let mut ids = TransactionIds::new([8; 32]);
    let mut serve = |now, source: SocketAddr, request: &[u8], response: &mut [u8]| {
        if !limiter.admit(now, source.ip()) {
            return None;
        }
        let path = FiveTuple::udp(local, source);
        match BindingServer::new().answer(path, request, response) {
            Ok(Answer::Send(transmit)) => Some(transmit.len),
            _ => None,
        }
    };
    let mut forged = [0; 20];
    let writer = MessageWriter::new(&mut forged, Class::Request, Method::BINDING, ids.next_id());
    writer.finish().expect("room");
    let victim = SocketAddr::from(([198, 51, 100, 66], 53));
    let mut at_victim = 0_u32;
    // Two seconds of 50,000 in a second.
    for number in 0..100_000_u32 {
        let now = NOW + core::time::Duration::from_micros(u64::from(number) * 20);
        let mut response = [0; MAX_RESPONSE_LEN];
        let source = match number % 4 {
            0 => victim,
            _ => (Ipv4Addr::from_bits(number.wrapping_mul(0x9e37_79b9)), 1).into(),
        };
        let answered = serve(now, source, &forged, &mut response);
        at_victim += u32::from(source == victim && answered.is_some());
        // 100 hosts, each of which asks twice.
        if number % 500 == 0 {
            let host = u8::try_from(number / 500 % 100).expect("few");
            let source = SocketAddr::new(IpAddr::V4([192, 0, 2, host].into()), 5_060);
            let path = FiveTuple::udp(source, local);
            let mut client = BindingClient::new(path, ids.next_id(), ClientConfig::DEFAULT);
            let mut request = [0; 64];
            let sent = client.poll_transmit(now, &mut request).expect("room");
            let request = &request[..sent.expect("a request").len];
            let len = serve(now, source, request, &mut response).expect("served");
            let handled = client.handle_datagram(now, path, &response[..len]);
            assert_eq!(handled, Handled::Consumed);
            let told = client.poll_event();
            assert!(
                matches!(told, Some(BindingEvent::Mapped { address, .. }) if address == source)
            );
        }
    }
    let RateLimit { per_second, burst } = RateLimit::DEFAULT;
    assert!(
        (1..=burst + 2 * per_second).contains(&at_victim),
        "{at_victim}"
    );
}
