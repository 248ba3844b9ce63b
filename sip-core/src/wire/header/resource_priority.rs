//! Resource-Priority, Accept-Resource-Priority (RFC 4412 section 3).

use super::{ValueError, header_by_read};
use crate::wire::grammar::{TOKEN, all};
use crate::wire::write::{Encode, Encoder};

macro_rules! priorities {
    ($($type:ident, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            ///
            /// Both parts compare without regard to case.
            #[derive(Clone, Copy, Debug)]
            pub struct $type<'a> {
                /// The namespace, such as `esnet` or `wps`.
                pub namespace: &'a str,
                /// The priority within it, such as `0`.
                pub priority: &'a str,
            }

            impl<'a> $type<'a> {
                fn read(value: &'a [u8]) -> Result<Self, ValueError> {
                    let text = core::str::from_utf8(value)
                        .map_err(|error| ValueError::Syntax(error.valid_up_to()))?;
                    let (namespace, priority) =
                        text.split_once('.').ok_or(ValueError::Syntax(text.len()))?;
                    if !is_part(namespace) {
                        return Err(ValueError::Syntax(0));
                    }
                    if !is_part(priority) {
                        return Err(ValueError::Syntax(namespace.len() + 1));
                    }
                    Ok(Self { namespace, priority })
                }
            }

            impl PartialEq for $type<'_> {
                fn eq(&self, other: &$type<'_>) -> bool {
                    self.namespace.eq_ignore_ascii_case(other.namespace)
                        && self.priority.eq_ignore_ascii_case(other.priority)
                }
            }

            impl Eq for $type<'_> {}

            impl Encode for $type<'_> {
                fn encode(&self, out: &mut Encoder<'_>) {
                    if !is_part(self.namespace) || !is_part(self.priority) {
                        out.refuse();
                    }
                    out.push(self.namespace.as_bytes());
                    out.push(b".");
                    out.push(self.priority.as_bytes());
                }
            }

            header_by_read!($type<'a>, list);
        )*
    };
}

/// A token without dots.
fn is_part(text: &str) -> bool {
    all(text.as_bytes(), TOKEN) && !text.contains('.')
}

priorities! {
    ResourcePriority, "Resource-Priority: a priority that the request claims.";
    AcceptResourcePriority, "Accept-Resource-Priority: a priority that the sender understands.";
}
