//! The controller: sockets, names, relay and calls, and the loop that joins them.

use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::HashMap;
use std::io;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep_until;
use tracing::{info, warn};
use trunkline_rtp_relay::tokio::{RelayHandle, SessionEvent};
use trunkline_rtp_relay::{Admission, AdmissionLimits, Event};
use trunkline_sans_io::Clock;
use trunkline_sip_core::tokio::{Addresses, Endpoint, ResolveError, Resolver};
use trunkline_sip_core::{
    BackToBack, BackToBackConfig, CallKey, CallRouter, CallRouterEvent, EndReason, GroupId,
    GroupTrunk, HostId, Method, StatusCode, TrunkGroup, TrunkGroupEvent, UserAgent, UserAgentEvent,
};
use trunkline_trace::{CallRecord, Capture};

use super::calls::Running;
use super::config::{Config, Side};
use super::media::{Media, SDP};
use super::numbers::Numbers;
use super::observer::{Observer, Report};
use super::sockets;

/// What the controller understands.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS, MESSAGE";

/// How long the last BYEs may take once the controller ends.
const FAREWELL: Duration = Duration::from_secs(5);

type Resolution = (GroupId, HostId, Result<Addresses, ResolveError>);

/// The controller on its sockets.
#[derive(Debug)]
pub struct Sbc {
    pub(super) config: Config,
    pub(super) clock: Clock,
    /// How long after the beginning of 1970 the origin of the clock was.
    pub(super) origin: Duration,
    pub(super) endpoint: Endpoint<UserAgent>,
    /// Its groups are the sides.
    pub(super) router: CallRouter<Media>,
    pub(super) running: HashMap<CallKey, Running>,
    pub(super) number: u64,
    pub(super) numbers: Numbers,
    pub(super) admission: [Admission; 2],
    resolver: Resolver,
    resolutions: JoinSet<Resolution>,
    pub(super) relay: RelayHandle,
    relay_events: mpsc::Receiver<SessionEvent>,
    pub(super) interfaces: Vec<IpAddr>,
    pub(super) observer: Observer,
    pub(super) records: Option<mpsc::UnboundedSender<CallRecord>>,
}

impl Sbc {
    /// Opens the sockets, inside a tokio runtime. Port 0 in the configuration takes a free one.
    ///
    /// # Errors
    ///
    /// Those of the operating system, an address in use for instance, and a configuration of which
    /// [`load`](super::load) says that it is fatal.
    pub fn bind(mut config: Config) -> io::Result<Self> {
        let clock = Clock::new();
        let endpoint = sockets::bind(&mut config)?.with_clock(clock);
        let now = clock.now();
        let listeners = Side::BOTH.map(|side| config.side(side).listeners());
        let mut interfaces: Vec<IpAddr> = listeners
            .into_iter()
            .flatten()
            .map(|(_, local)| local.ip())
            .collect();
        interfaces.sort_unstable();
        interfaces.dedup();
        let (relay, relay_events) = sockets::spawn_relay(&config, &interfaces)?;
        let group = |side| TrunkGroup::new(now, config.side(side).trunk_group());
        let groups = Side::BOTH.into_iter().map(group).collect::<Result<_, _>>();
        let limits = |side| AdmissionLimits {
            channels: config.side(side).channels,
            kilobits_per_second: config.side(side).bandwidth,
            soft_limit: Some(AdmissionLimits::CO_LOCATED_SOFT_LIMIT),
        };
        let resolver = match config.resolver.servers.as_slice() {
            [] => Resolver::system(),
            servers => Resolver::with_servers(servers),
        };
        let mut back_to_back = BackToBackConfig::default();
        back_to_back.max_calls = config.limits.calls;
        back_to_back.attempt_limit = Duration::from_secs(config.limits.attempt);
        Ok(Self {
            origin: clock.since_1970(),
            endpoint,
            router: CallRouter::new(
                BackToBack::new(back_to_back, Media::default()),
                groups.map_err(io::Error::other)?,
            ),
            running: HashMap::new(),
            number: 0,
            numbers: Numbers::new(&config)
                .map_err(|(field, text)| io::Error::other(format!("{field}: {text}")))?,
            admission: Side::BOTH.map(|side| Admission::new(limits(side))),
            resolver: resolver.map_err(io::Error::other)?,
            resolutions: JoinSet::new(),
            relay,
            relay_events,
            interfaces,
            observer: Observer::default(),
            records: None,
            clock,
            config,
        })
    }

    /// Where a side listens first.
    #[must_use]
    pub fn address(&self, side: Side) -> Option<SocketAddr> {
        let mut listeners = self.config.side(side).listeners();
        listeners.next().map(|(_, local)| local)
    }

    /// Keeps what goes over the wire, for ladders.
    #[must_use]
    pub fn with_capture(mut self, capture: Capture) -> Self {
        self.observer = Observer::new(capture, &mut self.endpoint);
        self
    }

    /// Sends the record of every call that is over.
    #[must_use]
    pub fn with_records(mut self, records: mpsc::UnboundedSender<CallRecord>) -> Self {
        self.records = Some(records);
        self
    }

    /// Joins the sides until `shut_down` is ready. Then new calls are refused, and those that run have the
    /// grace time to end by themselves before they are hung up.
    ///
    /// # Errors
    ///
    /// Those of the sockets.
    pub async fn run(mut self, shut_down: impl Future<Output = ()>) -> io::Result<Report> {
        self.log_start();
        let mut shut_down = std::pin::pin!(shut_down);
        // When what runs is hung up, and then, when nobody waits for its end any more.
        let (mut until, mut hung_up) = (None, false);
        loop {
            self.settle().await;
            let now = self.clock.now();
            let calls = self.router.back_to_back();
            let left = if hung_up { calls.legs() } else { calls.calls() };
            if until.is_some_and(|until| now >= until || left == 0) {
                if hung_up {
                    break;
                }
                (until, hung_up) = (Some(now + FAREWELL), true);
                let agent = self.endpoint.machine_mut();
                self.router.hang_up_all(now, EndReason::ShutDown, agent);
                continue;
            }
            let wake = [self.router.poll_timeout(), until];
            let wake = wake.into_iter().flatten().min();
            let wake = wake.unwrap_or(now + Duration::from_secs(3_600));
            tokio::select! {
                event = self.endpoint.event() => {
                    let event = event?;
                    self.router.handle_event(self.clock.now(), event, self.endpoint.machine_mut());
                }
                Some(event) = self.relay_events.recv() => self.media_event(event),
                Some(Ok(found)) = self.resolutions.join_next() => self.resolved(found),
                () = &mut shut_down, if until.is_none() => {
                    info!(calls = left, "sbc ends");
                    until = Some(self.clock.now() + Duration::from_secs(self.config.limits.grace));
                    self.router.stop_offering();
                }
                () = sleep_until(self.clock.to_std(wake).into()) => {
                    self.router.handle_timeout(self.clock.now(), self.endpoint.machine_mut());
                }
            }
        }
        let statistics = self.endpoint.machine().statistics();
        let ladders = self.observer.ladders(&self.router, &self.config);
        self.endpoint.shutdown().await;
        Ok(Report {
            ladders,
            origin: self.origin,
            statistics,
        })
    }

    fn log_start(&self) {
        let [pbx, trunk] = Side::BOTH.map(|side| {
            let config = self.config.side(side);
            let listen = config.listeners().map(|(transport, local)| {
                format!("{}:{local}", transport.as_str().to_ascii_lowercase())
            });
            let hosts = config.hosts.iter().map(ToString::to_string);
            [listen.collect::<Vec<_>>(), hosts.collect()].map(|list| list.join(" "))
        });
        info!(
            pbx_listen = pbx[0],
            pbx_hosts = pbx[1],
            trunk_listen = trunk[0],
            trunk_hosts = trunk[1],
            max_calls = self.config.limits.calls,
            "sbc runs"
        );
    }

    /// Deals with all that has come of it. What both parties agreed on is in force before either hears of it:
    /// nothing is sent before this returns.
    async fn settle(&mut self) {
        while let Some(event) = self.router.poll_event() {
            match event {
                CallRouterEvent::Offered {
                    call,
                    message,
                    path,
                    ..
                } => {
                    if let Err((status, reason, headers)) = self.offered(call, message, path).await
                    {
                        info!(status = status.code(), "INVITE refused: {reason}");
                        let (now, agent) = (self.clock.now(), self.endpoint.machine_mut());
                        self.router
                            .reject(now, call, status, &reason, headers, agent);
                    }
                }
                CallRouterEvent::Calling { call, trunk, .. } => {
                    self.log(call, || info!(host = self.router.host(trunk), "calling"));
                }
                CallRouterEvent::Failed { call, trunk, .. } => {
                    self.log(call, || info!(host = self.router.host(trunk), "failed"));
                }
                CallRouterEvent::Answered { call } => {
                    self.media_begins(call);
                    if let Some(session) = self.router.bodies().session(call) {
                        let timeout = Duration::from_secs(self.config.media.timeout);
                        let _ = self.relay.set_media_timeout(session, Some(timeout)).await;
                    }
                }
                CallRouterEvent::Ended {
                    call,
                    trunk,
                    summary,
                } => {
                    self.ended(call, trunk, &summary).await;
                }
                CallRouterEvent::TurnedAway { path, status, .. } => {
                    info!(from = %path.remote, status = status.code(), "INVITE turned away");
                }
                CallRouterEvent::Group { group, event } => self.group_event(group, event),
                CallRouterEvent::Other(event) => self.other(event),
                _ => {}
            }
            for (session, updates) in self.router.bodies_mut().take_updates() {
                // A session that is gone needs to know nothing.
                let _ = self.relay.configure(session, updates).await;
            }
        }
    }

    fn media_event(&mut self, event: SessionEvent) {
        let call = self.router.bodies().call(event.session);
        if let (Event::TimedOut { .. }, Some(call)) = (event.event, call) {
            let (now, agent) = (self.clock.now(), self.endpoint.machine_mut());
            self.router
                .hang_up(now, call, EndReason::MediaTimeout, agent);
        }
    }

    fn resolved(&mut self, (group, host, found): Resolution) {
        let (now, group) = (self.clock.now(), self.router.group_mut(group));
        match (group, found) {
            (Some(group), Ok(found)) => {
                group.handle_addresses(now, host, &found.addresses, found.ttl)
            }
            (Some(group), Err(error)) => {
                warn!(host = group.host_name(host), "cannot resolve: {error}");
                group.handle_resolve_failed(now, host);
            }
            (None, _) => {}
        }
    }

    /// What belongs to no call. OPTIONS asks the controller itself (RFC 3261 section 11.2).
    fn other(&mut self, event: UserAgentEvent) {
        if let UserAgentEvent::Request {
            transaction,
            message,
            ..
        } = event
        {
            let status = match message.message().method() {
                Some(Method::Options) => StatusCode::OK,
                _ => StatusCode::METHOD_NOT_ALLOWED,
            };
            let headers = [("Allow", ALLOW), ("Accept", SDP)];
            let (now, agent) = (self.clock.now(), self.endpoint.machine_mut());
            agent
                .respond(now, transaction, status, "", &headers, None)
                .ok();
        }
    }

    fn group_event(&mut self, id: GroupId, event: TrunkGroupEvent) {
        let side = Side::BOTH[id.index()];
        let named = |host| self.router.group(id).map(|group| group.host_name(host));
        let host = |trunk| self.router.host(GroupTrunk { group: id, trunk });
        match event {
            TrunkGroupEvent::Resolve { host, name, ipv6 } => {
                let resolver = self.resolver.clone();
                self.resolutions.spawn(async move {
                    let found = resolver.addresses(&name, ipv6).await;
                    (id, host, found)
                });
            }
            TrunkGroupEvent::Suspect { trunk } => warn!(%side, host = host(trunk), "trunk suspect"),
            TrunkGroupEvent::Down { trunk } => warn!(%side, host = host(trunk), "trunk down"),
            TrunkGroupEvent::Up { trunk, .. } => info!(%side, host = host(trunk), "trunk up"),
            TrunkGroupEvent::NoOptions { host } => warn!(%side, host = named(host), "no OPTIONS"),
            TrunkGroupEvent::OptionsAgain { host } => {
                info!(%side, host = named(host), "OPTIONS again")
            }
            _ => {}
        }
    }
}
