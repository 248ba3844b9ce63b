//! Why a call goes where it goes.

use alloc::vec::Vec;
use core::fmt;

use super::{Attempt, Caller, Destination, Unroutable, VoiceRouting};
use crate::config::{self, Scope};
use crate::{DialString, DialStringError, Groups, Normalized, Refusal};

/// What takes note of steps: a `Vec`, or nothing.
pub(super) trait Trace<'r> {
    fn step(&mut self, step: impl FnOnce() -> Step<'r>);
}

impl<'r> Trace<'r> for () {
    #[inline]
    fn step(&mut self, _: impl FnOnce() -> Step<'r>) {}
}

impl<'r> Trace<'r> for Vec<Step<'r>> {
    fn step(&mut self, step: impl FnOnce() -> Step<'r>) {
        self.push(step());
    }
}

/// What becomes of a call, and why. Displays as one sentence in each line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DryRun<'r, U = core::convert::Infallible> {
    /// What was looked at and decided, in order, down to what each trunk would be sent.
    pub steps: Vec<Step<'r>>,
    /// Where the call goes.
    pub destination: Result<Destination<'r, U>, Unroutable>,
}

impl<'r, U> DryRun<'r, U> {
    pub(super) fn of(
        routing: &'r VoiceRouting,
        caller: &Caller<'_>,
        dialled: &DialString,
        look_up: impl FnOnce(&DialString) -> Option<U>,
    ) -> Self {
        let mut steps = Vec::new();
        let destination = routing.decide(caller, dialled, look_up, &mut steps);
        match &destination {
            Ok(Destination::Call(call)) => {
                let mut attempts = call.attempts();
                while attempts.advance(&mut steps).is_some() {}
            }
            // the plan has told already
            Ok(_) | Err(Unroutable::Refused(_)) => {}
            Err(reason) => steps.push(Step::NoWay(*reason)),
        }
        Self { steps, destination }
    }

    /// What each trunk would be sent, in the order in which they would be tried.
    pub fn attempts(&self) -> impl Iterator<Item = &Attempt<'r>> {
        self.steps.iter().filter_map(|step| match step {
            Step::Attempt(attempt) => Some(attempt),
            _ => None,
        })
    }
}

impl<U> fmt::Display for DryRun<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{step}")?;
        }
        Ok(())
    }
}

/// Something that was looked at or decided. Displays as a sentence.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Step<'r> {
    /// The network site of the caller.
    NetworkSite {
        /// The site.
        name: &'r str,
        /// Whether it was told; otherwise his number is one of the site's.
        is_told: bool,
    },
    /// The location policy, if one applies.
    LocationPolicy(Option<&'r Scope>),
    /// An emergency number was dialled.
    Emergency {
        /// As it was dialled.
        dialled: DialString,
        /// The number.
        number: DialString,
    },
    /// A short code was dialled.
    ShortCode(&'r config::ShortCode),
    /// The dial plan, if one applies.
    DialPlan(Option<&'r Scope>),
    /// A service number was dialled behind the external access prefix.
    ServiceNumber(DialString),
    /// The external access prefix was dialled: rules for extensions are not asked.
    ExternalOnly,
    /// No rule of the dial plan covers this.
    NoRule(DialString),
    /// A rule of the dial plan.
    Rule {
        /// Its name.
        name: &'r str,
        /// Its place among the rules of the plan in order of priority, counted from 0.
        index: usize,
        /// What it covers.
        number: DialString,
        /// What the groups of its pattern hold.
        groups: Option<Groups>,
        /// What it writes.
        output: Result<DialString, DialStringError>,
    },
    /// What the number is.
    Normalized(Normalized),
    /// The plan has nothing to send.
    Refused(Refusal),
    /// The number is that of a user.
    User(DialString),
    /// The voice policy, if one applies.
    VoicePolicy(Option<&'r Scope>),
    /// The call comes from a trunk, whose configuration tells its usages, if one applies.
    FromTrunk(Option<&'r Scope>),
    /// Routes of an emergency call beyond those of the policy before.
    OtherRoutes,
    /// No route takes the emergency call: all of them are tried.
    LastResort,
    /// A route.
    Route {
        /// The usage that it is of.
        usage: Option<&'r str>,
        /// Its name.
        route: &'r str,
        /// Whether it takes the number.
        takes: bool,
    },
    /// A trunk of the route.
    Trunk {
        /// The trunk.
        trunk: &'r str,
        /// Its configuration, if one applies.
        configuration: Option<&'r Scope>,
    },
    /// A translation rule of the trunk.
    Translation {
        /// Whether it is about the called number; otherwise about the caller's.
        is_called: bool,
        /// Its name.
        name: &'r str,
        /// What it covers.
        number: DialString,
        /// What it writes.
        output: Result<DialString, DialStringError>,
    },
    /// A translation rule made a number of the country out of this service number, and is passed over.
    ServiceNumberKept(DialString),
    /// The plus sign was taken off.
    PlusRemoved(DialString),
    /// How the emergency number is sent.
    EmergencyForm(DialString),
    /// Which number of the caller is shown, where it is not his own.
    CallerId(Shown),
    /// What the trunk is sent.
    Attempt(Attempt<'r>),
    /// The call goes nowhere.
    NoWay(Unroutable),
}

/// What the callee sees instead of the caller's number. Displays as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// The alternate number of the route, which suppresses the caller's.
    Alternate(DialString),
    /// The alternate number of the route, which the caller's number is not valid on.
    AlternateForInvalid(DialString),
    /// Nothing: the caller's number is not valid on the route.
    Withheld,
    /// The number of the site, to which the caller's does not belong.
    OfSite(DialString),
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alternate(number) => {
                write!(f, "the route shows {number} instead of the caller's number")
            }
            Self::AlternateForInvalid(number) => write!(
                f,
                "the caller's number is not valid on the route, which shows {number}"
            ),
            Self::Withheld => {
                f.write_str("the caller's number is not valid on the route: no number is shown")
            }
            Self::OfSite(number) => write!(
                f,
                "the caller's number is none of the site's, which shows {number}"
            ),
        }
    }
}

/// The scope of something, or that there is none.
struct Applies<'r>(&'static str, Option<&'r Scope>);

impl fmt::Display for Applies<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(scope) => write!(f, "the {} {scope} applies", self.0),
            None => write!(f, "no {} applies", self.0),
        }
    }
}

/// A rule by its name, if it has one.
struct RuleName<'r>(&'r str);

impl fmt::Display for RuleName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("the rule without a name"),
            name => write!(f, "the rule {name:?}"),
        }
    }
}

fn writes(
    f: &mut fmt::Formatter<'_>,
    number: &DialString,
    output: &Result<DialString, DialStringError>,
) -> fmt::Result {
    match output {
        Ok(output) => write!(f, "makes {output} of {number}"),
        Err(error) => write!(f, "makes nothing of {number} that can be dialled: {error}"),
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NetworkSite { name, is_told: true } => {
                write!(f, "the caller is at the network site {name:?}")
            }
            Self::NetworkSite { name, .. } => {
                write!(f, "the caller's number is one of the network site {name:?}")
            }
            Self::LocationPolicy(scope) => Applies("location policy", *scope).fmt(f),
            Self::Emergency { dialled, number } => {
                write!(f, "{dialled} is the emergency number {number}")
            }
            Self::ShortCode(code) => {
                write!(f, "{} is a short code, which sets the presence {:?}", code.code, code.presence)
            }
            Self::DialPlan(scope) => Applies("dial plan", *scope).fmt(f),
            Self::ServiceNumber(number) => {
                write!(f, "behind the external access prefix, {number} is a service number")
            }
            Self::ExternalOnly => f.write_str(
                "the external access prefix was dialled: rules for internal extensions are not asked",
            ),
            Self::NoRule(number) => write!(f, "no rule covers {number}"),
            Self::Rule {
                name,
                number,
                groups,
                output,
                ..
            } => {
                write!(f, "{} ", RuleName(name))?;
                writes(f, number, output)?;
                match groups {
                    Some(groups) if groups.get(1).is_some() => write!(f, ", where {groups}"),
                    _ => Ok(()),
                }
            }
            Self::Normalized(normalized) => {
                let kind = match normalized {
                    Normalized::E164(_) => "an E.164 number",
                    Normalized::ShortCode(_) => "a number that is sent as it is",
                    Normalized::Emergency(_) => "an emergency number",
                };
                write!(f, "{normalized} is {kind}")
            }
            Self::Refused(refusal) => write!(f, "the call is refused: {refusal}"),
            Self::User(number) => write!(f, "{number} is the number of a user, who is called"),
            Self::VoicePolicy(scope) => Applies("voice policy", *scope).fmt(f),
            Self::FromTrunk(scope) => {
                f.write_str("the call comes from a trunk: ")?;
                Applies("trunk configuration", *scope).fmt(f)
            }
            Self::OtherRoutes => f.write_str("an emergency call takes other routes as well"),
            Self::LastResort => f.write_str(
                "no route takes the emergency call: all routes are tried, whatever numbers they are for",
            ),
            Self::Route {
                usage,
                route,
                takes,
            } => {
                let takes = if *takes { "takes" } else { "does not take" };
                write!(f, "the route {route:?} ")?;
                match usage {
                    Some(usage) => write!(f, "of the usage {usage:?} {takes} the number"),
                    None => write!(f, "{takes} the number"),
                }
            }
            Self::Trunk {
                trunk,
                configuration,
            } => {
                write!(f, "it leads to the trunk {trunk:?}, to which ")?;
                Applies("trunk configuration", *configuration).fmt(f)
            }
            Self::Translation {
                is_called,
                name,
                number,
                output,
            } => {
                let whose = if *is_called { "called" } else { "calling" };
                write!(f, "for the {whose} number {} ", RuleName(name))?;
                writes(f, number, output)
            }
            Self::ServiceNumberKept(number) => write!(
                f,
                "that would make a number of the country out of a service number: it stays {number}"
            ),
            Self::PlusRemoved(number) => write!(f, "the plus sign is taken off: {number}"),
            Self::EmergencyForm(number) => write!(f, "the emergency number is sent as {number}"),
            Self::CallerId(shown) => shown.fmt(f),
            Self::Attempt(attempt) => {
                write!(f, "the trunk {:?} is sent a call to {}", attempt.trunk, attempt.called)?;
                match &attempt.calling {
                    Some(calling) => write!(f, " from {calling}"),
                    None => f.write_str(" without the caller's number"),
                }
            }
            Self::NoWay(reason) => write!(f, "the call goes nowhere: {reason}"),
        }
    }
}
