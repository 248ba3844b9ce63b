//! The transaction layer: which transaction a message belongs to, and where an answer goes.

mod config;
mod event;
mod statistics;

pub use config::{LayerConfig, PublicAddress};
pub use event::{
    CancelError, ClientTransaction, DropReason, LayerEvent, RequestError, RespondError,
    ServerTransaction,
};
pub use statistics::LayerStatistics;

// The verbs, for those who build on them while this file grows:
//
// impl TransactionLayer {
//     pub fn new(config: LayerConfig, seed: [u8; 32]) -> Self;
//     pub fn config(&self) -> &LayerConfig;
//     pub fn sent_by(&self, local: SocketAddr) -> impl Display + '_;   // for a default Contact
//     pub fn handle_datagram(&mut self, now: Instant, path: FiveTuple, data: &[u8]) -> Handled<DropReason>;
//     pub fn handle_connected(&mut self, now: Instant, connection: ConnectionId, path: FiveTuple);
//     pub fn handle_bytes(&mut self, now: Instant, connection: ConnectionId, data: &[u8]) -> usize;
//     pub fn handle_disconnected(&mut self, now: Instant, connection: ConnectionId);
//     pub fn handle_send_failed(&mut self, now: Instant, path: FiveTuple, connection: Option<ConnectionId>);
//     pub fn handle_timeout(&mut self, now: Instant);
//     pub fn poll_transmit(&mut self, now: Instant, buf: &mut [u8]) -> Result<Option<Transmit>, BufferTooSmall>;
//     pub fn poll_transmit_bytes(&mut self, now: Instant) -> Option<(Transmit, Bytes)>;
//     pub fn poll_event(&mut self) -> Option<LayerEvent>;
//     pub fn poll_timeout(&self) -> Option<Instant>;
//     pub fn poll_close(&mut self) -> Option<ConnectionId>;
//     pub fn send_request(&mut self, now: Instant, destination: Destination, request: &[u8]) -> Result<ClientTransaction, RequestError>;
//     pub fn cancel(&mut self, now: Instant, invite: ClientTransaction) -> Result<(), CancelError>;
//     pub fn respond(&mut self, now: Instant, transaction: ServerTransaction, response: Bytes) -> Result<(), RespondError>;
//     pub fn send_ack(&mut self, now: Instant, destination: Destination, ack: &[u8]) -> Result<Bytes, RequestError>;
//     pub fn resend(&mut self, now: Instant, destination: Destination, message: Bytes);
//     pub fn statistics(&self) -> LayerStatistics;
// }
