//! Credits: exact integers of micro-credits (10⁻⁶), never a float.

mod parse;
mod quantity;

pub use parse::{ParsedCredits, ROUNDED_BY_SCALE};
pub use quantity::{Credits, CreditsFault, MICROS};
