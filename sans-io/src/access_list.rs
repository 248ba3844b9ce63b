//! Who may and who may not.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr};
use core::str::FromStr;

/// A range of addresses: an address and how many of its leading bits count (RFC 4632, RFC 4291
/// section 2.3).
///
/// ```
/// use trunkline_sans_io::Network;
///
/// let network: Network = "213.148.136.0/23".parse()?;
/// assert!(network.contains([213, 148, 137, 255].into()));
/// assert!(!network.contains([213, 148, 138, 1].into()));
/// # Ok::<(), trunkline_sans_io::NetworkError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Network {
    address: IpAddr,
    prefix_len: u8,
}

/// Why a text or a pair of values is no [`Network`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// What stands before the `/` is no IPv4 or IPv6 address.
    #[error("not an IPv4 or IPv6 address")]
    Address,
    /// The prefix length is no number, or longer than the address.
    #[error("the prefix length is no number or longer than the address")]
    PrefixLen,
    /// Bits past the prefix are set: `192.168.1.5/24` is a host, not a network.
    #[error("bits past the prefix length are set")]
    HostBits,
}

impl Network {
    /// The network of the addresses whose first `prefix_len` bits are those of `address`.
    ///
    /// # Errors
    ///
    /// When the prefix is longer than the address, or `address` has bits past it.
    pub fn new(address: IpAddr, prefix_len: u8) -> Result<Self, NetworkError> {
        if prefix_len > width(address) {
            return Err(NetworkError::PrefixLen);
        }
        if bits(address) & !mask(address, prefix_len) != 0 {
            return Err(NetworkError::HostBits);
        }
        Ok(Self {
            address,
            prefix_len,
        })
    }

    /// The network that holds nothing but this address.
    #[must_use]
    pub fn host(address: IpAddr) -> Self {
        Self {
            address,
            prefix_len: width(address),
        }
    }

    /// The first address of the network.
    #[must_use]
    pub const fn address(&self) -> IpAddr {
        self.address
    }

    /// How many leading bits count.
    #[must_use]
    pub const fn prefix_len(&self) -> u8 {
        self.prefix_len
    }

    /// Whether the address lies in this network. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`)
    /// counts as the IPv4 address it stands for, since a dual-stack socket reports it that way.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = if self.address.is_ipv4() {
            address.to_canonical()
        } else {
            address
        };
        self.address.is_ipv4() == address.is_ipv4()
            && (bits(address) ^ bits(self.address)) & mask(self.address, self.prefix_len) == 0
    }
}

const fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// The bits that count in an address of this family.
fn mask(address: IpAddr, prefix_len: u8) -> u128 {
    let full = if address.is_ipv4() {
        u128::from(u32::MAX)
    } else {
        u128::MAX
    };
    full & !full.checked_shr(u32::from(prefix_len)).unwrap_or(0)
}

impl FromStr for Network {
    type Err = NetworkError;

    /// `192.0.2.0/24`, `2001:db8::/32`, or a single address.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix_len) = match text.split_once('/') {
            Some((address, prefix_len)) => (address, Some(prefix_len)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        match prefix_len {
            Some(text) if text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Self::new(address, text.parse().map_err(|_| NetworkError::PrefixLen)?)
            }
            Some(_) => Err(NetworkError::PrefixLen),
            None => Ok(Self::host(address)),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_len)
    }
}

/// What an [`AccessList`] says of an address, and which entry said it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Access {
    /// Allowed by this entry.
    AllowedBy(Network),
    /// Denied by this entry.
    DeniedBy(Network),
    /// No entry names it, and there is nothing that would have to: allowed.
    AllowedByDefault,
    /// No entry names it, but there are entries that allow others: denied.
    DeniedByDefault,
}

impl Access {
    /// Whether the address may pass.
    #[must_use]
    pub const fn is_allowed(self) -> bool {
        matches!(self, Self::AllowedBy(_) | Self::AllowedByDefault)
    }
}

/// Networks that may pass and networks that may not.
///
/// An allowing entry beats any denying one. What no entry names passes, unless there is an
/// allowing entry at all: then the list means "only these".
///
/// The look-up goes through both lists, so its cost grows with their length.
///
/// ```
/// use trunkline_sans_io::{AccessList, Network};
///
/// let allow = ["192.168.1.0/24".parse::<Network>()?];
/// let deny = ["192.168.0.0/16".parse::<Network>()?];
/// let list = AccessList::new(&allow, &deny);
/// assert!(list.check([192, 168, 1, 5].into()).is_allowed());
/// assert!(!list.check([192, 168, 2, 5].into()).is_allowed());
/// # Ok::<(), trunkline_sans_io::NetworkError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AccessList<B> {
    allow: B,
    deny: B,
}

impl<B: AsRef<[Network]>> AccessList<B> {
    /// A list of the networks that may pass and of those that may not. Both may be empty.
    pub const fn new(allow: B, deny: B) -> Self {
        Self { allow, deny }
    }

    /// Whether `address` may pass, and why.
    pub fn check(&self, address: IpAddr) -> Access {
        let find = |list: &B| {
            list.as_ref()
                .iter()
                .copied()
                .find(|network| network.contains(address))
        };
        if let Some(network) = find(&self.allow) {
            return Access::AllowedBy(network);
        }
        match find(&self.deny) {
            Some(network) => Access::DeniedBy(network),
            None if self.allow.as_ref().is_empty() => Access::AllowedByDefault,
            None => Access::DeniedByDefault,
        }
    }
}

/// The networks of hosts that share a site: private use (RFC 1918), unique local (RFC 4193),
/// link-local and loopback.
pub const PRIVATE_NETWORKS: [Network; 8] = [
    v4([10, 0, 0, 0], 8),
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
    v4([169, 254, 0, 0], 16),
    v4([127, 0, 0, 0], 8),
    v6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    v6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    v6(Ipv6Addr::LOCALHOST, 128),
];

const fn v4(octets: [u8; 4], prefix_len: u8) -> Network {
    let [a, b, c, d] = octets;
    Network {
        address: IpAddr::V4(core::net::Ipv4Addr::new(a, b, c, d)),
        prefix_len,
    }
}

const fn v6(address: Ipv6Addr, prefix_len: u8) -> Network {
    Network {
        address: IpAddr::V6(address),
        prefix_len,
    }
}

#[cfg(test)]
mod tests;
