//! What servers prove, and who is given a proof.

use super::*;

/// The same answers, with another proof of the server each.
#[test]
fn a_wrong_proof_of_the_server_is_told() {
    let wrong = std::format!("rspauth=\"{}\"", "0".repeat(64));
    for (proof, told) in [
        (None, &["response 200"][..]),
        (Some("nextnonce=\"x\""), &["response 200"]),
        (Some(wrong.as_str()), &["wrong proof", "response 200"]),
    ] {
        let mut guarded = Guarded::new();
        let now = guarded.world.now();
        let agent = guarded.world.agent(A);
        let sent = agent
            .request(now, Method::Register, &call(to_bob_udp()))
            .unwrap();
        guarded.run(100);
        assert_eq!(guarded.challenged, 1);
        let [UserAgentEvent::Request { transaction, .. }] = guarded.passed[..] else {
            panic!("{:?}", guarded.passed)
        };
        let headers: Vec<_> = proof
            .map(|proof| ("Authentication-Info", proof))
            .into_iter()
            .collect();
        let now = guarded.world.now();
        let bob = guarded.world.agent(B);
        bob.respond(now, transaction, StatusCode::OK, "", &headers, None)
            .unwrap();
        guarded.world.run(100);
        let events = guarded.world.events(A);
        let names: Vec<_> = events.iter().map(name).collect();
        assert_eq!(names, told, "{proof:?}");
        for event in events {
            let (UserAgentEvent::WrongProof { transaction, usage }
            | UserAgentEvent::Response {
                transaction, usage, ..
            }) = event
            else {
                panic!("{event:?}")
            };
            assert_eq!((transaction, usage), (sent, None));
        }
    }
}

/// In a call it is told of the call.
#[test]
fn a_wrong_proof_of_who_accepts_a_call_is_told() {
    let mut guarded = Guarded::new();
    let now = guarded.world.now();
    let agent = guarded.world.agent(A);
    let alice = agent.invite(now, &call(to_bob_udp())).unwrap();
    guarded.run(1_000);
    let [UserAgentEvent::Invited { usage: bob, .. }] = guarded.passed[..] else {
        panic!("{:?}", guarded.passed)
    };
    let now = guarded.world.now();
    let headers = [("Authentication-Info", "rspauth=\"00\"")];
    guarded
        .world
        .agent(B)
        .accept(now, bob, &headers, SDP)
        .unwrap();
    guarded.world.run(100);
    let events = guarded.world.events(A);
    assert!(
        matches!(
            &events[..],
            [
                UserAgentEvent::WrongProof { usage: Some(first), .. },
                UserAgentEvent::Accepted { usage: second, .. },
            ] if (*first, *second) == (alice, alice)
        ),
        "{events:?}"
    );
}

/// Somebody else who claims to be of the realm gets no digest.
#[test]
fn an_account_may_be_for_certain_peers() {
    let at_bob = address(BOB).ip();
    let elsewhere = address(ALICE).ip();
    for (peers, told) in [
        (vec![at_bob], "response 200"),
        (vec![elsewhere, at_bob], "response 200"),
        (vec![elsewhere], "response 401"),
        (vec![], "response 401"),
    ] {
        let mut guarded = Guarded::new();
        let now = guarded.world.now();
        let agent = guarded.world.agent(A);
        agent.remove_accounts();
        agent.add_account(account().for_peers(peers.iter().copied()));
        agent
            .request(now, Method::Register, &call(to_bob_udp()))
            .unwrap();
        guarded.run(100);
        if let [UserAgentEvent::Request { transaction, .. }] = guarded.passed[..] {
            let now = guarded.world.now();
            let bob = guarded.world.agent(B);
            bob.respond(now, transaction, StatusCode::OK, "", &[], None)
                .unwrap();
            guarded.run(100);
        }
        let events = guarded.world.events(A);
        let names: Vec<_> = events.iter().map(name).collect();
        assert_eq!(names, [told], "{peers:?}");
        let with_digest = guarded
            .sent("REGISTER")
            .iter()
            .filter(|sent| count(sent).is_some())
            .count();
        assert_eq!(
            with_digest,
            usize::from(told == "response 200"),
            "{peers:?}"
        );
    }
}
