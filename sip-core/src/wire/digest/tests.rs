use std::format;
use std::string::{String, ToString};

use super::*;
use crate::QuotedString;
use crate::header::{Credentials, ExtendedName, NonceCount, Username};
use crate::wire::header::{AuthenticationInfo, Authorization, Header};

fn credentials(value: &str) -> DigestCredentials<'_> {
    let header = Authorization::parse(value.as_bytes()).expect(value);
    *header.0.as_digest().expect("Digest")
}

fn digest(value: &str, secret: &Ha1, method: &str, body: &[u8]) -> String {
    let digest = credentials(value).digest(secret, method, body);
    digest.expect("a digest").to_string()
}

/// RFC 7616 section 3.9.1.
#[test]
fn rfc_7616_section_3_9_1() {
    for (function, algorithm, response) in [
        (HashFunction::Md5, "MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            HashFunction::Sha256,
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ] {
        let value = format!(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", \
             algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
             cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        );
        let secret = Ha1::new(
            function,
            "Mufasa",
            "http-auth@example.org",
            "Circle of Life",
        );
        assert_eq!(digest(&value, &secret, "GET", b""), response);
        assert!(credentials(&value).is_from(&secret, "GET", b""));
        assert!(!credentials(&value).is_from(&secret, "PUT", b""));
        let upper = value.replace(response, &response.to_uppercase());
        assert!(credentials(&upper).is_from(&secret, "GET", b""));
        let wrong = Ha1::new(
            function,
            "Mufasa",
            "http-auth@example.org",
            "Circle Of Life",
        );
        assert!(!credentials(&value).is_from(&wrong, "GET", b""));
    }
}

/// RFC 7616 section 3.9.2 with the values that SHA-512/256 gives, computed with another implementation
/// (Python's hashlib). Those in the RFC are of SHA-512 cut to 256 bits, which its erratum 4897 disputes.
#[test]
fn rfc_7616_section_3_9_2_as_its_erratum_has_it() {
    let (user, realm) = ("J\u{e4}s\u{f8}n Doe", "api@example.org");
    let function = HashFunction::Sha512Trunc256;
    let hash = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b";
    assert_eq!(function.user_hash(user, realm).as_str(), hash);
    let secret = Ha1::new(function, user, realm, "Secret, or not?");
    let value = format!(
        "Digest username=\"{hash}\", realm=\"{realm}\", uri=\"/doe.json\", algorithm=SHA-512-256, \
         nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", nc=00000001, \
         cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", qop=auth, \
         response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\", userhash=true"
    );
    let read = credentials(&value);
    assert_eq!(read.username, Username::Hashed(QuotedString::new(hash)));
    assert!(read.is_from(&secret, "GET", b""));
    let printed = "ae66e67d6b427bd3f120414a82e4acff38e8ecd9101d6c861229025f607a79dd";
    assert_ne!(digest(&value, &secret, "GET", b""), printed);
    assert_eq!(
        read.response_digest(&secret, b"").unwrap().as_str(),
        "2a14c644cc564038709393846dc914772273b178abe03a2fb02c9684116bbc2d"
    );

    // The name itself, encoded, gives the same digest: it is no part of what is hashed but by the secret.
    let extended = value
        .replace(
            &format!("username=\"{hash}\""),
            "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe",
        )
        .replace(", userhash=true", "");
    let read = credentials(&extended);
    assert_eq!(read.username, Username::Extended(ExtendedName::new(user)));
    assert!(read.is_from(&secret, "GET", b""));
}

/// RFC 2617 section 3.5.
#[test]
fn rfc_2617_section_3_5() {
    let secret = Ha1::new(
        HashFunction::Md5,
        "Mufasa",
        "testrealm@host.com",
        "Circle Of Life",
    );
    let value = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, nc=00000001, \
        cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", \
        opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    assert!(credentials(value).is_from(&secret, "GET", b""));
}

/// Every algorithm and quality of protection, against values of another implementation (Python's hashlib).
#[test]
fn every_algorithm_and_quality_of_protection() {
    use HashFunction::{Md5, Sha256, Sha512Trunc256};
    let expected = [
        (
            Md5,
            "MD5",
            [
                "89eb0059246c02b2f6ee02c7961d5ea3",
                "e4e4ea61d186d07a92c9e1f6919902e9",
                "77226bb823dc077c1ad3537415667bae",
                "8527c9ab1b4eed3fd75491f811944e26",
                "bf57e4e0d0bffc0fbaedce64d59add5e",
            ],
        ),
        (
            Sha256,
            "SHA-256",
            [
                "b3b5a6c69453abafaab9ae4dccdac90a076b6c80615d5f3498e7433b6e93bf4f",
                "5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792",
                "554a9ffe79ce71c3cb6c9630deddd2787d8033f895e5cdef6a73c8e84ed4c979",
                "0b4a1efc19e1b701ec5775b6b16dde0fc416102e34a6c5bd6f957b20b5d79170",
                "38aad98c50c33abe72c5f88dd17246ffcfa6b1f68852c855719ff0659386c0ca",
            ],
        ),
        (
            Sha512Trunc256,
            "SHA-512-256",
            [
                "7f1a09de0f19af0a1eac2b28d33e3f2fb89cca1ad8fb01bba5e1883b288bac14",
                "077d9677be83f41f162d1a4453dc163389919f81e5927391d972f477da767633",
                "e9a7fbc1c80a10421c59a0c982f28d40e0ddc7b62ef3dc4faf68f179c6e05922",
                "0220683d8c9faccc1d05bd2ef0e7ccdff87eacd5f06fb6bfd9cd7d3acf66a00b",
                "9e960b3a01beb63f1ea5d45d43bd8a2178879d3c9ddbbdb0624187ca823c6eca",
            ],
        ),
    ];
    let protected = "qop=auth, nc=00000001, cnonce=\"0a4f113b\"";
    for (function, name, [auth, auth_sess, auth_int, auth_int_sess, legacy]) in expected {
        let secret = Ha1::new(function, "bob", "biloxi.com", "zanzibar");
        for (algorithm, protection, response) in [
            (name.to_string(), protected.to_string(), auth),
            (format!("{name}-sess"), protected.to_string(), auth_sess),
            (
                name.to_string(),
                protected.replace("auth", "auth-int"),
                auth_int,
            ),
            (
                format!("{name}-SESS"),
                protected.replace("auth", "auth-int"),
                auth_int_sess,
            ),
            (name.to_lowercase(), "x=y".to_string(), legacy),
        ] {
            let value = format!(
                "Digest username=\"bob\", realm=\"biloxi.com\", algorithm={algorithm}, {protection}, \
                 nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"sip:bob@biloxi.com\", \
                 response=\"{response}\""
            );
            let read = credentials(&value);
            assert_eq!(
                digest(&value, &secret, "INVITE", b"v=0\r\n"),
                response,
                "{value}"
            );
            assert!(read.is_from(&secret, "INVITE", b"v=0\r\n"), "{value}");
            let other_body = read.is_from(&secret, "INVITE", b"v=1\r\n");
            assert_eq!(other_body, !protection.contains("auth-int"), "{value}");
            assert!(!read.is_from(&secret, "REGISTER", b"v=0\r\n"), "{value}");
            if algorithm.contains("-s") || algorithm.contains("-S") {
                let session = secret.session(read.nonce, QuotedString::new("0a4f113b"));
                assert!(read.is_from(&session, "INVITE", b"v=0\r\n"), "{value}");
            }
            // A hash made with another function is of no use.
            for other in [Md5, Sha256, Sha512Trunc256] {
                let other = Ha1::new(other, "bob", "biloxi.com", "zanzibar");
                assert_eq!(
                    read.is_from(&other, "INVITE", b"v=0\r\n"),
                    other.function() == function
                );
            }
        }
    }
}

#[test]
fn a_server_proves_that_it_knows_the_secret() {
    let secret = Ha1::new(HashFunction::Md5, "bob", "biloxi.com", "zanzibar");
    let value = "Digest username=\"bob\", realm=\"biloxi.com\", qop=auth, nc=00000001, \
        cnonce=\"0a4f113b\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"sip:bob@biloxi.com\", \
        response=\"89eb0059246c02b2f6ee02c7961d5ea3\"";
    let read = credentials(value);
    let rspauth = "9175a7857f138ef9768651f475f1d73a";
    assert_eq!(
        read.response_digest(&secret, b"").unwrap().as_str(),
        rspauth
    );
    let proves = |info: &str| {
        let info = AuthenticationInfo::parse(info.as_bytes()).expect(info);
        read.is_answered_by(info.0.digest().expect("Digest"), &secret, b"")
    };
    assert!(proves(&format!(
        "qop=auth, rspauth=\"{rspauth}\", cnonce=\"0a4f113b\", nc=00000001"
    )));
    assert!(proves(&format!("rspauth=\"{rspauth}\"")));
    assert!(!proves(&format!("rspauth=\"{rspauth}\", nc=00000002")));
    assert!(!proves(&format!("rspauth=\"{rspauth}\", cnonce=\"x\"")));
    assert!(!proves(&format!("rspauth=\"{rspauth}\", qop=auth-int")));
    assert!(!proves("rspauth=\"\""));
    assert!(!proves("nextnonce=\"x\""));
    // What a client says is not what a server says.
    assert!(!proves("rspauth=\"89eb0059246c02b2f6ee02c7961d5ea3\""));
}

#[test]
fn what_cannot_be_computed_is_from_nobody() {
    let secret = Ha1::new(HashFunction::Md5, "bob", "biloxi.com", "zanzibar");
    let base =
        "Digest username=\"bob\", realm=\"biloxi.com\", nonce=\"n\", uri=\"sip:a\", response=\"\"";
    for more in [
        ", algorithm=AKAv1-MD5",
        ", algorithm=MD5-sess",
        ", qop=auth",
        ", qop=auth, nc=00000001",
        ", qop=auth, cnonce=\"x\"",
        ", qop=auth-conf, nc=00000001, cnonce=\"x\"",
    ] {
        let value = format!("{base}{more}");
        assert_eq!(
            credentials(&value).digest(&secret, "BYE", b""),
            None,
            "{value}"
        );
        assert!(!credentials(&value).is_from(&secret, "BYE", b""), "{value}");
    }
    let sound = credentials(base).digest(&secret, "BYE", b"").unwrap();
    for response in [
        String::new(),
        sound.as_str()[..31].to_string(),
        format!("{sound}0"),
        format!("{sound}{sound}"),
        sound.as_str().replace(|c: char| c.is_ascii_digit(), "g"),
        format!("\\{sound}"),
    ] {
        let value = base.replace("response=\"\"", &format!("response=\"{response}\""));
        assert!(!credentials(&value).is_from(&secret, "BYE", b""), "{value}");
    }
}

/// Escaped or not, the same octets are hashed: those that are meant.
#[test]
fn escapes_are_no_part_of_what_is_hashed() {
    let secret = Ha1::new(HashFunction::Sha256, "bo\"b", "bi\\loxi", "zanzibar");
    let value = "Digest username=\"bo\\\"b\", realm=\"bi\\\\loxi\", algorithm=SHA-256, nonce=\"a\\bc\", \
        uri=\"sip:a\", response=\"\"";
    let plain = value.replace("a\\bc", "abc");
    assert_eq!(
        digest(value, &secret, "BYE", b""),
        digest(&plain, &secret, "BYE", b"")
    );
}

#[test]
fn secrets_are_compared_and_never_shown() {
    let digits = "12af60467a33e8518da5c68bbff12b11";
    let stored = Ha1::from_hex(HashFunction::Md5, &digits.to_uppercase()).unwrap();
    assert!(stored.is_same(&Ha1::new(
        HashFunction::Md5,
        "bob",
        "biloxi.com",
        "zanzibar"
    )));
    assert!(!stored.is_same(&Ha1::new(
        HashFunction::Md5,
        "bob",
        "biloxi.com",
        "Zanzibar"
    )));
    assert!(!stored.is_same(&stored.session(QuotedString::new("a"), QuotedString::new("b"))));
    assert!(!format!("{stored:?}").contains("12af"));
    for (function, digits) in [
        (HashFunction::Md5, &digits[1..]),
        (HashFunction::Md5, "12af60467a33e8518da5c68bbff12b1g"),
        (HashFunction::Sha256, digits),
        (HashFunction::Md5, ""),
    ] {
        assert_eq!(Ha1::from_hex(function, digits).err(), Some(InvalidHa1));
    }
}

#[test]
fn the_count_is_hashed_as_it_is_spelled() {
    let secret = Ha1::new(HashFunction::Md5, "bob", "biloxi.com", "zanzibar");
    let value = "Digest username=\"bob\", realm=\"biloxi.com\", qop=auth, nc=0000000A, cnonce=\"c\", \
        nonce=\"n\", uri=\"sip:a\", response=\"\"";
    let upper = credentials(value);
    let lower = DigestCredentials {
        nc: Some(NonceCount::new(10)),
        ..upper
    };
    assert_eq!(upper.nc.unwrap().value(), 10);
    assert_ne!(
        upper.digest(&secret, "BYE", b""),
        lower.digest(&secret, "BYE", b"")
    );
    let _ = Credentials::Digest(lower);
}
