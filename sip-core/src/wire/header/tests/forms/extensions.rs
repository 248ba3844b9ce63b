//! The headers of extensions.

use super::with_field;
use crate::header::*;
use crate::uri::Uri;
use crate::{MessageWriter, ParamValue, Params, QuotedString, StatusCode};

use std::string::{String, ToString};
use std::vec::Vec;

fn read<'a, H: Header<'a>>(value: &'a str) -> H {
    H::parse(value.as_bytes()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn params(raw: &str) -> Params<'_> {
    Params::parse(raw.as_bytes()).expect(raw)
}

#[test]
fn who_takes_part() {
    forms! {
        ReplyTo<'_> {
            "Bob <sip:bob@biloxi.com>;x" => ["Bob <sip:bob@biloxi.com>;x"],
            "sip:bob@biloxi.com;x=y" => ["<sip:bob@biloxi.com>;x=y"],
        } refuses ["", "bob", "<sip:a@b>, <sip:c@d>"];
        PCalledPartyId<'_> { "\"B\" <sip:user1-business@example.com>;x" => ["\"B\" <sip:user1-business@example.com>;x"], }
            refuses ["sip:user1@example.com", "<sip:a@b>, <sip:c@d>"];
        Diversion<'_> {
            "<tel:+19195551212>;reason=user-busy;privacy=\"full\";counter=3;x, \"A, B\" <sip:a@h;user=phone>;SCREEN=no;limit=5" => [
                "<tel:+19195551212>;reason=user-busy;counter=3;privacy=\"full\";x",
                "\"A, B\" <sip:a@h;user=phone>;limit=5;screen=no"
            ],
        } refuses ["sip:a@h", "<sip:a@h>;counter=x", "<sip:a@h>;reason", "<sip:a@h>;reason=", "<sip:a@h>,"];
        RemotePartyId<'_> {
            "\"5551234\" <sip:5551234@h>;party=calling;id-type=subscriber;privacy=full;screen=yes;np=ordinary" =>
                ["\"5551234\" <sip:5551234@h>;party=calling;id-type=subscriber;privacy=full;screen=yes;np=ordinary"],
        } refuses ["\"5551234\"", "<sip:a@h>;party"];
        Privacy<'_> {
            "id" => ["id"],
            "header ; user;\r\n critical" => ["header;user;critical"],
        } refuses ["", "id,user", ";id", "id;", "id;;user", "a b"];
        PAssertedService<'_> {
            "urn:urn-7:3gpp-service.exampletelephony.version1, urn:urn-7:x.y" =>
                ["urn:urn-7:3gpp-service.exampletelephony.version1", "urn:urn-7:x.y"],
        } refuses ["sip:a@h", "urn:", "<urn:urn-7:x>", "urn:urn-7:x;y z"];
        PPreferredService<'_> { "urn:urn-7:3gpp-service.x" => ["urn:urn-7:3gpp-service.x"], } refuses ["x", "a,b"];
    }
    let diversion: Diversion<'_> = read("<tel:+1>;reason=no-answer");
    assert_eq!(
        (diversion.count(), diversion.reason),
        (1, Some(ParamValue::Token("no-answer")))
    );
    let privacy: Privacy<'_> = read("header; ID");
    assert!(privacy.contains("id") && !privacy.contains("user"));
    assert_eq!(privacy, Privacy::new("Header;id").unwrap());
    assert_ne!(privacy, Privacy::ID);
    assert_eq!(Privacy::new("id user"), None);
}

#[test]
fn transfers_and_other_dialogs() {
    forms! {
        ReferTo<'_> {
            "<sip:dave@h?Replaces=425928%40h.48%3Bto-tag%3D7743%3Bfrom-tag%3D6472>" =>
                ["<sip:dave@h?Replaces=425928%40h.48%3Bto-tag%3D7743%3Bfrom-tag%3D6472>"],
            "sip:dave@h;method=INVITE" => ["<sip:dave@h>;method=INVITE"],
        } refuses ["", "sip:a@h?x=y", "<sip:a@h>, <sip:b@h>"];
        ReferredBy<'_> {
            "\"A\" <sip:r@h>;CID=\"2UWQFN309shb3@h.example\";x" => ["\"A\" <sip:r@h>;cid=\"2UWQFN309shb3@h.example\";x"],
            "<sip:r@h>;cid=a@h" => ["<sip:r@h>;cid=\"a@h\""],
        } refuses ["r@h", "<sip:r@h>;cid", "<sip:r@h>;cid="];
        ReferSub<'_> { "FALSE;x" => ["false;x"], "true" => ["true"], } refuses ["", "no", "true false"];
        Replaces<'_> {
            "98732@sip.example.com ; from-tag=r33th4x0r;to-tag=ff87ff; early-only;x" =>
                ["98732@sip.example.com;to-tag=ff87ff;from-tag=r33th4x0r;early-only;x"],
            "a,b<c>:d;to-tag=0;from-tag=0" => ["a,b<c>:d;to-tag=0;from-tag=0"],
        } refuses ["", "a@b", "a@b;to-tag=1", "a@b;from-tag=1", "a@b;to-tag=1;from-tag=", ";to-tag=1;from-tag=2",
            "a@b;to-tag=1;from-tag=2;to-tag=3", "a b;to-tag=1;from-tag=2", "a@b;to-tag=\"1\";from-tag=2"];
        Join<'_> { "12adf2f34456gs5;to-tag=12345;from-tag=54321" => ["12adf2f34456gs5;to-tag=12345;from-tag=54321"], }
            refuses ["a;to-tag=1", "a;to-tag=1;from-tag=2 b"];
        TargetDialog<'_> { "fa77as7dad8-sd98ajzz@h;local-tag=kkaz-;remote-tag=6544" =>
            ["fa77as7dad8-sd98ajzz@h;remote-tag=6544;local-tag=kkaz-"], }
            refuses ["a;local-tag=1", "a;to-tag=1;from-tag=2"];
    }
    // The dialog that a transfer is to replace, out of the URI.
    let refer_to: ReferTo<'_> = read("<sip:d@h?Replaces=a%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>");
    let uri = refer_to.uri().as_sip().expect("a sip URI");
    let escaped = uri.headers().value("replaces").expect("a header");
    let mut buffer = [0; 64];
    let len = crate::uri::unescape_into(escaped, &mut buffer).expect("room");
    let replaces = Replaces::parse(&buffer[..len]).expect("a Replaces");
    assert_eq!(
        replaces,
        Replaces {
            params: params(";to-tag=1;from-tag=2"),
            ..Replaces::new(CallId("a@h"), "1", "2")
        }
    );
}

#[test]
fn the_network() {
    forms! {
        PAccessNetworkInfo<'_> {
            "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=23415098765;network-provided, IEEE-802.11a;i-wlan-node-id=00BB01" => [
                "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=23415098765;network-provided",
                "IEEE-802.11a;i-wlan-node-id=00BB01"
            ],
            "3GPP-GERAN; cgi-3gpp=\"2341,5\"" => ["3GPP-GERAN;cgi-3gpp=\"2341,5\""],
        } refuses [";cgi-3gpp=1", "3GPP-GERAN;cgi-3gpp", "a b"];
        PVisitedNetworkId<'_> {
            "other.net, \"Visited network, number 1\";x" => ["other.net", "\"Visited network, number 1\";x"],
        } refuses ["\"x", "a b", ";x"];
        PChargingVector<'_> {
            "icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\"; term-ioi=v;orig-ioi=home1.net;\
             icid-generated-at=192.0.6.8;transit-ioi=\"a.1,b\"" =>
                ["icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=023551024\";icid-generated-at=192.0.6.8;\
                  orig-ioi=home1.net;term-ioi=v;transit-ioi=\"a.1,b\""],
            "icid-value=1234bc" => ["icid-value=1234bc"],
        } refuses ["", "icid-value", "icid-value=", "orig-ioi=x", "icid-value=1;orig-ioi", "icid-value=1 2"];
        PChargingFunctionAddresses<'_> {
            "ccf=192.1.1.1; ccf=\"192.1.1.2\";ecf=[5555::b99], ecf-2=x" =>
                ["ccf=192.1.1.1;ccf=\"192.1.1.2\";ecf=[5555::b99]", "ecf-2=x"],
        } refuses ["ccf", "ccf=", ";ccf=1", "=1"];
        SecurityClient<'_> {
            "ipsec-ike;q=0.1,tls;q=0.20;x=\"y\"" => ["ipsec-ike;q=0.1", "tls;q=0.2;x=\"y\""],
        } refuses ["a b", "tls;q=2", "tls;q"];
        SecurityServer<'_> { "digest;d-qop=auth;d-alg=md5;q=1" => ["digest;q=1;d-qop=auth;d-alg=md5"], } refuses [";q=1"];
        SecurityVerify<'_> {
            "digest;d-ver=\"0000000000000000000000000000a100\"" => ["digest;d-ver=\"0000000000000000000000000000a100\""],
        } refuses ["\"tls\""];
        FeatureCaps<'_> {
            "*;+sip.x;+g.3gpp.srvcc=\"<sip:a@h>\", *" => ["*;+sip.x;+g.3gpp.srvcc=\"<sip:a@h>\"", "*"],
        } refuses ["+x", "*;x", "*;+", "* x"];
    }
    assert!(read::<PAccessNetworkInfo<'_>>("X;network-provided").is_network_provided());
    let addresses: PChargingFunctionAddresses<'_> = read("ccf=a;ecf=b");
    assert_eq!(
        addresses.iter().map(|param| param.name).collect::<Vec<_>>(),
        ["ccf", "ecf"]
    );
}

#[test]
fn history_and_location() {
    forms! {
        HistoryInfo<'_> {
            "<sip:bob@h?Reason=SIP%3Bcause%3D302>;index=1.1;np=1;x, <sips:c@h>;RC=1.01;index=1.1.1" => [
                "<sip:bob@h?Reason=SIP%3Bcause%3D302>;index=1.1;np=1;x",
                "<sips:c@h>;index=1.1.1;rc=1.01"
            ],
            "\"B\" <tel:+1>" => ["\"B\" <tel:+1>"],
        } refuses ["sip:b@h;index=1", "<sip:b@h>;index", "<sip:b@h>;index=1.", "<sip:b@h>;mp=x", "<sip:b@h>;np=4294967296"];
        Geolocation<'_> {
            "<cid:alice123@atlanta.example.com>, <sips:3sdefrhy2jj7@lis.example.com>;x" =>
                ["<cid:alice123@atlanta.example.com>", "<sips:3sdefrhy2jj7@lis.example.com>;x"],
        } refuses ["cid:a@h", "x <cid:a@h>", "<>"];
        GeolocationRouting<'_> { "Yes" => ["Yes"], "no" => ["no"], } refuses ["", "yes, no"];
        GeolocationError<'_> {
            "300 ; code=\"Dereference Failure\"" => ["300;code=\"Dereference Failure\""],
            "7;x" => ["7;x"],
        } refuses ["", "1000", "0300", "x", "300;code", "-1"];
        UserToUser<'_> {
            "56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar;x" =>
                ["56a390f3d2b7310023a2;purpose=foo;content=bar;encoding=hex;x"],
            "\"a, b\", 00" => ["\"a, b\"", "00"],
        } refuses [";encoding=hex", "00;encoding", "00;purpose=\"x\"", "a b"];
        SessionId<'_> {
            "ab30317f1a784dc48ff824d0d3715d86;remote=47755A9DE7794BA387653F2099600EF2;x" =>
                ["ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2;x"],
            "ab30317f1a784dc48ff824d0d3715d86" => ["ab30317f1a784dc48ff824d0d3715d86"],
        } refuses ["", "ab30317f-1a78-4dc4-8ff8-24d0d3715d86", "ab30317f1a784dc48ff824d0d3715d8", "ab30317f1a784dc48ff824d0d3715d866",
            "zb30317f1a784dc48ff824d0d3715d86", "ab30317f1a784dc48ff824d0d3715d86;remote=0",
            "ab30317f1a784dc48ff824d0d3715d86,ab30317f1a784dc48ff824d0d3715d86"];
        ContentId<'_> { "<alice123@atlanta.example.com>" => ["<alice123@atlanta.example.com>"], }
            refuses ["", "a@h", "<>", "<a@h", "<a@h> x", "<a b>"];
        ContentTransferEncoding<'_> { "Base64" => ["Base64"], } refuses ["", "a b", "8bit, binary"];
        AnswerMode<'_> { "Auto;x;Require" => ["Auto;require;x"], "Manual" => ["Manual"], } refuses ["", "a, b", ";require"];
        PrivAnswerMode<'_> { "Auto;require" => ["Auto;require"], } refuses ["", "a b"];
    }
    let entry: HistoryInfo<'_> = read(
        "<sip:b@h?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%2C%20here%22%2CQ.850%3Bcause%3D17&Privacy=history>;index=1.2",
    );
    let mut buffer = [0; 128];
    let reason = entry.reason(&mut buffer).expect("a reason");
    assert_eq!(
        (reason.cause, reason.text),
        (Some(486), Some(QuotedString::new("Busy, here")))
    );
    assert_eq!(entry.reason(&mut [0; 8]), None);
    assert!(entry.is_private());
    assert!(!read::<HistoryInfo<'_>>("<sip:b@h?Privacy=none>").is_private());
    let index = |text| HistoryIndex::parse(text).expect(text);
    assert!(
        index("1.2").is_parent_of(&index("1.2.1")) && !index("1.2").is_parent_of(&index("1.3.1"))
    );
    assert!(index("1.2") < index("1.10") && index("1") < index("1.1"));
    let id: ContentId<'_> = read("<a%b@h>");
    assert!(
        id.is_meant_by(&Uri::parse("CID:a%25b@h").unwrap())
            && !id.is_meant_by(&Uri::parse("cid:x@h").unwrap())
    );
    assert!(
        read::<SessionId<'_>>("00000000000000000000000000000000")
            .local
            .is_nil()
    );
    let mut octets = [0; 4];
    let uui: UserToUser<'_> = read("04fF10;encoding=HEX");
    assert_eq!(
        (uui.hex_into(&mut octets), octets),
        (Some(Ok(3)), [4, 255, 16, 0])
    );
    assert_eq!(uui.hex_into(&mut octets[..2]), Some(Err(3)));
    for other in ["04f;encoding=hex", "04;encoding=x", "zz"] {
        assert_eq!(
            read::<UserToUser<'_>>(other).hex_into(&mut octets),
            None,
            "{other}"
        );
    }
}

#[test]
fn identities() {
    forms! {
        Identity<'_> {
            "eyJ.eyJ.s-_;info=<https://c.example/p.cer>; ppt=\"shaken\" ;alg=ES256;x" =>
                ["eyJ.eyJ.s-_;info=<https://c.example/p.cer>;alg=ES256;ppt=\"shaken\";x"],
            "..sv5CTo05;info=<https://c.example/p,q;r.cer>" => ["..sv5CTo05;info=<https://c.example/p,q;r.cer>"],
        } refuses ["", "\"CyI4+nAkHrH\"", "a.b.c", "a.b.c;alg=ES256", "a.b.c;info=x", "a.b.c;info=<x>", "a.b.c;info=<https://x",
            "a.b.c;info=<https://x>;alg", ";info=<https://x>", "a.b.c;info=\"A\" <https://x>"];
    }
    // Several header fields, each a value.
    let count = with_field(
        "Identity",
        "..a;info=<https://x>\r\ny: ..b;info=<https://x>",
        |message| {
            message
                .typed_all::<Identity<'_>>()
                .filter(Result::is_ok)
                .count()
        },
    );
    assert_eq!(count, 2);
    let full: Identity<'_> = read("a.b.c;info=<https://x>");
    assert_eq!(
        (full.parts(), full.is_compact()),
        (Some(["a", "b", "c"]), false)
    );
    let compact: Identity<'_> = read("..c;info=<https://x>");
    assert_eq!(
        (compact.parts(), compact.is_compact()),
        (Some(["", "", "c"]), true)
    );
    assert_eq!(read::<Identity<'_>>("abc;info=<https://x>").parts(), None);
}

#[test]
fn what_callers_prefer() {
    forms! {
        AcceptContact<'_> {
            "*;audio;require;methods=\"INVITE,BYE\", *;video;explicit;x=y" =>
                ["*;audio;methods=\"INVITE,BYE\";require", "*;video;x=y;explicit"],
            "*" => ["*"],
        } refuses ["audio", "*audio", "<sip:a@h>", "* x"];
        RejectContact<'_> { "* ;actor=\"msg-taker\";video" => ["*;actor=\"msg-taker\";video"], } refuses ["**"];
    }
    let contact = |value: &'static str| *read::<Contact<'_>>(value).address().expect("an address");
    // The example of RFC 3841 section 7.2.5, with the lists of its predicates.
    let u1 = contact("<sip:u1@h>;audio;video;methods=\"INVITE,BYE\";q=0.2");
    let u2 = contact("<sip:u2@h>;audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\";q=0.2");
    let u3 = contact("<sip:u3@h>;audio;actor=\"msg-taker\";methods=\"INVITE\";video;q=0.3");
    let u4 = contact("<sip:u4@h>;audio;methods=\"INVITE,OPTIONS\";q=0.2");
    let u5 = contact("<sip:u5@h>;q=0.5");
    let reject: RejectContact<'_> = read("*;actor=\"msg-taker\";video");
    assert_eq!(
        [u1, u2, u3, u4, u5].map(|contact| reject.rejects(&contact)),
        [false, false, true, false, false]
    );
    let score = |thousandths| Preference::Score(Q::from_thousandths(thousandths).unwrap());
    let audio: AcceptContact<'_> = read("*;audio;require");
    let rated = [u1, u2, u4, u5].map(|contact| audio.rate(&contact));
    assert_eq!(
        rated,
        [score(1000), Preference::Excluded, score(1000), score(0)]
    );
    let video: AcceptContact<'_> = read("*;video;explicit");
    assert_eq!(
        [u1, u4].map(|contact| video.rate(&contact)),
        [score(1000), score(0)]
    );
    let methods: AcceptContact<'_> = read("*;methods=\"BYE\";class=\"business\";q=1.0");
    assert_eq!(
        [u1, u4].map(|contact| methods.rate(&contact)),
        [score(500), Preference::Unmatched]
    );
    let overall =
        |contact| Preference::overall([audio, video, methods].map(|value| value.rate(&contact)));
    assert_eq!(
        [u1, u2, u4].map(overall),
        [score(833), Preference::Excluded, score(500)]
    );
    assert_eq!(Preference::overall([]), Preference::Unmatched);
    // More than anybody means: the work is bounded.
    let many = |count| {
        (0..count)
            .map(|tag| std::format!(";+t{tag}"))
            .collect::<String>()
    };
    let [few, more] = [64, 65].map(|count| std::format!("*{}", many(count)));
    let able = std::format!("<sip:a@h>{}", many(64));
    let able: Contact<'_> = read(&able);
    let able = able.address().expect("an address");
    let [few, more] = [&*few, &*more].map(read::<RejectContact<'_>>);
    assert_eq!((few.rejects(able), more.rejects(able)), (true, false));
    assert_eq!(
        Preference::overall([Preference::Unmatched]),
        Preference::Unmatched
    );
}

#[test]
fn features_are_read_and_compared() {
    let params = params(
        ";audio;q=0.5;methods=\"INVITE, !BYE\";+sip.priority=\"#>=1.5,#=-2,#1:3,!#<=+4.000001\";mobility=\"FALSE\";\
         +sip.instance=\"<urn:uuid:A;b>\";class=business;description=\"<a\";duplex=\"a b\";+x=\"#9:1\";expires=1",
    );
    let features: Vec<_> = params
        .iter()
        .filter_map(|param| Feature::of(&param))
        .collect();
    let tags: Vec<_> = features.iter().map(|feature| feature.tag).collect();
    assert_eq!(
        tags,
        [
            "audio",
            "methods",
            "+sip.priority",
            "mobility",
            "+sip.instance"
        ]
    );
    assert_eq!(features[0].value, FeatureValue::Present);
    assert_eq!(features[4].value, FeatureValue::Text("urn:uuid:A;b"));
    let FeatureValue::OneOf(terms) = features[2].value else {
        panic!("{:?}", features[2]);
    };
    let millionths = |number| Some(FeatureNumber::from_millionths(number));
    assert_eq!(
        terms
            .iter()
            .map(|term| (term.negated, term.value))
            .collect::<Vec<_>>(),
        [
            (false, TermValue::Range(millionths(1_500_000), None)),
            (
                false,
                TermValue::Range(millionths(-2_000_000), millionths(-2_000_000))
            ),
            (
                false,
                TermValue::Range(millionths(1_000_000), millionths(3_000_000))
            ),
            (true, TermValue::Range(None, millionths(4_000_001))),
        ]
    );
    for (left, right, overlap) in [
        ("", "=\"TRUE\"", true),
        ("", "=\"FALSE\"", false),
        ("=\"a,B\"", "=\"b\"", true),
        ("=\"!a\"", "=\"a\"", false),
        ("=\"!a\"", "=\"a,b\"", true),
        ("=\"!a\"", "=\"!b\"", true),
        ("=\"#1:5\"", "=\"#5\"", true),
        ("=\"#>=5.1\"", "=\"#<=5\"", false),
        ("=\"#>=5\"", "=\"#>=9\"", true),
        ("=\"<a>\"", "=\"<a>\"", true),
        ("=\"<a>\"", "=\"<A>\"", false),
        ("=\"<a>\"", "=\"a\"", false),
    ] {
        let of = |value: &str, text: &mut String| {
            *text = std::format!(";+x{value}");
        };
        let (mut first, mut second) = Default::default();
        of(left, &mut first);
        of(right, &mut second);
        let feature = |text: &str, then: &mut dyn FnMut(Feature<'_>)| {
            let params = Params::parse(text.as_bytes()).expect(text);
            then(Feature::of(&params.iter().next().expect("one")).expect(text));
        };
        feature(&first, &mut |first| {
            feature(&second, &mut |second| {
                assert_eq!(first.overlaps(&second), overlap, "{first:?} {second:?}");
                assert_eq!(second.overlaps(&first), overlap, "{second:?} {first:?}");
            });
        });
    }
}

#[test]
fn flows_and_gruus() {
    let contact = "<sip:a@192.0.2.1;transport=tcp;ob>;reg-id=2;+sip.instance=\"<urn:uuid:0-1>\";\
                   pub-gruu=\"sip:a@h;gr=urn:uuid:0-1\";temp-gruu=\"sip:tgruu.7@h;gr\";temp-gruu-cookie=\"x\";audio";
    let contact: Contact<'_> = read(contact);
    let address = contact.address().expect("an address");
    assert_eq!(
        (address.reg_id(), address.instance()),
        (Some(2), Some("urn:uuid:0-1"))
    );
    assert_eq!(address.temp_gruu_cookie(), Some("x"));
    // 1 to 2^31 - 1 (RFC 5626 section 10).
    let reg_ids = ["0", "2147483647", "2147483648", "x"].map(|id| {
        let value = std::format!("<sip:a@h>;reg-id={id}");
        let contact: Contact<'_> = read(&value);
        contact.address().and_then(ContactAddress::reg_id)
    });
    assert_eq!(reg_ids, [None, Some(2_147_483_647), None, None]);
    assert_eq!(address.features().count(), 2);
    assert!(
        address
            .address
            .uri
            .as_sip()
            .is_some_and(|uri| uri.is_outbound() && !uri.is_gruu())
    );
    let sip = |text: Option<&'static str>| {
        *Uri::parse(text.expect("a URI"))
            .expect("a URI")
            .as_sip()
            .expect("sip")
    };
    let public = sip(Some("sip:a@h;gr=urn:uuid:0-1"));
    assert_eq!(address.pub_gruu(), Some(public.as_str()));
    assert_eq!(public.gr().and_then(|gr| gr.value), Some("urn:uuid:0-1"));
    let temporary = sip(Some("sip:tgruu.7@h;gr"));
    assert_eq!(address.temp_gruu(), Some(temporary.as_str()));
    assert!(temporary.is_gruu() && temporary.gr().is_some_and(|gr| gr.value.is_none()));

    let contact: Contact<'_> = read(
        "<sip:a@10.0.0.5:1234;transport=tls>;expires=7200;+sip.instance=\"<urn:uuid:0-2>\";\
         gruu=\"sip:a@h;opaque=user:epid:Pb8BAVyo61SPP3VhLDz0tgAA;gruu\"",
    );
    let gruu = contact.address().and_then(ContactAddress::pub_gruu);
    let uri = sip(Some(
        "sip:a@h;opaque=user:epid:Pb8BAVyo61SPP3VhLDz0tgAA;gruu",
    ));
    assert_eq!(gruu, Some(uri.as_str()));
    assert!(uri.is_gruu() && uri.gr().is_none());
    assert_eq!(uri.opaque(), Some("user:epid:Pb8BAVyo61SPP3VhLDz0tgAA"));
}

/// Where the grammar has `[value *(COMMA value)]`, the header field alone says: none.
#[test]
fn lists_may_be_empty() {
    let bytes = b"SIP/2.0 200 OK\r\nP-Early-Media:\r\nRecv-Info: \r\nAccept-Resource-Priority:\r\n\
        P-Associated-URI:\r\nAllow:\r\nSupported:\r\nAccept:\r\nAccept-Encoding:\r\nAccept-Language:\r\n\r\n";
    let mut index = [crate::HeaderSpan::default(); 16];
    let message = crate::Message::parse(bytes, &mut index).expect("a message");
    let counts = [
        message.typed_all::<PEarlyMedia<'_>>().count(),
        message.typed_all::<RecvInfo<'_>>().count(),
        message.typed_all::<AcceptResourcePriority<'_>>().count(),
        message.typed_all::<PAssociatedUri<'_>>().count(),
        message.typed_all::<Allow<'_>>().count(),
        message.typed_all::<Supported<'_>>().count(),
        message.typed_all::<Accept<'_>>().count(),
        message.typed_all::<AcceptEncoding<'_>>().count(),
        message.typed_all::<AcceptLanguage<'_>>().count(),
    ];
    assert_eq!(counts, [0; 9]);
}

#[test]
fn values_that_break_their_grammar_are_not_written() {
    fn refused<'a, H: Header<'a> + crate::Encode>(value: H) {
        let mut buffer = [0; 256];
        let written = MessageWriter::response(&mut buffer, StatusCode::OK, "")
            .typed(&value)
            .finish();
        assert!(written.is_err(), "{}", H::NAME);
    }
    let uri = Uri::parse("sip:a@h").expect("a URI");
    let urn = *Uri::parse("urn:urn-7:a,b")
        .expect("a URN")
        .as_urn()
        .expect("a URN");
    refused(Diversion {
        reason: Some(ParamValue::Token("a;b")),
        ..Diversion::new(uri)
    });
    refused(ReferredBy {
        cid: Some(QuotedString::new("a\r\nX: y")),
        ..ReferredBy::new(uri)
    });
    refused(Replaces::new(CallId("a;b"), "1", "2"));
    refused(Replaces::new(CallId("a"), "", "2"));
    refused(Join::new(CallId("a b"), "1", "2"));
    refused(TargetDialog::new(CallId("a"), "1", "2;x"));
    refused(PAssertedService(urn));
    refused(PAccessNetworkInfo::new(""));
    refused(PVisitedNetworkId::new(ParamValue::Token("a b")));
    refused(PChargingVector {
        orig_ioi: Some(ParamValue::Token("a,b")),
        ..PChargingVector::new("x")
    });
    refused(PChargingFunctionAddresses::new(
        "a b",
        ParamValue::Token("x"),
    ));
    refused(SecurityClient::new("a b"));
    refused(FeatureCaps::new(params(";x")));
    refused(GeolocationError::new(1000));
    refused(GeolocationRouting("a b"));
    refused(UserToUser {
        purpose: Some(""),
        ..UserToUser::new(ParamValue::Token("00"))
    });
    refused(ContentId("a>b"));
    refused(ContentTransferEncoding(""));
    refused(AnswerMode::new("a;b"));
    refused(Identity::new("a\r\nb", uri));
    refused(Identity {
        algorithm: Some(ParamValue::Token("a b")),
        ..Identity::new("a.b.c", uri)
    });
}
