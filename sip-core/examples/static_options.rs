//! Asks a SIP host whether it is there, as a device without an allocator does: request and response are in
//! one static, the transaction is plain data on the stack.
//!
//! ```text
//! cargo run -p trunkline-sip-core --no-default-features --example static_options -- 192.0.2.5:5060
//! ```
//!
//! sends OPTIONS over UDP, repeats it as RFC 3261 section 17.1.2 wants it, and prints the answer. Without an
//! address it asks a host of its own, which does not hear the first request:
//!
//! ```text
//! 127.0.0.1:40263 answers 200 OK to request 2, 0 allocations
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::Mutex;
use std::thread;

use trunkline_sip_core::header::{CSeq, Via};
use trunkline_sip_core::sans_io::{Clock, FiveTuple};
use trunkline_sip_core::{
    ClientNonInvite, HeaderSpan, Message, MessageWriter, Method, Reaction, StatusCode, Timers,
    TransactionEvent, write_response_to,
};
use trunkline_testkit::count_allocations;

/// Random in a program on the network, and another one for each request.
const BRANCH: &str = "z9hG4bK776asdhds";

struct Device {
    request: [u8; 512],
    /// What is being sent, then what was received.
    datagram: [u8; 1_500],
}

static DEVICE: Mutex<Device> = Mutex::new(Device {
    request: [0; 512],
    datagram: [0; 1_500],
});

fn main() -> Result<(), Box<dyn Error>> {
    let (host, local) = match std::env::args().nth(1) {
        Some(text) => {
            let host: SocketAddr = text.parse().map_err(|error| format!("{text}: {error}"))?;
            (
                host,
                if host.is_ipv4() {
                    "0.0.0.0:0"
                } else {
                    "[::]:0"
                },
            )
        }
        None => (own_host()?, "127.0.0.1:0"),
    };
    let socket = UdpSocket::bind(local)?;
    // Chooses the local address that leads there, for Via.
    socket.connect(host)?;
    let mut device = DEVICE.lock().map_err(|_| "another thread has panicked")?;
    let (outcome, allocations) = count_allocations(|| ask(&mut device, &socket, host));
    let (status, requests) = outcome?;
    assert_eq!(allocations.count, 0);
    let reason = status.default_reason();
    println!("{host} answers {status} {reason} to request {requests}, 0 allocations");
    Ok(())
}

/// The status of the answer, and how many requests it took. Only an error allocates.
fn ask(
    device: &mut Device,
    socket: &UdpSocket,
    host: SocketAddr,
) -> Result<(StatusCode, u32), Box<dyn Error>> {
    let Device { request, datagram } = device;
    let path = FiveTuple::udp(socket.local_addr()?, host);
    let len = write_options(path, request)?;
    let (clock, timers) = (Clock::new(), Timers::RFC);
    let mut transaction = ClientNonInvite::new(clock.now(), path.into(), &request[..len], &timers);
    let mut requests = 0;
    loop {
        while let Some(transmit) = transaction.poll_transmit(clock.now(), datagram)? {
            requests += 1;
            match socket.send(&datagram[..transmit.len]) {
                Ok(_) => {}
                Err(_) => transaction.handle_send_failed(),
            }
        }
        if let Some(TransactionEvent::Failed(reason)) = transaction.poll_event() {
            return Err(reason.into());
        }
        // The read waits until something comes or a timer is due; a time-out of zero is none.
        let wait = transaction
            .poll_timeout()
            .map(|due| (due - clock.now()).max(Duration::from_millis(1)));
        socket.set_read_timeout(wait)?;
        match socket.recv(datagram) {
            Ok(len) => {
                if let Some(status) = status_of_answer(&datagram[..len]) {
                    let reaction = transaction.handle_response(clock.now(), &timers, status);
                    if reaction == Reaction::Deliver && !status.is_provisional() {
                        return Ok((status, requests));
                    }
                }
            }
            // Nobody listens there, or not yet: the next request may find somebody.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ConnectionRefused
                ) => {}
            Err(error) => return Err(error.into()),
        }
        transaction.handle_timeout(clock.now(), &timers);
    }
}

fn write_options(path: FiveTuple, buffer: &mut [u8]) -> Result<usize, Box<dyn Error>> {
    let FiveTuple { local, remote, .. } = path;
    let mut uri = [0; 64];
    let room = uri.len();
    let mut rest = &mut uri[..];
    io::Write::write_fmt(&mut rest, format_args!("sip:{remote}"))?;
    let len = room - rest.len();
    let uri = str::from_utf8(&uri[..len])?;
    let via = format_args!("SIP/2.0/UDP {local};rport;branch={BRANCH}");
    let len = MessageWriter::request(buffer, Method::Options, uri)
        .header("Via", via)
        .header("Max-Forwards", "70")
        .header("From", "<sip:device@device.invalid>;tag=8a7b6c5d")
        .header("To", format_args!("<{uri}>"))
        .header("Call-ID", "3f2a9c71b0e44")
        .header("CSeq", "1 OPTIONS")
        .finish()?;
    Ok(len)
}

/// The status of a response to our request; `None` for anything else (RFC 3261 section 17.1.3).
fn status_of_answer(datagram: &[u8]) -> Option<StatusCode> {
    let mut index = [HeaderSpan::default(); 32];
    let response = Message::parse(datagram, &mut index).ok()?;
    let via: Via<'_> = response.require().ok()?;
    let cseq: CSeq<'_> = response.require().ok()?;
    let ours = via.branch == Some(BRANCH) && cseq.method == Method::Options;
    response.status().filter(|_| ours)
}

/// A host that answers each request but the first.
fn own_host() -> io::Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let local = socket.local_addr()?;
    thread::spawn(move || {
        let (mut request, mut response) = ([0; 1_500], [0; 1_500]);
        let _ = socket.recv_from(&mut request);
        while let Ok((len, remote)) = socket.recv_from(&mut request) {
            let mut index = [HeaderSpan::default(); 32];
            let Ok(request) = Message::parse(&request[..len], &mut index) else {
                continue;
            };
            let ok = StatusCode::OK;
            if let Ok(len) = write_response_to(&request, ok, "", Some("host"), &mut response) {
                let _ = socket.send_to(&response[..len], remote);
            }
        }
    });
    Ok(local)
}
