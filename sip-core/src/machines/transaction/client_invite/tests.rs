extern crate std;

use std::vec::Vec;

use super::super::testing::*;
use super::*;

const INVITE: &[u8] = b"INVITE";
const ACK: &[u8] = b"ACK";

fn status(code: u16) -> StatusCode {
    StatusCode::new(code).unwrap()
}

fn respond(machine: &mut ClientInvite<&'static [u8]>, millis: u64, code: u16) -> Reaction {
    machine.handle_response(at(millis), &T, status(code), |invite| {
        assert_eq!(invite, INVITE);
        Some(ACK)
    })
}

fn calling(destination: Destination) -> ClientInvite<&'static [u8]> {
    let mut machine = ClientInvite::new(START, destination, INVITE, &T);
    assert_eq!(sent!(machine).as_deref(), Some("INVITE"));
    assert_eq!(sent!(machine), None);
    machine
}

#[test]
fn timer_a_doubles_until_timer_b_over_udp() {
    let mut machine = ClientInvite::new(START, udp(), INVITE, &T);
    let (sent, end) = run!(machine);
    let times: Vec<u128> = sent.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [0, 500, 1500, 3500, 7500, 15500, 31500]);
    assert_eq!(end, 32_000);
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
    assert!(machine.is_finished());
}

#[test]
fn a_reliable_transport_repeats_nothing_but_times_out_too() {
    let mut machine = ClientInvite::new(START, tcp(), INVITE, &T);
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (1, 32_000));
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
}

#[test]
fn a_late_call_does_not_make_up_for_missed_repetitions() {
    let mut machine = calling(udp());
    machine.handle_timeout(at(20_000), &T);
    assert_eq!(sent!(machine).as_deref(), Some("INVITE"));
    machine.handle_timeout(at(20_000), &T);
    assert_eq!(sent!(machine), None);
    assert_eq!(machine.poll_timeout(), Some(at(21_000)));
}

#[test]
fn a_provisional_response_stops_the_repetition() {
    let mut machine = calling(udp());
    assert_eq!(respond(&mut machine, 100, 100), Reaction::Deliver);
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
    assert_eq!(respond(&mut machine, 200, 180), Reaction::Deliver);
    machine.handle_timeout(at(32_000), &T);
    assert_eq!((sent!(machine), machine.poll_event()), (None, None));
    assert_eq!(machine.state(), ClientInviteState::Proceeding);
}

#[test]
fn timer_c_asks_for_a_cancel_and_then_gives_up() {
    let mut machine = calling(udp());
    let _ = respond(&mut machine, 0, 100);
    let _ = respond(&mut machine, 50_000, 180); // begins Timer C anew
    let _ = respond(&mut machine, 60_000, 100); // does not
    assert_eq!(machine.poll_timeout(), Some(at(240_000)));
    machine.handle_timeout(at(240_000), &T);
    assert_eq!(machine.poll_event(), Some(TransactionEvent::CancelDue));
    let _ = respond(&mut machine, 241_000, 180); // no reprieve
    machine.handle_timeout(at(272_000), &T);
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
}

#[test]
fn a_failure_is_acknowledged_and_its_repetitions_too_for_timer_d() {
    let mut machine = calling(udp());
    assert_eq!(respond(&mut machine, 0, 486), Reaction::Deliver);
    assert_eq!(machine.state(), ClientInviteState::Completed);
    assert_eq!(sent!(machine).as_deref(), Some("ACK"));
    for _ in 0..3 {
        assert_eq!(respond(&mut machine, 100, 486), Reaction::Absorb);
        assert_eq!(sent!(machine).as_deref(), Some("ACK"));
    }
    assert_eq!(respond(&mut machine, 100, 180), Reaction::Absorb);
    assert_eq!(sent!(machine), None);
    assert_eq!(respond(&mut machine, 100, 200), Reaction::Stray);
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (0, 32_000));
    assert_eq!(machine.poll_event(), None);
    assert!(machine.is_finished());
}

#[test]
fn timer_d_is_zero_over_tcp_but_the_ack_still_goes_out() {
    let mut machine = calling(tcp());
    assert_eq!(respond(&mut machine, 0, 603), Reaction::Deliver);
    assert!(!machine.is_finished());
    assert_eq!(sent!(machine).as_deref(), Some("ACK"));
    assert!(machine.is_finished());
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn without_an_ack_the_failure_is_still_delivered() {
    let mut machine = calling(udp());
    let reaction = machine.handle_response(at(1), &T, status(400), |_| None);
    assert_eq!(reaction, Reaction::Deliver);
    assert_eq!(sent!(machine), None);
    assert_eq!(respond(&mut machine, 2, 400), Reaction::Absorb);
    assert_eq!(sent!(machine), None);
}

#[test]
fn every_2xx_is_delivered_until_timer_m() {
    for destination in [udp(), tcp()] {
        let mut machine = calling(destination);
        let _ = respond(&mut machine, 0, 183);
        for millis in [0, 500, 31_999] {
            assert_eq!(respond(&mut machine, millis, 200), Reaction::Deliver);
        }
        assert_eq!(machine.state(), ClientInviteState::Accepted);
        assert_eq!(machine.message(), None, "nothing is kept once accepted");
        assert_eq!(respond(&mut machine, 600, 486), Reaction::Absorb);
        assert_eq!(respond(&mut machine, 600, 180), Reaction::Absorb);
        assert_eq!(
            sent!(machine),
            None,
            "the ACK to a 2xx is for the transaction user"
        );
        assert_eq!(machine.poll_timeout(), Some(at(32_000)));
        machine.handle_timeout(at(32_000), &T);
        assert_eq!(machine.poll_event(), None);
        assert!(machine.is_finished());
        assert_eq!(respond(&mut machine, 32_001, 200), Reaction::Absorb);
    }
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut machine = calling(udp());
    assert!(machine.cancel(at(10), &T));
    assert_eq!(machine.poll_event(), None);
    machine.handle_timeout(at(500), &T);
    assert_eq!(sent!(machine).as_deref(), Some("INVITE"));
    let _ = respond(&mut machine, 600, 100);
    assert_eq!(machine.poll_event(), Some(TransactionEvent::CancelDue));
    assert!(machine.cancel(at(700), &T));
    assert_eq!(machine.poll_event(), None, "only one CANCEL");
    assert_eq!(machine.message(), Some(&INVITE), "the CANCEL is made of it");
    assert_eq!(respond(&mut machine, 700, 487), Reaction::Deliver);
    assert_eq!(sent!(machine).as_deref(), Some("ACK"));
}

#[test]
fn cancel_after_a_provisional_response_is_due_at_once() {
    let mut machine = calling(udp());
    let _ = respond(&mut machine, 0, 180);
    assert!(machine.cancel(at(10), &T));
    assert_eq!(machine.poll_event(), Some(TransactionEvent::CancelDue));
    // Nobody answers: over after 64 T1 (RFC 3261 section 9.1).
    let (_, end) = run!(machine);
    assert_eq!(end, 32_010);
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
}

#[test]
fn cancel_comes_too_late_after_a_final_response() {
    for code in [200, 486] {
        let mut machine = calling(udp());
        let _ = respond(&mut machine, 0, code);
        assert!(!machine.cancel(at(10), &T));
        assert_eq!(machine.poll_event(), None);
    }
}

#[test]
fn a_failed_send_ends_an_unanswered_call_only() {
    let mut machine = calling(udp());
    machine.handle_send_failed();
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Transport))
    );
    assert!(machine.is_finished());

    let mut machine = calling(udp());
    let _ = respond(&mut machine, 0, 180);
    machine.handle_send_failed();
    assert_eq!(machine.state(), ClientInviteState::Proceeding);

    let mut machine = calling(udp());
    let _ = respond(&mut machine, 0, 486);
    machine.handle_send_failed();
    assert_eq!(machine.state(), ClientInviteState::Terminated);
    assert_eq!(
        machine.poll_event(),
        None,
        "the final response is known already"
    );
}

#[test]
fn a_small_buffer_changes_nothing() {
    let mut machine = ClientInvite::new(START, udp(), INVITE, &T);
    let needed = INVITE.len();
    assert_eq!(
        machine.poll_transmit(START, &mut [0; 3]),
        Err(BufferTooSmall { needed })
    );
    assert_eq!(sent!(machine).as_deref(), Some("INVITE"));
}

#[test]
fn zero_timers_do_not_spin() {
    let zero = Timers {
        t1: core::time::Duration::ZERO,
        ..T
    };
    let mut machine = ClientInvite::new(START, udp(), INVITE, &zero);
    let mut calls = 0;
    while let Some(deadline) = machine.poll_timeout() {
        machine.handle_timeout(deadline, &zero);
        calls += 1;
        assert!(calls < 100);
    }
}
