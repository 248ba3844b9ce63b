//! Calls as they should go.

use super::*;

#[test]
fn the_caller_calls_and_hangs_up() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    assert_eq!(world.names(A), ["180"]);
    let now = world.now();
    world
        .agent(B)
        .accept(now, bob, &[("Supported", "timer")], SDP)
        .unwrap();
    let [UserAgentEvent::Accepted { usage, message }] = &world.after(50, A)[..] else {
        panic!()
    };
    assert_eq!((*usage, message.message().body()), (alice, &b"v=0\r\n"[..]));
    assert_eq!(header(message, "Contact"), "<sip:192.0.2.2:5060>");
    assert_eq!(header(message, "Supported"), "timer");
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    assert_eq!(world.names(B), ["acknowledged"]);

    let views = [A, B].map(|host| {
        let key = if host == A { alice } else { bob };
        let view = world.agent(host).usage(key).unwrap();
        assert_eq!(view.state, UsageState::Established);
        let tags = (
            view.dialog.local_tag().to_string(),
            view.dialog.remote_tag().unwrap().to_string(),
        );
        (
            view.dialog.call_id().to_string(),
            tags,
            view.is_caller,
            view.destination.path,
        )
    });
    let [
        (call_a, tags_a, true, path_a),
        (call_b, tags_b, false, path_b),
    ] = views
    else {
        panic!()
    };
    assert_eq!((call_a, tags_a), (call_b, (tags_b.1, tags_b.0)));
    assert_eq!(path_a, path_b.reversed());

    let now = world.now();
    world
        .agent(A)
        .bye(now, alice, &[("Reason", "Q.850;cause=16")])
        .unwrap();
    let [
        UserAgentEvent::Ended {
            usage,
            cause: EndCause::Bye(message),
        },
    ] = &world.after(50, B)[..]
    else {
        panic!()
    };
    assert_eq!(
        (*usage, header(message, "Reason")),
        (bob, "Q.850;cause=16".into())
    );
    assert_eq!(world.names(A), ["ended: bye sent"]);
    assert!(world.agent(A).usage(alice).is_none());
    let ladder: Vec<_> = world
        .lines(A)
        .iter()
        .map(|line| line.split(' ').next().unwrap().to_string())
        .collect();
    assert_eq!(ladder, ["INVITE", "ACK", "BYE"]);
    world.nothing_is_left();
}

#[test]
fn the_callee_hangs_up() {
    let mut world = World::new();
    let (_, bob) = world.connect();
    let now = world.now();
    world.agent(B).bye(now, bob, &[]).unwrap();
    assert_eq!(world.names(A), ["ended: bye"]);
    assert_eq!(world.names(B), ["ended: bye sent"]);
    world.nothing_is_left();
}

#[test]
fn both_hang_up_at_once() {
    let mut world = World::new();
    let (alice, bob) = world.connect();
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    world.agent(B).bye(now, bob, &[]).unwrap();
    assert_eq!(world.names(A), ["ended: bye sent"]);
    assert_eq!(world.names(B), ["ended: bye sent"]);
    world.nothing_is_left();
}

#[test]
fn a_refused_call_is_over() {
    let mut world = World::new();
    let (_, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .reject(
            now,
            bob,
            StatusCode::BUSY_HERE,
            "Lunch",
            &[("Retry-After", "60")],
        )
        .unwrap();
    let [
        UserAgentEvent::Rejected {
            initial: true,
            cause: RejectCause::Response(message),
            ..
        },
    ] = &world.after(50, A)[..]
    else {
        panic!()
    };
    assert_eq!(start_line(message.bytes()), "SIP/2.0 486 Lunch");
    assert_eq!(header(message, "Retry-After"), "60");
    assert_eq!(world.names(B), [""; 0]);
    world.nothing_is_left();
}

#[test]
fn a_redirection_carries_contacts_of_its_own() {
    let mut world = World::new();
    let (_, bob) = world.call();
    let now = world.now();
    let contacts = [("Contact", "<sip:carol@192.0.2.3>, <sip:dave@192.0.2.4>")];
    world
        .agent(B)
        .reject(now, bob, StatusCode::MOVED_TEMPORARILY, "", &contacts)
        .unwrap();
    assert_eq!(world.names(A), ["rejected: 302"]);
    assert_contains(
        &world.last(B, "SIP/2.0 302"),
        "Contact: <sip:carol@192.0.2.3>, <sip:dave",
    );
}

#[test]
fn a_cancelled_call_is_over_on_both_sides() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).cancel(now, alice).unwrap();
    assert_eq!(world.names(A), ["180", "rejected: 487"]);
    assert_eq!(world.names(B), ["cancelled"]);
    let now = world.now();
    assert_eq!(
        world.agent(B).accept(now, bob, &[], None),
        Err(UsageError::Gone)
    );
    world.nothing_is_left();
}

#[test]
fn hanging_up_while_it_rings_cancels_or_refuses() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .provisional(now, bob, StatusCode::RINGING, &[], None)
        .unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(A), ["180", "rejected: 487"]);
    assert_eq!(world.names(B), ["cancelled"]);

    let (_, bob) = world.call();
    let now = world.now();
    world
        .agent(B)
        .bye(now, bob, &[("Reason", "SIP;cause=480")])
        .unwrap();
    assert_eq!(world.names(A), ["rejected: 480"]);
    assert_eq!(world.names(B), ["ended: bye sent"]);
    world.nothing_is_left();
}

#[test]
fn a_call_that_nobody_answers_times_out() {
    let mut world = World::new();
    world.lose(A, "INVITE", usize::MAX);
    let now = world.now();
    world.agent(A).invite(now, &call(to_bob_udp())).unwrap();
    world.run(31_800);
    assert_eq!(world.names(A), [""; 0]);
    assert_eq!(world.names(A), ["rejected: timeout"]);
    world.nothing_is_left();
}

#[test]
fn the_answer_may_come_with_the_ack() {
    let mut world = World::new();
    let now = world.now();
    let late = Outgoing {
        body: None,
        ..call(to_bob_udp())
    };
    let alice = world.agent(A).invite(now, &late).unwrap();
    world.run(50);
    let bob = world.invited();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], SDP).unwrap();
    assert_eq!(world.names(A), ["accepted"]);
    let now = world.now();
    let answer = Some(Body {
        content_type: "application/sdp",
        bytes: b"v=0\r\no=answer\r\n",
    });
    world.agent(A).ack(now, alice, answer).unwrap();
    let [UserAgentEvent::Acknowledged { message, .. }] = &world.after(50, B)[..] else {
        panic!()
    };
    assert_eq!(message.message().body(), b"v=0\r\no=answer\r\n");
    assert_eq!(header(message, "Content-Type"), "application/sdp");
}

#[test]
fn a_bye_before_the_ack_waits_for_it() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.agent(B).bye(now, bob, &[]).unwrap();
    assert_eq!(world.names(A), ["accepted"]);
    assert_eq!(world.count(B, "BYE"), 0);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    assert_eq!(world.names(A), ["ended: bye"]);
    assert_eq!(world.names(B), ["ended: bye sent"]);
    world.nothing_is_left();
}

#[test]
fn a_caller_who_hangs_up_at_the_2xx_acknowledges_it_first() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    world.run(50);
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(B), ["acknowledged", "ended: bye"]);
    assert_eq!(world.names(A), ["accepted", "ended: bye sent"]);
    world.nothing_is_left();
}

/// E001-62: with a public address Via and Contact carry it.
#[test]
fn e001_62_a_public_address_stands_in_via_and_contact() {
    let public = || {
        agent_with(1, |config| {
            config.layer.sent_by.push(crate::PublicAddress {
                local: address(ALICE),
                sent_by: "203.0.113.5:5080".into(),
            });
        })
    };
    let mut alone = Alone::of(public());
    let (_, invite) = alone.call();
    assert_contains(&invite, "Via: SIP/2.0/UDP 203.0.113.5:5080;");
    assert_contains(&invite, "Contact: <sip:203.0.113.5:5080>\r\n");
    let mut alone = Alone::of(public());
    let (_, ok) = alone.accepted();
    assert_contains(&ok, "Contact: <sip:203.0.113.5:5080>\r\n");
}

#[test]
fn the_product_is_named_in_both_kinds_of_messages() {
    let product = |config: &mut UserAgentConfig| config.product = Some("Trunkline/1".into());
    let mut world = World::of(agent_with(1, product), agent_with(2, product));
    world.connect();
    assert_contains(&world.last(A, "INVITE"), "User-Agent: Trunkline/1\r\n");
    assert_contains(&world.last(B, "SIP/2.0 200"), "Server: Trunkline/1\r\n");
}

#[test]
fn verbs_say_when_they_make_no_sense() {
    let mut world = World::new();
    let (alice, bob) = world.call();
    let now = world.now();
    let (a, b) = (alice, bob);
    let agent = world.agent(A);
    assert_eq!(agent.ack(now, a, None), Err(UsageError::State));
    assert_eq!(agent.reinvite(now, a, &[], None), Err(UsageError::State));
    assert_eq!(agent.accept(now, a, &[], None), Err(UsageError::State));
    let info = crate::Method::Info;
    assert_eq!(
        agent.request_in_dialog(now, a, info, &[], None),
        Err(UsageError::State)
    );
    let bye = crate::Method::Bye;
    assert_eq!(
        agent.request_in_dialog(now, a, bye, &[], None),
        Err(UsageError::Method)
    );
    assert_eq!(
        agent.request(now, bye, &call(to_bob_udp())),
        Err(SendError::Method)
    );
    let agent = world.agent(B);
    assert_eq!(agent.cancel(now, b), Err(UsageError::State));
    let status = StatusCode::OK;
    assert_eq!(
        agent.provisional(now, b, status, &[], None),
        Err(UsageError::Status)
    );
    assert_eq!(
        agent.reject(now, b, status, "", &[]),
        Err(UsageError::Status)
    );
    let reserved = agent.accept(now, b, &[("Allow", "INVITE"), ("t", "<sip:x@y>")], None);
    assert_eq!(
        reserved,
        Err(UsageError::Compose(ComposeError::Reserved { index: 1 }))
    );
    assert!(
        agent
            .accept(now, b, &[("Subject", "x\r\nVia: y")], None)
            .is_err()
    );
    assert!(agent.accept(now, b, &[], None).is_ok());
    assert_eq!(agent.accept(now, b, &[], None), Err(UsageError::State));
    world.run(50);
    let now = world.now();
    assert_eq!(world.agent(A).cancel(now, a), Err(UsageError::State));
}

#[test]
fn invites_that_cannot_be_written_leave_nothing_behind() {
    let mut agent = agent(1);
    let good = call(to_bob_udp());
    for bad in [
        Outgoing {
            request_uri: "sip:bob@192.0.2.2 x",
            ..good
        },
        Outgoing {
            from: "<sip:alice",
            ..good
        },
        Outgoing { to: "", ..good },
        Outgoing {
            contact: Some("*"),
            ..good
        },
        Outgoing {
            contact: Some("<tel:+49>"),
            ..good
        },
        Outgoing {
            call_id: Some("a b"),
            ..good
        },
        Outgoing {
            headers: &[("Contact", "<sip:a@b>")],
            ..good
        },
        Outgoing {
            headers: &[("Subject", "a\r\nb")],
            ..good
        },
        Outgoing {
            headers: &[("Sub ject", "a")],
            ..good
        },
    ] {
        assert!(agent.invite(Instant::ORIGIN, &bad).is_err(), "{bad:?}");
    }
    nothing_is_left(&agent);
    assert!(agent.poll_transmit_bytes(Instant::ORIGIN).is_none());
}
