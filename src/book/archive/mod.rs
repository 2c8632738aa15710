//! Months that went elsewhere: what stays of them in the book, and where their tables are.
//!
//! An archived month keeps in its folder what the book rests on, and a record of where the rest
//! went:
//!
//! ```text
//! book/2024-12/ARCHIVED              where the month went, its manifests' digests, its totals
//! book/2024-12/CURRENT
//! book/2024-12/r001/manifest.json    of every revision
//! book/2024-12/r001/run.json
//! book/2024-12/r001/state.parquet    … and what the month after may have begun with
//! ```
//!
//! With the record the month is archived, without it it is not: both ways, one file that comes or
//! goes decides, and all copies are verified before.

mod files;
mod place;
mod put_back;
mod record;
mod standing;
mod store;

pub use files::KEPT_TABLES;
pub(super) use files::{MonthFile, flush_folders, of_revision};
pub(super) use place::Archived;
pub use record::{ARCHIVED, ArchiveRecord, ArchivedRevision};
pub use store::Moved;
