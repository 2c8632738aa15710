//! What the corrections that a revision keeps say of an account.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::error::Result;
use crate::base::scope::Scope;
use crate::book::{InputFile, InputPlaces, Revision, Role, Whereabouts};
use crate::input::logs::{self, Batch, ColumnKind, IdColumn, LogSchema, Scan, value_text};

/// A file that a revision keeps, with the account's rows of it.
#[derive(Debug, Serialize)]
pub(super) struct KeptInput {
    file: String,
    role: Role,
    /// `None` where the file does not say whose its rows are.
    rows: Option<Vec<Map<String, Value>>>,
}

impl KeptInput {
    /// Whether any of its rows is known to be the account's.
    pub fn has_rows(&self) -> bool {
        self.rows.as_ref().is_some_and(|rows| !rows.is_empty())
    }
}

/// The files that a revision keeps and that may be about the account.
pub(super) fn kept_inputs(revision: &Revision, account: &str) -> Result<Vec<KeptInput>> {
    let mut kept = Vec::new();
    for input in &revision.manifest.inputs {
        let Some(file) = &input.kept else { continue };
        if input.accounts.includes(account) {
            let rows = rows(revision, input, account)?;
            kept.push(KeptInput { file: file.clone(), role: input.role, rows });
        }
    }
    Ok(kept)
}

/// The account's rows of a kept file, as they are read: text under the names of the program's columns.
fn rows(
    revision: &Revision,
    input: &InputFile,
    account: &str,
) -> Result<Option<Vec<Map<String, Value>>>> {
    let options = &revision.manifest.options;
    let of_account = Scope::of_account(account);
    let (schema, scope) = match input.role {
        Role::Changes => {
            let schema = LogSchema::changes(&options.map_changes)?.written(options.dialect_changes);
            (schema.in_words(&options.words), &of_account)
        }
        Role::Usage => {
            let schema = LogSchema::usage(&options.map_usage, options.event_ids)?;
            (schema.written(options.dialect_usage), &of_account)
        }
        // Events, and not whose they are; but those of a list for this account alone are its own.
        Role::DropEvents if input.accounts == of_account => {
            (LogSchema::dropped_events(), &Scope::All)
        }
        _ => return Ok(None),
    };
    let file = InputPlaces::of(revision.folder(), &Whereabouts::default()).locate(input).log()?;
    let sources = logs::open(vec![file], &schema)?;
    let scan = Scan { scope, ..Scan::whole(&sources, &schema) };
    let mut rows = logs::collect(&scan, &|batch| {
        Ok((0..batch.len).map(|at| (batch.rows.number(at), row(&batch, &schema, at))).collect())
    })?;
    rows.sort_by_key(|(number, _)| *number);
    Ok(Some(rows.into_iter().map(|(_, row)| row).collect()))
}

fn row(batch: &Batch, schema: &LogSchema, at: usize) -> Map<String, Value> {
    let cell = |column: usize, kind: ColumnKind| match kind {
        ColumnKind::Id | ColumnKind::EventId => {
            let mut buffer = [0; 36];
            let id = IdColumn::of(&batch.columns[column]).get(at, &mut buffer).map(str::to_owned);
            id.unwrap_or_else(|_| value_text(&batch.columns[column], at))
        }
        _ => value_text(&batch.columns[column], at),
    };
    let columns = schema.columns.iter().enumerate();
    let cells = columns.map(|(place, column)| (column.name.to_owned(), cell(place, column.kind)));
    cells.filter(|(_, cell)| !cell.is_empty()).map(|(name, cell)| (name, cell.into())).collect()
}
