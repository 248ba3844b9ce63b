//! The relay on sockets of the loopback interface, over UDP and TCP.

use core::net::{Ipv4Addr, SocketAddr};
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::mpsc;
use trunkline_stun::sans_io::{Clock, ConnectionId, FiveTuple};

use crate::turn_server::TurnServer;

/// How many allocations there can be.
const RELAYED: usize = 16;

enum Input {
    Datagram(FiveTuple, Vec<u8>),
    Connected(ConnectionId, FiveTuple, mpsc::Sender<Vec<u8>>),
    Bytes(ConnectionId, Vec<u8>),
    Disconnected(ConnectionId),
}

/// A running relay. It ends when this is dropped.
pub(crate) struct Running {
    pub(crate) udp: SocketAddr,
    pub(crate) tcp: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs a relay for `alice` with the password `secret`.
pub(crate) async fn run(configure: impl FnOnce(&mut TurnServer)) -> std::io::Result<Running> {
    let (inputs, queue) = mpsc::channel(64);
    let mut server = TurnServer::new(Ipv4Addr::LOCALHOST);
    configure(&mut server);
    let mut sockets = BTreeMap::new();
    let mut udp = None;
    for index in 0..=RELAYED {
        let socket = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let local = socket.local_addr()?;
        if index == 0 {
            udp = Some(local);
        } else {
            server.ports.push_back(local.port());
        }
        sockets.insert(local, socket.clone());
        tokio::spawn(read_datagrams(socket, local, inputs.clone()));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let tcp = listener.local_addr()?;
    tokio::spawn(accept(listener, inputs));
    let task = tokio::spawn(serve(server, sockets, queue));
    let udp = udp.unwrap_or(tcp);
    Ok(Running { udp, tcp, task })
}

async fn serve(
    mut server: TurnServer,
    sockets: BTreeMap<SocketAddr, Arc<UdpSocket>>,
    mut queue: mpsc::Receiver<Input>,
) {
    let clock = Clock::new();
    let mut connections = BTreeMap::new();
    let mut unread: BTreeMap<ConnectionId, Vec<u8>> = BTreeMap::new();
    while let Some(input) = queue.recv().await {
        let now = clock.now();
        match input {
            Input::Datagram(path, data) => server.handle_datagram(now, path, &data),
            Input::Connected(id, path, writer) => {
                connections.insert(id, (path, writer));
            }
            Input::Bytes(id, data) => {
                let Some((path, _)) = connections.get(&id) else {
                    continue;
                };
                let unread = unread.entry(id).or_default();
                unread.extend(data);
                let used = server.handle_bytes(now, *path, id, unread);
                unread.drain(..used);
            }
            Input::Disconnected(id) => {
                connections.remove(&id);
                server.handle_disconnected(id);
            }
        }
        while let Some((path, connection, bytes)) = server.poll_send() {
            match connection {
                Some(id) => {
                    if let Some((_, writer)) = connections.get(&id) {
                        let _ = writer.send(bytes).await;
                    }
                }
                None => {
                    if let Some(socket) = sockets.get(&path.local) {
                        let _ = socket.send_to(&bytes, path.remote).await;
                    }
                }
            }
        }
    }
}

async fn read_datagrams(socket: Arc<UdpSocket>, local: SocketAddr, inputs: mpsc::Sender<Input>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let Ok((len, remote)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let input = Input::Datagram(FiveTuple::udp(local, remote), buffer[..len].to_vec());
        if inputs.send(input).await.is_err() {
            return;
        }
    }
}

async fn accept(listener: TcpListener, inputs: mpsc::Sender<Input>) {
    let mut next = 0;
    while let Ok((stream, remote)) = listener.accept().await {
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        next += 1;
        let path = FiveTuple::tcp(local, remote);
        tokio::spawn(read_stream(
            stream,
            ConnectionId(next),
            path,
            inputs.clone(),
        ));
    }
}

async fn read_stream(
    stream: TcpStream,
    id: ConnectionId,
    path: FiveTuple,
    inputs: mpsc::Sender<Input>,
) {
    let (mut reader, mut writer) = stream.into_split();
    let (to_write, mut written) = mpsc::channel::<Vec<u8>>(64);
    let _ = inputs.send(Input::Connected(id, path, to_write)).await;
    tokio::spawn(async move {
        while let Some(bytes) = written.recv().await {
            if writer.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 4_096];
    while let Ok(len @ 1..) = reader.read(&mut buffer).await {
        let input = Input::Bytes(id, buffer[..len].to_vec());
        if inputs.send(input).await.is_err() {
            return;
        }
    }
    let _ = inputs.send(Input::Disconnected(id)).await;
}
