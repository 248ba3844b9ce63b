//! The sockets, the names, the relay, and the loop that joins them.

use core::future::Future;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tokio::sync::mpsc;
use tokio::time::sleep_until;
use tracing::{Span, info, info_span, warn};
use trunkline_rtp_relay::tokio::{DriverConfig, RelayHandle, SessionEvent};
use trunkline_rtp_relay::{
    Admission, AdmissionLimits, AdmissionRequest, Admitted, CallBandwidth, Event, Interface,
    InterfaceId, PortRange, RelayConfig, SessionConfig,
};
use trunkline_sans_io::{Clock, FiveTuple, Instant, Network, Transport};
use trunkline_sip_core::tokio::{
    Addresses, Endpoint, Listener, ResolveError, Resolver, Traffic, TransportsConfig,
};
use trunkline_sip_core::{
    AllowedSources, BackToBack, BackToBackConfig, BackToBackEvent, CallKey, CallSummary,
    ConnectOptions, EndReason, HostId, LayerConfig, LayerStatistics, Method, NextHop, Outgoing,
    OwnedMessage, Party, PublicAddress, RejectCause, StatusCode, TrunkAttempts, TrunkGroup,
    TrunkGroupConfig, TrunkGroupEvent, TrunkId, TrunkOutcome, UserAgent, UserAgentConfig,
    UserAgentEvent,
};
use trunkline_trace::{
    CallRecord, Capture, Correlator, Direction, Ladder, Leg, LegMedia, MediaPhase, Names, Page,
};

use super::config::{Config, Side, SideConfig};
use super::media::{self, Media, SDP};
use super::numbers::{Dialled, Numbers, Refused};

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
    invite: OwnedMessage,
    attempts: TrunkAttempts,
    trunk: Option<(TrunkId, SocketAddr)>,
    admitted: Vec<(Side, Admitted)>,
    span: Span,
}

type Resolution = (Side, HostId, Result<Addresses, ResolveError>);

/// The controller on its sockets.
#[derive(Debug)]
pub struct Sbc {
    config: Config,
    clock: Clock,
    /// How long after the beginning of 1970 the origin of the clock was.
    origin: Duration,
    endpoint: Endpoint<UserAgent>,
    sides: HashMap<(Transport, SocketAddr), Side>,
    calls: BackToBack<Media>,
    running: HashMap<CallKey, Running>,
    number: u64,
    numbers: Numbers,
    groups: [TrunkGroup; 2],
    admission: [Admission; 2],
    resolver: Resolver,
    resolutions: (
        mpsc::UnboundedSender<Resolution>,
        mpsc::UnboundedReceiver<Resolution>,
    ),
    relay: RelayHandle,
    relay_events: mpsc::Receiver<SessionEvent>,
    interfaces: Vec<IpAddr>,
    capture: Option<Arc<Mutex<Capture>>>,
    records: Option<mpsc::UnboundedSender<CallRecord>>,
}

/// What is left when the controller has ended.
#[derive(Debug)]
pub struct Report {
    /// The calls that went over the wire, if somebody asked for it.
    pub ladders: Vec<Ladder>,
    /// How long after the beginning of 1970 the origin of their clock was.
    pub origin: Duration,
    /// The counters of the transaction layer.
    pub statistics: LayerStatistics,
}

impl Report {
    /// The calls on one HTML page.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut page = Page::new("Calls through the session border controller");
        page.extend(self.ladders.iter().cloned());
        page.with_origin(self.origin)
    }
}

/// 32 bytes of the system's randomness.
///
/// # Errors
///
/// When the system has none to give.
pub fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    Ok(seed)
}

impl Sbc {
    /// Opens the sockets, inside a tokio runtime. Port 0 in the configuration takes a free one.
    ///
    /// # Errors
    ///
    /// Those of the operating system, an address in use for instance, and a configuration of which
    /// [`judge`](super::judge) says that it is fatal.
    pub fn bind(mut config: Config) -> io::Result<Self> {
        let clock = Clock::new();
        let origin = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let endpoint = bind(&mut config)?.with_clock(clock);
        let now = clock.now();
        let mut sides = HashMap::new();
        let mut interfaces: Vec<IpAddr> = Vec::new();
        for side in Side::BOTH {
            for (transport, local) in config.side(side).listeners() {
                sides.insert((transport, local), side);
                if !interfaces.contains(&local.ip()) {
                    interfaces.push(local.ip());
                }
            }
        }
        let (relay, relay_events) = spawn_relay(&config, &interfaces)?;
        let group = |side| TrunkGroup::new(now, group_config(config.side(side)));
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
            sides,
            calls: BackToBack::new(back_to_back, Media::default()),
            running: HashMap::new(),
            number: 0,
            numbers: Numbers::new(&config).map_err(|(_, text)| io::Error::other(text))?,
            groups: [
                group(Side::Pbx).map_err(io::Error::other)?,
                group(Side::Trunk).map_err(io::Error::other)?,
            ],
            admission: Side::BOTH.map(|side| Admission::new(limits(side))),
            resolver: resolver.map_err(io::Error::other)?,
            resolutions: mpsc::unbounded_channel(),
            relay,
            relay_events,
            interfaces,
            capture: None,
            records: None,
            clock,
            config,
        })
    }

    /// Where a side listens first.
    #[must_use]
    pub fn address(&self, side: Side) -> Option<SocketAddr> {
        self.config
            .side(side)
            .listeners()
            .next()
            .map(|(_, local)| local)
    }

    /// Keeps what goes over the wire, for ladders.
    #[must_use]
    pub fn with_capture(mut self, capture: Capture) -> Self {
        let capture = Arc::new(Mutex::new(capture));
        self.capture = Some(Arc::clone(&capture));
        self.endpoint
            .observe(move |at: Instant, traffic: Traffic<'_>| {
                let Ok(mut capture) = capture.lock() else {
                    return;
                };
                let (path, direction, data) = match traffic {
                    Traffic::Received { path, data } => (path, Direction::In, data),
                    Traffic::Sent { path, data } => (path, Direction::Out, data),
                };
                capture.sip(at, path, direction, data);
            });
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
        let (mut drained, mut end): (Option<Instant>, Option<Instant>) = (None, None);
        loop {
            self.settle().await;
            let now = self.clock.now();
            if drained.is_some_and(|drained| now >= drained || self.calls.calls() == 0)
                && end.is_none()
            {
                end = Some(now + FAREWELL);
                self.calls
                    .hang_up_all(now, EndReason::ShutDown, self.endpoint.machine_mut());
                continue;
            }
            if end.is_some_and(|end| now >= end || self.calls.legs() == 0) {
                break;
            }
            let wake = [self.calls.poll_timeout(), drained, end]
                .into_iter()
                .chain(self.groups.iter().map(TrunkGroup::poll_timeout))
                .flatten()
                .filter(|wake| *wake > now || drained.is_none());
            let wake = wake.min().unwrap_or(now + Duration::from_secs(3_600));
            tokio::select! {
                event = self.endpoint.event() => self.happened(event?),
                Some(event) = self.relay_events.recv() => {
                    let silent = matches!(event.event, Event::TimedOut { .. });
                    if let Some(call) = self.calls.bodies().call(event.session).filter(|_| silent) {
                        let now = self.clock.now();
                        self.calls.hang_up(now, call, EndReason::MediaTimeout, self.endpoint.machine_mut());
                    }
                }
                Some((side, host, found)) = self.resolutions.1.recv() => {
                    let (now, group) = (self.clock.now(), &mut self.groups[side.index()]);
                    match found {
                        Ok(found) => group.handle_addresses(now, host, &found.addresses, found.ttl),
                        Err(error) => {
                            warn!(%side, host = group.host_name(host), "cannot resolve: {error}");
                            group.handle_resolve_failed(now, host);
                        }
                    }
                }
                () = &mut shut_down, if drained.is_none() => {
                    info!(calls = self.calls.calls(), "sbc ends");
                    drained = Some(self.clock.now() + Duration::from_secs(self.config.limits.grace));
                    self.calls.stop_offering();
                }
                () = sleep_until(self.clock.to_std(wake).into()) => {
                    let now = self.clock.now();
                    self.calls.handle_timeout(now, self.endpoint.machine_mut());
                    for group in &mut self.groups {
                        group.handle_timeout(now, self.endpoint.machine_mut());
                    }
                }
            }
        }
        let statistics = self.endpoint.machine().statistics();
        let ladders = self.ladders();
        self.endpoint.shutdown().await;
        Ok(Report {
            ladders,
            origin: self.origin,
            statistics,
        })
    }

    /// The calls that were captured.
    fn ladders(&self) -> Vec<Ladder> {
        let Some(capture) = self
            .capture
            .as_ref()
            .and_then(|capture| capture.lock().ok())
        else {
            return Vec::new();
        };
        let mut names = Names::new("sbc");
        for group in &self.groups {
            for status in group.trunk_ids().filter_map(|trunk| group.status(trunk)) {
                let named = status
                    .remote
                    .filter(|_| status.trunk.host.parse::<IpAddr>().is_err());
                names = named.into_iter().fold(names, |names, remote| {
                    names.network(Network::host(remote.ip()), &status.trunk.host)
                });
            }
        }
        for ((_, local), side) in &self.sides {
            names = names.local(*local, &side.to_string());
        }
        let leg = |path: &FiveTuple| match self.sides.get(&(path.transport, path.local)) {
            Some(Side::Pbx) => Leg::Internal,
            _ => Leg::External,
        };
        let calls = Correlator::new(leg).calls(&capture);
        calls.iter().map(|call| Ladder::new(call, &names)).collect()
    }

    /// What the user agent reports goes to whom it concerns.
    fn happened(&mut self, event: UserAgentEvent) {
        let now = self.clock.now();
        if !self
            .groups
            .iter_mut()
            .any(|group| group.handle_event(now, &event))
        {
            self.calls
                .handle_event(now, event, self.endpoint.machine_mut());
        }
    }

    /// Deals with all that has come of it. What both parties agreed on is in force before either hears of it:
    /// nothing is sent before this returns.
    async fn settle(&mut self) {
        while let Some(event) = self.calls.poll_event() {
            match event {
                BackToBackEvent::Offered {
                    call,
                    message,
                    path,
                    ..
                } => {
                    let from = self.sides.get(&(path.transport, path.local)).copied();
                    if let Err(refusal) = self
                        .offered(call, from.unwrap_or(Side::Pbx), message, path.local.ip())
                        .await
                    {
                        self.reject(call, &refusal);
                    }
                }
                BackToBackEvent::RouteFailed { call, cause } => self.route_failed(call, &cause),
                BackToBackEvent::Progress { call, .. } => {
                    self.report(call, TrunkOutcome::Answered);
                }
                BackToBackEvent::Answered { call } => {
                    self.report(call, TrunkOutcome::Answered);
                    self.answered(call).await;
                }
                BackToBackEvent::Ended { call, summary } => self.ended(call, &summary).await,
                BackToBackEvent::TurnedAway { path, status, .. } => {
                    info!(from = %path.remote, status = status.code(), "INVITE turned away");
                }
                BackToBackEvent::Other(event) => self.other(event),
                _ => {}
            }
            for (session, updates) in self.calls.bodies_mut().take_updates() {
                // A session that is gone needs to know nothing.
                let _ = self.relay.configure(session, updates).await;
            }
        }
        for side in Side::BOTH {
            while let Some(event) = self.groups[side.index()].poll_event() {
                self.trunk_event(side, event);
            }
        }
    }

    async fn offered(
        &mut self,
        call: CallKey,
        from: Side,
        invite: OwnedMessage,
        local: IpAddr,
    ) -> Result<(), Refused> {
        let now = self.clock.now();
        let message = invite.message();
        let dialled = self.numbers.decide(from, &message)?;
        media::check_offer(&message)
            .map_err(|refusal| (refusal.status, refusal.reason.to_owned(), refusal.headers))?;
        self.number += 1;
        let span = info_span!(
            "call",
            number = self.number,
            from = dialled.caller,
            to = dialled.called
        );
        span.in_scope(|| info!(side = %from, emergency = dialled.emergency, "INVITE"));
        let to = dialled.to;
        let request = AdmissionRequest {
            bandwidth: CallBandwidth::G711,
            emergency: dialled.emergency,
        };
        let mut running = Running {
            number: self.number,
            from,
            dialled,
            attempts: self.groups[to.index()].attempts(now),
            trunk: None,
            admitted: Vec::new(),
            invite,
            span,
        };
        let mut refused = None;
        for side in [from, to] {
            match self.admission[side.index()].admit(request) {
                Ok(admitted) => running.admitted.push((side, admitted)),
                Err(limit) => refused = Some(format!("{side}: {limit}")),
            }
        }
        self.running.insert(call, running);
        if let Some(text) = refused {
            return Err((StatusCode::SERVICE_UNAVAILABLE, text, RETRY_LATER));
        }
        let remote = self.groups[to.index()]
            .config()
            .trunks
            .first()
            .map_or(local, |trunk| trunk.local.ip());
        let interface = |ip| {
            InterfaceId(
                self.interfaces
                    .iter()
                    .position(|known| *known == ip)
                    .unwrap_or(0),
            )
        };
        let allocated = self
            .relay
            .create(
                [interface(local), interface(remote)],
                SessionConfig::default(),
            )
            .await;
        let allocated = allocated.map_err(|error| {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                error.to_string(),
                RETRY_LATER,
            )
        })?;
        let public = [from, to].map(|side| self.config.side(side).public_address);
        self.calls
            .bodies_mut()
            .begin(call, self.number, &allocated, public);
        self.connect(call)
    }

    /// Calls the next host that there is to try.
    fn connect(&mut self, call: CallKey) -> Result<(), Refused> {
        let nowhere = |text: &str| {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                text.to_owned(),
                RETRY_LATER,
            )
        };
        let now = self.clock.now();
        let running = self.running.get_mut(&call).ok_or_else(|| nowhere(""))?;
        let group = &self.groups[running.dialled.to.index()];
        let public = self.config.side(running.dialled.to).public_address;
        let early_media = self.config.side(running.from).early_media;
        let early_media = early_media.unwrap_or(running.from == Side::Pbx);
        while let Some(route) = group.next(&mut running.attempts) {
            let path = route.destination.path;
            running.trunk = Some((route.trunk, path.remote));
            let ip = public.unwrap_or(path.local.ip());
            let local = SocketAddr::new(ip, path.local.port());
            let invite = running.invite.message();
            let headers = self.calls.crossing_headers(&invite);
            let call_to = running
                .dialled
                .towards(route.host, route.port, local, path.transport);
            let outgoing = Outgoing {
                contact: Some(&call_to.contact),
                headers: &headers,
                ..Outgoing::new(
                    route.destination,
                    &call_to.request_uri,
                    &call_to.from,
                    &call_to.to,
                )
            };
            let options = ConnectOptions::with_early_media(early_media);
            let agent = self.endpoint.machine_mut();
            let connected = self.calls.connect(now, call, &outgoing, options, agent);
            let _entered = running.span.enter();
            match connected {
                Ok(()) => {
                    info!(host = route.host, "calling");
                    return Ok(());
                }
                Err(error) => info!(host = route.host, "cannot call: {error}"),
            }
        }
        Err(nowhere("No Host Left"))
    }

    fn reject(&mut self, call: CallKey, (status, reason, headers): &Refused) {
        info!(status = status.code(), "INVITE refused: {reason}");
        let (now, agent) = (self.clock.now(), self.endpoint.machine_mut());
        self.calls
            .reject(now, call, *status, reason, headers, agent);
    }

    fn route_failed(&mut self, call: CallKey, cause: &RejectCause) {
        let status = cause.status_across();
        self.report(call, TrunkOutcome::of_cause(cause));
        if self.connect(call).is_err() {
            self.reject(call, &(status, String::new(), &[]));
        }
    }

    /// Tells the trunks what became of an attempt.
    fn report(&mut self, call: CallKey, outcome: TrunkOutcome) {
        if let Some(running) = self.running.get(&call)
            && let Some((trunk, remote)) = running.trunk
        {
            let group = &mut self.groups[running.dialled.to.index()];
            group.report_at(self.clock.now(), trunk, remote, outcome);
        }
    }

    async fn answered(&mut self, call: CallKey) {
        let now = self.clock.now();
        if let (Some(capture), Some(view)) = (&self.capture, self.calls.call(call))
            && let Ok(mut capture) = capture.lock()
        {
            for call_id in view.call_ids {
                capture.media(now, call_id, MediaPhase::Begun);
            }
        }
        if let Some(session) = self.calls.bodies().session(call) {
            let timeout = Duration::from_secs(self.config.media.timeout);
            let _ = self.relay.set_media_timeout(session, Some(timeout)).await;
        }
    }

    async fn ended(&mut self, call: CallKey, summary: &CallSummary) {
        let statistics = match self.calls.bodies_mut().end(call) {
            Some(session) => self.relay.remove(session).await.ok(),
            None => None,
        };
        let Some(running) = self.running.remove(&call) else {
            return;
        };
        let group = &self.groups[running.dialled.to.index()];
        let host = running.trunk.and_then(|(trunk, _)| group.status(trunk));
        let host = host.map(|status| status.trunk.host.to_string());
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
        if let Some(capture) = &self.capture
            && let Ok(mut capture) = capture.lock()
        {
            record.note(&mut capture, summary.ended);
        }
        if let Some(records) = &self.records {
            let _ = records.send(record);
        }
    }

    /// What belongs to no call. OPTIONS asks the controller itself (RFC 3261 section 11.2).
    fn other(&mut self, event: UserAgentEvent) {
        let UserAgentEvent::Request {
            transaction,
            message,
            ..
        } = event
        else {
            return;
        };
        let (status, headers) = match message.message().method() {
            Some(Method::Options) => (StatusCode::OK, [("Allow", ALLOW), ("Accept", SDP)]),
            _ => (
                StatusCode::METHOD_NOT_ALLOWED,
                [("Allow", ALLOW), ("Accept", SDP)],
            ),
        };
        let agent = self.endpoint.machine_mut();
        agent
            .respond(self.clock.now(), transaction, status, "", &headers, None)
            .ok();
    }

    fn trunk_event(&self, side: Side, event: TrunkGroupEvent) {
        let group = &self.groups[side.index()];
        let host = |trunk| group.status(trunk).map_or("", |status| &*status.trunk.host);
        match event {
            TrunkGroupEvent::Resolve { host, name, ipv6 } => {
                let (resolver, answers) = (self.resolver.clone(), self.resolutions.0.clone());
                tokio::spawn(async move {
                    let found = resolver.addresses(&name, ipv6).await;
                    let _ = answers.send((side, host, found));
                });
            }
            TrunkGroupEvent::Suspect { trunk } => warn!(%side, host = host(trunk), "trunk suspect"),
            TrunkGroupEvent::Down { trunk } => warn!(%side, host = host(trunk), "trunk down"),
            TrunkGroupEvent::Up { trunk, .. } => info!(%side, host = host(trunk), "trunk up"),
            TrunkGroupEvent::NoOptions { host } => {
                warn!(%side, host = group.host_name(host), "no OPTIONS")
            }
            TrunkGroupEvent::OptionsAgain { host } => {
                info!(%side, host = group.host_name(host), "OPTIONS again")
            }
            _ => {}
        }
    }
}

/// All listeners of both sides, under one user agent. Ports that were left to the system are told in `config`.
fn bind(config: &mut Config) -> io::Result<Endpoint<UserAgent>> {
    let mut layer = LayerConfig::default();
    let mut listeners = Vec::new();
    for side in Side::BOTH {
        let config = config.side(side);
        for (transport, address) in config.listeners() {
            listeners.push((side, Listener { transport, address }));
            layer.sources.push(AllowedSources {
                local: address,
                networks: config.sources(),
                silent: false,
            });
            layer
                .sent_by
                .extend(config.public_address.map(|public| PublicAddress {
                    local: address,
                    sent_by: SocketAddr::new(public, address.port()).to_string().into(),
                }));
        }
    }
    let mut user_agent = UserAgentConfig::new(layer);
    user_agent.max_usages = config.limits.calls * 4;
    user_agent.max_early_dialogs = 2;
    user_agent.product = Some(concat!("Trunkline sbc/", env!("CARGO_PKG_VERSION")).into());
    let mut transports = TransportsConfig::default();
    transports.dscp = config.dscp();
    let wanted: Vec<Listener> = listeners.iter().map(|(_, listener)| *listener).collect();
    let endpoint = Endpoint::bind_with(UserAgent::new(user_agent, seed()?), &wanted, transports)?;
    for side in Side::BOTH {
        let bound = endpoint.local_addresses().iter().zip(&listeners);
        let bound = bound
            .filter(|(_, (of, _))| *of == side)
            .map(|(listener, _)| NextHop {
                transport: listener.transport,
                host: listener.address.ip().to_string(),
                port: Some(listener.address.port()),
            });
        config.side_mut(side).listen = bound.collect();
    }
    Ok(endpoint)
}

fn group_config(config: &SideConfig) -> TrunkGroupConfig {
    let seconds = |seconds| (seconds > 0).then(|| Duration::from_secs(seconds));
    let mut group = TrunkGroupConfig::new(config.trunks());
    group.options_interval = seconds(config.options_interval);
    group.suspect_interval = Duration::from_secs(config.suspect_interval);
    group.down_after = config.down_after;
    group.up_after = config.up_after;
    group.watchdog = seconds(config.watchdog);
    group
}

fn spawn_relay(
    config: &Config,
    interfaces: &[IpAddr],
) -> io::Result<(RelayHandle, mpsc::Receiver<SessionEvent>)> {
    let ports = config.media.ports;
    let ports = PortRange::new(ports.start(), ports.end()).map_err(io::Error::other)?;
    let interfaces = interfaces
        .iter()
        .map(|ip| Interface::new(*ip, ports))
        .collect();
    let mut driver = DriverConfig::new(RelayConfig::new(interfaces, config.limits.calls, seed()?));
    driver.workers = NonZeroUsize::new(config.media.workers).unwrap_or(NonZeroUsize::MIN);
    driver.dscp = config.dscp();
    RelayHandle::spawn(driver).map_err(io::Error::other)
}
