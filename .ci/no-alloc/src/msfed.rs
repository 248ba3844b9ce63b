//! Domains, SRV records, routes and decisions.

use core::hint::black_box;

use trunkline_msfed::sip_core::uri::Uri;
use trunkline_msfed::{
    Admission, Domain, DomainError, DomainPattern, Gateway, IndexSlot, MsDiagnostic, Outcome,
    Route, RouteFindingKind, RouteTable, RouteTransport, SrvMatch, SrvOrder, SrvRecord, Target,
    Trust, discover, federation_srv_name, match_srv,
};

use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    discovery()?;
    routes()
}

fn discovery() -> Result<(), Failed> {
    let domain = some!(Domain::parse(black_box("Contoso.com.")));
    check!(Domain::parse(black_box("192.0.2.1")) == Err(DomainError::Address));
    let name = some!(federation_srv_name(domain));
    check!(&*name == "_sipfederationtls._tcp.contoso.com");
    let known = ["sipfed.online.lync.com"];
    for (host, rule) in [
        ("sip.contoso.com", SrvMatch::Strict),
        ("sipfed.online.lync.com", SrvMatch::KnownProvider),
        ("sip.notcontoso.com", SrvMatch::Conflict),
    ] {
        check!(match_srv(domain, some!(Domain::parse(host)), &known).rule == rule);
    }
    let mut records = [
        some!(SrvRecord::parse("2 0 5061 sip.fabrikam.com.")),
        some!(SrvRecord::parse(black_box("1 0 5061 sip.contoso.com."))),
    ];
    SrvOrder::PriorityAndWeight.sort(&mut records, |most| most);
    check!(records[0].priority == 1);
    check!(discover(domain, &records, &known).diagnostic().is_none());
    let conflict = discover(domain, &records[1..], &known);
    check!(conflict.diagnostic() == Some(MsDiagnostic::ConflictingSrv));
    Ok(())
}

fn routes() -> Result<(), Failed> {
    let route = |domain, gateway| -> Option<Route<&'static str>> {
        let domain = DomainPattern::new(domain).ok()?;
        Some(Route::new(domain, Gateway::new(gateway).ok()?))
    };
    let mut lab = some!(route("lab.contoso.com", "203.0.113.7"));
    lab.transport = RouteTransport::Tcp;
    let routes = [lab, some!(route("*.fabrikam.com", "edge.fabrikam.com"))];
    let mut index = [IndexSlot::EMPTY; 4];
    let table = some!(RouteTable::new(&routes, &mut index, [7; 32])).with_discovery(true);
    for (uri, expected) in [
        ("sip:alice@LAB.contoso.com", Some(Trust::Untrusted)),
        ("sip:bob@a.b.fabrikam.com", Some(Trust::MutualTls)),
        ("sip:bob@fabrikam.com", None),
    ] {
        let uri = some!(Uri::parse(black_box(uri)));
        let decision = table.decide(some!(Target::of_uri(&uri)));
        check!(decision.route().map(Route::trust) == expected);
        check!(matches!(decision.outcome, Outcome::Discover) == expected.is_none());
        check!(decision.question().is_some() == expected.is_none());
    }
    check!(Trust::Untrusted.admit(black_box(false)) == Admission::Challenge);
    let mut findings = table.findings().map(|finding| finding.kind);
    check!(findings.next() == Some(RouteFindingKind::Unprotected));
    check!(findings.next().is_none());
    let twice = [lab, lab];
    let mut index = [IndexSlot::EMPTY; 4];
    check!(RouteTable::new(&twice, &mut index, [7; 32]).is_err());
    Ok(())
}
