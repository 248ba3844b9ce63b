use proptest::prelude::*;

use super::*;
extern crate std;
use std::vec::Vec;

/// RFC 3550 section 5.1 with everything: P, X, two CSRC, marker, payload type 101.
const FULL: &[u8] = &[
    0xb2, 0xe5, 0x12, 0x34, 0x00, 0x01, 0x86, 0xa0, 0xca, 0xfe, 0xba, 0xbe, // fixed header
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, // CSRC list
    0xbe, 0xde, 0x00, 0x02, 0x10, 0xff, 0x00, 0x00, 0x22, 0x01, 0x02, 0x03, // RFC 8285
    0x05, 0x80, 0x03, 0xc0, // payload
    0x00, 0x00, 0x03, // padding
];

#[test]
fn reads_every_field() {
    let rtp = Rtp::parse(FULL).unwrap();
    assert!(rtp.marker());
    assert_eq!(rtp.payload_type(), 101);
    assert_eq!(rtp.sequence_number(), 0x1234);
    assert_eq!(rtp.timestamp(), 100_000);
    assert_eq!(rtp.ssrc(), 0xcafe_babe);
    assert_eq!(rtp.csrcs().collect::<Vec<_>>(), [1, 2]);
    let extension = rtp.extension().unwrap();
    assert_eq!(extension.profile, 0xbede);
    assert_eq!(extension.data, &FULL[24..32]);
    assert_eq!(rtp.payload(), &[0x05, 0x80, 0x03, 0xc0]);
    assert_eq!((rtp.header_len(), rtp.padding_len()), (32, 3));
    assert_eq!(rtp.as_bytes(), FULL);
}

#[test]
fn every_cut_is_noticed() {
    for len in 0..32 {
        assert_eq!(
            Rtp::parse(&FULL[..len]),
            Err(RtpError::Truncated { offset: len }),
            "{len}"
        );
    }
}

#[test]
fn padding_is_held_against_the_packet() {
    let mut packet = [0; 16];
    packet[0] = 0xa0;
    for (count, payload_len) in [
        (1, Some(3)),
        (4, Some(0)),
        (0, None),
        (5, None),
        (255, None),
    ] {
        packet[15] = count;
        let parsed = Rtp::parse(&packet);
        match payload_len {
            Some(len) => assert_eq!(parsed.unwrap().payload_len(), len, "{count}"),
            None => assert_eq!(parsed, Err(RtpError::Padding { offset: 15 }), "{count}"),
        }
    }
    // Padding announced, but the packet ends with its header: its last byte is no count.
    packet[11] = 1;
    assert_eq!(
        Rtp::parse(&packet[..12]),
        Err(RtpError::Padding { offset: 11 })
    );
}

#[test]
fn other_versions_are_refused() {
    for version in [0, 1, 3] {
        let packet = [version << 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let error = Rtp::parse(&packet).unwrap_err();
        assert_eq!(error, RtpError::Version { version });
        assert_eq!(error.offset(), 0);
    }
}

#[test]
fn an_extension_may_be_empty_or_lie() {
    let mut packet = [0; 20];
    packet[0] = 0x90;
    let rtp = Rtp::parse(&packet).unwrap();
    assert_eq!(rtp.extension().unwrap().data, &[]);
    assert_eq!(rtp.payload_len(), 4);
    packet[14..16].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(Rtp::parse(&packet), Err(RtpError::Truncated { offset: 20 }));
}

#[test]
fn rewriting_leaves_the_rest_alone() {
    let mut packet = FULL.to_vec();
    let mut rtp = RtpMut::parse(&mut packet).unwrap();
    rtp.set_payload_type(0xff);
    rtp.set_sequence_number(0xabcd);
    rtp.set_timestamp(7);
    rtp.set_ssrc(8);
    rtp.set_marker(false);
    let view = rtp.view();
    assert!(!view.marker());
    assert_eq!(view.payload_type(), 127);
    assert_eq!(view.sequence_number(), 0xabcd);
    assert_eq!((view.timestamp(), view.ssrc()), (7, 8));
    assert_eq!(view.extension(), Rtp::parse(FULL).unwrap().extension());
    assert_eq!(packet[0], FULL[0]);
    assert_eq!(packet[12..], FULL[12..]);
}

#[test]
fn writing_needs_room_and_says_how_much() {
    let header = RtpHeader::default();
    let mut buffer = [7; 13];
    assert_eq!(
        header.write(&[1, 2], &mut buffer),
        Err(BufferTooSmall { needed: 14 })
    );
    assert_eq!(buffer, [7; 13]);
    assert_eq!(header.write(&[1], &mut buffer), Ok(13));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(mut data in proptest::collection::vec(any::<u8>(), 0..80), version in any::<bool>()) {
        if let (true, Some(first)) = (version, data.first_mut()) {
            *first = *first & 0x3f | 0x80;
        }
        if let Ok(rtp) = Rtp::parse(&data) {
            let parts = rtp.header_len() + rtp.payload().len() + rtp.padding_len();
            prop_assert_eq!(parts, data.len());
            prop_assert!(rtp.csrcs().len() <= 15);
            let _ = rtp.extension();
        }
        let copy = data.clone();
        if let Ok(mut rtp) = RtpMut::parse(&mut data) {
            let (pt, seq, ts, ssrc) = {
                let view = rtp.view();
                (view.payload_type(), view.sequence_number(), view.timestamp(), view.ssrc())
            };
            rtp.set_payload_type(pt);
            rtp.set_sequence_number(seq);
            rtp.set_timestamp(ts);
            rtp.set_ssrc(ssrc);
        }
        prop_assert_eq!(copy, data);
    }

    #[test]
    fn what_is_written_is_read(
        marker: bool,
        payload_type in 0u8..128,
        sequence_number: u16,
        timestamp: u32,
        ssrc: u32,
        payload in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let header = RtpHeader { marker, payload_type, sequence_number, timestamp, ssrc };
        let mut buffer = [0; 300];
        let len = header.write(&payload, &mut buffer).unwrap();
        let rtp = Rtp::parse(&buffer[..len]).unwrap();
        prop_assert_eq!(rtp.payload(), &payload[..]);
        prop_assert_eq!(
            RtpHeader {
                marker: rtp.marker(),
                payload_type: rtp.payload_type(),
                sequence_number: rtp.sequence_number(),
                timestamp: rtp.timestamp(),
                ssrc: rtp.ssrc(),
            },
            header
        );
    }
}
