//! The grants that an opening state brings along: a file with the columns of the table `grants`,
//! whoever wrote it.

use std::collections::BTreeSet;

use super::definitions::Table;
use super::definitions::column::grants;
use super::opening_file::{
    Blame, CORRECT_IT, Known, Lacking, LogColumns, OpenGrant, OpeningFile, State, all_known,
    listed, log_columns,
};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::money::parse_amount;
use crate::base::scope::Scope;
use crate::catalog::Catalog;
use crate::input::logs::{self, Batch, CellError, CellResult, LogFile, Scan, word};

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
    let schema = log_columns("grants of the opening state", Table::Grants, &COLUMNS);
    let file = OpeningFile::open(file, schema, catalog, month)?;
    let read = logs::collect(&Scan::whole(&file.sources, &file.schema), &|batch| {
        let mut rows = file.rows(&batch, CORRECT_IT, |at| row(&file, &batch, at))?;
        rows.retain(|row| match row {
            Ok(row) => scope.includes(&row.account),
            Err(lacking) => scope.includes(&lacking.account),
        });
        Ok(rows)
    })?;
    let mut read = all_known(read).map_err(|lacking| lacking_kinds(lacking, &file, blame))?;
    read.sort_by(|a, b| a.order().cmp(&b.order()));
    let at_fault = |row: &Row, code, message: String| {
        Err(Error::new(code, message)
            .in_file(file.name())
            .at_row(row.number)
            .in_column(file.schema.columns[ID].in_file.as_str())
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

fn lacking_kinds(mut lacking: Vec<Lacking>, file: &OpeningFile<'_>, blame: Blame<'_>) -> Error {
    let kinds = listed(&mut lacking, "grant", "such as one of");
    let file = match blame {
        Blame::Catalogue(catalog) => catalog,
        Blame::Either => file.name(),
    };
    Error::new(
        Code::CATALOGUE_LACKS_GRANTS,
        format!("the catalogue lacks kinds of grants that the month begins with: {kinds}"),
    )
    .in_file(file)
    .hint("keep each kind in the catalogue as long as an account has a grant of it")
}

/// The grant at a row; or whose it is, where the catalogue lacks its kind.
fn row(file: &OpeningFile<'_>, batch: &Batch, at: usize) -> CellResult<Known<Row>> {
    let id = |column: usize| batch.id(column, at).map(|id| file.plain(&id).to_owned());
    let instant = |column: usize| CellError::unless_empty(column, batch.instants(column).get(at));
    let (account, grant_id) = (AccountId::from(id(ACCOUNT)?.as_str()), id(ID)?);
    let granted = credits(batch, GRANTED, at)?;
    let left = credits(batch, LEFT, at)?;
    if left > granted {
        return Err(CellError::new(LEFT, "is more than was granted"));
    }
    let start = file.month.start();
    let granted_at = instant(GRANTED_AT)?.filter(|given| *given < start);
    let granted_at = granted_at
        .ok_or_else(|| CellError::new(GRANTED_AT, format!("is not given before {}", file.month)))?;
    let expires_at = instant(EXPIRES_AT)?;
    if expires_at.is_some_and(|end| end <= start) {
        let expected = format!("expected an end after {start}, or none");
        return Err(CellError::new(EXPIRES_AT, format!("has expired by then; {expected}")));
    }
    let price = parse_amount(&batch.number_text(PRICE, at), file.catalog.currency);
    let price = price.map_err(|e| CellError::new(PRICE, e))?;
    let (number, kind) = (batch.rows.number(at), file.plain(word(&batch.columns[KIND], at)));
    let Some(kind) = file.catalog.grant_place(kind) else {
        return Ok(Err(Lacking { id: kind.to_owned(), account, row: number }));
    };
    let id = grant_id.into();
    let grant = OpenGrant { id, kind, granted, left, granted_at, expires_at, price };
    Ok(Ok(Row { number, account, grant }))
}

/// More than no credits.
fn credits(batch: &Batch, column: usize, at: usize) -> CellResult<Credits> {
    let parsed = batch.credits(column).get(at).map_err(|e| CellError::new(column, e))?;
    let exact = parsed.exact().filter(|credits| !credits.is_zero());
    exact.ok_or_else(|| {
        CellError::new(column, "is no number of credits; expected more than 0, of six decimals")
    })
}
