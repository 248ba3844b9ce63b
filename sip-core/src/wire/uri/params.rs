//! Parameters and headers of URIs: `;name=value` and `?name=value&name=value`.

use core::fmt;

use super::escape::{same_ignoring_case, unescape};

/// A URI parameter, or a header of a URI, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UriParam<'a> {
    /// The name, with its escapes.
    pub name: &'a str,
    /// What follows the equals sign, with its escapes; colons and further equals signs belong to it.
    pub value: Option<&'a str>,
}

impl UriParam<'_> {
    /// Whether the parameter is called `name`, in any case and however it is escaped.
    pub fn is(&self, name: &str) -> bool {
        same_ignoring_case(unescape(self.name), unescape(name))
    }
}

/// The parameters or headers of a URI, in their order.
///
/// An iterator; copies are cheap.
#[derive(Clone, Copy)]
pub struct UriParams<'a> {
    rest: &'a str,
    separator: u8,
}

/// As they stand in the URI, without what separates them from it.
impl fmt::Debug for UriParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rest)
    }
}

impl<'a> UriParams<'a> {
    /// `raw` is empty or starts with a separator (`?` before the first header).
    pub(super) fn new(raw: &'a str, separator: u8) -> Self {
        Self {
            rest: raw.get(1..).unwrap_or(""),
            separator,
        }
    }

    /// The first one called `name`, in any case.
    pub fn get(mut self, name: &str) -> Option<UriParam<'a>> {
        self.find(|param| param.is(name))
    }

    /// Whether there is one called `name`, with or without a value.
    pub fn contains(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value of the first one called `name`, if it has one.
    pub fn value(self, name: &str) -> Option<&'a str> {
        self.get(name)?.value
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for UriParams<'a> {
    type Item = UriParam<'a>;

    fn next(&mut self) -> Option<UriParam<'a>> {
        while !self.rest.is_empty() {
            let (param, rest) = self
                .rest
                .split_once(char::from(self.separator))
                .unwrap_or((self.rest, ""));
            self.rest = rest;
            // Surplus separators are skipped.
            if !param.is_empty() {
                return Some(match param.split_once('=') {
                    Some((name, value)) => UriParam {
                        name,
                        value: Some(value),
                    },
                    None => UriParam {
                        name: param,
                        value: None,
                    },
                });
            }
        }
        None
    }
}
