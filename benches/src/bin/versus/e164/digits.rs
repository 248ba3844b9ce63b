//! The floor: a plus sign and digits to an integer, and back, without a look at what they mean.

use core::hint::black_box;

use super::NUMBER;
use crate::facts::Facts;
use crate::suite::Operation;

fn read(text: &str) -> Option<(u64, usize)> {
    let digits = text.strip_prefix('+')?;
    let value = digits.bytes().try_fold(0_u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        let value = value.checked_mul(10)?;
        (digit < 10).then_some(value + u64::from(digit))
    });
    Some((value?, digits.len()))
}

pub(super) fn parse(operation: &mut Operation) {
    operation.floor("digits", || Ok(Facts::new()), || read(black_box(NUMBER)));
}

pub(super) fn format(operation: &mut Operation) {
    let (value, len) = read(NUMBER).expect("a number");
    operation.floor(
        "digits",
        || Ok(Facts::new()),
        move || {
            let (mut rest, len) = black_box((value, len));
            let mut text = [b'+'; 16];
            for octet in text[1..=len].iter_mut().rev() {
                *octet = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            text
        },
    );
}
