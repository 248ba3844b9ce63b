//! A back-to-back user agent: calls that arrive go to one of two hosts, in turns, and to the other one where the
//! first fails. Bodies, and so the media, are left alone.
//!
//! ```text
//! cargo run -p trunkline-sip-core --features tokio --example b2bua -- 192.0.2.5:5060 192.0.2.8:5060 192.0.2.9:5060
//! ```
//!
//! With the feature `dns` the hosts may be names.

use core::error::Error;
use core::net::SocketAddr;
use core::time::Duration;

use tokio::time::sleep_until;
use trunkline_sip_core::sans_io::Transport;
use trunkline_sip_core::tokio::{Endpoint, Listener};
use trunkline_sip_core::uri::Uri;
use trunkline_sip_core::{
    BackToBack, BackToBackConfig, CallRouter, CallRouterEvent, GroupId, Message, Method,
    RouteError, Routing, StatusCode, TrunkGroup, TrunkGroupConfig, TrunkGroupEvent,
    UnchangedBodies, UserAgent, UserAgentConfig, UserAgentEvent, header,
};

/// The only group there is.
const HOSTS: GroupId = GroupId::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [local, first, second] = &arguments[..] else {
        return Err("usage: b2bua LOCAL:PORT HOST:PORT HOST:PORT".into());
    };
    let local: SocketAddr = local.parse()?;
    let hosts = [host(first)?, host(second)?];

    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let agent = UserAgent::new(UserAgentConfig::default(), seed);
    let mut endpoint = Endpoint::bind(agent, &[Listener::udp(local)])?;
    let clock = endpoint.clock();
    let mut trunks = TrunkGroupConfig::every_pair(&[local], &hosts);
    // These hosts need not send OPTIONS.
    trunks.watchdog = None;
    let group = TrunkGroup::new(clock.now(), trunks)?;
    let calls = BackToBack::new(BackToBackConfig::default(), UnchangedBodies);
    let mut router = CallRouter::new(calls, vec![group]);
    #[cfg(feature = "dns")]
    let resolver = trunkline_sip_core::tokio::Resolver::system()?;

    loop {
        while let Some(event) = router.poll_event() {
            let (now, agent) = (clock.now(), endpoint.machine_mut());
            match event {
                CallRouterEvent::Offered { call, message, .. } => {
                    let message = message.message();
                    let (called, caller) = (called(&message), caller(&message));
                    let routing = Routing::new(HOSTS, &called, &caller);
                    match router.route(now, call, &routing, agent) {
                        // The caller may have given up before we came to it.
                        Ok(()) | Err(RouteError::NotWaiting) => {}
                        Err(error) => {
                            eprintln!("{error}");
                            let status = StatusCode::SERVER_INTERNAL_ERROR;
                            router.reject(now, call, status, "", &[], agent);
                        }
                    }
                }
                CallRouterEvent::Other(UserAgentEvent::Request {
                    transaction,
                    message,
                    ..
                }) => {
                    let status = match message.message().method() {
                        Some(Method::Options) => StatusCode::OK,
                        _ => StatusCode::METHOD_NOT_ALLOWED,
                    };
                    let allow = [("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS")];
                    if let Err(error) = agent.respond(now, transaction, status, "", &allow, None) {
                        eprintln!("{error}");
                    }
                }
                CallRouterEvent::Group { group, event } => {
                    println!("{event:?}");
                    #[cfg(feature = "dns")]
                    if let TrunkGroupEvent::Resolve { host, name, ipv6 } = &event
                        && let Some(group) = router.group_mut(group)
                    {
                        // A program with many calls does not wait here, but asks in a task of its own.
                        match resolver.addresses(name, *ipv6).await {
                            Ok(found) => {
                                let now = clock.now();
                                group.handle_addresses(now, *host, &found.addresses, found.ttl);
                            }
                            Err(_) => group.handle_resolve_failed(clock.now(), *host),
                        }
                    }
                    #[cfg(not(feature = "dns"))]
                    if let TrunkGroupEvent::Resolve { host, .. } = event
                        && let Some(group) = router.group_mut(group)
                    {
                        group.handle_resolve_failed(now, host);
                    }
                }
                CallRouterEvent::Calling { remote, .. } => println!("calling {remote}"),
                CallRouterEvent::Failed { cause, .. } => println!("failed: {cause}"),
                CallRouterEvent::Ended { summary, .. } => println!("ended: {}", summary.reason),
                _ => {}
            }
        }
        let later = clock.now() + Duration::from_secs(3_600);
        let due = router.poll_timeout().unwrap_or(later);
        tokio::select! {
            event = endpoint.event() => {
                router.handle_event(clock.now(), event?, endpoint.machine_mut());
            }
            () = sleep_until(clock.to_std(due).into()) => {
                router.handle_timeout(clock.now(), endpoint.machine_mut());
            }
        }
    }
}

/// `HOST:PORT` as a trunk has it.
fn host(text: &str) -> Result<(&str, u16, Transport), Box<dyn Error>> {
    let (host, port) = text.rsplit_once(':').ok_or("HOST:PORT expected")?;
    Ok((host, port.parse()?, Transport::Udp))
}

/// The number that is called: the user part of the Request-URI.
fn called(invite: &Message<'_>) -> String {
    let uri = invite.request_uri().and_then(|uri| Uri::parse(uri).ok());
    user(uri.as_ref())
}

/// The number that calls: the user part of From.
fn caller(invite: &Message<'_>) -> String {
    let from: Option<header::From<'_>> = invite.typed().ok().flatten();
    user(from.as_ref().map(header::From::uri))
}

fn user(uri: Option<&Uri<'_>>) -> String {
    let sip = uri.and_then(Uri::as_sip);
    let user = sip.and_then(|sip| sip.user());
    user.unwrap_or_default().to_owned()
}
