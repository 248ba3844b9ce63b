//! What the sender can process: Accept, Accept-Encoding, Accept-Language (RFC 3261 sections 20.1 to 20.3).

use super::{ContentType, Q, ValueError, header_by_read};
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

/// Reads parameters with their `q`, the first of that name.
fn read_params<'a>(cursor: &mut Cursor<'a>) -> Result<(Option<Q>, Params<'a>), ValueError> {
    let mut q = None;
    let params = Params::read(cursor, |param| {
        if q.is_none() && param.is("q") {
            let text = param.token().ok_or(Malformed { offset: 0 })?;
            q = Some(Q::parse(text).ok_or(Malformed { offset: 0 })?);
        }
        Ok(())
    })?;
    cursor.finish()?;
    Ok((q, params))
}

fn encode_params(q: Option<Q>, params: &Params<'_>, out: &mut Encoder<'_>) {
    // The parameters of a media type come before its q (RFC 2616 section 14.1).
    params.encode_except(&["q"], out);
    if let Some(q) = q {
        format_args!(";q={q}").encode(out);
    }
}

/// Accept: a body that the sender can process. Without the header field that is SDP; an empty one permits
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept<'a> {
    /// The type, or `*`.
    pub media_type: &'a str,
    /// The subtype, or `*`.
    pub subtype: &'a str,
    /// How much it is wanted.
    pub q: Option<Q>,
    /// All parameters, those of the media type and `q` included.
    pub params: Params<'a>,
}

impl<'a> Accept<'a> {
    /// A type without parameters.
    pub const fn new(media_type: &'a str, subtype: &'a str) -> Self {
        Self {
            media_type,
            subtype,
            q: None,
            params: Params::EMPTY,
        }
    }

    /// Whether a body of the type is meant, whatever its parameters. What has the preference 0 is not.
    pub fn permits(&self, body: &ContentType<'_>) -> bool {
        let same = |mine: &str, theirs: &str| mine == "*" || mine.eq_ignore_ascii_case(theirs);
        same(self.media_type, body.media_type)
            && same(self.subtype, body.subtype)
            && self.q.is_none_or(|q| q.thousandths() > 0)
    }

    fn read(value: &'a [u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        let media_type = cursor.token()?;
        if !cursor.take_separator(b'/') {
            return Err(cursor.malformed().into());
        }
        let subtype = cursor.token()?;
        let (q, params) = read_params(&mut cursor)?;
        Ok(Self {
            media_type,
            subtype,
            q,
            params,
        })
    }
}

impl Encode for Accept<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.token(self.media_type);
        out.push(b"/");
        out.token(self.subtype);
        encode_params(self.q, &self.params, out);
    }
}

header_by_read!(Accept<'a>, list);

macro_rules! preferences {
    ($($type:ident, $doc:literal, $field:ident: $what:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a> {
                #[doc = $what]
                pub $field: &'a str,
                /// How much it is wanted.
                pub q: Option<Q>,
                /// All parameters, `q` included.
                pub params: Params<'a>,
            }

            impl<'a> $type<'a> {
                /// One without parameters.
                pub const fn new($field: &'a str) -> Self {
                    Self { $field, q: None, params: Params::EMPTY }
                }

                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    let mut cursor = Cursor::new(value);
                    let $field = cursor.token()?;
                    let (q, params) = read_params(&mut cursor)?;
                    Ok(Self { $field, q, params })
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    out.token(self.$field);
                    encode_params(self.q, &self.params, out);
                }
            }

            header_by_read!($type<'a>, list);
        )*
    };
}

preferences! {
    AcceptEncoding, "Accept-Encoding: a coding of bodies that the sender can undo.",
        coding: "The coding, such as `gzip`, or `*`.";
    AcceptLanguage, "Accept-Language: a language for texts to people.",
        language: "The language tag, such as `de-AT`, or `*`.";
}
