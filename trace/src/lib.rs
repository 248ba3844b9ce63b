//! What went over the wire, as calls over several legs, drawn as text and as one HTML page.
//!
//! A [`Capture`] takes messages as sockets see them, and keeps of each what a drawing needs and no
//! secret. A [`Correlator`] finds out which Call-IDs are legs of one call. A [`Ladder`] is such a call
//! drawn out between its participants: `Display` gives text, a [`Page`] of many is one HTML file with
//! inline SVG, without script, that needs no network. [`Golden`] says how a ladder should have looked,
//! and `diff` where it begins to look otherwise. A [`CallRecord`] is what is told of a call when it is
//! over.
//!
//! ```
//! use trunkline_trace::sans_io::{FiveTuple, Instant, Network};
//! use trunkline_trace::{Capture, Correlator, Direction, Golden, Ladder, Names, Page, internal};
//!
//! let mut capture = Capture::new(10_000);
//!
//! // Whatever the sockets carry.
//! let pbx = FiveTuple::udp("10.0.0.2:5060".parse()?, "10.0.0.10:5060".parse()?);
//! let trunk = FiveTuple::udp("203.0.113.2:5060".parse()?, "198.51.100.11:5060".parse()?);
//! let invite = b"INVITE sip:+493012345@10.0.0.2 SIP/2.0\r\n\
//!     From: <sip:+498912345@example.com>;tag=1\r\nTo: <sip:+493012345@example.com>\r\n\
//!     Call-ID: first\r\nCSeq: 1 INVITE\r\n\r\n";
//! let onward = String::from_utf8_lossy(invite).replace("first", "second");
//! let busy = onward.replace("INVITE sip:+493012345@10.0.0.2 SIP/2.0", "SIP/2.0 486 Busy Here");
//! capture.sip(Instant::from_millis(0), pbx, Direction::In, invite);
//! capture.sip(Instant::from_millis(1), trunk, Direction::Out, onward.as_bytes());
//! capture.sip(Instant::from_millis(90), trunk, Direction::In, busy.as_bytes());
//!
//! // Calls, and what they look like.
//! let networks: [Network; 1] = ["10.0.0.0/8".parse()?];
//! let correlator = Correlator::new(internal(&networks));
//! let names = Names::new("sbc").peer(pbx.remote, "pbx").peer(trunk.remote, "link01");
//! let calls = correlator.calls(&capture);
//! let ladder = Ladder::new(&calls[0], &names);
//! assert_eq!(
//!     ladder.to_string(),
//!     "      time  pbx                                sbc                                link01\n     \
//!     0.000  |------------ INVITE ------------->|                                  |\n     \
//!     0.001  |                                  |------------ INVITE ------------->|\n     \
//!     0.090  |                                  |<--------- 486 Busy Here ---------|\n"
//! );
//!
//! // A good call goes another way.
//! let golden = Golden::parse("> INVITE\n> INVITE\nlink01 > sbc: 200\n")?;
//! let deviation = ladder.diff(&golden).expect("the callee was busy");
//! assert_eq!(deviation.step, 3);
//!
//! let mut page = Page::new("Calls of today");
//! page.push(ladder);
//! assert!(page.to_string().contains("486 Busy Here"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host with one side, such as a telephone, has a leg for each call and calls all of them `Leg::External`:
//! `Correlator::new(|_: &FiveTuple| Leg::External)`.
//!
//! `cargo run -p trunkline-trace --example ladder -- ladder.html` draws a page to look at.
//!
//! # What is supported
//!
//! | | supported | not supported |
//! |---|---|---|
//! | input | SIP datagrams and whole messages of a stream, begin and end of media with counts, legs joined by their owner | pcap files, SIP inside of TLS as it is on the wire, RTP packets |
//! | redaction | credentials, nonces, passwords in URIs, SDP keys and ICE passwords, tokens of push services, digits and all bodies but SDP and `message/sipfrag`, within multipart bodies too, see [`redact()`] | secrets of headers that no RFC defines |
//! | correlation | by the owner, by numbers and time, by Call-ID; search by numbers and time | by headers of vendors (`X-CID`) |
//! | ladders | text, HTML with SVG, light, dark and printed; order by time | captures of several hosts in one ladder |
//! | records | of calls through the back-to-back user agent and the relay: numbers, times, end, media of both legs; as a line of text or JSON | charging, mean opinion scores of other codecs than G.711 |
//! | comparison | with a written ladder or another one: first deviating message | time and content of messages |
//! | checks of one message | NAT and ALG, names in Contact, media ports, user and network provided identities | |
//!
//! # What works where
//!
//! The crate needs an allocator at every level. Nothing here does IO or reads a clock, so there is no
//! `tokio` feature: feed a capture from `trunkline_sip_core::tokio::Endpoint::observe`.
//!
//! | | core | `alloc` | `std` (default) |
//! |---|---|---|---|
//! | everything | yes, with an allocator | yes | yes |
//!
//! The feature `serde` adds `Serialize` to [`CallRecord`] and its parts, at every level.
//!
//! # Hostile input
//!
//! A capture is bounded in events and every event in size; the oldest fall out and are counted. Text
//! from the wire loses control characters and marks of writing direction where it comes in, and is
//! escaped where it goes out. No secret that [`redact()`] knows is in memory after
//! [`Capture::sip`] returns, so none is in `Debug`, text or HTML either.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub use trunkline_sans_io as sans_io;

mod call;
mod capture;
mod event;
mod findings;
mod identities;
mod ladder;
mod page;
mod plain;
mod record;
mod redact;

pub use call::{Call, CallLeg, Correlator, Leg, Outcome, Query, internal, same_number};
pub use capture::{Capture, Filter};
pub use event::{
    Body, Direction, Event, MediaCounts, MediaEvent, MediaPhase, SipEvent, Start, Stream,
};
pub use findings::{Finding, contact_findings, path_findings, port_findings};
pub use identities::Identities;
pub use ladder::{Deviation, Golden, GoldenError, Ladder, Names, Step, StepKind};
pub use page::Page;
pub use plain::REDACTED;
pub use record::{CallRecord, LegMedia, WallTime};
pub use redact::redact;
