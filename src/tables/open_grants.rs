//! The grants that an opening state brings along: a file with the columns of the table `grants`,
//! whoever wrote it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::definitions::Table;
use super::definitions::column::grants;
use super::opening_columns::{CORRECT_IT, LogColumns, log_columns, plain_id};
use super::opening_state::{Blame, OpenGrant, State};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::digits::counted;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::{Money, parse_amount};
use crate::base::scope::Scope;
use crate::catalog::Catalog;
use crate::input::logs::{
    self, Batch, CellError, CellFault, Format, IdColumn, LogFile, LogSchema, Scan, Source, word,
};

const COLUMNS: LogColumns<{ Table::Grants.columns().len() }> = LogColumns::of(Table::Grants);
const ACCOUNT: usize = COLUMNS.place(grants::account_id.name);
const ID: usize = COLUMNS.place(grants::grant_id.name);
const KIND: usize = COLUMNS.place(grants::grant.name);
const GRANTED: usize = COLUMNS.place(grants::granted.name);
const LEFT: usize = COLUMNS.place(grants::left.name);
const GRANTED_AT: usize = COLUMNS.place(grants::granted_at.name);
const EXPIRES_AT: usize = COLUMNS.place(grants::expires_at.name);
const PRICE: usize = COLUMNS.place(grants::price.name);

/// Reads the grants that go on into `month`, and gives them to their accounts, which are sorted. Rows
/// of accounts that are not in `scope` are not looked at.
///
/// # Errors
/// Every fault stops the run, since nobody's credits may be lost: a cell that cannot be read, a kind
/// that the catalogue lacks, an account that the state lacks, a grant twice.
pub(super) fn read(
    file: LogFile,
    states: &mut [State],
    catalog: &Catalog,
    month: Month,
    scope: &Scope,
    blame: Blame<'_>,
) -> Result<()> {
    let is_csv = file.format == Format::Csv;
    let schema = log_columns("grants of the opening state", Table::Grants, &COLUMNS);
    let sources = logs::open(vec![file], &schema)?;
    let reader = Reader {
        schema: &schema,
        sources: &sources,
        is_csv,
        catalog,
        month,
        lacking: Mutex::default(),
    };
    let mut read = logs::collect(&Scan::whole(&sources, &schema), &|batch| {
        let mut rows = reader.batch(batch)?;
        rows.retain(|row| scope.includes(&row.account));
        Ok(rows)
    })?;
    let mut lacking = reader.lacking.into_inner().unwrap_or_else(PoisonError::into_inner);
    lacking.retain(|(_, account)| scope.includes(account));
    if !lacking.is_empty() {
        return Err(lacking_kinds(&lacking, &sources[0], blame));
    }
    read.sort_by(|a, b| a.order().cmp(&b.order()));
    let at_fault = |row: &Row, code, message: String| {
        Err(Error::new(code, message)
            .in_file(&sources[0].file.name)
            .at_row(row.number)
            .in_column(schema.columns[ID].in_file.as_str())
            .with_value(&*row.grant.id)
            .hint(CORRECT_IT))
    };
    let mut ids = BTreeSet::new();
    for own in read.chunk_by(|one, other| one.account == other.account) {
        ids.clear();
        if let Some(twice) = own.iter().find(|row| !ids.insert(row.grant.id.clone())) {
            let message = "stands among the account's grants twice".to_owned();
            return at_fault(twice, Code::STATE_TWICE, message);
        }
        let account = &own[0].account;
        let Ok(at) = states.binary_search_by(|state| state.account.cmp(account)) else {
            let message = format!("is a grant of `{account}`, which the opening state lacks");
            return at_fault(&own[0], Code::STATE_ROWS, message);
        };
        states[at].grants = own.iter().map(|row| row.grant.clone()).collect();
    }
    Ok(())
}

/// A row of the file.
struct Row {
    number: u64,
    account: AccountId,
    grant: OpenGrant,
}

impl Row {
    /// By account, and as they were given.
    fn order(&self) -> (&AccountId, Instant, &str, u64) {
        (&self.account, self.grant.granted_at, &self.grant.id, self.number)
    }
}

/// A kind that the catalogue lacks, and who has a grant of it.
type Lacking = (String, AccountId);

fn lacking_kinds(lacking: &[Lacking], source: &Source, blame: Blame<'_>) -> Error {
    let mut by_kind: Vec<&Lacking> = lacking.iter().collect();
    by_kind.sort_unstable();
    let kinds = by_kind.chunk_by(|one, other| one.0 == other.0).map(|own| {
        let (kind, account) = own[0];
        format!("`{kind}` ({}, such as one of `{account}`)", counted(own.len() as u64, "grant"))
    });
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let file = match blame {
        Blame::Catalogue(catalog) => catalog,
        Blame::Either => source.file.name.as_str(),
    };
    Error::new(
        Code::CATALOGUE_LACKS_GRANTS,
        format!("the catalogue lacks kinds of grants that the month begins with: {kinds}"),
    )
    .in_file(file)
    .hint("keep each kind in the catalogue as long as an account has a grant of it")
}

struct Reader<'a> {
    schema: &'a LogSchema,
    sources: &'a [Source],
    is_csv: bool,
    catalog: &'a Catalog,
    month: Month,
    lacking: Mutex<Vec<Lacking>>,
}

impl Reader<'_> {
    fn batch(&self, mut batch: Batch) -> Result<Vec<Row>> {
        if let Some(fault) = batch.faults.drain(..).min() {
            return Err(fault.into_reject(self.sources).into_error().hint(CORRECT_IT));
        }
        let row = |at: usize| {
            let row = self.row(&batch, at);
            row.map_err(|error| {
                let fault = batch.cell_fault(self.schema, at, error);
                fault.into_reject(self.sources).into_error().hint(CORRECT_IT)
            })
            .transpose()
        };
        (0..batch.len).filter_map(row).collect()
    }

    /// The grant at a row; nothing where the catalogue lacks its kind.
    fn row(&self, batch: &Batch, at: usize) -> std::result::Result<Option<Row>, CellError> {
        let id = |column: usize| {
            let mut buffer = [0; 36];
            let ids = IdColumn::of(&batch.columns[column]);
            let id = ids.get(at, &mut buffer).map_err(|e| CellError::new(column, e))?;
            Ok(plain_id(id, self.is_csv).to_owned())
        };
        let (account, grant_id) = (AccountId::from(id(ACCOUNT)?.as_str()), id(ID)?);
        let granted = credits(batch, GRANTED, at)?;
        let left = credits(batch, LEFT, at)?;
        if left > granted {
            return Err(CellError::new(LEFT, "is more than was granted"));
        }
        let start = self.month.start();
        let granted_at = instant(batch, GRANTED_AT, at)?.filter(|given| *given < start);
        let granted_at = granted_at.ok_or_else(|| {
            CellError::new(GRANTED_AT, format!("is not given before {}", self.month))
        })?;
        let expires_at = instant(batch, EXPIRES_AT, at)?;
        if expires_at.is_some_and(|end| end <= start) {
            let expected = format!("expected an end after {start}, or none");
            return Err(CellError::new(EXPIRES_AT, format!("has expired by then; {expected}")));
        }
        let price = self.price(batch, at)?;
        let kind = plain_id(word(&batch.columns[KIND], at), self.is_csv);
        let Some(kind) = self.catalog.grant_place(kind) else {
            let lacking = (kind.to_owned(), account);
            self.lacking.lock().unwrap_or_else(PoisonError::into_inner).push(lacking);
            return Ok(None);
        };
        let id = grant_id.into();
        let grant = OpenGrant { id, kind, granted, left, granted_at, expires_at, price };
        Ok(Some(Row { number: batch.rows.number(at), account, grant }))
    }

    fn price(&self, batch: &Batch, at: usize) -> std::result::Result<Money, CellError> {
        let text = batch.number_text(PRICE, at);
        parse_amount(&text, self.catalog.currency).map_err(|e| CellError::new(PRICE, e))
    }
}

/// More than no credits.
fn credits(batch: &Batch, column: usize, at: usize) -> std::result::Result<Credits, CellError> {
    let parsed = batch.credits(column).get(at).map_err(|e| CellError::new(column, e))?;
    let exact = parsed.exact().filter(|credits| !credits.is_zero());
    exact.ok_or_else(|| {
        CellError::new(column, "is no number of credits; expected more than 0, of six decimals")
    })
}

fn instant(
    batch: &Batch,
    column: usize,
    at: usize,
) -> std::result::Result<Option<Instant>, CellError> {
    match batch.instants(column).get(at) {
        Err(CellFault::Null) => Ok(None),
        read => read.map(Some).map_err(|e| CellError::new(column, e)),
    }
}
