//! Session descriptions: walking, typed attributes, and what a relay and an end point do with them.

use core::hint::black_box;
use core::net::IpAddr;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use trunkline_sdp_ice::attribute::Direction;
use trunkline_sdp_ice::{
    AttributeKind, Edit, LocalOrigin, LocalStream, Mode, RelayAddress, Sdp, Section, StreamPolicy,
    answer, first_usable, relay,
};

const CHROMIUM: &[u8] = include_bytes!("../../sdp-ice/tests/vectors/chromium156-offer.sdp");
const LYNC: &[u8] = include_bytes!("../../sdp-ice/tests/vectors/lync-like-offer-ice2.sdp");
const SIMPLE: &[u8] = include_bytes!("../../sdp-ice/tests/vectors/simple-sip-offer.sdp");

const ALL: [(&str, &[u8]); 3] = [("chromium", CHROMIUM), ("lync", LYNC), ("simple", SIMPLE)];
const ADDRESS: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 99));

fn parse(bytes: &[u8]) -> Sdp<'_> {
    Sdp::parse(bytes, Mode::Tolerant).expect("a session description")
}

/// Every line split and classified, attributes by name.
fn walk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp.walk");
    for (name, bytes) in ALL {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::new(name, "trunkline"), |bencher| {
            bencher.iter(|| {
                let mut known = 0;
                for line in parse(black_box(bytes)).lines() {
                    if let Some(attribute) = line.attribute() {
                        known += usize::from(attribute.kind() != AttributeKind::Other);
                    }
                    black_box((line.kind(), line.value()));
                }
                known
            });
        });
    }
    group.finish();
}

/// Every attribute of every section as its type.
fn typed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp.typed");
    for (name, bytes) in ALL {
        group.bench_function(BenchmarkId::new(name, "trunkline"), |bencher| {
            bencher.iter(|| {
                let sdp = parse(black_box(bytes));
                for attribute in sdp.attributes() {
                    let _ = black_box(attribute.typed());
                }
                for media in sdp.media() {
                    for attribute in media.attributes() {
                        let _ = black_box(attribute.typed());
                    }
                }
            });
        });
    }
    group.finish();
}

fn negotiate(criterion: &mut Criterion) {
    let mut out = [0; 8192];

    criterion.bench_function("sdp.edit/lync/trunkline", |bencher| {
        let edits = [
            Edit::Connection(Section::Everywhere, ADDRESS),
            Edit::Port(0, 30_000),
            Edit::Remove(Section::Everywhere, "candidate"),
            Edit::Direction(Section::Media(0), Direction::SendRecv),
        ];
        bencher.iter(|| parse(black_box(LYNC)).edit(&edits, &mut out).expect("room"));
    });

    criterion.bench_function("sdp.first_usable/simple/trunkline", |bencher| {
        bencher.iter(|| first_usable(&parse(black_box(SIMPLE)), &StreamPolicy::G711).is_ok());
    });

    // The offer of one party for the other, as it is sent again and again in a dialog.
    criterion.bench_function("sdp.relay/simple/trunkline", |bencher| {
        let relays = [Some(RelayAddress {
            address: ADDRESS,
            rtp_port: 30_000,
            rtcp_port: 30_001,
        })];
        let mut origin = LocalOrigin::new(7);
        bencher.iter(|| {
            let sdp = parse(black_box(SIMPLE));
            let len = relay(&sdp, &StreamPolicy::G711, &relays, &mut origin, &mut out);
            len.expect("a usable stream")
        });
    });

    criterion.bench_function("sdp.answer/simple/trunkline", |bencher| {
        let streams = [LocalStream::new(StreamPolicy::G711, 4000)];
        let mut origin = LocalOrigin::new(7);
        bencher.iter(|| {
            let sdp = parse(black_box(SIMPLE));
            let len = answer(&sdp, &streams, ADDRESS, &mut origin, &mut out);
            len.expect("a usable stream")
        });
    });
}

criterion_group!(benches, walk, typed, negotiate);
criterion_main!(benches);
