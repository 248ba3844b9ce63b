//! Agreement on the security of the first hop: Security-Client, Security-Server, Security-Verify (RFC 3329
//! section 2.2).

use super::Q;
use super::fields::value_header;

macro_rules! mechanisms {
    ($($(#[$doc:meta])* $type:ident<$life:lifetime>;)*) => {
        $(value_header! {
            $(#[$doc])*
            $type<$life>, list;
            /// The mechanism: `digest`, `tls`, `ipsec-ike`, `ipsec-man`, `ipsec-3gpp`, or others; compares
            /// without regard to case.
            mechanism: &$life str,
            /// How much it is wanted, among several.
            q: Q = "q",
        })*
    };
}

mechanisms! {
    /// Security-Client: a mechanism that the client supports (RFC 3329 section 2.2).
    SecurityClient<'a>;
    /// Security-Server: a mechanism that the first hop supports.
    SecurityServer<'a>;
    /// Security-Verify: what the first hop told, sent back to it under protection.
    SecurityVerify<'a>;
}
