//! A revision's tables, put together from those of parts, each of which has whole accounts: what one run would write.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::interleave::interleave_record_batch;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::batch_builder::BATCH_ROWS;
use super::columns::ACCOUNT;
use super::csv;
use super::definitions::Table;
use super::issued_rows::DocumentNumbers;
use super::output::{Outputs, RevisionTables, write_group};
use super::read::{accounts, all, path_of, whole_table};
use super::table_files::{Flushing, write_as_they_come};
use crate::base::error::{Code, Error, Result};

/// The column of documents' ids, in all tables that have one.
const DOCUMENT: &str = "document_id";

/// What a revision's tables are put together from.
pub struct Together<'a> {
    /// The revision, and the tables that are no account's.
    pub revision: RevisionTables<'a>,
    /// The folders of the parts. The first has the rows of files.
    pub parts: &'a [PathBuf],
    /// The rows of exceptions that are no account's.
    pub of_no_account: RecordBatch,
    /// The series of documents: numbers follow the order of the accounts.
    pub numbers: DocumentNumbers,
}

impl Together<'_> {
    /// Writes every table into `folder`, and begins to flush it to the disk.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: a part is damaged; the disk is full, or the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Outputs> {
        let mut tables = Vec::new();
        for group in &self.revision.groups {
            tables.extend(write_group(&self.revision, group, folder)?);
        }
        let made: Vec<Table> = self.revision.groups.iter().flat_map(|g| g.tables.clone()).collect();
        // One after the other: of each a row group of every part is held.
        for table in Table::ALL.into_iter().filter(|table| !made.contains(table)) {
            if self.parts.first().is_some_and(|part| is_in(part, table)) {
                tables.push(self.write_table(table, folder)?);
            }
        }
        Ok(Outputs::of(tables))
    }

    fn write_table(&self, table: Table, folder: &Path) -> Result<Flushing> {
        let target = self.revision.target(table, folder);
        let mut rows = self.rows(table, &target.schema)?;
        let next = || Ok(Vec::from_iter(rows()?.map(|batch| vec![batch])));
        let mut written = write_as_they_come(std::slice::from_ref(&target), next)?;
        written.pop().ok_or_else(|| Error::new(Code::IMPOSSIBLE, "a table was not written"))
    }

    /// A table's rows, batch by batch.
    fn rows<'s>(&'s self, table: Table, schema: &'s SchemaRef) -> Result<Rows<'s>> {
        if !table.is_of_accounts() {
            let first = self.parts.first().map(|first| whole_table(first, table)).transpose()?;
            let mut batches = first.into_iter().flat_map(|(_, batches)| batches);
            return Ok(Box::new(move || batches.next().transpose()));
        }
        let mut merged = MergedRows::of(self.parts, table, &table.names())?;
        if table == Table::Exceptions {
            let mut first = Some(self.of_no_account.clone());
            return Ok(Box::new(move || match first.take() {
                Some(first) => Ok(Some(first)),
                None => merged.next_batch(schema),
            }));
        }
        let id = table.columns().iter().position(|column| column.name == DOCUMENT);
        let Some(id) = id else { return Ok(Box::new(move || merged.next_batch(schema))) };
        let mut numbers = Numbers::of(self.parts, &self.numbers)?;
        Ok(Box::new(move || {
            let batch = merged.next_batch(schema)?;
            batch.map(|batch| numbers.renumber(&batch, id)).transpose()
        }))
    }
}

/// Whether a folder has a table.
fn is_in(folder: &Path, table: Table) -> bool {
    path_of(folder, table).exists()
}

/// Gives the batches of a table, one after the other.
type Rows<'a> = Box<dyn FnMut() -> Result<Option<RecordBatch>> + Send + 'a>;

/// The numbers of the accounts' documents: each has one, in the order of the accounts.
struct Numbers<'a> {
    numbers: &'a DocumentNumbers,
    documents: MergedRows,
    schema: SchemaRef,
    /// The batch of the document that was asked for last, its row there, and its number.
    at: Option<(RecordBatch, usize)>,
    number: u64,
}

impl<'a> Numbers<'a> {
    fn of(parts: &[PathBuf], numbers: &'a DocumentNumbers) -> Result<Self> {
        let documents = MergedRows::of(parts, Table::Documents, &[ACCOUNT])?;
        let account = Field::new(ACCOUNT, DataType::Utf8, false);
        let schema = Arc::new(Schema::new(vec![account]));
        Ok(Numbers { numbers, documents, schema, at: None, number: 0 })
    }

    /// The number of the document of an account, which is none before those that were asked for.
    fn of_account(&mut self, account: &str) -> Result<u64> {
        loop {
            if let Some((batch, row)) = &self.at
                && let Some(accounts) = accounts(batch)
                && accounts.value(*row) >= account
            {
                return match accounts.value(*row) == account {
                    true => Ok(self.number),
                    false => Err(without_document(account)),
                };
            }
            self.at = match self.at.take() {
                Some((batch, row)) if row + 1 < batch.num_rows() => Some((batch, row + 1)),
                _ => self.documents.next_batch(&self.schema)?.map(|batch| (batch, 0)),
            };
            if self.at.is_none() {
                return Err(without_document(account));
            }
            self.number += 1;
        }
    }

    /// Puts in the ids of documents, by the rows' accounts.
    fn renumber(&mut self, batch: &RecordBatch, id: usize) -> Result<RecordBatch> {
        let impossible = || Error::new(Code::IMPOSSIBLE, "documents cannot be numbered");
        let accounts = accounts(batch).ok_or_else(impossible)?;
        let ids = (0..accounts.len()).map(|row| {
            let number = self.of_account(accounts.value(row))?;
            Ok(self.numbers.id(number))
        });
        let ids: StringArray = ids.collect::<Result<Vec<String>>>()?.into();
        let mut columns = batch.columns().to_vec();
        columns[id] = Arc::new(ids) as ArrayRef;
        RecordBatch::try_new(batch.schema(), columns).map_err(|e| impossible().caused_by(e))
    }
}

fn without_document(account: &str) -> Error {
    Error::new(Code::IMPOSSIBLE, format!("account `{account}` has lines and no document"))
        .hint("this is a fault of the program: keep the inputs and report it")
}

/// The rows of parts, merged by account.
struct MergedRows {
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
    fn of(folders: &[PathBuf], table: Table, names: &[&str]) -> Result<Self> {
        let mut merged = MergedRows { parts: Vec::new(), heads: BinaryHeap::new(), last: None };
        for folder in folders {
            let batches = Box::new(all(folder, table, names)?);
            let file = path_of(folder, table);
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
    fn next_batch(&mut self, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
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

/// That rows are not in the order of accounts.
fn out_of_order(file: &Path, account: &str) -> Error {
    Error::new(
        Code::PARTS_DISAGREE,
        "its accounts are not in order, or another part has one of them, too",
    )
    .in_file(file)
    .with_value(account)
    .hint("bill the month's parts again")
}

/// What the rows of a table are, whatever their order and the numbers of documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsDigest {
    /// How many there are.
    pub rows: u64,
    /// The sum of their hashes.
    #[serde(with = "crate::base::number_text")]
    sum: u128,
}

impl RowsDigest {
    /// The digests of all tables in a folder, by their names.
    ///
    /// # Errors
    /// As [`RowsDigest::of`].
    pub fn of_all(folder: &Path) -> Result<BTreeMap<String, Self>> {
        let tables = Table::ALL.into_par_iter().filter(|table| is_in(folder, *table));
        tables.map(|table| Ok((table.name().to_owned(), RowsDigest::of(folder, table)?))).collect()
    }

    /// The digest of a table in a folder, read back from the disk: its rows are in the order of accounts.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the table cannot be read, or its rows are not in order.
    pub fn of(folder: &Path, table: Table) -> Result<Self> {
        let (mut digest, mut last) = (RowsDigest::default(), String::new());
        for batch in all(folder, table, &table.names())? {
            let batch = batch?;
            if let Some(accounts) = accounts(&batch).filter(|own| !own.is_empty()) {
                let all = (0..accounts.len()).map(|row| accounts.value(row));
                if !std::iter::once(last.as_str()).chain(all).is_sorted() {
                    return Err(out_of_order(&path_of(folder, table), &last));
                }
                last = accounts.value(accounts.len() - 1).to_owned();
            }
            digest.merge(RowsDigest::of_batch(table, &batch)?);
        }
        Ok(digest)
    }

    /// The digest of rows of a table.
    ///
    /// # Errors
    /// [`Code::IMPOSSIBLE`]: the batch has other columns.
    pub fn of_batch(table: Table, batch: &RecordBatch) -> Result<Self> {
        let columns = table.columns().iter().enumerate();
        let columns = columns.filter(|(_, column)| column.name != DOCUMENT).map(|(at, _)| at);
        let batch = batch.project(&columns.collect::<Vec<_>>()).map_err(|e| {
            Error::new(Code::IMPOSSIBLE, "a table has other columns than its own").caused_by(e)
        })?;
        let mut digest = RowsDigest { rows: batch.num_rows() as u64, ..RowsDigest::default() };
        let (lines, _) = csv::lines(&batch);
        let lines = lines.split_inclusive(|byte| *byte == b'\n');
        lines.for_each(|line| digest.add(xxh3_128(line)));
        Ok(digest)
    }

    /// Adds the rows of another table.
    pub fn merge(&mut self, other: RowsDigest) {
        self.rows += other.rows;
        self.add(other.sum);
    }

    fn add(&mut self, hash: u128) {
        self.sum = self.sum.wrapping_add(hash);
    }
}
