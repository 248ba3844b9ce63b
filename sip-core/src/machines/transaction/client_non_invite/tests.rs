extern crate std;

use std::vec::Vec;

use super::super::testing::*;
use super::*;

const BYE: &[u8] = b"BYE";

fn trying(destination: Destination) -> ClientNonInvite<&'static [u8]> {
    let mut machine = ClientNonInvite::new(START, destination, BYE, &T);
    assert_eq!(sent!(machine).as_deref(), Some("BYE"));
    machine
}

fn respond(machine: &mut ClientNonInvite<&'static [u8]>, millis: u64, code: u16) -> Reaction {
    machine.handle_response(at(millis), &T, StatusCode::new(code).unwrap())
}

#[test]
fn timer_e_doubles_up_to_t2_until_timer_f_over_udp() {
    let mut machine = ClientNonInvite::new(START, udp(), BYE, &T);
    let (sent, end) = run!(machine);
    let times: Vec<u128> = sent.iter().map(|(time, _)| *time).collect();
    assert_eq!(
        times,
        [
            0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
        ]
    );
    assert_eq!(end, 32_000);
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
    assert!(machine.is_finished());
}

#[test]
fn a_reliable_transport_repeats_nothing_but_times_out_too() {
    let mut machine = ClientNonInvite::new(START, tcp(), BYE, &T);
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (1, 32_000));
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
}

#[test]
fn after_a_provisional_response_the_interval_is_t2_and_timer_f_still_runs() {
    let mut machine = trying(udp());
    assert_eq!(respond(&mut machine, 100, 100), Reaction::Deliver);
    assert_eq!(machine.state(), ClientNonInviteState::Proceeding);
    let (sent, end) = run!(machine);
    let times: Vec<u128> = sent.iter().map(|(time, _)| *time).collect();
    assert_eq!(times, [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500]);
    assert_eq!(end, 32_000);
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Timeout))
    );
}

#[test]
fn the_final_response_is_delivered_once_and_absorbed_for_timer_k() {
    let mut machine = trying(udp());
    assert_eq!(respond(&mut machine, 0, 200), Reaction::Deliver);
    assert_eq!(machine.state(), ClientNonInviteState::Completed);
    assert_eq!(machine.message(), None);
    assert_eq!(respond(&mut machine, 100, 200), Reaction::Absorb);
    assert_eq!(respond(&mut machine, 100, 100), Reaction::Absorb);
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (0, 5_000));
    assert!(machine.is_finished());
}

#[test]
fn timer_k_is_zero_over_tcp() {
    let mut machine = trying(tcp());
    assert_eq!(respond(&mut machine, 0, 481), Reaction::Deliver);
    assert!(machine.is_finished());
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn a_failed_send_is_reported_while_it_matters() {
    let mut machine = trying(tcp());
    machine.handle_send_failed();
    assert_eq!(
        machine.poll_event(),
        Some(TransactionEvent::Failed(FailureReason::Transport))
    );
    assert!(machine.is_finished());

    let mut machine = trying(tcp());
    let _ = respond(&mut machine, 0, 100);
    machine.handle_send_failed(); // the peer has it, nothing of it is repeated
    assert_eq!(machine.state(), ClientNonInviteState::Proceeding);

    let mut machine = trying(udp());
    let _ = respond(&mut machine, 0, 200);
    machine.handle_send_failed();
    assert_eq!(machine.poll_event(), None);
}
