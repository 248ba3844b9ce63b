//! A telephone that takes every call, over UDP and TCP with tokio: it rings, answers, and hangs up after ten
//! seconds unless the caller does before.
//!
//! ```text
//! cargo run -p trunkline-sip-core --features tokio --example answer_calls -- 192.0.2.1:5060
//! ```
//!
//! Without an address it serves on the loopback interface, is called by a user agent of its own, and ends
//! with that call:
//!
//! ```text
//! answering calls on 127.0.0.1:43211
//! <sip:alice@example.com> calls
//! alice: it rings
//! alice: answered
//! the call stands
//! alice: the other side has hung up
//! the call is over: we have hung up
//! ```

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;

use tokio::time::{Instant, sleep_until};
use trunkline_sip_core::header::From;
use trunkline_sip_core::sans_io::FiveTuple;
use trunkline_sip_core::tokio::{Endpoint, Listener};
use trunkline_sip_core::{
    Body, EndCause, Outgoing, StatusCode, UserAgent, UserAgentConfig, UserAgentEvent,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let text = argument.as_deref().unwrap_or("127.0.0.1:0");
    let local: SocketAddr = text.parse().map_err(|error| format!("{text}: {error}"))?;
    let endpoint = Endpoint::bind(agent()?, &[Listener::udp(local), Listener::tcp(local)])?;
    let local = endpoint.local_addresses()[0].address;
    println!("answering calls on {local}");
    if argument.is_some() {
        return answer(endpoint, Duration::from_secs(10), usize::MAX).await;
    }
    let call = tokio::spawn(async move { call(local).await.map_err(|error| error.to_string()) });
    answer(endpoint, Duration::from_millis(200), 1).await?;
    call.await??;
    Ok(())
}

fn agent() -> Result<UserAgent, Box<dyn Error>> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut config = UserAgentConfig::default();
    config.product = Some("answer_calls".into());
    Ok(UserAgent::new(config, seed))
}

/// Takes calls until so many have ended.
async fn answer(
    mut endpoint: Endpoint<UserAgent>,
    length: Duration,
    mut calls: usize,
) -> Result<(), Box<dyn Error>> {
    let mut hang_up = VecDeque::new();
    while calls > 0 {
        let next = hang_up.front().map(|(due, _)| *due);
        let event = tokio::select! {
            event = endpoint.event() => event?,
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let now = endpoint.now();
                if let Some((_, usage)) = hang_up.pop_front() {
                    // The caller may have been first.
                    let _ = endpoint.machine_mut().bye(now, usage, &[]);
                }
                continue;
            }
        };
        let now = endpoint.now();
        let agent = endpoint.machine_mut();
        let done = match event {
            UserAgentEvent::Invited {
                usage,
                message,
                path,
                ..
            } => {
                let from: Option<From<'_>> = message.message().typed().ok().flatten();
                if let Some(from) = from {
                    println!("<{}> calls", from.uri());
                }
                // A telephone reads the offer before it answers: see `trunkline-sdp-ice`.
                let sdp = description(path.local);
                let body = Body {
                    content_type: "application/sdp",
                    bytes: sdp.as_bytes(),
                };
                agent
                    .provisional(now, usage, StatusCode::RINGING, &[], None)
                    .and_then(|()| agent.accept(now, usage, &[], Some(body)))
            }
            UserAgentEvent::Acknowledged { usage, .. } => {
                println!("the call stands");
                hang_up.push_back((Instant::now() + length, usage));
                Ok(())
            }
            UserAgentEvent::Reinvited { usage, .. } => {
                agent.reject(now, usage, StatusCode::NOT_ACCEPTABLE_HERE, "", &[])
            }
            UserAgentEvent::Request { transaction, .. } => {
                agent.respond(now, transaction, StatusCode::OK, "", &[], None)
            }
            UserAgentEvent::Cancelled { .. } => {
                println!("the caller has given up");
                calls -= 1;
                Ok(())
            }
            UserAgentEvent::Ended { cause, .. } => {
                let cause = match cause {
                    EndCause::Bye(_) => "the caller has hung up",
                    EndCause::ByeSent => "we have hung up",
                    EndCause::AckMissing => "the caller is gone",
                    _ => "lost",
                };
                println!("the call is over: {cause}");
                calls -= 1;
                Ok(())
            }
            _ => Ok(()),
        };
        // What one caller cannot have is no reason to end the calls of others.
        if let Err(error) = done {
            eprintln!("{error}");
        }
    }
    endpoint.shutdown().await;
    Ok(())
}

/// G.711 on a port where nobody listens.
fn description(local: SocketAddr) -> String {
    let (ip, family) = (local.ip(), if local.is_ipv4() { 4 } else { 6 });
    format!(
        "v=0\r\no=- 1 1 IN IP{family} {ip}\r\ns=-\r\nc=IN IP{family} {ip}\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
    )
}

/// Calls `remote`, until it hangs up.
async fn call(remote: SocketAddr) -> Result<(), Box<dyn Error>> {
    let listener = Listener::udp("127.0.0.1:0".parse()?);
    let mut endpoint = Endpoint::bind(agent()?, &[listener])?;
    let path = FiveTuple::udp(endpoint.local_addresses()[0].address, remote);
    let uri = format!("sip:bob@{remote}");
    let (from, to) = ("<sip:alice@example.com>", "<sip:bob@example.com>");
    let sdp = description(path.local);
    let mut outgoing = Outgoing::new(path.into(), &uri, from, to);
    outgoing.body = Some(Body {
        content_type: "application/sdp",
        bytes: sdp.as_bytes(),
    });
    let now = endpoint.now();
    let usage = endpoint.machine_mut().invite(now, &outgoing)?;
    loop {
        match endpoint.event().await? {
            UserAgentEvent::Progress { .. } => println!("alice: it rings"),
            UserAgentEvent::Accepted { .. } => {
                println!("alice: answered");
                let now = endpoint.now();
                endpoint.machine_mut().ack(now, usage, None)?;
            }
            UserAgentEvent::Rejected { cause, .. } => return Err(cause.to_string().into()),
            UserAgentEvent::Ended { .. } => {
                println!("alice: the other side has hung up");
                endpoint.shutdown().await;
                return Ok(());
            }
            _ => {}
        }
    }
}
