//! The names of the attributes, and a table to look them up without a chain of comparisons.

use crate::wire::fields::trim_end;
use crate::wire::scan::STEP;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal;)*) => {
        /// The attributes this crate knows by name. Names compare with regard to case
        /// (RFC 8866 section 9).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum AttributeKind {
            $($(#[$doc])* $kind,)*
            /// Any other attribute.
            Other,
        }

        const KINDS: &[(&str, AttributeKind)] = &[$(($name, AttributeKind::$kind),)*];

        impl AttributeKind {
            /// The name of the attribute, `None` for [`Other`](Self::Other).
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$kind => Some($name),)*
                    Self::Other => None,
                }
            }
        }
    };
}

kinds! {
    /// RFC 8866 section 6.6
    Rtpmap = "rtpmap";
    /// RFC 8866 section 6.15
    Fmtp = "fmtp";
    /// RFC 4585 section 4.2
    RtcpFb = "rtcp-fb";
    /// RFC 8866 section 6.4
    Ptime = "ptime";
    /// RFC 8866 section 6.5
    Maxptime = "maxptime";
    /// RFC 8866 section 6.7.1
    Recvonly = "recvonly";
    /// RFC 8866 section 6.7.2
    Sendrecv = "sendrecv";
    /// RFC 8866 section 6.7.3
    Sendonly = "sendonly";
    /// RFC 8866 section 6.7.4
    Inactive = "inactive";
    /// RFC 3605
    Rtcp = "rtcp";
    /// RFC 5761 section 5.1.1
    RtcpMux = "rtcp-mux";
    /// RFC 8858
    RtcpMuxOnly = "rtcp-mux-only";
    /// RFC 5888 section 4
    Mid = "mid";
    /// RFC 5888 section 5
    Group = "group";
    /// RFC 5576 section 4.1
    Ssrc = "ssrc";
    /// RFC 4568 section 4
    Crypto = "crypto";
    /// MS-SDPEXT: SRTP keys with a scale bit
    Cryptoscale = "cryptoscale";
    /// RFC 4567 section 3
    KeyMgmt = "key-mgmt";
    /// RFC 8839 section 5.1
    Candidate = "candidate";
    /// MS-SDPEXT: a candidate with an IPv6 address
    XCandidateIpv6 = "x-candidate-ipv6";
    /// MS-SDPEXT: the network a candidate is of
    XCandidateInfo = "x-candidate-info";
    /// RFC 8839 section 5.2
    RemoteCandidates = "remote-candidates";
    /// draft-ietf-mmusic-ice-06
    RemoteCandidate = "remote-candidate";
    /// Alternative addresses with a password, of a time before ICE
    Alt = "alt";
    /// RFC 8840 section 8.1
    EndOfCandidates = "end-of-candidates";
    /// RFC 8839 section 5.3
    IceLite = "ice-lite";
    /// RFC 8839 section 5.3
    IceMismatch = "ice-mismatch";
    /// RFC 8839 section 5.4
    IceUfrag = "ice-ufrag";
    /// RFC 8839 section 5.4
    IcePwd = "ice-pwd";
    /// RFC 8839 section 5.5
    IcePacing = "ice-pacing";
    /// RFC 8839 section 5.6
    IceOptions = "ice-options";
    /// RFC 4570 section 3
    SourceFilter = "source-filter";
    /// RFC 8122 section 5
    Fingerprint = "fingerprint";
    /// RFC 4145 section 4
    Setup = "setup";
    /// RFC 8842 section 4
    TlsId = "tls-id";
}

/// Slots of the hash table, a power of two.
const SLOTS: usize = 256;
const FREE: u8 = u8::MAX;

/// The bytes of a name as two words; names are at most [`STEP`] long here.
const fn key_of(name: &[u8]) -> [u64; 2] {
    let mut words = [0; 2];
    let mut at = 0;
    while at < name.len() && at < STEP {
        words[at / 8] |= (name[at] as u64) << (8 * (at % 8));
        at += 1;
    }
    words
}

#[inline]
const fn slot_of(key: [u64; 2], multiplier: u64) -> usize {
    let mixed = key[0] ^ key[1].rotate_left(17);
    (mixed.wrapping_mul(multiplier) >> 56) as usize % SLOTS
}

const fn table_of(multiplier: u64) -> Option<[u8; SLOTS]> {
    let mut table = [FREE; SLOTS];
    let mut at = 0;
    while at < KINDS.len() {
        let name = KINDS[at].0.as_bytes();
        if name.len() <= STEP {
            let slot = slot_of(key_of(name), multiplier);
            if table[slot] != FREE {
                return None;
            }
            table[slot] = at as u8;
        }
        at += 1;
    }
    Some(table)
}

/// A multiplier that gives every name a slot of its own, found by the compiler.
const MULTIPLIER: u64 = {
    let mut multiplier: u64 = 0x9E37_79B9_7F4A_7C15;
    while table_of(multiplier).is_none() {
        multiplier = multiplier.wrapping_add(0x632B_E5AB_0DDC_6F4E);
    }
    multiplier
};

static SLOT_KINDS: [u8; SLOTS] = match table_of(MULTIPLIER) {
    Some(table) => table,
    None => [FREE; SLOTS],
};

static KEYS: [[u64; 2]; KINDS.len()] = {
    let mut keys = [[0; 2]; KINDS.len()];
    let mut at = 0;
    while at < keys.len() {
        keys[at] = key_of(KINDS[at].0.as_bytes());
        at += 1;
    }
    keys
};

impl AttributeKind {
    /// Classifies the name of an attribute. Blanks behind it, which some peers write, do not count.
    #[must_use]
    pub fn of(name: &[u8]) -> Self {
        let name = trim_end(name);
        if name.len() <= STEP {
            return Self::of_key(key_of(name), name.len());
        }
        let long = KINDS.iter().find(|(known, _)| known.as_bytes() == name);
        long.map_or(Self::Other, |(_, kind)| *kind)
    }

    /// Classifies a name that is none as it stands: there may be blanks behind it.
    #[inline]
    pub(in crate::wire) fn of_odd(name: &[u8]) -> Self {
        match name.last() {
            Some(b' ' | b'\t') => Self::of(name),
            _ => Self::Other,
        }
    }

    /// Classifies the name of `length` bytes, less than [`STEP`], at the start of two words.
    #[inline]
    pub(in crate::wire) fn of_words(words: [u64; 2], length: usize) -> Self {
        let low = |bytes: usize| (1u64 << (8 * (bytes % 8))) - 1;
        let key = match length < 8 {
            true => [words[0] & low(length), 0],
            false => [words[0], words[1] & low(length)],
        };
        Self::of_key(key, length)
    }

    #[inline]
    fn of_key(key: [u64; 2], length: usize) -> Self {
        let at = usize::from(SLOT_KINDS[slot_of(key, MULTIPLIER)]);
        match (KEYS.get(at), KINDS.get(at)) {
            // the length tells a name from the same name with NULs behind it
            (Some(known), Some((name, kind))) if *known == key && name.len() == length => *kind,
            _ => Self::Other,
        }
    }

    /// Whether the value is a key or password, which is left out of `Debug` output.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Crypto | Self::Cryptoscale | Self::KeyMgmt | Self::IcePwd | Self::Alt
        )
    }

    /// Whether the attribute belongs to ICE: RFC 8839, Microsoft's forms, and what came before.
    #[must_use]
    pub const fn is_ice(self) -> bool {
        matches!(
            self,
            Self::Candidate
                | Self::XCandidateIpv6
                | Self::XCandidateInfo
                | Self::RemoteCandidates
                | Self::RemoteCandidate
                | Self::Alt
                | Self::EndOfCandidates
                | Self::IceLite
                | Self::IceMismatch
                | Self::IceUfrag
                | Self::IcePwd
                | Self::IcePacing
                | Self::IceOptions
        )
    }

    /// Whether the value begins with a format of the `m=` line, and the attribute goes when that
    /// format goes.
    #[must_use]
    pub const fn is_of_format(self) -> bool {
        matches!(self, Self::Rtpmap | Self::Fmtp | Self::RtcpFb)
    }
}
