//! Date (RFC 3261 section 20.17).

use super::{Header, ValueError, display_as_encoded};
use crate::wire::error::HeaderError;
use crate::wire::grammar::{Cursor, Malformed};
use crate::wire::name::HeaderName;
use crate::wire::write::{Encode, Encoder};

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAY: i64 = 86_400;
/// The first second after the year 9999.
const END: i64 = 253_402_300_800;
/// The first second of the year 0.
const START: i64 = -62_167_219_200;

/// Date: when the message was sent first, such as `Sat, 13 Nov 2010 23:29:00 GMT`.
///
/// The name of the day of the week is checked to be one, not to be the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    seconds: i64,
}

impl Date {
    /// The date `seconds` after 1970-01-01T00:00:00Z, which has to lie in the years 0 to 9999.
    pub const fn from_unix(seconds: i64) -> Option<Self> {
        if seconds < START || seconds >= END {
            return None;
        }
        Some(Self { seconds })
    }

    /// Seconds after 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.seconds
    }

    fn read(value: &[u8]) -> Result<Self, ValueError> {
        let mut cursor = Cursor::new(value);
        one_of(&mut cursor, &WEEKDAYS)?;
        expect(&mut cursor, b",")?;
        spaces(&mut cursor)?;
        let day_at = cursor.at();
        let day = digits(&mut cursor, 2)?;
        spaces(&mut cursor)?;
        let month = one_of(&mut cursor, &MONTHS)? + 1;
        spaces(&mut cursor)?;
        let year = digits(&mut cursor, 4)?;
        if !(1..=days_in(year, month)).contains(&day) {
            return Err(ValueError::OutOfRange(day_at));
        }
        spaces(&mut cursor)?;
        let hour = below(&mut cursor, 24)?;
        expect(&mut cursor, b":")?;
        let minute = below(&mut cursor, 60)?;
        expect(&mut cursor, b":")?;
        // 60 is a leap second, which Unix time has not: it is the second that follows.
        let second = below(&mut cursor, 61)?;
        spaces(&mut cursor)?;
        expect(&mut cursor, b"GMT")?;
        cursor.finish()?;
        let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        Self::from_unix(seconds).ok_or(ValueError::OutOfRange(day_at))
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. Years are counted from March, so that the leap
/// day is the last of its year.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap + of_year - 719_468
}

/// The year, month and day that are `days` after 1970-01-01: the reverse of [`days`].
const fn civil(days: i64) -> (i64, i64, i64) {
    const FOUR_CENTURIES: i64 = 146_097;
    let from_march = days + 719_468;
    let era = from_march.div_euclid(FOUR_CENTURIES);
    let of_era = from_march.rem_euclid(FOUR_CENTURIES);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn one_of(cursor: &mut Cursor<'_>, names: &[&str]) -> Result<i64, Malformed> {
    let found = cursor
        .rest()
        .get(..3)
        .and_then(|word| names.iter().position(|name| name.as_bytes() == word))
        .ok_or_else(|| cursor.malformed())?;
    cursor.set(cursor.at() + 3);
    Ok(found as i64)
}

fn expect(cursor: &mut Cursor<'_>, text: &[u8]) -> Result<(), Malformed> {
    if !cursor.rest().starts_with(text) {
        return Err(cursor.malformed());
    }
    cursor.set(cursor.at() + text.len());
    Ok(())
}

fn spaces(cursor: &mut Cursor<'_>) -> Result<(), Malformed> {
    let start = cursor.at();
    cursor.skip_lws();
    if cursor.at() == start {
        return Err(cursor.malformed());
    }
    Ok(())
}

fn digits(cursor: &mut Cursor<'_>, count: usize) -> Result<i64, Malformed> {
    let number = cursor.rest().get(..count).and_then(|digits| {
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        })
    });
    let number = number.ok_or_else(|| cursor.malformed())?;
    cursor.set(cursor.at() + count);
    Ok(number)
}

fn below(cursor: &mut Cursor<'_>, limit: i64) -> Result<i64, ValueError> {
    let at = cursor.at();
    let number = digits(cursor, 2)?;
    if number < limit {
        Ok(number)
    } else {
        Err(ValueError::OutOfRange(at))
    }
}

impl<'a> Header<'a> for Date {
    const NAME: HeaderName<'static> = HeaderName::Date;

    fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        Self::read(value).map_err(|error| error.named(Self::NAME))
    }
}

impl Encode for Date {
    fn encode(&self, out: &mut Encoder<'_>) {
        let since_midnight = self.seconds.rem_euclid(DAY);
        let today = self.seconds.div_euclid(DAY);
        let (year, month, day) = civil(today);
        let (hour, minute, second) = (
            since_midnight / 3600,
            since_midnight / 60 % 60,
            since_midnight % 60,
        );
        let weekday = WEEKDAYS.get(today.rem_euclid(7) as usize).unwrap_or(&"Thu");
        let month = MONTHS.get(month as usize - 1).unwrap_or(&"Jan");
        format_args!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
            .encode(out);
    }
}

display_as_encoded!(Date);

#[cfg(test)]
mod tests {
    use std::string::ToString as _;

    use super::*;

    fn unix(text: &str) -> Option<i64> {
        Date::parse(text.as_bytes()).ok().map(Date::unix)
    }

    #[test]
    fn dates_are_read_and_written() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940),
            ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
            ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
            ("Fri, 31 Dec 9999 23:59:59 GMT", END - 1),
            ("Sat, 01 Jan 0000 00:00:00 GMT", START),
        ] {
            assert_eq!(unix(text), Some(seconds), "{text}");
            let date = Date::from_unix(seconds).expect("in range");
            assert_eq!(date.to_string(), text);
        }
        assert_eq!(Date::from_unix(END), None);
        assert_eq!(Date::from_unix(START - 1), None);
    }

    #[test]
    fn every_day_of_four_centuries_is_itself() {
        for day in 0..146_097 {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
            assert!((1..=days_in(year, month)).contains(&of_month));
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in [
            "",
            "Fri, 01 Jan 2010 16:00:00 EST",
            "Fri, 1 Jan 2010 16:00:00 GMT",
            "Fri, 29 Feb 2010 16:00:00 GMT",
            "Fri, 00 Jan 2010 16:00:00 GMT",
            "Fri, 01 Jan 2010 24:00:00 GMT",
            "Fri, 01 Jan 2010 16:60:00 GMT",
            "Fri, 01 Jan 2010 16:00:00 GMT x",
            "fri, 01 Jan 2010 16:00:00 GMT",
            "2010-01-01T16:00:00Z",
        ] {
            assert_eq!(unix(bad), None, "{bad}");
        }
    }
}
