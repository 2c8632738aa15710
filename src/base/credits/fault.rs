//! Why a value is no quantity of credits.

use std::fmt;

/// Why a value is no quantity of credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditsFault {
    /// Not a decimal number.
    NotANumber,
    /// NaN or infinite.
    NotFinite,
    /// Less than zero.
    Negative,
    /// More than [`Credits::MAX`](super::quantity::Credits::MAX).
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
