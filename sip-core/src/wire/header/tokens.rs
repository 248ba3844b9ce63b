//! Headers that are a token, or a list of them, some with parameters (RFC 3261 section 20, and the RFCs that
//! each names).

use super::{CallId, Header, ValueError, display_as_encoded, header_by_read};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Cursor, TOKEN, is, is_token, text};
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

fn token<'a>(name: HeaderName<'static>, value: &'a [u8]) -> Result<&'a str, HeaderError> {
    if is_token(value) {
        return Ok(text(value));
    }
    let offset = value.iter().position(|&byte| !is(byte, TOKEN)).unwrap_or(0);
    Err(HeaderError::Syntax { name, offset })
}

/// Allow: a method that the sender supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allow<'a>(
    /// The method.
    pub Method<'a>,
);

impl<'a> Header<'a> for Allow<'a> {
    const NAME: HeaderName<'static> = HeaderName::Allow;
    const LIST: bool = true;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        token(Self::NAME, value).map(|name| Self(Method::new(name)))
    }
}

impl Encode for Allow<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.0.as_str());
    }
}

display_as_encoded!(Allow<'_>);

macro_rules! tokens {
    (@same any_case, $left:expr, $right:expr) => { $left.eq_ignore_ascii_case($right) };
    (@same exact, $left:expr, $right:expr) => { $left == $right };
    (@list list) => { true };
    (@list single) => { false };
    ($($type:ident, $list:ident, $case:ident, $doc:literal, $what:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug)]
            pub struct $type<'a>(
                #[doc = $what]
                pub &'a str,
            );

            impl PartialEq for $type<'_> {
                fn eq(&self, other: &$type<'_>) -> bool {
                    tokens!(@same $case, self.0, other.0)
                }
            }

            impl Eq for $type<'_> {}

            impl<'a> Header<'a> for $type<'a> {
                const NAME: HeaderName<'static> = HeaderName::$type;
                const LIST: bool = tokens!(@list $list);

                fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
                    token(Self::NAME, value).map(Self)
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    out.token(self.0);
                }
            }

            display_as_encoded!($type<'_>);
        )*
    };
}

tokens! {
    Supported, list, any_case, "Supported: an extension that the sender supports.",
        "The option tag; compares without regard to case.";
    Require, list, any_case, "Require: an extension that the receiver has to support.",
        "The option tag; compares without regard to case.";
    ProxyRequire, list, any_case, "Proxy-Require: an extension that proxies have to support.",
        "The option tag; compares without regard to case.";
    Unsupported, list, any_case,
        "Unsupported: a required extension that the sender of a 420 does not support.",
        "The option tag; compares without regard to case.";
    AllowEvents, list, exact, "Allow-Events: an event package that the sender supports (RFC 6665).",
        "The package with its templates; case-sensitive.";
    ContentEncoding, list, any_case, "Content-Encoding: a coding that was applied to the body.",
        "The coding, such as `gzip`; compares without regard to case.";
    ContentLanguage, list, any_case, "Content-Language: a language of the body.",
        "The language tag; compares without regard to case.";
    ContentTransferEncoding, single, any_case,
        "Content-Transfer-Encoding: how the body, or a part of it, is made fit for lines of text (RFC 2045 section 6).",
        "`binary`, `8bit`, `7bit`, `base64`, `quoted-printable` or others; compares without regard to case.";
    GeolocationRouting, single, any_case,
        "Geolocation-Routing: whether proxies may route by the location (RFC 6442 section 4.2); `no` where it is missing.",
        "`yes`, `no` or others; compares without regard to case.";
    MimeVersion, single, exact, "MIME-Version: the version of MIME that the body is made by.",
        "The version, `1.0`.";
    PEarlyMedia, list, any_case,
        "P-Early-Media: a direction that early media may take, or that it is supported (RFC 5009).",
        "`sendrecv`, `sendonly`, `recvonly`, `inactive`, `gated`, `supported`; compares without regard to case.";
    Priority, single, any_case, "Priority: how urgent the call is.",
        "`emergency`, `urgent`, `normal`, `non-urgent` or others; compares without regard to case.";
    RequestDisposition, list, any_case,
        "Request-Disposition: how proxies and servers are to treat the request (RFC 3841).",
        "A directive, such as `no-fork` or `parallel`; compares without regard to case.";
    SipEtag, single, exact, "SIP-ETag: the version of what was published (RFC 3903).",
        "The entity tag; case-sensitive.";
    SipIfMatch, single, exact, "SIP-If-Match: which version a PUBLISH refers to (RFC 3903).",
        "The entity tag; case-sensitive.";
    SuppressIfMatch, single, exact,
        "Suppress-If-Match: the version of which a subscriber needs no notification (RFC 5839).",
        "The entity tag, or `*` for any; case-sensitive.";
}

/// In-Reply-To: the Call-ID of a call that this one answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InReplyTo<'a>(
    /// The Call-ID.
    pub CallId<'a>,
);

impl<'a> Header<'a> for InReplyTo<'a> {
    const NAME: HeaderName<'static> = HeaderName::InReplyTo;
    const LIST: bool = true;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        match CallId::parse(value) {
            Ok(call_id) => Ok(Self(call_id)),
            Err(error) => Err(ValueError::Syntax(error.offset().unwrap_or(0)).named(Self::NAME)),
        }
    }
}

impl Encode for InReplyTo<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.0.encode(out);
    }
}

display_as_encoded!(InReplyTo<'_>);

macro_rules! packages {
    ($($type:ident $(, $list:ident)?: $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a> {
                /// The Info Package; case-sensitive.
                pub package: &'a str,
                /// The parameters.
                pub params: Params<'a>,
            }

            impl<'a> $type<'a> {
                /// A package without parameters.
                pub const fn new(package: &'a str) -> Self {
                    Self { package, params: Params::EMPTY }
                }

                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    let mut cursor = Cursor::new(value);
                    let package = cursor.token()?;
                    let params = Params::read(&mut cursor, |_| Ok(()))?;
                    cursor.finish()?;
                    Ok(Self { package, params })
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    out.token(self.package);
                    self.params.encode(out);
                }
            }

            header_by_read!($type<'a> $(, $list)?);
        )*
    };
}

packages! {
    InfoPackage: "Info-Package: which package an INFO belongs to (RFC 6086).";
    RecvInfo, list: "Recv-Info: a package that the sender takes INFO requests for (RFC 6086).";
}
