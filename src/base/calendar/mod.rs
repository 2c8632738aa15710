//! UTC calendar months and instants with microseconds (T1).

mod instant;
mod text;

pub use instant::{DAY_MICROS, Instant, InstantFault, Month, date_in_words};
