//! Messages of every kind, each written by another of our writers: requests with the headers of many RFCs, what follows
//! from them, what a proxy forwards, and the call of two user agents. Others can judge them, and do:
//! `examples/interop/sip-judges.sh`.
//!
//! ```text
//! cargo run -p trunkline-sip-core --example write_messages               # tells what there is
//! cargo run -p trunkline-sip-core --example write_messages -- FOLDER     # a file for each
//! ```

use core::error::Error;
use std::fs;
use std::path::Path;

use trunkline_sip_core::header::{
    self, CSeq, ContentDisposition, ContentType, Header, MaxForwards, RAck, Reason, SessionExpires,
};
use trunkline_sip_core::sans_io::{FiveTuple, Handled, Instant};
use trunkline_sip_core::uri::SipUriBuilder;
use trunkline_sip_core::{
    Body, Encode, HeaderName, HeaderSpan, Host, HostPort, Message, MessageWriter, Method,
    MultipartWriter, Outgoing, Patch, Rules, StatusCode, UserAgent, UserAgentConfig,
    UserAgentEvent, validate, write_ack_for, write_cancel_for, write_response_to,
};

type Result<T> = core::result::Result<T, Box<dyn Error>>;

const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

/// Messages with their names.
#[derive(Default)]
struct Written(Vec<(String, Vec<u8>)>);

impl Written {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        let number = self.0.len() + 1;
        self.0.push((format!("{number:02}-{name}"), bytes.into()));
    }

    /// A request outside of dialogs, or with `to_tag` inside of one.
    fn request(
        &mut self,
        name: &str,
        method: Method<'_>,
        to_tag: &str,
        fill: impl FnOnce(&mut MessageWriter<'_>),
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let mut buffer = [0; 4096];
        let uri = SipUriBuilder {
            user: Some("front desk/2"),
            params: &[("room", Some("a b"))],
            ..SipUriBuilder::new(HostPort::new(Host::Name("gw1.example.com"), None))
        };
        let mut writer = MessageWriter::request(&mut buffer, method, &uri.to_string());
        writer
            .header(
                "Via",
                format_args!("SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK{name};rport"),
            )
            .typed(&MaxForwards(70))
            .header(
                "From",
                "\"Alice \\\"A.\\\" Liddell\" <sip:alice@example.com>;tag=1928301774",
            )
            .header("To", format_args!("<{uri}>{to_tag}"))
            .header("Call-ID", format_args!("{name}@192.0.2.10"))
            .typed(&CSeq {
                number: 4711,
                method,
            });
        fill(&mut writer);
        let len = writer.body(body)?;
        let bytes = buffer.get(..len).unwrap_or_default().to_vec();
        self.add(name, &bytes);
        Ok(bytes)
    }
}

fn main() -> Result<()> {
    let mut written = Written::default();
    let invite = requests(&mut written)?;
    follow(&mut written, &invite)?;
    call(&mut written)?;

    let folder = std::env::args().nth(1);
    for (name, bytes) in &written.0 {
        let mut index = [HeaderSpan::default(); 64];
        let message =
            Message::parse(bytes, &mut index).map_err(|error| format!("{name}: {error}"))?;
        validate(&message, &Rules::STRICT).map_err(|error| format!("{name}: {error:?}"))?;
        match &folder {
            Some(folder) => fs::write(Path::new(folder).join(name).with_extension("sip"), bytes)?,
            None => println!("{name}: {:?}, {} octets", message.start_line(), bytes.len()),
        }
    }
    Ok(())
}

/// Reads a typed header, and writes it.
fn typed<'a, H: Header<'a> + Encode>(writer: &mut MessageWriter<'_>, value: &'a str) {
    match H::parse(value.as_bytes()) {
        Ok(value) => writer.typed(&value),
        // Which the writer refuses in turn.
        Err(_) => writer.header(H::NAME, "\r\n"),
    };
}

/// One request for each method, with headers that go with it. Returns the INVITE.
fn requests(written: &mut Written) -> Result<Vec<u8>> {
    let dialog = ";tag=8321234356";
    written.request(
        "options",
        Method::Options,
        "",
        |writer| {
            writer
                .header("Accept", "application/sdp")
                .header("Supported", "");
        },
        b"",
    )?;
    let register = |writer: &mut MessageWriter<'_>| {
        typed::<header::Contact<'_>>(
            writer,
            "<sip:alice@192.0.2.10;transport=tcp;ob>;reg-id=1;expires=600;\
            +sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\";audio;methods=\"INVITE,BYE\"",
        );
        typed::<header::Path<'_>>(writer, "<sip:edge.example.com;lr;ob>");
        typed::<header::Authorization<'_>>(
            writer,
            "Digest username=\"alice\", realm=\"example.com\", nonce=\"a1b2\", \
            uri=\"sip:example.com\", response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5, cnonce=\"c\", qop=auth, nc=00000001",
        );
    };
    written.request("register", Method::Register, "", register, b"")?;
    let invite = written.request(
        "invite",
        Method::Invite,
        "",
        |writer| {
            writer
                .header("Contact", "<sip:alice@192.0.2.10>")
                .typed(&ContentType::SDP);
            typed::<header::Route<'_>>(writer, "<sip:edge.example.com;lr>");
            typed::<header::Allow<'_>>(writer, "INVITE");
            typed::<SessionExpires<'_>>(writer, "1800;refresher=uac");
            typed::<header::Date>(writer, "Sat, 13 Nov 2010 23:29:00 GMT");
            typed::<header::Subject<'_>>(writer, "Gr\u{fc}\u{df}e");
        },
        SDP,
    )?;
    written.request(
        "invite-networks",
        Method::Invite,
        "",
        |writer| {
            writer
                .header(
                    "Contact",
                    "<sip:alice@192.0.2.10;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>",
                )
                .typed(&ContentType::SDP);
            typed::<header::PAssertedIdentity<'_>>(
                writer,
                "\"Alice\" <sip:+4930123456@example.com>",
            );
            typed::<header::Privacy<'_>>(writer, "id;critical");
            typed::<header::Diversion<'_>>(writer, "<tel:+4930123457>;reason=user-busy;counter=1");
            typed::<header::HistoryInfo<'_>>(
                writer,
                "<sip:bob@example.com?Reason=SIP%3Bcause%3D302>;index=1.1;rc=1",
            );
            typed::<header::PAccessNetworkInfo<'_>>(
                writer,
                "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=262011234567890",
            );
            typed::<header::PChargingVector<'_>>(
                writer,
                "icid-value=\"AyretyU0dm+6O2IrT5tAFrbHLso=\";orig-ioi=home1.net",
            );
            typed::<header::PEarlyMedia<'_>>(writer, "supported");
            typed::<header::ResourcePriority<'_>>(writer, "wps.3");
            typed::<header::AcceptContact<'_>>(writer, "*;audio;require");
            typed::<header::RequestDisposition<'_>>(writer, "no-fork");
            typed::<header::UserToUser<'_>>(
                writer,
                "56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui",
            );
            typed::<header::SessionId<'_>>(
                writer,
                "ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000",
            );
            typed::<header::Identity<'_>>(
                writer,
                "..sv5CTo05KqpSmtHt3dcEiO;info=<https://biloxi.example.org/biloxi.cer>;alg=ES256",
            );
            typed::<header::Geolocation<'_>>(writer, "<cid:target123@atlanta.example.com>");
            typed::<header::GeolocationRouting<'_>>(writer, "no");
            typed::<header::MaxBreadth>(writer, "60");
            typed::<header::CallInfo<'_>>(
                writer,
                "<http://www.example.com/alice/photo.jpg>;purpose=icon",
            );
        },
        SDP,
    )?;
    let mut parts = [0; 1024];
    let len = MultipartWriter::new(&mut parts, "b7f1")
        .part(ContentType::SDP, SDP)
        .typed(&ContentDisposition::new("render"))
        .part("text/plain", b"hello")
        .finish()?;
    let parts = parts.get(..len).unwrap_or_default();
    written.request(
        "invite-parts",
        Method::Invite,
        "",
        |writer| {
            writer.header("Contact", "<sip:alice@[2001:db8::9]>");
            writer.header("Content-Type", "multipart/mixed;boundary=b7f1");
        },
        parts,
    )?;
    written.request(
        "prack",
        Method::Prack,
        dialog,
        |writer| {
            writer.typed(&RAck {
                response_number: 776_656,
                number: 4711,
                method: Method::Invite,
            });
        },
        b"",
    )?;
    written.request(
        "update",
        Method::Update,
        dialog,
        |writer| {
            writer
                .header("Contact", "<sip:alice@192.0.2.10>")
                .typed(&SessionExpires::new(90, None));
            typed::<header::MinSe<'_>>(writer, "90");
        },
        b"",
    )?;
    written.request(
        "info",
        Method::Info,
        dialog,
        |writer| {
            writer.header("Content-Type", "application/dtmf-relay");
            typed::<header::InfoPackage<'_>>(writer, "dtmf");
        },
        b"Signal=5\r\nDuration=160\r\n",
    )?;
    written.request(
        "message",
        Method::Message,
        "",
        |writer| {
            writer.header("Content-Type", "text/plain;charset=utf-8");
        },
        "Gr\u{fc}\u{df}e".as_bytes(),
    )?;
    written.request(
        "subscribe",
        Method::Subscribe,
        "",
        |writer| {
            writer
                .header("Contact", "<sip:alice@192.0.2.10>")
                .header("Expires", 3600u32);
            typed::<header::Event<'_>>(writer, "dialog;id=1");
        },
        b"",
    )?;
    written.request(
        "notify",
        Method::Notify,
        dialog,
        |writer| {
            writer
                .header("Contact", "<sip:alice@192.0.2.10>")
                .header("Content-Type", "message/sipfrag");
            typed::<header::Event<'_>>(writer, "refer");
            typed::<header::SubscriptionState<'_>>(writer, "terminated;reason=noresource");
        },
        b"SIP/2.0 200 OK\r\n",
    )?;
    written.request(
        "refer",
        Method::Refer,
        dialog,
        |writer| {
            writer.header("Contact", "<sip:alice@192.0.2.10>");
            typed::<header::ReferTo<'_>>(
                writer,
                "<sip:bob@example.com?Replaces=12345%40192.0.2.1%3Bto-tag%3D1%3Bfrom-tag%3D2>",
            );
            typed::<header::ReferredBy<'_>>(writer, "<sip:alice@example.com>");
            typed::<header::TargetDialog<'_>>(
                writer,
                "fa77as7dad8-sd98ajzz@host.example.com;local-tag=kkaz-;remote-tag=6544",
            );
        },
        b"",
    )?;
    written.request(
        "publish",
        Method::Publish,
        "",
        |writer| {
            writer
                .header("Event", "presence")
                .header("Expires", 3600u32);
            typed::<header::SipIfMatch<'_>>(writer, "dx200xyz");
        },
        b"",
    )?;
    Ok(invite)
}

/// What follows from an INVITE, and what a proxy makes of it.
fn follow(written: &mut Written, invite: &[u8]) -> Result<()> {
    let (mut index, mut buffer, mut answer) = ([HeaderSpan::default(); 64], [0; 4096], [0; 4096]);
    let invite = Message::parse(invite, &mut index)?;
    for (name, status) in [
        ("trying", StatusCode::TRYING),
        ("ringing", StatusCode::RINGING),
        ("busy", StatusCode::BUSY_HERE),
    ] {
        let len = write_response_to(&invite, status, "", Some("8321234356"), &mut answer)?;
        written.add(name, &answer[..len]);
    }
    let mut index = [HeaderSpan::default(); 64];
    let len = write_response_to(
        &invite,
        StatusCode::BUSY_HERE,
        "",
        Some("8321234356"),
        &mut answer,
    )?;
    let busy = Message::parse(&answer[..len], &mut index)?;
    let len = write_ack_for(&invite, &busy, &mut buffer)?;
    written.add("ack-failure", &buffer[..len]);
    let len = write_cancel_for(&invite, &mut buffer)?;
    written.add("cancel", &buffer[..len]);
    let mut writer = MessageWriter::response_to(
        &mut buffer,
        &invite,
        StatusCode::UNAUTHORIZED,
        "",
        Some("1"),
    );
    typed::<header::WwwAuthenticate<'_>>(
        &mut writer,
        "Digest realm=\"example.com\", nonce=\"a1b2\", algorithm=SHA-256, qop=\"auth,auth-int\"",
    );
    writer.typed(&Reason::new(
        "Q.850",
        57,
        "Bearer capability not authorized",
    ));
    let len = writer.finish()?;
    written.add("unauthorized", &buffer[..len]);

    let via = "SIP/2.0/TCP edge.example.com;branch=z9hG4bKp1";
    let record_route = "<sip:edge.example.com;lr>";
    let len = Patch::new(invite)
        .push_via(&via)
        .prepend(HeaderName::RecordRoute, &record_route)
        .set_number(HeaderName::MaxForwards, 69)
        .pop(HeaderName::Route)
        .stamp_via("203.0.113.7:40000".parse()?)
        .write(&mut buffer)?;
    written.add("forwarded", &buffer[..len]);
    Ok(())
}

/// A call from one user agent to another, until the caller hangs up: all that they write.
fn call(written: &mut Written) -> Result<()> {
    let path = FiveTuple::udp("192.0.2.1:5060".parse()?, "192.0.2.2:5060".parse()?);
    let mut agents = [1, 2].map(|seed| UserAgent::new(UserAgentConfig::default(), [seed; 32]));
    let now = Instant::from_secs(1);
    let mut outgoing = Outgoing::new(
        path.into(),
        "sip:bob@192.0.2.2",
        "<sip:alice@example.com>",
        "<sip:bob@example.com>",
    );
    let sdp = Body {
        content_type: "application/sdp",
        bytes: SDP,
    };
    outgoing.body = Some(sdp);
    let usage = agents[0].invite(now, &outgoing)?;
    let mut buffer = [0; 4096];
    let mut quiet = false;
    while !quiet {
        quiet = true;
        for side in [0, 1] {
            let mut sent = Vec::new();
            while let Some(transmit) = agents[side].poll_transmit(now, &mut buffer)? {
                sent.push((transmit, buffer[..transmit.len].to_vec()));
            }
            for (transmit, bytes) in sent {
                quiet = false;
                written.add(if side == 0 { "caller" } else { "callee" }, &bytes);
                let handled =
                    agents[1 - side].handle_datagram(now, transmit.path.reversed(), &bytes);
                assert_eq!(handled, Handled::Consumed);
            }
        }
        while let Some(event) = agents[1].poll_event() {
            if let UserAgentEvent::Invited { usage, .. } = event {
                agents[1].provisional(now, usage, StatusCode::RINGING, &[], None)?;
                agents[1].accept(now, usage, &[], Some(sdp))?;
            }
        }
        while let Some(event) = agents[0].poll_event() {
            if let UserAgentEvent::Accepted { .. } = event {
                agents[0].ack(now, usage, None)?;
                agents[0].bye(now, usage, &[("Reason", "Q.850;cause=16")])?;
            }
        }
    }
    Ok(())
}
