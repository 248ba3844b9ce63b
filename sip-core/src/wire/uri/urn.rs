//! URNs (RFC 8141), such as `urn:service:sos` (RFC 5031).

use super::{UriError, escape::unescape};

/// A URN. Equality is that of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UrnUri<'a> {
    raw: &'a str,
    /// Where the namespace identifier ends.
    namespace_end: u16,
}

impl<'a> UrnUri<'a> {
    /// `raw` starts with `urn:` in any case and has at most 65,535 octets.
    pub(super) fn read(raw: &'a str) -> Result<Self, UriError> {
        let rest = raw.get(4..).unwrap_or("");
        let bad = UriError::Namespace { offset: 4 };
        let (namespace, specific) = rest.split_once(':').ok_or(bad)?;
        let bytes = namespace.as_bytes();
        let sound = (2..=32).contains(&bytes.len())
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && !bytes.starts_with(b"-")
            && !bytes.ends_with(b"-");
        if !sound || specific.is_empty() || specific.starts_with(['?', '#', '/']) {
            return Err(bad);
        }
        Ok(Self {
            raw,
            namespace_end: (4 + namespace.len()) as u16,
        })
    }

    /// The URI as it was written.
    pub const fn as_str(&self) -> &'a str {
        self.raw
    }

    /// The namespace identifier, such as `service` or `uuid`; compares without regard to case.
    pub fn namespace(&self) -> &'a str {
        self.raw
            .get(4..usize::from(self.namespace_end))
            .unwrap_or("")
    }

    /// The string specific to the namespace, such as `sos.fire`, without the components for resolvers and
    /// clients (`?+`, `?=`, `#`).
    pub fn specific(&self) -> &'a str {
        let rest = self.raw.get(usize::from(self.namespace_end) + 1..);
        let rest = rest.unwrap_or("");
        rest.split(['?', '#']).next().unwrap_or("")
    }

    /// Whether the URN is a service of RFC 5031, such as `sos`, or one below it, such as `sos.police` below
    /// `sos`.
    pub fn is_service(&self, service: &str) -> bool {
        let specific = self.specific();
        let below = specific.get(service.len()..);
        self.namespace().eq_ignore_ascii_case("service")
            && specific
                .get(..service.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(service))
            && below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
    }

    /// Whether both name the same (RFC 8141 section 3.1): the namespace without regard to case, what is
    /// specific to it exactly but for escapes, components behind it not at all.
    pub fn is_equivalent(&self, other: &UrnUri<'_>) -> bool {
        self.namespace().eq_ignore_ascii_case(other.namespace())
            && unescape(self.specific()).eq(unescape(other.specific()))
    }
}
