//! One thread's part of the pass: rows classified and added up.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use xxhash_rust::xxh3::xxh3_64;

use super::dedup::{Fingerprints, Suspects};
use super::{Boundaries, Span, Sum, UsageControl};
use crate::calendar::{Instant, Month};
use crate::exceptions::Tally;
use crate::logs::{Batch, CreditsColumn, IdColumn, InstantColumn, Table, Unplaced};

/// Positions of the usage log's columns in a batch (see [`Table::usage`]).
const ACCOUNT: usize = 0;
const AT: usize = 1;
const CREDITS: usize = 2;
const EVENT: usize = 3;

/// Rows that cannot be billed.
#[derive(Default)]
pub(super) struct SetAside {
    /// Of accounts that sign up later in the month (T4).
    pub before_signup: BTreeMap<String, Tally>,
    /// Of accounts that have not signed up by E (T4).
    pub unknown: BTreeMap<String, Tally>,
}

/// Rows that are left out by request, by account and reason.
#[derive(Default)]
pub(super) struct LeftOut {
    pub groups: BTreeMap<(String, usize), Tally>,
    /// By number of the event: whether it was found.
    pub found: Vec<bool>,
}

impl LeftOut {
    fn add(&mut self, row: &Row<'_>, number: usize) {
        if self.found.len() <= number {
            self.found.resize(number + 1, false);
        }
        self.found[number] = true;
        self.groups
            .entry((row.account.to_owned(), number))
            .and_modify(|tally| tally.add(row.at, row.event, row.credits))
            .or_insert_with(|| Tally::new(row.at, row.event, row.credits));
    }

    fn merge(&mut self, other: LeftOut) {
        self.found.resize(self.found.len().max(other.found.len()), false);
        other.found.iter().enumerate().for_each(|(at, found)| self.found[at] |= found);
        for (group, tally) in other.groups {
            match self.groups.get_mut(&group) {
                Some(mine) => mine.merge(tally),
                None => drop(self.groups.insert(group, tally)),
            }
        }
    }
}

impl SetAside {
    /// The groups of a kind.
    pub fn of(&mut self, kind: Aside) -> &mut BTreeMap<String, Tally> {
        match kind {
            Aside::BeforeSignup => &mut self.before_signup,
            Aside::UnknownAccount => &mut self.unknown,
        }
    }

    /// Adds a row to its group.
    pub fn add(&mut self, row: &Row<'_>, kind: Aside) {
        let groups = self.of(kind);
        match groups.get_mut(row.account) {
            Some(tally) => tally.add(row.at, row.event, row.credits),
            None => {
                let tally = Tally::new(row.at, row.event, row.credits);
                groups.insert(row.account.to_owned(), tally);
            }
        }
    }

    fn merge(&mut self, other: SetAside) {
        for (kind, groups) in
            [(Aside::BeforeSignup, other.before_signup), (Aside::UnknownAccount, other.unknown)]
        {
            for (account, tally) in groups {
                match self.of(kind).get_mut(&account) {
                    Some(mine) => mine.merge(tally),
                    None => drop(self.of(kind).insert(account, tally)),
                }
            }
        }
    }
}

/// Why a row is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    BeforeSignup,
    UnknownAccount,
}

/// A row of the run's concern, read.
pub(super) struct Row<'a> {
    pub span: Span,
    pub account: &'a str,
    /// Empty where the log has no event ids.
    pub event: &'a str,
    pub at: Instant,
    /// Micro-credits.
    pub credits: i128,
}

/// What one thread has found so far.
pub(super) struct Part {
    pub sums: Vec<Sum>,
    pub set_aside: SetAside,
    pub left_out: LeftOut,
    pub rejects: Vec<Unplaced>,
    pub control: UsageControl,
    pub before: Fingerprints,
    pub within: Fingerprints,
}

/// Where a row's usage goes.
pub(super) enum Target {
    /// To a segment.
    Segment(usize),
    /// To an exception.
    SetAside(Aside),
    /// Nowhere: it lies before S, and in no trial that matters.
    Nowhere,
}

/// Classifies a row of the account that `account` numbers, if it is known.
#[inline]
pub(super) fn target(row: &Row<'_>, account: Option<u32>, boundaries: &Boundaries<'_>) -> Target {
    let segment = account.and_then(|account| boundaries.locate(account, row.at));
    match (segment, row.span, account) {
        (Some(segment), _, _) => Target::Segment(segment),
        (None, Span::Within, Some(_)) => Target::SetAside(Aside::BeforeSignup),
        (None, Span::Within, None) => Target::SetAside(Aside::UnknownAccount),
        (None, _, _) => Target::Nowhere,
    }
}

/// The number of each row's account. In a loop of its own, so that the processor looks several
/// up at once: each waits for memory, and none for another.
fn account_numbers(batch: &Batch, boundaries: &Boundaries<'_>) -> Vec<Option<u32>> {
    let ids = batch.columns[ACCOUNT].as_string_view();
    let find = |row| boundaries.accounts.find(ids.value(row));
    (0..batch.len).map(|row| if ids.is_null(row) { None } else { find(row) }).collect()
}

/// Visits the rows of a batch: those of the run's span in full, whosever they are, the others by
/// instant only.
///
/// A row at fault is named by its column and the reason; the first fault counts.
pub(super) fn rows(
    batch: &Batch,
    table: &Table,
    boundaries: &Boundaries<'_>,
    mut visit: impl FnMut(usize, Found<'_>),
) {
    let instants = InstantColumn::of(&batch.columns[AT]);
    let credits = CreditsColumn::of(&batch.columns[CREDITS]);
    let accounts = IdColumn::of(&batch.columns[ACCOUNT]);
    let events = (table.columns.len() > EVENT).then(|| IdColumn::of(&batch.columns[EVENT]));
    let bounds = (boundaries.month.start(), boundaries.month.end());
    let (mut account_buffer, mut event_buffer) = ([0; 36], [0; 36]);
    for at_row in 0..batch.len {
        let at = match instants.get(at_row) {
            Ok(at) => at,
            Err(fault) => {
                let credits = credits.get(at_row).map_or(0, micros);
                visit(at_row, Found::Fault { column: AT, reason: &fault, credits });
                continue;
            }
        };
        let span = boundaries.span(at, bounds);
        let reading = credits.get(at_row);
        let micro = reading.map_or(0, micros);
        if span == Span::Outside {
            visit(at_row, Found::Outside { at, credits: micro });
            continue;
        }
        let account = match accounts.get(at_row, &mut account_buffer) {
            Ok(account) => account,
            Err(fault) => {
                visit(at_row, Found::Fault { column: ACCOUNT, reason: &fault, credits: micro });
                continue;
            }
        };
        let event = match events.as_ref().map(|ids| ids.get(at_row, &mut event_buffer)) {
            Some(Err(fault)) => {
                visit(at_row, Found::Fault { column: EVENT, reason: &fault, credits: micro });
                continue;
            }
            Some(Ok(event)) => event,
            None => "",
        };
        let moved = match reading {
            Ok(reading) => reading.moved,
            Err(fault) => {
                visit(at_row, Found::Fault { column: CREDITS, reason: &fault, credits: 0 });
                continue;
            }
        };
        let row = Row { span, account, event, at, credits: micro };
        if boundaries.selection.is_other(account) {
            visit(at_row, Found::Other(row));
            continue;
        }
        visit(
            at_row,
            match boundaries.selection.dropped(event) {
                Some(number) => Found::LeftOut { row, number, moved },
                None => Found::Row { row, moved },
            },
        );
    }
}

/// What a row turned out to be.
pub(super) enum Found<'a> {
    /// Of the run's concern.
    Row { row: Row<'a>, moved: Option<i128> },
    /// Left out by request, by the number of its entry.
    LeftOut { row: Row<'a>, number: usize, moved: Option<i128> },
    /// Of an account that is not billed.
    Other(Row<'a>),
    /// Of another month.
    Outside { at: Instant, credits: i128 },
    /// Not readable.
    Fault { column: usize, reason: &'a dyn std::fmt::Display, credits: i128 },
}

fn micros(reading: crate::credits::Reading) -> i128 {
    i128::from(reading.credits.micros())
}

impl Part {
    pub fn new(segments: usize) -> Self {
        Part {
            sums: vec![Sum::default(); segments],
            set_aside: SetAside::default(),
            left_out: LeftOut::default(),
            rejects: Vec::new(),
            control: UsageControl::default(),
            before: Fingerprints::default(),
            within: Fingerprints::default(),
        }
    }

    /// Adds a batch.
    pub fn add(&mut self, mut batch: Batch, table: &Table, boundaries: &Boundaries<'_>) {
        let faults = batch.take_faults();
        let before = self.rejects.len();
        self.rejects.extend(faults);
        let unreadable = (self.rejects.len() - before) as u64;
        self.control.rejected.rows += unreadable;
        self.control.read.rows += unreadable;
        self.control.of_concern += unreadable;
        let accounts = account_numbers(&batch, boundaries);
        rows(&batch, table, boundaries, |at, found| match found {
            Found::Row { row, moved } => self.add_row(&row, accounts[at], moved, boundaries),
            Found::LeftOut { row, number, moved } => self.leave_out(&row, number, moved),
            Found::Other(row) => {
                self.control.read.add(row.credits);
                self.control.other_accounts.add(row.credits);
            }
            Found::Outside { at, credits } => self.add_outside(at, credits),
            Found::Fault { column, reason, credits } => {
                self.control.read.add(credits);
                self.control.rejected.add(credits);
                self.control.of_concern += 1;
                self.rejects.push(batch.reject(table, column, at, reason.to_string()));
            }
        });
    }

    #[inline]
    fn add_row(
        &mut self,
        row: &Row<'_>,
        account: Option<u32>,
        moved: Option<i128>,
        boundaries: &Boundaries<'_>,
    ) {
        self.count_read(row, moved);
        let fingerprints = match row.span {
            Span::Before => &mut self.before,
            _ => &mut self.within,
        };
        if !row.event.is_empty() {
            fingerprints.push(xxh3_64(row.event.as_bytes()));
        }
        match target(row, account, boundaries) {
            Target::Segment(segment) => {
                self.sums[segment].add(row.credits);
                match row.span {
                    Span::Before => {
                        self.control.before_in_trial.add(row.credits);
                        self.outside(row.at).add(row.credits);
                    }
                    _ => self.control.used.add(row.credits),
                }
            }
            Target::SetAside(kind) => {
                self.control.excepted.add(row.credits);
                self.set_aside.add(row, kind);
            }
            Target::Nowhere => self.outside(row.at).add(row.credits),
        }
    }

    fn count_read(&mut self, row: &Row<'_>, moved: Option<i128>) {
        self.control.read.add(row.credits);
        self.control.of_concern += 1;
        if let Some(moved) = moved {
            self.control.rounded_rows += 1;
            self.control.rounding_moved += moved;
        }
    }

    fn leave_out(&mut self, row: &Row<'_>, number: usize, moved: Option<i128>) {
        self.count_read(row, moved);
        self.control.excepted.add(row.credits);
        self.left_out.add(row, number);
    }

    fn add_outside(&mut self, at: Instant, credits: i128) {
        self.control.read.add(credits);
        self.outside(at).add(credits);
    }

    fn outside(&mut self, at: Instant) -> &mut super::Count {
        &mut self.control.outside.entry(Month::of(at)).or_default().read
    }

    /// Takes in another thread's part.
    pub fn merge(&mut self, other: Part) {
        for (mine, theirs) in self.sums.iter_mut().zip(other.sums) {
            mine.merge(theirs);
        }
        self.set_aside.merge(other.set_aside);
        self.left_out.merge(other.left_out);
        self.rejects.extend(other.rejects);
        self.control.merge(other.control);
        self.before.merge(other.before);
        self.within.merge(other.within);
    }
}

/// Collects the rows of a batch whose fingerprints are suspect.
pub(super) fn suspects(
    batch: &Batch,
    table: &Table,
    boundaries: &Boundaries<'_>,
    suspects: &Suspects,
    found: &mut Vec<super::dedup::Suspect>,
) {
    rows(batch, table, boundaries, |at, row| {
        let row = match row {
            Found::Row { row, .. } => row,
            Found::Other(row) if boundaries.selection.dropped(row.event).is_none() => row,
            _ => return,
        };
        if suspects.contains(row.span, xxh3_64(row.event.as_bytes())) {
            found.push(super::dedup::Suspect {
                span: row.span,
                event: row.event.to_owned(),
                at: row.at,
                account: row.account.to_owned(),
                credits: row.credits,
                place: (batch.source, batch.rows.number(at)),
            });
        }
    });
}
