//! A call from its INVITE to its record: numbers, limits, media, and the side it goes to.

use tracing::{Span, info, info_span, warn};
use trunkline_rtp_relay::{
    AdmissionEvent, AdmissionRequest, Admitted, CallBandwidth, InterfaceId, SessionConfig,
};
use trunkline_sans_io::FiveTuple;
use trunkline_sip_core::{
    CallKey, CallSummary, GroupId, GroupTrunk, OwnedMessage, Party, Routing, StatusCode,
};
use trunkline_trace::{CallRecord, LegMedia, MediaPhase};

use super::config::Side;
use super::numbers::{Dialled, Refused};
use super::server::Sbc;
use super::{media, sockets};

/// What goes with a 503 of ours.
const RETRY_LATER: &[(&str, &str)] = &[("Retry-After", "10")];

/// What a call is beside its legs.
#[derive(Debug)]
pub(super) struct Running {
    /// Counts from one; names the call in logs and records.
    number: u64,
    from: Side,
    dialled: Dialled,
    admitted: Vec<(Side, Admitted)>,
    span: Span,
}

impl Sbc {
    pub(super) fn log(&self, call: CallKey, log: impl FnOnce()) {
        if let Some(running) = self.running.get(&call) {
            running.span.in_scope(log);
        }
    }

    /// Sends a new call on its way, or says why not.
    pub(super) async fn offered(
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
        for (side, admission) in Side::BOTH.iter().zip(&mut self.admission) {
            if let Some(AdmissionEvent::SoftLimitReached { calls }) = admission.poll_event() {
                warn!(%side, calls, "many calls at once");
            }
        }
        let running = Running {
            number,
            from,
            dialled,
            admitted,
            span,
        };
        let running = self.running.entry(call).insert_entry(running);
        granted?;
        let group = GroupId::new(to.index());
        let upcoming = self
            .router
            .group(group)
            .and_then(|group| group.upcoming(self.clock.now()));
        let remote = upcoming.map_or(path.local, |route| route.destination.path.local);
        let interfaces = [path.local, remote].map(|local| {
            let known = self.interfaces.binary_search(&local.ip());
            InterfaceId(known.unwrap_or(0))
        });
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
    pub(super) fn media_begins(&self, call: CallKey) {
        if let Some(view) = self.router.back_to_back().call(call) {
            self.observer.with(|capture| {
                for call_id in view.call_ids {
                    capture.media(self.clock.now(), call_id, MediaPhase::Begun);
                }
            });
        }
    }

    /// A call is over: what it used is free again, and its record is written.
    pub(super) async fn ended(
        &mut self,
        call: CallKey,
        trunk: Option<GroupTrunk>,
        summary: &CallSummary,
    ) {
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
}
