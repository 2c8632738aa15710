//! A table's two files: what is recorded of them, what they hold, and that they hold the
//! same.

use std::path::Path;

use super::finding::{Audit, FindingCode, Place};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::money::Currency;
use crate::tables::{self, CappedList, Inspection, Output, SharedCells, Table};

/// A table, and what is known of its revision.
pub(super) struct TableFiles<'a> {
    pub folder: &'a Path,
    pub place: Place,
    pub table: Table,
    /// The revision's files that are there.
    pub there: &'a [String],
    /// What is recorded of the files, and where.
    pub outputs: &'a [Output],
    pub recorded_in: &'a str,
    pub month: Month,
    pub currency: Option<Currency>,
}

/// What became of it.
#[derive(Default)]
pub(super) struct CheckedTable {
    pub audit: Audit,
    /// The digests of the files as they are.
    pub digests: Vec<(String, String)>,
    /// Whether the Parquet file holds what a run may have written.
    pub is_sound: bool,
}

/// Checks a table's files.
pub(super) fn check(files: &TableFiles<'_>) -> CheckedTable {
    let mut checked = CheckedTable::default();
    for file in files.table.files() {
        let digest = files.digest(&file, &mut checked.audit);
        checked.digests.extend(digest.map(|digest| (file, digest)));
    }
    let digest = |ending| {
        let file = files.file(ending);
        checked.digests.iter().find(|(of, _)| *of == file).map(|(_, sha256)| sha256.clone())
    };
    let (parquet, csv) = (digest("parquet"), digest("csv"));
    if parquet.is_some() {
        files.rows(csv.as_deref(), &mut checked);
    }
    checked
}

impl TableFiles<'_> {
    fn file(&self, ending: &str) -> String {
        format!("{}.{ending}", self.table.name())
    }

    /// Holds a file against the digest that is recorded; gives its own.
    fn digest(&self, file: &str, audit: &mut Audit) -> Option<String> {
        if !self.there.iter().any(|there| there == file) {
            return None;
        }
        let place = self.place.clone().file(file);
        let (bytes, sha256) = match digest::of_file(&self.folder.join(file)) {
            Ok(known) => known,
            Err(e) => {
                audit.add(FindingCode::Unreadable, place, format!("cannot be read: {e}"));
                return None;
            }
        };
        if let Some(due) = self.outputs.iter().find(|output| output.file == file)
            && (due.bytes, &due.sha256) != (bytes, &sha256)
        {
            let what = format!(
                "is not what {} says: it has {bytes} bytes, and its sha256 is {sha256}",
                self.recorded_in
            );
            let expected = format!("{} bytes, and sha256 {}", due.bytes, due.sha256);
            audit.add_expected(FindingCode::Digest, place, what, expected);
        }
        Some(sha256)
    }

    /// Reads the Parquet file, and holds the CSV file of this digest against it.
    fn rows(&self, csv: Option<&str>, checked: &mut CheckedTable) {
        let month = self.month.to_string();
        let common = SharedCells { month: &month, currency: self.currency };
        let inspection = match tables::inspect(self.folder, self.table, common) {
            Ok(inspection) => inspection,
            Err(e) => {
                let place = self.place.clone().file(self.file("parquet"));
                return checked.audit.add_failure(FindingCode::Table, place, &e);
            }
        };
        checked.is_sound = inspection.faults.is_empty();
        self.cells(&inspection, &mut checked.audit);
        self.counts(&inspection, &mut checked.audit);
        if csv.is_some_and(|sha256| sha256 != inspection.csv_sha256) {
            self.differences(&mut checked.audit);
        }
    }

    fn cells(&self, inspection: &Inspection, audit: &mut Audit) {
        let place = || self.place.clone().file(self.file("parquet"));
        for fault in &inspection.faults.first {
            let place = place().row(fault.row).column(Some(fault.column)).account(&fault.account);
            audit.add(FindingCode::Table, place, format!("`{}` {}", fault.value, fault.what));
        }
        more(&inspection.faults, FindingCode::Table, place(), "cells that no run writes", audit);
    }

    /// Rows and apostrophes as they are recorded.
    fn counts(&self, inspection: &Inspection, audit: &mut Audit) {
        for output in self.outputs {
            if let Some(due) = &output.rows_sha256
                && output.file == self.file("parquet")
                && *due != inspection.csv_sha256
            {
                let place = self.place.clone().file(&output.file);
                let what = format!("the sha256 of its rows is {}", inspection.csv_sha256);
                let expected = format!("{due}, as {} says", self.recorded_in);
                audit.add_expected(FindingCode::Digest, place, what, expected);
            }
            let is_csv = output.file == self.file("csv");
            if !is_csv && output.file != self.file("parquet") {
                continue;
            }
            let place = || self.place.clone().file(&output.file);
            if output.rows != inspection.rows {
                let what = format!("the Parquet file has {} rows", inspection.rows);
                let expected = format!("{} rows, as {} says", output.rows, self.recorded_in);
                audit.add_expected(FindingCode::Rows, place(), what, expected);
            }
            let apostrophes = is_csv.then_some(inspection.apostrophes);
            if output.apostrophes != apostrophes {
                let count = |count: Option<u64>| count.map_or("none".into(), |n| n.to_string());
                let what = format!("apostrophes before cells: {}", count(apostrophes));
                let recorded = count(output.apostrophes);
                let expected = format!("{recorded}, as {} says", self.recorded_in);
                audit.add_expected(FindingCode::Rows, place(), what, expected);
            }
        }
    }

    fn differences(&self, audit: &mut Audit) {
        let place = || self.place.clone().file(self.file("csv"));
        let differences = match tables::differences(self.folder, self.table) {
            Ok(differences) => differences,
            Err(e) => return audit.add_failure(FindingCode::CsvDiffers, place(), &e),
        };
        if differences.is_empty() {
            let what = "holds the rows of the Parquet file, but is not written as a run writes it";
            audit.add(FindingCode::CsvDiffers, place(), what);
        }
        for difference in &differences.first {
            let place =
                place().row(difference.row).column(difference.column).account(&difference.account);
            let held = |held: &Option<String>| {
                held.as_ref().map_or("no such row".to_owned(), |text| format!("`{text}`"))
            };
            let expected = format!("{}, as the Parquet file has it", held(&difference.parquet));
            audit.add_expected(FindingCode::CsvDiffers, place, held(&difference.csv), expected);
        }
        more(&differences, FindingCode::CsvDiffers, place(), "rows that differ", audit);
    }
}

/// What is counted, but not named.
fn more<T>(few: &CappedList<T>, code: FindingCode, place: Place, what: &str, audit: &mut Audit) {
    if few.more > 0 {
        audit.add(code, place, format!("and {} more {what}", few.more));
    }
}
