//! Typed headers in the forms they may have, and in some that they must not.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::header::*;
use crate::{HeaderSpan, Message, MessageWriter, Method, StatusCode};

/// All values of a header field, read and written: each is to be written so again when that is read, and the
/// writer has to take it.
macro_rules! forms {
    ($($type:ty { $($value:literal => [$($written:literal),*],)* } refuses [$($bad:literal),*];)*) => {
        $(
            $({
                let values = with_field(<$type>::NAME.as_str(), $value, |message| {
                    let values: Result<Vec<$type>, _> = message.typed_all().collect();
                    let values = values.unwrap_or_else(|error| panic!("{}: {error}", $value));
                    for value in &values {
                        let text = value.to_string();
                        let again = <$type>::parse(text.as_bytes())
                            .unwrap_or_else(|error| panic!("{text}: {error}"));
                        assert_eq!(again.to_string(), text);
                        let mut buffer = [0; 512];
                        let written = MessageWriter::response(&mut buffer, StatusCode::OK, "").typed(value).finish();
                        assert!(written.is_ok(), "{text}: {written:?}");
                    }
                    values.iter().map(ToString::to_string).collect::<Vec<String>>()
                });
                let written: &[&str] = &[$($written),*];
                assert_eq!(values, written, "{}", $value);
            })*
            $({
                with_field(<$type>::NAME.as_str(), $bad, |message| {
                    let end = message.as_bytes().len();
                    let error = message.typed_all::<$type>().find_map(Result::err);
                    let error = error.unwrap_or_else(|| panic!("{} was read", $bad));
                    assert_eq!(error.name(), <$type>::NAME, "{}", $bad);
                    assert!(error.offset().is_some_and(|offset| offset <= end), "{error}");
                });
            })*
        )*
    };
}

fn with_field<R>(name: &str, value: &str, then: impl FnOnce(&Message<'_>) -> R) -> R {
    let bytes = format!("SIP/2.0 200 OK\r\n{name}: {value}\r\n\r\n");
    let mut index = [HeaderSpan::default(); 8];
    then(&Message::parse(bytes.as_bytes(), &mut index).expect("a message"))
}

#[test]
fn what_a_sender_accepts() {
    forms! {
        Accept<'_> {
            "" => [],
            "application/sdp;level=1, application/x-private, text/html" =>
                ["application/sdp;level=1", "application/x-private", "text/html"],
            "*/*;q=0.1,text / *;charset=\"a,b\";q=1.0" => ["*/*;q=0.1", "text/*;charset=\"a,b\";q=1"],
        } refuses ["text", "text/", "/x", "a/b;q=2", "a/b c", "a/b,,c/d"];
        AcceptEncoding<'_> {
            "" => [],
            "gzip;q=1.0, identity; q=0.5, *;q=0" => ["gzip;q=1", "identity;q=0.5", "*;q=0"],
        } refuses ["gzip;q=x", "a b"];
        AcceptLanguage<'_> {
            "da, en-gb;q=0.8, en;q=0.7" => ["da", "en-gb;q=0.8", "en;q=0.7"],
        } refuses [",da", "en;q=0.1234"];
        AcceptResourcePriority<'_> {
            "dsn.flash, wps.0" => ["dsn.flash", "wps.0"],
        } refuses ["dsn", "dsn.", ".0", "a.b.c"];
        AllowEvents<'_> { "spirits-INDPs, presence.winfo" => ["spirits-INDPs", "presence.winfo"], } refuses ["a b"];
        RecvInfo<'_> { "" => [], "conference, dtmf;x=y" => ["conference", "dtmf;x=y"], } refuses ["a b"];
    }
    let sdp = ContentType::SDP;
    for (range, permits) in [
        ("application/sdp", true),
        ("Application/SDP;level=1", true),
        ("application/*", true),
        ("*/*;q=0.1", true),
        ("application/sdp;q=0", false),
        ("text/*", false),
        ("application/sdpfrag", false),
    ] {
        let accept = Accept::parse(range.as_bytes()).expect(range);
        assert_eq!(accept.permits(&sdp), permits, "{range}");
    }
}

#[test]
fn bodies_and_their_parts() {
    forms! {
        ContentDisposition<'_> {
            "session" => ["session"],
            "session ; handling=optional;x" => ["session;handling=optional;x"],
        } refuses ["", "a b", ";handling=optional"];
        ContentEncoding<'_> { "gzip, deflate" => ["gzip", "deflate"], } refuses ["gzip deflate"];
        ContentLanguage<'_> { "fr, de-AT" => ["fr", "de-AT"], } refuses ["de/at"];
        MimeVersion<'_> { "1.0" => ["1.0"], } refuses ["", "1 0"];
        Date { "Sat, 13 Nov 2010 23:29:00 GMT" => ["Sat, 13 Nov 2010 23:29:00 GMT"], } refuses ["13 Nov 2010"];
    }
    let required = |text: &str| {
        let disposition = ContentDisposition::parse(text.as_bytes()).expect(text);
        disposition.is_required()
    };
    assert!(required("session") && required("session;handling=required"));
    assert!(required("session;handling=x") && !required("render;handling=OPTIONAL"));
}

#[test]
fn pointers_and_texts() {
    forms! {
        AlertInfo<'_> {
            "<http://www.example.com/sounds/moo.wav>" => ["<http://www.example.com/sounds/moo.wav>"],
            "<urn:alert:service:call-waiting>;info=x" => ["<urn:alert:service:call-waiting>;info=x"],
        } refuses ["http://example.com/x", "x <http://example.com/x>", "<>", "<http://a"];
        CallInfo<'_> {
            "<http://h/a,b.jpg> ;purpose=icon, <http://h/> ;purpose=info" =>
                ["<http://h/a,b.jpg>;purpose=icon", "<http://h/>;purpose=info"],
        } refuses ["<x>;"];
        ErrorInfo<'_> { "<sip:not-in-service@h>" => ["<sip:not-in-service@h>"], } refuses ["sip:x@h"];
        InReplyTo<'_> { "70710@h, 17320@h" => ["70710@h", "17320@h"], } refuses ["a b"];
        Organization<'_> { "B\u{fc}ro, \u{1f4de}; x" => ["B\u{fc}ro, \u{1f4de}; x"], "" => [""], } refuses [];
        Priority<'_> { "non-urgent" => ["non-urgent"], } refuses ["", "very urgent"];
        Server<'_> { "HomeServer v2" => ["HomeServer v2"], } refuses [];
        Subject<'_> { "Need\r\n more boxes" => ["Need\r\n more boxes"], } refuses [];
        UserAgent<'_> { "x/1 (y)" => ["x/1 (y)"], } refuses [];
        Warning<'_> {
            "307 isi.edu:5060 \"Session parameter 'foo' not understood\", 301 [::1] \"a, \\\"b\\\"\"" =>
                ["307 isi.edu:5060 \"Session parameter 'foo' not understood\"", "301 [::1] \"a, \\\"b\\\"\""],
            "370  anonymous  \"x\"" => ["370 anonymous \"x\""],
        } refuses ["30 h \"x\"", "3070 h \"x\"", "099 h \"x\"", "307 h x", "307 \"x\"", "307 h \"x\" y"];
    }
    let purpose = CallInfo::parse(b"<http://h/x>;purpose=icon").map(|info| info.purpose());
    assert_eq!(purpose, Ok(Some("icon")));
    // Latin-1 is no text, and stays a raw value.
    let error = Subject::parse(b"B\xfcro").expect_err("not UTF-8");
    assert_eq!(error.offset(), Some(1));
}

#[test]
fn subscriptions_and_publications() {
    forms! {
        Event<'_> {
            "presence" => ["presence"],
            "dialog ; sla;id=7a" => ["dialog;id=7a;sla"],
        } refuses ["", "a b", "x;id=\"7\"", "x;id", "x;id="];
        SubscriptionState<'_> {
            "active;expires=3600" => ["active;expires=3600"],
            "terminated;reason=probation ;retry-after=60;x=y" => ["terminated;retry-after=60;reason=probation;x=y"],
        } refuses ["", "active;expires=x", "active;expires=4294967296", "terminated;retry-after", "terminated;reason="];
        SipEtag<'_> { "dx200xyz" => ["dx200xyz"], } refuses ["", "a b"];
        SipIfMatch<'_> { "dx200xyz" => ["dx200xyz"], } refuses ["\"dx\""];
        SuppressIfMatch<'_> { "*" => ["*"], } refuses [""];
    }
    let event = |text: &'static str| Event::parse(text.as_bytes()).expect(text);
    assert!(event("dialog;id=1;x").is_same(&event("dialog;id=1")));
    assert!(!event("dialog;id=1").is_same(&event("dialog;ID=A")));
    assert!(!event("dialog").is_same(&event("Dialog")));
    assert!(SubscriptionState::terminated("timeout").is_terminated());
    assert!(!SubscriptionState::active(60).is_terminated());
}

#[test]
fn calls_and_sessions() {
    forms! {
        RAck<'_> { "776656 1 INVITE" => ["776656 1 INVITE"], "1  2\tX" => ["1 2 X"], }
            refuses ["1 2", "1 INVITE", "12INVITE", "4294967296 1 INVITE", "-1 1 INVITE", "1 2 A B"];
        RSeq { "988789" => ["988789"], } refuses ["", "x", "4294967296"];
        SessionExpires<'_> {
            "4000;refresher=uac" => ["4000;refresher=uac"],
            "1800 ; x ;Refresher=UAS" => ["1800;refresher=uas;x"],
            "90" => ["90"],
        } refuses ["", "x", "90;refresher=proxy", "4294967296", "90 90"];
        MinSe<'_> { "60" => ["60"], "90;x=y" => ["90;x=y"], } refuses ["", "-1", "60 x"];
        FlowTimer { "126" => ["126"], } refuses ["1.5"];
        MaxBreadth { "60" => ["60"], } refuses ["-1"];
        InfoPackage<'_> { "dtmf" => ["dtmf"], "x;a=b" => ["x;a=b"], } refuses ["", "a, b"];
        PEarlyMedia<'_> { "supported, sendrecv" => ["supported", "sendrecv"], } refuses ["a b"];
        RequestDisposition<'_> { "proxy, no-fork" => ["proxy", "no-fork"], } refuses ["a;b"];
        ResourcePriority<'_> { "wps.3, dsn.flash" => ["wps.3", "dsn.flash"], } refuses ["wps", "a.b.c"];
        ServiceRoute<'_> { "<sip:p1.example.com;lr>,<sip:p2>" => ["<sip:p1.example.com;lr>", "<sip:p2>"], }
            refuses ["sip:p1.example.com"];
        PPreferredIdentity<'_> { "\"C\" <sip:c@h>, tel:+49" => ["\"C\" <sip:c@h>", "<tel:+49>"], } refuses ["x"];
        PAssociatedUri<'_> { "<sip:a@h>;x" => ["<sip:a@h>;x"], } refuses ["<>"];
    }
    let rack = RAck::parse(b"776656 1 INVITE").expect("a RAck");
    assert_eq!(
        (rack.response_number, rack.number, rack.method),
        (776_656, 1, Method::Invite)
    );
}

#[test]
fn values_that_break_their_grammar_are_not_written() {
    let refused = |write: &dyn Fn(&mut MessageWriter<'_>)| {
        let mut buffer = [0; 256];
        let mut writer = MessageWriter::response(&mut buffer, StatusCode::OK, "");
        write(&mut writer);
        assert!(writer.finish().is_err());
    };
    refused(&|out| {
        out.typed(&Accept::new("a/b", "c"));
    });
    refused(&|out| {
        out.typed(&AcceptLanguage::new(""));
    });
    refused(&|out| {
        out.typed(&ContentDisposition::new("a b"));
    });
    refused(&|out| {
        out.typed(&Event::new("a\r\nX: y"));
    });
    refused(&|out| {
        out.typed(&SubscriptionState::terminated("a;b"));
    });
    refused(&|out| {
        out.typed(&Subject("a\r\nX: y"));
    });
    refused(&|out| {
        out.typed(&Warning::new(99, "h", "x"));
    });
    refused(&|out| {
        out.typed(&Warning::new(399, "h h", "x"));
    });
    refused(&|out| {
        out.typed(&Warning::new(399, "h", "x\r\ny"));
    });
    refused(&|out| {
        out.typed(&SipEtag("a b"));
    });
    refused(&|out| {
        out.typed(&RAck {
            response_number: 1,
            number: 1,
            method: Method::Other("a b"),
        });
    });
    refused(&|out| {
        let value = ResourcePriority {
            namespace: "a.b",
            priority: "c",
        };
        out.typed(&value);
    });
}

mod extensions;
