//! Who may send requests.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use trunkline_sans_io::{FiveTuple, Network};

/// The networks from which requests may come to a local address. A provider that knows its customers by
/// their addresses asks for no credentials, so that these networks are all there is of authentication.
///
/// ```
/// use trunkline_sip_core::{AllowedSources, LayerConfig};
///
/// let mut config = LayerConfig::default();
/// let wan = "203.0.113.5:5060".parse()?;
/// let provider = ["213.148.136.0/24".parse()?, "213.148.137.0/24".parse()?];
/// config.sources.push(AllowedSources::new(wan, provider));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllowedSources {
    /// Where the requests arrive. The unspecified address (`0.0.0.0`, `::`) stands for all of its family,
    /// port 0 for all ports.
    pub local: SocketAddr,
    /// Who may send them. When it is empty nobody may.
    pub networks: Vec<Network>,
    /// Whether requests of others get no answer at all; else they get 403. Default `false`.
    pub silent: bool,
}

impl AllowedSources {
    /// Only from these networks may requests come to `local`; others get 403.
    pub fn new(local: SocketAddr, networks: impl IntoIterator<Item = Network>) -> Self {
        Self {
            local,
            networks: networks.into_iter().collect(),
            silent: false,
        }
    }

    /// The same, but others get no answer.
    #[must_use]
    pub const fn silently(mut self) -> Self {
        self.silent = true;
        self
    }

    /// Whether this is about the local address.
    fn concerns(&self, local: SocketAddr) -> bool {
        let (ours, theirs) = (self.local.ip(), local.ip().to_canonical());
        let ip = ours.to_canonical() == theirs
            || ours.is_unspecified() && ours.is_ipv4() == theirs.is_ipv4();
        ip && (self.local.port() == 0 || self.local.port() == local.port())
    }

    fn admit(&self, source: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(source))
    }
}

/// A sender that may not send requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stranger {
    /// It gets no answer.
    pub(super) silent: bool,
}

/// Whether the sender at the far end of `path` is a stranger. The first entry that concerns the local address
/// counts; where none does, everybody may send.
pub(super) fn stranger(sources: &[AllowedSources], path: FiveTuple) -> Option<Stranger> {
    let entry = sources.iter().find(|entry| entry.concerns(path.local))?;
    let admitted = entry.admit(path.remote.ip());
    (!admitted).then_some(Stranger {
        silent: entry.silent,
    })
}
