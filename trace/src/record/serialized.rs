//! Records as JSON objects, or whatever else serde writes.

use alloc::string::String;
use core::time::Duration;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use trunkline_sip_core::{EndReason, Party};

use super::{CallRecord, LegMedia, WallTime, shown};
use crate::redact::push_uris;

/// One object for each call. Keys are those of the fields; times are as RFC 3339 has them; `media` is null
/// or an object with the keys `caller` and `callee`. Why the call ended are three keys:
///
/// * `reason`, one of `hung_up_by_caller`, `hung_up_by_callee`, `cancelled`, `refused` (by the callee),
///   `rejected` (by the owner), `no_answer`, `lost_caller`, `lost_callee`, `not_acceptable`,
///   `unreachable`, `media_timeout`, `shut_down`, or `other` for what this version does not know;
/// * `status`, the code of `refused` and `rejected`, null for the others;
/// * `text`, the same as a sentence. Its words may change, those of `reason` do not.
impl Serialize for CallRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("CallRecord", 17)?;
        out.serialize_field("call", &self.call)?;
        out.serialize_field("from_side", &Shown(&self.from_side))?;
        out.serialize_field("to_side", &Shown(&self.to_side))?;
        out.serialize_field("from", &Shown(&self.from))?;
        out.serialize_field("to", &Shown(&self.to))?;
        out.serialize_field(
            "asserted",
            &self.asserted.as_deref().map(identity).map(Text),
        )?;
        out.serialize_field("emergency", &self.emergency)?;
        out.serialize_field("host", &self.host.as_deref().map(Shown))?;
        out.serialize_field("call_ids", &self.call_ids.each_ref().map(|id| Shown(id)))?;
        out.serialize_field("started", &self.started)?;
        out.serialize_field("answered", &self.answered)?;
        out.serialize_field("ended", &self.ended)?;
        out.serialize_field("attempts", &self.attempts)?;
        let (reason, status) = keyword(self.reason);
        out.serialize_field("reason", reason)?;
        out.serialize_field("status", &status)?;
        out.serialize_field("text", &Text(self.reason))?;
        out.serialize_field("media", &self.media.as_ref().map(Media))?;
        out.end()
    }
}

/// Jitter is in milliseconds: `jitter_ms` the mean, `jitter_max_ms` the height.
impl Serialize for LegMedia {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("LegMedia", 8)?;
        out.serialize_field("packets_received", &self.packets_received)?;
        out.serialize_field("packets_sent", &self.packets_sent)?;
        out.serialize_field("rtcp_received", &self.rtcp_received)?;
        out.serialize_field("lost", &self.lost)?;
        out.serialize_field("jitter_ms", &milliseconds(self.jitter))?;
        out.serialize_field("jitter_max_ms", &milliseconds(self.worst_jitter))?;
        out.serialize_field("dropped", &self.dropped)?;
        out.serialize_field("mos", &self.mos.map(hundredths))?;
        out.end()
    }
}

/// As RFC 3339 has it.
impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

struct Text<T>(T);

impl<T: core::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Shown<'a>(&'a str);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&shown(self.0))
    }
}

struct Media<'a>(&'a [LegMedia; 2]);

impl Serialize for Media<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [caller, callee] = self.0;
        let mut out = serializer.serialize_struct("Media", 2)?;
        out.serialize_field("caller", caller)?;
        out.serialize_field("callee", callee)?;
        out.end()
    }
}

/// A reason for programs, and its status code. Keywords stay as they are.
const fn keyword(reason: EndReason) -> (&'static str, Option<u16>) {
    let keyword = match reason {
        EndReason::HungUp(Party::Caller) => "hung_up_by_caller",
        EndReason::HungUp(Party::Callee) => "hung_up_by_callee",
        EndReason::Cancelled => "cancelled",
        EndReason::Refused(status) => return ("refused", Some(status.code())),
        EndReason::Rejected(status) => return ("rejected", Some(status.code())),
        EndReason::NoAnswer => "no_answer",
        EndReason::Lost(Party::Caller) => "lost_caller",
        EndReason::Lost(Party::Callee) => "lost_callee",
        EndReason::NotAcceptable => "not_acceptable",
        EndReason::Unreachable => "unreachable",
        EndReason::MediaTimeout => "media_timeout",
        EndReason::ShutDown => "shut_down",
        _ => "other",
    };
    (keyword, None)
}

fn identity(text: &str) -> String {
    let mut out = String::new();
    push_uris(&mut out, text.as_bytes());
    out
}

/// To the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1_000.0
}

/// Rounded: more digits would tell more than the model knows.
fn hundredths(score: f32) -> f64 {
    f64::from((score * 100.0 + 0.5) as u16) / 100.0
}
