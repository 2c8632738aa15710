//! Credits: exact integers of micro-credits (10⁻⁶), never a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Serialize, Serializer};

use crate::base::digits::{plain_decimal, with_thousands};

/// Micro-credits in one credit.
pub const MICROS: i64 = 1_000_000;

/// A quantity of credits in micro-credits. Tables write it as DECIMAL(18,6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(pub(super) i64);

impl Credits {
    /// No credits.
    pub const ZERO: Credits = Credits(0);
    /// One credit, or one piece where a quantity counts pieces.
    pub const ONE: Credits = Credits(MICROS);
    /// The most that DECIMAL(18,6) holds.
    pub const MAX: Credits = Credits(999_999_999_999_999_999);

    /// A quantity from micro-credits.
    ///
    /// # Errors
    /// Less than zero, or more than [`Credits::MAX`].
    pub fn from_micros(micros: i128) -> Result<Self, CreditsFault> {
        let value = i64::try_from(micros).ok().filter(|value| *value <= Credits::MAX.0);
        match value {
            _ if micros < 0 => Err(CreditsFault::Negative),
            None => Err(CreditsFault::Overflow),
            Some(value) => Ok(Credits(value)),
        }
    }

    /// What a table says in micro-credits: a note's quantity may be less than none, and a table
    /// that was changed may say anything.
    pub fn of_table(micros: i64) -> Self {
        Credits(micros)
    }

    /// Micro-credits.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The smaller of two quantities.
    pub fn min(self, other: Self) -> Self {
        Ord::min(self, other)
    }

    /// Whether there are none.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl Sum<Credits> for i128 {
    /// A sum that may be larger than a table holds.
    fn sum<I: Iterator<Item = Credits>>(parts: I) -> i128 {
        parts.map(i128::from).sum()
    }
}

impl From<Credits> for i128 {
    /// Micro-credits.
    fn from(credits: Credits) -> i128 {
        credits.0.into()
    }
}

impl Add for Credits {
    type Output = Credits;
    fn add(self, other: Self) -> Self {
        Credits(self.0 + other.0)
    }
}

impl Sub for Credits {
    type Output = Credits;
    fn sub(self, other: Self) -> Self {
        Credits(self.0 - other.0)
    }
}

impl AddAssign for Credits {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Credits {
    fn sum<I: Iterator<Item = Credits>>(parts: I) -> Self {
        parts.fold(Credits::ZERO, Add::add)
    }
}

impl Serialize for Credits {
    /// For machines: all six decimals, as text.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&plain_decimal(self.0.into(), 6))
    }
}

impl fmt::Display for Credits {
    /// For people: thousands separated, decimals only where there are any, such as `3,603.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.unsigned_abs();
        let whole = with_thousands(micros / MICROS.unsigned_abs());
        let decimals = format!("{:06}", micros % MICROS.unsigned_abs());
        f.write_str(if self.0 < 0 { "-" } else { "" })?;
        match decimals.trim_end_matches('0') {
            "" => f.write_str(&whole),
            decimals => write!(f, "{whole}.{decimals}"),
        }
    }
}

/// Why a value is no quantity of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsFault {
    /// Not a decimal number.
    NotANumber,
    /// NaN or infinite.
    NotFinite,
    /// Less than zero.
    Negative,
    /// More than [`Credits::MAX`](Credits::MAX).
    Overflow,
}

impl fmt::Display for CreditsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CreditsFault::NotANumber => "is not a number; expected a decimal such as 6.70 or 1e-2",
            CreditsFault::NotFinite => "is not finite; expected a decimal of 0 or more",
            CreditsFault::Negative => "is negative; expected 0 or more",
            CreditsFault::Overflow => "is too large; expected less than 1,000,000,000,000 credits",
        })
    }
}

impl std::error::Error for CreditsFault {}
