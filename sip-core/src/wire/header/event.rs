//! Subscriptions: Event, Allow-Events, Subscription-State (RFC 6665 section 8.2).

use super::fields::Field as _;
use super::{ValueError, header_by_read};
use crate::wire::grammar::{Cursor, VALUE};
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

/// Event: what is subscribed to, or notified of.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The event package with its templates, such as `presence.winfo`.
    pub package: &'a str,
    /// Tells subscriptions of one dialog apart.
    pub id: Option<&'a str>,
    /// All parameters, the id included.
    pub params: Params<'a>,
}

impl<'a> Event<'a> {
    /// A package without id.
    pub const fn new(package: &'a str) -> Self {
        Self {
            package,
            id: None,
            params: Params::EMPTY,
        }
    }

    /// Whether both name the same subscription of a dialog (RFC 6665 section 8.2.1 compares octets): package
    /// and id, whatever the other parameters.
    pub fn is_same(&self, other: &Event<'_>) -> bool {
        self.package == other.package && self.id == other.id
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let package = cursor.token()?;
        let mut id = None;
        let params = Params::read(&mut cursor, |param| {
            if id.is_none() && param.is("id") {
                id = Some(<&str>::read(param)?);
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self {
            package,
            id,
            params,
        })
    }
}

impl PartialEq for Event<'_> {
    fn eq(&self, other: &Event<'_>) -> bool {
        self.is_same(other) && self.params == other.params
    }
}

impl Eq for Event<'_> {}

impl Encode for Event<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.package);
        if let Some(id) = self.id {
            out.push(b";id=");
            out.checked(id, VALUE);
        }
        self.params.encode_except(&["id"], out);
    }
}

header_by_read!(Event<'a>);

/// Subscription-State: how a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionState<'a> {
    /// `active`, `pending`, `terminated`, or an extension; compares without regard to case.
    pub state: &'a str,
    /// In how many seconds it ends.
    pub expires: Option<u32>,
    /// After how many seconds to try again, where it ended.
    pub retry_after: Option<u32>,
    /// Why it ended, such as `noresource`.
    pub reason: Option<&'a str>,
    /// All parameters, those above included.
    pub params: Params<'a>,
}

impl<'a> SubscriptionState<'a> {
    /// A state without parameters.
    pub const fn new(state: &'a str) -> Self {
        Self {
            state,
            expires: None,
            retry_after: None,
            reason: None,
            params: Params::EMPTY,
        }
    }

    /// `active` for some seconds more.
    pub const fn active(expires: u32) -> Self {
        Self {
            expires: Some(expires),
            ..Self::new("active")
        }
    }

    /// `terminated` for a reason.
    pub const fn terminated(reason: &'a str) -> Self {
        Self {
            reason: Some(reason),
            ..Self::new("terminated")
        }
    }

    /// Whether the subscription has ended.
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case("terminated")
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let mut state = Self::new(cursor.token()?);
        let params = Params::read(&mut cursor, |param| {
            if state.expires.is_none() && param.is("expires") {
                state.expires = Some(u32::read(param)?);
            } else if state.retry_after.is_none() && param.is("retry-after") {
                state.retry_after = Some(u32::read(param)?);
            } else if state.reason.is_none() && param.is("reason") {
                state.reason = Some(<&str>::read(param)?);
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self { params, ..state })
    }
}

impl Encode for SubscriptionState<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.state);
        if let Some(expires) = self.expires {
            format_args!(";expires={expires}").encode(out);
        }
        if let Some(retry_after) = self.retry_after {
            format_args!(";retry-after={retry_after}").encode(out);
        }
        if let Some(reason) = self.reason {
            out.push(b";reason=");
            out.checked(reason, VALUE);
        }
        self.params
            .encode_except(&["expires", "retry-after", "reason"], out);
    }
}

header_by_read!(SubscriptionState<'a>);
