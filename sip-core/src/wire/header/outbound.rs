//! Parameters of Contact: outbound (RFC 5626), GRUUs (RFC 5627), features (RFC 3840).

use super::feature::features;
use super::{ContactAddress, Feature};
use crate::wire::grammar::number;

impl<'a> ContactAddress<'a> {
    /// `reg-id`: which of its flows to the registrar a user agent means, from 1 to 2^31 - 1 (RFC 5626 sections 4.2
    /// and 10).
    pub fn reg_id(&self) -> Option<u32> {
        let id = number(self.address.params.value("reg-id")?.as_bytes());
        id.filter(|id| (1..1 << 31).contains(id))
    }

    /// `+sip.instance`: the URN of the user agent, without its angle brackets (RFC 5626 section 4.1).
    pub fn instance(&self) -> Option<&'a str> {
        let value = self.address.params.value("+sip.instance")?;
        value.strip_prefix('<')?.strip_suffix('>')
    }

    /// `pub-gruu`: the lasting URI by which all reach this very user agent (RFC 5627 section 5.1). Microsoft's
    /// servers call it `gruu`, as drafts did.
    pub fn pub_gruu(&self) -> Option<&'a str> {
        let params = &self.address.params;
        params.value("pub-gruu").or_else(|| params.value("gruu"))
    }

    /// `temp-gruu`: the same for a while, and without telling whose it is.
    pub fn temp_gruu(&self) -> Option<&'a str> {
        self.address.params.value("temp-gruu")
    }

    /// `temp-gruu-cookie`: how a registrar knows which temporary GRUUs to forget (RFC 6140 section 7.1.2.1).
    pub fn temp_gruu_cookie(&self) -> Option<&'a str> {
        self.address.params.value("temp-gruu-cookie")
    }

    /// What the user agent can do (RFC 3840 section 9); features that break the grammar are left out.
    pub fn features(&self) -> impl Iterator<Item = Feature<'a>> + use<'a> {
        features(&self.address.params)
    }
}
