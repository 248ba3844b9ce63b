//! The local address of a datagram on a socket that is bound to all of them (RFC 3542 section 6
//! and its IPv4 likeness).

pub(super) use platform::{receive, request, send};

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
mod platform {
    use alloc::vec;
    use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
    use std::io::{self, IoSlice, IoSliceMut};
    use std::os::fd::{AsFd, AsRawFd, RawFd};

    use nix::libc;
    use nix::sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, recvmsg, sendmsg,
        setsockopt, sockopt,
    };
    use tokio::io::Interest;
    use tokio::net::UdpSocket;

    /// Asks the system to tell the local address with every datagram.
    pub(in super::super) fn request(socket: &impl AsFd, bound: SocketAddr) -> io::Result<()> {
        if bound.is_ipv4() {
            setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?;
        } else {
            setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?;
        }
        Ok(())
    }

    /// Reads one datagram if there is one: its length, the local and the remote address.
    pub(in super::super) fn receive(
        socket: &UdpSocket,
        bound: SocketAddr,
        buf: &mut [u8],
    ) -> io::Result<(usize, SocketAddr, SocketAddr)> {
        socket.try_io(Interest::READABLE, || {
            receive_message(socket.as_raw_fd(), bound, buf)
        })
    }

    fn receive_message(
        socket: RawFd,
        bound: SocketAddr,
        buf: &mut [u8],
    ) -> io::Result<(usize, SocketAddr, SocketAddr)> {
        let mut control = nix::cmsg_space!(libc::in6_pktinfo);
        let mut parts = [IoSliceMut::new(buf)];
        let flags = MsgFlags::MSG_DONTWAIT;
        let mut local = bound;
        if bound.is_ipv4() {
            let message = recvmsg::<SockaddrIn>(socket, &mut parts, Some(&mut control), flags)?;
            for control in message.cmsgs()? {
                if let ControlMessageOwned::Ipv4PacketInfo(info) = control {
                    // Not `ipi_addr`: that one may be a broadcast address.
                    let ip = Ipv4Addr::from(info.ipi_spec_dst.s_addr.to_ne_bytes());
                    local = SocketAddrV4::new(ip, bound.port()).into();
                }
            }
            let remote = message.address.ok_or(io::ErrorKind::InvalidData)?;
            Ok((message.bytes, local, remote.into()))
        } else {
            let message = recvmsg::<SockaddrIn6>(socket, &mut parts, Some(&mut control), flags)?;
            for control in message.cmsgs()? {
                if let ControlMessageOwned::Ipv6PacketInfo(info) = control {
                    let ip = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                    let scope = if ip.is_unicast_link_local() {
                        info.ipi6_ifindex
                    } else {
                        0
                    };
                    // An answer cannot leave from a group address: let the system choose.
                    if !ip.is_multicast() {
                        local = SocketAddrV6::new(ip, bound.port(), 0, scope).into();
                    }
                }
            }
            let remote = message.address.ok_or(io::ErrorKind::InvalidData)?;
            Ok((message.bytes, local, remote.into()))
        }
    }

    /// Sends one datagram from the local address `from` if the socket takes it now.
    pub(in super::super) fn send(
        socket: &UdpSocket,
        from: SocketAddr,
        remote: SocketAddr,
        data: &[u8],
    ) -> io::Result<()> {
        let parts = [IoSlice::new(data)];
        let (socket, flags) = (socket.as_raw_fd(), MsgFlags::MSG_DONTWAIT);
        match (from.ip(), remote) {
            (IpAddr::V4(ip), SocketAddr::V4(remote)) => {
                let info = libc::in_pktinfo {
                    ipi_ifindex: 0,
                    ipi_spec_dst: libc::in_addr {
                        s_addr: u32::from_ne_bytes(ip.octets()),
                    },
                    ipi_addr: libc::in_addr { s_addr: 0 },
                };
                let control = [ControlMessage::Ipv4PacketInfo(&info)];
                sendmsg(
                    socket,
                    &parts,
                    &control,
                    flags,
                    Some(&SockaddrIn::from(remote)),
                )?;
            }
            (IpAddr::V6(ip), SocketAddr::V6(remote)) => {
                let scope = match from {
                    SocketAddr::V6(from) => from.scope_id(),
                    SocketAddr::V4(_) => 0,
                };
                let info = libc::in6_pktinfo {
                    ipi6_addr: libc::in6_addr {
                        s6_addr: ip.octets(),
                    },
                    ipi6_ifindex: scope,
                };
                let control = [ControlMessage::Ipv6PacketInfo(&info)];
                sendmsg(
                    socket,
                    &parts,
                    &control,
                    flags,
                    Some(&SockaddrIn6::from(remote)),
                )?;
            }
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        }
        Ok(())
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
mod platform {
    //! Here the local address stays unknown: the path tells the wildcard address, and the system
    //! chooses the one to send from.

    use core::net::SocketAddr;
    use std::io;

    use socket2::{SockRef, Socket};
    use tokio::net::UdpSocket;

    pub(in super::super) fn request(_: &Socket, _: SocketAddr) -> io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn receive(
        socket: &UdpSocket,
        bound: SocketAddr,
        buf: &mut [u8],
    ) -> io::Result<(usize, SocketAddr, SocketAddr)> {
        let (len, remote) = socket.try_recv_from(buf)?;
        Ok((len, bound, remote))
    }

    pub(in super::super) fn send(
        socket: &UdpSocket,
        _from: SocketAddr,
        remote: SocketAddr,
        data: &[u8],
    ) -> io::Result<()> {
        SockRef::from(socket)
            .send_to(data, &remote.into())
            .map(|_| ())
    }
}
