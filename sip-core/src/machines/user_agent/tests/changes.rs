//! What happens during a call.

use super::*;
use crate::Method;

#[test]
fn the_caller_changes_the_session() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world
        .agent(A)
        .set_contact(alice, "<sip:alice@192.0.2.1:5061>")
        .unwrap();
    world
        .agent(A)
        .reinvite(now, alice, &[("Subject", "hold")], SDP)
        .unwrap();
    let [UserAgentEvent::Reinvited { usage, message }] = &world.after(50, B)[..] else {
        panic!()
    };
    assert_eq!((*usage, header(message, "Subject")), (bob, "hold".into()));
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::SESSION_PROGRESS, &[], None)
        .unwrap();
    world
        .agent(B)
        .set_contact(bob, "<sip:bob@192.0.2.2:5061>")
        .unwrap();
    world.agent(B).accept(now, bob, &[], SDP).unwrap();
    let view = world.agent(B).usage(bob).unwrap();
    assert_eq!(
        view.dialog.remote_target(),
        "sip:alice@192.0.2.1:5061",
        "the target is refreshed"
    );
    assert_eq!(world.names(A), ["183", "accepted"]);
    let view = world.agent(A).usage(alice).unwrap();
    assert_eq!(view.dialog.remote_target(), "sip:bob@192.0.2.2:5061");
    assert_eq!(view.destination.path.remote.port(), 5061);
    let now = world.now();
    // The ACK goes to the new target, where nobody listens in this test's world but Bob's host.
    world.agent(A).ack(now, alice, None).unwrap();
    assert_eq!(world.names(B), ["acknowledged"]);
    assert!(world.last(A, "ACK sip:bob@192.0.2.2:5061").bytes().len() > 1);
    world.agent(B).bye(now, bob, &[]).unwrap();
    assert_eq!(world.names(A), ["ended: bye"]);
    world.nothing_is_left();
}

#[test]
fn the_callee_changes_the_session() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    for round in 0..3 {
        let now = world.now();
        world.agent(B).reinvite(now, bob, &[], SDP).unwrap();
        assert_eq!(world.names(A), ["re-invited"], "{round}");
        let now = world.now();
        world.agent(A).accept(now, alice, &[], SDP).unwrap();
        assert_eq!(world.names(B), ["accepted"], "{round}");
        let now = world.now();
        world.agent(B).ack(now, bob, None).unwrap();
        assert_eq!(world.names(A), ["acknowledged"], "{round}");
    }
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(B), ["ended: bye"]);
    world.nothing_is_left();
}

#[test]
fn a_refused_change_leaves_the_call_as_it_was() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    world.run(50);
    let now = world.now();
    world
        .agent(B)
        .reject(now, bob, StatusCode::NOT_ACCEPTABLE_HERE, "", &[])
        .unwrap();
    assert_eq!(world.names(A), ["re-rejected: 488"]);
    assert_eq!(world.names(B), ["re-invited"]);
    let now = world.now();
    world.agent(B).bye(now, bob, &[]).unwrap();
    assert_eq!(world.names(A), ["ended: bye"]);
    world.nothing_is_left();
}

#[test]
fn a_change_can_be_cancelled() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    world.run(300);
    let now = world.now();
    world.agent(A).cancel(now, alice).unwrap();
    assert_eq!(world.names(B), ["re-invited", "re-cancelled"]);
    assert_eq!(world.names(A), ["re-rejected: 487"]);
    assert!(world.agent(A).usage(alice).is_some() && world.agent(B).usage(bob).is_some());
}

#[test]
fn changes_that_cross_get_491() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    world.agent(B).reinvite(now, bob, &[], SDP).unwrap();
    assert_eq!(
        world.agent(B).reinvite(now, bob, &[], SDP),
        Err(UsageError::Pending)
    );
    assert_eq!(world.names(A), ["re-rejected: 491"]);
    assert_eq!(world.names(B), ["re-rejected: 491"]);
    // Alice tries again, and Bob waits for her.
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    assert_eq!(world.names(B), ["re-invited"]);
    let now = world.now();
    assert_eq!(
        world.agent(B).reinvite(now, bob, &[], SDP),
        Err(UsageError::Pending)
    );
    world.agent(B).accept(now, bob, &[], SDP).unwrap();
    assert_eq!(
        world.agent(B).reinvite(now, bob, &[], SDP),
        Err(UsageError::Pending)
    );
    world.run(50);
    let now = world.now();
    assert_eq!(
        world.agent(A).reinvite(now, alice, &[], SDP),
        Err(UsageError::Pending)
    );
    world.agent(A).ack(now, alice, None).unwrap();
    assert!(world.agent(A).reinvite(now, alice, &[], SDP).is_ok());
}

#[test]
fn a_change_that_nobody_answers_ends_the_call() {
    let mut world = World::new();
    let (alice, _) = world.connect();
    world.lose(A, "INVITE", usize::MAX);
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    world.run(32_000);
    assert_eq!(world.names(A), ["re-rejected: timeout", "ended: peer lost"]);
    assert_eq!(world.names(B), ["ended: bye"]);
    world.nothing_is_left();
}

/// A 2xx with the tag of nobody we know is none, and the owner does not wait for ever.
#[test]
fn a_change_that_only_a_stranger_accepts_ends_the_call() {
    let mut alice = Alone::new();
    let (usage, invite) = alice.call();
    alice.answer(&invite, 200, "b0", "<sip:bob@192.0.2.2>");
    alice.agent.ack(alice.now, usage, None).unwrap();
    alice.agent.reinvite(alice.now, usage, &[], SDP).unwrap();
    let reinvite = alice.sent().pop().unwrap();
    let foreign = header(&reinvite, "To").replace(";tag=b0", ";tag=b1");
    let ok = String::from_utf8(respond(&reinvite, 200, "", "<sip:c@192.0.2.3>")).unwrap();
    alice.hear(ok.replace(&header(&reinvite, "To"), &foreign).as_bytes());
    assert_eq!(alice.names(), ["accepted"]);
    assert!(alice.lines().is_empty());
    alice.pass(33_000);
    assert_eq!(alice.names(), ["re-rejected: timeout", "ended: peer lost"]);
    assert!(alice.lines()[0].starts_with("BYE"));
    alice.pass(70_000);
    nothing_is_left(&alice.agent);
}

#[test]
fn hanging_up_ends_the_changes_under_way() {
    for caller_hangs_up in [true, false] {
        let mut world = World::new();
        let (alice, bob) = world.connect();
        let now = world.now();
        world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
        world.run(50);
        let now = world.now();
        if caller_hangs_up {
            world.agent(A).bye(now, alice, &[]).unwrap();
            assert_eq!(world.names(B), ["re-invited", "ended: bye"]);
            assert_eq!(world.names(A), ["ended: bye sent"]);
        } else {
            world.agent(B).bye(now, bob, &[]).unwrap();
            assert_eq!(world.names(B), ["re-invited", "ended: bye sent"]);
            assert_eq!(world.names(A), ["re-rejected: 487", "ended: bye"]);
        }
        assert_eq!(world.count(B, "SIP/2.0 487"), 1);
        world.nothing_is_left();
    }
}

#[test]
fn an_accepted_change_of_an_ended_call_is_acknowledged() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    world.run(50);
    let now = world.now();
    world.agent(B).accept(now, bob, &[], SDP).unwrap();
    world.agent(A).bye(now, alice, &[]).unwrap();
    let before = world.count(A, "ACK");
    world.run(100);
    assert_eq!(world.count(A, "ACK"), before + 1);
    world.nothing_is_left();
}

#[test]
fn requests_pass_within_a_call() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    let dtmf = Some(Body {
        content_type: "application/dtmf-relay",
        bytes: b"Signal=5\r\n",
    });
    let info = world
        .agent(A)
        .request_in_dialog(now, alice, Method::Info, &[], dtmf)
        .unwrap();
    let [
        UserAgentEvent::Request {
            usage,
            transaction,
            message,
            ..
        },
    ] = &world.after(50, B)[..]
    else {
        panic!()
    };
    assert_eq!(
        (*usage, message.message().body()),
        (Some(bob), &b"Signal=5\r\n"[..])
    );
    let (now, transaction) = (world.now(), *transaction);
    world
        .agent(B)
        .respond(now, transaction, StatusCode::OK, "", &[], None)
        .unwrap();
    let again = world
        .agent(B)
        .respond(now, transaction, StatusCode::OK, "", &[], None);
    assert_eq!(
        again,
        Err(UsageError::Respond(crate::RespondError::Unknown))
    );
    let [
        UserAgentEvent::Response {
            usage, transaction, ..
        },
    ] = &world.after(50, A)[..]
    else {
        panic!()
    };
    assert_eq!((*usage, *transaction), (Some(alice), info));
}

#[test]
fn an_update_refreshes_the_targets() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world
        .agent(B)
        .set_contact(bob, "<sip:b@192.0.2.2:6000>")
        .unwrap();
    world
        .agent(A)
        .set_contact(alice, "<sip:a@192.0.2.1:6000>")
        .unwrap();
    world
        .agent(B)
        .request_in_dialog(now, bob, Method::Update, &[], SDP)
        .unwrap();
    let [UserAgentEvent::Request { transaction, .. }] = &world.after(50, A)[..] else {
        panic!()
    };
    let target = |world: &mut World| {
        let view = world.agent(A).usage(alice).unwrap();
        view.dialog.remote_target().to_string()
    };
    assert_eq!(target(&mut world), "sip:192.0.2.2:5060");
    let (now, transaction) = (world.now(), *transaction);
    world
        .agent(A)
        .respond(now, transaction, StatusCode::OK, "", &[], SDP)
        .unwrap();
    assert_eq!(target(&mut world), "sip:b@192.0.2.2:6000");
    assert_eq!(world.names(B), ["response 200"]);
    assert_eq!(
        world.agent(B).usage(bob).unwrap().dialog.remote_target(),
        "sip:a@192.0.2.1:6000"
    );
}

/// RFC 6141 section 5: a peer whose request was refused has not moved.
#[test]
fn a_refused_request_does_not_move_the_target() {
    for method in ["INVITE", "UPDATE"] {
        let mut alice = Alone::new();
        let (usage, ok) = alice.accepted();
        let tag = to_tag(&ok);
        alice.hear(&request("ACK", &tag, 1, "z9hG4bK-ack", ""));
        let mut cseq = 1;
        for (accept, target) in [
            (false, "sip:bob@192.0.2.2:5060"),
            (true, "sip:bob@192.0.2.3"),
        ] {
            cseq += 1;
            let branch = format!("z9hG4bK-{cseq}");
            let moved = "Contact: <sip:bob@192.0.2.3>\r\n";
            alice.hear(&request(method, &tag, cseq, &branch, moved));
            let now = alice.now;
            match (alice.events().pop().unwrap(), accept) {
                (UserAgentEvent::Reinvited { .. }, true) => {
                    alice.agent.accept(now, usage, &[], None).unwrap();
                }
                (UserAgentEvent::Reinvited { .. }, false) => {
                    let status = StatusCode::NOT_ACCEPTABLE_HERE;
                    alice.agent.reject(now, usage, status, "", &[]).unwrap();
                }
                (UserAgentEvent::Request { transaction, .. }, accept) => {
                    let status = if accept { 200 } else { 488 };
                    let status = StatusCode::new(status).unwrap();
                    let answered = alice.agent.respond(now, transaction, status, "", &[], None);
                    answered.unwrap();
                }
                (other, _) => panic!("{other:?}"),
            }
            let view = alice.agent.usage(usage).unwrap();
            assert_eq!(view.dialog.remote_target(), target, "{method} {accept}");
        }
    }
}

#[test]
fn requests_pass_before_the_call_is_accepted() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.run(50);
    let now = world.now();
    world
        .agent(A)
        .request_in_dialog(now, alice, Method::Update, &[], SDP)
        .unwrap();
    world
        .agent(B)
        .request_in_dialog(now, bob, Method::Info, &[], None)
        .unwrap();
    assert_eq!(world.names(A), ["180", "INFO"]);
    assert_eq!(world.names(B), ["UPDATE"]);
    // The sequence goes on in the established dialog.
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(B), ["acknowledged", "ended: bye"]);
    assert_eq!(header(&world.last(A, "ACK"), "CSeq"), "1 ACK");
    assert_eq!(header(&world.last(A, "BYE"), "CSeq"), "3 BYE");
}

#[test]
fn the_owner_can_say_where_requests_go() {
    let mut world = World::new();
    let (alice, _) = world.connect();
    let now = world.now();
    let elsewhere = FiveTuple::udp(address(ALICE), address("192.0.2.2:7000")).into();
    assert!(world.agent(A).set_destination(alice, elsewhere));
    world.agent(A).bye(now, alice, &[]).unwrap();
    world.run(0);
    assert_eq!(world.peer(A).sent.last().unwrap().1.path, elsewhere.path);
}

#[test]
fn credentials_of_the_invite_stand_in_the_ack() {
    let mut world = World::new();
    let now = world.now();
    let headers = [(
        "Proxy-Authorization",
        "Digest username=\"alice\", response=\"0\"",
    )];
    let with = Outgoing {
        headers: &headers,
        ..call(to_bob_udp())
    };
    let alice = world.agent(A).invite(now, &with).unwrap();
    world.run(50);
    let bob = world.invited();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    world.run(50);
    assert_eq!(
        header(&world.last(A, "ACK"), "Proxy-Authorization"),
        headers[0].1
    );
}
