//! The book: months of immutable revisions, published by one atomic rename.
//!
//! ```text
//! book/
//!   2026-04/r001/ …     a revision, complete in itself
//!   2026-04/r002/ …     a later one; the earlier stay as they are
//!   2026-04/CURRENT     the name of the one in force
//!   2024-12/ARCHIVED    of an archived month: where its tables went
//!   current/            links into the revisions in force, by table
//!   openings/2026-04/   a state that was imported, to open the month with
//!   .journal            a line for every revision that was published
//!   .staging/2026-04/   where the next one is written first
//!   .lock/2026-04       held by the run that writes it
//! ```

mod approval;
mod archive;
mod billed_from;
mod chain;
mod copying;
mod current_tables;
pub mod differences;
mod drop_lists;
mod earlier_digests;
mod holder;
mod imported;
mod journal;
mod journal_entry;
mod late_usage;
mod lock;
mod manifest;
mod month_totals;
mod months;
mod opening;
mod over_waived;
mod parts;
mod places;
mod planned;
mod recorded_input;
mod recover;
mod revision;
mod run_record;
mod seal;
mod staging;
mod store;

pub use approval::{joint_digest, result_digest};
pub use archive::{ARCHIVED, ArchiveRecord, ArchivedRevision, KEPT_TABLES, Moved};
pub use billed_from::{UsageFiles, read_the_same};
pub use chain::{ChainedMonth, Stale};
pub use copying::Copied;
pub use current_tables::{link_to, month_and_form};
pub use drop_lists::dropped_events;
pub use earlier_digests::EarlierDigests;
pub use holder::Holder;
pub use imported::{ImportRecord, ImportSource, ImportStaging, Imported};
pub use journal::{JOURNAL, Journal};
pub use journal_entry::JournalEntry;
pub use late_usage::{BilledUsage, LateUsage, months_in};
pub use lock::Lock;
pub use manifest::{
    Accepted, AdjustmentTotals, Bounds, ComparedMonth, ControlTotals, Controls, Expectations,
    INPUTS_FOLDER, InputFile, Manifest, OpeningOption, OpeningRecord, Options, Previous, Role,
    Stated, Unmet, rows_by_month,
};
pub use month_totals::MonthTotals;
pub use months::{Book, CURRENT};
pub use opening::{OpeningSource, StateInBook};
pub use over_waived::{OverWaived, is_overage};
pub use parts::{PartInMaking, PartsPlace};
pub use places::CURRENT_TABLES;
pub use recorded_input::{InputPlaces, RecordedInput, Relocation, Whereabouts};
pub use revision::{FIRST_REVISION, Revision, revision_name, revision_number};
pub use run_record::{RUN_FILE, RunRecord, StageRecord};
pub use seal::{is_sealed, seal};
pub use staging::{NEXT_CURRENT, Staging};
pub use store::{Leftover, MADE_FROM, give_up_leases, is_prefix};
