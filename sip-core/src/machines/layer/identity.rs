//! What makes a message part of a transaction (RFC 3261 sections 17.1.3 and 17.2.3).
//!
//! Branches and tags are chosen by peers, so transactions are found by a keyed hash of 128 bits: without
//! the key nobody makes two of them collide, neither to slow the tables down nor to hit the transaction of
//! somebody else.

use core::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::header::{CSeq, From, Via};
use crate::{HeaderName, Host, HostPort, Message, Method};

/// The keyed hash.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    key: SipHasher24,
}

/// What a digest is of, so that those of one kind never meet those of another.
#[derive(Clone, Copy)]
enum Kind {
    Client = 1,
    Server,
    /// A server transaction with a client of RFC 2543.
    OldServer,
    Tag,
}

impl Identity {
    pub(super) fn new(key: &[u8; 16]) -> Self {
        Self {
            key: SipHasher24::new_with_key(key),
        }
    }

    fn begin(&self, kind: Kind) -> Digest {
        let mut digest = Digest(self.key);
        digest.0.write_u8(kind as u8);
        digest
    }

    /// The client transaction to which a response with this branch, sent-by and CSeq method belongs.
    ///
    /// The sent-by counts too: a response whose top Via bears another is not for us (section 18.1.2).
    pub(super) fn client(&self, branch: &str, sent_by: HostPort<'_>, method: Method<'_>) -> u128 {
        let mut digest = self.begin(Kind::Client);
        digest.folded(branch.as_bytes());
        digest.host(sent_by.host);
        digest.0.write_u32(sent_by.port.map_or(u32::MAX, u32::from));
        digest.exact(method.as_str().as_bytes());
        digest.finish()
    }

    /// The server transaction of `method` to which a request belongs: its own method, or INVITE to find
    /// what an ACK or CANCEL is about.
    pub(super) fn server(&self, request: &Message<'_>, via: &Via<'_>, method: Method<'_>) -> u128 {
        let Some(id) = via.transaction_id() else {
            return self.old_server(request, method);
        };
        let mut digest = self.begin(Kind::Server);
        digest.folded(id.as_bytes());
        digest.host(via.sent_by.host);
        digest.0.write_u16(via.port());
        digest.exact(method.as_str().as_bytes());
        digest.finish()
    }

    /// By the rules for clients of RFC 2543. The To tag is left out: the INVITE has none, its ACK has.
    fn old_server(&self, request: &Message<'_>, method: Method<'_>) -> u128 {
        let mut digest = self.begin(Kind::OldServer);
        let call_id = request.header(HeaderName::CallId);
        let via = request.header(HeaderName::Via);
        let from = request.typed::<From<'_>>().ok().flatten();
        let cseq = request.typed::<CSeq<'_>>().ok().flatten();
        digest.exact(request.request_uri().unwrap_or("").as_bytes());
        digest.exact(call_id.map_or(&b""[..], |field| field.value()));
        digest.exact(via.map_or(&b""[..], |field| field.value()));
        digest.exact(from.and_then(|from| from.tag).unwrap_or("").as_bytes());
        digest.0.write_u32(cseq.map_or(0, |cseq| cseq.number));
        digest.exact(method.as_str().as_bytes());
        digest.finish()
    }

    /// The To tag of responses that the layer gives by itself, so that it knows the ACK to one of them
    /// again without having kept anything. `request` is the digest of the request as server transaction.
    pub(super) fn tag(&self, request: u128) -> Tag {
        let mut digest = self.begin(Kind::Tag);
        digest.0.write_u128(request);
        let mut tag = Tag([0; 26]);
        base32(digest.finish(), &mut tag.0);
        tag
    }
}

/// A text of 128 bits: 26 letters and digits.
#[derive(Clone, Copy)]
pub(super) struct Tag([u8; 26]);

impl Tag {
    /// The text of a number.
    pub(super) fn of(number: u128) -> Self {
        let mut tag = Self([0; 26]);
        base32(number, &mut tag.0);
        tag
    }

    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Five bits for each character, in lower case, since peers compare branches and tags either way.
fn base32(mut number: u128, text: &mut [u8; 26]) {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    for place in text {
        *place = ALPHABET[(number & 31) as usize];
        number >>= 5;
    }
}

struct Digest(SipHasher24);

impl Digest {
    fn exact(&mut self, bytes: &[u8]) {
        self.0.write_usize(bytes.len());
        self.0.write(bytes);
    }

    /// Without regard to case.
    fn folded(&mut self, bytes: &[u8]) {
        self.0.write_usize(bytes.len());
        for chunk in bytes.chunks(64) {
            let mut lower = [0; 64];
            if let Some(lower) = lower.get_mut(..chunk.len()) {
                lower.copy_from_slice(chunk);
                lower.make_ascii_lowercase();
                self.0.write(lower);
            }
        }
    }

    fn host(&mut self, host: Host<'_>) {
        match host {
            Host::Name(name) => self.folded(name.as_bytes()),
            Host::V4(address) => self.exact(&address.octets()),
            Host::V6(address) => self.exact(&address.octets()),
        }
    }

    fn finish(&self) -> u128 {
        self.0.finish128().as_u128()
    }
}
