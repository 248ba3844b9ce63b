//! What was not carried over.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::config::{ScopeError, TrunkConfiguration, VoiceConfiguration, VoiceRoute};

/// Something in a text that a reader did not carry over, or not with certainty. Displays as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding<'t> {
    /// The line, counted from 1.
    pub line: usize,
    /// The name of the field or column, as it stands in the text; empty where the line itself is meant.
    pub field: &'t str,
    /// Why.
    pub reason: Reason,
}

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.field.is_empty() {
            write!(f, ", {}", self.field)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why something was not carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// What the line belongs to is not known.
    #[error("the line belongs to nothing that is known")]
    Stray,
    /// Neither a type nor the fields tell what it is.
    #[error("no such kind of object or table is known")]
    UnknownObject,
    /// A field that is not known.
    #[error("no such field is known")]
    UnknownField,
    /// A known field, with a value other than its default, that decides nothing here.
    #[error("nothing here corresponds to this setting, and its value is not the default")]
    NotCarried,
    /// The value goes over lines. It was put together without what stood between them.
    #[error("the value went over lines and was put together; a space may be missing")]
    Wrapped,
    /// The list ends with `...`: its other members are not in the text.
    #[error("the list was cut short where it was printed")]
    Truncated,
    /// The name of a type stands where values should.
    #[error("the name of a type instead of values: join the values before they are exported")]
    TypeName,
    /// A member of a list is not of the form in which rules are printed.
    #[error("not a rule as it is printed within its list")]
    NotRule,
    /// The identity is no scope; the object was left out.
    #[error("{0}; left out")]
    Scope(#[from] ScopeError),
    /// Neither `True` nor `False`.
    #[error("neither True nor False")]
    NotFlag,
    /// Not a number from 0 to 4,294,967,295.
    #[error("not a number, negative, or too large")]
    NotNumber,
    /// A field without which nothing can be made of the object; it was left out.
    #[error("missing, or empty; left out")]
    Missing,
    /// There is another of this name with other contents already, which stays.
    #[error("another one of this name was there before, and stays")]
    Duplicate,
    /// The closing quotation mark is missing; the row was left out.
    #[error("the closing quotation mark is missing; left out")]
    UnclosedQuote,
    /// A row has more cells than the header.
    #[error("more cells than the header has")]
    TooManyCells,
    /// Something of Asterisk's files that makes no rule: another application, a section of settings, a template.
    #[error("no rule or route can be made of this; left out")]
    NotTelephony,
    /// An extension that is no number, or whose pattern is not understood.
    #[error("not a number or a pattern of numbers; left out")]
    Extension,
    /// The caller's number decides as well; left out.
    #[error("the number of the caller decides as well; left out")]
    CallerIdMatch,
    /// A variable other than `${EXTEN}`, an expression, or a part of the extension whose place is not fixed; left out.
    #[error("a variable or a part of the number that has no fixed place; left out")]
    Expression,
    /// The rules of an included context are not copied into this dial plan; its routes are taken over.
    #[error("routes of the included context are taken over, its rules are not")]
    Include,
    /// Only the first of several destinations, and no options, are taken over.
    #[error("only the first destination is taken over, without options")]
    Destinations,
    /// `match_op` is none of 0, 1 and 2, or its pattern cannot be expressed; left out.
    #[error("a kind of match that cannot be expressed; left out")]
    MatchOperator,
    /// The length cannot be expressed together with this pattern; left out.
    #[error("a length that cannot be expressed with this pattern; left out")]
    MatchLength,
    /// What is matched and what is substituted are different expressions; left out.
    #[error("match and substitution are different expressions; left out")]
    Substitution,
    /// The replacement has a pseudo-variable or an escape other than `\0` to `\9`; left out.
    #[error("a replacement that cannot be expressed; left out")]
    Replacement,
    /// The row applies only at certain times; it was taken over for all times.
    #[error("applies only at certain times; taken over for all times")]
    TimeRecurrence,
    /// Gateways within a group are tried in order here.
    #[error("the groups of gateways are taken over as one list, in order")]
    GatewayGroups,
    /// A list of gateways by its number, `#1`; left out.
    #[error("a list of gateways by its number; left out")]
    GatewayList,
    /// A name or a number longer than the other system takes it; left out.
    #[error("longer than the system it comes from takes it; left out")]
    TooLong,
    /// A prefix has something else than digits, `+`, `*` and `#`; left out.
    #[error("not a prefix of numbers; left out")]
    Prefix,
}

/// Something of a configuration that a writer could not express. Displays as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss<'c> {
    /// The list it stands in: `dial_plan`, `voice_route`; empty for the configuration as a whole.
    pub list: &'static str,
    /// The name there; that of its [scope](crate::config::Scope::name) where it has one.
    pub name: &'c str,
    /// The rule within it, where one is meant.
    pub rule: &'c str,
    /// The field, where one is meant.
    pub field: &'static str,
    /// Why.
    pub reason: LossReason,
}

impl<'c> Loss<'c> {
    pub(super) const fn of(list: &'static str, name: &'c str, reason: LossReason) -> Self {
        Self {
            list,
            name,
            rule: "",
            field: "",
            reason,
        }
    }

    pub(super) const fn field(mut self, field: &'static str) -> Self {
        self.field = field;
        self
    }

    pub(super) const fn rule(mut self, rule: &'c str) -> Self {
        self.rule = rule;
        self
    }

    pub(super) const fn of_order() -> Self {
        Self::of("", "", LossReason::ReadsDifferently)
    }
}

impl fmt::Display for Loss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list {
            "" => f.write_str("the configuration")?,
            list => f.write_str(list)?,
        }
        for part in [self.name, self.rule, self.field] {
            if !part.is_empty() {
                write!(f, ", {part}")?;
            }
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why something could not be expressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LossReason {
    /// The format has no place for it.
    #[error("the format has no place for it")]
    NoPlace,
    /// The pattern has no form in which the format could say it; left out.
    #[error("the pattern cannot be expressed; left out")]
    Pattern,
    /// The translation has no form in which the format could say it; left out.
    #[error("the translation cannot be expressed; left out")]
    Translation,
    /// The number is not written, but the order that it gives.
    #[error("its order is kept, its number is not")]
    OrderAlone,
    /// The other system has no such names: its extension or a number stands for it.
    #[error("its name is not written")]
    Renamed,
    /// It is written as several, one for each way in which the pattern can match.
    #[error("written as several, one for each way in which the pattern matches")]
    Several,
    /// The other system takes all characters where the pattern takes digits only.
    #[error("covers more than before: all characters where there were digits")]
    Widened,
    /// The other system would ask its rules in another order, and another one could win.
    #[error("a rule that is more specific comes before it there, and some number fits both")]
    Order,
    /// The other system does to emergency numbers, too, what the trunk does to the others.
    #[error("what the trunk does to numbers it does to emergency numbers as well there")]
    Emergency,
    /// What the rule writes goes through the rules of the same context again there, and one of them fits it.
    #[error(
        "what it writes goes through the rules of the same plan again there, and one of them fits"
    )]
    Again,
    /// It stands behind another route that some number fits as well, and which is the last one tried there.
    #[error(
        "another route that some number fits comes first, and none is tried after that one there"
    )]
    Failover,
    /// It is written, but what is read of it is not the same.
    #[error("what is written of it does not read the same")]
    ReadsDifferently,
}

/// Tells of everything that is not in the other configuration as it is in this one, and not told of yet.
pub(super) fn differences<'c>(
    configuration: &'c VoiceConfiguration,
    again: &VoiceConfiguration,
    losses: &mut Vec<Loss<'c>>,
) {
    let told: BTreeSet<(&str, &str)> = losses.iter().map(|loss| (loss.list, loss.name)).collect();
    let mut check = |list: &'static str, name: &'c str, is_same: bool| {
        if !is_same && !told.contains(&(list, name)) {
            losses.push(Loss::of(list, name, LossReason::ReadsDifferently));
        }
    };
    /// How many of one name are looked at: there should be one.
    const ALIKE: usize = 16;
    macro_rules! compare {
        ($($list:literal $field:ident |$item:ident| $name:expr;)*) => {$(
            let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (place, $item) in again.$field.iter().enumerate() {
                places.entry($name).or_default().push(place);
            }
            // what was left out is passed over, what stands in another order is told
            let mut rest = 0;
            for $item in &configuration.$field {
                let name: &str = $name;
                let alike = places.get(name).map_or(&[][..], |places| places);
                let behind = alike.partition_point(|place| *place < rest);
                let mut alike = alike.iter().skip(behind).take(ALIKE);
                let found = alike.find(|place| again.$field.get(**place) == Some($item));
                rest = found.map_or(rest, |place| place + 1);
                check($list, name, found.is_some());
            }
        )*};
    }
    compare! {
        "dial_plan" dial_plans |plan| plan.identity.name();
        "voice_policy" voice_policies |policy| policy.identity.name();
        "pstn_usages" pstn_usages |usage| usage;
        "voice_route" voice_routes |route| &route.identity;
        "trunk_configuration" trunk_configurations |trunk| trunk.identity.name();
        "location_policy" location_policies |policy| policy.identity.name();
        "network_site" network_sites |site| &site.network_site_id;
        "short_code" short_codes |code| &code.code;
    }
}

/// Tells of routes with other trunks for numbers that the other system sends by a route before them alone. Of long
/// lists only neighbours within 1,000 are compared.
pub(super) fn last_tried<'c, T>(
    written: &[(T, &'c VoiceRoute)],
    meets: impl Fn(&T, &T) -> bool,
    losses: &mut Vec<Loss<'c>>,
) {
    // lists of trunks by number, since each is compared with many
    let mut lists: BTreeMap<&[String], usize> = BTreeMap::new();
    let mut list_of = |route: &'c VoiceRoute| {
        let next = lists.len();
        *lists.entry(&route.pstn_gateway_list).or_insert(next)
    };
    let lists: Vec<usize> = written.iter().map(|(_, route)| list_of(route)).collect();
    let mut told = None;
    for (place, ((later, route), list)) in written.iter().zip(&lists).enumerate() {
        let nearest = place.saturating_sub(1000);
        let earlier = written.iter().zip(&lists).take(place).skip(nearest);
        let is_behind =
            |((earlier, _), other): (&(T, _), &usize)| other != list && meets(earlier, later);
        if told != Some(&route.identity) && earlier.into_iter().any(is_behind) {
            told = Some(&route.identity);
            losses.push(Loss::of(
                "voice_route",
                &route.identity,
                LossReason::Failover,
            ));
        }
    }
}

/// The rules in the order in which they are asked: by priority, those without one last.
pub(super) fn by_priority<R>(rules: &[R], priority: impl Fn(&R) -> Option<u32>) -> Vec<&R> {
    let mut rules: Vec<&R> = rules.iter().collect();
    rules.sort_by_key(|rule| priority(rule).map_or(u64::MAX, u64::from));
    rules
}

/// Tells of what only configurations of this crate have.
pub(super) fn own_settings<'c>(configuration: &'c VoiceConfiguration, losses: &mut Vec<Loss<'c>>) {
    if configuration.country_code != VoiceConfiguration::default().country_code {
        losses.push(Loss::of("", "", LossReason::NoPlace).field("country_code"));
    }
    for plan in &configuration.dial_plans {
        if plan.country_code.is_some() {
            let loss = Loss::of("dial_plan", plan.identity.name(), LossReason::NoPlace);
            losses.push(loss.field("country_code"));
        }
    }
    for gateway in &configuration.pstn_gateways {
        let loss = Loss::of("pstn_gateway", &gateway.identity, LossReason::NoPlace);
        losses.push(loss);
    }
    for route in &configuration.voice_routes {
        if route.caller_id_pattern.is_some() {
            let loss = Loss::of("voice_route", &route.identity, LossReason::NoPlace);
            losses.push(loss.field("caller_id_pattern"));
        }
    }
    for trunk in &configuration.trunk_configurations {
        if trunk.emergency_form != TrunkConfiguration::default().emergency_form {
            let loss = Loss::of(
                "trunk_configuration",
                trunk.identity.name(),
                LossReason::NoPlace,
            );
            losses.push(loss.field("emergency_form"));
        }
    }
    for policy in &configuration.location_policies {
        if !policy.pre_emption {
            let loss = Loss::of(
                "location_policy",
                policy.identity.name(),
                LossReason::NoPlace,
            );
            losses.push(loss.field("pre_emption"));
        }
    }
    for code in &configuration.short_codes {
        losses.push(Loss::of("short_code", &code.code, LossReason::NoPlace));
    }
}
