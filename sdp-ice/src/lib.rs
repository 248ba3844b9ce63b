#![cfg_attr(docsrs, feature(doc_cfg))]
//! SDP (RFC 8866) and offer/answer (RFC 3264) without IO, without allocation and without loss.
//!
//! A session description is a borrowed view of lines. Every byte received stays reachable, fields
//! and attributes are typed when asked for, and one bad line never hides the others. Editing
//! copies what it does not change byte for byte. On top stands as much of offer/answer as an
//! audio end point and a media relay between two parties need.
//!
//! # An end point
//!
//! One call makes the offer, one the answer, one reads what the other side wants:
//!
//! ```
//! use trunkline_sdp_ice::{
//!     LocalOrigin, LocalStream, StreamPolicy, answer, first_usable, offer,
//! };
//! use trunkline_sdp_ice::{Mode, Sdp};
//!
//! let mut buffer = [0; 512];
//! let audio = LocalStream::new(StreamPolicy::G711, 4000);
//! let mut origin = LocalOrigin::new(1);
//! let length = offer(&[audio], [192, 0, 2, 10].into(), &mut origin, &mut buffer)?;
//!
//! // the callee
//! let offered = Sdp::parse(&buffer[..length], Mode::Tolerant)?;
//! let caller = first_usable(&offered, &StreamPolicy::G711)?;
//! assert_eq!(caller.rtp, "192.0.2.10:4000".parse().ok());
//! assert_eq!((caller.payload_type, caller.telephone_event), (0, Some(101)));
//!
//! let mut buffer = [0; 512];
//! let audio = LocalStream::new(StreamPolicy::G711, 5000);
//! let mut origin = LocalOrigin::new(2);
//! let length = answer(&offered, &[audio], [192, 0, 2, 20].into(), &mut origin, &mut buffer)?;
//!
//! // the caller
//! let answered = Sdp::parse(&buffer[..length], Mode::Tolerant)?;
//! let callee = first_usable(&answered, &StreamPolicy::G711)?;
//! assert_eq!(callee.rtp, "192.0.2.20:5000".parse().ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A relay
//!
//! [`describe`] says of each `m=` line what the relay needs; [`relay`](fn@relay) writes
//! the description for the other party, with the addresses of the relay in it:
//!
//! ```
//! use trunkline_sdp_ice::{OfferAnswer, RelayAddress, StreamPolicy, describe, relay};
//! use trunkline_sdp_ice::{Mode, Sdp};
//!
//! let from_a = b"v=0\r\no=a 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n\
//!     m=audio 4000 RTP/AVP 9 8\r\na=rtpmap:9 G722/8000\r\na=rtcp-mux\r\na=x-any\r\n";
//! let sdp = Sdp::parse(from_a, Mode::Tolerant)?;
//! for media in sdp.media() {
//!     let stream = describe(&media, &StreamPolicy::G711)?;
//!     assert_eq!(stream.rtp, "10.0.0.1:4000".parse().ok());
//! }
//!
//! let mut leg_b = OfferAnswer::new(77);
//! let relays = [Some(RelayAddress {
//!     address: [192, 0, 2, 1].into(),
//!     rtp_port: 30000,
//!     rtcp_port: 30001,
//! })];
//! let mut out = [0; 512];
//! let length = relay(&sdp, &StreamPolicy::G711, &relays, &mut leg_b.origin, &mut out)?;
//! leg_b.send_offer(relays.len())?;
//! assert_eq!(
//!     &out[..length],
//!     b"v=0\r\no=- 77 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
//!     m=audio 30000 RTP/AVP 8\r\na=x-any\r\n"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The example `answer` does both for an offer in a file: `cargo run -p trunkline-sdp-ice --example answer`.
//!
//! # What is supported
//!
//! | what | supported | not supported |
//! |---|---|---|
//! | lines of RFC 8866 | all, in strict and tolerant mode; unknown ones kept; typed: `o=`, `c=`, `b=`, `t=`, `m=`, `a=` | types for `r=`, `z=` |
//! | attributes, typed | `rtpmap`, `fmtp`, `ptime`, `maxptime`, direction, `rtcp`, `rtcp-mux`, `mid`, `group`, `ssrc`, `crypto`, `cryptoscale`, `candidate`, `x-candidate-ipv6`, `ice-ufrag`, `ice-pwd`, `ice-options`, `ice-lite`, `fingerprint`, `setup` | all others are raw |
//! | candidates | RFC 8839, RFC 6544, MS-ICE2, mDNS and host names, IPv6 zones, unknown extensions; those of draft-ietf-mmusic-ice-06 are told apart | types for the latter |
//! | offer/answer | `RTP/AVP` unicast, codecs by name or static number, telephone events, comfort noise, direction and both forms of hold, `ptime`, rejected streams | choice by `fmtp`, SRTP, AVPF, BUNDLE, `rtcp-mux`, preconditions |
//! | relay | rewriting of address, port, RTCP, formats, `o=`; ICE, keys and DTLS are ended | media other than one type of `RTP/AVP` per policy |
//! | ICE | reading its attributes | the agent |
//!
//! # Features
//!
//! | module | core (no features) | `alloc` | `std` (default) |
//! |---|---|---|---|
//! | `wire`: [`Sdp`], [`Media`], [`attribute`], [`Edit`], [`Writer`] | all | all | all |
//! | `machines`: [`offer`], [`answer`], [`relay`](fn@relay), [`OfferAnswer`] | all | all | all |
//!
//! Nothing here allocates at any level. `std` lets `memchr` choose its search at run time. There is
//! no `tokio` feature, since nothing here does IO.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod machines;
mod wire;

pub use machines::*;
pub use wire::*;
