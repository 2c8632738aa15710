//! A log looked at: what is concluded of a sample of it, and whether that reads it.

use std::path::PathBuf;

use super::conclusion::Conclusion;
use super::request::Ask;
use super::{columns, forms, wanted, words};
use crate::base::calendar::Month;
use crate::base::error::Result;
use crate::catalog::Catalog;
use crate::input::changes;
use crate::input::logs::{
    self, Dialect, LogFile, LogSchema, RowCheck, Sample, Scan, Survey, Words, find,
};

/// A log, looked at.
#[derive(Debug, Default)]
pub struct Looked {
    /// The first of them, and what was seen of it.
    pub seen: String,
    /// What was concluded.
    pub told: Vec<Conclusion>,
    /// The month of its first row.
    pub first_month: Option<Month>,
    /// Kinds of grants that it names and the catalogue lacks.
    pub new_kinds: Vec<String>,
}

/// Looks at a usage log.
///
/// # Errors
/// A file cannot be read.
pub fn usage(paths: &[PathBuf], ask: &mut Ask<'_>) -> Result<Looked> {
    let Some((files, sample)) = first(paths, "usage log")? else { return Ok(Looked::default()) };
    let (mut dialect, mut told) = (Dialect::default(), Vec::new());
    forms::delimiter(&sample, "usage", &mut dialect, &mut told);
    let found = columns::find(&sample, "usage", wanted::USAGE, &[], ask, &mut told);
    let mut first_month = None;
    if let Some(&at) = found.places.get("at") {
        forms::instants(&sample, at, "usage", ask, &mut dialect, &mut told);
        first_month = forms::first_month(&sample, at, dialect);
    }
    if let Some(&at) = found.places.get("credits") {
        forms::decimals(&sample, at, ask, &mut dialect, &mut told);
    }
    if !told.iter().any(|told| told.is_open) {
        let event_ids = found.places.contains_key("event_id");
        let schema = LogSchema::usage(&found.mapping, event_ids)?.written(dialect);
        told.push(read(files, &schema, &|_, _| None)?);
    }
    Ok(looked(&sample, told, first_month))
}

/// Looks at a change log.
///
/// # Errors
/// As [`usage`].
pub fn changes(paths: &[PathBuf], catalog: &Catalog, ask: &mut Ask<'_>) -> Result<Looked> {
    let Some((files, sample)) = first(paths, "change log")? else { return Ok(Looked::default()) };
    let (mut dialect, mut told) = (Dialect::default(), Vec::new());
    forms::delimiter(&sample, "changes", &mut dialect, &mut told);
    let found = columns::find(&sample, "changes", wanted::CHANGES, wanted::GRANTS, ask, &mut told);
    if let Some(&at) = found.places.get("at") {
        forms::instants(&sample, at, "changes", ask, &mut dialect, &mut told);
    }
    let mut meanings = Words::default();
    if let Some(&at) = found.places.get("change") {
        meanings.change_values = words::changes(&sample, at, ask, &mut told);
    }
    if let Some(&at) = found.places.get("plan") {
        meanings.plan_values = words::plans(&sample, at, catalog, ask, &mut told);
    }
    if !told.iter().any(|told| told.is_open) {
        let schema = LogSchema::changes(&found.mapping)?.written(dialect).in_words(&meanings);
        let check = |batch: &logs::Batch, row: usize| changes::row_fault(batch, &schema, row);
        told.push(read(files, &schema, &check)?);
    }
    let mut looked = looked(&sample, told, None);
    if let (Some(&change), Some(&grant)) = (found.places.get("change"), found.places.get("grant")) {
        let kinds = words::kinds(&sample, change, grant, &meanings.change_values);
        kinds.into_iter().for_each(|(kind, rows)| looked.add_kind(kind, rows, &sample, catalog));
    }
    Ok(looked)
}

impl Looked {
    /// Takes in a kind of grant that so many rows name. What one costs that the catalogue lacks, and when usage
    /// draws on it, no log tells.
    fn add_kind(&mut self, kind: &str, rows: usize, sample: &Sample, catalog: &Catalog) {
        let (about, of) =
            (format!("grant {kind}"), format!("in {rows} of {} rows", sample.rows.len()));
        if catalog.grant_place(kind).is_some() {
            return self.told.push(Conclusion::plain(about, of));
        }
        let evidence = format!("{of}; its terms are for the catalogue to say, as [[grant]]");
        self.told.push(Conclusion { is_open: true, ..Conclusion::plain(about, evidence) });
        self.new_kinds.push(kind.to_owned());
    }
}

/// The files that paths mean, and a sample of the first one.
fn first(paths: &[PathBuf], what: &str) -> Result<Option<(Vec<LogFile>, Sample)>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let files = find(paths, what)?.files;
    let sample = files.first().map(Sample::of).transpose()?;
    Ok(sample.map(|sample| (files, sample)))
}

fn looked(sample: &Sample, told: Vec<Conclusion>, first_month: Option<Month>) -> Looked {
    let seen = format!("{}: {} rows looked at", sample.file, sample.rows.len());
    Looked { seen, told, first_month, new_kinds: Vec::new() }
}

/// Reads a log whole by what was concluded, as a run would.
fn read(files: Vec<LogFile>, schema: &LogSchema, check: &RowCheck<'_>) -> Result<Conclusion> {
    let sources = logs::open(files, schema)?;
    let scan = Scan::whole(&sources, schema);
    let found = Survey { scan, concerns: &|_| true, reads_cells: true, check }.run()?;
    let (rows, unreadable) = (found.rows, found.unreadable);
    let evidence = format!("{} of {rows} rows can be read", rows - unreadable);
    if unreadable == 0 {
        return Ok(Conclusion::plain("in all", evidence));
    }
    let faults = found.into_faults(&sources, schema);
    let faults: Vec<String> = faults.iter().map(|fault| fault.in_one_line()).collect();
    let evidence = format!("{evidence}; {}", faults.join("; "));
    Ok(Conclusion { is_open: true, ..Conclusion::plain("in all", evidence) })
}
