//! Messages that follow from others: responses, the ACK to a failure, CANCEL.

use super::{MessageWriter, WriteError};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{TOKEN, all};
use crate::wire::header::{CSeq, Header as _, MaxForwards, To, Values, Via};
use crate::wire::message::{HeaderField, Message};
use crate::wire::method::Method;
use crate::wire::name::HeaderName;
use crate::wire::status::StatusCode;

impl<'b> MessageWriter<'b> {
    /// Starts the response to `request`: status line, Via, From, To, Call-ID and CSeq as RFC 3261
    /// section 8.2.6.2 has them, Timestamp in a 100, and Record-Route in what may set up a dialog
    /// (section 12.1.1). Add what else belongs to it and finish.
    ///
    /// `to_tag` is added to a To that has no tag yet; give none for a 100. An empty `reason` stands for
    /// the usual one.
    ///
    /// The header fields are copied, whether they are sound or not, so that a broken request can be
    /// answered too.
    pub fn response_to(
        buffer: &'b mut [u8],
        request: &Message<'_>,
        status: StatusCode,
        reason: &str,
        to_tag: Option<&str>,
    ) -> Self {
        let reason = if reason.is_empty() {
            status.default_reason()
        } else {
            reason
        };
        let mut writer = Self::response(buffer, status, reason);
        writer.copy_all(request, HeaderName::Via);
        let may_dialog = matches!(
            request.method(),
            Some(Method::Invite | Method::Subscribe | Method::Refer | Method::Notify)
        );
        if may_dialog && status > StatusCode::TRYING && status.class() <= 2 {
            writer.copy_all(request, HeaderName::RecordRoute);
        }
        if let Some(from) = request.header(HeaderName::From) {
            writer.copy(from);
        }
        if let Some(to) = request.header(HeaderName::To) {
            writer.copy_value(to, to.value());
            if let Some(tag) = to_tag.filter(|_| !has_tag(to.value())) {
                if !all(tag.as_bytes(), TOKEN) {
                    writer.fail(WriteError::HeaderValue {
                        name: Some(HeaderName::To),
                    });
                }
                writer.push(b";tag=");
                writer.push(tag.as_bytes());
            }
            writer.end_line();
        }
        for name in [HeaderName::CallId, HeaderName::CSeq] {
            if let Some(field) = request.header(name) {
                writer.copy(field);
            }
        }
        if status == StatusCode::TRYING
            && let Some(field) = request.header(HeaderName::Timestamp)
        {
            writer.copy(field);
        }
        writer
    }
}

/// Whether a To value has a tag; of a broken one, whether it looks so.
fn has_tag(to: &[u8]) -> bool {
    // In the first request of a dialog there is none, which is told before the value is read.
    if !says_tag(to) {
        return false;
    }
    match To::parse(to) {
        Ok(to) => to.tag.is_some(),
        Err(_) => to
            .windows(5)
            .any(|window| window.eq_ignore_ascii_case(b";tag=")),
    }
}

/// Whether the letters `tag` stand somewhere.
fn says_tag(value: &[u8]) -> bool {
    let from = |at: usize| value.get(at..).unwrap_or_default();
    let letters = value.iter().zip(from(1)).zip(from(2));
    // No early exit, so that it runs in vectors.
    letters.fold(false, |found, ((first, second), third)| {
        // With this bit a letter is small.
        found | ((first | 0x20 == b't') & (second | 0x20 == b'a') & (third | 0x20 == b'g'))
    })
}

/// Writes a response without body to `request`, see [`MessageWriter::response_to`], and returns its size.
///
/// # Errors
///
/// Any [`WriteError`] but [`WriteError::Source`].
pub fn write_response_to(
    request: &Message<'_>,
    status: StatusCode,
    reason: &str,
    to_tag: Option<&str>,
    buffer: &mut [u8],
) -> Result<usize, WriteError> {
    MessageWriter::response_to(buffer, request, status, reason, to_tag).finish()
}

/// Writes the ACK to a 300 to 699 response (RFC 3261 section 17.1.1.3) and returns its size: Request-URI,
/// top Via, From, Call-ID, Route and the CSeq number of `invite`, and the To of `response`.
///
/// # Errors
///
/// [`WriteError::Source`] where one of these is missing or broken, else any [`WriteError`].
pub fn write_ack_for(
    invite: &Message<'_>,
    response: &Message<'_>,
    buffer: &mut [u8],
) -> Result<usize, WriteError> {
    same_transaction(invite, response, Method::Ack, buffer)
}

/// Writes the CANCEL for `invite` (RFC 3261 section 9.1) and returns its size: the same Request-URI, top
/// Via, From, To, Call-ID, Route and CSeq number.
///
/// # Errors
///
/// As [`write_ack_for`].
pub fn write_cancel_for(invite: &Message<'_>, buffer: &mut [u8]) -> Result<usize, WriteError> {
    same_transaction(invite, invite, Method::Cancel, buffer)
}

fn same_transaction(
    invite: &Message<'_>,
    to_from: &Message<'_>,
    method: Method<'static>,
    buffer: &mut [u8],
) -> Result<usize, WriteError> {
    let uri = invite.request_uri().ok_or(WriteError::StartLine)?;
    let number = invite.require::<CSeq<'_>>()?.number;
    let via = required(invite, HeaderName::Via)?;
    let (_, top_via) = Values::new(via.value())
        .next()
        .ok_or(HeaderError::Missing {
            name: HeaderName::Via,
        })?;
    Via::parse(top_via)?;

    let mut writer = MessageWriter::request(buffer, method, uri);
    writer.copy_value(via, top_via);
    writer.end_line();
    writer
        .typed(&MaxForwards(70))
        .copy_all(invite, HeaderName::Route)
        .copy(required(invite, HeaderName::From)?)
        .copy(required(to_from, HeaderName::To)?)
        .copy(required(invite, HeaderName::CallId)?)
        .typed(&CSeq { number, method })
        .finish()
}

fn required<'a>(
    message: &Message<'a>,
    name: HeaderName<'static>,
) -> Result<HeaderField<'a>, HeaderError> {
    message.header(name).ok_or(HeaderError::Missing { name })
}
