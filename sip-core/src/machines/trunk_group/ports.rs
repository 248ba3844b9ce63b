//! Ports that a side listens on.

use core::fmt;
use core::ops::RangeInclusive;
use core::str::FromStr;

use thiserror::Error;

/// A range of ports, both ends included, never empty and never port 0.
///
/// ```
/// use trunkline_sip_core::PortRange;
///
/// let range: PortRange = "5068-5070".parse()?;
/// assert_eq!(range.into_iter().collect::<Vec<_>>(), [5068, 5069, 5070]);
/// assert_eq!("5068".parse::<PortRange>()?.to_string(), "5068");
/// assert!("5070-5068".parse::<PortRange>().is_err());
/// # Ok::<(), trunkline_sip_core::PortRangeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PortRange {
    start: u16,
    end: u16,
}

/// Why something is no [`PortRange`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum PortRangeError {
    /// A port is no number from 1 to 65,535.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// The range ends before it starts.
    #[error("the range ends before it starts")]
    Reversed,
}

impl PortRange {
    /// The one port that a Mediation Server listens on for TCP once that is enabled.
    pub const MEDIATION_TCP: Self = Self {
        start: 5068,
        end: 5068,
    };

    /// The UDP ports for RTP and RTCP of a Mediation Server, unless it is told others.
    pub const MEDIATION_MEDIA: Self = Self {
        start: 49_152,
        end: 57_500,
    };

    /// The ports from `start` to `end`.
    ///
    /// # Errors
    ///
    /// The first one is 0, or greater than the last one.
    pub const fn new(ports: RangeInclusive<u16>) -> Result<Self, PortRangeError> {
        let (start, end) = (*ports.start(), *ports.end());
        if start == 0 {
            return Err(PortRangeError::Port);
        }
        if start > end {
            return Err(PortRangeError::Reversed);
        }
        Ok(Self { start, end })
    }

    /// The first port.
    #[must_use]
    pub const fn start(self) -> u16 {
        self.start
    }

    /// The last port.
    #[must_use]
    pub const fn end(self) -> u16 {
        self.end
    }

    /// Whether the port is one of them.
    #[must_use]
    pub const fn contains(self, port: u16) -> bool {
        self.start <= port && port <= self.end
    }
}

impl IntoIterator for PortRange {
    type Item = u16;
    type IntoIter = RangeInclusive<u16>;

    fn into_iter(self) -> RangeInclusive<u16> {
        self.start..=self.end
    }
}

impl FromStr for PortRange {
    type Err = PortRangeError;

    /// `5068-5070`, or a single port.
    fn from_str(text: &str) -> Result<Self, PortRangeError> {
        let (start, end) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let port = text.parse().ok().filter(|_| digits);
            port.ok_or(PortRangeError::Port)
        };
        Self::new(port(start)?..=port(end)?)
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            return write!(f, "{}", self.start);
        }
        write!(f, "{}-{}", self.start, self.end)
    }
}

/// The ports that a side listens on, by transport. By default there are none.
///
/// ```
/// use trunkline_sip_core::{ListenerPorts, PortRange};
///
/// let mut ports = ListenerPorts::default();
/// assert_eq!(ports.tcp, None);
/// ports.enable_tcp();
/// assert_eq!(ports.tcp, PortRange::new(5068..=5068).ok());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ListenerPorts {
    /// The ports for UDP.
    pub udp: Option<PortRange>,
    /// The ports for TCP.
    pub tcp: Option<PortRange>,
}

impl ListenerPorts {
    /// Listens for TCP, too: at [`PortRange::MEDIATION_TCP`], unless there are ports for it already.
    pub fn enable_tcp(&mut self) {
        self.tcp.get_or_insert(PortRange::MEDIATION_TCP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;

    #[test]
    fn p000_25_no_tcp_port_by_default_and_5068_once_enabled() {
        let mut ports = ListenerPorts::default();
        assert_eq!((ports.udp, ports.tcp), (None, None));
        ports.enable_tcp();
        assert_eq!(ports.tcp.unwrap().into_iter(), 5068..=5068);

        ports.tcp = PortRange::new(5100..=5103).ok();
        ports.enable_tcp();
        assert_eq!(ports.tcp.unwrap().into_iter(), 5100..=5103);
    }

    #[test]
    fn ranges_are_read_and_written() {
        for text in ["1", "5068", "5068-5070", "1-65535"] {
            let range: PortRange = text.parse().unwrap();
            assert_eq!(range.to_string(), text);
            assert!(range.contains(range.start()) && range.contains(range.end()));
        }
        for text in ["", "0", "-", "5068-", "+1", "65536", "1-65536", "a"] {
            assert_eq!(text.parse::<PortRange>(), Err(PortRangeError::Port));
        }
        assert_eq!("2-1".parse::<PortRange>(), Err(PortRangeError::Reversed));
    }
}
