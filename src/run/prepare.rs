//! Inputs read, usage rolled up, every account replayed; or what an engine is to roll up of them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;

use super::facts::MonthFacts;
use super::other_months;
use super::reading::{Reading, TimelineRead, basis};
use super::request::Request;
use super::stages::Stages;
use crate::base::accounts::Accounts;
use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::base::error::Result;
use crate::base::exceptions::{Exception, ExceptionKind};
use crate::base::money::Amounts;
use crate::base::rejects::Rejects;
use crate::billing::replay::{AccountReplay, AccountReplays, Replay};
use crate::billing::rollup::elsewhere::{RollupRequest, write_request};
use crate::billing::rollup::{RecentIds, Sum, UsageControl};
use crate::billing::timeline::{Opening, Timeline};
use crate::catalog::Catalog;

/// All that is known before anything is written.
pub struct Prepared {
    /// What is known of the month besides its accounts.
    pub facts: MonthFacts,
    /// Its accounts' months: all, or those of the part that is billed.
    pub months: AccountMonths,
    /// Where a part is billed by a rollup made elsewhere: what became of every row for all accounts.
    pub(super) whole_usage: Option<UsageControl>,
    /// What a part is billed from, digested.
    pub(super) basis: String,
}

/// Accounts' months, in memory.
pub struct AccountMonths {
    /// What the month started from.
    pub opening: Opening,
    /// The accounts and their months.
    pub timeline: Timeline,
    /// Each segment's usage.
    pub sums: Vec<Sum>,
    /// What the accounts' months come to in all.
    pub replayed: Replayed,
    /// Rows that cannot be billed.
    pub exceptions: Vec<Exception>,
    /// Rows that cannot be read.
    pub rejects: Rejects,
    /// The ids that are kept for the next month (L1).
    pub recent_ids: RecentIds,
    /// The folder with those that the month before keeps, where they are known.
    pub billed_before: Option<PathBuf>,
}

impl AccountMonths {
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
    let basis = request.scope.part().map(|_| basis(&reading.logs, &reading.opened.record));
    let basis = basis.transpose()?.unwrap_or_default();
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
    // Of a month in parts it is told when they are put together.
    let late_usage = match request.scope.part() {
        Some(_) => Vec::new(),
        None => other_months::late_usage(request, &digested.inputs),
    };
    exceptions.extend(late_usage.iter().map(other_months::late_exception));
    exceptions.par_sort();
    let rejects = reading.all_rejects(rejects, rollup.rejects)?;
    stages.end("replay");
    let facts = MonthFacts {
        opening_record: reading.opened.record,
        inputs: digested.inputs,
        kept_inputs: digested.kept,
        is_list_idle: digested.is_list_idle,
        late_usage,
        rejects: rejects.rows(),
        usage: rollup.control,
        changes,
        adjustments,
        times_of_change: reading.logs.times_of_change(),
        passed_over: reading.logs.passed_over,
        sharing_ids: rollup.sharing_ids,
        rolled_up_by: rollup.elsewhere,
        spilled: rollup.spilled,
        kept: rollup.spooled,
    };
    let months = AccountMonths {
        opening: reading.opened.opening,
        timeline,
        sums,
        replayed,
        exceptions,
        rejects,
        recent_ids: rollup.recent_ids,
        billed_before: reading.opened.recent_ids,
    };
    Ok(Prepared { facts, months, whole_usage: rollup.whole_control, basis })
}

/// What is kept of all accounts' months.
#[derive(Debug, Default)]
pub struct Replayed {
    /// The accounts with at least one line, in order.
    pub with_lines: Vec<u32>,
    /// What their documents come to.
    pub amounts: Amounts,
    /// Usage over the cap that is charged nothing: one group for each account and reason (O5).
    pub unbilled: Vec<Exception>,
}

/// Accounts that are replayed in one go.
const AT_ONCE: u32 = 4096;

impl Replayed {
    /// Replays all accounts.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Input`]: an account's credits or amounts exceed DECIMAL(18).
    pub fn of(replays: &dyn AccountReplays, accounts: &Accounts) -> Result<Self> {
        let end = replays.count();
        let parts = (0..end.div_ceil(AT_ONCE)).into_par_iter().map(|part| {
            let from = part * AT_ONCE;
            let mut replayed = Replayed::default();
            for place in from..end.min(from + AT_ONCE) {
                replayed.add(&replays.at(place)?, accounts);
            }
            Ok(replayed)
        });
        let mut whole = Replayed::default();
        for part in parts.collect::<Result<Vec<_>>>()? {
            whole.with_lines.extend(part.with_lines);
            whole.unbilled.extend(part.unbilled);
            whole.amounts += part.amounts;
        }
        Ok(whole)
    }

    fn add(&mut self, outcome: &AccountReplay, accounts: &Accounts) {
        if outcome.lines().next().is_some() {
            self.with_lines.push(outcome.account);
            self.amounts += Amounts {
                subscription: outcome.subscription_amount.minor().into(),
                grants: outcome.grants_amount.minor().into(),
                adjustments: outcome.adjustments_amount.minor().into(),
                overage: outcome.overage_amount.minor().into(),
                total: outcome.total_amount.minor().into(),
            };
        }
        self.unbilled.extend(outcome.over_cap.reasons().map(|(reason, credits)| Exception {
            account: accounts.id(outcome.account).into(),
            kind: ExceptionKind::UnbilledUsage,
            detail: reason.name().to_owned(),
            rows: None,
            credits: Some(credits.micros().into()),
            first_at: None,
            last_at: None,
            sample_id: String::new(),
        }));
    }
}

/// Reads the opening state and the changes of a month, and writes what an engine is to roll up for it into a folder, or
/// below an address.
///
/// # Errors
/// An input cannot be read, or the usage log is none that engines read as this program does; or the request cannot be
/// written.
pub fn request_rollup(request: &Request, to: &Path) -> Result<Answer> {
    let reading = Reading::open(request)?;
    let timeline = reading.timeline()?.timeline;
    let boundaries = reading.boundaries(&timeline);
    write_request(&reading.usage(&boundaries, &|_| {}), to)?;
    let usage = &reading.logs.usage;
    let (month, path) = (request.month, to.join(RollupRequest::FILE).display().to_string());
    let (files, rows) = (usage.len() as u64, usage.iter().filter_map(|source| source.rows()).sum());
    let (accounts, segments) = (timeline.accounts.len() as u64, timeline.segments.len() as u64);
    let text = format!(
        "requested for {month}: {} with {}, {} in {}\n  {path}\n",
        counted(files, "file"),
        counted(rows, "row"),
        counted(accounts, "account"),
        counted(segments, "segment"),
    );
    let (status, exit_code, request) = ("requested", 0, &path);
    let result =
        RequestResult { status, exit_code, month, request, files, rows, accounts, segments };
    Ok(Answer::new(text, &result, exit_code))
}

/// What was written for an engine, for machines.
#[derive(Serialize)]
struct RequestResult<'a> {
    status: &'static str,
    exit_code: u8,
    month: Month,
    request: &'a str,
    files: u64,
    rows: u64,
    accounts: u64,
    segments: u64,
}
