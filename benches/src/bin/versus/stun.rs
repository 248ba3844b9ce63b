//! STUN: the request of RFC 5769 section 2.1 read and verified, a check of connectivity written, and data of a
//! relay's channels.

mod channel_data;
#[cfg(feature = "peers")]
mod ezk_stun_types;
mod hmac_floor;
#[cfg(feature = "peers")]
mod is;
#[cfg(feature = "peers")]
mod rtc_stun;
#[cfg(feature = "peers")]
mod stun_codec;
#[cfg(feature = "peers")]
mod stun_rs;
#[cfg(feature = "peers")]
mod stun_types;
mod trunkline;

use crate::facts::{Facts, Refused, Said};
use crate::suite::Suite;

const REQUEST: &[u8] = include_bytes!("../../../../stun/tests/vectors/rfc5769-2.1.bin");
const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

const USERNAME: &str = "evtj:h6vY";
const PRIORITY: u32 = 0x6e00_01ff;
const TIE_BREAKER: u64 = 0x932f_f9b1_5126_3b36;
const ID: [u8; 12] = [
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
];
/// How long a written check is: header, `USERNAME`, `ICE-CONTROLLED`, `PRIORITY`, `MESSAGE-INTEGRITY`,
/// `FINGERPRINT`.
const CHECK_LEN: usize = 20 + 16 + 12 + 8 + 24 + 8;

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new();

    let parse = suite.operation("stun.parse", REQUEST.len());
    trunkline::parse(parse);
    #[cfg(feature = "peers")]
    {
        stun_types::parse(parse);
        is::parse(parse);
        rtc_stun::parse(parse);
        stun_codec::parse(parse);
        stun_rs::parse(parse);
        ezk_stun_types::parse(parse);
    }

    let verify = suite.operation("stun.verify", REQUEST.len());
    trunkline::verify(verify);
    #[cfg(feature = "peers")]
    {
        stun_types::verify(verify);
        is::verify(verify);
        rtc_stun::verify(verify);
        stun_codec::verify(verify);
        stun_rs::verify(verify);
        ezk_stun_types::verify(verify);
    }
    hmac_floor::verify(verify);

    let build = suite.operation("stun.build", CHECK_LEN);
    trunkline::build(build);
    #[cfg(feature = "peers")]
    {
        stun_types::build(build);
        is::build(build);
        rtc_stun::build(build);
        stun_codec::build(build);
        stun_rs::build(build);
        ezk_stun_types::build(build);
    }
    hmac_floor::build(build);

    let channel_data = suite.operation("stun.channel_data", channel_data::LEN);
    channel_data::ours(channel_data);
    #[cfg(feature = "peers")]
    {
        channel_data::turn_types(channel_data);
        channel_data::rtc_turn(channel_data);
    }
    suite
}

/// What is read of the request: what the agent at the other end of a check needs.
fn read_facts(id: &[u8], username: &str, priority: u32, tie_breaker: u64) -> Facts {
    Facts::new()
        .octets("id", id)
        .with("username", username)
        .with("priority", priority)
        .with("tie-breaker", tie_breaker)
}

/// What is accepted: the request, and not with another password, nor with another fingerprint.
fn verified_facts(mut accepts: impl FnMut(&[u8], &str) -> bool) -> Said {
    if !accepts(REQUEST, PASSWORD) {
        return Err(Refused("it does not verify".to_string()));
    }
    let mut changed = REQUEST.to_vec();
    let last = changed.last_mut().expect("it is not empty");
    *last ^= 1;
    Ok(Facts::new()
        .with("another password", accepts(REQUEST, "another"))
        .with("another fingerprint", accepts(&changed, PASSWORD)))
}

fn written_facts(check: &[u8]) -> Facts {
    Facts::new().octets("written", check)
}
