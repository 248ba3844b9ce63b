use super::*;
use crate::wire::host::{Host, HostPort};
use crate::wire::method::Method;
use crate::wire::transport::Transport;

fn sip(uri: &str) -> SipUri<'_> {
    SipUri::parse(uri).unwrap_or_else(|error| panic!("{uri}: {error}"))
}

#[test]
fn all_parts_of_a_sip_uri() {
    let uri = sip(
        "sips:alice:secret@atlanta.com:5061;transport=tcp;lr;method=INVITE;maddr=192.0.2.1;\
                   ttl=5;user=phone?subject=project%20x&priority=urgent",
    );
    assert!(uri.is_secure());
    assert_eq!(uri.user(), Some("alice"));
    assert_eq!(uri.password(), Some("secret"));
    assert_eq!(uri.host(), Host::Name("ATLANTA.com"));
    assert_eq!(uri.port(), Some(5061));
    assert_eq!(uri.transport(), Some(Transport::Tcp));
    assert_eq!(uri.method(), Some(Method::Invite));
    assert_eq!(uri.maddr(), Host::parse("192.0.2.1"));
    assert_eq!(uri.ttl(), Some(5));
    assert!(uri.is_loose_router() && uri.is_phone() && uri.has_headers());
    assert_eq!(uri.headers().value("Priority"), Some("urgent"));
    assert_eq!(uri.headers().count(), 2);

    let bare = sip("SIP:example.com");
    assert_eq!(
        (bare.user(), bare.password(), bare.port()),
        (None, None, None)
    );
    assert!(bare.params().is_empty() && !bare.has_headers());
    assert_eq!(bare.as_str(), "SIP:example.com");
}

#[test]
fn colons_in_parameter_values_survive() {
    let gruu = sip("sip:alice@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
    assert_eq!(
        gruu.params().value("gr"),
        Some("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    );
    let lync = sip("sip:bob@contoso.com;user=phone;ms-opaque=app:conf:audio-video:id:5XJ2L7QK");
    assert_eq!(
        lync.params().value("ms-opaque"),
        Some("app:conf:audio-video:id:5XJ2L7QK")
    );
    assert_eq!(lync.port(), None);
    let state = sip(
        "sip:fe01.contoso.com:5061;transport=tls;opaque=state:T:F:Ci.R1b3c00;lr;ms-route-sig=aa",
    );
    assert_eq!(state.params().value("opaque"), Some("state:T:F:Ci.R1b3c00"));
    assert!(state.is_loose_router());
}

#[test]
fn user_parts_hold_what_the_grammar_permits() {
    let odd = sip(
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.\
                   (doesn't-it)@example.com",
    );
    assert_eq!(
        odd.user(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
    assert_eq!(odd.host(), Host::Name("example.com"));
    assert_eq!(
        sip("sip:user;par=u%40example.net@example.com").user(),
        Some("user;par=u%40example.net")
    );
    let mut buffer = [0; 32];
    let escaped = sip("sip:sips%3Auser%40example.com@example.net")
        .user()
        .unwrap();
    assert_eq!(unescape_into(escaped, &mut buffer), Ok(21));
    assert_eq!(&buffer[..21], b"sips:user@example.com");
    assert_eq!(unescape_into("%00%00", &mut buffer), Ok(2));
    assert_eq!(unescape_into("%00%00", &mut buffer[..1]), Err(2));
    assert!(unescape("100%zz").eq(*b"100%zz"));
}

#[test]
fn addresses_and_ports() {
    assert_eq!(sip("sip:[2001:db8::10:5070]").port(), None);
    assert_eq!(sip("sip:[2001:db8::10]:5070").port(), Some(5070));
    assert_eq!(
        sip("sip:user@[2001:db8:::192.0.2.1]").host(),
        sip("sip:[2001:db8::192.0.2.1]").host()
    );
    for (bad, error) in [
        ("sip:2001:db8::10", UriError::Port { offset: 9 }),
        ("sip:", UriError::Host { offset: 4 }),
        ("sip:@h", UriError::User { offset: 4 }),
        ("sip::x@h", UriError::User { offset: 4 }),
        ("sip:u@", UriError::Host { offset: 6 }),
        ("sip:h:", UriError::Port { offset: 6 }),
        ("sip:h:99999", UriError::Port { offset: 6 }),
        ("sip:h/x", UriError::Port { offset: 5 }),
        ("sip:a b@h", UriError::Character { offset: 5 }),
        ("<sip:h>", UriError::Character { offset: 0 }),
        ("sip:\u{e4}@h", UriError::Character { offset: 4 }),
        ("example.com", UriError::Scheme),
        ("1x:y", UriError::Scheme),
        ("", UriError::Scheme),
    ] {
        assert_eq!(Uri::parse(bad), Err(error), "{bad}");
    }
}

#[test]
fn other_schemes_are_kept() {
    let uri = Uri::parse("soap.beep://192.0.2.103:3002").unwrap();
    assert_eq!(
        (uri.scheme(), uri.as_str()),
        ("soap.beep", "soap.beep://192.0.2.103:3002")
    );
    assert!(matches!(uri, Uri::Other(_)));
    assert!(uri.is_equivalent(&uri) && uri.as_sip().is_none());
}

#[test]
fn tel_uris() {
    let uri = Uri::parse("tel:+1-425-555.0123;ext=50123").unwrap();
    let tel = uri.as_tel().unwrap();
    assert_eq!(tel.number(), "+1-425-555.0123");
    assert!(tel.digits().eq("+14255550123".chars()) && tel.is_global());
    assert_eq!(tel.extension(), Some("50123"));
    assert!(uri.is_equivalent(&Uri::parse("TEL:+1(425)5550123;EXT=50123").unwrap()));
    assert!(!uri.is_equivalent(&Uri::parse("tel:+14255550123").unwrap()));
    let local = Uri::parse("tel:*31#;phone-context=example.com").unwrap();
    assert_eq!(
        local.as_tel().and_then(TelUri::phone_context),
        Some("example.com")
    );
    for bad in [
        "tel:",
        "tel:+",
        "tel:-",
        "tel:+49x",
        "tel:+49#",
        "tel:;ext=1",
    ] {
        assert!(Uri::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn equivalence_follows_the_examples_of_rfc_3261_19_1_4() {
    for (left, right) in [
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtLanTa.CoM;Transport=tcp",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:carol@chicago.com;newparam=5",
            "sip:carol@chicago.com;security=on",
        ),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
    ] {
        assert!(sip(left).is_equivalent(&sip(right)), "{left} {right}");
        assert!(sip(right).is_equivalent(&sip(left)), "{right} {left}");
    }
    for (left, right) in [
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        (
            "sip:bob@biloxi.com",
            "sip:bob@biloxi.com:6000;transport=tcp",
        ),
        (
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting",
        ),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        (
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off",
        ),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b", "sip:a:@b"),
        ("sip:a@b", "sip:b"),
        ("sip:%00@h", "sip:%00%00@h"),
    ] {
        assert!(!sip(left).is_equivalent(&sip(right)), "{left} {right}");
        assert!(!sip(right).is_equivalent(&sip(left)), "{right} {left}");
    }
}

#[test]
fn a_uri_with_a_repeated_parameter_equals_itself() {
    for text in ["sip:a@b;x=1;x=2", "tel:+1;x=1;x=2", "sip:a@b?x=1&x=2"] {
        let uri = Uri::parse(text).unwrap();
        assert!(uri.is_equivalent(&uri), "{text}");
    }
    assert!(!sip("sip:a@b;x=1;x=2").is_equivalent(&sip("sip:a@b;x=2;x=1")));
}

#[test]
fn built_uris_parse_back() {
    extern crate std;
    use std::string::ToString;

    let built = SipUriBuilder {
        secure: true,
        user: Some("a@b\r\n:c"),
        params: &[
            ("transport", Some("tcp")),
            ("x;y", Some("1=2")),
            ("lr", None),
        ],
        ..SipUriBuilder::new(HostPort::new(
            Host::parse("[2001:db8::1]").unwrap(),
            Some(5061),
        ))
    }
    .to_string();
    let uri = sip(&built);
    assert!(unescape(uri.user().unwrap()).eq(*b"a@b\r\n:c"));
    assert!(uri.is_secure() && uri.is_loose_router());
    assert_eq!(uri.params().value("x%3By"), Some("1%3D2"));
    assert_eq!(uri.port(), Some(5061));
}

#[test]
fn tel_uris_compare_as_numbers() {
    let same = |left: &str, right: &str| {
        let (left, right) = (Uri::parse(left).unwrap(), Uri::parse(right).unwrap());
        assert_eq!(left.is_equivalent(&right), right.is_equivalent(&left));
        left.is_equivalent(&right)
    };
    assert!(same("tel:+49-89-840798", "TEL:+4989840798"));
    assert!(same(
        "tel:+4989;ext=1-18;isub=a",
        "tel:+4989;ISUB=A;ext=118"
    ));
    assert!(same(
        "tel:7042;phone-context=+49(89)",
        "tel:70-42;phone-context=+4989"
    ));
    assert!(same(
        "tel:7042;phone-context=Example.com",
        "tel:7042;phone-context=example.com"
    ));
    assert!(same("tel:+49;x=%41", "tel:+49;x=a"));
    // A domain is no number: its hyphens count.
    assert!(!same(
        "tel:7042;phone-context=ex-ample.com",
        "tel:7042;phone-context=example.com"
    ));
    assert!(!same(
        "tel:7042;phone-context=+49",
        "tel:7042;phone-context=49"
    ));
    assert!(!same("tel:+4989;ext=118", "tel:+4989"));
    assert!(!same("tel:+4989", "tel:4989"));
}

#[test]
fn built_tel_uris_parse_back() {
    use std::string::ToString as _;

    let built = TelUriBuilder {
        params: &[
            ("phone-context", Some("+49-89")),
            ("x", Some("a;b")),
            ("y", None),
        ],
        ..TelUriBuilder::new("*31#7042")
    }
    .to_string();
    assert_eq!(built, "tel:*31#7042;phone-context=+49-89;x=a%3Bb;y");
    let uri = Uri::parse(&built).unwrap();
    let tel = uri.as_tel().unwrap();
    assert_eq!(tel.phone_context(), Some("+49-89"));
    assert!(!tel.is_global());
    let mut buffer = [0; 256];
    for number in ["", "+", "-", "+49\r\nX: y", "49;ext=1", "+*31", "123 4"] {
        let uri = TelUriBuilder::new(number);
        let written = crate::MessageWriter::response(&mut buffer, crate::StatusCode::OK, "")
            .header("X", uri)
            .finish();
        assert!(written.is_err(), "{number:?}");
    }
}

#[test]
fn urns_tell_their_parts() {
    let urn = |text| match Uri::parse(text) {
        Ok(Uri::Urn(urn)) => Some(urn),
        _ => None,
    };
    let sos = urn("URN:Service:sos.fire?+x").unwrap();
    assert_eq!((sos.namespace(), sos.specific()), ("Service", "sos.fire"));
    assert!(sos.is_service("sos") && sos.is_service("SOS.fire"));
    assert!(!sos.is_service("so") && !sos.is_service("sos.fire.x"));
    let instance = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    assert!(urn(instance).is_some_and(|urn| urn.namespace() == "uuid" && !urn.is_service("sos")));
    let equal = |left, right| urn(left).unwrap().is_equivalent(&urn(right).unwrap());
    assert!(equal("urn:Example:a%62c#x", "URN:example:abc"));
    assert!(!equal("urn:example:abc", "urn:example:aBc"));
    assert!(!equal("urn:example:abc", "urn:examples:abc"));
    for bad in [
        "urn:",
        "urn:a:b",
        "urn:-ab:c",
        "urn:ab-:c",
        "urn:ab",
        "urn:ab:",
        "urn:a_b:c",
        "urn:ab:?+x",
    ] {
        assert_eq!(urn(bad), None, "{bad}");
        assert!(Uri::parse(bad).is_err(), "{bad}");
    }
}
