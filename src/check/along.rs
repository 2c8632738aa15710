//! A table of one row an account, walked along with another table that is sorted by account, too: no more of it is held
//! than a batch.

use std::path::Path;

use super::rows::{TableBatch, batches};
use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::tables::Table;

/// Accounts' rows, as far as they are looked at.
pub(super) type RowsOf<T> = Vec<(String, T)>;

/// Each account's row, as far as it is looked at, in the order of the accounts.
pub(super) struct Along<T> {
    batches: Box<dyn Iterator<Item = Result<TableBatch>>>,
    read: fn(&TableBatch) -> Result<RowsOf<T>>,
    /// Those at hand, the next one last.
    held: RowsOf<T>,
}

impl<T> Along<T> {
    /// The rows of a table in a folder, given what of a batch is looked at.
    pub fn open(
        folder: &Path,
        (table, columns): (Table, &[&str]),
        scope: &Scope,
        read: fn(&TableBatch) -> Result<RowsOf<T>>,
    ) -> Result<Self> {
        let batches = Box::new(batches(folder, table, columns, scope)?);
        Ok(Along { batches, read, held: Vec::new() })
    }

    /// The row of an account, if it has one, given that none before it is asked for any more.
    pub fn of(&mut self, account: &str) -> Result<Option<&T>> {
        loop {
            match self.held.last() {
                Some((own, _)) if own.as_str() < account => drop(self.held.pop()),
                Some(_) => break,
                None => {
                    let Some(batch) = self.batches.next() else { return Ok(None) };
                    self.held = (self.read)(&batch?)?;
                    self.held.reverse();
                }
            }
        }
        let next = self.held.last().filter(|(own, _)| own == account);
        Ok(next.map(|(_, row)| row))
    }
}
