//! The port test on loopback sockets.

use core::net::Ipv4Addr;

use tokio::net::UdpSocket;
use trunkline_stun::tokio::{PortTestError, PortTestSockets, test_ports};
use trunkline_stun::{PortOutcome, PortTestConfig, PortTestFailure, TestedPorts};

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// C004-203: the ports of a range on the loopback interface; what is sent to those that somebody else has does not
/// get to the server.
#[tokio::test]
async fn c004_203_open_ports_are_reported() {
    let taken = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let port = taken.local_addr().expect("bound").port();
    let ports = TestedPorts::new(port.saturating_sub(20).max(1), port).expect("few");
    let sockets = PortTestSockets::bind(Ipv4Addr::LOCALHOST.into(), 0, ports).await;
    let sockets = sockets.expect("a control port");
    let control = sockets.control_addr().expect("bound");
    let closed = sockets.taken().to_vec();
    assert!(closed.contains(&port));
    tokio::spawn(sockets.serve([8; 32]));
    let test = test_ports(LOOPBACK, control, ports, [7; 32], PortTestConfig::DEFAULT).await;
    let test = test.expect("a server");
    for port in ports.range() {
        let expected = match closed.contains(&port) {
            true => PortOutcome::ClosedToServer,
            false => PortOutcome::Open,
        };
        assert_eq!(test.outcome(port), expected, "{port}");
    }
    assert_eq!(test.port_kept(), Some(true));
}

/// C004-245: a server that does not answer.
#[tokio::test(start_paused = true)]
async fn a_silent_control_port_is_told() {
    let silent = UdpSocket::bind(LOOPBACK).await.expect("a socket");
    let control = silent.local_addr().expect("bound");
    let ports = TestedPorts::new(30_000, 33_000).expect("few");
    let test = test_ports(LOOPBACK, control, ports, [7; 32], PortTestConfig::DEFAULT).await;
    let failed = matches!(test, Err(PortTestError::Failed(PortTestFailure::NoServer)));
    assert!(failed, "{test:?}");
}
