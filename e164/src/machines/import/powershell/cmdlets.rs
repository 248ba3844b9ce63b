//! Which cmdlet prints what, and what of it decides nothing here.

use crate::import::Reason;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DialPlan,
    NormalizationRule,
    VoicePolicy,
    PstnUsage,
    VoiceRoute,
    TrunkConfiguration,
    OutboundTranslationRule,
    OutboundCallingNumberTranslationRule,
    LocationPolicy,
    NetworkSite,
}

/// Cmdlet, and the last part of the name of the type it prints.
const NAMES: [(Kind, &str, &str); 10] = [
    (Kind::DialPlan, "CsDialPlan", "LocationProfile"),
    (
        Kind::NormalizationRule,
        "CsVoiceNormalizationRule",
        "NormalizationRule",
    ),
    (Kind::VoicePolicy, "CsVoicePolicy", "VoicePolicy"),
    (Kind::PstnUsage, "CsPstnUsage", "PstnUsages"),
    (Kind::VoiceRoute, "CsVoiceRoute", "Route"),
    (
        Kind::TrunkConfiguration,
        "CsTrunkConfiguration",
        "TrunkConfiguration",
    ),
    (
        Kind::OutboundTranslationRule,
        "CsOutboundTranslationRule",
        "OutboundTranslationRule",
    ),
    (
        Kind::OutboundCallingNumberTranslationRule,
        "CsOutboundCallingNumberTranslationRule",
        "CallingNumberTranslationRule",
    ),
    (Kind::LocationPolicy, "CsLocationPolicy", "LocationPolicy"),
    (
        Kind::NetworkSite,
        "CsNetworkSite",
        "DisplayNetworkSiteWithExpandParametersType",
    ),
];

/// Where the types are.
const NAMESPACES: [(Kind, &str); 10] = [
    (Kind::DialPlan, "Policy.Voice"),
    (Kind::NormalizationRule, "Policy.Voice"),
    (Kind::VoicePolicy, "Policy.Voice"),
    (Kind::PstnUsage, "Policy.Voice"),
    (Kind::VoiceRoute, "Policy.Voice"),
    (Kind::TrunkConfiguration, "Settings.TrunkConfiguration"),
    (Kind::OutboundTranslationRule, "Settings.TrunkConfiguration"),
    (
        Kind::OutboundCallingNumberTranslationRule,
        "Settings.TrunkConfiguration",
    ),
    (Kind::LocationPolicy, "Policy.Location"),
    (Kind::NetworkSite, "Settings.NetworkConfiguration"),
];

/// What the shell adds to every object.
const OF_THE_SHELL: [&str; 10] = [
    "Anchor",
    "Element",
    "PSComputerName",
    "PSShowComputerName",
    "PSSourceJobInstanceId",
    "RunspaceId",
    "ScopeClass",
    "XmlRoot",
    "XsAnyAttributes",
    "XsAnyElements",
];

/// Settings that decide nothing here, and their defaults as they are printed.
type Settings = &'static [(&'static str, &'static str)];

const OF_DIAL_PLANS: Settings = &[
    ("City", ""),
    ("CountryCode", ""),
    ("DialinConferencingRegion", ""),
    ("ITUCountryPrefix", ""),
    ("State", ""),
];

const OF_RULES: Settings = &[("Tenant", "")];

const OF_VOICE_POLICIES: Settings = &[
    ("AllowCallForwarding", "True"),
    ("AllowPSTNReRouting", "True"),
    ("AllowSimulRing", "True"),
    ("CallForwardingSimulRingUsageType", "VoicePolicyUsage"),
    ("CustomCallForwardingSimulRingUsages", ""),
    ("EnableBusyOptions", "False"),
    ("EnableBWPolicyOverride", "False"),
    ("EnableCallPark", "False"),
    ("EnableCallTransfer", "True"),
    ("EnableDelegation", "True"),
    ("EnableMaliciousCallTracing", "False"),
    ("EnableTeamCall", "True"),
    ("EnableVoicemailEscapeTimer", "False"),
    ("Name", "DefaultPolicy"),
    ("PreventPSTNTollBypass", "False"),
    ("PSTNVoicemailEscapeTimer", "1500"),
    ("Tenant", ""),
    ("VoiceDeploymentMode", "OnPrem"),
];

const OF_ROUTES: Settings = &[("Name", ""), ("Tenant", "")];

const OF_TRUNKS: Settings = &[
    ("ConcentratedTopology", "True"),
    ("Enable3pccRefer", "False"),
    ("EnableBypass", "False"),
    ("EnableFastFailoverTimer", "True"),
    ("EnableLocationRestriction", "False"),
    ("EnableMobileTrunkSupport", "False"),
    ("EnableOnlineVoice", "False"),
    ("EnablePIDFLOSupport", "False"),
    ("EnableReferSupport", "True"),
    ("EnableRTPLatching", "False"),
    ("EnableSessionTimer", "False"),
    ("EnableSignalBoost", "False"),
    ("ForwardCallHistory", "False"),
    ("ForwardPAI", "False"),
    ("MaxEarlyDialogs", "20"),
    ("NetworkSiteID", ""),
    ("RTCPActiveCalls", "True"),
    ("RTCPCallsOnHold", "True"),
    ("SipResponseCodeTranslationRulesList", ""),
    ("SRTPMode", "Required"),
];

const OF_LOCATIONS: Settings = &[
    ("ConferenceMode", "oneway"),
    ("ConferenceUri", ""),
    ("EnhancedEmergencyServiceDisclaimer", ""),
    ("EnhancedEmergencyServicesEnabled", "False"),
    ("LocationRefreshInterval", "4"),
    ("LocationRequired", "no"),
    ("NotificationUri", ""),
    ("Tenant", ""),
    ("UseLocationForE911Only", "False"),
];

const OF_SITES: Settings = &[
    ("BWAlternatePaths", ""),
    ("BWPolicyProfileID", ""),
    ("BypassID", ""),
    ("EnableLocationBasedRouting", "False"),
    ("InterNetworkSitePolicies", ""),
    ("NetworkRegionID", ""),
    ("Subnets", ""),
    ("VoiceRoutingPolicyTagID", ""),
];

impl Kind {
    /// That of `Get-CsDialPlan`, and of what makes one.
    pub(super) fn of_cmdlet(cmdlet: &str) -> Option<Self> {
        let (_, noun) = cmdlet.split_once('-')?;
        let mut names = NAMES.iter();
        let (kind, ..) = names.find(|(_, name, _)| name.eq_ignore_ascii_case(noun))?;
        Some(*kind)
    }

    /// By the last part of the name of the type.
    pub(super) fn of_type(name: &str) -> Option<Self> {
        let alike = match name {
            "VoiceRoute" => "Route",
            "OutboundCallingNumberTranslationRule" => "CallingNumberTranslationRule",
            "DialPlan" => "LocationProfile",
            "PstnUsage" => "PstnUsages",
            "NetworkSite" | "DisplayNetworkSiteType" => {
                "DisplayNetworkSiteWithExpandParametersType"
            }
            _ => name,
        };
        let mut names = NAMES.iter();
        let (kind, ..) = names.find(|(_, _, name)| name.eq_ignore_ascii_case(alike))?;
        Some(*kind)
    }

    /// By what it has. A translation rule without more is one of called numbers.
    pub(super) fn of_fields(has: impl Fn(&str) -> bool) -> Option<Self> {
        const TELLING: [(&str, Kind); 16] = [
            ("NumberPattern", Kind::VoiceRoute),
            ("PstnGatewayList", Kind::VoiceRoute),
            ("NormalizationRules", Kind::DialPlan),
            ("SimpleName", Kind::DialPlan),
            ("ExternalAccessPrefix", Kind::DialPlan),
            ("OptimizeDeviceDialing", Kind::DialPlan),
            ("RemovePlusFromUri", Kind::TrunkConfiguration),
            ("OutboundTranslationRulesList", Kind::TrunkConfiguration),
            (
                "OutboundCallingNumberTranslationRulesList",
                Kind::TrunkConfiguration,
            ),
            ("EmergencyDialString", Kind::LocationPolicy),
            ("EmergencyNumbers", Kind::LocationPolicy),
            ("IsInternalExtension", Kind::NormalizationRule),
            ("Translation", Kind::OutboundTranslationRule),
            ("Usage", Kind::PstnUsage),
            ("PstnUsages", Kind::VoicePolicy),
            ("NetworkSiteID", Kind::NetworkSite),
        ];
        let mut telling = TELLING.iter();
        let (_, kind) = telling.find(|(name, _)| has(name))?;
        Some(*kind)
    }

    /// The cmdlet that prints it.
    pub(super) fn cmdlet(self) -> &'static str {
        let mut names = NAMES.iter();
        names
            .find(|(kind, ..)| *kind == self)
            .map_or("", |(_, cmdlet, _)| cmdlet)
    }

    /// Where its type is, and the last part of its name.
    pub(super) fn type_name(self) -> (&'static str, &'static str) {
        let mut names = NAMES.iter();
        let name = names
            .find(|(kind, ..)| *kind == self)
            .map_or("", |(_, _, name)| name);
        let mut spaces = NAMESPACES.iter();
        let space = spaces
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, space)| space);
        (space, name)
    }

    const fn settings(self) -> Settings {
        match self {
            Self::DialPlan => OF_DIAL_PLANS,
            Self::NormalizationRule
            | Self::OutboundTranslationRule
            | Self::OutboundCallingNumberTranslationRule => OF_RULES,
            Self::VoicePolicy => OF_VOICE_POLICIES,
            Self::PstnUsage => &[],
            Self::VoiceRoute => OF_ROUTES,
            Self::TrunkConfiguration => OF_TRUNKS,
            Self::LocationPolicy => OF_LOCATIONS,
            Self::NetworkSite => OF_SITES,
        }
    }

    /// What is to be told of a field that nothing was made of.
    pub(super) fn rest(self, name: &str, value: &str) -> Option<Reason> {
        if OF_THE_SHELL
            .iter()
            .any(|other| other.eq_ignore_ascii_case(name))
        {
            return None;
        }
        let mut settings = self.settings().iter();
        match settings.find(|(setting, _)| setting.eq_ignore_ascii_case(name)) {
            Some((_, default)) => {
                let is_default = matches!(value, "" | "{}") || value.eq_ignore_ascii_case(default);
                (!is_default).then_some(Reason::NotCarried)
            }
            None => (!value.is_empty()).then_some(Reason::UnknownField),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, NAMES};

    #[test]
    fn kinds_are_known_by_cmdlet_and_by_type() {
        for (kind, cmdlet, _) in NAMES {
            assert_eq!(Kind::of_cmdlet(&std::format!("Get-{cmdlet}")), Some(kind));
            assert_eq!(
                Kind::of_cmdlet(&std::format!("new-{}", cmdlet.to_lowercase())),
                Some(kind)
            );
            assert_eq!(Kind::of_type(kind.type_name().1), Some(kind));
            assert_eq!(kind.cmdlet(), cmdlet);
        }
        assert_eq!(Kind::of_cmdlet("Get-CsUser"), None);
        assert_eq!(Kind::of_type("User"), None);
    }
}
