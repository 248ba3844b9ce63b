//! The Austrian reference plan, as data.

use crate::{CountryCode, DialString, EmergencyNumber, NationalPlan};

impl NationalPlan {
    /// Austria. `tests/vectors/plans/austria.tsv` has what becomes of what is dialled.
    ///
    /// The numbers are those of libphonenumber, by way of the package `phonenumbers` 9.0.43 (Apache-2.0): its short
    /// numbers, emergency numbers, area codes and lengths of numbers, which the tests hold the plan to. It has no 118xx
    /// and 118xxx (directory enquiries), and 140 as a short number; the plan takes 140 for the emergency number
    /// that it is for Austria's regulator RTR. The four digits 111x, which it has as numbers of Vienna, are service numbers here.
    ///
    /// | dialled | becomes (area code 1) |
    /// |---|---|
    /// | `0316872`, `0043316872`, `+43 (0)316 872` | `+43316872` |
    /// | `4000` | `+4314000` |
    /// | `0049891234567` | `+49891234567` |
    /// | `120`, `1450`, `116117`, `11811`, also with `0` before them | short codes, as they are |
    /// | `112`, `122`, `133`, `140`, `144`, also with `0`, `00`, `+`, `+43` or `0043` before or `#` behind them | emergency calls |
    /// | `1001..` (choice of a carrier), anything else | refused: no rule |
    pub const AUSTRIA: Self = Self {
        country_code: CountryCode::AUSTRIA,
        // All of Europe, fire brigade, police, mountain rescue, ambulance.
        emergency_numbers: &[
            EmergencyNumber::of_digits(b"112"),
            EmergencyNumber::of_digits(b"122"),
            EmergencyNumber::of_digits(b"133"),
            EmergencyNumber::of_digits(b"140"),
            EmergencyNumber::of_digits(b"144"),
        ],
        // Vienna has the area code 1, but no subscriber there has two digits.
        emergency_prefixes: &[b"0", b"00", b"+", b"+43", b"+430", b"0043", b"00430"],
        // Breakdown services, gas, the states' warning centres, doctors, counselling, health line, pharmacies, transport of
        // patients, social services, directory enquiries.
        service_numbers: &[
            "112", "122", "133", "140", "144", "120", "123", "128", "130", "141", "142", "147",
            "1450", "1455", "1484", "116000", "116006", "116117", "116123", "11811", "118877",
        ],
        // In Vienna subscriber numbers have four digits or more, and begin with 2 to 9.
        no_numbers: &[("11", DialString::CAPACITY), ("1", 4)],
        // Three digits from 120 to 149, 145x and 148x, 116xxx, 118xx and 118xxx, in every dress.
        service: (
            r"^(?:0|(?:\+|00)430?)?(1(?:1[02]|[2-4]\d|4[58]\d|16\d{3}|18\d{2,3}))$",
            "$1",
        ),
        area_code: r"^(?:1|[2-7]\d{2,3})$",
        rules: &[
            // Whatever else begins with 11 is a service number too.
            (r"^(?:0|(?:\+|00)430?)?(11\d*)$", "$1"),
            // From abroad, as some write it even at home; the national prefix is often left in.
            (r"^(?:\+|00)430?([1-9]\d{4,12})$", "+43$1"),
            // All other countries.
            (r"^(?:\+|00)([1-35-9]\d{6,14}|4[0-24-9]\d{5,13})$", "+$1"),
            // National.
            (r"^0([2-9]\d{4,12}|1[2-9]\d{3,11})$", "+43$1"),
            // In the own area.
            (r"^([2-9]\d{2,10})$", "+43<area>$1"),
        ],
    };
}
