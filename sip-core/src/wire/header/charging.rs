//! Charging in 3GPP networks: P-Charging-Function-Addresses, P-Charging-Vector (RFC 7315 sections 4.5 and 4.6).

use super::fields::Field;
use super::{ValueError, header_by_read};
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::params::{Param, ParamValue, Params};
use crate::wire::write::{Encode, Encoder};

/// Writes a parameter that no semicolon stands before.
fn write_first(param: &Param<'_>, out: &mut Encoder<'_>) {
    out.token(param.name);
    if let Some(value) = param.value {
        out.push(b"=");
        match value {
            ParamValue::Token(text) => out.checked(text, crate::wire::grammar::VALUE),
            ParamValue::Quoted(string) => string.encode(out),
        }
    }
}

/// P-Charging-Vector: what the records about a call are correlated by (RFC 7315 section 4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PChargingVector<'a> {
    /// The IMS charging identity, `icid-value`.
    pub icid: ParamValue<'a>,
    /// The host that made it up, `icid-generated-at`.
    pub generated_at: Option<ParamValue<'a>>,
    /// The network that the call comes from, `orig-ioi`.
    pub orig_ioi: Option<ParamValue<'a>>,
    /// The network that the call goes to, `term-ioi`.
    pub term_ioi: Option<ParamValue<'a>>,
    /// All parameters after `icid-value`, those above included.
    pub params: Params<'a>,
}

impl<'a> PChargingVector<'a> {
    /// A vector with this identity, to be written in quotes.
    pub const fn new(icid: &'a str) -> Self {
        Self {
            icid: ParamValue::Quoted(crate::wire::quoted::QuotedString::new(icid)),
            generated_at: None,
            orig_ioi: None,
            term_ioi: None,
            params: Params::EMPTY,
        }
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let first = Param::read(&mut cursor)?;
        if !first.is("icid-value") {
            return Err(ValueError::Syntax(0));
        }
        let icid = ParamValue::read(&first).map_err(|Malformed { .. }| ValueError::Syntax(0))?;
        let (mut generated_at, mut orig_ioi, mut term_ioi) = (None, None, None);
        let params = Params::read(&mut cursor, |param| {
            for (name, field) in [
                ("icid-generated-at", &mut generated_at),
                ("orig-ioi", &mut orig_ioi),
                ("term-ioi", &mut term_ioi),
            ] {
                if field.is_none() && param.is(name) {
                    *field = Some(ParamValue::read(param)?);
                }
            }
            Ok(())
        })?;
        cursor.finish()?;
        Ok(Self {
            icid,
            generated_at,
            orig_ioi,
            term_ioi,
            params,
        })
    }
}

impl Encode for PChargingVector<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        let icid = Param {
            name: "icid-value",
            value: Some(self.icid),
        };
        write_first(&icid, out);
        let fields = [
            ("icid-generated-at", &self.generated_at),
            ("orig-ioi", &self.orig_ioi),
            ("term-ioi", &self.term_ioi),
        ];
        for (name, field) in fields {
            if let Some(field) = field {
                field.write(name, out);
            }
        }
        self.params
            .encode_except(&fields.map(|(name, _)| name), out);
    }
}

header_by_read!(PChargingVector<'a>);

/// P-Charging-Function-Addresses: hosts that records about a call go to (RFC 7315 section 4.5).
///
/// RFC 7315 separates them by commas, RFC 3455 by semicolons. Both are read: what stands between two commas
/// is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PChargingFunctionAddresses<'a> {
    /// The first address, such as `ccf=192.0.2.1`; it has a value.
    pub first: Param<'a>,
    /// Those that follow behind semicolons.
    pub others: Params<'a>,
}

impl<'a> PChargingFunctionAddresses<'a> {
    /// An address of a kind: `ccf` (offline charging), `ecf` (online charging), `ccf-2`, `ecf-2`, or others.
    pub const fn new(kind: &'a str, address: ParamValue<'a>) -> Self {
        let first = Param {
            name: kind,
            value: Some(address),
        };
        Self {
            first,
            others: Params::EMPTY,
        }
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        core::iter::once(self.first).chain(self.others)
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let first = Param::read(&mut cursor)?;
        ParamValue::read(&first).map_err(|Malformed { .. }| ValueError::Syntax(0))?;
        let others = Params::read(&mut cursor, |_| Ok(()))?;
        cursor.finish()?;
        Ok(Self { first, others })
    }
}

impl Encode for PChargingFunctionAddresses<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        if self.first.value.is_none() {
            out.refuse();
        }
        write_first(&self.first, out);
        self.others.encode(out);
    }
}

header_by_read!(PChargingFunctionAddresses<'a>, list);
