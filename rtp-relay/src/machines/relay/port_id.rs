//! The number that leads from a socket to its session.

use trunkline_sans_io::Key;

use crate::machines::{Component, Leg};

/// Names one of the four sockets of a session. Made of the session's key, so that finding the
/// session costs the same however many there are, and a late packet of a socket that is gone
/// finds nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PortId(u64);

/// Where the generation of the key begins, in a key and in a port.
const GENERATION: u32 = 32;
const LEG: u64 = 2;
const COMPONENT: u64 = 1;

impl PortId {
    /// Two bits of the place are needed for leg and component.
    pub(super) const MAX_SESSIONS: usize = 1 << 30;

    /// The socket of a component of a leg.
    #[must_use]
    #[inline]
    pub const fn new(session: Key, leg: Leg, component: Component) -> Self {
        let bits = session.to_bits();
        let place = bits << GENERATION >> GENERATION;
        let leg = match leg {
            Leg::A => 0,
            Leg::B => LEG,
        };
        let component = match component {
            Component::Rtp => 0,
            Component::Rtcp => COMPONENT,
        };
        Self(bits >> GENERATION << GENERATION | place << 2 | leg | component)
    }

    /// The session.
    #[must_use]
    #[inline]
    pub const fn session(self) -> Key {
        let place = self.0 << GENERATION >> GENERATION >> 2;
        Key::from_bits(self.0 >> GENERATION << GENERATION | place)
    }

    /// The leg.
    #[must_use]
    #[inline]
    pub const fn leg(self) -> Leg {
        if self.0 & LEG == 0 { Leg::A } else { Leg::B }
    }

    /// The component.
    #[must_use]
    #[inline]
    pub const fn component(self) -> Component {
        if self.0 & COMPONENT == 0 {
            Component::Rtp
        } else {
            Component::Rtcp
        }
    }

    /// As one number, for instance as the data of an epoll event.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The port that [`PortId::to_bits`] made this number of. Any number gives a port; one that
    /// was not handed out finds no session.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_key_leg_and_component() {
        for bits in [0, 5, (1 << 30) - 1, 7 << 32 | 9, u64::from(u32::MAX) << 32] {
            let key = Key::from_bits(bits);
            for leg in Leg::BOTH {
                for component in Component::BOTH {
                    let port = PortId::from_bits(PortId::new(key, leg, component).to_bits());
                    assert_eq!(port.session(), key);
                    assert_eq!((port.leg(), port.component()), (leg, component));
                }
            }
        }
    }
}
