#![no_main]
//! A server with users and a limit for each source, under a sequence of operations: of users, of strangers,
//! of those who record and damage what they see, of time.

use core::net::SocketAddr;
use core::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_stun::{
    Answer, BindingServer, Class, ErrorCode, LongTermAccount, LongTermAuthentication,
    LongTermServer, MAX_RESPONSE_LEN, Message, MessageWriter, Method, Nonce, PasswordAlgorithm,
    RateEntry, RateLimit, RateLimiter, TransactionId, Verdict, XorMappedAddress,
};

const REALM: &[u8] = b"example.org";
const LIFETIME: Duration = Duration::from_secs(600);
const LIMIT: RateLimit = RateLimit {
    per_second: 2,
    burst: 5,
};
/// Fewer than the limiter remembers for certain.
const SOURCES: usize = 8;

#[derive(Arbitrary)]
enum Operation<'a> {
    /// A user sends the next request.
    User {
        source: u8,
    },
    /// Somebody sends what a user has sent last, from anywhere.
    Replay {
        of: u8,
        source: u8,
    },
    /// The same, damaged.
    Damaged {
        of: u8,
        source: u8,
        at: u16,
        octet: u8,
    },
    Raw {
        source: u8,
        data: &'a [u8],
    },
    /// So many milliseconds pass.
    Pass(u16),
    PassMinutes(u8),
}

struct User {
    authentication: LongTermAuthentication<&'static [u8]>,
    request: Vec<u8>,
    responses: usize,
}

struct Bench {
    now: Instant,
    server: BindingServer<'static>,
    long_term: LongTermServer<'static>,
    account: LongTermAccount,
    limiter: RateLimiter<[RateEntry; 8]>,
    users: Vec<User>,
    /// When each source was answered or refused by something other than the limiter.
    admitted: Vec<Vec<Instant>>,
    /// Each nonce that was given out: to whom, and when.
    nonces: Vec<(Vec<u8>, usize, Instant)>,
    next_id: u32,
}

fn source(number: usize) -> SocketAddr {
    // Half of them are networks of IPv6.
    let octet = u8::try_from(number).expect("small");
    match number % 2 {
        0 => ([192, 0, 2, octet], 5_060).into(),
        _ => ([0x2001, 0xdb8, 0, u16::from(octet), 0, 0, 0, 1], 5_060).into(),
    }
}

fuzz_target!(|data: &[u8]| {
    let [kind, data @ ..] = data else { return };
    let mut bench = Bench::new(*kind);
    let mut input = Unstructured::new(data);
    for _ in 0..400 {
        if input.is_empty() {
            break;
        }
        let Ok(operation) = Operation::arbitrary(&mut input) else {
            break;
        };
        bench.apply(operation);
    }
});

impl Bench {
    fn new(kind: u8) -> Self {
        let mut long_term = LongTermServer::new(REALM, [7; 32]).with_nonce_lifetime(LIFETIME);
        if kind & 1 != 0 {
            long_term = long_term.with_user_hashes();
        }
        long_term = match kind >> 1 & 3 {
            0 => long_term,
            1 => long_term.with_algorithms(&[]),
            2 => long_term.with_algorithms(&[PasswordAlgorithm::SHA256]),
            _ => long_term.with_algorithms(&[PasswordAlgorithm::MD5, PasswordAlgorithm::SHA256]),
        };
        let users = (0..SOURCES).map(|_| User {
            authentication: LongTermAuthentication::new(b"alice".as_slice(), b"secret")
                .expect("short"),
            request: Vec::new(),
            responses: 0,
        });
        Self {
            now: Instant::from_secs(1_000),
            server: BindingServer::new(),
            long_term,
            account: LongTermAccount::new(b"alice", REALM, b"secret"),
            limiter: RateLimiter::new(LIMIT, [8; 32], [RateEntry::EMPTY; 8]),
            users: users.collect(),
            admitted: vec![Vec::new(); SOURCES],
            nonces: Vec::new(),
            next_id: 0,
        }
    }

    fn apply(&mut self, operation: Operation<'_>) {
        match operation {
            Operation::User { source } => self.ask(usize::from(source) % SOURCES),
            Operation::Replay { of, source } => {
                let request = self.users[usize::from(of) % SOURCES].request.clone();
                self.offer(usize::from(source) % SOURCES, &request);
            }
            Operation::Damaged {
                of,
                source,
                at,
                octet,
            } => {
                let mut request = self.users[usize::from(of) % SOURCES].request.clone();
                let len = request.len().max(1);
                if let Some(place) = request.get_mut(usize::from(at) % len) {
                    *place = octet;
                }
                self.offer(usize::from(source) % SOURCES, &request);
            }
            Operation::Raw { source, data } => {
                self.offer(usize::from(source) % SOURCES, data);
            }
            Operation::Pass(millis) => self.now += Duration::from_millis(millis.into()),
            Operation::PassMinutes(minutes) => {
                self.now += Duration::from_secs(60 * u64::from(minutes));
            }
        }
    }

    /// An honest user is let in at the second attempt at the latest, unless the limit is reached.
    fn ask(&mut self, number: usize) {
        self.next_id += 1;
        let mut id = [0; 12];
        id[..4].copy_from_slice(&self.next_id.to_be_bytes());
        let id = TransactionId::new(id);
        let mut buffer = [0; 512];
        let writer = MessageWriter::new(&mut buffer, Class::Request, Method::BINDING, id);
        let user = &mut self.users[number];
        let len = user.authentication.protect(writer).finish().expect("room");
        user.request = buffer[..len].to_vec();
        let request = user.request.clone();
        let Some(response) = self.offer(number, &request) else {
            return;
        };
        let message = Message::parse(&response).expect("sound");
        let user = &mut self.users[number];
        let verdict = user.authentication.judge(&message);
        match verdict {
            Verdict::Accept => {
                assert_eq!(message.class(), Class::Success);
                user.responses = 0;
            }
            Verdict::Retry => {
                user.responses += 1;
                // Each time the nonce may have got stale before it was used.
                assert!(user.responses <= 3, "challenged again and again");
            }
            _ => {
                // Minutes lay between the attempts, each time.
                assert_eq!(user.responses, 3, "{verdict:?}");
                user.responses = 0;
            }
        }
    }

    fn offer(&mut self, number: usize, data: &[u8]) -> Option<Vec<u8>> {
        let source = source(number);
        let path = FiveTuple::udp(([203, 0, 113, 1], 3_478).into(), source);
        if !self.limiter.admit(self.now, source.ip()) {
            let admitted = &self.admitted[number];
            // It has had its burst within the time that this takes to come back.
            let since = admitted.len().checked_sub(5).map(|index| admitted[index]);
            let since = since.expect("a source has its burst");
            assert!(self.now - since < Duration::from_millis(2_500));
            return None;
        }
        let admitted = &mut self.admitted[number];
        admitted.push(self.now);
        // Never more than the burst and the rate, over any time.
        for (back, earlier) in admitted.iter().rev().enumerate() {
            let most = 5 + (self.now - *earlier).as_millis() / 500;
            assert!(u128::try_from(back).expect("small") < most.max(5));
        }

        let mut response = [0; MAX_RESPONSE_LEN];
        let answer = self.server.answer_long_term(
            self.now,
            path,
            data,
            &mut response,
            &self.long_term,
            |asked, algorithm| {
                let known = self.account.is(asked).then(|| self.account.key(algorithm));
                known.flatten()
            },
        );
        let Answer::Send(transmit) = answer.expect("100 octets are enough") else {
            return None;
        };
        assert_eq!(transmit.path, path);
        let request = Message::parse(data).expect("a request");
        let response = response[..transmit.len].to_vec();
        let message = Message::parse(&response).expect("sound");
        assert_eq!(message.transaction_id(), request.transaction_id());
        let code = match message.get::<ErrorCode<'_>>() {
            Ok(Some(error)) => error.code(),
            _ => 200,
        };
        let nonce = request.get::<Nonce<'_>>().ok().flatten();
        match code {
            // Only who has the key, with a nonce of this address that is fresh.
            200 | 420 => {
                if code == 200 {
                    assert_eq!(message.get(), Ok(Some(XorMappedAddress(source))));
                }
                let keys = [PasswordAlgorithm::MD5, PasswordAlgorithm::SHA256];
                assert!(keys.into_iter().any(|algorithm| {
                    let key = self.account.key(algorithm).expect("known");
                    request.verify(key).is_ok() && message.verify(key).is_ok()
                }));
                let Nonce(nonce) = nonce.expect("with a nonce");
                let made = self.nonces.iter().any(|(text, to, at)| {
                    text == nonce && *to == number && self.now - *at < LIFETIME
                });
                assert!(made);
            }
            401 | 438 => {
                let Nonce(fresh) = message.get().expect("sound").expect("a nonce");
                self.nonces.push((fresh.to_vec(), number, self.now));
                assert!(message.offered_password_algorithms().is_ok());
            }
            400 => assert_eq!(message.get::<Nonce<'_>>(), Ok(None)),
            code => panic!("{code}"),
        }
        Some(response)
    }
}
