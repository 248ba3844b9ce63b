use std::format;
use std::string::{String, ToString as _};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::{Admission, Gateway, RouteTransport, Trust};

type Text = Route<&'static str>;

fn route(domain: &'static str, gateway: &'static str) -> Text {
    Route::new(
        DomainPattern::new(domain).unwrap(),
        Gateway::new(gateway).unwrap(),
    )
}

fn off(mut route: Text) -> Text {
    route.active = false;
    route
}

fn phone(mut route: Text) -> Text {
    route.match_only_phone_uri = true;
    route
}

fn with_table<T>(
    routes: &[Text],
    ask: impl FnOnce(RouteTable<'_, &'static str>) -> T,
) -> Result<T, TableError> {
    let mut index = vec![IndexSlot::EMPTY; RouteTable::<&str>::index_len(routes.len())];
    RouteTable::new(routes, &mut index, [1; 32]).map(ask)
}

/// The gateway for a domain, `-` where there is no route.
fn gateways(routes: &[Text], domains: &[&str]) -> Vec<String> {
    with_table(routes, |table| {
        let gateway = |domain: &&str| {
            let decision = table.decide(Domain::parse(domain).unwrap());
            let gateway = decision.route().map(|route| route.gateway.to_string());
            gateway.unwrap_or_else(|| "-".into())
        };
        domains.iter().map(gateway).collect()
    })
    .unwrap()
}

#[test]
fn the_most_specific_route_counts_in_whatever_order_they_stand() {
    let mut routes = [
        route("*", "default"),
        route("*.contoso.com", "contoso-below"),
        route("*.eu.contoso.com", "eu-below"),
        route("contoso.com", "contoso"),
        route("lab.eu.contoso.com", "lab"),
        route("*.com", "com-below"),
    ];
    let domains = [
        "contoso.com",
        "a.contoso.com",
        "EU.contoso.com.",
        "a.b.contoso.com",
        "x.eu.contoso.com",
        "y.x.eu.contoso.com",
        "Lab.EU.Contoso.COM",
        "a.lab.eu.contoso.com",
        "notcontoso.com",
        "com",
        "contoso.com.example",
    ];
    let expected = [
        "contoso",
        "contoso-below",
        "contoso-below",
        "contoso-below",
        "eu-below",
        "eu-below",
        "lab",
        "eu-below",
        "com-below",
        "default",
        "default",
    ];
    for _ in 0..routes.len() {
        assert_eq!(gateways(&routes, &domains), expected);
        routes.rotate_left(1);
    }
    routes.reverse();
    assert_eq!(gateways(&routes, &domains), expected);
}

/// E001-90: switched off all together, no route counts.
#[test]
fn e001_90_one_switch_for_all_routes() {
    let routes = [route("*", "default"), route("contoso.com", "contoso")];
    with_table(&routes, |table| {
        for domain in ["contoso.com", "a.example"].map(|text| Domain::parse(text).unwrap()) {
            assert!(table.decide(domain).route().is_some());
            let off = table.with_routes(false);
            assert!(!off.is_enabled() && off.decide(domain).route().is_none());
        }
        let domain = Domain::parse("contoso.com").unwrap();
        assert_eq!(
            table.with_routes(false).decide(domain).to_string(),
            "contoso.com: routes are switched off, and open federation is switched off"
        );
    })
    .unwrap();
}

/// E001-92: a domain is there once.
#[test]
fn e001_92_domains_are_unique() {
    for (first, second) in [
        ("contoso.com", "Contoso.COM."),
        ("*.contoso.com", "*.CONTOSO.com."),
        ("*", "*"),
    ] {
        let routes = [
            route("a.example", "a"),
            route(first, "b"),
            route(second, "c"),
        ];
        let error = with_table(&routes, |_| ()).unwrap_err();
        let (route, earlier) = (2, 1);
        assert_eq!(error, TableError::Duplicate { route, earlier });
        assert_eq!(error.place(), Some((2, "domain")));
        assert_eq!(
            error.to_string(),
            "route 3: for the same domains as route 2"
        );
        let written = DomainPattern::new(second).unwrap();
        assert_eq!(
            error.named(&routes).to_string(),
            format!("route 3, {written}: for the same domains as route 2")
        );
    }
    // even where one of them is switched off
    let routes = [off(route("contoso.com", "a")), route("contoso.com", "b")];
    assert!(with_table(&routes, |_| ()).is_err());
    // a domain, what is below it, and its telephone numbers are three things
    let routes = [
        route("contoso.com", "a"),
        route("*.contoso.com", "b"),
        phone(route("contoso.com", "c")),
    ];
    assert!(with_table(&routes, |_| ()).is_ok());
}

/// E001-96: a route that is switched off leaves its domain to the next way.
#[test]
fn e001_96_switched_off_routes_are_skipped() {
    let routes = [
        off(route("lab.contoso.com", "lab")),
        route("*.contoso.com", "contoso"),
        off(route("fabrikam.com", "fabrikam")),
    ];
    with_table(&routes, |table| {
        let decide = |text| table.with_discovery(true).decide(Domain::parse(text).unwrap());
        let decision = decide("lab.contoso.com");
        assert_eq!(
            decision.to_string(),
            "lab.contoso.com: route 2 for *.contoso.com, the most specific wildcard, leads to \
             mtls:contoso:5061; trusted, since mutual TLS authenticates the peer; passed over: route 1 \
             for lab.contoso.com, which is switched off"
        );
        assert!(decision.passed_over.is_some_and(|passed| passed.index == 0));
        let decision = decide("fabrikam.com");
        assert_eq!(
            decision.to_string(),
            "fabrikam.com: there is no route, ask DNS for the SRV records of \
             _sipfederationtls._tcp.fabrikam.com; passed over: route 3 for fabrikam.com, which is \
             switched off"
        );
    })
    .unwrap();
}

/// E001-102: a static route comes before open federation; E001-77: which can be switched off, so that
/// nothing is looked up.
#[test]
fn e001_102_routes_come_before_open_federation() {
    let routes = [
        route("contoso.com", "contoso"),
        route("*.contoso.com", "below"),
    ];
    with_table(&routes, |table| {
        let open = table.with_discovery(true);
        assert!(open.has_discovery() && !table.has_discovery());
        for text in ["contoso.com", "a.contoso.com"] {
            let decision = open.decide(Domain::parse(text).unwrap());
            assert!(decision.route().is_some() && decision.question().is_none());
        }
        let partner = Domain::parse("Partner.Example").unwrap();
        let decision = open.decide(partner);
        assert!(matches!(decision.outcome, Outcome::Discover));
        assert_eq!(
            decision.question().unwrap().to_string(),
            "_sipfederationtls._tcp.partner.example SRV"
        );
        assert_eq!(decision.diagnostic(), None);

        let decision = table.decide(partner);
        assert_eq!(decision.question(), None);
        let diagnostic = decision.diagnostic().unwrap();
        assert_eq!((diagnostic.id(), diagnostic.status()), (1005, 404));
        assert_eq!(
            decision.to_string(),
            "Partner.Example: there is no route, and open federation is switched off"
        );

        // Too long for DNS, but not for a route.
        let label = "a".repeat(60);
        let long = format!("{label}.{label}.{label}.{label}");
        let decision = open.decide(Domain::parse(&long).unwrap());
        assert_eq!(decision.question(), None);
        assert_eq!(decision.diagnostic().map(MsDiagnostic::id), Some(1008));
        let below = format!("{label}.{label}.{label}.contoso.com");
        let below = Domain::parse(&below).unwrap();
        assert!(open.decide(below).route().is_some());
    })
    .unwrap();
}

#[test]
fn routes_for_telephone_numbers_leave_everything_else() {
    let routes = [
        phone(route("contoso.com", "pstn")),
        route("contoso.com", "contoso"),
        phone(route("fabrikam.com", "fabrikam-pstn")),
        phone(route("*", "any-pstn")),
        route("*.contoso.com", "below"),
    ];
    with_table(&routes, |table| {
        for (text, is_phone, gateway) in [
            ("contoso.com", true, Some("pstn")),
            ("contoso.com", false, Some("contoso")),
            ("fabrikam.com", true, Some("fabrikam-pstn")),
            ("fabrikam.com", false, None),
            ("a.contoso.com", true, Some("below")),
            ("a.example", true, Some("any-pstn")),
            ("a.example", false, None),
        ] {
            let domain = Domain::parse(text).unwrap();
            let decision = table.decide(Target { domain, is_phone });
            let found = decision.route().map(|route| route.gateway.to_string());
            assert_eq!(found.as_deref(), gateway, "{decision}");
        }
        let domain = Domain::parse("contoso.com").unwrap();
        let is_phone = true;
        assert_eq!(
            table.decide(Target { domain, is_phone }).to_string(),
            "contoso.com: route 1 for contoso.com, the domain itself and for telephone numbers alone, leads \
             to mtls:pstn:5061; trusted, since mutual TLS authenticates the peer"
        );
        let decision = table.decide(Domain::parse("fabrikam.com").unwrap());
        let text = decision.to_string();
        assert!(
            text.ends_with(
                "passed over: route 3 for fabrikam.com, which is for telephone numbers alone"
            ),
            "{text}"
        );
    })
    .unwrap();
}

/// E001-91, E001-95, E001-118: the fields of a route are those of the hop.
#[test]
fn e001_91_a_route_tells_where_to_connect() {
    let mut contoso = route("contoso.com", "SIP.contoso.com.");
    assert_eq!(contoso.hop().to_string(), "mtls:SIP.contoso.com:5061");
    assert_eq!(contoso.request_uri_host(), None);
    contoso.transport = RouteTransport::Udp;
    contoso.bound_to = "192.0.2.5".parse().ok();
    contoso.replace_host_in_request_uri = true;
    assert_eq!(
        contoso.hop().to_string(),
        "udp:SIP.contoso.com:5060 from 192.0.2.5"
    );
    assert_eq!(
        contoso.request_uri_host().unwrap().to_string(),
        "SIP.contoso.com"
    );
    contoso.port = Some(65535);
    assert_eq!(
        contoso.to_string(),
        "contoso.com to udp:SIP.contoso.com:65535 from 192.0.2.5"
    );
}

/// E001-99: mutual TLS is trusted, whatever the flag says, and nothing else without it.
#[test]
fn e001_99_mutual_tls_is_trusted() {
    use RouteTransport::{Mtls, Tcp, Tls, Udp};
    for (transport, flag, trust) in [
        (Mtls, false, Trust::MutualTls),
        (Mtls, true, Trust::MutualTls),
        (Tls, false, Trust::Untrusted),
        (Tls, true, Trust::Configured),
        (Tcp, false, Trust::Untrusted),
        (Tcp, true, Trust::Configured),
        (Udp, false, Trust::Untrusted),
        (Udp, true, Trust::Configured),
    ] {
        let mut route = route("contoso.com", "sip.contoso.com");
        route.transport = transport;
        route.trusted = flag;
        assert_eq!(route.trust(), trust, "{transport} {flag}");
        assert_eq!(route.trust().is_trusted(), trust != Trust::Untrusted);
    }
}

/// E001-97, E001-98: who is not trusted has to authorise himself, who is keeps the identity that he asserts.
#[test]
fn e001_97_untrusted_senders_are_challenged() {
    for authorized in [false, true] {
        assert_eq!(Trust::MutualTls.admit(authorized), Admission::Accept);
        assert_eq!(Trust::Configured.admit(authorized), Admission::Accept);
    }
    assert_eq!(Trust::Untrusted.admit(false), Admission::Challenge);
    assert_eq!(
        Trust::Untrusted.admit(true),
        Admission::AcceptWithoutIdentity
    );
}

/// E001-101: what cannot work is refused, with the field and a hint.
#[test]
fn e001_101_unusable_routes_are_refused() {
    let set = |change: &dyn Fn(&mut Text)| {
        let mut faulty = route("*.contoso.com", "192.0.2.1");
        change(&mut faulty);
        let routes = [route("a.example", "a"), faulty];
        let error = with_table(&routes, |_| ()).unwrap_err();
        let (place, field) = error.place().unwrap();
        let text = error.named(&routes).to_string();
        assert!(place == 1 && text.contains(field), "{text}");
        text
    };
    let local = |text: &str| text.parse().ok();
    assert_eq!(
        set(&|route| route.port = Some(0)),
        "route 2, *.contoso.com: port: 0 is no port of a server"
    );
    for gateway in ["0.0.0.0", "::", "224.0.1.75", "255.255.255.255", "ff02::1"] {
        assert_eq!(
            set(&|route| route.gateway = Gateway::new(gateway).unwrap()),
            "route 2, *.contoso.com: gateway: not the address of a single host"
        );
    }
    assert_eq!(
        set(&|route| route.bound_to = local("0.0.0.0")),
        "route 2, *.contoso.com: bound_to: not a single address of this host"
    );
    assert_eq!(
        set(&|route| route.bound_to = local("2001:db8::1")),
        "route 2, *.contoso.com: bound_to: no address of the same family as that of the gateway"
    );
}

#[test]
fn the_index_needs_room() {
    let routes = [route("a.example", "a"), route("b.example", "b")];
    for (len, needed) in [(0, 4), (3, 4), (5, 8)] {
        let mut index = vec![IndexSlot::EMPTY; len];
        let error = RouteTable::new(&routes, &mut index, [1; 32]).unwrap_err();
        assert_eq!(error, TableError::IndexTooSmall { needed });
        assert_eq!(error.place(), None);
    }
    // what is in it does not count, and no routes need hardly any
    let mut index = [IndexSlot { tag: 7, route: 7 }; 1];
    assert_eq!(RouteTable::<&str>::index_len(0), 1);
    let table = RouteTable::<&str>::new(&[], &mut index, [1; 32]).unwrap();
    let domain = Domain::parse("a.example").unwrap();
    assert!(table.decide(domain).route().is_none());
}

#[test]
fn the_deepest_domains_are_found() {
    let deepest = "a.".repeat(127);
    let pattern = DomainPattern::new(format!("*.{deepest}")).unwrap();
    let gateway = Gateway::new("sip.contoso.com".to_string()).unwrap();
    let routes = [Route::new(pattern, gateway)];
    let mut index = [IndexSlot::EMPTY; 2];
    let table = RouteTable::new(&routes, &mut index, [1; 32]).unwrap();
    let below = "a.".repeat(128);
    assert!(
        table
            .decide(Domain::parse(&below).unwrap())
            .route()
            .is_some()
    );
    assert!(
        table
            .decide(Domain::parse(&deepest).unwrap())
            .route()
            .is_none()
    );
    assert!(DomainPattern::new(format!("*.{}", "a.".repeat(128))).is_err());
}

#[test]
fn eight_letters_become_small_at_once() {
    for first in 0..128_u8 {
        let word = core::array::from_fn(|index| (first + index as u8 * 17) & 0x7f);
        assert_eq!(
            lower_case(word),
            word.map(|byte: u8| byte.to_ascii_lowercase())
        );
    }
}
