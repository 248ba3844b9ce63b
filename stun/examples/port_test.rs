//! Tests which UDP ports of a server pass in both directions, and whether NATs keep the ports.
//!
//! ```sh
//! cargo run -p trunkline-stun --example port_test --features tokio -- server 0.0.0.0:3478 30000-33000
//! cargo run -p trunkline-stun --example port_test --features tokio -- 192.0.2.1:3478 30000-33000
//! ```
//!
//! The server side runs where the ports are to be open, the client side where callers are. The server
//! takes a file descriptor for each port: `ulimit -n 8192`. Ports that somebody else has there are not
//! tested.
//!
//! Without arguments both sides are this program, on the loopback interface, with a port that
//! somebody else has. It prints
//!
//! ```text
//! 45139-45143   open
//! 45144         closed to the server
//! 45145-45148   open
//! seen as 127.0.0.1:59554, port kept: yes
//! ```

use core::error::Error;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::UdpSocket;

use trunkline_stun::tokio::{PortTestSockets, test_ports};
use trunkline_stun::{PortOutcome, PortTest, PortTestConfig, TestedPorts};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["server", control, range] => {
            let control: SocketAddr = control.parse()?;
            let sockets =
                PortTestSockets::bind(control.ip(), control.port(), ports(range)?).await?;
            println!("serving {range} by {}", sockets.control_addr()?);
            println!("taken: {:?}", sockets.taken());
            match sockets.serve(seed()?).await? {}
        }
        [control, range] => {
            print(&test(control.parse()?, ports(range)?).await?, ports(range)?);
            Ok(())
        }
        [] => both_sides().await,
        _ => Err("[server] ADDRESS:PORT FIRST-LAST".into()),
    }
}

async fn both_sides() -> Result<(), Box<dyn Error>> {
    // Ten ports of which the sixth is taken.
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = taken.local_addr()?.port().clamp(6, u16::MAX - 4);
    let range = TestedPorts::new(port - 5, port + 4)?;
    let sockets = PortTestSockets::bind(IpAddr::V4(Ipv4Addr::LOCALHOST), 0, range).await?;
    let control = sockets.control_addr()?;
    assert!(sockets.taken().contains(&port));
    let seed = seed()?;
    let test = tokio::select! {
        ended = sockets.serve(seed) => match ended? {},
        test = test(control, range) => test?,
    };
    print(&test, range);
    assert_eq!(test.outcome(port), PortOutcome::ClosedToServer);
    Ok(())
}

async fn test(control: SocketAddr, range: TestedPorts) -> Result<PortTest, Box<dyn Error>> {
    let any = match control {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    Ok(test_ports((any, 0), control, range, seed()?, PortTestConfig::DEFAULT).await?)
}

fn print(test: &PortTest, range: TestedPorts) {
    for (ports, outcome) in test.outcomes() {
        let (first, last) = (ports.start(), ports.end());
        let ports = match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        let outcome = match outcome {
            PortOutcome::Open => "open",
            PortOutcome::Rewritten => "rewritten by the NAT of the server",
            PortOutcome::ClosedToServer => "closed to the server",
            PortOutcome::ClosedFromServer => "closed from the server",
            PortOutcome::Silent => "silent",
            _ => "something else",
        };
        println!("{ports:<13} {outcome}");
    }
    match (test.mapped(), test.port_kept()) {
        (Some(mapped), Some(kept)) => {
            println!(
                "seen as {mapped}, port kept: {}",
                if kept { "yes" } else { "no" }
            );
        }
        _ => println!("none of {:?} answers", range.range()),
    }
}

fn ports(text: &str) -> Result<TestedPorts, Box<dyn Error>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Ok(TestedPorts::new(first.parse()?, last.parse()?)?)
}

fn seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}
