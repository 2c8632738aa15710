//! How long after its issue a document is to be paid.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::instant::{DAY_MICROS, Instant};

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
