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
//! With the record the month is archived, without it it is not: both ways, one step decides (on a disk, the record that
//! comes or goes; in object storage, `CURRENT`, which says it), and all copies are verified before.
//!
//! In the archive a month lies as in a book on a disk, wherever book and archive are: `2024-12/CURRENT`, and each
//! revision's folder by its name.

mod files;
mod moved;
mod place;
mod put_back;
mod record;
mod standing;
mod whole;

pub use files::KEPT_TABLES;
pub(super) use files::{RevisionFile, flush_folders, of_revision};
pub use moved::Moved;
pub(super) use place::Archived;
pub use record::{ArchiveRecord, ArchivedRevision};
pub use whole::make_archive;
