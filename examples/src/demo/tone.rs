//! A tone as a telephone would send it.

/// One 20 ms frame of 160 G.711 A-law samples, from the sample with this number on.
///
/// `frequency` in Hz; about -9 dB below full scale.
#[must_use]
pub(super) fn alaw_frame(frequency: f64, first_sample: u64) -> [u8; 160] {
    let mut frame = [0; 160];
    for (sample, number) in frame.iter_mut().zip(first_sample..) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a demo does not last 2^53 samples"
        )]
        let phase = number as f64 * frequency / 8_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "within ±11,000")]
        let linear = ((phase * core::f64::consts::TAU).sin() * 11_000.0) as i16;
        *sample = alaw(linear);
    }
    frame
}

/// ITU-T G.711 A-law of a 16 bit sample.
fn alaw(linear: i16) -> u8 {
    let sign = if linear >= 0 { 0x80 } else { 0 };
    // 13 bit magnitude; the negative side is shifted by one so that it has as many steps.
    let magnitude = (if linear >= 0 { linear } else { !linear }) >> 3;
    let segment = 15 - (magnitude as u16 | 0x1f).leading_zeros() - 4;
    let shift = if segment == 0 { 1 } else { segment };
    let code = ((segment << 4) | ((magnitude as u32 >> shift) & 0x0f)) as u8;
    (code | sign) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points of the G.711 A-law table.
    #[test]
    fn alaw_hits_the_points_of_the_table() {
        assert_eq!(alaw(0), 0xd5);
        assert_eq!(alaw(-1), 0x55);
        assert_eq!(alaw(i16::MAX), 0xaa);
        assert_eq!(alaw(i16::MIN), 0x2a);
        assert_eq!(alaw(8 * 32), 0xc5);
    }

    #[test]
    fn frames_join_without_a_seam() {
        let (first, second) = (alaw_frame(1_000.0, 0), alaw_frame(1_000.0, 160));
        assert_eq!(first, second, "1 kHz repeats every 8 samples");
        assert_ne!(first, alaw_frame(440.0, 0));
    }
}
