//! The fraction of a month that a first upgrade pays (F2, F3, F8).

use std::fmt;

use chrono::Datelike;

use crate::base::calendar::{Instant, Month};
use crate::base::digits::with_thousands;
use crate::base::money::{Money, Rounding, TooLarge};
use crate::catalog::Proration;

/// A proration fraction f, unreduced, so that it can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    numerator: i64,
    denominator: i64,
    convention: Proration,
}

/// Microseconds in a second: the `seconds` convention counts exactly, in these.
const SECOND: i64 = 1_000_000;

impl Fraction {
    /// The fraction of `month` that is left at `at` (F8). The formula holds unchanged on the
    /// first day and on the last.
    pub fn of(at: Instant, month: Month, convention: Proration) -> Self {
        let (days, day) = (month.days(), i64::from(at.date().day()));
        let (numerator, denominator) = match convention {
            Proration::DaysAfter => (days - day, days),
            Proration::DaysInclusive => (days - day + 1, days),
            Proration::Seconds => {
                let end = month.end().micros();
                (end - at.micros(), end - month.start().micros())
            }
        };
        Fraction { numerator, denominator, convention }
    }

    /// round(price × f) (F2, F9).
    ///
    /// # Errors
    /// [`TooLarge`]
    pub fn apply(self, price: Money, rounding: Rounding) -> Result<Money, TooLarge> {
        price.prorated(self.numerator, self.denominator, rounding)
    }

    /// The fraction in words, such as `15 of 30 days remaining`.
    pub fn in_words(self) -> String {
        let Fraction { numerator, denominator, convention } = self;
        match convention {
            Proration::DaysAfter => format!("{numerator} of {denominator} days remaining"),
            Proration::DaysInclusive => {
                format!("{numerator} of {denominator} days, that day included")
            }
            Proration::Seconds => {
                let (whole, decimals) = seconds(numerator);
                let (all, _) = seconds(denominator);
                let (whole, all) = (with_thousands(whole), with_thousands(all));
                format!("{whole}{decimals} of {all} seconds remaining")
            }
        }
    }
}

/// Whole seconds, and their decimals as text with the point; empty where there are none.
fn seconds(micros: i64) -> (i64, String) {
    let decimals = format!(".{:06}", micros % SECOND);
    (micros / SECOND, decimals.trim_end_matches('0').trim_end_matches('.').to_owned())
}

impl fmt::Display for Fraction {
    /// `15/30`; for the `seconds` convention in seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.convention != Proration::Seconds {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        }
        let (whole, decimals) = seconds(self.numerator);
        write!(f, "{whole}{decimals}/{}", seconds(self.denominator).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(at: &str, convention: Proration) -> String {
        let at = Instant::parse(at).unwrap();
        Fraction::of(at, Month::of(at), convention).to_string()
    }

    #[test]
    fn the_three_conventions_on_ordinary_and_edge_days() {
        use Proration::*;
        for (at, convention, expected) in [
            ("2026-04-15T10:00:00Z", DaysAfter, "15/30"),
            ("2026-04-01T00:00:00Z", DaysAfter, "29/30"),
            ("2026-04-30T23:59:59Z", DaysAfter, "0/30"),
            ("2026-04-30T23:59:59Z", DaysInclusive, "1/30"),
            ("2024-02-29T00:00:00Z", DaysInclusive, "1/29"),
            ("2026-04-16T00:00:00Z", Seconds, "1296000/2592000"),
            ("2026-04-15T23:59:59.5Z", Seconds, "1296000.5/2592000"),
        ] {
            assert_eq!(fraction(at, convention), expected, "{at} {convention:?}");
        }
    }
}
