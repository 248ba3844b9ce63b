//! Asks a server for the public address, with tokio: over UDP, TCP or TLS, of a server that DNS tells.
//!
//! ```sh
//! cargo run -p trunkline-stun --example tokio_client --features dns -- 192.0.2.1:3478
//! cargo run -p trunkline-stun --example tokio_client --features dns -- stun:example.org --tcp
//! cargo run -p trunkline-stun --example tokio_client --features dns -- stuns:example.org --ca ca.pem
//! ```
//!
//! A name without a port is looked up by SRV records, and one address after the other is asked until one answers.
//! `--dns ADDRESS:PORT` asks another name server than those of the system; the certificate has to be for the name
//! of the URI or for that of `--name NAME`.
//!
//! Without a server it asks one of its own on the loopback interface, and prints
//!
//! ```text
//! 127.0.0.1:46205 is seen as 127.0.0.1:46205
//! ```

use core::error::Error;
use core::net::SocketAddr;
use std::env;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UdpSocket};
use trunkline_stun::sans_io::{FiveTuple, Transport};
use trunkline_stun::tokio::{Client, MappedAddressError, mapped_address_over, serve};
use trunkline_stun::{BindingExchange, BindingServer, ClientConfig, ServerUri, TransactionIds};

mod reach;
use reach::Reach;

type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let reach = Reach::take(&mut arguments)?;
    let before = arguments.len();
    arguments.retain(|argument| argument != "--tcp");
    let over_tcp = arguments.len() < before;
    let server = match arguments.as_slice() {
        [] => return by_itself().await,
        [server] => server.parse::<ServerUri>()?,
        _ => return Err("one server".into()),
    };
    let server = if over_tcp { server.over_tcp() } else { server };
    let mut addresses = reach.addresses(server, None)?;
    let mut last: Option<Failure> = None;
    loop {
        let (transport, address) = match addresses.next().await {
            Ok(found) => found,
            Err(failure) => return Err(last.unwrap_or_else(|| failure.into())),
        };
        let asked = match transport {
            Transport::Udp => over_udp(address).await,
            _ => over_stream(&reach, &server, transport, address).await,
        };
        match asked {
            Ok((local, mapped)) => {
                println!("{local} is seen as {mapped} by {address} over {transport}");
                return Ok(());
            }
            Err(failure) => {
                eprintln!("{address} over {transport}: {failure}");
                last = Some(failure);
            }
        }
    }
}

async fn over_udp(server: SocketAddr) -> Result<(SocketAddr, SocketAddr), Failure> {
    let any = match server {
        SocketAddr::V4(_) => "0.0.0.0:0",
        SocketAddr::V6(_) => "[::]:0",
    };
    let mut client = Client::bind(any, seed()?).await?;
    let mapped = match client.mapped_address(server).await {
        // It may be asked once; whoever follows without end goes in circles.
        Err(MappedAddressError::TryAlternate(other)) => client.mapped_address(other).await?,
        other => other?,
    };
    // The mapping belongs to this socket: media is to leave from it.
    let socket = client.into_socket();
    Ok((socket.local_addr()?, mapped))
}

async fn over_stream(
    reach: &Reach,
    server: &ServerUri,
    transport: Transport,
    address: SocketAddr,
) -> Result<(SocketAddr, SocketAddr), Failure> {
    let stream = TcpStream::connect(address).await?;
    let local = stream.local_addr()?;
    let path = FiveTuple {
        transport,
        ..FiveTuple::tcp(local, address)
    };
    let mapped = if transport == Transport::Tls {
        ask(reach.tls(server, stream).await?, path).await?
    } else {
        ask(stream, path).await?
    };
    Ok((local, mapped))
}

async fn ask<S>(mut stream: S, path: FiveTuple) -> Result<SocketAddr, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config: ClientConfig = ClientConfig::DEFAULT;
    let mut exchange = BindingExchange::new(path, TransactionIds::new(seed()?), config);
    Ok(mapped_address_over(&mut stream, &mut exchange).await?)
}

fn seed() -> Result<[u8; 32], Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// At a server in this process.
async fn by_itself() -> Result<(), Failure> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let server = socket.local_addr()?;
    tokio::spawn(async move {
        let Err(error) = serve(&socket, &BindingServer::new()).await;
        eprintln!("{error}");
    });
    let mut client = Client::bind("127.0.0.1:0", seed()?).await?;
    let mapped = client.mapped_address(server).await?;
    println!("{} is seen as {mapped}", client.local_addr()?);
    assert_eq!(client.local_addr()?, mapped);
    Ok(())
}
