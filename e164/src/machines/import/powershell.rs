//! What the cmdlets of Skype for Business print, as objects of fields, whether as CSV or as a list.

mod cmdlets;
mod rules;
mod write;

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) use write::{write_csv, write_list};

use self::cmdlets::Kind;
use self::rules::RuleList;
use super::Lines;
use super::delimited::{Delimiter, Rows};
use super::finding::{Finding, Reason};
use super::list::{self, Field, Item};
use crate::PartPlace;
use crate::config::{
    DialPlan, EmergencyNumber, LocationPolicy, NetworkSite, Scope, TrunkConfiguration,
    VoiceConfiguration, VoicePolicy, VoiceRoute,
};

/// How many fields an object has at most; no cmdlet prints half as many.
const MAX_FIELDS: usize = 128;

/// An object that was printed.
struct Object<'t> {
    line: usize,
    /// Those that nothing was made of yet.
    fields: Vec<Field<'t>>,
}

impl<'t> Object<'t> {
    fn take(&mut self, name: &str) -> Option<Field<'t>> {
        let is_it = |field: &Field<'_>| field.name.eq_ignore_ascii_case(name);
        let place = self.fields.iter().position(is_it)?;
        Some(self.fields.remove(place))
    }

    fn has(&self, name: &str) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|field| field.name.eq_ignore_ascii_case(name))
    }
}

pub(super) fn read_csv<'t>(
    text: &'t str,
    into: &mut VoiceConfiguration,
    lines: &mut Lines,
) -> Vec<Finding<'t>> {
    let mut reader = Reader::new(into, lines);
    let mut rows = Rows::new(text);
    // a table begins with its type, or behind a blank line with its header
    let mut header: Option<(Vec<&'t str>, Delimiter)> = None;
    let mut kind = None;
    let mut is_known = true;
    while let Some((line, peeked)) = rows.peek() {
        if let Some(name) = type_name(peeked) {
            (header, kind) = (None, Kind::of_type(name));
            is_known = kind.is_some();
            if !is_known {
                reader.tell(line, "", Reason::UnknownObject);
            }
            rows.skip_line();
        } else if peeked.trim().is_empty() {
            rows.skip_line();
            if header.take().is_some() {
                (kind, is_known) = (None, true);
            }
        } else if let Some((names, delimiter)) = &header {
            let Some(row) = rows.row(*delimiter) else {
                break;
            };
            if row.is_unclosed {
                reader.tell(row.line, "", Reason::UnclosedQuote);
                continue;
            }
            if row.cells.len() > names.len() {
                reader.tell(row.line, "", Reason::TooManyCells);
            }
            let fields = names.iter().zip(row.cells).map(|(name, value)| Field {
                line: row.line,
                name,
                value,
                is_wrapped: false,
            });
            let object = Object {
                line: row.line,
                fields: fields.collect(),
            };
            if is_known {
                reader.object(object, kind);
            }
        } else {
            let delimiter = Delimiter::of(peeked);
            let Some(row) = rows.row(delimiter) else {
                break;
            };
            if row.is_unclosed {
                reader.tell(row.line, "", Reason::UnclosedQuote);
                continue;
            }
            let name = |cell| match cell {
                Cow::Borrowed(name) => name,
                // a quotation mark in a name: no column that is known
                Cow::Owned(_) => "\"",
            };
            let is_too_wide = row.cells.len() > MAX_FIELDS;
            let names: Vec<&str> = row.cells.into_iter().map(name).take(MAX_FIELDS).collect();
            let has = |name: &str| names.iter().any(|other| other.eq_ignore_ascii_case(name));
            kind = kind.or_else(|| Kind::of_fields(has));
            if is_known && (is_too_wide || kind.is_none()) {
                is_known = false;
                reader.tell(
                    row.line,
                    "",
                    match is_too_wide {
                        true => Reason::TooManyCells,
                        false => Reason::UnknownObject,
                    },
                );
            }
            header = Some((names, delimiter));
        }
    }
    reader.findings
}

/// That of `#TYPE Selected.Microsoft.Rtc.Management.WritableConfig.Policy.Voice.VoicePolicy#Decorated`: `VoicePolicy`.
fn type_name(line: &str) -> Option<&str> {
    let name = line.trim_start_matches('"').strip_prefix("#TYPE ")?.trim();
    let name = name.split('#').next()?;
    name.rsplit('.').next()
}

pub(super) fn read_list<'t>(
    text: &'t str,
    into: &mut VoiceConfiguration,
    lines: &mut Lines,
) -> Vec<Finding<'t>> {
    let mut reader = Reader::new(into, lines);
    for item in list::read(text) {
        match item {
            Item::Stray(line) => reader.tell(line, "", Reason::Stray),
            Item::Object(listed) => {
                if listed.fields.len() > MAX_FIELDS {
                    reader.tell(listed.line, "", Reason::UnknownObject);
                    continue;
                }
                for field in &listed.fields {
                    if field.is_wrapped {
                        reader.tell(field.line, field.name, Reason::Wrapped);
                    }
                }
                let kind = listed.command.and_then(Kind::of_cmdlet);
                let object = Object {
                    line: listed.line,
                    fields: listed.fields,
                };
                reader.object(object, kind);
            }
        }
    }
    reader.findings
}

/// What objects are put into, and where those are that they may belong to.
struct Reader<'t, 'c> {
    into: &'c mut VoiceConfiguration,
    lines: &'c mut Lines,
    findings: Vec<Finding<'t>>,
    plans: BTreeMap<Scope, usize>,
    trunks: BTreeMap<Scope, usize>,
    policies: BTreeMap<Scope, usize>,
    locations: BTreeMap<Scope, usize>,
    routes: BTreeMap<String, usize>,
    sites: BTreeMap<String, usize>,
    usages: BTreeSet<String>,
    /// By the place of the plan or trunk and the name.
    rules: BTreeMap<(RuleList, usize, String), usize>,
}

impl<'t, 'c> Reader<'t, 'c> {
    fn new(into: &'c mut VoiceConfiguration, lines: &'c mut Lines) -> Self {
        macro_rules! places {
            ($list:ident . $key:ident) => {{
                let items = into.$list.iter().enumerate();
                items
                    .map(|(place, item)| (item.$key.clone(), place))
                    .collect()
            }};
        }
        let mut rules = BTreeMap::new();
        for (place, plan) in into.dial_plans.iter().enumerate() {
            for (rule, item) in plan.normalization_rules.iter().enumerate() {
                rules.insert((RuleList::Normalization, place, item.name.clone()), rule);
            }
        }
        for (place, trunk) in into.trunk_configurations.iter().enumerate() {
            for (list, items) in [
                (RuleList::Called, &trunk.outbound_translation_rules_list),
                (
                    RuleList::Calling,
                    &trunk.outbound_calling_number_translation_rules_list,
                ),
            ] {
                for (rule, item) in items.iter().enumerate() {
                    rules.insert((list, place, item.name.clone()), rule);
                }
            }
        }
        Self {
            findings: Vec::new(),
            plans: places!(dial_plans.identity),
            trunks: places!(trunk_configurations.identity),
            policies: places!(voice_policies.identity),
            locations: places!(location_policies.identity),
            routes: places!(voice_routes.identity),
            sites: places!(network_sites.network_site_id),
            usages: into.pstn_usages.iter().cloned().collect(),
            rules,
            lines,
            into,
        }
    }

    fn tell(&mut self, line: usize, field: &'t str, reason: Reason) {
        self.findings.push(Finding {
            line,
            field,
            reason,
        });
    }

    /// Notes in which line something stands that is put in a list.
    fn stands(&mut self, line: usize, list: &'static str, index: usize) {
        self.lines.insert(PartPlace::new(list, index, None), line);
    }

    /// Puts an object where it belongs.
    fn object(&mut self, mut object: Object<'t>, kind: Option<Kind>) {
        let Some(kind) = kind.or_else(|| Kind::of_fields(|name| object.has(name))) else {
            self.tell(object.line, "", Reason::UnknownObject);
            return;
        };
        let is_taken = match kind {
            Kind::DialPlan => self.dial_plan(&mut object),
            Kind::NormalizationRule => self.rule(&mut object, RuleList::Normalization),
            Kind::OutboundTranslationRule => self.rule(&mut object, RuleList::Called),
            Kind::OutboundCallingNumberTranslationRule => self.rule(&mut object, RuleList::Calling),
            Kind::VoicePolicy => self.voice_policy(&mut object),
            Kind::PstnUsage => self.pstn_usage(&mut object),
            Kind::VoiceRoute => self.voice_route(&mut object),
            Kind::TrunkConfiguration => self.trunk_configuration(&mut object),
            Kind::LocationPolicy => self.location_policy(&mut object),
            Kind::NetworkSite => self.network_site(&mut object),
        };
        if is_taken.is_none() {
            return;
        }
        for field in object.fields {
            if let Some(reason) = kind.rest(field.name, field.value.trim()) {
                self.tell(field.line, field.name, reason);
            }
        }
    }

    /// A text; `None` where it is empty.
    fn text(object: &mut Object<'t>, name: &str) -> Option<String> {
        let field = object.take(name)?;
        (!field.value.is_empty()).then(|| field.value.into_owned())
    }

    fn flag(&mut self, object: &mut Object<'t>, name: &str, default: bool) -> bool {
        let Some(field) = object.take(name) else {
            return default;
        };
        match field.value.trim() {
            "" => default,
            text if text.eq_ignore_ascii_case("true") => true,
            text if text.eq_ignore_ascii_case("false") => false,
            _ => {
                self.tell(field.line, field.name, Reason::NotFlag);
                default
            }
        }
    }

    fn number(&mut self, object: &mut Object<'t>, name: &str) -> Option<u32> {
        let field = object.take(name)?;
        let text = field.value.trim();
        if text.is_empty() {
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            self.tell(field.line, field.name, Reason::NotNumber);
        }
        number
    }

    /// A field that has to be there; tells where it is not.
    fn needed(&mut self, object: &mut Object<'t>, name: &'static str) -> Option<Field<'t>> {
        let field = object.take(name).filter(|field| !field.value.is_empty());
        if field.is_none() {
            self.tell(object.line, name, Reason::Missing);
        }
        field
    }

    fn scope(&mut self, object: &mut Object<'t>) -> Option<Scope> {
        let field = self.needed(object, "Identity")?;
        match field.value.parse() {
            Ok(scope) => Some(scope),
            Err(error) => {
                self.tell(field.line, field.name, Reason::Scope(error));
                None
            }
        }
    }

    /// The members of a list.
    fn list(&mut self, object: &mut Object<'t>, name: &str) -> Vec<String> {
        let Some(field) = object.take(name) else {
            return Vec::new();
        };
        let value = field.value.trim();
        if is_type_name(value) {
            self.tell(field.line, field.name, Reason::TypeName);
            return Vec::new();
        }
        let braced = value
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let mut members: Vec<&str> = match braced {
            Some(list) => list.split(", ").collect(),
            None => {
                let separators = ['\n', '|', ';', ','];
                let used = separators
                    .into_iter()
                    .find(|mark| field.value.contains(*mark));
                used.map_or_else(|| [value].into(), |mark| value.split(mark).collect())
            }
        };
        if let Some(last) = members.last_mut() {
            let cut = last.trim_end_matches(['.', '…']);
            if last.ends_with("...") || last.ends_with('…') {
                *last = cut;
                self.tell(field.line, field.name, Reason::Truncated);
            }
        }
        let members = members.into_iter().map(str::trim);
        members
            .filter(|member| !member.is_empty())
            .map(Into::into)
            .collect()
    }

    fn dial_plan(&mut self, object: &mut Object<'t>) -> Option<()> {
        let line = object.line;
        let mut plan = DialPlan::new(self.scope(object)?);
        plan.description = Self::text(object, "Description");
        plan.simple_name = Self::text(object, "SimpleName");
        plan.external_access_prefix = Self::text(object, "ExternalAccessPrefix");
        plan.optimize_device_dialing = self.flag(object, "OptimizeDeviceDialing", false);
        let rules = object.take("NormalizationRules");
        let place = self.plan(&plan.identity, line);
        let there = self.into.dial_plans.get_mut(place)?;
        // the rules stay, whatever becomes of the rest
        let kept = core::mem::take(&mut there.normalization_rules);
        let is_bare = *there == DialPlan::new(there.identity.clone());
        let is_same = *there == plan;
        if is_bare {
            *there = plan;
        }
        there.normalization_rules = kept;
        if is_bare {
            self.stands(line, "dial_plan", place);
        } else if !is_same {
            self.tell(line, "Identity", Reason::Duplicate);
        }
        let line = rules.as_ref().map_or(line, |field| field.line);
        for (rule, is_internal) in self.printed_rules(rules) {
            self.add_rule(RuleList::Normalization, place, rule, is_internal, line);
        }
        Some(())
    }

    /// The place of the plan of this scope, which is made if there is none.
    fn plan(&mut self, scope: &Scope, line: usize) -> usize {
        if let Some(place) = self.plans.get(scope) {
            return *place;
        }
        let place = self.into.dial_plans.len();
        self.into.dial_plans.push(DialPlan::new(scope.clone()));
        self.plans.insert(scope.clone(), place);
        self.stands(line, "dial_plan", place);
        place
    }

    /// As [`plan`](Self::plan).
    fn trunk(&mut self, scope: &Scope, line: usize) -> usize {
        if let Some(place) = self.trunks.get(scope) {
            return *place;
        }
        let place = self.into.trunk_configurations.len();
        let trunk = TrunkConfiguration::new(scope.clone());
        self.into.trunk_configurations.push(trunk);
        self.trunks.insert(scope.clone(), place);
        self.stands(line, "trunk_configuration", place);
        place
    }

    fn voice_policy(&mut self, object: &mut Object<'t>) -> Option<()> {
        let policy = VoicePolicy {
            identity: self.scope(object)?,
            description: Self::text(object, "Description"),
            pstn_usages: self.list(object, "PstnUsages"),
        };
        match self.policies.get(&policy.identity) {
            None => {
                let place = self.into.voice_policies.len();
                self.policies.insert(policy.identity.clone(), place);
                self.into.voice_policies.push(policy);
                self.stands(object.line, "voice_policy", place);
            }
            Some(place) if self.into.voice_policies.get(*place) == Some(&policy) => {}
            Some(_) => self.tell(object.line, "Identity", Reason::Duplicate),
        }
        Some(())
    }

    fn pstn_usage(&mut self, object: &mut Object<'t>) -> Option<()> {
        object.take("Identity");
        for usage in self.list(object, "Usage") {
            if self.usages.insert(usage.clone()) {
                let place = self.into.pstn_usages.len();
                self.into.pstn_usages.push(usage);
                self.stands(object.line, "pstn_usages", place);
            }
        }
        Some(())
    }

    fn voice_route(&mut self, object: &mut Object<'t>) -> Option<()> {
        let identity = self.needed(object, "Identity")?.value.into_owned();
        if object
            .fields
            .iter()
            .any(|field| field.name.eq_ignore_ascii_case("Name") && *field.value == *identity)
        {
            object.take("Name");
        }
        let gateways = self.list(object, "PstnGatewayList").into_iter();
        let gateways = gateways.map(|gateway| match gateway.parse() {
            // a trunk is known by the name of its gateway
            Ok(Scope::PstnGateway(name)) => name,
            _ => gateway,
        });
        let route = VoiceRoute {
            description: Self::text(object, "Description"),
            number_pattern: Self::text(object, "NumberPattern").unwrap_or_default(),
            priority: self.number(object, "Priority"),
            pstn_usages: self.list(object, "PstnUsages"),
            pstn_gateway_list: gateways.collect(),
            suppress_caller_id: self.flag(object, "SuppressCallerId", false),
            alternate_caller_id: Self::text(object, "AlternateCallerId"),
            caller_id_pattern: None,
            identity,
        };
        match self.routes.get(&route.identity) {
            None => {
                let place = self.into.voice_routes.len();
                self.routes.insert(route.identity.clone(), place);
                self.into.voice_routes.push(route);
                self.stands(object.line, "voice_route", place);
            }
            Some(place) if self.into.voice_routes.get(*place) == Some(&route) => {}
            Some(_) => self.tell(object.line, "Identity", Reason::Duplicate),
        }
        Some(())
    }

    fn trunk_configuration(&mut self, object: &mut Object<'t>) -> Option<()> {
        let line = object.line;
        let scope = self.scope(object)?;
        let description = Self::text(object, "Description");
        let remove_plus = self.flag(object, "RemovePlusFromUri", false);
        let usages = self.list(object, "PstnUsages");
        let called = object.take("OutboundTranslationRulesList");
        let calling = object.take("OutboundCallingNumberTranslationRulesList");
        let is_new = !self.trunks.contains_key(&scope);
        let place = self.trunk(&scope, line);
        let there = self.into.trunk_configurations.get_mut(place)?;
        let is_bare = there.description.is_none()
            && !there.remove_plus_from_uri
            && there.pstn_usages.is_empty();
        if is_new || is_bare {
            there.description = description;
            there.remove_plus_from_uri = remove_plus;
            there.pstn_usages = usages;
            self.stands(line, "trunk_configuration", place);
        } else if there.description != description
            || there.remove_plus_from_uri != remove_plus
            || there.pstn_usages != usages
        {
            self.tell(line, "Identity", Reason::Duplicate);
        }
        for (list, field) in [(RuleList::Called, called), (RuleList::Calling, calling)] {
            let line = field.as_ref().map_or(line, |field| field.line);
            for (rule, _) in self.printed_rules(field) {
                self.add_rule(list, place, rule, false, line);
            }
        }
        Some(())
    }

    fn location_policy(&mut self, object: &mut Object<'t>) -> Option<()> {
        let mut policy = LocationPolicy {
            identity: self.scope(object)?,
            description: Self::text(object, "Description"),
            emergency_dial_string: Self::text(object, "EmergencyDialString"),
            emergency_dial_mask: Self::text(object, "EmergencyDialMask"),
            pstn_usage: Self::text(object, "PstnUsage"),
            ..LocationPolicy::default()
        };
        if let Some(field) = object.take("EmergencyNumbers") {
            self.emergency_numbers(&field, &mut policy.emergency_numbers);
        }
        match self.locations.get(&policy.identity) {
            None => {
                let place = self.into.location_policies.len();
                self.locations.insert(policy.identity.clone(), place);
                self.into.location_policies.push(policy);
                self.stands(object.line, "location_policy", place);
            }
            Some(place) if self.into.location_policies.get(*place) == Some(&policy) => {}
            Some(_) => self.tell(object.line, "Identity", Reason::Duplicate),
        }
        Some(())
    }

    /// `{DialString=112;DialMask=911;999, DialString=110;DialMask=}`.
    fn emergency_numbers(&mut self, field: &Field<'t>, numbers: &mut Vec<EmergencyNumber>) {
        let value = field.value.trim();
        if is_type_name(value) {
            self.tell(field.line, field.name, Reason::TypeName);
            return;
        }
        let value = value.strip_prefix('{').unwrap_or(value);
        let value = value.strip_suffix('}').unwrap_or(value);
        for part in value.split(", ").map(str::trim) {
            let number = part.strip_prefix("DialString=").map(|rest| {
                let (dial_string, mask) = rest.split_once(";DialMask=").unwrap_or((rest, ""));
                EmergencyNumber {
                    dial_string: dial_string.into(),
                    dial_mask: (!mask.is_empty()).then(|| mask.into()),
                }
            });
            match number {
                Some(number) => numbers.push(number),
                None if part.is_empty() => {}
                None if part.ends_with("...") || part.ends_with('…') => {
                    self.tell(field.line, field.name, Reason::Truncated);
                }
                None => self.tell(field.line, field.name, Reason::NotRule),
            }
        }
    }

    fn network_site(&mut self, object: &mut Object<'t>) -> Option<()> {
        object.take("Identity");
        let id = self.needed(object, "NetworkSiteID")?.value.into_owned();
        let mut site = NetworkSite::new(id);
        site.description = Self::text(object, "Description");
        site.location_policy =
            Self::text(object, "LocationPolicy").map(|policy| match policy.parse() {
                Ok(Scope::Tag(name)) => name,
                Ok(scope) => scope.to_string(),
                Err(_) => policy,
            });
        match self.sites.get(&site.network_site_id) {
            None => {
                let place = self.into.network_sites.len();
                self.sites.insert(site.network_site_id.clone(), place);
                self.into.network_sites.push(site);
                self.stands(object.line, "network_site", place);
            }
            Some(place) if self.into.network_sites.get(*place) == Some(&site) => {}
            Some(_) => self.tell(object.line, "Identity", Reason::Duplicate),
        }
        Some(())
    }
}

/// What Export-Csv writes where a cell has several values.
fn is_type_name(value: &str) -> bool {
    let is_type = value.starts_with("System.")
        || value.starts_with("Microsoft.Rtc.")
        || value.starts_with("Deserialized.");
    is_type && !value.contains(';')
}
