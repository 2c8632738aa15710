//! The change log: read whole, since it is of the size of the accounts, and freed of
//! duplicates over all its months.

mod log;
mod order;
mod read;
mod repeated_ids;
mod store;

pub use log::{ChangeLog, Changes};
pub use read::{read, read_part, row_fault};
pub use repeated_ids::RepeatedIds;
pub use store::{Change, ChangeKind};
