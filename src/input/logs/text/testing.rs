//! What tests see of a batch.

use crate::input::logs::{Batch, ColumnKind, LogSchema, value_text};

/// A batch's rows and faults, in whatever form its columns hold them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    rows: Vec<(u64, Vec<String>)>,
    faults: Vec<crate::input::logs::RowFault>,
}

/// All that anyone may see of a batch.
pub(super) fn seen(mut batch: Batch, schema: &LogSchema) -> Seen {
    let faults = std::mem::take(&mut batch.faults);
    let cell = |at: usize, row: usize| {
        let column = &batch.columns[at];
        match schema.columns[at].kind {
            ColumnKind::Instant => batch
                .instants(at)
                .get(row)
                .map_or_else(|e| format!("{e} {}", value_text(column, row)), |at| format!("{at}")),
            ColumnKind::Credits => batch
                .credits(at)
                .get(row)
                .map_or_else(|e| format!("{e} {}", value_text(column, row)), |r| format!("{r:?}")),
            _ => {
                format!("{} {}", arrow_array::Array::is_null(column, row), value_text(column, row))
            }
        }
    };
    let cells = |row: usize| (0..schema.columns.len()).map(|at| cell(at, row)).collect();
    let rows = (0..batch.len).map(|row| (batch.rows.number(row), cells(row))).collect();
    Seen { rows, faults }
}
