//! What gateways do that mean well: addresses in payloads are translated, too.

use core::net::{IpAddr, SocketAddr};

/// Puts one address in place of another one wherever it stands: as bytes, with the port in front
/// of them if it stands there (as in STUN), and as text, with the port behind it if it does.
pub(super) fn rewrite(data: &mut Vec<u8>, from: SocketAddr, to: SocketAddr) {
    match (from.ip(), to.ip()) {
        (IpAddr::V4(old), IpAddr::V4(new)) => {
            rewrite_bytes(data, &old.octets(), &new.octets(), from, to);
        }
        (IpAddr::V6(old), IpAddr::V6(new)) => {
            rewrite_bytes(data, &old.octets(), &new.octets(), from, to);
        }
        _ => {}
    }
    // With the port first, which the address alone is the beginning of.
    replace_text(data, &from.to_string(), &to.to_string());
    replace_text(data, &from.ip().to_string(), &to.ip().to_string());
}

fn rewrite_bytes(data: &mut [u8], old: &[u8], new: &[u8], from: SocketAddr, to: SocketAddr) {
    let mut at = 0;
    while let Some(place) = data.get_mut(at..at + old.len()) {
        if place != old {
            at += 1;
            continue;
        }
        place.copy_from_slice(new);
        let port = at
            .checked_sub(2)
            .and_then(|before| data.get_mut(before..at));
        if let Some(port) = port
            && port == from.port().to_be_bytes()
        {
            port.copy_from_slice(&to.port().to_be_bytes());
        }
        at += old.len();
    }
}

fn replace_text(data: &mut Vec<u8>, old: &str, new: &str) {
    let old = old.as_bytes();
    let mut at = 0;
    while at + old.len() <= data.len() {
        let end = at + old.len();
        let longer = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_digit);
        let before = at.checked_sub(1).and_then(|before| data.get(before));
        if data[at..end] == *old && !longer(before) && !longer(data.get(end)) {
            data.splice(at..end, new.bytes());
            at += new.len();
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_are_translated() {
        let from: SocketAddr = "192.168.1.2:5060".parse().expect("an address");
        let to: SocketAddr = "203.0.113.9:40000".parse().expect("an address");
        let mut data = b"c=IN IP4 192.168.1.2 192.168.1.20 192.168.1.2:5060 1192.168.1.2;".to_vec();
        data.extend([0x13, 0xc4, 192, 168, 1, 2, 0, 0, 192, 168, 1, 2]);
        rewrite(&mut data, from, to);
        let mut expected =
            b"c=IN IP4 203.0.113.9 192.168.1.20 203.0.113.9:40000 1192.168.1.2;".to_vec();
        expected.extend([0x9c, 0x40, 203, 0, 113, 9, 0, 0, 203, 0, 113, 9]);
        assert_eq!(data, expected);
    }
}
