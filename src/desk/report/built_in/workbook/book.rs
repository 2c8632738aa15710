//! The workbook put together.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, IgnoreError, Workbook, Worksheet, XlsxError};

use super::super::model::{Cell, Column, Report, Section};
use super::{cells, contents, names};
use crate::base::error::{Code, Error, Result};
use crate::base::money::Currency;

/// The widest column, in characters.
const WIDEST: usize = 60;

/// Beside a heading is the button of its filter, in characters.
const BUTTON: usize = 3;

/// The bytes of the workbook of a report.
///
/// # Errors
/// [`crate::base::error::Kind::Input`] where a sheet has too few rows for it, or a cell too few characters.
pub(in super::super) fn workbook(report: &Report) -> Result<Vec<u8>> {
    made(report).map_err(|e| {
        Error::new(Code::FIGURE_TOO_LARGE, "the report is larger than a workbook holds")
            .caused_by(e)
            .hint("--parquet and --json hold all of it; fewer months (--from) may fit")
    })
}

fn made(report: &Report) -> std::result::Result<Vec<u8>, XlsxError> {
    let names = names::sheet_names(report.sections.iter().map(|section| section.title));
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(report)?);
    contents::write(workbook.add_worksheet(), report, &names)?;
    for (section, name) in report.sections.iter().zip(&names) {
        let sheet = workbook.add_worksheet().set_name(name)?;
        write_section(sheet, section, report.currency)?;
    }
    workbook.save_to_buffer()
}

/// What the file says of itself. The library would take the time from the clock, and the same book would give other
/// bytes.
fn properties(report: &Report) -> std::result::Result<DocProperties, XlsxError> {
    let last = report.months.last().map(|last| last.month);
    let made = last.and_then(|month| cells::first_day(month.next()));
    let made = made.map_or_else(|| ExcelDateTime::from_ymd(1901, 1, 1), Ok)?;
    Ok(DocProperties::new()
        .set_title(contents::title(report))
        .set_author(contents::PROGRAM)
        .set_creation_datetime(&made))
}

fn write_section(
    sheet: &mut Worksheet,
    section: &Section,
    currency: Currency,
) -> std::result::Result<(), XlsxError> {
    for (at, column) in (0..).zip(section.columns) {
        let cells = section.rows.iter().map(|row| &row[usize::from(at)]);
        write_column(sheet, at, column, cells, currency)?;
    }
    let rows = u32::try_from(section.rows.len()).map_err(|_| XlsxError::RowColumnLimitError)?;
    let last = u16::try_from(section.columns.len()).unwrap_or(u16::MAX).saturating_sub(1);
    sheet.autofilter(0, 0, rows, last)?;
    sheet.set_freeze_panes(1, 0)?;
    // On paper: as wide as a page, and headings on each.
    sheet.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

/// A heading, and the cells below it.
fn write_column<'r>(
    sheet: &mut Worksheet,
    at: u16,
    column: &Column,
    column_cells: impl Iterator<Item = &'r Cell>,
    currency: Currency,
) -> std::result::Result<(), XlsxError> {
    let heading = column.heading();
    let format = cells::heading_format(column.kind.is_number());
    cells::write_text(sheet, (0, at), &heading, &format)?;
    let mut width = heading.chars().count() + BUTTON;
    let mut last = 0;
    for (row, cell) in (1..).zip(column_cells) {
        cells::write(sheet, (row, at), cell, column.kind, currency)?;
        width = width.max(cells::width(cell, column.kind, currency));
        last = row;
    }
    sheet.set_column_width(at, u32::try_from(width.min(WIDEST)).unwrap_or_default())?;
    if !column.kind.is_number() && last > 0 {
        // Digits of an id are no mistake to be marked.
        sheet.ignore_error_range(1, at, last, at, IgnoreError::NumberStoredAsText)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{CellKind, Picture, ReportedMonth};
    use super::*;
    use crate::base::calendar::Month;

    const COLUMNS: &[Column] = &[
        Column { name: "month", kind: CellKind::Month },
        Column { name: "reason", kind: CellKind::Text },
    ];

    fn report(month: &str, reason: String) -> Report {
        let month = Month::parse(month).unwrap();
        let section = Section {
            id: "demo",
            title: "Demo",
            question: "What?",
            columns: COLUMNS,
            rows: vec![vec![Cell::Month(month), Cell::Text(reason)]],
            picture: Picture::None,
        };
        Report {
            product: "Demo".to_owned(),
            currency: Currency::parse("USD").unwrap(),
            months: vec![ReportedMonth { month, revision: "r001".to_owned() }],
            sections: vec![section],
        }
    }

    #[test]
    fn what_a_sheet_cannot_hold_is_refused() {
        assert!(workbook(&report("2026-04", "x".repeat(32_767))).is_ok());
        let refused = workbook(&report("2026-04", "x".repeat(32_768))).unwrap_err();
        assert_eq!(refused.code(), Code::FIGURE_TOO_LARGE);
    }

    #[test]
    fn months_of_all_times_can_be_told() {
        for month in ["0001-01", "1900-02", "1901-01", "9998-12"] {
            assert!(workbook(&report(month, String::new())).is_ok(), "{month}");
        }
    }
}
