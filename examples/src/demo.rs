//! Three calls through a session border controller, everything on loopback and built from the same
//! crates: one is answered and hung up, one cancelled while it rings, one meets an unknown number.

mod audio;
mod description;
mod phone;
mod tone;

use core::net::{IpAddr, Ipv4Addr};
use std::io;
use std::path::Path;

use tokio::sync::{mpsc, oneshot, watch};
use trunkline_sans_io::Transport;
use trunkline_sip_core::{EndReason, NextHop, Party, PeeringConfig, StatusCode};
use trunkline_trace::Capture;

pub use audio::{Counts, MediaSockets, Speech};
pub use description::{answer, offer, remote};
pub use phone::{Outcome, Phone};

use crate::sbc::{CallRecord, Config, Report, Sbc, Side};

/// Something that goes wrong on purpose. The demo must notice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Fault {
    /// One audio packet is counted as sent and never leaves the caller.
    DropOneRtp,
    /// The caller never sends BYE.
    NoBye,
}

const ANSWERED: &str = "+498007722375";
const RINGING: &str = "+498912345678";
const UNKNOWN: &str = "+498999999999";
/// A bit more than five seconds.
const PACKETS: u64 = 260;

/// Runs the demo, shows its progress, and says whether everything went as expected. The ladders go to `page`,
/// too, as HTML.
///
/// # Errors
///
/// Those of the sockets, and whatever does not follow the script.
pub async fn run(fault: Option<Fault>, page: Option<&Path>) -> io::Result<bool> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut caller = Phone::bind(loopback)?;
    let callee = Phone::bind(loopback)?;
    let config = Config {
        pbx: side(&caller),
        trunk: side(&callee),
        ..Config::default()
    };

    let (record_sender, mut records) = mpsc::unbounded_channel();
    let sbc = Sbc::bind(config)?
        .with_capture(Capture::new(1_000))
        .with_records(record_sender);
    let [proxy, towards_trunk] = Side::BOTH.map(|side| sbc.address(side));
    let proxy = proxy.ok_or(io::ErrorKind::AddrNotAvailable)?;
    println!(
        "sbc       pbx side {proxy}, trunk side {}",
        towards_trunk.unwrap_or(proxy)
    );
    println!(
        "caller    {}, plays 440 Hz\ncallee    {}, plays 1000 Hz",
        caller.address(),
        callee.address()
    );
    let (end, ended) = oneshot::channel::<()>();
    let sbc = tokio::spawn(sbc.run(async {
        let _ = ended.await;
    }));

    let (stop, stopped) = watch::channel(false);
    let speech = Speech {
        packets: PACKETS,
        frequency: 440.0,
        expected: 1_000.0,
        ssrc: 0x5452_4b01,
        lost: None,
    };
    let answer = Speech {
        frequency: 1_000.0,
        expected: 440.0,
        ssrc: 0x5452_4b02,
        ..speech
    };
    let callee = tokio::spawn(callee.take_calls(ANSWERED, RINGING, answer, stopped));

    println!("\n1 calling {ANSWERED}: {PACKETS} audio packets each way, then hang up");
    let lost = (fault == Some(Fault::DropOneRtp)).then_some(100);
    let first = caller
        .call(
            proxy,
            ANSWERED,
            Speech { lost, ..speech },
            false,
            fault != Some(Fault::NoBye),
        )
        .await?;
    println!("  {first}");
    println!("2 calling {RINGING}: cancelled while it rings");
    let second = caller.call(proxy, RINGING, speech, true, true).await?;
    println!("  {second}");
    println!("3 calling {UNKNOWN}: nobody has that number");
    let third = caller.call(proxy, UNKNOWN, speech, false, true).await?;
    println!("  {third}");

    // The records come when a call is over; a call that never ends has none until the controller does.
    let expected_records = if fault == Some(Fault::NoBye) { 2 } else { 3 };
    let mut calls = Vec::new();
    while calls.len() < expected_records {
        let Some(record) = records.recv().await else {
            break;
        };
        calls.push(record);
    }
    let _ = end.send(());
    let report = sbc.await.map_err(io::Error::other)??;
    while let Ok(record) = records.try_recv() {
        calls.push(record);
    }
    let _ = stop.send(true);
    let callee_counts = callee.await.map_err(io::Error::other)??;
    calls.sort_by_key(|record| record.call);

    show(&calls, &report);
    if let Some(page) = page {
        std::fs::write(page, report.page().to_string())?;
        println!("\nladders   {}", page.display());
    }
    Ok(judge(&[first, second, third], &callee_counts, &calls))
}

/// A side with one phone behind it, on a free port.
fn side(phone: &Phone) -> PeeringConfig {
    let hop = |port| NextHop {
        transport: Transport::Udp,
        host: phone.address().ip().to_string(),
        port: Some(port),
    };
    let hosts = vec![hop(phone.address().port())];
    let mut config = PeeringConfig::new(vec![hop(0)], hosts);
    (config.options_interval, config.watchdog) = (None, None);
    config
}

fn show(calls: &[CallRecord], report: &Report) {
    for (record, ladder) in calls.iter().zip(&report.ladders) {
        println!(
            "\ncall {} from {} to {}: {}\n{ladder}",
            record.call, record.from, record.to, record.reason
        );
        for party in [Party::Caller, Party::Callee] {
            if let Some(media) = record.leg(party) {
                println!("     media  {party}: {media}");
            }
        }
    }
}

/// Says of every expectation whether it was met.
fn judge(outcomes: &[Outcome; 3], callee: &[Counts], calls: &[CallRecord]) -> bool {
    let mut good = true;
    println!();
    let mut check = |name: &str, met: bool| {
        println!("{}  {name}", if met { "ok  " } else { "FAIL" });
        good &= met;
    };
    check(
        "call 1 was answered and ended after the caller hung up",
        matches!(outcomes[0], Outcome::Completed(_)),
    );
    let caller = match outcomes[0] {
        Outcome::Completed(counts) | Outcome::NeverEnded(counts) => counts,
        Outcome::Refused(_) => Counts::default(),
    };
    let callee = callee.first().copied().unwrap_or_default();
    check(
        "at least 250 audio packets went each way",
        caller.sent.min(callee.sent) >= 250,
    );
    check(
        &format!(
            "audio towards the callee: {} sent, {} arrived",
            caller.sent, callee.received
        ),
        caller.sent == callee.received && callee.unexpected == 0,
    );
    check(
        &format!(
            "audio towards the caller: {} sent, {} arrived",
            callee.sent, caller.received
        ),
        callee.sent == caller.received && caller.unexpected == 0,
    );
    check(
        "RTCP reports arrived at both ends",
        caller.rtcp_received == callee.rtcp_sent
            && callee.rtcp_received == caller.rtcp_sent
            && caller.rtcp_sent > 0,
    );
    check(
        "call 2 was cancelled (487)",
        outcomes[1] == Outcome::Refused(487),
    );
    check(
        "call 3 found nobody (404)",
        outcomes[2] == Outcome::Refused(404),
    );
    let reasons: Vec<EndReason> = calls.iter().map(|record| record.reason).collect();
    check(
        "the controller tells the same of all three",
        reasons
            == [
                EndReason::HungUp(Party::Caller),
                EndReason::Cancelled,
                EndReason::Refused(StatusCode::NOT_FOUND),
            ],
    );
    good
}
