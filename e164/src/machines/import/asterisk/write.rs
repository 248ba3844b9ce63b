//! Configurations as `extensions.conf`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::super::finding::{Loss, LossReason, by_priority, last_tried, own_settings};
use super::super::shape::{Set, Shape, Tail, shapes};
use super::{MAX_CONTEXT, extension, image};
use crate::config::{
    DialPlan, NormalizationRule, Scope, VoiceConfiguration, VoicePolicy, VoiceRoute,
};

/// The context that numbers go to where no voice policy says which.
const ROUTES: &str = "routes";

/// What is written into a context.
#[derive(Default)]
struct Context<'c> {
    plans: Vec<&'c DialPlan>,
    policies: Vec<&'c VoicePolicy>,
    /// Those of the usage of its name, by priority.
    routes: Vec<&'c VoiceRoute>,
}

/// All of them, in the order in which they are written.
#[derive(Default)]
struct Contexts<'c> {
    in_order: Vec<(&'c str, Context<'c>)>,
    places: BTreeMap<&'c str, usize>,
}

impl<'c> Contexts<'c> {
    /// That of a name, which is made if there is none.
    fn of(&mut self, name: &'c str) -> &mut Context<'c> {
        let place = *self.places.entry(name).or_insert(self.in_order.len());
        if place == self.in_order.len() {
            self.in_order.push((name, Context::default()));
        }
        &mut self.in_order[place].1
    }
}

/// An extension that was written, to see whether others come before it.
struct Written {
    shape: Shape,
    /// What is dialled for it, where that has a form.
    image: Option<Shape>,
    /// The place of what it was written for.
    item: usize,
}

pub(crate) fn write<'c>(configuration: &'c VoiceConfiguration, out: &mut String) -> Vec<Loss<'c>> {
    let mut writer = Writer {
        out,
        losses: Vec::new(),
    };
    own_settings(configuration, &mut writer.losses);
    let policies = || configuration.voice_policies.iter();
    let tagged = |scope: &Scope| matches!(scope, Scope::Tag(_));
    let first = policies().find(|policy| tagged(&policy.identity));
    let first = first.map_or(ROUTES, |policy| policy.identity.name());

    // usages are contexts of routes, plans and policies contexts that lead there
    let mut contexts = Contexts::default();
    for plan in &configuration.dial_plans {
        contexts.of(plan.identity.name()).plans.push(plan);
    }
    for policy in policies() {
        contexts.of(policy.identity.name()).policies.push(policy);
    }
    for route in by_priority(&configuration.voice_routes, |route| route.priority) {
        let told = Loss::of("voice_route", &route.identity, LossReason::NoPlace);
        for (is_set, field) in [
            (route.pstn_gateway_list.is_empty(), "pstn_gateway_list"),
            (route.suppress_caller_id, "suppress_caller_id"),
            (route.alternate_caller_id.is_some(), "alternate_caller_id"),
            (route.description.is_some(), "description"),
            (route.pstn_usages.is_empty(), "pstn_usages"),
        ] {
            if is_set {
                writer.losses.push(told.field(field));
            }
        }
        if route.priority.is_some() {
            let loss = Loss {
                reason: LossReason::OrderAlone,
                ..told
            };
            writer.losses.push(loss.field("priority"));
        }
        for usage in &route.pstn_usages {
            contexts.of(usage).routes.push(route);
        }
    }
    let mut written = Vec::new();
    for (name, context) in &contexts.in_order {
        let name = *name;
        let is_context = |letter: char| {
            letter.is_ascii_graphic() && !matches!(letter, '[' | ']' | ',' | ';' | '=' | '/')
        };
        if !(1..=MAX_CONTEXT).contains(&name.len())
            || !name.chars().all(is_context)
            || matches!(name, "general" | "globals")
        {
            writer.without_context(context);
            continue;
        }
        let _ = writeln!(writer.out, "[{name}]");
        let is_policy = context
            .policies
            .iter()
            .any(|policy| tagged(&policy.identity));
        for plan in &context.plans {
            writer.plan(plan, if is_policy { name } else { first });
        }
        for policy in &context.policies {
            let told = Loss::of("voice_policy", policy.identity.name(), LossReason::NoPlace);
            if !tagged(&policy.identity) {
                writer.losses.push(told.field("identity"));
            }
            if policy.description.is_some() {
                writer.losses.push(told.field("description"));
            }
            for usage in policy.pstn_usages.iter().filter(|usage| *usage != name) {
                let _ = writeln!(writer.out, "include => {usage}");
            }
        }
        writer.routes(name, &context.routes, &mut written);
        writer.out.push('\n');
    }

    let meets = |one: &Shape, other: &Shape| one.meets(other);
    last_tried(&written, meets, &mut writer.losses);
    for usage in &configuration.pstn_usages {
        writer
            .losses
            .push(Loss::of("pstn_usages", usage, LossReason::NoPlace));
    }
    for trunk in &configuration.trunk_configurations {
        writer.losses.push(Loss::of(
            "trunk_configuration",
            trunk.identity.name(),
            LossReason::NoPlace,
        ));
    }
    for policy in &configuration.location_policies {
        writer.losses.push(Loss::of(
            "location_policy",
            policy.identity.name(),
            LossReason::NoPlace,
        ));
    }
    for site in &configuration.network_sites {
        writer.losses.push(Loss::of(
            "network_site",
            &site.network_site_id,
            LossReason::NoPlace,
        ));
    }
    writer.losses
}

struct Writer<'o, 'c> {
    out: &'o mut String,
    losses: Vec<Loss<'c>>,
}

impl<'c> Writer<'_, 'c> {
    /// What has a name that no context can have.
    fn without_context(&mut self, context: &Context<'c>) {
        let mut tell = |list, name: &'c str| {
            self.losses
                .push(Loss::of(list, name, LossReason::NoPlace).field("identity"));
        };
        for plan in &context.plans {
            tell("dial_plan", plan.identity.name());
        }
        for policy in &context.policies {
            tell("voice_policy", policy.identity.name());
        }
        for route in &context.routes {
            tell("voice_route", &route.identity);
        }
    }

    fn plan(&mut self, plan: &'c DialPlan, target: &str) {
        let told = Loss::of("dial_plan", plan.identity.name(), LossReason::NoPlace);
        for (is_set, field) in [
            (!matches!(plan.identity, Scope::Tag(_)), "identity"),
            (plan.description.is_some(), "description"),
            (plan.simple_name.is_some(), "simple_name"),
            (
                plan.external_access_prefix.is_some(),
                "external_access_prefix",
            ),
            (plan.optimize_device_dialing, "optimize_device_dialing"),
        ] {
            if is_set {
                self.losses.push(told.field(field));
            }
        }
        let rules = by_priority(&plan.normalization_rules, |rule| rule.priority);
        let mut written = Vec::new();
        for (item, rule) in rules.iter().enumerate() {
            let told = told.rule(&rule.name);
            for (is_set, field) in [
                (rule.description.is_some(), "description"),
                (rule.is_internal_extension, "is_internal_extension"),
            ] {
                if is_set {
                    self.losses.push(told.field(field));
                }
            }
            if rule.priority.is_some() {
                let loss = Loss {
                    reason: LossReason::OrderAlone,
                    ..told
                };
                self.losses.push(loss.field("priority"));
            }
            self.rule(rule, told, target, item, &mut written);
        }
        let mut tell = |item, reason| {
            let rule: Option<&&NormalizationRule> = rules.get(item);
            let loss = Loss::of("dial_plan", plan.identity.name(), reason);
            self.losses
                .push(loss.rule(rule.map_or("", |rule| &rule.name)));
        };
        for item in out_of_order(&written) {
            tell(item, LossReason::Order);
        }
        if target == plan.identity.name() {
            for item in asked_again(&written) {
                tell(item, LossReason::Again);
            }
        }
    }

    fn rule(
        &mut self,
        rule: &'c NormalizationRule,
        told: Loss<'c>,
        target: &str,
        item: usize,
        written: &mut Vec<Written>,
    ) {
        let mut tell = |reason| self.losses.push(Loss { reason, ..told });
        let Some(rows) = shapes(&rule.pattern) else {
            return tell(LossReason::Pattern);
        };
        let lines: Option<Vec<(String, String)>> = rows
            .iter()
            .map(|row| Some((extension::write(row)?, number(&rule.translation, row)?)))
            .collect();
        let Some(lines) = lines else {
            let is_pattern = rows.iter().any(|row| extension::write(row).is_none());
            return tell(if is_pattern {
                LossReason::Pattern
            } else {
                LossReason::Translation
            });
        };
        if rows.len() > 1 {
            tell(LossReason::Several);
        }
        if rows.iter().any(is_widened) {
            tell(LossReason::Widened);
        }
        if let [(extension, _)] = &lines[..]
            && *extension != rule.name
        {
            tell(LossReason::Renamed);
        }
        for (shape, (extension, number)) in rows.into_iter().zip(lines) {
            let _ = writeln!(self.out, "exten => {extension},1,Goto({target},{number},1)");
            let parts = extension::number(&number, &shape).ok();
            written.push(Written {
                image: parts.and_then(|parts| image(&parts, &shape)),
                shape,
                item,
            });
        }
    }

    /// Those of a usage; `all` are those of all usages.
    fn routes(
        &mut self,
        usage: &str,
        routes: &[&'c VoiceRoute],
        all: &mut Vec<(Shape, &'c VoiceRoute)>,
    ) {
        let mut written: Vec<Written> = Vec::new();
        for (item, route) in routes.iter().enumerate() {
            let mut tell = |reason| {
                self.losses
                    .push(Loss::of("voice_route", &route.identity, reason))
            };
            let lines = shapes(&route.number_pattern).and_then(|rows| {
                let lines: Option<Vec<String>> = rows.iter().map(extension::write).collect();
                Some((rows, lines?))
            });
            let Some((rows, lines)) = lines else {
                tell(LossReason::Pattern);
                continue;
            };
            if rows.len() > 1 {
                tell(LossReason::Several);
            }
            if rows.iter().any(is_widened) {
                tell(LossReason::Widened);
            }
            if let [extension] = &lines[..]
                && route
                    .identity
                    .strip_prefix(usage)
                    .and_then(|rest| rest.strip_prefix('/'))
                    != Some(extension)
            {
                tell(LossReason::Renamed);
            }
            for extension in lines {
                for (index, gateway) in route.pstn_gateway_list.iter().enumerate() {
                    let _ = match index {
                        0 => write!(self.out, "exten => {extension},1,"),
                        _ => write!(self.out, " same => n,"),
                    };
                    let _ = writeln!(self.out, "Dial(PJSIP/${{EXTEN}}@{gateway})");
                }
            }
            all.extend(rows.iter().map(|shape| (shape.clone(), *route)));
            written.extend(rows.into_iter().map(|shape| Written {
                image: None,
                shape,
                item,
            }));
        }
        for item in out_of_order(&written) {
            let name = routes.get(item).map_or("", |route| &route.identity);
            self.losses
                .push(Loss::of("voice_route", name, LossReason::Order));
        }
    }
}

/// Whether the wildcard takes more than the pattern does.
fn is_widened(shape: &Shape) -> bool {
    matches!(shape.tail, Tail::Some(set) | Tail::Any(set) if set != Set::ANY)
}

/// What comes behind something less specific that some number fits as well. Of long lists only neighbours within 1,000
/// are compared.
fn out_of_order(written: &[Written]) -> Vec<usize> {
    let mut items = Vec::new();
    for (place, later) in written.iter().enumerate() {
        let nearest = place.saturating_sub(1000);
        let mut earlier = written.get(nearest..place).unwrap_or_default().iter();
        let is_behind = earlier.any(|earlier| {
            earlier.item != later.item
                && later.shape.specificity(&earlier.shape).is_lt()
                && earlier.shape.meets(&later.shape)
        });
        if is_behind && items.last() != Some(&later.item) {
            items.push(later.item);
        }
    }
    items
}

/// What writes numbers that an extension of the same context takes. Of lists of more than 1,000 all of them are told.
fn asked_again(written: &[Written]) -> Vec<usize> {
    let is_asked = |image: &Shape| written.iter().any(|other| other.shape.meets(image));
    let again = written
        .iter()
        .filter(|rule| written.len() > 1000 || rule.image.as_ref().is_none_or(is_asked));
    let mut items: Vec<usize> = again.map(|rule| rule.item).collect();
    items.dedup();
    items
}

/// A translation as Asterisk says it: `+49${EXTEN:1}`.
fn number(translation: &str, row: &Shape) -> Option<String> {
    let mut out = String::new();
    let mut rest = translation;
    while let Some(place) = rest.find('$') {
        out.push_str(&rest[..place]);
        let after = &rest[place + 1..];
        let (group, after) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => {
                let digits = after.bytes().take_while(u8::is_ascii_digit).count();
                // two digits are one group where there is one, which depends on the pattern
                (digits == 1).then(|| after.split_at(1))?
            }
        };
        let group: usize = group.parse().ok()?;
        let span = (*row.groups.get(group)?)?;
        let end = span
            .end
            .filter(|end| *end < row.places.len() || row.tail != Tail::End);
        match (span.begin, end) {
            (_, Some(end)) if end <= span.begin => {}
            (begin, None) if begin >= row.places.len() && row.tail == Tail::End => {}
            (0, None) => out.push_str("${EXTEN}"),
            (begin, None) => {
                let _ = write!(out, "${{EXTEN:{begin}}}");
            }
            (begin, Some(end)) => {
                let _ = write!(out, "${{EXTEN:{begin}:{}}}", end - begin);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    let is_number = |octet: u8| octet.is_ascii_alphanumeric() || b"+*#${}:".contains(&octet);
    (!out.is_empty() && out.bytes().all(is_number)).then_some(out)
}
