//! One thread's part of the pass: rows classified and added up.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64;

use super::aside::{SetAside, Why};
use super::dedup::{Lineup, Suspect, Verdict};
use super::fingerprints::Suspects;
use super::fold::{self, Found, Row, Target, target};
use super::store::Budget;
use super::sums::Sums;
use super::usual::Usual;
use super::{Boundaries, Count, Span, UsageControl};
use crate::calendar::{Instant, Month};
use crate::error::Result;
use crate::logs::{Batch, Table, Unplaced};

/// What all parts share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub table: &'a Table,
    pub boundaries: &'a Boundaries<'a>,
    /// Rows of suspect ids are lined up, and decided on when all of them are known.
    pub suspects: &'a Suspects,
}

/// What one thread has found so far.
pub(super) struct Part<'a> {
    shared: Shared<'a>,
    usual: Usual,
    pub sums: Sums,
    pub set_aside: SetAside,
    pub rejects: Vec<Unplaced>,
    pub control: UsageControl,
    pub lineup: Lineup<'a>,
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
            displaced: Vec::new(),
            sharing_ids: BTreeSet::new(),
        }
    }

    /// Adds a batch.
    pub fn add(&mut self, mut batch: Batch) -> Result<()> {
        let faults = batch.take_faults();
        let before = self.rejects.len();
        self.rejects.extend(faults);
        let unreadable = (self.rejects.len() - before) as u64;
        self.control.rejected.rows += unreadable;
        self.control.read.rows += unreadable;
        self.control.of_concern += unreadable;

        let mut usual = std::mem::take(&mut self.usual);
        usual.read(&batch, &self.shared);
        let count = usual.add_to(&mut self.sums);
        self.control.read.merge(count);
        self.control.used.merge(count);
        self.control.of_concern += count.rows;
        let added = self.add_unusual(&batch, usual.others());
        self.usual = usual;
        added
    }

    fn add_unusual(&mut self, batch: &Batch, which: impl Iterator<Item = usize>) -> Result<()> {
        let Shared { table, boundaries, .. } = self.shared;
        let mut added = Ok(());
        fold::rows(batch, table, boundaries, which, |at, found| match found {
            Found::Row { row, moved } => {
                self.count_read(&row, moved);
                if !self.is_suspect(&row) {
                    self.add_row(&row);
                } else if added.is_ok() {
                    added = self.line_up(&row, (batch.source, batch.rows.number(at)));
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
                if stays && self.is_suspect(&row) && added.is_ok() {
                    added = self.line_up(&row, (batch.source, batch.rows.number(at)));
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
                self.rejects.push(batch.reject(table, column, at, reason.to_string()));
            }
        });
        added
    }

    fn is_suspect(&self, row: &Row<'_>) -> bool {
        let fingerprint = || xxh3_64(row.event.as_bytes());
        !row.event.is_empty() && self.shared.suspects.may_hold(row.span, fingerprint())
    }

    fn line_up(&mut self, row: &Row<'_>, place: (usize, u64)) -> Result<()> {
        let Row { span, account, event, at, credits } = *row;
        self.lineup.push(&Suspect { span, event, at, account, credits, place })
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
