use alloc::format;
use alloc::string::String;

use proptest::prelude::*;

use super::*;

fn lines_of(head: &str, body: &str) -> String {
    redact(format!("{head}\r\n\r\n{body}").as_bytes())
}

#[test]
fn credentials_and_challenges_lose_their_secrets() {
    let text = lines_of(
        "SIP/2.0 401 Unauthorized\r\n\
         WWW-Authenticate: Digest realm=\"a, b\", nonce=\"SECRET1\", opaque=\"SECRET2\", algorithm=MD5\r\n\
         Proxy-Authenticate: NTLM SECRET3\r\n\
         Proxy-Authenticate: NTLM SECRET8==\r\n\
         WWW-Authenticate: Digest realm=\"a\\\"\", nonce=\"SECRET9\"\r\n\
         WWW-Authenticate: Digest realm=a nonce=SECRET10\r\n\
         WWW-Authenticate: Digest domain=\"sip:u:SECRET11@h\"\r\n\
         Proxy-Authorization\r\n : Digest response=\"SECRET12\"\r\n\
         AUTHORIZATION\t: Bearer\r\n\tSECRET13\r\n \r\n\tSECRET14\r\n\
         Authorization: Digest username=\"u\",\rresponse=\"SECRET15\"\r\n\
         Proxy-Authentication-Info: nextnonce=\"SECRET16\"\r\n\
         proxy-authorization : Digest username=\"u\",\r\n response=\"SECRET4\"\r\n\
         Authorization: Basic SECRET5\r\n\
         Authentication-Info: nextnonce=\"SECRET6\"\r\n\
         Proxy-Authenticate: SECRET7\r\n\
         User-Agent: x",
        "",
    );
    assert!(!text.contains("SECRET"), "{text}");
    assert!(
        text.contains("WWW-Authenticate: Digest realm=\"a, b\", nonce=<redacted>, opaque=<redacted>, algorithm=MD5\n"),
        "{text}"
    );
    assert!(
        text.contains("Proxy-Authenticate: NTLM <redacted>\n"),
        "{text}"
    );
    assert!(text.contains("User-Agent: x\n"), "{text}");
}

#[test]
fn keys_and_passwords_of_a_session_are_gone_and_the_rest_stays() {
    let text = lines_of(
        "INVITE sip:b@example.com SIP/2.0\r\nContent-Type: application/sdp",
        "v=0\r\nk=clear:SECRET1\r\nm=audio 4000 RTP/SAVP 0\r\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET2\r\n\
         a=ice-pwd:SECRET3\r\na=key-mgmt:mikey SECRET4\r\n\
         a=candidate:abc 1 SECRET5longenough UDP 0.9 192.0.2.1 4000\r\n\
         a=remote-candidate:abc SECRET6\r\n\
         a=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET7\r\n\
         A=Crypto :1 AES_CM_128_HMAC_SHA1_80 inline:SECRET8\r\n\
         a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host\r\na=sendrecv\r\n",
    );
    assert!(!text.contains("SECRET"), "{text}");
    assert!(text.contains("a=crypto:<redacted>\n"), "{text}");
    assert!(
        text.contains("a=candidate:abc 1 <redacted> UDP 0.9 192.0.2.1 4000\n"),
        "{text}"
    );
    assert!(
        text.contains("a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host\na=sendrecv\n"),
        "{text}"
    );
}

#[test]
fn digits_that_a_caller_types_are_gone() {
    for (start, content_type, body) in [
        (
            "INFO sip:b@example.com SIP/2.0",
            "application/dtmf-relay",
            "Signal=7\r\nDuration=160\r\n",
        ),
        ("INFO sip:b@example.com SIP/2.0", "application/dtmf", "7"),
        ("INFO sip:b@example.com SIP/2.0", "application/sdp", "7"),
        (
            "NOTIFY sip:b@example.com SIP/2.0",
            "application/kpml-response+xml",
            "<k digits=\"7\"/>",
        ),
        (
            "NOTIFY sip:b@example.com SIP/2.0",
            "multipart/mixed;boundary=x",
            "--x\r\n\r\n Signal = 7\r\n",
        ),
        ("SIP/2.0 200 OK\r\nCSeq: 2 INFO", "text/plain", "7"),
        (
            "NOTIFY sip:b@example.com SIP/2.0",
            "application/sdp\r\nc: application/dtmf",
            "7",
        ),
        (
            "NOTIFY sip:b@example.com SIP/2.0",
            "application/sdp\r\ne: gzip",
            "7",
        ),
        ("NOTIFY sip:b@example.com SIP/2.0", "application/sdpx", "7"),
        (
            "NOTIFY sip:b@example.com SIP/2.0\r\nX: y",
            "multipart/mixed",
            "7",
        ),
        // A message within a message.
        (
            "NOTIFY sip:b@example.com SIP/2.0",
            "message/sipfrag",
            "INFO sip:b SIP/2.0\r\nc: application/sdp\r\n\r\n7",
        ),
    ] {
        let text = lines_of(&format!("{start}\r\nc: {content_type}"), body);
        let body = text
            .split_once("\n\n")
            .map(|(_, body)| body)
            .unwrap_or_default();
        assert!(body.contains(REDACTED) && !body.contains('7'), "{text}");
    }
}

#[test]
fn a_body_of_no_type_is_hidden() {
    let text = lines_of("NOTIFY sip:b@example.com SIP/2.0", "SECRET");
    assert_eq!(text, "NOTIFY sip:b@example.com SIP/2.0\n\n<redacted>\n");
}

#[test]
fn each_part_of_a_multipart_body_is_judged_by_itself() {
    let text = lines_of(
        "INVITE sip:b@example.com SIP/2.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"b 1\"",
        "SECRET preamble\r\n--b 1\r\nContent-Type: application/sdp\r\n\r\n\
         v=0\r\na=crypto:1 A inline:SECRET\r\na=sendrecv\r\n\
         --b 1\r\nContent-Type: application/dtmf\r\n\r\nSECRET\r\n--b\r\nSECRET\r\n\
         --b 1\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\nSECRET\r\n\
         --b 1\r\n\r\nSECRET\r\n\
         --b 1\r\nContent-Type: multipart/alternative;boundary=c\r\n\r\n--c\r\nSECRET\r\n\
         --b 1 \r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\n\
         --b 1--\r\nSECRET epilogue\r\n",
    );
    assert!(!text.contains("SECRET"), "{text}");
    assert!(
        text.contains("\nv=0\na=crypto:<redacted>\na=sendrecv\n--b 1\n"),
        "{text}"
    );
    assert!(
        text.contains("\nSIP/2.0 200 OK\n--b 1--\n<redacted>\n"),
        "{text}"
    );
}

#[test]
fn passwords_in_uris_are_gone_wherever_they_stand() {
    let text = redact(
        b"INVITE sip:u:SECRET1@example.com SIP/2.0\r\n\
          From: \"a\" <SIPS:u:SECRET2@example.com:5061>;tag=1\r\n\
          Contact: sip:a@192.0.2.1:5060, <sip:b@192.0.2.2:5060>\r\n\
          Call-Info: <https://u:SECRET3@example.com/x>\r\n\
          To: <sip:u:SECRET4@SECRET5@example.com>\r\n\
          Refer-To: <sip:c@example.com?Proxy-Authorization=SECRET6&X=1>\r\n\
          Refer-To: <sip:c@example.com?%41uthorization=SECRET7&X=2&body=SECRET8>\r\n\
          Route: <sip:alice@example.com:SECRET9@192.0.2.1;x=a@b>\r\n\
          Contact: <sip:10.0.0.1:5060;ob>, <sip:a@h;pn-provider=apns;pn-prid=SECRET10;pn-param=x>\r\n\
          Contact: sip:a@192.0.2.3:5060,sip:b@192.0.2.4:5060\r\n\r\n",
    );
    assert!(!text.contains("SECRET"), "{text}");
    assert!(
        text.contains("From: \"a\" <SIPS:u:<redacted>@example.com:5061>;tag=1\n"),
        "{text}"
    );
    assert!(
        text.contains("Contact: sip:a@192.0.2.1:5060, <sip:b@192.0.2.2:5060>\n"),
        "{text}"
    );
    assert!(
        text.contains("<sip:c@example.com?Proxy-Authorization=<redacted>&X=1>\n"),
        "{text}"
    );
    assert!(
        text.contains("?%41uthorization=<redacted>&X=2&body=<redacted>>\n"),
        "{text}"
    );
    assert!(
        text.contains("<sip:alice@example.com:<redacted>@192.0.2.1;x=a@b>\n"),
        "{text}"
    );
    assert!(text.contains(";pn-prid=<redacted>;pn-param=x>\n"), "{text}");
    assert!(
        text.contains("Contact: sip:a@192.0.2.3:5060,sip:b@192.0.2.4:5060\n"),
        "{text}"
    );
}

#[test]
fn a_second_message_behind_the_first_hides_its_credentials_too() {
    let text = lines_of(
        "BYE sip:b SIP/2.0",
        "BYE sip:b SIP/2.0\nAuthorization: Basic SECRET\n folded SECRET\n",
    );
    assert!(!text.contains("SECRET"), "{text}");
}

#[test]
fn long_hostile_lines_take_time_in_proportion() {
    for unit in [
        "sip:",
        "sip:a@",
        "sip:a:b@",
        "authorization=",
        "://",
        "?%",
        "&body=",
        "sip:a@b:",
        "sip:a@;",
        ",sip:",
    ] {
        let line = unit.repeat(20_000);
        assert!(!redact(line.as_bytes()).is_empty());
    }
}

proptest! {
    #[test]
    fn any_octets_become_printable_text(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let text = redact(&bytes);
        prop_assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()));
    }

    #[test]
    fn a_password_never_survives(password in "[a-zA-Z0-9=+/.,;]{8,20}", user in "[a-z0-9.?;]{1,8}") {
        let text = redact(format!("X: <sip:{user}:{password}@h>\r\na=crypto:1 A inline:{password}\r\nAuthorization: {password}\r\n\r\n").as_bytes());
        prop_assert!(!text.contains(&password));
    }
}
