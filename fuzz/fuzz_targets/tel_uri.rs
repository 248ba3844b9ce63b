#![no_main]
//! A tel URI, or two with a line feed between them, as the SIP crate reads it and as the number crate does.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_e164::{
    DialString, DialStringFault, LineUri, Number, NumberError, NumberFault, TelUriFault,
};
use trunkline_sip_core::uri::{TelUri, TelUriBuilder, Uri, UriParam, unescape};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let (left, right) = text.split_once('\n').unwrap_or((text, ""));
    let (left, right) = (format!("tel:{left}"), format!("tel:{right}"));
    let read = [&left, &right].map(|text| match Uri::parse(text) {
        Ok(uri) => Some(*uri.as_tel().expect("the scheme says so")),
        Err(error) => {
            assert!(error.offset() <= text.len(), "{error}");
            None
        }
    });
    check_meaning(&left, &right);
    for uri in read.iter().flatten() {
        check_written(uri);
        check_digits(uri);
    }
    if let [Some(left), Some(right)] = read {
        let same = left.is_equivalent(&right);
        assert_eq!(same, right.is_equivalent(&left), "{left:?} {right:?}");
        let lower = |uri: &TelUri<'_>| digits(uri).to_ascii_lowercase();
        assert!(!same || lower(&left) == lower(&right));
        assert!(same || left != right);
    }
});

/// What the number crate takes, the SIP crate takes as well, and with the same parts.
fn check_meaning(left: &str, right: &str) {
    let read = [left, right].map(|text| match trunkline_e164::TelUri::parse(text) {
        Ok(uri) => Some(uri),
        Err(error) => {
            assert!(error.offset <= text.len(), "{error}");
            None
        }
    });
    for uri in read.iter().flatten() {
        let text = uri.to_string();
        assert_eq!(trunkline_e164::TelUri::parse(&text), Ok(*uri));
        assert!(uri.is_equivalent(uri));
        let other = parse(&text);
        assert_eq!(
            (uri.number(), uri.is_global()),
            (other.number(), other.is_global())
        );
        assert_eq!(
            (uri.extension(), uri.value("isub")),
            (other.extension(), other.subaddress())
        );
        assert_eq!(uri.params().count(), other.params().count());
        if let Ok(line) = LineUri::try_from(uri) {
            assert_eq!(Some(line.number), uri.e164());
            let written = line.to_string();
            let written = trunkline_e164::TelUri::parse(&written).unwrap();
            // The national prefix in parentheses is dropped.
            assert!(
                written.is_equivalent(uri) || text.contains("(0)"),
                "{text} {written}"
            );
        }
        let owned: Vec<_> = uri
            .params()
            .map(|param| {
                let value = param.value.map(|value| unescape(value).collect());
                (param.name, value.map(|value| String::from_utf8(value).ok()))
            })
            .collect();
        if owned.iter().any(|(_, value)| *value == Some(None)) {
            continue;
        }
        let find = |wanted: &str| {
            let mut found = owned
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found
                .next()
                .and_then(|(_, value)| value.as_ref()?.as_deref())
        };
        let named = ["ext", "isub", "phone-context"];
        let others: Vec<_> = owned
            .iter()
            .filter(|(name, _)| !named.iter().any(|named| named.eq_ignore_ascii_case(name)))
            .map(|(name, value)| (*name, value.as_ref().and_then(Option::as_deref)))
            .collect();
        let builder = trunkline_e164::TelUriBuilder {
            extension: find("ext"),
            subaddress: find("isub"),
            phone_context: find("phone-context"),
            params: &others,
            ..trunkline_e164::TelUriBuilder::new(uri.number())
        };
        let mut built = String::new();
        match builder.write(&mut built) {
            Ok(()) => {
                let built = trunkline_e164::TelUri::parse(&built).unwrap();
                assert!(built.is_equivalent(uri), "{text} {built}");
            }
            Err(fault) => {
                let local = !uri.is_global() && uri.phone_context().is_none();
                // What may stand there as it is read is escaped where it is written.
                let longer = fault == TelUriFault::TooLong
                    && 3 * text.len() > trunkline_e164::TelUri::MAX_LEN;
                assert!((local || longer) && built.is_empty(), "{text}: {fault}");
            }
        }
    }
    if let [Some(left), Some(right)] = read {
        let same = left.is_equivalent(&right);
        assert_eq!(same, right.is_equivalent(&left), "{left} {right}");
        assert!(same || left != right);
    }
}

fn parse(text: &str) -> TelUri<'_> {
    match Uri::parse(text) {
        Ok(Uri::Tel(uri)) => uri,
        other => panic!("{text} reads as {other:?}"),
    }
}

fn digits(uri: &TelUri<'_>) -> String {
    uri.digits().collect()
}

/// Written otherwise it stays the same: without separators, in capitals, from its parts.
fn check_written(uri: &TelUri<'_>) {
    let text = uri.as_str();
    assert_eq!(parse(text), *uri);
    assert!(uri.is_equivalent(uri));
    let params = &text[4 + uri.number().len()..];
    // Of repeated parameters only the first counts, and of very many none is compared.
    let meant = |param: UriParam<'_>| {
        let name: Vec<u8> = unescape(param.name).collect();
        name.to_ascii_lowercase()
    };
    let mut names: Vec<_> = uri.params().map(meant).collect();
    names.sort();
    names.dedup();
    if names.len() < uri.params().count() || names.len() > 32 {
        return;
    }
    let bare = format!("tel:{}{params}", digits(uri));
    assert!(parse(&bare).is_equivalent(uri), "{text} {bare}");
    let capitals = text.to_ascii_uppercase();
    assert!(parse(&capitals).is_equivalent(uri), "{text} {capitals}");

    let owned = |text: &str| String::from_utf8(unescape(text).collect()).ok();
    let parts: Option<Vec<_>> = uri
        .params()
        .map(|param| {
            let value = match param.value {
                Some(value) => Some(owned(value)?),
                None => None,
            };
            Some((owned(param.name)?, value))
        })
        .collect();
    // What is no text, or has no name, is not built.
    let Some(parts) = parts.filter(|parts| parts.iter().all(|(name, _)| !name.is_empty())) else {
        return;
    };
    let params: Vec<_> = parts
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    let built = TelUriBuilder {
        params: &params,
        ..TelUriBuilder::new(uri.number())
    };
    let built = built.to_string();
    assert!(parse(&built).is_equivalent(uri), "{text} {built}");
}

/// Both crates see the same digits.
fn check_digits(uri: &TelUri<'_>) {
    let digits = digits(uri);
    assert_eq!(uri.is_global(), digits.starts_with('+'));
    // People put the national prefix into parentheses, which no machine does: the number crate drops it.
    let spoken = uri.number().contains("(0)");

    let number = Number::parse_tolerant(uri.number());
    if !spoken {
        let fault = |error: NumberError| error.fault;
        assert_eq!(
            number.map_err(fault),
            Number::parse(&digits).map_err(fault),
            "{uri:?}"
        );
        match number {
            Ok(number) => assert_eq!(number.to_string(), digits),
            Err(error) => match error.fault {
                NumberFault::NoPlus => assert!(!uri.is_global()),
                NumberFault::LeadingZero => assert!(digits.starts_with("+0")),
                NumberFault::TooShort => assert!(digits.len() <= 2),
                NumberFault::TooLong => assert!(digits.len() > 1 + Number::MAX_DIGITS),
                fault => panic!("{uri:?}: {fault}"),
            },
        }
    }

    let extension = uri.extension();
    match DialString::parse(&uri.as_str()[4..]) {
        Ok(dialled) => {
            // With the letters of DTMF it is a name to a dial plan.
            let lettered = digits.bytes().any(|byte| byte.is_ascii_alphabetic());
            if lettered {
                assert_eq!(dialled.as_str(), uri.number());
            } else if !spoken {
                assert_eq!(dialled.as_str(), digits);
            }
            let separator = |byte: &char| matches!(byte, '-' | '.' | '(' | ')' | '/');
            let cleaned = |text: &str| text.chars().filter(|byte| !separator(byte)).collect();
            // Escapes are not undone there, and of several extensions the first with digits counts.
            let extensions = uri.params().filter(|param| param.is("ext")).count();
            if extensions <= 1 && !uri.as_str().contains('%') {
                let extension: Option<String> = extension.map(cleaned);
                assert_eq!(dialled.extension(), extension.as_deref(), "{uri:?}");
            }
            if let (Ok(number), false, false) = (number, lettered, spoken) {
                assert_eq!(dialled.without_extension(), DialString::from(number));
            }
        }
        Err(error) => match error.fault {
            DialStringFault::TooLong => {
                let extensions = uri.params().filter(|param| param.is("ext"));
                let longest = extensions
                    .filter_map(|param| param.value)
                    .map(str::len)
                    .max();
                assert!(uri.number().len() + longest.unwrap_or(0) > DialString::CAPACITY);
            }
            DialStringFault::Extension => {
                assert!(uri.as_str().to_ascii_lowercase().contains("ext="))
            }
            fault => panic!("{uri:?}: {fault}"),
        },
    }
}
