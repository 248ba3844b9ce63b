//! The address of this host to use towards a destination.

use core::net::IpAddr;

use crate::Network;

/// A row of a table that tells, on a host with several networks, from which local address a destination is
/// spoken to: `Via`, `Contact` and the address of media are made of it. A table is a slice of rows; the row
/// with the longest prefix counts, the first of several alike.
///
/// ```
/// use core::net::IpAddr;
/// use trunkline_sans_io::LocalRoute;
///
/// let lan = IpAddr::from([192, 168, 100, 31]);
/// let wan = IpAddr::from([203, 0, 113, 5]);
/// let table = [
///     LocalRoute::new("0.0.0.0/0".parse()?, lan),
///     LocalRoute::new("213.148.136.0/24".parse()?, wan),
///     LocalRoute::new("213.148.137.0/24".parse()?, wan),
/// ];
/// assert_eq!(LocalRoute::find(&table, [213, 148, 137, 9].into()), Some(wan));
/// assert_eq!(LocalRoute::find(&table, [192, 168, 100, 7].into()), Some(lan));
/// # Ok::<(), trunkline_sans_io::NetworkError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LocalRoute {
    /// The destinations.
    pub network: Network,
    /// The address of this host that speaks to them.
    pub local: IpAddr,
}

/// Packets to a destination leave from another address than the table says: from the wrong network card, or
/// the table or the routes of the operating system are wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("packets to {destination} leave from {actual} instead of {expected}")]
pub struct WrongLocalAddress {
    /// The destination.
    pub destination: IpAddr,
    /// The local address by the table.
    pub expected: IpAddr,
    /// The local address by the operating system.
    pub actual: IpAddr,
}

impl LocalRoute {
    /// A row.
    #[must_use]
    pub const fn new(network: Network, local: IpAddr) -> Self {
        Self { network, local }
    }

    /// The local address for a destination; `None` when no row has it.
    #[must_use]
    pub fn find(table: &[Self], destination: IpAddr) -> Option<IpAddr> {
        table
            .iter()
            .filter(|row| row.network.contains(destination))
            // The first of equals.
            .rev()
            .max_by_key(|row| row.network.prefix_len())
            .map(|row| row.local)
    }

    /// Compares the table with the address from which packets to `destination` really leave, as the routes of
    /// the operating system tell it. What no row has cannot be wrong.
    ///
    /// # Errors
    ///
    /// The two differ.
    pub fn check(
        table: &[Self],
        destination: IpAddr,
        actual: IpAddr,
    ) -> Result<(), WrongLocalAddress> {
        match Self::find(table, destination) {
            Some(expected) if expected.to_canonical() != actual.to_canonical() => {
                Err(WrongLocalAddress {
                    destination,
                    expected,
                    actual,
                })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::string::ToString;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn table(rows: &[(&str, &str)]) -> std::vec::Vec<LocalRoute> {
        let rows = rows
            .iter()
            .map(|(network, local)| LocalRoute::new(network.parse().unwrap(), address(local)));
        rows.collect()
    }

    /// P000-10: two network cards; the provider's two subnets go out of the external one.
    #[test]
    fn the_longest_prefix_wins() {
        let table = table(&[
            ("0.0.0.0/0", "192.168.100.31"),
            ("213.148.136.0/24", "203.0.113.5"),
            ("213.148.137.0/24", "203.0.113.5"),
            ("213.148.137.7", "203.0.113.6"),
            ("213.148.137.7", "203.0.113.7"),
            ("2001:db8::/32", "2001:db8::1"),
        ]);
        for (destination, local) in [
            ("213.148.136.10", Some("203.0.113.5")),
            ("213.148.137.255", Some("203.0.113.5")),
            ("213.148.137.7", Some("203.0.113.6")),
            ("::ffff:213.148.137.7", Some("203.0.113.6")),
            ("213.148.138.1", Some("192.168.100.31")),
            ("2001:db8::9", Some("2001:db8::1")),
            ("2001:db9::9", None),
        ] {
            let found = LocalRoute::find(&table, address(destination));
            assert_eq!(found, local.map(address), "{destination}");
        }
        assert_eq!(LocalRoute::find(&[], address("192.0.2.1")), None);
    }

    /// P000-10: the wrong network card is reported.
    #[test]
    fn the_wrong_choice_is_told() {
        let table = table(&[("213.148.136.0/24", "203.0.113.5")]);
        let destination = address("213.148.136.10");
        let check = |actual| LocalRoute::check(&table, destination, address(actual));
        assert_eq!(check("203.0.113.5"), Ok(()));
        assert_eq!(check("::ffff:203.0.113.5"), Ok(()));
        assert_eq!(
            check("192.168.100.31").unwrap_err().to_string(),
            "packets to 213.148.136.10 leave from 192.168.100.31 instead of 203.0.113.5"
        );
        let elsewhere = address("198.51.100.1");
        assert_eq!(LocalRoute::check(&table, elsewhere, elsewhere), Ok(()));
    }
}
