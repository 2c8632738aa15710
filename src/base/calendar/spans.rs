//! Spans of time: of minutes, hours or days as people write them, and how long after its issue a document is to be
//! paid.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::instant::{DAY_MICROS, Instant};

const MINUTE_MICROS: i64 = 60 * 1_000_000;
const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// A span of time, such as `6h`: at least a minute, at most as long as the longest month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan {
    minutes: u32,
}

impl TimeSpan {
    const LONGEST: u32 = 31 * DAY;

    /// Microseconds.
    pub fn micros(self) -> i64 {
        i64::from(self.minutes) * MINUTE_MICROS
    }
}

impl FromStr for TimeSpan {
    type Err = ();

    /// Reads `90m`, `6h` or `2d`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(())?;
        let unit = match unit {
            "m" => 1,
            "h" => HOUR,
            "d" => DAY,
            _ => return Err(()),
        };
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(());
        }
        let count: u32 = digits.parse().map_err(|_| ())?;
        let minutes = count.checked_mul(unit);
        let minutes = minutes.filter(|minutes| (1..=TimeSpan::LONGEST).contains(minutes));
        Ok(TimeSpan { minutes: minutes.ok_or(())? })
    }
}

impl fmt::Display for TimeSpan {
    /// In the greatest unit that it is a whole number of.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minutes {
            minutes if minutes.is_multiple_of(DAY) => write!(f, "{}d", minutes / DAY),
            minutes if minutes.is_multiple_of(HOUR) => write!(f, "{}h", minutes / HOUR),
            minutes => write!(f, "{minutes}m"),
        }
    }
}

impl Serialize for TimeSpan {
    /// As text, `6h`.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|()| D::Error::custom(format!("`{text}` is no span of time")))
    }
}

/// So many days after the day of its issue a document is to be paid: at most a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PaymentTerm {
    days: u32,
}

impl PaymentTerm {
    /// The longest term, in days.
    pub const LONGEST: u32 = 365;

    /// A term of so many days; `None` where that is longer than the longest.
    pub fn of_days(days: u32) -> Option<Self> {
        (days <= PaymentTerm::LONGEST).then_some(PaymentTerm { days })
    }

    /// The day by which a document is to be paid; none is after the year 9999.
    pub fn due_on(self, issued_on: NaiveDate) -> NaiveDate {
        Instant::start_of(issued_on).plus_micros(i64::from(self.days) * DAY_MICROS).date()
    }
}

impl TryFrom<u32> for PaymentTerm {
    type Error = String;

    fn try_from(days: u32) -> Result<Self, String> {
        PaymentTerm::of_days(days).ok_or_else(|| format!("{days} days are no payment term"))
    }
}

impl From<PaymentTerm> for u32 {
    fn from(term: PaymentTerm) -> u32 {
        term.days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, minutes, written) in
            [("6h", 360, "6h"), ("90m", 90, "90m"), ("120m", 120, "2h"), ("48h", 2880, "2d")]
        {
            let span: TimeSpan = text.parse().unwrap();
            assert_eq!((span.micros(), span.to_string().as_str()), (minutes * 60_000_000, written));
        }
        assert!("31d".parse::<TimeSpan>().is_ok());
        for wrong in
            ["", "h", "6", "6 h", "-6h", "+6h", "0h", "32d", "6.5h", "6s", "9999999999h", "6é"]
        {
            assert_eq!(wrong.parse::<TimeSpan>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn days_are_counted_over_the_ends_of_months_and_years() {
        for (issued_on, days, due_on) in [
            ("2026-05-01", 0, "2026-05-01"),
            ("2026-05-01", 30, "2026-05-31"),
            ("2026-05-01", 31, "2026-06-01"),
            ("2026-02-01", 28, "2026-03-01"),
            ("2028-02-01", 28, "2028-02-29"), // a leap year
            ("2028-02-29", 365, "2029-02-28"),
            ("2026-12-31", 1, "2027-01-01"),
            ("9999-01-01", 364, "9999-12-31"),
            ("9999-01-01", 365, "9999-12-31"),
        ] {
            let term = PaymentTerm::of_days(days).unwrap();
            let due = term.due_on(issued_on.parse().unwrap());
            assert_eq!(due.to_string(), due_on, "{issued_on} and {days}");
        }
    }

    #[test]
    fn a_term_is_a_year_at_most() {
        assert_eq!(PaymentTerm::of_days(366), None);
        assert_eq!(serde_json::from_str::<PaymentTerm>("365").unwrap().days, 365);
        assert!(serde_json::from_str::<PaymentTerm>("366").is_err());
        assert_eq!(serde_json::to_string(&PaymentTerm { days: 14 }).unwrap(), "14");
    }
}
