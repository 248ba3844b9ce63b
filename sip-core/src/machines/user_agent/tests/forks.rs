//! An INVITE that several answer, and answers of little use.

use super::*;

const CONTACTS: [&str; 4] = [
    "<sip:b0@192.0.2.2>",
    "<sip:b1@192.0.2.2>",
    "<sip:b2@192.0.2.2>",
    "<sip:b3@192.0.2.2>",
];

fn request_uris(sent: &[OwnedMessage]) -> Vec<String> {
    let uri = |message: &OwnedMessage| start_line(message.bytes()).replace(" SIP/2.0", "");
    sent.iter().map(uri).collect()
}

#[test]
fn the_first_2xx_wins_and_later_ones_are_ended() {
    let mut alice = Alone::new();
    let (usage, invite) = alice.call();
    for (tag, contact) in ["b0", "b1", "b2"].iter().zip(CONTACTS) {
        alice.answer(&invite, 180, tag, contact);
    }
    assert_eq!(alice.names(), ["180", "180", "180"]);
    alice.answer(&invite, 200, "b1", CONTACTS[1]);
    assert_eq!(alice.names(), ["accepted"]);
    assert_eq!(
        alice.agent.usage(usage).unwrap().dialog.remote_tag(),
        Some("b1")
    );
    alice.agent.ack(alice.now, usage, None).unwrap();
    assert_eq!(request_uris(&alice.sent()), ["ACK sip:b1@192.0.2.2"]);

    // A fork that was heard before, and one that was not.
    for (tag, index) in [("b2", 2), ("b3", 3)] {
        alice.answer(&invite, 200, tag, CONTACTS[index]);
        let sent = alice.sent();
        let expected = [
            format!("ACK sip:b{index}@192.0.2.2"),
            format!("BYE sip:b{index}@192.0.2.2"),
        ];
        assert_eq!(request_uris(&sent), expected);
        assert_eq!(to_tag(&sent[1]), tag);
        alice.answer(&sent[1], 200, tag, "");
        // Its 2xx comes again: the same ACK, and no second BYE.
        alice.answer(&invite, 200, tag, CONTACTS[index]);
        assert_eq!(request_uris(&alice.sent()), expected[..1]);
    }
    assert_eq!(alice.names(), [""; 0]);
    // The 2xx of the call comes again.
    alice.answer(&invite, 200, "b1", CONTACTS[1]);
    assert_eq!(request_uris(&alice.sent()), ["ACK sip:b1@192.0.2.2"]);
    assert!(alice.agent.usage(usage).is_some());

    alice.agent.bye(alice.now, usage, &[]).unwrap();
    let bye = alice.the_message();
    alice.answer(&bye, 200, "b1", "");
    assert_eq!(alice.names(), ["ended: bye sent"]);
    // Even now.
    alice.answer(&invite, 200, "b0", CONTACTS[0]);
    assert_eq!(alice.lines().len(), 2);
    alice.pass(70_000);
    nothing_is_left(&alice.agent);
}

#[test]
fn the_answer_of_a_fork_to_an_update_moves_its_own_target_alone() {
    for accepted_first in [true, false] {
        let mut alice = Alone::new();
        let (usage, invite) = alice.call();
        for (tag, contact) in ["b0", "b1"].iter().zip(CONTACTS) {
            alice.answer(&invite, 180, tag, contact);
        }
        let update =
            alice
                .agent
                .request_in_dialog(alice.now, usage, crate::Method::Update, &[], SDP);
        assert!(update.is_ok());
        let update = alice.the_message();
        assert_eq!(to_tag(&update), "b1");
        if accepted_first {
            alice.answer(&invite, 200, "b0", CONTACTS[0]);
        }
        alice.answer(&update, 200, "b1", CONTACTS[3]);
        let view = alice.agent.usage(usage).unwrap();
        let expected = if accepted_first {
            "sip:b0@192.0.2.2"
        } else {
            "sip:b3@192.0.2.2"
        };
        assert_eq!(view.dialog.remote_target(), expected);
    }
}

/// An owner that forwards the ACK from elsewhere acknowledges late.
#[test]
fn the_first_2xx_is_acknowledged_though_that_of_a_fork_came_in_between() {
    let mut alice = Alone::new();
    let (usage, invite) = alice.call();
    alice.answer(&invite, 200, "b0", CONTACTS[0]);
    alice.answer(&invite, 200, "b1", CONTACTS[1]);
    assert_eq!(
        request_uris(&alice.sent()),
        ["ACK sip:b1@192.0.2.2", "BYE sip:b1@192.0.2.2"]
    );
    alice.agent.ack(alice.now, usage, SDP).unwrap();
    assert_eq!(request_uris(&alice.sent()), ["ACK sip:b0@192.0.2.2"]);
    alice.answer(&invite, 200, "b0", CONTACTS[0]);
    assert_eq!(request_uris(&alice.sent()), ["ACK sip:b0@192.0.2.2"]);
}

/// P000-9: a third 18x makes no third dialog where two are allowed.
#[test]
fn p000_9_early_dialogs_beyond_the_limit_are_ignored_or_end_the_call() {
    for policy in [EarlyDialogPolicy::Ignore, EarlyDialogPolicy::Cancel] {
        let mut alice = Alone::of(agent_with(1, |config| {
            config.max_early_dialogs = 2;
            config.early_dialog_policy = policy;
        }));
        let (usage, invite) = alice.call();
        for (tag, contact) in ["b0", "b1", "b0", "b2"].iter().zip(CONTACTS) {
            alice.answer(&invite, 180, tag, contact);
        }
        assert_eq!(alice.names(), ["180", "180", "180"]);
        assert_eq!(
            alice.agent.usage(usage).unwrap().dialog.remote_tag(),
            Some("b0")
        );
        if policy == EarlyDialogPolicy::Ignore {
            assert!(alice.lines().is_empty());
            alice.answer(&invite, 200, "b2", CONTACTS[2]);
            assert_eq!(alice.names(), ["accepted"]);
        } else {
            assert_eq!(alice.lines(), ["CANCEL sip:bob@192.0.2.2 SIP/2.0"]);
            alice.answer(&invite, 487, "b2", "");
            assert_eq!(alice.names(), ["rejected: 487"]);
        }
    }
}

#[test]
fn twenty_early_dialogs_are_the_default() {
    assert_eq!(UserAgentConfig::default().max_early_dialogs, 20);
}

#[test]
fn a_fork_accepted_after_the_cancel_is_ended_too() {
    let mut alice = Alone::new();
    let (usage, invite) = alice.call();
    alice.answer(&invite, 180, "b0", CONTACTS[0]);
    alice.agent.cancel(alice.now, usage).unwrap();
    assert_eq!(alice.lines(), ["CANCEL sip:bob@192.0.2.2 SIP/2.0"]);
    for tag in ["b1", "b0"] {
        alice.answer(&invite, 200, tag, CONTACTS[0]);
        let lines = alice.lines();
        assert!(
            lines[0].starts_with("ACK") && lines[1].starts_with("BYE"),
            "{lines:?}"
        );
    }
    assert_eq!(alice.names(), ["180", "rejected: cancelled"]);
    alice.pass(70_000);
    nothing_is_left(&alice.agent);
}

#[test]
fn a_2xx_of_which_no_dialog_can_be_made_is_ended() {
    for contact in ["*", "<tel:+4930>", "<sip:a@b>, <sip:c@d>"] {
        let mut alice = Alone::new();
        let (usage, invite) = alice.call();
        alice.answer(&invite, 180, "b0", contact);
        alice.answer(&invite, 200, "b0", contact);
        assert_eq!(alice.names(), ["180", "rejected: unusable"], "{contact}");
        assert!(alice.agent.usage(usage).is_none());
        let sent = alice.sent();
        assert_eq!(
            request_uris(&sent),
            ["ACK sip:bob@192.0.2.2", "BYE sip:bob@192.0.2.2"]
        );
        assert_eq!(
            (to_tag(&sent[0]), to_tag(&sent[1])),
            ("b0".into(), "b0".into())
        );
        alice.answer(&invite, 200, "b0", contact);
        assert_eq!(alice.lines().len(), 1, "the ACK again, and no second BYE");
        alice.pass(70_000);
        nothing_is_left(&alice.agent);
    }
}

/// The layer drops responses that break the grammar. What remains is a callee whose 2xx nobody acknowledges.
#[test]
fn a_2xx_with_garbage_for_a_contact_is_none() {
    for contact in ["garbage", "<sip:a@[b>", "<sip:>"] {
        let mut alice = Alone::new();
        let (_, invite) = alice.call();
        alice.answer(&invite, 200, "b0", contact);
        assert!(alice.names().is_empty(), "{contact}");
        alice.pass(33_000);
        assert_eq!(alice.names(), ["rejected: timeout"], "{contact}");
        nothing_is_left(&alice.agent);
    }
}

#[test]
fn a_2xx_without_contact_is_accepted_along_the_way_of_the_invite() {
    let mut alice = Alone::new();
    let (usage, invite) = alice.call();
    alice.answer(&invite, 200, "b0", "");
    assert_eq!(alice.names(), ["accepted"]);
    alice.agent.ack(alice.now, usage, None).unwrap();
    assert_eq!(request_uris(&alice.sent()), ["ACK sip:bob@192.0.2.2"]);
}

#[test]
fn a_callee_who_gives_up_an_unheard_2xx_ends_the_call() {
    let mut alice = Alone::new();
    let (_, invite) = alice.call();
    alice.answer(&invite, 180, "b0", CONTACTS[0]);
    let from = header(&invite, "From");
    let bye = format!(
        "BYE sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@example.com>;tag=b0\r\nTo: {from}\r\n\
         Call-ID: {}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
        header(&invite, "Call-ID")
    );
    alice.hear(bye.as_bytes());
    assert_eq!(alice.names(), ["180", "ended: bye"]);
    let lines = alice.lines();
    assert_eq!(
        lines,
        ["SIP/2.0 200 OK", "CANCEL sip:bob@192.0.2.2 SIP/2.0"]
    );
    alice.answer(&invite, 487, "b0", "");
    alice.pass(70_000);
    nothing_is_left(&alice.agent);
}

#[test]
fn a_redirection_or_challenge_is_for_the_owner() {
    for code in [302, 401, 407, 503, 600] {
        let mut alice = Alone::new();
        let (_, invite) = alice.call();
        alice.answer(&invite, code, "b0", "");
        assert_eq!(alice.names(), [format!("rejected: {code}")]);
        assert!(alice.lines()[0].starts_with("ACK"));
        alice.answer(&invite, code, "b0", "");
        assert!(alice.names().is_empty());
        alice.pass(70_000);
        nothing_is_left(&alice.agent);
    }
}
