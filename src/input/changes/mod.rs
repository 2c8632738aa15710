//! The change log: read whole, since it is of the size of the accounts, and freed of
//! duplicates over all its months.

mod log;
mod of_part;
mod order;
mod read;
mod store;

pub use log::{ChangeLog, Changes};
pub use of_part::RepeatedIds;
pub use read::{read, read_part, row_fault};
pub use store::{Change, ChangeKind};
