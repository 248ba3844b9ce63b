//! Who owes an answer (RFC 3264 section 4, RFC 3261 section 14).

use thiserror::Error;

use super::LocalOrigin;
use crate::wire::Sdp;

/// Where offer and answer of a dialog stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OfferAnswerState {
    /// Nothing agreed yet.
    Idle,
    /// We sent an offer that is not answered.
    LocalOffer,
    /// We received an offer that is not answered.
    RemoteOffer,
    /// An offer has been answered, and there is none since.
    Stable,
}

/// Whether the other side's SDP is another one than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RemoteChange {
    /// Session id or version differ, or this is the first one, or there is no telling.
    New,
    /// Same session id and version, hence the same SDP (RFC 3264 section 8); so sends a session
    /// refresh.
    Same,
}

/// Why an offer or answer does not fit. Nothing changes then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum OfferAnswerError {
    /// Our own offer is not answered yet. For an offer received this is glare: answer 491 Request
    /// Pending (RFC 3261 section 14.2). For one of our own: wait.
    #[error("local offer is not answered yet")]
    LocalOfferPending,
    /// The other side's offer is not answered yet. Answer a second one received with 500 and
    /// Retry-After (RFC 3261 section 14.2); answer the first before sending one.
    #[error("remote offer is not answered yet")]
    RemoteOfferPending,
    /// There is no offer to answer.
    #[error("answer without an offer")]
    NoOffer,
    /// An answer with another number of `m=` lines than its offer, or an offer with fewer than
    /// agreed before (RFC 3264 sections 6 and 8).
    #[error("{found} m= lines where {expected} were expected")]
    MediaLines {
        /// What the offer has, or the least number allowed.
        expected: usize,
        /// What is there.
        found: usize,
    },
}

/// Offer and answer with one peer.
///
/// ```
/// use trunkline_sdp_ice::{OfferAnswer, OfferAnswerError, OfferAnswerState};
///
/// let mut leg = OfferAnswer::new(1);
/// leg.send_offer(1)?;
/// // glare: the peer's INVITE crosses ours and is answered 491
/// assert_eq!(leg.send_offer(1), Err(OfferAnswerError::LocalOfferPending));
/// leg.withdraw();
/// assert_eq!(leg.state(), OfferAnswerState::Idle);
/// # Ok::<(), OfferAnswerError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferAnswer {
    /// The `o=` line of what we send to this peer.
    pub origin: LocalOrigin,
    state: OfferAnswerState,
    /// `m=` lines agreed; `None` before the first answer.
    agreed: Option<usize>,
    /// `m=` lines of the offer that is not answered.
    offered: usize,
    remote: Option<(u64, u64)>,
    /// Of the remote offer that is not answered.
    remote_offered: Option<(u64, u64)>,
}

impl OfferAnswer {
    /// Nothing sent or received yet. `session_id` is for our `o=` line, see [`LocalOrigin::new`].
    #[must_use]
    pub const fn new(session_id: u64) -> Self {
        Self {
            origin: LocalOrigin::new(session_id),
            state: OfferAnswerState::Idle,
            agreed: None,
            offered: 0,
            remote: None,
            remote_offered: None,
        }
    }

    /// Where things stand.
    #[must_use]
    pub const fn state(&self) -> OfferAnswerState {
        self.state
    }

    fn open(&mut self, media_lines: usize) -> Result<(), OfferAnswerError> {
        match self.state {
            OfferAnswerState::LocalOffer => return Err(OfferAnswerError::LocalOfferPending),
            OfferAnswerState::RemoteOffer => return Err(OfferAnswerError::RemoteOfferPending),
            OfferAnswerState::Idle | OfferAnswerState::Stable => {}
        }
        match self.agreed {
            Some(agreed) if media_lines < agreed => Err(OfferAnswerError::MediaLines {
                expected: agreed,
                found: media_lines,
            }),
            _ => {
                self.offered = media_lines;
                Ok(())
            }
        }
    }

    fn close(&mut self, from: OfferAnswerState, found: usize) -> Result<(), OfferAnswerError> {
        if self.state != from {
            return Err(OfferAnswerError::NoOffer);
        }
        if found != self.offered {
            return Err(OfferAnswerError::MediaLines {
                expected: self.offered,
                found,
            });
        }
        self.state = OfferAnswerState::Stable;
        self.agreed = Some(found);
        Ok(())
    }

    /// Notes that we send an offer with so many `m=` lines.
    ///
    /// # Errors
    ///
    /// [`OfferAnswerError`]; the offer must not be sent then.
    pub fn send_offer(&mut self, media_lines: usize) -> Result<(), OfferAnswerError> {
        self.open(media_lines)?;
        self.state = OfferAnswerState::LocalOffer;
        Ok(())
    }

    /// Notes that an offer came.
    ///
    /// # Errors
    ///
    /// [`OfferAnswerError`], which names the answer to give.
    pub fn receive_offer(&mut self, sdp: &Sdp<'_>) -> Result<RemoteChange, OfferAnswerError> {
        self.open(sdp.media().count())?;
        self.state = OfferAnswerState::RemoteOffer;
        self.remote_offered = identity(sdp);
        Ok(self.change(self.remote_offered))
    }

    /// Notes that we answer the other side's offer, with so many `m=` lines.
    ///
    /// # Errors
    ///
    /// [`OfferAnswerError`]; the answer must not be sent then.
    pub fn send_answer(&mut self, media_lines: usize) -> Result<(), OfferAnswerError> {
        self.close(OfferAnswerState::RemoteOffer, media_lines)?;
        self.remote = self.remote_offered;
        Ok(())
    }

    /// Notes that the answer to our offer came.
    ///
    /// # Errors
    ///
    /// [`OfferAnswerError`]; our offer stays open.
    pub fn receive_answer(&mut self, sdp: &Sdp<'_>) -> Result<RemoteChange, OfferAnswerError> {
        self.close(OfferAnswerState::LocalOffer, sdp.media().count())?;
        let identity = identity(sdp);
        let change = self.change(identity);
        self.remote = identity;
        Ok(change)
    }

    /// Drops the offer that is not answered, of either side: it was rejected, cancelled, or its
    /// request failed. What was agreed before holds (RFC 3261 section 14.1).
    pub fn withdraw(&mut self) {
        self.state = match self.agreed {
            Some(_) => OfferAnswerState::Stable,
            None => OfferAnswerState::Idle,
        };
    }

    fn change(&self, identity: Option<(u64, u64)>) -> RemoteChange {
        match identity.is_some() && identity == self.remote {
            true => RemoteChange::Same,
            false => RemoteChange::New,
        }
    }
}

/// Session id and version; `None` if they are missing or past 64 bits.
fn identity(sdp: &Sdp<'_>) -> Option<(u64, u64)> {
    let origin = sdp.origin().ok()??;
    Some((
        origin.session_id.parse().ok()?,
        origin.session_version.parse().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Mode;

    fn sdp(bytes: &[u8]) -> Sdp<'_> {
        Sdp::parse(bytes, Mode::Tolerant).unwrap()
    }

    const ONE: &[u8] = b"v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n";
    const ONE_AGAIN: &[u8] = b"v=0\r\no=- 7 2 IN IP4 192.0.2.1\r\nm=audio 4002 RTP/AVP 0\r\n";
    const NONE: &[u8] = b"v=0\r\no=- 7 3 IN IP4 192.0.2.1\r\n";

    #[test]
    fn an_offer_is_answered_once() {
        let mut leg = OfferAnswer::new(1);
        assert_eq!(
            leg.receive_answer(&sdp(ONE)),
            Err(OfferAnswerError::NoOffer)
        );
        leg.send_offer(1).unwrap();
        assert_eq!(leg.receive_answer(&sdp(ONE)), Ok(RemoteChange::New));
        assert_eq!(leg.state(), OfferAnswerState::Stable);
        assert_eq!(
            leg.receive_answer(&sdp(ONE)),
            Err(OfferAnswerError::NoOffer)
        );
        assert_eq!(leg.send_answer(1), Err(OfferAnswerError::NoOffer));
    }

    #[test]
    fn glare_and_second_offers_are_told_apart() {
        let mut leg = OfferAnswer::new(1);
        leg.send_offer(1).unwrap();
        assert_eq!(
            leg.receive_offer(&sdp(ONE)),
            Err(OfferAnswerError::LocalOfferPending)
        );
        assert_eq!(leg.state(), OfferAnswerState::LocalOffer);
        leg.withdraw();
        leg.receive_offer(&sdp(ONE)).unwrap();
        assert_eq!(
            leg.receive_offer(&sdp(ONE)),
            Err(OfferAnswerError::RemoteOfferPending)
        );
        assert_eq!(leg.send_offer(1), Err(OfferAnswerError::RemoteOfferPending));
    }

    #[test]
    fn media_lines_never_vanish() {
        let mut leg = OfferAnswer::new(1);
        leg.send_offer(1).unwrap();
        let error = OfferAnswerError::MediaLines {
            expected: 1,
            found: 0,
        };
        assert_eq!(leg.receive_answer(&sdp(NONE)), Err(error));
        assert_eq!(leg.state(), OfferAnswerState::LocalOffer);
        leg.receive_answer(&sdp(ONE)).unwrap();
        assert_eq!(leg.receive_offer(&sdp(NONE)), Err(error));
        assert_eq!(leg.send_offer(2), Ok(()));
    }

    #[test]
    fn a_refresh_is_told_from_a_change() {
        let mut leg = OfferAnswer::new(1);
        leg.receive_offer(&sdp(ONE)).unwrap();
        leg.send_answer(1).unwrap();
        assert_eq!(leg.receive_offer(&sdp(ONE)), Ok(RemoteChange::Same));
        leg.withdraw();
        assert_eq!(leg.receive_offer(&sdp(ONE_AGAIN)), Ok(RemoteChange::New));
        // a rejected offer changes nothing
        leg.withdraw();
        assert_eq!(leg.state(), OfferAnswerState::Stable);
        assert_eq!(leg.receive_offer(&sdp(ONE)), Ok(RemoteChange::Same));
    }
}
