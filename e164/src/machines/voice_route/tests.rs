use std::string::String;
use std::vec::Vec;

use super::{VoicePolicy, VoiceRoute};
use crate::{CallerId, DialString, Normalized, Number, Pattern};

const NOTHING: [&str; 0] = [];
const LINKS: [&str; 2] = ["link01", "link02"];

fn route<'a>(
    pattern: &str,
    usages: &'a [&'a str],
    trunks: &'a [&'a str],
) -> VoiceRoute<&'a [&'a str]> {
    VoiceRoute {
        pattern: Pattern::new(pattern).expect(pattern),
        usages,
        trunks,
        caller_id: CallerId::USER_PROVIDED,
    }
}

fn called(text: &str) -> Normalized {
    Normalized::E164(Number::parse(text).expect(text))
}

/// P000-33: policy, usage, route, both trunks; the order of the usages decides.
#[test]
fn p000_33_usages_lead_to_trunks_in_order() {
    let routes = [
        route(r"^\+49", &["national", "cheap"], &LINKS),
        route(r"^\+", &["international"], &["carrier"]),
        route(r"^\+4989", &["cheap"], &["munich"]),
        route(r"^\+49", &["forbidden"], &["none"]),
    ];
    let trunks = |usages: &[&str], text: &str| -> Vec<String> {
        let policy = VoicePolicy { usages };
        policy
            .select(&routes, &called(text))
            .trunks()
            .map(|trunk| String::from(*trunk))
            .collect()
    };
    assert_eq!(trunks(&["national"], "+4989840798"), LINKS);
    assert_eq!(
        trunks(&["national", "international"], "+4989840798"),
        ["link01", "link02", "carrier"]
    );
    assert_eq!(
        trunks(&["international", "national"], "+4989840798"),
        ["carrier", "link01", "link02"]
    );
    // a route in two usages comes once
    assert_eq!(
        trunks(&["national", "cheap"], "+4989840798"),
        ["link01", "link02", "munich"]
    );
    assert_eq!(
        trunks(&["national", "cheap"], "+4989840798"),
        ["link01", "link02", "munich"]
    );
    assert_eq!(trunks(&["national", "cheap"], "+4340840798"), NOTHING);
    assert_eq!(trunks(&[], "+4989840798"), NOTHING);
}

/// P000-34: a route for all formats takes E.164, short codes and what is no number at all.
#[test]
fn p000_34_a_route_for_all_formats() {
    let routes = [route(".*", &["all"], &LINKS)];
    let policy = VoicePolicy { usages: &["all"] };
    for text in ["+4989840798", "115", "118", "alice", "*21#"] {
        let dialled = DialString::parse(text).expect(text);
        let selection = policy.select_text(&routes, dialled);
        assert!(selection.trunks().eq(&LINKS), "{text}");
        let selection = policy.select(&routes, &Normalized::ShortCode(dialled));
        assert!(selection.trunks().eq(&LINKS), "{text}");
    }
}

/// P000-42: the result says that the call is an emergency call.
#[test]
fn p000_42_emergency_calls_are_marked() {
    let routes = [route("^11[02]$", &["emergency"], &LINKS)];
    let policy = VoicePolicy {
        usages: &["emergency"],
    };
    let dialled = DialString::parse("112").expect("a number");
    let selection = policy.select(&routes, &Normalized::Emergency(dialled));
    assert!(selection.emergency && selection.trunks().eq(&LINKS));
    let selection = policy.select(&routes, &Normalized::ShortCode(dialled));
    assert!(!selection.emergency && selection.trunks().eq(&LINKS));
}

/// P000-48, P000-49: whoever calls the same number at the same time gets the same route.
#[test]
fn p000_48_p000_49_a_number_may_be_called_by_many() {
    let routes = [route(".*", &["all"], &LINKS)];
    let policy = VoicePolicy { usages: &["all"] };
    let calls: Vec<_> = (0..100)
        .map(|_| policy.select(&routes, &called("+49891234999")))
        .collect();
    assert!(
        calls
            .into_iter()
            .all(|selection| selection.trunks().eq(&LINKS))
    );
}

/// Configurations own their names.
#[test]
fn names_may_be_owned() {
    let names =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| String::from(*name)).collect() };
    let routes = Vec::from([VoiceRoute {
        pattern: Pattern::new("^110$").expect("a pattern"),
        usages: names(&["all"]),
        trunks: names(&LINKS),
        caller_id: CallerId::new(true, Some("+4989123456")).expect("a caller ID"),
    }]);
    let usages = names(&["all"]);
    let policy = VoicePolicy { usages: &usages };
    let dialled = DialString::parse("110").expect("a number");
    let mut selection = policy.select_text(&routes, dialled);
    let chosen = selection.next().expect("a route");
    assert_eq!(chosen.caller_id.present(&dialled).as_str(), "+4989123456");
    assert_eq!(selection.next(), None);
}
