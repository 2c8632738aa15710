//! A table of the revision before, written anew with the rows of some accounts replaced: what stays
//! is copied as it is, Parquet by row groups and CSV by lines.

use std::fs::File;
use std::io::{Sink as Nowhere, Write, sink};
use std::path::Path;

use arrow_array::RecordBatch;

use super::carried_over::{CarriedOver, Replaced, Step, TableBefore, changed, unreadable};
use super::csv;
use super::definitions::Table;
use super::table_files::{Flushing, Output, Place, TableFiles, Target, unwritable, write_batches};
use crate::base::digest::{self, Hashing};
use crate::base::error::Result;
use crate::base::files::read_some;
use crate::base::storage;

/// Writes a table with the rows of the accounts that are billed anew.
pub(super) fn write(
    target: &Target<'_>,
    table: Table,
    carried: &CarriedOver<'_>,
    own: &[RecordBatch],
) -> Result<Flushing> {
    let old = carried.table(table, &target.schema)?;
    if old.lacks_columns() {
        check_unchanged(&old.path, &old.listed.sha256)?;
        return write_batches(target, &old.widened(own, carried.anew)?);
    }
    let steps = old.steps(own, carried.anew)?;
    let mut files = match old.csv {
        Some(_) => TableFiles::create(target)?,
        None => TableFiles::titled(target)?,
    };
    // Where all rows stay, so do the lines that a table without a CSV file would have there.
    let stays = steps.iter().all(|step| matches!(step, Step::Keep(_)));
    let known_lines = old.listed.rows_sha256.clone().filter(|_| stays);
    let (parquet, lines) = (&mut files.parquet, &mut files.csv);
    let mut copy = || {
        check_unchanged(&old.path, &old.listed.sha256)?;
        steps.iter().try_for_each(|step| match step {
            Step::Keep(group) => parquet.copy(&old.file, &old.metadata, *group),
            Step::Replace(replaced) => parquet.write_group(&replaced.rows),
        })
    };
    let (one, other) = match &old.csv {
        Some((path, listed)) => {
            rayon::join(copy, || splice_lines(&old, (path, listed), &steps, lines))
        }
        None if known_lines.is_some() => (copy(), Ok(0)),
        // Both read the one file, which has one place to read at: one after the other.
        None => (copy(), hash_lines(&old, &steps, lines).map(|()| 0)),
    };
    one.map_err(|e| files.in_file(e, "parquet"))?;
    let apostrophes = other.map_err(|e| files.in_file(e, "csv"))?;
    files.apostrophes = apostrophes;
    files.known_lines = known_lines;
    files.rows = steps.iter().map(|step| rows_after(&old, step)).sum::<Result<u64>>()?;
    files.finish()
}

fn rows_after(old: &TableBefore, step: &Step) -> Result<u64> {
    Ok(match step {
        Step::Keep(group) => old.rows_of(*group)? as u64,
        Step::Replace(new) => new.rows.iter().map(|batch| batch.num_rows() as u64).sum(),
    })
}

fn check_unchanged(path: &Path, sha256: &str) -> Result<()> {
    match digest::of_file(path) {
        Ok((_, found)) if found == sha256 => Ok(()),
        Ok(_) => Err(changed(path)),
        Err(e) => Err(unreadable(path, e.into())),
    }
}

/// Hashes the lines that a table without a CSV file would have there.
fn hash_lines(old: &TableBefore, steps: &[Step], to: &mut Hashing<Place>) -> Result<()> {
    let mut hash = |rows: &[RecordBatch]| {
        rows.iter().try_for_each(|batch| to.write_all(&csv::lines(batch).0)).map_err(unwritable)
    };
    steps.iter().try_for_each(|step| match step {
        Step::Keep(group) => hash(&old.read(&[*group], None)?),
        Step::Replace(new) => hash(&new.rows),
    })
}

/// Writes the lines of the CSV file; gives the number of cells that have an apostrophe.
fn splice_lines(
    old: &TableBefore,
    (path, listed): (&Path, &Output),
    steps: &[Step],
    to: &mut Hashing<Place>,
) -> Result<u64> {
    let mut lines = Lines::open(path)?;
    let mut apostrophes = listed.apostrophes.ok_or_else(|| changed(path))?;
    // Up to the first change both files are the same, and hashed once.
    let mut are_same = true;
    lines.copy(1, to, are_same)?;
    for step in steps {
        let Replaced { edits, dropped, .. } = match step {
            Step::Keep(group) => {
                lines.copy(old.rows_of(*group)?, to, are_same)?;
                continue;
            }
            Step::Replace(replaced) => replaced,
        };
        apostrophes = apostrophes.checked_sub(*dropped).ok_or_else(|| changed(path))?;
        for edit in edits {
            lines.copy(edit.keep, to, are_same)?;
            if are_same && (edit.drop > 0 || !edit.lines.is_empty()) {
                to.go_on_from(&lines.hash);
                are_same = false;
            }
            lines.pass(edit.drop, |_| Ok(()))?;
            if !edit.lines.is_empty() {
                to.write_all(&edit.lines).map_err(unwritable)?;
            }
            apostrophes += edit.apostrophes;
        }
    }
    if are_same {
        to.go_on_from(&lines.hash);
    }
    lines.end(&listed.sha256)?;
    Ok(apostrophes)
}

/// The lines of a CSV file, which are hashed when they are passed.
struct Lines<'a> {
    path: &'a Path,
    file: File,
    hash: Hashing<Nowhere>,
    buffer: Vec<u8>,
    /// What of the buffer has been read, and not been passed yet.
    ready: std::ops::Range<usize>,
    /// Whether a cell in quotes has begun.
    quoted: bool,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let file = storage::open(path).map_err(|e| unreadable(path, e.into()))?;
        let (hash, buffer) = (Hashing::new(sink()), vec![0; 1 << 17]);
        Ok(Lines { path, file, hash, buffer, ready: 0..0, quoted: false })
    }

    /// Copies so many lines; they need not be hashed again where both files are the same so far.
    fn copy(&mut self, lines: usize, to: &mut Hashing<Place>, are_same: bool) -> Result<()> {
        self.pass(lines, |text| match are_same {
            true => to.write_unhashed(text),
            false => to.write_all(text),
        })
    }

    /// Goes past so many lines.
    fn pass(
        &mut self,
        mut lines: usize,
        mut take: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<()> {
        while lines > 0 {
            if self.ready.is_empty() && !self.read()? {
                return Err(changed(self.path));
            }
            let ready = &self.buffer[self.ready.clone()];
            let end = end_of(ready, &mut lines, &mut self.quoted);
            take(&ready[..end]).map_err(unwritable)?;
            let hashed = self.hash.write_all(&ready[..end]);
            hashed.map_err(|e| unreadable(self.path, e.into()))?;
            self.ready.start += end;
        }
        Ok(())
    }

    /// Reads on; says whether there was anything.
    fn read(&mut self) -> Result<bool> {
        let read = read_some(&mut self.file, &mut self.buffer);
        let read = read.map_err(|e| unreadable(self.path, e.into()))?;
        self.ready = 0..read;
        Ok(read > 0)
    }

    /// Makes sure that there are no more lines, and that the file is what was listed.
    fn end(mut self, sha256: &str) -> Result<()> {
        let more = !self.ready.is_empty() || self.read()?;
        match self.hash.finish() {
            (_, _, found) if !more && found == sha256 => Ok(()),
            _ => Err(changed(self.path)),
        }
    }
}

/// Where so many lines end, or as many of them as there are; takes those off that end.
fn end_of(text: &[u8], lines: &mut usize, quoted: &mut bool) -> usize {
    const BLOCK: usize = 64;
    let mut at = 0;
    while *lines > 0 && at < text.len() {
        let block = &text[at..text.len().min(at + BLOCK)];
        let has_quotes = block.iter().fold(false, |found, &byte| found | (byte == b'"'));
        // At most as many as a block has bytes.
        let ends = block.iter().fold(0_u8, |n, &byte| n.wrapping_add(u8::from(byte == b'\n')));
        let ends = usize::from(ends);
        if !has_quotes && (*quoted || ends < *lines) {
            *lines -= if *quoted { 0 } else { ends };
            at += block.len();
            continue;
        }
        for &byte in block {
            at += 1;
            *quoted ^= byte == b'"';
            *lines -= usize::from(byte == b'\n' && !*quoted);
            if *lines == 0 {
                break;
            }
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::AccountId;
    use crate::tables::table_files::{Form, write_table};
    use crate::tables::testing::state;

    #[test]
    fn lines_end_where_no_cell_goes_on() {
        let cell = "x".repeat(100);
        let texts =
            ["a,b\n", "\"\n\"\"\n\",c\n", "\"\"\n", "\n", &format!("{cell},\"{cell}\n\"\n")];
        let text = texts.repeat(50).concat();
        for parts in [1, 7, 64, 1000] {
            let mut quoted = false;
            let (mut at, mut line) = (0, 0);
            while line < 250 {
                let wanted = texts[line % 5].len();
                let (mut lines, mut end) = (1, at);
                while lines > 0 {
                    let ready = &text.as_bytes()[end..text.len().min(end + parts)];
                    end += end_of(ready, &mut lines, &mut quoted);
                }
                assert_eq!(end - at, wanted, "line {line}, in parts of {parts}");
                (at, line) = (end, line + 1);
            }
            let (mut all, mut quoted) = (1000, false);
            assert_eq!(end_of(text.as_bytes(), &mut all, &mut quoted), text.len());
            assert_eq!((all, quoted), (750, false));
        }
    }

    /// Accounts with what is left of their trials, as the table `state` of a revision.
    type States = std::collections::BTreeMap<String, i64>;

    fn schema() -> arrow_schema::SchemaRef {
        let currency = crate::base::money::Currency::parse("USD").unwrap();
        crate::tables::arrow_schema(Table::State, currency)
    }

    fn sheet(states: &[(&String, &i64)]) -> Result<RecordBatch> {
        let schema = schema();
        let mut sheet = crate::tables::BatchBuilder::new(&schema, states.len());
        for (id, left) in states {
            let trial_left = crate::base::credits::Credits::of_table(**left);
            crate::tables::StateCells { trial_left, ..state(id) }.push(&mut sheet)?;
        }
        sheet.finish()
    }

    fn target<'a>(folder: &'a Path, schema: &arrow_schema::SchemaRef) -> Target<'a> {
        let (schema, notes) = (schema.clone(), Vec::new());
        Target { folder, name: "state", schema, notes, has_csv: true, form: Form::ToRead }
    }

    /// What splicing comes to, held against the same table written whole.
    fn assert_spliced(before: &States, after: &States, anew: &[&str]) {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [old, spliced, whole] = folders.each_ref().map(tempfile::TempDir::path);
        let (schema, size) = (schema(), crate::tables::BATCH_ROWS);
        let write = |folder: &Path, states: &States| {
            let rows: Vec<_> = states.iter().collect();
            let pieces: Vec<_> = rows.chunks(size).collect();
            write_table(&target(folder, &schema), pieces.len(), |piece| sheet(pieces[piece]))
                .unwrap()
        };
        let (outputs, expected) = (write(old, before), write(whole, after));
        let anew: std::collections::BTreeSet<AccountId> =
            anew.iter().map(|&id| id.into()).collect();
        let own: Vec<_> = after.iter().filter(|(id, _)| anew.contains(id.as_str())).collect();
        let carried = CarriedOver { folder: old, outputs: &outputs, anew: &anew };
        let own = [sheet(&own).unwrap()];
        let written =
            super::write(&target(spliced, &schema), Table::State, &carried, &own).unwrap();
        let [parquet, csv] = written.flushed().unwrap().try_into().unwrap();
        assert_eq!(csv, expected[1], "the CSV file, its digest and its apostrophes");
        assert_eq!(parquet.rows, expected[0].rows);
        let bytes = |folder: &Path| std::fs::read(folder.join("state.csv")).unwrap();
        assert_eq!(bytes(spliced), bytes(whole));
        let rows = |folder: &Path| {
            let rows = crate::tables::records::<crate::tables::StateRow>(folder).unwrap();
            rows.collect::<Result<Vec<_>>>().unwrap()
        };
        assert_eq!(rows(spliced), rows(whole));
        let differing = |but| crate::tables::differing_account(old, spliced, Table::State, but);
        assert_eq!(differing(&anew).unwrap(), None);
        let differs = before != after;
        assert_eq!(differing(&Default::default()).unwrap().is_some(), differs);
    }

    #[test]
    fn what_is_spliced_is_what_would_be_written_whole() {
        let many = 140_000; // three row groups
        let all: States = (0..many).map(|n| (format!("{n:06}"), n)).collect();
        let mut changed = all.clone();
        changed.insert("100000".to_owned(), 1);
        assert_spliced(&all, &changed, &["000003", "100000"]);
        changed.remove("000000");
        changed.remove("139999");
        changed.insert("065535x".to_owned(), 2); // between two groups
        changed.insert("=before".to_owned(), 3);
        changed.insert("z, \"last\"".to_owned(), 4);
        let anew =
            ["000000", "000003", "065535x", "100000", "139999", "=before", "z, \"last\"", "none"];
        assert_spliced(&all, &changed, &anew);
        assert_spliced(&changed, &all, &anew);
        let (none, few) = (States::new(), States::from([("-a".to_owned(), 1)]));
        assert_spliced(&none, &few, &["-a"]);
        assert_spliced(&few, &none, &["-a"]);
        assert_spliced(&none, &none, &["-a"]);
    }

    #[test]
    fn a_table_without_csv_is_spliced_from_the_one_file() {
        let currency = crate::base::money::Currency::parse("USD").unwrap();
        let schema = crate::tables::arrow_schema(Table::RecentIds, currency);
        let sheet = |ids: &[(&str, &str)]| {
            let mut sheet = crate::tables::BatchBuilder::new(&schema, ids.len());
            for (event_id, account_id) in ids {
                let at = crate::base::calendar::Instant::EPOCH;
                crate::tables::RecentIdCells { event_id, account_id, at }.push(&mut sheet)?;
            }
            sheet.finish()
        };
        let [old, new] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        fn of<'a>(folder: &'a Path, schema: &'a arrow_schema::SchemaRef) -> Target<'a> {
            Target { name: "recent_ids", has_csv: false, ..target(folder, schema) }
        }
        let write = |folder: &Path, ids: &[(&str, &str)]| {
            write_table(&of(folder, &schema), 1, |_| sheet(ids)).unwrap().remove(0)
        };
        let ids = [("1", "a"), ("2", "b"), ("3", "c")];
        let outputs = [write(old.path(), &ids)];
        let changed = [("1", "a"), ("4", "b"), ("3", "c")];
        for round in 0..300 {
            // Of nobody, of an account whose rows stay as they are, and of one whose rows do not.
            let (anew, own, expected) = match round % 3 {
                0 => ("nobody", sheet(&[]).unwrap(), &ids),
                1 => ("b", sheet(&ids[1..2]).unwrap(), &ids),
                _ => ("b", sheet(&changed[1..2]).unwrap(), &changed),
            };
            let anew = [anew.into()].into();
            let carried = CarriedOver { folder: old.path(), outputs: &outputs, anew: &anew };
            let [folder, whole] = ["", "whole"].map(|n| new.path().join(format!("{round}{n}")));
            [&folder, &whole].iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
            let written = super::write(&of(&folder, &schema), Table::RecentIds, &carried, &[own]);
            let written = written.unwrap().flushed().unwrap().remove(0);
            let lines = write(&whole, expected).rows_sha256;
            assert!(lines.is_some() && written.rows_sha256 == lines, "round {round}");
        }
    }

    #[test]
    fn what_is_not_as_listed_is_not_carried_over() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (schema, states) = (schema(), States::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
        let rows: Vec<_> = states.iter().collect();
        let outputs = write_table(&target(old.path(), &schema), 1, |_| sheet(&rows)).unwrap();
        for file in ["state.csv", "state.parquet"] {
            let path = old.path().join(file);
            let sound = std::fs::read(&path).unwrap();
            for at in [sound.len() / 2, sound.len() - 20] {
                let mut bytes = sound.clone();
                bytes[at] ^= 1;
                std::fs::write(&path, bytes).unwrap();
                let anew = ["a".into()].into();
                let carried = CarriedOver { folder: old.path(), outputs: &outputs, anew: &anew };
                let own = [sheet(&rows[..1]).unwrap()];
                let written =
                    super::write(&target(new.path(), &schema), Table::State, &carried, &own);
                assert!(written.is_err(), "{file}, byte {at}");
            }
            std::fs::write(&path, sound).unwrap();
        }
    }
}
