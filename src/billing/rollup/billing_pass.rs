//! One thread's part of the pass: rows classified and added up.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64;

use super::columnar::Usual;
use super::duplicate_candidates::Suspects;
use super::duplicates::{Lineup, Suspect, Verdict, damaged};
use super::exceptions::{SetAside, Why};
use super::id_pass::Ids;
use super::partitions::Budget;
use super::row_by_row::{self, EVENT, Found, Row, Target, target};
use super::spool::{Event, Kept, KeptRow, Shelf, UsualRow};
use super::sums::Sums;
use super::{Boundaries, Count, Span, UsageControl};
use crate::base::calendar::{Instant, Month};
use crate::base::error::Result;
use crate::input::logs::{Batch, IdColumn, RowFault, Table};

/// What all parts share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub table: &'a Table,
    pub boundaries: &'a Boundaries<'a>,
    /// Where rows of packed text are kept.
    pub shelf: &'a Shelf,
}

/// What one thread has found so far.
pub(super) struct Part<'a> {
    shared: Shared<'a>,
    usual: Usual,
    pub sums: Sums,
    pub set_aside: SetAside,
    pub rejects: Vec<RowFault>,
    pub control: UsageControl,
    /// Rows of suspect ids, decided on when all of them are known.
    pub lineup: Lineup<'a>,
    /// Rows that are taken in when it is known which ids are suspect.
    pub kept: Kept<'a>,
    /// Events of accounts that are not billed, which give way to another event.
    pub displaced: Vec<(String, String)>,
    /// Accounts whose events share an id with another account's.
    pub sharing_ids: BTreeSet<String>,
}

impl<'a> Part<'a> {
    pub fn new(shared: Shared<'a>, budget: &'a Budget) -> Self {
        Part {
            shared,
            usual: Usual::default(),
            sums: Sums::new(shared.boundaries.from.len()),
            set_aside: SetAside::default(),
            rejects: Vec::new(),
            control: UsageControl::default(),
            lineup: Lineup::new(budget),
            kept: Kept::new(shared.shelf),
            displaced: Vec::new(),
            sharing_ids: BTreeSet::new(),
        }
    }

    /// Adds a batch.
    pub fn add(&mut self, mut batch: Batch, suspects: &Suspects) -> Result<()> {
        self.take_faults(&mut batch);
        let mut usual = std::mem::take(&mut self.usual);
        usual.read(&batch, self.shared.table, self.shared.boundaries);
        usual.leave_out(&batch, suspects);
        let count = usual.add_to(&mut self.sums);
        self.control.read.merge(count);
        self.control.used.merge(count);
        self.control.of_concern += count.rows;
        let added = self
            .unusual(&batch, usual.others(), |part, row, place| part.take_in(row, place, suspects));
        self.usual = usual;
        added
    }

    /// Takes the ids of a batch, and keeps its rows for [`Part::add_kept`]. Where they cannot be
    /// kept, this part is of no use any more.
    pub fn keep(&mut self, mut batch: Batch, ids: &mut Ids<'_>) -> Result<()> {
        if self.shared.shelf.given_up() {
            return ids.add(&batch);
        }
        let ids = &mut ids.fingerprints;
        self.take_faults(&mut batch);
        let mut usual = std::mem::take(&mut self.usual);
        usual.read(&batch, self.shared.table, self.shared.boundaries);
        let events = IdColumn::of(&batch.columns[EVENT]);
        let mut buffer = [0; 36];
        usual.each(&batch, |at, row| {
            self.control.read.add(row.credits.into());
            self.control.of_concern += 1;
            self.kept.push_usual(&row, events.raw(at, &mut buffer).unwrap_or_default());
            ids.push(Span::Within, row.hash)
        })?;
        self.unusual(&batch, usual.others(), |part, row, place| {
            part.kept.push_odd(&suspect_of(row, place));
            match row.event {
                "" => Ok(()),
                event => ids.push(row.span, xxh3_64(event.as_bytes())),
            }
        })?;
        self.usual = usual;
        self.kept.write_if_full();
        Ok(())
    }

    /// Takes in a row that was kept, by this part or another.
    pub fn add_kept(&mut self, row: &KeptRow<'_>, suspects: &Suspects) -> Result<()> {
        match row {
            KeptRow::Odd(Suspect { span, account, event, at, credits, place }) => {
                let row = Row { span: *span, account, event, at: *at, credits: *credits };
                self.take_in(&row, *place, suspects)
            }
            KeptRow::Usual(row, event) if suspects.may_hold(Span::Within, row.hash) => {
                self.line_up_usual(row, event)
            }
            KeptRow::Usual(row, _) => {
                self.sums.add(row.segment as usize, row.credits.into());
                self.control.used.add(row.credits.into());
                Ok(())
            }
        }
    }

    fn line_up_usual(&mut self, row: &UsualRow, event: &Event<'_>) -> Result<()> {
        let boundaries = self.shared.boundaries;
        let account = boundaries.accounts.id(boundaries.account_of(row.segment));
        let at = Instant::from_micros(row.at).ok_or_else(damaged)?;
        let mut buffer = [0; 36];
        let (event, credits) = (event.text(&mut buffer), row.credits.into());
        let place = (0, 0); // where usual rows stand is not kept: of equal ones any may be dropped
        self.lineup.push(&Suspect { span: Span::Within, event, at, account, credits, place })
    }

    fn take_faults(&mut self, batch: &mut Batch) {
        let before = self.rejects.len();
        self.rejects.append(&mut batch.faults);
        let unreadable = (self.rejects.len() - before) as u64;
        self.control.rejected.rows += unreadable;
        self.control.read.rows += unreadable;
        self.control.of_concern += unreadable;
    }

    /// Goes through rows of a batch one by one. Those that may be billed, or may stand in the way
    /// of one that is, are handed out.
    fn unusual(
        &mut self,
        batch: &Batch,
        which: impl Iterator<Item = usize>,
        mut take: impl FnMut(&mut Self, &Row<'_>, (usize, u64)) -> Result<()>,
    ) -> Result<()> {
        let Shared { table, boundaries, .. } = self.shared;
        let mut taken = Ok(());
        row_by_row::rows(batch, table, boundaries, which, |at, found| match found {
            Found::Row { row, moved } => {
                self.count_read(&row, moved);
                if taken.is_ok() {
                    taken = take(self, &row, (batch.source, batch.rows.number(at)));
                }
            }
            Found::LeftOut { row, number, moved } => {
                self.count_read(&row, moved);
                self.set_aside(&row, Why::LeftOut(number));
            }
            Found::Other(row) => {
                self.control.read.add(row.credits);
                self.control.other_accounts.add(row.credits);
                let stays = boundaries.selection.dropped(row.event).is_none();
                if stays && taken.is_ok() {
                    taken = take(self, &row, (batch.source, batch.rows.number(at)));
                }
            }
            Found::Outside { at, credits } => {
                self.control.read.add(credits);
                self.outside(at).add(credits);
            }
            Found::Fault { column, reason, credits } => {
                self.control.read.add(credits);
                self.control.rejected.add(credits);
                self.control.of_concern += 1;
                self.rejects.push(batch.fault(table, column, at, reason.to_string()));
            }
        });
        taken
    }

    /// Takes in a row, or lines it up.
    fn take_in(&mut self, row: &Row<'_>, place: (usize, u64), suspects: &Suspects) -> Result<()> {
        let hash = || xxh3_64(row.event.as_bytes());
        if !row.event.is_empty() && suspects.may_hold(row.span, hash()) {
            return self.lineup.push(&suspect_of(row, place));
        }
        if !self.shared.boundaries.selection.is_other(row.account) {
            self.add_row(row);
        }
        Ok(())
    }

    /// Takes in a row that was lined up, given the row of its id that stands.
    pub fn settle(&mut self, suspect: &Suspect<'_>, verdict: Verdict, stands: &Suspect<'_>) {
        if suspect.account != stands.account {
            self.sharing_ids.extend([suspect.account, stands.account].map(str::to_owned));
        }
        let Suspect { span, event, at, account, credits, .. } = *suspect;
        let row = Row { span, account, event, at, credits };
        let other = self.shared.boundaries.selection.is_other(account);
        match verdict {
            Verdict::Conflicting if other => {
                self.displaced.push((account.to_owned(), event.to_owned()));
            }
            _ if other => {}
            Verdict::Stands => self.add_row(&row),
            Verdict::Duplicate => self.control.duplicates.add(credits),
            Verdict::Conflicting => self.set_aside(&row, Why::Conflicting(span)),
        }
    }

    fn add_row(&mut self, row: &Row<'_>) {
        let boundaries = self.shared.boundaries;
        match target(row, boundaries.accounts.find(row.account), boundaries) {
            Target::Segment(segment) => {
                self.sums.add(segment, row.credits);
                match row.span {
                    Span::Before => {
                        self.control.before_in_trial.add(row.credits);
                        self.outside(row.at).add(row.credits);
                    }
                    _ => self.control.used.add(row.credits),
                }
            }
            Target::SetAside(why) => self.set_aside(row, why),
            Target::Nowhere => self.outside(row.at).add(row.credits),
        }
    }

    fn set_aside(&mut self, row: &Row<'_>, why: Why) {
        self.control.excepted.add(row.credits);
        self.set_aside.add(row, why);
    }

    fn count_read(&mut self, row: &Row<'_>, moved: Option<i128>) {
        self.control.read.add(row.credits);
        self.control.of_concern += 1;
        if let Some(moved) = moved {
            self.control.rounded_rows += 1;
            self.control.rounding_moved += moved;
        }
    }

    fn outside(&mut self, at: Instant) -> &mut Count {
        &mut self.control.outside.entry(Month::of(at)).or_default().read
    }
}

fn suspect_of<'a>(row: &Row<'a>, place: (usize, u64)) -> Suspect<'a> {
    let Row { span, account, event, at, credits } = *row;
    Suspect { span, event, at, account, credits, place }
}
