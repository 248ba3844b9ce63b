//! Answers OPTIONS over UDP with 200, and everything else with 405: a transaction layer on a blocking
//! socket of the standard library.
//!
//! ```text
//! cargo run -p trunkline-sip-core --example options -- 192.0.2.1:5060
//! ```
//!
//! Without an address it answers a host of its own on the loopback interface, and ends:
//!
//! ```text
//! answering OPTIONS on 127.0.0.1:53816
//! SIP/2.0 200 OK
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::thread;

use trunkline_sip_core::bytes::Bytes;
use trunkline_sip_core::sans_io::{Clock, FiveTuple};
use trunkline_sip_core::{
    LayerConfig, LayerEvent, MessageWriter, Method, OwnedMessage, StatusCode, TransactionLayer,
};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let text = argument.as_deref().unwrap_or("127.0.0.1:0");
    let address: SocketAddr = text.parse().map_err(|error| format!("{text}: {error}"))?;
    let socket = UdpSocket::bind(address).map_err(|error| format!("{text}: {error}"))?;
    let address = socket.local_addr()?;
    println!("answering OPTIONS on {address}");
    if argument.is_none() {
        let served = socket.try_clone()?;
        thread::spawn(move || serve(&served, address).map_err(|error| error.to_string()));
        return ask(address);
    }
    serve(&socket, address)
}

fn serve(socket: &UdpSocket, address: SocketAddr) -> Result<(), Box<dyn Error>> {
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

/// Asks `host`, and prints how it answers.
fn ask(host: SocketAddr) -> Result<(), Box<dyn Error>> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let local = socket.local_addr()?;
    let request = format!(
        "OPTIONS sip:{host} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {local};rport;branch=z9hG4bK776asdhds\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:probe@example.com>;tag=8a7b6c5d\r\n\
         To: <sip:{host}>\r\n\
         Call-ID: 3f2a9c71b0e44\r\n\
         CSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    );
    socket.send_to(request.as_bytes(), host)?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut buffer = [0; 1_500];
    let (len, _) = socket.recv_from(&mut buffer)?;
    let answer = String::from_utf8_lossy(&buffer[..len]);
    let status = answer.lines().next().unwrap_or_default();
    println!("{status}");
    assert_eq!(status, "SIP/2.0 200 OK");
    Ok(())
}
