//! What a call takes of a link.

use core::time::Duration;

/// What one call takes of a link, in each of the two directions: payload, and the headers of every
/// packet.
///
/// RTCP comes on top, with far less than the five per cent that it may take (RFC 3550 section 6.2).
///
/// ```
/// use core::time::Duration;
/// use trunkline_rtp_relay::CallBandwidth;
///
/// // 64 kbit/s of payload, and 50 times a second 40 bytes of headers: 16 kbit/s.
/// assert_eq!(CallBandwidth::G711.bits_per_second(), 80_000);
/// let longer = CallBandwidth { packet_time: Duration::from_millis(30), ..CallBandwidth::G711 };
/// assert_eq!(longer.bits_per_second(), 74_667);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CallBandwidth {
    /// Bits per second that the codec makes.
    pub payload_rate: u32,
    /// How much time a packet holds; less than a microsecond counts as a millisecond, more than an hour as
    /// one.
    pub packet_time: Duration,
    /// Bytes of headers of each packet, RTP and below.
    pub overhead: u16,
}

impl CallBandwidth {
    /// RTP (12 bytes), UDP (8) and IPv4 (20).
    pub const OVERHEAD_IPV4: u16 = 12 + 8 + 20;
    /// RTP (12 bytes), UDP (8) and IPv6 (40).
    pub const OVERHEAD_IPV6: u16 = 12 + 8 + 40;
    /// What Ethernet adds to either: header (14 bytes) and checksum (4), without preamble and gap.
    pub const OVERHEAD_ETHERNET: u16 = 14 + 4;

    /// G.711 in packets of 20 ms over IPv4: 80 kbit/s at the level of IP, 64 of them voice.
    pub const G711: Self = Self {
        payload_rate: 64_000,
        packet_time: Duration::from_millis(20),
        overhead: Self::OVERHEAD_IPV4,
    };

    /// The same in Ethernet frames: 87.2 kbit/s.
    pub const G711_ON_ETHERNET: Self = Self {
        overhead: Self::OVERHEAD_IPV4 + Self::OVERHEAD_ETHERNET,
        ..Self::G711
    };

    /// Bits per second in one direction, rounded up.
    #[must_use]
    pub const fn bits_per_second(self) -> u64 {
        const SECOND: u64 = 1_000_000;
        let micros = self.packet_time.as_micros();
        // What is longer than an hour sends next to no headers, and must not overflow.
        #[expect(clippy::cast_possible_truncation, reason = "an hour at most")]
        let micros = match micros {
            0 => 1_000,
            1..=3_600_000_000 => micros as u64,
            _ => 3_600_000_000,
        };
        let headers = (self.overhead as u64 * 8 * SECOND).div_ceil(micros);
        self.payload_rate as u64 + headers
    }
}
