//! The month that logs are made of: its own, so that what tests the program is not made by it.

use std::fmt;

use chrono::{DateTime, Months, NaiveDate};

/// Microseconds of a day.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// A calendar month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first_day: NaiveDate,
}

impl Month {
    /// The month of a text such as `2026-04`.
    pub fn parse(text: &str) -> Option<Self> {
        let first_day = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        let month = Month { first_day };
        (month.to_string() == text).then_some(month)
    }

    /// Its first instant, in microseconds since 1970.
    pub fn start(self) -> i64 {
        micros(self.first_day)
    }

    /// The first instant after it, in microseconds since 1970.
    pub fn end(self) -> i64 {
        micros(self.first_day + Months::new(1))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first_day.format("%Y-%m"))
    }
}

fn micros(day: NaiveDate) -> i64 {
    (day - NaiveDate::default()).num_days() * DAY_MICROS
}

/// An instant of microseconds since 1970.
pub fn instant(micros: i64) -> Option<DateTime<chrono::Utc>> {
    DateTime::from_timestamp_micros(micros)
}
