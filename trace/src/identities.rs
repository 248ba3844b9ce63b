//! Who calls, by whose word.

use trunkline_sip_core::uri::{SipUri, TelUri, Uri};
use trunkline_sip_core::{Message, header};

/// The identities of a caller: what it says of itself, and what the network vouches for.
///
/// ```
/// use trunkline_sip_core::{HeaderSpan, Message};
/// use trunkline_trace::Identities;
///
/// let mut index = [HeaderSpan::default(); 8];
/// let message = Message::parse(
///     b"INVITE sip:+493012345@example.com SIP/2.0\r\n\
///       From: <sip:+498912340@example.com>;tag=1\r\n\
///       P-Asserted-Identity: <sip:+4989123400@example.com>, <tel:+4989123400>\r\n\r\n",
///     &mut index,
/// )?;
/// let identities = Identities::of(&message);
/// assert_eq!(identities.user_provided_number(), Some("+498912340"));
/// assert_eq!(identities.network_sip.and_then(|uri| uri.user()), Some("+4989123400"));
/// assert_eq!(identities.network_tel.map(|uri| uri.number()), Some("+4989123400"));
/// # Ok::<(), trunkline_sip_core::ParseError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Identities<'a> {
    /// From: provided by the user, not verified (RFC 3261 section 20.20).
    pub user: Option<Uri<'a>>,
    /// The sip or sips URI of P-Asserted-Identity: provided by the network (RFC 3325 section 9.1).
    pub network_sip: Option<SipUri<'a>>,
    /// The tel URI of P-Asserted-Identity.
    pub network_tel: Option<TelUri<'a>>,
}

impl<'a> Identities<'a> {
    /// The identities in a message. What cannot be read is left out, as is a second URI of one scheme.
    #[must_use]
    pub fn of(message: &Message<'a>) -> Self {
        let from = message.typed::<header::From<'a>>().ok().flatten();
        let mut identities = Self {
            user: from.map(|from| from.address.uri),
            ..Self::default()
        };
        let asserted = message.typed_all::<header::PAssertedIdentity<'a>>();
        for identity in asserted.filter_map(Result::ok) {
            match identity.address.uri {
                Uri::Sip(uri) => identities.network_sip = identities.network_sip.or(Some(uri)),
                Uri::Tel(uri) => identities.network_tel = identities.network_tel.or(Some(uri)),
                _ => {}
            }
        }
        identities
    }

    /// The number or user part of From.
    #[must_use]
    pub fn user_provided_number(&self) -> Option<&'a str> {
        match self.user? {
            Uri::Sip(uri) => uri.user(),
            Uri::Tel(uri) => Some(uri.number()),
            _ => None,
        }
    }

    /// The number of P-Asserted-Identity: that of the tel URI, else the user part of the other.
    #[must_use]
    pub fn network_provided_number(&self) -> Option<&'a str> {
        let tel = self.network_tel.map(|uri| uri.number());
        tel.or_else(|| self.network_sip.and_then(|uri| uri.user()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trunkline_sip_core::HeaderSpan;

    #[test]
    fn p000_38_user_and_network_provided_numbers_are_told_apart() {
        for (asserted, sip, tel, number) in [
            (
                "P-Asserted-Identity: <sip:+4989100@x>\r\n",
                Some("+4989100"),
                None,
                Some("+4989100"),
            ),
            (
                "P-Asserted-Identity: <tel:+4989-200>\r\n",
                None,
                Some("+4989-200"),
                Some("+4989-200"),
            ),
            (
                "P-Asserted-Identity: \"A\" <sip:+4989100@x;user=phone>\r\nP-Asserted-Identity: <tel:+4989200>\r\n",
                Some("+4989100"),
                Some("+4989200"),
                Some("+4989200"),
            ),
            ("P-Asserted-Identity: <broken\r\n", None, None, None),
            ("", None, None, None),
        ] {
            let text = alloc::format!(
                "INVITE sip:1@x SIP/2.0\r\nFrom: <sip:anonymous@anonymous.invalid>;tag=1\r\n{asserted}\r\n"
            );
            let mut index = [HeaderSpan::default(); 8];
            let message = Message::parse(text.as_bytes(), &mut index).unwrap();
            let identities = Identities::of(&message);
            assert_eq!(identities.user_provided_number(), Some("anonymous"));
            assert_eq!(
                identities.network_sip.and_then(|uri| uri.user()),
                sip,
                "{asserted}"
            );
            assert_eq!(
                identities.network_tel.map(|uri| uri.number()),
                tel,
                "{asserted}"
            );
            assert_eq!(identities.network_provided_number(), number, "{asserted}");
        }
    }
}
