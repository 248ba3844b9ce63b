//! When two sip URIs are the same (RFC 3261 section 19.1.4).

use super::escape::{same, same_ignoring_case, unescape};
use super::{SipUri, UriParams};

/// Parameters that must stand in both URIs or in neither.
const SIGNIFICANT: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

/// Comparison takes the product of the parameter counts; URIs with more than this are compared as text.
pub(super) const MOST_PARAMS: usize = 64;

pub(super) fn equivalent(left: &SipUri<'_>, right: &SipUri<'_>) -> bool {
    let crowded = |uri: &SipUri<'_>| {
        uri.params().count() > MOST_PARAMS || uri.headers().count() > MOST_PARAMS
    };
    if left == right {
        return true;
    }
    if crowded(left) || crowded(right) {
        return false;
    }
    left.is_secure() == right.is_secure()
        && same_text(left.user(), right.user())
        && same_text(left.password(), right.password())
        && left.host() == right.host()
        && left.port() == right.port()
        && params_agree(left.params(), right.params())
        && params_agree(right.params(), left.params())
        && headers_agree(left.headers(), right.headers())
        && headers_agree(right.headers(), left.headers())
}

/// Users and passwords are case-sensitive; an escape equals the character it stands for.
///
/// RFC 3261 excepts escapes of the characters of its "reserved" set. They are not told apart here:
/// `user%3Bx` and `user;x` reach the same mailbox in every system known, while a comparison that keeps
/// them apart lets one address pass for two.
fn same_text(left: Option<&str>, right: Option<&str>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => same(unescape(left), unescape(right)),
        (None, None) => true,
        _ => false,
    }
}

/// Every parameter of `of` that is in `other` too has the same value there; significant ones have to be.
fn params_agree(of: UriParams<'_>, other: UriParams<'_>) -> bool {
    for param in of {
        match other.get(param.name) {
            Some(match_) => {
                let (left, right) = (param.value.unwrap_or(""), match_.value.unwrap_or(""));
                if !same_ignoring_case(unescape(left), unescape(right)) {
                    return false;
                }
            }
            None if SIGNIFICANT.iter().any(|name| param.is(name)) => return false,
            None => {}
        }
    }
    true
}

/// Headers are never ignored: each of `of` must be in `other` with the same value.
fn headers_agree(of: UriParams<'_>, other: UriParams<'_>) -> bool {
    of.into_iter().all(|header| {
        let mut other = other;
        other.any(|candidate| {
            candidate.is(header.name)
                && same(
                    unescape(candidate.value.unwrap_or("")),
                    unescape(header.value.unwrap_or("")),
                )
        })
    })
}
