//! Floods, and what a transaction costs.

use core::mem::size_of;

use super::*;
use crate::machines::layer::slot::{ClientSlot, ServerSlot};

fn numbered(method: &str, number: usize) -> Vec<u8> {
    let via = format!("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number}");
    incoming(method, &via)
}

#[test]
fn a_full_table_is_a_503_and_what_it_holds_is_not_lost() {
    let mut layer = layer_with(|config| {
        config.max_transactions = 80;
        config.retry_after = 7;
    });
    let now = Instant::ORIGIN;
    let mut held = Vec::new();
    for number in 0..500 {
        let handled = deliver(&mut layer, &numbered("INVITE", number));
        if number < 70 {
            assert_eq!(handled, Handled::Consumed);
            held.push(the_request(&mut layer));
            assert!(sent(&mut layer).is_empty());
        } else {
            assert_eq!(handled, Handled::Dropped(DropReason::TableFull));
            assert!(events(&mut layer).is_empty());
            let [(_, answer)] = sent(&mut layer).try_into().unwrap();
            assert!(start_line(&answer).starts_with("SIP/2.0 503 "));
            assert_eq!(header(&answer, "Retry-After").as_deref(), Some("7"));
        }
    }
    // Running calls still end: the rest of the table is for requests inside dialogs.
    for number in 0..20 {
        let via = format!("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKbye{number}");
        let bye = incoming_with("BYE", &via, ";tag=b1", "");
        let handled = deliver(&mut layer, &bye);
        assert_eq!(handled == Handled::Consumed, number < 10);
    }
    // Our own requests have a table of their own.
    let bye = request("BYE", "c1", "");
    assert!(
        layer
            .send_request(now, to_bob(Transport::Udp), &bye)
            .is_ok()
    );
    events(&mut layer);
    sent(&mut layer);
    for (transaction, message) in held {
        let busy = response(&message, 486);
        layer.respond(now, transaction, busy).unwrap();
        assert_eq!(sent(&mut layer).len(), 1);
    }
    // And once the timers have run there is room again.
    layer.handle_timeout(Instant::from_secs(33));
    assert_eq!(layer.statistics().server_transactions, 0);
    assert_eq!(layer.statistics().dropped(DropReason::TableFull), 440);
    sent(&mut layer);
    events(&mut layer);
    assert_eq!(
        deliver(&mut layer, &numbered("INVITE", 1)),
        Handled::Consumed
    );
}

#[test]
fn a_full_client_table_is_an_error() {
    let mut layer = layer_with(|config| config.max_transactions = 2);
    let now = Instant::ORIGIN;
    let to = to_bob(Transport::Udp);
    let invite = request("INVITE", "c1", "");
    let call = layer.send_request(now, to, &invite).unwrap();
    layer.send_request(now, to, &invite).unwrap();
    let refused = layer.send_request(now, to, &invite);
    assert_eq!(refused, Err(RequestError::TableFull));
    let [(_, invite), _] = sent(&mut layer).try_into().unwrap();
    // Even now a CANCEL goes out, though nobody repeats it.
    assert_eq!(layer.cancel(now, call), Ok(()));
    let ringing = format!(
        "SIP/2.0 180 Ringing\r\nVia: {}\r\nFrom: <sip:a@b>;tag=a1\r\nTo: <sip:b@b>;tag=b1\r\n\
         Call-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        header(&invite, "Via").unwrap()
    );
    let _ = layer.handle_datagram(now, to.path, ringing.as_bytes());
    assert_eq!(sent_lines(&mut layer), ["CANCEL sip:bob@192.0.2.2 SIP/2.0"]);
}

#[test]
fn a_transaction_handle_finds_no_successor() {
    let mut layer = layer_with(|config| config.max_transactions = 1);
    let via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1";
    let bye = |via| incoming_with("BYE", via, ";tag=b1", "");
    let _ = deliver(&mut layer, &bye(via));
    let (first, message) = the_request(&mut layer);
    layer.handle_timeout(Instant::from_secs(33)); // never answered: its client has given up
    assert!(events(&mut layer).is_empty());
    let _ = deliver(
        &mut layer,
        &bye("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK2"),
    );
    the_request(&mut layer);
    let late = layer.respond(Instant::from_secs(33), first, response(&message, 200));
    assert_eq!(late, Err(RespondError::Unknown));
}

#[test]
fn a_lingering_transaction_is_small() {
    // 2.5 KB is the bound with the message; a large response to an INVITE has 1.3 KB.
    const INDEX: usize = 64; // generation, digest, its place in the hash table, its deadline
    assert!(
        size_of::<ClientSlot>() + INDEX <= 320,
        "{}",
        size_of::<ClientSlot>()
    );
    assert!(
        size_of::<ServerSlot>() + INDEX <= 320,
        "{}",
        size_of::<ServerSlot>()
    );

    // Of a message no more is kept than it has octets.
    let mut layer = layer();
    let via = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1";
    let _ = deliver(&mut layer, &incoming("OPTIONS", via));
    let (_, message) = the_request(&mut layer);
    let octets = message.bytes().clone();
    drop(message);
    let octets: Vec<u8> = octets.into();
    assert_eq!(octets.capacity(), octets.len());
}

#[test]
fn floods_of_branches_cost_the_same_however_full_the_table_is() {
    // Time is not asserted; the run is short because each look-up is.
    let mut layer = layer_with(|config| config.max_transactions = 20_000);
    for number in 0..20_000 {
        let _ = deliver(&mut layer, &numbered("OPTIONS", number));
    }
    assert_eq!(layer.statistics().server_transactions, 17_500);
    assert_eq!(events(&mut layer).len(), 17_500);
    sent(&mut layer);
    layer.handle_timeout(Instant::from_secs(32));
    assert_eq!(layer.statistics().server_transactions, 0);
    assert_eq!(layer.poll_timeout(), None);
}
