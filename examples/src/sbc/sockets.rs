//! What the operating system lends: the sockets of both sides, the ports of the relay, and randomness.

use core::net::IpAddr;
use core::num::NonZeroUsize;
use std::io;

use tokio::sync::mpsc;
use trunkline_rtp_relay::tokio::{DriverConfig, RelayHandle, SessionEvent};
use trunkline_rtp_relay::{Interface, PortRange, RelayConfig};
use trunkline_sans_io::FiveTuple;
use trunkline_sip_core::tokio::{Endpoint, Listener, TransportsConfig};
use trunkline_sip_core::{LayerConfig, UserAgent, UserAgentConfig};

use super::config::{Config, Side};

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

/// All listeners of both sides, under one user agent. Ports that were left to the system are told in `config`.
pub(super) fn bind(config: &mut Config) -> io::Result<Endpoint<UserAgent>> {
    let mut layer = LayerConfig::default();
    let mut listeners = Vec::new();
    for side in Side::BOTH {
        let config = config.side(side);
        let side = config.listeners();
        listeners.extend(side.map(|(transport, address)| Listener { transport, address }));
        layer.sources.extend(config.sources());
        layer.sent_by.extend(config.sent_by());
    }
    let mut user_agent = UserAgentConfig::new(layer);
    user_agent.max_usages = config.limits.calls * 4;
    user_agent.max_early_dialogs = 2;
    user_agent.product = Some(concat!("Trunkline sbc/", env!("CARGO_PKG_VERSION")).into());
    let mut transports = TransportsConfig::default();
    transports.dscp.clone_from(&config.dscp.0);
    let endpoint =
        Endpoint::bind_with(UserAgent::new(user_agent, seed()?), &listeners, transports)?;
    let bound = endpoint.local_addresses().iter();
    let mut bound = bound.map(|listener| (listener.transport, listener.address));
    for side in [&mut config.pbx, &mut config.trunk] {
        let count = side.listeners().count();
        side.set_bound(bound.by_ref().take(count));
    }
    Ok(endpoint)
}

/// The side that something came to along this path.
pub(super) fn side_of(config: &Config, path: FiveTuple) -> Side {
    let at = (path.transport, path.local);
    let is_there = |side: &Side| {
        config
            .side(*side)
            .listeners()
            .any(|listener| listener == at)
    };
    Side::BOTH.into_iter().find(is_there).unwrap_or(Side::Pbx)
}

/// The relay, with ports on each of these addresses.
pub(super) fn spawn_relay(
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
    driver.dscp.clone_from(&config.dscp.0);
    RelayHandle::spawn(driver).map_err(io::Error::other)
}
