//! Views and writers of RTP and RTCP.

use core::hint::black_box;

use trunkline_rtp_relay::{
    DatagramKind, ReportBlock, Rtcp, RtcpPacket, RtcpPackets, RtcpWriteError, RtcpWriter, Rtp,
    RtpHeader, RtpMut, SenderInfo, classify,
};

use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    rtp()?;
    rtcp_written()?;
    rtcp_received()
}

/// Two contributing sources, an extension of one word, four bytes of padding.
const RTP: &[u8] = &[
    0xb2, 0x88, 0x12, 0x34, 0, 0, 0, 160, 0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe,
    0xde, 0, 1, 0x10, 0xff, 0, 0, 1, 2, 3, 4, 0, 0, 0, 4,
];

fn rtp() -> Result<(), Failed> {
    check!(classify(black_box(RTP)) == DatagramKind::Rtp);
    let rtp = some!(Rtp::parse(black_box(RTP)));
    check!(rtp.marker() && rtp.payload_type() == 8 && rtp.sequence_number() == 0x1234);
    check!(rtp.timestamp() == 160 && rtp.ssrc() == 0xcafe_babe && rtp.csrcs().eq([1, 2]));
    check!(rtp.payload() == [1, 2, 3, 4] && rtp.padding_len() == 4 && rtp.header_len() == 28);
    check!(some!(rtp.extension()).data == [0x10, 0xff, 0, 0]);

    let mut buffer = [0; 64];
    let header = RtpHeader {
        payload_type: black_box(0),
        ..RtpHeader::default()
    };
    let len = some!(header.write(b"payload", &mut buffer));
    let mut changed = some!(RtpMut::parse(some!(buffer.get_mut(..len))));
    changed.set_marker(true);
    changed.set_payload_type(96);
    changed.set_sequence_number(7);
    changed.set_timestamp(8);
    changed.set_ssrc(9);
    let view = changed.view();
    check!(view.marker() && view.payload_type() == 96 && view.payload() == b"payload");
    check!(Rtp::parse(black_box(some!(RTP.get(..20)))).is_err());
    check!(header.write(&[0; 64], &mut buffer).is_err());
    Ok(())
}

fn rtcp_written() -> Result<(), Failed> {
    let sender = SenderInfo {
        ntp_timestamp: black_box(1 << 40),
        rtp_timestamp: 160,
        packet_count: 50,
        octet_count: 8_000,
    };
    let block = ReportBlock {
        ssrc: 2,
        cumulative_lost: -3,
        ..ReportBlock::default()
    };
    let mut buffer = [0; 256];
    let mut writer = RtcpWriter::new(&mut buffer);
    check!(writer.sender_report(1, &sender, &[block]).is_ok());
    check!(writer.receiver_report(1, &[block; 2]).is_ok());
    check!(writer.source_description(1, b"alice@example.com").is_ok());
    check!(writer.bye(&[1, 2], b"hung up").is_ok());
    let full = writer.receiver_report(1, &[block; 32]);
    check!(matches!(full, Err(RtcpWriteError::TooMany)));
    let len = writer.len();
    let written = some!(buffer.get(..len));

    check!(classify(written) == DatagramKind::Rtcp);
    let rtcp = some!(Rtcp::parse(black_box(written)));
    let mut packets = rtcp.packets();
    let Some(Ok(RtcpPacket::SenderReport(report))) = packets.next() else {
        return Err(Failed("no sender report"));
    };
    check!(report.sender == sender && report.blocks().eq([block]));
    let Some(Ok(RtcpPacket::ReceiverReport(report))) = packets.next() else {
        return Err(Failed("no receiver report"));
    };
    check!(report.blocks().len() == 2);
    let Some(Ok(RtcpPacket::SourceDescription(description))) = packets.next() else {
        return Err(Failed("no source description"));
    };
    let chunk = some!(description.chunks().next());
    check!(chunk.cname() == Some(b"alice@example.com") && chunk.items().count() == 1);
    let Some(Ok(RtcpPacket::Bye(bye))) = packets.next() else {
        return Err(Failed("no bye"));
    };
    check!(bye.reason == Some(b"hung up") && bye.sources().eq([1, 2]));
    check!(packets.next().is_none());
    Ok(())
}

/// APP, generic NACK, picture loss, XR, a type nobody knows, and a report that lies about its count.
const RTCP: &[u8] = &[
    0x81, 204, 0, 3, 0, 0, 0, 1, b'n', b'a', b'm', b'e', 1, 2, 3, 4, //
    0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0, //
    0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, //
    0x80, 207, 0, 2, 0, 0, 0, 1, 4, 0, 0, 0, //
    0x80, 210, 0, 0, //
    0x9f, 201, 0, 1, 0, 0, 0, 1,
];

fn rtcp_received() -> Result<(), Failed> {
    let rtcp = some!(Rtcp::parse(black_box(RTCP)));
    let mut packets = rtcp.packets();
    check!(
        matches!(packets.next(), Some(Ok(RtcpPacket::Application(app))) if &app.name == b"name")
    );
    check!(
        matches!(packets.next(), Some(Ok(RtcpPacket::TransportFeedback(nack))) if nack.format == 1)
    );
    check!(matches!(
        packets.next(),
        Some(Ok(RtcpPacket::PayloadFeedback(_)))
    ));
    check!(matches!(
        packets.next(),
        Some(Ok(RtcpPacket::ExtendedReport(_)))
    ));
    check!(
        matches!(packets.next(), Some(Ok(RtcpPacket::Other(other))) if other.packet_type == 210)
    );
    check!(matches!(packets.next(), Some(Err(_))));
    check!(packets.next().is_none());
    check!(RtcpPackets::new(black_box(some!(RTCP.get(..30)))).any(|packet| packet.is_err()));
    Ok(())
}
