//! A dial plan as it stands in a configuration.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{
    CountryCode, EmergencyNumber, LocationPolicy, NationalPlan, NormalizationRule, Number, Plan,
    PlanError, WrittenRule,
};

/// Covers what is E.164 already.
const INTERNATIONAL: (&str, &str) = (r"^(\+[1-9]\d{1,14})$", "$1");

/// What a company has to say of its numbers, as plain data; [`plan`](Self::plan) makes a dial plan of it.
///
/// ```
/// use trunkline_e164::{DialString, PlanConfig};
///
/// let mut config = PlanConfig::default();
/// let dialled = DialString::parse("0891234567")?;
/// assert!(config.plan()?.normalize(&dialled).is_err());
/// config.area_code = Some("89".into());
/// assert_eq!(config.plan()?.normalize(&dialled)?.to_string(), "+49891234567");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
#[non_exhaustive]
pub struct PlanConfig {
    /// The country. Default 49.
    pub country_code: CountryCode,
    /// The area code, with or without its leading 0. With it the reference plan of the country is in force, which has
    /// to be Germany or Austria; without, only what the other fields cover and numbers that are E.164 already.
    pub area_code: Option<String>,
    /// The number that extensions are appended to; without it there are none.
    pub main_number: Option<Number>,
    /// How many digits extensions have. Default 3.
    pub extension_digits: usize,
    /// Numbers that no rule changes, beside those of the country where its [`NationalPlan`] is known. Default 110 and 112.
    pub emergency: Vec<EmergencyNumber>,
    /// Rules of one's own, in order; they come before the reference plan. In files: `rule`.
    #[cfg_attr(feature = "serde", serde(rename = "rule"))]
    pub rules: Vec<WrittenRule>,
}

impl Default for PlanConfig {
    fn default() -> Self {
        let emergency = ["110", "112"].map(EmergencyNumber::new);
        Self {
            country_code: CountryCode::GERMANY,
            area_code: None,
            main_number: None,
            extension_digits: 3,
            emergency: emergency.into_iter().flatten().collect(),
            rules: Vec::new(),
        }
    }
}

impl PlanConfig {
    /// The dial plan.
    ///
    /// # Errors
    ///
    /// [`PlanError::AreaCode`] is about [`area_code`](Self::area_code), which only plans for Germany and Austria have, and
    /// [`PlanError::ExtensionLength`] about [`extension_digits`](Self::extension_digits).
    pub fn plan(&self) -> Result<Plan<Vec<NormalizationRule>, Vec<EmergencyNumber>>, PlanError> {
        let national = NationalPlan::of(self.country_code);
        let rules: Vec<NormalizationRule> = self.rules.iter().map(|rule| *rule.rule()).collect();
        // those of the country are emergency numbers whatever the configuration says
        let mut emergency = self.emergency.clone();
        for number in national
            .into_iter()
            .flat_map(|national| national.emergency_numbers)
        {
            if !emergency.iter().any(|other| other.mask() == number.mask()) {
                emergency.push(*number);
            }
        }
        let location = match national {
            Some(national) => LocationPolicy::national(national, emergency),
            None => LocationPolicy::new(emergency),
        };
        let plan = match (&self.area_code, national) {
            (Some(area), Some(national)) => Plan::national(national, area)?
                .with_rules(rules)
                .with_location_policy(location),
            (Some(_), None) => return Err(PlanError::AreaCode),
            (None, _) => {
                let (pattern, translation) = INTERNATIONAL;
                let mut plan = Plan::new(self.country_code);
                plan.reference[0] = NormalizationRule::new(pattern, translation).ok();
                plan.with_rules(rules).with_location_policy(location)
            }
        };
        match self.main_number {
            Some(main) => plan.with_extensions(main, self.extension_digits),
            None => Ok(plan),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DialString;

    fn dial(config: &PlanConfig, dialled: &str) -> Option<String> {
        let plan = config.plan().unwrap();
        let normalized = plan.normalize(&DialString::parse(dialled).unwrap()).ok()?;
        Some(std::string::ToString::to_string(&normalized))
    }

    #[test]
    fn without_an_area_code_only_e164_is_dialled() {
        let mut config = PlanConfig::default();
        assert_eq!(dial(&config, "+49891234").as_deref(), Some("+49891234"));
        assert_eq!(dial(&config, "0891234"), None);
        assert_eq!(dial(&config, "118"), None);
        assert_eq!(dial(&config, "0112").as_deref(), Some("112"));

        config.country_code = CountryCode::new(41).unwrap();
        assert_eq!(dial(&config, "112").as_deref(), Some("112"));
        assert_eq!(dial(&config, "0112"), None);
    }

    fn german(area_code: &str) -> PlanConfig {
        PlanConfig {
            area_code: Some(area_code.into()),
            ..PlanConfig::default()
        }
    }

    #[test]
    fn rules_and_extensions_of_ones_own_come_with_the_german_plan() {
        let mut config = german("089");
        config.main_number = Number::parse("+49891234").ok();
        config.rules = [WrittenRule::new(r"^8(\d{4})$", "+4930555$1").unwrap()].into();
        assert_eq!(dial(&config, "118").as_deref(), Some("+49891234118"));
        assert_eq!(dial(&config, "80100").as_deref(), Some("+49305550100"));
        assert_eq!(dial(&config, "840798").as_deref(), Some("+4989840798"));
        assert_eq!(dial(&config, "112").as_deref(), Some("112"));
    }

    /// The emergency numbers of the country are there, though the default has only those of Germany.
    #[test]
    fn plans_for_austria_are_configured_alike() {
        let mut config = german("1");
        config.country_code = CountryCode::AUSTRIA;
        assert_eq!(dial(&config, "4000").as_deref(), Some("+4314000"));
        for number in ["112", "122", "133", "140", "144"] {
            let plan = config.plan().unwrap();
            let normalized = plan.normalize(&DialString::parse(number).unwrap());
            assert!(normalized.unwrap().is_emergency(), "{number}");
        }
        config.area_code = Some("89".into());
        assert_eq!(config.plan().err(), Some(PlanError::AreaCode));
    }

    #[test]
    fn what_makes_no_plan_is_refused() {
        let mut config = german("1");
        assert_eq!(config.plan().err(), Some(PlanError::AreaCode));
        config.area_code = Some("89".into());
        config.country_code = CountryCode::new(41).unwrap();
        assert_eq!(config.plan().err(), Some(PlanError::AreaCode));
        config.country_code = CountryCode::GERMANY;
        config.main_number = Number::parse("+4989123456789").ok();
        assert_eq!(config.plan().err(), Some(PlanError::ExtensionLength));
    }
}
