//! Months of the calendar, in UTC (T1), and ranges of them.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::instant::Instant;

/// A calendar month in UTC: the half-open interval from its first instant to the next month's (T1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// Reads `2026-04`: any month that an instant lies in.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) || year == "0000" {
            return None;
        }
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1).map(Month)
    }

    /// Whether the month can be billed: in the year 9999 there may be no instant to end at, or
    /// for what begins in the month to end at.
    pub fn can_be_billed(self) -> bool {
        self.0.year() < 9999
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
        self.0.num_days_in_month().into()
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
        Month(self.0 + TimeDelta::days(self.days()))
    }

    /// The month before.
    pub fn previous(self) -> Self {
        Month(self.0 - Months::new(1))
    }

    /// The month in words, such as `April 2026`.
    pub fn in_words(self) -> String {
        let name = NAMES[self.0.month0() as usize];
        format!("{name} {:04}", self.0.year())
    }
}

/// The months' names; chrono's own way to them takes many times as long.
const NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl Serialize for Month {
    /// As text, `2026-04`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Month::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is no month")))
    }
}

/// A date in words, such as `15 April 2026`.
pub fn date_in_words(date: NaiveDate) -> String {
    format!("{} {}", date.day(), Month::of_date(date).in_words())
}

/// The months from a first one to a last one, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthRange {
    first: Month,
    last: Month,
}

impl MonthRange {
    /// What stands between the two, where a range is written: `2026-01..2026-06`.
    pub const BETWEEN: &'static str = "..";

    /// The months from `first` to `last`; `None` where the last one comes first.
    pub fn of(first: Month, last: Month) -> Option<Self> {
        (first <= last).then_some(MonthRange { first, last })
    }

    /// One month by itself.
    pub fn only_of(month: Month) -> Self {
        MonthRange { first: month, last: month }
    }

    /// The first month.
    pub fn first(self) -> Month {
        self.first
    }

    /// The last month.
    pub fn last(self) -> Month {
        self.last
    }

    /// All of them, in order.
    pub fn all(self) -> impl Iterator<Item = Month> {
        let months = std::iter::successors(Some(self.first), |month| Some(month.next()));
        months.take_while(move |month| *month <= self.last)
    }

    /// Whether the month is one of them.
    pub fn contains(self, month: Month) -> bool {
        (self.first..=self.last).contains(&month)
    }

    /// The month, where it is but one.
    pub fn only(self) -> Option<Month> {
        (self.first == self.last).then_some(self.first)
    }
}

impl fmt::Display for MonthRange {
    /// `2026-01 to 2026-06`, or the only month.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.only() {
            Some(month) => month.fmt(f),
            None => write!(f, "{} to {}", self.first, self.last),
        }
    }
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
        for bad in ["2026-4", "2026-13", "26-04", "2026-04-01", "0000-01", "+10000-01", ""] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_instants_month_is_read_as_it_is_written() {
        for at in ["0001-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z"] {
            let month = Month::of(Instant::parse(at).unwrap());
            assert_eq!(Month::parse(&month.to_string()), Some(month), "{at}");
            assert_eq!(month.can_be_billed(), !at.starts_with("9999"), "{at}");
        }
    }

    #[test]
    fn months_have_names() {
        let date = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
        assert_eq!(date_in_words(date), "1 May 2026");
        assert_eq!(Month::of_date(date).in_words(), "May 2026");
        for date in (0..400).map(|days| date + TimeDelta::days(days)) {
            assert_eq!(date_in_words(date), date.format("%-d %B %Y").to_string());
        }
    }

    #[test]
    fn both_ends_are_in() {
        let [march, april, may] =
            ["2026-03", "2026-04", "2026-05"].map(|text| Month::parse(text).unwrap());
        let range = MonthRange::of(april, may).unwrap();
        assert_eq!(
            [march, april, may, may.next()].map(|m| range.contains(m)),
            [false, true, true, false]
        );
        assert_eq!((range.only(), range.to_string().as_str()), (None, "2026-04 to 2026-05"));
        assert_eq!(MonthRange::of(may, may).unwrap().to_string(), "2026-05");
        assert_eq!(MonthRange::of(may, april), None);
    }
}
