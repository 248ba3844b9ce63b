//! Whom a caller wants to reach: Accept-Contact, Reject-Contact (RFC 3841 section 9.2); what proxies can do:
//! Feature-Caps (RFC 6809 section 6).

use super::feature::{MOST, features, is_capability};
use super::{ContactAddress, Feature, Q, ValueError, header_by_read};
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::params::{Param, Params};
use crate::wire::write::{Encode, Encoder};

/// Reads `*` and parameters.
fn read_starred<'a>(
    value: &'a [u8],
    visit: impl FnMut(&Param<'a>) -> Result<(), Malformed>,
) -> Result<Params<'a>, ValueError> {
    let mut cursor = Cursor::new(value);
    if !cursor.take(b'*') {
        return Err(cursor.malformed().into());
    }
    let params = Params::read(&mut cursor, visit)?;
    cursor.finish()?;
    Ok(params)
}

/// Accept-Contact: what the user agent that answers should be able to do (RFC 3841 section 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptContact<'a> {
    /// Whether contacts that do not match must not be tried (`require`).
    pub require: bool,
    /// Whether contacts that do not say so do not match (`explicit`).
    pub explicit: bool,
    /// All parameters, those above included.
    pub params: Params<'a>,
}

/// What a contact is worth to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// It must not be tried.
    Excluded,
    /// It is not what was asked for, but may be tried.
    Unmatched,
    /// How much of what was asked for it says it can do: among contacts with the same `q` those with more are
    /// tried first.
    Score(Q),
}

impl Preference {
    /// What several values of Accept-Contact come to (RFC 3841 section 7.2.4): the mean of the scores, rounded
    /// down; those that do not match do not count, and each may exclude. [`Preference::Unmatched`] without scores.
    pub fn overall(values: impl IntoIterator<Item = Self>) -> Self {
        let (mut sum, mut count) = (0u64, 0);
        for value in values {
            match value {
                Self::Excluded => return Self::Excluded,
                Self::Unmatched => {}
                Self::Score(score) => {
                    sum += u64::from(score.thousandths());
                    count += 1;
                }
            }
        }
        let mean = sum.checked_div(count).map(|mean| mean as u16);
        let score = mean.and_then(Q::from_thousandths);
        score.map_or(Self::Unmatched, Self::Score)
    }
}

impl<'a> AcceptContact<'a> {
    /// These features are wanted, neither required nor explicit.
    pub const fn new(features: Params<'a>) -> Self {
        Self {
            require: false,
            explicit: false,
            params: features,
        }
    }

    /// The features that are wanted; those that break the grammar are left out.
    pub fn features(&self) -> impl Iterator<Item = Feature<'a>> + use<'a> {
        features(&self.params)
    }

    /// What a contact is worth by this value alone (RFC 3841 section 7.2.4); [`Preference::overall`] joins
    /// several.
    ///
    /// A contact without features is not for caller preferences to judge: leave it out of this, then try it as
    /// one with the highest score. Of more than 64 features the first 64 count.
    pub fn rate(&self, contact: &ContactAddress<'_>) -> Preference {
        let (mut wanted, mut told) = (0u32, 0u32);
        let mut matches = true;
        for feature in self.features().take(MOST) {
            wanted += 1;
            if let Some(own) = contact
                .features()
                .take(MOST)
                .find(|own| own.is_about(&feature))
            {
                told += 1;
                matches &= own.overlaps(&feature);
            }
        }
        let missed = self.explicit && told < wanted;
        if self.require && (missed || !matches) {
            return Preference::Excluded;
        }
        if !matches {
            return Preference::Unmatched;
        }
        let told = if missed { 0 } else { told };
        let thousandths = (1000 * told).checked_div(wanted).unwrap_or(1000);
        Preference::Score(Q::from_thousandths(thousandths as u16).unwrap_or(Q::MAX))
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let (mut require, mut explicit) = (false, false);
        let params = read_starred(value, |param| {
            require |= param.is("require");
            explicit |= param.is("explicit");
            Ok(())
        })?;
        Ok(Self {
            require,
            explicit,
            params,
        })
    }
}

impl Encode for AcceptContact<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"*");
        self.params.encode_except(&["require", "explicit"], out);
        if self.require {
            out.push(b";require");
        }
        if self.explicit {
            out.push(b";explicit");
        }
    }
}

header_by_read!(AcceptContact<'a>, list);

/// Reject-Contact: what the user agent that answers must not be (RFC 3841 section 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RejectContact<'a> {
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> RejectContact<'a> {
    /// These features together are not wanted.
    pub const fn new(features: Params<'a>) -> Self {
        Self { params: features }
    }

    /// The features that are not wanted; those that break the grammar are left out.
    pub fn features(&self) -> impl Iterator<Item = Feature<'a>> + use<'a> {
        features(&self.params)
    }

    /// Whether a contact must not be tried: it tells of all these features, and as they are meant here (RFC
    /// 3841 section 7.2.4). A value with more than 64 features rejects nobody.
    pub fn rejects(&self, contact: &ContactAddress<'_>) -> bool {
        let told = |feature: Feature<'_>| {
            contact
                .features()
                .take(MOST)
                .any(|own| own.is_about(&feature) && own.overlaps(&feature))
        };
        let count = self.features().take(MOST + 1).count();
        (1..=MOST).contains(&count) && self.features().all(told)
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let params = read_starred(value, |_| Ok(()))?;
        Ok(Self { params })
    }
}

impl Encode for RejectContact<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"*");
        self.params.encode(out);
    }
}

header_by_read!(RejectContact<'a>, list);

/// Feature-Caps: what a proxy on the way can do (RFC 6809 section 6), the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureCaps<'a> {
    /// The capabilities, whose names start with a plus.
    pub params: Params<'a>,
}

impl<'a> FeatureCaps<'a> {
    /// These capabilities.
    pub const fn new(capabilities: Params<'a>) -> Self {
        Self {
            params: capabilities,
        }
    }

    /// The capabilities; those that break the grammar are left out.
    pub fn features(&self) -> impl Iterator<Item = Feature<'a>> + use<'a> {
        features(&self.params)
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let params = read_starred(value, |param| {
            let found = is_capability(param.name);
            found.then_some(()).ok_or(Malformed { offset: 0 })
        })?;
        Ok(Self { params })
    }
}

impl Encode for FeatureCaps<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(b"*");
        if !self.params.iter().all(|param| is_capability(param.name)) {
            out.refuse();
        }
        self.params.encode(out);
    }
}

header_by_read!(FeatureCaps<'a>, list);
