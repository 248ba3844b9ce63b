//! `rtc-rtp`: owned packets over `Bytes`, as they come from its sockets; the payload is shared, not copied.

use core::hint::black_box;

use bytes::Bytes;
use rtc_rtp::packet::Packet;
use rtc_shared::marshal::Unmarshal as _;

use super::{Header, PACKET};
use crate::facts::Refused;
use crate::suite::Operation;

static OCTETS: [u8; PACKET.len()] = PACKET;

fn read(rtp: &Packet) -> Header<&[u8]> {
    Header {
        marker: rtp.header.marker,
        payload_type: rtp.header.payload_type,
        sequence_number: rtp.header.sequence_number,
        timestamp: rtp.header.timestamp,
        ssrc: rtp.header.ssrc,
        payload: &rtp.payload,
    }
}

pub(super) fn parse(operation: &mut Operation) {
    let datagram = Bytes::copy_from_slice(&OCTETS);
    operation.peer(
        "rtc-rtp",
        || {
            let mut datagram = Bytes::from_static(&OCTETS);
            let rtp = Packet::unmarshal(&mut datagram).map_err(Refused::because)?;
            Ok(read(&rtp).facts(&rtp.header.csrc))
        },
        move || {
            let rtp = Packet::unmarshal(&mut black_box(&datagram).clone()).expect("RTP");
            black_box(read(&rtp));
            rtp
        },
    );
}
