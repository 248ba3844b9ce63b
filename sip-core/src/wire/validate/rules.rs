//! What messages are held to.

/// What [`validate`](super::validate()) holds messages to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether a tel URI may be the Request-URI. sip and sips always may; any other scheme is a 416.
    pub accept_tel: bool,
    /// Whether a URN may be the Request-URI, such as `urn:service:sos` of an emergency call (RFC 5031).
    pub accept_urn: bool,
    /// The most octets a request may have; a longer one is a 513.
    pub max_message: usize,
    /// The most octets the body of a request may have; a longer one is a 413.
    pub max_body: usize,
    /// Which faults are passed over.
    pub leniency: Leniency,
}

impl Rules {
    /// tel is accepted, urn is not, messages have any size, and what elements of RFC 2543 send is passed over.
    pub const DEFAULT: Self = Self {
        accept_tel: true,
        accept_urn: false,
        max_message: usize::MAX,
        max_body: usize::MAX,
        leniency: Leniency::RFC_2543,
    };

    /// As [`Rules::DEFAULT`], but nothing is passed over.
    pub const STRICT: Self = Self {
        leniency: Leniency::NONE,
        ..Self::DEFAULT
    };

    /// As [`Rules::DEFAULT`], and everything that may be passed over is.
    pub const TOLERANT: Self = Self {
        leniency: Leniency::ALL,
        ..Self::DEFAULT
    };
}

impl Default for Rules {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The faults that an element may pass over, each where an RFC permits it.
///
/// None of them moves the end of a message or of a header field: what differs is only whether the message
/// is processed. A fault passed over must not be sent on, so whoever forwards such a request writes its start
/// line anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leniency {
    /// A request may lack Max-Forwards (RFC 3261 section 16.3, RFC 4475 section 3.4.1).
    pub missing_max_forwards: bool,
    /// The top Via may lack a branch, or have one without the magic cookie (RFC 3261 sections 17.2.3 and
    /// 20.42).
    pub missing_branch: bool,
    /// From may lack its tag (RFC 3261 section 12.1.1).
    pub missing_from_tag: bool,
    /// A request may lack Content-Length where the transport tells its end; the framing of streams insists on
    /// it in any case (RFC 3261 section 20.14).
    pub missing_content_length: bool,
    /// Date may be broken; it is to be ignored (RFC 4475 section 3.1.2.12).
    pub broken_date: bool,
    /// The parts of a request line may be separated, and followed, by several spaces (RFC 4475 sections
    /// 3.1.2.9 and 3.1.2.10).
    pub start_line_spaces: bool,
    /// The Request-URI may have header fields; they are to be ignored (RFC 4475 section 3.1.2.11).
    pub request_uri_headers: bool,
}

impl Leniency {
    /// Nothing is passed over.
    pub const NONE: Self = Self {
        missing_max_forwards: false,
        missing_branch: false,
        missing_from_tag: false,
        missing_content_length: false,
        broken_date: false,
        start_line_spaces: false,
        request_uri_headers: false,
    };

    /// What elements of RFC 2543 leave out, and dates that are broken.
    pub const RFC_2543: Self = Self {
        missing_max_forwards: true,
        missing_branch: true,
        missing_from_tag: true,
        missing_content_length: true,
        broken_date: true,
        ..Self::NONE
    };

    /// All of it.
    pub const ALL: Self = Self {
        start_line_spaces: true,
        request_uri_headers: true,
        ..Self::RFC_2543
    };
}
