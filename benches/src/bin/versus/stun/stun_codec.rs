//! `stun_codec`. Attributes are taken one by one, and the message is encoded anew for `FINGERPRINT` and for
//! `MESSAGE-INTEGRITY`, which is part of decoding.

use core::hint::black_box;

use bytecodec::{DecodeExt, EncodeExt};
use stun_codec::rfc5245::attributes::{IceControlled, Priority};
use stun_codec::rfc5389::attributes::{Fingerprint, MessageIntegrity, Software, Username};
use stun_codec::rfc5389::methods::BINDING;
use stun_codec::{Message, MessageClass, MessageDecoder, MessageEncoder, TransactionId};

use super::{
    ID, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::facts::Refused;
use crate::suite::Operation;

const NAME: &str = "stun_codec";

stun_codec::define_attribute_enums!(
    Attribute,
    AttributeDecoder,
    AttributeEncoder,
    [
        Software,
        Username,
        Priority,
        IceControlled,
        MessageIntegrity,
        Fingerprint
    ]
);

fn decode(decoder: &mut MessageDecoder<Attribute>, bytes: &[u8]) -> Option<Message<Attribute>> {
    decoder.decode_from_bytes(bytes).ok()?.ok()
}

/// It refuses what has a wrong `FINGERPRINT`.
fn read(decoder: &mut MessageDecoder<Attribute>) -> Option<(Message<Attribute>, u32, u64)> {
    let message = decode(decoder, black_box(REQUEST))?;
    let priority = message.get_attribute::<Priority>()?.prio();
    let tie_breaker = message.get_attribute::<IceControlled>()?.prio();
    message.get_attribute::<Username>()?;
    Some((message, priority, tie_breaker))
}

fn accepts(decoder: &mut MessageDecoder<Attribute>, bytes: &[u8], password: &str) -> bool {
    let Some(message) = decode(decoder, bytes) else {
        return false;
    };
    message
        .get_attribute::<MessageIntegrity>()
        .is_some_and(|integrity| integrity.check_short_term_credential(password).is_ok())
}

fn write(encoder: &mut MessageEncoder<Attribute>) -> Vec<u8> {
    let id = TransactionId::new(ID);
    let mut message = Message::<Attribute>::new(MessageClass::Request, BINDING, id);
    message.add_attribute(Username::new(USERNAME.to_string()).expect("short"));
    message.add_attribute(IceControlled::new(TIE_BREAKER));
    message.add_attribute(Priority::new(PRIORITY));
    let integrity = MessageIntegrity::new_short_term_credential(&message, PASSWORD);
    message.add_attribute(integrity.expect("any message"));
    let fingerprint = Fingerprint::new(&message);
    message.add_attribute(fingerprint.expect("any message"));
    encoder.encode_into_bytes(message).expect("a message")
}

pub(super) fn parse(operation: &mut Operation) {
    let mut decoder = MessageDecoder::new();
    operation.peer(
        NAME,
        || {
            let read = read(&mut MessageDecoder::new());
            let (message, priority, tie_breaker) =
                read.ok_or_else(|| Refused("it does not decode".to_string()))?;
            let username: &Username = message.get_attribute().expect("it was read");
            let id = message.transaction_id();
            let id = id.as_bytes();
            Ok(read_facts(id, username.name(), priority, tie_breaker))
        },
        move || read(&mut decoder),
    );
}

pub(super) fn verify(operation: &mut Operation) {
    let mut decoder = MessageDecoder::new();
    operation.peer(
        NAME,
        || verified_facts(|bytes, password| accepts(&mut MessageDecoder::new(), bytes, password)),
        move || accepts(&mut decoder, black_box(REQUEST), PASSWORD),
    );
}

pub(super) fn build(operation: &mut Operation) {
    let mut encoder = MessageEncoder::new();
    operation.peer(
        NAME,
        || Ok(written_facts(&write(&mut MessageEncoder::new()))),
        move || write(&mut encoder),
    );
}
