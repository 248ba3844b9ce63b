//! A call on its way out: routes and trunks in the order in which they are tried, and what each is sent.

use super::dry_run::{Shown, Step, Trace};
use super::{
    EmergencyForm, NetworkSite, Route, RouteList, RuleList, TrunkConfiguration, VoiceRouting,
};
use crate::{CountryCode, DialString, NationalPlan, Normalized, Number};

/// The list of all routes whatever numbers they are for: what is left for an emergency call that no route takes.
const LAST_RESORT: usize = LISTS;

/// For emergency calls the routes of the location policy, of the voice policy, and all; for others the first of these.
pub(super) const LISTS: usize = 3;

/// A call that goes to a trunk. Plain data: what it is made of stays with the [`VoiceRouting`].
#[derive(Clone, Copy, Debug)]
pub struct Call<'r> {
    pub(super) routing: &'r VoiceRouting,
    pub(super) called: DialString,
    pub(super) kind: Kind,
    /// What is known of the country in which it is dialled.
    pub(super) national: Option<&'static NationalPlan>,
    /// The number of the caller.
    pub(super) number: Option<DialString>,
    pub(super) site: Option<&'r NetworkSite>,
    pub(super) pre_emption: bool,
    pub(super) lists: [Option<&'r RouteList>; LISTS],
    /// The first route.
    pub(super) begin: Place,
}

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    E164(Number),
    ShortCode,
    Emergency,
}

/// An entry of a list of routes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    list: usize,
    entry: usize,
}

impl<'r> Call<'r> {
    /// The number that is called, before any trunk translates it.
    #[must_use]
    pub const fn number(&self) -> Normalized {
        match self.kind {
            Kind::E164(number) => Normalized::E164(number),
            Kind::ShortCode => Normalized::ShortCode(self.called),
            Kind::Emergency => Normalized::Emergency(self.called),
        }
    }

    /// Whether the call takes precedence over all others, and over limits.
    #[must_use]
    pub const fn is_emergency(&self) -> bool {
        matches!(self.kind, Kind::Emergency)
    }

    /// Whether other calls may be ended for it where a trunk is full: an emergency call, unless its location policy forbids it.
    #[must_use]
    pub const fn may_pre_empt(&self) -> bool {
        self.is_emergency() && self.pre_emption
    }

    /// The network site where the caller is, as far as it is known.
    #[must_use]
    pub fn network_site(&self) -> Option<&'r str> {
        self.site.map(|site| &*site.name)
    }

    /// The trunks in the order in which they are to be tried, and what each is sent. A trunk of several routes comes several
    /// times; one whose translations yield nothing that can be dialled is passed over.
    ///
    /// An emergency call takes the routes of its location policy, then those of the voice policy, then all others whose pattern
    /// takes it; and if there is none of these, all that there are.
    #[must_use]
    pub const fn attempts(&self) -> Attempts<'r> {
        Attempts {
            call: *self,
            next: Some(self.begin),
            trunk: 0,
        }
    }

    /// The first route that takes the call, at this place or after it.
    pub(super) fn find<T: Trace<'r>>(&self, mut place: Place, trace: &mut T) -> Option<Place> {
        while place.list < LISTS {
            if let Some(list) = self.lists[place.list] {
                let found = list.find(place.entry, &self.called);
                let end = found.unwrap_or(list.entries.len());
                for entry in place.entry..end {
                    self.told(list, entry, false, trace);
                }
                if let Some(entry) = found {
                    place.entry = entry;
                    let route = list.entries[entry].route;
                    let before = self.lists[..place.list].iter().flatten();
                    if !before.into_iter().any(|list| list.contains(route)) {
                        self.told(list, entry, true, trace);
                        return Some(place);
                    }
                    place.entry += 1;
                    continue;
                }
            }
            place = Place {
                list: place.list + 1,
                entry: 0,
            };
            if place.list < LISTS && self.lists[place.list].is_some() {
                trace.step(|| Step::OtherRoutes);
            }
        }
        None
    }

    /// The first of all routes, if no other takes the emergency call.
    pub(super) fn last_resort<T: Trace<'r>>(&self, trace: &mut T) -> Option<Place> {
        let is_left = self.is_emergency() && !self.routing.routes.is_empty();
        is_left.then(|| {
            trace.step(|| Step::LastResort);
            Place {
                list: LAST_RESORT,
                entry: 0,
            }
        })
    }

    /// Tells of a route, and of its usage where it is the first one of it.
    fn told<T: Trace<'r>>(&self, list: &'r RouteList, entry: usize, takes: bool, trace: &mut T) {
        trace.step(|| Step::Route {
            usage: self.usage(list, entry),
            route: &self.routing.routes[list.entries[entry].route as usize].name,
            takes,
        });
    }

    fn usage(&self, list: &'r RouteList, entry: usize) -> Option<&'r str> {
        let usage = list.usages.get(list.entries[entry].usage as usize);
        usage.map(|usage| &**usage)
    }

    /// What a trunk of a route is sent.
    fn attempt<T: Trace<'r>>(
        &self,
        usage: Option<&'r str>,
        route: &'r Route,
        trunk: usize,
        trace: &mut T,
    ) -> Option<Attempt<'r>> {
        let trunk = &self.routing.trunks[trunk];
        let configuration = self.routing.configuration(trunk);
        trace.step(|| Step::Trunk {
            trunk: &trunk.name,
            configuration: configuration.map(|configuration| &configuration.identity),
        });
        let called = match self.is_emergency() {
            true => self.emergency_called(configuration, trace),
            false => self.called(configuration, trace)?,
        };
        let shown = self.shown(route, trace);
        let calling = match (shown, configuration) {
            (Some(shown), Some(configuration)) => {
                Some(translate(&configuration.calling, shown, false, trace)?)
            }
            (shown, _) => shown,
        };
        let attempt = Attempt {
            usage,
            route: &route.name,
            trunk: &trunk.name,
            called,
            calling,
        };
        trace.step(|| Step::Attempt(attempt));
        Some(attempt)
    }

    fn called<T: Trace<'r>>(
        &self,
        configuration: Option<&'r TrunkConfiguration>,
        trace: &mut T,
    ) -> Option<DialString> {
        let number = self.called;
        let Some(configuration) = configuration else {
            return Some(number);
        };
        let called = translate(&configuration.called, number, true, trace)?;
        if self.is_dressed_service_number(&called) {
            trace.step(|| Step::ServiceNumberKept(number));
            return Some(number);
        }
        let [b'+', plain @ ..] = called.as_bytes() else {
            return Some(called);
        };
        if !configuration.remove_plus {
            return Some(called);
        }
        let plain = DialString::plain(plain)?;
        trace.step(|| Step::PlusRemoved(plain));
        Some(plain)
    }

    /// Whether a translation has made a number of the country that is a service number, or put any other country's code before
    /// one. Local numbers begin with 49 and 11, too.
    fn is_dressed_service_number(&self, called: &DialString) -> bool {
        let Some(national_plan) = self.national else {
            return false;
        };
        let is_dressed = |digits: &[u8], is_international: bool| {
            let Some(code) = CountryCode::of_octets(digits) else {
                return false;
            };
            let national = digits.get(code.len()..).unwrap_or_default();
            // the 0 is dialled before numbers within a country
            let bare = national.strip_prefix(b"0").unwrap_or(national);
            if code == national_plan.country_code {
                return national_plan.is_no_number(national)
                    || bare.len() < national.len() && national_plan.is_no_number(bare);
            }
            is_international && self.kind == Kind::ShortCode && bare == self.called.as_bytes()
        };
        let called = called.as_bytes();
        let mut international = [&b"+"[..], b"00"].into_iter();
        let international = international.find_map(|begin| called.strip_prefix(begin));
        match (international, self.kind) {
            (Some(digits), _) => is_dressed(digits, true),
            (None, Kind::E164(_)) => false,
            (None, _) => is_dressed(called, false),
        }
    }

    fn emergency_called<T: Trace<'r>>(
        &self,
        configuration: Option<&'r TrunkConfiguration>,
        trace: &mut T,
    ) -> DialString {
        let number = self.called;
        let form = match configuration.map(|configuration| &configuration.emergency_form) {
            None | Some(EmergencyForm::Plain) => number,
            Some(EmergencyForm::Plus) => with_plus(&number).unwrap_or(number),
            Some(EmergencyForm::Configured(forms)) => forms
                .iter()
                .find(|(of, _)| *of == number)
                .map_or(number, |(_, form)| *form),
        };
        trace.step(|| Step::EmergencyForm(form));
        form
    }

    /// The number of the caller that the callee is to see, before the trunk translates it.
    fn shown<T: Trace<'r>>(&self, route: &'r Route, trace: &mut T) -> Option<DialString> {
        if self.is_emergency() {
            let site = self.site.filter(|site| !site.has(self.number.as_ref()));
            let of_site = site.and_then(|site| site.emergency_caller_id);
            if let Some(number) = of_site {
                trace.step(|| Step::CallerId(Shown::OfSite(number)));
                return Some(number);
            }
            return self.number;
        }
        let number = match route.caller_id.alternate() {
            Some(alternate) => {
                trace.step(|| Step::CallerId(Shown::Alternate(*alternate)));
                return Some(*alternate);
            }
            None => self.number?,
        };
        let pattern = route.caller_id_pattern.as_ref();
        if pattern.is_none_or(|pattern| pattern.is_match(&number)) {
            return Some(number);
        }
        trace.step(|| {
            Step::CallerId(match route.alternate {
                Some(alternate) => Shown::AlternateForInvalid(alternate),
                None => Shown::Withheld,
            })
        });
        route.alternate
    }
}

/// What the first rule that covers a number makes of it, or the number where none does; `None` where that cannot be dialled.
fn translate<'r, T: Trace<'r>>(
    rules: &'r RuleList,
    number: DialString,
    is_called: bool,
    trace: &mut T,
) -> Option<DialString> {
    let mut output = DialString::EMPTY;
    let Some((rule, written)) = rules.rules.write(&number, &mut output) else {
        return Some(number);
    };
    trace.step(|| Step::Translation {
        is_called,
        name: rules.name(rule),
        number,
        output: written.map(|()| output),
    });
    written.ok().map(|()| output)
}

fn with_plus(number: &DialString) -> Option<DialString> {
    let mut text = [b'+'; DialString::CAPACITY];
    let number = number.as_bytes();
    text.get_mut(1..=number.len())?.copy_from_slice(number);
    DialString::plain(&text[..=number.len()])
}

impl NetworkSite {
    /// How many octets of the number are the beginning of numbers of the site.
    pub(super) fn common(&self, number: &DialString) -> Option<usize> {
        let begins = self.numbers.iter();
        let begins = begins.filter(|begin| number.as_bytes().starts_with(begin.as_bytes()));
        begins.map(|begin| begin.len()).max()
    }

    fn has(&self, number: Option<&DialString>) -> bool {
        number.is_some_and(|number| self.common(number).is_some())
    }
}

/// One trunk to try, and what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt<'r> {
    /// The usage that led to the route; `None` where no usage did.
    pub usage: Option<&'r str>,
    /// The route.
    pub route: &'r str,
    /// The trunk.
    pub trunk: &'r str,
    /// The user part of the Request-URI.
    pub called: DialString,
    /// The user part of From; `None` where the caller has no number, or none that the route may show: the call is sent anonymous.
    pub calling: Option<DialString>,
}

/// Trunks in the order in which they are to be tried.
#[derive(Clone, Copy, Debug)]
pub struct Attempts<'r> {
    call: Call<'r>,
    /// The route that comes next.
    next: Option<Place>,
    /// Which of its trunks comes next.
    trunk: usize,
}

impl<'r> Attempts<'r> {
    pub(super) fn advance<T: Trace<'r>>(&mut self, trace: &mut T) -> Option<Attempt<'r>> {
        let routing = self.call.routing;
        loop {
            let place = self.next?;
            let is_last_resort = place.list == LAST_RESORT;
            let list = match self.call.lists.get(place.list) {
                Some(list) => (*list)?,
                None => &routing.every_route,
            };
            let entry = list.entries.get(place.entry)?;
            let route = &routing.routes[entry.route as usize];
            let Some(&trunk) = route.trunks.get(self.trunk) else {
                let after = Place {
                    entry: place.entry + 1,
                    ..place
                };
                self.trunk = 0;
                self.next = match is_last_resort {
                    true => Some(after),
                    false => self.call.find(after, trace),
                };
                continue;
            };
            self.trunk += 1;
            let usage = self.call.usage(list, place.entry);
            let attempt = self.call.attempt(usage, route, trunk as usize, trace);
            if attempt.is_some() {
                return attempt;
            }
        }
    }
}

impl<'r> Iterator for Attempts<'r> {
    type Item = Attempt<'r>;

    fn next(&mut self) -> Option<Attempt<'r>> {
        self.advance(&mut ())
    }
}
