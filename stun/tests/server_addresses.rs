//! Servers that DNS tells: questions that take too long, futures that are dropped.

use core::cell::Cell;
use core::future::{pending, ready};
use core::net::Ipv4Addr;
use core::time::Duration;

use trunkline_stun::sans_io::{
    DnsData, DnsFailure, DnsQuestion, DnsRecord, DnsRecordType, Transport,
};
use trunkline_stun::tokio::{ServerAddresses, no_names};
use trunkline_stun::{LookupFailure, ServerLookup};

fn lookup(uri: &str) -> ServerLookup {
    ServerLookup::new(uri.parse().expect("a URI"), [7; 32])
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_never_answers_is_given_up() {
    let begin = tokio::time::Instant::now();
    let mut addresses = ServerAddresses::new(lookup("turn:example.org"), |_| pending());
    let failure = addresses.next().await;
    assert_eq!(failure, Err(LookupFailure::Dns(DnsFailure::NoAnswer)));
    // Ten seconds for each of the two services.
    assert_eq!(begin.elapsed().as_secs(), 20);
    let mut addresses = ServerAddresses::new(lookup("turn:example.org:3478"), no_names);
    let failure = addresses.next().await;
    assert_eq!(failure, Err(LookupFailure::Dns(DnsFailure::NoSuchName)));
}

/// Nothing is lost: neither the question nor what follows it.
#[tokio::test]
async fn a_dropped_future_puts_the_question_once_more() {
    let asked = Cell::new(0);
    let answer = |question: DnsQuestion| {
        asked.set(asked.get() + 1);
        let slow = asked.get() == 1;
        async move {
            if slow {
                pending::<()>().await;
            }
            let data = match question.record_type {
                DnsRecordType::A => DnsData::A(Ipv4Addr::LOCALHOST),
                _ => return Err(DnsFailure::NoRecord),
            };
            let ttl = Duration::from_secs(60);
            Ok(vec![DnsRecord { ttl, data }])
        }
    };
    let mut addresses = ServerAddresses::new(lookup("turns:example.org"), answer);
    tokio::select! {
        biased;
        _ = addresses.next() => panic!("nobody has answered"),
        () = ready(()) => {}
    }
    let found = addresses.next().await.expect("an address");
    assert_eq!(found, (Transport::Tls, ([127, 0, 0, 1], 5349).into()));
    // The service twice, then both families of the host.
    assert_eq!(asked.get(), 4);
    assert_eq!(addresses.next().await, Err(LookupFailure::NoMore));
}
