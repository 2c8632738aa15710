//! A log looked at: what is concluded of a sample of it, and whether that reads it.

use std::path::PathBuf;

use super::conclusion::{Conclusion, Looking};
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
    /// Its paths, as they lead from the job file.
    pub paths: Vec<String>,
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
    let Some((files, mut look)) = first(paths, "usage", "usage log", ask)? else {
        return Ok(Looked::default());
    };
    let found = columns::find(&mut look, wanted::USAGE, &[]);
    let mut first_month = None;
    if let Some(&at) = found.places.get("at") {
        forms::instants(&mut look, at);
        first_month = forms::first_month(&look, at);
    }
    if let Some(&at) = found.places.get("credits") {
        forms::decimals(&mut look, at);
    }
    if !look.told.iter().any(|told| told.is_open) {
        let event_ids = found.places.contains_key("event_id");
        let schema = LogSchema::usage(&found.mapping, event_ids)?.written(look.dialect);
        look.told.push(read(files, &schema, &|_, _| None)?);
    }
    Ok(Looked { first_month, ..Looked::of(look) })
}

/// Looks at a change log.
///
/// # Errors
/// As [`usage`].
pub fn changes(paths: &[PathBuf], catalog: &Catalog, ask: &mut Ask<'_>) -> Result<Looked> {
    let Some((files, mut look)) = first(paths, "changes", "change log", ask)? else {
        return Ok(Looked::default());
    };
    let found = columns::find(&mut look, wanted::CHANGES, wanted::GRANTS);
    if let Some(&at) = found.places.get("at") {
        forms::instants(&mut look, at);
    }
    let mut meanings = Words::default();
    if let Some(&at) = found.places.get("change") {
        meanings.change_values = words::changes(&mut look, at);
    }
    if let Some(&at) = found.places.get("plan") {
        meanings.plan_values = words::plans(&mut look, at, catalog);
    }
    if !look.told.iter().any(|told| told.is_open) {
        let schema = LogSchema::changes(&found.mapping)?.written(look.dialect).in_words(&meanings);
        let check = |batch: &logs::Batch, row: usize| changes::row_fault(batch, &schema, row);
        look.told.push(read(files, &schema, &check)?);
    }
    let mut new_kinds = Vec::new();
    if let (Some(&change), Some(&grant)) = (found.places.get("change"), found.places.get("grant")) {
        for (kind, rows) in words::kinds(&look.sample, change, grant, &meanings.change_values) {
            let about = format!("grant {kind}");
            let of = format!("in {rows} of {} rows", look.sample.rows.len());
            if catalog.grant_place(kind).is_some() {
                look.told.push(Conclusion::plain(about, of));
                continue;
            }
            // What one costs that the catalogue lacks, and when usage draws on it, no log tells.
            let evidence = format!("{of}; its terms are for the catalogue to say, as [[grant]]");
            look.told.push(Conclusion { is_open: true, ..Conclusion::plain(about, evidence) });
            new_kinds.push(kind.to_owned());
        }
    }
    Ok(Looked { new_kinds, ..Looked::of(look) })
}

impl Looked {
    fn of(Looking { sample, told, .. }: Looking<'_>) -> Self {
        let seen = format!("{}: {} rows looked at", sample.file, sample.rows.len());
        Looked { seen, told, ..Looked::default() }
    }
}

/// The files that paths mean, and the first one as it is looked at.
fn first<'a>(
    paths: &[PathBuf],
    log: &'static str,
    what: &str,
    ask: &'a mut Ask<'_>,
) -> Result<Option<(Vec<LogFile>, Looking<'a>)>> {
    let files = if paths.is_empty() { Vec::new() } else { find(paths, what)?.files };
    let Some(sample) = files.first().map(Sample::of).transpose()? else { return Ok(None) };
    let mut look = Looking { sample, log, dialect: Dialect::default(), told: Vec::new(), ask };
    forms::delimiter(&mut look);
    Ok(Some((files, look)))
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
