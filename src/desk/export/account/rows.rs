//! An account's rows of all tables that a book holds.

use std::path::Path;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};

use super::kept_inputs::{KeptInput, kept_inputs};
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Result};
use crate::book::{Book, KEPT_TABLES, Revision};
use crate::tables::{Table, account_json};

/// What a revision holds of the account.
#[derive(Debug, Serialize)]
pub(super) struct OfRevision {
    month: Month,
    revision: String,
    in_force: bool,
    tables: Vec<OfTable>,
    kept_inputs: Vec<KeptInput>,
    /// JSON pointers into `manifest.json` that lead to the account's id.
    manifest: Vec<String>,
}

/// The account's rows of a table.
#[derive(Debug, Serialize)]
pub(super) struct OfTable {
    table: &'static str,
    rows: Vec<Map<String, Value>>,
}

/// What an imported opening holds of the account.
#[derive(Debug, Serialize)]
pub(super) struct OfOpening {
    month: Month,
    tables: Vec<OfTable>,
}

/// What all revisions hold of an account, by month and revision; and the months whose tables are in
/// an archive that is not at hand.
pub(super) fn of_revisions(book: &Book, account: &str) -> Result<(Vec<OfRevision>, Vec<Month>)> {
    let of_month = |month: Month| {
        let in_force = book.current(month)?.map(|revision| revision.name);
        let (mut found, mut archived) = (Vec::new(), None);
        for name in book.revisions(month)? {
            let revision = book.revision(month, &name)?;
            if revision.tables().is_err() {
                archived = Some(month);
            }
            let is_in_force = in_force.as_ref() == Some(&name);
            found.extend(OfRevision::read(month, &revision, is_in_force, account)?);
        }
        Ok((found, archived))
    };
    let months = book.months()?.into_par_iter().map(of_month);
    let (mut all, mut archived) = (Vec::new(), Vec::new());
    for (found, of_archive) in months.collect::<Result<Vec<_>>>()? {
        all.extend(found);
        archived.extend(of_archive);
    }
    Ok((all, archived))
}

/// What all imported openings hold of an account.
pub(super) fn of_openings(book: &Book, account: &str) -> Result<Vec<OfOpening>> {
    let mut all = Vec::new();
    for month in book.imports()? {
        let Some(imported) = book.imported(month)? else { continue };
        let is_there =
            |table: &Table| table.files().iter().any(|file| imported.record.output(file).is_some());
        let tables = Table::ALL.into_iter().filter(is_there);
        let tables = of_tables(&imported.folder, tables, account)?;
        if !tables.is_empty() {
            all.push(OfOpening { month, tables });
        }
    }
    Ok(all)
}

impl OfRevision {
    /// Reads it; `None` where the revision holds nothing of the account. Of an archived month whose
    /// archive is not at hand, that is what the book keeps of it.
    fn read(
        month: Month,
        revision: &Revision,
        in_force: bool,
        account: &str,
    ) -> Result<Option<Self>> {
        let is_whole = revision.tables().is_ok();
        let is_there = |table: &Table| {
            revision.manifest.has(*table) && (is_whole || KEPT_TABLES.contains(table))
        };
        let tables = Table::ALL.into_iter().filter(is_there);
        let manifest = serde_json::to_value(&revision.manifest).map_err(|e| {
            Error::new(Code::IMPOSSIBLE, "a manifest cannot be written as JSON").caused_by(e)
        })?;
        let found = OfRevision {
            month,
            revision: revision.name.clone(),
            in_force,
            tables: of_tables(revision.folder(), tables, account)?,
            kept_inputs: if is_whole { kept_inputs(revision, account)? } else { Vec::new() },
            manifest: mentions(&manifest, account, String::new()),
        };
        let is_empty = found.tables.is_empty()
            && found.manifest.is_empty()
            && !found.kept_inputs.iter().any(KeptInput::has_rows);
        Ok((!is_empty).then_some(found))
    }
}

/// The account's rows of tables in a folder; a table without any is left out.
fn of_tables(
    folder: &Path,
    tables: impl Iterator<Item = Table>,
    account: &str,
) -> Result<Vec<OfTable>> {
    let mut found = Vec::new();
    for table in tables.filter(|table| table.is_of_accounts()) {
        let rows = account_json(folder, table, account)?;
        if !rows.is_empty() {
            found.push(OfTable { table: table.name(), rows });
        }
    }
    Ok(found)
}

/// Where the id stands in a value, as JSON pointers.
fn mentions(value: &Value, id: &str, pointer: String) -> Vec<String> {
    match value {
        Value::String(text) if text == id => vec![pointer],
        Value::Array(values) => {
            let each = values.iter().enumerate();
            each.flat_map(|(at, value)| mentions(value, id, format!("{pointer}/{at}"))).collect()
        }
        Value::Object(values) => {
            let each = values.iter().map(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                mentions(value, id, format!("{pointer}/{key}"))
            });
            each.flatten().collect()
        }
        _ => Vec::new(),
    }
}
