//! The torture messages of RFC 4475 and RFC 5118, each with what becomes of it.
#![allow(
    elided_lifetimes_in_paths,
    reason = "a macro names types with and without a lifetime alike"
)]

use std::fs;

#[macro_use]
#[path = "headers/every.rs"]
mod every;
#[path = "torture/judge.rs"]
mod judge;

use judge::{PROFILES, folder};
use trunkline_sip_core::header::{self, *};
use trunkline_sip_core::uri::{Uri, unescape};
use trunkline_sip_core::{
    HeaderError, HeaderName, HeaderSpan, Host, Message, Method, ParseError, Rejection, Rules,
    StatusCode, Transport, validate,
};

/// What STRICT, DEFAULT and TOLERANT make of a message, and what an element does: an endpoint, and where the RFC
/// tells it apart a proxy, or a registrar with passwords.
type Expected = (&'static str, [&'static str; 3], &'static [&'static str]);

const RFC_4475: [Expected; 49] = [
    // STRICT wants a branch of RFC 3261, which the top Via has not.
    ("TC_WSINV.dat", ["400", "ok", "ok"], &["ok"]),
    // 501 or 405: the method is none that is known, and 405 is for known ones (RFC 3261 section 8.2.1).
    (
        "TC_INTMETH.dat",
        ["ok", "ok", "ok"],
        &["501 Not Implemented", "forward"],
    ),
    ("TC_ESC01_V.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_ESCNULL_V.dat", ["ok", "ok", "ok"], &["ok"]),
    // 501 or 405, likewise. Nobody takes `RE%47IST%45R` for REGISTER.
    (
        "TC_ESC02_V.dat",
        ["ok", "ok", "ok"],
        &["501 Not Implemented"],
    ),
    ("TC_LWSDISP_V.dat", ["ok", "ok", "ok"], &["ok"]),
    // The branch, again.
    ("TC_LONGREQ_V.dat", ["400", "ok", "ok"], &["ok"]),
    ("TC_DBLREQ.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_SEMIURI_V.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_TRANSPORTS_V.dat", ["ok", "ok", "ok"], &["ok"]),
    // 200 or 415: multipart/mixed is understood.
    ("TC_MPART01.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_UNREASON_V.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_NOREASON_V.dat", ["ok", "ok", "ok"], &["ok"]),
    (
        "TC_BADINV01_I.dat",
        ["400", "400", "400"],
        &["400 Malformed Via"],
    ),
    (
        "TC_CLERR_I.dat",
        ["400", "400", "400"],
        &["400 Body Shorter Than Content-Length"],
    ),
    (
        "TC_NCL_I.dat",
        ["400", "400", "400"],
        &["400 Bad Content-Length"],
    ),
    // The overlarge Max-Forwards alone might be ignored; the overlarge CSeq may not.
    (
        "TC_SCALAR02_V.dat",
        ["400", "400", "400"],
        &["400 Malformed CSeq"],
    ),
    ("TC_SCALARLG_V.dat", ["drop", "drop", "drop"], &["drop"]),
    // Refused by all: where the missing quote belongs is a guess.
    (
        "TC_QUOTBAL_I.dat",
        ["400", "400", "400"],
        &["400 Malformed To"],
    ),
    // Refused by all: whoever ignored the brackets would send them on.
    (
        "TC_LTGTRURI_I.dat",
        ["400", "400", "400"],
        &["400 Malformed Request-URI"],
    ),
    // Refused by all: two readers may ignore the space in two ways.
    (
        "TC_LWSRURI_I.dat",
        ["400", "400", "400"],
        &["400 Malformed Request-URI"],
    ),
    // Passed over by who asks for it; a proxy then writes the line anew.
    (
        "TC_LWSSTART_V.dat",
        ["400", "400", "ok"],
        &["400 Malformed Request-Line"],
    ),
    // Likewise.
    (
        "TC_TRWS_I.dat",
        ["400", "400", "ok"],
        &["400 Malformed Request-Line"],
    ),
    // Likewise. The escaped header fields are ignored.
    (
        "TC_ESCRURI_V.dat",
        ["400", "400", "ok"],
        &["400 Headers in Request-URI"],
    ),
    // The RFC permits ignoring a Date. Nothing depends on it, so only STRICT refuses.
    ("TC_BADDATE_V.dat", ["400", "ok", "ok"], &["ok"]),
    // Refused by all: in this message alone the brackets could go nowhere else.
    (
        "TC_REGBADCT_I.dat",
        ["400", "400", "400"],
        &["400 Malformed Contact"],
    ),
    // Refused by all: a URI with spaces is another to the next element.
    (
        "TC_BADASPEC_I.dat",
        ["400", "400", "400"],
        &["400 Malformed To"],
    ),
    // Refused by all: the name could not be sent on as it is.
    (
        "TC_BADDN_I.dat",
        ["400", "400", "400"],
        &["400 Malformed From"],
    ),
    (
        "TC_BADVERS_V.dat",
        ["505", "505", "505"],
        &["505 Version Not Supported"],
    ),
    (
        "TC_MISMATCH01_V.dat",
        ["400", "400", "400"],
        &["400 CSeq Method Mismatch"],
    ),
    // 501 or 400: whether the message contradicts itself is asked before what it wants.
    (
        "TC_MISMATCH02_V.dat",
        ["400", "400", "400"],
        &["400 CSeq Method Mismatch"],
    ),
    ("TC_BIGCODE_V.dat", ["drop", "drop", "drop"], &["drop"]),
    // STRICT takes the lone cookie for no branch.
    ("TC_BADBRANCH_V.dat", ["400", "ok", "ok"], &["ok"]),
    (
        "TC_INSUF_I.dat",
        ["400", "400", "400"],
        &["400 Missing From"],
    ),
    (
        "TC_UNKSCM_V.dat",
        ["416", "416", "416"],
        &["416 Unsupported URI Scheme"],
    ),
    // soap.beep is known, and is no scheme to route by.
    (
        "TC_NOVELSC_V.dat",
        ["416", "416", "416"],
        &["416 Unsupported URI Scheme"],
    ),
    (
        "TC_UNKSM2_V.dat",
        ["ok", "ok", "ok"],
        &["400 To Is No SIP URI", "forward"],
    ),
    (
        "TC_BEXT01_V.dat",
        ["ok", "ok", "ok"],
        &[
            "420 Bad Extension, Unsupported: nothingSupportsThis, nothingSupportsThisEither",
            "420 Bad Extension, Unsupported: noProxiesSupportThis, norDoAnyProxiesSupportThis",
        ],
    ),
    (
        "TC_INVUT_V.dat",
        ["ok", "ok", "ok"],
        &["415 Unsupported Media Type, Accept: application/sdp, text/plain, multipart/mixed"],
    ),
    // 401 or 200, as the registrar has passwords or not.
    (
        "TC_REGAUT01_V.dat",
        ["ok", "ok", "ok"],
        &[
            "ok",
            "401 Unauthorized, WWW-Authenticate: Digest realm=\"example.com\"",
        ],
    ),
    (
        "TC_MULTI01_I.dat",
        ["400", "400", "400"],
        &["400 Multiple CSeq"],
    ),
    (
        "TC_MCL01_I.dat",
        ["400", "400", "400"],
        &["400 Bad Content-Length"],
    ),
    // An endpoint discards what has two Via (RFC 3261 section 8.1.3.3), a proxy what would go to everybody.
    ("TC_BCAST_V.dat", ["ok", "ok", "ok"], &["drop", "drop"]),
    (
        "TC_ZEROMF_V.dat",
        ["ok", "ok", "ok"],
        &["ok", "483 Too Many Hops"],
    ),
    ("TC_CPARAM01_V.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_CPARAM02_V.dat", ["ok", "ok", "ok"], &["ok"]),
    ("TC_REGESCRT_V.dat", ["ok", "ok", "ok"], &["ok"]),
    (
        "TC_SDP01_V.dat",
        ["ok", "ok", "ok"],
        &["406 Not Acceptable"],
    ),
    // No branch, tag, Max-Forwards and Content-Length: STRICT alone insists on them.
    ("TC_INV2543_I.dat", ["400", "ok", "ok"], &["ok"]),
];

const RFC_5118: [Expected; 12] = [
    ("ipv6-good.dat", ["ok", "ok", "ok"], &["ok"]),
    (
        "ipv6-bad.dat",
        ["400", "400", "400"],
        &["400 Malformed Request-URI"],
    ),
    ("port-ambiguous.dat", ["ok", "ok", "ok"], &["ok"]),
    ("port-unambiguous.dat", ["ok", "ok", "ok"], &["ok"]),
    // The grammar knows no brackets here; RFC 5118 wants them read.
    (
        "via-received-param-with-delim.dat",
        ["ok", "ok", "ok"],
        &["ok"],
    ),
    (
        "via-received-param-no-delim.dat",
        ["ok", "ok", "ok"],
        &["ok"],
    ),
    ("ipv6-in-sdp.dat", ["ok", "ok", "ok"], &["ok"]),
    ("mult-ip-in-header.dat", ["ok", "ok", "ok"], &["ok"]),
    ("mult-ip-in-sdp.dat", ["ok", "ok", "ok"], &["ok"]),
    ("ipv4-mapped-ipv6.dat", ["ok", "ok", "ok"], &["ok"]),
    (
        "ipv6-correct-abnf-2-colons.dat",
        ["ok", "ok", "ok"],
        &["ok"],
    ),
    // 200 or 400: RFC 5118 advises to accept what the grammar of RFC 3261 had by mistake.
    ("ipv6-bug-abnf-3-colons.dat", ["ok", "ok", "ok"], &["ok"]),
];

fn expected() -> impl Iterator<Item = &'static Expected> {
    RFC_4475.iter().chain(&RFC_5118)
}

/// The files of both suites that DEFAULT accepts.
fn accepted() -> impl Iterator<Item = &'static str> {
    expected()
        .filter(|(_, [_, default, _], _)| *default == "ok")
        .map(|(file, ..)| *file)
}

fn read(file: &str) -> Vec<u8> {
    ["rfc4475", "rfc5118", "messages"]
        .iter()
        .find_map(|name| fs::read(folder(name).join(file)).ok())
        .unwrap_or_else(|| panic!("{file} is missing"))
}

#[test]
fn every_torture_message_has_its_outcome() {
    let rows = judge::rows();
    assert_eq!(rows.len(), 61);
    for (row, (file, profiles, answers)) in rows.iter().zip(expected()) {
        assert_eq!(row.file, *file);
        let bytes = row.read();
        for ((name, rules), expected) in PROFILES.iter().zip(profiles) {
            let outcome = judge::validated(&bytes, rules).to_string();
            let status = outcome.split(' ').next();
            assert_eq!(status, Some(*expected), "{file} under {name}: {outcome}");
        }
        let outcomes = row
            .elements()
            .into_iter()
            .map(|element| element.receives(&bytes));
        let outcomes: Vec<String> = outcomes.map(|outcome| outcome.to_string()).collect();
        assert_eq!(outcomes, *answers, "{file}, {} {}", row.section, row.title);
    }
}

/// No message is left out, and nothing is done that `INDEX.tsv` does not permit.
#[test]
fn the_outcomes_are_those_of_the_rfcs() {
    for (name, count) in [("rfc4475", 49), ("rfc5118", 12)] {
        let files = fs::read_dir(folder(name)).expect("vectors");
        let messages = files.filter(|file| {
            file.as_ref()
                .is_ok_and(|file| file.path().extension().is_some_and(|ext| ext == "dat"))
        });
        assert_eq!(messages.count(), count, "{name}");
    }
    for row in judge::rows() {
        assert_eq!(row.violation(), None, "{}", row.file);
    }
}

/// Every typed reader over every value, whatever it finds.
fn read_everything(message: &Message<'_>) -> Vec<HeaderError> {
    let mut errors = Vec::new();
    macro_rules! read_all {
        ($($header:ident)*) => {
            $(errors.extend(message.typed_all::<header::$header>().filter_map(Result::err));)*
        };
    }
    every_header!(read_all!());
    errors
}

#[test]
fn typed_headers_of_all_accepted_messages_can_be_read() {
    let own = [
        "ack.sip",
        "invite.sip",
        "lync.sip",
        "ok200.sip",
        "options.sip",
        "register.sip",
    ];
    for file in accepted().chain(own) {
        let bytes = read(file);
        let mut index = [HeaderSpan::default(); 64];
        let message =
            Message::parse(&bytes, &mut index).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(validate(&message, &Rules::DEFAULT), Ok(()), "{file}");
        let errors: Vec<_> = read_everything(&message)
            .into_iter()
            .map(HeaderError::name)
            .collect();
        // Values that are meant to be no such ones.
        let expected: &[HeaderName<'_>] = match file {
            // The Identity of RFC 4474, which RFC 8224 has taken the place of.
            "TC_MPART01.dat" => &[HeaderName::Identity],
            "TC_BADDATE_V.dat" => &[HeaderName::Date],
            _ => &[],
        };
        assert_eq!(errors, expected, "{file}");
    }
}

fn with<R>(file: &str, test: impl FnOnce(&Message<'_>) -> R) -> R {
    let bytes = read(file);
    let mut index = [HeaderSpan::default(); 64];
    let message =
        Message::parse(&bytes, &mut index).unwrap_or_else(|error| panic!("{file}: {error}"));
    test(&message)
}

#[test]
fn the_short_tortuous_invite_is_understood() {
    with("TC_WSINV.dat", |message| {
        assert_eq!(message.method(), Some(Method::Invite));
        assert_eq!(
            message.require::<To<'_>>().unwrap().tag,
            Some("1918181833n")
        );
        let from = message.require::<From<'_>>().unwrap();
        assert_eq!(from.tag, Some("98asjd8"));
        let mut name = [0; 32];
        let len = from
            .address
            .display_name
            .unwrap()
            .unescape_into(&mut name)
            .unwrap();
        assert_eq!(&name[..len], br#"J Rosenberg \""#);
        assert_eq!(message.require::<MaxForwards>().unwrap(), MaxForwards(68));
        let cseq = message.require::<CSeq<'_>>().unwrap();
        assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
        let vias: Vec<Via<'_>> = message.typed_all().map(Result::unwrap).collect();
        let [first, second, third] = vias[..] else {
            panic!("{vias:?}")
        };
        assert_eq!(first.transport, Transport::Udp);
        assert_eq!(
            (first.branch, first.transaction_id()),
            (Some("390skdjuw"), None)
        );
        assert_eq!(second.transport, Transport::Tcp);
        assert_eq!(second.sent_by.host, Host::Name("spindle.example.com"));
        assert_eq!(second.transaction_id(), Some("9ikj8"));
        assert_eq!(third.sent_by.host, Host::parse("192.168.255.111").unwrap());
        let Contact::Address(contact) = message.require().unwrap() else {
            panic!()
        };
        assert_eq!(contact.q.map(|q| q.thousandths()), Some(330));
        assert_eq!(contact.address.params.value("newparam"), Some("newvalue"));
        assert!(contact.address.params.contains("secondparam"));
        assert!(message.require::<Route<'_>>().unwrap().is_loose_router());
        assert_eq!(message.header("s").unwrap().value(), b"");
        let folded = message.header("newfangledheader").unwrap();
        assert_eq!(
            folded.value(),
            b"newfangled value\r\n continued newfangled value"
        );
        assert_eq!(
            message
                .header("UnknownHeaderWithUnusualValue")
                .unwrap()
                .value(),
            b";;,,;;,;"
        );
        assert_eq!(message.body().len(), 150);
    });
}

#[test]
fn unusual_characters_survive() {
    with("TC_INTMETH.dat", |message| {
        let method = "!interesting-Method0123456789_*+`.%indeed'~";
        assert_eq!(message.method(), Some(Method::Other(method)));
        assert_eq!(
            message.require::<CSeq<'_>>().unwrap().method,
            Method::Other(method)
        );
        let Ok(Uri::Sip(uri)) = Uri::parse(message.request_uri().unwrap()) else {
            panic!()
        };
        assert_eq!(
            uri.password(),
            Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
        );
        let from = message.require::<From<'_>>().unwrap();
        assert_eq!(from.tag, Some("_token~1'+`*%!-."));
        assert_eq!(
            from.address
                .params
                .value("fromParam''~+*_!.-%")
                .unwrap()
                .chars()
                .count(),
            10
        );
        assert_eq!(
            from.address.display_name.unwrap().as_str(),
            Some("token1~` token2'+_ token3*%!.-")
        );
        assert_eq!(
            message.require::<CallId<'_>>().unwrap().0,
            "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
        );
        assert_eq!(
            message
                .header("extensionHeader-!.%*+_`'~")
                .unwrap()
                .value()
                .len(),
            12
        );
    });
    with("TC_ESCNULL_V.dat", |message| {
        let users: Vec<Vec<u8>> = message
            .typed_all::<Contact<'_>>()
            .map(|contact| match contact.unwrap().uri() {
                Some(Uri::Sip(uri)) => unescape(uri.user().unwrap()).collect(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(users, [vec![0], vec![0, 0]]);
    });
    with("TC_ESC01_V.dat", |message| {
        let Contact::Address(contact) = message.require().unwrap() else {
            panic!()
        };
        assert!(
            contact.address.uri.as_sip().unwrap().is_loose_router(),
            "%6C%72 is lr"
        );
    });
    with("TC_ESC02_V.dat", |message| {
        assert_eq!(message.method(), Some(Method::Other("RE%47IST%45R")));
        assert_eq!(
            message.typed_all::<Contact<'_>>().count(),
            2,
            "C%6Fntact is another header"
        );
    });
}

#[test]
fn octets_after_the_body_do_not_belong_to_the_message() {
    let bytes = read("TC_DBLREQ.dat");
    with("TC_DBLREQ.dat", |message| {
        assert_eq!(message.method(), Some(Method::Register));
        assert_eq!(message.body(), b"");
        assert!(message.as_bytes().len() < bytes.len());
    });
    with("TC_LONGREQ_V.dat", |message| {
        assert_eq!(message.typed_all::<Via<'_>>().count(), 34);
        assert_eq!(message.body().len(), 150);
    });
}

#[test]
fn parameters_belong_where_the_brackets_put_them() {
    with("TC_CPARAM01_V.dat", |message| {
        let Contact::Address(contact) = message.require().unwrap() else {
            panic!()
        };
        assert!(contact.address.params.contains("unknownparam"));
        assert!(contact.address.uri.as_sip().unwrap().params().is_empty());
    });
    with("TC_CPARAM02_V.dat", |message| {
        let Contact::Address(contact) = message.require().unwrap() else {
            panic!()
        };
        assert!(contact.address.params.is_empty());
        assert!(
            contact
                .address
                .uri
                .as_sip()
                .unwrap()
                .params()
                .contains("unknownparam")
        );
    });
    with("TC_REGESCRT_V.dat", |message| {
        let Contact::Address(contact) = message.require().unwrap() else {
            panic!()
        };
        assert_eq!(
            contact
                .address
                .uri
                .as_sip()
                .unwrap()
                .headers()
                .value("route"),
            Some("%3Csip:sip.example.com%3E")
        );
    });
}

#[test]
fn ipv6_hosts_and_ports_are_told_apart() {
    let uri = |file: &str| {
        with(file, |message| {
            match Uri::parse(message.request_uri().unwrap()) {
                Ok(Uri::Sip(uri)) => (uri.host().to_string(), uri.port()),
                other => panic!("{other:?}"),
            }
        })
    };
    assert_eq!(
        uri("port-ambiguous.dat"),
        ("[2001:db8::10:5070]".into(), None)
    );
    assert_eq!(
        uri("port-unambiguous.dat"),
        ("[2001:db8::10]".into(), Some(5070))
    );
    assert_eq!(
        uri("ipv6-bug-abnf-3-colons.dat"),
        uri("ipv6-correct-abnf-2-colons.dat")
    );
    let received: Vec<_> = [
        "via-received-param-with-delim.dat",
        "via-received-param-no-delim.dat",
    ]
    .map(|file| {
        with(file, |message| {
            message.require::<Via<'_>>().unwrap().received
        })
    })
    .into();
    assert_eq!(received, [Some("2001:db8::9:255".parse().unwrap()); 2]);
}

#[test]
fn branches_without_an_identifier_identify_nothing() {
    with("TC_BADBRANCH_V.dat", |message| {
        let via = message.require::<Via<'_>>().unwrap();
        assert_eq!((via.branch, via.transaction_id()), (Some("z9hG4bK"), None));
    });
}

#[test]
fn rejections_say_where_and_why() {
    let rejection = |file: &str| {
        with(file, |message| {
            validate(message, &Rules::DEFAULT).unwrap_err()
        })
    };
    assert_eq!(
        rejection("TC_MISMATCH01_V.dat"),
        Rejection::Answer {
            status: StatusCode::BAD_REQUEST,
            reason: "CSeq Method Mismatch",
            header: Some(HeaderName::CSeq),
            offset: 163,
        }
    );
    assert_eq!(rejection("TC_SCALARLG_V.dat").reason(), "Malformed CSeq");
    assert_eq!(rejection("TC_INSUF_I.dat").reason(), "Missing From");
    assert_eq!(rejection("TC_MULTI01_I.dat").reason(), "Multiple CSeq");
    assert_eq!(
        rejection("TC_ESCRURI_V.dat").reason(),
        "Headers in Request-URI"
    );

    let mut index = [HeaderSpan::default(); 64];
    let short = Message::parse(&read("TC_CLERR_I.dat"), &mut index).map(|_| ());
    assert_eq!(
        short,
        Err(ParseError::BodyTooShort {
            declared: 9999,
            available: 154
        })
    );
    let negative = Message::parse(&read("TC_NCL_I.dat"), &mut index).map(|_| ());
    assert!(
        matches!(negative, Err(ParseError::ContentLength { .. })),
        "{negative:?}"
    );
    let twice = Message::parse(&read("TC_MCL01_I.dat"), &mut index).map(|_| ());
    assert!(
        matches!(twice, Err(ParseError::ContentLength { .. })),
        "{twice:?}"
    );
}

/// P000-38: From and P-Asserted-Identity are told apart, the latter with its sip and its tel URI.
#[test]
fn the_lync_invite_is_read_in_full() {
    with("lync.sip", |message| {
        let Ok(Uri::Sip(uri)) = Uri::parse(message.request_uri().unwrap()) else {
            panic!()
        };
        assert_eq!(
            uri.params().value("ms-opaque"),
            Some("app:conf:audio-video:id:5XJ2L7QK")
        );
        assert!(uri.is_phone());
        let hop = message.require::<RecordRoute<'_>>().unwrap();
        assert_eq!(
            hop.uri().as_sip().unwrap().params().value("opaque"),
            Some("state:T:F:Ci.R1b3c00")
        );
        assert_eq!(hop.address.params.value("tag"), Some("2F6B1C4E0A7D93F1"));
        let identities: Vec<String> = message
            .typed_all::<PAssertedIdentity<'_>>()
            .map(|id| id.unwrap().uri().to_string())
            .collect();
        assert_eq!(
            identities,
            ["sip:alice@fabrikam.com", "tel:+14255550123;ext=50123"]
        );
        assert_eq!(message.headers_named("MS-CONVERSATION-ID").count(), 2);
        assert_eq!(message.typed_all::<Supported<'_>>().count(), 11);
        let from = message.require::<From<'_>>().unwrap();
        assert_eq!(from.address.params.value("epid"), Some("2b9e6d1c80"));
        assert_eq!(
            from.address.display_name.unwrap().as_str(),
            Some("Alice Liddell")
        );
        let via = message.typed_all::<Via<'_>>().nth(1).unwrap().unwrap();
        assert_eq!(via.params.value("ms-received-port"), Some("52123"));
        assert_eq!(message.body().len(), 540);
    });
}
