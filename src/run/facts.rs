//! What is known of a month besides what its accounts come to.

use std::collections::{BTreeMap, BTreeSet};

use super::input_files::KeptFile;
use crate::base::ids::AccountId;
use crate::billing::rollup::{RolledUpBy, UsageControl};
use crate::billing::timeline::ChangeControl;
use crate::book::{InputFile, LateUsage, OpeningRecord};
use crate::input::adjustments::AdjustmentControl;
use crate::input::logs::PassedOver;

/// What is known of a month besides what its accounts come to.
pub struct MonthFacts {
    /// Where its opening came from.
    pub opening_record: OpeningRecord,
    /// Every file that went in.
    pub inputs: Vec<InputFile>,
    /// What of it is kept with the revision.
    pub kept_inputs: Vec<KeptFile>,
    /// Whether the list of events that was given, if one was, names none of the month.
    pub is_list_idle: bool,
    /// Rows of earlier months that these were not billed from; they are exceptions, too.
    pub late_usage: Vec<LateUsage>,
    /// How many rows cannot be read.
    pub rejects: u64,
    /// What became of every usage row.
    pub usage: UsageControl,
    /// What became of every change.
    pub changes: ChangeControl,
    /// What became of every adjustment.
    pub adjustments: AdjustmentControl,
    /// When each input had been changed last, as RFC 3339.
    pub times_of_change: BTreeMap<String, String>,
    /// What was come upon and not read.
    pub passed_over: Vec<PassedOver>,
    /// Accounts whose events share an id with another account's; `None` where that is not known.
    pub sharing_ids: Option<BTreeSet<AccountId>>,
    /// Who rolled up the usage, where it was not this run.
    pub rolled_up_by: Option<RolledUpBy>,
    /// Bytes of event ids that exceeded the memory budget, and went to the disk meanwhile.
    pub spilled: u64,
    /// Bytes that were read of logs and took room on the disk meanwhile, so as not to be read again.
    pub kept: u64,
}
