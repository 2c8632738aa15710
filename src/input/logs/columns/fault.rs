//! Why a cell cannot be read.

use std::fmt;

use crate::base::calendar::InstantFault;
use crate::base::credits::CreditsFault;
use crate::base::ids::IdFault;

/// Why a cell cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellFault {
    /// No value.
    Null,
    /// No instant.
    Instant(InstantFault),
    /// No quantity of credits.
    Credits(CreditsFault),
    /// No id.
    Id(IdFault),
    /// Binary, but neither 16 bytes nor text.
    NotUuid,
    /// Neither true nor false.
    NotFlag,
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CellFault::Null => f.write_str("is empty; expected a value"),
            CellFault::Instant(fault) => fault.fmt(f),
            CellFault::Credits(fault) => fault.fmt(f),
            CellFault::Id(fault) => fault.fmt(f),
            CellFault::NotUuid => f.write_str("is neither a UUID of 16 bytes nor text in UTF-8"),
            CellFault::NotFlag => f.write_str("is neither true nor false"),
        }
    }
}
