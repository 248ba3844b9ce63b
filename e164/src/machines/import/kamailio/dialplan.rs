//! The table `dialplan`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::super::Lines;
use super::super::delimited::write_row;
use super::super::finding::{Finding, Loss, LossReason, Reason, by_priority, own_settings};
use super::super::shape::push_escaped;
use super::{Record, tables};
use crate::config::{DialPlan, NormalizationRule, Scope, VoiceConfiguration};
use crate::{PartPlace, Pattern};

const COLUMNS: [&str; 9] = [
    "id",
    "dpid",
    "pr",
    "match_op",
    "match_exp",
    "match_len",
    "subst_exp",
    "repl_exp",
    "attrs",
];

pub(in super::super) fn read<'t>(
    text: &'t str,
    into: &mut VoiceConfiguration,
    lines: &mut Lines,
) -> Vec<Finding<'t>> {
    let mut findings = Vec::new();
    let mut plans: BTreeMap<Scope, usize> = BTreeMap::new();
    let mut read: Vec<(DialPlan, Vec<Ruled>)> = Vec::new();
    let known: BTreeSet<Scope> = into
        .dial_plans
        .iter()
        .map(|plan| plan.identity.clone())
        .collect();
    tables(
        text,
        &["dpid", "match_exp"],
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
            for field in record.others(&COLUMNS) {
                tell(field, Reason::UnknownField);
            }
            let (priority, rule) = match rule(record) {
                Ok(ruled) => ruled,
                Err((field, reason)) => return tell(field, reason),
            };
            let scope = Scope::Tag(record.get("dpid").into());
            if known.contains(&scope) {
                return tell("dpid", Reason::Duplicate);
            }
            let place = *plans.entry(scope).or_insert_with_key(|scope| {
                read.push((DialPlan::new(scope.clone()), Vec::new()));
                read.len() - 1
            });
            if let Some((_, rules)) = read.get_mut(place) {
                rules.push(Ruled {
                    priority,
                    line,
                    rule,
                });
            }
        },
    );
    // rows stand in any order; the rules of one priority in that of the rows
    for (mut plan, mut rules) in read {
        let index = into.dial_plans.len();
        let first = rules.iter().map(|ruled| ruled.line).min();
        lines.extend(first.map(|line| (PartPlace::new("dial_plan", index, None), line)));
        rules.sort_by_key(|ruled| ruled.priority);
        for (place, Ruled { line, rule, .. }) in rules.into_iter().enumerate() {
            let place = PartPlace::new("dial_plan", index, Some(("normalization_rule", place)));
            lines.insert(place, line);
            plan.normalization_rules.push(rule);
        }
        into.dial_plans.push(plan);
    }
    findings
}

/// A rule that was read.
struct Ruled {
    priority: u32,
    line: usize,
    rule: NormalizationRule,
}

/// The priority, and the rule.
fn rule(record: &Record<'_, '_>) -> Result<(u32, NormalizationRule), (&'static str, Reason)> {
    for column in ["dpid", "match_exp"] {
        if record.get(column).is_empty() {
            return Err((column, Reason::Missing));
        }
    }
    let dpid = record.get("dpid");
    if dpid.contains(':') || dpid.eq_ignore_ascii_case("global") {
        return Err(("dpid", Reason::NotNumber));
    }
    let priority = record.number("pr").map_err(|reason| ("pr", reason))?;
    let (matched, substituted) = (record.get("match_exp"), record.get("subst_exp"));
    let replacement = record.get("repl_exp");
    if [matched, substituted]
        .iter()
        .any(|text| text.contains("$(") || text.contains("$avp"))
    {
        return Err(("match_exp", Reason::Expression));
    }
    let mut pattern = match record.get("match_op") {
        "0" => {
            let mut pattern = String::from("^");
            for octet in matched.bytes() {
                if !octet.is_ascii() {
                    return Err(("match_exp", Reason::MatchOperator));
                }
                push_escaped(&mut pattern, octet);
            }
            pattern + "$"
        }
        "1" => matched.to_string(),
        "2" => wildcards(matched).ok_or(("match_exp", Reason::MatchOperator))?,
        _ => return Err(("match_op", Reason::MatchOperator)),
    };
    let translation = if substituted.is_empty() {
        // groups are those of what is substituted
        if replacement.contains('\\') {
            return Err(("repl_exp", Reason::Replacement));
        }
        match replacement {
            "" => String::from("$0"),
            text => translation(text).ok_or(("repl_exp", Reason::Replacement))?,
        }
    } else {
        let is_same = substituted == matched && record.get("match_op") == "1";
        if !is_same {
            // the whole number in one group, whatever matches
            let inner = pattern
                .strip_prefix('^')
                .and_then(|rest| rest.strip_suffix('$'));
            let is_whole = matches!(substituted, "^(.*)$" | "^(.+)$" | "(.*)" | "(.+)");
            let has_group = pattern.replace("(?", "").contains('(');
            let inner = inner.filter(|inner| is_whole && !has_group && !inner.contains('|'));
            pattern = match inner {
                Some(inner) => alloc::format!("^({inner})$"),
                None if substituted == pattern => pattern,
                None => return Err(("subst_exp", Reason::Substitution)),
            };
        }
        match replacement {
            "" => return Err(("repl_exp", Reason::Replacement)),
            text => translation(text).ok_or(("repl_exp", Reason::Replacement))?,
        }
    };
    match record
        .number("match_len")
        .map_err(|reason| ("match_len", reason))?
    {
        0 => {}
        len => {
            let rest = pattern
                .strip_prefix('^')
                .ok_or(("match_len", Reason::MatchLength))?;
            let with_len = alloc::format!("^(?=.{{{len}}}$){rest}");
            if len > 64 || Pattern::new(&pattern).is_ok() && Pattern::new(&with_len).is_err() {
                return Err(("match_len", Reason::MatchLength));
            }
            pattern = with_len;
        }
    }
    let rule = NormalizationRule::new(record.get("attrs"), pattern, translation);
    Ok((priority, rule))
}

/// A pattern of fnmatch(3) as an expression.
fn wildcards(text: &str) -> Option<String> {
    let mut out = String::from("^");
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        match octet {
            b'*' => out.push_str(".*"),
            b'?' => out.push('.'),
            b'[' => {
                out.push('[');
                let mut members = 0;
                loop {
                    match octets.next()? {
                        b']' if members > 0 => break,
                        b'!' | b'^' if members == 0 => {
                            out.push('^');
                            continue;
                        }
                        octet @ (b'0'..=b'9'
                        | b'a'..=b'z'
                        | b'A'..=b'Z'
                        | b'-'
                        | b'+'
                        | b'*'
                        | b'#') => {
                            out.push(char::from(octet));
                        }
                        _ => return None,
                    }
                    members += 1;
                }
                out.push(']');
            }
            b'\\' => push_escaped(&mut out, octets.next()?),
            octet @ b' '..=b'~' => push_escaped(&mut out, octet),
            _ => return None,
        }
    }
    out.push('$');
    Some(out)
}

/// A replacement, `+49\1`, as a translation: `+49$1`.
fn translation(replacement: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = replacement.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let group = letters.next().filter(char::is_ascii_digit)?;
                let is_braced = letters.peek().is_some_and(char::is_ascii_digit);
                match is_braced {
                    true => out.push_str(&alloc::format!("${{{group}}}")),
                    false => out.extend(['$', group]),
                }
            }
            // a pseudo-variable
            '$' => return None,
            letter => out.push(letter),
        }
    }
    Some(out)
}

pub(in super::super) fn write<'c>(
    configuration: &'c VoiceConfiguration,
    out: &mut String,
) -> Vec<Loss<'c>> {
    let mut losses = Vec::new();
    own_settings(configuration, &mut losses);
    write_row(out, COLUMNS);
    let mut id = 0_usize;
    for (index, plan) in configuration.dial_plans.iter().enumerate() {
        let name = plan.identity.name();
        let told = Loss::of("dial_plan", name, LossReason::NoPlace);
        let is_id = matches!(plan.identity, Scope::Tag(_))
            && name.parse::<u32>().is_ok_and(|id| id.to_string() == name);
        let dpid = match is_id {
            true => name.to_string(),
            false => (index + 1).to_string(),
        };
        for (is_set, field) in [
            (!is_id, "identity"),
            (plan.description.is_some(), "description"),
            (plan.simple_name.is_some(), "simple_name"),
            (
                plan.external_access_prefix.is_some(),
                "external_access_prefix",
            ),
            (plan.optimize_device_dialing, "optimize_device_dialing"),
        ] {
            if is_set {
                losses.push(told.field(field));
            }
        }
        let rules = by_priority(&plan.normalization_rules, |rule| rule.priority);
        for (place, rule) in rules.into_iter().enumerate() {
            let told = told.rule(&rule.name);
            for (is_set, field) in [
                (rule.description.is_some(), "description"),
                (rule.is_internal_extension, "is_internal_extension"),
            ] {
                if is_set {
                    losses.push(told.field(field));
                }
            }
            if rule.priority.is_some() {
                let loss = Loss {
                    reason: LossReason::OrderAlone,
                    ..told
                };
                losses.push(loss.field("priority"));
            }
            let Some(replacement) = replacement(&rule.translation) else {
                let loss = Loss {
                    reason: LossReason::Translation,
                    ..told
                };
                losses.push(loss);
                continue;
            };
            id += 1;
            write_row(
                out,
                [
                    &*id.to_string(),
                    &*dpid,
                    &*place.to_string(),
                    "1",
                    &*rule.pattern,
                    "0",
                    &*rule.pattern,
                    &*replacement,
                    &*rule.name,
                ],
            );
        }
        if plan.normalization_rules.is_empty() {
            losses.push(told);
        }
    }
    let others = [
        (
            "voice_policy",
            configuration
                .voice_policies
                .iter()
                .map(|policy| policy.identity.name())
                .collect(),
        ),
        (
            "pstn_usages",
            configuration
                .pstn_usages
                .iter()
                .map(|usage| &**usage)
                .collect(),
        ),
        (
            "voice_route",
            configuration
                .voice_routes
                .iter()
                .map(|route| &*route.identity)
                .collect(),
        ),
        (
            "trunk_configuration",
            configuration
                .trunk_configurations
                .iter()
                .map(|trunk| trunk.identity.name())
                .collect(),
        ),
        (
            "location_policy",
            configuration
                .location_policies
                .iter()
                .map(|policy| policy.identity.name())
                .collect(),
        ),
        (
            "network_site",
            configuration
                .network_sites
                .iter()
                .map(|site| &*site.network_site_id)
                .collect::<Vec<&str>>(),
        ),
    ];
    for (list, names) in others {
        losses.extend(
            names
                .into_iter()
                .map(|name| Loss::of(list, name, LossReason::NoPlace)),
        );
    }
    losses
}

/// A translation, `+49$1`, as a replacement: `+49\1`.
fn replacement(translation: &str) -> Option<String> {
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
        if group.len() != 1 || !group.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        out.push('\\');
        out.push_str(group);
        rest = after;
    }
    out.push_str(rest);
    // its backslashes would begin groups
    (!translation.contains('\\')).then_some(out)
}
