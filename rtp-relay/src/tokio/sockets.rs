//! The sockets of one leg.

use core::net::SocketAddr;
use std::io;
use std::net::UdpSocket;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use trunkline_sans_io::{DscpRule, Transport};

use crate::machines::{Component, LegAddresses};
use crate::tokio::RelayError;

/// A bound socket, and the peer that it is connected to.
#[derive(Debug)]
pub(super) struct MediaSocket {
    pub(super) socket: UdpSocket,
    connected: Option<SocketAddr>,
}

impl MediaSocket {
    /// Without address reuse, so that a port that anybody has is noticed.
    fn bind(address: SocketAddr, dscp: &[DscpRule]) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        socket.set_nonblocking(true)?;
        let traffic_class = DscpRule::find(dscp, Transport::Udp, address.port());
        let traffic_class = traffic_class.map(|codepoint| u32::from(codepoint) << 2);
        if address.is_ipv6() {
            // Or sources come as IPv4-mapped addresses, which signalling does not know.
            socket.set_only_v6(true)?;
            if let Some(class) = traffic_class {
                socket.set_tclass_v6(class)?;
            }
        } else if let Some(class) = traffic_class {
            socket.set_tos_v4(class)?;
        }
        socket.bind(&address.into())?;
        Ok(Self {
            socket: socket.into(),
            connected: None,
        })
    }

    /// Whether the datagram went out.
    pub(super) fn send(&self, datagram: &[u8], destination: SocketAddr) -> bool {
        let send = || match self.connected {
            Some(peer) if peer == destination => self.socket.send(datagram),
            _ => self.socket.send_to(datagram, destination),
        };
        match send() {
            Ok(_) => true,
            // That an earlier datagram was refused, to this peer or the one connected before, is
            // told once, instead of sending this one.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => send().is_ok(),
            Err(_) => false,
        }
    }

    pub(super) const fn is_connected(&self) -> bool {
        self.connected.is_some()
    }

    /// Leaves the socket as it was when the system refuses.
    pub(super) fn connect(&mut self, peer: SocketAddr) {
        if self.socket.connect(peer).is_ok() {
            self.connected = Some(peer);
        }
    }

    /// Takes packets from everywhere again.
    fn disconnect(&mut self) {
        if self.connected.take().is_some() {
            // Fails only where there is nothing to undo.
            let _ = rustix::net::connect_unspec(&self.socket);
        }
    }
}

/// The two sockets of a leg.
#[derive(Debug)]
pub(super) struct LegSockets([MediaSocket; 2]);

impl LegSockets {
    pub(super) fn bind(addresses: LegAddresses, dscp: &[DscpRule]) -> io::Result<Self> {
        Ok(Self([
            MediaSocket::bind(addresses.rtp, dscp)?,
            MediaSocket::bind(addresses.rtcp, dscp)?,
        ]))
    }

    pub(super) const fn component(&self, component: Component) -> &MediaSocket {
        &self.0[component.index()]
    }

    pub(super) const fn component_mut(&mut self, component: Component) -> &mut MediaSocket {
        &mut self.0[component.index()]
    }

    pub(super) fn disconnect(&mut self) {
        for socket in &mut self.0 {
            socket.disconnect();
        }
    }
}

/// What a failure to make a socket means to the caller.
pub(super) fn bind_error(error: &io::Error) -> RelayError {
    let exhausted = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOBUFS,
        Errno::NOMEM,
        Errno::NOSPC,
    ];
    match error.raw_os_error() {
        Some(code) if exhausted.iter().any(|errno| errno.raw_os_error() == code) => {
            RelayError::SocketsExhausted
        }
        _ => RelayError::Bind(error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::IpAddr;

    /// The mark of the sockets of a leg at a port and the one above.
    fn marks(ip: IpAddr, rtp: u16, table: &[DscpRule]) -> [u32; 2] {
        let addresses = LegAddresses {
            rtp: SocketAddr::new(ip, rtp),
            rtcp: SocketAddr::new(ip, rtp + 1),
        };
        let sockets = LegSockets::bind(addresses, table).unwrap();
        Component::BOTH.map(|component| {
            let socket = socket2::SockRef::from(&sockets.component(component).socket);
            let mark = match ip {
                IpAddr::V4(_) => socket.tos_v4(),
                IpAddr::V6(_) => socket.tclass_v6(),
            };
            mark.unwrap()
        })
    }

    /// P000-7, P000-14, P000-21, P000-32.
    #[test]
    fn sockets_are_marked_by_their_port() {
        let media = DscpRule::new(Transport::Udp, 49_152..=57_500, 46);
        let signalling = DscpRule::new(Transport::Tcp, 0..=u16::MAX, 24);
        let table = [signalling, media];
        let v4 = IpAddr::from([127, 83, 40, 1]);
        // A host without IPv6 has nothing to show there.
        let v6 = IpAddr::from(core::net::Ipv6Addr::LOCALHOST);
        let hosts = [v4, v6].into_iter();
        for ip in hosts.filter(|ip| UdpSocket::bind((*ip, 0)).is_ok()) {
            assert_eq!(marks(ip, 49_152, &table), [0xb8, 0xb8]);
            assert_eq!(marks(ip, 57_498, &table), [0xb8, 0xb8]);
            assert_eq!(marks(ip, 57_500, &table), [0xb8, 0]);
            assert_eq!(marks(ip, 49_150, &table), [0, 0]);
            assert_eq!(marks(ip, 49_152, &[signalling]), [0, 0]);
            // Marking is off.
            assert_eq!(marks(ip, 49_152, &[]), [0, 0]);
            // Only six bits count.
            let cut = DscpRule::new(Transport::Udp, 0..=u16::MAX, 0x40);
            assert_eq!(marks(ip, 49_152, &[cut]), [0, 0]);
        }
    }

    #[test]
    fn a_peer_that_is_gone_costs_the_next_one_nothing() {
        let [gone, next] = [(); 2].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
        let address = gone.local_addr().unwrap();
        drop(gone);
        let mut socket = MediaSocket::bind("127.0.0.1:0".parse().unwrap(), &[]).unwrap();
        socket.connect(address);
        // Nobody is there any more, as the system finds out with the first datagram.
        assert!(socket.send(b"1", address));
        socket.disconnect();
        assert!(socket.send(b"2", next.local_addr().unwrap()));
        assert_eq!(next.recv(&mut [0; 8]).unwrap(), 1);
    }

    #[test]
    fn a_taken_port_is_noticed() {
        let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let error = MediaSocket::bind(address, &[]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}
