//! The German reference plan, as data.

use super::plan::{Plan, PlanError, REFERENCE_RULES};
use crate::{CountryCode, EmergencyNumber, LocationPolicy, NormalizationRule};

/// Numbers that every German dial plan has to leave alone: emergency calls, the authorities, medical
/// on-call service, directory enquiries.
pub const SERVICE_NUMBERS: [&str; 5] = ["110", "112", "115", "116117", "11833"];

/// The numbers that every German location has as emergency numbers.
pub(super) const EMERGENCY_NUMBERS: [&str; 2] = ["110", "112"];

/// What they begin with. No area code and no subscriber number does.
pub(super) const SERVICE_LANE: &[u8] = b"11";

/// 110, 112, 115, 116xxx, 118xx and 118xxx, also with an access prefix or dressed up as national or
/// international numbers.
const SERVICE: (&str, &str) = (r"^(?:0|(?:\+|00)490?)?(11(?:[025]|6\d{3}|8\d{2,3}))$", "$1");

/// Patterns and translations, in order; `<area>` is the area code without 0.
const REFERENCE: [(&str, &str); REFERENCE_RULES] = [
    // Whatever else begins with 11 is a service number too.
    (r"^(?:0|(?:\+|00)490?)?(11\d*)$", "$1"),
    // From abroad, as some write it even at home; the national prefix is often left in.
    (r"^(?:\+|00)490?([1-9]\d{2,12})$", "+49$1"),
    // All other countries.
    (r"^(?:\+|00)([1-35-9]\d{6,14}|4[0-8]\d{5,13})$", "+$1"),
    // National; 010xy chooses a carrier and 011 is the lane of the service numbers.
    (r"^0([2-9]\d{2,12}|1[2-9]\d{3,11})$", "+49$1"),
    // In the own area.
    (r"^([2-9]\d{2,10}|1[02-9]\d{2,9})$", "+49<area>$1"),
];

/// Numbers that are emergency numbers everywhere in a country.
#[cfg(feature = "alloc")]
pub(super) const fn emergency_numbers(country_code: CountryCode) -> &'static [&'static str] {
    match country_code {
        CountryCode::GERMANY => &EMERGENCY_NUMBERS,
        _ => &[],
    }
}

/// The rule for service numbers of a country.
#[cfg(feature = "alloc")]
pub(super) fn service_rule(country_code: CountryCode) -> Option<NormalizationRule> {
    match country_code {
        CountryCode::GERMANY => rule(SERVICE.0, SERVICE.1, "").ok(),
        _ => None,
    }
}

/// The plan with nothing of the owner's yet.
type German = Plan<[NormalizationRule; 0], [EmergencyNumber; 2]>;

impl Plan {
    /// The German reference plan for an area code, `89` or `089`, with 110 and 112 as emergency
    /// numbers.
    ///
    /// | dialled | becomes (area code 89, extensions of three digits at +49891234) |
    /// |---|---|
    /// | `0891234567`, `0049891234567`, `+49891234567`, `(089) 12 34-567` | `+49891234567` |
    /// | `+49 (0)89 1234567`, `00490891234567` | `+49891234567` |
    /// | `840798` | `+4989840798` |
    /// | `118` | `+49891234118` |
    /// | `0043 1 234567` | `+431234567` |
    /// | `115`, `116117`, `11833`, also with `0` before them | short codes, as they are |
    /// | `110`, `112`, also with `0`, `00`, `+`, `+49` or `0049` before or `#` behind them | emergency calls, 110 and 112 |
    /// | `010xy...` (choice of a carrier), anything else | refused: no rule |
    ///
    /// # Errors
    ///
    /// [`PlanError::AreaCode`] unless it is 2 to 5 digits, of which the first (after the 0) is 2 to 9.
    pub fn german(area_code: &str) -> Result<German, PlanError> {
        let area = area_code.strip_prefix('0').unwrap_or(area_code);
        let digits = area.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(2..=5).contains(&area.len()) || matches!(area.as_bytes(), [b'0' | b'1', ..])
        {
            return Err(PlanError::AreaCode);
        }
        let emergency = |number| EmergencyNumber::new(number).map_err(|_| PlanError::AreaCode);
        let numbers = [emergency("110")?, emergency("112")?];
        let mut plan =
            Self::new(CountryCode::GERMANY).with_location_policy(LocationPolicy::german(numbers));
        plan.service = Some(rule(SERVICE.0, SERVICE.1, "")?);
        for (place, (pattern, translation)) in plan.reference.iter_mut().zip(REFERENCE) {
            *place = Some(rule(pattern, translation, area)?);
        }
        Ok(plan)
    }
}

/// Compiles a rule of the table for an area.
fn rule(pattern: &str, translation: &str, area: &str) -> Result<NormalizationRule, PlanError> {
    let mut text = [0; 32];
    let (before, after) = translation
        .split_once("<area>")
        .unwrap_or((translation, ""));
    let area = if after.is_empty() { "" } else { area };
    let pieces = [before, area, after];
    let mut len = 0;
    for byte in pieces.iter().flat_map(|piece| piece.bytes()) {
        *text.get_mut(len).ok_or(PlanError::AreaCode)? = byte;
        len += 1;
    }
    let translation = str::from_utf8(&text[..len]).unwrap_or_default();
    // the table compiles, as the tests show
    NormalizationRule::new(pattern, translation).map_err(|_| PlanError::AreaCode)
}
