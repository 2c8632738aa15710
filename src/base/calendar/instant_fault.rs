//! Why a text or a number is no instant.

use std::fmt;

/// Why a text or a number is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstantFault {
    /// None of the forms that are read.
    NotRfc3339,
    /// A time without an offset, which nobody has said to be in UTC.
    NoOffset,
    /// A number, whose unit nobody has said.
    Number,
    /// Digits finer than a microsecond.
    TooFine,
    /// A leap second, or outside the years 1 to 9999.
    OutOfRange,
}

impl fmt::Display for InstantFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstantFault::NotRfc3339 => {
                "is not an instant; expected RFC 3339 with an offset, such as 2026-04-15T10:00:00Z"
            }
            InstantFault::NoOffset => "has no offset; expected one, such as Z or +02:00",
            InstantFault::Number => {
                "is a number; expected RFC 3339 with an offset, such as 2026-04-15T10:00:00Z"
            }
            InstantFault::TooFine => "is finer than a microsecond; expected at most six decimals",
            InstantFault::OutOfRange => {
                "is a leap second or out of range; expected years 0001 to 9999"
            }
        })
    }
}
