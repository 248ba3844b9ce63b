//! Requests outside of calls.

use super::*;
use crate::Method;

#[test]
fn options_are_asked_and_answered() {
    let mut world = World::new();
    let now = world.now();
    let ask = Outgoing {
        body: None,
        ..call(to_bob_udp())
    };
    let transaction = world.agent(A).request(now, Method::Options, &ask).unwrap();
    let [
        UserAgentEvent::Request {
            usage: None,
            transaction: asked,
            path,
            connection,
            ..
        },
    ] = &world.after(50, B)[..]
    else {
        panic!()
    };
    assert_eq!((*path, *connection), (to_bob_udp().path.reversed(), None));
    let (now, asked) = (world.now(), *asked);
    let headers = [("Allow", "INVITE, ACK"), ("Contact", "<sip:bob@192.0.2.2>")];
    world
        .agent(B)
        .respond(now, asked, StatusCode::OK, "Fine", &headers, None)
        .unwrap();
    let [
        UserAgentEvent::Response {
            usage: None,
            transaction: answered,
            message,
        },
    ] = &world.after(50, A)[..]
    else {
        panic!()
    };
    assert_eq!(*answered, transaction);
    assert_eq!(start_line(message.bytes()), "SIP/2.0 200 Fine");
    assert_eq!(header(message, "Contact"), "<sip:bob@192.0.2.2>");
    assert_eq!(to_tag(message).len(), 16);
    world.nothing_is_left();
}

#[test]
fn a_100_has_no_tag_and_the_final_response_has_one() {
    let mut world = World::new();
    let now = world.now();
    world
        .agent(A)
        .request(now, Method::Register, &call(to_bob_udp()))
        .unwrap();
    let [UserAgentEvent::Request { transaction, .. }] = &world.after(50, B)[..] else {
        panic!()
    };
    let (now, transaction) = (world.now(), *transaction);
    for status in [StatusCode::TRYING, StatusCode::OK] {
        world
            .agent(B)
            .respond(now, transaction, status, "", &[], None)
            .unwrap();
        world.run(20);
    }
    assert_eq!(world.names(A), ["response 200"]);
    assert_eq!(to_tag(&world.last(B, "SIP/2.0 200")).len(), 16);
    assert!(!header(&world.last(B, "SIP/2.0 100"), "To").contains("tag"));
}

#[test]
fn requests_without_answer_time_out() {
    let mut world = World::new();
    world.lose(A, "MESSAGE", usize::MAX);
    let now = world.now();
    world
        .agent(A)
        .request(now, Method::Message, &call(to_bob_udp()))
        .unwrap();
    world.run(32_000);
    assert_eq!(world.names(A), ["failed: timeout"]);
    world.nothing_is_left();
}

#[test]
fn later_requests_with_the_same_call_id_have_higher_numbers() {
    let mut alice = Alone::new();
    let register = Outgoing {
        call_id: Some("registration"),
        ..call(to_bob_udp())
    };
    let mut last = 0;
    for _ in 0..3 {
        alice
            .agent
            .request(alice.now, Method::Register, &register)
            .unwrap();
        let message = alice.the_message();
        let cseq = message
            .message()
            .require::<crate::header::CSeq<'_>>()
            .unwrap()
            .number;
        assert!(cseq > last);
        last = cseq;
    }
}

#[test]
fn what_the_owner_gives_stands_in_the_request() {
    let mut alice = Alone::new();
    let full = Outgoing {
        contact: Some("<sip:alice@192.0.2.1>;expires=60"),
        call_id: Some("given@call.id"),
        max_forwards: 12,
        headers: &[("Route", "<sip:p.example.com;lr>"), ("X-Trunk", "7")],
        ..call(to_bob_udp())
    };
    alice
        .agent
        .request(alice.now, Method::Register, &full)
        .unwrap();
    let message = alice.the_message();
    for line in [
        "Contact: <sip:alice@192.0.2.1>;expires=60\r\n",
        "Call-ID: given@call.id\r\n",
        "Max-Forwards: 12\r\n",
        "Route: <sip:p.example.com;lr>\r\n",
        "X-Trunk: 7\r\n",
        "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
    ] {
        assert_contains(&message, line);
    }
}

/// A user agent that has sent a thousand million requests starts anew, and its calls can still end.
#[test]
fn the_last_sequence_number_leaves_room_for_a_dialog() {
    let mut alice = Alone::new();
    for last in [1 << 30, i32::MAX as u32 - 1] {
        alice.agent.cseq = last;
        let (usage, invite) = alice.call();
        assert_eq!(header(&invite, "CSeq"), "1 INVITE");
        alice.answer(&invite, 200, "b0", "<sip:bob@192.0.2.2>");
        alice.agent.bye(alice.now, usage, &[]).unwrap();
        assert_eq!(header(&alice.sent().pop().unwrap(), "CSeq"), "2 BYE");
    }
}
