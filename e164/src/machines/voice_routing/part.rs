//! Parts of a configuration, by name, and what is wrong with them.

use core::fmt;

use crate::config::{Scope, VoiceConfiguration};
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

/// Where a part stands in a configuration. Lists have the names that they have in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct PartPlace {
    /// The list: `dial_plan`, `voice_route`.
    pub list: &'static str,
    /// The place in it, counted from 0.
    pub index: usize,
    /// The same within that, where the part is a rule: `normalization_rule`, 0.
    pub rule: Option<(&'static str, usize)>,
}

impl PartPlace {
    pub(in crate::machines) const fn new(
        list: &'static str,
        index: usize,
        rule: Option<(&'static str, usize)>,
    ) -> Self {
        Self { list, index, rule }
    }
}

impl Part<'_> {
    /// Where it stands in the configuration of which it was told: names that are there twice are told apart, so a copy will not do.
    /// `None` where that has no such part, and for national plans, which files do not carry.
    #[must_use]
    pub fn place(&self, of: &VoiceConfiguration) -> Option<PartPlace> {
        let plan = |scope| place(&of.dial_plans, |plan| &plan.identity, scope);
        let trunk = |scope| place(&of.trunk_configurations, |trunk| &trunk.identity, scope);
        let (list, index) = match *self {
            Self::NationalPlan(_) => return None,
            Self::DialPlan(scope)
            | Self::NormalizationRule {
                dial_plan: scope, ..
            } => ("dial_plan", plan(scope)?),
            Self::VoicePolicy(scope) => (
                "voice_policy",
                place(&of.voice_policies, |policy| &policy.identity, scope)?,
            ),
            Self::VoiceRoute { index, .. } | Self::CallerIdPattern { index, .. } => {
                ("voice_route", index)
            }
            Self::PstnUsage(name) => (
                "pstn_usages",
                place(&of.pstn_usages, |usage| usage.as_str(), name)?,
            ),
            Self::TrunkConfiguration(scope)
            | Self::OutboundTranslationRule { trunk: scope, .. }
            | Self::OutboundCallingNumberTranslationRule { trunk: scope, .. } => {
                ("trunk_configuration", trunk(scope)?)
            }
            Self::LocationPolicy(scope) => (
                "location_policy",
                place(&of.location_policies, |policy| &policy.identity, scope)?,
            ),
            Self::NetworkSite(name) => (
                "network_site",
                place(&of.network_sites, |site| &*site.network_site_id, name)?,
            ),
            Self::PstnGateway(name) => (
                "pstn_gateway",
                place(&of.pstn_gateways, |gateway| &*gateway.identity, name)?,
            ),
            Self::ShortCode(name) => (
                "short_code",
                place(&of.short_codes, |code| &*code.code, name)?,
            ),
        };
        let rule = match *self {
            Self::NormalizationRule { index, .. } => Some(("normalization_rule", index)),
            Self::OutboundTranslationRule { index, .. } => {
                Some(("outbound_translation_rule", index))
            }
            Self::OutboundCallingNumberTranslationRule { index, .. } => {
                Some(("outbound_calling_number_translation_rule", index))
            }
            _ => None,
        };
        Some(PartPlace { list, index, rule })
    }
}

/// Where the one stands in a list whose name is this very one.
fn place<T, N: ?Sized>(list: &[T], name: impl Fn(&T) -> &N, of: &N) -> Option<usize> {
    list.iter().position(|item| core::ptr::eq(name(item), of))
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
