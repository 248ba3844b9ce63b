//! Which number is called, on which side, and by whom.

use trunkline_e164::{
    CallerId, CountryCode, DialString, DialStringError, EmergencyNumber, Finding, NationalPlan,
    NormalizationRule, Plan, PlanError, RuleId,
};
use trunkline_sip_core::uri::{self, Uri};
use trunkline_sip_core::{Message, StatusCode, header};

use super::config::{Config, Side};

/// How calls are numbered.
#[derive(Debug)]
pub(super) struct Numbers {
    plan: Plan<Vec<NormalizationRule>, Vec<EmergencyNumber>>,
    caller_id: CallerId,
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    from: Side,
    rule: NormalizationRule,
    to: Side,
}

/// A call, as the callee's side is to see it.
#[derive(Clone, Debug)]
pub(super) struct Dialled {
    pub(super) to: Side,
    /// The user part of the Request-URI.
    pub(super) called: String,
    /// The user part of From: the number that the caller chose to show.
    pub(super) caller: String,
    pub(super) display_name: Option<String>,
    /// What the network asserts of the caller; it crosses as it is.
    pub(super) asserted: Option<String>,
    pub(super) emergency: bool,
}

/// Status code, reason phrase, header fields.
pub(super) type Refused = (StatusCode, String, &'static [(&'static str, &'static str)]);

impl Numbers {
    /// Compiles what the configuration says. The error names the field.
    pub(super) fn new(config: &Config) -> Result<Self, (String, String)> {
        let plan = config.numbers.plan().map_err(|error| {
            let area = config.numbers.area_code.as_deref().unwrap_or_default();
            let (field, text) = match error {
                PlanError::AreaCode if NationalPlan::of(config.numbers.country_code).is_none() => (
                    "numbers.area_code",
                    format!(
                        "{area:?}: there are plans by area code for country codes 49 and 43 alone"
                    ),
                ),
                PlanError::AreaCode => (
                    "numbers.area_code",
                    format!("{area:?}: not an area code; Munich, for instance, is \"89\""),
                ),
                _ => (
                    "numbers.extension_digits",
                    format!("{}: {error}", config.numbers.extension_digits),
                ),
            };
            (field.to_owned(), text)
        })?;
        let mut routes = Vec::new();
        for (index, route) in config.route.iter().enumerate() {
            let translation = route.translation.as_deref().unwrap_or("$0");
            let rule = NormalizationRule::new(&route.number, translation);
            let field = || format!("route[{index}]");
            routes.push(Route {
                from: route.from,
                rule: rule.map_err(|error| (field(), error.to_string()))?,
                to: route.to,
            });
        }
        Ok(Self {
            plan,
            caller_id: config.caller_id,
            routes,
        })
    }

    /// What is odd about the numbers: the field, and the text.
    pub(super) fn lint(&self, config: &Config) -> impl Iterator<Item = (String, String)> {
        let numbers = &config.numbers;
        let is_bare = numbers.area_code.is_none() && numbers.country_code == CountryCode::GERMANY;
        let bare = is_bare.then(|| {
            let text = "no area_code, so no German plan: only E.164 numbers, emergency numbers, and \
                        what your own rules and extensions cover are dialled";
            ("numbers".to_owned(), text.to_owned())
        });
        // Without a plan nothing covers the service numbers, which that says already.
        let told = move |finding: &Finding| {
            !(is_bare && matches!(finding, Finding::ServiceNumberUncovered { .. }))
        };
        let plan = self.plan.lint().filter(told).map(|finding| {
            let field = match finding {
                Finding::GroupNotInPattern {
                    rule: RuleId::Own(index),
                    ..
                }
                | Finding::ServiceNumberRewritten {
                    rule: RuleId::Own(index),
                    ..
                } => {
                    format!("numbers.rule[{index}]")
                }
                _ => "numbers".to_owned(),
            };
            (field, finding.to_string())
        });
        let routes = self.routes.iter().enumerate();
        let routes = routes.filter_map(|(index, route)| {
            let group = route.rule.missing_group()?;
            let text = format!("names ${group}, a group that its pattern has not");
            Some((format!("route[{index}].translation"), text))
        });
        bare.into_iter().chain(plan).chain(routes)
    }

    /// Where an INVITE goes.
    pub(super) fn decide(&self, from: Side, invite: &Message<'_>) -> Result<Dialled, Refused> {
        let not_found = |reason: String| (StatusCode::NOT_FOUND, reason, &[][..]);
        let called = user(invite.request_uri().unwrap_or_default());
        let dialled = dialled(&called).map_err(|error| not_found(error.to_string()))?;
        let caller = invite.require::<header::From<'_>>();
        let caller = caller.map_err(|_| (StatusCode::BAD_REQUEST, String::new(), &[][..]))?;
        let display_name = caller.address.display_name.and_then(|name| name.as_str());
        let asserted = invite
            .header("P-Asserted-Identity")
            .and_then(|field| field.value_str());
        let mut decided = Dialled {
            to: from.other(),
            called,
            caller: user(caller.uri().as_str()),
            display_name: display_name.map(str::to_owned),
            asserted: asserted.map(str::to_owned),
            emergency: false,
        };
        // No route takes an emergency call.
        let normalized = self.plan.normalize(&dialled);
        decided.emergency =
            from == Side::Pbx && normalized.is_ok_and(|number| number.is_emergency());
        let mut routes = self.routes.iter().filter(|route| route.from == from);
        let routed =
            routes.find_map(|route| Some((route.to, route.rule.translate(&dialled).ok()??)));
        match routed {
            Some((to, called)) if !decided.emergency => {
                (decided.to, decided.called) = (to, called.to_string());
            }
            _ if from == Side::Pbx => {
                let number = normalized.map_err(|error| not_found(error.to_string()))?;
                decided.called = number.to_string();
            }
            _ => {}
        }
        if from == Side::Pbx && decided.to == Side::Trunk {
            decided.caller = self.caller(decided.caller);
        }
        Ok(decided)
    }

    /// The number that the trunk is to see. What is no number, such as `anonymous`, stays.
    fn caller(&self, caller: String) -> String {
        let Ok(dialled) = dialled(&caller) else {
            return caller;
        };
        let shown = self.caller_id.present(&dialled);
        self.plan
            .normalize(shown)
            .map_or_else(|_| shown.to_string(), |number| number.to_string())
    }
}

/// The user part of a sip or sips URI, or the number of a tel URI.
fn user(text: &str) -> String {
    match Uri::parse(text) {
        Ok(Uri::Sip(sip)) => sip.user().unwrap_or_default().to_owned(),
        Ok(Uri::Tel(tel)) => tel.number().to_owned(),
        _ => String::new(),
    }
}

/// A user part as it was dialled: without percent-escapes.
fn dialled(user: &str) -> Result<DialString, DialStringError> {
    let octets: Vec<u8> = uri::unescape(user).collect();
    DialString::parse(&String::from_utf8_lossy(&octets))
}
