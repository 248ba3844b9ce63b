//! Parts of a configuration, by name, and what is wrong with them.

use core::fmt;

use crate::config::Scope;
use crate::{CallerIdError, CountryCode, DialStringError, NumberError, PatternError, RuleError};

/// A part of a configuration. Rules are counted from 0 in the order in which they stand, and displayed as people count:
/// `rule 1 "Germany" of the dial plan Global`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part<'c> {
    /// What is known of a country, as the owner has it.
    NationalPlan(CountryCode),
    /// A dial plan.
    DialPlan(&'c Scope),
    /// A rule of a dial plan.
    NormalizationRule {
        /// The dial plan.
        dial_plan: &'c Scope,
        /// Its place in the list.
        index: usize,
        /// Its name.
        name: &'c str,
    },
    /// A voice policy.
    VoicePolicy(&'c Scope),
    /// A voice route.
    VoiceRoute {
        /// Its place in the list.
        index: usize,
        /// Its name.
        name: &'c str,
    },
    /// The caller ID pattern of a voice route.
    CallerIdPattern {
        /// The place of the route in the list.
        index: usize,
        /// The name of the route.
        name: &'c str,
    },
    /// A PSTN usage in the list of them.
    PstnUsage(&'c str),
    /// A trunk configuration.
    TrunkConfiguration(&'c Scope),
    /// A translation rule of called numbers.
    OutboundTranslationRule {
        /// The trunk configuration.
        trunk: &'c Scope,
        /// Its place in the list.
        index: usize,
        /// Its name.
        name: &'c str,
    },
    /// A translation rule of callers' numbers.
    OutboundCallingNumberTranslationRule {
        /// The trunk configuration.
        trunk: &'c Scope,
        /// Its place in the list.
        index: usize,
        /// Its name.
        name: &'c str,
    },
    /// A location policy.
    LocationPolicy(&'c Scope),
    /// A network site.
    NetworkSite(&'c str),
    /// A gateway.
    PstnGateway(&'c str),
    /// A short code.
    ShortCode(&'c str),
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rule = |index: &usize, name: &str, of: &str, scope: &Scope| {
            write!(f, "rule {}", index + 1)?;
            if !name.is_empty() {
                write!(f, " {name:?}")?;
            }
            write!(f, " of the {of} {scope}")
        };
        match self {
            Self::NormalizationRule {
                dial_plan,
                index,
                name,
            } => rule(index, name, "dial plan", dial_plan),
            Self::OutboundTranslationRule { trunk, index, name } => rule(
                index,
                name,
                "called numbers in the trunk configuration",
                trunk,
            ),
            Self::OutboundCallingNumberTranslationRule { trunk, index, name } => rule(
                index,
                name,
                "callers' numbers in the trunk configuration",
                trunk,
            ),
            Self::NationalPlan(code) => write!(f, "national plan of +{code}"),
            Self::DialPlan(scope) => write!(f, "dial plan {scope}"),
            Self::VoicePolicy(scope) => write!(f, "voice policy {scope}"),
            Self::VoiceRoute { index, name: "" } => write!(f, "voice route {}", index + 1),
            Self::VoiceRoute { name, .. } => write!(f, "voice route {name:?}"),
            Self::CallerIdPattern { index, name } => {
                let (index, name) = (*index, *name);
                write!(
                    f,
                    "caller ID pattern of the {}",
                    Self::VoiceRoute { index, name }
                )
            }
            Self::PstnUsage(name) => write!(f, "PSTN usage {name:?}"),
            Self::TrunkConfiguration(scope) => write!(f, "trunk configuration {scope}"),
            Self::LocationPolicy(scope) => write!(f, "location policy {scope}"),
            Self::NetworkSite(name) => write!(f, "network site {name:?}"),
            Self::PstnGateway(name) => write!(f, "gateway {name:?}"),
            Self::ShortCode(code) => write!(f, "short code {code:?}"),
        }
    }
}

/// A part of a configuration that does not compile. It displays as a sentence for whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {fault}")]
#[non_exhaustive]
pub struct Broken<'c> {
    /// The part. A rule, a route or a code is left out; of others only what the fault is about.
    pub part: Part<'c>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a part of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A rule does not compile.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A pattern of numbers or callers does not compile.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The alternate number of a route is none.
    #[error(transparent)]
    CallerId(#[from] CallerIdError),
    /// Something that is dialled or sent cannot be.
    #[error(transparent)]
    DialString(#[from] DialStringError),
    /// The beginning of the numbers of a site is not that of an E.164 number.
    #[error("not the beginning of an E.164 number: {0}")]
    Number(#[from] NumberError),
    /// The access prefix is not one to four digits, `#` and `*`.
    #[error("not an access prefix of one to four digits")]
    AccessPrefix,
    /// The location policy of a site is not there.
    #[error("its location policy is not there")]
    NoLocationPolicy,
    /// Another one has the same name, and comes first.
    #[error("there is another one of this name before it")]
    Twice,
}
