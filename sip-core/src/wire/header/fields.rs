//! Header types whose values are an address or a word with parameters, some of which are fields.

use super::{Q, ValueError};
use crate::wire::grammar::{Cursor, Malformed, VALUE, number};
use crate::wire::params::{Param, ParamValue};
use crate::wire::quoted::QuotedString;
use crate::wire::write::{Encode, Encoder};

/// What a value starts with, before its parameters.
pub(super) trait Lead<'a>: Sized {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, ValueError>;

    fn put(&self, out: &mut Encoder<'_>);
}

/// A token.
impl<'a> Lead<'a> for &'a str {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        Ok(cursor.token()?)
    }

    fn put(&self, out: &mut Encoder<'_>) {
        out.token(self);
    }
}

/// A token or a quoted string.
impl<'a> Lead<'a> for ParamValue<'a> {
    fn take(cursor: &mut Cursor<'a>) -> Result<Self, ValueError> {
        if cursor.peek() == Some(b'"') {
            return Ok(Self::Quoted(QuotedString::from_message(cursor.quoted()?)));
        }
        match cursor.take_text(VALUE) {
            "" => Err(cursor.malformed().into()),
            text => Ok(Self::Token(text)),
        }
    }

    fn put(&self, out: &mut Encoder<'_>) {
        match self {
            Self::Token(text) => out.checked(text, VALUE),
            Self::Quoted(string) => string.encode(out),
        }
    }
}

/// The value of a parameter that is a field.
pub(super) trait Field<'a>: Sized {
    fn read(param: &Param<'a>) -> Result<Self, Malformed>;

    /// Writes the parameter, semicolon first.
    fn write(&self, name: &str, out: &mut Encoder<'_>);
}

/// Without quotes, and not empty.
impl<'a> Field<'a> for &'a str {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        let token = param.token().filter(|token| !token.is_empty());
        token.ok_or(Malformed { offset: 0 })
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        out.push(b";");
        out.push(name.as_bytes());
        out.push(b"=");
        out.checked(self, VALUE);
    }
}

/// With or without quotes, and not empty without.
impl<'a> Field<'a> for ParamValue<'a> {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        match param.value {
            Some(value) if value != Self::Token("") => Ok(value),
            _ => Err(Malformed { offset: 0 }),
        }
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        match self {
            Self::Token(text) => text.write(name, out),
            Self::Quoted(string) => string.write(name, out),
        }
    }
}

/// Written with quotes; read without them, too.
impl<'a> Field<'a> for QuotedString<'a> {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        match ParamValue::read(param)? {
            ParamValue::Quoted(string) => Ok(string),
            ParamValue::Token(text) => Ok(Self::new(text)),
        }
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        out.push(b";");
        out.push(name.as_bytes());
        out.push(b"=");
        self.encode(out);
    }
}

impl<'a> Field<'a> for u32 {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        let digits = <&str>::read(param)?;
        number(digits.as_bytes()).ok_or(Malformed { offset: 0 })
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        format_args!(";{name}={self}").encode(out);
    }
}

impl<'a> Field<'a> for Q {
    fn read(param: &Param<'a>) -> Result<Self, Malformed> {
        Self::parse(<&str>::read(param)?).ok_or(Malformed { offset: 0 })
    }

    fn write(&self, name: &str, out: &mut Encoder<'_>) {
        format_args!(";{name}={self}").encode(out);
    }
}

/// A header whose value is an address with parameters. `bare`: whether the address may lack its brackets.
macro_rules! address_header {
    (
        $(#[$doc:meta])*
        $type:ident<$life:lifetime>, bare: $bare:literal $(, $list:ident)?;
        $($(#[$field_doc:meta])* $field:ident: $kind:ty = $name:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $type<$life> {
            /// Display name, URI, and all parameters.
            pub address: crate::wire::header::NameAddr<$life>,
            $($(#[$field_doc])* pub $field: Option<$kind>,)*
        }

        impl<$life> $type<$life> {
            /// The address `uri` without display name and parameters.
            pub const fn new(uri: crate::wire::uri::Uri<$life>) -> Self {
                Self { address: crate::wire::header::NameAddr::new(uri), $($field: None,)* }
            }

            /// The URI.
            pub const fn uri(&self) -> &crate::wire::uri::Uri<$life> {
                &self.address.uri
            }

            fn read(value: &$life [u8]) -> Result<Self, crate::wire::header::ValueError> {
                $(let mut $field = None;)*
                let address = crate::wire::header::NameAddr::read(value, $bare, |_param| {
                    $(if $field.is_none() && _param.is($name) {
                        $field = Some(<$kind as crate::wire::header::fields::Field>::read(_param)?);
                    })*
                    Ok(())
                })?;
                Ok(Self { address, $($field,)* })
            }
        }

        impl crate::wire::write::Encode for $type<'_> {
            fn encode(&self, out: &mut crate::wire::write::Encoder<'_>) {
                self.address.encode_address(out);
                $(if let Some(field) = &self.$field {
                    crate::wire::header::fields::Field::write(field, $name, out);
                })*
                self.address.params.encode_except(&[$($name),*], out);
            }
        }

        crate::wire::header::header_by_read!($type<$life> $(, $list)?);
    };
}
pub(super) use address_header;

/// A header whose value is something short with parameters.
macro_rules! value_header {
    (
        $(#[$doc:meta])*
        $type:ident<$life:lifetime> $(, $list:ident)?;
        $(#[$lead_doc:meta])* $lead:ident: $lead_kind:ty,
        $($(#[$field_doc:meta])* $field:ident: $kind:ty = $name:literal,)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $type<$life> {
            $(#[$lead_doc])*
            pub $lead: $lead_kind,
            $($(#[$field_doc])* pub $field: Option<$kind>,)*
            /// All parameters, those that have fields included.
            pub params: crate::wire::params::Params<$life>,
        }

        impl<$life> $type<$life> {
            /// Without parameters.
            pub const fn new($lead: $lead_kind) -> Self {
                Self { $lead, $($field: None,)* params: crate::wire::params::Params::EMPTY }
            }

            fn read(value: &$life [u8]) -> Result<Self, crate::wire::header::ValueError> {
                let mut cursor = crate::wire::grammar::Cursor::new(value);
                let $lead = <$lead_kind as crate::wire::header::fields::Lead>::take(&mut cursor)?;
                $(let mut $field = None;)*
                let params = crate::wire::params::Params::read(&mut cursor, |_param| {
                    $(if $field.is_none() && _param.is($name) {
                        $field = Some(<$kind as crate::wire::header::fields::Field>::read(_param)?);
                    })*
                    Ok(())
                })?;
                cursor.finish()?;
                Ok(Self { $lead, $($field,)* params })
            }
        }

        impl crate::wire::write::Encode for $type<'_> {
            fn encode(&self, out: &mut crate::wire::write::Encoder<'_>) {
                crate::wire::header::fields::Lead::put(&self.$lead, out);
                $(if let Some(field) = &self.$field {
                    crate::wire::header::fields::Field::write(field, $name, out);
                })*
                self.params.encode_except(&[$($name),*], out);
            }
        }

        crate::wire::header::header_by_read!($type<$life> $(, $list)?);
    };
}
pub(super) use value_header;
