//! The media relay, as the calls want it.

use core::num::NonZeroUsize;
use std::collections::HashMap;
use std::io;

use tokio::sync::{mpsc, oneshot};
use tracing::warn;
use trunkline_rtp_relay::tokio::{DriverConfig, RelayHandle, SessionEvent, SessionId};
use trunkline_rtp_relay::{
    Direction, Event, Interface, InterfaceId, Leg, PayloadEntry, PayloadMap, PortRange,
    RelayConfig, RemoteMedia, SessionConfig,
};
use trunkline_sans_io::Key;

use super::config::{Config, Side};
use super::media::{MediaAnswer, MediaCommand, MediaPorts, Remote};
use super::record::{LegMedia, MediaRecord};
use super::server::seed;

/// The legs of a session are the sides of the controller.
const fn leg(side: Side) -> Leg {
    match side {
        Side::Pbx => Leg::A,
        Side::Trunk => Leg::B,
    }
}

/// What a call wants, and where to tell that it was done.
pub(super) type Instruction = (MediaCommand, oneshot::Sender<()>);

/// The workers, and which of their sessions belongs to which call.
#[derive(Debug)]
pub(super) struct MediaRelay {
    config: Config,
    handle: RelayHandle,
    events: mpsc::Receiver<SessionEvent>,
    sessions: HashMap<Key, SessionId>,
    calls: HashMap<SessionId, Key>,
}

impl MediaRelay {
    /// Starts the workers.
    pub(super) fn start(config: &Config) -> io::Result<Self> {
        let range = &config.media_ports;
        let ports = PortRange::new(*range.start(), *range.end()).map_err(io::Error::other)?;
        let mut interfaces = vec![Interface::new(config.pbx.listen.ip(), ports)];
        if interfaces_differ(config) {
            interfaces.push(Interface::new(config.trunk.listen.ip(), ports));
        }
        let mut driver = DriverConfig::new(RelayConfig::new(interfaces, config.max_calls, seed()?));
        driver.workers = NonZeroUsize::new(config.workers).unwrap_or(NonZeroUsize::MIN);
        let (handle, events) = RelayHandle::spawn(driver).map_err(io::Error::other)?;
        Ok(Self {
            config: config.clone(),
            handle,
            events,
            sessions: HashMap::new(),
            calls: HashMap::new(),
        })
    }

    /// Carries out what the calls want, in order, until there is nobody to want anything.
    pub(super) async fn serve(
        mut self,
        mut commands: mpsc::UnboundedReceiver<Instruction>,
        answers: mpsc::UnboundedSender<MediaAnswer>,
    ) {
        loop {
            let answer = tokio::select! {
                command = commands.recv() => match command {
                    Some((command, done)) => {
                        let answer = self.carry_out(command).await;
                        let _ = done.send(());
                        answer
                    }
                    None => return,
                },
                Some(event) = self.events.recv() => match event.event {
                    Event::TimedOut { .. } => {
                        self.calls.get(&event.session).map(|call| MediaAnswer::TimedOut { call: *call })
                    }
                    _ => None,
                },
            };
            if answer.is_some_and(|answer| answers.send(answer).is_err()) {
                return;
            }
        }
    }

    async fn carry_out(&mut self, command: MediaCommand) -> Option<MediaAnswer> {
        match command {
            MediaCommand::Allocate { call } => {
                let ports = self.allocate(call).await;
                return Some(MediaAnswer::Allocated { call, ports });
            }
            MediaCommand::Release { call } => {
                let media = self.release(call).await;
                return Some(MediaAnswer::Released { call, media });
            }
            MediaCommand::SetRemote { call, side, remote } => {
                if let Some(session) = self.sessions.get(&call) {
                    self.set_remote(*session, side, remote).await;
                }
            }
            MediaCommand::Watch { call } => {
                if let Some(session) = self.sessions.get(&call) {
                    let _ = self
                        .handle
                        .set_media_timeout(*session, Some(self.config.media_timeout))
                        .await;
                }
            }
        }
        None
    }

    /// A pair of ports on each side; `None` when there is no room.
    async fn allocate(&mut self, call: Key) -> Option<MediaPorts> {
        let interfaces = [
            InterfaceId(0),
            InterfaceId(usize::from(interfaces_differ(&self.config))),
        ];
        match self
            .handle
            .create(interfaces, SessionConfig::default())
            .await
        {
            Ok(allocated) => {
                self.sessions.insert(call, allocated.session);
                self.calls.insert(allocated.session, call);
                let legs = [Side::Pbx, Side::Trunk].map(|side| allocated.leg(leg(side)));
                Some(MediaPorts {
                    rtp: legs.map(|leg| leg.rtp),
                    rtcp: legs.map(|leg| leg.rtcp),
                })
            }
            Err(error) => {
                warn!("no media session: {error}");
                None
            }
        }
    }

    async fn set_remote(&self, session: SessionId, side: Side, remote: Remote) {
        use trunkline_sdp_ice::attribute::Direction as Described;
        let direction = match remote.direction {
            Described::SendRecv => Direction::SendReceive,
            Described::SendOnly => Direction::SendOnly,
            Described::RecvOnly => Direction::ReceiveOnly,
            Described::Inactive => Direction::Inactive,
        };
        // A session that is gone needs to know nothing.
        if let Some(rtp) = remote.rtp {
            let media = match remote.rtcp {
                Some(rtcp) => RemoteMedia::with_rtcp(rtp, rtcp),
                None => RemoteMedia::new(rtp),
            };
            let _ = self.handle.set_remote(session, leg(side), media).await;
        }
        // What this party takes is what the other one sends. Events keep their timestamp while they
        // last, so they say nothing of jitter.
        let mut payloads = PayloadMap::default();
        if let Some(payload_type) = remote.telephone_event {
            let entry = PayloadEntry {
                payload_type,
                forward_as: payload_type,
                clock_rate: None,
            };
            let _ = payloads.insert(entry);
        }
        let _ = self
            .handle
            .set_payloads(session, leg(side.other()), payloads)
            .await;
        let _ = self
            .handle
            .set_direction(session, leg(side), direction)
            .await;
    }

    /// Frees the ports and brings back what was counted.
    async fn release(&mut self, call: Key) -> Option<MediaRecord> {
        let session = self.sessions.remove(&call)?;
        self.calls.remove(&session);
        let statistics = self.handle.remove(session).await.ok()?;
        Some([Side::Pbx, Side::Trunk].map(|side| {
            let leg = statistics.leg(leg(side));
            LegMedia {
                received: leg.received.packets(),
                sent: leg.sent.packets,
                rtcp_received: leg.received_rtcp.packets,
                lost: leg.received.lost(),
                jitter: leg.received.jitter(),
                dropped: leg.dropped.total(),
            }
        }))
    }
}

/// Sides at one address draw from one pool of ports.
fn interfaces_differ(config: &Config) -> bool {
    config.pbx.listen.ip() != config.trunk.listen.ip()
}
