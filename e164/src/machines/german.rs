//! The German reference plan, as data.

use super::plan::{Plan, PlanError};
use crate::{
    CountryCode, DialString, EmergencyNumber, LocationPolicy, NationalPlan, NormalizationRule,
};

/// Numbers that every German dial plan has to leave alone: emergency calls, the authorities, medical
/// on-call service, directory enquiries.
pub const SERVICE_NUMBERS: [&str; 5] = ["110", "112", "115", "116117", "11833"];

/// The numbers that every German location has as emergency numbers.
const EMERGENCY_NUMBERS: [EmergencyNumber; 2] = [
    EmergencyNumber::of_digits(b"110"),
    EmergencyNumber::of_digits(b"112"),
];

impl NationalPlan {
    /// Germany. `tests/vectors/plans/germany.tsv` has what becomes of what is dialled. The tests hold its emergency and
    /// service numbers to the short numbers of libphonenumber, by way of the package `phonenumbers` 9.0.43 (Apache-2.0).
    pub const GERMANY: Self = Self {
        country_code: CountryCode::GERMANY,
        emergency_numbers: &EMERGENCY_NUMBERS,
        // After `00` no country has a number of three digits.
        emergency_prefixes: &[b"0", b"00", b"+", b"+49", b"+490", b"0049", b"00490"],
        service_numbers: &SERVICE_NUMBERS,
        // No area code and no subscriber number begins so.
        no_numbers: &[("11", DialString::CAPACITY)],
        // 110, 112, 115, 116xxx, 118xx and 118xxx, also with an access prefix or dressed up as national or
        // international numbers.
        service: (r"^(?:0|(?:\+|00)490?)?(11(?:[025]|6\d{3}|8\d{2,3}))$", "$1"),
        area_code: r"^[2-9]\d{1,4}$",
        rules: &[
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
        ],
    };
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
        let location = LocationPolicy::german(EMERGENCY_NUMBERS);
        let plan = Self::national(&NationalPlan::GERMANY, area_code)?;
        Ok(plan.with_location_policy(location))
    }
}
