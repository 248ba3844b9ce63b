//! Where a policy applies.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// Where a plan or policy applies: the `Identity` of the cmdlets, and its text form.
///
/// Read in any case, as the cmdlets write it, with or without `service:` before it: `Global`, `Site:Munich`,
/// `Registrar:pool01.example.com`, `PstnGateway:gw01.example.com`, `Tag:Sales`; a name alone is a tag.
///
/// ```
/// use trunkline_e164::config::Scope;
///
/// let scope: Scope = "Service:PSTNGateway:gw01.example.com".parse()?;
/// assert_eq!(scope, Scope::PstnGateway("gw01.example.com".into()));
/// assert_eq!(scope.to_string(), "PstnGateway:gw01.example.com");
/// assert_eq!("Sales".parse(), Ok(Scope::Tag("Sales".into())));
/// # Ok::<(), trunkline_e164::config::ScopeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[non_exhaustive]
pub enum Scope {
    /// Everywhere where nothing narrower applies.
    #[default]
    Global,
    /// The users and trunks of a site.
    Site(String),
    /// The users of a pool.
    Registrar(String),
    /// The calls from and to a gateway.
    PstnGateway(String),
    /// Those to whom it is granted by this name.
    Tag(String),
}

impl Scope {
    /// The name of the site, pool, gateway or tag; the empty one for [`Global`](Self::Global).
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Global => "",
            Self::Site(name)
            | Self::Registrar(name)
            | Self::PstnGateway(name)
            | Self::Tag(name) => name,
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        fn prefixed<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
            let (begin, rest) = text.split_at_checked(prefix.len())?;
            begin.eq_ignore_ascii_case(prefix).then_some(rest)
        }
        let text = text.trim();
        if text.eq_ignore_ascii_case("global") {
            return Ok(Self::Global);
        }
        let service = prefixed(text, "service:");
        let text = service.unwrap_or(text).trim_start();
        type Kind = (&'static str, fn(String) -> Scope);
        let kinds: [Kind; 5] = [
            ("site:", Self::Site),
            ("registrar:", Self::Registrar),
            ("pstngateway:", Self::PstnGateway),
            ("tag:", Self::Tag),
            // a name alone
            ("", Self::Tag),
        ];
        let known = kinds
            .iter()
            .find_map(|(prefix, kind)| Some((prefixed(text, prefix)?, kind)));
        let (name, kind) = known.ok_or(ScopeError::UnknownKind)?;
        if name.contains(':') {
            return Err(ScopeError::UnknownKind);
        }
        if name.is_empty() {
            return Err(ScopeError::NoName);
        }
        match kind(name.into()) {
            Self::Global | Self::Site(_) | Self::Tag(_) if service.is_some() => {
                Err(ScopeError::UnknownKind)
            }
            scope => Ok(scope),
        }
    }
}

/// `Global`, or the kind and the name: `Site:Munich`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Global => return f.pad("Global"),
            Self::Site(_) => "Site",
            Self::Registrar(_) => "Registrar",
            Self::PstnGateway(_) => "PstnGateway",
            Self::Tag(_) => "Tag",
        };
        write!(f, "{kind}:{}", self.name())
    }
}

/// Why a text is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// A colon, and before it none of `Site`, `Registrar`, `PstnGateway` and `Tag`.
    #[error("not a kind of scope")]
    UnknownKind,
    /// The name is missing.
    #[error("a scope without a name")]
    NoName,
}

#[cfg(feature = "serde")]
mod serde_impls {
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::{Serialize, Serializer};

    use super::Scope;
    use crate::serde_impls::Text;

    /// The text form.
    impl Serialize for Scope {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    /// The text form.
    impl<'de> Deserialize<'de> for Scope {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_str(Text::NEW)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::{Scope, ScopeError};

    #[test]
    fn identities_are_read_as_cmdlets_write_them() {
        for (text, scope, written) in [
            ("Global", Scope::Global, "Global"),
            (
                "site:Redmond",
                Scope::Site("Redmond".into()),
                "Site:Redmond",
            ),
            (
                "service:Registrar:atl-cs-001.litwareinc.com",
                Scope::Registrar("atl-cs-001.litwareinc.com".into()),
                "Registrar:atl-cs-001.litwareinc.com",
            ),
            (
                "PstnGateway:192.168.0.240",
                Scope::PstnGateway("192.168.0.240".into()),
                "PstnGateway:192.168.0.240",
            ),
            ("Tag:Sales", Scope::Tag("Sales".into()), "Tag:Sales"),
            (
                "RedmondDialPlan",
                Scope::Tag("RedmondDialPlan".into()),
                "Tag:RedmondDialPlan",
            ),
        ] {
            assert_eq!(text.parse(), Ok(scope.clone()), "{text}");
            assert_eq!(scope.to_string(), written);
            assert_eq!(written.parse(), Ok(scope));
        }
        for (text, error) in [
            ("", ScopeError::NoName),
            ("site:", ScopeError::NoName),
            ("service:site:x", ScopeError::UnknownKind),
            ("service:x", ScopeError::UnknownKind),
            ("sites:x", ScopeError::UnknownKind),
            ("service:service:registrar:x", ScopeError::UnknownKind),
        ] {
            assert_eq!(text.parse::<Scope>(), Err(error), "{text}");
        }
        // one level, however many there are
        let many = "service:".repeat(1 << 20);
        assert_eq!(many.parse::<Scope>(), Err(ScopeError::UnknownKind));
    }
}
