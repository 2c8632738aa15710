//! The book: months of immutable revisions, each published by one step.
//!
//! How it lies on a disk, and how in object storage, `store` has.

mod approval;
mod archive;
mod billed_from;
mod chain;
mod copying;
pub mod differences;
mod drop_lists;
mod earlier_digests;
mod holder;
mod imported;
mod journal;
mod journal_entry;
mod late_usage;
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
pub use archive::{ArchiveRecord, ArchivedRevision, KEPT_TABLES, Moved, make_archive};
pub use billed_from::{UsageFiles, read_the_same};
pub use chain::{ChainedMonth, Stale};
pub use copying::Copied;
pub use drop_lists::dropped_events;
pub use earlier_digests::EarlierDigests;
pub use holder::Holder;
pub use imported::{ImportRecord, ImportSource, ImportStaging, Imported};
pub use journal::Journal;
pub use journal_entry::JournalEntry;
pub use late_usage::{BilledUsage, LateUsage, months_in};
pub use manifest::{
    Accepted, AdjustmentTotals, Bounds, ComparedMonth, ControlTotals, Controls, Expectations,
    INPUTS_FOLDER, InputFile, Manifest, OpeningOption, OpeningRecord, Options, Previous, Role,
    Stated, Unmet, rows_by_month,
};
pub use month_totals::MonthTotals;
pub use months::Book;
pub use opening::{OpeningSource, StateInBook};
pub use over_waived::{OverWaived, is_overage};
pub use parts::{PartInMaking, PartsPlace};
pub use places::{ARCHIVED, CURRENT, CURRENT_TABLES, JOURNAL};
pub use recorded_input::{InputPlaces, RecordedInput, Relocation, Whereabouts};
pub use revision::{FIRST_REVISION, Revision, revision_name, revision_number};
pub use run_record::{RUN_FILE, RunRecord, StageRecord};
pub use seal::{is_sealed, seal};
pub use staging::Staging;
pub use store::{
    Layout, Leftover, Lock, MADE_FROM, NEXT_CURRENT, give_up_leases, is_prefix, link_to,
    month_and_form,
};
