//! The tables of an opening state, read as logs: whoever wrote them.

use super::columns::ColumnType;
use super::definitions::Table;
use crate::base::spreadsheet::without_apostrophe;
use crate::input::logs::{ColumnKind, LogSchema};

/// What to do about a row at fault.
pub(super) const CORRECT_IT: &str =
    "correct the opening state; it must describe every account at the month's start";

/// An id as it was before it was written to CSV.
pub(super) fn plain_id(id: &str, is_csv: bool) -> &str {
    if is_csv { without_apostrophe(id) } else { id }
}

/// The columns of a table, as a log has them.
pub(super) struct LogColumns<const N: usize>([(&'static str, ColumnKind); N]);

impl<const N: usize> LogColumns<N> {
    pub const fn of(table: Table) -> Self {
        let columns = table.columns();
        let mut all = [("", ColumnKind::Id); N];
        let mut at = 0;
        while at < N {
            all[at] = (columns[at].name, kind(columns[at].column_type));
            at += 1;
        }
        LogColumns(all)
    }

    /// Where a column is in the table.
    pub const fn place(&self, name: &str) -> usize {
        let mut at = 0;
        while !is_same(self.0[at].0, name) {
            at += 1;
        }
        at
    }
}

/// A table as a log, which may do without the columns that came later.
pub(super) fn log_columns<const N: usize>(
    name: &'static str,
    table: Table,
    columns: &LogColumns<N>,
) -> LogSchema {
    let mut schema = LogSchema::unmapped(name, &columns.0);
    for (column, own) in schema.columns.iter_mut().zip(table.columns()) {
        column.optional = own.came_later;
    }
    schema
}

/// What a column of the table holds, as a log has it.
#[expect(clippy::panic, reason = "it ends the compiler's work, not the program's")]
const fn kind(column: ColumnType) -> ColumnKind {
    match column {
        ColumnType::Text => ColumnKind::Id,
        ColumnType::Flag => ColumnKind::Flag,
        ColumnType::Instant => ColumnKind::Instant,
        ColumnType::Credits => ColumnKind::Credits,
        ColumnType::Money => ColumnKind::Amount,
        ColumnType::Integer | ColumnType::Rate | ColumnType::Cost | ColumnType::Date => {
            panic!("no opening has had such a column: say how it is read")
        }
    }
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
