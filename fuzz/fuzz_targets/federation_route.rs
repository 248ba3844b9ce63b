#![no_main]
//! Routes, one on a line: pattern, server, and letters for the switches. After an empty line what is asked for:
//! domains, URIs or SRV records, one on a line.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_msfed::sip_core::uri::Uri;
use trunkline_msfed::{
    Domain, DomainPattern, Gateway, Outcome, OwnedRouteTable, PatternKind, Route, RouteTransport,
    SrvMatch, SrvOrder, SrvRecord, TableError, Target, discover, federation_srv_name, match_srv,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (routes, questions) = text.split_once("\n\n").unwrap_or((text, text));
    let mut routes: Vec<Route<&str>> = routes.lines().take(64).filter_map(route).collect();
    let table = loop {
        match OwnedRouteTable::new(routes.clone(), [7; 32]) {
            Ok(table) => break table.with_discovery(true),
            Err(error) => {
                let (place, field) = error.place().unwrap();
                assert!(!field.is_empty() && !error.named(&routes).to_string().is_empty());
                if let TableError::Duplicate { route, earlier } = error {
                    assert_eq!(routes[route].domain, routes[earlier].domain);
                }
                routes.remove(place);
            }
        }
    };
    for finding in table.findings() {
        assert!(finding.to_string().starts_with("route "));
    }
    let mut records = Vec::new();
    for line in questions.lines().take(64) {
        if let Ok(domain) = Domain::parse(line) {
            check_domain(line, domain);
            check_decision(&routes, &table, Target::new(domain));
        }
        if let Some(target) = Uri::parse(line)
            .ok()
            .and_then(|uri| Target::of_uri(&uri).ok())
        {
            check_decision(&routes, &table, target);
        }
        if let Ok(record) = SrvRecord::parse(line) {
            assert_eq!(SrvRecord::parse(&record.to_string()), Ok(record));
            records.push(record);
        }
    }
    check_records(&mut records);
});

fn route(line: &str) -> Option<Route<&str>> {
    let mut parts = line.split(' ');
    let domain = DomainPattern::new(parts.next()?).ok()?;
    let written = domain.to_string();
    assert_eq!(DomainPattern::new(&*written).unwrap(), domain);
    let gateway = Gateway::new(parts.next()?).ok()?;
    assert_eq!(Gateway::new(gateway.to_string()).unwrap(), gateway);
    let mut route = Route::new(domain, gateway);
    let switches = parts.next().unwrap_or("");
    route.active = !switches.contains('o');
    route.match_only_phone_uri = switches.contains('p');
    route.replace_host_in_request_uri = switches.contains('r');
    route.trusted = switches.contains('t');
    if switches.contains('c') {
        route.transport = RouteTransport::Tcp;
    }
    route.port = parts.next().and_then(|port| port.parse().ok());
    route.bound_to = parts.next().and_then(|local| local.parse().ok());
    assert_eq!(
        route.trust().is_trusted(),
        route.trusted || !switches.contains('c')
    );
    Some(route)
}

fn check_domain(line: &str, domain: Domain<'_>) {
    assert!((1..=Domain::MAX_LEN).contains(&domain.len()));
    assert!(line.starts_with(domain.as_str()));
    let upper = domain.as_str().to_ascii_uppercase();
    assert_eq!(Domain::parse(&upper), Ok(domain));
    assert!(domain.is_within(domain) && !domain.is_below(domain));
    if let Some(parent) = domain.parent() {
        assert!(domain.is_below(parent) && !parent.is_within(domain));
        if let Ok(parent) = Domain::parse(parent.as_str()) {
            assert_eq!(match_srv(parent, domain, &[""; 0]).rule, SrvMatch::Strict);
        }
    }
    if let Ok(name) = federation_srv_name(domain) {
        assert!(name.len() <= 253 && name.ends_with(&domain.as_str().to_ascii_lowercase()));
    }
}

/// The table agrees with a search through all routes.
fn check_decision(routes: &[Route<&str>], table: &OwnedRouteTable<&str>, target: Target<'_>) {
    let decision = table.decide(target);
    let counts = |route: &&Route<&str>| {
        let is_for = route.active && (target.is_phone || !route.match_only_phone_uri);
        is_for && route.domain.is_match(target.domain)
    };
    let rank = |route: &&Route<&str>| {
        let specific = match route.domain.kind() {
            PatternKind::Exact => usize::MAX,
            _ => route.domain.domain().map_or(0, |domain| domain.len()),
        };
        (specific, route.match_only_phone_uri)
    };
    let expected = routes.iter().filter(counts).max_by_key(rank);
    assert_eq!(decision.route(), expected, "{decision}");
    assert!(decision.to_string().starts_with(target.domain.as_str()));
    match decision.outcome {
        Outcome::Route { index, route } => assert_eq!(routes[index], *route),
        Outcome::Discover => assert!(decision.question().is_some()),
        _ => assert!(decision.diagnostic().is_some()),
    }
}

fn check_records(records: &mut [SrvRecord<'_>]) {
    SrvOrder::PriorityAndWeight.sort(records, |most| most / 2);
    assert!(records.is_sorted_by_key(|record| record.priority));
    let hosts: Vec<Domain<'_>> = records.iter().filter_map(|record| record.target).collect();
    for &host in &hosts {
        let discovery = discover(host, records, &["sipfed.online.lync.com"]);
        // The record of the host itself is fine.
        assert_eq!(discovery.diagnostic(), None, "{discovery}");
        for &other in &hosts {
            let verdict = match_srv(host, other, &[""; 0]);
            assert_eq!(verdict.is_accepted(), other.is_within(host), "{verdict}");
        }
    }
}
