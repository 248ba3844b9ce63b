//! `phonenumber`.

use core::hint::black_box;

use phonenumber::{Mode, PhoneNumber};

use super::{NUMBER, number_facts};
use crate::facts::{Facts, Refused};
use crate::suite::Operation;

const NAME: &str = "phonenumber";

fn number() -> Result<PhoneNumber, Refused> {
    phonenumber::parse(None, NUMBER).map_err(Refused::because)
}

pub(super) fn parse(operation: &mut Operation) {
    operation.peer(
        NAME,
        || {
            let number = number()?;
            Ok(number_facts(number.code().value(), number.national()))
        },
        || phonenumber::parse(None, black_box(NUMBER)),
    );
}

pub(super) fn format(operation: &mut Operation) {
    let parsed = number().ok();
    let e164 = |number: &PhoneNumber| number.format().mode(Mode::E164).to_string();
    operation.peer(
        NAME,
        move || Ok(Facts::new().with("E.164", e164(&number()?))),
        move || black_box(&parsed).as_ref().map(e164),
    );
}
