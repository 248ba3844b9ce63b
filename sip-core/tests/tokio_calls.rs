//! Calls between two user agents on real sockets.
//!
//! Nothing here waits for a fixed time: what is awaited is an event, and only a generous limit
//! turns its absence into a failure.
#![cfg(feature = "tokio")]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use trunkline_sans_io::{FiveTuple, Transport};
use trunkline_sip_core::tokio::{Endpoint, Listener, Traffic};
use trunkline_sip_core::{
    Body, Destination, EndCause, Method, Outgoing, RejectCause, StatusCode, UsageKey, UserAgent,
    UserAgentConfig, UserAgentEvent,
};

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

const OFFER: Body<'static> = Body {
    content_type: "application/sdp",
    bytes: b"v=0\r\n",
};

fn on(transport: Transport, seed: u8) -> (Endpoint<UserAgent>, SocketAddr) {
    let mut config = UserAgentConfig::default();
    // However slow this machine is, nothing is to be repeated, and no 100 is to be needed.
    let timers = &mut config.layer.timers;
    (timers.t1, timers.t2, timers.trying) = (PATIENCE, PATIENCE, PATIENCE);
    let agent = UserAgent::new(config, [seed; 32]);
    let listener = Listener {
        transport,
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    };
    let endpoint = Endpoint::bind(agent, &[listener]).unwrap();
    let address = endpoint.local_addresses()[0].address;
    (endpoint, address)
}

async fn next(endpoint: &mut Endpoint<UserAgent>) -> UserAgentEvent {
    let event = timeout(PATIENCE, endpoint.event()).await;
    event.expect("no event in time").unwrap()
}

/// Someone who lets it ring, answers if asked for `bob`, and agrees to everything until the call
/// ends. What happened to it comes back.
fn callee(mut endpoint: Endpoint<UserAgent>) -> JoinHandle<(Endpoint<UserAgent>, Vec<String>)> {
    tokio::spawn(async move {
        let mut story = Vec::new();
        loop {
            let event = next(&mut endpoint).await;
            let now = endpoint.now();
            let agent = endpoint.machine_mut();
            let (chapter, ended) = match event {
                UserAgentEvent::Invited { usage, message, .. } => {
                    agent
                        .provisional(now, usage, StatusCode::RINGING, &[], None)
                        .unwrap();
                    let uri = message.message().request_uri().unwrap().to_owned();
                    if uri.starts_with("sip:bob@") {
                        agent.accept(now, usage, &[], Some(OFFER)).unwrap();
                    }
                    ("invited", false)
                }
                UserAgentEvent::Acknowledged { .. } => ("acknowledged", false),
                UserAgentEvent::Reinvited { usage, .. } => {
                    agent.accept(now, usage, &[], Some(OFFER)).unwrap();
                    ("reinvited", false)
                }
                UserAgentEvent::Request { transaction, .. } => {
                    agent
                        .respond(now, transaction, StatusCode::OK, "", &[], None)
                        .unwrap();
                    ("asked", false)
                }
                UserAgentEvent::Cancelled { .. } => ("cancelled", true),
                UserAgentEvent::Ended {
                    cause: EndCause::Bye(_),
                    ..
                } => ("hung up", true),
                other => panic!("{other:?}"),
            };
            story.push(chapter.to_owned());
            endpoint.flush();
            if ended {
                return (endpoint, story);
            }
        }
    })
}

fn call(endpoint: &mut Endpoint<UserAgent>, path: FiveTuple, user: &str) -> UsageKey {
    let target = format!("sip:{user}@{};transport={}", path.remote, path.transport);
    let to = format!("<sip:{user}@example.com>");
    let mut outgoing = Outgoing::new(
        Destination::new(path),
        &target,
        "<sip:alice@example.com>",
        &to,
    );
    outgoing.body = Some(OFFER);
    let now = endpoint.now();
    endpoint.machine_mut().invite(now, &outgoing).unwrap()
}

async fn complete_call(transport: Transport) {
    let (mut alice, from) = on(transport, 1);
    let (bob, to) = on(transport, 2);
    let bob = callee(bob);
    let path = FiveTuple::new(transport, from, to);
    let leg = call(&mut alice, path, "bob");

    let ringing = next(&mut alice).await;
    assert!(
        matches!(ringing, UserAgentEvent::Progress { usage, .. } if usage == leg),
        "{ringing:?}"
    );
    match next(&mut alice).await {
        UserAgentEvent::Accepted { usage, message } => {
            assert_eq!(usage, leg);
            assert_eq!(message.message().body(), OFFER.bytes);
        }
        other => panic!("{other:?}"),
    }
    let now = alice.now();
    alice.machine_mut().ack(now, leg, None).unwrap();

    let now = alice.now();
    let info = alice
        .machine_mut()
        .request_in_dialog(now, leg, Method::Info, &[], None)
        .unwrap();
    match next(&mut alice).await {
        UserAgentEvent::Response {
            transaction,
            message,
            ..
        } => {
            assert_eq!(transaction, info);
            assert_eq!(message.message().status(), Some(StatusCode::OK));
        }
        other => panic!("{other:?}"),
    }

    let now = alice.now();
    alice
        .machine_mut()
        .reinvite(now, leg, &[], Some(OFFER))
        .unwrap();
    let again = next(&mut alice).await;
    assert!(
        matches!(again, UserAgentEvent::Accepted { usage, .. } if usage == leg),
        "{again:?}"
    );
    let now = alice.now();
    alice.machine_mut().ack(now, leg, None).unwrap();

    let now = alice.now();
    alice.machine_mut().bye(now, leg, &[]).unwrap();
    match next(&mut alice).await {
        UserAgentEvent::Ended {
            usage,
            cause: EndCause::ByeSent,
        } => assert_eq!(usage, leg),
        other => panic!("{other:?}"),
    }
    assert!(alice.machine().usage(leg).is_none());

    let (bob, story) = bob.await.unwrap();
    let expected = [
        "invited",
        "acknowledged",
        "asked",
        "reinvited",
        "acknowledged",
        "hung up",
    ];
    assert_eq!(story, expected);
    if transport == Transport::Tcp {
        // One connection carries the whole call, and nothing is ever sent twice over it.
        assert_eq!(alice.transports().statistics().opened, 1);
        assert_eq!(bob.transports().statistics().opened, 0);
        assert_eq!(bob.transports().statistics().accepted, 1);
        for agent in [alice.machine(), bob.machine()] {
            let statistics = agent.statistics();
            assert_eq!(statistics.repetitions_sent, 0);
            assert_eq!(statistics.repetitions_absorbed, 0);
        }
    }
    tokio::join!(alice.shutdown(), bob.shutdown());
}

async fn cancelled_call(transport: Transport) {
    let (mut alice, from) = on(transport, 1);
    let (bob, to) = on(transport, 2);
    let bob = callee(bob);
    let leg = call(&mut alice, FiveTuple::new(transport, from, to), "nobody");
    let ringing = next(&mut alice).await;
    assert!(
        matches!(ringing, UserAgentEvent::Progress { .. }),
        "{ringing:?}"
    );
    let now = alice.now();
    alice.machine_mut().cancel(now, leg).unwrap();
    match next(&mut alice).await {
        UserAgentEvent::Rejected {
            usage,
            cause: RejectCause::Response(message),
            ..
        } => {
            assert_eq!(usage, leg);
            let status = message.message().status();
            assert_eq!(status, Some(StatusCode::REQUEST_TERMINATED));
        }
        other => panic!("{other:?}"),
    }
    let (_bob, story) = bob.await.unwrap();
    assert_eq!(story, ["invited", "cancelled"]);
}

#[tokio::test]
async fn a_complete_call_over_udp() {
    complete_call(Transport::Udp).await;
}

#[tokio::test]
async fn a_complete_call_over_tcp() {
    complete_call(Transport::Tcp).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complete_call_on_several_threads() {
    complete_call(Transport::Udp).await;
    complete_call(Transport::Tcp).await;
}

#[tokio::test]
async fn a_call_cancelled_while_ringing() {
    cancelled_call(Transport::Udp).await;
    cancelled_call(Transport::Tcp).await;
}

#[tokio::test]
async fn a_call_to_where_nobody_listens_fails() {
    let (mut alice, from) = on(Transport::Tcp, 1);
    let (bob, to) = on(Transport::Tcp, 2);
    bob.shutdown().await;
    let leg = call(&mut alice, FiveTuple::tcp(from, to), "bob");
    match next(&mut alice).await {
        UserAgentEvent::Rejected {
            usage,
            cause: RejectCause::Transport,
            ..
        } => assert_eq!(usage, leg),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_observer_sees_all_traffic_with_its_paths() {
    let (mut alice, from) = on(Transport::Udp, 1);
    let (bob, to) = on(Transport::Udp, 2);
    let path = FiveTuple::udp(from, to);
    let (seeing, mut seen) = tokio::sync::mpsc::unbounded_channel();
    alice.observe(move |_, traffic| {
        let (way, path, data) = match traffic {
            Traffic::Received { path, data } => ("<", path, data),
            Traffic::Sent { path, data } => (">", path, data),
        };
        let line = data.split(|byte| *byte == b'\r').next().unwrap();
        let line = String::from_utf8_lossy(line).into_owned();
        seeing.send((path, format!("{way} {line}"))).unwrap();
    });
    let bob = callee(bob);
    let leg = call(&mut alice, path, "bob");
    next(&mut alice).await;
    next(&mut alice).await;
    let now = alice.now();
    alice.machine_mut().ack(now, leg, None).unwrap();
    let now = alice.now();
    alice.machine_mut().bye(now, leg, &[]).unwrap();
    next(&mut alice).await;
    bob.await.unwrap();
    drop(alice);
    let mut lines = Vec::new();
    while let Some((at, line)) = seen.recv().await {
        assert_eq!(at, path);
        lines.push(line);
    }
    let (target, contact) = (format!("sip:bob@{to};transport=UDP"), format!("sip:{to}"));
    let expected = [
        format!("> INVITE {target} SIP/2.0"),
        "< SIP/2.0 180 Ringing".to_owned(),
        "< SIP/2.0 200 OK".to_owned(),
        format!("> ACK {contact} SIP/2.0"),
        format!("> BYE {contact} SIP/2.0"),
        "< SIP/2.0 200 OK".to_owned(),
    ];
    assert_eq!(lines, expected);
}
