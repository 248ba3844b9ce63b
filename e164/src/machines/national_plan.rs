//! Reference plans of countries, as data.

use super::plan::{Plan, PlanError, REFERENCE_RULES, extension_rule};
use crate::{CountryCode, EmergencyNumber, LocationPolicy, NormalizationRule, Number, Pattern};

/// How people dial in a country, as data: what a reference plan is made of.
///
/// [`GERMANY`](Self::GERMANY) and [`AUSTRIA`](Self::AUSTRIA) are in the crate. A plan for another country is a value of this type and a
/// table of what is dialled and what has to become of it: the page
/// `guide::your_country` is the recipe.
///
/// ```
/// use trunkline_e164::{DialString, NationalPlan, Plan};
///
/// let vienna = Plan::national(&NationalPlan::AUSTRIA, "1")?;
/// assert_eq!(vienna.normalize(&DialString::parse("0316 872")?)?.to_string(), "+43316872");
/// assert!(vienna.normalize(&DialString::parse("0144")?)?.is_emergency());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "others make values of it")]
pub struct NationalPlan {
    /// The country.
    pub country_code: CountryCode,
    /// Numbers that are emergency numbers everywhere in the country.
    pub emergency_numbers: &'static [EmergencyNumber],
    /// What a telephone, a contact list or a habit puts before emergency numbers: access prefix, plus sign, country code.
    /// None of them, with an emergency number behind it, may be a number that a subscriber has.
    pub emergency_prefixes: &'static [&'static [u8]],
    /// Numbers that every dial plan of the country has to leave alone; mistakes are looked for with them.
    pub service_numbers: &'static [&'static str],
    /// What numbers of the country never are, by their first digits and the most digits that such a number
    /// has: `("11", 64)` says that nothing behind the country code begins with 11, `("1", 4)` that what begins with 1 has five
    /// digits or more. What a rule makes of the kind is refused.
    pub no_numbers: &'static [(&'static str, usize)],
    /// Pattern and translation for service numbers. It comes before all other rules, so that it has to take them in
    /// every dress: behind an access prefix, as a national and as an international number.
    pub service: (&'static str, &'static str),
    /// The pattern of area codes, without the digit that stands before them in the country.
    pub area_code: &'static str,
    /// Patterns and translations, in order, five at most; `<area>` is the area code.
    pub rules: &'static [(&'static str, &'static str)],
}

impl NationalPlan {
    /// That of a country, if it is in the crate.
    #[must_use]
    pub const fn of(country_code: CountryCode) -> Option<&'static Self> {
        match country_code {
            CountryCode::GERMANY => Some(&Self::GERMANY),
            CountryCode::AUSTRIA => Some(&Self::AUSTRIA),
            _ => None,
        }
    }

    /// Whether no number of the country can be this, so that a rule that writes it is wrong: digits behind the
    /// country code.
    pub(crate) fn is_no_number(&self, national: &[u8]) -> bool {
        let mut none = self.no_numbers.iter();
        // to call for a comparison of so few octets would cost more
        let begins = |begin: &str| {
            begin
                .bytes()
                .zip(national)
                .all(|(one, other)| one == *other)
        };
        none.any(|(begin, most)| (begin.len()..=*most).contains(&national.len()) && begins(begin))
    }

    /// The rule for service numbers.
    pub(super) const fn service_rule(&self) -> Result<NormalizationRule, PlanError> {
        rule(self.service.0, self.service.1, "")
    }

    /// The plan for an area code, whatever it is.
    const fn plan(&'static self, area: &str) -> Result<National, PlanError> {
        if self.rules.len() > REFERENCE_RULES {
            return Err(PlanError::ReferenceRule);
        }
        let mut plan = Plan {
            country_code: self.country_code,
            national: Some(self),
            location: LocationPolicy::national(self, self.emergency_numbers),
            service: None,
            own: [],
            extensions: None,
            reference: [None; REFERENCE_RULES],
        };
        plan.service = match self.service_rule() {
            Ok(rule) => Some(rule),
            Err(error) => return Err(error),
        };
        let mut index = 0;
        while index < self.rules.len() {
            let (pattern, translation) = self.rules[index];
            plan.reference[index] = match rule(pattern, translation, area) {
                Ok(rule) => Some(rule),
                Err(error) => return Err(error),
            };
            index += 1;
        }
        Ok(plan)
    }
}

/// A reference plan with nothing of the owner's yet.
type National = Plan<[NormalizationRule; 0], &'static [EmergencyNumber]>;

/// An area code without the 0 before it.
const fn without_zero(area_code: &str) -> &str {
    match area_code.as_bytes() {
        [b'0', ..] => area_code.split_at(1).1,
        _ => area_code,
    }
}

impl Plan {
    /// The reference plan of a country, for an area code with or without the 0 before it.
    ///
    /// # Errors
    ///
    /// [`PlanError::AreaCode`] when it is none of the country; [`PlanError::ReferenceRule`] when the data are wrong, which
    /// those in the crate are not.
    pub fn national(
        national: &'static NationalPlan,
        area_code: &str,
    ) -> Result<Plan<[NormalizationRule; 0], &'static [EmergencyNumber]>, PlanError> {
        let area = without_zero(area_code);
        let areas = Pattern::new(national.area_code).map_err(|_| PlanError::ReferenceRule)?;
        match areas.is_match(area) {
            true => national.plan(area),
            false => Err(PlanError::AreaCode),
        }
    }
}

impl Plan<&'static [NormalizationRule], &'static [EmergencyNumber]> {
    /// The reference plan of a country for an area code, with extensions of so many digits behind a main number, as
    /// [`with_extensions`](Self::with_extensions) has them, and with rules of the owner: for plans that the compiler makes.
    ///
    /// ```
    /// use trunkline_e164::{DialString, EmergencyNumber, NationalPlan, NormalizationRule, Number, Plan};
    ///
    /// const MAIN: Number = match Number::parse("+49891234") {
    ///     Ok(number) => number,
    ///     Err(_) => panic!(),
    /// };
    /// static OWN: [NormalizationRule; 1] = [NormalizationRule::fixed(r"^8(\d{4})$", "+4930555$1")];
    /// static PLAN: Plan<&[NormalizationRule], &[EmergencyNumber]> =
    ///     Plan::fixed(&NationalPlan::GERMANY, "89", Some((MAIN, 3)), &OWN);
    ///
    /// for (dialled, number) in [("80100", "+49305550100"), ("118", "+49891234118"), ("840798", "+4989840798")] {
    ///     assert_eq!(PLAN.normalize(&DialString::parse(dialled)?)?.to_string(), number);
    /// }
    /// assert!(PLAN.normalize(&DialString::parse("0112")?)?.is_emergency());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Where [`Plan::national`] or [`with_extensions`](Self::with_extensions) has an error, and where the pattern of area
    /// codes is more than four alternatives of digits; which in a constant is an error of the compiler.
    #[must_use]
    pub const fn fixed(
        national: &'static NationalPlan,
        area_code: &str,
        extensions: Option<(Number, usize)>,
        rules: &'static [NormalizationRule],
    ) -> Self {
        let area = without_zero(area_code);
        let is_area = match Pattern::new(national.area_code) {
            Ok(areas) => areas.is_match_at_a_glance(area),
            Err(_) => None,
        };
        match is_area {
            Some(true) => {}
            Some(false) => panic!("no area code of the country"),
            None => panic!("the pattern of area codes is beyond what the compiler can ask"),
        }
        let Ok(plan) = national.plan(area) else {
            panic!("the reference plan is wrong");
        };
        Self {
            country_code: plan.country_code,
            national: plan.national,
            location: plan.location,
            service: plan.service,
            own: rules,
            extensions: match extensions {
                None => None,
                Some((main_number, digits)) => match extension_rule(main_number, digits) {
                    Ok(rule) => Some(rule),
                    Err(_) => panic!("extensions of a length that the main number has no room for"),
                },
            },
            reference: plan.reference,
        }
    }
}

/// Compiles a rule of the table for an area.
const fn rule(
    pattern: &str,
    translation: &str,
    area: &str,
) -> Result<NormalizationRule, PlanError> {
    let mut text = [0; 32];
    let mut len = 0;
    let mut rest = translation.as_bytes();
    while let [byte, behind @ ..] = rest {
        let mut piece: &[u8] = &[*byte];
        rest = match rest {
            [b'<', b'a', b'r', b'e', b'a', b'>', behind @ ..] => {
                piece = area.as_bytes();
                behind
            }
            _ => behind,
        };
        while let [byte, behind @ ..] = piece {
            if len == text.len() {
                return Err(PlanError::ReferenceRule);
            }
            text[len] = *byte;
            len += 1;
            piece = behind;
        }
    }
    let (text, _) = text.split_at(len);
    match str::from_utf8(text) {
        Ok(translation) => match NormalizationRule::new(pattern, translation) {
            Ok(rule) => Ok(rule),
            Err(_) => Err(PlanError::ReferenceRule),
        },
        Err(_) => Err(PlanError::ReferenceRule),
    }
}
