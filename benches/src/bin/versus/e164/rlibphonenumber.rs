//! `rlibphonenumber`, with its own static instance.

use core::hint::black_box;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

use super::{NUMBER, number_facts};
use crate::facts::{Facts, Refused};
use crate::suite::Operation;

const NAME: &str = "rlibphonenumber";

fn number() -> Result<PhoneNumber, Refused> {
    PHONE_NUMBER_UTIL
        .parse(NUMBER, None)
        .map_err(Refused::because)
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        NAME,
        || {
            let number = number()?;
            let national = number.get_national_significant_number();
            Ok(number_facts(number.country_code, national))
        },
        || PHONE_NUMBER_UTIL.parse(black_box(NUMBER), None),
    );
}

pub(super) fn format(operation: &mut Operation) {
    let parsed = number().ok();
    operation.peer(
        NAME,
        || {
            let number = number()?;
            let text = number.format_as(PhoneNumberFormat::E164).into_owned();
            Ok(Facts::new().with("E.164", text))
        },
        move || {
            let number = black_box(&parsed).as_ref();
            number.map(|number| number.format_as(PhoneNumberFormat::E164).len())
        },
    );
}
