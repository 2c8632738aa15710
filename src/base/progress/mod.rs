//! How far a run is: what it tells of that, what is known of all of it, and how that is shown.

mod meter;
mod teller;

pub use meter::{Meter, Pass, Progress, Step, Told};
pub use teller::{Form, Teller, clear};
