//! How challenges are chosen.

use crate::AlgorithmList;

/// Which of several challenges for one realm is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChallengePreference {
    /// The topmost whose algorithm is allowed: the server has put them in its order (RFC 8760 section 2.4).
    Server,
    /// The one whose algorithm comes first in [`DigestClientConfig::algorithms`].
    Strongest,
}

/// How a [`DigestClient`](crate::DigestClient) answers. Start from the default and change what differs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DigestClientConfig {
    /// The algorithms that are allowed, the strongest first. Without MD5 nobody between client and server
    /// can ask for an MD5 digest of the password. Default: all six.
    pub algorithms: AlgorithmList,
    /// Which challenge is answered. Default: the topmost.
    pub preference: ChallengePreference,
    /// Whether the body is protected where the server offers that. Default: no, since session border
    /// controllers that change bodies break it.
    pub prefer_integrity: bool,
    /// The most challenges of one realm in a row, without a success between. Default: 5.
    pub max_challenges: u8,
}

impl DigestClientConfig {
    /// What the fields tell as their default.
    pub const DEFAULT: Self = Self {
        algorithms: AlgorithmList::ALL,
        preference: ChallengePreference::Server,
        prefer_integrity: false,
        max_challenges: 5,
    };
}

impl Default for DigestClientConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}
