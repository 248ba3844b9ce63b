//! Where a call goes, step by step.

use super::build::{configuration_of, site_of, tagged};
use super::call::{Kind, LISTS};
use super::dry_run::{Step, Trace};
use super::{
    Call, Caller, Country, Destination, DialPlan, Location, NetworkSite, RouteList, RuleList,
    Unroutable, VoiceRouting,
};
use crate::config::Scope;
use crate::machines::location_policy::{EmergencyNumbers, find_dialled, find_national};
use crate::machines::plan::judge;
use crate::{DialString, EmergencyNumber, Normalized, Number, NumberFault, Refusal, RuleId};

impl VoiceRouting {
    pub(super) fn decide<'r, U, T: Trace<'r>>(
        &'r self,
        caller: &Caller<'_>,
        dialled: &DialString,
        look_up: impl FnOnce(&DialString) -> Option<U>,
        trace: &mut T,
    ) -> Result<Destination<'r, U>, Unroutable> {
        let here = self.whereabouts(caller, trace);
        if let Some(number) = here.emergency_number(dialled) {
            trace.step(|| Step::Emergency {
                dialled: *dialled,
                number,
            });
            let normalized = Normalized::Emergency(number);
            return self.call(caller, &here, normalized, number, trace);
        }
        let mut codes = self.short_codes.iter();
        if let Some((_, code)) = codes.find(|(code, _)| code.as_bytes() == dialled.as_bytes()) {
            trace.step(|| Step::ShortCode(code));
            return Ok(Destination::ShortCode(code));
        }
        let mut output = DialString::EMPTY;
        let normalized = self.normalize(&here, dialled, &mut output, trace);
        let normalized = normalized.inspect_err(|&refusal| {
            trace.step(|| Step::Refused(refusal));
        })?;
        trace.step(|| Step::Normalized(normalized));
        if !normalized.is_emergency()
            && let Some(user) = look_up(&output)
        {
            trace.step(|| Step::User(output));
            return Ok(Destination::User(user));
        }
        let called = match normalized {
            // as the plan wrote it, but for its extension
            Normalized::E164(_) => output.without_extension(),
            Normalized::ShortCode(number) | Normalized::Emergency(number) => number,
        };
        self.call(caller, &here, normalized, called, trace)
    }

    /// Finds the site, the location policy and the dial plan of the caller.
    fn whereabouts<'r, T: Trace<'r>>(&'r self, caller: &Caller<'_>, trace: &mut T) -> Here<'r> {
        let told = caller.network_site.and_then(|name| {
            let mut sites = self.network_sites.iter();
            sites.find(|site| site.name.eq_ignore_ascii_case(name))
        });
        let site = told.or_else(|| self.site_of_number(caller.number.as_ref()?));
        if let Some(site) = site {
            trace.step(|| Step::NetworkSite {
                name: &site.name,
                is_told: told.is_some(),
            });
        }
        let location = self.location(caller, site);
        trace.step(|| Step::LocationPolicy(location.map(|location| &location.identity)));
        let plan = self.dial_plan(caller);
        let country = plan.map_or(0, |plan| plan.country);
        Here {
            site,
            location,
            plan,
            country: &self.countries[country],
        }
    }

    /// The site that a number is used at: the longest beginning decides, and of several the first.
    fn site_of_number(&self, number: &DialString) -> Option<&NetworkSite> {
        let mut longest = None;
        for site in &self.network_sites {
            if let Some(common) = site.common(number)
                && longest.is_none_or(|(length, _)| common > length)
            {
                longest = Some((common, site));
            }
        }
        longest.map(|(_, site)| site)
    }

    fn location(&self, caller: &Caller<'_>, site: Option<&NetworkSite>) -> Option<&Location> {
        let identities = || self.location_policies.iter().map(|policy| &policy.identity);
        let of_site = site.and_then(|site| site.location_policy);
        let index = of_site
            .or_else(|| tagged(identities(), caller.location_policy?))
            .or_else(|| identities().position(|identity| *identity == Scope::Global))?;
        self.location_policies.get(index)
    }

    fn dial_plan(&self, caller: &Caller<'_>) -> Option<&DialPlan> {
        let identities = self.dial_plans.iter().map(|plan| &plan.identity);
        let index = match caller.pstn_gateway {
            None => narrowest(
                identities,
                caller.dial_plan,
                caller.registrar,
                caller.site,
                None,
            ),
            Some(gateway) => {
                let site = caller.site.or_else(|| site_of(gateway, &self.gateways));
                narrowest(identities, None, None, site, Some(gateway))
            }
        };
        self.dial_plans.get(index?)
    }

    /// What the dial plan makes of a number; `output`, which is empty, becomes the same with an extension that a rule
    /// writes.
    fn normalize<'r, T: Trace<'r>>(
        &self,
        here: &Here<'r>,
        dialled: &DialString,
        output: &mut DialString,
        trace: &mut T,
    ) -> Result<Normalized, Refusal> {
        trace.step(|| Step::DialPlan(here.plan.map(|plan| &plan.identity)));
        if let Some(plan) = here.plan {
            let behind = plan.behind_prefix(dialled);
            if let Some(behind) = &behind
                && let Some(service) = &here.country.service
                && let Ok(Some(number)) = service.translate(behind)
            {
                trace.step(|| Step::ServiceNumber(number));
                *output = number;
                return Ok(Normalized::ShortCode(number));
            }
            let mut rules = &plan.rules;
            if let (Some(behind), Some(external)) = (&behind, &plan.external) {
                trace.step(|| Step::ExternalOnly);
                rules = external;
                if let Some(normalized) = here.first_rule(rules, behind, output, trace) {
                    return normalized;
                }
            }
            if let Some(normalized) = here.first_rule(rules, dialled, output, trace) {
                return normalized;
            }
        }
        match Number::read_plain(dialled.as_bytes()) {
            Ok(_) => {
                *output = *dialled;
                here.judge(RuleId::International, dialled)
            }
            Err(error) if error.fault == NumberFault::TooLong => Err(Refusal::TooLong),
            Err(_) => Err(Refusal::NoRule),
        }
    }

    /// Finds the routes of a call.
    fn call<'r, U, T: Trace<'r>>(
        &'r self,
        caller: &Caller<'_>,
        here: &Here<'r>,
        normalized: Normalized,
        called: DialString,
        trace: &mut T,
    ) -> Result<Destination<'r, U>, Unroutable> {
        let is_emergency = normalized.is_emergency();
        let policy = self.routes_of(caller, trace);
        if policy.is_none() && !is_emergency {
            return Err(Unroutable::NoVoicePolicy);
        }
        let mut lists = [None; LISTS];
        if is_emergency {
            let of_location = here.location.and_then(|location| location.routes.as_ref());
            lists = [of_location, policy, Some(&self.every_route)];
        } else {
            lists[0] = policy;
        }
        let mut call = Call {
            routing: self,
            kind: match normalized {
                Normalized::E164(number) => Kind::E164(number),
                Normalized::ShortCode(_) => Kind::ShortCode,
                Normalized::Emergency(_) => Kind::Emergency,
            },
            called,
            national: here.country.national,
            number: caller.number,
            site: here.site,
            pre_emption: here.location.is_none_or(|location| location.pre_emption),
            lists,
            begin: Default::default(),
        };
        let begin = call.find(call.begin, trace);
        let begin = begin.or_else(|| call.last_resort(trace));
        call.begin = begin.ok_or(Unroutable::NoRoute)?;
        Ok(Destination::Call(call))
    }

    /// The routes that a caller may take.
    fn routes_of<'r, T: Trace<'r>>(
        &'r self,
        caller: &Caller<'_>,
        trace: &mut T,
    ) -> Option<&'r RouteList> {
        if let Some(gateway) = caller.pstn_gateway {
            let configuration =
                configuration_of(gateway, &self.gateways, &self.trunk_configurations);
            let configuration = configuration.map(|index| &self.trunk_configurations[index]);
            trace.step(|| Step::FromTrunk(configuration.map(|of| &of.identity)));
            return configuration?.from_trunk.as_ref();
        }
        let identities = self.voice_policies.iter().map(|(identity, _)| identity);
        let index = narrowest(identities, caller.voice_policy, None, caller.site, None);
        let policy = index.and_then(|index| self.voice_policies.get(index));
        trace.step(|| Step::VoicePolicy(policy.map(|(identity, _)| identity)));
        policy.map(|(_, routes)| routes)
    }
}

/// Where a caller is, and what applies to him there.
struct Here<'r> {
    site: Option<&'r NetworkSite>,
    location: Option<&'r Location>,
    plan: Option<&'r DialPlan>,
    country: &'r Country,
}

impl<'r> Here<'r> {
    /// What the first rule makes of a number that covers it, if one does.
    fn first_rule<T: Trace<'r>>(
        &self,
        rules: &'r RuleList,
        number: &DialString,
        output: &mut DialString,
        trace: &mut T,
    ) -> Option<Result<Normalized, Refusal>> {
        let Some((index, written)) = rules.rules.write(number, output) else {
            trace.step(|| Step::NoRule(*number));
            return None;
        };
        trace.step(|| Step::Rule {
            name: rules.name(index),
            index,
            number: *number,
            groups: rules.rules.groups(index, number),
            output: written.map(|()| *output),
        });
        let rule = RuleId::Own(index);
        Some(match written {
            Ok(()) => self.judge(rule, output),
            Err(error) => Err(Refusal::Output { rule, error }),
        })
    }

    /// The emergency number that was dialled, in whatever form.
    fn emergency_number(&self, dialled: &DialString) -> Option<DialString> {
        let text = dialled.as_bytes();
        let behind = self.plan.and_then(|plan| plan.octets_behind_prefix(text));
        let mut forms = [Some(text), behind].into_iter().flatten();
        let number = forms.find_map(|text| self.of_dialled(text))?;
        Some(*number.dial_string())
    }

    fn of_location(&self) -> &[EmergencyNumber] {
        self.location.map_or(&[], |location| &location.numbers)
    }

    fn judge(&self, rule: RuleId, output: &DialString) -> Result<Normalized, Refusal> {
        let judged = judge(self.country.code, self.country.national, self, rule, output)?;
        Ok(judged.normalized(output))
    }
}

/// Those of the location, then those of the country.
impl EmergencyNumbers for Here<'_> {
    fn of_dialled(&self, dialled: &[u8]) -> Option<&EmergencyNumber> {
        let find = |numbers| find_dialled(numbers, self.country.prefixes, dialled);
        find(self.of_location()).or_else(|| find(self.country.emergency))
    }

    fn of_national(&self, national: &[u8]) -> Option<&EmergencyNumber> {
        let find = |numbers| find_national(numbers, national);
        find(self.of_location()).or_else(|| find(self.country.emergency))
    }
}

impl DialPlan {
    fn octets_behind_prefix<'d>(&self, dialled: &'d [u8]) -> Option<&'d [u8]> {
        dialled.strip_prefix(self.access_prefix.as_ref()?.as_bytes())
    }

    /// What was dialled behind the external access prefix.
    fn behind_prefix(&self, dialled: &DialString) -> Option<DialString> {
        DialString::plain(self.octets_behind_prefix(dialled.as_bytes())?)
    }
}

/// Where the narrowest scope stands of those that apply.
fn narrowest<'s>(
    scopes: impl Iterator<Item = &'s Scope>,
    tag: Option<&str>,
    registrar: Option<&str>,
    site: Option<&str>,
    gateway: Option<&str>,
) -> Option<usize> {
    let tag = tag.map(|name| match name.split_at_checked(4) {
        Some((kind, name)) if kind.eq_ignore_ascii_case("tag:") => name,
        _ => name,
    });
    let is = |name: &str, applies: Option<&str>| {
        // most are written alike
        applies.is_some_and(|applies| applies == name || applies.eq_ignore_ascii_case(name))
    };
    let rank = |scope: &Scope| match scope {
        Scope::Tag(name) => is(name, tag).then_some(0),
        Scope::PstnGateway(name) => is(name, gateway).then_some(1),
        Scope::Registrar(name) => is(name, registrar).then_some(1),
        Scope::Site(name) => is(name, site).then_some(2),
        Scope::Global => Some(3_u8),
    };
    let mut narrowest = (u8::MAX, None);
    for (index, scope) in scopes.enumerate() {
        if let Some(rank) = rank(scope)
            && rank < narrowest.0
        {
            narrowest = (rank, Some(index));
        }
    }
    narrowest.1
}
