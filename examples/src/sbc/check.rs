//! The configuration file: read, and judged before anything is opened.

use core::fmt;
use core::net::SocketAddr;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::path::Path;

use toml::de::{DeTable, DeValue, Deserializer};
use trunkline_sip_core::PeerRole::{Exchange, Provider};
use trunkline_sip_core::tokio::local_address_towards;

use super::config::{Config, Side};
use super::numbers::Numbers;

/// What is to be said of a configuration; it displays with its line, as behind the name of the file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Whether the controller cannot run like this.
    pub fatal: bool,
    /// The line of the field, or else of its table; 1 when the file has neither.
    pub line: usize,
    /// Which field, such as `trunk.hosts`.
    pub field: String,
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
/// What makes it unreadable, with file, line and field: `sbc.toml:7: error: trunk.hosts: ...`.
pub fn load(path: &Path) -> Result<(Config, Vec<Finding>), String> {
    let file = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{file}:1: error: file: {error}"))?;
    let line = |place: usize| 1 + text.bytes().take(place).filter(|b| *b == b'\n').count();
    let broken = |field: &str, error: &toml::de::Error| {
        let line = line(error.span().map_or(0, |span| span.start));
        format!("{file}:{line}: error: {field}: {}", error.message())
    };
    let table = DeTable::parse(&text).map_err(|error| broken("syntax", &error))?;
    let config: Config = serde_path_to_error::deserialize(Deserializer::from(table.clone()))
        .map_err(|error| broken(&error.path().to_string(), error.inner()))?;
    let root = DeValue::Table(table.into_inner());
    let said = judge(&config).into_iter();
    let findings = said.map(|(fatal, field, text)| Finding {
        fatal,
        line: line(place(&root, &field)),
        field,
        text,
    });
    Ok((config, findings.collect()))
}

/// Where a field such as `route[0].number` stands, or else what it is part of.
fn place(mut value: &DeValue<'_>, field: &str) -> usize {
    let mut place = 0;
    for part in field.split(['.', '[']) {
        let part = part.trim_end_matches(']');
        let index = part.parse::<usize>();
        let inner = index.map_or_else(|_| value.get(part), |index| value.get(index));
        let Some(inner) = inner else { break };
        (place, value) = (inner.span().start, inner.get_ref());
    }
    place
}

/// Of each finding whether it is fatal, the field and the text.
fn judge(config: &Config) -> Vec<(bool, String, String)> {
    let mut said = Vec::new();
    for (side, role) in [(Side::Pbx, Exchange), (Side::Trunk, Provider)] {
        let source_towards = |ip| local_address_towards(SocketAddr::new(ip, 5060)).ok();
        for finding in config.side(side).findings(role, source_towards) {
            let field = format!("{side}.{}", finding.field());
            said.push((finding.is_fatal(), field, finding.to_string()));
        }
    }
    said.extend(listeners(config));
    said.extend(outputs(config));
    let (ports, calls) = (config.media.ports, config.limits.calls);
    if let Err(error) = trunkline_rtp_relay::PortRange::new(ports.start(), ports.end()) {
        said.push((true, "media.ports".to_owned(), error.to_string()));
    }
    let mut warn = |field: &str, text| said.push((false, field.to_owned(), text));
    if let Some((low, high)) = ephemeral_ports()
        && (ports.start() <= high && low <= ports.end())
    {
        let text = "reserve them by net.ipv4.ip_local_reserved_ports: any program may get";
        warn("media.ports", format!("{text} {low}-{high}"));
    }
    if ports.into_iter().len() / 4 < calls {
        let text = format!("too few for {calls} calls of four ports each");
        warn("media.ports", text);
    }
    match Numbers::new(config) {
        Ok(numbers) => {
            let lint = numbers.lint(config);
            lint.for_each(|(field, text)| warn(&field, text));
        }
        Err((field, text)) => said.push((true, field, text)),
    }
    said
}

/// Local addresses that are there twice, or not of this host.
fn listeners(config: &Config) -> Vec<(bool, String, String)> {
    let mut said = Vec::new();
    let (mut known, mut ips) = (Vec::new(), Vec::new());
    for side in Side::BOTH {
        let field = format!("{side}.listen");
        for (transport, address) in config.side(side).listeners() {
            let twin = known.iter().find(|(_, twin)| *twin == (transport, address));
            if let Some((first, _)) = twin.filter(|_| address.port() != 0) {
                let transport = transport.as_str().to_ascii_lowercase();
                let text = format!("{transport}:{address}: {first}.listen has it already");
                // Addresses without a port stand for many: one of them is enough to be told.
                if !said.iter().any(|(_, told, _)| *told == field) {
                    said.push((true, field.clone(), text));
                }
            }
            known.push((side, (transport, address)));
            if !ips.contains(&address.ip()) {
                ips.push(address.ip());
                let bound = UdpSocket::bind((address.ip(), 0));
                if bound.is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable) {
                    let text = format!("{}: not an address of this host", address.ip());
                    said.push((false, field.clone(), text));
                }
            }
        }
    }
    said
}

/// Files that could not be written.
fn outputs(config: &Config) -> Vec<(bool, String, String)> {
    let output = &config.output;
    let files = [
        ("output.records", &output.records),
        ("output.ladders", &output.ladders),
    ];
    let mut said = Vec::new();
    for (field, file) in files {
        let Some(file) = file else { continue };
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let text = match file.to_str() {
            Some("") => "names no file".to_owned(),
            _ if file.is_dir() => format!("{}: a directory", file.display()),
            _ if folder == "" || folder.is_dir() => continue,
            _ => format!("{}: no such directory", folder.display()),
        };
        said.push((true, field.to_owned(), text));
    }
    said
}

/// The ports that the system gives to whoever asks for any.
fn ephemeral_ports() -> Option<(u16, u16)> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let (low, high) = text.trim().split_once(char::is_whitespace)?;
    Some((low.parse().ok()?, high.trim().parse().ok()?))
}
