//! The `o=` line of our own session descriptions.

use core::net::IpAddr;

use super::NegotiationError;
use crate::wire::{AddressFamily, Host, LineKind, Lines, Origin};

/// Most digits of a `u64`.
const DIGITS: usize = 20;

/// Session id and version of the SDP we send to one peer. The version rises by one whenever the
/// SDP differs from the one before (RFC 3264 section 8), and only then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalOrigin {
    session_id: u64,
    version: u64,
    /// Of the SDP last written, without its `o=` line.
    digest: Option<u64>,
}

impl LocalOrigin {
    /// A session without SDP yet. The id should be unlike the ids of other sessions of this host;
    /// its top bit is not used (RFC 3264 section 5).
    #[must_use]
    pub const fn new(session_id: u64) -> Self {
        Self {
            session_id: session_id & (u64::MAX >> 1),
            version: 1,
            digest: None,
        }
    }

    /// Session id.
    #[must_use]
    pub const fn session_id(&self) -> u64 {
        self.session_id
    }

    /// Version of the SDP last written, or of the first one to come.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// Lets `write` write an SDP with the right version. On error nothing changes.
    pub(super) fn stamp(
        &mut self,
        address: IpAddr,
        out: &mut [u8],
        write: impl Fn(&Origin<'_>, &mut [u8]) -> Result<usize, NegotiationError>,
    ) -> Result<usize, NegotiationError> {
        let (mut id, mut number) = ([0; DIGITS], [0; DIGITS]);
        let session_id = decimal(self.session_id, &mut id);
        let mut write_version = |version, out: &mut [u8]| {
            let origin = Origin {
                username: "-",
                session_id,
                session_version: decimal(version, &mut number),
                family: AddressFamily::of(&address),
                host: Host::Ip(address),
            };
            write(&origin, out)
        };
        let mut version = self.version;
        let mut length = write_version(version, out)?;
        let digest = digest(out.get(..length).unwrap_or_default());
        if self.digest.is_some_and(|last| last != digest) {
            version = version.saturating_add(1);
            length = write_version(version, out)?;
        }
        self.version = version;
        self.digest = Some(digest);
        Ok(length)
    }
}

/// FNV-1a over all lines but `o=`. A peer that builds a collision can only hide its own change
/// from the party it is talking to, so no keyed hash is needed.
fn digest(sdp: &[u8]) -> u64 {
    let mut digest: u64 = 0xCBF2_9CE4_8422_2325;
    for line in Lines::new(sdp, 0).filter(|line| line.kind() != LineKind::Origin) {
        for &byte in line.as_bytes() {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    digest
}

fn decimal(mut number: u64, digits: &mut [u8; DIGITS]) -> &str {
    let mut start = DIGITS;
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        // below 10
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start = at;
        if number == 0 {
            break;
        }
    }
    let written = digits.get(start..).unwrap_or_default();
    core::str::from_utf8(written).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use super::*;

    #[test]
    fn decimals() {
        for number in [0, 9, 10, 4_294_967_296, u64::MAX] {
            assert_eq!(decimal(number, &mut [0; DIGITS]), number.to_string());
        }
    }

    #[test]
    fn the_id_fits_a_signed_number() {
        assert_eq!(LocalOrigin::new(u64::MAX).session_id(), i64::MAX as u64);
    }
}
