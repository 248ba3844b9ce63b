//! How packets are marked, seen from the peer.

use core::net::Ipv4Addr;
use std::io::IoSliceMut;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use trunkline_sans_io::EXPEDITED_FORWARDING;

use super::*;

/// A peer that is told how datagrams are marked.
fn peer() -> UdpSocket {
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    setsockopt(&peer, sockopt::IpRecvTos, &true).unwrap();
    peer
}

/// The field of the next datagram.
fn field(peer: &UdpSocket) -> u8 {
    let mut data = [0; 64];
    let mut parts = [IoSliceMut::new(&mut data)];
    let mut control = nix::cmsg_space!(u8);
    let message = recvmsg::<SockaddrIn>(
        peer.as_raw_fd(),
        &mut parts,
        Some(&mut control),
        MsgFlags::empty(),
    )
    .unwrap();
    let mut cmsgs = message.cmsgs().unwrap();
    let field = cmsgs.find_map(|control| match control {
        ControlMessageOwned::Ipv4Tos(field) => Some(field),
        _ => None,
    });
    field.unwrap()
}

/// A UDP port that was free a moment ago.
fn free_port() -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    socket.local_addr().unwrap().port()
}

/// P000-7, P000-32: by protocol and port, on a socket of one address and on one of all.
#[tokio::test]
async fn p000_32_datagrams_are_marked_by_the_port_they_leave_from() {
    let mut config = TransportsConfig::default();
    let [marked, wild, plain] = [(); 3].map(|()| free_port());
    config.dscp = [marked, wild]
        .map(|port| DscpRule::new(Transport::Udp, port..=port, EXPEDITED_FORWARDING))
        .into();
    config
        .dscp
        .push(DscpRule::new(Transport::Tcp, 0..=65_535, 8));
    let localhost = Ipv4Addr::LOCALHOST;
    let listeners = [
        (localhost, marked),
        (Ipv4Addr::UNSPECIFIED, wild),
        (localhost, plain),
    ]
    .map(|address| Listener::udp(address.into()));
    let mut transports = Transports::bind_with(&listeners, config).unwrap();
    let peer = peer();
    for (port, expected) in [(marked, 0xb8), (wild, 0xb8), (plain, 0)] {
        let local = (localhost, port).into();
        let path = FiveTuple::udp(local, peer.local_addr().unwrap());
        transports.send_datagram(path, Bytes::from_static(b"packet"));
        assert_eq!(field(&peer), expected);
    }
}

/// P000-32: "TCP 5060-5068" is about the listener, wherever the connection leads, and about the far port,
/// wherever it leaves from.
#[tokio::test]
async fn p000_32_connections_are_marked_by_the_listener_or_by_where_they_lead() {
    let listener = Listener::tcp((Ipv4Addr::LOCALHOST, 0).into());
    let mut transports = Transports::bind(&[listener]).unwrap();
    let listens = transports.local_addresses()[0].address.port();
    let at = |local, remote| {
        let localhost = Ipv4Addr::LOCALHOST;
        FiveTuple::tcp((localhost, local).into(), (localhost, remote).into())
    };
    let rule = |port, codepoint| DscpRule::new(Transport::Tcp, port..=port, codepoint);
    transports.config.dscp = vec![rule(5_060, 24), rule(listens, 46)];
    assert_eq!(transports.codepoint(at(listens, 5_060)), Some(46));
    assert_eq!(transports.codepoint(at(listens, 9)), Some(46));
    assert_eq!(transports.codepoint(at(0, 9)), Some(46));
    transports.config.dscp.truncate(1);
    assert_eq!(transports.codepoint(at(listens, 5_060)), Some(24));
    assert_eq!(transports.codepoint(at(listens, 9)), None);
}
