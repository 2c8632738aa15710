//! A table's two files: what is recorded of them, what they hold, and that they hold the
//! same.

use std::path::Path;

use super::finding::{Code, Found, Place, in_words};
use crate::base::calendar::Month;
use crate::base::digest;
use crate::base::money::Currency;
use crate::tables::{self, Common, Few, Inspection, Output, Table};

/// A table, and what is known of its revision.
pub(super) struct Asked<'a> {
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
pub(super) struct Checked {
    pub found: Found,
    /// The digests of the files as they are.
    pub digests: Vec<(String, String)>,
    /// Whether the Parquet file holds what a run may have written.
    pub is_sound: bool,
}

/// Checks a table's files.
pub(super) fn check(asked: &Asked<'_>) -> Checked {
    let mut checked = Checked::default();
    let [parquet, csv] =
        ["parquet", "csv"].map(|ending| asked.digest(&asked.file(ending), &mut checked.found));
    if parquet.is_some() {
        asked.rows(csv.as_deref(), &mut checked);
    }
    for (ending, digest) in [("parquet", parquet), ("csv", csv)] {
        checked.digests.extend(digest.map(|digest| (asked.file(ending), digest)));
    }
    checked
}

impl Asked<'_> {
    fn file(&self, ending: &str) -> String {
        format!("{}.{ending}", self.table.name())
    }

    /// Holds a file against the digest that is recorded; gives its own.
    fn digest(&self, file: &str, found: &mut Found) -> Option<String> {
        if !self.there.iter().any(|there| there == file) {
            return None;
        }
        let place = self.place.clone().file(file);
        let (bytes, sha256) = match digest::of_file(&self.folder.join(file)) {
            Ok(known) => known,
            Err(e) => {
                found.add(Code::Unreadable, place, format!("cannot be read: {e}"));
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
            found.add_expected(Code::Digest, place, what, expected);
        }
        Some(sha256)
    }

    /// Reads the Parquet file, and holds the CSV file of this digest against it.
    fn rows(&self, csv: Option<&str>, checked: &mut Checked) {
        let month = self.month.to_string();
        let common = Common { month: &month, currency: self.currency };
        let inspection = match tables::inspect(self.folder, self.table, common) {
            Ok(inspection) => inspection,
            Err(e) => {
                let place = self.place.clone().file(self.file("parquet"));
                return checked.found.add(Code::Table, place, in_words(&e));
            }
        };
        checked.is_sound = inspection.faults.is_empty();
        self.cells(&inspection, &mut checked.found);
        self.counts(&inspection, &mut checked.found);
        if csv.is_some_and(|sha256| sha256 != inspection.csv_sha256) {
            self.differences(&mut checked.found);
        }
    }

    fn cells(&self, inspection: &Inspection, found: &mut Found) {
        let place = || self.place.clone().file(self.file("parquet"));
        for fault in &inspection.faults.first {
            let place = place().row(fault.row).column(Some(fault.column)).account(&fault.account);
            found.add(Code::Table, place, format!("`{}` {}", fault.value, fault.what));
        }
        self.more(&inspection.faults, Code::Table, place(), "cells that no run writes", found);
    }

    /// Rows and apostrophes as they are recorded.
    fn counts(&self, inspection: &Inspection, found: &mut Found) {
        for output in self.outputs {
            let is_csv = output.file == self.file("csv");
            if !is_csv && output.file != self.file("parquet") {
                continue;
            }
            let place = || self.place.clone().file(&output.file);
            if output.rows != inspection.rows {
                let what = format!("the Parquet file has {} rows", inspection.rows);
                let expected = format!("{} rows, as {} says", output.rows, self.recorded_in);
                found.add_expected(Code::Rows, place(), what, expected);
            }
            let apostrophes = is_csv.then_some(inspection.apostrophes);
            if output.apostrophes != apostrophes {
                let count = |count: Option<u64>| count.map_or("none".into(), |n| n.to_string());
                let what = format!("apostrophes before cells: {}", count(apostrophes));
                let recorded = count(output.apostrophes);
                let expected = format!("{recorded}, as {} says", self.recorded_in);
                found.add_expected(Code::Rows, place(), what, expected);
            }
        }
    }

    fn differences(&self, found: &mut Found) {
        let place = || self.place.clone().file(self.file("csv"));
        let differences = match tables::differences(self.folder, self.table) {
            Ok(differences) => differences,
            Err(e) => return found.add(Code::CsvDiffers, place(), in_words(&e)),
        };
        if differences.is_empty() {
            let what = "holds the rows of the Parquet file, but is not written as a run writes it";
            found.add(Code::CsvDiffers, place(), what);
        }
        for difference in &differences.first {
            let place =
                place().row(difference.row).column(difference.column).account(&difference.account);
            let held = |held: &Option<String>| {
                held.as_ref().map_or("no such row".to_owned(), |text| format!("`{text}`"))
            };
            let expected = format!("{}, as the Parquet file has it", held(&difference.parquet));
            found.add_expected(Code::CsvDiffers, place, held(&difference.csv), expected);
        }
        self.more(&differences, Code::CsvDiffers, place(), "rows that differ", found);
    }

    /// What is counted, but not named.
    fn more<T>(&self, few: &Few<T>, code: Code, place: Place, what: &str, found: &mut Found) {
        if few.more > 0 {
            found.add(code, place, format!("and {} more {what}", few.more));
        }
    }
}
