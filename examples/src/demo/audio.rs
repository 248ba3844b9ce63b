//! The media of a telephone of the demo: a tone out, and a strict look at what comes in.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::HashSet;
use std::io;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout_at};
use trunkline_rtp_relay::{Rtcp, RtcpWriter, Rtp, RtpHeader, SenderInfo};

use super::tone::alaw_frame;

/// PCMA, RFC 3551.
const PAYLOAD_TYPE: u8 = 8;
/// Samples in a packet: 20 ms at 8,000 Hz.
const SAMPLES: u32 = 160;

/// What one telephone sends.
#[derive(Clone, Copy, Debug)]
pub struct Speech {
    /// How many packets of 20 ms.
    pub packets: u64,
    /// Of the tone, in Hz.
    pub frequency: f64,
    /// Of the tone that is expected from the other side, in Hz.
    pub expected: f64,
    /// Synchronisation source.
    pub ssrc: u32,
    /// A packet that is counted as sent but never leaves, for `--fault drop-one-rtp`.
    pub lost: Option<u64>,
}

/// What one telephone counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// RTP packets sent.
    pub sent: u64,
    /// RTP packets that arrived: each sequence number once, each with the tone of the other side.
    pub received: u64,
    /// RTP packets that arrived twice or did not hold the tone.
    pub unexpected: u64,
    /// RTCP packets sent.
    pub rtcp_sent: u64,
    /// RTCP packets that arrived.
    pub rtcp_received: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sent {} RTP and {} RTCP, received {} and {}",
            self.sent, self.rtcp_sent, self.received, self.rtcp_received
        )?;
        match self.unexpected {
            0 => Ok(()),
            unexpected => write!(f, ", {unexpected} RTP unexpected"),
        }
    }
}

/// The two sockets of a telephone.
#[derive(Clone, Debug)]
pub struct MediaSockets {
    rtp: Arc<UdpSocket>,
    rtcp: Arc<UdpSocket>,
}

impl MediaSockets {
    /// An even port for RTP and the next one for RTCP (RFC 3550 section 11).
    ///
    /// # Errors
    ///
    /// When no such pair is free.
    pub async fn bind(address: IpAddr) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AddrInUse);
        for _ in 0..50 {
            let rtp = UdpSocket::bind((address, 0)).await?;
            let port = rtp.local_addr()?.port();
            if port % 2 == 1 {
                continue;
            }
            match UdpSocket::bind((address, port + 1)).await {
                Ok(rtcp) => {
                    return Ok(Self {
                        rtp: Arc::new(rtp),
                        rtcp: Arc::new(rtcp),
                    });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Where RTP is received.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.rtp.local_addr()
    }

    /// Talks to `remote` until everything is sent, or `hung_up` turns true, and as much has come
    /// back; but listens for no more than a second after that.
    ///
    /// # Errors
    ///
    /// Those of the sockets.
    pub async fn talk(
        &self,
        remote: SocketAddr,
        speech: Speech,
        mut hung_up: watch::Receiver<bool>,
    ) -> io::Result<Counts> {
        let mut counts = Counts::default();
        let mut seen = HashSet::new();
        let mut ticks = interval(Duration::from_millis(20));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut packet, mut rtcp_packet) = ([0; 1_500], [0; 1_500]);
        let mut stop: Option<Instant> = None;
        let mut over = false;
        while counts.received < speech.packets || !over && counts.sent < speech.packets {
            let deadline = stop.unwrap_or_else(|| Instant::now() + Duration::from_secs(60));
            tokio::select! {
                _ = ticks.tick(), if !over && counts.sent < speech.packets => {
                    self.send(remote, &speech, &mut counts).await?;
                    if counts.sent == speech.packets {
                        stop = Some(Instant::now() + Duration::from_secs(1));
                    }
                }
                received = self.rtp.recv_from(&mut packet) => {
                    if let Ok((len, _)) = received {
                        listen(&packet[..len], &speech, &mut seen, &mut counts);
                    }
                }
                received = self.rtcp.recv_from(&mut rtcp_packet) => {
                    if received.is_ok_and(|(len, _)| Rtcp::parse(&rtcp_packet[..len]).is_ok()) {
                        counts.rtcp_received += 1;
                    }
                }
                // BYE may overtake the last packets.
                () = async { let _ = hung_up.wait_for(|hung_up| *hung_up).await; }, if !over => {
                    over = true;
                    stop = Some(Instant::now() + Duration::from_secs(1));
                }
                () = sleep_until(deadline) => break,
            }
        }
        // Reports may still be on their way.
        let end = Instant::now() + Duration::from_millis(300);
        while counts.rtcp_received < counts.rtcp_sent {
            match timeout_at(end, self.rtcp.recv_from(&mut rtcp_packet)).await {
                Ok(Ok((len, _))) if Rtcp::parse(&rtcp_packet[..len]).is_ok() => {
                    counts.rtcp_received += 1
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Ok(counts)
    }

    async fn send(
        &self,
        remote: SocketAddr,
        speech: &Speech,
        counts: &mut Counts,
    ) -> io::Result<()> {
        let number = counts.sent;
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
        let header = RtpHeader {
            marker: number == 0,
            payload_type: PAYLOAD_TYPE,
            sequence_number: number as u16,
            timestamp: (number as u32).wrapping_mul(SAMPLES),
            ssrc: speech.ssrc,
        };
        let mut packet = [0; 172];
        let frame = alaw_frame(speech.frequency, number * u64::from(SAMPLES));
        let len = header
            .write(&frame, &mut packet)
            .map_err(io::Error::other)?;
        if speech.lost != Some(number) {
            self.rtp.send_to(&packet[..len], remote).await?;
        }
        counts.sent += 1;
        if number.is_multiple_of(100) {
            let mut report = [0; 128];
            let mut writer = RtcpWriter::new(&mut report);
            let info = SenderInfo {
                ntp_timestamp: 0,
                rtp_timestamp: header.timestamp,
                packet_count: u32::try_from(counts.sent).unwrap_or(u32::MAX),
                octet_count: u32::try_from(counts.sent * 160).unwrap_or(u32::MAX),
            };
            writer
                .sender_report(speech.ssrc, &info, &[])
                .map_err(io::Error::other)?;
            writer
                .source_description(speech.ssrc, b"demo@trunkline.example")
                .map_err(io::Error::other)?;
            let len = writer.len();
            self.rtcp
                .send_to(
                    &report[..len],
                    SocketAddr::new(remote.ip(), remote.port() + 1),
                )
                .await?;
            counts.rtcp_sent += 1;
        }
        Ok(())
    }
}

fn listen(packet: &[u8], speech: &Speech, seen: &mut HashSet<u16>, counts: &mut Counts) {
    let good = Rtp::parse(packet).is_ok_and(|rtp| {
        rtp.payload_type() == PAYLOAD_TYPE
            && rtp.payload() == alaw_frame(speech.expected, u64::from(rtp.timestamp()))
            && seen.insert(rtp.sequence_number())
    });
    if good {
        counts.received += 1;
    } else {
        counts.unexpected += 1;
    }
}
