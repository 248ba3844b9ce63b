//! Rules, as they are printed by themselves and within the list of their plan or trunk.

use alloc::vec::Vec;

use super::super::finding::Reason;
use super::super::list::Field;
use super::{Object, Reader, is_type_name};
use crate::PartPlace;
use crate::config::{NormalizationRule, OutboundTranslationRule};

/// Which of the three lists of rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RuleList {
    Normalization,
    Called,
    Calling,
}

impl<'t> Reader<'t, '_> {
    /// Rules as they are printed within their list.
    pub(super) fn printed_rules(
        &mut self,
        field: Option<Field<'t>>,
    ) -> Vec<(OutboundTranslationRule, bool)> {
        let mut rules = Vec::new();
        let Some(field) = field else { return rules };
        let value = field.value.trim();
        if is_type_name(value) {
            self.tell(field.line, field.name, Reason::TypeName);
            return rules;
        }
        let value = value.strip_prefix('{').unwrap_or(value);
        let value = value.strip_suffix('}').unwrap_or(value).trim();
        let is_begin = |begin: usize| {
            begin == 0
                || value
                    .as_bytes()
                    .get(begin - 1)
                    .is_some_and(|byte| b" ,;|\n\r".contains(byte))
        };
        let begins = value.match_indices("Description=").map(|(begin, _)| begin);
        let begins: Vec<usize> = begins.filter(|begin| is_begin(*begin)).collect();
        let first = begins.first().copied().unwrap_or(value.len());
        if !value.get(..first).unwrap_or_default().trim().is_empty() {
            let is_cut = value.ends_with("...") || value.ends_with('…');
            let reason = if is_cut {
                Reason::Truncated
            } else {
                Reason::NotRule
            };
            self.tell(field.line, field.name, reason);
        }
        for (index, begin) in begins.iter().enumerate() {
            let end = begins.get(index + 1).copied().unwrap_or(value.len());
            let text = value.get(*begin..end).unwrap_or_default();
            let mut text = text.trim_end_matches([' ', ',', ';', '|', '\n', '\r']);
            for mark in ["...", "…"] {
                if let Some(whole) = text.strip_suffix(mark) {
                    text = whole.trim_end_matches([' ', ',']);
                    self.tell(field.line, field.name, Reason::Truncated);
                }
            }
            match printed_rule(text) {
                Some(rule) => rules.push(rule),
                None => self.tell(field.line, field.name, Reason::NotRule),
            }
        }
        rules
    }

    /// Adds a rule to one of the lists, or fills in what another text said of it.
    pub(super) fn add_rule(
        &mut self,
        list: RuleList,
        place: usize,
        rule: OutboundTranslationRule,
        is_internal_extension: bool,
        line: usize,
    ) {
        let key = (list, place, rule.name.clone());
        let known = self.rules.get(&key).copied();
        let outcome = if list == RuleList::Normalization {
            let rule = NormalizationRule {
                name: rule.name,
                description: rule.description,
                priority: rule.priority,
                pattern: rule.pattern,
                translation: rule.translation,
                is_internal_extension,
            };
            let plan = self.into.dial_plans.get_mut(place);
            plan.map(|plan| {
                let rules = &mut plan.normalization_rules;
                put(rules, known, rule, |rule| &mut rule.priority)
            })
        } else {
            let trunk = self.into.trunk_configurations.get_mut(place);
            trunk.map(|trunk| {
                let rules = match list {
                    RuleList::Calling => &mut trunk.outbound_calling_number_translation_rules_list,
                    _ => &mut trunk.outbound_translation_rules_list,
                };
                put(rules, known, rule, |rule| &mut rule.priority)
            })
        };
        match outcome {
            Some(Put::New(rule)) => {
                self.rules.insert(key, rule);
                let (list, name) = match list {
                    RuleList::Normalization => ("dial_plan", "normalization_rule"),
                    RuleList::Called => ("trunk_configuration", "outbound_translation_rule"),
                    RuleList::Calling => (
                        "trunk_configuration",
                        "outbound_calling_number_translation_rule",
                    ),
                };
                let place = PartPlace::new(list, place, Some((name, rule)));
                self.lines.insert(place, line);
            }
            Some(Put::Other) => self.tell(line, "Name", Reason::Duplicate),
            Some(Put::Same) | None => {}
        }
    }

    /// A rule by itself; its identity is that of its plan or trunk, a slash and its name.
    pub(super) fn rule(&mut self, object: &mut Object<'t>, list: RuleList) -> Option<()> {
        let identity = self.needed(object, "Identity")?;
        let name = Self::text(object, "Name");
        let parent = name.as_ref().and_then(|name| {
            identity
                .value
                .strip_suffix(name.as_str())?
                .strip_suffix('/')
        });
        let (parent, rest) = match parent {
            Some(parent) => (parent, ""),
            None => identity
                .value
                .split_once('/')
                .unwrap_or((&identity.value, "")),
        };
        let scope = match parent.parse() {
            Ok(scope) => scope,
            Err(error) => {
                self.tell(identity.line, identity.name, Reason::Scope(error));
                return None;
            }
        };
        let rule = OutboundTranslationRule {
            name: name.unwrap_or_else(|| rest.into()),
            description: Self::text(object, "Description"),
            priority: self.number(object, "Priority"),
            pattern: Self::text(object, "Pattern").unwrap_or_default(),
            translation: Self::text(object, "Translation").unwrap_or_default(),
        };
        let (place, is_internal) = match list {
            RuleList::Normalization => {
                let is_internal = self.flag(object, "IsInternalExtension", false);
                (self.plan(&scope, object.line), is_internal)
            }
            _ => (self.trunk(&scope, object.line), false),
        };
        self.add_rule(list, place, rule, is_internal, object.line);
        Some(())
    }
}

/// What became of a rule.
enum Put {
    /// It has this place in its list.
    New(usize),
    /// It was there.
    Same,
    /// Another one of its name was there, and stays.
    Other,
}

/// Adds a rule, or its priority to the one that is there: the form within a plan has none.
fn put<R: PartialEq>(
    rules: &mut Vec<R>,
    known: Option<usize>,
    mut rule: R,
    priority: fn(&mut R) -> &mut Option<u32>,
) -> Put {
    let Some(there) = known.and_then(|known| rules.get_mut(known)) else {
        rules.push(rule);
        return Put::New(rules.len() - 1);
    };
    let joined = priority(there).or(*priority(&mut rule));
    (*priority(there), *priority(&mut rule)) = (joined, joined);
    match *there == rule {
        true => Put::Same,
        false => Put::Other,
    }
}

/// `Description=..;Pattern=..;Translation=..;Name=..;IsInternalExtension=False`, the last one with normalization rules
/// only.
fn printed_rule(text: &str) -> Option<(OutboundTranslationRule, bool)> {
    let (description, rest) = text.strip_prefix("Description=")?.split_once(";Pattern=")?;
    let (pattern, rest) = rest.split_once(";Translation=")?;
    let (translation, rest) = rest.split_once(";Name=")?;
    let (name, is_internal) = match rest.rsplit_once(";IsInternalExtension=") {
        Some((name, flag)) if flag.trim().eq_ignore_ascii_case("true") => (name, true),
        Some((name, flag)) if flag.trim().eq_ignore_ascii_case("false") => (name, false),
        Some(_) => return None,
        None => (rest, false),
    };
    let rule = OutboundTranslationRule {
        name: name.trim().into(),
        description: (!description.is_empty()).then(|| description.into()),
        priority: None,
        pattern: pattern.into(),
        translation: translation.into(),
    };
    Some((rule, is_internal))
}
