//! How a call sounds, from loss and delay (the E-model of ITU-T G.107).

use core::time::Duration;

use super::{Leg, ReceptionStatistics, SessionStatistics};

/// A codec as the E-model sees it, and what is assumed where nothing is measured.
///
/// This is the model with the default values of G.107 for all but loss, delay and codec, at random
/// loss (a burst ratio of 1):
///
/// * R = 93.2 − Id − Ie,eff
/// * Ie,eff = Ie + (95 − Ie) · Ppl / (Ppl + Bpl), with the loss Ppl in per cent
/// * Id = 0.024 · d + 0.11 · (d − 177.3) · H(d − 177.3), with the one-way delay d in milliseconds
///   and H the step from 0 to 1 there.
///
/// The last is the well-known simplification by two straight lines, in place of the logarithms of
/// G.107; it holds for the default echo loss and up to some 400 ms.
///
/// What a jitter buffer throws away is loss to the listener but not to the relay, which cannot
/// know it: with much jitter the listener hears worse than rated here.
///
/// ```
/// use core::time::Duration;
/// use trunkline_rtp_relay::EModel;
///
/// let perfect = EModel::G711.rate(0.0, Duration::ZERO);
/// assert!((perfect.r() - 93.2).abs() < 0.01);
/// assert!((perfect.mos() - 4.41).abs() < 0.01);
/// // 5 % of the packets lost, 150 ms from mouth to ear.
/// let poor = EModel::G711.rate(0.05, Duration::from_millis(150));
/// assert!((poor.mos() - 3.77).abs() < 0.01);
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EModel {
    /// Ie, what coding alone costs (G.113 appendix I): 0 for G.711.
    pub equipment_impairment: f32,
    /// Bpl, how well losses are hidden (G.113 appendix I): 25.1 for G.711 with concealment.
    pub loss_robustness: f32,
    /// What the delay is more than the network's: a packet to be filled, the jitter buffer. Used by
    /// [`EModel::rate_session`] and [`EModel::rate_reception`].
    pub terminal_delay: Duration,
    /// The one-way delay of the network where no round trip is known.
    pub assumed_network_delay: Duration,
}

/// A rating by the E-model.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Rating(f32);

/// R of a connection with the default values of G.107.
const DEFAULT_RATING: f32 = 93.2;

impl EModel {
    /// G.711 whose receiver conceals losses (G.711 appendix I), as telephones do. Sixty
    /// milliseconds for a packet of 20 ms and a buffer of two; nothing for an unknown network.
    pub const G711: Self = Self {
        equipment_impairment: 0.0,
        loss_robustness: 25.1,
        terminal_delay: Duration::from_millis(60),
        assumed_network_delay: Duration::ZERO,
    };

    /// G.711 whose receiver puts silence where packets are missing.
    pub const G711_WITHOUT_CONCEALMENT: Self = Self {
        loss_robustness: 4.3,
        ..Self::G711
    };

    /// Rates a loss, as a fraction from 0 to 1, and a one-way delay from mouth to ear. What lies
    /// outside of 0 to 1 is cut off, and no number counts as no loss.
    #[must_use]
    pub fn rate(&self, loss: f32, delay: Duration) -> Rating {
        let loss = 100.0 * if loss > 0.0 { loss.min(1.0) } else { 0.0 };
        let impairment = self.equipment_impairment;
        // Without loss nothing is divided, so that a robustness of 0 does no harm.
        let effective = if loss > 0.0 {
            impairment + (95.0 - impairment) * loss / (loss + self.loss_robustness)
        } else {
            impairment
        };
        let delay = delay.as_secs_f32() * 1_000.0;
        let delayed = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
        Rating((DEFAULT_RATING - delayed - effective).clamp(0.0, 100.0))
    }

    /// Rates what was received, with the one-way delay of the network if it is known. `None` before
    /// a source is measured.
    #[must_use]
    pub fn rate_reception(
        &self,
        reception: &ReceptionStatistics,
        network_delay: Option<Duration>,
    ) -> Option<Rating> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a fraction of seven digits is enough"
        )]
        let loss = match reception.expected() {
            0 => return None,
            expected => reception.lost() as f32 / expected as f32,
        };
        let network = network_delay.unwrap_or(self.assumed_network_delay);
        Some(self.rate(loss, self.terminal_delay.saturating_add(network)))
    }

    /// Rates the voice of the peer of `leg` as it reached the relay. The delay of the network is
    /// half of each round trip that is known, of both legs together. `None` before a source is
    /// measured.
    ///
    /// Losses between the relay and the listener are not in it: those only the listener knows, and
    /// tells in [`PeerReports`](crate::PeerReports) of the other leg.
    #[must_use]
    pub fn rate_session(&self, statistics: &SessionStatistics, leg: Leg) -> Option<Rating> {
        let round_trips = statistics
            .legs
            .iter()
            .filter_map(|leg| leg.reported.round_trip());
        let round_trip = round_trips.reduce(Duration::saturating_add);
        let delay = round_trip.map(|both| both / 2);
        self.rate_reception(&statistics.leg(leg).received, delay)
    }
}

impl Rating {
    /// The rating factor R, from 0 to 100. Below 50 a connection is not recommended (G.109).
    #[must_use]
    pub const fn r(self) -> f32 {
        self.0
    }

    /// The mean opinion score that listeners are expected to give, from 1 (bad) to 4.5 (G.107 annex
    /// B).
    #[must_use]
    pub fn mos(self) -> f32 {
        let r = self.0;
        let mos = 1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6;
        // The polynomial dips below 1 for the lowest R.
        mos.clamp(1.0, 4.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Rtp, RtpHeader};
    use trunkline_sans_io::Instant;

    #[track_caller]
    fn near(found: f32, expected: f32, tolerance: f32) {
        assert!((found - expected).abs() <= tolerance, "{found} {expected}");
    }

    /// The points of G.107 annex B, table B.1: R and what it means in MOS.
    #[test]
    fn mos_follows_annex_b() {
        for (r, mos) in [
            (0.0, 1.0),
            (3.0, 1.0),
            (50.0, 2.58),
            (60.0, 3.10),
            (70.0, 3.60),
            (80.0, 4.03),
            (90.0, 4.34),
            (93.2, 4.41),
            (100.0, 4.5),
        ] {
            near(Rating(r).mos(), mos, 0.01);
        }
    }

    #[test]
    fn loss_costs_what_the_formula_says() {
        // Loss, R with concealment and without: 93.2 - 95 * p / (p + Bpl).
        for (loss, with, without) in [
            (0.0, 93.2, 93.2),
            (0.01, 89.56, 75.28),
            (0.02, 86.19, 63.04),
            (0.05, 77.42, 42.13),
            (0.10, 66.13, 26.77),
            (0.20, 51.07, 15.01),
            (1.0, 17.26, 2.12),
        ] {
            near(EModel::G711.rate(loss, Duration::ZERO).r(), with, 0.01);
            let rating = EModel::G711_WITHOUT_CONCEALMENT.rate(loss, Duration::ZERO);
            near(rating.r(), without, 0.01);
        }
        near(EModel::G711.rate(0.01, Duration::ZERO).mos(), 4.33, 0.01);
        near(EModel::G711.rate(0.05, Duration::ZERO).mos(), 3.93, 0.01);
    }

    #[test]
    fn delay_costs_more_beyond_the_knee() {
        for (millis, cost) in [(0, 0.0), (100, 2.4), (150, 3.6), (177, 4.25), (400, 34.1)] {
            let rating = EModel::G711.rate(0.0, Duration::from_millis(millis));
            near(rating.r(), 93.2 - cost, 0.01);
        }
    }

    #[test]
    fn nonsense_is_rated_within_bounds() {
        for loss in [-1.0, 2.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for delay in [Duration::ZERO, Duration::MAX] {
                let rating = EModel::G711.rate(loss, delay);
                assert!((0.0..=100.0).contains(&rating.r()));
                assert!((1.0..=4.5).contains(&rating.mos()));
            }
        }
        let fragile = EModel {
            loss_robustness: 0.0,
            ..EModel::G711
        };
        near(fragile.rate(0.0, Duration::ZERO).r(), 93.2, 0.01);
    }

    #[test]
    fn what_was_received_is_rated() {
        let mut reception = ReceptionStatistics::default();
        let model = EModel::G711;
        assert_eq!(model.rate_reception(&reception, None), None);
        // Every twentieth packet is lost.
        for sequence_number in (1..=1_000).filter(|number| number % 20 != 10) {
            let header = RtpHeader {
                sequence_number,
                ..RtpHeader::default()
            };
            let mut packet = [0; 12];
            header.write(&[], &mut packet).unwrap();
            let rtp = Rtp::parse(&packet).unwrap();
            reception.handle_packet(Instant::ORIGIN, &rtp, None);
        }
        let rating = model.rate_reception(&reception, None).unwrap();
        near(rating.r(), 77.42 - 60.0 * 0.024, 0.01);
        let rating = model.rate_reception(&reception, Some(Duration::from_millis(340)));
        near(rating.unwrap().r(), 77.42 - 34.1, 0.01);
    }
}
