//! The files of an opening state, read as logs: whoever wrote them.

use super::columns::ColumnType;
use super::definitions::Table;
use crate::base::calendar::Month;
use crate::base::digits::counted;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::spreadsheet::without_apostrophe;
use crate::catalog::Catalog;
use crate::input::logs::{
    self, Batch, CellError, ColumnKind, Format, LogFile, LogSchema, RowFault, Source,
};

/// What to do about a row at fault.
pub(super) const CORRECT_IT: &str =
    "correct the opening state; it must describe every account at the month's start";

/// A file that is open, and what its rows must fit.
pub(super) struct OpeningFile<'a> {
    pub schema: LogSchema,
    pub sources: Vec<Source>,
    pub is_csv: bool,
    pub catalog: &'a Catalog,
    pub month: Month,
}

impl<'a> OpeningFile<'a> {
    pub fn open(
        file: LogFile,
        schema: LogSchema,
        catalog: &'a Catalog,
        month: Month,
    ) -> Result<Self> {
        let is_csv = file.format == Format::Csv;
        let sources = logs::open(vec![file], &schema)?;
        Ok(OpeningFile { schema, sources, is_csv, catalog, month })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.sources[0].file.name
    }

    /// An id as it was before it was written to CSV.
    pub fn plain<'i>(&self, id: &'i str) -> &'i str {
        if self.is_csv { without_apostrophe(id) } else { id }
    }

    /// What `read` makes of a batch's rows.
    ///
    /// # Errors
    /// One of them cannot be read; `remedy` is what to do where it cannot even be taken apart.
    pub fn rows<T>(
        &self,
        batch: &Batch,
        remedy: &str,
        read: impl Fn(usize) -> std::result::Result<T, CellError>,
    ) -> Result<Vec<T>> {
        let failed = |fault: RowFault, remedy: &str| {
            fault.into_reject(&self.sources).into_error().hint(remedy)
        };
        if let Some(fault) = batch.faults.iter().min() {
            return Err(failed(fault.clone(), remedy));
        }
        let mut rows = Vec::with_capacity(batch.len);
        for at in 0..batch.len {
            let fault = |error| failed(batch.cell_fault(&self.schema, at, error), CORRECT_IT);
            rows.push(read(at).map_err(fault)?);
        }
        Ok(rows)
    }
}

/// What the catalogue lacks, and who has it.
pub(super) struct Lacking {
    /// The id of the plan, or of the kind of grant.
    pub id: String,
    pub account: AccountId,
    pub row: u64,
}

/// All rows, if the catalogue lacks nothing that they have.
pub(super) fn all_known<T>(
    read: Vec<std::result::Result<T, Lacking>>,
) -> std::result::Result<Vec<T>, Vec<Lacking>> {
    match read.iter().any(std::result::Result::is_err) {
        true => Err(read.into_iter().filter_map(std::result::Result::err).collect()),
        false => Ok(read.into_iter().filter_map(std::result::Result::ok).collect()),
    }
}

/// What is lacking: each with how many have it, and the first of the accounts.
pub(super) fn listed(lacking: &mut [Lacking], what: &str, such_as: &str) -> String {
    lacking.sort_by(|one, other| (&one.id, &one.account).cmp(&(&other.id, &other.account)));
    let each = lacking.chunk_by(|one, other| one.id == other.id).map(|own| {
        let Lacking { id, account, .. } = &own[0];
        format!("`{id}` ({}, {such_as} `{account}`)", counted(own.len() as u64, what))
    });
    each.collect::<Vec<_>>().join(", ")
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
