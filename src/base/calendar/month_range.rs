//! Months from one to another.

use std::fmt;

use super::month::Month;

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
