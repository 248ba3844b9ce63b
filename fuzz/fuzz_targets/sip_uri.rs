#![no_main]
//! One URI, or two with a line feed between them.

use std::str;

use libfuzzer_sys::fuzz_target;
use trunkline_sip_core::header::{Contact, Header, To};
use trunkline_sip_core::uri::{
    SipUri, SipUriBuilder, TelUri, Uri, UriError, UriParam, UriParams, unescape, unescape_into,
};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    check(text);
    let Some((left, right)) = text.split_once('\n') else {
        return;
    };
    check(left);
    check(right);
    if let (Ok(left), Ok(right)) = (Uri::parse(left), Uri::parse(right)) {
        let same = left.is_equivalent(&right);
        assert_eq!(same, right.is_equivalent(&left), "{left} {right}");
        assert!(same || left != right, "{left}");
    }
});

fn check(text: &str) {
    let uri = match Uri::parse(text) {
        Ok(uri) => uri,
        Err(error) => {
            assert!(error.offset() <= text.len(), "{error}");
            return;
        }
    };
    assert_eq!(uri.as_str(), text);
    assert_eq!(uri.to_string(), text);
    assert!(text.starts_with(uri.scheme()));
    assert!(uri.is_equivalent(&uri));
    match uri {
        Uri::Sip(uri) => check_sip(text, &uri),
        Uri::Tel(uri) => check_tel(&uri),
        _ => assert_eq!(SipUri::parse(text), Err(UriError::Scheme)),
    }

    // In angle brackets every URI can stand in a header field.
    let bracketed = format!("<{text}>;tag=1");
    let to = To::parse(bracketed.as_bytes()).unwrap();
    assert_eq!((*to.uri(), to.tag), (uri, Some("1")));
    assert_eq!(to.to_string(), bracketed);
    let bracketed = format!("<{text}>");
    let contact = Contact::parse(bracketed.as_bytes()).unwrap();
    assert_eq!(contact.uri(), Some(&uri));
}

fn check_sip(text: &str, uri: &SipUri<'_>) {
    assert_eq!(SipUri::parse(text).as_ref(), Ok(uri));
    let _ = (
        uri.transport(),
        uri.is_loose_router(),
        uri.maddr(),
        uri.ttl(),
        uri.method(),
        uri.is_phone(),
    );
    assert_eq!(
        uri.has_headers(),
        text.contains('?') && text[at(text)..].contains('?')
    );
    check_params(text, uri.params());
    check_params(text, uri.headers());
    if let Some(user) = uri.user() {
        check_escapes(user);
    }

    // A URI built from the parts names the same resource.
    let (Some(user), Some(params)) = (owned(uri.user()), parts(uri.params())) else {
        return;
    };
    if uri.password().is_some() || uri.has_headers() {
        return;
    }
    let params: Vec<(&str, Option<&str>)> = params
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_deref()))
        .collect();
    // Of repeated parameters only the first counts, and escaping may have made them differ.
    let repeated = |(at, param): (usize, UriParam<'_>)| {
        uri.params().take(at).any(|before| before.is(param.name))
    };
    if uri.params().enumerate().any(repeated) {
        return;
    }
    let built = SipUriBuilder {
        secure: uri.is_secure(),
        user: user.as_deref(),
        host_port: uri.host_port(),
        params: &params,
    }
    .to_string();
    let built = SipUri::parse(&built).unwrap_or_else(|error| panic!("{text} as {built}: {error}"));
    assert!(built.is_equivalent(uri), "{text} as {built}");
}

/// Where the host starts.
fn at(text: &str) -> usize {
    text.find('@').map_or(0, |at| at + 1)
}

fn check_tel(uri: &TelUri<'_>) {
    assert_eq!(uri.is_global(), uri.number().starts_with('+'));
    assert!(uri.digits().count() > 0);
    assert!(uri.digits().count() <= uri.number().len());
    let _ = (uri.phone_context(), uri.extension());
    check_params(uri.as_str(), uri.params());
}

fn check_params(text: &str, params: UriParams<'_>) {
    assert!(!params.is_empty() || params.count() == 0);
    assert!(params.count() <= text.len());
    for param in params {
        assert!(param.is(param.name));
        assert!(params.contains(param.name));
        assert!(!param.name.contains('='));
        check_escapes(param.name);
        check_escapes(param.value.unwrap_or(""));
    }
}

fn check_escapes(text: &str) {
    let meant: Vec<u8> = unescape(text).collect();
    let mut exact = vec![0; meant.len()];
    assert_eq!(unescape_into(text, &mut exact), Ok(meant.len()));
    assert_eq!(exact, meant);
    if let Some((_, short)) = exact.split_first_mut() {
        assert_eq!(unescape_into(text, short), Err(meant.len()));
    }
}

/// The text that is meant; `None` where it is not UTF-8.
fn owned(text: Option<&str>) -> Option<Option<String>> {
    text.map(|text| String::from_utf8(unescape(text).collect()).ok())
        .map_or(Some(None), |text| text.map(Some))
}

/// The parameters that are meant; `None` where one is not UTF-8 or has no name.
fn parts(params: UriParams<'_>) -> Option<Vec<(String, Option<String>)>> {
    params
        .map(|param| {
            let name = owned(Some(param.name))??;
            let value = owned(param.value)?;
            (!name.is_empty()).then_some((name, value))
        })
        .collect()
}
