//! How far a run is: what it tells of that, what is known of all of it, and how that is shown.

mod meter;
mod step;
mod teller;

pub use meter::{Meter, Told};
pub use step::{Pass, Progress, Step};
pub use teller::{Form, Teller, clear};
