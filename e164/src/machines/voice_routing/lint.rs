//! What is odd about a configuration.

mod plans;
mod routes;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use super::either_rules::Rule;
use super::{Broken, Fault, Part, VoiceRouting};
use crate::config::VoiceConfiguration;
use crate::machines::rule_lint::{self, Budget, Found};
use crate::{DialString, Pattern, PatternError, RuleFinding, Slip};

/// Something odd about a part of a configuration. Displays as a sentence with advice for whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartLint<'c> {
    /// The part.
    pub part: Part<'c>,
    /// What is odd about it.
    pub finding: PartFinding<'c>,
}

impl fmt::Display for PartLint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.finding)
    }
}

/// What is odd about a part of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartFinding<'c> {
    /// It does not compile, and is left out.
    Broken(Fault),
    /// The pattern hardly means what it says.
    Slip {
        /// What looks like a slip.
        slip: Slip,
        /// A number that the pattern takes for that alone, if one is found.
        example: Option<DialString>,
    },
    /// The pattern takes numbers that what it says stands in the middle of.
    Unanchored {
        /// Such a number.
        example: DialString,
    },
    /// The pattern is beyond the grammar of [`Pattern`], and another engine matches it: it is not compared with others, and
    /// does not compile without the features `regex` and `fancy-regex`.
    OtherEngine(PatternError),
    /// Something about a rule among those of its list. Rules that it names are counted as they stand in the configuration.
    Rule(RuleFinding),
    /// No rule covers this service number: `^11` needs a rule of its own.
    ServiceNumberUncovered {
        /// The number.
        number: &'static str,
    },
    /// The rules turn this service number into a number of the country, which is refused.
    ServiceNumberRewritten {
        /// The number.
        number: &'static str,
        /// What they make of it.
        output: DialString,
    },
    /// A rule covers an emergency number, as that of somebody else: it can never be dialled.
    EmergencyNumberCovered {
        /// The emergency number, as it is dialled.
        number: DialString,
        /// What the rule makes of it.
        output: DialString,
    },
    /// The short code is an emergency number, in one form or another: it can never be dialled.
    ShortCodeCovered {
        /// What is called instead.
        number: DialString,
    },
    /// The same is dialled for two emergency numbers: the first one counts.
    EmergencyNumberTwice {
        /// What is dialled.
        mask: DialString,
        /// What is sent.
        first: DialString,
        /// What is not.
        second: DialString,
    },
    /// No route takes this emergency number, so that all trunks are tried for it.
    EmergencyNumberNotRouted {
        /// The number.
        number: DialString,
    },
    /// No route is of this usage.
    UsageWithoutRoutes {
        /// The usage.
        usage: &'c str,
    },
    /// The list of usages has not this one.
    UnknownUsage {
        /// The usage.
        usage: &'c str,
    },
    /// Neither a policy nor a trunk has a usage of the route.
    UnusedRoute,
    /// A route of the same usage comes before it and takes all its numbers: it is never the first one to be tried.
    RouteShadowed {
        /// The usage.
        usage: &'c str,
        /// The route before it.
        by: Part<'c>,
        /// A number that both take.
        example: DialString,
    },
    /// A route of the same usage comes before it and takes some of its numbers, and others.
    RouteOverlaps {
        /// The usage.
        usage: &'c str,
        /// The route before it.
        with: Part<'c>,
        /// A number that both take.
        example: DialString,
    },
    /// The route leads to no trunk.
    RouteWithoutTrunk,
    /// The list of gateways has not this one.
    UnknownGateway {
        /// The gateway.
        gateway: &'c str,
    },
    /// No route leads to the trunk.
    TrunkWithoutRoute,
}

impl fmt::Display for PartFinding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(fault) => write!(f, "{fault}: it is left out"),
            Self::Slip {
                slip,
                example: None,
            } => slip.fmt(f),
            Self::Slip {
                slip,
                example: Some(example),
            } => write!(f, "{slip} (as it stands, it takes {example})"),
            Self::Unanchored { example } => write!(
                f,
                "takes {example} as well, since nothing holds it to the beginning: put ^ before it"
            ),
            Self::OtherEngine(error) => write!(
                f,
                "{error}: another engine matches it, and it is not compared with others"
            ),
            Self::Rule(finding) => finding.fmt(f),
            Self::ServiceNumberUncovered { number } => write!(
                f,
                "no rule covers the service number {number}: add one that leaves it as it is"
            ),
            Self::ServiceNumberRewritten { number, output } => write!(
                f,
                "makes {output} of the service number {number}, which is refused: put a rule that leaves it as it \
                 is before"
            ),
            Self::EmergencyNumberCovered { number, output } => write!(
                f,
                "would make {output} of the emergency number {number}, which is called instead: choose other numbers"
            ),
            Self::ShortCodeCovered { number } => write!(
                f,
                "the emergency number {number} is called instead: choose another code"
            ),
            Self::EmergencyNumberTwice {
                mask,
                first,
                second,
            } => write!(
                f,
                "{mask} is dialled for {first} and for {second}: the first one is called"
            ),
            Self::EmergencyNumberNotRouted { number } => write!(
                f,
                "no route takes the emergency number {number}, for which all trunks are tried: add one"
            ),
            Self::UsageWithoutRoutes { usage } => {
                write!(
                    f,
                    "no route is of the usage {usage:?}: name it in a route, or remove it"
                )
            }
            Self::UnknownUsage { usage } => {
                write!(
                    f,
                    "the usage {usage:?} is not among the PSTN usages: add it, or mend the name"
                )
            }
            Self::UnusedRoute => f.write_str(
                "no policy has a usage of the route, which none but emergency calls take: name one, or remove it",
            ),
            Self::RouteShadowed { usage, by, example } => write!(
                f,
                "in the usage {usage:?} {by} comes first and takes all its numbers, for instance {example}: it is \
                 tried only where that one's trunks fail; put it before, or add its trunks there"
            ),
            Self::RouteOverlaps {
                usage,
                with,
                example,
            } => write!(
                f,
                "in the usage {usage:?} {with} comes first and takes {example} as well: see that this is meant, or \
                 narrow one of the patterns"
            ),
            Self::RouteWithoutTrunk => {
                f.write_str("the route leads to no trunk: name one, or remove it")
            }
            Self::UnknownGateway { gateway } => write!(
                f,
                "the gateway {gateway:?} is not among the gateways: add it, or mend the name"
            ),
            Self::TrunkWithoutRoute => {
                f.write_str("no route leads to the trunk: name it in one, or remove it")
            }
        }
    }
}

impl VoiceConfiguration {
    /// What is broken and what is odd: patterns that hardly mean what they say, rules that never decide, emergency and service numbers
    /// that go wrong, usages, routes and trunks that lead nowhere, routes that come before others. Work and memory are bounded, whatever the configuration says.
    ///
    /// ```
    /// use trunkline_e164::config::{DialPlan, NormalizationRule, Scope, VoiceConfiguration};
    ///
    /// let mut plan = DialPlan::new(Scope::Global);
    /// plan.normalization_rules.push(NormalizationRule::new("All", r"^(d{11})$", "+49$1"));
    /// let mut configuration = VoiceConfiguration::default();
    /// configuration.dial_plans.push(plan);
    /// let findings = configuration.lint();
    /// assert_eq!(
    ///     findings[0].to_string(),
    ///     r#"rule 1 "All" of the dial plan Global: the letter d at offset 2: digits are \d (as it stands, it takes ddddddddddd)"#,
    /// );
    /// ```
    #[must_use]
    pub fn lint(&self) -> Vec<PartLint<'_>> {
        let (routing, broken) = VoiceRouting::without_broken(self);
        let broken = broken.into_iter().map(|Broken { part, fault }| PartLint {
            part,
            finding: PartFinding::Broken(fault),
        });
        let mut linter = Linter {
            configuration: self,
            routing: &routing,
            budget: Budget::default(),
            patterns: Budget::default(),
            findings: broken.collect(),
        };
        linter.dial_plans();
        linter.trunks();
        linter.routes();
        linter.emergency_numbers();
        linter.short_codes();
        linter.findings
    }
}

struct Linter<'c, 'r> {
    configuration: &'c VoiceConfiguration,
    routing: &'r VoiceRouting,
    budget: Budget,
    /// For patterns by themselves.
    patterns: Budget,
    findings: Vec<PartLint<'c>>,
}

/// For how many slips of a pattern an example is looked for.
const EXAMPLES: usize = 8;

impl<'c> Linter<'c, '_> {
    fn found(&mut self, part: Part<'c>, finding: PartFinding<'c>) {
        self.findings.push(PartLint { part, finding });
    }

    /// What is odd about a pattern by itself.
    fn pattern(&mut self, part: Part<'c>, pattern: &str) {
        // it is too long, and that is told
        if pattern.len() > Pattern::MAX_LEN {
            return;
        }
        let compiled = Pattern::new(pattern);
        // one example will do for all alternatives
        let mut of_alternative = None;
        for (count, slip) in Pattern::slips(pattern).enumerate() {
            let is_alternative = matches!(slip, Slip::UnanchoredAlternative { .. });
            let example = match (of_alternative, &compiled) {
                (Some(example), _) if is_alternative => example,
                (_, Ok(compiled)) if count < EXAMPLES => slip
                    .mended(pattern)
                    .and_then(|mended| self.beyond(compiled, &mended, slip.octet())),
                _ => None,
            };
            if is_alternative {
                of_alternative = Some(example);
            }
            self.found(part, PartFinding::Slip { slip, example });
        }
        match compiled {
            Ok(compiled) if of_alternative.is_none() && !compiled.program().bounds.anchored => {
                let held = alloc::format!("^(?:{pattern})");
                if let Some(example) = self.beyond(&compiled, &held, None) {
                    self.found(part, PartFinding::Unanchored { example });
                }
            }
            Ok(_) => {}
            Err(error) => {
                if Rule::new(pattern, "").is_ok() {
                    self.found(part, PartFinding::OtherEngine(error));
                }
            }
        }
    }

    /// A number that a pattern takes, and another one does not. A plus sign stands at the beginning, or nowhere.
    fn beyond(&mut self, pattern: &Pattern, other: &str, octet: Option<u8>) -> Option<DialString> {
        let other = Pattern::new(other).ok()?;
        let programs = [pattern.program(), other.program()];
        self.patterns.grow(1);
        let found = rule_lint::search_with(octet, &programs, &mut self.patterns, |number| {
            let octets = number.as_bytes();
            !octets[1..].contains(&b'+') && !programs[1].is_match(octets)
        });
        match found {
            Found::Number(example) => Some(example),
            Found::None | Found::Unknown => None,
        }
    }
}
