//! Where a request is to go.

use thiserror::Error;
use trunkline_sip_core::uri::Uri;

use crate::{Domain, DomainError};

/// What counts of a Request-URI when a way is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target<'d> {
    /// The domain.
    pub domain: Domain<'d>,
    /// Whether its user part is a telephone number: the parameter `user=phone`.
    pub is_phone: bool,
}

/// Why a URI leads to no domain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The URI is neither sip nor sips: a telephone number has to be looked up first.
    #[error("neither a sip nor a sips URI")]
    Scheme,
    /// The host is no domain.
    #[error("the host of the URI: {0}")]
    Domain(#[from] DomainError),
}

impl<'d> Target<'d> {
    /// A domain, for a user who is no telephone number.
    #[must_use]
    pub const fn new(domain: Domain<'d>) -> Self {
        let is_phone = false;
        Self { domain, is_phone }
    }

    /// What a URI says.
    ///
    /// ```
    /// use trunkline_msfed::{Target, sip_core::uri::Uri};
    ///
    /// let target = Target::of_uri(&Uri::parse("sip:+49891234567@contoso.com;user=phone")?)?;
    /// assert_eq!((target.domain.as_str(), target.is_phone), ("contoso.com", true));
    /// assert!(Target::of_uri(&Uri::parse("sip:alice@192.0.2.1")?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`TargetError`].
    pub fn of_uri(uri: &Uri<'d>) -> Result<Self, TargetError> {
        let Uri::Sip(uri) = uri else {
            return Err(TargetError::Scheme);
        };
        let name = uri.host().name().ok_or(DomainError::Address)?;
        Ok(Self {
            domain: Domain::parse(name)?,
            is_phone: uri.is_phone(),
        })
    }
}

impl<'d> From<Domain<'d>> for Target<'d> {
    fn from(domain: Domain<'d>) -> Self {
        Self::new(domain)
    }
}
