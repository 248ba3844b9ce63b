#![no_main]
//! One datagram on a media port.

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use trunkline_rtp_relay::{
    DatagramKind, ReportBlock, Rtcp, RtcpPacket, RtcpPackets, RtcpWriteError, RtcpWriter, Rtp,
    RtpHeader, RtpMut, SenderInfo, classify,
};

fuzz_target!(|data: &[u8]| {
    match Rtp::parse(data) {
        Ok(rtp) => check_rtp(data, &rtp),
        Err(error) => assert!(error.offset() <= data.len()),
    }
    match Rtcp::parse(data) {
        Ok(rtcp) => check_rtcp(data, &rtcp),
        Err(error) => {
            assert!(error.offset() <= data.len());
            // The walk of unchecked bytes gives what is sound before it.
            let packets: Vec<_> = RtcpPackets::new(data).collect();
            assert_eq!(data.is_empty(), packets.is_empty());
            assert!(packets.len() <= data.len() / 4 + 1);
            assert!(data.is_empty() || packets.last() == Some(&Err(error)));
        }
    }
});

/// Where a part stands in the whole, which it has to be cut out of.
fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let Range { start, end } = whole.as_ptr_range();
    let part = part.as_ptr_range();
    assert!(
        start <= part.start && part.end <= end,
        "a view beyond its datagram"
    );
    let start = part.start.addr() - start.addr();
    start..start + (part.end.addr() - part.start.addr())
}

fn check_rtp(data: &[u8], rtp: &Rtp<'_>) {
    assert!(matches!(
        classify(data),
        DatagramKind::Rtp | DatagramKind::Rtcp
    ));
    assert_eq!(rtp.as_bytes(), data);
    assert_eq!(
        rtp.header_len() + rtp.payload_len() + rtp.padding_len(),
        data.len()
    );
    let payload = place(data, rtp.payload());
    assert_eq!(payload.len(), rtp.payload_len());
    assert!(payload.is_empty() || payload.start == rtp.header_len());
    assert!(rtp.csrcs().len() < 16);
    assert_eq!(rtp.csrcs().count(), rtp.csrcs().len());
    if let Some(extension) = rtp.extension() {
        let extension = place(data, extension.data);
        assert!(extension.len().is_multiple_of(4) && extension.end == rtp.header_len());
        assert_eq!(extension.start, 12 + 4 * rtp.csrcs().len() + 4);
    }

    // A rewritten packet reads back, and nothing else has changed.
    let mut rewritten = data.to_vec();
    let mut packet = RtpMut::parse(&mut rewritten).unwrap();
    packet.set_payload_type(!rtp.payload_type());
    packet.set_marker(!rtp.marker());
    packet.set_sequence_number(!rtp.sequence_number());
    packet.set_timestamp(!rtp.timestamp());
    packet.set_ssrc(!rtp.ssrc());
    let again = Rtp::parse(&rewritten).unwrap();
    assert_eq!(again.payload_type(), !rtp.payload_type() & 0x7f);
    assert_eq!(again.marker(), !rtp.marker());
    assert_eq!(again.sequence_number(), !rtp.sequence_number());
    assert_eq!(again.timestamp(), !rtp.timestamp());
    assert_eq!(again.ssrc(), !rtp.ssrc());
    assert_eq!(
        (again.payload(), again.extension()),
        (rtp.payload(), rtp.extension())
    );
    assert!(again.csrcs().eq(rtp.csrcs()));
    assert_eq!((rewritten[0], &rewritten[12..]), (data[0], &data[12..]));

    // So does the plain packet with the same contents.
    let header = RtpHeader {
        marker: rtp.marker(),
        payload_type: rtp.payload_type(),
        sequence_number: rtp.sequence_number(),
        timestamp: rtp.timestamp(),
        ssrc: rtp.ssrc(),
    };
    let mut plain = vec![0; 12 + rtp.payload_len()];
    let short = header.write(rtp.payload(), &mut plain[1..]);
    assert_eq!(
        short.map_err(|error| error.needed),
        Err(12 + rtp.payload_len())
    );
    assert_eq!(header.write(rtp.payload(), &mut plain), Ok(plain.len()));
    let plain = Rtp::parse(&plain).unwrap();
    assert_eq!(plain.payload(), rtp.payload());
    assert_eq!(
        (plain.ssrc(), plain.timestamp()),
        (rtp.ssrc(), rtp.timestamp())
    );
    assert_eq!(
        (plain.marker(), plain.payload_type()),
        (rtp.marker(), rtp.payload_type())
    );
}

fn check_rtcp(data: &[u8], rtcp: &Rtcp<'_>) {
    assert_eq!(rtcp.as_bytes(), data);
    assert!(rtcp.packets().eq(RtcpPackets::new(data)));
    assert!(rtcp.packets().count() <= data.len() / 4);
    let mut buffer = vec![0; data.len() + 64];
    for packet in rtcp.packets() {
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) => {
                assert!(error.offset() < data.len());
                continue;
            }
        };
        check_packet(data, &packet);
        check_rewritten(&packet, &mut buffer);
    }
}

fn check_packet(data: &[u8], packet: &RtcpPacket<'_>) {
    match packet {
        RtcpPacket::SenderReport(report) => {
            assert!(report.blocks().count() < 32);
            place(data, report.extension);
        }
        RtcpPacket::ReceiverReport(report) => {
            assert!(report.blocks().count() < 32);
            place(data, report.extension);
        }
        RtcpPacket::SourceDescription(description) => {
            assert!(description.chunks().count() < 32);
            for chunk in description.chunks() {
                let cname = chunk.cname();
                let mut items = chunk.items();
                assert_eq!(
                    items
                        .clone()
                        .find(|item| item.kind == 1)
                        .map(|item| item.value),
                    cname
                );
                assert!(items.all(|item| item.kind != 0 && place(data, item.value).len() < 256));
            }
        }
        RtcpPacket::Bye(bye) => {
            assert!(bye.sources().count() < 32);
            place(data, bye.reason.unwrap_or(data));
        }
        RtcpPacket::Application(application) => {
            place(data, application.data);
        }
        RtcpPacket::TransportFeedback(feedback) | RtcpPacket::PayloadFeedback(feedback) => {
            place(data, feedback.control_information);
        }
        RtcpPacket::ExtendedReport(report) => {
            place(data, report.blocks);
        }
        RtcpPacket::Other(other) => {
            place(data, other.body);
        }
        _ => {}
    }
}

/// What the writer makes of a packet reads as the same.
fn check_rewritten(packet: &RtcpPacket<'_>, buffer: &mut [u8]) {
    let written = |write: &dyn Fn(&mut RtcpWriter<'_>) -> Result<(), RtcpWriteError>,
                   buffer: &mut [u8]| {
        let mut writer = RtcpWriter::new(buffer);
        write(&mut writer).unwrap();
        let len = writer.len();
        let mut short = RtcpWriter::new(&mut buffer[..len - 1]);
        assert!(matches!(
            write(&mut short),
            Err(RtcpWriteError::BufferTooSmall(_))
        ));
        assert!(short.is_empty());
        write(&mut RtcpWriter::new(buffer)).unwrap();
        len
    };
    match packet {
        RtcpPacket::SenderReport(report) => {
            let blocks: Vec<ReportBlock> = report.blocks().collect();
            let sender: SenderInfo = report.sender;
            let len = written(
                &|writer| writer.sender_report(report.ssrc, &sender, &blocks),
                buffer,
            );
            let Some(Ok(RtcpPacket::SenderReport(again))) = RtcpPackets::new(&buffer[..len]).next()
            else {
                panic!("{packet:?}");
            };
            assert_eq!((again.ssrc, again.sender), (report.ssrc, report.sender));
            assert!(again.blocks().eq(report.blocks()));
        }
        RtcpPacket::ReceiverReport(report) => {
            let blocks: Vec<ReportBlock> = report.blocks().collect();
            let len = written(
                &|writer| writer.receiver_report(report.ssrc, &blocks),
                buffer,
            );
            let Some(Ok(RtcpPacket::ReceiverReport(again))) =
                RtcpPackets::new(&buffer[..len]).next()
            else {
                panic!("{packet:?}");
            };
            assert_eq!(again.ssrc, report.ssrc);
            assert!(again.blocks().eq(report.blocks()));
        }
        RtcpPacket::SourceDescription(description) => {
            for chunk in description.chunks() {
                let Some(cname) = chunk.cname() else {
                    continue;
                };
                let len = written(
                    &|writer| writer.source_description(chunk.ssrc, cname),
                    buffer,
                );
                let Some(Ok(RtcpPacket::SourceDescription(again))) =
                    RtcpPackets::new(&buffer[..len]).next()
                else {
                    panic!("{packet:?}");
                };
                let again: Vec<_> = again
                    .chunks()
                    .map(|chunk| (chunk.ssrc, chunk.cname()))
                    .collect();
                assert_eq!(again, [(chunk.ssrc, Some(cname))]);
            }
        }
        RtcpPacket::Bye(bye) => {
            let sources: Vec<u32> = bye.sources().collect();
            let reason = bye.reason.unwrap_or_default();
            let len = written(&|writer| writer.bye(&sources, reason), buffer);
            let Some(Ok(RtcpPacket::Bye(again))) = RtcpPackets::new(&buffer[..len]).next() else {
                panic!("{packet:?}");
            };
            assert!(again.sources().eq(bye.sources()));
            assert_eq!(again.reason.unwrap_or_default(), reason);
        }
        _ => {}
    }
}
