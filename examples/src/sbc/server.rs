//! The calls, the names, and the loop that joins sockets, relay and records.

use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::time::SystemTime;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep_until;
use tracing::{Span, info, info_span, warn};
use trunkline_rtp_relay::tokio::{RelayHandle, SessionEvent};
use trunkline_rtp_relay::{
    Admission, AdmissionLimits, AdmissionRequest, Admitted, CallBandwidth, Event, InterfaceId,
    SessionConfig,
};
use trunkline_sans_io::{Clock, FiveTuple};
use trunkline_sip_core::tokio::{Addresses, Endpoint, ResolveError, Resolver};
use trunkline_sip_core::{
    BackToBack, BackToBackConfig, CallKey, CallRouter, CallRouterEvent, CallSummary, EndReason,
    GroupId, GroupTrunk, HostId, Method, OwnedMessage, Party, Routing, StatusCode, TrunkGroup,
    TrunkGroupEvent, UserAgent, UserAgentEvent,
};
use trunkline_trace::{CallRecord, Capture, LegMedia, MediaPhase};

use super::config::{Config, Side};
use super::media::{self, Media, SDP};
use super::numbers::{Dialled, Numbers, Refused};
use super::observer::{Observer, Report};
use super::sockets;

/// What the controller understands.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, UPDATE, INFO, OPTIONS, MESSAGE";

/// How long the last BYEs may take once the controller ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// What goes with a 503 of ours.
const RETRY_LATER: &[(&str, &str)] = &[("Retry-After", "10")];

/// What a call is beside its legs.
#[derive(Debug)]
struct Running {
    /// Counts from one; names the call in logs and records.
    number: u64,
    from: Side,
    dialled: Dialled,
    admitted: Vec<(Side, Admitted)>,
    span: Span,
}

type Resolution = (GroupId, HostId, Result<Addresses, ResolveError>);

/// The controller on its sockets.
#[derive(Debug)]
pub struct Sbc {
    config: Config,
    clock: Clock,
    /// How long after the beginning of 1970 the origin of the clock was.
    origin: Duration,
    endpoint: Endpoint<UserAgent>,
    /// Its groups are the sides.
    router: CallRouter<Media>,
    running: HashMap<CallKey, Running>,
    number: u64,
    numbers: Numbers,
    admission: [Admission; 2],
    resolver: Resolver,
    resolutions: JoinSet<Resolution>,
    relay: RelayHandle,
    relay_events: mpsc::Receiver<SessionEvent>,
    interfaces: Vec<IpAddr>,
    observer: Observer,
    records: Option<mpsc::UnboundedSender<CallRecord>>,
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
        let origin = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
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
            origin: origin.map_err(io::Error::other)?,
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
        info!(calls = self.config.limits.calls, "sbc runs");
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

    fn log(&self, call: CallKey, log: impl FnOnce()) {
        if let Some(running) = self.running.get(&call) {
            running.span.in_scope(log);
        }
    }

    async fn offered(
        &mut self,
        call: CallKey,
        invite: OwnedMessage,
        path: FiveTuple,
    ) -> Result<(), Refused> {
        let later = |text: String| (StatusCode::SERVICE_UNAVAILABLE, text, RETRY_LATER);
        let from = sockets::side_of(&self.config, path);
        let message = invite.message();
        let dialled = self.numbers.decide(from, &message)?;
        media::check_offer(&message)
            .map_err(|refusal| (refusal.status, refusal.reason.to_owned(), refusal.headers))?;
        let to = dialled.to;
        self.number += 1;
        let number = self.number;
        let span = info_span!("call", number, from = dialled.caller, to = dialled.called);
        span.in_scope(|| info!(side = %from, emergency = dialled.emergency, "INVITE"));
        let request = AdmissionRequest {
            bandwidth: CallBandwidth::G711,
            emergency: dialled.emergency,
        };
        let mut admitted = Vec::new();
        let mut admit = |side: Side| {
            let granted = self.admission[side.index()].admit(request);
            let granted = granted.map_err(|limit| later(format!("{side}: {limit}")))?;
            admitted.push((side, granted));
            Ok(())
        };
        let granted = admit(from).and_then(|()| admit(to));
        let running = Running {
            number,
            from,
            dialled,
            admitted,
            span,
        };
        let running = self.running.entry(call).insert_entry(running);
        granted?;
        let local = path.local.ip();
        let mut trunks = self.config.side(to).trunks().into_iter();
        let interfaces = [local, trunks.next().map_or(local, |trunk| trunk.local.ip())];
        let interfaces =
            interfaces.map(|ip| InterfaceId(self.interfaces.binary_search(&ip).unwrap_or(0)));
        let allocated = self
            .relay
            .create(interfaces, SessionConfig::default())
            .await;
        let allocated = allocated.map_err(|error| later(error.to_string()))?;
        let public = [from, to].map(|side| self.config.side(side).public_address);
        let media = self.router.bodies_mut();
        media.begin(call, number, &allocated, public);
        let dialled = &running.get().dialled;
        let early_media = self.config.side(from).early_media;
        let group = GroupId::new(to.index());
        let routing = Routing {
            display_name: dialled.display_name.as_deref(),
            early_media: early_media.unwrap_or(from == Side::Pbx),
            ..Routing::new(group, &dialled.called, &dialled.caller)
        };
        let (now, agent) = (self.clock.now(), self.endpoint.machine_mut());
        // One that is over by now is told by its own event.
        self.router.route(now, call, &routing, agent).ok();
        Ok(())
    }

    /// Media of a call begins, as ladders show it.
    fn media_begins(&self, call: CallKey) {
        if let Some(view) = self.router.back_to_back().call(call) {
            self.observer.with(|capture| {
                for call_id in view.call_ids {
                    capture.media(self.clock.now(), call_id, MediaPhase::Begun);
                }
            });
        }
    }

    async fn ended(&mut self, call: CallKey, trunk: Option<GroupTrunk>, summary: &CallSummary) {
        let statistics = match self.router.bodies_mut().end(call) {
            Some(session) => self.relay.remove(session).await.ok(),
            None => None,
        };
        let Some(running) = self.running.remove(&call) else {
            return;
        };
        let host = trunk.map(|trunk| self.router.host(trunk).to_owned());
        let record = CallRecord {
            from_side: running.from.to_string(),
            to_side: running.dialled.to.to_string(),
            from: running.dialled.caller,
            to: running.dialled.called,
            asserted: running.dialled.asserted,
            emergency: running.dialled.emergency,
            host,
            media: statistics.as_ref().map(LegMedia::of_both),
            ..CallRecord::new(running.number, summary, self.origin)
        };
        running.span.in_scope(|| {
            info!(
                reason = %record.reason,
                host = record.host,
                seconds = record.lasted().as_secs_f64(),
                caller = record.leg(Party::Caller).map(tracing::field::display),
                callee = record.leg(Party::Callee).map(tracing::field::display),
                "call ended"
            );
        });
        for (side, admitted) in running.admitted {
            self.admission[side.index()].release(admitted);
        }
        self.observer
            .with(|capture| record.note(capture, summary.ended));
        if let Some(records) = &self.records {
            let _ = records.send(record);
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
