//! A Binding server with tokio.
//!
//! ```sh
//! cargo run -p trunkline-stun --example stun_server --features tokio -- 0.0.0.0:3478
//! ```
//!
//! Without an address it serves on a free port of the loopback interface, asks itself, and ends.

use core::error::Error;
use core::net::SocketAddr;

use tokio::net::UdpSocket;
use trunkline_stun::BindingServer;
use trunkline_stun::tokio::{Client, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let local: SocketAddr = argument.as_deref().unwrap_or("127.0.0.1:0").parse()?;
    let socket = UdpSocket::bind(local).await?;
    let local = socket.local_addr()?;
    println!("serving on {local}");
    let server = BindingServer::new();
    if argument.is_some() {
        match serve(&socket, &server).await? {}
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut client = Client::bind("127.0.0.1:0", seed).await?;
    tokio::select! {
        ended = serve(&socket, &server) => match ended? {},
        mapped = client.mapped_address(local) => println!("a client is seen as {}", mapped?),
    }
    Ok(())
}
