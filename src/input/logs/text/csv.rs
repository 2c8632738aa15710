//! CSV rows as columns.
//!
//! Usual rows are cut at the marks of [`super::byte_masks`]. What is unusual goes through the `csv`
//! crate: a row with another number of cells or quotes within a cell by itself, and a block of
//! rows that is no UTF-8, or whose quotes their parity does not tell, as a whole.

use std::io::Read;
use std::ops::Range;

use super::blocks::{Block, DOUBLED};
use super::byte_masks::{chunks, push_places};
use super::row_ends::{Position, Quotes, separators};
use super::typed_columns::{Attempt, Interrupt, TextScan, TypedColumns};
use crate::base::error::{Code, Error, Result};
use crate::base::rejects::shortened;
use crate::input::logs::batch::{Batch, RowFault};
use crate::input::logs::log_file::LogFile;
use crate::input::logs::source::CsvLayout;

/// The names in a CSV header.
pub(in crate::input::logs) fn header_names(
    header: &[u8],
    delimiter: u8,
    file: &LogFile,
) -> Result<Vec<String>> {
    let mut record = ::csv::StringRecord::new();
    let mut reader = ::csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).delimiter(delimiter).from_reader(header);
    reader.read_record(&mut record).map_err(|e| {
        Error::new(Code::HEADER, "the header cannot be read")
            .in_file(&file.name)
            .caused_by(e)
            .expected("the names of the columns, in UTF-8 text")
            .hint("export the file again as UTF-8")
    })?;
    Ok(record.iter().map(str::to_owned).collect())
}

/// Reads blocks of rows of one file.
#[derive(Clone, Copy)]
pub(in crate::input::logs) struct CsvRows<'a> {
    pub of: TextScan<'a>,
    pub layout: &'a CsvLayout,
}

impl CsvRows<'_> {
    /// Parses a block; `bounds` is memory that is used again.
    pub fn read(self, block: &Block<'_>, bounds: &mut Vec<u32>) -> Result<Batch> {
        let text = CellBounds::of(block.bytes, self.layout.delimiter, bounds);
        self.of.batch(block.bytes.len(), |columns| match &text {
            Some(text) => self.read_by_bounds(block.first_row, text, columns),
            None => self.read_by_crate(block.first_row, block.bytes, columns).map(drop),
        })
    }

    /// Takes rows apart at the bounds of their cells.
    fn read_by_bounds(
        self,
        first_row: u64,
        text: &CellBounds<'_>,
        columns: &mut TypedColumns,
    ) -> Attempt<()> {
        let (bounds, width) = (text.bounds, self.layout.width);
        // The next row, and where among the bounds it begins; those before it that are still to
        // be added to the columns.
        let (mut row, mut at) = (first_row, 0);
        let mut whole: Vec<usize> = Vec::with_capacity(bounds.len() / width);
        while at + 1 < bounds.len() {
            if text.is_empty_line(at) {
                at += 1;
            } else if text.is_row(at..at + width) && self.is_plain(text, at) {
                whole.push(at);
                at += width;
            } else {
                row = self.push_rows(row, &whole, text, columns)?;
                whole.clear();
                let ends = (at..bounds.len() - 1).find(|&cell| text.ends_row(cell));
                let end = ends.unwrap_or(bounds.len() - 2);
                let odd = bounds[at] as usize..bounds[end + 1] as usize - 1;
                row = self.read_by_crate(row, &text.text.as_bytes()[odd], columns)?;
                at = end + 1;
            }
        }
        self.push_rows(row, &whole, text, columns).map(drop)
    }

    /// Adds rows that begin at the cells `whole`; gives the number of the next row.
    fn push_rows(
        self,
        first_row: u64,
        whole: &[usize],
        text: &CellBounds<'_>,
        columns: &mut TypedColumns,
    ) -> Attempt<u64> {
        let cells = |column: usize| {
            let place = self.layout.places[column];
            move |row: usize| place.map_or("", |place| text.cell(row + place))
        };
        let filter = self.of.filter;
        if filter.takes_all() {
            columns.push_all(first_row, whole.len(), |column| {
                let cell = cells(column);
                move |at| cell(whole[at])
            })?;
        } else if let Some(account) = filter.column.map(cells) {
            let rows = whole.iter().zip(first_row..);
            for (&at, row) in rows.filter(|(at, _)| filter.takes(account(**at))) {
                columns.push_all(row, 1, |column| {
                    let cell = cells(column);
                    move |_| cell(at)
                })?;
            }
        }
        Ok(first_row + whole.len() as u64)
    }

    /// Whether our columns' cells in a row are plain, or quoted without quotes within.
    #[inline]
    fn is_plain(self, text: &CellBounds<'_>, row: usize) -> bool {
        let is_plain = |place: &usize| match text.raw(row + place).as_bytes() {
            [b'"', within @ .., b'"'] => !text.doubled || !within.contains(&b'"'),
            [b'"', ..] => false,
            _ => true,
        };
        !text.quoted || self.layout.places.iter().flatten().all(is_plain)
    }

    /// Takes rows apart as the `csv` crate does; gives the number of the next row.
    fn read_by_crate(
        self,
        first_row: u64,
        bytes: &[u8],
        columns: &mut TypedColumns,
    ) -> Attempt<u64> {
        // A byte order mark is left out only at the start of a file: here an empty line comes first.
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.layout.delimiter)
            .from_reader(b"\n".chain(bytes));
        let mut record = ::csv::ByteRecord::new();
        let mut row = first_row;
        let filter = self.of.filter;
        while reader.read_byte_record(&mut record).map_err(|e| {
            let error = Error::new(Code::INPUT_DAMAGED, "cannot be taken apart")
                .in_file(&self.of.scan.sources[self.of.source].file.name);
            Interrupt::Fault(error.at_row(row).caused_by(e))
        })? {
            if record.len() != self.layout.width {
                let place = |at: &::csv::Position| {
                    usize::try_from(at.byte().saturating_sub(1)).ok() // one byte comes before them
                };
                let start = record.position().and_then(place);
                let raw = start.zip(place(reader.position()));
                let raw = raw.and_then(|(start, end)| bytes.get(start..end)).unwrap_or(bytes);
                self.check_quotes(raw, record.len(), row)?;
            }
            match self.cells(&record, row) {
                Ok(cells) if filter.takes_row(&cells) => columns.push(row, &cells)?,
                Err(fault) if filter.takes_all() => columns.fault(fault),
                Ok(_) | Err(_) => {}
            }
            row += 1;
        }
        Ok(row)
    }

    /// A row of another number of cells than the header must not have a quote behind a backslash
    /// that closed a cell: cells and rows behind it may be lost in others.
    fn check_quotes(self, raw: &[u8], cells: usize, row: u64) -> Attempt<()> {
        let closing = [b'\\', b'"', self.layout.delimiter];
        if !raw.windows(closing.len()).any(|bytes| bytes == closing) {
            return Ok(());
        }
        let message = format!("has {cells} cells, and a quote behind a backslash closes one");
        Err(Interrupt::Fault(
            Error::new(Code::QUOTES, message)
                .in_file(&self.of.scan.sources[self.of.source].file.name)
                .at_row(row)
                .with_value(shortened(String::from_utf8_lossy(raw).trim()))
                .expected(format!("{} cells, as in the header", self.layout.width))
                .hint(format!("{DOUBLED}; what follows would be lost in a cell")),
        ))
    }

    fn cells(
        self,
        record: &::csv::ByteRecord,
        row: u64,
    ) -> std::result::Result<Vec<&str>, RowFault> {
        let fault = |column: &str, value: &str, reason: String| RowFault {
            source: self.of.source,
            row,
            column: column.to_owned(),
            value: shortened(value),
            reason,
        };
        let width = self.layout.width;
        if record.len() != width {
            let found: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
            let cells = if record.len() == 1 { "cell" } else { "cells" };
            let reason =
                format!("the row has {} {cells}; expected {width} as in the header", record.len());
            return Err(fault("", &found.join(","), reason));
        }
        let columns = self.layout.places.iter().zip(&self.of.scan.schema.columns);
        let checked = columns.map(|(&place, column)| {
            let bytes = place.map_or(&b""[..], |place| &record[place]);
            std::str::from_utf8(bytes).map_err(|_| {
                let reason = "is not valid UTF-8; expected UTF-8 text".to_owned();
                fault(&column.in_file, &String::from_utf8_lossy(bytes), reason)
            })
        });
        checked.collect()
    }
}

/// Text with the bounds of its cells.
struct CellBounds<'t> {
    text: &'t str,
    delimiter: u8,
    /// Where cells begin, each one byte behind the end of the one before; and one byte behind the
    /// end of the last.
    bounds: &'t [u32],
    /// Whether there are quotes.
    quoted: bool,
    /// Whether there are two for one in a quoted cell.
    doubled: bool,
}

impl<'t> CellBounds<'t> {
    /// Finds the bounds of cells: delimiters and line ends outside quotes, and the end of the text.
    /// `None` where the text is no UTF-8, or the quotes' parity does not tell.
    fn of(bytes: &'t [u8], delimiter: u8, bounds: &'t mut Vec<u32>) -> Option<Self> {
        let text = simdutf8::basic::from_utf8(bytes).ok()?;
        bounds.clear();
        bounds.push(0);
        let (mut quotes, ends) =
            (Quotes::new(Position::RowStart, delimiter), separators(delimiter));
        let regular = chunks(bytes, |place, chunk| {
            let Some(outside) = quotes.outside(&chunk) else { return false };
            push_places(bounds, place + 1, chunk.is_any(ends) & outside);
            true
        });
        let ended = matches!(bytes.last(), None | Some(b'\n' | b'\r'));
        if !ended || quotes.within() {
            bounds.push(u32::try_from(bytes.len() + 1).ok()?);
        }
        regular.then_some(CellBounds {
            text,
            delimiter,
            bounds,
            quoted: quotes.met(),
            doubled: quotes.doubled(),
        })
    }

    /// A cell as it is written.
    #[inline]
    fn raw(&self, cell: usize) -> &'t str {
        &self.text[self.bounds[cell] as usize..self.bounds[cell + 1] as usize - 1]
    }

    /// A cell that is plain, or quoted without quotes within.
    #[inline]
    fn cell(&self, cell: usize) -> &'t str {
        let raw = self.raw(cell);
        match raw.as_bytes() {
            [b'"', within @ .., _] if self.quoted => &raw[1..=within.len()],
            _ => raw,
        }
    }

    /// Whether a row ends with a cell.
    #[inline]
    fn ends_row(&self, cell: usize) -> bool {
        let end = self.bounds[cell + 1] as usize - 1;
        self.text.as_bytes().get(end) != Some(&self.delimiter)
    }

    /// Whether a row ends with the last of these cells, and with no other.
    #[inline]
    fn is_row(&self, cells: Range<usize>) -> bool {
        let last = cells.end - 1;
        cells.end < self.bounds.len()
            && self.ends_row(last)
            && !(cells.start..last).any(|cell| self.ends_row(cell))
    }

    /// Whether a line is empty that begins with a cell.
    #[inline]
    fn is_empty_line(&self, cell: usize) -> bool {
        self.bounds[cell] + 1 == self.bounds[cell + 1] && self.ends_row(cell)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::base::scope::Scope;
    use crate::input::logs::source::{Layout, Source};
    use crate::input::logs::text::testing::{Seen, seen};
    use crate::input::logs::{CsvDialect, Dialect, LogSchema, Mapping, Scan};

    /// What a block comes to, by both ways.
    fn both(
        bytes: &[u8],
        delimiter: u8,
        schema: &LogSchema,
        scope: &Scope,
    ) -> [std::result::Result<Seen, String>; 2] {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bad/empty.csv");
        let file = LogFile::of(&file).unwrap(); // any: what is said of a fault names one
        let sources = [Source::open(file, |_| Ok(Layout::Ndjson)).unwrap()];
        let scan = Scan { scope, ..Scan::whole(&sources, schema) };
        let of = TextScan::of(&scan);
        let places: Vec<_> = (0..schema.columns.len()).map(Some).collect();
        let rows = CsvRows { of, layout: &CsvLayout { width: places.len(), places, delimiter } };
        let block = Block { first_row: 7, bytes };
        let quick = rows.read(&block, &mut Vec::new());
        let general = of.batch(0, |columns| rows.read_by_crate(7, bytes, columns).map(drop));
        let told = |error: Error| error.to_string();
        [quick, general].map(|batch| Ok(seen(batch.map_err(told)?, schema)))
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
        "\\\",",
        "\"a,b\"",
        "\"c\nd\"",
        "\"e\"\"f\"",
        "é",
        "\u{feff}",
        "2026-04-15T10:00:00Z",
        "2026-04-31T10:00:00Z",
        "1.5",
        "1e-7",
        "1;5",
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
            dialect in select(&[(b',', b'.'), (b';', b','), (b'\t', b'.')][..]),
        ) {
            let (delimiter, decimal) = dialect;
            let text = words.concat();
            let mut bytes = text.replace(',', &char::from(delimiter).to_string()).into_bytes();
            if let Some((at, byte)) = broken.filter(|_| !bytes.is_empty()) {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let scope = if filtered { Scope::Accounts(["ann".into()].into()) } else { Scope::All };
            let csv = CsvDialect { delimiter, decimal };
            let dialect = Dialect { csv, ..Dialect::default() };
            for schema in [LogSchema::usage(&Mapping::new(), true).unwrap(), LogSchema::dropped_events()] {
                let schema = schema.written(dialect);
                let [quick, general] = both(&bytes, delimiter, &schema, &scope);
                prop_assert_eq!(quick, general);
            }
        }
    }
}
