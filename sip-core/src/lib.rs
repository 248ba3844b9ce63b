//! SIP without IO: messages, transactions, dialogs, and a tokio endpoint over UDP and TCP.
//!
//! Three layers, each usable without the next:
//!
//! * **Messages** (no allocation): [`Message`] is a view of the octets of a message and an index of its
//!   header fields in the caller's array. Headers are read when asked for, as the types in [`header`];
//!   [`uri`] has sip, sips and tel. [`Framer`] finds messages in a stream, [`validate()`] says how to answer
//!   one that must not be processed, [`MessageWriter`] writes, and [`Patch`] forwards with a few changes
//!   and every other octet as it came.
//! * **Machines** (no sockets, no clock): transactions, dialogs, and with `alloc` the tables of them.
//! * **tokio**: sockets and timers for the machines.
//!
//! # Where to begin
//!
//! | for | take |
//! |---|---|
//! | reading and writing messages | [`Message`], [`MessageWriter`], and [`Patch`] to forward them |
//! | a program on sockets | [`tokio::Endpoint`], which runs one of the next two |
//! | a telephone, a service that takes or makes calls | [`UserAgent`] |
//! | single requests without dialogs, or a proxy | [`TransactionLayer`] |
//! | calls that go on to other hosts: a gateway, a session border controller | [`CallRouter`] over a [`UserAgent`]; [`PeeringConfig`] makes its listeners, groups of hosts and rules of access from a configuration |
//! | the same with a choice of hosts of your own | [`BackToBack`], and [`TrunkGroup`] for the health of the hosts |
//! | to know who sends a request, or to have a password | [`DigestServer`], and [`UserAgent::add_account`]; without a user agent [`DigestClient`], as in the example `digest` |
//!
//! The examples are whole programs: `options` (a transaction layer on a blocking socket), `static_options` (one
//! transaction, no allocator), `answer_calls` (a telephone with tokio), `b2bua` (an endpoint, a call router, two
//! hosts), `digest` (a password asked for and given), `inspect` (messages and captures taken apart), `write_messages` (one by each writer) and `torture` (what the torture messages come to): `cargo run -p trunkline-sip-core --example options`.
//!
//! ```
//! use trunkline_sip_core::header::{From, Via};
//! use trunkline_sip_core::{HeaderSpan, Message, Rules, StatusCode, validate, write_response_to};
//!
//! let datagram = b"OPTIONS sip:gw1.example.com SIP/2.0\r\n\
//!     Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n\
//!     Max-Forwards: 70\r\n\
//!     f: \"Probe\" <sip:ping@example.com>;tag=8a7b6c5d\r\n\
//!     To: <sip:gw1.example.com>\r\n\
//!     Call-ID: 3f2a9c71b0e44@192.0.2.10\r\n\
//!     CSeq: 4711 OPTIONS\r\n\
//!     Content-Length: 0\r\n\r\n";
//!
//! let mut index = [HeaderSpan::default(); 64];
//! let request = Message::parse(datagram, &mut index)?;
//! let status = match validate(&request, &Rules::DEFAULT) {
//!     Ok(()) => Some(StatusCode::OK),
//!     Err(rejection) => rejection.status(), // none to an ACK or a response: these are dropped
//! };
//! assert_eq!(request.require::<From>()?.tag, Some("8a7b6c5d"));
//! assert_eq!(request.require::<Via>()?.transaction_id(), Some("776asdhds"));
//!
//! let mut answer = [0; 1500];
//! let len = match status {
//!     Some(status) => write_response_to(&request, status, "", Some("totag"), &mut answer)?,
//!     None => 0,
//! };
//! assert!(answer[..len].starts_with(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is supported
//!
//! | | supported | not supported |
//! |---|---|---|
//! | messages | requests, responses, folding, compact forms, unknown headers and octets kept; multipart bodies and `message/sipfrag`; RFC 4475 and RFC 5118 in full | heads over 65,535 octets, header names over 255 octets, bare CR or LF as a line end: refused |
//! | typed headers | all of RFC 3261 and of more than thirty later RFCs, read and written: the table of [`header`] names the types; your own by [`header::Header`], as its guide shows; PASSporTs (RFC 8225) signed and verified by keys of yours | Identity and Identity-Info of RFC 4474, and all that the table does not name: raw values |
//! | URIs | sip, sips (comparison of RFC 3261 section 19.1.4), tel (RFC 3966), urn (RFC 8141) | other schemes are kept as text |
//! | streams | Content-Length framing, keep-alives of RFC 5626, limits | WebSocket |
//! | authentication | Digest (RFC 7616, RFC 8760): MD5, SHA-256, SHA-512-256 and their -sess forms, `auth` and `auth-int`, RFC 2069; `DigestServer` for user agent servers, registrars and proxies, with stateless nonces and a check of replays; `DigestClient` for several realms at once; a `UserAgent` with accounts, each for a realm and for certain peers, answers 401 and 407 to any of its requests, authenticates what follows and tells of wrong proofs; NTLM, Kerberos, TLS-DSK and others pass as they stand | proofs of servers that are demanded |
//! | transactions, dialogs | RFC 3261 with RFC 6026 | PRACK, session timers, REGISTER bindings |
//! | access | who may send requests to which local address: 403 or silence for all others, before their messages are parsed | |
//! | calls | user agent (forks, early dialogs, re-INVITE, UPDATE, INFO), back-to-back user agent with early and late offers | reliable provisional responses (100rel), session timers, transfer (REFER), Replaces; who requires one of them gets 420, and REFER through a `BackToBack` 405 |
//! | trunks | groups of hosts by name: OPTIONS, health, Retry-After, strict turns, 2 local addresses by 2 hosts; calls over them with failover | parallel forking, weights and priorities, registration with a provider |
//! | transports | UDP, TCP (RFC 3581, connection reuse, large requests move to TCP); DSCP by protocol and local port | TLS, WebSocket, SCTP |
//! | names | A and AAAA with their TTL, by the servers of the system or others | NAPTR and SRV (RFC 3263) |
//!
//! # What works where
//!
//! | | core | `alloc` | `std` | `tokio` |
//! |---|---|---|---|---|
//! | [`Message`], [`header`], [`uri`], [`validate()`], [`MessageWriter`], [`Patch`], [`Framer`] | yes | yes | yes | yes |
//! | one transaction, one dialog, in the caller's storage | yes | yes | yes | yes |
//! | `Ha1`, digests, `DigestServer` | with `digest` | yes | yes | yes |
//! | `DigestClient` | | yes | yes | yes |
//! | `OwnedMessage` | | yes | yes | yes |
//! | `TransactionLayer` with its `AllowedSources`, `UserAgent` | | yes | yes | yes |
//! | `BackToBack`, `TrunkGroup`, `CallRouter` | | yes | yes | yes |
//! | `PeeringConfig` | | yes | yes | yes |
//! | `tokio::Endpoint`, `tokio::Transports`, DSCP on their sockets | | | | yes |
//! | `tokio::Resolver` | | | | with `dns` |
//!
//! The feature `digest` brings the hash functions; `alloc` includes it. The headers of authentication need none.
//! The feature `serde` lets `PeeringConfig`, `NextHop` and `PortRange` stand in configuration files.
//!
//! # Hostile input
//!
//! No input makes anything here panic or take more than a bounded time in proportion to its length.
//! Framer and parser are one scanner, and one place decides where a body ends, so the two cannot disagree
//! about where a message does. What is written cannot contain a header field that was not asked for.
//! Errors are small values with the offset of the fault. There is no unsafe code.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "tokio"),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "the front page tells of every feature"
    )
)]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[cfg(feature = "alloc")]
pub use bytes;
pub use trunkline_sans_io as sans_io;

mod machines;
#[cfg(feature = "alloc")]
mod owned;
mod wire;

pub use wire::{header, uri};

/// All public items but those of `header`, `uri` and `tokio`.
mod items {
    pub use crate::machines::*;
    #[cfg(feature = "alloc")]
    pub use crate::owned::{MAX_HEADERS, OwnedMessage};
    pub use crate::wire::*;
}

/// The modules of the front page: each shows items by subject. Where a list begins with `root`, its items have their
/// pages at the root of the crate, for one begins with them; `here`, in the module, and they are at the root without one.
macro_rules! groups {
    ($(
        $(#[$module:meta])*
        $name:ident {
            $(root $([$root_if:meta])? $($root:ident)*;)*
            $(here $([$here_if:meta])? $($here:ident)*;)*
        }
    )*) => {
        $(
            $(#[$module])*
            pub mod $name {
                #![allow(unused_import_braces, reason = "of one item or of many")]

                $($(#[$root_if])? #[doc(no_inline)] pub use crate::items::{$($root),*};)*
                $($(#[$here_if])? #[doc(inline)] pub use crate::items::{$($here),*};)*
            }
            $($(#[$root_if])? #[doc(inline)] #[allow(unused_import_braces, reason = "of one item or of many")]
            pub use items::{$($root),*};)*
            $($(#[$here_if])? #[doc(hidden)] #[allow(unused_import_braces, reason = "of one item or of many")]
            pub use items::{$($here),*};)*
        )*
    };
}

groups! {
    /// What a message is made of: header fields and their index, names, parameters, quoted strings, hosts; errors.
    ///
    /// It begins with [`Message`], or with [`OwnedMessage`], which owns its octets.
    message {
        root HeaderName Message Method ParseError StartLine StatusCode;
        root [cfg(feature = "alloc")] OwnedMessage;
        here HeaderError HeaderField Headers HeadersNamed HeaderSpan Host HostPort MAX_HEAD
            Param ParamIter Params ParamValue QuotedString Transport TypedAll Unescaped;
        here [cfg(feature = "alloc")] MAX_HEADERS;
    }
    /// Bodies of several parts (RFC 5621), and fragments of messages (RFC 3420).
    multipart {
        here Fragment HeaderBlock Multipart MultipartError MultipartWriter Part;
    }
    /// Writing: messages from nothing, what follows from a message, and messages with a few changes.
    ///
    /// It begins with [`MessageWriter`] and [`Patch`].
    writing {
        root Encode MessageWriter Patch write_response_to WriteError;
        here Encoder MAX_EDITS write_ack_for write_cancel_for;
    }
    /// Messages in a stream. It begins with [`Framer`].
    framing {
        root Framer;
        here Frame FrameError is_keep_alive;
    }
    /// What must not be processed, and how to answer it. It begins with [`validate()`].
    validation {
        root Rejection Rules validate;
        here check_extensions check_max_forwards Leniency MergedIdentity Role unsupported;
    }
    /// Digest authentication: hashes, servers and clients.
    ///
    /// It begins with [`DigestServer`] and [`DigestClient`]; the header fields are in [`header`].
    #[cfg(feature = "digest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "digest")))]
    digest {
        root [cfg(feature = "digest")] DigestServer;
        root [cfg(feature = "alloc")] DigestClient;
        here [cfg(feature = "digest")] Account AlgorithmList Authenticated BadCredentials BodyIntegrity
            ChallengeReason CredentialStore DigestRole DigestServerConfig DigestVerdict Ha1
            HashFunction HexDigest InvalidHa1 NonceUse Secret ServerChallenge SourceBinding;
        here [cfg(feature = "alloc")] AnswerError AuthorizationHeader ChallengePreference DigestAccount
            DigestClientConfig DigestSession ServerProof;
    }
    /// Single transactions (RFC 3261 section 17, RFC 6026), each plain data in storage of the caller's.
    transaction {
        here ClientInvite ClientInviteState ClientNonInvite ClientNonInviteState Destination
            FailureReason Reaction RequestReaction ResponseRefused ServerInvite
            ServerInviteState ServerNonInvite ServerNonInviteState Timers TransactionEvent;
    }
    /// Dialogs (RFC 3261 section 12), each plain data in storage of the caller's.
    dialog {
        here Dialog DialogError DialogState Routes;
    }
    /// The table of transactions that matches messages to them. It begins with [`TransactionLayer`].
    #[cfg(feature = "alloc")]
    layer {
        root [cfg(feature = "alloc")] TransactionLayer;
        here [cfg(feature = "alloc")] AllowedSources CancelError ClientTransaction DropReason LayerConfig LayerEvent
            LayerStatistics PublicAddress RequestError RespondError ServerTransaction;
    }
    /// Calls, and requests around them. It begins with [`UserAgent`].
    #[cfg(feature = "alloc")]
    user_agent {
        root [cfg(feature = "alloc")] UserAgent;
        here [cfg(feature = "alloc")] Body ComposeError EarlyDialogPolicy EndCause Outgoing RejectCause SendError
            UsageError UsageKey UsageState UsageView UserAgentConfig UserAgentEvent;
    }
    /// Calls of two legs (RFC 7092). It begins with [`BackToBack`].
    #[cfg(feature = "alloc")]
    back_to_back {
        root [cfg(feature = "alloc")] BackToBack;
        here [cfg(feature = "alloc")] BackToBackConfig BackToBackEvent CallKey CallState CallSummary CallView
            ConnectError ConnectOptions EndReason Party Refusal SessionBodies
            UnchangedBodies;
    }
    /// Groups of hosts, their health, and which of them is next. It begins with [`TrunkGroup`].
    #[cfg(feature = "alloc")]
    trunk_group {
        root [cfg(feature = "alloc")] TrunkGroup;
        here [cfg(feature = "alloc")] HostId ListenerPorts PortRange PortRangeError Trunk TrunkAlias TrunkAttempts
            TrunkGroupConfig TrunkGroupError TrunkGroupEvent TrunkHealth TrunkId
            TrunkOutcome TrunkRoute TrunkStatus;
    }
    /// Calls that go on over groups of hosts. It begins with [`CallRouter`].
    #[cfg(feature = "alloc")]
    call_router {
        root [cfg(feature = "alloc")] CallRouter;
        here [cfg(feature = "alloc")] CallRouterEvent GroupId GroupTrunk RouteError Routing;
    }
    /// Listeners, groups and rules of access from a configuration. It begins with [`PeeringConfig`].
    #[cfg(feature = "alloc")]
    peering {
        root [cfg(feature = "alloc")] PeeringConfig;
        here [cfg(feature = "alloc")] NextHop NextHopError PeeringFinding PeeringMode PeerRole UnknownPeeringMode;
    }
}

#[cfg(feature = "tokio")]
pub mod tokio;
