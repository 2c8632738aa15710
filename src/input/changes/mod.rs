//! The change log: read whole, since it is of the size of the accounts, and freed of
//! duplicates over all its months.

mod order;
mod read;
mod repeated_ids;
mod store;

pub use read::{read, read_part, row_fault};
pub use repeated_ids::RepeatedIds;
pub use store::{Change, ChangeKind, ChangeLog, Changes};
