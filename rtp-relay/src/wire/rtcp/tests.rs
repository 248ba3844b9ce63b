use proptest::prelude::*;

use super::*;
extern crate std;
use std::vec::Vec;
use trunkline_sans_io::BufferTooSmall;

/// SR with one block, SDES with CNAME and TOOL, BYE with a reason; built by hand after RFC 3550
/// sections 6.4.1, 6.5 and 6.6.
const COMPOUND: &[u8] = &[
    0x81, 200, 0, 12, // SR, one block, 13 words
    0, 0, 0, 1, // SSRC of the sender
    0xe9, 0x5f, 0x12, 0x34, 0x80, 0, 0, 0, // NTP: half a second past
    0, 0, 0x1f, 0x40, // RTP timestamp 8000
    0, 0, 0, 50, // packets
    0, 0, 0x1f, 0x40, // octets
    0, 0, 0, 2, // block: SSRC 2
    0x40, 0xff, 0xff, 0xfe, // a quarter lost lately, -2 in all
    0, 1, 0, 5, // cycle 1, number 5
    0, 0, 0, 33, // jitter
    0x12, 0x34, 0x80, 0, // LSR
    0, 1, 0, 0, // DLSR: one second
    0x81, 202, 0, 4, // SDES, one chunk, 5 words
    0, 0, 0, 1, // SSRC
    1, 3, b'a', b'@', b'b', // CNAME
    6, 2, b't', b'k', // TOOL
    0, 0, 0, // end and padding
    0x81, 203, 0, 3, // BYE, one source, 4 words
    0, 0, 0, 1, // SSRC
    4, b'd', b'o', b'n', b'e', 0, 0, 0, // reason
];

fn packets(data: &[u8]) -> Vec<Result<RtcpPacket<'_>, RtcpError>> {
    RtcpPackets::new(data).collect()
}

#[test]
fn walks_a_compound_packet() {
    let packets: Vec<_> = Rtcp::parse(COMPOUND).unwrap().packets().collect();
    let [
        Ok(RtcpPacket::SenderReport(report)),
        Ok(RtcpPacket::SourceDescription(description)),
        Ok(RtcpPacket::Bye(bye)),
    ] = packets[..]
    else {
        panic!("{packets:?}");
    };
    assert_eq!(report.ssrc, 1);
    assert_eq!(report.sender.ntp_middle(), 0x1234_8000);
    assert_eq!(report.sender.rtp_timestamp, 8000);
    assert_eq!(report.sender.packet_count, 50);
    assert_eq!(report.sender.octet_count, 8000);
    let blocks: Vec<_> = report.blocks().collect();
    assert_eq!(
        blocks,
        [ReportBlock {
            ssrc: 2,
            fraction_lost: 64,
            cumulative_lost: -2,
            extended_highest_sequence_number: 65541,
            jitter: 33,
            last_sender_report: 0x1234_8000,
            delay_since_last_sender_report: 65536,
        }]
    );
    let chunks: Vec<_> = description.chunks().collect();
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].cname(), Some(&b"a@b"[..]));
    assert_eq!(
        chunks[0].items().map(|item| item.kind).collect::<Vec<_>>(),
        [1, 6]
    );
    assert_eq!(bye.sources().collect::<Vec<_>>(), [1]);
    assert_eq!(bye.reason, Some(&b"done"[..]));
}

#[test]
fn reads_the_other_packet_types() {
    let data = [
        0x85, 204, 0, 3, 0, 0, 0, 9, b'q', b'o', b's', b' ', 1, 2, 3, 4, // APP, subtype 5
        0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 0, // generic NACK
        0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, // PLI
        0x80, 207, 0, 2, 0, 0, 0, 1, 7, 0, 0, 0, // XR
        0x80, 201, 0, 1, 0, 0, 0, 3, // RR without blocks
        0x9f, 208, 0, 1, 4, 3, 2, 1, // unknown
    ];
    let packets = packets(&data);
    let [
        Ok(RtcpPacket::Application(application)),
        Ok(RtcpPacket::TransportFeedback(nack)),
        Ok(RtcpPacket::PayloadFeedback(pli)),
        Ok(RtcpPacket::ExtendedReport(extended)),
        Ok(RtcpPacket::ReceiverReport(report)),
        Ok(RtcpPacket::Other(other)),
    ] = packets[..]
    else {
        panic!("{packets:?}");
    };
    assert_eq!((application.subtype, application.ssrc), (5, 9));
    assert_eq!(
        (&application.name, application.data),
        (b"qos ", &[1, 2, 3, 4][..])
    );
    assert_eq!((nack.format, nack.sender_ssrc, nack.media_ssrc), (1, 1, 2));
    assert_eq!(nack.control_information, [0, 7, 0, 0]);
    assert_eq!((pli.format, pli.control_information), (1, &[][..]));
    assert_eq!((extended.ssrc, extended.blocks), (1, &[7, 0, 0, 0][..]));
    assert_eq!((report.ssrc, report.blocks().len()), (3, 0));
    assert_eq!(
        (other.packet_type, other.count, other.body),
        (208, 31, &[4, 3, 2, 1][..])
    );
}

#[test]
fn broken_framing_is_told_with_its_place() {
    assert_eq!(Rtcp::parse(&[]), Err(RtcpError::Truncated { offset: 0 }));
    let mut data = COMPOUND.to_vec();
    data.extend_from_slice(&[0x80, 201, 0]);
    assert_eq!(Rtcp::parse(&data), Err(RtcpError::Truncated { offset: 91 }));

    let mut data = COMPOUND.to_vec();
    data[52] = 0x41;
    let version = RtcpError::Version {
        offset: 52,
        version: 1,
    };
    assert_eq!(Rtcp::parse(&data), Err(version));
    // The walk over unchecked bytes gives what came before, the error, and ends.
    let walked = packets(&data);
    assert_eq!(walked.len(), 2);
    assert_eq!(walked[1], Err(version));

    let mut data = COMPOUND.to_vec();
    data[74] = 1;
    let length = RtcpError::Length { offset: 72 };
    assert_eq!(Rtcp::parse(&data), Err(length));
    assert_eq!(length.offset(), 72);
}

#[test]
fn padding_is_allowed_on_the_last_packet_only() {
    let mut data = [
        0x80, 201, 0, 1, 0, 0, 0, 1, 0xa0, 201, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4,
    ];
    let walked = packets(&data);
    assert!(
        matches!(walked[1], Ok(RtcpPacket::ReceiverReport(report)) if report.extension.is_empty())
    );
    for wrong in [0, 3, 5, 12, 255] {
        data[19] = wrong;
        assert_eq!(
            Rtcp::parse(&data),
            Err(RtcpError::Padding { offset: 8 }),
            "{wrong}"
        );
    }
    let first = [
        0xa0, 201, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 1,
    ];
    assert_eq!(Rtcp::parse(&first), Err(RtcpError::Padding { offset: 0 }));
    let empty = [0xa0, 201, 0, 0];
    assert_eq!(Rtcp::parse(&empty), Err(RtcpError::Padding { offset: 0 }));
}

#[test]
fn wrong_contents_do_not_hide_the_next_packet() {
    let cases: [&[u8]; 8] = [
        &[0x80, 200, 0, 1, 0, 0, 0, 1], // SR without sender part
        &[0x81, 201, 0, 1, 0, 0, 0, 1], // RR without its block
        &[0x81, 202, 0, 1, 0, 0, 0, 1], // SDES chunk without end
        &[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, b'a', 0], // item longer than the packet
        &[0x82, 203, 0, 1, 0, 0, 0, 1], // BYE of two with one
        &[0x80, 203, 0, 1, 9, b'a', 0, 0], // reason longer than the packet
        &[0x80, 204, 0, 1, 0, 0, 0, 1], // APP without name
        &[0x80, 207, 0, 0],             // XR without source
    ];
    for case in cases {
        let mut data = case.to_vec();
        data.extend_from_slice(&[0x80, 201, 0, 1, 0, 0, 0, 3]);
        let rtcp = Rtcp::parse(&data).unwrap();
        let packets: Vec<_> = rtcp.packets().collect();
        assert_eq!(
            packets[0],
            Err(RtcpError::Contents { offset: 0 }),
            "{case:?}"
        );
        assert!(
            matches!(packets[1], Ok(RtcpPacket::ReceiverReport(report)) if report.ssrc == 3),
            "{case:?}"
        );
    }
}

#[test]
fn limits_of_the_writer_leave_the_compound_as_it_was() {
    let mut buffer = [0; 24];
    let mut writer = RtcpWriter::new(&mut buffer);
    assert!(writer.is_empty());
    writer.receiver_report(1, &[]).unwrap();
    assert_eq!(
        writer.source_description(1, b"somebody@example"),
        Err(RtcpWriteError::BufferTooSmall(BufferTooSmall {
            needed: 36
        }))
    );
    assert_eq!(writer.bye(&[0; 32], b""), Err(RtcpWriteError::TooMany));
    assert_eq!(
        writer.bye(&[1], &[b'x'; 256]),
        Err(RtcpWriteError::TextTooLong)
    );
    assert_eq!(
        writer.receiver_report(1, &[ReportBlock::default(); 32]),
        Err(RtcpWriteError::TooMany)
    );
    assert_eq!(writer.len(), 8);
    writer.bye(&[1], b"done").unwrap();
    assert_eq!(writer.len(), 24);
    assert_eq!(
        packets(&buffer)
            .iter()
            .filter(|packet| packet.is_ok())
            .count(),
        2
    );
}

fn block() -> impl Strategy<Value = ReportBlock> {
    let (low, high) = ReportBlock::LOSS_RANGE;
    (any::<(u32, u8, u32, u32, u32, u32)>(), low..=high).prop_map(|(fields, cumulative_lost)| {
        let (ssrc, fraction_lost, highest, jitter, lsr, dlsr) = fields;
        ReportBlock {
            ssrc,
            fraction_lost,
            cumulative_lost,
            extended_highest_sequence_number: highest,
            jitter,
            last_sender_report: lsr,
            delay_since_last_sender_report: dlsr,
        }
    })
}

/// Bytes that are often framed like RTCP, so that the contents get tried too.
fn nearly_rtcp() -> impl Strategy<Value = Vec<u8>> {
    let packet = (
        any::<u8>(),
        198u8..210,
        proptest::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(|(first, packet_type, mut body)| {
            body.truncate(body.len() / 4 * 4);
            let words = u8::try_from(body.len() / 4).unwrap();
            let mut packet = std::vec![first & 0x1f | 0x80, packet_type, 0, words];
            packet.extend(body);
            packet
        });
    proptest::collection::vec(packet, 0..6).prop_map(|packets| packets.concat())
}

fn touch_everything(data: &[u8]) -> usize {
    let mut count = 0;
    for packet in RtcpPackets::new(data) {
        count += 1;
        match packet {
            Ok(RtcpPacket::SenderReport(report)) => count += report.blocks().count(),
            Ok(RtcpPacket::ReceiverReport(report)) => count += report.blocks().count(),
            Ok(RtcpPacket::SourceDescription(description)) => {
                for chunk in description.chunks() {
                    count += chunk.items().count();
                }
            }
            Ok(RtcpPacket::Bye(bye)) => count += bye.sources().count(),
            _ => {}
        }
    }
    count
}

proptest! {
    #[test]
    fn any_bytes_are_walked_without_a_panic(data in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(touch_everything(&data) <= data.len());
        let walks = RtcpPackets::new(&data).all(|packet| !matches!(packet, Err(error) if !matches!(error, RtcpError::Contents { .. })));
        prop_assert_eq!(Rtcp::parse(&data).is_ok(), walks && !data.is_empty());
    }

    #[test]
    fn framed_bytes_are_walked_to_the_end(data in nearly_rtcp()) {
        prop_assert!(touch_everything(&data) <= data.len());
        prop_assert_eq!(Rtcp::parse(&data).is_ok(), !data.is_empty());
    }

    #[test]
    fn what_is_written_is_read(
        ssrc: u32,
        ntp_timestamp: u64,
        counts: (u32, u32, u32),
        blocks in proptest::collection::vec(block(), 0..=31),
        cname in proptest::collection::vec(1u8.., 0..=255),
        sources in proptest::collection::vec(any::<u32>(), 0..=31),
        reason in proptest::collection::vec(any::<u8>(), 0..=255),
    ) {
        let sender = SenderInfo {
            ntp_timestamp,
            rtp_timestamp: counts.0,
            packet_count: counts.1,
            octet_count: counts.2,
        };
        let mut buffer = [0xff; 2500];
        let mut writer = RtcpWriter::new(&mut buffer);
        writer.sender_report(ssrc, &sender, &blocks).unwrap();
        writer.receiver_report(ssrc, &blocks).unwrap();
        writer.source_description(ssrc, &cname).unwrap();
        writer.bye(&sources, &reason).unwrap();
        let len = writer.len();
        let packets: Vec<_> = Rtcp::parse(&buffer[..len]).unwrap().packets().collect();
        let [
            Ok(RtcpPacket::SenderReport(sent)),
            Ok(RtcpPacket::ReceiverReport(received)),
            Ok(RtcpPacket::SourceDescription(description)),
            Ok(RtcpPacket::Bye(bye)),
        ] = packets[..] else { panic!("{packets:?}") };
        prop_assert_eq!((sent.ssrc, sent.sender), (ssrc, sender));
        prop_assert_eq!(sent.blocks().collect::<Vec<_>>(), &blocks[..]);
        prop_assert_eq!(received.blocks().collect::<Vec<_>>(), &blocks[..]);
        let chunk = description.chunks().next().unwrap();
        prop_assert_eq!((chunk.ssrc, chunk.cname()), (ssrc, Some(&cname[..])));
        prop_assert_eq!(bye.sources().collect::<Vec<_>>(), sources);
        prop_assert_eq!(bye.reason.unwrap_or_default(), &reason[..]);
    }
}
