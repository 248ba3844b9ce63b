//! Peers that ask who calls, and one that asks who is called.

mod proofs;

use crate::{
    Account, DigestAccount, DigestServer, DigestServerConfig, DigestVerdict, Method, NonceUse,
    Secret,
};

use std::vec;

use super::*;

const REALM: &str = "example.com";
const USERS: [Account<'static>; 1] = [Account {
    username: "alice",
    secret: Secret::Password("wonderland"),
}];

fn account() -> DigestAccount {
    DigestAccount::with_password("alice", "wonderland").in_realm(REALM)
}

/// Alice has credentials, and Bob asks for them.
struct Guarded {
    world: World,
    server: DigestServer<[NonceUse; 16]>,
    /// What Bob let pass.
    passed: Vec<UserAgentEvent>,
    challenged: usize,
}

impl Guarded {
    fn new() -> Self {
        let mut world = World::new();
        world.agent(A).add_account(account());
        Self {
            world,
            server: DigestServer::new(DigestServerConfig::DEFAULT, [9; 32], [NonceUse::EMPTY; 16]),
            passed: Vec::new(),
            challenged: 0,
        }
    }

    /// Lets time pass; Bob looks every 10 ms.
    fn run(&mut self, millis: u64) {
        for _ in 0..millis / 10 {
            self.world.run(10);
            for event in self.world.events(B) {
                self.guard(event);
            }
        }
    }

    fn guard(&mut self, event: UserAgentEvent) {
        let (message, path) = match &event {
            UserAgentEvent::Invited { message, path, .. }
            | UserAgentEvent::Request { message, path, .. } => (message, *path),
            UserAgentEvent::Reinvited { message, .. } => {
                (message, FiveTuple::udp(address(BOB), address(ALICE)))
            }
            _ => return self.passed.push(event),
        };
        let now = self.world.now();
        let request = message.message();
        let verdict = self.server.check(now, path, &request, REALM, &USERS);
        let DigestVerdict::Challenge(challenge) = verdict else {
            assert!(matches!(verdict, DigestVerdict::Accepted(_)), "{verdict:?}");
            return self.passed.push(event);
        };
        self.challenged += 1;
        let status = challenge.status();
        let headers = challenge.headers();
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let bob = self.world.agent(B);
        match event {
            UserAgentEvent::Request { transaction, .. } => {
                bob.respond(now, transaction, status, "", &headers, None)
            }
            UserAgentEvent::Invited { usage, .. } | UserAgentEvent::Reinvited { usage, .. } => {
                bob.reject(now, usage, status, "", &headers)
            }
            _ => return,
        }
        .unwrap();
    }

    fn passed(&mut self) -> Vec<String> {
        core::mem::take(&mut self.passed).iter().map(name).collect()
    }

    /// Alice calls, is asked, and Bob answers: the usage at either side.
    fn connect(&mut self) -> (UsageKey, UsageKey) {
        let now = self.world.now();
        let alice = self
            .world
            .agent(A)
            .invite(now, &call(to_bob_udp()))
            .unwrap();
        self.run(5_000);
        let bob = match self.passed.as_slice() {
            [UserAgentEvent::Invited { usage, .. }] => *usage,
            other => panic!("{other:?}"),
        };
        self.passed.clear();
        let now = self.world.now();
        self.world.agent(B).accept(now, bob, &[], SDP).unwrap();
        self.run(5_000);
        let events = self.world.events(A);
        assert!(matches!(&events[..], [UserAgentEvent::Accepted { usage, .. }] if *usage == alice));
        let now = self.world.now();
        self.world.agent(A).ack(now, alice, None).unwrap();
        self.run(5_000);
        assert_eq!(self.passed(), ["acknowledged"]);
        (alice, bob)
    }

    /// The messages that Alice has sent, without repetitions.
    fn sent(&mut self, start: &str) -> Vec<OwnedMessage> {
        let mut sent: Vec<Bytes> = Vec::new();
        for (_, _, message) in &self.world.peer(A).sent {
            if message.starts_with(start.as_bytes()) && !sent.contains(message) {
                sent.push(message.clone());
            }
        }
        sent.iter().map(|message| parse(message)).collect()
    }
}

fn cseq(message: &OwnedMessage) -> u32 {
    let cseq = header(message, "CSeq");
    cseq.split(' ').next().unwrap().parse().unwrap()
}

/// What is the same in a request that is sent again, and what is not.
fn assert_sent_again(first: &OwnedMessage, second: &OwnedMessage) {
    for name in [
        "From",
        "To",
        "Call-ID",
        "Contact",
        "Content-Type",
        "Max-Forwards",
    ] {
        assert_eq!(header(first, name), header(second, name));
    }
    assert_eq!(start_line(first.bytes()), start_line(second.bytes()));
    assert_eq!(first.body_bytes(), second.body_bytes());
    assert_eq!(cseq(first) + 1, cseq(second));
    assert_ne!(header(first, "Via"), header(second, "Via"));
}

/// The count in the credentials of a request; `None` without.
fn count(message: &OwnedMessage) -> Option<u32> {
    let credentials = header(message, "Authorization");
    let (_, rest) = credentials.split_once("nc=")?;
    u32::from_str_radix(&rest[..8], 16).ok()
}

#[test]
fn a_caller_with_credentials_is_let_in() {
    let mut guarded = Guarded::new();
    let (alice, bob) = guarded.connect();
    let invites = guarded.sent("INVITE");
    let [first, second] = &invites[..] else {
        panic!("{invites:?}")
    };
    assert_sent_again(first, second);
    assert_eq!((count(first), count(second)), (None, Some(1)));
    // Both 401 and 200 have their ACK: that of the transaction, and that of the dialog with the credentials
    // (section 22.1).
    let acks = guarded.sent("ACK");
    let numbers: Vec<_> = acks.iter().map(|ack| (cseq(ack), count(ack))).collect();
    assert_eq!(numbers, [(cseq(first), None), (cseq(second), Some(1))]);

    // Bob knows who it is, and need not ask again.
    let now = guarded.world.now();
    let agent = guarded.world.agent(A);
    agent.reinvite(now, alice, &[], SDP).unwrap();
    guarded.run(100);
    assert_eq!(guarded.passed(), ["re-invited"]);
    let now = guarded.world.now();
    guarded.world.agent(B).accept(now, bob, &[], SDP).unwrap();
    guarded.run(100);
    let now = guarded.world.now();
    guarded.world.agent(A).ack(now, alice, None).unwrap();
    for method in [Method::Update, Method::Info] {
        let now = guarded.world.now();
        let agent = guarded.world.agent(A);
        agent
            .request_in_dialog(now, alice, method, &[], None)
            .unwrap();
        guarded.run(100);
    }
    assert_eq!(guarded.passed(), ["acknowledged", "UPDATE", "INFO"]);
    assert_eq!(guarded.challenged, 1);
    let now = guarded.world.now();
    guarded.world.agent(A).bye(now, alice, &[]).unwrap();
    guarded.run(100);
    assert_eq!(guarded.passed(), ["ended: bye"]);
    assert_eq!(count(&guarded.sent("BYE")[0]), Some(5));
    guarded.world.events(A);
    guarded.world.nothing_is_left();
}

#[test]
fn whatever_is_lost_on_the_way_the_call_comes_about() {
    for (host, start) in [
        (A, "INVITE"),
        (B, "SIP/2.0 401"),
        (A, "ACK"),
        (B, "SIP/2.0 200"),
        (B, "SIP/2.0 100"),
    ] {
        for times in 1..=3 {
            let mut guarded = Guarded::new();
            guarded.world.lose(host, start, times);
            let (alice, _) = guarded.connect();
            assert_eq!(guarded.challenged, 1, "{start}");
            let now = guarded.world.now();
            guarded.world.agent(A).bye(now, alice, &[]).unwrap();
            guarded.run(100);
            assert_eq!(guarded.passed(), ["ended: bye"]);
            guarded.world.events(A);
            guarded.world.nothing_is_left();
        }
    }
}

/// The nonce grows old in the middle of a call.
#[test]
fn a_stale_nonce_is_replaced() {
    let mut guarded = Guarded::new();
    let (alice, bob) = guarded.connect();
    guarded.run(600_000);
    let now = guarded.world.now();
    guarded
        .world
        .agent(A)
        .reinvite(now, alice, &[], SDP)
        .unwrap();
    guarded.run(5_000);
    assert_eq!(
        (guarded.passed(), guarded.challenged),
        (vec!["re-invited".to_string()], 2)
    );
    let invites = guarded.sent("INVITE");
    assert_sent_again(&invites[2], &invites[3]);
    let now = guarded.world.now();
    guarded.world.agent(B).accept(now, bob, &[], SDP).unwrap();
    guarded.run(100);
    assert_eq!(guarded.world.names(A), ["accepted"]);
}

/// The registrar's owner challenges; the owner of the client sees the outcome, under the name it knows. A
/// refresh of the registration is not asked.
#[test]
fn a_registration_is_let_in_and_refreshed() {
    let mut guarded = Guarded::new();
    let register = Outgoing {
        contact: Some("<sip:alice@192.0.2.1>"),
        call_id: Some("registration-of-alice"),
        ..Outgoing::new(
            to_bob_udp(),
            "sip:example.com",
            "<sip:alice@example.com>",
            "<sip:alice@example.com>",
        )
    };
    for round in 1..=2 {
        let now = guarded.world.now();
        let sent = guarded
            .world
            .agent(A)
            .request(now, Method::Register, &register);
        let sent = sent.unwrap();
        guarded.run(200);
        let (transaction, message) = match &guarded.passed[..] {
            [
                UserAgentEvent::Request {
                    transaction,
                    message,
                    ..
                },
            ] => (*transaction, message.clone()),
            other => panic!("{other:?}"),
        };
        guarded.passed.clear();
        assert_eq!(count(&message), Some(round));
        let now = guarded.world.now();
        let bob = guarded.world.agent(B);
        bob.respond(now, transaction, StatusCode::OK, "", &[], None)
            .unwrap();
        guarded.run(100);
        let events = guarded.world.events(A);
        let [
            UserAgentEvent::Response {
                transaction,
                message,
                ..
            },
        ] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(
            (*transaction, message.message().status()),
            (sent, Some(StatusCode::OK))
        );
    }
    let registers = guarded.sent("REGISTER");
    let numbers: Vec<_> = registers.iter().map(cseq).collect();
    assert_eq!((numbers, guarded.challenged), (vec![1, 2, 3], 1));
    guarded.world.nothing_is_left();
}

#[test]
fn wrong_credentials_are_tried_once() {
    let mut guarded = Guarded::new();
    let mut agent = agent(3);
    agent.add_account(DigestAccount::with_password("alice", "looking-glass"));
    *guarded.world.agent(A) = agent;
    let now = guarded.world.now();
    guarded
        .world
        .agent(A)
        .invite(now, &call(to_bob_udp()))
        .unwrap();
    guarded.run(1_000);
    assert_eq!(guarded.world.names(A), ["rejected: 401"]);
    assert_eq!((guarded.passed().len(), guarded.challenged), (0, 2));
    guarded.world.nothing_is_left();
}

/// Without credentials, with those for another realm, and where the owner sees to them itself.
#[test]
fn a_challenge_that_cannot_be_answered_is_the_outcome() {
    type Prepare = fn(&mut UserAgent);
    let nothing: Prepare = |_| {};
    let elsewhere: Prepare =
        |agent| agent.add_account(DigestAccount::with_password("a", "b").in_realm("example.net"));
    let here: Prepare = |agent| agent.add_account(account());
    let taken_away: Prepare = |agent| {
        agent.add_account(account());
        agent.remove_accounts();
    };
    let own = [("Authorization", "Bearer mF_9.B5f-4.1JqM")];
    for (prepare, headers) in [
        (nothing, &[][..]),
        (elsewhere, &[]),
        (taken_away, &[]),
        (here, &own),
    ] {
        let mut alone = Alone::new();
        prepare(&mut alone.agent);
        let outgoing = Outgoing {
            headers,
            ..call(to_bob_udp())
        };
        alone.agent.invite(alone.now, &outgoing).unwrap();
        let invite = alone.the_message();
        alone.hear(&challenge(
            &invite,
            401,
            &["Digest realm=\"example.com\", nonce=\"1\""],
        ));
        assert_eq!(alone.lines(), ["ACK sip:bob@192.0.2.2 SIP/2.0"]);
        assert_eq!(alone.names(), ["rejected: 401"]);
        alone.pass(300_000);
        nothing_is_left(&alone.agent);
    }
}

/// A challenge of Bob.
fn challenge(request: &OwnedMessage, code: u16, values: &[&str]) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let status = StatusCode::new(code).unwrap();
    let message = request.message();
    let mut writer = MessageWriter::response_to(&mut buffer, &message, status, "", Some("proxy"));
    for value in values {
        let name = match code {
            401 => "WWW-Authenticate",
            _ => "Proxy-Authenticate",
        };
        writer.header(name, *value);
    }
    let len = writer.finish().unwrap();
    buffer[..len].to_vec()
}

fn with_accounts() -> Alone {
    let mut alone = Alone::new();
    alone.agent.add_account(account());
    let other = DigestAccount::with_password("alice", "1234").in_realm("example.net");
    alone.agent.add_account(other);
    alone
}

const ASKS: &str = "Digest realm=\"example.com\", nonce=\"1\", qop=\"auth\"";

impl Alone {
    /// The one request besides ACKs that the agent wants sent.
    fn the_request(&mut self) -> OwnedMessage {
        let mut sent = self.sent();
        sent.retain(|message| !message.bytes().starts_with(b"ACK"));
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }
}

/// A proxy that forks has collected the challenges of several realms (section 22.3). The early dialogs
/// are over.
#[test]
fn several_realms_are_answered_at_once() {
    let mut alone = with_accounts();
    let (usage, first) = alone.call();
    alone.answer(
        &first,
        183,
        "early",
        BOB_CONTACT.trim().split_once(' ').unwrap().1,
    );
    assert_eq!(alone.names(), ["183"]);
    let update = Method::Update;
    let agent = &mut alone.agent;
    agent
        .request_in_dialog(alone.now, usage, update, &[], None)
        .unwrap();
    let update = alone.the_message();
    let values = [
        ASKS,
        "Digest realm=\"example.net\", nonce=\"2\"",
        "Basic realm=\"x\"",
    ];
    alone.hear(&challenge(&first, 407, &values));
    let second = alone.the_request();
    // The early dialog has counted on.
    assert_eq!(
        (cseq(&update), cseq(&second)),
        (cseq(&first) + 1, cseq(&first) + 2)
    );
    let message = second.message();
    let realms: Vec<_> = message
        .headers_named("Proxy-Authorization")
        .map(|field| field.value_str().unwrap().split(", ").nth(1).unwrap())
        .collect();
    assert_eq!(realms, ["realm=\"example.com\"", "realm=\"example.net\""]);
    assert!(alone.names().is_empty());
    let early = alone.agent.usage(usage).unwrap().dialog.remote_tag();
    assert_eq!(early, None);
    // Two phones are picked up: each ACK has the credentials, and so has the BYE to the second.
    for tag in ["one", "two"] {
        alone.answer(&second, 200, tag, "<sip:bob@192.0.2.2:5060>");
    }
    assert_eq!(alone.names(), ["accepted"]);
    let sent = alone.sent();
    let [ack, bye] = &sent[..] else {
        panic!("{sent:?}")
    };
    assert_eq!(cseq(ack), cseq(&second));
    assert_eq!(
        header(ack, "Proxy-Authorization"),
        header(&second, "Proxy-Authorization")
    );
    assert_eq!(cseq(bye), cseq(&second) + 1);
    assert_contains(bye, "nc=00000002");
    // The BYE is challenged nevertheless.
    alone.hear(&challenge(bye, 407, &[&ASKS.replace("\"1\"", "\"3\"")]));
    let again = alone.the_request();
    assert_eq!(cseq(&again), cseq(bye) + 1);
    assert_contains(&again, "nonce=\"3\"");
    alone.answer(&again, 200, "two", "");
    alone.agent.ack(alone.now, usage, None).unwrap();
    assert_eq!(cseq(&alone.the_message()), cseq(&second));
    alone.agent.bye(alone.now, usage, &[]).unwrap();
    let bye = alone.the_message();
    assert_eq!(cseq(&bye), cseq(&second) + 1);
    alone.answer(&bye, 200, "one", "");
    assert_eq!(alone.names(), ["ended: bye sent"]);
    alone.pass(300_000);
    nothing_is_left(&alone.agent);
}

#[test]
fn a_call_may_be_given_up_at_any_moment_of_the_challenge() {
    // Before the challenge: it is the end.
    let mut alone = with_accounts();
    let (usage, invite) = alone.call();
    alone.agent.cancel(alone.now, usage).unwrap();
    assert!(alone.lines().is_empty());
    alone.hear(&challenge(&invite, 401, &[ASKS]));
    assert_eq!(alone.lines(), ["ACK sip:bob@192.0.2.2 SIP/2.0"]);
    assert_eq!(alone.names(), ["rejected: 401"]);
    alone.pass(300_000);
    nothing_is_left(&alone.agent);

    // After it: what was sent again is cancelled.
    let mut alone = with_accounts();
    let (usage, invite) = alone.call();
    alone.hear(&challenge(&invite, 401, &[ASKS]));
    let again = alone.the_request();
    alone.agent.bye(alone.now, usage, &[]).unwrap();
    assert!(alone.lines().is_empty());
    alone.answer(&again, 180, "bob", "<sip:bob@192.0.2.2:5060>");
    let cancel = alone.the_message();
    assert_eq!(
        header(&cancel, "CSeq"),
        std::format!("{} CANCEL", cseq(&again))
    );
    assert_eq!(header(&cancel, "Via"), header(&again, "Via"));
    alone.answer(&cancel, 200, "bob", "");
    alone.answer(&again, 487, "bob", "");
    assert_eq!(alone.names(), ["rejected: 487"]);
    alone.pass(300_000);
    nothing_is_left(&alone.agent);
}

/// Every request in a call can be asked; its owner sees one outcome.
#[test]
fn requests_in_a_call_are_asked() {
    let mut alone = with_accounts();
    let (usage, invite) = alone.call();
    alone.answer(&invite, 200, "bob", "<sip:bob@192.0.2.2:5060>");
    alone.agent.ack(alone.now, usage, None).unwrap();
    assert_eq!(
        (alone.names(), alone.sent().len()),
        (vec!["accepted".to_string()], 1)
    );
    for (at, method) in [
        Method::Info,
        Method::Options,
        Method::Message,
        Method::Update,
    ]
    .into_iter()
    .enumerate()
    {
        let agent = &mut alone.agent;
        let sent = agent
            .request_in_dialog(alone.now, usage, method, &[], SDP)
            .unwrap();
        let first = alone.the_message();
        let asks = ASKS.replace("\"1\"", &std::format!("\"{at}\", stale=true"));
        alone.hear(&challenge(&first, 401, &[&asks]));
        let second = alone.the_message();
        assert_sent_again(&first, &second);
        assert_contains(&second, &std::format!("nonce=\"{at}\""));
        alone.answer(&second, 200, "bob", "");
        let events = alone.events();
        let [
            UserAgentEvent::Response {
                usage: Some(leg),
                transaction,
                ..
            },
        ] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!((*leg, *transaction), (usage, sent));
    }
    // A request whose answer nobody waits for any more is not sent again.
    let agent = &mut alone.agent;
    agent
        .request_in_dialog(alone.now, usage, Method::Info, &[], None)
        .unwrap();
    let info = alone.the_message();
    alone.agent.bye(alone.now, usage, &[]).unwrap();
    let bye = alone.the_message();
    let asks = ASKS.replace("\"1\"", "\"9\", stale=true");
    alone.hear(&challenge(&info, 401, &[&asks]));
    assert_eq!(
        (alone.lines().len(), alone.names()),
        (0, vec!["response 401".to_string()])
    );
    alone.hear(&challenge(&bye, 401, &[&asks]));
    let again = alone.the_message();
    assert_sent_again(&bye, &again);
    assert!(alone.names().is_empty());
    alone.answer(&again, 200, "bob", "");
    assert_eq!(alone.names(), ["ended: bye sent"]);
    alone.pass(300_000);
    nothing_is_left(&alone.agent);
}

/// A server that asks for ever is not answered for ever.
#[test]
fn challenges_come_to_an_end() {
    let mut alone = with_accounts();
    let (_, mut request) = alone.call();
    let mut rounds = 0;
    loop {
        let asks = ASKS.replace("\"1\"", &std::format!("\"{rounds}\", stale=true"));
        alone.hear(&challenge(&request, 401, &[&asks]));
        let mut sent = alone.sent();
        sent.retain(|message| !message.bytes().starts_with(b"ACK"));
        match sent.pop() {
            Some(next) => request = next,
            None => break,
        }
        rounds += 1;
    }
    assert_eq!(
        (rounds, alone.names()),
        (5, vec!["rejected: 401".to_string()])
    );
    alone.pass(300_000);
    nothing_is_left(&alone.agent);
}

/// What one host asked for is not told to another, whatever Call-ID it calls with.
#[test]
fn credentials_go_to_who_asked_for_them() {
    let mut alone = with_accounts();
    let register = Outgoing {
        call_id: Some("the-one-call-id"),
        ..call(to_bob_udp())
    };
    let sent = alone.agent.request(alone.now, Method::Register, &register);
    sent.unwrap();
    let first = alone.the_message();
    alone.hear(&challenge(&first, 401, &[ASKS]));
    assert_eq!(count(&alone.the_message()), Some(1));
    let to = |remote: &str| {
        let destination = FiveTuple::udp(address(ALICE), address(remote)).into();
        Outgoing {
            destination,
            ..register
        }
    };
    for (remote, expected) in [("192.0.2.9:5060", None), ("192.0.2.2:5070", Some(2))] {
        alone
            .agent
            .request(alone.now, Method::Options, &to(remote))
            .unwrap();
        assert_eq!(count(&alone.the_message()), expected, "{remote}");
    }
}

/// The server's nonces are remembered for so many calls only; beyond that it asks again.
#[test]
fn what_is_remembered_is_bounded() {
    let mut agent = agent_with(1, |config| config.max_digest_sessions = 4);
    agent.add_account(account());
    let mut alone = Alone::of(agent);
    let mut asked = 0;
    for number in [1, 2, 3, 3, 4, 5, 6, 1] {
        let call_id = std::format!("registration-{number}");
        let register = Outgoing {
            call_id: Some(&call_id),
            ..call(to_bob_udp())
        };
        alone
            .agent
            .request(alone.now, Method::Register, &register)
            .unwrap();
        let mut request = alone.the_message();
        if count(&request).is_none() {
            asked += 1;
            alone.hear(&challenge(&request, 401, &[ASKS]));
            request = alone.the_message();
        }
        alone.answer(&request, 200, "bob", "");
    }
    assert_eq!(asked, 7);
}

/// Who hangs up has to prove it, where the owner wants it.
#[test]
fn a_bye_can_be_challenged() {
    let mut guarded = Guarded::new();
    *guarded.world.agent(B) = agent_with(7, |config| config.hand_over_bye = true);
    let (alice, bob) = guarded.connect();
    // Another server has a new key: no nonce of before is known.
    guarded.server = DigestServer::new(DigestServerConfig::DEFAULT, [8; 32], [NonceUse::EMPTY; 16]);
    let now = guarded.world.now();
    guarded.world.agent(A).bye(now, alice, &[]).unwrap();
    guarded.run(100);
    assert_eq!(guarded.challenged, 2);
    let [
        UserAgentEvent::Request {
            usage,
            transaction,
            message,
            ..
        },
    ] = &guarded.passed[..]
    else {
        panic!("{:?}", guarded.passed)
    };
    assert_eq!(
        (*usage, header(message, "CSeq").ends_with("BYE")),
        (Some(bob), true)
    );
    // The call stands as long as it is not answered.
    let transaction = *transaction;
    guarded.passed.clear();
    let now = guarded.world.now();
    let agent = guarded.world.agent(B);
    assert_eq!(agent.usage(bob).unwrap().state, UsageState::Established);
    agent
        .respond(now, transaction, StatusCode::OK, "", &[], None)
        .unwrap();
    guarded.run(100);
    assert_eq!(guarded.passed(), ["ended: bye"]);
    let events = guarded.world.events(A);
    assert_eq!(
        events.iter().map(name).collect::<Vec<_>>(),
        ["ended: bye sent"]
    );
    guarded.world.nothing_is_left();
}

/// A BYE that is refused, or crosses ours.
#[test]
fn a_bye_that_was_handed_over_leaves_the_call_to_its_owner() {
    for hang_up in [false, true] {
        let mut world = World::new();
        *world.agent(B) = agent_with(7, |config| config.hand_over_bye = true);
        let (alice, bob) = world.connect();
        let now = world.now();
        world.agent(A).bye(now, alice, &[]).unwrap();
        world.run(100);
        let [UserAgentEvent::Request { transaction, .. }] = world.events(B)[..] else {
            panic!()
        };
        let now = world.now();
        let agent = world.agent(B);
        if hang_up {
            agent.bye(now, bob, &[]).unwrap();
        }
        let status = if hang_up {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        agent
            .respond(now, transaction, status, "", &[], None)
            .unwrap();
        if hang_up {
            assert_eq!(world.names(B), ["ended: bye sent"]);
        } else {
            assert!(world.names(B).is_empty());
            assert_eq!(
                world.agent(B).usage(bob).unwrap().state,
                UsageState::Established
            );
        }
    }
}
