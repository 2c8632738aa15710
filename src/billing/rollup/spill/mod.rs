//! What grows with the number of events, and its way to the disk: records by partition within a
//! memory [`Budget`], and the rows of text in a [`Spool`] between the passes. Both lie in
//! files without a name, which vanish with the process.

mod budget;
mod compact_id;
mod partitions;
mod spool;

pub(super) use budget::Budget;
pub(super) use compact_id::CompactId;
pub(super) use partitions::{PARTITIONS, Partition, PartitionStore, partition};
pub(super) use spool::{LocatedColumns, LocatedRow, Spool, SpoolWriter, SpooledRows};
