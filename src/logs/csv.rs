//! CSV rows as columns.
//!
//! Usual rows are cut at the marks of [`super::marks`]. What is unusual goes through the `csv`
//! crate: a row with another number of cells or quotes within a cell by itself, and a block of
//! rows that is no UTF-8, or whose quotes their parity does not tell, as a whole.

use std::io::Read;

use super::blocks::Block;
use super::cells::{Asked, Stopped, TextColumns, Tried};
use super::marks::{Quotes, chunks, push_places};
use super::scan::{Batch, Fault};
use super::{LogFile, cut};
use crate::error::{Error, Result};

/// The names in a CSV header.
pub(super) fn header_names(header: &[u8], file: &LogFile) -> Result<Vec<String>> {
    let mut record = ::csv::StringRecord::new();
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(header);
    reader.read_record(&mut record).map_err(|e| {
        Error::input("the header cannot be read")
            .in_file(&file.name)
            .caused_by(e)
            .expected("the names of the columns, in UTF-8 text")
            .hint("export the file again as UTF-8")
    })?;
    Ok(record.iter().map(str::to_owned).collect())
}

/// Reads blocks of rows of one file.
#[derive(Clone, Copy)]
pub(super) struct CsvRows<'a> {
    /// What is asked.
    pub asked: Asked<'a>,
    /// The file.
    pub file: &'a LogFile,
    /// Our columns' places among the cells.
    pub places: &'a [Option<usize>],
    /// The number of cells in the header.
    pub width: usize,
}

impl CsvRows<'_> {
    /// Parses a block; `ends` is memory that is used again.
    pub fn read(self, block: &Block<'_>, ends: &mut Vec<u32>) -> Result<Batch> {
        let marked = simdutf8::basic::from_utf8(block.bytes)
            .ok()
            .and_then(|text| Some((text, mark_ends(block.bytes, ends)?)));
        self.asked.batch(block.bytes.len(), |columns| match marked {
            Some((text, quoted)) => {
                self.read_marked(block.first_row, (text, quoted), ends, columns)
            }
            None => self.read_general(block.first_row, block.bytes, columns).map(drop),
        })
    }

    /// Takes rows apart at the ends of their cells.
    fn read_marked(
        self,
        first_row: u64,
        (text, quoted): (&str, bool),
        ends: &[u32],
        columns: &mut TextColumns,
    ) -> Tried<()> {
        let bytes = text.as_bytes();
        let ends_row = |end: u32| matches!(bytes.get(end as usize), None | Some(b'\n' | b'\r'));
        let mut cells: Vec<&str> = Vec::with_capacity(self.places.len());
        let (mut row, mut start, mut ends) = (first_row, 0, ends);
        while let [end, ..] = *ends {
            if end as usize == start && ends_row(end) {
                start += 1; // an empty line
                ends = &ends[1..];
                continue;
            }
            let whole = ends.split_at_checked(self.width).filter(|(row, _)| {
                row.split_last().is_some_and(|(last, others)| {
                    ends_row(*last) && !others.iter().any(|&end| ends_row(end))
                })
            });
            if let Some((row_ends, rest)) = whole
                && self.cells_at(text, (start, row_ends), quoted, &mut cells)
            {
                if self.asked.wanted.keeps(&cells) {
                    columns.push(row, &cells)?;
                }
                row += 1;
                start = row_ends[self.width - 1] as usize + 1;
                ends = rest;
                continue;
            }
            let last = ends.iter().position(|&end| ends_row(end)).unwrap_or(ends.len() - 1);
            let end = ends[last] as usize;
            row = self.read_general(row, &bytes[start..end], columns)?;
            start = end + 1;
            ends = &ends[last + 1..];
        }
        Ok(())
    }

    /// The cells of our columns in a row that begins at `start`, unless one needs a closer look.
    #[inline]
    fn cells_at<'t>(
        self,
        text: &'t str,
        (start, ends): (usize, &[u32]),
        quoted: bool,
        cells: &mut Vec<&'t str>,
    ) -> bool {
        cells.clear();
        for place in self.places {
            let Some(place) = *place else {
                cells.push("");
                continue;
            };
            let from = if place == 0 { start } else { ends[place - 1] as usize + 1 };
            let mut cell = &text[from..ends[place] as usize];
            if quoted && cell.starts_with('"') {
                let within = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
                let Some(within) = within.filter(|cell| !cell.contains('"')) else { return false };
                cell = within;
            }
            cells.push(cell);
        }
        true
    }

    /// Takes rows apart as the `csv` crate does; gives the number of the next row.
    fn read_general(self, first_row: u64, bytes: &[u8], columns: &mut TextColumns) -> Tried<u64> {
        // A byte order mark is left out only at the start of a file: here an empty line comes first.
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(b"\n".chain(bytes));
        let mut record = ::csv::ByteRecord::new();
        let mut row = first_row;
        let wanted = self.asked.wanted;
        while reader.read_byte_record(&mut record).map_err(|e| {
            let error = Error::input("cannot be taken apart").in_file(&self.file.name);
            Stopped::Fault(error.at_row(row).caused_by(e))
        })? {
            match self.cells(&record, row) {
                Ok(cells) if wanted.keeps(&cells) => columns.push(row, &cells)?,
                Err(fault) if wanted.all() => columns.fault(fault),
                Ok(_) | Err(_) => {}
            }
            row += 1;
        }
        Ok(row)
    }

    fn cells(self, record: &::csv::ByteRecord, row: u64) -> std::result::Result<Vec<&str>, Fault> {
        let width = self.width;
        if record.len() != width {
            let found: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
            let cells = if record.len() == 1 { "cell" } else { "cells" };
            let reason =
                format!("the row has {} {cells}; expected {width} as in the header", record.len());
            return Err(Fault { row, column: String::new(), value: cut(&found.join(",")), reason });
        }
        let checked = self.places.iter().zip(&self.asked.table.columns).map(|(&place, column)| {
            let Some(place) = place else { return Ok("") };
            std::str::from_utf8(&record[place]).map_err(|_| Fault {
                row,
                column: column.in_file.clone(),
                value: cut(&String::from_utf8_lossy(&record[place])),
                reason: "is not valid UTF-8; expected UTF-8 text".to_owned(),
            })
        });
        checked.collect()
    }
}

/// Finds where cells end: at commas and line ends outside quotes, and at the end of the text. Says
/// whether there are quotes; `None` where their parity does not tell.
fn mark_ends(bytes: &[u8], ends: &mut Vec<u32>) -> Option<bool> {
    ends.clear();
    let (mut quotes, mut quoted) = (Quotes::new(false, true), 0);
    let regular = chunks(bytes, |place, chunk| {
        let (separators, here) = (chunk.is_any(*b",\n\r"), chunk.is(b'"'));
        quoted |= here;
        let Some(outside) = quotes.outside(here, separators) else { return false };
        push_places(ends, place, separators & outside);
        true
    });
    let ended = matches!(bytes.last(), None | Some(b'\n' | b'\r'));
    if !ended || quotes.within() {
        ends.push(u32::try_from(bytes.len()).ok()?);
    }
    regular.then_some(quoted != 0)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::logs::accounts::Wanted;
    use crate::logs::testing::{Seen, seen};
    use crate::logs::{Mapping, Scan, Table};

    /// What a block comes to, by both ways.
    fn both(bytes: &[u8], table: &Table, accounts: &[&str]) -> [Seen; 2] {
        let accounts = accounts.iter().map(|&account| account.to_owned()).collect();
        let scan = Scan { accounts: Some(&accounts), ..Scan::whole(&[], table) };
        let wanted = Wanted::of(scan.accounts.filter(|accounts| !accounts.is_empty()), table);
        let asked = Asked::of(&scan, wanted, 0);
        let file = LogFile::of("t.csv".as_ref()).unwrap();
        let places: Vec<_> = (0..table.columns.len()).map(Some).collect();
        let (places, width) = (places.as_slice(), places.len());
        let rows = CsvRows { asked, file: &file, places, width };
        let block = Block { first_row: 7, bytes };
        let quick = rows.read(&block, &mut Vec::new()).unwrap();
        let general = asked.batch(0, |columns| rows.read_general(7, bytes, columns).map(drop));
        [quick, general.unwrap()].map(|batch| seen(batch, table))
    }

    const WORDS: &[&str] = &[
        "ann",
        "bob",
        ",",
        ",",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\"",
        "\"\"",
        "\"a,b\"",
        "\"c\nd\"",
        "\"e\"\"f\"",
        "é",
        "\u{feff}",
        "2026-04-15T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "1.5",
        "1e-7",
        "ann,2026-04-15T10:00:00Z,6.70,e1\n",
        "\"bob\",\"2026-04-15T10:00:00.5Z\",\"1\",\"e2\"\n",
        "ann,2026-04-15T10:00:00+02:00,,e3\r\n",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_way_reads_what_the_csv_crate_reads(
            words in vec(select(WORDS), 0..30),
            broken in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
            filtered in any::<bool>(),
        ) {
            let mut bytes = words.concat().into_bytes();
            if let Some((at, byte)) = broken.filter(|_| !bytes.is_empty()) {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let accounts: &[&str] = if filtered { &["ann"] } else { &[] };
            for table in [Table::usage(&Mapping::new(), true).unwrap(), Table::drops()] {
                let [quick, general] = both(&bytes, &table, accounts);
                prop_assert_eq!(quick, general);
            }
        }
    }
}
