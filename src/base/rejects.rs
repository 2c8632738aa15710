//! Rows that could not be read. There may be as many as there are rows: all but some thousands are
//! kept on the disk.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::error::{Code, Error, Result};
use super::sorted_runs::{Record, SortedRuns};
use super::spill_file::{Extent, SpillFile, damaged};

/// Values in rejects are cut at this many characters.
pub const VALUE_CHARS_MAX: usize = 200;

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reject {
    /// The file as the job names it.
    pub file: String,
    /// The data row, from 1; a CSV header is not counted.
    pub row: u64,
    /// The column's name in the file; empty where the row as a whole is at fault.
    pub column: String,
    /// What was read, cut at [`VALUE_CHARS_MAX`] characters.
    pub value: String,
    /// Why it cannot be read, and what was expected.
    pub reason: String,
}

impl Reject {
    /// The reject as a fault that stops: where no row may be lost.
    pub fn into_error(self) -> Error {
        let Reject { file, row, column, value, reason } = self;
        let error =
            Error::new(Code::ROW_UNREADABLE, reason).in_file(file).at_row(row).with_value(value);
        if column.is_empty() { error } else { error.in_column(column) }
    }
}

/// A reason without what was expected, and what that was; empty where it does not say.
pub fn split_expected(reason: &str) -> (&str, &str) {
    reason.split_once("; expected ").unwrap_or((reason, ""))
}

/// Cuts a value for people at [`VALUE_CHARS_MAX`] characters.
pub fn shortened(value: &str) -> String {
    value.chars().take(VALUE_CHARS_MAX).collect()
}

/// Rejects in the order of files and rows.
#[derive(Debug)]
pub struct Rejects {
    rows: u64,
    kept: Kept,
}

/// Where rejects are.
#[derive(Debug)]
enum Kept {
    InMemory(Vec<Reject>),
    /// Parts of [`Rejects::PART_ROWS`] each, the last of what is left.
    OnDisk(Vec<Extent>, SpillFile),
}

impl Default for Rejects {
    /// None.
    fn default() -> Self {
        Rejects { rows: 0, kept: Kept::InMemory(Vec::new()) }
    }
}

impl Rejects {
    /// Rows of a part.
    pub const PART_ROWS: usize = 8_192;

    /// How many there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many parts there are.
    pub fn parts(&self) -> usize {
        match &self.kept {
            Kept::InMemory(rejects) => rejects.len().div_ceil(Self::PART_ROWS),
            Kept::OnDisk(parts, _) => parts.len(),
        }
    }

    /// The rejects of a part.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk fails.
    pub fn part(&self, number: usize) -> Result<Cow<'_, [Reject]>> {
        match &self.kept {
            Kept::InMemory(rejects) => {
                let from = number * Self::PART_ROWS;
                let own = from..rejects.len().min(from + Self::PART_ROWS);
                Ok(Cow::Borrowed(&rejects[own]))
            }
            Kept::OnDisk(parts, file) => {
                let bytes = file.bring_back(parts[number])?;
                let (mut rest, mut rejects) = (bytes.as_slice(), Vec::new());
                while !rest.is_empty() {
                    rejects.push(RejectBytes::take(&mut rest).ok_or_else(damaged)?);
                }
                Ok(Cow::Owned(rejects))
            }
        }
    }
}

/// Takes rejects from all threads, in any order.
#[derive(Debug)]
pub struct RejectCollector {
    file: SpillFile,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    rows: u64,
    held: Vec<Reject>,
    runs: SortedRuns<RejectBytes>,
}

/// Rejects that are held in memory at most: some 20 MB.
const MOST_HELD: usize = 1 << 16;

impl RejectCollector {
    /// Will keep what is more than memory is to hold in a file without a name in `folder`.
    pub fn new(folder: &Path) -> Self {
        RejectCollector { file: SpillFile::new(folder), taken: Mutex::default() }
    }

    /// Takes all of these.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn add(&self, rejects: &mut Vec<Reject>) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        let taken = &mut *self.taken();
        taken.rows += rejects.len() as u64;
        taken.held.append(rejects);
        if taken.held.len() > MOST_HELD {
            taken.runs.add(&mut taken.held, &self.file)?;
            taken.held.clear();
        }
        Ok(())
    }

    /// Takes what another collector has come to.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn add_all(&self, rejects: &Rejects) -> Result<()> {
        (0..rejects.parts()).try_for_each(|part| self.add(&mut rejects.part(part)?.into_owned()))
    }

    /// Forgets all that was taken.
    pub fn clear(&self) {
        *self.taken() = Taken::default();
    }

    /// All that were taken; those that are equal once each, if `each_once` says so.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the disk is full, or fails.
    pub fn finish(self, each_once: bool) -> Result<Rejects> {
        let RejectCollector { file, taken } = self;
        let Taken { rows, mut held, mut runs } =
            taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        if runs.is_empty() {
            held.sort();
            if each_once {
                held.dedup();
            }
            return Ok(Rejects { rows: held.len() as u64, kept: Kept::InMemory(held) });
        }
        runs.add(&mut held, &file)?;
        drop(held);
        let (mut left_out, mut last): (u64, Option<Reject>) = (0, None);
        let (mut parts, mut part, mut part_rows) = (Vec::new(), Vec::new(), 0);
        runs.merge(&file, |reject| {
            if each_once && last.as_ref() == Some(&reject) {
                left_out += 1;
                return Ok(());
            }
            RejectBytes::put(&reject, &mut part);
            part_rows += 1;
            if part_rows == Rejects::PART_ROWS {
                parts.push(file.set_down(&part)?);
                part.clear();
                part_rows = 0;
            }
            last = Some(reject);
            Ok(())
        })?;
        if part_rows > 0 {
            parts.push(file.set_down(&part)?);
        }
        Ok(Rejects { rows: rows - left_out, kept: Kept::OnDisk(parts, file) })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reject as bytes.
#[derive(Debug)]
struct RejectBytes;

impl Record for RejectBytes {
    type Read<'a> = Reject;

    fn put(reject: &Reject, to: &mut Vec<u8>) {
        let Reject { file, row, column, value, reason } = reject;
        to.extend(row.to_le_bytes());
        for text in [file, column, value, reason] {
            to.extend((text.len() as u64).to_le_bytes());
            to.extend(text.as_bytes());
        }
    }

    fn take(rest: &mut &[u8]) -> Option<Reject> {
        fn number(rest: &mut &[u8]) -> Option<u64> {
            let (bytes, after) = rest.split_first_chunk()?;
            *rest = after;
            Some(u64::from_le_bytes(*bytes))
        }
        let row = number(rest)?;
        let mut text = || {
            let bytes = usize::try_from(number(rest)?).ok()?;
            let (text, after) = rest.split_at_checked(bytes)?;
            *rest = after;
            String::from_utf8(text.to_vec()).ok()
        };
        let (file, column, value, reason) = (text()?, text()?, text()?, text()?);
        Some(Reject { file, row, column, value, reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reject(file: &str, row: u64) -> Reject {
        let (column, value) = ("at".to_owned(), "10.04.2026".to_owned());
        Reject { file: file.to_owned(), row, column, value, reason: "is not an instant".to_owned() }
    }

    /// Rejects of two files, from several threads, each of them twice.
    fn collected(each: u64, each_once: bool) -> Rejects {
        let folder = tempfile::tempdir().unwrap();
        let collector = RejectCollector::new(folder.path());
        collector.add(&mut vec![reject("forgotten", 1)]).unwrap();
        collector.clear();
        std::thread::scope(|threads| {
            for file in ["b.csv", "a.csv", "b.csv", "a.csv"] {
                let collector = &collector;
                threads.spawn(move || {
                    let rows: Vec<u64> = (1..=each).rev().collect();
                    for rows in rows.chunks(1_000) {
                        let mut some = rows.iter().map(|row| reject(file, *row)).collect();
                        collector.add(&mut some).unwrap();
                    }
                });
            }
        });
        collector.finish(each_once).unwrap()
    }

    #[test]
    fn many_rejects_come_in_the_order_of_few() {
        for each in [0, 1, 10_000, 20_000] {
            for each_once in [false, true] {
                let found = collected(each, each_once);
                let copies = if each_once { 1 } else { 2 };
                assert_eq!(found.rows(), each * copies * 2);
                assert_eq!(matches!(found.kept, Kept::OnDisk(..)), each == 20_000);
                let parts = (0..found.parts()).map(|part| found.part(part).unwrap());
                let parts: Vec<_> = parts.collect();
                let is_full = |part: &Cow<'_, [Reject]>| part.len() == Rejects::PART_ROWS;
                assert!(parts.iter().rev().skip(1).all(is_full));
                let all = parts.iter().flat_map(|part| part.iter().cloned());
                let files = ["a.csv", "b.csv"].into_iter();
                let expected = files.flat_map(|file| (1..=each).map(move |row| (file, row)));
                let expected =
                    expected.flat_map(|(file, row)| (0..copies).map(move |_| (file, row)));
                assert!(all.eq(expected.map(|(file, row)| reject(file, row))), "{each}");
                // What one collector has come to, another takes.
                let folder = tempfile::tempdir().unwrap();
                let collector = RejectCollector::new(folder.path());
                collector.add_all(&found).unwrap();
                assert_eq!(collector.finish(false).unwrap().rows(), found.rows());
            }
        }
    }
}
