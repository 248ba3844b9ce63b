//! For which domains a route is.

use core::fmt;
use core::str::FromStr;

use thiserror::Error;

use crate::{Domain, DomainError};

/// For which domains a route is: for one, for all below one, or for all.
///
/// `contoso.com` is that domain and nothing else; `*.contoso.com` is everything below it, at any depth, but
/// not `contoso.com` itself; `*` is everything, the default route. `S` is a text, for instance `&str` or
/// `String`.
///
/// ```
/// use trunkline_msfed::{Domain, DomainPattern};
///
/// let below = DomainPattern::new("*.contoso.com")?;
/// for (domain, matches) in [("eu.Contoso.com", true), ("contoso.com", false), ("notcontoso.com", false)] {
///     assert_eq!(below.is_match(Domain::parse(domain)?), matches);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DomainPattern<S> {
    text: S,
    kind: PatternKind,
}

/// The kinds of [`DomainPattern`]s, the most specific one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PatternKind {
    /// One domain: `contoso.com`.
    Exact,
    /// All domains below one: `*.contoso.com`.
    Below,
    /// All domains: `*`.
    All,
}

/// Why a text is no [`DomainPattern`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum DomainPatternError {
    /// A `*` stands elsewhere than in front of a dot at the beginning.
    #[error("a * stands alone, or as *. in front of a domain")]
    Wildcard,
    /// The domain is none. Offsets count from its beginning, behind a `*.`.
    #[error(transparent)]
    Domain(#[from] DomainError),
}

impl<S: AsRef<str>> DomainPattern<S> {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// Any [`DomainPatternError`].
    pub fn new(text: S) -> Result<Self, DomainPatternError> {
        let written = text.as_ref();
        let kind = if written == "*" {
            PatternKind::All
        } else {
            let below = written.strip_prefix("*.");
            let domain = below.unwrap_or(written);
            if domain.contains('*') {
                return Err(DomainPatternError::Wildcard);
            }
            Domain::parse(domain)?;
            match below {
                // No domain could be below it.
                Some(_) if written.len() > Domain::MAX_LEN => Err(DomainError::TooLong)?,
                Some(_) => PatternKind::Below,
                None => PatternKind::Exact,
            }
        };
        Ok(Self { text, kind })
    }

    /// Whether it is for one domain, all below one, or all.
    #[must_use]
    pub const fn kind(&self) -> PatternKind {
        self.kind
    }

    /// The domain, without the wildcard. `None` where it is for all domains.
    #[must_use]
    pub fn domain(&self) -> Option<Domain<'_>> {
        match self.kind {
            PatternKind::All => None,
            _ => Some(Domain::checked(self.name())),
        }
    }

    /// As [`DomainPattern::domain`], empty for all domains.
    pub(crate) fn name(&self) -> &str {
        let text = self.text.as_ref();
        let text = text.strip_suffix('.').unwrap_or(text);
        match self.kind {
            PatternKind::Exact => text,
            PatternKind::Below => text.get(2..).unwrap_or_default(),
            PatternKind::All => "",
        }
    }

    /// Whether it is for this domain.
    #[must_use]
    pub fn is_match(&self, domain: Domain<'_>) -> bool {
        match (self.kind, self.domain()) {
            (PatternKind::Exact, Some(own)) => domain == own,
            (PatternKind::Below, Some(own)) => domain.is_below(own),
            _ => true,
        }
    }
}

/// Whether both are for the same domains: names compare without regard to case, and a dot at the end does not
/// count.
impl<S: AsRef<str>, T: AsRef<str>> PartialEq<DomainPattern<T>> for DomainPattern<S> {
    fn eq(&self, other: &DomainPattern<T>) -> bool {
        self.kind == other.kind && self.name().eq_ignore_ascii_case(other.name())
    }
}

impl<S: AsRef<str>> Eq for DomainPattern<S> {}

impl<S: AsRef<str> + for<'a> From<&'a str>> FromStr for DomainPattern<S> {
    type Err = DomainPatternError;

    fn from_str(text: &str) -> Result<Self, DomainPatternError> {
        Self::new(S::from(text))
    }
}

/// The text form, without a dot at its end.
impl<S: AsRef<str>> fmt::Display for DomainPattern<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PatternKind::Exact => "",
            PatternKind::Below => "*.",
            PatternKind::All => "*",
        })?;
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    #[test]
    fn patterns_are_for_whole_labels() {
        for (pattern, domain, expected) in [
            ("contoso.com", "CONTOSO.com.", true),
            ("Contoso.com.", "contoso.com", true),
            ("contoso.com", "a.contoso.com", false),
            ("*.contoso.com.", "a.contoso.com", true),
            ("*.contoso.com", "b.a.CONTOSO.com", true),
            ("*.contoso.com", "contoso.com", false),
            ("*.contoso.com", "xcontoso.com", false),
            ("*.com", "contoso.com", true),
            ("*", "contoso", true),
        ] {
            let pattern = DomainPattern::new(pattern).unwrap();
            let domain = Domain::parse(domain).unwrap();
            assert_eq!(pattern.is_match(domain), expected, "{pattern} {domain}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, why) in [
            ("", "the domain is missing"),
            ("*.", "the domain is missing"),
            ("**", "a * stands alone, or as *. in front of a domain"),
            (
                "*contoso.com",
                "a * stands alone, or as *. in front of a domain",
            ),
            ("a.*.com", "a * stands alone, or as *. in front of a domain"),
            ("*.192.0.2.1", "an address is no domain"),
            ("*.a..b", "nothing stands before the dot at byte 2"),
            (
                "sip:a@contoso.com",
                "a character at byte 3 that no domain has",
            ),
        ] {
            assert_eq!(
                DomainPattern::new(text).unwrap_err().to_string(),
                why,
                "{text}"
            );
        }
    }

    #[test]
    fn patterns_are_written_as_they_count() {
        for (text, written) in [
            ("Contoso.com.", "Contoso.com"),
            ("*.contoso.com.", "*.contoso.com"),
            ("*", "*"),
        ] {
            let pattern = DomainPattern::new(text).unwrap();
            assert_eq!(pattern.to_string(), written);
            assert_eq!(pattern, DomainPattern::new(written).unwrap());
        }
    }
}
