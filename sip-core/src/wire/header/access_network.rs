//! What the 3GPP network says of access: P-Access-Network-Info, P-Visited-Network-ID (RFC 7315 sections 4.3 and
//! 4.4).

use super::fields::value_header;
use crate::wire::params::ParamValue;

value_header! {
    /// P-Access-Network-Info: by which access network a user agent is connected (RFC 7315 section 4.4).
    PAccessNetworkInfo<'a>, list;
    /// The type or class of access, such as `3GPP-E-UTRAN-FDD` or `IEEE-802.11`; compares without regard to
    /// case.
    access: &'a str,
    /// The cell of a GSM network, `cgi-3gpp`.
    cgi_3gpp: ParamValue<'a> = "cgi-3gpp",
    /// The cell of a UMTS or LTE network, `utran-cell-id-3gpp`.
    utran_cell_id_3gpp: ParamValue<'a> = "utran-cell-id-3gpp",
}

impl PAccessNetworkInfo<'_> {
    /// Whether a proxy of the network says it, and not the user agent (`network-provided`).
    pub fn is_network_provided(&self) -> bool {
        self.params.contains("network-provided")
    }
}

value_header! {
    /// P-Visited-Network-ID: the network that a user is a guest of (RFC 7315 section 4.3).
    PVisitedNetworkId<'a>, list;
    /// A word or a text that both networks know it by.
    network: ParamValue<'a>,
}
