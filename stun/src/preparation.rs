//! How names and passwords are prepared (RFC 8489 sections 9.1.1 and 9.2.2).

use std::borrow::Cow;

use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::Profile as _;

/// A text cannot be a name, a realm or a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the text is empty, or has characters that the profile OpaqueString does not allow")]
pub struct NotOpaqueString;

/// Prepares a user name, a realm or a password by the profile OpaqueString (RFC 8265 section 4.2), as
/// RFC 8489 wants them: what is typed in different ways becomes the same octets. Needs the feature
/// `precis`.
///
/// ```
/// use trunkline_stun::{Key, opaque_string};
///
/// // An accent that is a character of its own, and one that is not.
/// assert_eq!(opaque_string("cafe\u{301}")?, opaque_string("caf\u{e9}")?);
/// let password = opaque_string("The\u{a0}M\u{aa}tr\u{2168}")?;
/// assert_eq!(password, "The M\u{aa}tr\u{2168}");
/// let key = Key::short_term(password.as_bytes());
/// # drop(key);
/// # Ok::<(), trunkline_stun::NotOpaqueString>(())
/// ```
///
/// # Errors
///
/// [`NotOpaqueString`].
pub fn opaque_string(text: &str) -> Result<Cow<'_, str>, NotOpaqueString> {
    OpaqueString::new()
        .enforce(text)
        .map_err(|_| NotOpaqueString)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8265 section 4.3, table 4.
    #[test]
    fn the_examples_of_the_rfc() {
        for text in [
            "correct horse battery staple",
            "Correct Horse Battery Staple",
            "\u{3c0}\u{df}\u{e5}",
            "Jack of \u{2666}s",
        ] {
            assert_eq!(opaque_string(text), Ok(Cow::Borrowed(text)));
        }
        let spaced = "foo\u{1680}bar";
        assert_eq!(opaque_string(spaced), Ok(Cow::Borrowed("foo bar")));
        for text in ["", "my cat is a \u{9}by"] {
            assert_eq!(opaque_string(text), Err(NotOpaqueString));
        }
    }

    /// RFC 8489 appendix B.1: this name becomes that of the sample request.
    #[test]
    fn the_name_of_the_sample_request() {
        let typed = "\u{30de}\u{30c8}\u{30ea}\u{30c3}\u{30af}\u{30b9}";
        assert_eq!(opaque_string(typed), Ok(Cow::Borrowed(typed)));
    }
}
