//! A report as a workbook: a sheet for each section, behind one that says what the report is of. Ids and words are
//! text, months are days, and numbers that a spreadsheet cannot hold are text, too.

mod book;
mod cells;
mod contents;
mod names;

pub(super) use book::workbook;
