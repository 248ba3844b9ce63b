//! Voice configurations of other systems, read and written: PowerShell output of Skype for Business, dial plans of
//! Asterisk, tables of Kamailio.
//!
//! Nothing is dropped silently: what a reader cannot carry over it tells, with line, field and reason
//! ([`Finding`]), and what a writer cannot express as well ([`Loss`]). Where a writer tells of no loss, what it
//! wrote reads as the same configuration. Fields whose value is the default of the system, or empty, say nothing and
//! are passed over.
//!
//! Patterns and translations are carried as text, mistakes included; what is wrong with them is told by what
//! compiles them. Reading takes time and memory in proportion to the text.
//!
//! ```
//! use trunkline_e164::config::VoiceConfiguration;
//! use trunkline_e164::import::Format;
//!
//! let text = r#"
//! PS C:\> Get-CsVoiceRoute | Format-List
//!
//! Identity        : Germany
//! NumberPattern   : ^\+49
//! PstnUsages      : {National}
//! PstnGatewayList : {PstnGateway:gw01.example.com, PstnGateway:gw02.example.com}
//! RouteClass      : 3
//! "#;
//! let mut configuration = VoiceConfiguration::default();
//! let findings = Format::PowerShellList.read(text, &mut configuration)?;
//! assert_eq!(configuration.voice_routes[0].number_pattern, r"^\+49");
//! assert_eq!(findings[0].to_string(), "line 8, RouteClass: no such field is known");
//!
//! let mut csv = String::new();
//! let losses = Format::PowerShellCsv.write(&configuration, &mut csv);
//! assert!(losses.is_empty());
//! # Ok::<(), trunkline_e164::import::ImportError>(())
//! ```

mod asterisk;
mod delimited;
mod finding;
mod kamailio;
mod list;
mod powershell;
mod shape;
#[cfg(test)]
mod tests;

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

pub use finding::{Finding, Loss, LossReason, Reason};

use super::config::VoiceConfiguration;
use super::voice_routing::PartPlace;

/// In which line of a text each part stands that was made of it, counted from 1.
type Lines = BTreeMap<PartPlace, usize>;

/// A form in which other systems keep what decides where calls go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Format {
    /// What `Get-CsDialPlan`, `Get-CsVoiceNormalizationRule`, `Get-CsVoicePolicy`, `Get-CsPstnUsage`, `Get-CsVoiceRoute`,
    /// `Get-CsTrunkConfiguration`, `Get-CsOutboundTranslationRule`, `Get-CsOutboundCallingNumberTranslationRule`,
    /// `Get-CsLocationPolicy` and `Get-CsNetworkSite` give to `Export-Csv`.
    ///
    /// A text holds one table or several, each with its `#TYPE` line or after a blank line. Without that line the
    /// columns tell what a table is about. Cells of several values hold them line by line, or with `|`, `;` or
    /// `,` between them; what Export-Csv makes of such cells by itself is a name of a type, which is told.
    PowerShellCsv,
    /// The same by `Format-List`: `Name : value`.
    ///
    /// A prompt before it, `PS C:\> Get-CsVoiceRoute`, tells what an object is, otherwise its fields do. Values
    /// that go over lines are put together, and told, since what stood between the lines is lost; so are lists that were cut
    /// short. `$FormatEnumerationLimit = -1` and `Out-String -Width 4096` prevent both.
    PowerShellList,
    /// `extensions.conf` of Asterisk.
    ///
    /// A context is a dial plan, a voice policy and a usage of its name. `Goto(.., NUMBER, 1)` is a normalization rule,
    /// `Dial(TECH/NUMBER@TRUNK)` and `Dial(TECH/TRUNK/NUMBER)` a route, and a rule as well where the number is
    /// not `${EXTEN}` as it stands. The rules come in the order in which Asterisk tries them: the most specific
    /// first. Asterisk ends with the first extension that fits, where a voice policy goes on to further routes.
    Asterisk,
    /// Rows of the table of Kamailio's module `dialplan`, as CSV or as `mysql --batch` prints them, with their
    /// header.
    ///
    /// Each `dpid` is a dial plan of that name; `attrs` is the name of a rule.
    KamailioDialplan,
    /// Rows of the tables `dr_rules` and `dr_gateways` of Kamailio's module `drouting`, one below the other, with their
    /// headers.
    ///
    /// Each group is a usage and a voice policy. Gateways are trunks, with what they strip and put before. Where
    /// names of routes and usages are no numbers, they are written as numbers in the order in which they come.
    KamailioDrouting,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::PowerShellCsv,
        Self::PowerShellList,
        Self::Asterisk,
        Self::KamailioDialplan,
        Self::KamailioDrouting,
    ];

    /// The longest text that is read, in octets: 16 MiB.
    pub const MAX_LEN: usize = 1 << 24;

    /// Reads a text into a configuration, which may hold what other texts said already; of the same plan,
    /// policy, route or trunk the first one stays. What could not be carried over is in the list.
    ///
    /// # Errors
    ///
    /// [`ImportError::TooLong`]; nothing else stops a reader.
    pub fn read<'t>(
        self,
        text: &'t str,
        into: &mut VoiceConfiguration,
    ) -> Result<Vec<Finding<'t>>, ImportError> {
        let read = self.read_with_lines(text, into);
        read.map(|(findings, _)| findings)
    }

    /// As [`read`](Self::read), with the line of each part that this text has put there, counted from 1; of a rule in a cell or field of
    /// several, the line in which the row or field begins. What the linter finds
    /// is told with it by way of [`Part::place`](crate::Part::place).
    ///
    /// ```
    /// use trunkline_e164::config::VoiceConfiguration;
    /// use trunkline_e164::import::Format;
    ///
    /// let text = "Identity,NumberPattern,PstnUsages,PstnGatewayList\nGermany,^+49,all,gw01\n";
    /// let mut configuration = VoiceConfiguration::default();
    /// let (findings, lines) = Format::PowerShellCsv.read_with_lines(text, &mut configuration)?;
    /// assert!(findings.is_empty());
    /// let told = &configuration.lint()[0];
    /// let place = told.part.place(&configuration).unwrap();
    /// assert_eq!((place.list, place.index, lines[&place]), ("voice_route", 0, 2));
    /// # Ok::<(), trunkline_e164::import::ImportError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_with_lines<'t>(
        self,
        text: &'t str,
        into: &mut VoiceConfiguration,
    ) -> Result<(Vec<Finding<'t>>, BTreeMap<PartPlace, usize>), ImportError> {
        if text.len() > Self::MAX_LEN {
            return Err(ImportError::TooLong);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = Lines::new();
        let mut findings = match self {
            Self::PowerShellCsv => powershell::read_csv(text, into, &mut lines),
            Self::PowerShellList => powershell::read_list(text, into, &mut lines),
            Self::Asterisk => asterisk::read(text, into, &mut lines),
            Self::KamailioDialplan => kamailio::read_dialplan(text, into, &mut lines),
            Self::KamailioDrouting => kamailio::read_drouting(text, into, &mut lines),
        };
        findings.sort_by_key(|finding| finding.line);
        Ok((findings, lines))
    }

    /// Appends a configuration in this form. What the form has no place for, or no way to say, is in the list, and so is what
    /// would read differently.
    pub fn write<'c>(
        self,
        configuration: &'c VoiceConfiguration,
        out: &mut String,
    ) -> Vec<Loss<'c>> {
        let begin = out.len();
        let mut losses = match self {
            Self::PowerShellCsv => powershell::write_csv(configuration, out),
            Self::PowerShellList => powershell::write_list(configuration, out),
            Self::Asterisk => asterisk::write(configuration, out),
            Self::KamailioDialplan => kamailio::write_dialplan(configuration, out),
            Self::KamailioDrouting => kamailio::write_drouting(configuration, out),
        };
        let mut again = VoiceConfiguration {
            country_code: configuration.country_code,
            national_plans: configuration.national_plans.clone(),
            ..VoiceConfiguration::default()
        };
        let text = out.get(begin..).unwrap_or_default();
        let is_read = self.read(text, &mut again).is_ok();
        finding::differences(configuration, &again, &mut losses);
        if losses.is_empty() && !(is_read && again == *configuration) {
            losses.push(Loss::of_order());
        }
        losses
    }

    /// The name by which programs know it: `csv`, `list`, `asterisk`, `kamailio-dialplan`, `kamailio-drouting`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PowerShellCsv => "csv",
            Self::PowerShellList => "list",
            Self::Asterisk => "asterisk",
            Self::KamailioDialplan => "kamailio-dialplan",
            Self::KamailioDrouting => "kamailio-drouting",
        }
    }
}

/// The [`name`](Format::name).
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// By its [`name`](Format::name).
impl FromStr for Format {
    type Err = ImportError;

    fn from_str(name: &str) -> Result<Self, ImportError> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == name)
            .ok_or(ImportError::UnknownFormat)
    }
}

/// The text of a file: UTF-8, or UTF-16 as PowerShell's `>` writes it, told by its byte order mark.
///
/// # Errors
///
/// [`ImportError::NotText`] where it is neither.
pub fn decode(file: &[u8]) -> Result<Cow<'_, str>, ImportError> {
    let units: fn([u8; 2]) -> u16 = match file {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => {
            let text = str::from_utf8(file).map_err(|_| ImportError::NotText)?;
            return Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)));
        }
    };
    if file.len() > 2 * Format::MAX_LEN {
        return Err(ImportError::TooLong);
    }
    let (pairs, odd) = file.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(ImportError::NotText);
    }
    let units = pairs.iter().skip(1).map(|pair| units(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.map(Cow::Owned).map_err(|_| ImportError::NotText)
}

/// Why a text was not read at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// More than [`Format::MAX_LEN`] octets.
    #[error("longer than 16 MiB")]
    TooLong,
    /// Neither UTF-8 nor UTF-16 with its mark.
    #[error("neither UTF-8 nor UTF-16 with a byte order mark")]
    NotText,
    /// No [`Format`] has this name.
    #[error("not the name of a format")]
    UnknownFormat,
}
