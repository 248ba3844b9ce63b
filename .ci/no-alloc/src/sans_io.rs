//! The shared vocabulary: tables, deadlines, access lists, instants, DNS.

use core::hint::black_box;
use core::time::Duration;

use trunkline_sans_io::{
    Access, AccessList, Deadline, Deadlines, DnsName, DnsQuestion, DnsRecordType, FiveTuple,
    Instant, Network, PRIVATE_NETWORKS, Slot, Slots, Srv, Transport,
};

use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    tables()?;
    access()?;
    dns()?;
    let path = FiveTuple::new(
        Transport::Tcp,
        ([192, 0, 2, 1], black_box(5060)).into(),
        ([192, 0, 2, 9], 5060).into(),
    );
    check!(path.reversed().local == path.remote && path.transport.is_reliable());
    Ok(())
}

/// Inline storage and storage borrowed from the caller; more entries than a table scans.
fn tables() -> Result<(), Failed> {
    let mut inline = Slots::new([Slot::EMPTY; 2]);
    let first = some!(inline.insert(black_box(7_u32)));
    some!(inline.insert(8));
    check!(inline.insert(9).is_err());
    check!(inline.remove(first) == Some(7) && inline.get(first).is_none());
    check!(inline.iter().count() == 1);

    let mut storage = [Slot::EMPTY; 4];
    let mut borrowed = Slots::new(&mut storage[..]);
    let key = some!(borrowed.insert_with(|key| key));
    check!(borrowed.get(key) == Some(&key));

    const DEADLINES: usize = 64;
    let mut deadlines = Deadlines::new([Deadline::UNARMED; DEADLINES]);
    let now = black_box(Instant::from_secs(1));
    for index in 0..DEADLINES {
        let after = Duration::from_millis(((index * 37) % DEADLINES) as u64);
        check!(deadlines.set(index, Some(now + after)));
    }
    check!(deadlines.set(0, None) && !deadlines.set(DEADLINES, Some(now)));
    let mut last = Instant::ORIGIN;
    let mut count = 0;
    while let Some(next) = deadlines.next() {
        check!(next >= last);
        last = next;
        check!(deadlines.pop_due(next).is_some());
        count += 1;
    }
    check!(count == DEADLINES - 1);
    Ok(())
}

fn access() -> Result<(), Failed> {
    let allow: [Network; 1] = [some!(black_box("192.168.1.0/24").parse())];
    let list = AccessList::new(&allow[..], &PRIVATE_NETWORKS[..]);
    check!(list.check([192, 168, 1, 5].into()) == Access::AllowedBy(allow[0]));
    check!(!list.check([10, 0, 0, 1].into()).is_allowed());
    check!("192.168.1.5/24".parse::<Network>().is_err());
    Ok(())
}

fn dns() -> Result<(), Failed> {
    let domain = some!(DnsName::parse(black_box("Example.com.")));
    let name = some!(domain.with_prefix("_stun._udp"));
    check!(name == some!(DnsName::from_display(black_box("_STUN._udp.example.com"))));
    let question = DnsQuestion::new(name, DnsRecordType::Srv);
    check!(question.name.as_str().len() == 22 && !name.is_root());
    let mut records = [(20, 0), (10, 60), (10, 40)].map(|(priority, weight)| Srv {
        priority,
        weight,
        port: 3478,
        target: domain,
    });
    Srv::sort(&mut records, |srv| (srv.priority, srv.weight), |most| most);
    check!(records.map(|srv| srv.weight) == [60, 40, 0]);
    Ok(())
}
