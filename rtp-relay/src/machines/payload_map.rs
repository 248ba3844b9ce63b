//! What a leg's payload types are on the other leg, and how fast their clocks run.

use core::num::NonZeroU32;

/// How many payload types one leg can have told.
const CAPACITY: usize = 8;

/// What is known of one payload type on the leg that it arrives at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayloadEntry {
    /// The payload type as it arrives, 0 to 127.
    pub payload_type: u8,
    /// What it becomes before it is forwarded, 0 to 127.
    pub forward_as: u8,
    /// Ticks of its timestamp in a second. `None` leaves the packets out of the jitter: right
    /// for telephone-event (RFC 4733), whose packets repeat one timestamp while time goes on.
    pub clock_rate: Option<NonZeroU32>,
}

impl PayloadEntry {
    /// The clock of narrow-band audio, 8,000 Hz, taken for every payload type that is not told
    /// (RFC 3551 section 4.5).
    // Evaluated by the compiler: a clock of zero would not build.
    pub const DEFAULT_CLOCK_RATE: NonZeroU32 = NonZeroU32::new(8000).unwrap();

    /// A payload type that passes unchanged, with a clock of 8,000 Hz.
    #[must_use]
    pub const fn new(payload_type: u8) -> Self {
        Self {
            payload_type,
            forward_as: payload_type,
            clock_rate: Some(Self::DEFAULT_CLOCK_RATE),
        }
    }
}

/// The map is full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a leg tells at most 8 payload types")]
pub struct PayloadMapFull;

/// The payload types of a leg, 8 at most. One that is not told passes unchanged and is taken to
/// have a clock of 8,000 Hz.
///
/// ```
/// use trunkline_rtp_relay::{PayloadEntry, PayloadMap};
///
/// // telephone-event is 101 on this leg and 96 on the other.
/// let mut payloads = PayloadMap::EMPTY;
/// payloads.insert(PayloadEntry { forward_as: 96, clock_rate: None, ..PayloadEntry::new(101) })?;
/// assert_eq!(payloads.get(101).forward_as, 96);
/// assert_eq!(payloads.get(8), PayloadEntry::new(8));
/// # Ok::<(), trunkline_rtp_relay::PayloadMapFull>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayloadMap {
    // In columns, which need less room than entries.
    payload_types: [u8; CAPACITY],
    forward_as: [u8; CAPACITY],
    clock_rates: [Option<NonZeroU32>; CAPACITY],
    len: u8,
}

impl PayloadMap {
    /// Nothing told.
    pub const EMPTY: Self = Self {
        payload_types: [0; CAPACITY],
        forward_as: [0; CAPACITY],
        clock_rates: [None; CAPACITY],
        len: 0,
    };

    /// Telephone events (RFC 4733) on their way to a peer that takes them as `taken`: they are known under that
    /// number and under `sent`, which the sender uses for its own direction, and go on as `taken`. They keep
    /// their timestamp while they last, so they say nothing of jitter.
    #[must_use]
    pub fn telephone_events(sent: Option<u8>, taken: u8) -> Self {
        let mut map = Self::EMPTY;
        for payload_type in [sent.unwrap_or(taken), taken] {
            let entry = PayloadEntry {
                payload_type,
                forward_as: taken,
                clock_rate: None,
            };
            // Two of eight places.
            let _ = map.insert(entry);
        }
        map
    }

    /// Tells a payload type, or tells it anew. The upper bit of both types is cut off.
    ///
    /// # Errors
    ///
    /// [`PayloadMapFull`] when 8 others are told already.
    pub fn insert(&mut self, entry: PayloadEntry) -> Result<(), PayloadMapFull> {
        let payload_type = entry.payload_type & 0x7f;
        let told = self.place(payload_type);
        let place = told.unwrap_or_else(|| self.len.into());
        if place == CAPACITY {
            return Err(PayloadMapFull);
        }
        self.payload_types[place] = payload_type;
        self.forward_as[place] = entry.forward_as & 0x7f;
        self.clock_rates[place] = entry.clock_rate;
        if told.is_none() {
            self.len += 1;
        }
        Ok(())
    }

    #[inline]
    fn place(&self, payload_type: u8) -> Option<usize> {
        let told = self.payload_types.iter().take(self.len.into());
        told.into_iter().position(|&told| told == payload_type)
    }

    /// What is known of a payload type.
    #[must_use]
    #[inline]
    pub fn get(&self, payload_type: u8) -> PayloadEntry {
        match self.place(payload_type) {
            Some(place) => PayloadEntry {
                payload_type,
                forward_as: self.forward_as[place],
                clock_rate: self.clock_rates[place],
            },
            None => PayloadEntry::new(payload_type),
        }
    }
}

impl Default for PayloadMap {
    fn default() -> Self {
        Self::EMPTY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_known_under_both_numbers() {
        let map = PayloadMap::telephone_events(Some(101), 96);
        for payload_type in [101, 96] {
            let entry = map.get(payload_type);
            assert_eq!((entry.forward_as, entry.clock_rate), (96, None));
        }
    }

    #[test]
    fn the_ninth_payload_type_is_refused() {
        let mut map = PayloadMap::EMPTY;
        for payload_type in 96..104 {
            assert_eq!(map.insert(PayloadEntry::new(payload_type)), Ok(()));
        }
        assert_eq!(map.insert(PayloadEntry::new(104)), Err(PayloadMapFull));
        let again = PayloadEntry {
            forward_as: 8,
            ..PayloadEntry::new(96)
        };
        assert_eq!(map.insert(again), Ok(()));
        assert_eq!(map.get(96), again);
    }
}
