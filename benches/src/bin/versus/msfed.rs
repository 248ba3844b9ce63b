//! Federation: which of 10,000 routes a domain takes. There is no peer. The floor is a look-up of the domain, as it
//! is written, in a hash table of the standard library: without wildcards, and without a reason.

use core::hint::black_box;
use std::collections::HashMap;

use trunkline_msfed::{Domain, DomainPattern, Gateway, OwnedRouteTable, Route};

use crate::facts::Facts;
use crate::suite::Suite;

const ROUTES: usize = 10_000;
/// So many of the routes are wildcards.
const WILDCARDS: usize = 100;
/// How many domains are asked about in turn, so that no branch predictor learns them by heart.
const ASKED: usize = 4_096;

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();
    let asked: Vec<String> = (0..ASKED).map(asked).collect();
    let expected: Vec<Option<usize>> = asked.iter().map(|domain| naive(domain)).collect();
    let operation = suite.operation("fed.decide.10000", 0);
    let (routes, domains, mut turn) = (table(), asked.clone(), 0);
    let found: Vec<Option<usize>> = asked.iter().map(|domain| decide(&routes, domain)).collect();
    operation.ours(
        move || {
            assert_eq!(found, expected, "the route of each domain");
            Facts::new().with("by a route", found.iter().flatten().count())
        },
        move || {
            turn = (turn + 1) % ASKED;
            decide(&routes, black_box(&domains[turn]))
        },
    );
    let (map, mut turn) = (map(), 0);
    operation.floor(
        "HashMap",
        || Ok(Facts::new()),
        move || {
            turn = (turn + 1) % ASKED;
            map.get(black_box(asked[turn].as_str())).copied()
        },
    );
    suite
}

/// Of ten domains eight have a route of their own, one is below a wildcard, and one has no route and is left to
/// open federation. They come in an order that looks like none.
fn asked(turn: usize) -> String {
    let scattered = |among| turn * 7_919 % among;
    match turn % 10 {
        0 => organisation(ROUTES + scattered(ROUTES)),
        1 => format!("eu{turn}.{}", organisation(scattered(WILDCARDS))),
        _ => organisation(WILDCARDS + scattered(ROUTES - WILDCARDS)),
    }
}

/// The number of the route that counts.
fn decide(table: &OwnedRouteTable<String>, domain: &str) -> Option<usize> {
    let decision = table.decide(Domain::parse(domain).ok()?);
    decision.route().map(|route| route.port().into())
}

/// A name of the kind that organisations have, of 14 to 30 characters.
fn organisation(number: usize) -> String {
    let word = [
        "contoso",
        "fabrikam",
        "litware",
        "adventure-works",
        "northwind-traders",
    ];
    let above = ["com", "de", "example", "co.uk"];
    let (word, above) = (word[number % word.len()], above[number / 5 % above.len()]);
    format!("{word}{number}.{above}")
}

/// Each leads to a port of its own, by which it is known.
fn table() -> OwnedRouteTable<String> {
    let routes = (0..ROUTES).map(|number| {
        let wildcard = if number < WILDCARDS { "*." } else { "" };
        let pattern = format!("{wildcard}{}", organisation(number));
        let pattern = DomainPattern::new(pattern).expect("a pattern");
        let gateway = Gateway::new(format!("sip.{}", organisation(number)));
        let mut route = Route::new(pattern, gateway.expect("the name of a host"));
        route.port = u16::try_from(number + 1).ok();
        route
    });
    let routes: Vec<Route<String>> = routes.collect();
    let table = OwnedRouteTable::new(routes, [7; 32]).expect("routes for different domains");
    table.with_discovery(true)
}

fn map() -> HashMap<String, usize> {
    let numbers = WILDCARDS..ROUTES;
    numbers
        .map(|number| (organisation(number), number + 1))
        .collect()
}

/// What the route of a domain is by the numbers in its name.
fn naive(domain: &str) -> Option<usize> {
    let label = |label: &str| {
        let digits = label.trim_start_matches(|c: char| !c.is_ascii_digit());
        digits.parse::<usize>().ok()
    };
    let (first, rest) = domain.split_once('.')?;
    let number = match rest.split_once('.') {
        Some((second, _)) if second.contains(|c: char| c.is_ascii_digit()) => {
            label(second).filter(|number| *number < WILDCARDS)
        }
        _ => label(first).filter(|number| (WILDCARDS..ROUTES).contains(number)),
    };
    number.map(|number| number + 1)
}
