//! Dial plans on the command line: what is wrong with one, what becomes of a number, other forms, pictures.

mod lines;
mod svg;

use core::error::Error;
use core::fmt::{self, Write as _};
use core::str::FromStr;
use std::path::Path;

use trunkline_e164::config::VoiceConfiguration;
use trunkline_e164::import::{self, ImportError};
use trunkline_e164::{Caller, DialString, VoiceRouting};

pub use lines::Lines;
pub use svg::svg;

/// The sample that is shown without arguments.
pub const SAMPLE: &str = include_str!("../dialplan.toml");

/// A form in which a configuration is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TOML.
    Toml,
    /// JSON.
    Json,
    /// That of another system.
    Other(import::Format),
}

impl FromStr for Format {
    type Err = ImportError;

    fn from_str(name: &str) -> Result<Self, ImportError> {
        match name {
            "toml" => Ok(Self::Toml),
            "json" => Ok(Self::Json),
            _ => name.parse().map(Self::Other),
        }
    }
}

impl Format {
    /// By the name of a file and what its first lines say.
    #[must_use]
    pub fn of(path: &Path, text: &str) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let head: Vec<&str> = text.lines().take(40).collect();
        let has = |column: &str| {
            let mut head = head.iter();
            head.any(|line| line.split([',', '\t', ';', '"']).any(|cell| cell == column))
        };
        let other = if has("dpid") {
            import::Format::KamailioDialplan
        } else if has("gwid") || has("ruleid") {
            import::Format::KamailioDrouting
        } else {
            match extension {
                Some("toml") => return Self::Toml,
                Some("json") => return Self::Json,
                Some("csv") => import::Format::PowerShellCsv,
                Some("conf") => import::Format::Asterisk,
                _ if text.starts_with("#TYPE") => import::Format::PowerShellCsv,
                _ => import::Format::PowerShellList,
            }
        };
        Self::Other(other)
    }

    /// Reads a configuration; the sentences tell what was not carried over.
    ///
    /// # Errors
    ///
    /// A sentence with the line, and the field where there is one.
    pub fn read(self, text: &str) -> Result<(VoiceConfiguration, Vec<String>), Box<dyn Error>> {
        let line_of = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        match self {
            Self::Toml => {
                let broken = |field: &str, error: &toml::de::Error| {
                    let line = line_of(error.span().map_or(0, |span| span.start));
                    let field = if matches!(field, "" | ".") {
                        String::new()
                    } else {
                        format!("{field}: ")
                    };
                    format!("{line}: {field}{}", error.message())
                };
                let reader = toml::Deserializer::parse(text).map_err(|error| broken("", &error))?;
                let read = serde_path_to_error::deserialize(reader);
                let read =
                    read.map_err(|error| broken(&error.path().to_string(), error.inner()))?;
                Ok((read, Vec::new()))
            }
            Self::Json => {
                let mut reader = serde_json::Deserializer::from_str(text);
                let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
                    format!(
                        "{}: {}: {}",
                        error.inner().line(),
                        error.path(),
                        error.inner()
                    )
                })?;
                reader
                    .end()
                    .map_err(|error| format!("{}: {error}", error.line()))?;
                Ok((read, Vec::new()))
            }
            Self::Other(format) => {
                let mut configuration = VoiceConfiguration::default();
                let findings = format.read(text, &mut configuration)?;
                Ok((
                    configuration,
                    findings.iter().map(ToString::to_string).collect(),
                ))
            }
        }
    }

    /// Writes a configuration; the sentences tell what could not be expressed.
    ///
    /// # Errors
    ///
    /// When TOML or JSON cannot be made of it.
    pub fn write(
        self,
        configuration: &VoiceConfiguration,
    ) -> Result<(String, Vec<String>), Box<dyn Error>> {
        Ok(match self {
            Self::Toml => (toml::to_string(configuration)?, Vec::new()),
            Self::Json => (
                serde_json::to_string_pretty(configuration)? + "\n",
                Vec::new(),
            ),
            Self::Other(format) => {
                let mut out = String::new();
                let losses = format.write(configuration, &mut out);
                let losses = losses.iter().map(ToString::to_string).collect();
                (out, losses)
            }
        })
    }
}

/// What becomes of a number, in one line, or step by step; and whether it goes anywhere.
#[must_use]
pub fn test(
    routing: &VoiceRouting,
    caller: &Caller<'_>,
    number: &str,
    explain: bool,
) -> (String, bool) {
    let dialled = match DialString::parse(number) {
        Ok(dialled) => dialled,
        Err(error) => return (format!("{number:<20} cannot be dialled: {error}"), false),
    };
    let run = routing.dry_run(caller, &dialled);
    let mut out = format!("{number:<20} ");
    match &run.destination {
        Err(reason) => {
            let _ = write!(out, "refused: {reason}");
        }
        Ok(_) => {
            let mut sent = Vec::new();
            for attempt in run.attempts() {
                sent.push(format!("{} by {}", attempt.called, attempt.trunk));
            }
            out.push_str(if sent.is_empty() {
                "no trunk is asked"
            } else {
                ""
            });
            out.push_str(&sent.join(", then "));
        }
    }
    if explain {
        for line in run.to_string().lines() {
            let _ = write!(out, "\n    {line}");
        }
    }
    (out, run.destination.is_ok())
}

/// The configuration as tables.
#[must_use]
pub fn table(configuration: &VoiceConfiguration) -> String {
    let mut out = String::new();
    for plan in &configuration.dial_plans {
        let prefix = plan.external_access_prefix.as_deref();
        let prefix = prefix.map_or_else(String::new, |prefix| format!(", {prefix} for a line out"));
        let rows = plan.normalization_rules.iter().map(|rule| {
            let internal = if rule.is_internal_extension {
                "internal"
            } else {
                ""
            };
            [&*rule.name, &*rule.pattern, &*rule.translation, internal]
        });
        section(
            &mut out,
            &format!("dial plan {}{prefix}", plan.identity),
            ["rule", "pattern", "translation", ""],
            rows,
        );
    }
    for policy in &configuration.voice_policies {
        let _ = writeln!(
            out,
            "voice policy {}: {}\n",
            policy.identity,
            policy.pstn_usages.join(", then ")
        );
    }
    let routes: Vec<[String; 4]> = configuration
        .voice_routes
        .iter()
        .map(|route| {
            [
                route.identity.clone(),
                route.number_pattern.clone(),
                route.pstn_usages.join(", "),
                route.pstn_gateway_list.join(", then "),
            ]
        })
        .collect();
    let routes = routes
        .iter()
        .map(|route| route.each_ref().map(|cell| &**cell));
    section(
        &mut out,
        "voice routes",
        ["route", "pattern", "usages", "trunks"],
        routes,
    );
    for trunk in &configuration.trunk_configurations {
        for (whose, rules) in [
            ("called", &trunk.outbound_translation_rules_list),
            (
                "calling",
                &trunk.outbound_calling_number_translation_rules_list,
            ),
        ] {
            let rows = rules
                .iter()
                .map(|rule| [&*rule.name, &*rule.pattern, &*rule.translation, ""]);
            section(
                &mut out,
                &format!("trunk {}, {whose} numbers", trunk.identity),
                ["rule", "pattern", "translation", ""],
                rows,
            );
        }
    }
    for policy in &configuration.location_policies {
        let dialled = policy
            .emergency_dial_mask
            .as_deref()
            .unwrap_or("nothing else");
        let sent = policy.emergency_dial_string.as_deref().unwrap_or("none");
        let _ = writeln!(
            out,
            "location policy {}: {sent}, also for {dialled}",
            policy.identity
        );
    }
    out
}

/// Rows in columns; nothing where there are none.
fn section<'r, const N: usize>(
    out: &mut String,
    title: &str,
    header: [&'r str; N],
    rows: impl Iterator<Item = [&'r str; N]>,
) {
    let rows: Vec<[&str; N]> = core::iter::once(header).chain(rows).collect();
    if rows.len() == 1 {
        return;
    }
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let _ = writeln!(out, "{title}");
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "  {:<width$}", Plain(cell));
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push('\n');
}

/// A text without what could move the cursor.
struct Plain<'t>(&'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self
            .0
            .chars()
            .map(|letter| {
                if letter.is_control() {
                    '\u{fffd}'
                } else {
                    letter
                }
            })
            .collect();
        f.pad(&text)
    }
}
