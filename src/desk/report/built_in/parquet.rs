//! The figures as Parquet files, one for each section.

use std::path::Path;

use super::model::{Cell, CellKind, Report, Section};
use crate::base::error::Result;
use crate::tables::{self, Output, ReportTarget, TableColumn, optional};

/// Writes the sections of a report into a folder.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the folder cannot be written, or a sum is larger than a table holds.
pub(super) fn write(report: &Report, folder: &Path) -> Result<Vec<Output>> {
    let last = report.months.last().map(|last| last.month.to_string()).unwrap_or_default();
    let notes = [("monthend.month", last.as_str()), ("monthend.currency", report.currency.code())];
    let target = ReportTarget { folder, currency: report.currency, notes: &notes };
    let written = report.sections.iter().map(|section| write_section(section, &target));
    Ok(written.collect::<Result<Vec<_>>>()?.concat())
}

fn write_section(section: &Section, target: &ReportTarget<'_>) -> Result<Vec<Output>> {
    let columns = section.columns.iter();
    let columns: Vec<TableColumn> =
        columns.map(|column| optional(column.name, column.kind.column_type())).collect();
    target.write_parquet(section.id, &columns, &section.rows, |row| {
        row.iter().zip(section.columns).map(|(cell, column)| written(cell, column.kind))
    })
}

fn written(cell: &Cell, kind: CellKind) -> tables::Cell<'_> {
    match cell {
        Cell::Empty => tables::Cell::Null,
        Cell::Text(text) => tables::Cell::Text(text),
        Cell::Month(month) => tables::Cell::Month(*month),
        Cell::Number(number) if kind == CellKind::Integer => tables::Cell::Signed(*number),
        Cell::Number(number) => tables::Cell::Decimal(*number),
    }
}
