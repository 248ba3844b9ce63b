//! The forms in which values stand in configuration files.

use core::fmt;
use core::str::FromStr;

use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

use crate::{DscpRule, Network, Transport, serde_text};

/// The text form: `192.0.2.0/24`.
impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_text::serialize(self, serializer)
    }
}

/// The text form: `192.0.2.0/24`, or a single address.
impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::deserialize(deserializer)
    }
}

/// The name in lower case: `tcp`.
impl Serialize for Transport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        })
    }
}

/// The name in letters of either case.
impl<'de> Deserialize<'de> for Transport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_text::deserialize(deserializer)
    }
}

/// A rule as people write it: `{ protocol = "udp", ports = "49152-57500", value = 46 }`.
#[derive(Serialize, Deserialize)]
#[serde(rename = "DscpRule", deny_unknown_fields)]
struct Row {
    protocol: Transport,
    #[serde(with = "serde_text")]
    ports: Ports,
    #[serde(deserialize_with = "codepoint")]
    value: u8,
}

fn codepoint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = u64::deserialize(deserializer)?;
    let small = u8::try_from(value).ok().filter(|value| *value < 64);
    small.ok_or_else(|| D::Error::custom(format_args!("{value}: a codepoint is at most 63")))
}

/// First and last, `49152-57500`, or a single one.
struct Ports(u16, u16);

impl FromStr for Ports {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        match (port(first), port(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Self(first, last)),
            (Some(_), Some(_)) => Err("the range ends before it starts"),
            _ => Err("a port is a number from 0 to 65535"),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(first, last) if first == last => write!(f, "{first}"),
            Self(first, last) => write!(f, "{first}-{last}"),
        }
    }
}

/// A table: `{ protocol = "udp", ports = "49152-57500", value = 46 }`.
impl Serialize for DscpRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = Row {
            protocol: self.protocol,
            ports: Ports(self.first, self.last),
            value: self.codepoint & 0x3f,
        };
        row.serialize(serializer)
    }
}

/// A table of just these three: `{ protocol = "udp", ports = "49152-57500", value = 46 }`.
impl<'de> Deserialize<'de> for DscpRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Row {
            protocol,
            ports: Ports(first, last),
            value,
        } = Row::deserialize(deserializer)?;
        Ok(Self::new(protocol, first..=last, value))
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Table {
        networks: Vec<Network>,
        transports: Vec<Transport>,
        dscp: Vec<DscpRule>,
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let table = Table {
            networks: ["192.0.2.0/24", "2001:db8::1", "0.0.0.0/0"]
                .map(|text| text.parse().unwrap())
                .into(),
            transports: [
                Transport::Udp,
                Transport::Tcp,
                Transport::Tls,
                Transport::Ws,
                Transport::Wss,
            ]
            .into(),
            dscp: [
                DscpRule::new(Transport::Udp, 49_152..=57_500, 46),
                DscpRule::new(Transport::Tcp, 5_060..=5_060, 0),
            ]
            .into(),
        };
        let text = toml::to_string(&table).unwrap();
        assert!(
            text.contains(r#"["udp", "tcp", "tls", "ws", "wss"]"#),
            "{text}"
        );
        assert!(
            text.contains("ports = \"49152-57500\"\nvalue = 46"),
            "{text}"
        );
        assert_eq!(toml::from_str::<Table>(&text).unwrap(), table);
    }

    #[test]
    fn transports_are_read_in_either_case() {
        let read = |text: &str| toml::Value::String(text.into()).try_into::<Transport>();
        assert_eq!(read("TCP"), Ok(Transport::Tcp));
        assert_eq!(read("tcp"), Ok(Transport::Tcp));
    }

    /// P000-32: a row that makes no sense is refused, and what is wrong with it is said.
    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| -> String {
            let table = text.parse::<toml::Table>().unwrap();
            let table = toml::to_string(&table).unwrap();
            toml::from_str::<DscpRule>(&table)
                .unwrap_err()
                .message()
                .to_string()
        };
        for (text, expected) in [
            (
                "protocol = 'sctp'\nports = '1-2'\nvalue = 46",
                r#""sctp": neither udp, tcp, tls, ws nor wss"#,
            ),
            (
                "protocol = 'udp'\nports = '2-1'\nvalue = 46",
                r#""2-1": the range ends before it starts"#,
            ),
            (
                "protocol = 'udp'\nports = '1-65536'\nvalue = 46",
                r#""1-65536": a port is a number from 0 to 65535"#,
            ),
            (
                "protocol = 'udp'\nports = '1-2'\nvalue = 64",
                "64: a codepoint is at most 63",
            ),
            (
                "protocol = 'udp'\nports = '1-2'\nvalue = 1000",
                "1000: a codepoint is at most 63",
            ),
            ("protocol = 'udp'\nports = '1-2'", "missing field `value`"),
            (
                "protocol = 'udp'\nports = '1-2'\nvalue = 1\ncolour = 'red'",
                "unknown field `colour`, expected one of `protocol`, `ports`, `value`",
            ),
        ] {
            assert_eq!(error(text), expected);
        }
        let network = toml::Value::String("192.168.1.5/24".into()).try_into::<Network>();
        assert_eq!(
            network.unwrap_err().message(),
            r#""192.168.1.5/24": bits past the prefix length are set"#
        );
    }
}
