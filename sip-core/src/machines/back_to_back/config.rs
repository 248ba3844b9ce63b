//! How a [`BackToBack`](super::BackToBack) behaves.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

/// The configuration of a [`BackToBack`](super::BackToBack). Start from the default and change what differs.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct BackToBackConfig {
    /// How many calls there can be at a time; a further INVITE gets 503 with Retry-After. Default 4,000. Each
    /// takes two usages of the user agent, and one more for every attempt that was given up and lingers: leave
    /// room in [`UserAgentConfig::max_usages`](crate::UserAgentConfig).
    pub max_calls: usize,
    /// How long a call may take from the INVITE to its answer, all attempts together; after that the caller
    /// gets 408. Default 181 s, just longer than timer C of RFC 3261 section 16.6.
    pub ring_limit: Duration,
    /// How long a next hop may say nothing at all, not even 100, before it is given up for another one. Where
    /// its connection ends after the 100, that is noticed within the same time. Default 4 s.
    pub attempt_limit: Duration,
    /// How long a next hop may say nothing but 100 before it is given up for another one. A telephone network
    /// easily takes 10 s to find the callee, so this has to be longer than that. Default 20 s.
    pub trying_limit: Duration,
    /// The header fields of responses and of requests in a call that cross to the other party, by name: those
    /// that speak of the parties and not of the hop. Default: P-Asserted-Identity, Privacy, Diversion,
    /// History-Info, Reason, Subject and Info-Package. Whether a peer is trusted to assert an identity (RFC 3325)
    /// is for the owner to say, by this list.
    ///
    /// Names of what every message has of its own are ignored here: Via, From, To, Call-ID, CSeq, Max-Forwards,
    /// Contact, Route, Record-Route, Content-Type and Content-Length; so are Content-Encoding,
    /// Content-Disposition, Content-Language and MIME-Version, which cross with the body that they tell of.
    /// A field whose value cannot be written again is left out, the others cross.
    pub crossing: Vec<Box<str>>,
    /// What Allow says in the 2xx to an INVITE and in 405.
    pub allow: Box<str>,
    /// What Retry-After says in a 503 to a new INVITE, in seconds. Default 10.
    pub retry_after: u32,
}

impl Default for BackToBackConfig {
    fn default() -> Self {
        let crossing = [
            "P-Asserted-Identity",
            "Privacy",
            "Diversion",
            "History-Info",
            "Reason",
            "Subject",
            "Info-Package",
        ];
        Self {
            max_calls: 4_000,
            ring_limit: Duration::from_secs(181),
            attempt_limit: Duration::from_secs(4),
            trying_limit: Duration::from_secs(20),
            crossing: crossing.into_iter().map(Box::from).collect(),
            allow: "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS, MESSAGE".into(),
            retry_after: 10,
        }
    }
}

/// How one attempt to reach the callee goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// Whether the caller may be sent early media: the bodies of provisional responses. Without it a
    /// provisional response with a body becomes a 180 that has none. Default `true`.
    pub early_media: bool,
}

impl ConnectOptions {
    /// The defaults, with early media or without.
    #[must_use]
    pub const fn with_early_media(early_media: bool) -> Self {
        Self { early_media }
    }
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self::with_early_media(true)
    }
}
