//! Dial plans: from what was dialled to what the trunk accepts.

#[cfg(test)]
mod tests;

use core::fmt;

use super::location_policy::EmergencyNumbers;
use super::pattern::Glance;
use crate::{
    CountryCode, DialString, DialStringError, EmergencyNumber, LocationPolicy, NationalPlan,
    NormalizationRule, Number, NumberError, NumberFault, Rules,
};

/// How many rules a reference plan has at most.
pub(super) const REFERENCE_RULES: usize = 5;

/// Extensions of one to eight digits.
const EXTENSION_PATTERNS: [&str; 8] = [
    r"^([1-9])$",
    r"^([1-9]\d)$",
    r"^([1-9]\d{2})$",
    r"^([1-9]\d{3})$",
    r"^([1-9]\d{4})$",
    r"^([1-9]\d{5})$",
    r"^([1-9]\d{6})$",
    r"^([1-9]\d{7})$",
];

/// A dial plan: what was dialled becomes E.164, a short code, an emergency call, or is refused with
/// a reason.
///
/// Asked in this order, and the first that covers the number decides:
///
/// 1. emergency numbers ([`LocationPolicy`]);
/// 2. service numbers, when the plan has a rule for them (the German one does);
/// 3. the rules of the owner ([`Plan::with_rules`]);
/// 4. extensions ([`Plan::with_extensions`]);
/// 5. the reference rules of the country.
///
/// What a rule yields is E.164 if it begins with `+`, an emergency call if it is an emergency number
/// of the location, and a short code otherwise. No rule can make an emergency number into E.164: what
/// a rule turns into `+49112` is an emergency call to 112. Any other number that the country has not is refused where its
/// [`NationalPlan`] is known: `+4911..` in Germany.
///
/// `R` holds the owner's rules and `E` the emergency numbers: arrays, slices, or a `Vec`; and `R` may be
/// `CompiledRules`.
#[derive(Clone, Copy, Debug)]
pub struct Plan<R = [NormalizationRule; 0], E = [EmergencyNumber; 0]> {
    pub(super) country_code: CountryCode,
    /// What is known of the country.
    pub(super) national: Option<&'static NationalPlan>,
    pub(super) location: LocationPolicy<E>,
    pub(super) service: Option<NormalizationRule>,
    pub(super) own: R,
    pub(super) extensions: Option<NormalizationRule>,
    pub(super) reference: [Option<NormalizationRule>; REFERENCE_RULES],
}

impl Plan {
    /// A plan without rules and without emergency numbers, for a country of which the crate has no
    /// reference plan.
    #[must_use]
    pub const fn new(country_code: CountryCode) -> Self {
        Self {
            country_code,
            national: NationalPlan::of(country_code),
            location: LocationPolicy::new([]),
            service: None,
            own: [],
            extensions: None,
            reference: [None; REFERENCE_RULES],
        }
    }
}

impl<R, E> Plan<R, E> {
    /// The same plan with these rules of the owner, in the place of those it had.
    #[must_use]
    pub fn with_rules<S: Rules>(self, rules: S) -> Plan<S, E> {
        Plan {
            country_code: self.country_code,
            national: self.national,
            location: self.location,
            service: self.service,
            own: rules,
            extensions: self.extensions,
            reference: self.reference,
        }
    }

    /// The same plan with these emergency numbers, in the place of those it had.
    #[must_use]
    pub fn with_location_policy<F: AsRef<[EmergencyNumber]>>(
        self,
        location: LocationPolicy<F>,
    ) -> Plan<R, F> {
        Plan {
            country_code: self.country_code,
            national: self.national,
            location,
            service: self.service,
            own: self.own,
            extensions: self.extensions,
            reference: self.reference,
        }
    }

    /// The same plan with extensions: so many digits (1 to 8), the first of them not 0, are dialled
    /// within the company and stand behind its main number.
    ///
    /// Emergency and service numbers come first: among extensions of three digits 110, 112 and 115
    /// cannot be reached this way.
    ///
    /// # Errors
    ///
    /// [`PlanError::ExtensionLength`] when there are 0 or more than 8 digits, or more than 15 with the main
    /// number.
    pub fn with_extensions(
        mut self,
        main_number: Number,
        digits: usize,
    ) -> Result<Self, PlanError> {
        self.extensions = Some(extension_rule(main_number, digits)?);
        Ok(self)
    }

    /// The country the plan is for.
    #[must_use]
    pub const fn country_code(&self) -> CountryCode {
        self.country_code
    }
}

/// The rule for extensions of so many digits behind a main number.
pub(super) const fn extension_rule(
    main_number: Number,
    digits: usize,
) -> Result<NormalizationRule, PlanError> {
    if digits == 0
        || digits > EXTENSION_PATTERNS.len()
        || main_number.digit_count() + digits > Number::MAX_DIGITS
    {
        return Err(PlanError::ExtensionLength);
    }
    let mut translation = [0; Number::MAX_DIGITS + 3];
    let number = main_number.text();
    let number = number.as_str();
    let (room, group) = translation.split_at_mut(number.len());
    room.copy_from_slice(number.as_bytes());
    group[0] = b'$';
    group[1] = b'1';
    let (translation, _) = translation.split_at(number.len() + 2);
    let Ok(translation) = str::from_utf8(translation) else {
        return Err(PlanError::ExtensionLength);
    };
    match NormalizationRule::new(EXTENSION_PATTERNS[digits - 1], translation) {
        Ok(rule) => Ok(rule),
        Err(_) => Err(PlanError::ExtensionLength),
    }
}

impl<R: AsRef<[NormalizationRule]>, E> Plan<R, E> {
    /// The rules of the owner, in order.
    #[must_use]
    pub fn own_rules(&self) -> &[NormalizationRule] {
        self.own.as_ref()
    }
}

impl<R: Rules, E: AsRef<[EmergencyNumber]>> Plan<R, E> {
    /// The emergency numbers of the plan.
    #[must_use]
    pub const fn location_policy(&self) -> &LocationPolicy<E> {
        &self.location
    }

    /// What becomes of a dialled string. An extension that was dialled (`;ext=`) is left to the
    /// caller: see [`DialString::extension`].
    ///
    /// # Errors
    ///
    /// [`Refusal`] when there is no number to call; it displays as the reason.
    pub fn normalize(&self, dialled: &DialString) -> Result<Normalized, Refusal> {
        let mut output = DialString::EMPTY;
        let (_, judged) = self.decide(dialled, &mut output)?;
        Ok(judged.normalized(&output))
    }

    /// As [`normalize`](Self::normalize), and by what: to show whoever wrote the plan how it works.
    ///
    /// ```
    /// use trunkline_e164::{DialString, NormalizationRule, Plan};
    ///
    /// let rules = [NormalizationRule::new(r"^8(\d{3})$", "+49891234$1")?];
    /// let plan = Plan::german("89")?.with_rules(rules);
    /// let told = plan.explain(&DialString::parse("8118")?)?;
    /// assert_eq!(told.to_string(), "own rule 1 makes it +49891234118");
    /// let told = plan.explain(&DialString::parse("0112")?)?;
    /// assert_eq!(told.to_string(), "the emergency numbers of the location make it 112");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`normalize`](Self::normalize); a refusal names the rule itself, where there was one.
    pub fn explain(&self, dialled: &DialString) -> Result<Decision, Refusal> {
        let mut output = DialString::EMPTY;
        let (by, judged) = self.decide(dialled, &mut output)?;
        Ok(Decision {
            by,
            normalized: judged.normalized(&output),
        })
    }

    /// What decides, and what it is that then stands in `output`, which is empty.
    #[inline]
    fn decide(
        &self,
        dialled: &DialString,
        output: &mut DialString,
    ) -> Result<(DecidedBy, Judged<'_>), Refusal> {
        if let Some(number) = self.location.find(dialled) {
            return Ok((DecidedBy::LocationPolicy, Judged::Emergency(number)));
        }
        let Some((rule, written)) = self.write_matching(dialled, output) else {
            let number = Number::read_plain(dialled.as_bytes());
            return Err(match number.map_err(|error| error.fault) {
                Err(NumberFault::TooLong) => Refusal::TooLong,
                _ => Refusal::NoRule,
            });
        };
        written.map_err(|error| Refusal::Output { rule, error })?;
        let judged = judge(
            self.country_code,
            self.national,
            &self.location,
            rule,
            output,
        )?;
        Ok((DecidedBy::Rule(rule), judged))
    }

    /// Which rule covers a dialled string, and what it writes; without regard to emergency numbers, and
    /// to whether that is a number. [`explain`](Self::explain) tells what becomes of it.
    pub fn matching_rule(
        &self,
        dialled: &DialString,
    ) -> Option<(RuleId, Result<DialString, DialStringError>)> {
        let mut output = DialString::EMPTY;
        let (rule, written) = self.write_matching(dialled, &mut output)?;
        Some((rule, written.map(|()| output)))
    }

    /// As [`matching_rule`](Self::matching_rule), into `output`, which is empty.
    fn write_matching(
        &self,
        dialled: &DialString,
        output: &mut DialString,
    ) -> Option<(RuleId, Result<(), DialStringError>)> {
        let glance = Glance::of(dialled);
        if let Some(rule) = &self.service
            && let Some(written) = rule.write(dialled, &glance, output)
        {
            return Some((RuleId::Service, written));
        }
        if let Some((index, written)) = self.own.write_first(dialled, &glance, output) {
            return Some((RuleId::Own(index), written));
        }
        if let Some(rule) = &self.extensions
            && let Some(written) = rule.write(dialled, &glance, output)
        {
            return Some((RuleId::Extension, written));
        }
        for (index, rule) in self.reference.iter().enumerate() {
            if let Some(rule) = rule
                && let Some(written) = rule.write(dialled, &glance, output)
            {
                return Some((RuleId::Reference(index), written));
            }
        }
        None
    }
}

/// What it is that a rule yields, of which the text stands elsewhere.
#[derive(Clone, Copy)]
pub(super) enum Judged<'e> {
    E164(Number),
    ShortCode,
    Emergency(&'e EmergencyNumber),
}

impl Judged<'_> {
    /// The same with its text, which the rule has written here.
    #[inline]
    pub(super) fn normalized(self, output: &DialString) -> Normalized {
        match self {
            Self::E164(number) => Normalized::E164(number),
            Self::ShortCode => Normalized::ShortCode(output.without_extension()),
            Self::Emergency(number) => Normalized::Emergency(*number.dial_string()),
        }
    }
}

/// What it is that a rule yields.
#[inline]
pub(super) fn judge<'e>(
    country_code: CountryCode,
    national_plan: Option<&NationalPlan>,
    location: &'e impl EmergencyNumbers,
    rule: RuleId,
    output: &DialString,
) -> Result<Judged<'e>, Refusal> {
    if output.as_bytes().first() != Some(&b'+') {
        // a rule that takes an access prefix off may lay bare an emergency number
        if let Some(number) = location.of_dialled(output.as_bytes()) {
            return Ok(Judged::Emergency(number));
        }
        return Ok(Judged::ShortCode);
    }
    let not_e164 = |error| Refusal::NotE164 {
        rule,
        output: output.without_extension(),
        error,
    };
    let number = Number::of_dialled(output).map_err(not_e164)?;
    // a plus sign and digits, as the number was read
    let digits = output.as_bytes().get(1..).unwrap_or_default();
    let Some(code) = CountryCode::of_octets(digits) else {
        return Ok(Judged::E164(number));
    };
    let national = digits.get(code.len()..).unwrap_or_default();
    if national.is_empty() {
        return Err(not_e164(NumberError {
            fault: NumberFault::TooShort,
            offset: 1 + digits.len(),
        }));
    }
    if code == country_code {
        if let Some(number) = location.of_national(national) {
            return Ok(Judged::Emergency(number));
        }
        if national_plan.is_some_and(|plan| plan.is_no_number(national)) {
            return Err(Refusal::ServiceNumber { rule, number });
        }
    }
    Ok(Judged::E164(number))
}

/// What a dial plan makes of a dialled string.
///
/// Displays as the user part of the Request-URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Normalized {
    /// An international number.
    E164(Number),
    /// A number that is not turned into E.164: service numbers, and what a rule makes without `+`.
    ShortCode(DialString),
    /// An emergency number: it passes limits, and is sent as it stands here.
    Emergency(DialString),
}

impl Normalized {
    /// Whether the call takes precedence over all others, and over limits.
    #[must_use]
    pub const fn is_emergency(&self) -> bool {
        matches!(self, Self::Emergency(_))
    }

    /// The user part of the Request-URI.
    #[must_use]
    pub fn dial_string(&self) -> DialString {
        match self {
            Self::E164(number) => (*number).into(),
            Self::ShortCode(code) | Self::Emergency(code) => *code,
        }
    }
}

impl fmt::Display for Normalized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.dial_string().as_str())
    }
}

/// What a dial plan makes of a dialled string, and by what. Displays as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// What decided.
    pub by: DecidedBy,
    /// What became of it. A rule, too, may yield an emergency number.
    pub normalized: Normalized,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.by {
            DecidedBy::LocationPolicy => "make",
            DecidedBy::Rule(_) => "makes",
        };
        write!(f, "{} {verb} it {}", self.by, self.normalized)
    }
}

/// What decides on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecidedBy {
    /// It is an emergency number of the location as it was dialled; no rule is asked.
    LocationPolicy,
    /// This rule.
    Rule(RuleId),
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LocationPolicy => f.write_str("the emergency numbers of the location"),
            Self::Rule(rule) => rule.fmt(f),
        }
    }
}

/// Which rule of a plan. Displays as people count, from 1: `own rule 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleId {
    /// The rule for service numbers.
    Service,
    /// This one of the owner's rules, counted from 0.
    Own(usize),
    /// The rule for extensions.
    Extension,
    /// This one of the reference rules, counted from 0.
    Reference(usize),
    /// No rule at all: what is E.164 already, and covered by none, stays as it is.
    International,
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("the rule for service numbers"),
            Self::Own(index) => write!(f, "own rule {}", index + 1),
            Self::Extension => f.write_str("the rule for extensions"),
            Self::Reference(index) => write!(f, "reference rule {}", index + 1),
            Self::International => f.write_str("the rule for international numbers"),
        }
    }
}

/// Why a dial plan has nothing to send. A call to such a number is answered with 404; this displays
/// as the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No rule covers what was dialled.
    #[error("no rule of the dial plan covers the number")]
    NoRule,
    /// No rule covers what was dialled, and none could: `+` and more than 15 digits.
    #[error("more than 15 digits behind the plus sign are no E.164 number")]
    TooLong,
    /// A rule yields something that begins with `+` but is no E.164 number.
    #[error("{rule} yields no E.164 number but {output}: {error}")]
    NotE164 {
        /// The rule.
        rule: RuleId,
        /// What it yields.
        output: DialString,
        /// What is wrong with the number.
        error: NumberError,
    },
    /// A rule turns a service number into E.164.
    #[error("{rule} turns a service number into {number}")]
    ServiceNumber {
        /// The rule.
        rule: RuleId,
        /// What it makes of it.
        number: Number,
    },
    /// A rule yields nothing, or too much.
    #[error("{rule} yields no number: {error}")]
    Output {
        /// The rule.
        rule: RuleId,
        /// What is wrong with it.
        error: DialStringError,
    },
}

/// Why a plan cannot be made. It has to be mended by whoever configured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Not an area code of the country; in Germany 2 to 5 digits, of which the first (after the 0) is 2 to 9.
    #[error("not an area code")]
    AreaCode,
    /// A rule of a [`NationalPlan`] does not compile, or there are more than five.
    #[error("a rule of the reference plan does not compile")]
    ReferenceRule,
    /// Extensions of no digit, of more than 8, or too long for E.164 behind the main number.
    #[error("extensions too long or too short")]
    ExtensionLength,
}
