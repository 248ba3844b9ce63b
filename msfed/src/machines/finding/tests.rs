use std::format;
use std::string::{String, ToString as _};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::{DomainPattern, Gateway, IndexSlot};

fn route(
    domain: &'static str,
    transport: RouteTransport,
    gateway: &'static str,
) -> Route<&'static str> {
    let pattern = DomainPattern::new(domain).unwrap();
    let mut route = Route::new(pattern, Gateway::new(gateway).unwrap());
    route.transport = transport;
    route
}

fn findings(routes: &[Route<&'static str>]) -> Vec<String> {
    let mut index = vec![IndexSlot::EMPTY; RouteTable::<&str>::index_len(routes.len())];
    let table = RouteTable::new(routes, &mut index, [3; 32]).unwrap();
    let kinds = table.with_discovery(true).findings();
    kinds
        .map(|finding| format!("{} {:?}", finding.index, finding.kind))
        .collect()
}

#[test]
fn nothing_is_said_of_good_routes() {
    use RouteTransport::{Mtls, Tcp};
    let mut lab = route("lab.contoso.com", Tcp, "10.0.0.7");
    lab.trusted = true;
    let found = findings(&[
        route("contoso.com", Mtls, "edge.contoso.com"),
        route("*.contoso.com", Mtls, "edge2.contoso.com"),
        lab,
        route("fabrikam.com", Mtls, "edge.fabrikam.com"),
    ]);
    assert!(found.is_empty(), "{found:?}");
}

/// E001-100: trust without mutual TLS is for the local network.
#[test]
fn e001_100_trust_is_for_the_local_network() {
    use RouteTransport::{Mtls, Tcp, Tls};
    for (transport, gateway, told) in [
        (Tcp, "10.0.0.7", false),
        (Tcp, "fd00::7", false),
        (Tcp, "203.0.113.7", true),
        (Tls, "sip.fabrikam.com", true),
        (Mtls, "sip.fabrikam.com", false),
    ] {
        for trusted in [false, true] {
            let mut route = route("fabrikam.com", transport, gateway);
            route.trusted = trusted;
            let found = findings(&[route]);
            let is_told = found.contains(&"0 TrustedOutside".to_string());
            assert_eq!(is_told, told && trusted, "{route}: {found:?}");
        }
    }
}

/// E001-70, E001-71, and what goes with which transport.
#[test]
fn e001_70_transports_have_their_places() {
    use RouteTransport::{Mtls, Tcp, Tls, Udp};
    for (transport, gateway, port, expected) in [
        (Udp, "10.0.0.7", None, &["Datagrams"][..]),
        (Udp, "203.0.113.7", None, &["Unprotected", "Datagrams"]),
        (Tcp, "203.0.113.7", None, &["Unprotected"]),
        (Tcp, "2001:db8::7", None, &["Unprotected"]),
        (Tcp, "pbx.contoso.com", None, &["UnprotectedName"]),
        (Tcp, "10.0.0.7", Some(5061), &["PortOfOtherTransport"]),
        (Tcp, "10.0.0.7", Some(5068), &[]),
        (Tls, "203.0.113.7", None, &["SecureToAddress"]),
        (Mtls, "10.0.0.7", None, &["SecureToAddress"]),
        (
            Mtls,
            "edge.contoso.com",
            Some(5060),
            &["PortOfOtherTransport"],
        ),
        (Mtls, "edge", None, &["UnqualifiedName"]),
        (Mtls, "edge.contoso.com", Some(443), &[]),
    ] {
        let mut route = route("fabrikam.com", transport, gateway);
        route.port = port;
        let expected: Vec<String> = expected.iter().map(|kind| format!("0 {kind}")).collect();
        assert_eq!(findings(&[route]), expected, "{route}");
    }
}

#[test]
fn routes_that_others_cover_are_told() {
    use RouteTransport::Mtls;
    let below = route("*.contoso.com", Mtls, "edge.contoso.com");
    let lab = route("lab.contoso.com", Mtls, "EDGE.contoso.com.");
    assert_eq!(findings(&[below, lab]), ["1 Redundant { by: 0 }"]);
    let mut off = lab;
    off.active = false;
    assert_eq!(findings(&[off, below]), ["0 TakenOver { by: 1 }"]);
    // the same server, but trusted or spoken to otherwise
    let mut other = lab;
    other.port = Some(5063);
    assert!(findings(&[below, other]).is_empty());
    let mut other = lab;
    other.replace_host_in_request_uri = true;
    assert!(findings(&[below, other]).is_empty());
    // a wildcard below a wildcard, and below the default
    let deeper = route("*.eu.contoso.com", Mtls, "edge.contoso.com");
    assert_eq!(findings(&[below, deeper]), ["1 Redundant { by: 0 }"]);
    let all = route("*", Mtls, "edge.contoso.com");
    assert_eq!(
        findings(&[all, deeper]),
        ["0 NothingToDiscover", "1 Redundant { by: 0 }"]
    );
    // one in between leads elsewhere
    let between = route("*.contoso.com", Mtls, "edge2.contoso.com");
    assert_eq!(findings(&[all, between, deeper]), ["0 NothingToDiscover"]);
    // telephone numbers go the way of everything else
    let mut phone = lab;
    phone.match_only_phone_uri = true;
    assert_eq!(findings(&[phone, lab]), ["0 Redundant { by: 1 }"]);
    phone.active = false;
    assert_eq!(findings(&[phone, lab]), ["0 TakenOver { by: 1 }"]);
    phone.active = true;
    assert!(findings(&[phone]).is_empty());
}

#[test]
fn wide_wildcards_are_told() {
    use RouteTransport::Mtls;
    let com = route("*.com", Mtls, "edge.contoso.com");
    assert_eq!(findings(&[com]), ["0 TopLevelWildcard"]);
    let mut phone = route("*", Mtls, "edge.contoso.com");
    phone.match_only_phone_uri = true;
    assert!(findings(&[phone]).is_empty());
}

#[test]
fn findings_name_the_route() {
    use RouteTransport::Mtls;
    let mut off = route("lab.contoso.com", Mtls, "edge.contoso.com");
    off.active = false;
    let routes = [off, route("*.contoso.com", Mtls, "10.0.0.7")];
    let mut index = [IndexSlot::EMPTY; 4];
    let table = RouteTable::new(&routes, &mut index, [3; 32]).unwrap();
    let told: Vec<_> = table
        .findings()
        .map(|finding| (finding.kind.field(), finding.to_string()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "active",
                "route 1, lab.contoso.com: switched off, but route 2 gets its requests".to_string()
            ),
            (
                "gateway",
                "route 2, *.contoso.com: certificates are for names: name the server".to_string()
            ),
        ]
    );
}
