//! Instants as databases, data frames and logs write them in text, where that is not the usual form;
//! as microseconds since 1970-01-01T00:00:00Z. And why a text or a number is none.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::rfc3339::days_to;

/// What a number means as an instant: so many of these since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EpochUnit {
    /// Seconds.
    #[serde(rename = "epoch-s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "epoch-ms")]
    Millis,
    /// Microseconds.
    #[serde(rename = "epoch-us")]
    Micros,
    /// Nanoseconds.
    #[serde(rename = "epoch-ns")]
    Nanos,
}

/// What is taken for an instant besides text with an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InstantForms {
    /// Whether a time without offset is in UTC; it is none otherwise.
    pub assume_utc: bool,
    /// What a number means; it is no instant otherwise.
    pub numbers: Option<EpochUnit>,
}

impl EpochUnit {
    /// All of them.
    pub const ALL: [EpochUnit; 4] =
        [EpochUnit::Seconds, EpochUnit::Millis, EpochUnit::Micros, EpochUnit::Nanos];

    /// Its name in job files and manifests.
    pub fn name(self) -> &'static str {
        match self {
            EpochUnit::Seconds => "epoch-s",
            EpochUnit::Millis => "epoch-ms",
            EpochUnit::Micros => "epoch-us",
            EpochUnit::Nanos => "epoch-ns",
        }
    }

    /// The unit in which a number is an instant of our days, if there is one: units are a thousand
    /// apart, so that no number is one in two of them.
    pub fn likely(number: &str) -> Option<Self> {
        // From 2000 to 2100.
        const OUR_DAYS: Range<i64> = 946_684_800_000_000..4_102_444_800_000_000;
        let number = Number::read(number.as_bytes())?;
        let is_of_our_days =
            |unit: &EpochUnit| number.micros(*unit).is_ok_and(|at| OUR_DAYS.contains(&at));
        EpochUnit::ALL.into_iter().find(is_of_our_days)
    }

    /// A microsecond is 10 to the power of this many of the unit's decimals.
    fn decimals(self) -> i32 {
        match self {
            EpochUnit::Seconds => 6,
            EpochUnit::Millis => 3,
            EpochUnit::Micros => 0,
            EpochUnit::Nanos => -3,
        }
    }
}

impl FromStr for EpochUnit {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        EpochUnit::ALL.into_iter().find(|unit| unit.name() == name).ok_or(())
    }
}

impl fmt::Display for EpochUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads any form but the usual one.
pub(super) fn read(text: &[u8], forms: InstantForms) -> Result<i64, InstantFault> {
    if let Some(time) = Time::read(text) {
        return time.micros(forms.assume_utc);
    }
    match (Number::read(text), forms.numbers) {
        (None, _) => Err(InstantFault::NotRfc3339),
        (Some(_), None) => Err(InstantFault::Number),
        (Some(number), Some(unit)) => number.micros(unit),
    }
}

/// A date and a time of day, as written.
struct Time {
    /// Microseconds since 1970-01-01T00:00:00 where it was written.
    micros: i64,
    /// Whether it has digits below the microsecond that are not zeros.
    is_finer: bool,
    is_leap_second: bool,
    /// Minutes by which its place is ahead of UTC, where it says so.
    offset: Option<i64>,
}

impl Time {
    /// `2026-04-15T10:00:00.000000+00:00`, with a blank for the `T`, without seconds or fraction, with
    /// any of the offsets that [`offset`] knows, or without one; or a date alone, which is its start.
    fn read(text: &[u8]) -> Option<Self> {
        let (year, rest) = (pair(text)? * 100 + pair(text.get(2..)?)?, text.get(4..)?);
        let (month, rest) = (pair(rest.strip_prefix(b"-")?)?, rest.get(3..)?);
        let (day, rest) = (pair(rest.strip_prefix(b"-")?)?, rest.get(3..)?);
        let days = days_to(year, month, day)?;
        if rest.is_empty() {
            let micros = days * 86_400_000_000;
            return Some(Time { micros, is_finer: false, is_leap_second: false, offset: None });
        }
        Time::of_day(days, rest)
    }

    /// The time of a day, given how many days after 1970-01-01 it lies.
    fn of_day(days: i64, text: &[u8]) -> Option<Self> {
        let (b'T' | b't' | b' ', rest) = text.split_first()? else { return None };
        let (hour, rest) = (pair(rest)?, rest.get(2..)?);
        let (minute, rest) = (pair(rest.strip_prefix(b":")?)?, rest.get(3..)?);
        let (second, rest) = match rest.strip_prefix(b":") {
            Some(rest) => (pair(rest)?, rest.get(2..)?),
            None => (0, rest),
        };
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => rest.split_at(rest.iter().take_while(|b| b.is_ascii_digit()).count()),
            None => (&b"0"[..], rest),
        };
        if hour > 23 || minute > 59 || second > 60 || fraction.is_empty() {
            return None;
        }
        let digit = |place: usize| i64::from(fraction.get(place).unwrap_or(&b'0') - b'0');
        let micros = (0..6).fold(0, |micros, place| micros * 10 + digit(place));
        let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
        Some(Time {
            micros: seconds * 1_000_000 + micros,
            is_finer: fraction.iter().skip(6).any(|&digit| digit != b'0'),
            is_leap_second: second == 60,
            offset: if rest.is_empty() { None } else { Some(offset(rest)?) },
        })
    }

    fn micros(self, assume_utc: bool) -> Result<i64, InstantFault> {
        let minutes = match self.offset {
            Some(minutes) => minutes,
            None if assume_utc => 0,
            None => return Err(InstantFault::NoOffset),
        };
        if self.is_finer {
            return Err(InstantFault::TooFine);
        }
        match self.is_leap_second {
            true => Err(InstantFault::OutOfRange),
            false => Ok(self.micros - minutes * 60_000_000),
        }
    }
}

/// The minutes of `Z`, `UTC`, `+00:00`, `+0000` or `+00`, with or without a blank before it.
fn offset(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, digits) = match text {
        b"Z" | b"z" | b"UTC" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [_, _] => (pair(digits)?, 0),
        [_, _, minutes @ ..] => {
            let minutes = minutes.strip_prefix(b":").unwrap_or(minutes);
            (pair(digits)?, pair(minutes).filter(|_| minutes.len() == 2)?)
        }
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| sign * i64::from(hours * 60 + minutes))
}

/// The number of the two digits at the start of a text.
fn pair(text: &[u8]) -> Option<u32> {
    let digits = text.first_chunk::<2>()?;
    let [tens, ones] = digits.map(|digit| u32::from(digit.wrapping_sub(b'0')));
    (tens <= 9 && ones <= 9).then_some(tens * 10 + ones)
}

/// A number in digits: `1776247200`, `1776247200.25`, or `1.77624720025E9`, as Java writes it.
struct Number<'a> {
    sign: i128,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i32,
}

impl<'a> Number<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let (sign, text) = text.strip_prefix(b"-").map_or((1, text), |text| (-1, text));
        let (digits, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&text[..at], exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let mut parts = digits.splitn(2, |&byte| byte == b'.');
        let (whole, fraction) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let is_one = !whole.is_empty() && all_digits(whole) && all_digits(fraction);
        is_one.then_some(Number { sign, whole, fraction, exponent })
    }

    /// The instant that it means.
    fn micros(&self, unit: EpochUnit) -> Result<i64, InstantFault> {
        const MOST_DIGITS: usize = 36; // of what an i128 holds whatever the digits
        if self.whole.len() + self.fraction.len() > MOST_DIGITS {
            return Err(InstantFault::OutOfRange);
        }
        let digits = self.whole.iter().chain(self.fraction);
        let number = digits.fold(0_i128, |number, digit| number * 10 + i128::from(digit - b'0'));
        let finer = i32::try_from(self.fraction.len())
            .map_or(0, |decimals| decimals - self.exponent - unit.decimals());
        let power = 10_i128.checked_pow(finer.unsigned_abs()).ok_or(InstantFault::OutOfRange)?;
        let micros = match finer {
            1.. if number % power != 0 => return Err(InstantFault::TooFine),
            1.. => Some(number / power),
            _ => number.checked_mul(power),
        };
        let micros = micros.and_then(|micros| i64::try_from(self.sign * micros).ok());
        micros.ok_or(InstantFault::OutOfRange)
    }
}

/// An exponent of up to four digits: no instant has more.
fn exponent(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    let is_one = (1..=4).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_one.then(|| sign * digits.iter().fold(0, |all, digit| all * 10 + i32::from(digit - b'0')))
}

/// Why a text or a number is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstantFault {
    /// None of the forms that are read.
    NotRfc3339,
    /// A time without an offset, which nobody has said to be in UTC.
    NoOffset,
    /// A number, whose unit nobody has said.
    Number,
    /// Digits finer than a microsecond.
    TooFine,
    /// A leap second, or outside the years 1 to 9999.
    OutOfRange,
}

impl fmt::Display for InstantFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstantFault::NotRfc3339 => {
                "is not an instant; expected RFC 3339 with an offset, such as 2026-04-15T10:00:00Z"
            }
            InstantFault::NoOffset => "has no offset; expected one, such as Z or +02:00",
            InstantFault::Number => {
                "is a number; expected RFC 3339 with an offset, such as 2026-04-15T10:00:00Z"
            }
            InstantFault::TooFine => "is finer than a microsecond; expected at most six decimals",
            InstantFault::OutOfRange => {
                "is a leap second or out of range; expected years 0001 to 9999"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::base::calendar::Instant;

    const NAIVE: InstantForms = InstantForms { assume_utc: true, numbers: None };

    #[test]
    fn instants_read_as_usual_writers_write_them() {
        let same = [
            "2026-04-15T10:00:00Z",
            "2026-04-15T10:00:00z",
            "2026-04-15t10:00:00+00:00",
            "2026-04-15T10:00:00.000000+0000", // Polars
            "2026-04-15 10:00:00+00",          // DuckDB, PostgreSQL
            "2026-04-15 12:00:00+02",
            "2026-04-15 15:30:00+05:30",
            "2026-04-15 10:00:00 UTC", // BigQuery
            "2026-04-15 10:00:00.000 UTC",
            "2026-04-15 10:00:00+00:00", // pandas
            "2026-04-15 10:00:00.000000000+00:00",
            "2026-04-15 10:00:00.000000Z",   // pyarrow
            "2026-04-15 10:00:00.000 +0000", // Snowflake
            "2026-04-15 03:00:00.000 -0700",
            "2026-04-15T10:00Z",
            "2026-04-15 10:00 +00:00",
        ];
        for text in same {
            assert_eq!(
                Instant::parse(text).map(|at| at.to_string()),
                Ok(same[0].to_owned()),
                "{text}"
            );
        }
        assert_eq!(
            Instant::parse("2026-04-15 10:00:00.123456000+00").unwrap().to_string(),
            "2026-04-15T10:00:00.123456Z"
        );
    }

    #[test]
    fn a_time_without_offset_is_an_instant_only_by_leave() {
        for text in ["2026-04-15 10:00:00", "2026-04-15T10:00:00", "2026-04-15 10:00"] {
            assert_eq!(Instant::parse(text), Err(InstantFault::NoOffset), "{text}");
            let read = Instant::parse_as(text, NAIVE).map(|at| at.to_string());
            assert_eq!(read, Ok("2026-04-15T10:00:00Z".to_owned()), "{text}");
        }
        let fault = Err(InstantFault::NotRfc3339);
        for text in [
            "2026-04-15 ",
            "2026-04-15 10",
            "2026-04-15 10:00:00.",
            "2026-04-15 10:00:00 ",
            "2026-04-15 10:00:00  Z",
            "2026-04-15 10:00:00Z ",
            "2026-04-15 24:00:00",
            "2026-04-31 10:00:00",
            "2026-04-15 10:00:00 GMT",
            "2026-04-15 10:00:00+0",
            "2026-04-15 10:00:00+000",
            "2026-04-15 10:00:00+24:00",
            "2026-04-15 10:00:00+02:00:00",
            "2026-04-15  10:00:00",
            "15.04.2026 10:00",
            "2026-4-15 10:00:00Z",
            "2026-04-15 10:00:00,5Z",
            "",
            "now",
            "1e",
            "1e+",
            "1e1.5",
            "1e-+5",
            "1E99999",
            "e9",
            "+5",
            ".5",
            "-",
            "1.2.3",
            "NaN",
        ] {
            let all = InstantForms { assume_utc: true, numbers: Some(EpochUnit::Seconds) };
            assert_eq!(Instant::parse_as(text, all), fault, "{text}");
        }
    }

    #[test]
    fn a_date_alone_is_its_start_by_leave() {
        assert_eq!(Instant::parse("2026-04-15"), Err(InstantFault::NoOffset));
        let read = Instant::parse_as("2026-04-15", NAIVE).map(|at| at.to_string());
        assert_eq!(read, Ok("2026-04-15T00:00:00Z".to_owned()));
    }

    #[test]
    fn numbers_are_instants_only_in_a_unit() {
        use EpochUnit::{Micros, Millis, Nanos, Seconds};
        let read = |text, unit| {
            let forms = InstantForms { numbers: Some(unit), ..InstantForms::default() };
            Instant::parse_as(text, forms).map(|at| at.to_string())
        };
        let at = || Ok("2026-04-15T10:00:00Z".to_owned());
        for (text, unit) in [
            ("1776247200", Seconds),
            ("1776247200.000000000", Seconds),
            ("1.7762472E9", Seconds), // Spark, of a DOUBLE
            ("17762472000000e-4", Seconds),
            ("1.7762472e+12", Millis),
            ("1776247200000", Millis),
            ("1776247200000000", Micros),
            ("1776247200000000000", Nanos),
        ] {
            assert_eq!(Instant::parse(text), Err(InstantFault::Number));
            assert_eq!(read(text, unit), at(), "{text}");
            assert_eq!(EpochUnit::likely(text), Some(unit), "{text}");
        }
        assert_eq!(read("1776247200.25", Seconds), Ok("2026-04-15T10:00:00.250000Z".to_owned()));
        assert_eq!(read("-1", Seconds), Ok("1969-12-31T23:59:59Z".to_owned()));
        assert_eq!(read("1776247200000000001", Nanos), Err(InstantFault::TooFine));
        assert_eq!(read("1.776247200001E9", Seconds), Ok("2026-04-15T10:00:00.001000Z".to_owned()));
        for fine in ["0.0000001", "1E-7", "1.7762472000000001E9"] {
            assert_eq!(read(fine, Seconds), Err(InstantFault::TooFine), "{fine}");
        }
        for far in ["1776247200000000", "1E9999", "9".repeat(36).as_str(), "9".repeat(99).as_str()]
        {
            assert_eq!(read(far, Seconds), Err(InstantFault::OutOfRange), "{far}");
        }
        assert_eq!(EpochUnit::likely("5"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_the_calendar_library_reads_reads_alike(
            seconds in -62_135_596_800_i64..253_402_300_800, micros in 0..1_000_000_u32,
            offset in -1439..1440_i32, damage in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
        ) {
            let zone = chrono::FixedOffset::east_opt(offset * 60).unwrap();
            let at = DateTime::from_timestamp(seconds, micros * 1_000).unwrap().with_timezone(&zone);
            let mut text = at.to_rfc3339().into_bytes();
            if let Some((place, byte)) = damage {
                let place = place.index(text.len());
                text[place] = byte & 0x7f;
            }
            let text = String::from_utf8(text).unwrap();
            let is_leap = |at: &DateTime<chrono::FixedOffset>| at.timestamp_subsec_nanos() >= 1_000_000_000;
            if let Ok(known) = DateTime::parse_from_rfc3339(&text) {
                let known = Some(known).filter(|at| !is_leap(at) && at.timestamp_subsec_nanos() % 1_000 == 0);
                let known = known.and_then(|at| Instant::from_micros(at.timestamp_micros()));
                prop_assert_eq!(Instant::parse(&text).ok(), known, "{}", text);
            }
        }
    }
}
