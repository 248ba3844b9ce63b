//! The sockets, the relay, and the loop that joins them.

use core::future::Future;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;
use tracing::info;
use trunkline_sans_io::{Clock, Instant};
use trunkline_sip_core::tokio::{Endpoint, Listener, Traffic};
use trunkline_sip_core::{
    LayerConfig, LayerStatistics, UserAgent, UserAgentConfig, UserAgentEvent,
};

use super::b2bua::{Agents, BackToBack};
use super::config::{Config, Side};
use super::media::{MediaAnswer, MediaCommand};
use super::record::CallRecord;
use super::relay::{Instruction, MediaRelay};
use crate::ladder::{Direction, Recorder};

/// How long running calls have to end once the controller was told to.
const GRACE: Duration = Duration::from_secs(5);

/// The controller on its sockets.
#[derive(Debug)]
pub struct Sbc {
    config: Config,
    clock: Clock,
    pbx: Endpoint<UserAgent>,
    trunk: Endpoint<UserAgent>,
    commands: mpsc::UnboundedSender<Instruction>,
    answers: mpsc::UnboundedReceiver<MediaAnswer>,
    b2bua: BackToBack,
    recorder: Option<Arc<Mutex<Recorder>>>,
    records: Option<mpsc::UnboundedSender<CallRecord>>,
}

/// What is left when the controller has ended.
#[derive(Clone, Debug)]
pub struct Report {
    /// What went over the wire, if somebody asked for it.
    pub recorder: Option<Recorder>,
    /// The counters of the sides, by [`Side::index`].
    pub statistics: [LayerStatistics; 2],
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
    /// Those of the operating system, an address in use for instance.
    pub fn bind(mut config: Config) -> io::Result<Self> {
        let clock = Clock::new();
        let (pbx, pbx_address) = endpoint(config.pbx.listen, clock)?;
        let (trunk, trunk_address) = endpoint(config.trunk.listen, clock)?;
        config.pbx.listen = pbx_address;
        config.trunk.listen = trunk_address;
        let (commands, to_relay) = mpsc::unbounded_channel();
        let (from_relay, answers) = mpsc::unbounded_channel();
        tokio::spawn(MediaRelay::start(&config)?.serve(to_relay, from_relay));
        Ok(Self {
            b2bua: BackToBack::new(config.clone()),
            config,
            clock,
            pbx,
            trunk,
            commands,
            answers,
            recorder: None,
            records: None,
        })
    }

    /// Where a side listens.
    #[must_use]
    pub const fn address(&self, side: Side) -> SocketAddr {
        self.config.side(side).listen
    }

    /// Keeps every message, for ladders. Memory grows with each.
    #[must_use]
    pub fn with_recorder(mut self, recorder: Recorder) -> Self {
        let recorder = Arc::new(Mutex::new(recorder));
        for (side, endpoint) in [(Side::Pbx, &mut self.pbx), (Side::Trunk, &mut self.trunk)] {
            let recorder = Arc::clone(&recorder);
            endpoint.observe(move |at: Instant, traffic: Traffic<'_>| {
                let (direction, data) = match traffic {
                    Traffic::Received { data, .. } => (Direction::In, data),
                    Traffic::Sent { data, .. } => (Direction::Out, data),
                };
                if let Ok(mut recorder) = recorder.lock() {
                    recorder.note(at, side, direction, data);
                }
            });
        }
        self.recorder = Some(recorder);
        self
    }

    /// Sends the record of every call that is over.
    #[must_use]
    pub fn with_records(mut self, records: mpsc::UnboundedSender<CallRecord>) -> Self {
        self.records = Some(records);
        self
    }

    /// Joins the sides until `shut_down` is ready; then hangs up what is left, and ends.
    ///
    /// # Errors
    ///
    /// Those of the sockets.
    pub async fn run(mut self, shut_down: impl Future<Output = ()>) -> io::Result<Report> {
        info!(
            pbx = %self.config.pbx.listen,
            trunk = %self.config.trunk.listen,
            towards_pbx = %self.config.pbx.peer,
            towards_trunk = %self.config.trunk.peer,
            "sbc runs"
        );
        let mut shut_down = std::pin::pin!(shut_down);
        let mut end: Option<Instant> = None;
        loop {
            self.instruct_relay().await;
            self.tell_records();
            let now = self.clock.now();
            if end.is_some_and(|end| self.b2bua.calls() == 0 || now >= end) {
                break;
            }
            let wake = [self.b2bua.poll_timeout(), end].into_iter().flatten().min();
            let wake = self
                .clock
                .to_std(wake.unwrap_or(now + Duration::from_secs(3_600)));
            tokio::select! {
                event = self.pbx.event() => self.happened(Side::Pbx, event?),
                event = self.trunk.event() => self.happened(Side::Trunk, event?),
                Some(answer) = self.answers.recv() => {
                    self.act(|b2bua, now, agents| b2bua.handle_media(now, answer, agents));
                }
                () = &mut shut_down, if end.is_none() => {
                    info!(calls = self.b2bua.calls(), "sbc ends");
                    end = Some(self.clock.now() + GRACE);
                    self.act(BackToBack::shut_down);
                }
                () = sleep_until(wake.into()) => self.act(BackToBack::handle_timeout),
            }
        }
        let statistics = [
            self.pbx.machine().statistics(),
            self.trunk.machine().statistics(),
        ];
        tokio::join!(self.pbx.shutdown(), self.trunk.shutdown());
        let recorder = self
            .recorder
            .and_then(|recorder| recorder.lock().ok().map(|recorder| recorder.clone()));
        Ok(Report {
            recorder,
            statistics,
        })
    }

    fn act(&mut self, act: impl FnOnce(&mut BackToBack, Instant, &mut Agents<'_>)) {
        let mut agents = Agents {
            pbx: self.pbx.machine_mut(),
            trunk: self.trunk.machine_mut(),
        };
        act(&mut self.b2bua, self.clock.now(), &mut agents);
    }

    fn happened(&mut self, side: Side, event: UserAgentEvent) {
        self.act(|b2bua, now, agents| b2bua.handle_event(now, side, event, agents));
    }

    /// Passes on what the calls want of the relay. What both sides agreed on is in force before
    /// either hears of it: otherwise the first packets would meet a relay that does not know them.
    async fn instruct_relay(&mut self) {
        let mut agreed = None;
        while let Some(command) = self.b2bua.poll_media() {
            let (done, waits) = oneshot::channel();
            if let MediaCommand::SetRemote { .. } = command {
                agreed = Some(waits);
            }
            let _ = self.commands.send((command, done));
        }
        if let Some(agreed) = agreed {
            // Commands are carried out in order, so the last one speaks for all.
            let _ = agreed.await;
        }
    }

    fn tell_records(&mut self) {
        while let Some(record) = self.b2bua.poll_record() {
            record.log();
            if let Some(records) = &self.records {
                let _ = records.send(record);
            }
        }
    }
}

/// A user agent that listens over UDP and TCP at the same address.
fn endpoint(address: SocketAddr, clock: Clock) -> io::Result<(Endpoint<UserAgent>, SocketAddr)> {
    let wanted = address;
    let mut attempts = 0;
    loop {
        let address = match wanted.port() {
            0 => UdpSocket::bind(wanted)?.local_addr()?,
            _ => wanted,
        };
        let mut config = UserAgentConfig::new(LayerConfig::default());
        config.product = Some(concat!("Trunkline sbc/", env!("CARGO_PKG_VERSION")).into());
        let agent = UserAgent::new(config, seed()?);
        attempts += 1;
        match Endpoint::bind(agent, &[Listener::udp(address), Listener::tcp(address)]) {
            Ok(endpoint) => return Ok((endpoint.with_clock(clock), address)),
            // A free UDP port need not be a free TCP port.
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse
                    && wanted.port() == 0
                    && attempts < 20 => {}
            Err(error) => return Err(error),
        }
    }
}
