//! A rollup made elsewhere, proved and taken in as if it had been made here.

use std::collections::BTreeSet;
use std::path::Path;

use super::control::{Control, Tally, credits_of, row_check, tally};
use super::finished::{Finished, disagrees};
use super::proof::{self, Found};
use super::request::RollupRequest;
use super::tables::{self, Row};
use super::usage_control::{self, Own};
use super::{own_boundaries, rejects};
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::exceptions::{ExceptionKind, Tally as GroupTally};
use crate::base::ids::AccountId;
use crate::base::number::number;
use crate::base::part::{BUCKETS, Part, bucket};
use crate::base::rejects::Rejects;
use crate::billing::rollup::boundaries::Span;
use crate::billing::rollup::control::{Count, Sum};
use crate::billing::rollup::findings::{ExceptionCause, UsageExceptions};
use crate::billing::rollup::passes::{RolledUpBy, Rollup, SHARING_NAMED, UsageInput};
use crate::billing::rollup::recent_ids::{KeptIds, RecentIds};
use crate::billing::rollup::spill::{Budget, CompactId};

/// Takes in the rollup of the month that lies in a folder, or below an address.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: it is not finished, of another job, or cannot be read;
/// [`crate::base::error::Kind::Conservation`]: it does not add up.
pub fn take_in(input: &UsageInput<'_>, folder: &Path) -> Result<Rollup> {
    let rollup = Finished::read(folder)?;
    let mut request = RollupRequest::of(input, None)?;
    let part = input.boundaries.selection.scope.part();
    if let Some(part) = part {
        // Of all other accounts nothing is known here but what was requested.
        request.boundaries = own_boundaries::check(input.boundaries, part, folder)?;
    }
    request.check_is_same(&rollup.request, &folder.join(RollupRequest::FILE))?;
    let control = Control::read(&rollup, input.sources.len())?;
    let mut taking = Taking {
        input,
        request: &request,
        part,
        found: Found { buckets: vec![Tally::default(); BUCKETS], ..Found::default() },
        sums: vec![Sum::default(); input.boundaries.segments()],
        own: Own::default(),
        exceptions: UsageExceptions::default(),
        excepted: Count::default(),
    };
    tables::each_row(&rollup, &tables::SUMS, |row| taking.sum(row))?;
    tables::each_row(&rollup, &tables::EXCEPTIONS, |row| taking.exception(row))?;
    let budget = Budget::new(input.memory, input.spill);
    let recent_ids = taking.recent_ids(&rollup, &control, budget)?;
    let (month, genesis) = (input.boundaries.billed_month(), input.boundaries.reads_before);
    proof::check(input.sources, month, genesis, &control, &taking.found)?;
    let drops = input.boundaries.selection.drops;
    let whole = usage_control::of_all(&control, month, taking.excepted);
    let rejects = match input.boundaries.selection.scope.is_of_files() {
        true => rejects::read(input, &rollup, &control)?,
        false => Rejects::default(),
    };
    let own = part.map(|part| usage_control::of_part(&control, part, &taking.own));
    Ok(Rollup {
        sums: taking.sums,
        drops_found: taking.exceptions.found(drops),
        exceptions: taking.exceptions.finish(drops),
        sharing_ids: sharing(&rollup)?,
        rejects,
        recent_ids,
        whole_control: own.is_some().then(|| whole.clone()),
        control: own.unwrap_or(whole),
        rows_by_month: usage_control::rows_by_month(&control),
        spilled: 0,
        spooled: 0,
        elsewhere: Some(RolledUpBy {
            engine: rollup.written.engine,
            version: rollup.written.engine_version,
            request_sha256: rollup.written.request,
        }),
    })
}

/// What is being taken in.
struct Taking<'a> {
    input: &'a UsageInput<'a>,
    request: &'a RollupRequest,
    /// The part of the accounts that is billed, where it is not all.
    part: Option<Part>,
    /// All that is in the tables.
    found: Found,
    sums: Vec<Sum>,
    /// What becomes of the rows of the accounts that are billed.
    own: Own,
    exceptions: UsageExceptions,
    excepted: Count,
}

impl Taking<'_> {
    /// Whether an account is billed now. Of others it is not known what they are, only how much they have.
    fn is_own(&self, account: &str) -> bool {
        self.part.is_none_or(|part| part.includes(account))
    }

    /// Takes in a segment's usage.
    fn sum(&mut self, row: &Row<'_>) -> Result<()> {
        const ACCOUNT: usize = 0;
        const SEGMENT: usize = 1;
        const EVENTS: usize = 2;
        let boundaries = self.input.boundaries;
        let account = row.must(row.text(ACCOUNT), ACCOUNT)?;
        let tally = tally(row, [EVENTS, 3, 4])?;
        if tally.rows < 1 {
            return Err(row.wrong(EVENTS, "an event or more"));
        }
        self.found.sums += tally;
        self.found.buckets[bucket(account)] += tally;
        if !self.is_own(account) {
            return Ok(());
        }
        let known = boundaries.accounts.find(account);
        let known = known.ok_or_else(|| row.wrong(ACCOUNT, "an account of the boundaries"))?;
        let segment = row.integer(SEGMENT).and_then(|segment| usize::try_from(segment).ok());
        let segment = segment.and_then(|segment| boundaries.segment_of(known, segment));
        let segment = segment.ok_or_else(|| row.wrong(SEGMENT, "a segment of the account"))?;
        if self.sums[segment].rows > 0 {
            return Err(row.wrong(SEGMENT, "each segment once").with_value(account));
        }
        self.sums[segment] = tally.count();
        match boundaries.is_before(segment) {
            true => self.own.in_trial.merge(tally.count()),
            false => self.own.used.merge(tally.count()),
        }
        Ok(())
    }

    /// Takes in a group of rows that are set aside.
    fn exception(&mut self, row: &Row<'_>) -> Result<()> {
        const ACCOUNT: usize = 1;
        const BEFORE: usize = 2;
        const ROWS: usize = 4;
        const FIRST: usize = 6;
        const LAST: usize = 7;
        const SAMPLE: usize = 8;
        let id = |at: usize, least: usize| {
            row.must(row.text(at).filter(|id| (least..=256).contains(&id.len())), at)
        };
        let account = id(ACCOUNT, 1)?;
        let sample = id(SAMPLE, usize::from(self.request.event_ids))?;
        let is_before = row.must(row.flag(BEFORE), BEFORE)?;
        let is_own = self.is_own(account);
        let cause = is_own.then(|| self.cause(row, account, is_before)).transpose()?;
        let tally = tally(row, [ROWS, 5, 9])?;
        let rows = row.must(u64::try_from(tally.rows).ok().filter(|rows| *rows > 0), ROWS)?;
        let first = row.must(row.instant(FIRST), FIRST)?;
        let last = row.must(row.instant(LAST).filter(|last| *last >= first), LAST)?;
        let span = if is_before { Span::Before } else { Span::Within };
        if [first, last].iter().any(|at| self.input.boundaries.span(*at) != span) {
            return Err(row.wrong(FIRST, "instants of the rows' span"));
        }
        self.found.buckets[bucket(account)] += tally;
        if is_before {
            self.found.excepted_before += tally;
        }
        self.excepted.merge(tally.count());
        if let Some(cause) = cause {
            self.own.excepted.merge(tally.count());
            let group = GroupTally::of(rows, tally.credits, (first, sample), last);
            self.exceptions.add_group(account, cause, group);
        }
        Ok(())
    }

    /// Why a group is set aside.
    fn cause(&self, row: &Row<'_>, account: &str, is_before: bool) -> Result<ExceptionCause> {
        const KIND: usize = 0;
        const ENTRY: usize = 3;
        let kind = row.must(row.text(KIND), KIND)?;
        let is_known = self.input.boundaries.accounts.find(account).is_some();
        let is_of_ids = self.request.event_ids;
        let entries = self.input.boundaries.selection.drops.len();
        let entry = row.integer(ENTRY).map(|_| row.place(ENTRY, entries));
        let span = if is_before { Span::Before } else { Span::Within };
        let cause = match (ExceptionKind::parse(kind), entry.transpose()?) {
            (Some(ExceptionKind::BeforeSignup), None) if is_known && !is_before => {
                ExceptionCause::BeforeSignup
            }
            (Some(ExceptionKind::UnknownAccount), None) if !is_known && !is_before => {
                ExceptionCause::UnknownAccount
            }
            (Some(ExceptionKind::BilledBefore), None) if is_of_ids && !is_before => {
                ExceptionCause::BilledBefore
            }
            (Some(ExceptionKind::ConflictingDuplicate), None) if is_of_ids => {
                ExceptionCause::Conflicting(span)
            }
            (Some(ExceptionKind::DroppedUsage), Some(entry)) => ExceptionCause::Dropped(entry),
            _ => return Err(row.wrong(KIND, "a kind that the account can have").with_value(kind)),
        };
        Ok(cause)
    }

    /// Takes in the ids that are kept.
    fn recent_ids(
        &mut self,
        rollup: &Finished,
        control: &Control,
        budget: Budget,
    ) -> Result<RecentIds> {
        const ACCOUNT: usize = 0;
        const AT: usize = 1;
        const EVENT: usize = 2;
        const CREDITS: usize = 3;
        let (boundaries, keep_from) = (self.input.boundaries, self.request.keep_from());
        let month = boundaries.billed_month();
        let mut kept = KeptIds::new(boundaries.segments(), &budget);
        let mut last = None;
        tables::each_row(rollup, &tables::RECENT, |row| {
            let account = row.must(row.text(ACCOUNT), ACCOUNT)?;
            let is_kept = |at: &_| (keep_from..month.end()).contains(at);
            let at = row.must(row.instant(AT).filter(is_kept), AT)?;
            let event = row.text(EVENT).filter(|id| (1..=256).contains(&id.len()));
            let event = row.must(event, EVENT)?;
            let credits = Credits::from_micros(credits_of(row, CREDITS)?).ok();
            let credits = row.must(credits, CREDITS)?;
            self.found.recent += Tally {
                rows: 1,
                credits: credits.micros().into(),
                check: row_check(event, account, at, credits),
            };
            last = last.max(Some(at));
            if !self.is_own(account) {
                return Ok(());
            }
            let known = boundaries.accounts.find(account);
            let segment = known.and_then(|known| boundaries.locate(known, at));
            let segment = row.must(segment, ACCOUNT)?;
            kept.push(number(segment), at.micros(), CompactId::of(event))
        })?;
        let is_last = match last {
            Some(_) => control.last_used == last,
            None => control.last_used.is_none_or(|last| last < month.end()),
        };
        if !is_last || control.last_used.is_some() != (control.used.rows > 0) {
            return Err(
                disagrees("the last row used is not the last one kept").in_file(&rollup.folder)
            );
        }
        let pieces = KeptIds::pieces(vec![kept.store], &budget)?;
        Ok(RecentIds::of(pieces, budget))
    }
}

/// Accounts that share ids, where they can be named.
fn sharing(rollup: &Finished) -> Result<Option<BTreeSet<AccountId>>> {
    let mut accounts = BTreeSet::new();
    tables::each_row(rollup, &tables::SHARING, |row| {
        accounts.insert(AccountId::from(row.must(row.text(0), 0)?));
        Ok(())
    })?;
    Ok(Some(accounts).filter(|accounts| accounts.len() <= SHARING_NAMED))
}
