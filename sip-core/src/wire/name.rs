//! Header field names (RFC 3261 section 7.3.1), classified once into one-byte ids.

use core::fmt;
use core::hash::{Hash, Hasher};

use super::grammar::is_token;

/// The id of a name that is not in the table.
pub(crate) const OTHER: u8 = u8::MAX;

macro_rules! header_names {
    ($($variant:ident = $name:literal $(/ $compact:literal)?;)*) => {
        /// The name of a header field.
        ///
        /// Names compare without regard to ASCII case, and a compact form equals its long form
        /// (RFC 3261 section 7.3.3): both are the same variant. A name that has no variant of its own is
        /// [`HeaderName::Other`] with the spelling of its source. Build names from text with
        /// [`HeaderName::new`], so that a known name never hides in `Other`; the two would still compare
        /// equal.
        #[derive(Clone, Copy)]
        #[non_exhaustive]
        pub enum HeaderName<'a> {
            $(
                #[doc = concat!("`", $name, "`" $(, ", compact form `", $compact, "`")?)]
                $variant,
            )*
            /// Any other name, as spelled by its source.
            Other(&'a str),
        }

        #[repr(u8)]
        enum Known {
            $($variant,)*
        }

        const NAMES: &[&str] = &[$($name,)*];
        const BY_ID: &[HeaderName<'static>] = &[$(HeaderName::$variant,)*];
        const COMPACT: [u8; 26] = {
            let mut table = [OTHER; 26];
            $($(table[($compact.as_bytes()[0] - b'a') as usize] = Known::$variant as u8;)?)*
            table
        };

        impl HeaderName<'_> {
            /// The one-byte id of the variant; [`OTHER`] for a name without one.
            pub(crate) const fn known_id(self) -> u8 {
                match self {
                    $(Self::$variant => Known::$variant as u8,)*
                    Self::Other(_) => OTHER,
                }
            }
        }
    };
}

header_names! {
    // RFC 3261
    Accept = "Accept";
    AcceptEncoding = "Accept-Encoding";
    AcceptLanguage = "Accept-Language";
    AlertInfo = "Alert-Info";
    Allow = "Allow";
    AuthenticationInfo = "Authentication-Info";
    Authorization = "Authorization";
    CallId = "Call-ID" / "i";
    CallInfo = "Call-Info";
    Contact = "Contact" / "m";
    ContentDisposition = "Content-Disposition";
    ContentEncoding = "Content-Encoding" / "e";
    ContentLanguage = "Content-Language";
    ContentLength = "Content-Length" / "l";
    ContentType = "Content-Type" / "c";
    CSeq = "CSeq";
    Date = "Date";
    ErrorInfo = "Error-Info";
    Expires = "Expires";
    From = "From" / "f";
    InReplyTo = "In-Reply-To";
    MaxForwards = "Max-Forwards";
    MinExpires = "Min-Expires";
    MimeVersion = "MIME-Version";
    Organization = "Organization";
    Priority = "Priority";
    ProxyAuthenticate = "Proxy-Authenticate";
    ProxyAuthorization = "Proxy-Authorization";
    ProxyRequire = "Proxy-Require";
    RecordRoute = "Record-Route";
    ReplyTo = "Reply-To";
    Require = "Require";
    RetryAfter = "Retry-After";
    Route = "Route";
    Server = "Server";
    Subject = "Subject" / "s";
    Supported = "Supported" / "k";
    Timestamp = "Timestamp";
    To = "To" / "t";
    Unsupported = "Unsupported";
    UserAgent = "User-Agent";
    Via = "Via" / "v";
    Warning = "Warning";
    WwwAuthenticate = "WWW-Authenticate";
    // Extensions
    AcceptContact = "Accept-Contact" / "a";
    AcceptResourcePriority = "Accept-Resource-Priority";
    AllowEvents = "Allow-Events" / "u";
    AnswerMode = "Answer-Mode";
    ContentId = "Content-ID";
    ContentTransferEncoding = "Content-Transfer-Encoding";
    Diversion = "Diversion";
    Event = "Event" / "o";
    FeatureCaps = "Feature-Caps";
    FlowTimer = "Flow-Timer";
    Geolocation = "Geolocation";
    GeolocationError = "Geolocation-Error";
    GeolocationRouting = "Geolocation-Routing";
    HistoryInfo = "History-Info";
    Identity = "Identity" / "y";
    IdentityInfo = "Identity-Info" / "n";
    InfoPackage = "Info-Package";
    Join = "Join";
    MaxBreadth = "Max-Breadth";
    MinSe = "Min-SE";
    PAccessNetworkInfo = "P-Access-Network-Info";
    PAssertedIdentity = "P-Asserted-Identity";
    PAssertedService = "P-Asserted-Service";
    PAssociatedUri = "P-Associated-URI";
    PCalledPartyId = "P-Called-Party-ID";
    PChargingFunctionAddresses = "P-Charging-Function-Addresses";
    PChargingVector = "P-Charging-Vector";
    PEarlyMedia = "P-Early-Media";
    PPreferredIdentity = "P-Preferred-Identity";
    PPreferredService = "P-Preferred-Service";
    PVisitedNetworkId = "P-Visited-Network-ID";
    Path = "Path";
    Privacy = "Privacy";
    PrivAnswerMode = "Priv-Answer-Mode";
    ProxyAuthenticationInfo = "Proxy-Authentication-Info";
    RAck = "RAck";
    RSeq = "RSeq";
    Reason = "Reason";
    RecvInfo = "Recv-Info";
    ReferSub = "Refer-Sub";
    ReferTo = "Refer-To" / "r";
    ReferredBy = "Referred-By" / "b";
    RejectContact = "Reject-Contact" / "j";
    RemotePartyId = "Remote-Party-ID";
    Replaces = "Replaces";
    RequestDisposition = "Request-Disposition" / "d";
    ResourcePriority = "Resource-Priority";
    SecurityClient = "Security-Client";
    SecurityServer = "Security-Server";
    SecurityVerify = "Security-Verify";
    ServiceRoute = "Service-Route";
    SessionExpires = "Session-Expires" / "x";
    SessionId = "Session-ID";
    SipEtag = "SIP-ETag";
    SipIfMatch = "SIP-If-Match";
    SubscriptionState = "Subscription-State";
    SuppressIfMatch = "Suppress-If-Match";
    TargetDialog = "Target-Dialog";
    UserToUser = "User-to-User";
}

/// Octets in a word.
const WORD: usize = 8;
/// Words of the longest known name. Nearly all names fit into half of them.
const WORDS: usize = 4;
/// Words of a name that is looked up without a loop.
const SHORT: usize = 2;
const COUNT: usize = NAMES.len();
const SLOTS: usize = 512;

type Words = [u64; WORDS];

/// Every name in lower case, as little-endian words padded with zeros.
static KNOWN_WORDS: [Words; COUNT] = {
    let mut table = [[0; WORDS]; COUNT];
    let mut id = 0;
    while id < COUNT {
        let name = NAMES[id].as_bytes();
        assert!(name.len() > 1 && name.len() <= WORD * WORDS);
        let mut at = 0;
        while at < name.len() {
            // What `lower` takes for a letter has to be one, or a lookalike would be known.
            assert!(name[at].is_ascii_alphabetic() || name[at] < 0x40);
            let lower = name[at].to_ascii_lowercase() as u64;
            table[id][at / WORD] |= lower << (8 * (at % WORD));
            at += 1;
        }
        id += 1;
    }
    table
};

/// By length of a name: which octets of its words belong to it.
static MASKS: [Words; WORD * WORDS + 1] = {
    let mut table = [[0; WORDS]; WORD * WORDS + 1];
    let mut len = 0;
    while len < table.len() {
        let mut at = 0;
        while at < len {
            table[len][at / WORD] |= 0xFF << (8 * (at % WORD));
            at += 1;
        }
        len += 1;
    }
    table
};

/// Ids by hash, collisions in the following slots.
static SLOT_IDS: [u8; SLOTS] = {
    assert!(COUNT < OTHER as usize && COUNT < SLOTS / 2);
    let mut table = [OTHER; SLOTS];
    let mut id = 0;
    while id < COUNT {
        let mut slot = slot_of(KNOWN_WORDS[id][0], NAMES[id].len());
        while table[slot] != OTHER {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = id as u8;
        id += 1;
    }
    table
};

/// The first eight characters and the length tell nearly all names apart.
#[inline]
const fn slot_of(first: u64, len: usize) -> usize {
    let key = first ^ ((len as u64) << 56);
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 55) as usize
}

/// `word` with its letters in lower case. `@ [ \ ] ^ _` change, too, and are in no known name; all else,
/// line ends above all, stays what it is.
#[inline]
const fn lower(word: u64) -> u64 {
    const LETTERS: u64 = u64::from_ne_bytes([0x40; WORD]);
    word | ((word & LETTERS) >> 1)
}

/// The first words of `bytes`.
#[inline]
fn first_words<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let (words, _) = bytes.as_chunks();
    words
        .first_chunk()
        .map(|words| words.map(u64::from_le_bytes))
}

/// The first words of `bytes`, padded with zeros.
fn first_words_padded<const N: usize>(bytes: &[u8]) -> [u64; N] {
    let mut words = [[0; WORD]; N];
    for (to, from) in words.as_flattened_mut().iter_mut().zip(bytes) {
        *to = *from;
    }
    words.map(u64::from_le_bytes)
}

/// Where the first colon of `words` is.
#[inline]
fn colon_of(words: &[u64]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; WORD]);
    words.iter().enumerate().find_map(|(index, word)| {
        // The classic test for a zero octet; the lowest mark is exact, which is the one used.
        let word = word ^ (ONES * u64::from(b':'));
        let marks = word.wrapping_sub(ONES) & !word & (ONES << 7);
        (marks != 0).then(|| WORD * index + (marks.trailing_zeros() / 8) as usize)
    })
}

/// What stands before the colon of a header line.
#[derive(Clone, Copy)]
pub(crate) struct LineName {
    /// The length of the name.
    pub(crate) len: u8,
    /// Where the colon is. Heads are short enough.
    pub(crate) colon: u16,
    pub(crate) id: u8,
}

/// Takes the name of the header line that starts at `start`. `None` where no name stands there, with a
/// colon behind it, white space between them allowed. There is no line end in what is taken.
#[inline]
pub(crate) fn name_of_line(bytes: &[u8], start: usize) -> Option<LineName> {
    let line = bytes.get(start..)?;
    if let Some(words) = first_words::<SHORT>(line)
        && let Some(len) = colon_of(&words)
        && let id = classify(&words, len)
        && id != OTHER
    {
        return Some(LineName {
            len: len as u8,
            colon: (start + len) as u16,
            id,
        });
    }
    uncommon_name_of_line(line, start)
}

/// The same where the name is long or not known, or there is white space behind it, or the line is among
/// the last octets.
#[inline(never)]
fn uncommon_name_of_line(line: &[u8], start: usize) -> Option<LineName> {
    let words: [u64; WORDS] = match first_words(line) {
        Some(words) => words,
        None => first_words_padded(line),
    };
    let colon = match colon_of(&words) {
        Some(colon) => colon,
        None => memchr::memchr(b':', line)?,
    };
    let mut len = colon;
    while let Some(b' ' | b'\t') = line.get(..len)?.last() {
        len -= 1;
    }
    let id = classify(&words, len);
    if id == OTHER && !is_token(line.get(..len)?) {
        return None;
    }
    Some(LineName {
        len: u8::try_from(len).ok()?,
        colon: (start + colon) as u16,
        id,
    })
}

/// The id of a name of one character.
#[inline]
fn compact(character: u8) -> u8 {
    // `| 0x20` makes a letter of letters only, so nothing else is found in the table.
    let letter = (character | 0x20).wrapping_sub(b'a');
    COMPACT.get(usize::from(letter)).copied().unwrap_or(OTHER)
}

/// The id of the name of `len` octets that `words` start with. A known name that takes more words differs
/// in the last octet of those that are compared.
#[inline]
fn classify<const N: usize>(words: &[u64; N], len: usize) -> u8 {
    if len == 1 {
        return compact(words[0] as u8);
    }
    let Some(mask) = MASKS.get(len) else {
        return OTHER;
    };
    let mut name = [0; N];
    for ((to, word), mask) in name.iter_mut().zip(words).zip(mask) {
        *to = lower(*word) & mask;
    }
    let mut slot = slot_of(name[0], len);
    loop {
        let id = SLOT_IDS[slot % SLOTS];
        let Some(known) = KNOWN_WORDS.get(usize::from(id)) else {
            return OTHER;
        };
        let differences = known
            .iter()
            .zip(&name)
            .fold(0, |sum, (left, right)| sum | (left ^ right));
        if differences == 0 {
            return id;
        }
        slot += 1;
    }
}

impl<'a> HeaderName<'a> {
    /// The name spelled `name`, in any case, long or compact.
    ///
    /// Never fails: what is not a token becomes an `Other` that no header field of a message has and no
    /// writer accepts.
    pub fn new(name: &'a str) -> Self {
        let words = first_words_padded::<WORDS>(name.as_bytes());
        Self::from_id(classify(&words, name.len())).unwrap_or(Self::Other(name))
    }

    pub(crate) fn from_id(id: u8) -> Option<Self> {
        BY_ID.get(usize::from(id)).copied()
    }

    /// The id under which fields of this name are indexed, even where a known name was put into `Other`.
    #[inline]
    pub(crate) fn id(self) -> u8 {
        match self {
            Self::Other(name) => Self::new(name).known_id(),
            known => known.known_id(),
        }
    }

    /// The long form in its usual spelling; the spelling of the source for [`HeaderName::Other`].
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Other(name) => name,
            known => NAMES[known.known_id() as usize],
        }
    }

    /// Whether the name is written with the characters of a token, as a header field needs it, and has at most
    /// 255 of them, more than which no parser here reads.
    pub fn is_valid(self) -> bool {
        match self {
            Self::Other(name) => name.len() <= 255 && is_token(name.as_bytes()),
            _ => true,
        }
    }
}

impl PartialEq for HeaderName<'_> {
    fn eq(&self, other: &HeaderName<'_>) -> bool {
        match (self.id(), other.id()) {
            (OTHER, OTHER) => self.as_str().eq_ignore_ascii_case(other.as_str()),
            (left, right) => left == right,
        }
    }
}

impl Eq for HeaderName<'_> {}

impl Hash for HeaderName<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let id = self.id();
        state.write_u8(id);
        if id == OTHER {
            for byte in self.as_str().bytes() {
                state.write_u8(byte.to_ascii_lowercase());
            }
        }
    }
}

impl fmt::Display for HeaderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HeaderName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'a> From<&'a str> for HeaderName<'a> {
    fn from(name: &'a str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_in_any_case() {
        let find = |bytes: &[u8]| {
            name_of_line(bytes, 2).map(|name| {
                (
                    usize::from(name.id),
                    usize::from(name.len),
                    usize::from(name.colon),
                )
            })
        };
        for (id, name) in NAMES.iter().enumerate() {
            for colon in [":", "\t :", ":x\r\nOther-Header-Fields: follow\r\n"] {
                let len = name.len();
                let mut line = std::format!("\r\n{name}{colon}").into_bytes();
                let at = 2 + len + colon.find(':').unwrap();
                assert_eq!(find(&line), Some((id, len, at)), "{name}");
                line.make_ascii_uppercase();
                assert_eq!(find(&line), Some((id, len, at)), "{name}");
                line[len + 1] = b'!';
                assert_eq!(find(&line), Some((OTHER.into(), len, at)), "{name}");
                for other in [b'\r', b'\n', b' ', 0] {
                    line[len] = other;
                    assert_eq!(find(&line), None, "{name}");
                }
            }
            assert_eq!(HeaderName::new(name).as_str(), *name);
        }
    }

    #[test]
    fn compact_forms_equal_long_forms() {
        for (compact, long) in [
            ("v", "Via"),
            ("V", "via"),
            ("i", "Call-ID"),
            ("l", "Content-Length"),
            ("x", "Session-Expires"),
            ("o", "event"),
        ] {
            assert_eq!(HeaderName::new(compact), HeaderName::new(long));
        }
        assert_eq!(HeaderName::new("q"), HeaderName::Other("Q"));
        assert_ne!(HeaderName::new("q"), HeaderName::Other("qq"));
    }

    #[test]
    fn a_known_name_in_other_still_equals_itself() {
        assert_eq!(HeaderName::Other("VIA"), HeaderName::Via);
        assert_eq!(
            HeaderName::Other("ms-diagnostics"),
            HeaderName::new("MS-Diagnostics")
        );
    }

    #[test]
    fn lookalikes_are_not_known() {
        for name in [
            "",
            "Vi",
            "Viaa",
            "Call\rID",
            "C%6Fntact",
            "To ",
            "@",
            "Content-Lengti",
        ] {
            assert!(
                matches!(HeaderName::new(name), HeaderName::Other(_)),
                "{name:?}"
            );
        }
        assert!(!HeaderName::Other("a b").is_valid());
        assert!(!HeaderName::Other("").is_valid());
        assert!(HeaderName::Other(&"x".repeat(255)).is_valid());
        assert!(!HeaderName::Other(&"x".repeat(256)).is_valid());
    }
}
