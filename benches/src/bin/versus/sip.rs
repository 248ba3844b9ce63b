//! SIP messages.

mod httparse;
mod trunkline;

use crate::suite::{Operation, Suite};

/// Adds an implementation to an operation over a message.
type Add = fn(&mut Operation, &'static [u8]);

macro_rules! message {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!(
                "../../../../sip-core/tests/vectors/messages/",
                $name,
                ".sip"
            )),
        )
    };
}

/// The messages, by the names that end the operations'.
const MESSAGES: [(&str, &[u8]); 6] = [
    message!("options"),
    message!("register"),
    message!("invite"),
    message!("ok200"),
    message!("lync"),
    message!("ack"),
];

/// Who finds all header fields of a message.
const INDEX: &[Add] = &[trunkline::index, httparse::index];

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();
    for (name, message) in MESSAGES {
        let operation = suite.operation(format!("sip.index.{name}"), message.len());
        for add in INDEX {
            add(operation, message);
        }
    }
    suite
}
