//! UTC calendar months and instants with microseconds (T1).

use std::fmt;

use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use serde::{Serialize, Serializer};

/// Microseconds in a day of 24 hours.
pub const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// An instant: microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a text or a number is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstantFault {
    /// Not RFC 3339 with an offset.
    NotRfc3339,
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
            InstantFault::TooFine => "is finer than a microsecond; expected at most six decimals",
            InstantFault::OutOfRange => {
                "is a leap second or out of range; expected years 0001 to 9999"
            }
        })
    }
}

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Instant = Instant(0);

    /// The instant at `micros` microseconds since the epoch, if within the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        const FIRST: i64 = -62_135_596_800_000_000; // 0001-01-01T00:00:00Z
        const END: i64 = 253_402_300_800_000_000; // 10000-01-01T00:00:00Z
        (FIRST..END).contains(&micros).then_some(Instant(micros))
    }

    /// Reads RFC 3339 text with an offset; digits beyond the microsecond must be zeros.
    pub fn parse(text: &str) -> Result<Self, InstantFault> {
        if let Some(instant) = Instant::parse_usual(text.as_bytes()) {
            return Ok(instant);
        }
        if let Some(dot) = text.find('.') {
            let digits = text.as_bytes()[dot + 1..].iter().take_while(|b| b.is_ascii_digit());
            if digits.skip(6).any(|&b| b != b'0') {
                return Err(InstantFault::TooFine);
            }
        }
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| InstantFault::NotRfc3339)?;
        if parsed.timestamp_subsec_nanos() >= 1_000_000_000 {
            return Err(InstantFault::OutOfRange); // a leap second
        }
        Instant::from_micros(parsed.timestamp_micros()).ok_or(InstantFault::OutOfRange)
    }

    /// Reads the form that nearly all logs use, `2026-04-15T10:00:00.000000Z`, with 0 to 6
    /// decimals; many times as fast as the general way, to which all else is left.
    #[inline]
    fn parse_usual(text: &[u8]) -> Option<Self> {
        const DATE: Form = Form::of(b"0000-00-");
        const DAY: Form = Form::of(b"00T00:00");
        const TIME: Form = Form::of(b"00:00:00");
        let (date, rest) = text.split_first_chunk::<8>()?;
        let (time, decimals) = rest.get(3..)?.split_first_chunk::<8>()?;
        let date = DATE.numbers(*date)?;
        let day = DAY.numbers(*rest.first_chunk()?)?;
        let time = TIME.numbers(*time)?;
        let number = |pairs: u64, at: u32| (pairs >> (8 * at)) as u32 & 0xff;
        let year = number(date, 0) * 100 + number(date, 2);
        let days = days_to(year, number(date, 5), number(day, 0))?;
        let (hour, minute, second) = (number(time, 0), number(time, 3), number(time, 6));
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
        Instant::from_micros(seconds * 1_000_000 + micros_of(decimals)?)
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// This instant moved by whole microseconds, clamped to the calendar's end.
    pub fn plus_micros(self, micros: i64) -> Self {
        Instant(self.0.saturating_add(micros))
    }

    /// The UTC date on which the instant lies.
    pub fn date(self) -> NaiveDate {
        self.to_chrono().date_naive()
    }

    /// The instant at the start of a UTC date.
    pub fn start_of(date: NaiveDate) -> Self {
        const EPOCH_FROM_CE: i32 = 719_163; // 1970-01-01
        Instant(i64::from(date.num_days_from_ce() - EPOCH_FROM_CE) * DAY_MICROS)
    }

    fn to_chrono(self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(self.0)
    }
}

/// Eight bytes of which some are digits, and the others are given.
struct Form {
    like: u64,
    /// What may be added to each byte of a text, less `like`, before it reaches the highest bit.
    room: u64,
}

impl Form {
    /// Digits where `like` has zeros.
    const fn of(like: &[u8; 8]) -> Self {
        let (mut room, mut at) = ([0x7f; 8], 0);
        while at < 8 {
            if like[at] == b'0' {
                room[at] -= 9;
            }
            at += 1;
        }
        Form { like: u64::from_le_bytes(*like), room: u64::from_le_bytes(room) }
    }

    /// Where two digits stand side by side, their number, in the first one's byte.
    #[inline]
    fn numbers(&self, text: [u8; 8]) -> Option<u64> {
        const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
        // Digits become 0 to 9, and what is given 0.
        let values = u64::from_le_bytes(text) ^ self.like;
        let fits = (values.wrapping_add(self.room) | values) & HIGHEST == 0;
        fits.then(|| values.wrapping_mul(10).wrapping_add(values >> 8))
    }
}

/// Microseconds of `.123456Z` or fewer decimals, or none.
#[inline]
fn micros_of(decimals: &[u8]) -> Option<i64> {
    const DECIMALS: Form = Form::of(b".000000Z");
    if let Some((decimals, [])) = decimals.split_first_chunk() {
        let pairs = DECIMALS.numbers(*decimals)?;
        let pair = |at: u32| (pairs >> (8 * at)) as i64 & 0xff;
        return Some(pair(1) * 10_000 + pair(3) * 100 + pair(5));
    }
    let digits = match decimals {
        [b'Z'] => return Some(0),
        [b'.', digits @ .., b'Z'] if (1..=5).contains(&digits.len()) => digits,
        _ => return None,
    };
    (0..6).try_fold(0, |micros, place| {
        let digit = digits.get(place).unwrap_or(&b'0');
        digit.is_ascii_digit().then(|| micros * 10 + i64::from(digit - b'0'))
    })
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, if there is one; the year is at most
/// 9999.
#[inline]
fn days_to(year: u32, month: u32, day: u32) -> Option<i64> {
    const BEFORE: [u16; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let at = (month as usize).wrapping_sub(1);
    let (before, after) = (u32::from(*BEFORE.get(at)?), u32::from(*BEFORE.get(at + 1)?));
    let every = |years: u32| year.is_multiple_of(years);
    let leap = u32::from(every(4) && (!every(100) || every(400)));
    let february = if month == 2 { leap } else { 0 };
    let over = if month > 2 { leap } else { 0 };
    if day == 0 || day > after - before + february {
        return None;
    }
    let past = year.checked_sub(1)?; // whole years since the start of year 1
    let days = past * 365 + past / 4 - past / 100 + past / 400 + before + over + day;
    Some(i64::from(days) - 719_163)
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC; six decimals where there is a fraction, else none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.0.rem_euclid(1_000_000) {
            0 => "%Y-%m-%dT%H:%M:%SZ",
            _ => "%Y-%m-%dT%H:%M:%S%.6fZ",
        };
        write!(f, "{}", self.to_chrono().format(format))
    }
}

impl Serialize for Instant {
    /// As text.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A calendar month in UTC: the half-open interval from its first instant to the next month's (T1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// Reads `2026-04`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) || year == "0000" {
            return None;
        }
        // The year 9999 has no next December to end in.
        let year: i32 = year.parse().ok().filter(|y| (1..9999).contains(y))?;
        NaiveDate::from_ymd_opt(year, month.parse().ok()?, 1).map(Month)
    }

    /// The month in which an instant lies.
    pub fn of(instant: Instant) -> Self {
        Month::of_date(instant.date())
    }

    /// The month of a date.
    pub fn of_date(date: NaiveDate) -> Self {
        Month(date - TimeDelta::days(i64::from(date.day0())))
    }

    /// The first instant, S.
    pub fn start(self) -> Instant {
        Instant::start_of(self.0)
    }

    /// The first instant after the month, E.
    pub fn end(self) -> Instant {
        self.next().start()
    }

    /// Whether the instant lies in [S, E).
    pub fn contains(self, instant: Instant) -> bool {
        self.start() <= instant && instant < self.end()
    }

    /// The number of days, D.
    pub fn days(self) -> i64 {
        (self.next().0 - self.0).num_days()
    }

    /// The first day.
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// The last day.
    pub fn last_day(self) -> NaiveDate {
        self.next().0 - TimeDelta::days(1)
    }

    /// The month after.
    pub fn next(self) -> Self {
        let (year, month) = (self.0.year() + i32::from(self.0.month() == 12), self.0.month() % 12);
        Month(NaiveDate::from_ymd_opt(year, month + 1, 1).unwrap_or(NaiveDate::MAX))
    }

    /// The month before.
    pub fn previous(self) -> Self {
        Month(self.0 - Months::new(1))
    }

    /// The month in words, such as `April 2026`.
    pub fn in_words(self) -> String {
        format!("{} {:04}", month_name(self.0), self.0.year())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// A date in words, such as `15 April 2026`.
pub fn date_in_words(date: NaiveDate) -> String {
    format!("{} {} {:04}", date.day(), month_name(date), date.year())
}

fn month_name(date: NaiveDate) -> &'static str {
    let month = u8::try_from(date.month()).map(chrono::Month::try_from);
    month.ok().and_then(Result::ok).map_or("", |month| month.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_half_open_and_know_their_days() {
        let april = Month::parse("2026-04").unwrap();
        assert_eq!((april.days(), april.end()), (30, Month::parse("2026-05").unwrap().start()));
        assert!(april.contains(april.start()) && !april.contains(april.end()));
        assert_eq!(Month::parse("2024-02").unwrap().days(), 29);
        assert_eq!(Month::parse("2025-12").unwrap().next().to_string(), "2026-01");
        for month in ["0001-01", "1969-12", "2024-02", "2100-02", "9998-12"].map(Month::parse) {
            let next = month.unwrap().next();
            assert_eq!((Some(next.previous()), next.start()), (month, month.unwrap().end()));
            assert_eq!(Instant::parse(&format!("{next}-01T00:00:00Z")), Ok(next.start()));
        }
        assert_eq!(Month::of(Instant::parse("2026-04-30T23:59:59.999999Z").unwrap()), april);
        for bad in ["2026-4", "2026-13", "26-04", "2026-04-01", "0000-01", "9999-12", ""] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_have_names() {
        for month in 1..=12 {
            let date = NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
            assert_eq!(date_in_words(date), date.format("%-d %B %Y").to_string());
            assert_eq!(Month::of_date(date).in_words(), date.format("%B %Y").to_string());
        }
    }

    #[test]
    fn the_usual_form_reads_like_any_other() {
        for text in
            ["2026-04-15T10:00:00Z", "2024-02-29T23:59:59.9Z", "1969-12-31T23:59:59.000001Z"]
        {
            let general = text.replace('Z', "+00:00");
            assert_eq!(Instant::parse_usual(general.as_bytes()), None);
            assert_eq!(
                Instant::parse_usual(text.as_bytes()),
                Instant::parse(&general).ok(),
                "{text}"
            );
        }
        let unusual = [
            "2026-02-29T00:00:00Z",
            "2026-04-15T24:00:00Z",
            "2026-04-15T10:00:60Z",
            "2026-04-15T10:00:00.Z",
            "2026-04-15T10:00:00.0000001Z",
            "2026-04-15t10:00:00z",
            "Z",
            "",
        ];
        for text in unusual {
            assert_eq!(Instant::parse_usual(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn every_day_reads_as_the_calendar_has_it() {
        let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
        // The calendar repeats every 400 years.
        for date in first.iter_days().take(401 * 365).chain([last]) {
            let text = format!("{date}T23:59:59.1Z");
            let expected = Instant::start_of(date).plus_micros(DAY_MICROS - 900_000);
            assert_eq!(Instant::parse_usual(text.as_bytes()), Some(expected), "{text}");
        }
        for none in ["0000-01-01", "2026-00-10", "2026-13-10", "2026-04-31", "1900-02-29"] {
            assert_eq!(
                Instant::parse_usual(format!("{none}T00:00:00Z").as_bytes()),
                None,
                "{none}"
            );
        }
    }

    #[test]
    fn no_other_byte_is_taken_for_the_usual_form() {
        let usual = b"2026-04-15T10:00:00.123456Z";
        for length in [20, 24, 27] {
            let mut text = usual[..length].to_vec();
            text[length - 1] = b'Z';
            for at in 0..length {
                for byte in 0..=255 {
                    let mut other = text.clone();
                    other[at] = byte;
                    let Some(found) = Instant::parse_usual(&other) else { continue };
                    let general = [&other[..length - 1], b"+00:00"].concat();
                    let general = Instant::parse(std::str::from_utf8(&general).unwrap());
                    assert_eq!(Ok(found), general, "{}", other.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn instants_keep_microseconds_and_refuse_finer() {
        let same =
            ["2026-04-15T10:00:00Z", "2026-04-15T12:00:00+02:00", "2026-04-15T10:00:00.000000000Z"];
        for text in same {
            assert_eq!(Instant::parse(text).unwrap().to_string(), same[0]);
        }
        let fine = Instant::parse("2026-04-15T10:00:00.000001Z").unwrap();
        assert_eq!(fine.to_string(), "2026-04-15T10:00:00.000001Z");
        assert_eq!(Instant::parse("2026-04-15T10:00:00.0000001Z"), Err(InstantFault::TooFine));
        for bad in ["2026-04-15T10:00:00", "2026-02-30T00:00:00Z", "2026-04-15", "", "now"] {
            assert_eq!(Instant::parse(bad), Err(InstantFault::NotRfc3339), "{bad}");
        }
        assert_eq!(Instant::parse("2016-12-31T23:59:60Z"), Err(InstantFault::OutOfRange));
    }
}
