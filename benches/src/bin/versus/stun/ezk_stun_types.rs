//! `ezk-stun-types`. A message owns its octets, hence a received datagram is copied; a key is used up by each
//! message, so that one is made for each.

use core::hint::black_box;

use ezk_stun_types::attributes::{
    Fingerprint, IceControlled, MessageIntegrity, MessageIntegrityKey, Priority, StringAttribute,
    Username,
};
use ezk_stun_types::{Class, Message, MessageBuilder, Method, TransactionId};

use super::{
    ID, PASSWORD, PRIORITY, REQUEST, TIE_BREAKER, USERNAME, read_facts, verified_facts,
    written_facts,
};
use crate::facts::Refused;
use crate::suite::Operation;

const NAME: &str = "ezk-stun-types";

fn read(bytes: &[u8]) -> Option<(Message, u32, u64)> {
    let mut message = Message::parse(bytes).ok()?;
    let Priority(priority) = message.attribute()?.ok()?;
    let IceControlled(tie_breaker) = message.attribute()?.ok()?;
    message.attribute::<Username<'_>>()?.ok()?;
    message.attribute::<Fingerprint>()?.ok()?;
    Some((message, priority, tie_breaker))
}

fn accepts(bytes: &[u8], password: &str) -> bool {
    let Ok(mut message) = Message::parse(bytes) else {
        return false;
    };
    let key = MessageIntegrityKey::new(password);
    matches!(message.attribute_with::<MessageIntegrity>(key), Some(Ok(_)))
        && matches!(message.attribute::<Fingerprint>(), Some(Ok(_)))
}

fn write() -> Vec<u8> {
    let id = TransactionId::new(black_box(ID));
    let mut message = MessageBuilder::new(Class::Request, Method::Binding, id);
    message.add_attr(Username::new(USERNAME));
    message.add_attr(IceControlled(TIE_BREAKER));
    message.add_attr(Priority(PRIORITY));
    message.add_attr_with(MessageIntegrity, MessageIntegrityKey::new(PASSWORD));
    message.add_attr(Fingerprint);
    message.finish()
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        NAME,
        || {
            let read = read(REQUEST).ok_or_else(|| Refused("it does not parse".to_string()));
            let (mut message, priority, tie_breaker) = read?;
            // The id cannot be looked at, but compared.
            let id = message.transaction_id();
            assert_eq!(id, TransactionId::new(ID), "{NAME} reads another id");
            let Some(Ok(StringAttribute::<0x0006>(username))) = message.attribute() else {
                return Err(Refused("no USERNAME".to_string()));
            };
            Ok(read_facts(&ID, username, priority, tie_breaker))
        },
        || read(black_box(REQUEST)),
    );
}

pub(super) fn verify(operation: &mut Operation) {
    operation.peer(
        NAME,
        || verified_facts(accepts),
        || accepts(black_box(REQUEST), PASSWORD),
    );
}

pub(super) fn build(operation: &mut Operation) {
    operation.peer(NAME, || Ok(written_facts(&write())), write);
}
