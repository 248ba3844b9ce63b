//! The mark on the packets of a socket (RFC 2474).

use core::net::SocketAddr;
use std::io;

use socket2::SockRef;

/// Marks all packets of a socket of the family of `address` with a codepoint. The two bits beside it are those
/// of congestion notification (RFC 3168), which are not ours.
pub(super) fn mark(socket: SockRef<'_>, address: SocketAddr, codepoint: u8) -> io::Result<()> {
    let field = u32::from(codepoint) << 2;
    if address.is_ipv4() {
        socket.set_tos_v4(field)
    } else {
        #[cfg(unix)]
        return socket.set_tclass_v6(field);
        #[cfg(not(unix))]
        return Err(io::ErrorKind::Unsupported.into());
    }
}
