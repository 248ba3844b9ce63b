use proptest::prelude::*;

use super::*;
use core::time::Duration;
extern crate std;
use std::vec::Vec;

const CALL: AdmissionRequest = AdmissionRequest::new(CallBandwidth::G711);
const EMERGENCY: AdmissionRequest = AdmissionRequest::emergency(CallBandwidth::G711);

fn channels(channels: u32) -> Admission {
    Admission::new(AdmissionLimits {
        channels: Some(channels),
        ..AdmissionLimits::default()
    })
}

/// P000-8, P000-18: the packages of a trunk. Who calls whom is not asked, so both directions count.
#[test]
fn the_call_after_the_last_channel_is_refused() {
    for package in [4, 6, 8, 20, 30, 60] {
        let mut trunk = channels(package);
        let mut calls: Vec<Admitted> = (0..package).map(|_| trunk.admit(CALL).unwrap()).collect();
        let refused = trunk.admit(CALL).unwrap_err();
        assert_eq!(refused, Refused::Channels);
        assert_eq!(std::format!("{refused}"), "all channels are in use");
        // A call that ends makes room for one.
        trunk.release(calls.pop().unwrap());
        calls.push(trunk.admit(CALL).unwrap());
        assert_eq!(trunk.admit(CALL), Err(Refused::Channels));
        for call in calls {
            trunk.release(call);
        }
        let statistics = trunk.statistics();
        assert_eq!((statistics.calls, statistics.bits_per_second), (0, 0));
        assert_eq!(statistics.most_calls, package);
        assert_eq!(statistics.refused_channels, 2);
    }
}

/// P000-23: a call of G.711 counts as 80 kbit/s.
#[test]
fn the_bandwidth_is_shared_out() {
    let mut side = Admission::new(AdmissionLimits {
        kilobits_per_second: Some(5_000),
        ..AdmissionLimits::default()
    });
    let mut calls: Vec<Admitted> = core::iter::from_fn(|| side.admit(CALL).ok()).collect();
    assert_eq!(calls.len(), 62);
    assert_eq!(side.statistics().bits_per_second, 62 * 80_000);
    assert_eq!(side.statistics().refused_bandwidth, 1);
    // What is left is enough for a call of G.729.
    let narrow = CallBandwidth {
        payload_rate: 8_000,
        ..CallBandwidth::G711
    };
    assert_eq!(narrow.bits_per_second(), 24_000);
    calls.push(side.admit(AdmissionRequest::new(narrow)).unwrap());
    assert_eq!(side.admit(CALL), Err(Refused::Bandwidth));
    // A call that goes on may change its codec, even past the limit.
    let last = calls.last_mut().unwrap();
    side.change(last, CallBandwidth::G711);
    assert_eq!(side.statistics().bits_per_second, 63 * 80_000);
    for call in calls {
        side.release(call);
    }
    assert_eq!(side.statistics().bits_per_second, 0);
}

/// P000-42.
#[test]
fn emergency_calls_pass_every_limit_and_count() {
    let mut trunk = Admission::new(AdmissionLimits {
        channels: Some(1),
        kilobits_per_second: Some(80),
        soft_limit: None,
    });
    let ordinary = trunk.admit(CALL).unwrap();
    let emergency = trunk.admit(EMERGENCY).unwrap();
    assert!(emergency.is_emergency());
    let statistics = trunk.statistics();
    assert_eq!((statistics.calls, statistics.emergency_calls), (2, 1));
    assert_eq!(statistics.admitted_over_limit, 1);
    assert_eq!(statistics.bits_per_second, 160_000);
    // It takes the place of the next ordinary call.
    trunk.release(ordinary);
    assert_eq!(trunk.admit(CALL), Err(Refused::Channels));
    trunk.release(emergency);
    assert_eq!(trunk.statistics().emergency_calls, 0);
    let within = trunk.admit(EMERGENCY).unwrap();
    assert_eq!(trunk.statistics().admitted_over_limit, 1);
    trunk.release(within);
}

/// P000-17: unset by default; at 150 calls it is told, once, and nobody is refused.
#[test]
fn the_soft_limit_is_told_when_it_is_crossed() {
    let mut side = Admission::default();
    assert_eq!(side.limits().soft_limit, None);
    side.set_limits(AdmissionLimits {
        soft_limit: Some(AdmissionLimits::CO_LOCATED_SOFT_LIMIT),
        ..side.limits()
    });
    let mut calls = Vec::new();
    for number in 1..=160 {
        calls.push(side.admit(CALL).unwrap());
        let expected = (number == 150).then_some(AdmissionEvent::SoftLimitReached { calls: 150 });
        assert_eq!(side.poll_event(), expected);
    }
    assert!(side.is_at_soft_limit());
    for left in (100..160).rev() {
        side.release(calls.pop().unwrap());
        let expected = (left == 149).then_some(AdmissionEvent::SoftLimitLeft { calls: 149 });
        assert_eq!(side.poll_event(), expected);
    }
    assert_eq!(side.statistics().most_calls, 160);
}

/// P000-23: the constants that are documented.
#[test]
fn headers_are_counted() {
    let v6 = CallBandwidth {
        overhead: CallBandwidth::OVERHEAD_IPV6,
        ..CallBandwidth::G711
    };
    let ten = CallBandwidth {
        packet_time: Duration::from_millis(10),
        ..CallBandwidth::G711
    };
    for (call, expected) in [
        (CallBandwidth::G711, 80_000),
        (CallBandwidth::G711_ON_ETHERNET, 87_200),
        (v6, 88_000),
        (ten, 96_000),
    ] {
        assert_eq!(call.bits_per_second(), expected);
    }
    for packet_time in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let odd = CallBandwidth {
            payload_rate: u32::MAX,
            packet_time,
            overhead: u16::MAX,
        };
        assert!(odd.bits_per_second() >= u64::from(u32::MAX));
    }
}

proptest! {
    /// Whatever comes and goes, the ledger says what is there, and never more ordinary calls than
    /// there may be.
    #[test]
    fn the_ledger_balances(
        steps in proptest::collection::vec((any::<bool>(), 0..10_u8, any::<prop::sample::Index>()), 0..200),
    ) {
        let mut trunk = Admission::new(AdmissionLimits {
            channels: Some(8),
            kilobits_per_second: Some(500),
            soft_limit: Some(4),
        });
        let mut calls = Vec::new();
        for (comes, emergency, which) in steps {
            if comes {
                let before = trunk.statistics();
                let request = if emergency == 0 { EMERGENCY } else { CALL };
                match trunk.admit(request) {
                    Ok(call) => {
                        let fits = before.calls < 8 && before.bits_per_second + 80_000 <= 500_000;
                        prop_assert!(fits || request.emergency);
                        calls.push(call);
                    }
                    Err(_) => prop_assert!(before.bits_per_second + 80_000 > 500_000),
                }
            } else if !calls.is_empty() {
                trunk.release(calls.swap_remove(which.index(calls.len())));
            }
            let statistics = trunk.statistics();
            prop_assert_eq!(statistics.calls as usize, calls.len());
            prop_assert_eq!(statistics.bits_per_second, calls.len() as u64 * 80_000);
            let emergencies = calls.iter().filter(|call| call.is_emergency()).count();
            prop_assert_eq!(statistics.emergency_calls as usize, emergencies);
            prop_assert_eq!(trunk.is_at_soft_limit(), calls.len() >= 4);
        }
    }
}
