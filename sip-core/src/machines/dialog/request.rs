//! Requests inside a dialog (RFC 3261 section 12.2.1.1).

use trunkline_sans_io::Storage;

use super::Dialog;
use crate::header::{CSeq, CallId, MaxForwards, Route};
use crate::wire::uri::{SipUri, Uri};
use crate::{HeaderName, MessageWriter, Method};

/// Max-Forwards of a new request (RFC 3261 section 8.1.1.6).
const MAX_FORWARDS: MaxForwards = MaxForwards(70);

impl<S: Storage<u8>> Dialog<S> {
    /// Starts a request: request line, Route, Max-Forwards, From, To, Call-ID and CSeq. Add what else belongs
    /// to it and finish. The Via is for the transaction layer.
    ///
    /// `cseq` comes from [`Dialog::next_cseq`]; an ACK has that of its INVITE.
    ///
    /// Where the next hop is a strict router, its URI becomes the Request-URI and the remote target the
    /// last Route (RFC 3261 section 12.2.1.1).
    pub fn request<'b>(
        &self,
        buffer: &'b mut [u8],
        method: Method<'_>,
        cseq: u32,
    ) -> MessageWriter<'b> {
        let mut routes = self.routes();
        let strict = routes.next().filter(|first| !first.is_loose_router());
        let mut writer = match strict.as_ref().and_then(|first| first.uri().as_sip()) {
            Some(uri) => {
                let mut writer = MessageWriter::request(buffer, method, without_headers(uri));
                let target = Uri::parse(self.remote_target()).map(Route::new);
                writer.list(HeaderName::Route, routes.chain(target.ok()));
                writer
            }
            None => {
                let mut writer = MessageWriter::request(buffer, method, self.remote_target());
                writer.list(HeaderName::Route, self.routes());
                writer
            }
        };
        writer.typed(&MAX_FORWARDS);
        for (name, address, tag) in [
            (
                HeaderName::From,
                self.local_address(),
                Some(self.local_tag()),
            ),
            (HeaderName::To, self.remote_address(), self.remote_tag()),
        ] {
            match tag.filter(|tag| !tag.is_empty()) {
                Some(tag) => writer.header(name, format_args!("{address};tag={tag}")),
                None => writer.header(name, address),
            };
        }
        writer.typed(&CallId(self.call_id())).typed(&CSeq {
            number: cseq,
            method,
        });
        writer
    }

    /// The URI that tells where requests go: the first of the route set, or the remote target
    /// (RFC 3261 section 8.1.2). `None` where it is neither sip nor sips.
    pub fn next_hop(&self) -> Option<SipUri<'_>> {
        match self.routes().next() {
            Some(first) => first.uri().as_sip().copied(),
            None => SipUri::parse(self.remote_target()).ok(),
        }
    }
}

/// A URI as it may stand in a request line: without headers (RFC 3261 section 19.1.1).
pub(super) fn without_headers<'a>(uri: &SipUri<'a>) -> &'a str {
    let text = uri.as_str();
    text.split_once('?').map_or(text, |(uri, _)| uri)
}
