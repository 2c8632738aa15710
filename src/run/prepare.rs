//! Inputs read, usage rolled up, every account replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::input_files::KeptFile;
use super::late_usage;
use super::reading::{Reading, TimelineRead};
use super::replayed::Replayed;
use super::request::Request;
use super::stages::Stages;
use crate::base::error::Result;
use crate::base::exceptions::Exception;
use crate::base::ids::AccountId;
use crate::base::rejects::Rejects;
use crate::billing::replay::Replay;
use crate::billing::rollup::{RecentIds, RolledUpBy, Sum, UsageControl};
use crate::billing::timeline::{ChangeControl, Opening, Timeline};
use crate::book::{InputFile, LateUsage, OpeningRecord};
use crate::catalog::Catalog;
use crate::input::adjustments::AdjustmentControl;
use crate::input::logs::PassedOver;

/// All that is known before anything is written.
pub struct Prepared {
    /// What the month started from.
    pub opening: Opening,
    /// Where that came from.
    pub opening_record: OpeningRecord,
    /// Every file that went in.
    pub inputs: Vec<InputFile>,
    /// What of it is kept with the revision.
    pub kept_inputs: Vec<KeptFile>,
    /// Whether the list of events that was given, if one was, names none of the month.
    pub is_list_idle: bool,
    /// The accounts and their months.
    pub timeline: Timeline,
    /// Each segment's usage.
    pub sums: Vec<Sum>,
    /// What the accounts' months come to in all.
    pub replayed: Replayed,
    /// Rows that cannot be billed.
    pub exceptions: Vec<Exception>,
    /// Rows of earlier months that these were not billed from; they are exceptions, too.
    pub late_usage: Vec<LateUsage>,
    /// Rows that cannot be read.
    pub rejects: Rejects,
    /// The ids that are kept for the next month (L1).
    pub recent_ids: RecentIds,
    /// The folder with those that the month before keeps, where they are known.
    pub billed_before: Option<PathBuf>,
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

impl Prepared {
    /// What each account's month comes to, given the catalogue that it was prepared with.
    pub fn replay<'a>(&'a self, catalog: &'a Catalog) -> Replay<'a> {
        Replay { timeline: &self.timeline, sums: &self.sums, catalog }
    }
}

/// Reads and replays.
///
/// # Errors
/// [`crate::base::error::Kind::Input`], naming the fault; nothing has been written then.
pub fn prepare(request: &Request, stages: &mut Stages<'_>) -> Result<Prepared> {
    let reading = Reading::open(request)?;
    stages.end("open");
    let TimelineRead { mut timeline, control: changes, adjustments, rejects } =
        reading.timeline()?;
    stages.end("timeline");
    let (rollup, digested) = reading.roll_up(&timeline, stages.progress())?;
    timeline.accounts.drop_index();
    stages.end("rollup");

    let (sums, catalog) = (rollup.sums, &request.catalog.catalog);
    let replay = Replay { timeline: &timeline, sums: &sums, catalog };
    let mut replayed = Replayed::of(&replay, &timeline.accounts)?;
    let mut exceptions = std::mem::take(&mut timeline.exceptions).finish();
    exceptions.extend(rollup.exceptions);
    exceptions.append(&mut replayed.unbilled);
    let late_usage = late_usage::late_usage(request, &digested.inputs);
    exceptions.extend(late_usage.iter().map(late_usage::exception));
    exceptions.par_sort();
    let rejects = reading.all_rejects(rejects, rollup.rejects)?;
    stages.end("replay");
    Ok(Prepared {
        opening: reading.opened.opening,
        opening_record: reading.opened.record,
        inputs: digested.inputs,
        kept_inputs: digested.kept,
        is_list_idle: digested.is_list_idle,
        timeline,
        sums,
        replayed,
        exceptions,
        late_usage,
        rejects,
        recent_ids: rollup.recent_ids,
        billed_before: reading.opened.recent_ids,
        usage: rollup.control,
        changes,
        adjustments,
        times_of_change: reading.logs.times_of_change(),
        passed_over: reading.logs.passed_over,
        sharing_ids: rollup.sharing_ids,
        rolled_up_by: rollup.elsewhere,
        spilled: rollup.spilled,
        kept: rollup.spooled,
    })
}
