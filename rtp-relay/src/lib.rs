//! An RTP relay without IO: what stands between the two sides of a call and forwards its media.
//!
//! A [`Session`] has two legs with an RTP and an RTCP socket each. It says of every packet where
//! it goes or why it is dropped, accepts media from nobody but the peer that signalling named,
//! and measures what it sees: counts, loss and jitter of each leg, next to what the peers report
//! of themselves. It is plain data below 1 KiB that owns no socket and reads no clock.
//!
//! [`Relay`] is a bounded table of sessions with the ports that they use, and [`mod@tokio`] runs it
//! on real sockets, with one task for many calls.
//!
//! ```
//! use core::time::Duration;
//! use trunkline_rtp_relay::RtpHeader;
//! use trunkline_rtp_relay::{
//!     Component, DropReason, Leg, LegConfig, RemoteMedia, Session, SessionConfig, Verdict,
//! };
//! use trunkline_rtp_relay::sans_io::Instant;
//!
//! let caller = ([192, 0, 2, 9], 40_000).into();
//! let callee = ([203, 0, 113, 5], 17_000).into();
//! let mut now = Instant::ORIGIN;
//!
//! // The addresses are those of the offer and of the answer.
//! let leg = |peer| LegConfig { remote: Some(RemoteMedia::new(peer)), ..LegConfig::default() };
//! let mut session = Session::new(now, SessionConfig {
//!     legs: [leg(caller), leg(callee)],
//!     media_timeout: Some(Duration::from_secs(60)),
//! });
//!
//! // A second of G.711 from the caller, of which one packet gets lost.
//! for sequence_number in (0..50).filter(|number| *number != 25) {
//!     let header = RtpHeader {
//!         payload_type: 8,
//!         sequence_number,
//!         timestamp: u32::from(sequence_number) * 160,
//!         ..RtpHeader::default()
//!     };
//!     let mut packet = [0; 172];
//!     header.write(&[0xd5; 160], &mut packet)?;
//!     now = Instant::from_millis(u64::from(sequence_number) * 20);
//!     let verdict = session.handle_packet(now, Leg::A, Component::Rtp, caller, &mut packet);
//!     assert!(matches!(
//!         verdict,
//!         Verdict::Forward { leg: Leg::B, destination, .. } if destination == callee
//!     ));
//! }
//!
//! // Somebody else tries to get into the call.
//! let stranger = ([198, 51, 100, 66], 40_000).into();
//! let mut packet = [0x80; 172];
//! let verdict = session.handle_packet(now, Leg::A, Component::Rtp, stranger, &mut packet);
//! assert_eq!(verdict, Verdict::Drop(DropReason::WrongAddress));
//!
//! let statistics = session.statistics(now);
//! let from_caller = statistics.leg(Leg::A);
//! assert_eq!((from_caller.received.packets(), from_caller.received.lost()), (49, 1));
//! assert_eq!(from_caller.dropped.strangers(), 1);
//! assert_eq!(statistics.leg(Leg::B).sent.packets, 49);
//! # Ok::<(), trunkline_rtp_relay::sans_io::BufferTooSmall>(())
//! ```
//!
//! The examples are whole programs: `relay` (two blocking sockets), `relay_tokio` (the driver) and `static_relay`
//! (no allocator): `cargo run -p trunkline-rtp-relay --example relay`.
//!
//! # What is supported
//!
//! | | |
//! |---|---|
//! | RTP (RFC 3550) | view with CSRC list, header extension (RFC 8285 elements raw) and padding; rewriting in place; writer |
//! | RTCP (RFC 3550) | compound walk: SR, RR, SDES, BYE, APP; feedback (RFC 4585) and XR (RFC 3611) raw; writers for SR, RR, SDES, BYE |
//! | demultiplexing | by first byte (RFC 7983), RTP from RTCP (RFC 5761); a peer may multiplex both on one port |
//! | ports | even and odd pairs in a range, unpredictable, resting after use, tolerant of ports that others have |
//! | source check | strict by default; learning of a source behind NAT within a window, on probation; access lists |
//! | statistics | RFC 3550 A.1, A.3, A.8 for each leg, with the jitter's mean and height and the longest gap; RTCP reports of the peers and round trips kept apart; drops by reason |
//! | rating | R and MOS by the E-model (ITU-T G.107) from loss and delay, for G.711 |
//! | admission | channels, bandwidth in kbit/s and a soft limit for each side; emergency calls always pass |
//! | hold | the SDP directions; RTCP goes on |
//! | media time-out | for each session, not on hold |
//! | payload types | mapped from leg to leg, telephone events (RFC 4733) among them |
//! | DSCP | set by the driver, by a table of local ports |
//! | not yet | SRTP, answers to STUN and DTLS, DTMF detection, snapshots |
//! | never | transcoding, mixing, recording, jitter buffers |
//!
//! # What works where
//!
//! | feature | what it adds |
//! |---|---|
//! | none (core) | [`Rtp`], [`Rtcp`] and their writers, [`Session`], [`Latch`], [`ReceptionStatistics`], [`EModel`], [`Admission`], [`Ports`] over the caller's buffer |
//! | `alloc` | [`Relay`] |
//! | `std` (default) | nothing of its own |
//! | `tokio` | [`mod@tokio`], on Linux |

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "tokio", target_os = "linux")),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "without these features the front page names things that are not there"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub use trunkline_sans_io as sans_io;

mod machines;
#[cfg(all(feature = "tokio", target_os = "linux"))]
pub mod tokio;
mod wire;

pub use machines::*;
pub use wire::*;
