//! SIP messages. Each implementation has a module; a function in it adds it to an operation.

mod digest;
mod httparse;
mod stated;
mod trunkline;

#[cfg(feature = "peers")]
mod ezk_sip_types;
#[cfg(feature = "peers")]
mod rsip;
#[cfg(feature = "peers")]
mod rsipstack;
#[cfg(feature = "peers")]
mod rvoip_sip_core;
#[cfg(feature = "peers")]
mod sip_core;
#[cfg(feature = "peers")]
mod sipmsg;

use crate::suite::{Operation, Suite};

/// Adds an implementation to an operation over a message.
type Add = fn(&mut Operation, &'static [u8]);

macro_rules! message {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../../sip-core/tests/vectors/messages/",
            $name,
            ".sip"
        ))
    };
}

/// The messages, by the names that end the operations'.
const MESSAGES: [(&str, &[u8]); 6] = [
    ("options", message!("options")),
    ("register", message!("register")),
    ("invite", INVITE),
    ("ok200", message!("ok200")),
    ("lync", LYNC),
    ("ack", message!("ack")),
];
const INVITE: &[u8] = message!("invite");
const LYNC: &[u8] = message!("lync");

/// What a proxy puts on top of a request that it forwards.
const PROXY_VIA: &str = "SIP/2.0/UDP proxy.example.net:5060;branch=z9hG4bK87asdks7.2;rport";
const PROXY_RECORD_ROUTE: &str = "<sip:proxy.example.net;lr;ftag=9fxced76sl>";
/// What a callee adds to its 180.
const TO_TAG: &str = "314159265";
const CALLEE: &str = "<sip:442071838750@203.0.113.77:5060>";

/// Who finds all header fields.
const INDEX: &[Add] = &[
    trunkline::index,
    httparse::index,
    #[cfg(feature = "peers")]
    rsip::index,
    #[cfg(feature = "peers")]
    rsipstack::index,
    #[cfg(feature = "peers")]
    sip_core::index,
    #[cfg(feature = "peers")]
    ezk_sip_types::index,
    #[cfg(feature = "peers")]
    sipmsg::index,
    #[cfg(feature = "peers")]
    rvoip_sip_core::index,
];

/// Who reads Via, From, To, CSeq, Call-ID, Contact, Route and Record-Route.
const TYPED: &[Add] = &[
    trunkline::typed,
    #[cfg(feature = "peers")]
    rsip::typed,
    #[cfg(feature = "peers")]
    rsipstack::typed,
    #[cfg(feature = "peers")]
    ezk_sip_types::typed,
    #[cfg(feature = "peers")]
    rvoip_sip_core::typed,
];

/// Who forwards a request.
const PATCH: &[Add] = &[
    trunkline::patch,
    #[cfg(feature = "peers")]
    rsip::patch,
    #[cfg(feature = "peers")]
    rsipstack::patch,
];

/// Who answers a request.
const RESPONSE: &[Add] = &[
    trunkline::response,
    #[cfg(feature = "peers")]
    rsip::response,
    #[cfg(feature = "peers")]
    rsipstack::response,
    #[cfg(feature = "peers")]
    sip_core::response,
];

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();
    for (name, message) in MESSAGES {
        add(&mut suite, &format!("sip.index.{name}"), INDEX, message);
    }
    add(&mut suite, "sip.typed.invite", TYPED, INVITE);
    add(&mut suite, "sip.typed.lync", TYPED, LYNC);
    add(&mut suite, "sip.patch.invite", PATCH, INVITE);
    add(&mut suite, "sip.response.180", RESPONSE, INVITE);
    digest::suite(&mut suite);
    suite
}

fn add(suite: &mut Suite, name: &str, implementations: &[Add], message: &'static [u8]) {
    let operation = suite.operation(name, message.len());
    for add in implementations {
        add(operation, message);
    }
}
