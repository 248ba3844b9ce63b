//! What strangers send.

use super::*;

#[test]
fn requests_in_dialogs_that_there_are_not_get_481() {
    let mut alice = Alone::new();
    let (usage, ok) = alice.accepted();
    let tag = to_tag(&ok);
    let other = "0123456789abcdef";
    let right = String::from_utf8(request("INFO", &tag, 2, "z9hG4bK-1", "")).unwrap();
    for (index, wrong) in [
        right.replace(&tag, other),
        right.replace(&tag, "not-a-number"),
        right.replace("bobs-tag", "robs-tag"),
        right.replace(";tag=bobs-tag", ""),
        right.replace("call-of-bob", "call-of-rob"),
    ]
    .iter()
    .enumerate()
    {
        for method in ["INFO", "BYE", "INVITE", "UPDATE", "NOTIFY"] {
            let wrong = wrong
                .replace("INFO", method)
                .replace("bK-1", &format!("bK-{index}"));
            alice.hear(wrong.as_bytes());
            assert!(
                alice.the_message().bytes().starts_with(b"SIP/2.0 481"),
                "{wrong}"
            );
            // The ACK that a 481 to an INVITE gets.
            alice.hear(
                wrong
                    .replace(&format!(" {method}"), " ACK")
                    .replacen(method, "ACK", 1)
                    .as_bytes(),
            );
        }
    }
    assert!(alice.names().is_empty());
    assert_eq!(
        alice.agent.usage(usage).unwrap().state,
        UsageState::Established
    );
}

#[test]
fn acks_that_fit_nothing_are_ignored() {
    let mut alice = Alone::new();
    let (_, ok) = alice.accepted();
    let tag = to_tag(&ok);
    let right = String::from_utf8(request("ACK", &tag, 1, "z9hG4bK-ack", "")).unwrap();
    for wrong in [
        right.replace(&tag, "0123456789abcdef"),
        right.replace("bobs-tag", "robs-tag"),
        right.replace("call-of-bob", "call-of-rob"),
        right.replace("CSeq: 1 ACK", "CSeq: 2 ACK"),
        right.replace(&format!(";tag={tag}"), ""),
    ] {
        alice.hear(wrong.as_bytes());
        assert!(
            alice.sent().is_empty() && alice.names().is_empty(),
            "{wrong}"
        );
    }
    alice.hear(right.as_bytes());
    alice.hear(right.as_bytes());
    assert_eq!(alice.names(), ["acknowledged"], "once");
}

#[test]
fn requests_out_of_order_get_500() {
    let mut alice = Alone::new();
    let (_, ok) = alice.accepted();
    let tag = to_tag(&ok);
    alice.hear(&request("ACK", &tag, 1, "z9hG4bK-ack", ""));
    alice.hear(&request("INFO", &tag, 7, "z9hG4bK-7", ""));
    assert_eq!(alice.names(), ["acknowledged", "INFO"]);
    for (cseq, branch) in [(7, "z9hG4bK-a"), (6, "z9hG4bK-b"), (1, "z9hG4bK-c")] {
        for method in ["INFO", "BYE", "INVITE"] {
            let branch = format!("{branch}-{method}");
            alice.hear(&request(method, &tag, cseq, &branch, BOB_CONTACT));
            assert!(
                alice.the_message().bytes().starts_with(b"SIP/2.0 500"),
                "{cseq}"
            );
        }
    }
    assert!(alice.names().is_empty());
    alice.hear(&request("BYE", &tag, 2_000_000_000, "z9hG4bK-bye", ""));
    assert_eq!(alice.names(), ["ended: bye"]);
}

#[test]
fn an_invite_without_a_usable_contact_gets_400() {
    let mut alice = Alone::new();
    for (index, contact) in [
        "",
        "Contact: *\r\n",
        "Contact: <tel:+49>\r\n",
        "Contact: ???\r\n",
    ]
    .iter()
    .enumerate()
    {
        let branch = format!("z9hG4bK-{index}");
        alice.hear(&request(
            "INVITE",
            "",
            u32::try_from(index).unwrap() + 1,
            &branch,
            contact,
        ));
        let answer = alice.the_message();
        assert!(
            answer.bytes().starts_with(b"SIP/2.0 400"),
            "{contact}: {answer:?}"
        );
    }
    assert!(alice.names().is_empty());
    alice.pass(70_000);
    nothing_is_left(&alice.agent);
}

#[test]
fn a_re_invite_with_a_bad_contact_changes_nothing() {
    let mut alice = Alone::new();
    let (usage, ok) = alice.accepted();
    let tag = to_tag(&ok);
    alice.hear(&request("ACK", &tag, 1, "z9hG4bK-ack", ""));
    alice.hear(&request("INVITE", &tag, 2, "z9hG4bK-2", "Contact: *\r\n"));
    assert!(alice.the_message().bytes().starts_with(b"SIP/2.0 400"));
    assert_eq!(alice.names(), ["acknowledged"]);
    let view = alice.agent.usage(usage).unwrap();
    assert_eq!(view.dialog.remote_target(), "sip:bob@192.0.2.2:5060");
}

#[test]
fn merged_requests_get_482() {
    let mut alice = Alone::new();
    for (method, event) in [
        ("INVITE", "invited"),
        ("MESSAGE", "MESSAGE"),
        ("OPTIONS", "OPTIONS"),
    ] {
        alice.hear(&request(
            method,
            "",
            1,
            &format!("z9hG4bK-1-{method}"),
            BOB_CONTACT,
        ));
        alice.hear(&request(
            method,
            "",
            1,
            &format!("z9hG4bK-2-{method}"),
            BOB_CONTACT,
        ));
        assert_eq!(alice.names(), [event]);
        assert!(alice.the_message().bytes().starts_with(b"SIP/2.0 482"));
    }
    // The same by the same way is a repetition, another CSeq another request.
    alice.hear(&request("OPTIONS", "", 1, "z9hG4bK-1-OPTIONS", BOB_CONTACT));
    alice.hear(&request("OPTIONS", "", 2, "z9hG4bK-3-OPTIONS", BOB_CONTACT));
    assert_eq!(alice.names(), ["OPTIONS"]);
    assert!(alice.sent().is_empty());
}

#[test]
fn a_second_re_invite_before_the_first_is_answered_gets_500() {
    let mut alice = Alone::new();
    let (usage, ok) = alice.accepted();
    let tag = to_tag(&ok);
    // Not even acknowledged: our 2xx may have been lost.
    alice.hear(&request("INVITE", &tag, 2, "z9hG4bK-2", BOB_CONTACT));
    assert!(alice.the_message().bytes().starts_with(b"SIP/2.0 491"));
    alice.hear(&request("ACK", &tag, 1, "z9hG4bK-ack", ""));
    alice.hear(&request("INVITE", &tag, 3, "z9hG4bK-3", BOB_CONTACT));
    alice.hear(&request("INVITE", &tag, 4, "z9hG4bK-4", BOB_CONTACT));
    assert_eq!(alice.names(), ["acknowledged", "re-invited"]);
    let answer = alice.the_message();
    assert!(answer.bytes().starts_with(b"SIP/2.0 500"));
    assert!(header(&answer, "Retry-After").parse::<u32>().unwrap() <= 10);
    assert!(alice.agent.accept(alice.now, usage, &[], None).is_ok());
}

#[test]
fn unknown_extensions_and_methods_are_refused_by_name() {
    let mut alice = Alone::of(agent_with(1, |config| {
        config.supported = std::vec!["timer", "replaces"];
        config.allow = std::vec![
            crate::Method::Invite,
            crate::Method::Bye,
            crate::Method::Info
        ];
    }));
    let require = "Require: Timer, 100rel\r\nRequire: foo\r\n";
    alice.hear(&request(
        "INVITE",
        "",
        1,
        "z9hG4bK-1",
        &format!("{require}{BOB_CONTACT}"),
    ));
    let answer = alice.the_message();
    assert!(answer.bytes().starts_with(b"SIP/2.0 420"));
    assert_eq!(header(&answer, "Unsupported"), "100rel, foo");
    alice.hear(&request("MESSAGE", "", 1, "z9hG4bK-2", ""));
    let answer = alice.the_message();
    assert!(answer.bytes().starts_with(b"SIP/2.0 405"));
    assert_eq!(header(&answer, "Allow"), "INVITE, BYE, INFO");
    assert!(alice.names().is_empty());
    alice.hear(&request(
        "INVITE",
        "",
        2,
        "z9hG4bK-3",
        &format!("Require: timer\r\n{BOB_CONTACT}"),
    ));
    assert_eq!(alice.names(), ["invited"]);
}

#[test]
fn requests_that_need_a_dialog_are_nothing_without() {
    let mut alice = Alone::new();
    for (index, method) in ["BYE", "UPDATE", "INFO", "PRACK"].iter().enumerate() {
        alice.hear(&request(method, "", 1, &format!("z9hG4bK-{index}"), ""));
        assert!(
            alice.the_message().bytes().starts_with(b"SIP/2.0 481"),
            "{method}"
        );
    }
    assert!(alice.names().is_empty());
}

#[test]
fn calls_beyond_the_limit_get_503() {
    let mut alice = Alone::of(agent_with(1, |config| config.max_usages = 2));
    for index in 1..=3 {
        let branch = format!("z9hG4bK-{index}");
        alice.hear(&request("INVITE", "", index, &branch, BOB_CONTACT));
    }
    let answer = alice.the_message();
    assert!(answer.bytes().starts_with(b"SIP/2.0 503"));
    assert_eq!(header(&answer, "Retry-After"), "5");
    let events = alice.events();
    assert_eq!(
        alice.agent.invite(alice.now, &call(to_bob_udp())),
        Err(SendError::TooManyUsages)
    );
    let [
        UserAgentEvent::Invited { usage, .. },
        UserAgentEvent::Invited { .. },
    ] = &events[..]
    else {
        panic!()
    };
    alice
        .agent
        .reject(alice.now, *usage, StatusCode::BUSY_HERE, "", &[])
        .unwrap();
    assert!(
        alice.agent.invite(alice.now, &call(to_bob_udp())).is_ok(),
        "there is room again"
    );
}

#[test]
fn requests_that_nobody_answers_are_forgotten() {
    let mut alice = Alone::of(agent_with(1, |config| config.max_pending_requests = 2));
    for index in 1..=3 {
        alice.hear(&request(
            "OPTIONS",
            "",
            index,
            &format!("z9hG4bK-{index}"),
            "",
        ));
    }
    assert!(alice.the_message().bytes().starts_with(b"SIP/2.0 503"));
    assert_eq!(alice.names(), ["OPTIONS", "OPTIONS"]);
    alice.pass(33_000);
    for index in 4..=5 {
        alice.hear(&request(
            "OPTIONS",
            "",
            index,
            &format!("z9hG4bK-{index}"),
            "",
        ));
    }
    assert_eq!(alice.names(), ["OPTIONS", "OPTIONS"]);
}

#[test]
fn a_stranger_cannot_answer_for_the_callee() {
    let mut alice = Alone::new();
    let (usage, invite) = alice.call();
    alice.answer(&invite, 200, "b0", "<sip:b@192.0.2.2>");
    alice.agent.ack(alice.now, usage, None).unwrap();
    alice.agent.reinvite(alice.now, usage, &[], None).unwrap();
    let reinvite = alice.sent().pop().unwrap();
    // A 2xx to the re-INVITE with the tag of somebody else.
    let forged = String::from_utf8(respond(&reinvite, 200, "b0", "<sip:evil@192.0.2.66>")).unwrap();
    alice.hear(forged.replace(";tag=b0", ";tag=b1").as_bytes());
    assert_eq!(
        alice.names(),
        ["accepted"],
        "the first one, and not the forged one"
    );
    assert_eq!(
        alice.agent.usage(usage).unwrap().dialog.remote_target(),
        "sip:b@192.0.2.2"
    );
}

#[test]
fn a_caller_may_hang_up_before_the_call_is_accepted() {
    let mut alice = Alone::new();
    alice.hear(&request("INVITE", "", 1, "z9hG4bK-1", BOB_CONTACT));
    let [UserAgentEvent::Invited { usage, .. }] = alice.events()[..] else {
        panic!()
    };
    let ringing = StatusCode::RINGING;
    alice
        .agent
        .provisional(alice.now, usage, ringing, &[], None)
        .unwrap();
    let tag = to_tag(&alice.the_message());
    alice.hear(&request("BYE", &tag, 2, "z9hG4bK-2", ""));
    assert_eq!(
        alice.lines(),
        ["SIP/2.0 200 OK", "SIP/2.0 487 Request Terminated"]
    );
    assert_eq!(alice.names(), ["ended: bye"]);
    let late = alice.agent.accept(alice.now, usage, &[], None);
    assert_eq!(late, Err(UsageError::Gone));
    alice.pass(70_000);
    nothing_is_left(&alice.agent);
}

/// RFC 3261 section 8.2.2.2 speaks of requests that wait for their answer.
#[test]
fn a_refused_call_may_come_by_another_way() {
    let mut alice = Alone::new();
    for branch in ["z9hG4bK-1", "z9hG4bK-2", "z9hG4bK-3"] {
        alice.hear(&request("INVITE", "", 1, branch, BOB_CONTACT));
        let events = alice.events();
        let [UserAgentEvent::Invited { usage, .. }] = events.as_slice() else {
            panic!("{branch}: {events:?}")
        };
        // Meanwhile it is the same call.
        let merged = format!("{branch}-merged");
        alice.hear(&request("INVITE", "", 1, &merged, BOB_CONTACT));
        assert!(alice.lines()[0].starts_with("SIP/2.0 482"));
        let status = StatusCode::SERVICE_UNAVAILABLE;
        let rejected = alice.agent.reject(alice.now, *usage, status, "", &[]);
        assert_eq!(rejected, Ok(()));
        assert!(alice.lines()[0].starts_with("SIP/2.0 503"));
    }
}
