//! The floors: the fields of the first twelve octets, without a look at what follows them; and what it takes to
//! have the next packet of a stream, which every measurement of the relay's core contains.

use core::hint::black_box;

use super::{Header, PACKET};
use crate::facts::Facts;
use crate::suite::Operation;

fn read(bytes: &[u8]) -> Option<Header<&[u8]>> {
    let (header, payload) = bytes.split_first_chunk::<12>()?;
    let [first, second, s, t, a, b, c, d, e, f, g, h] = *header;
    (first == 0x80).then_some(Header {
        marker: second & 0x80 != 0,
        payload_type: second & 0x7f,
        sequence_number: u16::from_be_bytes([s, t]),
        timestamp: u32::from_be_bytes([a, b, c, d]),
        ssrc: u32::from_be_bytes([e, f, g, h]),
        payload,
    })
}

pub(super) fn parse(operation: &mut Operation) {
    operation.floor(
        "fixed-header",
        || Ok(read(&PACKET).expect("RTP").facts([0; 0])),
        || read(black_box(&PACKET)),
    );
}

pub(super) fn advance(operation: &mut Operation) {
    let mut stream = Stream::new();
    operation.floor(
        "next-packet",
        || Ok(Facts::new()),
        move || black_box(stream.advance()).len(),
    );
}

/// A stream of packets of 20 ms, in one buffer.
pub(super) struct Stream {
    packet: [u8; 172],
    sequence_number: u16,
    timestamp: u32,
}

impl Stream {
    pub(super) fn new() -> Self {
        let mut packet = PACKET;
        packet[1] &= 0x7f;
        Self {
            packet,
            sequence_number: 0,
            timestamp: 0,
        }
    }

    /// The next packet.
    pub(super) fn advance(&mut self) -> &mut [u8] {
        self.sequence_number = self.sequence_number.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(160);
        self.packet[2..4].copy_from_slice(&self.sequence_number.to_be_bytes());
        self.packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        &mut self.packet
    }
}
