//! Pairs of an even RTP port and the odd RTCP port above it (RFC 3550 section 11).

use core::time::Duration;

use trunkline_sans_io::Instant;

/// The ports that media may use, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PortRange {
    /// The lowest even port.
    first_rtp: u16,
    /// How many pairs there are; at least one.
    pairs: u16,
}

/// No pair of an even port and the odd one above lies between the two ports, or one of them is 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the range holds no pair of an even port and the odd one above it")]
pub struct PortRangeError;

impl PortRange {
    /// 49152 to 57500, which firewalls of SIP trunks commonly open for media.
    pub const MEDIA: Self = match Self::new(49152, 57500) {
        Ok(range) => range,
        // Evaluated by the compiler: a range without a pair would not build.
        Err(_) => panic!("the range is not empty"),
    };

    /// The pairs that lie wholly between `first` and `last`, both included.
    ///
    /// # Errors
    ///
    /// [`PortRangeError`] when there is none, or `first` is 0.
    pub const fn new(first: u16, last: u16) -> Result<Self, PortRangeError> {
        if first == 0 || first == u16::MAX {
            return Err(PortRangeError);
        }
        let first_rtp = first + first % 2;
        if last <= first_rtp {
            return Err(PortRangeError);
        }
        let pairs = (last - first_rtp).div_ceil(2);
        Ok(Self { first_rtp, pairs })
    }

    /// How many pairs there are.
    #[must_use]
    pub const fn pairs(self) -> usize {
        self.pairs as usize
    }

    /// How many `u64` words [`Ports`] needs for this range.
    #[must_use]
    pub const fn words(self) -> usize {
        3 * self.pairs().div_ceil(64)
    }

    /// One of `parts` equal shares of the range, which together are the whole of it. `None` when
    /// there are fewer pairs than parts, or no such part.
    #[must_use]
    pub fn share(self, part: usize, parts: usize) -> Option<Self> {
        if part >= parts || parts > self.pairs() {
            return None;
        }
        let start = self.pairs() * part / parts;
        let end = self.pairs() * (part + 1) / parts;
        Some(Self {
            first_rtp: self.first_rtp + 2 * u16::try_from(start).ok()?,
            pairs: u16::try_from(end - start).ok()?,
        })
    }

    /// The lowest port.
    #[must_use]
    pub const fn first(self) -> u16 {
        self.first_rtp
    }

    /// The highest port.
    #[must_use]
    pub const fn last(self) -> u16 {
        self.first_rtp + (self.pairs - 1) * 2 + 1
    }
}

/// An even port for RTP and the odd one above it for RTCP.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PortPair {
    rtp: u16,
}

impl PortPair {
    /// The even port.
    #[must_use]
    pub const fn rtp(self) -> u16 {
        self.rtp
    }

    /// The odd port, one above.
    #[must_use]
    pub const fn rtcp(self) -> u16 {
        self.rtp + 1
    }
}

/// A pair that is set aside until its sockets are bound, or could not be.
///
/// Give it to [`Ports::commit`], [`Ports::cancel`] or [`Ports::reject`]; a reservation that is
/// just dropped keeps its pair from everybody.
#[derive(PartialEq, Eq, Debug)]
#[must_use = "a reservation that is neither committed nor cancelled keeps its ports"]
pub struct PortReservation(PortPair);

impl PortReservation {
    /// The ports to bind.
    #[must_use]
    pub const fn pair(&self) -> PortPair {
        self.0
    }
}

/// Every pair of the range is in use or rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("every port of the range is in use or rests")]
pub struct PortsExhausted;

/// Hands out pairs of ports of a range, each to one owner at a time.
///
/// A pair given back rests before it is handed out again, so that late packets of the old call
/// cannot reach a new one: for the quarantine at least, for twice as long at most. Which of the
/// free pairs is taken depends on a random number of the caller, so that ports cannot be foretold
/// (RFC 6056).
///
/// ```
/// use core::time::Duration;
/// use trunkline_rtp_relay::{PortRange, Ports};
/// use trunkline_sans_io::Instant;
///
/// let words = [0; PortRange::MEDIA.words()];
/// let mut ports = Ports::new(PortRange::MEDIA, Duration::from_secs(30), words).unwrap();
/// let now = Instant::ORIGIN;
/// let reservation = ports.reserve(now, 0x5eed)?;
/// let pair = reservation.pair();
/// assert_eq!((pair.rtp() % 2, pair.rtcp()), (0, pair.rtp() + 1));
/// // Both sockets could be bound:
/// let pair = ports.commit(reservation);
/// // ... and the call is over:
/// assert!(ports.release(now, pair));
/// # Ok::<(), trunkline_rtp_relay::PortsExhausted>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ports<B> {
    range: PortRange,
    quarantine: Duration,
    /// When the two generations of resting pairs last moved on.
    turned: Instant,
    /// Three maps of one bit for each pair: not to be handed out; of those, resting since the
    /// last turn; resting for longer.
    words: B,
}

impl<B: AsMut<[u64]>> Ports<B> {
    /// All pairs of `range` free. `None` when `words` are fewer than [`PortRange::words`].
    pub fn new(range: PortRange, quarantine: Duration, mut words: B) -> Option<Self> {
        let all = words.as_mut().get_mut(..range.words())?;
        all.fill(0);
        // The last word has bits past the last pair.
        if let (Some(last), tail @ 1..) = (all.get_mut(range.words() / 3 - 1), range.pairs() % 64) {
            *last = u64::MAX << tail;
        }
        Some(Self {
            range,
            quarantine,
            turned: Instant::ORIGIN,
            words,
        })
    }

    /// The range that pairs come from.
    #[must_use]
    pub const fn range(&self) -> PortRange {
        self.range
    }

    fn maps(&mut self) -> [&mut [u64]; 3] {
        let len = self.range.words() / 3;
        let (busy, rest) = self.words.as_mut().split_at_mut(len);
        let (young, rest) = rest.split_at_mut(len);
        [busy, young, &mut rest[..len]]
    }

    /// Frees what has rested for long enough.
    fn turn(&mut self, now: Instant) {
        let passed = now - self.turned;
        if passed < self.quarantine {
            return;
        }
        // With two turns at once, nothing that rests is younger than one quarantine.
        let twice = passed >= self.quarantine.saturating_mul(2);
        self.turned = if twice {
            now
        } else {
            self.turned + self.quarantine
        };
        let [busy, young, old] = self.maps();
        for ((busy, young), old) in busy.iter_mut().zip(young).zip(old) {
            *busy &= !*old;
            *old = core::mem::take(young);
            if twice {
                *busy &= !core::mem::take(old);
            }
        }
    }

    /// Sets a pair aside: the next free one at or above the place that `random` picks.
    ///
    /// # Errors
    ///
    /// [`PortsExhausted`] when no pair is free.
    pub fn reserve(
        &mut self,
        now: Instant,
        random: u64,
    ) -> Result<PortReservation, PortsExhausted> {
        self.turn(now);
        let range = self.range;
        let start = usize::try_from(random % u64::from(range.pairs)).unwrap_or(0);
        let [busy, ..] = self.maps();
        let (first, bit) = (start / 64, start % 64);
        let count = busy.len();
        // The word of the start comes twice: its upper part first, its lower part last.
        for step in 0..=count {
            let word = &mut busy[(first + step) % count];
            let passed_over = match step {
                0 => !(u64::MAX << bit),
                _ => 0,
            };
            let place = (*word | passed_over).trailing_ones();
            if place < u64::BITS {
                *word |= 1 << place;
                let index = 64 * ((first + step) % count) + place as usize;
                let offset = u16::try_from(2 * index).unwrap_or(0);
                return Ok(PortReservation(PortPair {
                    rtp: range.first_rtp + offset,
                }));
            }
        }
        Err(PortsExhausted)
    }

    /// The sockets are bound: the pair is in use until [`Ports::release`].
    pub const fn commit(&mut self, reservation: PortReservation) -> PortPair {
        reservation.0
    }

    /// The pair is not needed after all: it is free at once.
    pub fn cancel(&mut self, reservation: PortReservation) {
        if let Some((word, bit)) = self.place(reservation.0) {
            let [busy, ..] = self.maps();
            busy[word] &= !bit;
        }
    }

    /// The pair could not be bound, since somebody else has one of its ports: it rests like a
    /// pair that was released.
    pub fn reject(&mut self, now: Instant, reservation: PortReservation) {
        self.release(now, reservation.0);
    }

    /// The pair is no longer in use: it rests. `false` when it was not in use, or not of this
    /// range.
    pub fn release(&mut self, now: Instant, pair: PortPair) -> bool {
        self.turn(now);
        let immediately = self.quarantine.is_zero();
        let Some((word, bit)) = self.place(pair) else {
            return false;
        };
        let [busy, young, old] = self.maps();
        let in_use = busy[word] & bit != 0 && (young[word] | old[word]) & bit == 0;
        if in_use && immediately {
            busy[word] &= !bit;
        } else if in_use {
            young[word] |= bit;
        }
        in_use
    }

    /// How many pairs could be reserved now.
    pub fn available(&mut self, now: Instant) -> usize {
        self.turn(now);
        let [busy, ..] = self.maps();
        busy.iter().map(|word| word.count_zeros() as usize).sum()
    }

    /// The word of a pair and its bit there.
    fn place(&self, pair: PortPair) -> Option<(usize, u64)> {
        let index = usize::from(pair.rtp.checked_sub(self.range.first_rtp)? / 2);
        let ours = index < self.range.pairs() && pair.rtp.is_multiple_of(2);
        ours.then_some((index / 64, 1 << (index % 64)))
    }
}

#[cfg(test)]
mod tests;
