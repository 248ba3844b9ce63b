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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::net::TcpStream;

    use super::super::connection::open;
    use super::super::listener::listen;
    use super::*;

    /// P000-7: 46, as the operating system counts it.
    const EXPEDITED: u32 = 0xb8;

    fn field(socket: SockRef<'_>, address: SocketAddr) -> u32 {
        let field = if address.is_ipv4() {
            socket.tos_v4()
        } else {
            socket.tclass_v6()
        };
        field.unwrap()
    }

    /// P000-7: the connections that a listener accepts are marked before their first packet.
    #[tokio::test]
    async fn p000_7_accepted_connections_have_the_mark_of_their_listener() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = listen(address.parse().unwrap()).unwrap();
            let at = listener.local_addr().unwrap();
            assert_eq!(field(SockRef::from(&listener), at), 0);
            mark(SockRef::from(&listener), at, 46).unwrap();
            assert_eq!(field(SockRef::from(&listener), at), EXPEDITED);
            let _peer = TcpStream::connect(at).await.unwrap();
            let (accepted, _) = listener.accept().await.unwrap();
            assert_eq!(field(SockRef::from(&accepted), at), EXPEDITED, "{address}");
        }
    }

    #[tokio::test]
    async fn p000_7_opened_connections_are_marked() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let from = address.parse().unwrap();
            let listener = listen(from).unwrap();
            let at = listener.local_addr().unwrap();
            for (codepoint, expected) in [(Some(46), EXPEDITED), (None, 0)] {
                let opened = open(from, at, codepoint).await.unwrap();
                assert_eq!(field(SockRef::from(&opened), at), expected, "{address}");
            }
        }
    }
}
