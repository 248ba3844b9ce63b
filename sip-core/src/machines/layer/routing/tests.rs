use super::*;

#[test]
fn public_names_are_read() {
    for (text, expected) in [
        ("sbc.example.com", Some("sbc.example.com")),
        ("sbc.example.com:5061", Some("sbc.example.com:5061")),
        ("203.0.113.5", Some("203.0.113.5")),
        ("[2001:db8::5]", Some("[2001:db8::5]")),
        ("[2001:db8::5]:5070", Some("[2001:db8::5]:5070")),
        ("2001:db8::5", None),
        ("host:", None),
        ("host:70000", None),
        ("", None),
    ] {
        let read = host_port(text).map(|found| std::string::ToString::to_string(&found));
        assert_eq!(read.as_deref(), expected, "{text}");
    }
}

extern crate std;
