//! `rtp-rs`: a view.

use core::hint::black_box;

use rtp_rs::RtpReader;

use super::{Header, PACKET};
use crate::facts::Refused;
use crate::suite::Operation;

fn read<'a>(rtp: &RtpReader<'a>) -> Header<&'a [u8]> {
    Header {
        marker: rtp.mark(),
        payload_type: rtp.payload_type(),
        sequence_number: rtp.sequence_number().into(),
        timestamp: rtp.timestamp(),
        ssrc: rtp.ssrc(),
        payload: rtp.payload(),
    }
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        "rtp-rs",
        || {
            let rtp = RtpReader::new(&PACKET).map_err(Refused::because)?;
            Ok(read(&rtp).facts(rtp.csrc()))
        },
        || read(&RtpReader::new(black_box(&PACKET)).expect("RTP")),
    );
}
