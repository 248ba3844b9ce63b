#![no_main]
//! The rules of validation, and a message to validate.

use libfuzzer_sys::fuzz_target;
use trunkline_sip_core::header::{CSeq, CallId, Contact, From, To, Via};
use trunkline_sip_core::{
    HeaderName, HeaderSpan, Leniency, MAX_HEADERS, MergedIdentity, Message, Rejection, Role, Rules,
    check_extensions, check_max_forwards, unsupported, validate, write_response_to,
};

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first_chunk::<2>() else {
        return;
    };
    let mut index = [HeaderSpan::default(); MAX_HEADERS];
    let Ok(message) = Message::parse(bytes, &mut index) else {
        return;
    };
    let rules = rules(u16::from_le_bytes(*choice));
    let verdicts = [Rules::STRICT, Rules::DEFAULT, Rules::TOLERANT, rules].map(|rules| {
        let verdict = validate(&message, &rules);
        assert_eq!(validate(&message, &rules), verdict);
        match verdict {
            Ok(()) => check_accepted(&message, &rules),
            Err(rejection) => check_rejection(&message, &rejection),
        }
        verdict.is_ok()
    });
    // Who passes over more accepts more.
    let [strict, default, tolerant, chosen] = verdicts;
    assert!(default || !strict);
    assert!(tolerant || !default);
    let mut more = rules;
    more.leniency = Leniency::ALL;
    assert!(!chosen || validate(&message, &more).is_ok());
    check_steps(&message);
});

fn rules(bits: u16) -> Rules {
    let bit = |at: u16| bits >> at & 1 == 1;
    let mut rules = Rules::STRICT;
    rules.accept_tel = bit(0);
    rules.accept_urn = bit(1);
    rules.leniency.missing_max_forwards = bit(2);
    rules.leniency.missing_branch = bit(3);
    rules.leniency.missing_from_tag = bit(4);
    rules.leniency.missing_content_length = bit(5);
    rules.leniency.broken_date = bit(6);
    rules.leniency.start_line_spaces = bit(7);
    rules.leniency.request_uri_headers = bit(8);
    if bit(9) {
        rules.max_message = 400;
    }
    if bit(10) {
        rules.max_body = 10;
    }
    rules
}

/// What every element relies on.
fn check_accepted(message: &Message<'_>, rules: &Rules) {
    let via = message.require::<Via<'_>>().expect("Via");
    let from = message.require::<From<'_>>().expect("From");
    assert!(message.require::<To<'_>>().is_ok());
    assert!(message.require::<CallId<'_>>().is_ok());
    let cseq = message.require::<CSeq<'_>>().expect("CSeq");
    assert!(message.method().is_none_or(|method| method == cseq.method));
    assert!(rules.leniency.missing_branch || via.transaction_id().is_some());
    assert!(rules.leniency.missing_from_tag || from.tag.is_some());
    for name in [
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
    ] {
        assert_eq!(message.headers_named(name).count(), 1);
    }
    if message.is_request() {
        assert!(message.as_bytes().len() <= rules.max_message);
        assert!(message.body().len() <= rules.max_body);
    }
    let _ = message.typed_all::<Contact<'_>>().count();
    if MergedIdentity::of(message).is_some() {
        assert!(message.is_request() && from.tag.is_some());
    }
}

/// A rejection says where, and can be sent.
fn check_rejection(message: &Message<'_>, rejection: &Rejection) {
    assert!(rejection.offset() <= message.as_bytes().len());
    assert!(!rejection.reason().is_empty());
    let _ = format!("{rejection:?}");
    let Some(status) = rejection.status() else {
        return;
    };
    assert!(message.is_request() && message.header(HeaderName::Via).is_some());
    let mut buffer = vec![0; 2 * message.as_bytes().len() + 512];
    let len = write_response_to(message, status, rejection.reason(), Some("t"), &mut buffer);
    let len = len.expect("an answer");
    let mut index = [HeaderSpan::default(); MAX_HEADERS + 8];
    let answer = Message::parse(&buffer[..len], &mut index).expect("parses");
    assert_eq!(answer.status(), Some(status));
    assert_eq!(answer.reason(), Some(rejection.reason().as_bytes()));
}

/// The further checks, which need no validation before them.
fn check_steps(message: &Message<'_>) {
    for role in [Role::UserAgent, Role::Proxy] {
        let missing: Vec<&str> = unsupported(message, role, &["100rel"]).collect();
        match check_extensions(message, role, &["100rel"]) {
            Ok(()) => assert!(missing.is_empty()),
            Err(rejection) => check_rejection(message, &rejection),
        }
        // Who supports what is missing, misses nothing.
        assert_eq!(
            unsupported(message, role, &[&["100rel"], &missing[..]].concat()).count(),
            0
        );
    }
    match check_max_forwards(message) {
        Ok(hops) => assert_ne!(hops, Some(0)),
        Err(rejection) => check_rejection(message, &rejection),
    }
}
