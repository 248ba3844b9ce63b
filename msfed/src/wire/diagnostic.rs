//! Reasons for failures as Microsoft's servers number them.

use core::fmt;

use super::Domain;

/// A reason that a response gives in its `ms-diagnostics` header field ([MS-OCER] section 2).
///
/// [MS-OCER]: https://learn.microsoft.com/openspecs/office_protocols/ms-ocer
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum MsDiagnostic {
    /// 1005: no route leads to the domain.
    CannotRoute,
    /// 1008: the domain has no SRV record for federation.
    NoSrvRecord,
    /// 1009: the host of the SRV record is in another domain.
    ConflictingSrv,
}

impl MsDiagnostic {
    /// The number.
    #[must_use]
    pub const fn id(self) -> u16 {
        match self {
            Self::CannotRoute => 1005,
            Self::NoSrvRecord => 1008,
            Self::ConflictingSrv => 1009,
        }
    }

    /// The text that goes with the number.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::CannotRoute => "Cannot route to destination domain",
            Self::NoSrvRecord => "Unable to resolve DNS SRV record",
            Self::ConflictingSrv => "Conflicting SRV and host domains in DNS",
        }
    }

    /// The status code of the response: 404 (Not Found) where there is no way, 504 (Server Time-out) where
    /// the next hop cannot be found (RFC 3261 sections 21.4.5 and 21.5.5).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::CannotRoute => 404,
            Self::NoSrvRecord | Self::ConflictingSrv => 504,
        }
    }

    /// The value of the header field `ms-diagnostics`, where `source` is the server that says so.
    ///
    /// ```
    /// use trunkline_msfed::{Domain, MsDiagnostic};
    ///
    /// let edge = Domain::parse("edge.contoso.com")?;
    /// assert_eq!(
    ///     MsDiagnostic::NoSrvRecord.header_value(edge).to_string(),
    ///     r#"1008;reason="Unable to resolve DNS SRV record";source="edge.contoso.com""#
    /// );
    /// # Ok::<(), trunkline_msfed::DomainError>(())
    /// ```
    pub fn header_value(self, source: Domain<'_>) -> impl fmt::Display + '_ {
        HeaderValue(self, source)
    }
}

struct HeaderValue<'a>(MsDiagnostic, Domain<'a>);

impl fmt::Display for HeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, reason) = (self.0.id(), self.0.reason());
        write!(f, "{id};reason=\"{reason}\";source=\"{}\"", self.1)
    }
}

/// Number and text: `1008 Unable to resolve DNS SRV record`.
impl fmt::Display for MsDiagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id(), self.reason())
    }
}
