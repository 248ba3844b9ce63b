//! A voice configuration of Skype for Business as plain data: dial plans, voice policies, routes, trunks, sites.
//!
//! Types and fields have the names of the cmdlets (`New-CsDialPlan -ExternalAccessPrefix` is
//! [`DialPlan::external_access_prefix`]), with the defaults of this crate. Nothing is compiled and nothing is checked here:
//! what an export or a file holds can be kept as it is, mistakes included. [`VoiceRouting`](crate::VoiceRouting)
//! is what calls are routed with; it tells which parts are broken.
//!
//! ```
//! use trunkline_e164::config::{DialPlan, NormalizationRule, Scope, VoiceConfiguration};
//!
//! let mut plan = DialPlan::new("Site:Munich".parse()?);
//! plan.external_access_prefix = Some("0".into());
//! plan.normalization_rules.push(NormalizationRule::new("Extension", r"^(\d{3})$", "+49891234$1"));
//! let mut configuration = VoiceConfiguration::default();
//! configuration.dial_plans.push(plan);
//! assert_eq!(configuration.dial_plans[0].identity, Scope::Site("Munich".into()));
//! # Ok::<(), trunkline_e164::config::ScopeError>(())
//! ```

mod scope;
#[cfg(all(test, feature = "serde"))]
mod tests;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use scope::{Scope, ScopeError};

use crate::{CountryCode, NationalPlan, Plan, PlanError};

/// Declares a table of a configuration: in files its fields may be left out, and others may not be there.
macro_rules! table {
    ($($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(default, deny_unknown_fields)
        )]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }
    )*};
}

table! {
    /// Everything that decides where a call goes. In files each list is an array of tables: `[[dial_plan]]`.
    pub struct VoiceConfiguration {
        /// The country whose emergency and service numbers no rule may turn into E.164. Default 49. Those that a
        /// [`NationalPlan`] names are emergency numbers at all times, whatever a location policy says: 110 and 112 in Germany.
        pub country_code: CountryCode,
        /// What is known of countries beside those of [`NationalPlan::of`], in whose place they come: their emergency and service
        /// numbers count as those of the crate do. Files carry none; they are for the program to add.
        #[cfg_attr(feature = "serde", serde(skip))]
        pub national_plans: Vec<&'static NationalPlan>,
        /// `Get-CsDialPlan`.
        #[cfg_attr(feature = "serde", serde(rename = "dial_plan"))]
        pub dial_plans: Vec<DialPlan>,
        /// `Get-CsVoicePolicy`.
        #[cfg_attr(feature = "serde", serde(rename = "voice_policy"))]
        pub voice_policies: Vec<VoicePolicy>,
        /// `Get-CsPstnUsage`: the names that there are. With none, whatever a policy or a route names is one.
        pub pstn_usages: Vec<String>,
        /// `Get-CsVoiceRoute`.
        #[cfg_attr(feature = "serde", serde(rename = "voice_route"))]
        pub voice_routes: Vec<VoiceRoute>,
        /// `Get-CsTrunkConfiguration`.
        #[cfg_attr(feature = "serde", serde(rename = "trunk_configuration"))]
        pub trunk_configurations: Vec<TrunkConfiguration>,
        /// `Get-CsLocationPolicy`.
        #[cfg_attr(feature = "serde", serde(rename = "location_policy"))]
        pub location_policies: Vec<LocationPolicy>,
        /// `Get-CsNetworkSite`.
        #[cfg_attr(feature = "serde", serde(rename = "network_site"))]
        pub network_sites: Vec<NetworkSite>,
        /// `Get-CsService -PstnGateway`: where gateways are. One that does not stand here is at no site.
        #[cfg_attr(feature = "serde", serde(rename = "pstn_gateway"))]
        pub pstn_gateways: Vec<PstnGateway>,
        /// Codes that do something else than call.
        #[cfg_attr(feature = "serde", serde(rename = "short_code"))]
        pub short_codes: Vec<ShortCode>,
    }

    /// A dial plan (`New-CsDialPlan`). Of those whose scope fits, the narrowest is asked: that of the user, of the
    /// pool, of the site, the global one; for calls from a gateway that of the gateway, of the site, the global one.
    #[derive(Default)]
    pub struct DialPlan {
        /// Where it applies.
        pub identity: Scope,
        /// For people.
        pub description: Option<String>,
        /// The country of those who dial, if not that of the [configuration](VoiceConfiguration::country_code).
        pub country_code: Option<CountryCode>,
        /// The name by which telephones and `phone-context` know it.
        pub simple_name: Option<String>,
        /// What is dialled for a line out: one to four digits, `#` and `*`. Emergency and service numbers are known behind it as well.
        pub external_access_prefix: Option<String>,
        /// What begins with the access prefix is asked of the rules for external numbers alone, without the prefix and then,
        /// where none covers it, with it: the rules need not accommodate the prefix. Otherwise rules see what was dialled.
        pub optimize_device_dialing: bool,
        /// The rules; [`priority`](NormalizationRule::priority) orders them.
        #[cfg_attr(feature = "serde", serde(rename = "normalization_rule"))]
        pub normalization_rules: Vec<NormalizationRule>,
    }

    /// A normalization rule (`New-CsVoiceNormalizationRule`).
    #[derive(Default)]
    pub struct NormalizationRule {
        /// The name, which an explanation tells.
        pub name: String,
        /// For people.
        pub description: Option<String>,
        /// The place among the rules of its list, the lowest first. Rules without one come after those that have
        /// one, in the order in which they stand.
        pub priority: Option<u32>,
        /// Which numbers it covers: see [`Pattern`](crate::Pattern).
        pub pattern: String,
        /// What becomes of them: see [`Translation`](crate::Translation).
        pub translation: String,
        /// Whether the outcome is a number of the company; it counts where
        /// [`optimize_device_dialing`](DialPlan::optimize_device_dialing) is set.
        pub is_internal_extension: bool,
    }

    /// A translation rule of a trunk (`New-CsOutboundTranslationRule`, `New-CsOutboundCallingNumberTranslationRule`).
    #[derive(Default)]
    pub struct OutboundTranslationRule {
        /// The name, which an explanation tells.
        pub name: String,
        /// For people.
        pub description: Option<String>,
        /// The place among the rules of its list: see [`NormalizationRule::priority`].
        pub priority: Option<u32>,
        /// Which numbers it covers.
        pub pattern: String,
        /// What becomes of them.
        pub translation: String,
    }

    /// A voice policy (`New-CsVoicePolicy`): that of the user, of the site, or the global one.
    #[derive(Default)]
    pub struct VoicePolicy {
        /// Where it applies.
        pub identity: Scope,
        /// For people.
        pub description: Option<String>,
        /// The usages, the preferred one first: their order decides before the priority of routes does.
        pub pstn_usages: Vec<String>,
    }

    /// A voice route (`New-CsVoiceRoute`).
    #[derive(Default)]
    pub struct VoiceRoute {
        /// The name.
        pub identity: String,
        /// For people.
        pub description: Option<String>,
        /// Which numbers take it, after normalization.
        pub number_pattern: String,
        /// The place among the routes of a usage: see [`NormalizationRule::priority`].
        pub priority: Option<u32>,
        /// The usages that contain it.
        pub pstn_usages: Vec<String>,
        /// The trunks it leads to, in the order in which they are tried.
        pub pstn_gateway_list: Vec<String>,
        /// Whether the alternate number is shown instead of the caller's.
        pub suppress_caller_id: bool,
        /// The number to show: `+4989123456;ext=118`, `+` and extension being optional.
        pub alternate_caller_id: Option<String>,
        /// Which numbers of callers may be shown on this route, before the trunk translates them. A caller whose number it
        /// does not match is shown as the alternate number, or not at all.
        pub caller_id_pattern: Option<String>,
    }

    /// How a trunk wants its numbers (`New-CsTrunkConfiguration`): that of the gateway, of the site, or the global one.
    #[derive(Default)]
    pub struct TrunkConfiguration {
        /// Where it applies.
        pub identity: Scope,
        /// For people.
        pub description: Option<String>,
        /// What becomes of called numbers; one that no rule covers stays as it is.
        #[cfg_attr(feature = "serde", serde(rename = "outbound_translation_rule"))]
        pub outbound_translation_rules_list: Vec<OutboundTranslationRule>,
        /// What becomes of callers' numbers; one that no rule covers stays as it is.
        #[cfg_attr(feature = "serde", serde(rename = "outbound_calling_number_translation_rule"))]
        pub outbound_calling_number_translation_rules_list: Vec<OutboundTranslationRule>,
        /// Whether `+` is taken off called numbers, after the translations.
        pub remove_plus_from_uri: bool,
        /// The usages of calls that come from the trunk and go to another one, in order.
        pub pstn_usages: Vec<String>,
        /// How emergency numbers are sent. No translation changes them.
        pub emergency_form: EmergencyForm,
    }

    /// The emergency numbers of a location (`New-CsLocationPolicy`). That of the network site comes before that of
    /// the user; without either it is the global one.
    pub struct LocationPolicy {
        /// Where it applies: [`Tag`](Scope::Tag) for users and network sites, or [`Global`](Scope::Global).
        pub identity: Scope,
        /// For people.
        pub description: Option<String>,
        /// What is sent.
        pub emergency_dial_string: Option<String>,
        /// What is dialled for it beside the number itself, with `;` between the numbers: `911;112`.
        pub emergency_dial_mask: Option<String>,
        /// Further numbers (`New-CsEmergencyNumber`).
        #[cfg_attr(feature = "serde", serde(rename = "emergency_number"))]
        pub emergency_numbers: Vec<EmergencyNumber>,
        /// The usage whose routes emergency calls take before those of the caller's voice policy.
        pub pstn_usage: Option<String>,
        /// Whether emergency calls may end other calls where a trunk is full. Default true.
        pub pre_emption: bool,
    }

    /// An emergency number of a location (`New-CsEmergencyNumber`).
    #[derive(Default)]
    pub struct EmergencyNumber {
        /// What is sent.
        pub dial_string: String,
        /// What is dialled for it beside the number itself, with `;` between the numbers.
        pub dial_mask: Option<String>,
    }

    /// A network site (`New-CsNetworkSite`): where somebody is.
    #[derive(Default)]
    pub struct NetworkSite {
        /// The name.
        pub network_site_id: String,
        /// For people.
        pub description: Option<String>,
        /// The name of its location policy.
        pub location_policy: Option<String>,
        /// The numbers that are used there, as E.164 or its beginning: `+4989840`. A caller of whom no site is
        /// told is where his number is; the longest beginning decides.
        pub numbers: Vec<String>,
        /// The number that emergency calls show whose caller has none of the site's.
        pub emergency_caller_id: Option<String>,
    }

    /// A gateway, by the name that routes know it by.
    #[derive(Default)]
    pub struct PstnGateway {
        /// The name: that of [`VoiceRoute::pstn_gateway_list`].
        pub identity: String,
        /// The site whose dial plan and trunk configuration it takes where it has none of its own.
        pub site_id: Option<String>,
    }

    /// A code that is dialled to set one's presence.
    #[derive(Default)]
    pub struct ShortCode {
        /// What is dialled: `*21`.
        pub code: String,
        /// The state that is set, by whatever name the presence server knows it: `Busy`.
        pub presence: String,
        /// How the call is answered.
        pub answer: ShortCodeAnswer,
    }
}

/// How emergency numbers are sent to a trunk.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum EmergencyForm {
    /// `110`.
    #[default]
    Plain,
    /// `+110`.
    Plus,
    /// As it stands here for each number, and plain where none stands: `110` to `+49110`, for trunks that insist.
    Configured(BTreeMap<String, String>),
}

/// How the call of a short code is answered, once it has done what it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum ShortCodeAnswer {
    /// 200, and BYE at once.
    #[default]
    Accept,
    /// 486: nobody pays for the call.
    Busy,
}

impl Default for VoiceConfiguration {
    fn default() -> Self {
        Self {
            country_code: CountryCode::GERMANY,
            national_plans: Vec::new(),
            dial_plans: Vec::new(),
            voice_policies: Vec::new(),
            pstn_usages: Vec::new(),
            voice_routes: Vec::new(),
            trunk_configurations: Vec::new(),
            location_policies: Vec::new(),
            network_sites: Vec::new(),
            pstn_gateways: Vec::new(),
            short_codes: Vec::new(),
        }
    }
}

impl VoiceConfiguration {
    /// What is known of a country.
    pub(super) fn national_plan(&self, country_code: CountryCode) -> Option<&'static NationalPlan> {
        let mut own = self.national_plans.iter();
        own.find(|plan| plan.country_code == country_code)
            .copied()
            .or_else(|| NationalPlan::of(country_code))
    }
}

impl Default for LocationPolicy {
    fn default() -> Self {
        Self {
            identity: Scope::Global,
            description: None,
            emergency_dial_string: None,
            emergency_dial_mask: None,
            emergency_numbers: Vec::new(),
            pstn_usage: None,
            pre_emption: true,
        }
    }
}

impl DialPlan {
    /// A plan without rules.
    #[must_use]
    pub fn new(identity: Scope) -> Self {
        Self {
            identity,
            ..Self::default()
        }
    }
}

impl DialPlan {
    /// The reference plan of a country as rules that can be looked at, changed and exported: for an area code with or without
    /// the 0 before it. Rules of one's own and extensions belong behind the first rule, which is that of the service numbers.
    ///
    /// ```
    /// use trunkline_e164::config::{DialPlan, Scope};
    /// use trunkline_e164::NationalPlan;
    ///
    /// let plan = DialPlan::national(Scope::Site("Munich".into()), &NationalPlan::GERMANY, "89")?;
    /// assert_eq!(plan.normalization_rules[0].name, "Service numbers");
    /// assert_eq!(plan.normalization_rules.last().unwrap().translation, "+4989$1");
    /// # Ok::<(), trunkline_e164::PlanError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Plan::national`].
    pub fn national(
        identity: Scope,
        national: &'static NationalPlan,
        area_code: &str,
    ) -> Result<Self, PlanError> {
        // what makes a plan there makes one here
        Plan::national(national, area_code)?;
        let area = area_code.strip_prefix('0').unwrap_or(area_code);
        let service = ("Service numbers".into(), &national.service);
        let rules = national.rules.iter().enumerate();
        let rules = rules.map(|(index, rule)| (format!("Reference {}", index + 1), rule));
        let rules = core::iter::once(service).chain(rules);
        let rules = rules.map(|(name, (pattern, translation))| {
            NormalizationRule::new(name, *pattern, translation.replace("<area>", area))
        });
        Ok(Self {
            country_code: Some(national.country_code),
            normalization_rules: rules.collect(),
            ..Self::new(identity)
        })
    }
}

impl NormalizationRule {
    /// A rule without a priority, for external numbers.
    pub fn new(
        name: impl Into<String>,
        pattern: impl Into<String>,
        translation: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            pattern: pattern.into(),
            translation: translation.into(),
            ..Self::default()
        }
    }
}

impl OutboundTranslationRule {
    /// A rule without a priority.
    pub fn new(
        name: impl Into<String>,
        pattern: impl Into<String>,
        translation: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            pattern: pattern.into(),
            translation: translation.into(),
            ..Self::default()
        }
    }
}

impl VoicePolicy {
    /// A policy with these usages, in order.
    pub fn new<U: Into<String>>(identity: Scope, pstn_usages: impl IntoIterator<Item = U>) -> Self {
        Self {
            identity,
            description: None,
            pstn_usages: pstn_usages.into_iter().map(Into::into).collect(),
        }
    }
}

impl VoiceRoute {
    /// A route of one usage to these trunks, in order, for the numbers of a pattern.
    pub fn new<T: Into<String>>(
        identity: impl Into<String>,
        number_pattern: impl Into<String>,
        pstn_usage: impl Into<String>,
        pstn_gateway_list: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            identity: identity.into(),
            number_pattern: number_pattern.into(),
            pstn_usages: [pstn_usage.into()].into(),
            pstn_gateway_list: pstn_gateway_list.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

impl TrunkConfiguration {
    /// A configuration that changes nothing.
    #[must_use]
    pub fn new(identity: Scope) -> Self {
        Self {
            identity,
            ..Self::default()
        }
    }
}

impl LocationPolicy {
    /// A policy with one emergency number and its masks, with `;` between them.
    pub fn new(identity: Scope, dial_string: impl Into<String>, dial_mask: Option<&str>) -> Self {
        Self {
            identity,
            emergency_dial_string: Some(dial_string.into()),
            emergency_dial_mask: dial_mask.map(Into::into),
            ..Self::default()
        }
    }
}

impl NetworkSite {
    /// A site without numbers.
    pub fn new(network_site_id: impl Into<String>) -> Self {
        Self {
            network_site_id: network_site_id.into(),
            ..Self::default()
        }
    }
}

impl PstnGateway {
    /// A gateway at a site.
    pub fn new(identity: impl Into<String>, site_id: impl Into<String>) -> Self {
        Self {
            identity: identity.into(),
            site_id: Some(site_id.into()),
        }
    }
}

impl ShortCode {
    /// A code that sets this state, and whose call is accepted.
    pub fn new(code: impl Into<String>, presence: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            presence: presence.into(),
            answer: ShortCodeAnswer::Accept,
        }
    }
}
