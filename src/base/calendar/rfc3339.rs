//! Dates and instants as text: the form that nearly all logs use read fast, and what tables say
//! written fast.

use chrono::{Datelike, NaiveDate};

use crate::base::digits::{padded, push_first};

/// The number of 1970-01-01 among the days from 0001-01-01 on, which is 1.
pub(super) const EPOCH_DAY: i64 = 719_163;

/// Reads the form that nearly all logs use, `2026-04-15T10:00:00.000000Z`, with 0 to 6 decimals, as
/// microseconds since 1970; many times as fast as the general way, to which all else is left.
#[inline]
pub(super) fn read_usual(text: &[u8]) -> Option<i64> {
    const DATE: Form = Form::of(b"0000-00-");
    const DAY: Form = Form::of(b"00T00:00");
    const TIME: Form = Form::of(b"00:00:00");
    let (date, rest) = text.split_first_chunk::<8>()?;
    let (time, decimals) = rest.get(3..)?.split_first_chunk::<8>()?;
    let date = DATE.numbers(*date)?;
    let day = DAY.numbers(*rest.first_chunk()?)?;
    let time = TIME.numbers(*time)?;
    let number = |pairs: u64, at: u32| (pairs >> (8 * at) & 0xff) as u32;
    let year = number(date, 0) * 100 + number(date, 2);
    let days = days_to(year, number(date, 5), number(day, 0))?;
    let (hour, minute, second) = (number(time, 0), number(time, 3), number(time, 6));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days * 86_400 + i64::from(hour * 3_600 + minute * 60 + second);
    Some(seconds * 1_000_000 + micros_of(decimals)?)
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
        let pair = |at: u32| (pairs >> (8 * at) & 0xff).cast_signed();
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
/// 9999. Each row of a text log asks, and `chrono` takes a fifth more instructions (100 for 85).
#[inline]
pub(super) fn days_to(year: u32, month: u32, day: u32) -> Option<i64> {
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
    Some(i64::from(days) - EPOCH_DAY)
}

/// A date such as `2026-04-15`, given the days since 1970-01-01, if it lies within the years 1 to
/// 9999.
#[inline]
fn date_text(days: i64) -> Option<[u8; 10]> {
    let date = i32::try_from(days.saturating_add(EPOCH_DAY)).ok();
    let date = NaiveDate::from_num_days_from_ce_opt(date?)?;
    let year = u32::try_from(date.year()).ok().filter(|year| (1..=9999).contains(year))?;
    let mut text = *b"0000-00-00";
    text[..4].copy_from_slice(&padded::<4>(year));
    text[5..7].copy_from_slice(&padded::<2>(date.month()));
    text[8..].copy_from_slice(&padded::<2>(date.day()));
    Some(text)
}

/// Adds a date such as `2026-04-15`, given the days since 1970-01-01, if it lies within the years
/// 1 to 9999; says whether it does.
pub fn push_date(out: &mut Vec<u8>, days: i64) -> bool {
    let date = date_text(days);
    date.inspect(|date| out.extend_from_slice(date)).is_some()
}

/// Adds an instant in UTC, given the microseconds since 1970-01-01T00:00:00Z: with six decimals
/// where there is a fraction, else none. It lies within the years 1 to 9999; says whether it does.
#[expect(clippy::cast_possible_truncation, reason = "parts of a second and of a day are small")]
pub fn push_instant(out: &mut Vec<u8>, micros: i64) -> bool {
    const WITHOUT_FRACTION: usize = 20;
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000) as u32);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400) as u32);
    let Some(date) = date_text(days) else { return false };
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    text[..10].copy_from_slice(&date);
    for (at, number) in [(11, second / 3600), (14, second / 60 % 60), (17, second % 60)] {
        text[at..at + 2].copy_from_slice(&padded::<2>(number));
    }
    if fraction == 0 {
        text[WITHOUT_FRACTION - 1] = b'Z';
        push_first(out, &text, WITHOUT_FRACTION);
    } else {
        text[WITHOUT_FRACTION..26].copy_from_slice(&padded::<6>(fraction));
        out.extend_from_slice(&text);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::calendar::{DAY_MICROS, Instant};

    fn usual(text: &[u8]) -> Option<Instant> {
        read_usual(text).and_then(Instant::from_micros)
    }

    #[test]
    fn the_usual_form_reads_like_any_other() {
        for text in
            ["2026-04-15T10:00:00Z", "2024-02-29T23:59:59.9Z", "1969-12-31T23:59:59.000001Z"]
        {
            let general = text.replace('Z', "+00:00");
            assert_eq!(usual(general.as_bytes()), None);
            assert_eq!(usual(text.as_bytes()), Instant::parse(&general).ok(), "{text}");
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
            assert_eq!(usual(text.as_bytes()), None, "{text}");
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
            assert_eq!(usual(text.as_bytes()), Some(expected), "{text}");
        }
        for none in ["0000-01-01", "2026-00-10", "2026-13-10", "2026-04-31", "1900-02-29"] {
            assert_eq!(usual(format!("{none}T00:00:00Z").as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn no_other_byte_is_taken_for_the_usual_form() {
        let whole = b"2026-04-15T10:00:00.123456Z";
        for length in [20, 24, 27] {
            let mut text = whole[..length].to_vec();
            text[length - 1] = b'Z';
            for at in 0..length {
                for byte in 0..=255 {
                    let mut other = text.clone();
                    other[at] = byte;
                    let Some(found) = usual(&other) else { continue };
                    let general = [&other[..length - 1], b"+00:00"].concat();
                    let general = Instant::parse(std::str::from_utf8(&general).unwrap());
                    assert_eq!(Ok(found), general, "{}", other.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn every_date_and_instant_is_that_of_the_calendar() {
        let mut date = NaiveDate::from_ymd_opt(1, 1, 1).unwrap();
        let mut text = Vec::new();
        for days in -719_162_i64..2_932_897 {
            text.clear();
            // A second more each day, and a fraction on some.
            let micros = days * 86_400_000_000 + days.rem_euclid(86_400) * 1_000_000;
            let fraction = if days % 7 == 0 { 0 } else { days.rem_euclid(1_000_000) };
            assert!(push_date(&mut text, days));
            if days % 5 == 0 {
                assert_eq!(String::from_utf8(text.clone()).unwrap(), date.to_string());
            }
            if days % 101 == 0 {
                text.clear();
                assert!(push_instant(&mut text, micros + fraction));
                let expected = Instant::from_micros(micros + fraction).unwrap();
                assert_eq!(String::from_utf8(text.clone()).unwrap(), expected.to_string());
            }
            date = date.succ_opt().unwrap();
        }
        assert!(!push_date(&mut text, -719_163) && !push_date(&mut text, 2_932_897));
    }
}
