//! How accounts stand at the first instant of a month; and the files of such an opening state, read as logs: whoever
//! wrote them.

use super::columns::ColumnType;
use super::definitions::Table;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::digits::counted;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::money::Money;
use crate::base::spreadsheet::without_apostrophe;
use crate::catalog::{Catalog, GrantKindPlace, PlanRank};
use crate::input::logs::{
    self, Batch, CellResult, ColumnKind, Format, LogFile, LogSchema, RowFault, Source,
};

/// An account at the first instant of a month. A row of the table `state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The account.
    pub account: AccountId,
    /// The plan in force.
    pub plan: PlanRank,
    /// Whether the overage switch is on (O2).
    pub overage_on: bool,
    /// When it signed up (T3).
    pub signed_up_at: Instant,
    /// When it was first on a paid plan, if ever (F2).
    pub first_paid_at: Option<Instant>,
    /// The trial, while it runs (C2).
    pub trial: Option<TrialLeft>,
    /// The account's own limit of overage (O6); `None` where the catalogue's is in force.
    pub overage_limit: Option<Credits>,
    /// Grants that go on, in the order in which they were given (G1).
    pub grants: Box<[OpenGrant]>,
}

/// A grant that can be drawn (G1). A row of the table `grants`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenGrant {
    /// The `change_id` of the change that gave it.
    pub id: Box<str>,
    /// Its kind.
    pub kind: GrantKindPlace,
    /// Its credits when it was given.
    pub granted: Credits,
    /// Credits not drawn yet.
    pub left: Credits,
    /// The first instant at which it can be drawn.
    pub granted_at: Instant,
    /// The first instant at which it has expired; `None` for never.
    pub expires_at: Option<Instant>,
    /// What was paid for it.
    pub price: Money,
}

/// What is left of a running trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrialLeft {
    /// The first instant at which the trial has ended.
    pub ends_at: Instant,
    /// Credits not drawn yet.
    pub left: Credits,
}

/// What is to be corrected where accounts are on a plan that the catalogue lacks (V3).
#[derive(Debug, Clone, Copy)]
pub enum Blame<'a> {
    /// The state's file, or the catalogue: either may be wrong.
    Either,
    /// The catalogue, by its file: the state is one that the book holds.
    Catalogue(&'a str),
}

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
        read: impl Fn(usize) -> CellResult<T>,
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

/// A row, or what of it the catalogue lacks.
pub(super) type Known<T> = std::result::Result<T, Lacking>;

/// All rows, if the catalogue lacks nothing that they have.
pub(super) fn all_known<T>(read: Vec<Known<T>>) -> std::result::Result<Vec<T>, Vec<Lacking>> {
    match read.iter().any(Known::is_err) {
        true => Err(read.into_iter().filter_map(Known::err).collect()),
        false => Ok(read.into_iter().filter_map(Known::ok).collect()),
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
