//! Properties over arbitrary domains and routes.

use proptest::prelude::*;
use trunkline_msfed::{
    Domain, DomainPattern, Gateway, OwnedRouteTable, PatternKind, Route, SrvMatch, SrvOrder,
    SrvRecord, TableError, Target, federation_srv_name, match_srv,
};

/// Labels of few kinds, so that names meet.
fn name() -> impl Strategy<Value = String> {
    let label = prop::sample::select(vec!["a", "b", "A", "xn--b", "ab"]);
    prop::collection::vec(label, 1..6).prop_map(|labels| labels.join("."))
}

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        name(),
        name().prop_map(|name| format!("*.{name}")),
        name().prop_map(|name| format!("{name}.")),
        Just("*".to_string()),
    ]
}

fn route() -> impl Strategy<Value = Route<String>> {
    (
        pattern(),
        any::<bool>(),
        prop::bool::weighted(0.8),
        1_u16..100,
    )
        .prop_map(|(domain, phone, active, port)| {
            let pattern = DomainPattern::new(domain).expect("a pattern");
            let mut route =
                Route::new(pattern, Gateway::new("sip.example".into()).expect("a name"));
            route.match_only_phone_uri = phone;
            route.active = active;
            route.port = Some(port);
            route
        })
}

/// Label by label, from the end, in lower case.
fn labels(name: &str) -> Vec<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit('.').map(str::to_ascii_lowercase).collect()
}

/// The route that counts, by trying every one.
fn naive(routes: &[Route<String>], target: &Target<'_>) -> Option<usize> {
    let wanted = labels(target.domain.as_str());
    let rank = |route: &Route<String>| {
        if !route.active || (route.match_only_phone_uri && !target.is_phone) {
            return None;
        }
        let own = route
            .domain
            .domain()
            .map(|domain| labels(domain.as_str()))
            .unwrap_or_default();
        let specific = match route.domain.kind() {
            PatternKind::Exact if own == wanted => usize::MAX,
            PatternKind::Below if wanted.len() > own.len() && wanted.starts_with(&own) => own.len(),
            PatternKind::All => 0,
            _ => return None,
        };
        Some((specific, route.match_only_phone_uri))
    };
    let ranked = routes
        .iter()
        .enumerate()
        .filter_map(|(index, route)| Some((rank(route)?, index)));
    ranked.max().map(|(_, index)| index)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_table_agrees_with_a_search(
        mut routes in prop::collection::vec(route(), 0..20),
        domains in prop::collection::vec((name(), any::<bool>()), 1..12),
        seed in any::<[u8; 32]>(),
        discovery in any::<bool>(),
    ) {
        let made = OwnedRouteTable::new(routes.clone(), seed);
        let key = |route: &Route<String>| (route.domain.to_string().to_ascii_lowercase(), route.match_only_phone_uri);
        let mut seen = Vec::new();
        let first = routes.iter().position(|route| {
            let twice = seen.contains(&key(route));
            seen.push(key(route));
            twice
        });
        match (made, first) {
            (Err(TableError::Duplicate { route, earlier }), Some(first)) => {
                prop_assert_eq!(route, first);
                prop_assert!(earlier < first && key(&routes[earlier]) == key(&routes[first]));
            }
            (Ok(_), None) => {}
            (made, first) => prop_assert!(false, "{:?} {:?}", made, first),
        }
        let mut seen = Vec::new();
        routes.retain(|route| {
            let new = !seen.contains(&key(route));
            seen.push(key(route));
            new
        });
        let table = OwnedRouteTable::new(routes.clone(), seed).unwrap().with_discovery(discovery);
        for (name, is_phone) in domains {
            let domain = Domain::parse(&name).unwrap();
            let target = Target { domain, is_phone };
            let decision = table.decide(target);
            let found = decision.route().map(|route| route.port());
            let expected = naive(&routes, &target);
            prop_assert_eq!(found, expected.map(|index| routes[index].port()), "{}", decision);
            prop_assert_eq!(decision.question().is_some(), expected.is_none() && discovery);
            prop_assert_eq!(decision.diagnostic().is_some(), expected.is_none() && !discovery);
            if let Some(route) = decision.route() {
                prop_assert!(route.domain.is_match(domain));
            }
            if let Some(passed) = decision.passed_over {
                prop_assert!(passed.route.domain.is_match(domain));
                prop_assert!(!passed.route.active || (passed.route.match_only_phone_uri && !is_phone));
            }
            let off = table.clone().with_routes(false);
            prop_assert!(off.decide(target).route().is_none());
        }
        for finding in table.findings() {
            prop_assert!(!finding.to_string().is_empty());
        }
    }

    #[test]
    fn the_strict_rule_is_that_of_labels(domain in name(), host in name(), known in prop::collection::vec(name(), 0..3)) {
        let (above, below) = (labels(&domain), labels(&host));
        let verdict = match_srv(Domain::parse(&domain).unwrap(), Domain::parse(&host).unwrap(), &known);
        let expected = if below.starts_with(&above) {
            SrvMatch::Strict
        } else if known.iter().any(|known| labels(known) == below) {
            SrvMatch::KnownProvider
        } else {
            SrvMatch::Conflict
        };
        prop_assert_eq!(verdict.rule, expected);
        prop_assert_eq!(verdict.is_accepted(), verdict.diagnostic().is_none());
    }

    #[test]
    fn domains_read_are_read_the_same_again(text in "[a-zA-Z0-9._*\u{e4}-]{0,40}") {
        if let Ok(domain) = Domain::parse(&text) {
            prop_assert_eq!(Domain::parse(domain.as_str()), Ok(domain));
            let upper = domain.as_str().to_ascii_uppercase();
            prop_assert_eq!(Domain::parse(&upper), Ok(domain));
            prop_assert!(domain.labels().all(|label| (1..=63).contains(&label.len())));
            let name = federation_srv_name(domain).unwrap();
            prop_assert!(name.ends_with(&domain.as_str().to_ascii_lowercase()));
            prop_assert!(DomainPattern::new(&text).is_ok() && Gateway::new(&text).is_ok());
            let below = format!("*.{text}");
            prop_assert!(DomainPattern::new(below).is_ok());
        }
        if let Ok(pattern) = DomainPattern::new(&text) {
            let written = pattern.to_string();
            prop_assert_eq!(DomainPattern::new(&written).unwrap(), pattern);
        }
        if let Ok(gateway) = Gateway::new(&text) {
            prop_assert_eq!(Gateway::new(gateway.to_string()).unwrap(), gateway);
        }
    }

    #[test]
    fn sorted_records_are_the_same_ones_by_priority(
        numbers in prop::collection::vec((0_u16..3, 0_u16..4), 0..12),
        marks in prop::collection::vec(any::<u32>(), 12),
    ) {
        let host = Domain::parse("sip.example").unwrap();
        let records = numbers.iter().zip(1..).map(|(&(priority, weight), port)| SrvRecord::new(priority, weight, port, Some(host)));
        let mut records: Vec<_> = records.collect();
        let mut marks = marks.into_iter();
        SrvOrder::PriorityAndWeight.sort(&mut records, |most| marks.next().unwrap_or(0) % (most + 1));
        prop_assert!(records.is_sorted_by_key(|record| record.priority));
        let mut ports: Vec<u16> = records.iter().map(|record| record.port).collect();
        ports.sort_unstable();
        prop_assert!(ports.into_iter().eq((1..).take(numbers.len())));
    }
}
