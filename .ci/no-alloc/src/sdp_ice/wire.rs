//! The view with everything that is typed, edits, the writer.

use core::hint::black_box;
use core::net::IpAddr;

use trunkline_sdp_ice::attribute::{AttributeKind, Direction, Rtcp, Typed};
use trunkline_sdp_ice::{
    AddressFamily, Attribute, Bandwidth, BandwidthType, Connection, Edit, Fault, Host, Mode,
    Origin, Sdp, Section, Time, WriteError, Writer,
};

use super::{ALL, CHROMIUM, LYNC_DRAFT, SIMPLE};
use crate::check::{Failed, check, some};

pub fn run() -> Result<(), Failed> {
    for bytes in ALL {
        view(bytes)?;
    }
    typed()?;
    edit()?;
    write()
}

/// Walks everything there is, and finds every byte again.
fn view(bytes: &[u8]) -> Result<(), Failed> {
    let sdp = some!(Sdp::parse(black_box(bytes), Mode::Tolerant));
    let len: usize = sdp.lines().map(|line| line.as_bytes().len()).sum();
    check!(len == bytes.len() && sdp.as_bytes() == bytes);
    check!(some!(sdp.origin()).is_some() && sdp.session_name().is_some());
    check!(some!(sdp.time()).is_some());
    check!(sdp.session_lines().count() > 3);
    let mut media = 0;
    for section in sdp.media() {
        let line = some!(section.line());
        check!(section.index() == media && line.formats.iter().count() > 0);
        let at_section = some!(section.connection());
        check!(at_section.is_some() || some!(sdp.connection()).is_some());
        check!(section.bandwidths().all(|bandwidth| bandwidth.is_ok()));
        for attribute in section.attributes() {
            check!(is_sound(&attribute) && !attribute.name().is_empty());
        }
        let _ = black_box(section.direction());
        media += 1;
    }
    check!(media > 0);
    for attribute in sdp.attributes() {
        check!(is_sound(&attribute));
    }
    let _ = black_box(sdp.findings().count());
    Ok(())
}

/// Whether it has a value of its type. Candidates of the draft have none, and say so.
fn is_sound(attribute: &Attribute<'_>) -> bool {
    match attribute.typed() {
        Ok(_) => true,
        Err(error) => error.fault == Fault::DraftCandidate,
    }
}

fn typed() -> Result<(), Failed> {
    let sdp = some!(Sdp::parse(black_box(CHROMIUM), Mode::Strict));
    let Ok(Typed::Group(group)) = some!(sdp.attribute(AttributeKind::Group)).typed() else {
        return Err(Failed("no group"));
    };
    check!(group.tags().count() == sdp.media().count());
    let audio = some!(sdp.media().next());
    let mut candidates = 0;
    let mut codecs = 0;
    for attribute in audio.attributes() {
        match some!(attribute.typed()) {
            Typed::Candidate(candidate) => {
                check!(candidate.extensions.iter().count() > 0);
                candidates += 1;
            }
            Typed::Rtpmap(map) => codecs += u32::from(map.clock_rate >= 8_000),
            Typed::Fmtp(parameters) => check!(parameters.pairs().count() > 0),
            Typed::Fingerprint(fingerprint) => check!(fingerprint.octets().count() == 32),
            Typed::IceOptions(options) => check!(options.contains("trickle")),
            Typed::IceUfrag(ufrag) => check!(!ufrag.0.is_empty()),
            Typed::IcePwd(password) => check!(password.0.len() >= 22),
            Typed::Mid(mid) => check!(!mid.0.is_empty()),
            Typed::Direction(direction) => check!(direction.sends()),
            _ => {}
        }
    }
    check!(candidates > 0 && codecs > 3);

    let sdp = some!(Sdp::parse(black_box(LYNC_DRAFT), Mode::Tolerant));
    let draft = |attribute: Attribute<'_>| attribute.typed().is_err();
    check!(sdp.media().flat_map(|media| media.attributes()).any(draft));
    Ok(())
}

fn edit() -> Result<(), Failed> {
    let sdp = some!(Sdp::parse(black_box(SIMPLE), Mode::Strict));
    let address = IpAddr::from([198, 51, 100, 7]);
    let edits = [
        Edit::Connection(Section::Everywhere, address),
        Edit::Port(0, 30_000),
        Edit::KeepFormats(0, &["8"]),
        Edit::Rtcp(
            0,
            Rtcp {
                port: 30_005,
                address: None,
            },
        ),
        Edit::Direction(Section::Media(0), Direction::SendOnly),
        Edit::Remove(Section::Everywhere, "ptime"),
        Edit::Replace(Section::Session, "tool", Some("trunkline")),
        Edit::Insert(Section::Media(0), "label", Some("1")),
    ];
    let mut out = [0; 1024];
    let len = some!(sdp.edit(&edits, &mut out));
    let edited = some!(Sdp::parse(some!(out.get(..len)), Mode::Strict));
    let media = some!(edited.media().next());
    let line = some!(media.line());
    check!(line.port == 30_000 && line.formats.iter().eq(["8"]));
    check!(media.direction() == Direction::SendOnly);
    check!(media.attribute(AttributeKind::Rtcp).is_some());
    check!(media.attribute(AttributeKind::Ptime).is_none());
    let connection = match some!(media.connection()) {
        Some(connection) => connection,
        None => some!(some!(edited.connection())),
    };
    check!(connection.host == Host::Ip(address));

    let small = sdp.edit(&edits, out.get_mut(..10).unwrap_or_default());
    check!(matches!(small, Err(WriteError::BufferTooSmall { .. })));
    check!(sdp.edit(&[Edit::Port(9, 1)], &mut out).is_err());
    let injected = Edit::Insert(Section::Session, "a", Some("b\r\nm=evil"));
    check!(sdp.edit(&[injected], &mut out).is_err());
    Ok(())
}

fn write() -> Result<(), Failed> {
    let address = IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, black_box(5)]);
    let origin = Origin {
        username: "-",
        session_id: "1",
        session_version: "2",
        family: AddressFamily::of(&address),
        host: Host::Ip(address),
    };
    let mut buffer = [0; 512];
    let mut writer = Writer::new(&mut buffer, &origin, "");
    writer
        .connection(&Connection::new(address))
        .bandwidth(&Bandwidth {
            kind: BandwidthType::ApplicationSpecific,
            value: 64,
        })
        .time(&Time::default())
        .media("audio", 4000, "RTP/AVP", ["0", "8"])
        .attribute("ptime", 20)
        .flag("sendrecv");
    let len = some!(writer.finish());
    let sdp = some!(Sdp::parse(some!(buffer.get(..len)), Mode::Strict));
    check!(sdp.findings().next().is_none() && sdp.media().count() == 1);
    Ok(())
}
