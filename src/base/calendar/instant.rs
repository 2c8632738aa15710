//! Instants with microseconds, in UTC.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::rfc3339::{self, EPOCH_DAY};
use super::written::{self, InstantFault, InstantForms};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds in an hour.
pub const HOUR_MICROS: i64 = 60 * 60 * 1_000_000;
/// Microseconds in a day of 24 hours.
pub const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800_000_000;
/// The last microsecond of the year 9999.
const LAST: i64 = 253_402_300_799_999_999;

/// An instant: microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Instant = Instant(0);
    /// 0001-01-01T00:00:00Z: no instant is before it.
    pub const FIRST: Instant = Instant(FIRST);

    /// The instant at `micros` microseconds since the epoch, if within the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (FIRST..=LAST).contains(&micros).then_some(Instant(micros))
    }

    /// Reads text with an offset, as RFC 3339 or the usual databases write it; digits beyond the
    /// microsecond must be zeros.
    pub fn parse(text: &str) -> Result<Self, InstantFault> {
        Instant::parse_as(text, InstantForms::default())
    }

    /// Reads text with an offset, or what else `forms` takes for an instant.
    #[inline]
    pub fn parse_as(text: &str, forms: InstantForms) -> Result<Self, InstantFault> {
        let micros = match rfc3339::read_usual(text.as_bytes()) {
            Some(micros) => micros,
            None => written::read(text.as_bytes(), forms)?,
        };
        Instant::from_micros(micros).ok_or(InstantFault::OutOfRange)
    }

    /// Whether it lies in 1970, where numbers come to that are read in too fine a unit.
    pub fn is_of_1970(self) -> bool {
        (0..365 * DAY_MICROS).contains(&self.0)
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// This instant moved by whole microseconds, but not beyond the years 1 to 9999.
    pub fn plus_micros(self, micros: i64) -> Self {
        Instant(self.0.saturating_add(micros).clamp(FIRST, LAST))
    }

    /// The UTC date on which the instant lies.
    pub fn date(self) -> NaiveDate {
        self.to_chrono().date_naive()
    }

    /// The instant at the start of a UTC date.
    pub fn start_of(date: NaiveDate) -> Self {
        Instant((i64::from(date.num_days_from_ce()) - EPOCH_DAY) * DAY_MICROS)
    }

    fn to_chrono(self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::microseconds(self.0)
    }
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

impl<'de> Deserialize<'de> for Instant {
    /// From text.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Instant::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Instant::parse("2026-04-15T10:00:00"), Err(InstantFault::NoOffset));
        for bad in ["2026-02-30T00:00:00Z", "", "now"] {
            assert_eq!(Instant::parse(bad), Err(InstantFault::NotRfc3339), "{bad}");
        }
        assert_eq!(Instant::parse("2016-12-31T23:59:60Z"), Err(InstantFault::OutOfRange));
    }
}
