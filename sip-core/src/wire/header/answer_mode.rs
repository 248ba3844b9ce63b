//! Answer-Mode, Priv-Answer-Mode (RFC 5373 section 2).

use super::{ValueError, header_by_read};
use crate::wire::grammar::Cursor;
use crate::wire::params::Params;
use crate::wire::write::{Encode, Encoder};

macro_rules! modes {
    ($($type:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a> {
                /// `Manual`, `Auto`, or others; compares without regard to case.
                pub mode: &'a str,
                /// Whether the call is to be refused rather than answered otherwise (`require`).
                pub require: bool,
                /// All parameters, `require` included.
                pub params: Params<'a>,
            }

            impl<'a> $type<'a> {
                /// A mode without parameters.
                pub const fn new(mode: &'a str) -> Self {
                    Self { mode, require: false, params: Params::EMPTY }
                }

                /// Whether the call is to be answered without a person.
                pub fn is_auto(&self) -> bool {
                    self.mode.eq_ignore_ascii_case("auto")
                }

                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    let mut cursor = Cursor::new(value);
                    let mode = cursor.token()?;
                    let mut require = false;
                    let params = Params::read(&mut cursor, |param| {
                        require |= param.is("require");
                        Ok(())
                    })?;
                    cursor.finish()?;
                    Ok(Self { mode, require, params })
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    out.token(self.mode);
                    if self.require {
                        out.push(b";require");
                    }
                    self.params.encode_except(&["require"], out);
                }
            }

            header_by_read!($type<'a>);
        )*
    };
}

modes! {
    AnswerMode, "Answer-Mode: how the called user agent is to answer, or has answered (RFC 5373 section 2).";
    PrivAnswerMode, "Priv-Answer-Mode: the same with a privilege: Auto even where the called does not allow it \
        to everybody.";
}
