//! A controller with a callee behind it, on loopback ports of its own.

#![allow(dead_code, reason = "no test uses all of it")]

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;

use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use trunkline_examples::demo::{Counts, Outcome, Phone, Speech};
use trunkline_examples::sbc::{CallRecord, Config, Report, Sbc, Side};
use trunkline_sans_io::Transport;
use trunkline_sip_core::{NextHop, PeeringConfig};

pub(crate) const ANSWERED: &str = "+498007722375";
pub(crate) const UNKNOWN: &str = "+498999999999";
pub(crate) const RINGING: &str = "+498912345678";
/// Three seconds.
pub(crate) const PACKETS: u64 = 150;
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(crate) struct Bench {
    pub(crate) proxy: SocketAddr,
    sbc: JoinHandle<io::Result<Report>>,
    end: oneshot::Sender<()>,
    records: mpsc::UnboundedReceiver<CallRecord>,
    callee: JoinHandle<io::Result<Vec<Counts>>>,
    stop: watch::Sender<bool>,
}

pub(crate) struct Finished {
    pub(crate) report: Report,
    pub(crate) records: Vec<CallRecord>,
    pub(crate) callee: Vec<Counts>,
}

const SPEECH: Speech = Speech {
    packets: PACKETS,
    frequency: 440.0,
    expected: 1_000.0,
    ssrc: 1,
    lost: None,
};

impl Bench {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let callee = Phone::bind(LOOPBACK).unwrap();
        let mut config = Config {
            pbx: side(
                &[Transport::Udp, Transport::Tcp],
                SocketAddr::new(LOOPBACK, 9),
            ),
            trunk: side(&[Transport::Udp], callee.address()),
            ..Config::default()
        };
        change(&mut config);
        let (sender, records) = mpsc::unbounded_channel();
        let sbc = Sbc::bind(config).unwrap().with_records(sender);
        let proxy = sbc.address(Side::Pbx).unwrap();
        let (end, ended) = oneshot::channel();
        let sbc = tokio::spawn(sbc.run(async {
            let _ = ended.await;
        }));
        let (stop, stopped) = watch::channel(false);
        let speech = Speech {
            frequency: 1_000.0,
            expected: 440.0,
            ssrc: 2,
            ..SPEECH
        };
        let callee = tokio::spawn(callee.take_calls(ANSWERED, RINGING, speech, stopped));
        Self {
            proxy,
            sbc,
            end,
            records,
            callee,
            stop,
        }
    }

    /// A call with audio each way, from INVITE to BYE.
    pub(crate) async fn call(&self) -> Outcome {
        Phone::bind(LOOPBACK)
            .unwrap()
            .call(self.proxy, ANSWERED, SPEECH, false, true)
            .await
            .unwrap()
    }

    /// The record of the next call that ends.
    pub(crate) async fn next_record(&mut self) -> CallRecord {
        self.records.recv().await.expect("the controller runs")
    }

    pub(crate) async fn finish(mut self) -> Finished {
        let _ = self.end.send(());
        let report = timeout(Duration::from_secs(20), self.sbc)
            .await
            .expect("the controller ends")
            .unwrap()
            .unwrap();
        let _ = self.stop.send(true);
        let callee = self.callee.await.unwrap().unwrap();
        let mut records = Vec::new();
        while let Ok(record) = self.records.try_recv() {
            records.push(record);
        }
        Finished {
            report,
            records,
            callee,
        }
    }
}

/// A side that listens on a free port, over each transport, and has one UDP host.
pub(crate) fn side(transports: &[Transport], host: SocketAddr) -> PeeringConfig {
    let hop = |transport, address: SocketAddr| NextHop {
        transport,
        host: address.ip().to_string(),
        port: Some(address.port()),
    };
    let port = std::net::UdpSocket::bind((LOOPBACK, 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let listen = transports.iter().map(|transport| hop(*transport, port));
    let hosts = vec![hop(Transport::Udp, host)];
    let mut config = PeeringConfig::new(listen.collect(), hosts);
    (config.options_interval, config.watchdog) = (None, None);
    config
}

/// Asserts that a call was complete and lost nothing, neither signalling nor audio.
pub(crate) fn assert_undisturbed(outcome: Outcome, callee: &Counts) {
    let Outcome::Completed(caller) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!((caller.sent, callee.sent), (PACKETS, PACKETS));
    assert_eq!((caller.received, callee.received), (PACKETS, PACKETS));
    assert_eq!((caller.unexpected, callee.unexpected), (0, 0));
}

/// A UDP socket for messages written by hand.
pub(crate) struct Raw {
    socket: UdpSocket,
    pub(crate) proxy: SocketAddr,
}

impl Raw {
    pub(crate) async fn new(proxy: SocketAddr) -> Self {
        Self {
            socket: UdpSocket::bind((LOOPBACK, 0)).await.unwrap(),
            proxy,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    pub(crate) async fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.proxy).await.unwrap();
    }

    /// A request with what every request needs, further header lines, and a body.
    pub(crate) fn request(
        &self,
        method: &str,
        number: &str,
        branch: &str,
        more: &str,
        body: &str,
    ) -> String {
        let (local, proxy) = (self.socket.local_addr().unwrap(), self.proxy);
        let length = if more.contains("Content-Length") {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        format!(
            "{method} sip:{number}@{proxy} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{branch}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:raw@{local}>;tag={branch}\r\nTo: <sip:{number}@{proxy}>\r\n\
             Call-ID: {branch}@raw\r\nCSeq: 1 {method}\r\nContact: <sip:raw@{local}>\r\n{more}{length}\r\n{body}"
        )
    }

    /// The next message that begins like this.
    pub(crate) async fn next(&self, start: &str) -> String {
        let mut buffer = vec![0; 65_536];
        loop {
            let received =
                timeout(Duration::from_secs(10), self.socket.recv_from(&mut buffer)).await;
            let (len, _) = received
                .unwrap_or_else(|_| panic!("no {start} came"))
                .unwrap();
            let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
            if text.starts_with(start) {
                return text;
            }
        }
    }

    /// The ACK to a 2xx.
    pub(crate) fn acknowledge(&self, ok: &str, branch: &str) -> String {
        let ack = self
            .request("ACK", ANSWERED, branch, "", "")
            .replace("z9hG4bK", "z9hG4bKack");
        let to = header(ok, "To");
        let own = header(&ack, "To");
        ack.replace(&own, &to)
    }

    /// A 200 to a request.
    pub(crate) fn ok(request: &str) -> String {
        let lines = ["Via", "From", "To", "Call-ID", "CSeq"]
            .map(|name| header(request, name))
            .join("\r\n");
        format!("SIP/2.0 200 OK\r\n{lines}\r\nContent-Length: 0\r\n\r\n")
    }

    /// The status of the next final response.
    pub(crate) async fn final_status(&self) -> Option<u16> {
        let mut buffer = vec![0; 65_536];
        loop {
            let received =
                timeout(Duration::from_secs(10), self.socket.recv_from(&mut buffer)).await;
            let (len, _) = received.ok()?.unwrap();
            let text = String::from_utf8_lossy(&buffer[..len]).into_owned();
            let status: u16 = text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()?;
            if status >= 200 {
                return Some(status);
            }
        }
    }
}

/// The first header line with this name.
fn header(message: &str, name: &str) -> String {
    let found = message
        .lines()
        .find(|line| line.split(':').next() == Some(name));
    found
        .unwrap_or_else(|| panic!("no {name} in {message}"))
        .to_owned()
}
