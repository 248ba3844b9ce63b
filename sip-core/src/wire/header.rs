//! Typed headers: one type per value, read when asked for, and written by [`Encode`](crate::Encode).
//!
//! A header whose values may be listed with commas is one type per *value*; [`Message::typed_all`]
//! runs over commas and repeated header fields alike.
//!
//! Two names stand for something else, too. [`From`] shadows the trait of the prelude where it is imported:
//! `use trunkline_sip_core::header` and `header::From` keep both. And [`Transport`](crate::Transport) is the
//! transport as a Via or a URI writes it, any token; the one that messages really take, in a
//! [`FiveTuple`](crate::sans_io::FiveTuple), is [`sans_io::Transport`](crate::sans_io::Transport).
//!
//! [`Message::typed_all`]: crate::Message::typed_all

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
pub use authentication_info::{AuthenticationInfo, DigestInfo, ProxyAuthenticationInfo};
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
use super::grammar::{Malformed, trim};
use super::name::HeaderName;

/// A header that can be read from the value of a header field.
///
/// Implement it for headers of your own:
///
/// ```
/// use trunkline_sip_core::{HeaderError, HeaderName, HeaderSpan, Message, header::Header};
///
/// struct ConversationId<'a>(&'a str);
///
/// impl<'a> Header<'a> for ConversationId<'a> {
///     const NAME: HeaderName<'static> = HeaderName::Other("Ms-Conversation-ID");
///
///     fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
///         let error = HeaderError::Syntax { name: Self::NAME, offset: 0 };
///         core::str::from_utf8(value).map(Self).map_err(|_| error)
///     }
/// }
///
/// let bytes = b"BYE sip:a@example.com SIP/2.0\r\nms-conversation-id: AdQ0eX2mKqf8==\r\n\r\n";
/// let mut index = [HeaderSpan::default(); 8];
/// let message = Message::parse(bytes, &mut index)?;
/// assert_eq!(message.require::<ConversationId>()?.0, "AdQ0eX2mKqf8==");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    let first = memchr::memchr(b',', rest)?;
    if memchr::memchr2(b'"', b'<', rest.get(..first).unwrap_or_default()).is_none() {
        return Some(first);
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
