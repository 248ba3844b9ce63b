//! Request methods (RFC 3261 section 7.1).

use core::fmt;

use super::grammar::is_token;

macro_rules! methods {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// A request method. Methods are case-sensitive (RFC 3261 section 7.1).
        ///
        /// Build one from text with [`Method::new`], which never leaves a known method in
        /// [`Method::Other`]; derived equality relies on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Method<'a> {
            $(
                #[doc = $doc]
                $variant,
            )*
            /// Any other method, as spelled by its source.
            Other(&'a str),
        }

        impl<'a> Method<'a> {
            /// The method spelled `name`.
            ///
            /// Never fails: what is not a token becomes an `Other` that no message has and no writer
            /// accepts.
            pub fn new(name: &'a str) -> Self {
                Self::find(name.as_bytes()).unwrap_or(Self::Other(name))
            }

            /// The method spelled `name`, if it has a variant.
            pub(crate) fn find(name: &[u8]) -> Option<Method<'static>> {
                $(if name == $name.as_bytes() {
                    return Some(Method::$variant);
                })*
                None
            }

            /// The method as it stands in a request line.
            pub const fn as_str(self) -> &'a str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

methods! {
    Invite = "INVITE", "`INVITE`, RFC 3261";
    Ack = "ACK", "`ACK`, RFC 3261";
    Bye = "BYE", "`BYE`, RFC 3261";
    Cancel = "CANCEL", "`CANCEL`, RFC 3261";
    Options = "OPTIONS", "`OPTIONS`, RFC 3261";
    Register = "REGISTER", "`REGISTER`, RFC 3261";
    Prack = "PRACK", "`PRACK`, RFC 3262";
    Update = "UPDATE", "`UPDATE`, RFC 3311";
    Info = "INFO", "`INFO`, RFC 6086";
    Subscribe = "SUBSCRIBE", "`SUBSCRIBE`, RFC 6665";
    Notify = "NOTIFY", "`NOTIFY`, RFC 6665";
    Refer = "REFER", "`REFER`, RFC 3515";
    Message = "MESSAGE", "`MESSAGE`, RFC 3428";
    Publish = "PUBLISH", "`PUBLISH`, RFC 3903";
}

impl Method<'_> {
    /// The method without borrowed text; `None` for [`Method::Other`].
    pub fn known(self) -> Option<Method<'static>> {
        Self::find(self.as_str().as_bytes())
    }

    /// Whether the method is written with the characters of a token, as a request line needs it.
    pub fn is_valid(self) -> bool {
        match self {
            Self::Other(name) => is_token(name.as_bytes()),
            _ => true,
        }
    }
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> From<&'a str> for Method<'a> {
    fn from(name: &'a str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_case_sensitive() {
        assert_eq!(Method::new("INVITE"), Method::Invite);
        assert_eq!(Method::new("invite"), Method::Other("invite"));
        assert_eq!(Method::new("RE%47IST%45R"), Method::Other("RE%47IST%45R"));
        assert_eq!(Method::new("PRACK").as_str(), "PRACK");
        assert_eq!(Method::Publish.known(), Some(Method::Publish));
        assert!(!Method::Other("A B").is_valid());
    }
}
