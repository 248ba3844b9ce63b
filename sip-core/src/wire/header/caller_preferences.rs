//! Whom a caller wants to reach: Accept-Contact, Reject-Contact (RFC 3841 section 9.2); what proxies can do:
//! Feature-Caps (RFC 6809 section 6).

use super::feature::{features, is_capability};
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
    /// How much of what was asked for it says it can do: contacts with more are tried first.
    Score(Q),
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

    /// What a contact is worth by this value alone (RFC 3841 section 7.2.4). Of several values the mean counts,
    /// and each may exclude. A contact without features is not for caller preferences to judge: it is tried as
    /// if there were none.
    pub fn rate(&self, contact: &ContactAddress<'_>) -> Preference {
        let (mut wanted, mut told) = (0u32, 0u32);
        let mut matches = true;
        for feature in self.features() {
            wanted += 1;
            if let Some(own) = contact.features().find(|own| own.is_about(&feature)) {
                told += 1;
                matches &= own.overlaps(&feature);
            }
        }
        if !matches || (self.explicit && told < wanted) {
            return if self.require {
                Preference::Excluded
            } else {
                Preference::Score(Q::from_thousandths(0).unwrap_or(Q::MAX))
            };
        }
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
    /// 3841 section 7.2.4).
    pub fn rejects(&self, contact: &ContactAddress<'_>) -> bool {
        let told = |feature: Feature<'_>| {
            contact
                .features()
                .any(|own| own.is_about(&feature) && own.overlaps(&feature))
        };
        self.features().next().is_some() && self.features().all(told)
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
