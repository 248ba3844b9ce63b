//! The parts of a number, and the forms in which it is written.

#[cfg(test)]
mod tests;

use core::fmt;

use super::area_code::german_code_len;
use super::{CountryCode, LongNumber};

/// The parts of an international number (ITU-T E.164 section 6.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NumberParts<'a> {
    /// The country calling code.
    pub country_code: CountryCode,
    /// The national (significant) number: everything behind the country calling code.
    pub national: &'a str,
    /// The national destination code, where it is known: for Germany the area code, that of a mobile network, or that
    /// of a service (`800`), without the national prefix. `None` for all other countries.
    pub area_code: Option<&'a str>,
    /// What follows the area code, or the national number where that is not known.
    pub subscriber: &'a str,
}

impl<'a> NumberParts<'a> {
    /// The parts of the digits of a number, without `+`; `None` when no code in use stands at their beginning.
    pub(super) fn of_digits(digits: &'a str) -> Option<Self> {
        let country_code = CountryCode::of_digits(digits)?;
        let national = digits.get(country_code.len()..)?;
        let code = match country_code {
            CountryCode::GERMANY => german_code_len(national),
            _ => None,
        };
        let split = code.and_then(|len| national.split_at_checked(len));
        let (area_code, subscriber) = split.unzip();
        // a code alone is no number of somebody
        let area_code = area_code.filter(|_| subscriber != Some(""));
        Some(Self {
            country_code,
            national,
            area_code,
            subscriber: match area_code {
                Some(_) => subscriber.unwrap_or_default(),
                None => national,
            },
        })
    }
}

/// In which form a number is written.
///
/// Groups are those that this crate knows: German area codes and country calling codes. Other groups are a matter of
/// taste in each country, and are not made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum NumberFormat {
    /// `+4989840798`, as trunks take it.
    E164,
    /// `+49 89 840798`, the international notation of ITU-T E.123 with the groups that are known.
    International,
    /// What is dialled within the country: `089 840798`. National prefix and national number; where there is no
    /// country, as [`NumberFormat::E164`].
    National,
    /// `tel:+49-89-840798` (RFC 3966).
    Rfc3966,
}

/// A number in one of its forms: displays as that.
///
/// ```
/// use trunkline_e164::{Number, NumberFormat};
///
/// let number = Number::parse("+493320312345")?;
/// assert_eq!(number.format(NumberFormat::International).to_string(), "+49 33203 12345");
/// assert_eq!(number.format(NumberFormat::National).to_string(), "033203 12345");
/// assert_eq!(number.format(NumberFormat::Rfc3966).to_string(), "tel:+49-33203-12345");
/// // without a table of area codes the national number stays in one piece
/// let vienna = Number::parse("+431234567")?;
/// assert_eq!(vienna.format(NumberFormat::International).to_string(), "+43 1234567");
/// assert_eq!(vienna.format(NumberFormat::National).to_string(), "01234567");
/// # Ok::<(), trunkline_e164::NumberError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FormattedNumber {
    number: LongNumber,
    format: NumberFormat,
}

impl FormattedNumber {
    pub(super) const fn new(number: LongNumber, format: NumberFormat) -> Self {
        Self { number, format }
    }
}

impl fmt::Display for FormattedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.number.parts();
        let (parts, separator) = match (self.format, parts) {
            (NumberFormat::E164, _)
            | (NumberFormat::National | NumberFormat::International, None) => {
                return f.write_str(&self.number);
            }
            (NumberFormat::Rfc3966, None) => return write!(f, "tel:{}", self.number),
            (NumberFormat::Rfc3966, Some(parts)) => (parts, '-'),
            (NumberFormat::National | NumberFormat::International, Some(parts)) => (parts, ' '),
        };
        match self.format {
            NumberFormat::Rfc3966 => write!(f, "tel:+{}-", parts.country_code)?,
            NumberFormat::National => {
                f.write_str(parts.country_code.national_prefix().unwrap_or_default())?;
            }
            _ => write!(f, "+{} ", parts.country_code)?,
        }
        if let Some(area_code) = parts.area_code {
            write!(f, "{area_code}{separator}")?;
        }
        f.write_str(parts.subscriber)
    }
}
