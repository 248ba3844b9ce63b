//! More addresses of those who take part: Reply-To (RFC 3261 section 20.31), P-Called-Party-ID (RFC 7315
//! section 4.2), Diversion (RFC 5806), Remote-Party-ID (draft-ietf-sip-privacy-04).

use super::fields::address_header;
use crate::wire::params::ParamValue;

address_header! {
    /// Reply-To: where an answer to the caller goes, which may be elsewhere than From says (RFC 3261 section
    /// 20.31).
    ReplyTo<'a>, bare: true;
}

address_header! {
    /// P-Called-Party-ID: the Request-URI that a request had before the proxy of the called wrote the contact
    /// into it (RFC 7315 section 4.2).
    PCalledPartyId<'a>, bare: false;
}

address_header! {
    /// Diversion: who diverted the call, the last diversion first (RFC 5806 section 4).
    Diversion<'a>, bare: false, list;
    /// Why: `unknown`, `user-busy`, `no-answer`, `unavailable`, `unconditional`, `time-of-day`,
    /// `do-not-disturb`, `deflection`, `follow-me`, `out-of-service`, `away`, or others; compares without
    /// regard to case.
    reason: ParamValue<'a> = "reason",
    /// How many diversions the value stands for; one where it is missing.
    counter: u32 = "counter",
    /// How many diversions are permitted.
    limit: u32 = "limit",
    /// What the called must not see: `full`, `name`, `uri`, `off`, or others.
    privacy: ParamValue<'a> = "privacy",
    /// Whether the network has checked the address: `yes`, `no`, or others.
    screen: ParamValue<'a> = "screen",
}

impl Diversion<'_> {
    /// The number of diversions that the value stands for.
    pub fn count(&self) -> u32 {
        self.counter.unwrap_or(1)
    }
}

address_header! {
    /// Remote-Party-ID: who a party is, by the network's word; P-Asserted-Identity has taken its place, but
    /// many gateways still send it (draft-ietf-sip-privacy-04 section 4).
    RemotePartyId<'a>, bare: false, list;
    /// Whose identity it is: `calling`, `called`, or others; in a request that of the caller where it is
    /// missing.
    party: ParamValue<'a> = "party",
    /// What it identifies: `subscriber`, `user`, `term`, or others.
    id_type: ParamValue<'a> = "id-type",
    /// What must not be shown: `full`, `name`, `uri`, `off`, or others.
    privacy: ParamValue<'a> = "privacy",
    /// Whether it was verified: `yes` or `no`.
    screen: ParamValue<'a> = "screen",
}
