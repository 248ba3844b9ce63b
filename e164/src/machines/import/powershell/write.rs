//! Configurations as the cmdlets print them.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::super::delimited::write_row;
use super::super::finding::{Loss, own_settings};
use super::cmdlets::Kind;
use crate::config::{
    DialPlan, LocationPolicy, NetworkSite, NormalizationRule, OutboundTranslationRule, Scope,
    TrunkConfiguration, VoiceConfiguration, VoicePolicy, VoiceRoute,
};
use crate::import::LossReason;

/// Where objects go.
trait Sink {
    /// Objects of one kind follow, with these fields.
    fn begin(&mut self, kind: Kind, names: &[&'static str]);
    /// One of them; a list has its members.
    fn object(&mut self, names: &[&'static str], values: &[Value<'_>]);
}

/// The value of a field.
enum Value<'c> {
    Text(Cow<'c, str>),
    List(Vec<Cow<'c, str>>),
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn option(text: &Option<String>) -> Value<'_> {
    Value::Text(Cow::Borrowed(text.as_deref().unwrap_or_default()))
}

const fn flag(flag: bool) -> Value<'static> {
    Value::Text(Cow::Borrowed(if flag { "True" } else { "False" }))
}

fn number(number: Option<u32>) -> Value<'static> {
    Value::Text(number.map_or(Cow::Borrowed(""), |number| Cow::Owned(number.to_string())))
}

fn list(members: &[String]) -> Value<'_> {
    Value::List(
        members
            .iter()
            .map(|member| Cow::Borrowed(&**member))
            .collect(),
    )
}

pub(crate) fn write_csv<'c>(
    configuration: &'c VoiceConfiguration,
    out: &mut String,
) -> Vec<Loss<'c>> {
    write(configuration, &mut Csv(out))
}

pub(crate) fn write_list<'c>(
    configuration: &'c VoiceConfiguration,
    out: &mut String,
) -> Vec<Loss<'c>> {
    write(configuration, &mut List(out))
}

struct Csv<'o>(&'o mut String);

impl Sink for Csv<'_> {
    fn begin(&mut self, kind: Kind, names: &[&'static str]) {
        let (space, name) = kind.type_name();
        // a String takes everything
        let _ = writeln!(
            self.0,
            "#TYPE Microsoft.Rtc.Management.WritableConfig.{space}.{name}#Decorated"
        );
        write_row(self.0, names.iter().copied());
    }

    fn object(&mut self, _: &[&'static str], values: &[Value<'_>]) {
        let cells: Vec<Cow<'_, str>> = values
            .iter()
            .map(|value| match value {
                Value::Text(text) => Cow::Borrowed(&**text),
                Value::List(members) => {
                    let is_plain = |member: &Cow<'_, str>| !member.contains(['|', ';', ',']);
                    // line by line, with one more line end, where others would part the members
                    match members.iter().all(is_plain) {
                        true => Cow::Owned(members.join(";")),
                        false => Cow::Owned(members.join("\n") + "\n"),
                    }
                }
            })
            .collect();
        write_row(self.0, cells.iter().map(|cell| &**cell));
    }
}

struct List<'o>(&'o mut String);

impl Sink for List<'_> {
    fn begin(&mut self, kind: Kind, _: &[&'static str]) {
        let _ = writeln!(self.0, "PS> Get-{} | Format-List\n", kind.cmdlet());
    }

    fn object(&mut self, names: &[&'static str], values: &[Value<'_>]) {
        let width = names
            .iter()
            .map(|name| name.len())
            .max()
            .unwrap_or_default();
        for (name, value) in names.iter().zip(values) {
            let _ = match value {
                Value::Text(text) => writeln!(self.0, "{name:width$} : {text}"),
                Value::List(members) => {
                    writeln!(self.0, "{name:width$} : {{{}}}", members.join(", "))
                }
            };
        }
        self.0.push('\n');
    }
}

fn write<'c>(configuration: &'c VoiceConfiguration, sink: &mut dyn Sink) -> Vec<Loss<'c>> {
    let mut losses = Vec::new();
    own_settings(configuration, &mut losses);
    for site in &configuration.network_sites {
        let loss = Loss::of("network_site", &site.network_site_id, LossReason::NoPlace);
        if !site.numbers.is_empty() {
            losses.push(loss.field("numbers"));
        }
        if site.emergency_caller_id.is_some() {
            losses.push(loss.field("emergency_caller_id"));
        }
    }

    table(
        sink,
        Kind::DialPlan,
        &DIAL_PLAN,
        &configuration.dial_plans,
        dial_plan,
    );
    let rules = configuration.dial_plans.iter();
    let rules = rules.flat_map(|plan| {
        plan.normalization_rules
            .iter()
            .map(|rule| (&plan.identity, rule))
    });
    table(
        sink,
        Kind::NormalizationRule,
        &NORMALIZATION_RULE,
        rules,
        normalization_rule,
    );
    table(
        sink,
        Kind::VoicePolicy,
        &VOICE_POLICY,
        &configuration.voice_policies,
        voice_policy,
    );
    if !configuration.pstn_usages.is_empty() {
        table(
            sink,
            Kind::PstnUsage,
            &["Identity", "Usage"],
            [&configuration.pstn_usages],
            |usages| [text("Global"), list(usages)],
        );
    }
    table(
        sink,
        Kind::VoiceRoute,
        &VOICE_ROUTE,
        &configuration.voice_routes,
        voice_route,
    );
    table(
        sink,
        Kind::TrunkConfiguration,
        &TRUNK_CONFIGURATION,
        &configuration.trunk_configurations,
        trunk_configuration,
    );
    let trunks = || configuration.trunk_configurations.iter();
    let called = trunks().flat_map(|trunk| {
        let rules = trunk.outbound_translation_rules_list.iter();
        rules.map(|rule| (&trunk.identity, rule))
    });
    table(
        sink,
        Kind::OutboundTranslationRule,
        &TRANSLATION_RULE,
        called,
        translation_rule,
    );
    let calling = trunks().flat_map(|trunk| {
        let rules = trunk.outbound_calling_number_translation_rules_list.iter();
        rules.map(|rule| (&trunk.identity, rule))
    });
    table(
        sink,
        Kind::OutboundCallingNumberTranslationRule,
        &TRANSLATION_RULE,
        calling,
        translation_rule,
    );
    table(
        sink,
        Kind::LocationPolicy,
        &LOCATION_POLICY,
        &configuration.location_policies,
        location_policy,
    );
    table(
        sink,
        Kind::NetworkSite,
        &NETWORK_SITE,
        &configuration.network_sites,
        network_site,
    );
    losses
}

/// One table; nothing where nothing is in it.
fn table<'c, T, const N: usize>(
    sink: &mut dyn Sink,
    kind: Kind,
    names: &[&'static str; N],
    items: impl IntoIterator<Item = T>,
    values: impl Fn(T) -> [Value<'c>; N],
) {
    for (index, item) in items.into_iter().enumerate() {
        if index == 0 {
            sink.begin(kind, names);
        }
        sink.object(names, &values(item));
    }
}

const DIAL_PLAN: [&str; 5] = [
    "Identity",
    "Description",
    "ExternalAccessPrefix",
    "SimpleName",
    "OptimizeDeviceDialing",
];

fn dial_plan(plan: &DialPlan) -> [Value<'_>; 5] {
    [
        Value::Text(Cow::Owned(plan.identity.to_string())),
        option(&plan.description),
        option(&plan.external_access_prefix),
        option(&plan.simple_name),
        flag(plan.optimize_device_dialing),
    ]
}

const NORMALIZATION_RULE: [&str; 7] = [
    "Identity",
    "Priority",
    "Description",
    "Pattern",
    "Translation",
    "Name",
    "IsInternalExtension",
];

fn rule_identity(scope: &Scope, name: &str) -> Value<'static> {
    Value::Text(Cow::Owned(alloc::format!("{scope}/{name}")))
}

fn normalization_rule<'c>((scope, rule): (&Scope, &'c NormalizationRule)) -> [Value<'c>; 7] {
    [
        rule_identity(scope, &rule.name),
        number(rule.priority),
        option(&rule.description),
        text(&rule.pattern),
        text(&rule.translation),
        text(&rule.name),
        flag(rule.is_internal_extension),
    ]
}

const TRANSLATION_RULE: [&str; 6] = [
    "Identity",
    "Priority",
    "Description",
    "Pattern",
    "Translation",
    "Name",
];

fn translation_rule<'c>((scope, rule): (&Scope, &'c OutboundTranslationRule)) -> [Value<'c>; 6] {
    [
        rule_identity(scope, &rule.name),
        number(rule.priority),
        option(&rule.description),
        text(&rule.pattern),
        text(&rule.translation),
        text(&rule.name),
    ]
}

const VOICE_POLICY: [&str; 3] = ["Identity", "PstnUsages", "Description"];

fn voice_policy(policy: &VoicePolicy) -> [Value<'_>; 3] {
    [
        Value::Text(Cow::Owned(policy.identity.to_string())),
        list(&policy.pstn_usages),
        option(&policy.description),
    ]
}

const VOICE_ROUTE: [&str; 9] = [
    "Identity",
    "Priority",
    "Description",
    "NumberPattern",
    "PstnUsages",
    "PstnGatewayList",
    "Name",
    "SuppressCallerId",
    "AlternateCallerId",
];

fn voice_route(route: &VoiceRoute) -> [Value<'_>; 9] {
    let gateways = route.pstn_gateway_list.iter();
    let gateways = gateways.map(|gateway| Cow::Owned(alloc::format!("PstnGateway:{gateway}")));
    [
        text(&route.identity),
        number(route.priority),
        option(&route.description),
        text(&route.number_pattern),
        list(&route.pstn_usages),
        Value::List(gateways.collect()),
        text(&route.identity),
        flag(route.suppress_caller_id),
        option(&route.alternate_caller_id),
    ]
}

const TRUNK_CONFIGURATION: [&str; 4] =
    ["Identity", "Description", "RemovePlusFromUri", "PstnUsages"];

fn trunk_configuration(trunk: &TrunkConfiguration) -> [Value<'_>; 4] {
    [
        Value::Text(Cow::Owned(trunk.identity.to_string())),
        option(&trunk.description),
        flag(trunk.remove_plus_from_uri),
        list(&trunk.pstn_usages),
    ]
}

const LOCATION_POLICY: [&str; 6] = [
    "Identity",
    "Description",
    "EmergencyDialString",
    "EmergencyDialMask",
    "EmergencyNumbers",
    "PstnUsage",
];

fn location_policy(policy: &LocationPolicy) -> [Value<'_>; 6] {
    let mut numbers = String::new();
    for (index, number) in policy.emergency_numbers.iter().enumerate() {
        if index > 0 {
            numbers.push_str(", ");
        }
        let mask = number.dial_mask.as_deref().unwrap_or_default();
        let _ = write!(numbers, "DialString={};DialMask={mask}", number.dial_string);
    }
    [
        Value::Text(Cow::Owned(policy.identity.to_string())),
        option(&policy.description),
        option(&policy.emergency_dial_string),
        option(&policy.emergency_dial_mask),
        Value::Text(Cow::Owned(alloc::format!("{{{numbers}}}"))),
        option(&policy.pstn_usage),
    ]
}

const NETWORK_SITE: [&str; 3] = ["NetworkSiteID", "Description", "LocationPolicy"];

fn network_site(site: &NetworkSite) -> [Value<'_>; 3] {
    [
        text(&site.network_site_id),
        option(&site.description),
        option(&site.location_policy),
    ]
}
