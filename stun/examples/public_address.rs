//! Keeps the public address for all calls, and shows what it costs.
//!
//! ```sh
//! cargo run -p trunkline-stun --example public_address --features dns -- example.org stun.example.net:3478 --calls 100
//! ```
//!
//! Servers are asked in their order; a name without a port stands for the SRV records of `_stun._udp`. `--calls N`
//! begins so many calls and tells how many requests were sent for them; `--per-call` asks for each call, as a phone
//! does. `--wait` gives the seconds that the servers have, `--dns ADDRESS:PORT` another name server than those of the
//! system.
//!
//! Without a server it asks one of its own on the loopback interface.

use core::error::Error;
use core::time::Duration;
use std::env;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use trunkline_stun::tokio::{PublicAddressService, serve};
use trunkline_stun::{AskWhen, BindingServer, PublicAddressConfig, PublicAddressEvent, StunServer};

mod reach;
use reach::{Reach, option};

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let reach = Reach::take(&mut arguments)?;
    let calls = option(&mut arguments, "--calls")?.map_or(Ok(10), |calls| calls.parse::<u32>())?;
    let wait = option(&mut arguments, "--wait")?.map_or(Ok(30.0), |wait| wait.parse())?;
    let wait = Duration::try_from_secs_f64(wait)?;
    let before = arguments.len();
    arguments.retain(|argument| argument != "--per-call");
    let per_call = arguments.len() < before;
    let mut servers = Vec::new();
    for argument in &arguments {
        servers.push(argument.parse::<StunServer>()?);
    }
    if servers.is_empty() {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        servers.push(StunServer::Address(socket.local_addr()?));
        tokio::spawn(async move { serve(&socket, &BindingServer::new()).await });
    }

    let mut config = PublicAddressConfig::DEFAULT;
    if per_call {
        config.ask = AskWhen::CallBegins;
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let service = PublicAddressService::bind("0.0.0.0:0", &servers, seed, config).await?;
    let mut public = service.handle();
    let (sender, mut told) = mpsc::channel(16);
    tokio::spawn(service.run(reach.names()?, move |event| {
        tell(event);
        if matches!(event, PublicAddressEvent::Learned { .. }) {
            let _ = sender.try_send(());
        }
    }));

    if per_call {
        // One after the other: calls that begin at the same time share an answer.
        for _ in 0..calls {
            public.begin_call().await;
            timeout(wait, told.recv()).await?;
        }
    } else {
        let known = timeout(wait, public.changed());
        known.await.map_err(|_| "no server has told")?;
        let mut all = JoinSet::new();
        for _ in 0..calls {
            let public = public.clone();
            all.spawn(async move {
                public.begin_call().await;
                public.address().is_some()
            });
        }
        assert!(all.join_all().await.into_iter().all(|known| known));
    }
    let address = public.address().ok_or("no server has told")?;
    println!("{calls} calls, {} requests: {address}", public.requests());
    Ok(())
}

fn tell(event: PublicAddressEvent) {
    match event {
        PublicAddressEvent::Learned {
            mapped, answered, ..
        } => println!("{answered} sees {mapped}"),
        PublicAddressEvent::ServerFailed { server, failure } => {
            println!("server {server} failed: {failure}");
        }
        other => println!("{other:?}"),
    }
}
