//! References to other dialogs: Replaces (RFC 3891), Join (RFC 3911), Target-Dialog (RFC 4538).

use super::{CallId, ValueError, header_by_read};
use crate::wire::grammar::{Cursor, Malformed, VALUE, VISIBLE, is, text};
use crate::wire::params::{Param, Params};
use crate::wire::write::{Encode, Encoder};

/// What a Call-ID may be made of here: a semicolon ends it.
fn is_call_id(byte: u8) -> bool {
    is(byte, VISIBLE) && byte != b';'
}

fn read_call_id<'a>(cursor: &mut Cursor<'a>) -> Result<CallId<'a>, ValueError> {
    let start = cursor.at();
    let rest = cursor.rest();
    let len = rest.iter().position(|&byte| !is_call_id(byte));
    cursor.set(start + len.unwrap_or(rest.len()));
    match text(cursor.since(start)) {
        "" => Err(cursor.malformed().into()),
        call_id => Ok(CallId(call_id)),
    }
}

fn write_call_id(call_id: CallId<'_>, out: &mut Encoder<'_>) {
    if !call_id.0.bytes().all(is_call_id) {
        out.refuse();
    }
    call_id.encode(out);
}

fn read_tag<'a>(tag: &mut Option<&'a str>, param: &Param<'a>) -> Result<(), Malformed> {
    let value = param.token().filter(|tag| !tag.is_empty());
    // Exactly one of each (RFC 3891 section 6.1, RFC 3911 section 7.1).
    match (tag.is_none(), value) {
        (true, Some(value)) => *tag = Some(value),
        _ => return Err(Malformed { offset: 0 }),
    }
    Ok(())
}

fn write_tag(name: &[u8], tag: &str, out: &mut Encoder<'_>) {
    out.push(name);
    out.checked(tag, VALUE);
}

macro_rules! dialogs {
    ($(
        $(#[$doc:meta])*
        $type:ident, $first:ident = $first_name:literal $first_doc:literal,
        $second:ident = $second_name:literal $second_doc:literal
        $(, $flag:ident = $flag_name:literal $flag_doc:literal)?;
    )*) => {
        $(
            $(#[$doc])*
            ///
            /// Both tags have to be there, once each.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $type<'a> {
                /// The Call-ID of the dialog.
                pub call_id: CallId<'a>,
                #[doc = $first_doc]
                pub $first: &'a str,
                #[doc = $second_doc]
                pub $second: &'a str,
                $(
                    #[doc = $flag_doc]
                    pub $flag: bool,
                )?
                /// All parameters, those above included.
                pub params: Params<'a>,
            }

            impl<'a> $type<'a> {
                /// A reference by the three parts of a dialog's identity.
                pub const fn new(call_id: CallId<'a>, $first: &'a str, $second: &'a str) -> Self {
                    Self { call_id, $first, $second, $($flag: false,)? params: Params::EMPTY }
                }

                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    let mut cursor = Cursor::new(value);
                    let call_id = read_call_id(&mut cursor)?;
                    let (mut $first, mut $second) = (None, None);
                    $(let mut $flag = false;)?
                    let params = Params::read(&mut cursor, |param| {
                        if param.is($first_name) {
                            read_tag(&mut $first, param)?;
                        } else if param.is($second_name) {
                            read_tag(&mut $second, param)?;
                        }
                        $(if param.is($flag_name) {
                            $flag = true;
                        })?
                        Ok(())
                    })?;
                    cursor.finish()?;
                    let missing = ValueError::Syntax(value.len());
                    Ok(Self {
                        call_id,
                        $first: $first.ok_or(missing)?,
                        $second: $second.ok_or(missing)?,
                        $($flag,)?
                        params,
                    })
                }
            }

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    write_call_id(self.call_id, out);
                    write_tag(concat!(";", $first_name, "=").as_bytes(), self.$first, out);
                    write_tag(concat!(";", $second_name, "=").as_bytes(), self.$second, out);
                    $(if self.$flag {
                        out.push(concat!(";", $flag_name).as_bytes());
                    })?
                    self.params.encode_except(&[$first_name, $second_name $(, $flag_name)?], out);
                }
            }

            header_by_read!($type<'a>);
        )*
    };
}

dialogs! {
    /// Replaces: the dialog of the receiver that an INVITE takes the place of (RFC 3891 section 6.1). A tag of `0`
    /// stands also for none, as peers of RFC 2543 have it.
    Replaces,
    to_tag = "to-tag" "The tag of the receiver in that dialog.",
    from_tag = "from-tag" "The tag of its peer in that dialog.",
    early_only = "early-only" "Whether only an early dialog may be replaced.";
    /// Join: the dialog of the receiver that an INVITE is to be joined with (RFC 3911 section 7.1). A tag of `0`
    /// stands also for none, as peers of RFC 2543 have it.
    Join,
    to_tag = "to-tag" "The tag of the receiver in that dialog.",
    from_tag = "from-tag" "The tag of its peer in that dialog.";
    /// Target-Dialog: a dialog of the receiver that the sender of a request knows of, which is why it may be heard
    /// (RFC 4538 section 7). One that cannot be read, for want of a tag for instance, is to be ignored (section
    /// 4).
    TargetDialog,
    remote_tag = "remote-tag" "The tag of the receiver's peer in that dialog, who may be the sender of the request.",
    local_tag = "local-tag" "The tag of the receiver in that dialog.";
}
