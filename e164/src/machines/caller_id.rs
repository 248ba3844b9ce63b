//! Which number the called party is shown.

use crate::{DialString, DialStringError};

/// The caller ID of a route (`New-CsVoiceRoute -SuppressCallerId -AlternateCallerId`).
///
/// This is the user-provided number, which goes into From. The network's own number in
/// P-Asserted-Identity is not touched by it.
///
/// ```
/// use trunkline_e164::{CallerId, DialString};
///
/// let caller = DialString::parse("+4989840798;ext=118")?;
/// let shown = CallerId::new(true, Some("+4989123456"))?;
/// assert_eq!(shown.present(&caller).as_str(), "+4989123456");
/// assert_eq!(CallerId::USER_PROVIDED.present(&caller), &caller);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallerId {
    alternate: Option<DialString>,
}

impl CallerId {
    /// The caller's own number is shown.
    pub const USER_PROVIDED: Self = Self { alternate: None };

    /// With `suppress` the alternate number is shown instead of the caller's: digits of which the
    /// first is not 0, with or without `+`, with or without `;ext=` and an extension that does not
    /// begin with 0. Without `suppress` the alternate is ignored.
    ///
    /// # Errors
    ///
    /// [`CallerIdError`] when `suppress` comes without an alternate number, or with one of another form.
    pub fn new(suppress: bool, alternate: Option<&str>) -> Result<Self, CallerIdError> {
        if !suppress {
            return Ok(Self::USER_PROVIDED);
        }
        let alternate = alternate.ok_or(CallerIdError::NoAlternate)?;
        let (number, extension) = match alternate.split_once(";ext=") {
            Some((number, extension)) => (number, Some(extension)),
            None => (alternate, None),
        };
        let digits = number.strip_prefix('+').unwrap_or(number);
        if !is_plain(digits) || extension.is_some_and(|digits| !is_plain(digits)) {
            return Err(CallerIdError::Malformed);
        }
        Ok(Self {
            alternate: Some(DialString::parse(alternate)?),
        })
    }

    /// The number to show for a call of `caller`.
    #[must_use]
    pub fn present<'n>(&'n self, caller: &'n DialString) -> &'n DialString {
        self.alternate.as_ref().unwrap_or(caller)
    }

    /// The alternate number, when the caller's own is suppressed.
    #[must_use]
    pub fn alternate(&self) -> Option<&DialString> {
        self.alternate.as_ref()
    }
}

/// Digits, at least one, the first of them not 0.
fn is_plain(digits: &str) -> bool {
    !digits.starts_with('0') && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Why a caller ID was refused. It has to be mended by whoever configured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallerIdError {
    /// The caller's number is to be suppressed, and there is none to show instead.
    #[error("no alternate number to show")]
    NoAlternate,
    /// The alternate is not of the form `+4989123456;ext=118`, `+` and extension being optional.
    #[error("the alternate number is malformed")]
    Malformed,
    /// The alternate is too long.
    #[error(transparent)]
    DialString(#[from] DialStringError),
}

#[cfg(test)]
mod tests {
    use super::{CallerId, CallerIdError};
    use crate::{DialString, DialStringFault};

    /// P000-39: the alternate is shown when the caller's number is suppressed, and only then.
    #[test]
    fn p000_39_an_alternate_replaces_a_suppressed_number() {
        let caller = DialString::parse("+4989840798").expect("a number");
        for text in ["+4989123456", "4989123456", "1", "+4989123456;ext=118"] {
            let shown = CallerId::new(true, Some(text)).expect(text);
            assert_eq!(
                shown.present(&caller),
                &DialString::parse(text).expect(text)
            );
            assert_eq!(
                shown.alternate().map(DialString::extension),
                Some(text.strip_prefix("+4989123456;ext="))
            );
        }
        for alternate in [None, Some("+4989123456"), Some("not even a number")] {
            let shown = CallerId::new(false, alternate).expect("ignored");
            assert_eq!(shown.present(&caller), &caller);
            assert_eq!(shown, CallerId::default());
        }
    }

    /// P000-39: `(\+)?[1-9]\d*(;ext=[1-9]\d*)?`.
    #[test]
    fn p000_39_alternates_have_to_be_well_formed() {
        assert_eq!(CallerId::new(true, None), Err(CallerIdError::NoAlternate));
        for text in [
            "",
            "+",
            "0891",
            "+0891",
            "++49",
            "+49 89",
            "49a",
            "+49;ext=",
            "+49;ext=0",
            "+49;ext=1;ext=2",
            "+49;isub=1",
            ";ext=1",
            "+49\u{661}",
        ] {
            assert_eq!(
                CallerId::new(true, Some(text)),
                Err(CallerIdError::Malformed),
                "{text}"
            );
        }
        let long = CallerId::new(true, Some(&"1".repeat(65)));
        assert!(
            matches!(long, Err(CallerIdError::DialString(error)) if error.fault == DialStringFault::TooLong)
        );
    }
}
