//! Many datagrams by one call of the system, where it has such a call: half of what a small
//! datagram costs is the way into the system and back.

use core::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{
    ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg,
};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// The most datagrams of one call.
pub(super) const MOST: usize = 32;

const NO_CONTROL: [ControlMessage<'static>; 0] = [];

/// A datagram that was received, or is to be sent.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    pub(super) len: usize,
    pub(super) remote: SocketAddr,
}

/// Receives what is there into the buffers, as far as they reach, without waiting. Tells how many there
/// are; whose address cannot be read is left out of `envelopes` by `None`.
pub(super) fn receive<const N: usize>(
    socket: &UdpSocket,
    buffers: &mut [[u8; N]; MOST],
    envelopes: &mut [Option<Envelope>; MOST],
) -> io::Result<usize> {
    socket.try_io(Interest::READABLE, || {
        // What it holds must not be held while others run, hence it is not kept.
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(MOST, None);
        let mut slices = buffers.each_mut().map(|buffer| [IoSliceMut::new(buffer)]);
        let flags = MsgFlags::MSG_DONTWAIT;
        let fd = socket.as_raw_fd();
        let received = recvmmsg(fd, &mut headers, slices.iter_mut(), flags, None)?;
        let mut count = 0;
        for (place, datagram) in envelopes.iter_mut().zip(received) {
            let remote = datagram
                .address
                .and_then(|address| socket_address(&address));
            let len = datagram.bytes;
            *place = remote.map(|remote| Envelope { len, remote });
            count += 1;
        }
        Ok(count)
    })
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().copied().map(SocketAddrV4::from);
    let v6 = address.as_sockaddr_in6().copied().map(SocketAddrV6::from);
    v4.map(SocketAddr::V4).or_else(|| v6.map(SocketAddr::V6))
}

/// Sends the beginnings of the buffers without waiting, as many as the system takes, and tells how
/// many these were.
pub(super) fn send(
    socket: &UdpSocket,
    buffers: &[impl AsRef<[u8]>],
    envelopes: &[Envelope],
) -> io::Result<usize> {
    socket.try_io(Interest::WRITABLE, || {
        let count = envelopes.len().min(MOST);
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(count, None);
        let mut slices = [[IoSlice::new(&[])]; MOST];
        let mut remotes = [None; MOST];
        let places = slices.iter_mut().zip(&mut remotes);
        for ((slice, remote), (buffer, envelope)) in places.zip(buffers.iter().zip(envelopes)) {
            let octets = buffer.as_ref().get(..envelope.len).unwrap_or_default();
            *slice = [IoSlice::new(octets)];
            *remote = Some(SockaddrStorage::from(envelope.remote));
        }
        let sent = sendmmsg(
            socket.as_raw_fd(),
            &mut headers,
            &slices[..count],
            &remotes[..count],
            NO_CONTROL,
            MsgFlags::MSG_DONTWAIT,
        )?;
        Ok(sent.count())
    })
}
