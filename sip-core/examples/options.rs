//! Answers OPTIONS over UDP with 200, and everything else with 405: a transaction layer on a blocking
//! socket of the standard library.
//!
//! ```text
//! cargo run -p trunkline-sip-core --example options -- 127.0.0.1:5060
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::ErrorKind;
use std::net::UdpSocket;

use trunkline_sip_core::bytes::Bytes;
use trunkline_sip_core::sans_io::{Clock, FiveTuple};
use trunkline_sip_core::{
    LayerConfig, LayerEvent, MessageWriter, Method, OwnedMessage, StatusCode, TransactionLayer,
};

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:5060".to_owned());
    let address: SocketAddr = address.parse()?;
    let socket = UdpSocket::bind(address)?;
    let clock = Clock::new();
    let mut config = LayerConfig::default();
    // There is only this one socket.
    config.move_large_requests_to_tcp = false;
    // A program on the network draws this from the system's randomness.
    let mut layer = TransactionLayer::new(config, [7; 32]);
    let mut buffer = vec![0; 65_536];
    loop {
        while let Some(event) = layer.poll_event() {
            if let LayerEvent::Request {
                transaction,
                message,
                ..
            } = event
                && let Err(error) = layer.respond(clock.now(), transaction, answer(&message))
            {
                eprintln!("{error}");
            }
        }
        while let Some((transmit, message)) = layer.poll_transmit_bytes(clock.now()) {
            if let Err(error) = socket.send_to(&message, transmit.path.remote) {
                eprintln!("{}: {error}", transmit.path.remote);
            }
        }
        // The read waits until something comes or a timer is due; a time-out of zero is none.
        let wait = layer
            .poll_timeout()
            .map(|due| (due - clock.now()).max(Duration::from_millis(1)));
        socket.set_read_timeout(wait)?;
        match socket.recv_from(&mut buffer) {
            Ok((len, remote)) => {
                let path = FiveTuple::udp(address, remote);
                let _ = layer.handle_datagram(clock.now(), path, &buffer[..len]);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => eprintln!("{error}"),
        }
        layer.handle_timeout(clock.now());
    }
}

fn answer(request: &OwnedMessage) -> Bytes {
    let request = request.message();
    let status = match request.method() {
        Some(Method::Options) => StatusCode::OK,
        _ => StatusCode::METHOD_NOT_ALLOWED,
    };
    let mut buffer = vec![0; 65_536];
    // What does not fit is refused by the layer as malformed, and told above.
    let len = MessageWriter::response_to(&mut buffer, &request, status, "", Some("options"))
        .header("Allow", "OPTIONS")
        .finish()
        .unwrap_or(0);
    buffer.truncate(len);
    buffer.into()
}
