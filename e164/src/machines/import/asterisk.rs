//! `extensions.conf` of Asterisk.
//!
//! The order of patterns and what stands in them: <https://docs.asterisk.org/Configuration/Dialplan/Pattern-Matching>.

mod extension;
mod write;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) use write::write;

use self::extension::{Part, extension, number};
use super::Lines;
use super::finding::{Finding, Reason};
use super::shape::{Shape, Span, Tail};
use crate::PartPlace;
use crate::config::{
    DialPlan, NormalizationRule, Scope, VoiceConfiguration, VoicePolicy, VoiceRoute,
};

/// How long the name of a context is at most; the constant `AST_MAX_CONTEXT` counts the zero behind it.
pub(super) const MAX_CONTEXT: usize = 79;

/// What becomes of an extension.
struct Step<'t> {
    line: usize,
    /// As it stands in the text, to be told of.
    field: &'t str,
    /// As Asterisk knows it: without dashes, and without `_` where it is a number.
    extension: String,
    shape: Shape,
    number: Vec<Part<'t>>,
    /// The trunks, each tried when the one before fails; without any the number goes to another context.
    trunks: Vec<&'t str>,
}

/// A context whose end is not seen yet.
struct Context<'t> {
    line: usize,
    name: &'t str,
    steps: Vec<Step<'t>>,
    /// Which step an extension has.
    places: BTreeMap<String, usize>,
    includes: Vec<&'t str>,
}

pub(super) fn read<'t>(
    text: &'t str,
    into: &mut VoiceConfiguration,
    lines: &mut Lines,
) -> Vec<Finding<'t>> {
    let mut reader = Reader {
        findings: Vec::new(),
        plans: into
            .dial_plans
            .iter()
            .map(|plan| plan.identity.clone())
            .collect(),
        policies: into
            .voice_policies
            .iter()
            .map(|policy| policy.identity.clone())
            .collect(),
        routes: into
            .voice_routes
            .iter()
            .map(|route| route.identity.clone())
            .collect(),
        into,
        lines,
    };
    let mut context: Option<Context<'t>> = None;
    let mut extension = None;
    let mut is_comment = false;
    for (index, whole) in text.lines().enumerate() {
        let line = index + 1;
        let text = uncommented(whole, &mut is_comment).trim();
        if text.is_empty() {
            continue;
        }
        if let Some(rest) = text.strip_prefix('[') {
            reader.close(context.take());
            extension = None;
            let (name, options) = rest.split_once(']').unwrap_or((rest, ""));
            if matches!(name, "general" | "globals")
                || name.is_empty()
                || !options.trim().is_empty()
            {
                reader.tell(line, name, Reason::NotTelephony);
            } else if name.len() > MAX_CONTEXT {
                reader.tell(line, "", Reason::TooLong);
            } else {
                context = Some(Context {
                    line,
                    name,
                    steps: Vec::new(),
                    places: BTreeMap::new(),
                    includes: Vec::new(),
                });
            }
            continue;
        }
        let Some(open) = &mut context else {
            // a pattern by itself, in a context without a name
            reader.stray(line, text);
            continue;
        };
        let Some((key, value)) = text.split_once('=') else {
            reader.stray(line, text);
            continue;
        };
        let value = value.strip_prefix('>').unwrap_or(value).trim();
        match key.trim() {
            "exten" => {
                let (name, rest) = value.split_once(',').unwrap_or((value, ""));
                extension = Some(name.trim());
                reader.step(open, line, name.trim(), rest.trim());
            }
            "same" => match extension {
                Some(name) => reader.step(open, line, name, value),
                None => reader.tell(line, "same", Reason::Stray),
            },
            "include" => {
                let name = value.split(',').next().unwrap_or_default();
                if name != value {
                    reader.tell(line, "include", Reason::TimeRecurrence);
                }
                reader.tell(line, "include", Reason::Include);
                open.includes.push(name);
            }
            key => {
                let field = text.get(..key.len()).unwrap_or_default();
                reader.tell(line, field, Reason::NotTelephony);
            }
        }
    }
    reader.close(context);
    reader.findings
}

/// What is before the comment; `;--` begins one that `--;` ends.
fn uncommented<'t>(line: &'t str, is_comment: &mut bool) -> &'t str {
    let mut rest = line;
    if *is_comment {
        match rest.split_once("--;") {
            Some((_, after)) => {
                *is_comment = false;
                rest = after;
            }
            None => return "",
        }
    }
    let mut is_escaped = false;
    for (place, octet) in rest.bytes().enumerate() {
        if octet == b';' && !is_escaped {
            let comment = rest.get(place..).unwrap_or_default();
            *is_comment = comment.starts_with(";--")
                && !comment.starts_with(";---")
                && !comment.contains("--;");
            return rest.get(..place).unwrap_or_default();
        }
        is_escaped = octet == b'\\';
    }
    rest
}

struct Reader<'t, 'c> {
    into: &'c mut VoiceConfiguration,
    lines: &'c mut Lines,
    findings: Vec<Finding<'t>>,
    plans: BTreeSet<Scope>,
    policies: BTreeSet<Scope>,
    routes: BTreeSet<String>,
}

impl<'t> Reader<'t, '_> {
    fn tell(&mut self, line: usize, field: &'t str, reason: Reason) {
        self.findings.push(Finding {
            line,
            field,
            reason,
        });
    }

    /// A line without a context. A pattern by itself is no rule, since nothing becomes of it.
    fn stray(&mut self, line: usize, text: &'t str) {
        let reason = match extension(text) {
            Ok(_) => Reason::Missing,
            Err(_) => Reason::Stray,
        };
        self.tell(line, "", reason);
    }

    /// `PRIORITY[(label)],APPLICATION(ARGUMENTS)`.
    fn step(&mut self, context: &mut Context<'t>, line: usize, name: &'t str, rest: &'t str) {
        let (priority, application) = rest.split_once(',').unwrap_or((rest, ""));
        let (application, arguments) = match application.trim().split_once('(') {
            Some((application, arguments)) => (
                application,
                arguments
                    .rsplit_once(')')
                    .map_or(arguments, |(before, _)| before),
            ),
            None => (application.trim(), ""),
        };
        // they decide nothing about where a call goes
        const SILENT: [&str; 8] = [
            "NoOp",
            "Answer",
            "Hangup",
            "Congestion",
            "Busy",
            "Verbose",
            "Progress",
            "Ringing",
        ];
        if priority.trim() != "hint"
            && SILENT
                .iter()
                .any(|silent| silent.eq_ignore_ascii_case(application))
        {
            return;
        }
        if name.contains('/') {
            self.tell(line, name, Reason::CallerIdMatch);
            return;
        }
        let is_goto = application.eq_ignore_ascii_case("Goto");
        if priority.trim() == "hint" || !(is_goto || application.eq_ignore_ascii_case("Dial")) {
            self.tell(line, name, Reason::NotTelephony);
            return;
        }
        let shape = match extension(name) {
            Ok(shape) => shape,
            Err(reason) => return self.tell(line, name, reason),
        };
        let made = if is_goto {
            goto(arguments).map(|text| (text, None))
        } else {
            self.dial(line, name, arguments)
        };
        let made = made.and_then(|(text, trunk)| Ok((number(text, &shape)?, trunk)));
        let (number, trunk) = match made {
            Ok(made) => made,
            Err(reason) => return self.tell(line, name, reason),
        };
        let extension = extension::write(&shape).unwrap_or_else(|| name.into());
        let known = context.places.get(&extension);
        let known = known.and_then(|place| context.steps.get_mut(*place));
        match (known, trunk) {
            (None, trunk) => {
                context
                    .places
                    .insert(extension.clone(), context.steps.len());
                context.steps.push(Step {
                    line,
                    field: name,
                    extension,
                    shape,
                    number,
                    trunks: trunk.into_iter().collect(),
                });
            }
            // the next trunk, should the first one fail
            (Some(step), Some(trunk)) if step.number == number && !step.trunks.is_empty() => {
                step.trunks.push(trunk);
            }
            _ => self.tell(line, name, Reason::Destinations),
        }
    }

    /// The number and the trunk of `Dial`.
    fn dial(
        &mut self,
        line: usize,
        name: &'t str,
        arguments: &'t str,
    ) -> Result<(&'t str, Option<&'t str>), Reason> {
        let destinations = arguments.split(',').next().unwrap_or_default();
        let destination = destinations.split('&').next().unwrap_or_default();
        if destination.len() != arguments.len() {
            // a time limit alone is no option of the route
            let mut rest = arguments.split(',').skip(2);
            if destination.len() != destinations.len()
                || rest.any(|option| !option.trim().is_empty())
            {
                self.tell(line, name, Reason::Destinations);
            }
        }
        let (_, resource) = destination
            .trim()
            .split_once('/')
            .ok_or(Reason::NotTelephony)?;
        if resource.contains("${") || resource.bytes().any(|octet| octet.is_ascii_digit()) {
            if let Some((number, trunk)) = resource.split_once('@') {
                let number = number.strip_prefix("sip:").unwrap_or(number);
                return match number.rsplit_once('/') {
                    // `PJSIP/trunk/sip:NUMBER@host`
                    Some((trunk, number)) => {
                        Ok((number.strip_prefix("sip:").unwrap_or(number), Some(trunk)))
                    }
                    None => Ok((number, Some(trunk))),
                };
            }
            if let Some((trunk, number)) = resource.rsplit_once('/') {
                return Ok((number, Some(trunk)));
            }
        }
        Err(Reason::NotTelephony)
    }

    /// Makes dial plan, policy and routes of a context.
    fn close(&mut self, context: Option<Context<'t>>) {
        let Some(Context {
            line,
            name,
            mut steps,
            includes,
            ..
        }) = context
        else {
            return;
        };
        steps.sort_by(|one, other| {
            let is_pattern = |step: &Step<'_>| step.extension.starts_with('_');
            is_pattern(one)
                .cmp(&is_pattern(other))
                .then_with(|| one.shape.specificity(&other.shape))
        });
        let scope = Scope::Tag(name.into());
        let mut plan = DialPlan::new(scope.clone());
        let mut rules = Vec::new();
        let mut usages: Vec<String> = Vec::new();
        for step in &steps {
            let is_route = !step.trunks.is_empty();
            let number_pattern = match step.number[..] {
                [
                    Part::Extension(Span {
                        begin: 0,
                        end: None,
                    }),
                ] if is_route => Some(step.shape.pattern(&[])),
                _ => {
                    let (rule, image) = rule(step);
                    plan.normalization_rules.push(rule);
                    rules.push(step.line);
                    image.map(|image| image.pattern(&[]))
                }
            };
            if !is_route {
                continue;
            }
            let Some(number_pattern) = number_pattern else {
                self.tell(step.line, step.field, Reason::Expression);
                continue;
            };
            let identity = alloc::format!("{name}/{}", step.extension);
            if !self.routes.insert(identity.clone()) {
                self.tell(step.line, step.field, Reason::Duplicate);
                continue;
            }
            usages = [name.to_string()].into();
            let trunks = step.trunks.iter().copied();
            let place = PartPlace::new("voice_route", self.into.voice_routes.len(), None);
            self.lines.insert(place, step.line);
            self.into
                .voice_routes
                .push(VoiceRoute::new(identity, number_pattern, name, trunks));
        }
        let mut named: BTreeSet<&str> = usages.iter().map(|_| name).collect();
        let includes = includes.into_iter().filter(|include| named.insert(include));
        usages.extend(includes.map(String::from));
        let is_plan = !plan.normalization_rules.is_empty();
        if is_plan && !self.plans.insert(scope.clone())
            || !usages.is_empty() && !self.policies.insert(scope.clone())
        {
            let line = steps.first().map_or(1, |step| step.line);
            self.tell(line, name, Reason::Duplicate);
            return;
        }
        if is_plan {
            let index = self.into.dial_plans.len();
            let of = |rule| PartPlace::new("dial_plan", index, rule);
            self.lines.insert(of(None), line);
            for (rule, line) in rules.into_iter().enumerate() {
                self.lines
                    .insert(of(Some(("normalization_rule", rule))), line);
            }
            self.into.dial_plans.push(plan);
        }
        if !usages.is_empty() {
            let place = PartPlace::new("voice_policy", self.into.voice_policies.len(), None);
            self.lines.insert(place, line);
            self.into
                .voice_policies
                .push(VoicePolicy::new(scope, usages));
        }
    }
}

/// The number of `Goto([[context,]extension,]priority)`.
fn goto(arguments: &str) -> Result<&str, Reason> {
    let mut arguments = arguments.rsplit(',');
    let _priority = arguments.next();
    let number = arguments.next().ok_or(Reason::NotTelephony)?;
    Ok(number.trim())
}

/// A normalization rule, and the numbers it writes where they have a form.
fn rule(step: &Step<'_>) -> (NormalizationRule, Option<Shape>) {
    let mut groups = Vec::new();
    let mut translation = String::new();
    for (index, part) in step.number.iter().enumerate() {
        match part {
            Part::Text(text) => translation.push_str(text),
            Part::Extension(span) => {
                groups.push(*span);
                let group = groups.len();
                // `$1` and `0` would be the group 10
                let is_braced = matches!(
                    step.number.get(index + 1),
                    Some(Part::Text(text)) if text.starts_with(|next: char| next.is_ascii_digit())
                );
                translation.push_str(&match is_braced {
                    true => alloc::format!("${{{group}}}"),
                    false => alloc::format!("${group}"),
                });
            }
        }
    }
    let pattern = step.shape.pattern(&groups);
    (
        NormalizationRule::new(&*step.extension, pattern, translation),
        image(&step.number, &step.shape),
    )
}

/// What is dialled for an extension of this shape, where it has a form.
fn image(number: &[Part<'_>], shape: &Shape) -> Option<Shape> {
    let begin = Shape::new(Vec::new(), Tail::End);
    number.iter().try_fold(begin, |image, part| match part {
        Part::Text(text) => image.with_text(text),
        Part::Extension(span) => image.with_part(shape, *span),
    })
}
