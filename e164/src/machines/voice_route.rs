//! Voice routing: a policy names usages in order, usages name routes, and routes name trunks.

#[cfg(test)]
mod tests;

use super::pattern::Glance;
use crate::{CallerId, DialString, Normalized, Pattern};

/// A voice policy (`New-CsVoicePolicy`): the PSTN usages of a user, the preferred one first.
///
/// `S` is a name, for instance `&str` or `String`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoicePolicy<'a, S> {
    /// The usages, in order.
    pub usages: &'a [S],
}

/// A voice route (`New-CsVoiceRoute`).
///
/// `L` is a list of names, for instance `[&str; 2]`, `&[&str]` or `Vec<String>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceRoute<L> {
    /// Which numbers take this route.
    pub pattern: Pattern,
    /// The PSTN usages that contain it.
    pub usages: L,
    /// The trunks it leads to, in order.
    pub trunks: L,
    /// Which number is shown to the called party.
    pub caller_id: CallerId,
}

impl<'a, S: PartialEq> VoicePolicy<'a, S> {
    /// The routes that `called` can take: usage by usage, and within a usage in the order of
    /// `routes`. A route that several usages contain comes once.
    ///
    /// Nothing is remembered of earlier calls: a number can be called as often as there are callers.
    ///
    /// Emergency calls take routes as all others do: `112` is no E.164 number, so routes for `^\+` alone leave it
    /// without a trunk. Have one that takes it.
    pub fn select<L: AsRef<[S]>>(
        &self,
        routes: &'a [VoiceRoute<L>],
        called: &Normalized,
    ) -> Selection<'a, S, L> {
        Selection {
            emergency: called.is_emergency(),
            ..self.select_text(routes, called.dial_string())
        }
    }

    /// As [`VoicePolicy::select`], for a text that no dial plan has seen.
    pub fn select_text<L: AsRef<[S]>>(
        &self,
        routes: &'a [VoiceRoute<L>],
        called: DialString,
    ) -> Selection<'a, S, L> {
        Selection {
            emergency: false,
            usages: self.usages,
            routes,
            called,
            usage: 0,
            route: 0,
        }
    }
}

/// The routes of a call, in the order in which they are to be tried. Yields each route.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a, S, L> {
    /// Whether the call takes precedence over all others, and over limits.
    pub emergency: bool,
    usages: &'a [S],
    routes: &'a [VoiceRoute<L>],
    called: DialString,
    usage: usize,
    route: usize,
}

impl<'a, S: PartialEq, L: AsRef<[S]>> Selection<'a, S, L> {
    /// All trunks, in the order in which they are to be tried. A trunk of several routes comes
    /// several times.
    pub fn trunks(self) -> impl Iterator<Item = &'a S>
    where
        L: 'a,
    {
        self.flat_map(|route| route.trunks.as_ref())
    }
}

impl<'a, S: PartialEq, L: AsRef<[S]>> Iterator for Selection<'a, S, L> {
    type Item = &'a VoiceRoute<L>;

    fn next(&mut self) -> Option<&'a VoiceRoute<L>> {
        let glance = Glance::of(&self.called);
        loop {
            let usage = self.usages.get(self.usage)?;
            let Some(route) = self.routes.get(self.route) else {
                self.usage += 1;
                self.route = 0;
                continue;
            };
            self.route += 1;
            let of_route = route.usages.as_ref();
            let before = &self.usages[..self.usage];
            if of_route.contains(usage)
                && !before.iter().any(|usage| of_route.contains(usage))
                && route
                    .pattern
                    .program()
                    .matches(self.called.as_bytes(), &glance)
            {
                return Some(route);
            }
        }
    }
}
