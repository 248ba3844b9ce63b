//! Every typed header and every kind of URI.

use core::hint::black_box;

use trunkline_sip_core::header::{
    Allow, CSeq, CallId, Contact, ContentLength, ContentType, Expires, From, MaxForwards,
    MinExpires, PAssertedIdentity, Path, ProxyRequire, RPort, Reason, RecordRoute, Require,
    RetryAfter, Route, Supported, Timestamp, To, Unsupported, Via,
};
use trunkline_sip_core::uri::{Uri, unescape_into};
use trunkline_sip_core::{HeaderSpan, Host, Message, Method, Params};

use super::{BUSY, INVITE};
use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    of_the_request()?;
    of_the_response()?;
    uris()
}

fn of_the_request() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let invite = some!(Message::parse(black_box(INVITE), &mut index));

    let via = some!(invite.require::<Via<'_>>());
    check!(via.transaction_id() == Some("776asdhds") && via.rport == Some(RPort::Requested));
    check!(via.stamp(([192, 0, 2, 7], 4).into()).1 == Some(4));
    check!(invite.typed_all::<Via<'_>>().flatten().count() == 3);

    let from = some!(invite.require::<From<'_>>());
    let mut name = [0; 32];
    let len = some!(some!(from.address.display_name).unescape_into(&mut name));
    check!(name.get(..len) == Some(b"Alice \"A.\" Example") && from.tag == Some("1928301774"));
    check!(some!(invite.require::<To<'_>>()).tag.is_none());

    check!(invite.typed_all::<RecordRoute<'_>>().flatten().count() == 2);
    check!(some!(invite.require::<Route<'_>>()).is_loose_router());
    check!(matches!(invite.typed::<Path<'_>>(), Ok(None)));
    let contact = some!(invite.require::<Contact<'_>>());
    let address = some!(contact.address());
    check!(address.expires == Some(3600) && some!(address.q).thousandths() == 700);
    let identity = some!(invite.require::<PAssertedIdentity<'_>>());
    let tel = some!(identity.uri().as_tel());
    check!(tel.is_global() && tel.digits().eq("+4930123456".chars()));

    let cseq = some!(invite.require::<CSeq<'_>>());
    check!(cseq.number == 314_159 && cseq.method == Method::Invite);
    check!(some!(invite.require::<CallId<'_>>()).0 == "a84b4c76e66710@192.0.2.10");
    check!(some!(invite.require::<MaxForwards>()).0 == 70);
    check!(some!(invite.require::<Expires>()).0 == 180);
    check!(some!(invite.require::<ContentLength>()).0 == 4);
    check!(some!(invite.require::<Timestamp<'_>>()).0 == b"54.2");
    check!(some!(invite.require::<ContentType<'_>>()).is("application", "sdp"));
    check!(invite.typed_all::<Allow<'_>>().flatten().count() == 6);
    check!(invite.typed_all::<Supported<'_>>().flatten().count() == 2);
    check!(invite.typed_all::<Require<'_>>().flatten().count() == 1);
    check!(invite.typed_all::<ProxyRequire<'_>>().flatten().count() == 1);
    Ok(())
}

fn of_the_response() -> Result<(), Failed> {
    let mut index = [HeaderSpan::default(); 32];
    let busy = some!(Message::parse(black_box(BUSY), &mut index));
    let retry = some!(busy.require::<RetryAfter<'_>>());
    check!(retry.seconds == 18_000 && retry.duration == Some(3600));
    let reason = some!(busy.require::<Reason<'_>>());
    check!(reason.cause == Some(17));
    check!(some!(some!(reason.text).as_str()) == "User busy");
    check!(some!(busy.require::<MinExpires>()).0 == 60);
    check!(some!(busy.require::<Unsupported<'_>>()).0 == "100rel");
    Ok(())
}

fn uris() -> Result<(), Failed> {
    let text = "sips:alice%20w:pw@[2001:db8::1]:5071;transport=tls;maddr=192.0.2.1?subject=a";
    let uri = some!(Uri::parse(black_box(text)));
    let sip = some!(uri.as_sip());
    check!(sip.is_secure() && sip.port() == Some(5071) && sip.headers().count() == 1);
    check!(matches!(sip.host(), Host::V6(_)) && sip.maddr().is_some());
    let mut user = [0; 16];
    let len = some!(unescape_into(some!(sip.user()), &mut user));
    check!(user.get(..len) == Some(b"alice w"));
    check!(uri.is_equivalent(&uri));
    let other = some!(Uri::parse(black_box("urn:service:sos")));
    check!(other.scheme() == "urn" && !other.is_equivalent(&uri));
    check!(Uri::parse(black_box("sip:@")).is_err());
    let params = some!(Params::parse(black_box(b";lr;ttl=1;x=\"a;b\"")));
    check!(params.iter().count() == 3 && params.value("TTL") == Some("1"));
    Ok(())
}
