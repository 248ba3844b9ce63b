//! Answers everybody who asks, over datagrams and over streams.

use core::convert::Infallible;
use core::future::{Future, poll_fn};
use core::net::{IpAddr, SocketAddr};
use core::task::Poll;
use core::time::Duration;
use std::boxed::Box;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::{Id, JoinSet, yield_now};
use tokio::time::timeout;
use trunkline_sans_io::{BufferTooSmall, FiveTuple, Transmit};

#[cfg(target_os = "linux")]
use super::batch::{self, Envelope};
use super::{RECEIVE_LEN, is_of_a_peer};
use crate::machines::{AlternateAddresses, Answer, BindingServer, MAX_RESPONSE_LEN};
use crate::wire::frame_len;

/// How many datagrams are answered one by one, until more that wait are answered together, and other tasks
/// get their turn.
const SINGLE: usize = 2;
#[cfg(target_os = "linux")]
const MOST_CROWDS: usize = 4;

/// Turns a request into a response: a [`BindingServer`], or a function that puts more together, such as
/// a [`RateLimiter`](crate::RateLimiter) in front of it.
///
/// ```
/// use std::sync::Mutex;
/// use trunkline_stun::sans_io::{Clock, FiveTuple};
/// use trunkline_stun::tokio::Responder;
/// use trunkline_stun::{Answer, BindingServer, RateEntry, RateLimit, RateLimiter, ServerDrop};
///
/// # fn is_responder(_: &impl Responder) {}
/// let (server, clock) = (BindingServer::new(), Clock::new());
/// let seed = [7; 32]; // from the system's random source in life
/// let limiter = RateLimiter::new(RateLimit::DEFAULT, seed, vec![RateEntry::EMPTY; 4096]);
/// let limiter = Mutex::new(limiter);
/// let responder = move |path: FiveTuple, request: &[u8], response: &mut [u8]| {
///     match limiter.lock().unwrap().admit(clock.now(), path.remote.ip()) {
///         true => server.answer(path, request, response),
///         false => Ok(Answer::Dropped(ServerDrop::RateLimited)),
///     }
/// };
/// # is_responder(&responder);
/// ```
pub trait Responder {
    /// What to do about `request`, which came by `path`; a response is written to `response`.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] with the size needed; it is asked again then.
    fn respond(
        &self,
        path: FiveTuple,
        request: &[u8],
        response: &mut [u8],
    ) -> Result<Answer, BufferTooSmall>;
}

impl Responder for BindingServer<'_> {
    fn respond(
        &self,
        path: FiveTuple,
        request: &[u8],
        response: &mut [u8],
    ) -> Result<Answer, BufferTooSmall> {
        self.answer(path, request, response)
    }
}

impl<F> Responder for F
where
    F: Fn(FiveTuple, &[u8], &mut [u8]) -> Result<Answer, BufferTooSmall>,
{
    fn respond(
        &self,
        path: FiveTuple,
        request: &[u8],
        response: &mut [u8],
    ) -> Result<Answer, BufferTooSmall> {
        self(path, request, response)
    }
}

/// The answer, in a buffer that grows to what it needs.
fn answer(
    responder: &(impl Responder + ?Sized),
    path: FiveTuple,
    request: &[u8],
    response: &mut Vec<u8>,
) -> Option<Answer> {
    match responder.respond(path, request, response) {
        Err(too_small) => {
            response.resize(too_small.needed, 0);
            responder.respond(path, request, response).ok()
        }
        answer => answer.ok(),
    }
}

/// Answers Binding requests on a socket until the socket fails or the future is dropped, which
/// is how to stop it.
///
/// Nothing is kept of a request. When the system does not take a response at once, it is
/// waited for; requests that come meanwhile stay in the socket's own bounded buffer.
///
/// # Errors
///
/// What receiving returns when it is not about a single peer.
pub async fn serve(
    socket: &UdpSocket,
    responder: &(impl Responder + ?Sized),
) -> io::Result<Infallible> {
    let local = socket.local_addr()?;
    serve_one(&[socket], &[local], 0, responder).await
}

/// Answers what comes to one of several sockets, from the one that the responder chooses.
async fn serve_one(
    sockets: &[&UdpSocket],
    addresses: &[SocketAddr],
    index: usize,
    responder: &(impl Responder + ?Sized),
) -> io::Result<Infallible> {
    let (socket, local) = (sockets[index], addresses[index]);
    let mut desk = Desk {
        sockets,
        addresses,
        index,
        responder,
        request: [0; RECEIVE_LEN],
        response: vec![0; MAX_RESPONSE_LEN],
    };
    #[cfg(target_os = "linux")]
    let mut crowd = Crowd::new();
    loop {
        socket.readable().await?;
        let mut count = 0;
        while count < SINGLE {
            match socket.try_recv_from(&mut desk.request) {
                Ok((len, remote)) => desk.answer(FiveTuple::udp(local, remote), len).await,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if is_of_a_peer(&error) => {}
                Err(error) => return Err(error),
            }
            count += 1;
        }
        if count < SINGLE {
            continue;
        }
        #[cfg(target_os = "linux")]
        crowd.serve_all(&desk).await?;
        // Meanwhile more gather, which then cost less.
        yield_now().await;
    }
}

/// Where the requests to one socket are answered.
struct Desk<'s, R: ?Sized> {
    sockets: &'s [&'s UdpSocket],
    addresses: &'s [SocketAddr],
    index: usize,
    responder: &'s R,
    request: [u8; RECEIVE_LEN],
    response: Vec<u8>,
}

impl<R: Responder + ?Sized> Desk<'_, R> {
    /// Answers the request that is the first `len` octets of the buffer.
    async fn answer(&mut self, path: FiveTuple, len: usize) {
        let request = &self.request[..len];
        let answer = answer(self.responder, path, request, &mut self.response);
        if let Some(Answer::Send(transmit)) = answer {
            self.send(transmit, &self.response).await;
        }
    }

    /// A response that is lost here is asked for again, like one lost on the way.
    async fn send(&self, transmit: Transmit, response: &[u8]) {
        let path = transmit.path;
        let mut addresses = self.addresses.iter();
        let from = match path.local == self.addresses[self.index] {
            true => None,
            false => addresses.position(|known| *known == path.local),
        };
        let socket = self.sockets[from.unwrap_or(self.index)];
        let response = &response[..transmit.len];
        if let Err(error) = socket.try_send_to(response, path.remote)
            && error.kind() == io::ErrorKind::WouldBlock
        {
            let _ = socket.send_to(response, path.remote).await;
        }
    }
}

/// Requests that have come together.
#[cfg(target_os = "linux")]
struct Crowd {
    requests: Box<[[u8; RECEIVE_LEN]; batch::MOST]>,
    responses: Vec<Vec<u8>>,
    outgoing: Vec<Envelope>,
}

#[cfg(target_os = "linux")]
impl Crowd {
    fn new() -> Self {
        Self {
            requests: Box::new([[0; RECEIVE_LEN]; batch::MOST]),
            responses: vec![vec![0; MAX_RESPONSE_LEN]; batch::MOST],
            outgoing: Vec::with_capacity(batch::MOST),
        }
    }

    /// Answers what is there, but not without end: a flood has none.
    async fn serve_all<R: Responder + ?Sized>(&mut self, desk: &Desk<'_, R>) -> io::Result<()> {
        for _ in 0..MOST_CROWDS {
            if self.serve(desk).await? < batch::MOST {
                break;
            }
        }
        Ok(())
    }

    /// Answers what is there, in one go, and tells how much it was.
    async fn serve<R: Responder + ?Sized>(&mut self, desk: &Desk<'_, R>) -> io::Result<usize> {
        let (socket, local) = (desk.sockets[desk.index], desk.addresses[desk.index]);
        let mut incoming = [None; batch::MOST];
        let count = match batch::receive(socket, &mut self.requests, &mut incoming) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) if is_of_a_peer(&error) => 0,
            Err(error) => return Err(error),
        };
        self.outgoing.clear();
        for (request, envelope) in self.requests.iter().zip(&incoming).take(count) {
            let Some(Envelope { len, remote }) = *envelope else {
                continue;
            };
            let path = FiveTuple::udp(local, remote);
            let response = &mut self.responses[self.outgoing.len()];
            match answer(desk.responder, path, &request[..len], response) {
                Some(Answer::Send(transmit)) if transmit.path.local == local => {
                    self.outgoing.push(Envelope {
                        len: transmit.len,
                        remote: transmit.path.remote,
                    });
                }
                Some(Answer::Send(transmit)) => desk.send(transmit, response).await,
                _ => {}
            }
        }
        let mut sent = 0;
        while sent < self.outgoing.len() {
            match batch::send(socket, &self.responses[sent..], &self.outgoing[sent..]) {
                Ok(count) => sent += count.max(1),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    socket.writable().await?;
                }
                // It is about the first of them: without it the others can be sent.
                Err(_) => sent += 1,
            }
        }
        Ok(count)
    }
}

/// The four sockets of a server that clients learn from how their NAT behaves.
#[derive(Debug)]
pub struct DiscoverySockets {
    sockets: Vec<UdpSocket>,
    addresses: [SocketAddr; 4],
}

impl DiscoverySockets {
    /// Binds the two ports of both addresses.
    ///
    /// # Errors
    ///
    /// What binding returns.
    pub async fn bind(alternates: AlternateAddresses) -> io::Result<Self> {
        let addresses = alternates.all();
        let mut sockets = Vec::with_capacity(addresses.len());
        for address in addresses {
            sockets.push(UdpSocket::bind(address).await?);
        }
        Ok(Self { sockets, addresses })
    }

    /// Answers until a socket fails or the future is dropped. The responder is a server
    /// [with these alternates](BindingServer::with_alternates).
    ///
    /// # Errors
    ///
    /// What receiving returns when it is not about a single peer.
    pub async fn serve(&self, responder: &(impl Responder + ?Sized)) -> io::Result<Infallible> {
        let sockets: Vec<&UdpSocket> = self.sockets.iter().collect();
        let mut all: Vec<_> = (0..sockets.len())
            .map(|index| Box::pin(serve_one(&sockets, &self.addresses, index, responder)))
            .collect();
        poll_fn(|context| {
            for one in &mut all {
                if let Poll::Ready(ended) = one.as_mut().poll(context) {
                    return Poll::Ready(ended);
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// What connections may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StreamLimits {
    /// How many there may be. Further ones are closed at once.
    pub connections: usize,
    /// How many of them from one address.
    pub per_source: usize,
    /// After how long a time without a whole request one is closed, and how long a response may take to
    /// be sent.
    pub idle: Duration,
}

impl StreamLimits {
    /// 1,024 connections, 16 from one address, 30 seconds: each takes some 5 kB.
    pub const DEFAULT: Self = Self {
        connections: 1_024,
        per_source: 16,
        idle: Duration::from_secs(30),
    };
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Answers requests over TCP (RFC 8489 section 6.2.2) until the listener fails or the future is dropped,
/// which ends all connections. It has to run on a tokio runtime, where each connection is a task.
///
/// # Errors
///
/// What accepting returns when it is not about a single peer and more than a lack of file
/// descriptors for the moment.
pub async fn serve_tcp<R>(
    listener: &TcpListener,
    limits: StreamLimits,
    responder: Arc<R>,
) -> io::Result<Infallible>
where
    R: Responder + Send + Sync + 'static,
{
    let mut tasks = JoinSet::new();
    let mut sources: HashMap<Id, IpAddr> = HashMap::new();
    loop {
        let accepted = listener.accept().await;
        while let Some(ended) = tasks.try_join_next_with_id() {
            let id = match ended {
                Ok((id, ())) => id,
                Err(error) => error.id(),
            };
            sources.remove(&id);
        }
        let (mut stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_a_peer(&error) || is_of_a_connection(&error) => continue,
            Err(error) if is_for_the_moment(&error) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            Err(error) => return Err(error),
        };
        let of_source = sources.values().filter(|ip| **ip == remote.ip()).count();
        if tasks.len() >= limits.connections || of_source >= limits.per_source {
            continue;
        }
        let Ok(local) = stream.local_addr() else {
            continue;
        };
        let responder = Arc::clone(&responder);
        let task = tasks.spawn(async move {
            let path = FiveTuple::tcp(local, remote);
            // However it ends, it concerns this peer alone.
            let _ = serve_stream(&mut stream, path, limits.idle, &*responder).await;
        });
        sources.insert(task.id(), remote.ip());
    }
}

/// A connection that was gone before it was accepted.
fn is_of_a_connection(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionAborted
}

/// Too many files are open (`EMFILE`, `ENFILE`), or there is no memory for a connection.
fn is_for_the_moment(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24)) || error.kind() == io::ErrorKind::OutOfMemory
}

/// Answers the requests that come by one stream: of TCP, or of TLS, whose handshake is the caller's
/// part. `path` tells where it is from; what an `XOR-MAPPED-ADDRESS` tells is its remote address.
///
/// It ends when the peer closes the stream, sends nothing whole for the time of `idle`, does not take
/// a response for as long, or does not speak STUN. Responses are sent one after the other,
/// and while one waits, nothing is read.
///
/// # Errors
///
/// What the stream returns.
pub async fn serve_stream<S>(
    stream: &mut S,
    path: FiveTuple,
    idle: Duration,
    responder: &(impl Responder + ?Sized),
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = vec![0; RECEIVE_LEN];
    let mut response = vec![0; MAX_RESPONSE_LEN];
    let mut filled = 0;
    loop {
        // Also when something came: who sends an octet now and then sends no request.
        let whole = async {
            loop {
                match frame_len(&buffer[..filled]) {
                    Ok(Some(len)) if len <= filled => return Ok(Some(len)),
                    Ok(Some(len)) if len > buffer.len() => return Ok(None),
                    Ok(_) => {}
                    Err(_) => return Ok(None),
                }
                match stream.read(&mut buffer[filled..]).await? {
                    0 => return Ok(None),
                    count => filled += count,
                }
            }
        };
        let len = match timeout(idle, whole).await {
            Ok(Ok(Some(len))) => len,
            Ok(Ok(None)) | Err(_) => return Ok(()),
            Ok(Err(error)) => return Err(error),
        };
        let answer = answer(responder, path, &buffer[..len], &mut response);
        if let Some(Answer::Send(transmit)) = answer {
            let sending = stream.write_all(&response[..transmit.len]);
            match timeout(idle, sending).await {
                Ok(sent) => sent?,
                Err(_) => return Ok(()),
            }
            timeout(idle, stream.flush()).await.unwrap_or(Ok(()))?;
        }
        buffer.copy_within(len..filled, 0);
        filled -= len;
    }
}
