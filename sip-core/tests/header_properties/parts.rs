//! What the values are made of.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use trunkline_sip_core::header::{DisplayName, NameAddr, Q};
use trunkline_sip_core::uri::Uri;
use trunkline_sip_core::{Host, HostPort, ParamValue, Params, QuotedString};

/// Arbitrary parts, which each header takes what it needs of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) tokens: [String; 3],
    pub(crate) texts: [String; 2],
    pub(crate) words: [Option<String>; 4],
    pub(crate) numbers: [u32; 3],
    pub(crate) flags: [bool; 3],
    /// URIs, none of them with parameters that a header has fields for.
    pub(crate) uris: [String; 2],
    pub(crate) call_id: String,
    pub(crate) params: String,
    pub(crate) thousandths: Option<u16>,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.!%*_+`'~-]{1,12}"
}

/// What is quoted: anything but NUL and line ends.
pub(crate) fn text() -> impl Strategy<Value = String> {
    "[^\u{0}\r\n]{0,16}"
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,8}(\\.[a-z]{2,4})?",
        "192\\.0\\.2\\.[1-9]",
        Just("[2001:db8::1]".to_string()),
    ]
}

fn uri() -> impl Strategy<Value = String> {
    prop_oneof![
        (
            "sips?",
            "([a-z0-9.,;?%_-]{1,8}(:[a-z]{1,3})?@)?",
            host(),
            "(:[1-9][0-9]{0,3})?",
            "(;[a-z]{1,4}(=[a-z:,]{1,4})?)?(\\?[a-z]=[a-z,;]{1,3})?"
        )
            .prop_map(|(scheme, user, host, port, rest)| format!(
                "{scheme}:{}{host}{port}{rest}",
                user.replace('%', "%2C")
            )),
        "tel:\\+[0-9]{1,15}(;[a-z]{1,4}=[a-z]{1,4})?",
        "urn:[a-z]{2,6}:[a-z0-9:._-]{1,12}[a-z]",
        "https://[a-z]{1,8}/[a-z,;=?&]{0,8}",
        "cid:[a-z0-9]{1,8}@[a-z]{1,8}",
    ]
}

/// Parameters that no header has a field for.
fn params() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just(String::new()),
        Just("=".to_string()),
        "=[A-Za-z0-9.:/@=_%-]{1,8}",
        "=\"([ -~&&[^\"\\\\]]|\\\\[ -~]|\u{e4}|\u{1f4de}){0,8}\"",
    ];
    let param = ("x-[a-z]{0,3}", "( ?)", value)
        .prop_map(|(name, space, value)| format!("{space};{space}{name}{value}"));
    vec(param, 0..4).prop_map(|params| params.concat())
}

pub(crate) fn parts() -> impl Strategy<Value = Parts> {
    let strings = (
        [token(), token(), token()],
        [text(), text()],
        [
            option::of(token()),
            option::of(token()),
            option::of(token()),
            option::of(token()),
        ],
    );
    let others = (
        any::<[u32; 3]>(),
        any::<[bool; 3]>(),
        [uri(), uri()],
        "[!-~]{1,16}",
        params(),
    );
    (
        strings,
        others,
        option::of(0..=1000u16),
        host(),
        any::<Option<u16>>(),
    )
        .prop_map(
            |(
                (tokens, texts, words),
                (numbers, flags, uris, call_id, params),
                thousandths,
                host,
                port,
            )| Parts {
                tokens,
                texts,
                words,
                numbers,
                flags,
                uris,
                call_id,
                params,
                thousandths,
                host,
                port,
            },
        )
}

impl Parts {
    pub(crate) fn uri(&self) -> Uri<'_> {
        Uri::parse(&self.uris[0]).unwrap_or_else(|error| panic!("{}: {error}", self.uris[0]))
    }

    pub(crate) fn params(&self) -> Params<'_> {
        Params::parse(self.params.trim_start().as_bytes())
            .unwrap_or_else(|| panic!("{}", self.params))
    }

    /// A display name, a URI and parameters.
    pub(crate) fn address(&self) -> NameAddr<'_> {
        let display_name = match self.flags[0] {
            true => Some(DisplayName::new(&self.texts[0])),
            false => self.words[0]
                .as_ref()
                .map(|word| DisplayName::Words(word.as_bytes())),
        };
        NameAddr {
            display_name,
            uri: self.uri(),
            params: self.params(),
        }
    }

    pub(crate) fn word(&self, index: usize) -> Option<&str> {
        self.words[index].as_deref()
    }

    /// A token or a quoted string, or nothing.
    pub(crate) fn value(&self, index: usize) -> Option<ParamValue<'_>> {
        self.word(index).map(|word| match self.flags[index % 3] {
            true => ParamValue::Token(word),
            false => ParamValue::Quoted(QuotedString::new(&self.texts[index % 2])),
        })
    }

    pub(crate) fn number(&self, index: usize) -> Option<u32> {
        self.flags[index].then_some(self.numbers[index])
    }

    pub(crate) fn q(&self) -> Option<Q> {
        self.thousandths.and_then(Q::from_thousandths)
    }

    pub(crate) fn host_port(&self) -> HostPort<'_> {
        HostPort::new(
            Host::parse(&self.host).unwrap_or_else(|| panic!("{}", self.host)),
            self.port,
        )
    }
}
