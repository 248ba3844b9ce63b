//! Asks ENUM which URIs there are for a number.

use core::error::Error;
use core::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use trunkline_e164::{E164_ARPA, EnumLookup, EnumStep, Number};
use trunkline_sans_io::tokio::Resolver;
use trunkline_sans_io::{DnsName, DnsQuestion, DnsRecord};

/// Asks ENUM which URIs there are for a number, and prints them, the one to be tried first in front.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The number: `+4989840798`, or as people write it.
    number: String,
    /// The services that are wanted, `sip` or `pstn:tel`; all without any.
    services: Vec<String>,
    /// The zone.
    #[arg(long, default_value_t = E164_ARPA)]
    zone: DnsName,
    /// The name servers to ask instead of those of the system.
    #[arg(long = "server", value_name = "ADDRESS:PORT")]
    servers: Vec<SocketAddr>,
    /// Tells each question and how many rules answer it.
    #[arg(long)]
    verbose: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match look_up(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn look_up(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let number = Number::parse_tolerant(&arguments.number)?;
    let services: Vec<&str> = arguments.services.iter().map(String::as_str).collect();
    let resolver = match &arguments.servers[..] {
        [] => Resolver::system()?,
        servers => Resolver::with_servers(servers)?,
    };
    let mut lookup = EnumLookup::new(number, &arguments.zone, &services)?;
    while let Some(question) = lookup.question() {
        let answer = resolver.records(&question).await;
        let records: Result<Vec<DnsRecord<'_>>, _> = match &answer {
            Ok(answer) => Ok(answer.records().collect()),
            Err(failure) => Err(*failure),
        };
        if arguments.verbose {
            tell(&question, records.as_deref().map_or(0, <[_]>::len));
        }
        match lookup.handle_answer(records.as_deref().map_err(|failure| *failure)) {
            EnumStep::Found(uris) => uris.for_each(|uri| println!("{uri}")),
            EnumStep::Failed(failure) => return Err(failure.into()),
            // the next turn asks
            _ => {}
        }
    }
    Ok(())
}

fn tell(question: &DnsQuestion, rules: usize) {
    eprintln!("{question}: {rules} rules");
}
