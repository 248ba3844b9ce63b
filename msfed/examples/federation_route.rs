//! Which way does a request to a domain go, and why?
//!
//! ```text
//! cargo run -p trunkline-msfed --example federation_route -- eu.contoso.com
//! cargo run -p trunkline-msfed --example federation_route -- 'sip:+4989123456@contoso.com;user=phone'
//! cargo run -p trunkline-msfed --example federation_route -- partner.example '0 0 5061 sip.partner.example.'
//! ```
//!
//! The first argument is a domain or a SIP URI. Where DNS is to be asked, further ones are its answer: SRV
//! records as `dig +short SRV` prints them. Nothing here asks the network.

use core::error::Error;
use core::hash::BuildHasher as _;
use std::hash::RandomState;
use std::process::ExitCode;

use trunkline_msfed::sip_core::uri::Uri;
use trunkline_msfed::{
    Discovery, Domain, DomainPattern, Gateway, OwnedRouteTable, Route, RouteTransport, SrvOrder,
    SrvRecord, Target, discover,
};

/// Servers of hosting providers, which may stand for other domains.
const KNOWN_PROXIES: [&str; 1] = ["sipfed.online.lync.com"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((target, records)) = arguments.split_first() else {
        eprintln!("usage: federation_route DOMAIN|URI [SRV-RECORD ..]");
        return ExitCode::from(2);
    };
    match run(target, records) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(target: &str, records: &[String]) -> Result<(), Box<dyn Error>> {
    let table = OwnedRouteTable::new(routes()?, random_seed())?.with_discovery(true);
    for finding in table.findings() {
        println!("note:        {finding}");
    }
    let target = match Uri::parse(target) {
        Ok(uri) => Target::of_uri(&uri)?,
        Err(_) => Target::new(Domain::parse(target)?),
    };

    let decision = table.decide(target);
    println!("decision:    {decision}");
    if let Some(route) = decision.route() {
        println!("connect to:  {}", route.hop());
        if let Some(host) = route.request_uri_host() {
            println!("Request-URI: its host becomes {host}");
        }
    }
    let Some(question) = decision.question() else {
        return Ok(());
    };
    println!("question:    {question}");
    if records.is_empty() {
        println!("answer:      unknown, give the records as further arguments");
        return Ok(());
    }
    let records: Result<Vec<_>, _> = records.iter().map(|text| SrvRecord::parse(text)).collect();
    let discovery = judge(target.domain, records?);
    println!("discovery:   {discovery}");
    if let Some(diagnostic) = discovery.diagnostic() {
        let (status, us) = (diagnostic.status(), Domain::parse("edge.our.example")?);
        println!(
            "response:    {status}, ms-diagnostics: {}",
            diagnostic.header_value(us)
        );
    }
    Ok(())
}

/// The routes of the administrator.
fn routes() -> Result<Vec<Route<&'static str>>, Box<dyn Error>> {
    let route = |domain, gateway| -> Result<Route<&'static str>, Box<dyn Error>> {
        Ok(Route::new(
            DomainPattern::new(domain)?,
            Gateway::new(gateway)?,
        ))
    };
    let mut numbers = route("contoso.com", "pstn.contoso.com")?;
    numbers.match_only_phone_uri = true;
    numbers.replace_host_in_request_uri = true;
    let mut lab = route("lab.contoso.com", "10.0.0.7")?;
    lab.transport = RouteTransport::Tcp;
    lab.trusted = true;
    let mut old = route("old.contoso.com", "192.0.2.9")?;
    old.active = false;
    Ok(vec![
        numbers,
        route("contoso.com", "edge.contoso.com")?,
        route("*.contoso.com", "edge2.contoso.com")?,
        lab,
        old,
    ])
}

fn judge<'a>(domain: Domain<'a>, mut records: Vec<SrvRecord<'a>>) -> Discovery<'a> {
    let random = RandomState::new();
    let mut calls = 0_u64;
    SrvOrder::PriorityAndWeight.sort(&mut records, |most| {
        calls += 1;
        let number = random.hash_one(calls) % (u64::from(most) + 1);
        u32::try_from(number).unwrap_or(most)
    });
    discover(domain, &records, &KNOWN_PROXIES)
}

/// The standard library has no other random source. A product takes `getrandom`.
fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    for chunk in seed.chunks_exact_mut(8) {
        chunk.copy_from_slice(&RandomState::new().hash_one(0).to_ne_bytes());
    }
    seed
}
