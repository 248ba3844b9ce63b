//! A telephone of the demo: a user agent on a socket, and a script.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::HashMap;
use std::io;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use trunkline_sans_io::FiveTuple;
use trunkline_sip_core::tokio::{Endpoint, Listener};
use trunkline_sip_core::{
    Body, Destination, LayerConfig, Outgoing, OwnedMessage, RejectCause, StatusCode, UsageKey,
    UserAgent, UserAgentConfig, UserAgentEvent,
};

use super::audio::{Counts, MediaSockets, Speech};
use super::description;
use crate::sbc::seed;

/// How a call ended for the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was answered, and ended after the caller hung up. What the caller counted.
    Completed(Counts),
    /// It ended before it was answered, with this status code.
    Refused(u16),
    /// It was answered and never ended.
    NeverEnded(Counts),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed(counts) => write!(f, "answered, hung up by the caller; it {counts}"),
            Self::Refused(status) => write!(f, "ended with {status} before the answer"),
            Self::NeverEnded(counts) => write!(f, "answered and never ended; the caller {counts}"),
        }
    }
}

const SDP: &str = "application/sdp";

/// A telephone.
#[derive(Debug)]
pub struct Phone {
    endpoint: Endpoint<UserAgent>,
    address: SocketAddr,
}

impl Phone {
    /// A telephone with a UDP socket at a port of its own.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn bind(address: IpAddr) -> io::Result<Self> {
        let agent = UserAgent::new(UserAgentConfig::new(LayerConfig::default()), seed()?);
        let listener = Listener::udp(SocketAddr::new(address, 0));
        let endpoint = Endpoint::bind(agent, &[listener])?;
        let address = endpoint
            .local_addresses()
            .first()
            .map(|listener| listener.address);
        let address = address.ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { endpoint, address })
    }

    /// Where it takes calls.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls `number` through `proxy` and talks until everything is said.
    ///
    /// `cancel`: gives up as soon as it rings. `hang_up`: whether to send BYE at all.
    ///
    /// # Errors
    ///
    /// Those of the sockets, and whatever does not follow the script.
    pub async fn call(
        &mut self,
        proxy: SocketAddr,
        number: &str,
        speech: Speech,
        cancel: bool,
        hang_up: bool,
    ) -> io::Result<Outcome> {
        let sockets = MediaSockets::bind(self.address.ip()).await?;
        let offer = description::offer(sockets.address()?)?;
        let now = self.endpoint.now();
        let usage = self
            .endpoint
            .machine_mut()
            .invite(
                now,
                &Outgoing {
                    destination: Destination {
                        path: FiveTuple::udp(self.address, proxy),
                        connection: None,
                    },
                    request_uri: &format!("sip:{number}@{proxy}"),
                    from: &format!("\"Alice\" <sip:alice@{}>", self.address),
                    to: &format!("<sip:{number}@{proxy}>"),
                    contact: None,
                    call_id: None,
                    max_forwards: 70,
                    headers: &[],
                    body: Some(Body {
                        content_type: SDP,
                        bytes: &offer,
                    }),
                },
            )
            .map_err(io::Error::other)?;
        let (_hang_up_now, hung_up) = watch::channel(false);
        let mut talking: Option<JoinHandle<io::Result<Counts>>> = None;
        let mut counts = Counts::default();
        loop {
            // Signalling is quick; only talking takes its time.
            let limit = if talking.is_some() {
                Duration::from_secs(60)
            } else {
                Duration::from_secs(3)
            };
            let event = tokio::select! {
                event = timeout(limit, self.endpoint.event()) => match event {
                    Ok(event) => event?,
                    Err(_) => return Ok(Outcome::NeverEnded(counts)),
                },
                talked = finished(&mut talking) => {
                    counts = talked?;
                    talking = None;
                    if hang_up {
                        let now = self.endpoint.now();
                        self.endpoint.machine_mut().bye(now, usage, &[]).map_err(io::Error::other)?;
                    }
                    continue;
                }
            };
            let now = self.endpoint.now();
            match event {
                UserAgentEvent::Progress { usage: of, .. } if of == usage && cancel => {
                    // Long enough to be seen ringing.
                    sleep(Duration::from_millis(200)).await;
                    let now = self.endpoint.now();
                    self.endpoint
                        .machine_mut()
                        .cancel(now, usage)
                        .map_err(io::Error::other)?;
                }
                UserAgentEvent::Accepted { usage: of, message } if of == usage => {
                    self.endpoint
                        .machine_mut()
                        .ack(now, usage, None)
                        .map_err(io::Error::other)?;
                    let remote = description::remote(message.message().body())?;
                    let (sockets, hung_up) = (sockets.clone(), hung_up.clone());
                    talking = Some(tokio::spawn(async move {
                        sockets.talk(remote, speech, hung_up).await
                    }));
                }
                UserAgentEvent::Rejected {
                    usage: of,
                    cause: RejectCause::Response(response),
                    ..
                } if of == usage => {
                    let status = response.message().status().map_or(0, StatusCode::code);
                    return Ok(Outcome::Refused(status));
                }
                UserAgentEvent::Rejected { usage: of, .. } if of == usage => {
                    return Ok(Outcome::Refused(408));
                }
                UserAgentEvent::Ended { usage: of, .. } if of == usage => {
                    return Ok(Outcome::Completed(counts));
                }
                _ => {}
            }
        }
    }

    /// Takes calls until `stop`: answers `answered`, lets `ringing` ring, knows no other number.
    /// Returns what it counted in each call that it answered.
    ///
    /// # Errors
    ///
    /// Those of the sockets.
    pub async fn take_calls(
        mut self,
        answered: &str,
        ringing: &str,
        speech: Speech,
        mut stop: watch::Receiver<bool>,
    ) -> io::Result<Vec<Counts>> {
        let mut calls: HashMap<UsageKey, (watch::Sender<bool>, JoinHandle<io::Result<Counts>>)> =
            HashMap::new();
        let mut answered_calls = HashMap::new();
        let mut counts = Vec::new();
        loop {
            let event = tokio::select! {
                event = self.endpoint.event() => event?,
                _ = stop.changed() => break,
            };
            match event {
                UserAgentEvent::Invited { usage, message, .. } => {
                    let number = called_number(&message);
                    if number == answered {
                        let media = self.answer(usage, &message).await?;
                        answered_calls.insert(usage, media);
                    } else {
                        let now = self.endpoint.now();
                        let agent = self.endpoint.machine_mut();
                        let done = if number == ringing {
                            agent.provisional(now, usage, StatusCode::RINGING, &[], None)
                        } else {
                            agent.reject(now, usage, StatusCode::NOT_FOUND, "Not Found", &[])
                        };
                        done.map_err(io::Error::other)?;
                    }
                }
                // What is sent before the answer has arrived, a strict relay drops.
                UserAgentEvent::Acknowledged { usage, .. } => {
                    if let Some((sockets, remote)) = answered_calls.remove(&usage) {
                        let (hang_up, hung_up) = watch::channel(false);
                        let talk = async move { sockets.talk(remote, speech, hung_up).await };
                        calls.insert(usage, (hang_up, tokio::spawn(talk)));
                    }
                }
                UserAgentEvent::Ended { usage, .. } => {
                    answered_calls.remove(&usage);
                    if let Some((hang_up, talk)) = calls.remove(&usage) {
                        let _ = hang_up.send(true);
                        counts.push(talk.await.map_err(io::Error::other)??);
                    }
                }
                _ => {}
            }
        }
        for (_, (hang_up, talk)) in calls {
            let _ = hang_up.send(true);
            counts.push(talk.await.map_err(io::Error::other)??);
        }
        Ok(counts)
    }

    /// Rings for a moment and answers.
    async fn answer(
        &mut self,
        usage: UsageKey,
        invite: &OwnedMessage,
    ) -> io::Result<(MediaSockets, SocketAddr)> {
        let sockets = MediaSockets::bind(self.address.ip()).await?;
        let (answer, remote) = description::answer(invite.message().body(), sockets.address()?)?;
        let now = self.endpoint.now();
        self.endpoint
            .machine_mut()
            .provisional(now, usage, StatusCode::RINGING, &[], None)
            .map_err(io::Error::other)?;
        self.endpoint.flush();
        sleep(Duration::from_millis(200)).await;
        let now = self.endpoint.now();
        let body = Body {
            content_type: SDP,
            bytes: &answer,
        };
        self.endpoint
            .machine_mut()
            .accept(now, usage, &[], Some(body))
            .map_err(io::Error::other)?;
        Ok((sockets, remote))
    }
}

/// What a running conversation counted, once it is over. Never, when there is none.
async fn finished(talking: &mut Option<JoinHandle<io::Result<Counts>>>) -> io::Result<Counts> {
    match talking {
        Some(handle) => handle.await.map_err(io::Error::other)?,
        None => core::future::pending().await,
    }
}

fn called_number(invite: &OwnedMessage) -> String {
    let invite = invite.message();
    let uri = invite.request_uri().unwrap_or_default();
    uri.trim_start_matches("sip:")
        .split('@')
        .next()
        .unwrap_or_default()
        .to_owned()
}
