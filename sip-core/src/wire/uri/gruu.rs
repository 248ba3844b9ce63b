//! Parameters of sip URIs by RFC 5626 (outbound) and RFC 5627 (GRUU), and Microsoft's GRUUs.

use super::{SipUri, UriParam};

impl<'a> SipUri<'a> {
    /// Whether the `ob` parameter asks for the flow that the request came by (RFC 5626 section 4.3), or tells of
    /// such a contact.
    pub fn is_outbound(&self) -> bool {
        self.params().contains("ob")
    }

    /// The `gr` parameter, with a value in a public GRUU and without in a temporary one (RFC 5627 section
    /// 6.1).
    pub fn gr(&self) -> Option<UriParam<'a>> {
        self.param("gr")
    }

    /// The `opaque` parameter, which Microsoft's GRUUs tell user agents and services by:
    /// `user:epid:Pb8BAVyo61SPP3VhLDz0tgAA`, `app:conf:focus:id:J2CHQ1XM` ([MS-SIPRE] section 2.2.2).
    pub fn opaque(&self) -> Option<&'a str> {
        self.params().value("opaque")
    }

    /// Whether the URI reaches one user agent or service from everywhere: by `gr` (RFC 5627), or by `opaque`
    /// together with `gruu`.
    pub fn is_gruu(&self) -> bool {
        let params = self.params();
        params.contains("gr") || (params.contains("gruu") && params.contains("opaque"))
    }
}
