use std::string::{String, ToString as _};

use crate::{Domain, Route, RoutesConfig};

const WRITTEN: &str = r#"enabled = true
discovery = true

[[routes]]
domain = "contoso.com"
gateway = "sip.contoso.com"
port = 5063
transport = "tls"
trusted = true
active = false
bound_to = "192.0.2.5"
match_only_phone_uri = true
replace_host_in_request_uri = true

[[routes]]
domain = "*.fabrikam.com"
gateway = "2001:db8::7"
transport = "mtls"
trusted = false
active = true
match_only_phone_uri = false
replace_host_in_request_uri = false
"#;

/// E001-91: what is written reads the same.
#[test]
fn e001_91_routes_round_trip() {
    let config: RoutesConfig = toml::from_str(WRITTEN).unwrap();
    assert_eq!(toml::to_string(&config).unwrap(), WRITTEN);
    let [first, second] = &config.routes[..] else {
        panic!("two routes")
    };
    assert!(first.trusted && !first.active && first.match_only_phone_uri);
    assert_eq!(
        first.hop().to_string(),
        "tls:sip.contoso.com:5063 from 192.0.2.5"
    );
    assert_eq!(second.hop().to_string(), "mtls:[2001:db8::7]:5061");
}

/// E001-118: two fields are enough.
#[test]
fn e001_118_everything_else_has_a_default() {
    let route: Route<String> = toml::from_str("domain = '*'\ngateway = 'sip.contoso.com'").unwrap();
    assert_eq!(route.to_string(), "* to mtls:sip.contoso.com:5061");
    assert!(route.active && !route.trusted);
    let empty: RoutesConfig = toml::from_str("").unwrap();
    assert_eq!(empty, RoutesConfig::default());
    let table = empty.into_table([1; 32]).unwrap();
    assert!(
        table
            .decide(Domain::parse("a.example").unwrap())
            .route()
            .is_none()
    );
}

/// E001-101: what is wrong is said, where it stands.
#[test]
fn e001_101_what_is_wrong_is_said() {
    let good = "domain = 'contoso.com'\ngateway = 'sip.contoso.com'";
    for (text, expected) in [
        ("gateway = 'a.example'", "missing field `domain`"),
        ("domain = 'contoso.com'", "missing field `gateway`"),
        (
            "domain = 'contoso..com'\ngateway = 'a.example'",
            r#""contoso..com": nothing stands before the dot at byte 8"#,
        ),
        (
            "domain = 'a.*.com'\ngateway = 'a.example'",
            r#""a.*.com": a * stands alone, or as *. in front of a domain"#,
        ),
        (
            "domain = 'contoso.com'\ngateway = 'sip.contoso.com:5061'",
            r#""sip.contoso.com:5061": the port has a field of its own"#,
        ),
        (
            "transport = 'sctp'",
            r#""sctp": neither udp, tcp, tls nor mtls"#,
        ),
        ("bound_to = 'eth0'", "invalid IP address syntax"),
        (
            "port = 65536",
            "invalid value: integer `65536`, expected u16",
        ),
        ("colour = 'red'", "unknown field `colour`"),
    ] {
        let text = if text.contains("domain") || text.contains("gateway") {
            text.to_string()
        } else {
            [good, text].join("\n")
        };
        let error = toml::from_str::<Route<String>>(&text).unwrap_err();
        let message = error.message();
        assert!(message.starts_with(expected), "{text}: {message}");
    }
}

/// E001-92: the configuration is kept to name the route.
#[test]
fn e001_92_the_route_is_named() {
    let text = "
        [[routes]]
        domain = 'contoso.com'
        gateway = 'a.example'
        [[routes]]
        domain = 'CONTOSO.com.'
        gateway = 'b.example'";
    let config: RoutesConfig = toml::from_str(text).unwrap();
    let error = config.clone().into_table([1; 32]).unwrap_err();
    assert_eq!(
        error.named(&config.routes).to_string(),
        "route 2, CONTOSO.com: for the same domains as route 1"
    );
}
