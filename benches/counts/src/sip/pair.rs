//! A caller and a callee over two transaction layers.

use core::time::Duration;

use bytes::Bytes;
use trunkline_sans_io::{FiveTuple, Instant};
use trunkline_sip_core::{
    ClientTransaction, HeaderSpan, LayerConfig, LayerEvent, Message, OwnedMessage, StatusCode,
    TransactionLayer, write_ack_for, write_response_to,
};

/// The layers of both, and a path without loss between them.
pub(super) struct Pair {
    client: TransactionLayer,
    server: TransactionLayer,
    path: FiveTuple,
    now: Instant,
}

const CALL: &[u8] = b"INVITE sip:bob@192.0.2.2 SIP/2.0\r\n\
    Max-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@192.0.2.1>;tag=9fxced76sl\r\n\
    To: <sip:bob@192.0.2.2>\r\n\
    Call-ID: 3848276298220188511@192.0.2.1\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@192.0.2.1>\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 126\r\n\r\n\
    v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

impl Pair {
    pub(super) fn new() -> Self {
        let (alice, bob) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        Self {
            client: TransactionLayer::new(LayerConfig::default(), [1; 32]),
            server: TransactionLayer::new(LayerConfig::default(), [2; 32]),
            path: FiveTuple::udp((alice, 5060).into(), (bob, 5060).into()),
            now: Instant::ORIGIN,
        }
    }

    fn pass_to_server(&mut self) -> Option<Bytes> {
        let (_, message) = self.client.poll_transmit_bytes(self.now)?;
        let _ = self
            .server
            .handle_datagram(self.now, self.path.reversed(), &message);
        Some(message)
    }

    fn pass_to_client(&mut self) {
        while let Some((_, message)) = self.server.poll_transmit_bytes(self.now) {
            let _ = self.client.handle_datagram(self.now, self.path, &message);
        }
    }

    fn response(&mut self) -> (ClientTransaction, OwnedMessage) {
        match self.client.poll_event() {
            Some(LayerEvent::Response {
                transaction,
                message,
            }) => (transaction, message),
            other => panic!("{other:?}"),
        }
    }

    /// INVITE, 180, the final response and its ACK, and then the time until all is forgotten.
    pub(super) fn call(&mut self, last: StatusCode) {
        let mut buffer = [0; 2048];
        let sent = self.client.send_request(self.now, self.path.into(), CALL);
        sent.expect("room for a transaction");
        let invite = self.pass_to_server().expect("the INVITE");
        let Some(LayerEvent::Request {
            transaction,
            message,
            ..
        }) = self.server.poll_event()
        else {
            panic!("no request");
        };
        for status in [StatusCode::RINGING, last] {
            let request = message.message();
            let len = write_response_to(&request, status, "", Some("a6c85cf"), &mut buffer);
            let response = Bytes::copy_from_slice(&buffer[..len.expect("room")]);
            let answered = self.server.respond(self.now, transaction, response);
            answered.expect("the transaction waits");
            self.pass_to_client();
            let (_, message) = self.response();
            assert_eq!(message.message().status(), Some(status));
            if status.is_success() {
                let mut spans = [HeaderSpan::default(); 64];
                let invite = Message::parse(&invite, &mut spans).expect("our own INVITE");
                let len = write_ack_for(&invite, &message.message(), &mut buffer);
                let ack = &buffer[..len.expect("room")];
                self.client
                    .send_ack(self.now, self.path.into(), ack)
                    .expect("an ACK");
            }
        }
        self.pass_to_server().expect("the ACK");
        while self.server.poll_event().is_some() {}
        self.now += Duration::from_secs(64);
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
        while self.server.poll_event().is_some() {}
        assert_eq!(self.client.statistics().client_transactions, 0);
        assert_eq!(self.server.statistics().server_transactions, 0);
    }
}
