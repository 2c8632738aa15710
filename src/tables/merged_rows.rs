//! The rows of a table that lies in parts, each with whole accounts, in the order of all accounts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrow_select::interleave::interleave_record_batch;

use super::batch_builder::BATCH_ROWS;
use super::definitions::Table;
use super::read::{part, path_of};
use super::selection::{ACCOUNT, RowSelection};
use crate::base::error::{Code, Error, Result};

/// The rows of parts, merged by account.
pub(super) struct MergedRows {
    parts: Vec<PartRows>,
    /// The account of each part's next row, the least first.
    heads: BinaryHeap<Reverse<(String, usize)>>,
    /// The account whose rows came last.
    last: Option<String>,
}

/// The rows of a part that are left.
struct PartRows {
    file: PathBuf,
    batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
    /// The batch of the next row; none at the end.
    batch: Option<RecordBatch>,
    row: usize,
}

impl MergedRows {
    /// The columns `names`, which have the account's, of a table in each of these folders.
    pub fn of(folders: &[PathBuf], table: Table, names: &[&str]) -> Result<Self> {
        let mut merged = MergedRows { parts: Vec::new(), heads: BinaryHeap::new(), last: None };
        for folder in folders {
            let batches = part(folder, table, names, &|_| RowSelection::default())?;
            let (file, batches) = (path_of(folder, table), Box::new(batches));
            merged.parts.push(PartRows { file, batches, batch: None, row: 0 });
            merged.line_up(merged.parts.len() - 1)?;
        }
        Ok(merged)
    }

    /// Puts a part among those that have rows, if it has.
    fn line_up(&mut self, number: usize) -> Result<()> {
        let part = &mut self.parts[number];
        if part.fill()? {
            let account = part.account().unwrap_or_default().to_owned();
            self.heads.push(Reverse((account, number)));
        }
        Ok(())
    }

    /// The next rows, as a batch of this schema; `None` at the end. An account's rows stay together.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a part is damaged, or its rows are not by account; an account is in two of
    /// them.
    pub fn next_batch(&mut self, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
        let (mut batches, mut rows) = (Batches::default(), Vec::new());
        while rows.len() < BATCH_ROWS {
            let Some(Reverse((account, number))) = self.heads.pop() else { break };
            if self.last.as_ref().is_some_and(|last| *last >= account) {
                return Err(out_of_order(&self.parts[number].file, &account));
            }
            let part = &mut self.parts[number];
            while part.fill()? && part.account() == Some(&account) {
                rows.push((batches.place_of(number, part), part.row));
                part.row += 1;
            }
            self.last = Some(account);
            self.line_up(number)?;
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let of: Vec<&RecordBatch> = batches.all.iter().collect();
        let batch = interleave_record_batch(&of, &rows);
        let batch =
            batch.and_then(|batch| RecordBatch::try_new(schema.clone(), batch.columns().to_vec()));
        batch.map(Some).map_err(|e| {
            Error::new(Code::IMPOSSIBLE, "parts of a table cannot be put together").caused_by(e)
        })
    }
}

/// The batches that rows are taken from.
#[derive(Default)]
struct Batches {
    all: Vec<RecordBatch>,
    /// The last place of each part's batches, by the part's number.
    places: Vec<Option<usize>>,
}

impl Batches {
    /// The place of a part's batch.
    fn place_of(&mut self, number: usize, part: &PartRows) -> usize {
        if self.places.len() <= number {
            self.places.resize(number + 1, None);
        }
        // A batch that is new begins with its first row.
        match self.places[number].filter(|_| part.row > 0) {
            Some(place) => place,
            None => {
                self.all.extend(part.batch.clone());
                self.places[number] = Some(self.all.len() - 1);
                self.all.len() - 1
            }
        }
    }
}

impl PartRows {
    /// Makes sure that the next row is at hand; gives whether there is one.
    fn fill(&mut self) -> Result<bool> {
        while self.batch.as_ref().is_none_or(|batch| self.row == batch.num_rows()) {
            self.batch = self.batches.next().transpose()?;
            self.row = 0;
            if self.batch.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The account of the next row.
    fn account(&self) -> Option<&str> {
        let accounts = accounts(self.batch.as_ref()?)?;
        Some(accounts.value(self.row))
    }
}

/// The accounts of a batch's rows.
pub(super) fn accounts(batch: &RecordBatch) -> Option<&StringArray> {
    batch.column_by_name(ACCOUNT)?.as_string_opt::<i32>()
}

/// That rows are not in the order of accounts.
pub(super) fn out_of_order(file: &Path, account: &str) -> Error {
    Error::new(
        Code::PARTS_DISAGREE,
        "its accounts are not in order, or another part has one of them, too",
    )
    .in_file(file)
    .with_value(account)
    .hint("bill the month's parts again")
}
