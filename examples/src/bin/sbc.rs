//! A session border controller: joins the calls of a telephone exchange and of a provider, and
//! relays their media.

use core::error::Error;
use core::net::SocketAddr;
use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use trunkline_examples::demo;
use trunkline_examples::sbc::{Config, Peer, Sbc};

#[derive(Debug, Parser)]
#[command(
    version,
    about = "A session border controller with media relay, built on Trunkline"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Joins the sides until Ctrl-C.
    Run {
        /// Where the side of the exchange listens, over UDP and TCP.
        #[arg(long, value_name = "ADDRESS:PORT")]
        pbx_listen: Option<SocketAddr>,
        /// Where calls towards the exchange go.
        #[arg(long, value_name = "udp|tcp:ADDRESS:PORT")]
        pbx_peer: Option<Peer>,
        /// Where the side of the provider listens, over UDP and TCP.
        #[arg(long, value_name = "ADDRESS:PORT")]
        trunk_listen: Option<SocketAddr>,
        /// Where calls towards the provider go.
        #[arg(long, value_name = "udp|tcp:ADDRESS:PORT")]
        trunk_peer: Option<Peer>,
        /// The UDP ports for media.
        #[arg(long, value_name = "FIRST-LAST", value_parser = ports)]
        media_ports: Option<(u16, u16)>,
    },
    /// Places three calls through a controller on loopback and shows what happened.
    Demo {
        /// Lets something go wrong, to show that the demo would notice.
        #[arg(long)]
        fault: Option<Fault>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Fault {
    /// One audio packet never reaches the controller.
    DropOneRtp,
    /// The caller forgets to hang up.
    NoBye,
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let (first, last) = text
        .split_once('-')
        .ok_or("a range is written FIRST-LAST")?;
    let port = |text: &str| {
        text.parse::<u16>()
            .map_err(|_| format!("{text} is no port"))
    };
    let (first, last) = (port(first)?, port(last)?);
    if first >= last {
        Err("the range is empty".to_owned())
    } else {
        Ok((first, last))
    }
}

fn main() -> ExitCode {
    match start(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sbc: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "multi_thread")]
async fn start(command: Command) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Run {
            pbx_listen,
            pbx_peer,
            trunk_listen,
            trunk_peer,
            media_ports,
        } => {
            tracing_subscriber::fmt()
                .with_target(false)
                .with_ansi(std::io::stdout().is_terminal())
                .init();
            let mut config = Config::default();
            config.pbx.listen = pbx_listen.unwrap_or(config.pbx.listen);
            config.pbx.peer = pbx_peer.unwrap_or(config.pbx.peer);
            config.trunk.listen = trunk_listen.unwrap_or(config.trunk.listen);
            config.trunk.peer = trunk_peer.unwrap_or(config.trunk.peer);
            if let Some((first, last)) = media_ports {
                config.media_ports = first..=last;
            }
            let sbc = Sbc::bind(config)?;
            sbc.run(async {
                // Without a signal handler there is no way to end cleanly, so end at once.
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
            Ok(true)
        }
        Command::Demo { fault } => {
            let fault = fault.map(|fault| match fault {
                Fault::DropOneRtp => demo::Fault::DropOneRtp,
                Fault::NoBye => demo::Fault::NoBye,
            });
            Ok(demo::run(fault).await?)
        }
    }
}
