//! Where requests to other domains go.

use core::hint::black_box;

use trunkline_msfed::{
    Domain, DomainPattern, Gateway, OwnedRouteTable, Route, SrvRecord, discover,
};

use crate::Operation;

/// The operations of `trunkline-msfed`.
#[must_use]
pub fn msfed() -> Vec<Operation> {
    let table = table(10_000);
    vec![
        Operation::new("fed.decide.10000", move || {
            let domain = Domain::parse(black_box("partner4711.example")).expect("a domain");
            table.decide(domain).route().expect("a route").port
        }),
        Operation::new("fed.discover", || {
            let domain = Domain::parse(black_box("partner.example")).expect("a domain");
            let record = SrvRecord::parse(black_box("0 0 5061 sip.partner.example."));
            let records = [record.expect("a record")];
            discover(domain, &records, &["sipfed.online.lync.com"]).diagnostic()
        }),
    ]
}

/// Half of the routes for a domain, half for all below one.
fn table(routes: usize) -> OwnedRouteTable<String> {
    let routes: Vec<_> = (0..routes)
        .map(|index| {
            let pattern = match index % 2 {
                0 => format!("*.partner{index}.example"),
                _ => format!("partner{index}.example"),
            };
            let pattern = DomainPattern::new(pattern).expect("a pattern");
            let gateway = Gateway::new(format!("edge.partner{index}.example"));
            Route::new(pattern, gateway.expect("a gateway"))
        })
        .collect();
    OwnedRouteTable::new(routes, [7; 32]).expect("sound routes")
}
