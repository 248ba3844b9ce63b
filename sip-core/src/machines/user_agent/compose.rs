//! The messages that a user agent makes.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use trunkline_sans_io::Transport;

use super::Outgoing;
use super::error::ComposeError;
use super::usage::{OwnedDialog, Sent};
use crate::header::{CSeq, CallId, Contact, From, Header as _, MaxForwards, To};
use crate::wire::uri::Uri;
use crate::{
    HeaderName, HostPort, Message, MessageWriter, Method, OwnedMessage, StatusCode, WriteError,
};

/// The body of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body<'a> {
    /// Its Content-Type, such as `application/sdp`.
    pub content_type: &'a str,
    /// Its octets.
    pub bytes: &'a [u8],
}

/// What the owner puts into a message, and the Contact where it belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) contact: Option<&'a str>,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Option<Body<'a>>,
}

impl Parts<'_> {
    pub(super) const NONE: Self = Self {
        contact: None,
        headers: &[],
        body: None,
    };

    /// Adds all of it and ends the message.
    fn finish(&self, writer: &mut MessageWriter<'_>) -> Result<usize, WriteError> {
        if let Some(contact) = self.contact {
            writer.header(HeaderName::Contact, contact);
        }
        for &(name, value) in self.headers {
            writer.header(name, value);
        }
        match self.body {
            Some(body) => writer.finish_with(body.content_type, body.bytes),
            None => writer.finish(),
        }
    }
}

/// What `write` writes, as an allocation of just its size. `scratch` is kept from message to message.
fn written(
    scratch: &mut Vec<u8>,
    write: impl Fn(&mut [u8]) -> Result<usize, WriteError>,
) -> Result<Bytes, ComposeError> {
    let len = match write(scratch) {
        Err(WriteError::TooSmall { needed }) => {
            scratch.resize(needed, 0);
            write(scratch)?
        }
        result => result?,
    };
    Ok(Bytes::copy_from_slice(
        scratch.get(..len).unwrap_or_default(),
    ))
}

/// Whether a header field is one that the user agent writes itself; `contact`: in this message Contact is.
pub(in crate::machines) fn is_reserved(name: HeaderName<'_>, contact: bool) -> bool {
    match name {
        HeaderName::Contact => contact,
        HeaderName::Via
        | HeaderName::From
        | HeaderName::To
        | HeaderName::CallId
        | HeaderName::CSeq
        | HeaderName::MaxForwards
        | HeaderName::RecordRoute
        | HeaderName::ContentType
        | HeaderName::ContentLength => true,
        _ => false,
    }
}

/// Refuses those.
pub(super) fn check_headers(headers: &[(&str, &str)], contact: bool) -> Result<(), ComposeError> {
    let reserved = |(name, _): &(&str, _)| is_reserved(HeaderName::new(name), contact);
    match headers.iter().position(reserved) {
        Some(index) => Err(ComposeError::Reserved { index }),
        None => Ok(()),
    }
}

/// Reads the value of a Contact that has to be one sip or sips URI.
pub(super) fn check_contact(contact: &str) -> Result<(), ComposeError> {
    let parsed = Contact::parse(contact.as_bytes())?;
    match parsed.uri().and_then(|uri| uri.as_sip()) {
        Some(_) => Ok(()),
        None => Err(ComposeError::Contact),
    }
}

/// A Contact that leads to `sent_by` over this transport.
pub(super) fn contact_of(sent_by: HostPort<'_>, transport: Transport, secure: bool) -> Box<str> {
    let scheme = if secure { "sips" } else { "sip" };
    match transport {
        Transport::Udp => format!("<{scheme}:{sent_by}>").into(),
        Transport::Tls if secure => format!("<sips:{sent_by}>").into(),
        _ => {
            let transport = transport.as_str().to_ascii_lowercase();
            format!("<{scheme}:{sent_by};transport={transport}>").into()
        }
    }
}

/// Writes messages.
#[derive(Debug)]
pub(super) struct Composer {
    scratch: Vec<u8>,
    product: Option<String>,
}

/// What a request outside of dialogs gets from the user agent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh<'a> {
    pub(super) tag: &'a str,
    pub(super) call_id: &'a str,
    pub(super) cseq: u32,
}

impl Composer {
    pub(super) const fn new(product: Option<String>) -> Self {
        Self {
            scratch: Vec::new(),
            product,
        }
    }

    /// A request outside of any dialog.
    pub(super) fn request(
        &mut self,
        method: Method<'_>,
        outgoing: &Outgoing<'_>,
        fresh: Fresh<'_>,
        contact: Option<&str>,
    ) -> Result<Bytes, ComposeError> {
        check_headers(outgoing.headers, true)?;
        Uri::parse(outgoing.request_uri)?;
        let from = From {
            tag: Some(fresh.tag),
            ..From::parse(outgoing.from.as_bytes())?
        };
        let to = To {
            tag: None,
            ..To::parse(outgoing.to.as_bytes())?
        };
        let call_id = CallId(outgoing.call_id.unwrap_or(fresh.call_id));
        let parts = Parts {
            contact,
            headers: outgoing.headers,
            body: outgoing.body,
        };
        let product = self.product.as_deref();
        written(&mut self.scratch, |buffer| {
            let mut writer = MessageWriter::request(buffer, method, outgoing.request_uri);
            writer
                .typed(&MaxForwards(outgoing.max_forwards))
                .typed(&from)
                .typed(&to)
                .typed(&call_id)
                .typed(&CSeq {
                    number: fresh.cseq,
                    method,
                });
            if let Some(product) = product {
                writer.header(HeaderName::UserAgent, product);
            }
            parts.finish(&mut writer)
        })
    }

    /// A request in `dialog`.
    pub(super) fn in_dialog(
        &mut self,
        dialog: &OwnedDialog,
        method: Method<'_>,
        cseq: u32,
        parts: Parts<'_>,
    ) -> Result<Bytes, ComposeError> {
        check_headers(parts.headers, true)?;
        let product = self.product.as_deref();
        written(&mut self.scratch, |buffer| {
            let mut writer = dialog.request(buffer, method, cseq);
            if let Some(product) = product {
                writer.header(HeaderName::UserAgent, product);
            }
            parts.finish(&mut writer)
        })
    }

    /// The ACK to a 2xx, with the credentials of the INVITE (RFC 3261 section 22.1).
    pub(super) fn ack(
        &mut self,
        dialog: &OwnedDialog,
        invite: &Sent,
        parts: Parts<'_>,
    ) -> Result<Bytes, ComposeError> {
        check_headers(parts.headers, true)?;
        let credentials = invite.authenticated.as_deref().map(OwnedMessage::message);
        written(&mut self.scratch, |buffer| {
            let mut writer = dialog.request(buffer, Method::Ack, invite.cseq);
            if let Some(request) = &credentials {
                writer
                    .copy_all(request, HeaderName::Authorization)
                    .copy_all(request, HeaderName::ProxyAuthorization);
            }
            parts.finish(&mut writer)
        })
    }

    /// A response.
    pub(super) fn response(
        &mut self,
        request: &Message<'_>,
        status: StatusCode,
        reason: &str,
        tag: Option<&str>,
        parts: Parts<'_>,
    ) -> Result<Bytes, ComposeError> {
        let product = self.product.as_deref();
        written(&mut self.scratch, |buffer| {
            let mut writer = MessageWriter::response_to(buffer, request, status, reason, tag);
            if let Some(product) = product {
                writer.header(HeaderName::Server, product);
            }
            parts.finish(&mut writer)
        })
    }
}
