//! Finds out what kind of NAT this host is behind.
//!
//! ```sh
//! cargo run -p trunkline-stun --example nat_type --features dns -- 192.0.2.1:3478
//! cargo run -p trunkline-stun --example nat_type --features dns -- --classic stun.example.org
//! ```
//!
//! The server must have two addresses, as `stun_server` with two has; of one that has not, the
//! public address is told and no type. `--lifetime` looks for the lifetime of mappings as well,
//! which takes minutes; `--local ADDRESS:PORT` asks from there. A name without a port is looked up by SRV records,
//! at the name server of `--dns ADDRESS:PORT` if there is one; an address that is silent is passed over for the next.
//!
//! Without a server it asks one of its own on the loopback interface, and prints
//!
//! ```text
//! type:         open internet
//! local:        127.0.0.1:46205
//! public:       127.0.0.1:46205
//! mapping:      endpoint-independent
//! filtering:    endpoint-independent
//! port kept:    yes
//! hairpinning:  cannot tell
//! payloads:     left alone
//! lifetime:     cannot tell
//! ```

use core::error::Error;
use core::fmt::Display;
use core::net::SocketAddr;
use core::time::Duration;

use trunkline_stun::tokio::{DiscoverySockets, discover};
use trunkline_stun::{
    AlternateAddresses, BindingLifetime, BindingServer, DiscoveryConfig, LifetimeSearch, NatReport,
    NatType, ServerUri, StunServer,
};

mod reach;
use reach::Reach;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut config = DiscoveryConfig::DEFAULT;
    let (mut server, mut local) = (None, None);
    let mut arguments = std::env::args().skip(1).collect();
    let reach = Reach::take(&mut arguments)?;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--classic" => config.classic = true,
            "--lifetime" => {
                config.lifetime = Some(LifetimeSearch {
                    longest: Duration::from_secs(300),
                    precision: Duration::from_secs(10),
                });
            }
            "--local" => local = Some(arguments.next().ok_or("--local ADDRESS:PORT")?.parse()?),
            named => {
                let named = named.parse::<ServerUri>();
                server = Some(named.map_err(|error| format!("{argument}: {error}"))?);
            }
        }
    }
    let asked = match server {
        Some(server) => server,
        None => StunServer::Address(own_server().await?).into(),
    };
    let mut addresses = reach.addresses(asked, local)?;
    let mut found = None;
    loop {
        let address = match (addresses.next().await, found) {
            (Ok((_, address)), _) => address,
            (Err(_), Some(report)) => {
                print(&report);
                return Ok(());
            }
            (Err(failure), None) => return Err(failure.into()),
        };
        let any = match address {
            SocketAddr::V4(_) => "0.0.0.0:0",
            SocketAddr::V6(_) => "[::]:0",
        };
        let local = local.map_or_else(|| any.parse(), Ok)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let report = discover(local, address, seed, config).await?;
        if report.nat_type != NatType::UdpBlocked {
            print(&report);
            assert!(server.is_some() || report.nat_type == NatType::OpenInternet);
            return Ok(());
        }
        found = Some(report);
    }
}

fn print(report: &NatReport) {
    let said = |yes: bool| if yes { "yes" } else { "no" };
    let rewritten = |yes: bool| if yes { "rewritten" } else { "left alone" };
    println!("type:         {}", report.nat_type);
    println!("local:        {}", report.local);
    println!("public:       {}", told(report.mapped));
    println!("mapping:      {}", told(report.mapping));
    println!("filtering:    {}", told(report.filtering));
    println!("port kept:    {}", told(report.port_preserved.map(said)));
    println!("hairpinning:  {}", told(report.hairpinning.map(said)));
    println!(
        "payloads:     {}",
        told(report.payload_rewritten.map(rewritten))
    );
    println!("lifetime:     {}", told(report.lifetime.map(lifetime)));
}

fn told(value: Option<impl Display>) -> String {
    value.map_or_else(|| "cannot tell".to_string(), |value| value.to_string())
}

fn lifetime(found: BindingLifetime) -> String {
    match found.below {
        Some(below) => format!("{:?} to {below:?}", found.at_least),
        None => format!("{:?} or more", found.at_least),
    }
}

/// On two addresses of the loopback interface, which all of 127.0.0.0/8 belongs to.
async fn own_server() -> Result<SocketAddr, Box<dyn Error>> {
    let free = |ip: &str| -> std::io::Result<SocketAddr> {
        std::net::UdpSocket::bind((ip, 0))?.local_addr()
    };
    let (one, other) = (free("127.0.0.1")?, free("127.0.0.2")?);
    let alternates = AlternateAddresses::new(one, other).ok_or("no two ports are free")?;
    let sockets = DiscoverySockets::bind(alternates).await?;
    let server = BindingServer::new()
        .with_alternates(alternates)
        .with_change_requests();
    tokio::spawn(async move {
        let Err(error) = sockets.serve(&server).await;
        eprintln!("{error}");
    });
    Ok(one)
}
