//! STUN of every generation (RFC 8489, RFC 3489, Microsoft's) without IO and without allocation:
//! messages, the Binding transaction that tells a host its public address, and the discovery of
//! what kind of NAT it is behind.
//!
//! [`Message`] is a view over received bytes, [`MessageWriter`] writes into the caller's.
//! [`BindingClient`] asks a server for the public address, [`BindingServer`] answers;
//! [`NatDiscovery`] finds out how the NAT behaves, [`PublicAddress`] keeps the public address for all who
//! need it. Where nothing else helps, [`TurnClient`] talks to peers through a relay.
//!
//! ```
//! use std::error::Error;
//! use std::net::{SocketAddr, UdpSocket};
//! use std::time::Duration;
//!
//! use trunkline_stun::sans_io::{Clock, FiveTuple};
//! use trunkline_stun::{BindingClient, BindingEvent, ClientConfig, TransactionIds};
//!
//! /// The address that the server sees us under.
//! fn public_address(server: SocketAddr) -> Result<SocketAddr, Box<dyn Error>> {
//!     let socket = UdpSocket::bind("0.0.0.0:0")?;
//!     let path = FiveTuple::udp(socket.local_addr()?, server);
//!     let id = TransactionIds::new([7; 32]).next_id(); // the seed from the system's random source
//!     let mut transaction = BindingClient::new(path, id, ClientConfig::DEFAULT);
//!     let (clock, mut buffer) = (Clock::new(), [0; 1500]);
//!     loop {
//!         if let Some(transmit) = transaction.poll_transmit(clock.now(), &mut buffer)? {
//!             socket.send_to(&buffer[..transmit.len], server)?;
//!         }
//!         match transaction.poll_event() {
//!             Some(BindingEvent::Mapped { address, .. }) => return Ok(address),
//!             Some(failure) => return Err(format!("{failure:?}").into()),
//!             None => {}
//!         }
//!         let wait = transaction.poll_timeout().map(|due| due - clock.now());
//!         socket.set_read_timeout(wait.map(|wait| wait.max(Duration::from_millis(1))))?;
//!         match socket.recv_from(&mut buffer) {
//!             Ok((len, remote)) => {
//!                 let path = FiveTuple { remote, ..path };
//!                 let _ = transaction.handle_datagram(clock.now(), path, &buffer[..len]);
//!             }
//!             Err(_) => transaction.handle_timeout(clock.now()),
//!         }
//!     }
//! }
//! # let responder = UdpSocket::bind("127.0.0.1:0").unwrap();
//! # let server = responder.local_addr().unwrap();
//! # std::thread::spawn(move || {
//! #     use trunkline_stun::{Answer, BindingServer};
//! #     let (mut request, mut response) = ([0; 1500], [0; 100]);
//! #     let (len, remote) = responder.recv_from(&mut request).unwrap();
//! #     let path = FiveTuple::udp(server, remote);
//! #     let answer = BindingServer::new().answer(path, &request[..len], &mut response);
//! #     let Ok(Answer::Send(transmit)) = answer else { return };
//! #     responder.send_to(&response[..transmit.len], remote).unwrap();
//! # });
//! # assert!(public_address(server).unwrap().ip().is_loopback());
//! ```
//!
//! The same over TCP hands what the stream brings to [`BindingClient::handle_bytes`]. With tokio
//! it is one call: [`tokio::Client::mapped_address`].
//!
//! The examples are whole programs: `stun_client` (a blocking socket), `port_test` and `stun_server` (tokio),
//! `tokio_client`, `nat_type`, `public_address` and `turn_relay` (tokio and DNS, with TLS by rustls), `static_storage` (no
//! allocator): `cargo run -p trunkline-stun --example stun_client`.
//!
//! # What is supported
//!
//! | | |
//! |---|---|
//! | RFC 8489, RFC 5389: messages | all attributes; `MESSAGE-INTEGRITY` and `MESSAGE-INTEGRITY-SHA256` (shortened ones too) compared in constant time; `FINGERPRINT`; padding; unknown attributes; others by [`Attribute`] |
//! | RFC 3489 | messages with their own integrity and attributes ([`Message::parse_any_generation`]) |
//! | \[MS-TURN\], \[MS-ICE2\], \[MS-TURNBWM\] | the forms of messages: cookie as an attribute, no padding, swapped numbers, integrity over whole blocks; fingerprint of the older agents. All attributes but `MS-Alternate Host Name`, `App ID` and `Secure Tag`, which stay raw. Not verified against a live Edge |
//! | MS-TURN client | with the feature `ms-turn`: `MsTurnClient`, versions 1 and 2 over UDP. Not verified against a live Edge. No TCP with its pseudo-TLS, no multiplexed TURN, no versions 3 to 6 |
//! | credentials | keys: short-term, long-term with MD5 and SHA-256, `USERHASH`; offers of algorithms that cannot be taken away; in transactions both kinds, at both ends ([`LongTermAuthentication`], [`LongTermServer`]); time-limited ones of web services ([`TimeLimitedPassword`]) |
//! | RFC 8445 | `PRIORITY`, `USE-CANDIDATE`, `ICE-CONTROLLED`, `ICE-CONTROLLING` |
//! | RFC 8656, RFC 6156 | all attributes; [`TurnClient`]: allocations over UDP, TCP and TLS, of IPv4, IPv6 or both, even ports and reservations, permissions, channels, indications, ICMP, refreshes, 300 `ALTERNATE-SERVER` followed, keepalives. No mobility, no TCP to peers (RFC 6062) |
//! | RFC 5780 | all attributes; [`NatDiscovery`]: mapping, filtering, hairpinning, lifetime of mappings, whether ports are kept and payloads rewritten. Of a server that cannot do it nothing is told. No test of fragments |
//! | types of RFC 3489 | full cone, restricted cone, restricted port cone, symmetric, open internet, UDP blocked, symmetric UDP firewall, unknown ([`NatType`]); at servers of RFC 5780 and RFC 3489 |
//! | client | one Binding transaction over UDP, TCP or TLS ([`BindingClient`]): retransmission, time-outs, source, id and integrity checked; as many as it takes ([`BindingExchange`]): 401 and 438 answered, 300 `ALTERNATE-SERVER` followed without going in circles, over TLS told with the name to be proved; RTO from measured round trips ([`RtoCache`]); indications that keep a mapping ([`BindingKeepAlive`]) |
//! | server | Binding requests answered, 400, 401 and 420; nothing is remembered; on wish classic ones, two addresses, `CHANGE-REQUEST`, `RESPONSE-PORT`; long-term credentials with 401 and 438, nonces that need no memory, `USERHASH`; a limit for each source ([`RateLimiter`]). No response is longer than 100 octets, where the realm is short |
//! | RFC 7064, RFC 7065, RFC 5928 | URIs of servers and relays ([`ServerUri`]); their addresses by SRV, A and AAAA records, one after the other ([`ServerLookup`]). No NAPTR records, no DTLS |
//! | public address | [`PublicAddress`]: asked at the start or for each call, several servers, by address, name or SRV (RFC 8489 section 8), kept when all fail, refreshed on wish; told to those calls that a list of networks selects; a fixed one instead; a count of requests |
//! | port test | [`PortTest`] and [`PortTestServer`]: which UDP ports of a range pass there and back, which direction is closed, and whether the NATs of both sides keep ports. A protocol of this crate, over Binding requests with a token |
//! | RFC 7983 | [`classify`] tells STUN from DTLS, RTP and others on one port |
//! | streams | [`frame_len`] tells where a message ends |
//! | the caller's part | SASLprep of names and passwords, OpaqueString without the feature `precis`; random seeds; TLS; DNS without the feature `dns` |
//!
//! # What works where
//!
//! | feature | what it adds |
//! |---|---|
//! | none (core) | everything but the lines below |
//! | `alloc` | nothing of its own |
//! | `std` (default) | a faster `FINGERPRINT` for long messages, where the processor helps |
//! | `ms-turn` | `MsTurnClient`, the client of Microsoft's relays |
//! | `precis` | [`opaque_string`], which prepares names and passwords; needs `std` |
//! | `dns` | [`tokio::names_by`]: questions to DNS answered by the resolver of `sans-io`; needs `tokio` |
//! | `tokio` | [`mod@tokio`]: client and server on UDP, TCP and any stream, discovery on UDP sockets, the public address for all tasks, the port test, an allocation at a relay as a socket over UDP, TCP and any stream |

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "dns", feature = "precis")),
    allow(
        rustdoc::broken_intra_doc_links,
        reason = "without the feature the front page names things that are not there"
    )
)]

#[cfg(feature = "std")]
extern crate std;

pub use trunkline_sans_io as sans_io;

mod machines;
#[cfg(feature = "precis")]
mod preparation;
#[cfg(feature = "tokio")]
pub mod tokio;
mod wire;

pub use machines::*;
#[cfg(feature = "precis")]
pub use preparation::{NotOpaqueString, opaque_string};
pub use wire::*;
