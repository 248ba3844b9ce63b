//! The configuration file: read, and judged before anything is opened.

use core::fmt;
use core::net::SocketAddr;
use core::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue, Deserializer};
use trunkline_sip_core::PeerRole;
use trunkline_sip_core::tokio::local_address_towards;

use super::config::{Config, Side};
use super::numbers::Numbers;

/// What is to be said of a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Whether the controller cannot run like this.
    pub fatal: bool,
    /// Which field, such as `trunk.hosts`.
    pub field: String,
    /// The line of the field, or else of its table; 1 when the file has neither, 0 when there is no file.
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
    let line = |place: Range<usize>| {
        1 + text
            .bytes()
            .take(place.start)
            .filter(|b| *b == b'\n')
            .count()
    };
    let broken = |field: &str, error: &toml::de::Error| {
        let line = line(error.span().unwrap_or_default());
        format!("{file}:{line}: error: {field}: {}", error.message())
    };
    let table = DeTable::parse(&text).map_err(|error| broken("syntax", &error))?;
    let config: Config = serde_path_to_error::deserialize(Deserializer::from(table.clone()))
        .map_err(|error| broken(&error.path().to_string(), error.inner()))?;
    let root = DeValue::Table(table.into_inner());
    let mut findings = judge(&config);
    for finding in &mut findings {
        finding.line = line(place(&root, &finding.field));
    }
    Ok((config, findings))
}

/// Where a field such as `route[0].number` stands, or else what it is part of.
fn place(mut value: &DeValue<'_>, field: &str) -> Range<usize> {
    let mut place = 0..0;
    for part in field.split(['.', '[', ']']).filter(|part| !part.is_empty()) {
        let inner = match part.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(part),
        };
        let Some(inner) = inner else { break };
        (place, value) = (inner.span(), inner.get_ref());
    }
    place
}

/// What is to be said of a configuration, without lines.
#[must_use]
pub fn judge(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |fatal, field: &str, text: &dyn ToString| {
        findings.push(Finding {
            fatal,
            field: field.to_owned(),
            line: 0,
            text: text.to_string(),
        });
    };
    for (side, role) in Side::BOTH
        .into_iter()
        .zip([PeerRole::Exchange, PeerRole::Provider])
    {
        let source_towards = |ip| local_address_towards(SocketAddr::new(ip, 5060)).ok();
        for finding in config.side(side).findings(role, source_towards) {
            say(
                finding.is_fatal(),
                &format!("{side}.{}", finding.field()),
                &finding,
            );
        }
    }
    let (media, calls) = (config.media.ports, config.limits.calls);
    if let Some((low, high)) = ephemeral_ports()
        && media.start() <= high
        && low <= media.end()
    {
        let text = "to anybody: reserve the range (net.ipv4.ip_local_reserved_ports)";
        say(
            false,
            "media.ports",
            &format!("the system hands out {low}-{high} {text}"),
        );
    }
    if media.into_iter().len() / 4 < calls {
        say(
            false,
            "media.ports",
            &format!("too few for {calls} calls, each of which takes four"),
        );
    }
    match Numbers::new(config) {
        Ok(numbers) => numbers
            .lint()
            .for_each(|finding| say(false, "numbers", &finding)),
        Err((field, text)) => say(true, &field, &text),
    }
    findings
}

/// The ports that the system gives to whoever asks for any.
fn ephemeral_ports() -> Option<(u16, u16)> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ports = text.split_whitespace().map(str::parse);
    Some((ports.next()?.ok()?, ports.next()?.ok()?))
}
