//! Dialogs (RFC 3261 section 12).

mod error;
mod request;
mod routes;
mod text;

use core::fmt::{self, Write as _};

use trunkline_sans_io::Storage;

use crate::header::{CSeq, CallId, Contact, From, NameAddr, To};
use crate::wire::uri::SipUri;
use crate::{HeaderName, Message, Method, Params};

pub use error::DialogError;
pub use routes::Routes;
use text::{Part, Texts};

/// The highest sequence number that may be sent (RFC 3261 section 8.1.1.5).
const MAX_CSEQ: u32 = (1 << 31) - 1;

/// How far a dialog has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogState {
    /// The request that may make it was sent, and nobody has answered with a tag.
    Calling,
    /// Made by a provisional response.
    Early,
    /// Made or confirmed by a 2xx.
    Confirmed,
}

/// A dialog: what two user agents agree upon so that requests between them find their way and their order
/// (RFC 3261 section 12).
///
/// All texts are kept in `S`, one row of octets: an inline array, a borrowed slice or, with `alloc`,
/// [`Owned`](trunkline_sans_io::Owned) octets. 500 of them are enough for most dialogs; one that needs more
/// than there are is refused, never cut short.
///
/// ```
/// use trunkline_sip_core::{Dialog, DialogState, HeaderSpan, Message};
///
/// let invite = b"INVITE sip:bob@biloxi.example.com SIP/2.0\r\n\
///     Via: SIP/2.0/UDP ss1.atlanta.example.com;branch=z9hG4bK2d4790.1\r\n\
///     Record-Route: <sip:ss1.atlanta.example.com;lr>\r\n\
///     From: Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl\r\n\
///     To: Bob <sip:bob@biloxi.example.com>\r\n\
///     Call-ID: 2xTb9vxSit55XU7p8@atlanta.example.com\r\n\
///     CSeq: 1 INVITE\r\n\
///     Contact: <sip:alice@client.atlanta.example.com>\r\n\
///     Content-Length: 0\r\n\r\n";
/// let mut index = [HeaderSpan::default(); 16];
/// let invite = Message::parse(invite, &mut index)?;
///
/// // Bob's side. He sends a 180, and later a 200, with this tag.
/// let mut dialog = Dialog::callee([0; 500], &invite, "314159")?;
/// assert_eq!(dialog.state(), DialogState::Early);
/// dialog.confirm();
/// assert_eq!(dialog.remote_tag(), Some("9fxced76sl"));
/// assert_eq!(dialog.remote_target(), "sip:alice@client.atlanta.example.com");
/// assert_eq!(dialog.routes().count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Dialog<S> {
    texts: Texts<S>,
    /// Of the last request sent; 0 before the first.
    local_cseq: u32,
    /// Of the last request received.
    remote_cseq: Option<u32>,
    state: DialogState,
    caller: bool,
    secure: bool,
}

impl<S: Storage<u8>> Dialog<S> {
    /// The caller's side of the dialogs that `request` may make (RFC 3261 section 12.1.2). It has no remote
    /// tag yet: give it the response by [`Dialog::answered`]. When a request may be forked, clone it for
    /// every remote tag that shows up.
    ///
    /// Until a Contact says otherwise the remote target is the Request-URI.
    ///
    /// # Errors
    ///
    /// The request lacks something, or the storage is too small.
    pub fn caller(storage: S, request: &Message<'_>) -> Result<Self, DialogError> {
        let uri = request.request_uri().ok_or(DialogError::OtherDialog)?;
        let (from, to, cseq) = read(request)?;
        let mut dialog = Self::new(storage, true, uri);
        dialog.local_cseq = cseq.number;
        dialog.texts.set(Part::CallId, call_id(request)?)?;
        dialog
            .texts
            .set(Part::LocalTag, from.tag.unwrap_or_default().as_bytes())?;
        dialog.set_addresses(from.address, to.address)?;
        dialog.texts.set(Part::Target, uri.as_bytes())?;
        Ok(dialog)
    }

    /// The callee's side of the dialog that `request` makes (RFC 3261 section 12.1.1), with the tag that the
    /// responses carry in To. It is early until [`Dialog::confirm`].
    ///
    /// # Errors
    ///
    /// The request lacks something, such as a usable Contact, or the storage is too small.
    pub fn callee(storage: S, request: &Message<'_>, tag: &str) -> Result<Self, DialogError> {
        let uri = request.request_uri().ok_or(DialogError::OtherDialog)?;
        let (from, to, cseq) = read(request)?;
        let target = target(request)?.ok_or(DialogError::missing(HeaderName::Contact))?;
        let mut dialog = Self::new(storage, false, uri);
        dialog.state = DialogState::Early;
        dialog.remote_cseq = Some(cseq.number);
        dialog.texts.set(Part::CallId, call_id(request)?)?;
        dialog.texts.set(Part::LocalTag, tag.as_bytes())?;
        dialog.set_addresses(to.address, from.address)?;
        dialog
            .texts
            .set(Part::RemoteTag, from.tag.unwrap_or_default().as_bytes())?;
        dialog.set_routes(request, false)?;
        dialog.texts.set(Part::Target, target.as_bytes())?;
        Ok(dialog)
    }

    fn new(storage: S, caller: bool, uri: &str) -> Self {
        Self {
            texts: Texts::new(storage),
            local_cseq: 0,
            remote_cseq: None,
            state: DialogState::Calling,
            caller,
            secure: SipUri::parse(uri).is_ok_and(|uri| uri.is_secure()),
        }
    }

    fn set_addresses(
        &mut self,
        local: NameAddr<'_>,
        remote: NameAddr<'_>,
    ) -> Result<(), DialogError> {
        for (part, address) in [(Part::LocalAddress, local), (Part::RemoteAddress, remote)] {
            let address = NameAddr {
                params: Params::EMPTY,
                ..address
            };
            self.texts.set(part, b"")?;
            write!(
                Append {
                    texts: &mut self.texts,
                    part
                },
                "{address}"
            )
            .map_err(|_| DialogError::NoRoom)?;
        }
        Ok(())
    }

    /// The caller's side learns of a response to the request that makes the dialog: 101 to 199 make it early,
    /// a 2xx confirms it. Each sets route set and remote target anew (RFC 3261 sections 12.1.2 and 13.2.2.4).
    ///
    /// On an error that is not [`DialogError::OtherDialog`] the dialog may have taken on a part of the response
    /// and is of no further use.
    ///
    /// # Errors
    ///
    /// The response makes no dialog, is of another one, or lacks something.
    pub fn answered(&mut self, response: &Message<'_>) -> Result<(), DialogError> {
        let status = response.status().ok_or(DialogError::OtherDialog)?;
        let makes_dialog = status.is_success() || (status.is_provisional() && status.code() > 100);
        let (from, to, _) = read(response)?;
        let remote_tag = to.tag.unwrap_or_default();
        let ours = from.tag.unwrap_or_default() == self.local_tag()
            && call_id(response)? == self.texts.bytes(Part::CallId)
            && (self.state == DialogState::Calling
                || remote_tag == self.texts.get(Part::RemoteTag));
        if !ours || !makes_dialog || !self.caller {
            return Err(DialogError::OtherDialog);
        }
        let target = target(response)?;
        self.texts.set(Part::RemoteTag, remote_tag.as_bytes())?;
        self.set_routes(response, true)?;
        if let Some(target) = target {
            self.texts.set(Part::Target, target.as_bytes())?;
        }
        if status.is_success() {
            self.state = DialogState::Confirmed;
        } else if self.state == DialogState::Calling {
            self.state = DialogState::Early;
        }
        Ok(())
    }

    /// Takes the remote tag of a 2xx that is of no use otherwise, so that it can be acknowledged and its
    /// dialog ended along the way of the request.
    #[cfg(feature = "alloc")]
    pub(crate) fn answered_by(&mut self, tag: &str) -> Result<(), DialogError> {
        self.texts.set(Part::RemoteTag, tag.as_bytes())?;
        self.state = DialogState::Confirmed;
        Ok(())
    }

    /// The callee's side has sent its 2xx.
    pub const fn confirm(&mut self) {
        self.state = DialogState::Confirmed;
    }

    /// A request has come in the dialog: checks its Call-ID, tags, CSeq and, in a target refresh request
    /// (INVITE, UPDATE, SUBSCRIBE, NOTIFY, REFER), its Contact, and takes note of the CSeq (RFC 3261 section
    /// 12.2.2). The remote target stays until the request is accepted: [`Dialog::refresh_target`].
    ///
    /// Not for ACK and CANCEL, whose CSeq is that of an INVITE.
    ///
    /// # Errors
    ///
    /// The request is of another dialog, out of order, or has a Contact that is none. Each variant of the
    /// error names the status code to answer with; the dialog has not changed.
    pub fn check_request(&mut self, request: &Message<'_>) -> Result<(), DialogError> {
        if !self.matches_request(request) {
            return Err(DialogError::OtherDialog);
        }
        let cseq = request.require::<CSeq<'_>>()?;
        if self.remote_cseq.is_some_and(|last| cseq.number <= last) {
            return Err(DialogError::OutOfOrder);
        }
        if refreshes_target(cseq.method) {
            target(request)?;
        }
        self.remote_cseq = Some(cseq.number);
        Ok(())
    }

    /// Replaces the remote target by the Contact of a target refresh request that is answered with 2xx, or of
    /// the 2xx to one (RFC 3261 section 12.2). A request that is refused changes nothing (RFC 6141 section 5).
    /// Nor does a message without Contact, or one of another method.
    ///
    /// # Errors
    ///
    /// The Contact is not a single sip or sips URI, or there is no room for it. Nothing has changed.
    pub fn refresh_target(&mut self, message: &Message<'_>) -> Result<(), DialogError> {
        if refreshes_target(message.require::<CSeq<'_>>()?.method)
            && let Some(target) = target(message)?
        {
            self.texts.set(Part::Target, target.as_bytes())?;
        }
        Ok(())
    }

    /// Whether the Call-ID and tags of a request from the peer are those of this dialog.
    pub fn matches_request(&self, request: &Message<'_>) -> bool {
        let (Ok((from, to, _)), Ok(call_id)) = (read(request), call_id(request)) else {
            return false;
        };
        call_id == self.texts.bytes(Part::CallId)
            && to.tag.unwrap_or_default() == self.local_tag()
            && from.tag.unwrap_or_default() == self.texts.get(Part::RemoteTag)
    }

    /// The sequence number of the next request of ours; ACK and CANCEL keep that of their INVITE.
    ///
    /// # Errors
    ///
    /// [`DialogError::CSeqExhausted`].
    pub const fn next_cseq(&mut self) -> Result<u32, DialogError> {
        if self.local_cseq >= MAX_CSEQ {
            return Err(DialogError::CSeqExhausted);
        }
        self.local_cseq += 1;
        Ok(self.local_cseq)
    }

    /// How many octets of texts there are now.
    #[cfg(all(test, feature = "alloc"))]
    pub(crate) fn capacity(&self) -> usize {
        self.texts.capacity()
    }

    /// How far it has come.
    pub const fn state(&self) -> DialogState {
        self.state
    }

    /// Whether we sent the request that made it.
    pub const fn is_caller(&self) -> bool {
        self.caller
    }

    /// Whether the Request-URI was a sips URI, so that the Contact has to be one (RFC 3261 section 12.1).
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        self.texts.get(Part::CallId)
    }

    /// Our tag: in From of our requests, in To of the peer's.
    pub fn local_tag(&self) -> &str {
        self.texts.get(Part::LocalTag)
    }

    /// The tag of the peer. A peer of RFC 2543 has none, and nobody has one while we are calling.
    pub fn remote_tag(&self) -> Option<&str> {
        Some(self.texts.get(Part::RemoteTag)).filter(|tag| !tag.is_empty())
    }

    /// Our address, as name-addr without tag.
    pub fn local_address(&self) -> &str {
        self.texts.get(Part::LocalAddress)
    }

    /// The address of the peer, as name-addr without tag.
    pub fn remote_address(&self) -> &str {
        self.texts.get(Part::RemoteAddress)
    }

    /// The remote target: the URI at which the peer wants to be reached.
    pub fn remote_target(&self) -> &str {
        self.texts.get(Part::Target)
    }

    /// The sequence number of our last request, 0 before the first.
    pub const fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// The sequence number of the last request of the peer.
    pub const fn remote_cseq(&self) -> Option<u32> {
        self.remote_cseq
    }
}

impl<S: Storage<u8>> fmt::Debug for Dialog<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialog")
            .field("state", &self.state)
            .field("call_id", &self.call_id())
            .field("local_tag", &self.local_tag())
            .field("remote_tag", &self.remote_tag())
            .field("remote_target", &self.remote_target())
            .finish_non_exhaustive()
    }
}

/// Appends what is written to one of the texts.
struct Append<'t, S> {
    texts: &'t mut Texts<S>,
    part: Part,
}

impl<S: Storage<u8>> fmt::Write for Append<'_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.texts
            .append(self.part, text.as_bytes())
            .map_err(|_| fmt::Error)
    }
}

type Parties<'a> = (From<'a>, To<'a>, CSeq<'a>);

fn read<'a>(message: &Message<'a>) -> Result<Parties<'a>, DialogError> {
    Ok((message.require()?, message.require()?, message.require()?))
}

fn call_id<'a>(message: &Message<'a>) -> Result<&'a [u8], DialogError> {
    Ok(message.require::<CallId<'_>>()?.0.as_bytes())
}

/// The URI of the Contact, if there is one.
fn target<'a>(message: &Message<'a>) -> Result<Option<&'a str>, DialogError> {
    let mut contacts = message.typed_all::<Contact<'_>>();
    let Some(contact) = contacts.next().transpose()? else {
        return Ok(None);
    };
    let uri = contact
        .uri()
        .and_then(|uri| uri.as_sip())
        .ok_or(DialogError::Contact)?;
    if contacts.next().is_some() {
        return Err(DialogError::Contact);
    }
    Ok(Some(request::without_headers(uri)))
}

/// Whether requests of this method replace the remote target (RFC 3261 section 12.2, RFC 3311, RFC 6665).
pub(crate) const fn refreshes_target(method: Method<'_>) -> bool {
    matches!(
        method,
        Method::Invite | Method::Update | Method::Subscribe | Method::Notify | Method::Refer
    )
}

#[cfg(test)]
mod tests;
