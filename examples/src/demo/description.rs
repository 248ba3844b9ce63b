//! The session descriptions of the demo's telephones: one audio stream, G.711.

use core::net::SocketAddr;
use std::io;

use trunkline_sdp_ice::{LocalOrigin, LocalStream, Mode, Sdp, StreamPolicy};

const POLICY: StreamPolicy<'static> = StreamPolicy::G711;

/// An offer of audio at `address`.
///
/// # Errors
///
/// When it does not fit.
pub fn offer(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut out = vec![0; 512];
    let streams = [LocalStream::new(POLICY, address.port())];
    let mut origin = LocalOrigin::new(u64::from(address.port()));
    let len = trunkline_sdp_ice::offer(&streams, address.ip(), &mut origin, &mut out)
        .map_err(io::Error::other)?;
    out.truncate(len);
    Ok(out)
}

/// The answer of a telephone at `address`, and where the offer wants its audio.
///
/// # Errors
///
/// When the offer has no audio that a telephone understands.
pub fn answer(offer: &[u8], address: SocketAddr) -> io::Result<(Vec<u8>, SocketAddr)> {
    let sdp = Sdp::parse(offer, Mode::Tolerant).map_err(io::Error::other)?;
    let mut out = vec![0; 512 + offer.len()];
    let streams = [LocalStream::new(POLICY, address.port())];
    let mut origin = LocalOrigin::new(u64::from(address.port()));
    let len = trunkline_sdp_ice::answer(&sdp, &streams, address.ip(), &mut origin, &mut out)
        .map_err(io::Error::other)?;
    out.truncate(len);
    Ok((out, remote(offer)?))
}

/// Where a description wants its audio.
///
/// # Errors
///
/// When it has none.
pub fn remote(description: &[u8]) -> io::Result<SocketAddr> {
    let sdp = Sdp::parse(description, Mode::Tolerant).map_err(io::Error::other)?;
    let stream = trunkline_sdp_ice::first_usable(&sdp, &POLICY).map_err(io::Error::other)?;
    stream
        .rtp
        .ok_or_else(|| io::Error::other("the description names no address"))
}
