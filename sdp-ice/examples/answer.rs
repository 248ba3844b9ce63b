//! Answers an SDP offer, and rewrites it for the far side of a media relay.
//!
//! ```text
//! cargo run -p trunkline-sdp-ice --example answer                       # an offer of its own
//! cargo run -p trunkline-sdp-ice --example answer -- offer.sdp
//! cargo run -p trunkline-sdp-ice --example answer -- - < offer.sdp      # from standard input
//! ```
//!
//! Prints what the offer says, what an end point at 192.0.2.20 answers that speaks G.711, and the offer as
//! a relay at 203.0.113.1 sends it on.

use core::error::Error;
use core::net::{IpAddr, Ipv4Addr};
use std::io::{self, Read};
use std::process::ExitCode;

use trunkline_sdp_ice::{
    LocalOrigin, LocalStream, Mode, RelayAddress, Sdp, StreamPolicy, answer, describe,
    first_usable, relay,
};

/// Audio in three codecs, on hold, and video.
const OWN: &str = "v=0\r\n\
    o=alice 2890844526 2890844526 IN IP4 10.0.0.1\r\n\
    s=-\r\n\
    c=IN IP4 10.0.0.1\r\n\
    t=0 0\r\n\
    m=audio 49170 RTP/AVP 9 8 0 101\r\n\
    a=rtpmap:9 G722/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=sendonly\r\n\
    a=x-unknown:kept\r\n\
    m=video 51372 RTP/AVP 99\r\n\
    a=rtpmap:99 H264/90000\r\n";

const END_POINT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 20));
const RELAY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let text = match argument.as_deref() {
        None => OWN.as_bytes().to_vec(),
        Some("-") => {
            let mut text = Vec::new();
            io::stdin().read_to_end(&mut text)?;
            text
        }
        Some(file) => std::fs::read(file).map_err(|error| format!("{file}: {error}"))?,
    };
    let offer = Sdp::parse(&text, Mode::Tolerant)?;

    println!("The offer:");
    for (index, media) in offer.media().enumerate() {
        match describe(&media, &StreamPolicy::G711) {
            Ok(stream) => {
                let rtp = stream.rtp.map(|rtp| rtp.to_string());
                let rtp = rtp.as_deref().unwrap_or("a host");
                let hold = if stream.is_hold() { ", on hold" } else { "" };
                println!(
                    "  stream {index}: payload type {} to {rtp}{hold}",
                    stream.payload_type
                );
            }
            Err(reason) => println!("  stream {index}: not for us, {reason}"),
        }
    }

    let mut buffer = vec![0; 2 * text.len() + 1_000];
    // Session ids are to be unique: a program draws them at random.
    let mut origin = LocalOrigin::new(1);
    let audio = LocalStream::new(StreamPolicy::G711, 5_004);
    let len = answer(&offer, &[audio], END_POINT, &mut origin, &mut buffer)?;
    let answered = Sdp::parse(&buffer[..len], Mode::Strict)?;
    println!("\nThe answer:\n{}", String::from_utf8_lossy(&buffer[..len]));
    // Each stream of the offer has its place in the answer (RFC 3264 section 6).
    assert_eq!(answered.media().count(), offer.media().count());
    let ours = first_usable(&answered, &StreamPolicy::G711)?;
    assert_eq!(ours.rtp, Some((END_POINT, 5_004).into()));

    // One pair of ports for each stream; a stream without is refused.
    let ports = (30_000..40_000).step_by(2);
    let relays: Vec<_> = ports
        .zip(offer.media())
        .map(|(rtp_port, _)| RelayAddress {
            address: RELAY,
            rtp_port,
            rtcp_port: rtp_port + 1,
        })
        .map(Some)
        .collect();
    let mut origin = LocalOrigin::new(2);
    let len = relay(
        &offer,
        &StreamPolicy::G711,
        &relays,
        &mut origin,
        &mut buffer,
    )?;
    let text = String::from_utf8_lossy(&buffer[..len]);
    println!("The offer as the relay sends it on:\n{text}");
    let onward = Sdp::parse(&buffer[..len], Mode::Tolerant)?;
    let there = first_usable(&onward, &StreamPolicy::G711)?;
    assert_eq!(there.rtp.map(|rtp| rtp.ip()), Some(RELAY));
    Ok(())
}
