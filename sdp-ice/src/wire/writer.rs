//! Building an SDP from scratch.

use core::fmt::{self, Display};

use super::sink::Sink;
use super::{Bandwidth, Connection, LineKind, Origin, Time, WriteError};

/// Writes an SDP into the caller's slice, line by line in the order of RFC 8866 section 5.
///
/// The first mistake sticks and is reported by [`finish`](Self::finish), so calls chain.
///
/// ```
/// use trunkline_sdp_ice::{AddressFamily, Connection, Host, Origin, Time, Writer};
///
/// let address = core::net::IpAddr::from([192, 0, 2, 10]);
/// let origin = Origin {
///     username: "-",
///     session_id: "1",
///     session_version: "1",
///     family: AddressFamily::Ip4,
///     host: Host::Ip(address),
/// };
/// let mut buffer = [0; 256];
/// let mut writer = Writer::new(&mut buffer, &origin, "-");
/// writer
///     .connection(&Connection::new(address))
///     .time(&Time::default())
///     .media("audio", 4000, "RTP/AVP", ["0"])
///     .attribute("ptime", 20)
///     .flag("sendrecv");
/// let length = writer.finish()?;
/// assert!(buffer[..length].ends_with(b"m=audio 4000 RTP/AVP 0\r\na=ptime:20\r\na=sendrecv\r\n"));
/// # Ok::<(), trunkline_sdp_ice::WriteError>(())
/// ```
pub struct Writer<'b> {
    sink: Sink<'b>,
    rank: u8,
    in_media: bool,
    time: bool,
    error: Option<WriteError>,
}

impl<'b> Writer<'b> {
    /// Begins with `v=`, `o=` and `s=`. An empty session name is written as `-`.
    #[must_use]
    pub fn new(buffer: &'b mut [u8], origin: &Origin<'_>, session_name: &str) -> Self {
        let mut sink = Sink::new(buffer);
        let name = match session_name {
            "" => "-",
            name => name,
        };
        sink.line(b'v', 0);
        sink.line(b'o', origin);
        sink.line(b's', name);
        Self {
            sink,
            rank: 0,
            in_media: false,
            time: false,
            error: None,
        }
    }

    fn place(&mut self, kind: LineKind) {
        let rank = kind.rank().unwrap_or_default();
        if kind != LineKind::Media && rank < self.rank {
            self.error.get_or_insert(WriteError::OutOfOrder);
        }
        self.rank = rank;
    }

    /// `t=` is mandatory: a session without bounds, if the caller gave none.
    fn end_times(&mut self) {
        if !self.time {
            self.time(&Time::default());
        }
    }

    /// Writes `c=`, of the session or of the media section last begun.
    pub fn connection(&mut self, connection: &Connection<'_>) -> &mut Self {
        self.place(LineKind::Connection);
        self.sink.line(b'c', connection);
        self
    }

    /// Writes `b=`, of the session or of the media section last begun.
    pub fn bandwidth(&mut self, bandwidth: &Bandwidth<'_>) -> &mut Self {
        self.place(LineKind::Bandwidth);
        self.sink.line(b'b', bandwidth);
        self
    }

    /// Writes `t=`. Without it `t=0 0` is written before the first attribute or media section.
    pub fn time(&mut self, time: &Time) -> &mut Self {
        self.place(LineKind::Time);
        if self.in_media {
            self.error.get_or_insert(WriteError::OutOfOrder);
        }
        self.time = true;
        self.sink.line(b't', time);
        self
    }

    /// Writes `a=<name>:<value>`, of the session or of the media section last begun.
    pub fn attribute(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.attribute_line(name, Some(&value))
    }

    /// Writes `a=<name>`, of the session or of the media section last begun.
    pub fn flag(&mut self, name: &str) -> &mut Self {
        self.attribute_line(name, None)
    }

    fn attribute_line(&mut self, name: &str, value: Option<&dyn Display>) -> &mut Self {
        self.end_times();
        self.place(LineKind::Attribute);
        self.sink.attribute(name, value);
        self
    }

    /// Begins a media section with `m=`. No part may hold a space.
    pub fn media<F: Display>(
        &mut self,
        media: &str,
        port: u16,
        protocol: &str,
        formats: impl IntoIterator<Item = F>,
    ) -> &mut Self {
        self.end_times();
        self.place(LineKind::Media);
        self.in_media = true;
        self.sink.media(media, port, protocol, formats);
        self
    }

    /// Ends the SDP and gives its length in bytes.
    ///
    /// # Errors
    ///
    /// The first mistake of the calls before, or [`WriteError::BufferTooSmall`] with the size
    /// needed.
    pub fn finish(mut self) -> Result<usize, WriteError> {
        self.end_times();
        match self.error {
            Some(error) => Err(error),
            None => self.sink.finish(),
        }
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("written", &self.sink.finish())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use core::net::IpAddr;

    use super::*;
    use crate::wire::{AddressFamily, Host, Mode, Sdp};

    const ADDRESS: IpAddr = IpAddr::V4(core::net::Ipv4Addr::LOCALHOST);
    const ORIGIN: Origin<'_> = Origin {
        username: "-",
        session_id: "1",
        session_version: "2",
        family: AddressFamily::Ip4,
        host: Host::Ip(ADDRESS),
    };

    fn write(build: impl Fn(&mut Writer<'_>)) -> Result<usize, WriteError> {
        let mut buffer = [0; 512];
        let mut writer = Writer::new(&mut buffer, &ORIGIN, "");
        build(&mut writer);
        let length = writer.finish()?;
        assert!(Sdp::parse(&buffer[..length], Mode::Strict).is_ok());
        Ok(length)
    }

    #[test]
    fn the_size_needed_is_told() {
        let media = |w: &mut Writer<'_>| {
            w.connection(&Connection::new(ADDRESS))
                .media("audio", 4000, "RTP/AVP", [0, 8]);
        };
        let needed = write(media).unwrap();
        let mut buffer = [0; 512];
        for size in 0..needed {
            let mut writer = Writer::new(&mut buffer[..size], &ORIGIN, "-");
            media(&mut writer);
            assert_eq!(writer.finish(), Err(WriteError::BufferTooSmall { needed }));
        }
    }

    #[test]
    fn injection_is_refused() {
        for value in ["a\r\nm=audio 1 RTP/AVP 0", "a\n", "a\r", "a\0"] {
            assert_eq!(
                write(|w| {
                    w.attribute("x", value);
                }),
                Err(WriteError::ForbiddenByte)
            );
        }
        for name in ["", "a:b", "a b", "a\n"] {
            assert_eq!(
                write(|w| {
                    w.flag(name);
                }),
                Err(WriteError::ForbiddenByte)
            );
        }
        assert_eq!(
            write(|w| {
                w.media("audio", 1, "RTP/AVP", ["0 8"]);
            }),
            Err(WriteError::ForbiddenByte)
        );
        assert_eq!(
            write(|w| {
                w.media("audio x", 1, "RTP/AVP", ["0"]);
            }),
            Err(WriteError::ForbiddenByte)
        );
        let mut buffer = [0; 128];
        let writer = Writer::new(&mut buffer, &ORIGIN, "a\nb");
        assert_eq!(writer.finish(), Err(WriteError::ForbiddenByte));
    }

    #[test]
    fn order_is_kept() {
        let late = |w: &mut Writer<'_>| {
            w.flag("x").connection(&Connection::new(ADDRESS));
        };
        assert_eq!(write(late), Err(WriteError::OutOfOrder));
        let time = |w: &mut Writer<'_>| {
            w.media("audio", 1, "RTP/AVP", [0]).time(&Time::default());
        };
        assert_eq!(write(time), Err(WriteError::OutOfOrder));
    }
}
