//! A table as the text of its CSV file; of one that is not written as CSV, as it would be.

use std::fs;
use std::io::{Error, Result};
use std::path::Path;

use monthend::tables::{RecentIdRow, Table, records};

/// The text of a table of the revision in a folder.
pub fn table_text(folder: &Path, table: &str) -> Result<String> {
    if table != Table::RecentIds.name() {
        return fs::read_to_string(folder.join(format!("{table}.csv")));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(Table::RecentIds.columns().iter().map(|column| column.name))?;
    for row in records::<RecentIdRow>(folder).map_err(Error::other)? {
        let RecentIdRow { event_id, account_id, at } = row.map_err(Error::other)?;
        writer.write_record([guarded(&event_id), guarded(&account_id), at.to_string()])?;
    }
    String::from_utf8(writer.into_inner().map_err(Error::other)?).map_err(Error::other)
}

/// Text with the apostrophe that keeps spreadsheets from calculating.
fn guarded(text: &str) -> String {
    let is_formula = text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{text}", if is_formula { "'" } else { "" })
}
