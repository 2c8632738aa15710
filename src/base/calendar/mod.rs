//! UTC calendar months and instants with microseconds (T1).

mod instant;

pub use instant::{DAY_MICROS, Instant, InstantFault, Month, date_in_words};
