//! Asks a server for the public address of a UDP socket, with tokio, and goes on with the socket.
//!
//! ```sh
//! cargo run -p trunkline-stun --example tokio_client --features tokio -- 192.0.2.1:3478
//! ```
//!
//! Without a server it asks one of its own on the loopback interface, and prints
//!
//! ```text
//! 127.0.0.1:46205 is seen as 127.0.0.1:46205
//! ```

use core::error::Error;
use core::net::SocketAddr;

use tokio::net::UdpSocket;
use trunkline_stun::BindingServer;
use trunkline_stun::tokio::{Client, MappedAddressError, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let server = match &argument {
        Some(text) => text.parse().map_err(|error| format!("{text}: {error}"))?,
        None => own_server().await?,
    };
    let local = match (&argument, server) {
        (None, _) => "127.0.0.1:0",
        (Some(_), SocketAddr::V4(_)) => "0.0.0.0:0",
        (Some(_), SocketAddr::V6(_)) => "[::]:0",
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut client = Client::bind(local, seed).await?;

    let mapped = match client.mapped_address(server).await {
        // It may be asked once; whoever follows without end goes in circles.
        Err(MappedAddressError::TryAlternate(other)) => client.mapped_address(other).await?,
        other => other?,
    };
    println!("{} is seen as {mapped}", client.local_addr()?);

    // The mapping belongs to this socket: media is to leave from it.
    let socket = client.into_socket();
    assert!(argument.is_some() || socket.local_addr()? == mapped);
    Ok(())
}

async fn own_server() -> Result<SocketAddr, Box<dyn Error>> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let local = socket.local_addr()?;
    tokio::spawn(async move {
        let Err(error) = serve(&socket, &BindingServer::new()).await;
        eprintln!("{error}");
    });
    Ok(local)
}
