//! The calendar in UTC: [`Month`]s, and [`Instant`]s with microseconds (T1).

mod instant;
mod month;
mod rfc3339;

pub use instant::{DAY_MICROS, Instant, InstantFault};
pub use month::{Month, date_in_words};
pub use rfc3339::{push_date, push_instant};
