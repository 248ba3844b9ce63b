//! One UDP socket that a program listens on and sends from.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::task::{Context, Poll, ready};
use std::io;

use bytes::Bytes;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use trunkline_sans_io::FiveTuple;

use super::{dscp, packet_info};

/// Room for the largest datagram there is.
pub(super) const LARGEST_DATAGRAM: usize = 65_535;

/// How often reading may fail in a row before the socket counts as broken. Single failures are
/// normal: they report an earlier datagram that could not be delivered.
const FAILURES_IN_A_ROW: u32 = 64;

/// A bound UDP socket and the datagrams that wait until it takes more.
#[derive(Debug)]
pub(super) struct UdpListener {
    socket: UdpSocket,
    bound: SocketAddr,
    /// The socket hears several local addresses, so that every datagram has to say which.
    wildcard: bool,
    waiting: VecDeque<(FiveTuple, Bytes)>,
    failures: u32,
}

/// Why a datagram was not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SendRefusal {
    /// The operating system refuses this datagram: no route, no such local address, too long.
    Failed,
    /// More datagrams wait already than the limit allows.
    QueueFull,
}

impl UdpListener {
    /// Binds `address`. An IPv6 socket hears IPv6 only.
    pub(super) fn bind(address: SocketAddr, receive_buffer: usize) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // The system may grant less; that is no reason to fail.
        let _ = socket.set_recv_buffer_size(receive_buffer);
        socket.set_nonblocking(true)?;
        let wildcard = address.ip().is_unspecified();
        if wildcard {
            packet_info::request(&socket, address)?;
        }
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let bound = socket.local_addr()?;
        Ok(Self {
            socket,
            bound,
            wildcard,
            waiting: VecDeque::new(),
            failures: 0,
        })
    }

    /// Marks all that it sends with a codepoint (RFC 2474).
    pub(super) fn mark(&self, codepoint: u8) -> io::Result<()> {
        dscp::mark(SockRef::from(&self.socket), self.bound, codepoint)
    }

    /// The address it is bound to, with the port that the system chose where none was asked for.
    pub(super) const fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// How well the socket suits a datagram from `local` to `remote`: the higher the better,
    /// `None` when it cannot carry it.
    pub(super) fn suitability(&self, local: SocketAddr, remote: SocketAddr) -> Option<u8> {
        if self.bound.is_ipv4() != remote.is_ipv4() {
            return None;
        }
        let port = local.port() == 0 || local.port() == self.bound.port();
        let exact = self.bound.ip() == local.ip();
        let address = exact || self.wildcard || local.ip().is_unspecified();
        (port && address).then_some(u8::from(exact))
    }

    /// Waits for a datagram and writes it to the front of `buf`.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(FiveTuple, usize)>> {
        loop {
            ready!(self.socket.poll_recv_ready(cx))?;
            let received = if self.wildcard {
                packet_info::receive(&self.socket, self.bound, buf)
            } else {
                let received = self.socket.try_recv_from(buf);
                received.map(|(len, remote)| (len, self.bound, remote))
            };
            match received {
                Ok((len, local, remote)) => {
                    self.failures = 0;
                    return Poll::Ready(Ok((FiveTuple::udp(local, remote), len)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    self.failures += 1;
                    if self.failures >= FAILURES_IN_A_ROW {
                        self.failures = 0;
                        return Poll::Ready(Err(error));
                    }
                }
            }
        }
    }

    /// Sends `data` along `path`, at once or, when the socket is full, from
    /// [`Self::poll_flush`].
    pub(super) fn send(
        &mut self,
        path: FiveTuple,
        data: Bytes,
        limit: usize,
    ) -> Result<(), SendRefusal> {
        if self.waiting.is_empty() {
            match self.send_now(path, &data) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Err(SendRefusal::Failed),
            }
        }
        if self.waiting.len() >= limit {
            return Err(SendRefusal::QueueFull);
        }
        self.waiting.push_back((path, data));
        Ok(())
    }

    /// Sends what waits, as far as the socket takes it; tells the path of a datagram that the
    /// system refuses.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<FiveTuple> {
        while let Some((path, data)) = self.waiting.front() {
            let path = *path;
            let Poll::Ready(Ok(())) = self.socket.poll_send_ready(cx) else {
                break;
            };
            let sent = self
                .socket
                .try_io(Interest::WRITABLE, || self.send_now(path, data));
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                sent => {
                    self.waiting.pop_front();
                    if sent.is_err() {
                        return Poll::Ready(path);
                    }
                }
            }
        }
        Poll::Pending
    }

    /// Sends straight to the operating system, whatever tokio knows of the socket: that knows
    /// nothing before the first wait.
    fn send_now(&self, path: FiveTuple, data: &[u8]) -> io::Result<()> {
        if self.wildcard && !path.local.ip().is_unspecified() {
            packet_info::send(&self.socket, path.local, path.remote, data)
        } else {
            SockRef::from(&self.socket)
                .send_to(data, &path.remote.into())
                .map(|_| ())
        }
    }
}

#[cfg(test)]
mod tests {
    use core::future::poll_fn;
    use core::time::Duration;

    use super::*;

    #[tokio::test]
    async fn datagrams_that_wait_go_out_in_order() {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut udp = UdpListener::bind(loopback, 65_536).unwrap();
        let peer = UdpSocket::bind(loopback).await.unwrap();
        let path = FiveTuple::udp(udp.bound(), peer.local_addr().unwrap());
        // As if the socket had been full.
        udp.waiting.push_back((path, Bytes::from_static(b"first")));
        let nowhere = FiveTuple::udp(udp.bound(), SocketAddr::from(([127, 0, 0, 1], 0)));
        udp.waiting
            .push_back((nowhere, Bytes::from_static(b"lost")));
        assert_eq!(udp.send(path, Bytes::from_static(b"second"), 3), Ok(()));
        let refused = udp.send(path, Bytes::from_static(b"third"), 3);
        assert_eq!(refused, Err(SendRefusal::QueueFull));

        let failed = poll_fn(|cx| udp.poll_flush(cx));
        let patience = Duration::from_secs(30);
        let failed = tokio::time::timeout(patience, failed).await.unwrap();
        assert_eq!(failed, nowhere);
        let mut buf = [0; 16];
        assert_eq!(peer.recv(&mut buf).await.unwrap(), 5);
        assert_eq!(&buf[..5], b"first");
        let more = poll_fn(|cx| Poll::Ready(udp.poll_flush(cx))).await;
        assert!(more.is_pending());
        assert_eq!(peer.recv(&mut buf).await.unwrap(), 6);
        assert_eq!(&buf[..6], b"second");
        assert!(udp.waiting.is_empty());
    }
}
