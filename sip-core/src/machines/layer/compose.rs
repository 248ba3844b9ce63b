//! The messages that the layer makes by itself, and the changes it makes to others.

use alloc::vec;

use bytes::Bytes;
use core::net::SocketAddr;

use crate::header::{RPort, Via};
use crate::{
    HeaderName, HeaderSpan, HostPort, MAX_HEADERS, Message, MessageWriter, Patch, StatusCode,
    Transport, WriteError, write_ack_for, write_cancel_for,
};

/// Room for the index of any message.
pub(super) type Index = [HeaderSpan; MAX_HEADERS];

/// An empty index.
pub(super) fn index() -> Index {
    [HeaderSpan::default(); MAX_HEADERS]
}

/// What `write` writes, as an allocation of just its size.
fn written(write: impl Fn(&mut [u8]) -> Result<usize, WriteError>) -> Option<Bytes> {
    let mut small = [0; 2048];
    match write(&mut small) {
        Ok(len) => small.get(..len).map(Bytes::copy_from_slice),
        Err(WriteError::TooSmall { needed }) => {
            let mut large = vec![0; needed];
            let len = write(&mut large).ok()?;
            large.truncate(len);
            Some(Bytes::from(large))
        }
        Err(_) => None,
    }
}

/// The request with `received` and `rport` in its top Via (RFC 3261 section 18.2.1, RFC 3581 section 4).
pub(super) fn stamped(request: &Message<'_>, source: SocketAddr) -> Option<Bytes> {
    written(|buffer| Patch::new(*request).stamp_via(source).write(buffer))
}

/// A Via of ours. The answer to `rport` matters over UDP alone.
pub(super) fn our_via<'a>(
    transport: trunkline_sans_io::Transport,
    sent_by: HostPort<'a>,
    branch: &'a str,
) -> Via<'a> {
    let mut via = Via::new(Transport::new(transport.as_str()), sent_by, branch);
    via.rport = (!transport.is_reliable()).then_some(RPort::Requested);
    via
}

/// The request with `via` on top of the others, and with a Content-Length.
pub(super) fn with_via(request: &Message<'_>, via: &Via<'_>) -> Option<Bytes> {
    written(|buffer| {
        let mut patch = Patch::new(*request);
        patch.push_via(via);
        if request.header(HeaderName::ContentLength).is_none() {
            patch.set_body(request.body());
        }
        patch.write(buffer)
    })
}

/// The request with another top Via, for another transport.
pub(super) fn with_transport(
    request: &[u8],
    transport: trunkline_sans_io::Transport,
) -> Option<Bytes> {
    let mut index = index();
    let request = Message::parse(request, &mut index).ok()?;
    let old = request.require::<Via<'_>>().ok()?;
    let via = our_via(transport, old.sent_by, old.branch?);
    written(|buffer| Patch::new(request).pop_via().push_via(&via).write(buffer))
}

/// The ACK to a failure.
pub(super) fn ack(invite: &[u8], response: &Message<'_>) -> Option<Bytes> {
    let mut index = index();
    let invite = Message::parse(invite, &mut index).ok()?;
    written(|buffer| write_ack_for(&invite, response, buffer))
}

/// The CANCEL for an INVITE.
pub(super) fn cancel(invite: &Message<'_>) -> Option<Bytes> {
    written(|buffer| write_cancel_for(invite, buffer))
}

/// What a response of the layer says beyond what follows from the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer<'a> {
    pub(super) status: StatusCode,
    /// Empty for the usual one.
    pub(super) reason: &'a str,
    pub(super) to_tag: Option<&'a str>,
    pub(super) retry_after: Option<u32>,
}

/// A response to a request whose top Via is stamped already.
pub(super) fn response(request: &Message<'_>, answer: Answer<'_>) -> Option<Bytes> {
    written(|buffer| {
        let Answer {
            status,
            reason,
            to_tag,
            retry_after,
        } = answer;
        let mut writer = MessageWriter::response_to(buffer, request, status, reason, to_tag);
        if let Some(seconds) = retry_after {
            writer.header(HeaderName::RetryAfter, seconds);
        }
        writer.finish()
    })
}
