//! Whom an allocation talks to: permissions and channels (RFC 8656 sections 9 and 12).

use core::net::SocketAddr;
use core::time::Duration;

use trunkline_sans_io::{Instant, Key, Slot, Slots, Storage};

use super::Refusal;
use crate::wire::ChannelNumber;

/// How long a permission lasts (RFC 8656 section 9), and when it is asked for again.
const PERMISSION: (Duration, Duration) = (Duration::from_secs(300), Duration::from_secs(240));
/// The same of a channel (RFC 8656 section 12).
const CHANNEL: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(540));
/// For how long after that neither the number nor the peer may be bound otherwise.
const CHANNEL_REST: Duration = Duration::from_secs(300);
/// How many permissions one request asks for: the longest then is within what passes unfragmented.
const MAX_PERMISSIONS: usize = 16;

/// Something that the server grants for a time.
#[derive(Clone, Copy, Default, Debug)]
struct Lease {
    wanted: bool,
    /// The request is under way.
    asked: bool,
    until: Option<Instant>,
    renew_at: Option<Instant>,
}

impl Lease {
    fn grant(&mut self, began: Instant, (lifetime, renewal): (Duration, Duration), renew: bool) {
        self.asked = false;
        self.wanted = false;
        self.until = Some(began + lifetime);
        self.renew_at = renew.then_some(began + renewal);
    }

    fn let_go(&mut self) {
        self.wanted = false;
        self.renew_at = None;
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.renew_at.is_some_and(|at| at <= now) {
            self.renew_at = None;
            self.wanted = true;
        }
    }

    fn holds(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Whether data may come by it, also before the response that tells so.
    const fn may_be_used(&self) -> bool {
        self.asked || self.until.is_some()
    }
}

/// What is to be told of a peer.
#[derive(Clone, Copy, Default, Debug)]
struct News {
    permitted: bool,
    bound: bool,
    refused: Option<Refusal>,
    channel_refused: Option<Refusal>,
}

/// An entry in the table of peers of a [`TurnClient`](super::TurnClient). Make an array of
/// [`Slot::EMPTY`] for it.
#[derive(Clone, Copy, Debug)]
pub struct TurnPeer {
    pub(super) address: SocketAddr,
    pub(super) channel_number: Option<ChannelNumber>,
    permission: Lease,
    channel: Lease,
    /// Until then the server may remember the channel, so that neither its number nor the peer may
    /// be bound otherwise.
    remembered_until: Option<Instant>,
    /// Asked for alone, since the server refused it together with others.
    alone: bool,
    /// Nobody talks to it any more; kept for its channel number.
    released: bool,
    news: News,
}

impl TurnPeer {
    pub(super) fn has_channel(&self, now: Instant) -> bool {
        self.channel.holds(now)
    }

    pub(super) fn is_permitted(&self, now: Instant) -> bool {
        // A channel is a permission, too.
        self.permission.holds(now)
    }

    const fn is_under_way(&self) -> bool {
        self.permission.asked || self.channel.asked
    }
}

/// One thing to tell of a peer.
#[derive(Clone, Copy, Debug)]
pub(super) enum PeerNews {
    Permitted,
    Bound,
    Refused(Refusal),
    ChannelRefused(Refusal),
}

#[derive(Clone, Debug)]
pub(super) struct Peers<S> {
    slots: Slots<TurnPeer, S>,
    channels: bool,
    /// The numbers below were asked for at one time, and may be in use for longer than they are known here.
    first_unasked: u16,
    /// Until then the server may remember channels that are forgotten here.
    forgotten_until: Option<Instant>,
    has_news: bool,
    next_renewal: Option<Instant>,
}

impl<S: Storage<Slot<TurnPeer>>> Peers<S> {
    pub(super) fn new(storage: S, channels: bool) -> Self {
        Self {
            slots: Slots::new(storage),
            channels,
            first_unasked: ChannelNumber::MIN.number(),
            forgotten_until: None,
            has_news: false,
            next_renewal: None,
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&TurnPeer> {
        self.slots.get(key).filter(|peer| !peer.released)
    }

    pub(super) fn find(&self, address: SocketAddr) -> Option<Key> {
        let mut live = self.slots.iter().filter(|(_, peer)| !peer.released);
        live.find(|(_, peer)| peer.address == address)
            .map(|(key, _)| key)
    }

    pub(super) fn len(&self) -> usize {
        let live = self.slots.iter().filter(|(_, peer)| !peer.released);
        live.count()
    }

    /// The peer that a channel is bound to.
    #[inline]
    pub(super) fn by_channel(&self, number: ChannelNumber) -> Option<(Key, &TurnPeer)> {
        let index = usize::from(number.number() - ChannelNumber::MIN.number());
        let (key, peer) = self.slots.entry_at(index)?;
        let open =
            peer.channel_number == Some(number) && !peer.released && peer.channel.may_be_used();
        open.then_some((key, peer))
    }

    /// Whether the server may know a channel by this number.
    pub(super) const fn may_know(&self, number: u16) -> bool {
        number < self.first_unasked
    }

    /// Whether data from this address was asked for, and its entry if there is one for the port.
    pub(super) fn by_address(&self, address: SocketAddr) -> Option<Option<Key>> {
        let permitted = |peer: &TurnPeer| {
            !peer.released && (peer.permission.may_be_used() || peer.channel.may_be_used())
        };
        let mut of_host = self
            .slots
            .iter()
            .filter(|(_, peer)| permitted(peer) && peer.address.ip() == address.ip())
            .peekable();
        of_host.peek()?;
        let exact = of_host.find(|(_, peer)| peer.address == address);
        Some(exact.map(|(key, _)| key))
    }

    /// `None` if the table is full.
    pub(super) fn add(&mut self, now: Instant, address: SocketAddr) -> Option<Key> {
        let known = self
            .slots
            .iter()
            .find(|(_, peer)| peer.address == address)
            .map(|(key, peer)| (key, *peer));
        match known {
            Some((key, peer)) if !peer.released => return Some(key),
            Some((key, mut peer)) => {
                // The server may know its channel by its number still, and by no other.
                peer.released = false;
                peer.news = News::default();
                peer.permission.wanted = !peer.permission.asked;
                peer.channel.wanted = peer.channel_number.is_some() && !peer.channel.asked;
                self.slots.remove(key);
                let key = self.slots.insert(peer).ok();
                self.rearm();
                return key;
            }
            None => {}
        }
        if self.slots.len() == self.slots.limit() {
            self.forget_one(now)?;
        }
        // A channel with this peer may be among those that are forgotten.
        let renew_at = self.forgotten_until.filter(|until| *until > now);
        let channels = self.channels;
        let inserted = self.slots.insert_with(|key| {
            let offset = u16::try_from(key.index()).ok();
            let number = offset.and_then(|offset| ChannelNumber::MIN.number().checked_add(offset));
            let channel_number = number.and_then(ChannelNumber::new).filter(|_| channels);
            TurnPeer {
                address,
                channel_number,
                permission: Lease {
                    wanted: true,
                    ..Lease::default()
                },
                channel: Lease {
                    wanted: channel_number.is_some() && renew_at.is_none(),
                    renew_at: renew_at.filter(|_| channel_number.is_some()),
                    ..Lease::default()
                },
                remembered_until: None,
                alone: false,
                released: false,
                news: News::default(),
            }
        });
        self.rearm();
        inserted.ok()
    }

    /// Makes room where a peer was removed that the server may forget first.
    fn forget_one(&mut self, now: Instant) -> Option<()> {
        let released = self
            .slots
            .iter()
            .filter(|(_, peer)| peer.released && !peer.is_under_way());
        let (key, peer) = released.min_by_key(|(_, peer)| peer.remembered_until)?;
        let until = peer.remembered_until.filter(|until| *until > now);
        self.forgotten_until = self.forgotten_until.max(until);
        self.slots.remove(key);
        Some(())
    }

    /// Nothing is renewed for it any more. Tells whether it was there.
    pub(super) fn remove(&mut self, key: Key) -> bool {
        let Some(peer) = self.slots.get_mut(key).filter(|peer| !peer.released) else {
            return false;
        };
        peer.released = true;
        peer.permission.let_go();
        peer.channel.let_go();
        self.forget_if_done(key);
        self.rearm();
        true
    }

    fn forget_if_done(&mut self, key: Key) {
        let done = self.slots.get(key).is_some_and(|peer| {
            peer.released && !peer.is_under_way() && peer.channel.until.is_none()
        });
        if done {
            self.slots.remove(key);
        }
    }

    pub(super) fn clear(&mut self) {
        for index in 0..self.slots.limit() {
            if let Some(key) = self.slots.key_at(index) {
                self.slots.remove(key);
            }
        }
        self.has_news = false;
        self.next_renewal = None;
    }

    /// Chooses whom the next request asks permissions for. Tells whether there is anybody.
    pub(super) fn ask_permissions(&mut self) -> bool {
        let mut asked = 0;
        for (_, peer) in self.slots.iter_mut() {
            if !peer.permission.wanted {
                continue;
            }
            if peer.alone && asked > 0 {
                continue;
            }
            peer.permission.wanted = false;
            peer.permission.asked = true;
            asked += 1;
            if peer.alone || asked == MAX_PERMISSIONS {
                break;
            }
        }
        asked > 0
    }

    /// Those that the request under way is about.
    pub(super) fn asked(&self) -> impl Iterator<Item = SocketAddr> {
        let asked = self.slots.iter().filter(|(_, peer)| peer.permission.asked);
        asked.map(|(_, peer)| peer.address)
    }

    /// Chooses whom the next request binds a channel to.
    pub(super) fn ask_channel(&mut self) -> Option<(usize, ChannelNumber, SocketAddr)> {
        let (key, peer) = self
            .slots
            .iter_mut()
            .find(|(_, peer)| peer.channel.wanted && peer.permission.until.is_some())?;
        let number = peer.channel_number?;
        peer.channel.wanted = false;
        peer.channel.asked = true;
        self.first_unasked = self.first_unasked.max(number.number() + 1);
        Some((key.index(), number, peer.address))
    }

    pub(super) fn permitted(&mut self, began: Instant) {
        for index in 0..self.slots.limit() {
            let Some(key) = self.slots.key_at(index) else {
                continue;
            };
            let Some(peer) = self.slots.get_mut(key).filter(|peer| peer.permission.asked) else {
                continue;
            };
            let first = peer.permission.until.is_none();
            peer.permission.grant(began, PERMISSION, !peer.released);
            peer.alone = false;
            if first && !peer.released {
                peer.news.permitted = true;
                self.has_news = true;
            }
            self.forget_if_done(key);
        }
        self.rearm();
    }

    /// The server refuses what was asked: one of several, so that each is asked for alone, or the
    /// one.
    pub(super) fn not_permitted(&mut self, refusal: Refusal) {
        let several = self.asked().nth(1).is_some();
        for index in 0..self.slots.limit() {
            let Some(key) = self.slots.key_at(index) else {
                continue;
            };
            let Some(peer) = self.slots.get_mut(key).filter(|peer| peer.permission.asked) else {
                continue;
            };
            peer.permission.asked = false;
            if several {
                peer.alone = true;
                peer.permission.wanted = !peer.released;
            } else if !peer.released {
                peer.permission.until = None;
                peer.permission.let_go();
                peer.channel.let_go();
                peer.news.refused = Some(refusal);
                self.has_news = true;
            }
            self.forget_if_done(key);
        }
        self.rearm();
    }

    pub(super) fn bound(&mut self, now: Instant, index: usize, began: Instant) {
        let Some(key) = self.slots.key_at(index) else {
            return;
        };
        if let Some(peer) = self.slots.get_mut(key) {
            let first = peer.channel.until.is_none();
            peer.channel.grant(began, CHANNEL, !peer.released);
            peer.remembered_until = Some(now + CHANNEL.0 + CHANNEL_REST);
            // It renews the permission, too (RFC 8656 section 12).
            if !peer.permission.asked && !peer.permission.wanted {
                peer.permission.grant(began, PERMISSION, !peer.released);
            }
            if first && !peer.released {
                peer.news.bound = true;
                self.has_news = true;
            }
        }
        self.rearm();
    }

    pub(super) fn not_bound(&mut self, index: usize, refusal: Refusal) {
        let Some(key) = self.slots.key_at(index) else {
            return;
        };
        if let Some(peer) = self.slots.get_mut(key) {
            peer.channel.asked = false;
            peer.channel.let_go();
            if !peer.released {
                peer.news.channel_refused = Some(refusal);
                self.has_news = true;
            }
        }
        self.forget_if_done(key);
        self.rearm();
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.next_renewal.is_some_and(|at| at <= now) {
            for (_, peer) in self.slots.iter_mut() {
                peer.permission.handle_timeout(now);
                peer.channel.handle_timeout(now);
            }
            self.rearm();
        }
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.next_renewal
    }

    fn rearm(&mut self) {
        let renewals = self.slots.iter().flat_map(|(_, peer)| {
            [peer.permission.renew_at, peer.channel.renew_at]
                .into_iter()
                .flatten()
        });
        self.next_renewal = renewals.min();
    }

    pub(super) fn poll_news(&mut self) -> Option<(Key, SocketAddr, PeerNews)> {
        if !self.has_news {
            return None;
        }
        for (key, peer) in self.slots.iter_mut().filter(|(_, peer)| !peer.released) {
            let news = &mut peer.news;
            let next = if core::mem::take(&mut news.permitted) {
                PeerNews::Permitted
            } else if core::mem::take(&mut news.bound) {
                PeerNews::Bound
            } else if let Some(refusal) = news.channel_refused.take() {
                PeerNews::ChannelRefused(refusal)
            } else if let Some(refusal) = news.refused.take() {
                PeerNews::Refused(refusal)
            } else {
                continue;
            };
            return Some((key, peer.address, next));
        }
        self.has_news = false;
        None
    }
}
