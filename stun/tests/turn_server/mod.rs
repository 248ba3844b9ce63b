//! A small relay (RFC 8656) for tests, without IO: what its operator may wish is a field, what a
//! client must not do is counted.

#![allow(dead_code, reason = "each program uses a part of it")]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use trunkline_stun::sans_io::{BufferTooSmall, ConnectionId, FiveTuple, Instant, Transmit};
use trunkline_stun::{
    AdditionalAddressFamily, AddressErrorCode, AddressFamily, AlternateServer, ChannelData,
    ChannelNumber, Class, Data, DontFragment, ErrorCode, EvenPort, IntegrityAlgorithm, Key,
    Lifetime, Message, MessageWriter, Method, Nonce, PasswordAlgorithm, PasswordAlgorithms, Realm,
    RequestedAddressFamily, RequestedTransport, ReservationToken, SecurityFeatures, TransactionId,
    UserHash, Username, XorMappedAddress, XorPeerAddress, XorRelayedAddress, turn_frame_len,
};

const REALM: &[u8] = b"example.org";
const ALGORITHMS: [PasswordAlgorithm<'static>; 2] =
    [PasswordAlgorithm::SHA256, PasswordAlgorithm::MD5];
const PERMISSION: Duration = Duration::from_secs(300);
const CHANNEL: Duration = Duration::from_secs(600);

/// Writes what a response says.
type Respond = Box<dyn Fn(MessageWriter<'_>) -> MessageWriter<'_>>;
/// Who sends to the server: a path as the server sees it, and the connection.
type Client = (FiveTuple, Option<ConnectionId>);

#[derive(Debug)]
struct Allocation {
    /// The request that made it, which may come again.
    id: TransactionId,
    relayed: Vec<SocketAddr>,
    until: Instant,
    permissions: BTreeMap<IpAddr, Instant>,
    channels: BTreeMap<ChannelNumber, (SocketAddr, Instant)>,
}

impl Allocation {
    fn is_permitted(&self, now: Instant, ip: IpAddr) -> bool {
        self.permissions.get(&ip).is_some_and(|until| *until > now)
    }

    fn channel_to(&self, now: Instant, peer: SocketAddr) -> Option<ChannelNumber> {
        let mut channels = self.channels.iter();
        let found = channels.find(|(_, (bound, until))| *bound == peer && *until > now);
        found.map(|(number, _)| *number)
    }
}

/// A relay.
#[derive(Debug)]
pub(crate) struct TurnServer {
    pub(crate) relay_v4: Ipv4Addr,
    pub(crate) relay_v6: Option<Ipv6Addr>,
    /// Name and password; without one everybody may use it.
    pub(crate) user: Option<(&'static [u8], &'static [u8])>,
    /// Offers algorithms and `USERHASH` (RFC 8489).
    pub(crate) offers: bool,
    /// A nonce is good for so long.
    pub(crate) nonce_lifetime: Duration,
    pub(crate) lifetime: Duration,
    pub(crate) alternate: Option<SocketAddr>,
    /// Allocate is answered by this.
    pub(crate) refuse: Option<u16>,
    pub(crate) forbidden_peers: Vec<IpAddr>,
    pub(crate) binds_channels: bool,
    allocations: BTreeMap<Client, Allocation>,
    reserved: BTreeMap<[u8; 8], u16>,
    next_port: u16,
    /// Ports to be given first.
    pub(crate) ports: VecDeque<u16>,
    /// How often it was restarted, which makes its nonces stale.
    starts: u64,
    responses: BTreeMap<(Client, TransactionId), Vec<u8>>,
    to_send: VecDeque<(FiveTuple, Option<ConnectionId>, Vec<u8>)>,
    /// Channel numbers and peers that were bound, and until when that stands against others.
    once_bound: Vec<(Client, ChannelNumber, SocketAddr, Instant)>,
    /// Channels that were bound otherwise too early (RFC 8656 section 12).
    pub(crate) violations: usize,
    /// Requests by method, repeated ones left out.
    pub(crate) requests: BTreeMap<u16, usize>,
    pub(crate) repeated: usize,
    /// Data that was thrown away: of strangers, to strangers.
    pub(crate) thrown_away: usize,
    pub(crate) keepalives: usize,
    pub(crate) by_channel: usize,
    pub(crate) by_indication: usize,
}

impl TurnServer {
    pub(crate) fn new(relay: Ipv4Addr) -> Self {
        Self {
            relay_v4: relay,
            relay_v6: None,
            user: Some((b"alice", b"secret")),
            offers: false,
            nonce_lifetime: Duration::from_secs(600),
            lifetime: Duration::from_secs(600),
            alternate: None,
            refuse: None,
            forbidden_peers: Vec::new(),
            binds_channels: true,
            allocations: BTreeMap::new(),
            reserved: BTreeMap::new(),
            next_port: 49_152,
            ports: VecDeque::new(),
            starts: 0,
            responses: BTreeMap::new(),
            to_send: VecDeque::new(),
            once_bound: Vec::new(),
            violations: 0,
            requests: BTreeMap::new(),
            repeated: 0,
            thrown_away: 0,
            keepalives: 0,
            by_channel: 0,
            by_indication: 0,
        }
    }

    /// Everything is forgotten, and nonces are others.
    pub(crate) fn restart(&mut self) {
        self.allocations.clear();
        self.responses.clear();
        self.once_bound.clear();
        self.starts += 1;
    }

    pub(crate) fn count(&self, method: Method) -> usize {
        self.requests.get(&method.number()).copied().unwrap_or(0)
    }

    /// The allocations that stand.
    pub(crate) fn allocations(&mut self, now: Instant) -> usize {
        self.expire(now);
        self.allocations.len()
    }

    fn expire(&mut self, now: Instant) {
        self.allocations.retain(|_, known| known.until > now);
    }

    /// Something has arrived, at the server's own address or at a relayed one.
    pub(crate) fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) {
        self.expire(now);
        let relays = |known: &Allocation| known.relayed.contains(&path.local);
        let of_peer = self.allocations.iter().find(|(_, known)| relays(known));
        match of_peer.map(|(client, _)| *client) {
            Some(client) => self.relay_to_client(now, client, path.remote, data),
            None => self.handle_message(now, (path, None), data),
        }
    }

    /// A stream has brought something.
    pub(crate) fn handle_bytes(
        &mut self,
        now: Instant,
        path: FiveTuple,
        connection: ConnectionId,
        data: &[u8],
    ) -> usize {
        self.expire(now);
        let mut used = 0;
        while let Ok(Some(len)) = turn_frame_len(&data[used..]) {
            let Some(frame) = data[used..].get(..len) else {
                break;
            };
            self.handle_message(now, (path, Some(connection)), frame);
            used += len;
        }
        used
    }

    pub(crate) fn handle_disconnected(&mut self, connection: ConnectionId) {
        self.allocations
            .retain(|(_, own), _| *own != Some(connection));
    }

    pub(crate) fn poll_send(&mut self) -> Option<(FiveTuple, Option<ConnectionId>, Vec<u8>)> {
        self.to_send.pop_front()
    }

    pub(crate) fn poll_transmit(
        &mut self,
        buf: &mut [u8],
    ) -> Result<Option<Transmit>, BufferTooSmall> {
        let Some((path, connection, bytes)) = self.to_send.front() else {
            return Ok(None);
        };
        let needed = bytes.len();
        let place = buf.get_mut(..needed).ok_or(BufferTooSmall { needed })?;
        place.copy_from_slice(bytes);
        let transmit = Transmit {
            path: *path,
            connection: *connection,
            len: needed,
        };
        self.to_send.pop_front();
        Ok(Some(transmit))
    }

    fn handle_message(&mut self, now: Instant, client: Client, data: &[u8]) {
        if let Some(message) = ChannelData::parse(data) {
            let bound = self.allocations.get(&client).and_then(|known| {
                let (peer, until) = known.channels.get(&message.channel)?;
                (*until > now).then_some(*peer)
            });
            match bound {
                Some(peer) => {
                    self.by_channel += 1;
                    self.relay_to_peer(client, peer, message.data);
                }
                None => self.thrown_away += 1,
            }
            return;
        }
        let Ok(message) = Message::parse(data) else {
            return;
        };
        match (message.class(), message.method()) {
            (Class::Indication, Method::SEND) => {
                let (Ok(Some(XorPeerAddress(peer))), Ok(Some(Data(data)))) =
                    (message.get(), message.get())
                else {
                    return;
                };
                let known = self.allocations.get(&client);
                if known.is_some_and(|known| known.is_permitted(now, peer.ip())) {
                    self.by_indication += 1;
                    self.relay_to_peer(client, peer, data);
                } else {
                    self.thrown_away += 1;
                }
            }
            (Class::Indication, Method::BINDING) => self.keepalives += 1,
            (Class::Request, _) => self.handle_request(now, client, &message),
            _ => {}
        }
    }

    fn relay_to_peer(&mut self, client: Client, peer: SocketAddr, data: &[u8]) {
        let relayed = self.allocations.get(&client).and_then(|known| {
            let mut relayed = known.relayed.iter();
            relayed.find(|own| own.is_ipv4() == peer.is_ipv4()).copied()
        });
        if let Some(relayed) = relayed {
            let path = FiveTuple::udp(relayed, peer);
            self.to_send.push_back((path, None, data.to_vec()));
        }
    }

    fn relay_to_client(&mut self, now: Instant, client: Client, peer: SocketAddr, data: &[u8]) {
        let known = &self.allocations[&client];
        if !known.is_permitted(now, peer.ip()) {
            self.thrown_away += 1;
            return;
        }
        let channel = known.channel_to(now, peer);
        let bytes = match channel.and_then(|channel| ChannelData::header(channel, data.len())) {
            Some(header) => {
                let mut bytes = [&header, data].concat();
                if client.0.transport.is_reliable() {
                    bytes.resize(bytes.len().next_multiple_of(4), 0);
                }
                bytes
            }
            None => {
                let id = TransactionId::new([7; 12]);
                message(Class::Indication, Method::DATA, id, &|writer| {
                    writer
                        .attribute(&XorPeerAddress(peer))
                        .attribute(&Data(data))
                })
            }
        };
        self.send(client, bytes);
    }

    fn send(&mut self, (path, connection): Client, bytes: Vec<u8>) {
        self.to_send.push_back((path, connection, bytes));
    }

    fn nonce(&self, now: Instant) -> Vec<u8> {
        let features = match self.offers {
            true => SecurityFeatures::PASSWORD_ALGORITHMS.and(SecurityFeatures::USERNAME_ANONYMITY),
            false => SecurityFeatures::default(),
        };
        let epoch = now.as_millis() / u64::try_from(self.nonce_lifetime.as_millis()).unwrap();
        let own = format!("{}-{epoch}", self.starts).into_bytes();
        match self.offers {
            true => [features.nonce_cookie().as_slice(), &own].concat(),
            false => own,
        }
    }

    fn handle_request(&mut self, now: Instant, client: Client, request: &Message<'_>) {
        let id = request.transaction_id();
        if let Some(response) = self.responses.get(&(client, id)) {
            let response = response.clone();
            self.repeated += 1;
            return self.send(client, response);
        }
        *self.requests.entry(request.method().number()).or_default() += 1;
        let protection = match self.authenticate(now, request) {
            Ok(protection) => protection,
            Err(code) => return self.challenge(now, client, request, code),
        };
        let (class, response) = match self.carry_out(now, client, request) {
            Ok(response) => (Class::Success, response),
            Err(code) => {
                let alternate = self.alternate.map(AlternateServer);
                let of_code = code == 300;
                let written: Respond = Box::new(move |writer| {
                    let alternate = alternate.filter(|_| of_code);
                    writer
                        .optional(ErrorCode::new(code, "").as_ref())
                        .optional(alternate.as_ref())
                });
                (Class::Error, written)
            }
        };
        let bytes = message(class, request.method(), id, &|writer| {
            let writer = response(writer);
            match &protection {
                Some((key, algorithm)) => writer.integrity_with(key, *algorithm),
                None => writer,
            }
        });
        self.responses.insert((client, id), bytes.clone());
        self.send(client, bytes);
    }

    /// RFC 8489 section 9.2.4.
    fn authenticate(
        &self,
        now: Instant,
        request: &Message<'_>,
    ) -> Result<Option<(Key, IntegrityAlgorithm)>, u16> {
        let Some((name, password)) = self.user else {
            return Ok(None);
        };
        let protected = [IntegrityAlgorithm::Sha1, IntegrityAlgorithm::Sha256]
            .into_iter()
            .find(|algorithm| request.has_integrity(*algorithm));
        let Some(algorithm) = protected else {
            return Err(401);
        };
        let (Ok(Some(Realm(realm))), Ok(Some(Nonce(nonce)))) = (request.get(), request.get())
        else {
            return Err(400);
        };
        let named = match (request.get(), request.get::<UserHash>()) {
            (Ok(Some(Username(username))), _) => username == name,
            (_, Ok(Some(userhash))) => userhash == UserHash::new(name, REALM),
            _ => return Err(400),
        };
        let chosen = request.get::<PasswordAlgorithm<'_>>();
        let key = match (self.offers, chosen) {
            (true, Ok(Some(PasswordAlgorithm::SHA256))) => {
                Key::long_term_sha256(name, REALM, password)
            }
            _ => Key::long_term_md5(name, REALM, password),
        };
        if self.offers && algorithm != IntegrityAlgorithm::Sha256 {
            return Err(400);
        }
        if !named || realm != REALM || request.verify_with(&key, algorithm).is_err() {
            return Err(401);
        }
        match nonce == self.nonce(now) {
            true => Ok(Some((key, algorithm))),
            false => Err(438),
        }
    }

    fn challenge(&mut self, now: Instant, client: Client, request: &Message<'_>, code: u16) {
        let nonce = self.nonce(now);
        let offer = PasswordAlgorithms::new(&ALGORITHMS);
        let offer = self.offers.then_some(offer);
        let id = request.transaction_id();
        let bytes = message(Class::Error, request.method(), id, &|writer| {
            writer
                .optional(ErrorCode::new(code, "").as_ref())
                .attribute(&Realm(REALM))
                .attribute(&Nonce(&nonce))
                .optional(offer.as_ref())
        });
        self.send(client, bytes);
    }

    fn carry_out(
        &mut self,
        now: Instant,
        client: Client,
        request: &Message<'_>,
    ) -> Result<Respond, u16> {
        let wish = request.get::<Lifetime>().map_err(|_| 400_u16)?;
        let wish = wish.map(|Lifetime(seconds)| Duration::from_secs(seconds.into()));
        match request.method() {
            Method::ALLOCATE => self.allocate(now, client, request, wish),
            Method::REFRESH => {
                let known = self.allocations.get_mut(&client).ok_or(437_u16)?;
                let lifetime = wish.unwrap_or(self.lifetime).min(self.lifetime);
                known.until = now + lifetime;
                if lifetime.is_zero() {
                    self.allocations.remove(&client);
                }
                let lifetime = seconds(lifetime);
                Ok(Box::new(move |writer| writer.attribute(&lifetime)))
            }
            Method::CREATE_PERMISSION => {
                let known = self.allocations.get_mut(&client).ok_or(437_u16)?;
                let peers = peers_of(request);
                if peers.is_empty() {
                    return Err(400);
                }
                let relayed = &known.relayed;
                for peer in &peers {
                    if self.forbidden_peers.contains(&peer.ip()) {
                        return Err(403);
                    }
                    if !relayed.iter().any(|own| own.is_ipv4() == peer.is_ipv4()) {
                        return Err(443);
                    }
                }
                for peer in peers {
                    known.permissions.insert(peer.ip(), now + PERMISSION);
                }
                Ok(Box::new(|writer| writer))
            }
            Method::CHANNEL_BIND => self.bind(now, client, request),
            _ => Err(400),
        }
    }

    fn bind(
        &mut self,
        now: Instant,
        client: Client,
        request: &Message<'_>,
    ) -> Result<Respond, u16> {
        let known = self.allocations.get_mut(&client).ok_or(437_u16)?;
        let peers = peers_of(request);
        let (Ok(Some(number)), &[peer]) = (request.get::<ChannelNumber>(), &peers[..]) else {
            return Err(400);
        };
        if !self.binds_channels {
            return Err(508);
        }
        if self.forbidden_peers.contains(&peer.ip()) {
            return Err(403);
        }
        let otherwise = |(other, to): (&ChannelNumber, &(SocketAddr, Instant))| {
            to.1 > now && (*other == number) != (to.0 == peer)
        };
        if ChannelNumber::new(number.number()).is_none() || known.channels.iter().any(otherwise) {
            return Err(400);
        }
        known.channels.insert(number, (peer, now + CHANNEL));
        known.permissions.insert(peer.ip(), now + PERMISSION);
        let stands = now + CHANNEL + Duration::from_secs(300);
        let too_early = self.once_bound.iter().any(|(of, other, to, until)| {
            *of == client && *until > now && (*other == number) != (*to == peer)
        });
        self.violations += usize::from(too_early);
        self.once_bound.push((client, number, peer, stands));
        Ok(Box::new(|writer| writer))
    }

    fn allocate(
        &mut self,
        now: Instant,
        client: Client,
        request: &Message<'_>,
        wish: Option<Duration>,
    ) -> Result<Respond, u16> {
        if self.alternate.is_some() {
            return Err(300);
        }
        if self.allocations.contains_key(&client) {
            return Err(437);
        }
        if let Some(code) = self.refuse {
            return Err(code);
        }
        if request.get() != Ok(Some(RequestedTransport::UDP)) {
            return Err(442);
        }
        if request.get() == Ok(Some(DontFragment)) {
            return Err(420);
        }
        let family = request
            .get::<RequestedAddressFamily>()
            .map_err(|_| 400_u16)?;
        let both = request.get::<AdditionalAddressFamily>()
            == Ok(Some(AdditionalAddressFamily(AddressFamily::V6)));
        let even = request.get::<EvenPort>().map_err(|_| 400_u16)?;
        let token = request.get::<ReservationToken>().map_err(|_| 400_u16)?;
        let mut reservation = None;
        let port = match (token, even) {
            (Some(_), Some(_)) => return Err(400),
            (Some(ReservationToken(token)), None) => self.reserved.remove(&token).ok_or(508_u16)?,
            (None, None) if !self.ports.is_empty() => self.ports.pop_front().ok_or(508_u16)?,
            (None, even) => {
                if even.is_some() {
                    self.next_port = self.next_port.next_multiple_of(2);
                }
                let port = self.next_port;
                self.next_port += 1;
                if even.is_some_and(|even| even.reserve_next) {
                    let token = u64::from(self.next_port).to_be_bytes();
                    self.reserved.insert(token, self.next_port);
                    self.next_port += 1;
                    reservation = Some(ReservationToken(token));
                }
                port
            }
        };
        let v4 = SocketAddr::from((self.relay_v4, port));
        let v6 = self.relay_v6.map(|ip| SocketAddr::from((ip, port)));
        let relayed = match (family, both) {
            (Some(RequestedAddressFamily(AddressFamily::V6)), false) => vec![v6.ok_or(440_u16)?],
            (None, true) => [Some(v4), v6].into_iter().flatten().collect(),
            (_, false) => vec![v4],
            (Some(_), true) => return Err(400),
        };
        let lifetime = wish.unwrap_or(self.lifetime).min(self.lifetime);
        let known = Allocation {
            id: request.transaction_id(),
            relayed: relayed.clone(),
            until: now + lifetime,
            permissions: BTreeMap::new(),
            channels: BTreeMap::new(),
        };
        self.allocations.insert(client, known);
        let missing = both && relayed.len() == 1;
        Ok(Box::new(move |writer| {
            let error = ErrorCode::new(440, "").map(|error| AddressErrorCode {
                family: AddressFamily::V6,
                error,
            });
            let writer = relayed.iter().fold(writer, |writer, relayed| {
                writer.attribute(&XorRelayedAddress(*relayed))
            });
            writer
                .attribute(&seconds(lifetime))
                .attribute(&XorMappedAddress(client.0.remote))
                .optional(reservation.as_ref())
                .optional(error.filter(|_| missing).as_ref())
        }))
    }
}

fn seconds(lifetime: Duration) -> Lifetime {
    Lifetime(u32::try_from(lifetime.as_secs()).unwrap())
}

fn peers_of(request: &Message<'_>) -> Vec<SocketAddr> {
    use trunkline_stun::Attribute as _;
    let id = request.transaction_id();
    let of_peers = request
        .attributes()
        .filter(|raw| raw.kind == XorPeerAddress::TYPE);
    of_peers
        .filter_map(|raw| XorPeerAddress::read(raw.value, &id))
        .map(|XorPeerAddress(peer)| peer)
        .collect()
}

fn message(
    class: Class,
    method: Method,
    id: TransactionId,
    write: &dyn Fn(MessageWriter<'_>) -> MessageWriter<'_>,
) -> Vec<u8> {
    let mut buffer = vec![0; 66_000];
    let len = write(MessageWriter::new(&mut buffer, class, method, id))
        .finish()
        .expect("room");
    buffer.truncate(len);
    buffer
}
