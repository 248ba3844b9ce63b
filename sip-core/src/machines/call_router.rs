//! Calls over trunks: a back-to-back user agent and the groups of trunks that its calls take.

mod event;
mod routing;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::hash::BuildHasherDefault;

use hashbrown::HashMap;
use siphasher::sip::SipHasher13;
use trunkline_sans_io::Instant;

use self::routing::Routed;
use crate::{
    BackToBack, BackToBackEvent, CallKey, CallState, CallSummary, ConnectError, ConnectOptions,
    EndReason, Message, Outgoing, OwnedMessage, RejectCause, RequestError, SendError,
    ServerTransaction, SessionBodies, StatusCode, TrunkGroup, TrunkOutcome, TrunkStatus, UserAgent,
    UserAgentEvent,
};

pub use event::{CallRouterEvent, RouteError};
pub use routing::{GroupId, GroupTrunk, Routing};

/// Calls over trunks: one [`BackToBack`] and the [`TrunkGroup`]s that its calls take, joined.
///
/// The owner decides which group a call takes and what numbers it shows: on [`CallRouterEvent::Offered`] it
/// calls [`route`](Self::route), or [`reject`](Self::reject). From there on the router
///
/// * calls the hosts of the group one after the other, in the order of [`TrunkGroup::attempts`], until one of
///   them says something above 100: the next one at once after a transport error or 503, and after
///   [`BackToBackConfig::attempt_limit`](crate::BackToBackConfig::attempt_limit) where there is silence,
/// * composes the INVITE of each attempt,
/// * tells the group what became of it, Retry-After included, so that the next call knows,
/// * refuses the call once nothing is left to try: with
///   [`RejectCause::status_across`] of the last failure, or with 503 and Retry-After if there was no host to
///   try at all. The reason that [`CallRouterEvent::Ended`] tells is then [`EndReason::NoAnswer`] where the last
///   host was silent, [`EndReason::Refused`] where it said 503, and else [`EndReason::Unreachable`].
///
/// Trunks in doubt, and those that are down, are tried after the healthy ones and never left out: to refuse
/// calls instead, emergency calls perhaps excepted, ask [`TrunkGroup::any_up`] first. What is said of a host
/// never touches a call that another one, or the same one, has taken.
///
/// | | of the INVITE to a host |
/// |---|---|
/// | Request-URI | `sip:CALLED@HOST:PORT`, with the name of the host as configured, and its transport unless that is UDP |
/// | To | `<sip:CALLED@HOST>` |
/// | From | `"DISPLAY NAME" <sip:CALLER@LOCAL>` |
/// | Contact | `<sip:CALLER@LOCAL:PORT>`, and the transport as above |
/// | others | what [`BackToBack::crossing_headers`] lets cross, and [`Routing::headers`] |
///
/// LOCAL is the local address of the trunk or what [`LayerConfig::sent_by`](crate::LayerConfig) calls it, so
/// it is numeric unless the owner said otherwise there.
///
/// Calls within a call, and everything else about two legs, are as [`BackToBack`] has them; health, probes
/// and names as [`TrunkGroup`] has them. There is no forking: one host at a time.
///
/// # What is left to the owner
///
/// * Answer requests that come as [`CallRouterEvent::Other`], OPTIONS above all: a host that gets no answer takes
///   us for dead. Nobody else answers them.
/// * Answer every [`TrunkGroupEvent::Resolve`](crate::TrunkGroupEvent::Resolve), be it by a failure: until then
///   there is no further question for that host, and a name without address gets no calls. It comes again when
///   the TTL is over.
/// * Set [`TrunkGroupConfig::watchdog`](crate::TrunkGroupConfig::watchdog) to `None` for hosts that send no
///   OPTIONS, and [`options_interval`](crate::TrunkGroupConfig::options_interval) for hosts that answer none: both
///   are on by default.
/// * Say who may send requests: [`LayerConfig::sources`](crate::LayerConfig::sources). Everybody may by default.
///
/// [`PeeringConfig`](crate::PeeringConfig) makes groups, listeners and sources from a configuration.
///
/// # Hosts that are gone
///
/// Over UDP a port where nobody listens is mere silence: no error of the network is told, and the next host is
/// called after [`BackToBackConfig::attempt_limit`](crate::BackToBackConfig::attempt_limit), 4 s. Only a connection
/// that is refused or reset, and a host that no route leads to, fails at once. Once that has happened the group passes the host over, so that
/// further calls do not wait.
///
/// # Use
///
/// Every event of the user agent goes into [`handle_event`](Self::handle_event). After every verb drain
/// [`poll_event`](Self::poll_event) and the user agent, and call [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) says.
///
/// ```
/// use trunkline_sans_io::{FiveTuple, Instant, Transport};
/// use trunkline_sip_core::{
///     BackToBack, BackToBackConfig, CallRouter, CallRouterEvent, GroupId, Outgoing, RouteError, Routing,
///     TrunkGroup, TrunkGroupConfig, UnchangedBodies, UserAgent, UserAgentConfig,
/// };
///
/// let mut alice = UserAgent::new(UserAgentConfig::default(), [1; 32]);
/// let mut agent = UserAgent::new(UserAgentConfig::default(), [2; 32]);
/// let now = Instant::ORIGIN;
/// let local = "203.0.113.5:5060".parse()?;
/// let hosts = [("192.0.2.1", 5060, Transport::Udp), ("192.0.2.2", 5060, Transport::Udp)];
/// let mut provider = TrunkGroupConfig::every_pair(&[local], &hosts);
/// provider.options_interval = None;
/// let calls = BackToBack::new(BackToBackConfig::default(), UnchangedBodies);
/// let mut router = CallRouter::new(calls, vec![TrunkGroup::new(now, provider)?]);
/// let provider = GroupId::new(0);
///
/// // Alice calls us, and we call the provider.
/// let path = FiveTuple::udp("198.51.100.7:5060".parse()?, local);
/// let (uri, from) = ("sip:110@203.0.113.5", "<sip:alice@example.com>");
/// alice.invite(now, &Outgoing::new(path.into(), uri, from, "<sip:110@203.0.113.5>"))?;
/// while let Some((transmit, bytes)) = alice.poll_transmit_bytes(now) {
///     let _ = agent.handle_datagram(now, transmit.path.reversed(), &bytes);
/// }
/// while let Some(event) = agent.poll_event() {
///     router.handle_event(now, event, &mut agent);
/// }
/// while let Some(event) = router.poll_event() {
///     if let CallRouterEvent::Offered { call, .. } = event {
///         let routing = Routing::new(provider, "110", "+4989123456");
///         match router.route(now, call, &routing, &mut agent) {
///             // The caller may have given up since: that is no fault, and its end is told.
///             Ok(()) | Err(RouteError::NotWaiting) => {}
///             Err(error) => return Err(error.into()),
///         }
///     }
/// }
///
/// // The first host cannot be reached: the second one is called before anybody waits.
/// let (transmit, bytes) = agent.poll_transmit_bytes(now).expect("an INVITE");
/// assert!(bytes.starts_with(b"INVITE sip:110@192.0.2.1:5060 SIP/2.0\r\n"));
/// agent.handle_send_failed(now, transmit.path, None);
/// while let Some(event) = agent.poll_event() {
///     router.handle_event(now, event, &mut agent);
/// }
/// let (_, bytes) = agent.poll_transmit_bytes(now).expect("another one");
/// assert!(bytes.starts_with(b"INVITE sip:110@192.0.2.2:5060 SIP/2.0\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CallRouter<B> {
    back_to_back: BackToBack<B>,
    groups: Vec<TrunkGroup>,
    routed: HashMap<CallKey, Routed, BuildHasherDefault<SipHasher13>>,
    events: VecDeque<CallRouterEvent>,
}

impl<B: SessionBodies> CallRouter<B> {
    /// No calls yet. [`GroupId`] is the place of a group in the list.
    #[must_use]
    pub fn new(back_to_back: BackToBack<B>, groups: Vec<TrunkGroup>) -> Self {
        Self {
            back_to_back,
            groups,
            routed: HashMap::default(),
            events: VecDeque::new(),
        }
    }

    /// The calls: who talks to whom, how many there are. [`BackToBack::legs`] is 0 once nothing is left to be
    /// said.
    #[must_use]
    pub const fn back_to_back(&self) -> &BackToBack<B> {
        &self.back_to_back
    }

    /// What rewrites the bodies.
    #[must_use]
    pub const fn bodies(&self) -> &B {
        self.back_to_back.bodies()
    }

    /// What rewrites the bodies.
    pub const fn bodies_mut(&mut self) -> &mut B {
        self.back_to_back.bodies_mut()
    }

    /// A group; `None` where there is none.
    #[must_use]
    pub fn group(&self, group: GroupId) -> Option<&TrunkGroup> {
        self.groups.get(group.index())
    }

    /// The same, to tell it what its names resolved to, of maintenance and of aliases.
    pub fn group_mut(&mut self, group: GroupId) -> Option<&mut TrunkGroup> {
        self.groups.get_mut(group.index())
    }

    /// All groups.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &TrunkGroup)> {
        let groups = self.groups.iter().enumerate();
        groups.map(|(index, group)| (GroupId::new(index), group))
    }

    /// A look at a trunk; `None` where there is none.
    #[must_use]
    pub fn trunk(&self, trunk: GroupTrunk) -> Option<TrunkStatus<'_>> {
        self.group(trunk.group)?.status(trunk.trunk)
    }

    /// The host that a trunk leads to, as it was configured; empty where there is none.
    #[must_use]
    pub fn host(&self, trunk: GroupTrunk) -> &str {
        self.trunk(trunk).map_or("", |status| &status.trunk.host)
    }

    /// What the user agent reports: all of it goes in here.
    pub fn handle_event(&mut self, now: Instant, event: UserAgentEvent, agent: &mut UserAgent) {
        // An OPTIONS that came in is shown to all of them.
        let mut groups = self.groups.iter_mut();
        if !groups.any(|group| group.handle_event(now, &event)) {
            self.back_to_back.handle_event(now, event, agent);
            self.go_on(now, agent);
        }
    }

    /// Time has passed: OPTIONS go out, hosts that are silent and calls that ring for too long are given up.
    pub fn handle_timeout(&mut self, now: Instant, agent: &mut UserAgent) {
        for group in &mut self.groups {
            group.handle_timeout(now, agent);
        }
        self.back_to_back.handle_timeout(now, agent);
        self.go_on(now, agent);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let groups = self.groups.iter().filter_map(TrunkGroup::poll_timeout);
        groups.chain(self.back_to_back.poll_timeout()).min()
    }

    /// What there is to tell the owner.
    pub fn poll_event(&mut self) -> Option<CallRouterEvent> {
        let event = self.events.pop_front();
        event.or_else(|| {
            let mut groups = self.groups.iter_mut().enumerate();
            groups.find_map(|(index, group)| {
                let group_event = group.poll_event();
                group_event.map(|event| CallRouterEvent::Group {
                    group: GroupId::new(index),
                    event,
                })
            })
        })
    }

    /// Sends a call on its way that waits for it: to the first host, and to further ones until one takes it.
    /// What becomes of it is told by events; a call that no host takes is refused.
    ///
    /// # Errors
    ///
    /// Any [`RouteError`]. [`RouteError::NotWaiting`] is no fault of anybody: a caller may give up between
    /// [`CallRouterEvent::Offered`] and this. Go on, and do not reject the call: [`CallRouterEvent::Ended`]
    /// tells the rest.
    pub fn route(
        &mut self,
        now: Instant,
        call: CallKey,
        routing: &Routing<'_>,
        agent: &mut UserAgent,
    ) -> Result<(), RouteError> {
        let view = self.back_to_back.call(call);
        if view.is_none_or(|view| view.state != CallState::Waiting) {
            return Err(RouteError::NotWaiting);
        }
        let group = self.group_mut(routing.group);
        let attempts = group.ok_or(RouteError::UnknownGroup)?.attempts(now);
        self.routed.insert(call, Routed::new(routing, attempts));
        self.call_next(now, call, None, agent);
        self.go_on(now, agent);
        Ok(())
    }

    /// Refuses a call, see [`BackToBack::reject`].
    pub fn reject(
        &mut self,
        now: Instant,
        call: CallKey,
        status: StatusCode,
        reason: &str,
        headers: &[(&str, &str)],
        agent: &mut UserAgent,
    ) {
        self.back_to_back
            .reject(now, call, status, reason, headers, agent);
        self.go_on(now, agent);
    }

    /// Ends a call, see [`BackToBack::hang_up`].
    pub fn hang_up(
        &mut self,
        now: Instant,
        call: CallKey,
        reason: EndReason,
        agent: &mut UserAgent,
    ) {
        self.back_to_back.hang_up(now, call, reason, agent);
        self.go_on(now, agent);
    }

    /// Ends all calls there are.
    pub fn hang_up_all(&mut self, now: Instant, reason: EndReason, agent: &mut UserAgent) {
        self.back_to_back.hang_up_all(now, reason, agent);
        self.go_on(now, agent);
    }

    /// Refuses new calls from now on by 503 with Retry-After. The ones there are go on.
    pub const fn stop_offering(&mut self) {
        self.back_to_back.stop_offering();
    }

    /// Passes a request outside of calls across, see [`BackToBack::pass`].
    ///
    /// # Errors
    ///
    /// It cannot be composed or sent; the request still waits for its answer.
    pub fn pass(
        &mut self,
        now: Instant,
        transaction: ServerTransaction,
        message: &Message<'_>,
        outgoing: &Outgoing<'_>,
        agent: &mut UserAgent,
    ) -> Result<(), SendError> {
        self.back_to_back
            .pass(now, transaction, message, outgoing, agent)
    }

    /// Deals with what the back-to-back user agent tells.
    fn go_on(&mut self, now: Instant, agent: &mut UserAgent) {
        while let Some(event) = self.back_to_back.poll_event() {
            let told = match event {
                BackToBackEvent::RouteFailed { call, cause } => {
                    self.attempt_failed(now, call, cause, agent);
                    continue;
                }
                BackToBackEvent::Ended { call, summary } => self.ended(now, call, summary),
                BackToBackEvent::Progress { call, status } => {
                    self.report(now, call, TrunkOutcome::Answered);
                    CallRouterEvent::Progress { call, status }
                }
                BackToBackEvent::Answered { call } => {
                    self.report(now, call, TrunkOutcome::Answered);
                    CallRouterEvent::Answered { call }
                }
                BackToBackEvent::Offered {
                    call,
                    message,
                    path,
                    connection,
                } => CallRouterEvent::Offered {
                    call,
                    message,
                    path,
                    connection,
                },
                BackToBackEvent::TurnedAway {
                    message,
                    path,
                    status,
                } => CallRouterEvent::TurnedAway {
                    message,
                    path,
                    status,
                },
                BackToBackEvent::Other(event) => CallRouterEvent::Other(event),
            };
            self.events.push_back(told);
        }
    }

    fn attempt_failed(
        &mut self,
        now: Instant,
        call: CallKey,
        cause: RejectCause,
        agent: &mut UserAgent,
    ) {
        self.report(now, call, TrunkOutcome::of_cause(&cause));
        self.told_failed(call, cause.clone());
        self.call_next(now, call, Some(cause), agent);
    }

    /// The call is over.
    fn ended(&mut self, now: Instant, call: CallKey, summary: CallSummary) -> CallRouterEvent {
        // A host that refuses lives; a 503 after it has rung was counted as life when it rang.
        if let EndReason::Refused(status) = summary.reason
            && status != StatusCode::SERVICE_UNAVAILABLE
        {
            self.report(now, call, TrunkOutcome::Answered);
        }
        let routed = self.routed.remove(&call);
        let current = routed.and_then(|routed| routed.current);
        let trunk = current.map(|(trunk, _)| trunk);
        CallRouterEvent::Ended {
            call,
            trunk,
            summary,
        }
    }

    /// Tells the group what became of the last attempt.
    fn report(&mut self, now: Instant, call: CallKey, outcome: TrunkOutcome) {
        if let Some(routed) = self.routed.get(&call)
            && let Some((trunk, remote)) = routed.current
            && let Some(group) = self.groups.get_mut(trunk.group.index())
        {
            group.report_at(now, trunk.trunk, remote, outcome);
        }
    }

    fn told_failed(&mut self, call: CallKey, cause: RejectCause) {
        if let Some(routed) = self.routed.get(&call)
            && let Some((trunk, _)) = routed.current
        {
            self.events
                .push_back(CallRouterEvent::Failed { call, trunk, cause });
        }
    }

    /// Calls the next host, and refuses the call where there is none. `cause` is why the last one failed.
    fn call_next(
        &mut self,
        now: Instant,
        call: CallKey,
        mut cause: Option<RejectCause>,
        agent: &mut UserAgent,
    ) {
        let view = self.back_to_back.call(call);
        let Some(invite) = view.and_then(|view| view.invite).cloned() else {
            return;
        };
        loop {
            match self.attempt(now, call, &invite, agent) {
                Some(Ok(()) | Err(ConnectError::NotWaiting)) => return,
                // That is our own want, and no fault of the host.
                Some(Err(ConnectError::Send(
                    SendError::TooManyUsages | SendError::Request(RequestError::TableFull),
                ))) => {
                    cause = None;
                    break;
                }
                Some(Err(ConnectError::Send(_))) => {
                    self.told_failed(call, RejectCause::Transport);
                    cause = Some(RejectCause::Transport);
                }
                None => break,
            }
        }
        self.back_to_back.give_up(now, call, cause.as_ref(), agent);
    }

    /// Calls the next host; `None` where none is left.
    fn attempt(
        &mut self,
        now: Instant,
        call: CallKey,
        invite: &OwnedMessage,
        agent: &mut UserAgent,
    ) -> Option<Result<(), ConnectError>> {
        let routed = self.routed.get_mut(&call)?;
        let group = self.groups.get(routed.group.index())?;
        let route = group.next(&mut routed.attempts)?;
        let path = route.destination.path;
        let trunk = GroupTrunk {
            group: routed.group,
            trunk: route.trunk,
        };
        routed.current = Some((trunk, path.remote));
        let addressing = routed.addressing(&route, agent.sent_by(path.local));
        let own = routed
            .headers
            .iter()
            .map(|(name, value)| (&**name, &**value));
        let own: Vec<(&str, &str)> = own.collect();
        let mut headers = self.back_to_back.crossing_headers(&invite.message());
        headers.extend(&own);
        let mut outgoing = Outgoing {
            contact: Some(&addressing.contact),
            headers: &headers,
            ..Outgoing::new(
                route.destination,
                &addressing.request_uri,
                &addressing.from,
                &addressing.to,
            )
        };
        let options = ConnectOptions::with_early_media(routed.early_media);
        self.events.push_back(CallRouterEvent::Calling {
            call,
            trunk,
            remote: path.remote,
        });
        let connect = |outgoing: &Outgoing<'_>, calls: &mut BackToBack<B>, agent: &mut _| {
            calls.connect(now, call, outgoing, options, agent)
        };
        let connected = connect(&outgoing, &mut self.back_to_back, agent);
        // What the caller wrote and cannot be written again is left out.
        if let Err(ConnectError::Send(SendError::Compose(_))) = connected {
            outgoing.headers = &own;
            return Some(connect(&outgoing, &mut self.back_to_back, agent));
        }
        Some(connected)
    }
}

#[cfg(test)]
mod tests;
