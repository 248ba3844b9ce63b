//! Answers everybody who asks.

use core::convert::Infallible;
use std::io;
use std::vec;

use tokio::net::UdpSocket;
use trunkline_sans_io::FiveTuple;

use super::{RECEIVE_LEN, is_of_a_peer};
use crate::machines::{Answer, BindingServer, MAX_RESPONSE_LEN};

/// Answers Binding requests on a socket until the socket fails or the future is dropped, which
/// is how to stop it.
///
/// Nothing is kept of a request. When the system does not take a response at once, it is
/// waited for; requests that come meanwhile stay in the socket's own bounded buffer.
///
/// # Errors
///
/// What receiving returns when it is not about a single peer.
pub async fn serve(socket: &UdpSocket, server: &BindingServer<'_>) -> io::Result<Infallible> {
    let local = socket.local_addr()?;
    let mut request = [0; RECEIVE_LEN];
    let mut response = vec![0; MAX_RESPONSE_LEN];
    loop {
        let (len, remote) = match socket.recv_from(&mut request).await {
            Ok(received) => received,
            Err(error) if is_of_a_peer(&error) => continue,
            Err(error) => return Err(error),
        };
        let path = FiveTuple::udp(local, remote);
        let answer = match server.answer(path, &request[..len], &mut response) {
            Err(too_small) => {
                response.resize(too_small.needed, 0);
                server.answer(path, &request[..len], &mut response)
            }
            answer => answer,
        };
        if let Ok(Answer::Send(transmit)) = answer {
            // A response that is lost here is asked for again, like one lost on the way.
            let _ = socket.send_to(&response[..transmit.len], remote).await;
        }
    }
}
