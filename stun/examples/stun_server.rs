//! A STUN server with tokio.
//!
//! ```sh
//! cargo run -p trunkline-stun --example stun_server --features tokio -- 0.0.0.0:3478
//! cargo run -p trunkline-stun --example stun_server --features tokio -- 192.0.2.1:3478 192.0.2.2:3479
//! ```
//!
//! With two addresses it also tells clients of RFC 5780 and RFC 3489 how their NAT behaves; it
//! listens on both ports of both. `--change-requests` lets it respond from another address than
//! the one that was asked, and `--response-ports` to another port, both of which help to find out
//! and may be misused a little.
//!
//! Without an address it serves on a free port of the loopback interface, asks itself, and ends.

use core::error::Error;
use core::net::SocketAddr;

use tokio::net::UdpSocket;
use trunkline_stun::tokio::{Client, DiscoverySockets, serve};
use trunkline_stun::{AlternateAddresses, BindingServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = BindingServer::new().with_classic();
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--change-requests" => server = server.with_change_requests(),
            "--response-ports" => server = server.with_response_ports(),
            address => {
                let address = address.parse();
                addresses.push(address.map_err(|error| format!("{argument}: {error}"))?);
            }
        }
    }
    match *addresses.as_slice() {
        [] => ask_itself(&server).await,
        [local] => {
            let socket = UdpSocket::bind(local).await?;
            println!("serving on {}", socket.local_addr()?);
            match serve(&socket, &server).await? {}
        }
        [one, other] => {
            let alternates = AlternateAddresses::new(one, other)
                .ok_or("the addresses and the ports of both must be different")?;
            let sockets = DiscoverySockets::bind(alternates).await?;
            println!("serving on {:?}", alternates.all());
            match sockets.serve(&server.with_alternates(alternates)).await? {}
        }
        _ => Err("one address or two".into()),
    }
}

async fn ask_itself(server: &BindingServer<'_>) -> Result<(), Box<dyn Error>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let local = socket.local_addr()?;
    println!("serving on {local}");
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut client = Client::bind("127.0.0.1:0", seed).await?;
    tokio::select! {
        ended = serve(&socket, server) => match ended? {},
        mapped = client.mapped_address(local) => println!("a client is seen as {}", mapped?),
    }
    Ok(())
}
