//! A report put together, shown in the forms that are asked for, and what is said of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::figures;
use super::model::Report;
use super::{json, page, parquet, workbook};
use crate::base::answer::Answer;
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::base::files::replace_whole;
use crate::base::text_table::TextTable;
use crate::desk::report::Request;

/// Puts the report together and writes what is asked for.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`] where the book lacks the months, [`crate::base::error::Kind::Book`] where it
/// cannot be read, [`crate::base::error::Kind::Input`] where a figure or a text is larger than a file of it holds,
/// [`crate::base::error::Kind::System`] where something cannot be written.
pub fn run(request: &Request) -> Result<Answer> {
    let report = figures::report(request)?;
    // All is made before anything is written.
    let page = request.out.as_ref().map(|file| Ok((file, page::page(&report)?.into_bytes())));
    let workbook = request.xlsx.as_ref().map(|file| Ok((file, workbook::workbook(&report)?)));
    let made = [("the page", page.transpose()?), ("the workbook", workbook.transpose()?)];
    let files =
        request.parquet.as_ref().map(|folder| parquet::write(&report, folder)).transpose()?;
    let mut text = headline(&report);
    for (what, made) in made {
        let Some((file, contents)) = made else { continue };
        write_whole(file, what, contents)?;
        // Writing to a String does not fail.
        let _ = writeln!(text, "{what}: {}", file.display());
    }
    if let Some((folder, files)) = request.parquet.as_ref().zip(files.as_ref()) {
        let _ = writeln!(
            text,
            "{} in {}",
            counted(files.len() as u64, "Parquet file"),
            folder.display()
        );
    }
    let mut result = json::json(&report);
    let place = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    result["page"] = place(&request.out).into();
    result["workbook"] = place(&request.xlsx).into();
    result["folder"] = place(&request.parquet).into();
    result["files"] = json!(files.unwrap_or_default());
    Ok(Answer::new(text, &result, 0))
}

/// Writes a file, whole or not at all.
fn write_whole(file: &Path, what: &str, contents: impl AsRef<[u8]>) -> Result<()> {
    replace_whole(file, contents).map_err(|e| {
        Error::new(Code::OUTPUT_UNWRITABLE, format!("{what} cannot be written"))
            .in_file(file)
            .caused_by(e)
            .hint("choose a folder that is there, and that this user may write to")
    })
}

/// The headline figures of the month that the report is about.
fn headline(report: &Report) -> String {
    let (Some(first), Some(last)) = (report.months.first(), report.months.last()) else {
        return String::new();
    };
    let beside = match first.month == last.month {
        true => String::new(),
        false => format!(", beside the months from {}", first.month),
    };
    let mut text =
        format!("{} of {}, in {}{beside}\n", last.month, report.product, report.currency.code());
    let mut table = TextTable::labelled(16);
    for section in report.sections.iter().filter(|section| section.id == figures::HEADLINE) {
        for (column, cell) in
            section.rows_of(last.month).flat_map(|row| section.columns.iter().zip(row))
        {
            if column.kind.is_number() {
                table.entry(&column.heading(), cell.told(column.kind, report.currency));
            }
        }
    }
    text.push_str(&table.text("  "));
    text
}
