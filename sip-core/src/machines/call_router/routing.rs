//! Where a call goes, and what its INVITE says.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::SocketAddr;

use trunkline_sans_io::FiveTuple;

use crate::machines::trunk_group::peer::transport_param;
use crate::{HostPort, TrunkAttempts, TrunkId, TrunkRoute};

/// Names a group of a [`CallRouter`](super::CallRouter): its place in the list that the router was made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupId(usize);

impl GroupId {
    /// The group at this place of the list, from 0.
    #[must_use]
    pub const fn new(index: usize) -> Self {
        Self(index)
    }

    /// The place.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// A trunk of one of the groups of a [`CallRouter`](super::CallRouter).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupTrunk {
    /// The group.
    pub group: GroupId,
    /// Its trunk.
    pub trunk: TrunkId,
}

/// Where a call goes, as [`CallRouter::route`](super::CallRouter::route) takes it. Hosts, ports and transports
/// are those of the trunk of each attempt.
///
/// User parts may be taken from a URI as they stand there: what is percent-escaped stays so, and what must not
/// stand in a user part gets escaped. An empty one is left out.
#[derive(Clone, Copy, Debug)]
pub struct Routing<'a> {
    /// The group whose trunks are tried. It may be the one that the call came from.
    pub group: GroupId,
    /// The user part of Request-URI and To: the number that is called.
    pub called: &'a str,
    /// The user part of From and Contact: the number that the callee is to see.
    pub caller: &'a str,
    /// What From says before the address, without quotes and escapes. Control characters are left out.
    pub display_name: Option<&'a str>,
    /// Header fields beside those that cross, see
    /// [`BackToBackConfig::crossing`](crate::BackToBackConfig::crossing).
    pub headers: &'a [(&'a str, &'a str)],
    /// Whether the caller may be sent early media, see
    /// [`ConnectOptions::early_media`](crate::ConnectOptions::early_media).
    pub early_media: bool,
}

impl<'a> Routing<'a> {
    /// A call to `called` from `caller` over the trunks of `group`: no display name, no further header fields,
    /// and with early media.
    #[must_use]
    pub const fn new(group: GroupId, called: &'a str, caller: &'a str) -> Self {
        Self {
            group,
            called,
            caller,
            display_name: None,
            headers: &[],
            early_media: true,
        }
    }
}

/// A call that was routed.
#[derive(Debug)]
pub(super) struct Routed {
    pub(super) group: GroupId,
    pub(super) attempts: TrunkAttempts,
    /// The trunk that was called last, and where it led.
    pub(super) current: Option<(GroupTrunk, SocketAddr)>,
    pub(super) early_media: bool,
    pub(super) headers: Vec<(Box<str>, Box<str>)>,
    /// User parts as a URI has them, each with its `@`, and the display name in its quotes.
    called: String,
    caller: String,
    display_name: String,
}

/// What the INVITE of an attempt says.
#[derive(Debug)]
pub(super) struct Addressing {
    pub(super) request_uri: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) contact: String,
}

impl Routed {
    pub(super) fn new(routing: &Routing<'_>, attempts: TrunkAttempts) -> Self {
        let headers = routing.headers.iter();
        Self {
            group: routing.group,
            attempts,
            current: None,
            early_media: routing.early_media,
            headers: headers
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            called: user_part(routing.called),
            caller: user_part(routing.caller),
            display_name: routing.display_name.map_or_else(String::new, quoted),
        }
    }

    /// The addresses of an attempt. The callee's host is named as it was configured, never by what it
    /// resolved to; we are where `public` says. There are no ports in From and To (RFC 3261 section 19.1.1).
    pub(super) fn addressing(&self, route: &TrunkRoute<'_>, public: HostPort<'_>) -> Addressing {
        let Self {
            called,
            caller,
            display_name,
            ..
        } = self;
        let TrunkRoute {
            destination,
            host,
            port,
            ..
        } = route;
        let FiveTuple { transport, .. } = destination.path;
        let param = transport_param(transport);
        Addressing {
            request_uri: format!("sip:{called}{host}:{port}{param}"),
            from: format!("{display_name}<sip:{caller}{}>", public.host),
            to: format!("<sip:{called}{host}>"),
            contact: format!("<sip:{caller}{public}{param}>"),
        }
    }
}

/// A user part with its `@` (RFC 3261 section 25.1), nothing where it is empty.
fn user_part(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = text.as_bytes();
    let mut part = String::with_capacity(text.len() + 1);
    for (at, &byte) in bytes.iter().enumerate() {
        let is_escape = || {
            let digits = bytes.get(at + 1..at + 3);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        let stays = match byte {
            b'%' => is_escape(),
            _ => byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte),
        };
        if stays {
            part.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
            part.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
    if !part.is_empty() {
        part.push('@');
    }
    part
}

/// A display name in quotes, and the space after it.
fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 3);
    quoted.push('"');
    for char in name.chars().filter(|char| !char.is_control()) {
        if matches!(char, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted.push_str("\" ");
    quoted
}
