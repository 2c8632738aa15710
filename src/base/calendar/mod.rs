//! The calendar in UTC: [`Month`]s, and [`Instant`]s with microseconds (T1).

mod instant;
mod instant_fault;
mod month;
mod month_range;
mod payment_term;
mod rfc3339;
mod time_span;
mod written;

pub use instant::{DAY_MICROS, HOUR_MICROS, Instant};
pub use instant_fault::InstantFault;
pub use month::{Month, date_in_words};
pub use month_range::MonthRange;
pub use payment_term::PaymentTerm;
pub use rfc3339::{push_date, push_instant};
pub use time_span::TimeSpan;
pub use written::{EpochUnit, InstantForms};
