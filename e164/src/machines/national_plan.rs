//! Reference plans of countries, as data.

use super::plan::{Plan, PlanError, REFERENCE_RULES};
use crate::{CountryCode, EmergencyNumber, LocationPolicy, NormalizationRule, Pattern};

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
#[derive(Clone, Copy, Debug)]
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
    pub(super) fn service_rule(&self) -> Result<NormalizationRule, PlanError> {
        rule(self.service.0, self.service.1, "").ok_or(PlanError::ReferenceRule)
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
        let area = area_code.strip_prefix('0').unwrap_or(area_code);
        let areas = Pattern::new(national.area_code).map_err(|_| PlanError::ReferenceRule)?;
        if !areas.is_match(area) {
            return Err(PlanError::AreaCode);
        }
        if national.rules.len() > REFERENCE_RULES {
            return Err(PlanError::ReferenceRule);
        }
        let location = LocationPolicy::national(national, national.emergency_numbers);
        let mut plan = Self::new(national.country_code).with_location_policy(location);
        plan.national = Some(national);
        plan.service = Some(national.service_rule()?);
        for (place, (pattern, translation)) in plan.reference.iter_mut().zip(national.rules) {
            let rule = rule(pattern, translation, area).ok_or(PlanError::ReferenceRule)?;
            *place = Some(rule);
        }
        Ok(plan)
    }
}

/// Compiles a rule of the table for an area.
fn rule(pattern: &str, translation: &str, area: &str) -> Option<NormalizationRule> {
    let mut text = [0; 32];
    let (before, after) = translation
        .split_once("<area>")
        .unwrap_or((translation, ""));
    let area = if after.is_empty() { "" } else { area };
    let pieces = [before, area, after];
    let mut len = 0;
    for byte in pieces.iter().flat_map(|piece| piece.bytes()) {
        *text.get_mut(len)? = byte;
        len += 1;
    }
    let translation = str::from_utf8(text.get(..len)?).ok()?;
    NormalizationRule::new(pattern, translation).ok()
}
