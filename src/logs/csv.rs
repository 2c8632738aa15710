//! CSV rows as columns of text.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::StringViewBuilder;

use super::accounts::Wanted;
use super::blocks::Block;
use super::scan::{Batch, Fault, Rows};
use super::{LogFile, Table, cut};
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

/// Columns of text in the making.
pub(super) struct TextColumns {
    builders: Vec<StringViewBuilder>,
    rows: Vec<u64>,
    faults: Vec<Fault>,
}

impl TextColumns {
    pub(super) fn new(width: usize) -> Self {
        let builders = (0..width).map(|_| StringViewBuilder::new()).collect();
        TextColumns { builders, rows: Vec::new(), faults: Vec::new() }
    }

    /// Adds a row's cells; an empty cell is null.
    pub(super) fn push<'a>(&mut self, row: u64, cells: impl Iterator<Item = &'a str>) {
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            match cell {
                "" => builder.append_null(),
                cell => builder.append_value(cell),
            }
        }
        self.rows.push(row);
    }

    /// Adds a row that cannot be read at all.
    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(super) fn finish(mut self, source: usize) -> Batch {
        let columns = self.builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef).collect();
        let len = self.rows.len();
        Batch { source, rows: Rows::List(self.rows), columns, faults: self.faults, len }
    }
}

/// Parses a block of rows; `places` are our columns' cells, `width` the header's.
pub(super) fn read_block(
    block: &Block,
    table: &Table,
    (places, width): (&[Option<usize>], usize),
    wanted: Wanted<'_>,
    (source, file): (usize, &LogFile),
) -> Result<Batch> {
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(block.bytes.as_slice());
    let mut columns = TextColumns::new(places.len());
    let mut record = ::csv::ByteRecord::new();
    let mut row = block.first_row;
    while reader.read_byte_record(&mut record).map_err(|e| {
        Error::input("cannot be taken apart").in_file(&file.name).at_row(row).caused_by(e)
    })? {
        match cells(&record, table, places, width, row) {
            Ok(cells) if wanted.keeps(&cells) => columns.push(row, cells.into_iter()),
            Err(fault) if wanted.all() => columns.fault(fault),
            Ok(_) | Err(_) => {}
        }
        row += 1;
    }
    Ok(columns.finish(source))
}

fn cells<'a>(
    record: &'a ::csv::ByteRecord,
    table: &Table,
    places: &[Option<usize>],
    width: usize,
    row: u64,
) -> std::result::Result<Vec<&'a str>, Fault> {
    if record.len() != width {
        let found: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        let cells = if record.len() == 1 { "cell" } else { "cells" };
        let reason =
            format!("the row has {} {cells}; expected {width} as in the header", record.len());
        return Err(Fault { row, column: String::new(), value: cut(&found.join(",")), reason });
    }
    let checked = places.iter().zip(&table.columns).map(|(&place, column)| {
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
