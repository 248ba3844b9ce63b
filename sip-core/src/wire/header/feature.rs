//! Feature parameters (RFC 3840 section 9): what a user agent can do, in Contact, Accept-Contact, Reject-Contact
//! and Feature-Caps.

use core::fmt;

use crate::wire::grammar::{TOKEN, VALUE, all, is, trim};
use crate::wire::params::{Param, ParamValue, Params};

/// The tags without a plus in front.
const BASE_TAGS: [&str; 20] = [
    "audio",
    "automata",
    "class",
    "duplex",
    "data",
    "control",
    "mobility",
    "description",
    "events",
    "priority",
    "methods",
    "schemes",
    "application",
    "video",
    "language",
    "type",
    "isfocus",
    "actor",
    "text",
    "extensions",
];

/// How many features of one side, and values of one feature, are compared with those of the other: what a peer makes
/// longer costs no more. RFC 3840 knows 20 features, and 14 methods are the longest list in use.
pub(super) const MOST: usize = 64;

/// A feature: a tag, and what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature<'a> {
    /// The tag as written, `video` or `+sip.instance`; compares without regard to case.
    pub tag: &'a str,
    /// What it is said to be.
    pub value: FeatureValue<'a>,
}

/// What a feature is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureValue<'a> {
    /// The tag alone: true.
    Present,
    /// A string, written in angle brackets; compares octet by octet.
    Text(&'a str),
    /// One of several values.
    OneOf(FeatureTerms<'a>),
}

/// The values that a feature may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureTerms<'a>(&'a str);

/// One value that a feature may have, or all but one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureTerm<'a> {
    /// Whether the value is the one that the feature does not have, `!`.
    pub negated: bool,
    /// The value.
    pub value: TermValue<'a>,
}

/// A value of a feature.
#[derive(Clone, Copy, Debug)]
pub enum TermValue<'a> {
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// A word; compares without regard to case.
    Word(&'a str),
    /// The numbers from the first to the second, both included; without one of them, all on that side: `#5`,
    /// `#>=5`, `#<=5`, `#1:5`.
    Range(Option<FeatureNumber>, Option<FeatureNumber>),
}

impl PartialEq for TermValue<'_> {
    fn eq(&self, other: &TermValue<'_>) -> bool {
        match (self, other) {
            (Self::Boolean(left), TermValue::Boolean(right)) => left == right,
            (Self::Word(left), TermValue::Word(right)) => left.eq_ignore_ascii_case(right),
            (Self::Range(low, high), TermValue::Range(other_low, other_high)) => {
                low == other_low && high == other_high
            }
            _ => false,
        }
    }
}

impl Eq for TermValue<'_> {}

/// A number with up to six decimals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureNumber(i64);

impl FeatureNumber {
    /// A number of millionths.
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The number in millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', ..] => (true, text.get(1..)?),
            [b'+', ..] => (false, text.get(1..)?),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > 6 {
            return None;
        }
        let mut millionths = whole.parse::<i64>().ok()?.checked_mul(1_000_000)?;
        let mut scale = 100_000;
        for digit in fraction.bytes() {
            millionths = millionths.checked_add(i64::from(digit - b'0') * scale)?;
            scale /= 10;
        }
        Some(Self(if negative { -millionths } else { millionths }))
    }
}

impl fmt::Debug for FeatureNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/1000000", self.0)
    }
}

impl<'a> Feature<'a> {
    /// The feature that a parameter tells of. `None` where it is none, or its value breaks the grammar.
    pub fn of(param: &Param<'a>) -> Option<Self> {
        let is_tag = param.name.starts_with('+') || BASE_TAGS.iter().any(|tag| param.is(tag));
        if !is_tag {
            return None;
        }
        let value = match param.value {
            None => FeatureValue::Present,
            Some(ParamValue::Token(_)) => return None,
            Some(ParamValue::Quoted(string)) => {
                let text = string.as_str()?;
                match text.strip_prefix('<') {
                    Some(text) => FeatureValue::Text(text.strip_suffix('>')?),
                    None => FeatureValue::OneOf(FeatureTerms::parse(text)?),
                }
            }
        };
        Some(Self {
            tag: param.name,
            value,
        })
    }

    /// Whether it may be true of one user agent that this feature and that one are as said: whether their
    /// values overlap (RFC 3841 section 7.2.4, by the rules of RFC 2533). Tags are not compared, nor more than 64
    /// values.
    pub fn overlaps(&self, other: &Feature<'_>) -> bool {
        let yes = FeatureTerms("TRUE");
        let (left, right) = match (self.value, other.value) {
            (FeatureValue::Text(left), FeatureValue::Text(right)) => return left == right,
            (FeatureValue::Text(_), _) | (_, FeatureValue::Text(_)) => return false,
            (left, right) => (left.terms().unwrap_or(yes), right.terms().unwrap_or(yes)),
        };
        let mut left = left.iter().take(MOST);
        left.any(|left| right.iter().take(MOST).any(|right| left.overlaps(&right)))
    }

    /// Whether both have the same tag.
    pub fn is_about(&self, other: &Feature<'_>) -> bool {
        self.tag.eq_ignore_ascii_case(other.tag)
    }
}

impl<'a> FeatureValue<'a> {
    const fn terms(self) -> Option<FeatureTerms<'a>> {
        match self {
            Self::OneOf(terms) => Some(terms),
            _ => None,
        }
    }
}

impl<'a> FeatureTerms<'a> {
    fn parse(list: &'a str) -> Option<Self> {
        let sound = list
            .split(',')
            .all(|term| FeatureTerm::parse(term).is_some());
        sound.then_some(Self(list))
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = FeatureTerm<'a>> + use<'a> {
        self.0.split(',').filter_map(FeatureTerm::parse)
    }
}

impl<'a> FeatureTerm<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = core::str::from_utf8(trim(text.as_bytes()).0).ok()?;
        let (negated, text) = match text.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let value = match text.strip_prefix('#') {
            Some(numeric) => range(numeric)?,
            None if text.eq_ignore_ascii_case("TRUE") => TermValue::Boolean(true),
            None if text.eq_ignore_ascii_case("FALSE") => TermValue::Boolean(false),
            // Tokens by the RFC; URNs, which peers write without angle brackets, do no harm.
            None if all(text.as_bytes(), VALUE) => TermValue::Word(text),
            None => return None,
        };
        Some(Self { negated, value })
    }

    fn overlaps(&self, other: &FeatureTerm<'_>) -> bool {
        match (self.negated, other.negated) {
            (false, false) => self.value.overlaps(&other.value),
            // All but one and all but one have something in common.
            (true, true) => true,
            _ => self.value != other.value,
        }
    }
}

impl TermValue<'_> {
    fn overlaps(&self, other: &TermValue<'_>) -> bool {
        let (Self::Range(low, high), TermValue::Range(other_low, other_high)) = (self, other)
        else {
            return self == other;
        };
        let below = |low: &Option<FeatureNumber>, high: &Option<FeatureNumber>| {
            low.is_none_or(|low| high.is_none_or(|high| low <= high))
        };
        below(low, other_high) && below(other_low, high)
    }
}

fn range<'a>(numeric: &str) -> Option<TermValue<'a>> {
    let (low, high) = if let Some(number) = numeric.strip_prefix(">=") {
        (Some(FeatureNumber::parse(number)?), None)
    } else if let Some(number) = numeric.strip_prefix("<=") {
        (None, Some(FeatureNumber::parse(number)?))
    } else if let Some((low, high)) = numeric.split_once(':') {
        let (low, high) = (FeatureNumber::parse(low)?, FeatureNumber::parse(high)?);
        if low > high {
            return None;
        }
        (Some(low), Some(high))
    } else {
        let number = FeatureNumber::parse(numeric.strip_prefix('=').unwrap_or(numeric))?;
        (Some(number), Some(number))
    };
    Some(TermValue::Range(low, high))
}

/// The features among parameters; those that break the grammar are left out.
pub(super) fn features<'a>(params: &Params<'a>) -> impl Iterator<Item = Feature<'a>> + use<'a> {
    params.iter().filter_map(|param| Feature::of(&param))
}

/// Whether a feature tag of RFC 6809, which all start with a plus.
pub(super) fn is_capability(name: &str) -> bool {
    name.strip_prefix('+')
        .is_some_and(|name| name.bytes().all(|byte| is(byte, TOKEN)) && !name.is_empty())
}
