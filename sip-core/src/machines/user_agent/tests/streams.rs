//! Calls over TCP.

use trunkline_sans_io::Transport;

use super::*;

fn connect_over_tcp(world: &mut World) -> (UsageKey, UsageKey) {
    let now = world.now();
    let alice = world
        .agent(A)
        .invite(now, &call(to_bob(Transport::Tcp)))
        .unwrap();
    world.run(100);
    let bob = world.invited();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], SDP).unwrap();
    assert_eq!(world.names(A), ["accepted"]);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    assert_eq!(world.names(B), ["acknowledged"]);
    (alice, bob)
}

#[test]
fn a_call_over_tcp_repeats_nothing() {
    let mut world = World::new();
    let (alice, _) = connect_over_tcp(&mut world);
    assert_contains(
        &world.last(A, "INVITE"),
        "Contact: <sip:192.0.2.1:5060;transport=tcp>\r\n",
    );
    let now = world.now();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(B), ["ended: bye"]);
    assert_eq!(world.names(A), ["ended: bye sent"]);
    let lines = world.lines(A);
    assert_eq!(lines.len(), 3, "{lines:?}");
    let lines = world.lines(B);
    assert_eq!(lines.len(), 2, "{lines:?}");
    world.run(60_000);
    assert_eq!(world.agent(A).sent.len(), 0);
}

/// The callee sends its BYE over the connection that the caller opened.
#[test]
fn the_connection_of_the_call_is_used_both_ways() {
    let mut world = World::new();
    let (_, bob) = connect_over_tcp(&mut world);
    let before = world.simulation.network().connections().count();
    let now = world.now();
    world.agent(B).bye(now, bob, &[]).unwrap();
    assert_eq!(world.names(A), ["ended: bye"]);
    assert_eq!(world.simulation.network().connections().count(), before);
}

#[test]
fn a_lost_connection_does_not_end_the_call() {
    for caller_goes_on in [true, false] {
        let mut world = World::new();
        let (alice, bob) = connect_over_tcp(&mut world);
        let lost: Vec<_> = world
            .simulation
            .network()
            .connections()
            .map(|(id, _)| id)
            .collect();
        let now = world.now();
        for id in lost {
            world.simulation.network_mut().reset(now, id);
        }
        assert!(world.names(A).is_empty() && world.names(B).is_empty());
        let now = world.now();
        let (host, key, other, other_key) = if caller_goes_on {
            (A, alice, B, bob)
        } else {
            (B, bob, A, alice)
        };
        world.agent(host).reinvite(now, key, &[], SDP).unwrap();
        assert_eq!(
            world.names(other),
            ["re-invited"],
            "over another connection"
        );
        let now = world.now();
        world.agent(other).accept(now, other_key, &[], SDP).unwrap();
        assert_eq!(world.names(host), ["accepted"]);
        let now = world.now();
        world.agent(host).ack(now, key, None).unwrap();
        assert_eq!(world.names(other), ["acknowledged"]);
    }
}

#[test]
fn a_call_to_a_host_that_refuses_connections_fails_at_once() {
    let mut world = World::new();
    world
        .simulation
        .network_mut()
        .stop_listening(Transport::Tcp, address(BOB));
    let now = world.now();
    world
        .agent(A)
        .invite(now, &call(to_bob(Transport::Tcp)))
        .unwrap();
    assert_eq!(world.names(A), ["rejected: transport"]);
    world.nothing_is_left();
}

#[test]
fn a_change_that_cannot_be_sent_leaves_the_call_as_it_was() {
    let mut world = World::new();
    let (alice, _) = connect_over_tcp(&mut world);
    let lost: Vec<_> = world
        .simulation
        .network()
        .connections()
        .map(|(id, _)| id)
        .collect();
    let now = world.now();
    for id in lost {
        world.simulation.network_mut().reset(now, id);
    }
    world
        .simulation
        .network_mut()
        .stop_listening(Transport::Tcp, address(BOB));
    world.run(100);
    let now = world.now();
    world.agent(A).reinvite(now, alice, &[], SDP).unwrap();
    assert_eq!(world.names(A), ["re-rejected: transport"]);
    assert_eq!(
        world.agent(A).usage(alice).unwrap().state,
        UsageState::Established
    );
}

#[test]
fn a_large_invite_moves_to_tcp_and_the_call_goes_on() {
    let mut world = World::new();
    let now = world.now();
    let body = [b'x'; 1_500];
    let large = Outgoing {
        body: Some(Body {
            content_type: "text/plain",
            bytes: &body,
        }),
        ..call(to_bob_udp())
    };
    let alice = world.agent(A).invite(now, &large).unwrap();
    world.run(100);
    let bob = world.invited();
    let now = world.now();
    world.agent(B).accept(now, bob, &[], None).unwrap();
    assert_eq!(world.names(A), ["accepted"]);
    let now = world.now();
    world.agent(A).ack(now, alice, None).unwrap();
    world.agent(A).bye(now, alice, &[]).unwrap();
    assert_eq!(world.names(B), ["acknowledged", "ended: bye"]);
}
