extern crate std;

use super::super::testing::*;
use super::*;

fn respond(machine: &mut ServerNonInvite<&'static [u8]>, code: u16) -> Result<(), ResponseRefused> {
    let text: &[u8] = if code < 200 { b"100" } else { b"200" };
    machine.respond(START, &T, StatusCode::new(code).unwrap(), text)
}

#[test]
fn a_repeated_request_is_absorbed_until_there_is_a_response() {
    let mut machine = ServerNonInvite::new(START, udp(), &T);
    machine.handle_request();
    assert_eq!(sent!(machine), None);
    assert_eq!(machine.state(), ServerNonInviteState::Trying);
    respond(&mut machine, 100).unwrap();
    assert_eq!(machine.state(), ServerNonInviteState::Proceeding);
    assert_eq!(sent!(machine).as_deref(), Some("100"));
    machine.handle_request();
    assert_eq!(sent!(machine).as_deref(), Some("100"));
}

#[test]
fn the_final_response_is_repeated_on_request_for_timer_j() {
    let mut machine = ServerNonInvite::new(START, udp(), &T);
    respond(&mut machine, 200).unwrap();
    assert_eq!(machine.state(), ServerNonInviteState::Completed);
    assert_eq!(sent!(machine).as_deref(), Some("200"));
    for _ in 0..3 {
        machine.handle_request();
        assert_eq!(sent!(machine).as_deref(), Some("200"));
    }
    assert_eq!(
        respond(&mut machine, 500),
        Err(ResponseRefused::AlreadyAnswered)
    );
    let (sent, end) = run!(machine);
    assert_eq!((sent.len(), end), (0, 32_000));
    assert_eq!(machine.poll_event(), None);
    assert!(machine.is_finished());
}

#[test]
fn timer_j_is_zero_over_tcp_but_the_response_still_goes_out() {
    let mut machine = ServerNonInvite::new(START, tcp(), &T);
    respond(&mut machine, 200).unwrap();
    assert!(!machine.is_finished());
    assert_eq!(machine.poll_timeout(), None);
    assert_eq!(sent!(machine).as_deref(), Some("200"));
    assert!(machine.is_finished());
}

#[test]
fn an_answer_that_comes_after_the_client_has_given_up_is_not_sent() {
    for destination in [udp(), tcp()] {
        let mut machine = ServerNonInvite::new(START, destination, &T);
        respond(&mut machine, 100).unwrap();
        let (sent, end) = run!(machine);
        assert_eq!((sent.len(), end), (1, 32_000));
        assert_eq!(machine.poll_event(), Some(TransactionEvent::Expired));
        assert_eq!(
            respond(&mut machine, 200),
            Err(ResponseRefused::AlreadyAnswered)
        );
        assert!(machine.is_finished());
    }
}

#[test]
fn no_408_goes_out() {
    let mut machine = ServerNonInvite::new(START, udp(), &T);
    assert_eq!(
        respond(&mut machine, 408),
        Err(ResponseRefused::TimeoutToNonInvite)
    );
    assert_eq!(sent!(machine), None);
    respond(&mut machine, 500).unwrap();
}

#[test]
fn no_provisional_response_but_100_goes_out() {
    let mut machine = ServerNonInvite::new(START, udp(), &T);
    for code in [180, 183, 199] {
        assert_eq!(
            respond(&mut machine, code),
            Err(ResponseRefused::ProvisionalToNonInvite)
        );
    }
    assert_eq!(sent!(machine), None);
    assert_eq!(machine.state(), ServerNonInviteState::Trying);
}
