//! Edits, one by one and against each other.

extern crate std;
use std::string::String;
use std::vec;

use super::*;
use crate::wire::{AddressFamily, Host};

const SDP: &str = "v=0\r\n\
    o=alice 1 1 IN IP4 10.0.0.1\r\n\
    s=-\r\n\
    c=IN IP4 10.0.0.1\r\n\
    t=0 0\r\n\
    a=x-session\r\n\
    m=audio 4000/2 RTP/AVP 8 101\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\n\
    a=rtcp-fb:* nack\r\n\
    a=sendrecv\r\n\
    m=video 5000 RTP/AVP 31\r\n\
    b=AS:256\r\n\
    a=rtcp:5009\r\n";

fn edit_text(text: &str, edits: &[Edit<'_>]) -> Result<String, WriteError> {
    let sdp = Sdp::parse(text.as_bytes(), Mode::Tolerant).unwrap();
    let mut out = vec![0; 4096];
    let length = sdp.edit(edits, &mut out)?;
    out.truncate(length);
    Ok(String::from_utf8(out).unwrap())
}

/// The edits turn SDP into what replacing text in it gives, in the order of the pairs.
#[track_caller]
fn check(edits: &[Edit<'_>], changes: &[(&str, &str)]) {
    let mut expected = String::from(SDP);
    for (from, to) in changes {
        assert!(expected.contains(from), "{from}");
        expected = expected.replacen(from, to, 1);
    }
    assert_eq!(edit_text(SDP, edits).unwrap(), expected);
}

const ADDRESS: IpAddr = IpAddr::V4(core::net::Ipv4Addr::new(192, 0, 2, 1));

#[test]
fn no_edit_changes_no_byte() {
    check(&[], &[]);
    let odd = "v=0\nm=audio\r\n\r\n\0\x7f=a\na=x";
    assert_eq!(edit_text(odd, &[]).unwrap(), odd);
}

#[test]
fn connections() {
    let line = ("c=IN IP4 10.0.0.1", "c=IN IP4 192.0.2.1");
    check(&[Edit::Connection(Section::Session, ADDRESS)], &[line]);
    check(&[Edit::Connection(Section::Everywhere, ADDRESS)], &[line]);
    // a section without a c= line gets one, where RFC 8866 wants it
    check(
        &[Edit::Connection(
            Section::Media(1),
            core::net::Ipv6Addr::LOCALHOST.into(),
        )],
        &[("b=AS:256", "c=IN IP6 ::1\r\nb=AS:256")],
    );
    let both = edit_text(
        "v=0\r\nt=0 0\r\nm=audio 1 RTP/AVP 0\r\n",
        &[
            Edit::Connection(Section::Session, ADDRESS),
            Edit::Connection(Section::Media(0), ADDRESS),
        ],
    );
    assert_eq!(
        both.unwrap(),
        "v=0\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 1 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n"
    );
}

#[test]
fn ports_and_rejection() {
    check(&[Edit::Port(0, 30000)], &[("4000/2", "30000")]);
    check(&[Edit::Reject(1)], &[("m=video 5000", "m=video 0")]);
}

#[test]
fn formats_take_their_attributes_along() {
    check(
        &[Edit::KeepFormats(0, &["8", "0"])],
        &[
            ("RTP/AVP 8 101", "RTP/AVP 8"),
            (
                "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n",
                "",
            ),
        ],
    );
    let none = edit_text(SDP, &[Edit::KeepFormats(0, &["0"])]);
    assert_eq!(none, Err(WriteError::NoFormatLeft { index: 0 }));
}

#[test]
fn rtcp_and_direction() {
    let rtcp = Rtcp {
        port: 30009,
        address: None,
    };
    check(&[Edit::Rtcp(1, rtcp)], &[("a=rtcp:5009", "a=rtcp:30009")]);
    check(
        &[Edit::Rtcp(0, rtcp)],
        &[("a=sendrecv\r\n", "a=sendrecv\r\na=rtcp:30009\r\n")],
    );
    check(
        &[Edit::Direction(Section::Everywhere, Direction::Inactive)],
        &[
            ("a=x-session\r\n", "a=x-session\r\na=inactive\r\n"),
            ("a=sendrecv", "a=inactive"),
            ("a=rtcp:5009\r\n", "a=rtcp:5009\r\na=inactive\r\n"),
        ],
    );
}

#[test]
fn attributes_by_name() {
    check(
        &[Edit::Remove(Section::Media(0), "rtpmap")],
        &[(
            "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n",
            "",
        )],
    );
    check(
        &[Edit::Replace(Section::Media(0), "rtpmap", Some("8 X/1"))],
        &[
            ("a=rtpmap:8 PCMA/8000\r\n", "a=rtpmap:8 X/1\r\n"),
            ("a=rtpmap:101 telephone-event/8000\r\n", ""),
        ],
    );
    check(
        &[
            Edit::Insert(Section::Session, "tool", Some("trunk line")),
            Edit::Insert(Section::Media(1), "flag", None),
        ],
        &[
            ("a=x-session\r\n", "a=x-session\r\na=tool:trunk line\r\n"),
            ("a=rtcp:5009\r\n", "a=rtcp:5009\r\na=flag\r\n"),
        ],
    );
}

#[test]
fn origin_is_replaced_or_added() {
    let origin = Origin {
        username: "-",
        session_id: "9",
        session_version: "2",
        family: AddressFamily::Ip4,
        host: Host::Ip(ADDRESS),
    };
    check(
        &[Edit::Origin(origin)],
        &[("o=alice 1 1 IN IP4 10.0.0.1", "o=- 9 2 IN IP4 192.0.2.1")],
    );
    let added = edit_text("v=0\r\ns=-\r\n", &[Edit::Origin(origin)]).unwrap();
    assert_eq!(added, "v=0\r\no=- 9 2 IN IP4 192.0.2.1\r\ns=-\r\n");
}

#[test]
fn the_first_of_two_edits_counts() {
    check(&[Edit::Port(0, 1), Edit::Reject(0)], &[("4000/2", "1")]);
    check(
        &[
            Edit::Remove(Section::Everywhere, "rtcp"),
            Edit::Rtcp(
                1,
                Rtcp {
                    port: 1,
                    address: None,
                },
            ),
        ],
        &[("a=rtcp:5009", "a=rtcp:1")],
    );
}

#[test]
fn a_last_line_without_end_gets_one_before_more_follows() {
    let edited = edit_text(
        "v=0\r\nm=audio 1 RTP/AVP 0",
        &[Edit::Insert(Section::Media(0), "x", None)],
    );
    assert_eq!(edited.unwrap(), "v=0\r\nm=audio 1 RTP/AVP 0\r\na=x\r\n");
}

#[test]
fn injection_is_refused() {
    for value in ["a\r\nm=audio 1 RTP/AVP 0", "a\n", "a\r", "a\0"] {
        for edit in [
            Edit::Insert(Section::Session, "x", Some(value)),
            Edit::Insert(Section::Session, value, None),
            Edit::Replace(Section::Session, "x-session", Some(value)),
        ] {
            assert_eq!(edit_text(SDP, &[edit]), Err(WriteError::ForbiddenByte));
        }
        let origin = Origin {
            username: value,
            session_id: "1",
            session_version: "1",
            family: AddressFamily::Ip4,
            host: Host::Name("a"),
        };
        assert_eq!(
            edit_text(SDP, &[Edit::Origin(origin)]),
            Err(WriteError::ForbiddenByte)
        );
    }
}

#[test]
fn mistakes_are_told() {
    assert_eq!(
        edit_text(SDP, &[Edit::Port(2, 1)]),
        Err(WriteError::NoSuchMedia { index: 2 })
    );
    let bad = "v=0\r\nm=audio x\r\n";
    assert_eq!(
        edit_text(bad, &[Edit::Port(0, 1)]),
        Err(WriteError::MalformedMedia { index: 0 })
    );
    let many = [Edit::Reject(0); MAX_EDITS + 1];
    assert_eq!(edit_text(SDP, &many), Err(WriteError::TooManyEdits));
    let sdp = Sdp::parse(SDP.as_bytes(), Mode::Tolerant).unwrap();
    let error = sdp.edit(&[Edit::Port(0, 1)], &mut [0; 10]);
    assert_eq!(
        error,
        Err(WriteError::BufferTooSmall {
            needed: SDP.len() - 5
        })
    );
}
