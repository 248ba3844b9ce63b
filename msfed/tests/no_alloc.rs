//! Nothing but a table of its own allocates.

use core::fmt::{self, Write};
use core::hint::black_box;

use trunkline_msfed::sip_core::uri::Uri;
use trunkline_msfed::{
    Domain, DomainPattern, Gateway, IndexSlot, MsDiagnostic, OwnedRouteTable, Route, RouteTable,
    SrvMatch, SrvOrder, SrvRecord, Target, discover, federation_srv_name, match_srv,
};
use trunkline_testkit::assert_no_allocation;

struct Length(usize);

impl Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

fn route(domain: &'static str, gateway: &'static str) -> Route<&'static str> {
    let pattern = DomainPattern::new(domain).expect("a pattern");
    Route::new(pattern, Gateway::new(gateway).expect("a gateway"))
}

#[test]
fn discovery_allocates_nothing() {
    assert_no_allocation(|| {
        let domain = Domain::parse(black_box("Contoso.com.")).expect("a domain");
        let name = federation_srv_name(domain).expect("a name");
        assert_eq!(&*name, "_sipfederationtls._tcp.contoso.com");
        let known = ["sipfed.online.lync.com"];
        let host = Domain::parse("sip.fabrikam.com").expect("a domain");
        assert_eq!(match_srv(domain, host, &known).rule, SrvMatch::Conflict);
        let mut records = [
            SrvRecord::parse("2 0 5061 sip.fabrikam.com.").expect("a record"),
            SrvRecord::parse("1 0 5061 sip.contoso.com.").expect("a record"),
        ];
        SrvOrder::PriorityAndWeight.sort(&mut records, |_| 0);
        let discovery = discover(domain, &records, &known);
        let mut length = Length(0);
        write!(length, "{discovery}").expect("room");
        assert!(length.0 > 0 && discovery.diagnostic().is_none());
    });
}

#[test]
fn a_table_over_lent_storage_allocates_nothing() {
    assert_no_allocation(|| {
        let routes = [
            route("contoso.com", "sip.contoso.com"),
            route("*.fabrikam.com", "10.0.0.7"),
        ];
        let mut index = [IndexSlot::EMPTY; 4];
        let table = RouteTable::new(&routes, &mut index, [1; 32]).expect("a table");
        let table = table.with_discovery(true);
        let mut length = Length(0);
        for uri in [
            "sip:a@contoso.com",
            "sip:+49@a.fabrikam.com;user=phone",
            "sip:c@d.example",
        ] {
            let uri = Uri::parse(black_box(uri)).expect("a URI");
            let decision = table.decide(Target::of_uri(&uri).expect("a domain"));
            write!(length, "{decision}").expect("room");
        }
        for finding in table.findings() {
            write!(length, "{finding}").expect("room");
        }
        assert!(length.0 > 100);
        let edge = Domain::parse("edge.contoso.com").expect("a domain");
        write!(length, "{}", MsDiagnostic::CannotRoute.header_value(edge)).expect("room");
    });
}

#[test]
fn asking_a_table_of_its_own_allocates_nothing() {
    let routes = (0..10_000).map(|number| {
        let domain = DomainPattern::new(format!("company{number}.example")).expect("a pattern");
        Route::new(
            domain,
            Gateway::new(format!("sip.company{number}.example")).expect("a name"),
        )
    });
    let routes: Vec<Route<String>> = routes.collect();
    let table = OwnedRouteTable::new(routes, [1; 32]).expect("a table");
    assert_no_allocation(|| {
        for (text, found) in [
            ("company0.example", true),
            ("Company9999.example", true),
            ("a.example", false),
        ] {
            let decision = table.decide(Domain::parse(black_box(text)).expect("a domain"));
            assert_eq!(decision.route().is_some(), found);
        }
        assert_eq!(table.findings().count(), 0);
    });
}
