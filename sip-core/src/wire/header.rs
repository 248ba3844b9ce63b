//! Typed headers: one type per value, read when asked for, and written by [`Encode`](crate::Encode).
//!
//! A header whose values may be listed with commas is one type per *value*; [`Message::typed_all`]
//! runs over commas and repeated header fields alike.
//!
//! Where a value has parameters, those that the header is known for are fields, and all of them, the others
//! too, are in [`Params`](crate::Params). A writer takes the fields first, then those of the parameters that no
//! field stands for, so that what is read is written with every parameter that it had. What breaks the grammar is
//! refused by both: no value can end its line, or become two.
//!
//! Two names stand for something else, too. [`From`] shadows the trait of the prelude where it is imported:
//! `use trunkline_sip_core::header` and `header::From` keep both. And [`Transport`](crate::Transport) is the
//! transport as a Via or a URI writes it, any token; the one that messages really take, in a
//! [`FiveTuple`](crate::sans_io::FiveTuple), is [`sans_io::Transport`](crate::sans_io::Transport).
//!
//! # All types
//!
//! | RFC | types |
//! |---|---|
//! | 3261, dialogs and routes | [`Via`] (with RFC 3581), [`From`], [`To`], [`CallId`], [`CSeq`], [`Contact`], [`Route`], [`RecordRoute`], [`MaxForwards`], [`ReplyTo`], [`InReplyTo`] |
//! | 3261, bodies | [`ContentType`], [`ContentLength`], [`ContentDisposition`], [`ContentEncoding`], [`ContentLanguage`], [`MimeVersion`], [`Accept`], [`AcceptEncoding`], [`AcceptLanguage`] |
//! | 3261, capabilities | [`Allow`], [`Supported`], [`Require`], [`ProxyRequire`], [`Unsupported`] |
//! | 3261, information | [`AlertInfo`], [`CallInfo`], [`ErrorInfo`], [`Date`], [`Expires`], [`MinExpires`], [`Organization`], [`Priority`], [`RetryAfter`], [`Server`], [`Subject`], [`Timestamp`], [`UserAgent`], [`Warning`] |
//! | 3261, 7616, 8760: authentication | [`WwwAuthenticate`], [`Authorization`], [`AuthenticationInfo`], [`ProxyAuthenticate`], [`ProxyAuthorization`], [`ProxyAuthenticationInfo`] |
//! | 2045, 8262 | [`ContentTransferEncoding`], [`ContentId`] |
//! | 3262 | [`RAck`], [`RSeq`] |
//! | 3323 | [`Privacy`] |
//! | 3325 | [`PAssertedIdentity`], [`PPreferredIdentity`] |
//! | 3326 | [`Reason`] |
//! | 3327, 3608 | [`Path`], [`ServiceRoute`] |
//! | 3329 | [`SecurityClient`], [`SecurityServer`], [`SecurityVerify`] |
//! | 3515, 3892, 4488 | [`ReferTo`], [`ReferredBy`], [`ReferSub`] |
//! | 3840, 3841, 6809 | [`Feature`] in [`ContactAddress::features`], [`AcceptContact`], [`RejectContact`], [`RequestDisposition`], [`FeatureCaps`] |
//! | 3891, 3911, 4538 | [`Replaces`], [`Join`], [`TargetDialog`] |
//! | 3903, 5839 | [`SipEtag`], [`SipIfMatch`], [`SuppressIfMatch`] |
//! | 4028 | [`SessionExpires`], [`MinSe`] |
//! | 4412 | [`ResourcePriority`], [`AcceptResourcePriority`] |
//! | 5009 | [`PEarlyMedia`] |
//! | 5373 | [`AnswerMode`], [`PrivAnswerMode`] |
//! | 5393 | [`MaxBreadth`] |
//! | 5626, 5627 | [`FlowTimer`]; [`ContactAddress::reg_id`], [`ContactAddress::instance`], [`ContactAddress::pub_gruu`], [`ContactAddress::temp_gruu`], [`SipUri::is_outbound`](crate::uri::SipUri::is_outbound), [`SipUri::gr`](crate::uri::SipUri::gr) |
//! | 5806, 7044 | [`Diversion`], [`HistoryInfo`] |
//! | 6050 | [`PAssertedService`], [`PPreferredService`] |
//! | 6086 | [`InfoPackage`], [`RecvInfo`] |
//! | 6442 | [`Geolocation`], [`GeolocationRouting`], [`GeolocationError`] |
//! | 6665 | [`Event`], [`AllowEvents`], [`SubscriptionState`] |
//! | 7315 | [`PAccessNetworkInfo`], [`PAssociatedUri`], [`PCalledPartyId`], [`PChargingVector`], [`PChargingFunctionAddresses`], [`PVisitedNetworkId`] |
//! | 7433 | [`UserToUser`] |
//! | 7989 | [`SessionId`] |
//! | 8224, 8225 | [`Identity`], [`Passport`] |
//! | draft-ietf-sip-privacy | [`RemotePartyId`] |
//!
//! Identity-Info (RFC 4474), which RFC 8224 made obsolete, has a [`HeaderName`] and no type. It and all that is
//! not in the table are raw values, [`Message::header`].
//!
//! # A header of your own
//!
//! A type becomes a typed header by [`Header`], which reads a value, and by [`Encode`](crate::Encode), which writes
//! one. Here is `ms-diagnostics: 1003;reason="User does not exist";source="sip.contoso.com"`, of which a message
//! may have several:
//!
//! ```
//! use core::fmt;
//!
//! use trunkline_sip_core::header::{Header, ValueReader};
//! use trunkline_sip_core::{
//!     Encode, Encoder, HeaderError, HeaderName, HeaderSpan, Message, MessageWriter, ParamValue, Params,
//!     QuotedString, StatusCode,
//! };
//!
//! #[derive(Clone, Copy, Debug, PartialEq, Eq)]
//! struct MsDiagnostics<'a> {
//!     error: u32,
//!     reason: Option<QuotedString<'a>>,
//!     /// All parameters, the reason included.
//!     params: Params<'a>,
//! }
//!
//! impl<'a> Header<'a> for MsDiagnostics<'a> {
//!     const NAME: HeaderName<'static> = HeaderName::Other("ms-diagnostics");
//!     const LIST: bool = true; // values may be listed with commas; `parse` gets one at a time
//!
//!     fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
//!         let mut reader = ValueReader::of::<Self>(value);
//!         let error = reader.number()?;
//!         let mut reason = None;
//!         let params = reader.params_with(|param| match param.value {
//!             Some(ParamValue::Quoted(string)) if param.name.eq_ignore_ascii_case("reason") => {
//!                 reason = reason.or(Some(string));
//!                 true
//!             }
//!             // The grammar has a quoted string there: the value is refused.
//!             _ => !param.name.eq_ignore_ascii_case("reason"),
//!         })?;
//!         reader.finish()?;
//!         Ok(Self { error, reason, params })
//!     }
//! }
//!
//! impl Encode for MsDiagnostics<'_> {
//!     fn encode(&self, out: &mut Encoder<'_>) {
//!         self.error.encode(out);
//!         if let Some(reason) = self.reason {
//!             out.param("reason", Some(ParamValue::Quoted(reason)));
//!         }
//!         self.params.encode_except(&["reason"], out);
//!     }
//! }
//!
//! impl fmt::Display for MsDiagnostics<'_> {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         Encoder::display(self, f)
//!     }
//! }
//!
//! // It is read and written like any other.
//! let bytes = b"SIP/2.0 404 Not Found\r\n\
//!     Ms-Diagnostics: 1003; source=\"sip.contoso.com\"; reason=\"None, \\\"here\\\"\", 1004\r\n\r\n";
//! let mut index = [HeaderSpan::default(); 8];
//! let message = Message::parse(bytes, &mut index)?;
//! let all: Vec<MsDiagnostics> = message.typed_all().collect::<Result<_, _>>()?;
//! assert_eq!(all[0].reason, Some(QuotedString::new("None, \"here\"")));
//! assert_eq!(all[1].error, 1004);
//! assert_eq!(all[0].to_string(), r#"1003;reason="None, \"here\"";source="sip.contoso.com""#);
//!
//! // Errors tell where. No text ends the line.
//! let error = MsDiagnostics::parse(b"1003;reason=none").unwrap_err();
//! assert_eq!(error.to_string(), "ms-diagnostics is malformed at byte 5");
//! let mut buffer = [0; 256];
//! let evil = MsDiagnostics { reason: Some(QuotedString::new("x\r\nVia: y")), ..all[1] };
//! let written = MessageWriter::response(&mut buffer, StatusCode::NOT_FOUND, "").typed(&evil).finish();
//! assert!(written.is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! * **Reading.** [`ValueReader`] takes tokens, numbers, quoted strings, addresses and parameters, white space and
//!   folds aside, and makes the errors. Keep [`Params`](crate::Params) whole: what a later document adds to the
//!   header is then kept, too. An address alone is `ValueReader::of::<Self>(value).address(bare)`.
//! * **Writing.** [`Encoder::token`](crate::Encoder::token) and [`Encoder::param`](crate::Encoder::param) check what
//!   they are given, [`Encoder::push`](crate::Encoder::push) refuses line ends, and
//!   [`Encoder::refuse`](crate::Encoder::refuse) is for what only the type knows. [`QuotedString`](crate::QuotedString),
//!   [`Params`](crate::Params), [`NameAddr`] and [`Uri`](crate::uri::Uri) write themselves.
//! * **Lists.** With `LIST`, commas in quotes and angle brackets separate nothing; see that nothing is written that
//!   holds others.
//! * **Names.** A header that has no [`HeaderName`] of its own is [`HeaderName::Other`]; case does not matter.
//! * **Tests.** Show the forms that are read, as what they are written, and which are refused; and that whatever is
//!   read can be written and reads as the same again, for arbitrary octets.
//!
//! [`Message::typed_all`]: crate::Message::typed_all
//! [`Message::header`]: crate::Message::header

mod accept;
mod access_network;
mod address;
mod answer_mode;
mod authentication;
mod authentication_info;
mod authorization;
mod call_id;
mod caller_preferences;
mod challenge;
mod charging;
mod contact;
mod content;
mod content_disposition;
mod content_id;
mod cseq;
mod date;
mod dialog_reference;
mod event;
mod feature;
mod fields;
mod from_to;
mod geolocation;
mod history;
mod identity;
mod info;
mod numbers;
mod outbound;
mod parties;
mod passport;
mod privacy;
mod read;
mod reason;
mod refer;
mod reliability;
mod resource_priority;
mod retry_after;
mod route;
mod security;
mod service;
mod session_id;
mod session_timer;
mod text;
mod tokens;
mod user_to_user;
mod via;
mod warning;

pub use accept::{Accept, AcceptEncoding, AcceptLanguage};
pub use access_network::{PAccessNetworkInfo, PVisitedNetworkId};
pub use address::{DisplayName, NameAddr};
pub use answer_mode::{AnswerMode, PrivAnswerMode};
pub use authentication::{
    Algorithm, AuthParams, ExtendedName, NonceCount, OtherScheme, Qop, QopOptions, Username,
};
pub use authentication_info::{
    AuthenticationInfo, Confirmation, DigestInfo, ProxyAuthenticationInfo,
};
pub use authorization::{Authorization, Credentials, DigestCredentials, ProxyAuthorization};
pub use call_id::CallId;
pub use caller_preferences::{AcceptContact, FeatureCaps, Preference, RejectContact};
pub use challenge::{Challenge, DigestChallenge, ProxyAuthenticate, WwwAuthenticate};
pub use charging::{PChargingFunctionAddresses, PChargingVector};
pub use contact::{Contact, ContactAddress, Q};
pub use content::ContentType;
pub use content_disposition::ContentDisposition;
pub use content_id::ContentId;
pub use cseq::CSeq;
pub use date::Date;
pub use dialog_reference::{Join, Replaces, TargetDialog};
pub use event::{Event, SubscriptionState};
pub use feature::{Feature, FeatureNumber, FeatureTerm, FeatureTerms, FeatureValue, TermValue};
pub use from_to::{From, To};
pub use geolocation::{Geolocation, GeolocationError};
pub use history::{HistoryIndex, HistoryInfo};
pub use identity::Identity;
pub use info::{AlertInfo, CallInfo, ErrorInfo};
pub use numbers::{
    ContentLength, Expires, FlowTimer, MaxBreadth, MaxForwards, MinExpires, RSeq, Timestamp,
};
pub use parties::{Diversion, PCalledPartyId, RemotePartyId, ReplyTo};
pub use passport::{Passport, PassportError, PassportIdentity, PassportSigner, PassportVerifier};
pub use privacy::Privacy;
pub use read::ValueReader;
pub use reason::Reason;
pub use refer::{ReferSub, ReferTo, ReferredBy};
pub use reliability::RAck;
pub use resource_priority::{AcceptResourcePriority, ResourcePriority};
pub use retry_after::RetryAfter;
pub use route::{
    PAssertedIdentity, PAssociatedUri, PPreferredIdentity, Path, RecordRoute, Route, ServiceRoute,
};
pub use security::{SecurityClient, SecurityServer, SecurityVerify};
pub use service::{PAssertedService, PPreferredService};
pub use session_id::{SessionId, SessionUuid};
pub use session_timer::{MinSe, Refresher, SessionExpires};
pub use text::{Organization, Server, Subject, UserAgent};
pub use tokens::{
    Allow, AllowEvents, ContentEncoding, ContentLanguage, ContentTransferEncoding,
    GeolocationRouting, InReplyTo, InfoPackage, MimeVersion, PEarlyMedia, Priority, ProxyRequire,
    RecvInfo, RequestDisposition, Require, SipEtag, SipIfMatch, Supported, SuppressIfMatch,
    Unsupported,
};
pub use user_to_user::UserToUser;
pub use via::{MAGIC_COOKIE, RPort, Via};
pub use warning::Warning;

use super::error::HeaderError;
use super::grammar::{Malformed, holds, trim};
use super::name::HeaderName;

/// A header that can be read from the value of a header field.
///
/// Implement it for headers of your own, as [the guide](self#a-header-of-your-own) shows.
pub trait Header<'a>: Sized {
    /// The name of the header field.
    const NAME: HeaderName<'static>;

    /// Whether values may be listed with commas. If so, `parse` is given one of them at a time, and a
    /// header field that is empty altogether has none.
    const LIST: bool = false;

    /// Reads a value, which has no white space at its ends but may hold folds.
    ///
    /// # Errors
    ///
    /// The value breaks the grammar, or a number in it is too large. Offsets count from the start of
    /// `value`.
    fn parse(value: &'a [u8]) -> Result<Self, HeaderError>;
}

/// What a parser here fails with before the name of the header is put to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueError {
    Syntax(usize),
    OutOfRange(usize),
}

impl ValueError {
    /// The same for a part that starts `by` octets into the value.
    pub(crate) const fn shifted(self, by: usize) -> Self {
        match self {
            Self::Syntax(offset) => Self::Syntax(offset + by),
            Self::OutOfRange(offset) => Self::OutOfRange(offset + by),
        }
    }

    pub(crate) const fn named(self, name: HeaderName<'static>) -> HeaderError {
        match self {
            Self::Syntax(offset) => HeaderError::Syntax { name, offset },
            Self::OutOfRange(offset) => HeaderError::OutOfRange { name, offset },
        }
    }
}

impl core::convert::From<Malformed> for ValueError {
    fn from(malformed: Malformed) -> Self {
        Self::Syntax(malformed.offset)
    }
}

/// `Display` as the header is written.
macro_rules! display_as_encoded {
    ($($type:ty),* $(,)?) => {
        $(impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                crate::wire::write::display(self, f)
            }
        })*
    };
}
pub(crate) use display_as_encoded;

/// [`Header`] for a type with a `read`, whose name is that of its header field, and `Display` as it is
/// written. `list`: values may be listed with commas.
macro_rules! header_by_read {
    ($type:ident<$life:lifetime> $(, $list:ident)?) => {
        impl<$life> crate::wire::header::Header<$life> for $type<$life> {
            const NAME: crate::wire::name::HeaderName<'static> = crate::wire::name::HeaderName::$type;
            const LIST: bool = crate::wire::header::header_by_read!(@ $($list)?);

            fn parse(value: &$life [u8]) -> Result<Self, crate::wire::error::HeaderError> {
                Self::read(value).map_err(|error: crate::wire::header::ValueError| error.named(Self::NAME))
            }
        }

        crate::wire::header::display_as_encoded!($type<'_>);
    };
    (@) => { false };
    (@ list) => { true };
}
pub(crate) use header_by_read;

/// The values of one header field, split at commas outside quotes and angle brackets.
#[derive(Clone, Debug)]
pub(crate) struct Values<'a> {
    value: &'a [u8],
    /// Where the next value starts; `None` after the last.
    next: Option<usize>,
}

impl<'a> Values<'a> {
    pub(crate) const fn done() -> Self {
        Self {
            value: b"",
            next: None,
        }
    }

    #[inline]
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self {
            value,
            next: if value.is_empty() { None } else { Some(0) },
        }
    }
}

impl<'a> Iterator for Values<'a> {
    /// The value and where it starts.
    type Item = (usize, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next?;
        let rest = self.value.get(start..)?;
        let part = match comma(rest) {
            Some(at) => {
                self.next = Some(start + at + 1);
                rest.get(..at)?
            }
            None => {
                self.next = None;
                rest
            }
        };
        let (part, cut) = trim(part);
        Some((start + cut, part))
    }
}

/// The first comma of `rest` that separates values.
#[inline]
fn comma(rest: &[u8]) -> Option<usize> {
    if !holds(rest, b',') {
        return None;
    }
    let mut quoted = false;
    let mut bracketed = false;
    let mut escaped = false;
    rest.iter().position(|&byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'\\' if quoted => escaped = true,
            b'"' if !bracketed => quoted = !quoted,
            b'<' if !quoted => bracketed = true,
            b'>' if !quoted => bracketed = false,
            b',' => return !quoted && !bracketed,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests;
