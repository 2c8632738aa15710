//! The first sheet: what the report is of, its sections and its months.

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::super::model::{Report, Section};
use super::cells::{heading_format, is_too_long, write_month, write_text};
use super::names::CONTENTS;
use crate::base::digits::counted;

/// Who wrote it.
pub(super) const PROGRAM: &str = concat!("monthend ", env!("CARGO_PKG_VERSION"));

/// The heading of the one column of numbers.
const ROWS: &str = "rows";

/// Widths of the columns, in characters.
const WIDTHS: [u32; 4] = [38, 66, 36, 8];

/// What the report is of: `Kiro for individuals, October 2026`.
pub(super) fn title(report: &Report) -> String {
    match report.months.last() {
        Some(last) => format!("{}, {}", report.product, last.month.in_words()),
        None => report.product.clone(),
    }
}

/// Writes the first sheet; `names` are the sheets of the sections.
///
/// # Errors
/// A cell has not as many characters as a text.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report,
    names: &[String],
) -> Result<(), XlsxError> {
    sheet.set_name(CONTENTS)?;
    for (at, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    let bold = Format::new().set_bold();
    write_text(sheet, (0, 0), &title(report), &bold.clone().set_font_size(14))?;
    let mut row = 2;
    if let Some(last) = report.months.last() {
        write_text(sheet, (row, 0), "month", &bold)?;
        write_month(sheet, (row, 1), last.month)?;
        row += 1;
    }
    for (label, value) in [("currency of all amounts", report.currency.code()), ("by", PROGRAM)] {
        write_text(sheet, (row, 0), label, &bold)?;
        write_text(sheet, (row, 1), value, &Format::new())?;
        row += 1;
    }
    row = write_sections(sheet, row + 1, &report.sections, names)?;
    row = write_months(sheet, row + 1, report)?;
    for note in notes(&report.sections, names) {
        row += 1;
        write_text(sheet, (row, 0), &note, &Format::new())?;
    }
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}

/// A line for each section, from a row on; the row behind them.
fn write_sections(
    sheet: &mut Worksheet,
    first: u32,
    sections: &[Section],
    names: &[String],
) -> Result<u32, XlsxError> {
    write_headings(sheet, first, &["sheet", "question", "in SQL", ROWS])?;
    let mut row = first + 1;
    for (section, name) in sections.iter().zip(names) {
        let link = format!("internal:'{}'!A1", name.replace('\'', "''"));
        sheet.write_url_with_text(row, 0, &*link, section.title)?;
        write_text(sheet, (row, 1), section.question, &Format::new())?;
        write_text(sheet, (row, 2), &section.sql(), &Format::new())?;
        sheet.write_number(row, 3, u32::try_from(section.rows.len()).unwrap_or(u32::MAX))?;
        row += 1;
    }
    Ok(row)
}

/// A line for each month, from a row on; the row behind them.
fn write_months(sheet: &mut Worksheet, first: u32, report: &Report) -> Result<u32, XlsxError> {
    write_headings(sheet, first, &["month", "revision in force"])?;
    let mut row = first + 1;
    for reported in &report.months {
        write_month(sheet, (row, 0), reported.month)?;
        write_text(sheet, (row, 1), &reported.revision, &Format::new())?;
        row += 1;
    }
    Ok(row)
}

fn write_headings(sheet: &mut Worksheet, row: u32, headings: &[&str]) -> Result<(), XlsxError> {
    for (at, heading) in (0..).zip(headings) {
        let is_number = *heading == ROWS;
        write_text(sheet, (row, at), heading, &heading_format(is_number))?;
    }
    Ok(())
}

/// What a reader must know of the cells.
fn notes(sections: &[Section], names: &[String]) -> Vec<String> {
    let mut notes = vec![
        "Ids and words are text, whatever they look like. A month is its first day.".to_owned(),
    ];
    for (section, name) in sections.iter().zip(names) {
        let too_long = section.rows.iter().flatten().filter(|cell| is_too_long(cell)).count();
        if too_long > 0 {
            notes.push(format!(
                "{name}: {} of more than 15 digits. A spreadsheet would round them, so they are text, and in no sum.",
                counted(too_long as u64, "number")
            ));
        }
    }
    notes
}
