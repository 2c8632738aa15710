//! The finished tables side by side, some accounts at a time.
//!
//! All of them are sorted by account. So a window, which has the rows of all accounts before a
//! bound, can be checked by itself, and cut into smaller ones that are checked side by side.

use std::path::Path;

use rayon::prelude::*;

use super::rows::{
    self, Charge, ClosingState, Document, Exception, Expired, Line, OpenGrant, Statement,
    TableBatch, batches,
};
use crate::base::accounts::partition_point;
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::tables::{Table, column};

/// The tables, statements first, and the columns of them that are read.
const TABLES: [(Table, &[&str]); 8] = [
    (Statement::TABLE, Statement::COLUMNS),
    (ClosingState::TABLE, ClosingState::COLUMNS),
    (Document::TABLE, Document::COLUMNS),
    (Line::TABLE, Line::COLUMNS),
    (Charge::TABLE, Charge::COLUMNS),
    (Expired::TABLE, Expired::COLUMNS),
    (OpenGrant::TABLE, OpenGrant::COLUMNS),
    (Exception::TABLE, Exception::COLUMNS),
];

/// The place of documents among them.
pub(super) const DOCUMENTS: usize = 2;

/// Statements of a window, more or less.
const WINDOW: usize = 32_768;

/// Rows of one account after the other, in batches.
type Batches = Vec<TableBatch>;

/// The rows of some accounts.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Their rows in each of [`TABLES`].
    pub tables: [Batches; TABLES.len()],
    /// The first account that it has no more; none where it has all that there are.
    pub until: Option<String>,
}

impl Window {
    /// Cuts the window into parts of about `rows` statements.
    pub fn cut(self, rows: usize) -> Result<Vec<Window>> {
        let bounds = self.bounds(rows)?;
        let mut parts = Vec::with_capacity(bounds.len() + 1);
        let mut rest = self;
        for bound in bounds {
            let (before, others) = rest.split(bound)?;
            parts.push(before);
            rest = others;
        }
        parts.push(rest);
        Ok(parts)
    }

    /// The rows of the accounts before a bound, and the others.
    fn split(self, bound: String) -> Result<(Window, Window)> {
        let (mut before, mut rest) = (Window::default(), Window::default());
        for (table, batches) in self.tables.iter().enumerate() {
            (before.tables[table], rest.tables[table]) = split(batches, &bound)?;
        }
        (before.until, rest.until) = (Some(bound), self.until);
        Ok((before, rest))
    }

    /// Accounts at which to cut.
    fn bounds(&self, rows: usize) -> Result<Vec<String>> {
        let mut bounds = Vec::new();
        let mut since = 0;
        for batch in &self.tables[0] {
            let account = accounts(batch)?;
            for row in 0..batch.len() {
                if since == rows {
                    bounds.push(account(row).to_owned());
                    since = 0;
                }
                since += 1;
            }
        }
        // They rise, unless the table is not what it should be.
        bounds.sort_unstable();
        bounds.dedup();
        Ok(bounds)
    }
}

/// The rows of accounts before a bound, and the others.
fn split(batches: &[TableBatch], bound: &str) -> Result<(Batches, Batches)> {
    let (mut before, mut rest) = (Vec::new(), Vec::new());
    for batch in batches {
        let cut = if rest.is_empty() { rows_before(batch, bound)? } else { 0 };
        let (own, others) = batch.split_at(cut);
        before.extend(Some(own).filter(|own| !own.is_empty()));
        rest.extend(Some(others).filter(|others| !others.is_empty()));
    }
    Ok((before, rest))
}

fn rows_before(batch: &TableBatch, bound: &str) -> Result<usize> {
    let account = accounts(batch)?;
    Ok(partition_point(0..batch.len(), |row| account(row) < bound))
}

/// The accounts of a batch's rows; all tables of a window have that column.
fn accounts<'a>(batch: &'a TableBatch) -> Result<impl Fn(usize) -> &'a str + use<'a>> {
    rows::of(batch, |batch| batch.column(column::statements::account_id))
}

/// All tables of a revision, window by window.
pub(super) struct Windows {
    tables: Vec<Stream>,
    ended: bool,
}

impl Windows {
    /// The tables that a revision has, or their rows of some accounts.
    pub fn open(folder: &Path, scope: &Scope, has: impl Fn(Table) -> bool) -> Result<Self> {
        let open = |(table, columns): &(Table, &[&str])| {
            let (held, ended) = (Vec::new(), false);
            Ok(match has(*table) {
                true => {
                    let batches = Box::new(batches(folder, *table, columns, scope)?);
                    Stream { batches, held, ended }
                }
                false => Stream { batches: Box::new(std::iter::empty()), held, ended: true },
            })
        };
        Ok(Windows { tables: TABLES.iter().map(open).collect::<Result<_>>()?, ended: false })
    }

    /// The next window; none after the last. The last one has all that is left of every table.
    pub fn next(&mut self) -> Result<Option<Window>> {
        if self.ended {
            return Ok(None);
        }
        let until = self.tables[0].fill(WINDOW)?;
        self.ended = until.is_none();
        let mut window = Window { until, ..Window::default() };
        let Window { tables, until } = &mut window;
        self.tables.par_iter_mut().zip(tables).try_for_each(|(table, batches)| {
            *batches = table.take(until.as_deref())?;
            Ok(())
        })?;
        Ok(Some(window))
    }
}

/// A table that is read on.
struct Stream {
    batches: Box<dyn Iterator<Item = Result<TableBatch>> + Send>,
    /// Rows that were read, and belong to a later window.
    held: Batches,
    ended: bool,
}

impl Stream {
    fn read(&mut self) -> Result<()> {
        match self.batches.next().transpose()? {
            Some(batch) if batch.is_empty() => {}
            Some(batch) => self.held.push(batch),
            None => self.ended = true,
        }
        Ok(())
    }

    fn last(&self) -> Result<Option<&str>> {
        match self.held.last() {
            Some(batch) => Ok(Some(accounts(batch)?(batch.len() - 1))),
            None => Ok(None),
        }
    }

    /// Reads so many rows and more, and gives the last of their accounts, of which there may be
    /// more; none at the table's end.
    fn fill(&mut self, rows: usize) -> Result<Option<String>> {
        loop {
            self.read()?;
            if self.ended {
                return Ok(None);
            }
            if self.held.iter().map(TableBatch::len).sum::<usize>() >= rows {
                return Ok(self.last()?.map(str::to_owned));
            }
        }
    }

    /// Takes the rows of all accounts before a bound, or all rows.
    fn take(&mut self, bound: Option<&str>) -> Result<Batches> {
        let is_before =
            |last: Option<&str>| bound.zip(last).is_none_or(|(bound, last)| last < bound);
        while !self.ended && is_before(self.last()?) {
            self.read()?;
        }
        let held = std::mem::take(&mut self.held);
        let Some(bound) = bound else {
            return Ok(held);
        };
        let (before, rest) = split(&held, bound)?;
        self.held = rest;
        Ok(before)
    }
}
