extern crate std;

use std::vec::Vec;

use super::super::testing::*;
use super::*;

fn proceeding(destination: Destination) -> ServerInvite<&'static [u8]> {
    ServerInvite::new(START, destination, Some(b"100"), &T)
}

fn respond(machine: &mut ServerInvite<&'static [u8]>, millis: u64, code: u16) {
    let text: &[u8] = match code {
        180 => b"180",
        183 => b"183",
        200 => b"200",
        _ => b"486",
    };
    machine
        .respond(at(millis), &T, StatusCode::new(code).unwrap(), text)
        .unwrap();
}

#[test]
fn the_100_goes_out_by_itself_after_200_ms() {
    let mut machine = proceeding(udp());
    assert_eq!(sent!(machine), None);
    let (sent, _) = run!(machine);
    assert_eq!(sent, [(200, "100".into())]);
    assert_eq!(machine.state(), ServerInviteState::Proceeding);
}

#[test]
fn the_100_can_go_out_at_once_or_not_at_all() {
    let at_once = Timers {
        trying: core::time::Duration::ZERO,
        ..T
    };
    let mut machine = ServerInvite::new(START, udp(), Some(&b"100"[..]), &at_once);
    assert_eq!(sent!(machine).as_deref(), Some("100"));
    assert_eq!(machine.poll_timeout(), None);
    let mut machine = ServerInvite::<&[u8]>::new(START, udp(), None, &T);
    machine.handle_invite();
    assert_eq!((sent!(machine), machine.poll_timeout()), (None, None));
}

#[test]
fn a_repeated_invite_gets_the_latest_provisional_response() {
    let mut machine = proceeding(udp());
    machine.handle_invite(); // before the 200 ms
    assert_eq!(sent!(machine).as_deref(), Some("100"));
    assert_eq!(machine.poll_timeout(), None);
    respond(&mut machine, 10, 180);
    assert_eq!(sent!(machine).as_deref(), Some("180"));
    respond(&mut machine, 10, 183);
    assert_eq!(sent!(machine).as_deref(), Some("183"));
    machine.handle_invite();
    assert_eq!(sent!(machine).as_deref(), Some("183"));
    assert_eq!(sent!(machine), None);
}

#[test]
fn a_failure_is_repeated_by_timer_g_until_timer_h() {
    let mut machine = proceeding(udp());
    respond(&mut machine, 0, 486);
    let (sent, end) = run!(machine);
    let times: Vec<u128> = sent.iter().map(|(time, _)| *time).collect();
    assert_eq!(
        times,
        [
            0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
        ]
    );
    assert_eq!(end, 32_000);
    assert_eq!(machine.poll_event(), Some(TransactionEvent::AckMissing));
    assert!(machine.is_finished());
}

#[test]
fn over_tcp_a_failure_is_sent_once_and_still_waits_for_its_ack() {
    let mut machine = proceeding(tcp());
    respond(&mut machine, 0, 486);
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (1, 32_000));
    assert_eq!(machine.poll_event(), Some(TransactionEvent::AckMissing));
}

#[test]
fn the_ack_stops_the_repetition_and_timer_i_absorbs_further_ones() {
    let mut machine = proceeding(udp());
    respond(&mut machine, 0, 486);
    machine.handle_invite();
    assert_eq!(sent!(machine).as_deref(), Some("486"));
    assert_eq!(machine.handle_ack(at(0), &T), RequestReaction::Absorb);
    assert_eq!(machine.state(), ServerInviteState::Confirmed);
    assert_eq!(machine.handle_ack(at(100), &T), RequestReaction::Absorb);
    machine.handle_invite();
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (0, 5_000));
    assert_eq!(machine.poll_event(), None);
    assert!(machine.is_finished());
}

#[test]
fn timer_i_is_zero_over_tcp() {
    let mut machine = proceeding(tcp());
    respond(&mut machine, 0, 486);
    assert!(sent!(machine).is_some());
    assert_eq!(machine.handle_ack(at(0), &T), RequestReaction::Absorb);
    assert!(machine.is_finished());
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn accepted_absorbs_the_invite_and_passes_2xx_and_acks() {
    for destination in [udp(), tcp()] {
        let mut machine = proceeding(destination);
        respond(&mut machine, 0, 180);
        respond(&mut machine, 0, 200);
        assert_eq!(machine.state(), ServerInviteState::Accepted);
        assert_eq!(sent!(machine).as_deref(), Some("200"));
        assert_eq!(
            machine.message(),
            None,
            "the 2xx is the transaction user's to repeat"
        );
        machine.handle_invite();
        assert_eq!(sent!(machine), None);
        respond(&mut machine, 500, 200);
        assert_eq!(sent!(machine).as_deref(), Some("200"));
        let late = machine.respond(at(600), &T, StatusCode::BUSY_HERE, b"486");
        assert_eq!(late, Err(ResponseRefused::AlreadyAnswered));
        assert_eq!(machine.handle_ack(at(700), &T), RequestReaction::Deliver);
        let (sent, end) = run!(machine);
        assert_eq!((sent.len(), end), (0, 32_000));
        assert_eq!(machine.poll_event(), Some(TransactionEvent::AckMissing));
        assert!(machine.is_finished());
    }
}

#[test]
fn nothing_follows_a_failure() {
    let mut machine = proceeding(udp());
    respond(&mut machine, 0, 486);
    for code in [180, 200, 486] {
        let refused = machine.respond(at(1), &T, StatusCode::new(code).unwrap(), b"late");
        assert_eq!(refused, Err(ResponseRefused::AlreadyAnswered));
    }
    assert_eq!(sent!(machine).as_deref(), Some("486"));
}

#[test]
fn an_ack_out_of_turn_is_absorbed() {
    let mut machine = proceeding(udp());
    assert_eq!(machine.handle_ack(at(0), &T), RequestReaction::Absorb);
    assert_eq!(machine.state(), ServerInviteState::Proceeding);
}
