//! Rows of accounts: some accounts' rows, also for machines; and tables sorted by account walked side by side, so that
//! no more than an account's rows is held.

use std::cmp::Reverse;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use serde_json::{Map, Value as Json};

use super::columns::ACCOUNT;
use super::definitions::{OfAccount, Record, Table, column};
use super::read::{batches, failure, of_scope, part, path_of, records_of_part};
use super::values::date_of;
use crate::base::calendar::{Instant, Month};
use crate::base::digits::plain_decimal;
use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;

/// Rows in the order of their accounts.
pub struct ByAccount<I: Iterator> {
    rows: Peekable<I>,
    /// Where they are from.
    file: PathBuf,
}

/// The rows of a table, one after the other.
pub type TableRows<R> = Box<dyn Iterator<Item = Result<R>>>;

impl<R: Record + OfAccount> ByAccount<TableRows<R>> {
    /// The rows of a table in the revision at `folder`, of all accounts or of some.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
    pub fn open(folder: &Path, scope: &Scope) -> Result<Self> {
        let rows: TableRows<R> = Box::new(records_in(folder, scope)?);
        Ok(ByAccount { rows: rows.peekable(), file: path_of(folder, R::TABLE) })
    }
}

impl<R: OfAccount, I: Iterator<Item = Result<R>>> ByAccount<I> {
    /// Rows from `file` that are in the order of their accounts.
    pub fn of(rows: I, file: PathBuf) -> Self {
        ByAccount { rows: rows.peekable(), file }
    }

    /// The account of the next row; `None` at the end.
    ///
    /// # Errors
    /// The next row cannot be read.
    pub fn next_account<'s>(&'s mut self) -> Result<Option<&'s str>>
    where
        R: 's,
    {
        if let Some(Err(error)) = self.rows.next_if(Result::is_err) {
            return Err(error);
        }
        Ok(self.rows.peek().and_then(|row| row.as_ref().ok()).map(R::account))
    }

    /// The next rows, as long as they are of the account or of one before it.
    ///
    /// # Errors
    /// A row cannot be read.
    pub fn take_up_to(&mut self, account: &str) -> Result<Vec<R>> {
        let is_wanted = |row: &Result<R>| row.as_ref().map_or(true, |row| row.account() <= account);
        let mut taken = Vec::new();
        while let Some(row) = self.rows.next_if(is_wanted) {
            taken.push(row?);
        }
        Ok(taken)
    }

    /// The next rows, as long as they are the account's, and none of its own comes before them.
    ///
    /// # Errors
    /// A row cannot be read, or the rows are not in the order of their accounts: they would be
    /// merged wrongly, in silence.
    pub fn take(&mut self, account: &str) -> Result<Vec<R>> {
        let taken = self.take_up_to(account)?;
        match taken.iter().find(|row| row.account() != account) {
            Some(other) => Err(self.damaged("its accounts are not in order", other.account())),
            None => Ok(taken),
        }
    }

    /// The next row, if it is the account's, which has one at most.
    ///
    /// # Errors
    /// As with [`ByAccount::take`], or the account has two rows.
    pub fn take_one(&mut self, account: &str) -> Result<Option<R>> {
        let mut rows = self.take(account)?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(self.damaged("it has two rows of an account", account)),
        }
    }

    fn damaged(&self, fault: &str, account: &str) -> Error {
        Error::new(
            Code::REVISION_DAMAGED,
            format!("a table of the revision cannot be compared: {fault}"),
        )
        .in_file(&self.file)
        .in_column("account_id")
        .with_value(account)
        .changed_by_hand()
    }
}

/// The first of the accounts that come next in several tables; `None` where all have ended.
pub fn first_account<const N: usize>(next: [Option<&str>; N]) -> Option<String> {
    next.into_iter().flatten().min().map(str::to_owned)
}

/// The rows of an account in a table of the revision at `folder`.
///
/// # Errors
/// As [`records_in`].
pub fn records_of<R: Record + OfAccount>(folder: &Path, account: &str) -> Result<Vec<R>> {
    records_in(folder, &Scope::Accounts([account.into()].into()))?.collect()
}

/// The rows of a table in the revision at `folder`, of all accounts or of some. Of other accounts'
/// rows nothing but the id is read, and that only where some of these may be among them.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn records_in<R: Record + OfAccount>(
    folder: &Path,
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    records_of_part(folder, &|metadata| of_scope(metadata, scope))
}

/// The account's rows of a table in the revision at `folder`, under the names of their columns; a cell that is empty is
/// left out. Numbers that are no counts are text, so that none is taken for a float.
///
/// # Errors
/// [`crate::base::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn account_json(folder: &Path, table: Table, account: &str) -> Result<Vec<Map<String, Json>>> {
    let names = table.names();
    let scope = Scope::of_account(account);
    let mut rows = Vec::new();
    for batch in part(folder, table, &names, &|metadata| of_scope(metadata, &scope))? {
        let batch = batch?;
        for row in 0..batch.num_rows() {
            let mut cells = Map::new();
            for (name, column) in names.iter().zip(batch.columns()) {
                if column.is_valid(row) {
                    let value = json(column, row).ok_or_else(|| {
                        failure(folder, table)("it holds what no run writes".into())
                            .in_column(*name)
                    })?;
                    cells.insert((*name).to_owned(), value);
                }
            }
            rows.push(cells);
        }
    }
    Ok(rows)
}

/// A cell that is not empty; `None` where no run writes such a one.
fn json(column: &ArrayRef, row: usize) -> Option<Json> {
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Decimal64(_, scale) => {
            let value = column.as_primitive::<Decimal64Type>().value(row);
            plain_decimal(value.into(), u32::try_from(*scale).ok()?).into()
        }
        DataType::Timestamp(..) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            Instant::from_micros(micros)?.to_string().into()
        }
        DataType::Date32 => {
            date_of(column.as_primitive::<Date32Type>().value(row))?.to_string().into()
        }
        _ => return None,
    })
}

/// The ids of `folder` that an unknown one may stand for, as a question; `None` where none is like
/// it.
///
/// # Errors
/// As [`records_of`].
pub fn did_you_mean(folder: &Path, account: &str) -> Result<Option<String>> {
    let ids = similar_accounts(folder, account)?;
    Ok((!ids.is_empty()).then(|| format!("did you mean {}?", ids.join(" or "))))
}

/// That an account does not exist in a month whose table `state` is in `folder`, with the ids that it may
/// stand for.
pub fn no_such_account(folder: &Path, account: &str, month: Month) -> Error {
    // Only a hint: the account is unknown, whether others can be looked up or not.
    let similar = did_you_mean(folder, account).ok().flatten();
    let otherwise = || "ids compare byte by byte; state.csv lists all accounts".to_owned();
    let message = format!("account `{account}` does not exist in {month}");
    Error::new(Code::ACCOUNT_OF_MONTH, message)
        .expected("an account that has signed up before the month's end")
        .hint(similar.unwrap_or_else(otherwise))
}

/// At most three ids of the table `state` in `folder` that are like the one asked for, in capitals
/// or not: a letter in four is another, or they begin alike for at least half of its length. The
/// closest first.
///
/// # Errors
/// As [`records_of`].
fn similar_accounts(folder: &Path, account: &str) -> Result<Vec<String>> {
    let asked: Vec<char> = account.to_lowercase().chars().collect();
    let mut closest: Vec<((usize, Reverse<usize>), String)> = Vec::new();
    for batch in batches(folder, Table::State, &[ACCOUNT], &Scope::All)? {
        let batch = batch?;
        for id in (0..batch.len()).map(batch.column(column::state::account_id)?) {
            let lower = id.to_lowercase();
            let common = lower.chars().zip(&asked).take_while(|(one, other)| one == *other).count();
            let others =
                strsim::generic_damerau_levenshtein(&lower.chars().collect::<Vec<_>>(), &asked);
            let is_near = others <= 1.max(asked.len() / 4) && others < asked.len();
            let begins_alike = common > 0 && common * 2 >= asked.len();
            if is_near || begins_alike {
                // Among equals the order of the ids stands.
                let distance = if is_near { others } else { usize::MAX };
                closest.push(((distance, Reverse(common)), id.to_owned()));
                closest.sort_by_key(|(key, _)| *key);
                closest.truncate(3);
            }
        }
    }
    Ok(closest.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::money::Currency;
    use crate::tables::testing::state;
    use crate::tables::{BatchBuilder, StateRow, Table, write_opening};

    #[test]
    fn an_accounts_rows_are_picked_out_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let ids = ["=a", "ann", "anna"];
        let currency = Currency::parse("USD").unwrap();
        let month = crate::base::calendar::Month::parse("2026-04").unwrap();
        let push = |id: &&str, to: &mut BatchBuilder| state(id).push(to);
        write_opening(Table::State, folder.path(), month, currency, &ids, push).unwrap();
        for id in ids {
            let found: Vec<StateRow> = records_of(folder.path(), id).unwrap();
            let found: Vec<&str> = found.iter().map(|row| row.account_id.as_str()).collect();
            assert_eq!(found, [id]);
        }
        assert!(records_of::<StateRow>(folder.path(), "an").unwrap().is_empty());
    }
}
