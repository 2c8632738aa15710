//! A book in object storage, where nothing can be renamed and no clock is trusted.
//!
//! ```text
//! book/2026-04/CURRENT               all revisions, the one in force first: name, prefix, SHA-256 of the manifest
//! book/2026-04/r002-x9Kq2LmPz01a/…   a revision, below a prefix of its own
//! book/.journal/2026-04/r002-SHA256  that it was published
//! book/.lock/2026-04                 the lease of the run that is at it
//! book/current/statements/…          copies of what is in force
//! book/openings/2026-04/CURRENT      below which prefix the imported state lies
//! ```
//!
//! A revision is uploaded below a prefix that nobody reads; to write `CURRENT` on the condition that it is as it was
//! when the run began is the publication. Whoever has read an older one loses. What a crash leaves is a prefix that
//! `CURRENT` does not name. docs/BOOK.md has the model.

mod copies;
mod imports;
mod journal;
mod lease;
mod leftovers;
mod objects;
mod pointer;
mod publication;
#[cfg(test)]
mod simulated;

pub use copies::MADE_FROM;
pub(super) use imports::{imported_in, put_import};
pub(super) use journal::{entries as journal_entries, note};
pub(super) use lease::Lease;
pub use lease::give_up_leases;
pub use leftovers::Leftover;
pub(super) use objects::Objects;
pub(super) use pointer::Pointer;
pub use pointer::is_prefix;
pub(super) use publication::Publication;
