//! sip URIs from their parts.

use core::fmt;

use super::escape::escape;
use crate::wire::host::HostPort;
use crate::wire::write::{Encode, Encoder, display};

/// A sip or sips URI to be written: the parts are escaped where they need it.
///
/// ```
/// use trunkline_sip_core::{Host, HostPort, uri::SipUriBuilder};
///
/// let uri = SipUriBuilder {
///     user: Some("alice w"),
///     params: &[("transport", Some("tcp")), ("lr", None)],
///     ..SipUriBuilder::new(HostPort::new(Host::Name("example.com"), Some(5070)))
/// };
/// assert_eq!(uri.to_string(), "sip:alice%20w@example.com:5070;transport=tcp;lr");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SipUriBuilder<'a> {
    /// Whether the scheme is sips.
    pub secure: bool,
    /// The user part, not escaped.
    pub user: Option<&'a str>,
    /// Host and port.
    pub host_port: HostPort<'a>,
    /// Parameters, names and values not escaped.
    pub params: &'a [(&'a str, Option<&'a str>)],
}

impl<'a> SipUriBuilder<'a> {
    /// `sip:host:port`, to be filled in with struct update syntax.
    pub const fn new(host_port: HostPort<'a>) -> Self {
        Self {
            secure: false,
            user: None,
            host_port,
            params: &[],
        }
    }
}

impl Encode for SipUriBuilder<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.push(if self.secure { b"sips:" } else { b"sip:" });
        if let Some(user) = self.user {
            escape(user, b"&=+$,;?/", out);
            out.push(b"@");
        }
        self.host_port.encode(out);
        for (name, value) in self.params {
            out.push(b";");
            escape(name, b"[]/:&+$", out);
            if let Some(value) = value {
                out.push(b"=");
                escape(value, b"[]/:&+$", out);
            }
        }
    }
}

impl fmt::Display for SipUriBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        display(self, f)
    }
}
