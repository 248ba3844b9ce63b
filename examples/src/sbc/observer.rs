//! What goes over the wire, kept for ladders.

use core::net::IpAddr;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use trunkline_sans_io::{FiveTuple, Instant, Network};
use trunkline_sip_core::tokio::{Endpoint, Traffic};
use trunkline_sip_core::{CallRouter, LayerStatistics, SessionBodies, UserAgent};
use trunkline_trace::{Capture, Correlator, Direction, Ladder, Leg, Names, Page};

use super::config::{Config, Side};
use super::sockets::side_of;

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

/// Keeps messages, if somebody asked for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Observer(Option<Arc<Mutex<Capture>>>);

impl Observer {
    pub(super) fn new(capture: Capture, endpoint: &mut Endpoint<UserAgent>) -> Self {
        let observer = Self(Some(Arc::new(Mutex::new(capture))));
        let kept = observer.clone();
        endpoint.observe(move |at: Instant, traffic: Traffic<'_>| {
            let (path, direction, data) = match traffic {
                Traffic::Received { path, data } => (path, Direction::In, data),
                Traffic::Sent { path, data } => (path, Direction::Out, data),
            };
            kept.with(|capture| capture.sip(at, path, direction, data));
        });
        observer
    }

    pub(super) fn with<R>(&self, look: impl FnOnce(&mut Capture) -> R) -> Option<R> {
        let mut capture = self.0.as_ref()?.lock().ok()?;
        Some(look(&mut capture))
    }

    /// The calls so far. Hosts have their names, and whoever else speaks to a side has that of the side.
    pub(super) fn ladders<B: SessionBodies>(
        &self,
        router: &CallRouter<B>,
        config: &Config,
    ) -> Vec<Ladder> {
        let mut names = Names::new("sbc");
        for (_, group) in router.groups() {
            for status in group.trunk_ids().filter_map(|trunk| group.status(trunk)) {
                let host = &status.trunk.host;
                if let (Some(remote), Err(_)) = (status.remote, host.parse::<IpAddr>()) {
                    names = names.network(Network::host(remote.ip()), host);
                }
            }
        }
        for side in Side::BOTH {
            for (_, local) in config.side(side).listeners() {
                names = names.local(local, &side.to_string());
            }
        }
        let leg = |path: &FiveTuple| match side_of(config, *path) {
            Side::Pbx => Leg::Internal,
            Side::Trunk => Leg::External,
        };
        let ladders = self.with(|capture| {
            let calls = Correlator::new(leg).calls(capture);
            calls.iter().map(|call| Ladder::new(call, &names)).collect()
        });
        ladders.unwrap_or_default()
    }
}
