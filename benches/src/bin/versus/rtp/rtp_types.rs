//! `rtp-types`: a view.

use core::hint::black_box;

use rtp_types::RtpPacket;

use super::{Header, PACKET};
use crate::facts::Refused;
use crate::suite::Operation;

fn read<'a>(rtp: &'a RtpPacket<'_>) -> Header<&'a [u8]> {
    Header {
        marker: rtp.marker_bit(),
        payload_type: rtp.payload_type(),
        sequence_number: rtp.sequence_number(),
        timestamp: rtp.timestamp(),
        ssrc: rtp.ssrc(),
        payload: rtp.payload(),
    }
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        "rtp-types",
        || {
            let rtp = RtpPacket::parse(&PACKET).map_err(Refused::because)?;
            Ok(read(&rtp).facts(rtp.csrc()))
        },
        || {
            let rtp = RtpPacket::parse(black_box(&PACKET)).expect("RTP");
            black_box(read(&rtp));
        },
    );
}
