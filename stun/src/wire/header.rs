//! The first 20 octets of a message (RFC 8489 section 5).

use core::fmt;

/// How long the header is, in octets.
pub const HEADER_LEN: usize = 20;

/// What stands in octets 4 to 7 of every message since RFC 5389 (RFC 8489 section 5).
pub const MAGIC_COOKIE: u32 = 0x2112_a442;

/// What a message is to its transaction (RFC 8489 section 5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// Asks for a response.
    Request,
    /// Asks for none.
    Indication,
    /// Tells that the request was carried out.
    Success,
    /// Tells that it was not, with an `ERROR-CODE`.
    Error,
}

impl Class {
    /// Whether this answers a request.
    #[must_use]
    pub const fn is_response(self) -> bool {
        matches!(self, Self::Success | Self::Error)
    }

    const fn bits(self) -> u16 {
        match self {
            Self::Request => 0x000,
            Self::Indication => 0x010,
            Self::Success => 0x100,
            Self::Error => 0x110,
        }
    }
}

/// What is asked for: a number of twelve bits, registered with IANA (RFC 8489 section 18.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(u16);

impl Method {
    /// Binding (RFC 8489 section 2), the only method of STUN itself.
    pub const BINDING: Self = Self(0x001);
    /// Shared Secret (RFC 3489 section 11.1): asks over TLS for a password. No longer in use.
    pub const SHARED_SECRET: Self = Self(0x002);
    /// Allocate (RFC 8656 section 17), also of \[MS-TURN\].
    pub const ALLOCATE: Self = Self(0x003);
    /// Refresh (RFC 8656 section 17).
    pub const REFRESH: Self = Self(0x004);
    /// Send (RFC 8656 section 17).
    pub const SEND: Self = Self(0x006);
    /// Data (RFC 8656 section 17).
    pub const DATA: Self = Self(0x007);
    /// CreatePermission (RFC 8656 section 17).
    pub const CREATE_PERMISSION: Self = Self(0x008);
    /// ChannelBind (RFC 8656 section 17).
    pub const CHANNEL_BIND: Self = Self(0x009);
    /// Send of \[MS-TURN\], a request without a response.
    pub const MS_SEND: Self = Self(0x004);
    /// The indication of \[MS-TURN\] that brings data. Its message type, 0x0115, would elsewhere be
    /// that of an error.
    pub const MS_DATA: Self = Self(0x005);
    /// Set Active Destination of \[MS-TURN\].
    pub const MS_SET_ACTIVE_DESTINATION: Self = Self(0x006);

    /// The method with this number, of which the lower twelve bits count.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number & 0x0fff)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BINDING => f.write_str("Binding"),
            Self(number) => write!(f, "Method({number:#05x})"),
        }
    }
}

/// The message type: twelve bits of method with the two of the class between them.
pub(super) const fn message_type(class: Class, method: Method) -> u16 {
    let Method(number) = method;
    (number & 0x000f) | (number & 0x0070) << 1 | (number & 0x0f80) << 2 | class.bits()
}

pub(super) const fn split_message_type(message_type: u16) -> (Class, Method) {
    let class = match message_type & 0x0110 {
        0x000 => Class::Request,
        0x010 => Class::Indication,
        0x100 => Class::Success,
        _ => Class::Error,
    };
    let number =
        message_type & 0x000f | (message_type & 0x00e0) >> 1 | (message_type & 0x3e00) >> 2;
    (class, Method(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;

    #[test]
    fn every_message_type_splits_and_joins() {
        for value in 0..0x4000 {
            let (class, method) = split_message_type(value);
            assert_eq!(message_type(class, method), value);
        }
        assert_eq!(message_type(Class::Request, Method::BINDING), 0x0001);
        assert_eq!(message_type(Class::Indication, Method::BINDING), 0x0011);
        assert_eq!(message_type(Class::Success, Method::BINDING), 0x0101);
        assert_eq!(message_type(Class::Error, Method::BINDING), 0x0111);
        assert_eq!(message_type(Class::Error, Method::new(0xfff)), 0x3fff);
    }

    #[test]
    fn methods_print() {
        assert_eq!(std::format!("{:?}", Method::BINDING), "Binding");
        assert_eq!(std::format!("{:?}", Method::new(0x1003)), "Method(0x003)");
    }
}
