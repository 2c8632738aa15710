//! The calendar in UTC: [`Month`]s, and [`Instant`]s with microseconds (T1).

mod instant;
mod month;
mod rfc3339;
mod spans;
mod written;

pub use instant::{DAY_MICROS, HOUR_MICROS, Instant};
pub use month::{Month, MonthRange, date_in_words};
pub use rfc3339::{push_date, push_instant};
pub use spans::{PaymentTerm, TimeSpan};
pub use written::{EpochUnit, InstantFault, InstantForms};
