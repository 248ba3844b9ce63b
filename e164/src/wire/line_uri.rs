//! What a line is called in a directory.

#[cfg(test)]
mod tests;

use core::fmt;
use core::str::FromStr;

use super::{DialString, Extension, Number, TelUri, TelUriError};

/// The line URI of a user, as Lync and Skype for Business have it in their directory:
/// `tel:+4989840798;ext=118`.
///
/// Sixteen octets, `Copy`, ordered by number and then by extension. Several users may have lines with the same
/// number and different extensions, but no two the same line: see `Directory`.
///
/// ```
/// use trunkline_e164::LineUri;
///
/// let line = LineUri::parse("tel:+4989840798;ext=118")?;
/// assert_eq!(line.number.to_string(), "+4989840798");
/// assert_eq!(line.to_string(), "tel:+4989840798;ext=118");
/// assert_eq!(LineUri::parse("TEL:+49-89-840798;EXT=1-18"), Ok(line));
/// # Ok::<(), trunkline_e164::LineUriError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineUri {
    /// The number.
    pub number: Number,
    /// The extension behind it.
    pub extension: Option<Extension>,
}

/// Why a text is no [`LineUri`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineUriError {
    /// It is no tel URI.
    #[error(transparent)]
    TelUri(#[from] TelUriError),
    /// The number is no E.164 number.
    #[error(
        "the number of a line begins with a plus sign and a country calling code, and has 15 digits at most"
    )]
    Number,
    /// The extension has more digits than [`Extension::MAX_DIGITS`].
    #[error("the extension is too long")]
    Extension,
    /// There are parameters other than `ext`.
    #[error("a line has no parameter but ext")]
    Parameter,
}

impl LineUri {
    /// The line with this number and no extension.
    #[must_use]
    pub const fn new(number: Number) -> Self {
        Self {
            number,
            extension: None,
        }
    }

    /// Reads a line URI; visual separators in number and extension are left out.
    ///
    /// # Errors
    ///
    /// Any [`LineUriError`].
    pub fn parse(text: &str) -> Result<Self, LineUriError> {
        Self::try_from(&TelUri::parse(text)?)
    }
}

/// A tel URI with a global number of no more than 15 digits and no parameter but `ext`.
impl TryFrom<&TelUri<'_>> for LineUri {
    type Error = LineUriError;

    fn try_from(uri: &TelUri<'_>) -> Result<Self, LineUriError> {
        if uri
            .params()
            .any(|param| !param.name.eq_ignore_ascii_case("ext"))
        {
            return Err(LineUriError::Parameter);
        }
        let number = uri.e164().ok_or(LineUriError::Number)?;
        let extension = uri.extension().map(Extension::parse).transpose();
        Ok(Self {
            number,
            extension: extension.map_err(|_| LineUriError::Extension)?,
        })
    }
}

/// What was dialled, or what a plan has made of it: `+4989840798` with the extension 118.
impl TryFrom<&DialString> for LineUri {
    type Error = LineUriError;

    fn try_from(dialled: &DialString) -> Result<Self, LineUriError> {
        let number = Number::parse(dialled.as_str());
        let extension = dialled.extension().map(Extension::parse).transpose();
        Ok(Self {
            number: number.map_err(|_| LineUriError::Number)?,
            extension: extension.map_err(|_| LineUriError::Extension)?,
        })
    }
}

impl From<Number> for LineUri {
    fn from(number: Number) -> Self {
        Self::new(number)
    }
}

impl FromStr for LineUri {
    type Err = LineUriError;

    fn from_str(text: &str) -> Result<Self, LineUriError> {
        Self::parse(text)
    }
}

impl fmt::Display for LineUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tel:{}", self.number)?;
        match self.extension {
            Some(extension) => write!(f, ";ext={extension}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for LineUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LineUri({self})")
    }
}
