//! SIP: messages and the machines that need no table.

mod digest;
mod headers;
mod machines;
mod message;
mod write;

use crate::check::Failed;

const INVITE: &[u8] = b"INVITE sip:+4930123456@sbc.example.com;user=phone SIP/2.0\r\n\
    v: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n\
    Via: SIP/2.0/TCP [2001:db8::9]:5062;branch=z9hG4bKnashds8;received=2001:db8::a,\r\n \
    SIP/2.0/WSS client.invalid;branch=z9hG4bK87asdks7\r\n\
    Max-Forwards: 70\r\n\
    Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr;transport=tcp>\r\n\
    Route: <sip:sbc.example.com;lr>\r\n\
    f: \"Alice \\\"A.\\\" Example\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n\
    t: <sip:+4930123456@sbc.example.com;user=phone>\r\n\
    i: a84b4c76e66710@192.0.2.10\r\n\
    CSeq: 314159 INVITE\r\n\
    m: <sip:alice@192.0.2.10:5060;transport=udp>;q=0.7;expires=3600\r\n\
    Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n\
    k: timer, 100rel\r\n\
    Require: timer\r\n\
    Proxy-Require: sec-agree\r\n\
    P-Asserted-Identity: <tel:+49-30-123456;phone-context=example.com>\r\n\
    Expires: 180\r\n\
    Timestamp: 54.2\r\n\
    X-Nobody-Knows: \xe2\x82\xac and\r\n\t a fold\r\n\
    c: application/sdp;charset=\"utf-8\"\r\n\
    l: 4\r\n\r\nv=0\n";

const BUSY: &[u8] = b"SIP/2.0 486 Busy Here\r\n\
    Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;received=192.0.2.7;rport=40000\r\n\
    From: <sip:alice@atlanta.example.com>;tag=1928301774\r\n\
    To: <sip:+4930123456@sbc.example.com;user=phone>;tag=a6c85cf\r\n\
    Call-ID: a84b4c76e66710@192.0.2.10\r\n\
    CSeq: 314159 INVITE\r\n\
    Retry-After: 18000 (in (a) \\) meeting) ;duration=3600\r\n\
    Reason: Q.850;cause=17;text=\"User busy\"\r\n\
    Unsupported: 100rel\r\n\
    Min-Expires: 60\r\n\
    Content-Length: 0\r\n\r\n";

pub fn run() -> Result<(), Failed> {
    message::run()?;
    headers::run()?;
    digest::run()?;
    write::run()?;
    machines::run()
}
