//! Spans of whole minutes, hours or days, as people write them.

use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
}
