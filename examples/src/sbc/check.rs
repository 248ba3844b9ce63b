//! The configuration file: read, and judged before anything is opened.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::ops::Range;
use std::path::Path;

use toml::de::DeTable;
use trunkline_sans_io::PRIVATE_NETWORKS;
use trunkline_sip_core::TrunkGroupConfig;
use trunkline_sip_core::tokio::local_address_towards;

use super::config::{Config, Side, SideConfig};
use super::numbers::Numbers;

/// What is to be said of a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Whether the controller cannot run like this.
    pub fatal: bool,
    /// Which field, such as `trunk.hosts`.
    pub field: String,
    /// The line of the field or of its table; 0 when the file has neither.
    pub line: usize,
    /// What is the matter with it.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.fatal { "error" } else { "warning" };
        write!(f, "{}: {kind}: {}: {}", self.line, self.field, self.text)
    }
}

/// Reads a file, and judges what it says.
///
/// # Errors
///
/// What makes it unreadable, with file, line and field.
pub fn load(path: &Path) -> Result<(Config, Vec<Finding>), String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    let broken = |field: &str, error: &toml::de::Error| {
        let line = line(&text, error.span().unwrap_or_default());
        format!("{file}:{line}: error: {field}: {}", error.message())
    };
    let table = DeTable::parse(&text).map_err(|error| broken("", &error))?;
    let deserializer = toml::Deserializer::parse(&text).map_err(|error| broken("", &error))?;
    let config: Config = serde_path_to_error::deserialize(deserializer)
        .map_err(|error| broken(&error.path().to_string(), error.inner()))?;
    let mut findings = judge(&config);
    for finding in &mut findings {
        let place = place(table.get_ref(), &finding.field);
        finding.line = place.map_or(0, |place| line(&text, place));
    }
    Ok((config, findings))
}

fn line(text: &str, place: Range<usize>) -> usize {
    let before = text.bytes().take(place.start);
    1 + before.filter(|byte| *byte == b'\n').count()
}

/// Where a field stands, or else its table.
fn place(table: &DeTable<'_>, field: &str) -> Option<Range<usize>> {
    let (name, rest) = field.split_once('.').unwrap_or((field, ""));
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    let inner = value.get_ref().as_table();
    Some(
        inner
            .and_then(|table| place(table, rest))
            .unwrap_or_else(|| key.span()),
    )
}

/// What is to be said of a configuration, without lines.
#[must_use]
pub fn judge(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |fatal, field: String, text: String| {
        findings.push(Finding {
            fatal,
            field,
            line: 0,
            text,
        });
    };
    for side in Side::BOTH {
        judge_side(side, config, &mut |fatal, field, text: &str| {
            say(fatal, format!("{side}.{field}"), text.to_owned());
        });
    }
    let media = config.media.ports;
    if let Some((low, high)) = ephemeral_ports()
        && media.start() <= high
        && low <= media.end()
    {
        let text = format!(
            "the system hands out {low}-{high} to anybody: reserve the range (net.ipv4.ip_local_reserved_ports)"
        );
        say(false, "media.ports".to_owned(), text);
    }
    if usize::from(media.end() - media.start()) / 4 < config.limits.calls {
        let text = format!(
            "too few for {} calls, each of which takes four",
            config.limits.calls
        );
        say(false, "media.ports".to_owned(), text);
    }
    match Numbers::new(config) {
        Ok(numbers) => {
            for text in numbers.lint() {
                say(false, "numbers.rule".to_owned(), text);
            }
        }
        Err((field, text)) => say(true, field.to_owned(), text),
    }
    findings
}

fn judge_side(side: Side, config: &Config, say: &mut dyn FnMut(bool, &str, &str)) {
    let SideConfig {
        listen,
        hosts,
        networks,
        ..
    } = config.side(side);
    let locals: Vec<(_, SocketAddr)> = config.side(side).listeners().collect();
    if listen.iter().any(|hop| hop.host.parse::<IpAddr>().is_err()) {
        say(
            true,
            "listen",
            "must be numeric: it stands in Via, Contact and SDP",
        );
    }
    for host in hosts {
        if !locals
            .iter()
            .any(|(transport, _)| *transport == host.transport)
        {
            say(
                true,
                "hosts",
                &format!("{host}: nothing listens over its transport"),
            );
        }
        match host.host.parse::<IpAddr>() {
            Err(_) if networks.is_empty() => {
                say(
                    true,
                    "networks",
                    "needed, since a host is a name: who may send requests?",
                );
            }
            Ok(_) if side == Side::Trunk => {
                say(
                    false,
                    "hosts",
                    &format!("{host}: use the name, the provider may move"),
                );
            }
            Ok(address) => {
                let towards = local_address_towards(SocketAddr::new(address, 5060)).ok();
                if let Some(towards) =
                    towards.filter(|towards| locals.iter().all(|(_, local)| local.ip() != *towards))
                {
                    say(
                        false,
                        "listen",
                        &format!("the system reaches {host} from {towards}"),
                    );
                }
            }
            Err(_) => {}
        }
    }
    if let Err(error) = TrunkGroupConfig::new(config.side(side).trunks()).check() {
        say(true, "listen", &error.to_string());
    }
    // Two of one only make sense with two of the other.
    let mut ips: Vec<IpAddr> = locals.iter().map(|(_, local)| local.ip()).collect();
    ips.sort_unstable();
    ips.dedup();
    if ips.len() == 2 && hosts.len() != 2 {
        say(
            true,
            "hosts",
            "two local addresses need two hosts: each is to reach both",
        );
    }
    let private = |ip: &IpAddr| PRIVATE_NETWORKS.iter().any(|network| network.contains(*ip));
    if side == Side::Trunk
        && config.trunk.public_address.is_none()
        && ips.iter().any(|ip| !ip.is_loopback() && private(ip))
    {
        say(
            true,
            "public_address",
            "needed, since a static-IP trunk is bound to a private address",
        );
    }
    for network in networks.iter().filter(|network| network.prefix_len() == 0) {
        say(
            false,
            "networks",
            &format!("{network} is the whole internet"),
        );
    }
    if config.dscp.iter().any(|row| row.value > 63) {
        say(true, "dscp", "a codepoint is at most 63");
    }
}

/// The ports that the system gives to whoever asks for any.
fn ephemeral_ports() -> Option<(u16, u16)> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ports = text.split_whitespace().map(str::parse);
    Some((ports.next()?.ok()?, ports.next()?.ok()?))
}
