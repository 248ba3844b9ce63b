//! The tables `dr_rules` and `dr_gateways`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::super::Lines;
use super::super::delimited::write_row;
use super::super::finding::{
    Finding, Loss, LossReason, Reason, by_priority, last_tried, own_settings,
};
use super::super::shape::{Set, Tail, push_escaped, shapes};
use super::{Record, tables};
use crate::PartPlace;
use crate::config::{
    OutboundTranslationRule, Scope, TrunkConfiguration, VoiceConfiguration, VoicePolicy, VoiceRoute,
};

const GATEWAY_COLUMNS: [&str; 7] = [
    "gwid",
    "type",
    "address",
    "strip",
    "pri_prefix",
    "attrs",
    "description",
];
const RULE_COLUMNS: [&str; 8] = [
    "ruleid",
    "groupid",
    "prefix",
    "timerec",
    "priority",
    "routeid",
    "gwlist",
    "description",
];

/// The name of the rule that stands for what a gateway strips and puts before.
const STRIP: &str = "strip and prefix";

/// How long an address and a list of gateways are at most: the width of their columns.
const MAX_ADDRESS: usize = 128;
const MAX_LIST: usize = 255;
/// How many prefixes one pattern is taken apart into.
const MAX_PREFIXES: usize = 64;

/// A rule whose place is not known yet.
struct Ruled<'t> {
    line: usize,
    priority: u32,
    prefix: String,
    gateways: Vec<String>,
    route: VoiceRoute,
    field: &'t str,
}

pub(in super::super) fn read<'t>(
    text: &'t str,
    into: &mut VoiceConfiguration,
    lines: &mut Lines,
) -> Vec<Finding<'t>> {
    let mut findings = Vec::new();
    let mut addresses: BTreeMap<String, String> = BTreeMap::new();
    let mut trunks: BTreeSet<Scope> = into
        .trunk_configurations
        .iter()
        .map(|trunk| trunk.identity.clone())
        .collect();
    let mut rules: Vec<Ruled<'t>> = Vec::new();
    tables(
        text,
        &["gwid", "gwlist"],
        &mut findings,
        |record, findings| {
            let line = record.line;
            let mut tell = |field, reason| {
                findings.push(Finding {
                    line,
                    field,
                    reason,
                });
            };
            let is_gateway = record
                .columns
                .iter()
                .any(|name| name.eq_ignore_ascii_case("gwid"));
            let known: &[&str] = if is_gateway {
                &GATEWAY_COLUMNS
            } else {
                &RULE_COLUMNS
            };
            for field in record.others(known) {
                tell(field, Reason::UnknownField);
            }
            if is_gateway {
                match gateway(record) {
                    Ok((id, trunk, dropped)) => {
                        for field in dropped {
                            tell(field, Reason::NotCarried);
                        }
                        if addresses.insert(id, trunk.identity.name().into()).is_some() {
                            return tell("gwid", Reason::Duplicate);
                        }
                        let is_plain = trunk == TrunkConfiguration::new(trunk.identity.clone());
                        if trunks.insert(trunk.identity.clone()) {
                            let index = into.trunk_configurations.len();
                            let place = PartPlace::new("trunk_configuration", index, None);
                            lines.insert(place, line);
                            for (list, rules) in [
                                (
                                    "outbound_translation_rule",
                                    &trunk.outbound_translation_rules_list,
                                ),
                                (
                                    "outbound_calling_number_translation_rule",
                                    &trunk.outbound_calling_number_translation_rules_list,
                                ),
                            ] {
                                let rules = (0..rules.len()).map(|rule| Some((list, rule)));
                                let places = rules.map(|rule| PartPlace { rule, ..place });
                                lines.extend(places.map(|place| (place, line)));
                            }
                            into.trunk_configurations.push(trunk);
                        } else if !is_plain {
                            // one address, two ways to write its numbers
                            tell("address", Reason::Duplicate);
                        }
                    }
                    Err((field, reason)) => tell(field, reason),
                }
                return;
            }
            match dr_rule(record, &mut tell) {
                Ok(rule) => rules.push(rule),
                Err((field, reason)) => tell(field, reason),
            }
        },
    );

    // the longest prefix decides, then the highest priority
    rules.sort_by_key(|rule| (Reverse(rule.prefix.len()), Reverse(rule.priority)));
    let mut routes: BTreeSet<String> = into
        .voice_routes
        .iter()
        .map(|route| route.identity.clone())
        .collect();
    let mut policies: BTreeSet<Scope> = into
        .voice_policies
        .iter()
        .map(|policy| policy.identity.clone())
        .collect();
    for Ruled {
        line,
        gateways,
        mut route,
        field,
        ..
    } in rules
    {
        let tell = |reason| Finding {
            line,
            field,
            reason,
        };
        for gateway in gateways {
            match addresses.get(&gateway) {
                Some(address) => route.pstn_gateway_list.push(address.clone()),
                // known by its number alone
                None => route.pstn_gateway_list.push(gateway),
            }
        }
        if !routes.insert(route.identity.clone()) {
            findings.push(tell(Reason::Duplicate));
            continue;
        }
        for usage in &route.pstn_usages {
            let scope = Scope::Tag(usage.clone());
            if policies.insert(scope.clone()) {
                let index = into.voice_policies.len();
                lines.insert(PartPlace::new("voice_policy", index, None), line);
                into.voice_policies
                    .push(VoicePolicy::new(scope, [usage.clone()]));
            }
        }
        let index = into.voice_routes.len();
        lines.insert(PartPlace::new("voice_route", index, None), line);
        into.voice_routes.push(route);
    }
    findings
}

type Faulty<T> = Result<T, (&'static str, Reason)>;

/// The number of a gateway, its trunk, and the columns of which nothing was made.
fn gateway(record: &Record<'_, '_>) -> Faulty<(String, TrunkConfiguration, Vec<&'static str>)> {
    let (id, address) = (record.get("gwid"), record.get("address"));
    for (column, value) in [("gwid", id), ("address", address)] {
        if value.is_empty() {
            return Err((column, Reason::Missing));
        }
    }
    if address.len() > MAX_ADDRESS {
        return Err(("address", Reason::TooLong));
    }
    let mut trunk = TrunkConfiguration::new(Scope::PstnGateway(address.into()));
    let description = record.get("description");
    trunk.description = (!description.is_empty()).then(|| description.into());
    let strip = record.number("strip").map_err(|reason| ("strip", reason))?;
    let prefix = record.get("pri_prefix");
    if !is_prefix(prefix) {
        return Err(("pri_prefix", Reason::Prefix));
    }
    if strip > 64 {
        return Err(("strip", Reason::NotNumber));
    }
    if strip > 0 || !prefix.is_empty() {
        trunk
            .outbound_translation_rules_list
            .push(strip_rule(strip, prefix));
    }
    let mut dropped = Vec::new();
    for (column, default) in [("type", "0"), ("attrs", "")] {
        if !matches!(record.get(column), value if value.is_empty() || value == default) {
            dropped.push(column);
        }
    }
    Ok((id.into(), trunk, dropped))
}

fn strip_rule(strip: u32, prefix: &str) -> OutboundTranslationRule {
    let pattern = match strip {
        0 => String::from("^(.*)$"),
        strip => alloc::format!("^.{{{strip}}}(.*)$"),
    };
    OutboundTranslationRule::new(STRIP, pattern, alloc::format!("{prefix}$1"))
}

fn dr_rule<'t>(
    record: &Record<'_, 't>,
    tell: &mut dyn FnMut(&'t str, Reason),
) -> Faulty<Ruled<'t>> {
    let prefix = record.get("prefix");
    if !is_prefix(prefix) {
        return Err(("prefix", Reason::Prefix));
    }
    let priority = record
        .number("priority")
        .map_err(|reason| ("priority", reason))?;
    if !record.get("timerec").is_empty() {
        tell("timerec", Reason::TimeRecurrence);
    }
    if !matches!(record.get("routeid"), "" | "0") {
        tell("routeid", Reason::NotCarried);
    }
    let list = record.get("gwlist");
    if list.is_empty() {
        return Err(("gwlist", Reason::Missing));
    }
    if list.len() > MAX_LIST {
        return Err(("gwlist", Reason::TooLong));
    }
    if list.contains(';') {
        tell("gwlist", Reason::GatewayGroups);
    }
    if list.starts_with('#') {
        return Err(("gwlist", Reason::GatewayList));
    }
    let gateways = list.split([',', ';', '|']).map(str::trim);
    let groups = record.get("groupid").split([',', ';']).map(str::trim);
    let groups: Vec<String> = groups
        .filter(|group| !group.is_empty())
        .map(Into::into)
        .collect();
    if groups.is_empty() {
        return Err(("groupid", Reason::Missing));
    }
    if groups
        .iter()
        .any(|group| group.contains(':') || group.eq_ignore_ascii_case("global"))
    {
        return Err(("groupid", Reason::NotNumber));
    }
    let mut pattern = String::from("^");
    prefix
        .bytes()
        .for_each(|octet| push_escaped(&mut pattern, octet));
    let identity = match record.get("ruleid") {
        "" => record.line.to_string(),
        id => id.into(),
    };
    let description = record.get("description");
    let route = VoiceRoute {
        identity,
        description: (!description.is_empty()).then(|| description.into()),
        number_pattern: pattern,
        pstn_usages: groups,
        ..VoiceRoute::default()
    };
    Ok(Ruled {
        line: record.line,
        priority,
        prefix: prefix.into(),
        gateways: gateways
            .filter(|gateway| !gateway.is_empty())
            .map(Into::into)
            .collect(),
        route,
        field: "ruleid",
    })
}

fn is_prefix(text: &str) -> bool {
    text.bytes()
        .all(|octet| octet.is_ascii_digit() || b"+*#".contains(&octet))
}

pub(in super::super) fn write<'c>(
    configuration: &'c VoiceConfiguration,
    out: &mut String,
) -> Vec<Loss<'c>> {
    let mut losses = Vec::new();
    own_settings(configuration, &mut losses);
    // gateways are numbered as they come, those of routes behind those with a configuration
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    write_row(out, GATEWAY_COLUMNS);
    let mut write_gateway =
        |out: &mut String, address: &'c str, strip: u32, prefix: &str, description: &str| {
            if address.len() > MAX_ADDRESS {
                return;
            }
            let next = numbers.len() + 1;
            let number = *numbers.entry(address).or_insert(next);
            if number == next {
                let (id, strip) = (number.to_string(), strip.to_string());
                write_row(out, [&*id, "0", address, &*strip, prefix, "", description]);
            }
        };
    let mut changing: BTreeSet<&str> = BTreeSet::new();
    for trunk in &configuration.trunk_configurations {
        let name = trunk.identity.name();
        let told = Loss::of("trunk_configuration", name, LossReason::NoPlace);
        if !matches!(trunk.identity, Scope::PstnGateway(_)) || name.len() > MAX_ADDRESS {
            losses.push(told.field("identity"));
            continue;
        }
        let rules = &trunk.outbound_translation_rules_list;
        let stripped = match &rules[..] {
            [] => Some((0, "")),
            [rule] => stripped(rule),
            _ => None,
        };
        for (is_set, field) in [
            (stripped.is_none(), "outbound_translation_rules_list"),
            (
                !trunk
                    .outbound_calling_number_translation_rules_list
                    .is_empty(),
                "outbound_calling_number_translation_rules_list",
            ),
            (trunk.remove_plus_from_uri, "remove_plus_from_uri"),
            (!trunk.pstn_usages.is_empty(), "pstn_usages"),
        ] {
            if is_set {
                losses.push(told.field(field));
            }
        }
        let (strip, prefix) = stripped.unwrap_or_default();
        if strip > 0 || !prefix.is_empty() {
            changing.insert(name);
        }
        let description = trunk.description.as_deref().unwrap_or_default();
        write_gateway(out, name, strip, prefix, description);
    }
    for gateway in configuration
        .voice_routes
        .iter()
        .flat_map(|route| &route.pstn_gateway_list)
    {
        write_gateway(out, gateway, 0, "", "");
    }

    out.push('\n');
    write_row(out, RULE_COLUMNS);
    let routes = by_priority(&configuration.voice_routes, |route| route.priority);
    let mut written: Vec<(String, &VoiceRoute)> = Vec::new();
    for route in routes {
        let told = Loss::of("voice_route", &route.identity, LossReason::NoPlace);
        for (is_set, field) in [
            (route.suppress_caller_id, "suppress_caller_id"),
            (route.alternate_caller_id.is_some(), "alternate_caller_id"),
        ] {
            if is_set {
                losses.push(told.field(field));
            }
        }
        if route.priority.is_some() {
            let loss = Loss {
                reason: LossReason::OrderAlone,
                ..told
            };
            losses.push(loss.field("priority"));
        }
        match prefixes(&route.number_pattern) {
            None => losses.push(Loss {
                reason: LossReason::Pattern,
                ..told
            }),
            Some(prefixes) => {
                if prefixes.len() > 1 {
                    losses.push(Loss {
                        reason: LossReason::Several,
                        ..told
                    });
                }
                written.extend(prefixes.into_iter().map(|prefix| (prefix, route)));
            }
        }
    }
    // a longer prefix wins there, wherever it stands
    let mut shorter: Vec<&str> = Vec::new();
    for (prefix, route) in &written {
        if shorter
            .iter()
            .rev()
            .take(1000)
            .any(|other| prefix.len() > other.len() && prefix.starts_with(other))
        {
            losses.push(Loss::of("voice_route", &route.identity, LossReason::Order));
        }
        shorter.push(prefix);
    }
    let meets =
        |one: &String, other: &String| one.starts_with(&**other) || other.starts_with(&**one);
    last_tried(&written, meets, &mut losses);
    let mut ids = Numbers::new(written.iter().map(|(_, route)| &*route.identity));
    let usages = written.iter().flat_map(|(_, route)| &route.pstn_usages);
    let mut groups = Numbers::new(usages.map(|usage| &**usage));
    let count = written.len();
    for (index, (prefix, route)) in written.iter().enumerate() {
        let list: Vec<String> = route
            .pstn_gateway_list
            .iter()
            .filter_map(|gateway| numbers.get(&**gateway).map(ToString::to_string))
            .collect();
        let list = list.join(",");
        let is_whole = route
            .pstn_gateway_list
            .iter()
            .all(|gateway| gateway.len() <= MAX_ADDRESS);
        if !is_whole || list.len() > MAX_LIST {
            let loss = Loss::of("voice_route", &route.identity, LossReason::NoPlace);
            losses.push(loss.field("pstn_gateway_list"));
            continue;
        }
        let told = Loss::of("voice_route", &route.identity, LossReason::Renamed);
        let id = ids.once(&route.identity);
        if id.to_string() != route.identity {
            losses.push(told);
        }
        if route.pstn_usages.is_empty() {
            losses.push(told.field("pstn_usages"));
            continue;
        }
        let mut list_of_groups = Vec::new();
        for usage in &route.pstn_usages {
            let group = groups.of(usage).to_string();
            if group != *usage {
                losses.push(told.field("pstn_usages"));
            }
            list_of_groups.push(group);
        }
        // what a gateway strips and puts before it does to emergency numbers as well
        let is_short = !prefix.starts_with('+');
        let is_changed = |gateway: &String| changing.contains(&**gateway);
        if is_short && route.pstn_gateway_list.iter().any(is_changed) {
            losses.push(Loss::of(
                "voice_route",
                &route.identity,
                LossReason::Emergency,
            ));
        }
        write_row(
            out,
            [
                &*id.to_string(),
                &*list_of_groups.join(","),
                prefix,
                "",
                &*(count - index).to_string(),
                "0",
                &*list,
                route.description.as_deref().unwrap_or_default(),
            ],
        );
    }

    for plan in &configuration.dial_plans {
        losses.push(Loss::of(
            "dial_plan",
            plan.identity.name(),
            LossReason::NoPlace,
        ));
    }
    for usage in &configuration.pstn_usages {
        losses.push(Loss::of("pstn_usages", usage, LossReason::NoPlace));
    }
    for policy in &configuration.voice_policies {
        let is_group =
            matches!(&policy.identity, Scope::Tag(name) if policy.pstn_usages == [name.clone()]);
        let told = Loss::of("voice_policy", policy.identity.name(), LossReason::NoPlace);
        if !is_group {
            losses.push(told);
        } else if policy.description.is_some() {
            losses.push(told.field("description"));
        }
    }
    for policy in &configuration.location_policies {
        losses.push(Loss::of(
            "location_policy",
            policy.identity.name(),
            LossReason::NoPlace,
        ));
    }
    for site in &configuration.network_sites {
        losses.push(Loss::of(
            "network_site",
            &site.network_site_id,
            LossReason::NoPlace,
        ));
    }
    losses
}

/// Numbers for names, of which those that are numbers keep their own: all that columns of numbers take.
struct Numbers<'c> {
    given: BTreeMap<&'c str, u32>,
    taken: BTreeSet<u32>,
    last: u32,
}

impl<'c> Numbers<'c> {
    fn new(names: impl Iterator<Item = &'c str>) -> Self {
        let own = |name: &str| {
            name.parse()
                .ok()
                .filter(|own: &u32| own.to_string() == name)
        };
        let given: BTreeMap<&str, u32> =
            names.filter_map(|name| Some((name, own(name)?))).collect();
        Self {
            taken: given.values().copied().collect(),
            given,
            last: 0,
        }
    }

    /// One that nothing has yet.
    fn next(&mut self) -> u32 {
        loop {
            self.last = self.last.wrapping_add(1);
            if self.taken.insert(self.last) {
                return self.last;
            }
        }
    }

    /// That of a name.
    fn of(&mut self, name: &'c str) -> u32 {
        if let Some(number) = self.given.get(name) {
            return *number;
        }
        let number = self.next();
        self.given.insert(name, number);
        number
    }

    /// That of a name for the first who asks, one of its own for all others.
    fn once(&mut self, name: &'c str) -> u32 {
        self.given.remove(name).unwrap_or_else(|| self.next())
    }
}

/// What a gateway strips and puts before, where a rule does no more.
fn stripped(rule: &OutboundTranslationRule) -> Option<(u32, &str)> {
    let prefix = rule
        .translation
        .strip_suffix("$1")
        .filter(|prefix| is_prefix(prefix))?;
    let strip = match &*rule.pattern {
        "^(.*)$" => 0,
        pattern => pattern
            .strip_prefix("^.{")?
            .strip_suffix("}(.*)$")?
            .parse()
            .ok()?,
    };
    (*rule == strip_rule(strip, prefix)).then_some((strip, prefix))
}

/// The prefixes that a pattern is made of.
fn prefixes(pattern: &str) -> Option<Vec<String>> {
    let mut out = Vec::new();
    for row in shapes(pattern)? {
        // all numbers that begin so
        if !matches!(row.tail, Tail::Any(set) if set == Set::ANY || set == Set::DIGITS) {
            return None;
        }
        let mut ways = alloc::vec![String::new()];
        for set in &row.places {
            let members = set
                .runs()
                .into_iter()
                .flat_map(|(first, last)| first..=last);
            let members: Vec<u8> = members.collect();
            if !members
                .iter()
                .all(|octet| octet.is_ascii_digit() || b"+*#".contains(octet))
            {
                return None;
            }
            if ways.len() * members.len() > MAX_PREFIXES {
                return None;
            }
            ways = ways
                .iter()
                .flat_map(|way| {
                    members
                        .iter()
                        .map(move |octet| alloc::format!("{way}{}", char::from(*octet)))
                })
                .collect();
        }
        out.extend(ways);
        if out.len() > MAX_PREFIXES {
            return None;
        }
    }
    Some(out)
}
