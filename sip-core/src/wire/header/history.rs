//! History-Info (RFC 7044 section 5).

use super::fields::{Field, address_header};
use super::{Header, Privacy, Reason};
use crate::wire::grammar::{Malformed, trim};
use crate::wire::params::Param;
use crate::wire::uri::{UriParam, unescape_into};
use crate::wire::write::Encoder;

/// The place of an entry in the tree of requests, such as `1.2.1`: the second request that followed from the
/// first, and the first that followed from that.
///
/// Ordered as the tree is walked, parents first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HistoryIndex<'a>(&'a str);

impl<'a> HistoryIndex<'a> {
    /// The first entry of all, `1`.
    pub const FIRST: HistoryIndex<'static> = HistoryIndex("1");

    /// Numbers separated by dots; `None` if that is not what it is.
    pub fn parse(text: &'a str) -> Option<Self> {
        let number = |digits: &str| {
            !digits.is_empty()
                && digits.bytes().all(|digit| digit.is_ascii_digit())
                && digits.parse::<u32>().is_ok()
        };
        text.split('.').all(number).then_some(Self(text))
    }

    /// As it is written.
    pub const fn as_str(&self) -> &'a str {
        self.0
    }

    /// Its numbers.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.0.split('.').map(|digits| digits.parse().unwrap_or(0))
    }

    /// Whether `other` followed from this one at once: `1.2` is the parent of `1.2.1`.
    pub fn is_parent_of(&self, other: &HistoryIndex<'_>) -> bool {
        let own = self.numbers().count();
        other.numbers().count() == own + 1 && self.numbers().eq(other.numbers().take(own))
    }
}

impl PartialOrd for HistoryIndex<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for HistoryIndex<'_> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        // The same numbers may be spelled with zeros in front, and are not equal then.
        self.numbers()
            .cmp(other.numbers())
            .then_with(|| self.0.cmp(other.0))
    }
}

impl<'a> Field<'a> for HistoryIndex<'a> {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        Self::parse(<&str>::read(param)?).ok_or(Malformed { offset: 0 })
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        self.0.write(name, out);
    }
}

address_header! {
    /// History-Info: a target that the request was for on its way here, oldest first (RFC 7044 section 5).
    ///
    /// Why the request went on from it, and that it must not be shown, stand in the headers of its URI.
    HistoryInfo<'a>, bare: false, list;
    /// Its place. Each entry has one; elements of RFC 4244 may have left it out.
    index: HistoryIndex<'a> = "index",
    /// That the Request-URI became the contact of a registered user; of the entry with this index.
    rc: HistoryIndex<'a> = "rc",
    /// That the request went to another user than that of the entry with this index.
    mp: HistoryIndex<'a> = "mp",
    /// That nothing but the Request-URI changed, from the entry with this index.
    np: HistoryIndex<'a> = "np",
}

impl<'a> HistoryInfo<'a> {
    /// A header in the URI, with its escapes.
    pub fn uri_header(&self, name: &str) -> Option<UriParam<'a>> {
        self.address.uri.as_sip()?.headers().get(name)
    }

    /// The Reason in the URI's headers: the response that made the request go on (RFC 7044 section 10.2), if
    /// there is one and it can be read. Its text is unescaped into `to`; what finds no room there is `None`,
    /// too. Of several in one Reason, the first.
    pub fn reason<'b>(&self, to: &'b mut [u8]) -> Option<Reason<'b>> {
        let value = self.unescaped("Reason", to)?;
        let (_, first) = super::Values::new(value).next()?;
        Reason::parse(first).ok()
    }

    /// Whether the headers of the URI ask for privacy, which an entry must not leave the domain with (RFC 7044
    /// section 10.1).
    pub fn is_private(&self) -> bool {
        let mut text = [0; 128];
        let Some(header) = self.uri_header("Privacy") else {
            return false;
        };
        // What is not understood is private, too.
        let value = header.value.unwrap_or_default();
        let len = unescape_into(value, &mut text).unwrap_or(0);
        let value = trim(text.get(..len).unwrap_or_default()).0;
        !Privacy::parse(value).is_ok_and(|privacy| privacy == Privacy::NONE)
    }

    fn unescaped<'b>(&self, name: &str, to: &'b mut [u8]) -> Option<&'b [u8]> {
        let value = self.uri_header(name)?.value?;
        let len = unescape_into(value, to).ok()?;
        let value = to.get(..len)?;
        Some(trim(value).0)
    }
}
