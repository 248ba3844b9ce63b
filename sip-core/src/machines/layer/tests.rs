//! The layer from outside: two of them over a network, and one against whatever a stranger sends.

extern crate std;

mod calls;
mod capacity;
mod hostile;
mod sources;
mod streams;
mod ways;

use core::net::SocketAddr;
use core::time::Duration;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use bytes::Bytes;
use trunkline_sans_io::{
    BufferTooSmall, ConnectionId, FiveTuple, Handled, Instant, Transmit, Transport,
};

use super::*;
use crate::header::Via;
use crate::{FailureReason, HeaderSpan, Message, MessageWriter, OwnedMessage, StatusCode};

const ALICE: &str = "192.0.2.1:5060";
const BOB: &str = "192.0.2.2:5060";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// From Bob's side: a datagram of Alice.
fn from_alice() -> FiveTuple {
    FiveTuple::udp(address(BOB), address(ALICE))
}

/// From Alice's side.
fn to_bob(transport: Transport) -> Destination {
    FiveTuple::new(transport, address(ALICE), address(BOB)).into()
}

fn layer() -> TransactionLayer {
    TransactionLayer::new(LayerConfig::default(), [7; 32])
}

fn layer_with(change: impl FnOnce(&mut LayerConfig)) -> TransactionLayer {
    let mut config = LayerConfig::default();
    change(&mut config);
    TransactionLayer::new(config, [7; 32])
}

/// A request without Via, as the transaction user makes it.
fn request(method: &str, call_id: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} sip:bob@192.0.2.2 SIP/2.0\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@192.0.2.1>;tag=a1\r\n\
         To: <sip:bob@192.0.2.2>\r\n\
         Call-ID: {call_id}\r\n\
         CSeq: 1 {method}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A request as it comes in.
fn incoming(method: &str, via: &str) -> Vec<u8> {
    incoming_with(method, via, "", "")
}

fn incoming_with(method: &str, via: &str, to_params: &str, more: &str) -> Vec<u8> {
    format!(
        "{method} sip:bob@192.0.2.2 SIP/2.0\r\n\
         Via: {via}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@192.0.2.1>;tag=a1\r\n\
         To: <sip:bob@192.0.2.2>{to_params}\r\n\
         Call-ID: c1\r\n\
         CSeq: 1 {method}\r\n\
         {more}Content-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

/// The response of a transaction user to a request.
fn response(request: &OwnedMessage, code: u16) -> Bytes {
    let mut buffer = [0; 65_536];
    let tag = (code > 100).then_some("b1");
    let status = StatusCode::new(code).unwrap();
    let message = request.message();
    let len = MessageWriter::response_to(&mut buffer, &message, status, "", tag)
        .finish()
        .unwrap();
    Bytes::copy_from_slice(&buffer[..len])
}

/// The start line and, for the eye, nothing else.
fn start_line(message: &[u8]) -> String {
    let end = message.windows(2).position(|two| two == b"\r\n").unwrap();
    String::from_utf8_lossy(&message[..end]).into_owned()
}

fn header(message: &[u8], name: &str) -> Option<String> {
    let mut index = [HeaderSpan::default(); 64];
    let message = Message::parse(message, &mut index).unwrap();
    let field = message.header(name)?;
    field.value_str().map(String::from)
}

/// Everything the layer wants sent.
fn sent(layer: &mut TransactionLayer) -> Vec<(Transmit, Bytes)> {
    core::iter::from_fn(|| layer.poll_transmit_bytes(Instant::ORIGIN)).collect()
}

/// The start lines of everything it wants sent.
fn sent_lines(layer: &mut TransactionLayer) -> Vec<String> {
    sent(layer)
        .iter()
        .map(|(_, message)| start_line(message))
        .collect()
}

fn events(layer: &mut TransactionLayer) -> Vec<LayerEvent> {
    core::iter::from_fn(|| layer.poll_event()).collect()
}

/// Delivers a datagram of Alice to the layer, which is Bob's.
fn deliver(layer: &mut TransactionLayer, data: &[u8]) -> Handled<DropReason> {
    layer.handle_datagram(Instant::ORIGIN, from_alice(), data)
}

/// The one request that the layer tells.
fn the_request(layer: &mut TransactionLayer) -> (ServerTransaction, OwnedMessage) {
    match events(layer).as_slice() {
        [
            LayerEvent::Request {
                transaction,
                message,
                ..
            },
        ] => (*transaction, message.clone()),
        other => panic!("{other:?}"),
    }
}

/// A short name for an event.
fn name(event: &LayerEvent) -> String {
    match event {
        LayerEvent::Request { message, .. } => start_line(message.bytes())
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_string(),
        LayerEvent::Ack { .. } => "ACK".into(),
        LayerEvent::Cancelled { .. } => "cancelled".into(),
        LayerEvent::Response { message, .. } => {
            message.message().status().unwrap().code().to_string()
        }
        LayerEvent::Failed { reason, .. } => format!("{reason:?}"),
        LayerEvent::AckMissing { .. } => "no ACK".into(),
        LayerEvent::StrayResponse { message, .. } => {
            format!("stray {}", message.message().status().unwrap())
        }
    }
}
