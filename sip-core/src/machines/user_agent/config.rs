//! How a [`UserAgent`](super::UserAgent) behaves.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{DigestClientConfig, LayerConfig, Method};

/// What to do when an INVITE of ours begets more early dialogs than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EarlyDialogPolicy {
    /// Pass over provisional responses of any further dialog. A 2xx of one still counts.
    #[default]
    Ignore,
    /// Cancel the INVITE.
    Cancel,
}

/// The configuration of a [`UserAgent`](super::UserAgent). All limits are hard.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UserAgentConfig {
    /// The transaction layer below.
    pub layer: LayerConfig,
    /// How many INVITE usages ("call legs") there can be at a time, 10,000 by default. A further incoming
    /// INVITE is answered with 503 and Retry-After.
    pub max_usages: usize,
    /// How many early dialogs one INVITE of ours may have at a time, 20 by default.
    pub max_early_dialogs: usize,
    /// What happens beyond `max_early_dialogs`.
    pub early_dialog_policy: EarlyDialogPolicy,
    /// How many requests other than INVITE may wait for the owner's answer, 10,000 by default. A further one
    /// is answered with 503 and Retry-After.
    pub max_pending_requests: usize,
    /// The option tags that the owner supports. A request that requires another one is answered with 420
    /// (RFC 3261 section 8.2.2.3). They are not announced by themselves: put them into Supported.
    pub supported: Vec<&'static str>,
    /// The methods that are handed to the owner; any other is answered with 405 and this list in Allow
    /// (RFC 3261 section 8.2.1). Empty, the default, means all. INVITE and BYE, where wanted, have to be in
    /// the list; ACK and CANCEL always pass.
    pub allow: Vec<Method<'static>>,
    /// Whether the BYE of a peer is handed to the owner ([`UserAgentEvent::Request`](super::UserAgentEvent::Request)),
    /// who may challenge it. By default it is answered with 200 at once. A 2xx of the owner's ends the call, with any
    /// other answer, and without one, it goes on.
    pub hand_over_bye: bool,
    /// The value of the User-Agent header field of requests and the Server header field of responses; none
    /// by default.
    pub product: Option<String>,
    /// How challenges are answered, once there are credentials
    /// ([`UserAgent::add_account`](super::UserAgent::add_account)).
    pub digest: DigestClientConfig,
    /// For how many calls and registrations the nonces of servers are remembered, 10,000 by default. The
    /// requests of any further one are challenged more often.
    pub max_digest_sessions: usize,
}

impl UserAgentConfig {
    /// The defaults over this transaction layer.
    #[must_use]
    pub const fn new(layer: LayerConfig) -> Self {
        Self {
            layer,
            max_usages: 10_000,
            max_early_dialogs: 20,
            early_dialog_policy: EarlyDialogPolicy::Ignore,
            max_pending_requests: 10_000,
            supported: Vec::new(),
            allow: Vec::new(),
            hand_over_bye: false,
            product: None,
            digest: DigestClientConfig::DEFAULT,
            max_digest_sessions: 10_000,
        }
    }
}

impl Default for UserAgentConfig {
    fn default() -> Self {
        Self::new(LayerConfig::default())
    }
}
