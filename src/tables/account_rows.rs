//! Some accounts' rows of a revision's tables.

use std::collections::BTreeSet;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use super::definitions::{OfAccount, Record, Table, column};
use super::read::{Part, batches, records_of_part};
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::scope::Scope;

/// The column of accounts in all tables that have one.
pub(super) const ACCOUNT: &str = "account_id";

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

/// The part of a table that has the rows of all accounts, or of some.
pub(super) fn of_scope(metadata: &ParquetMetaData, scope: &Scope) -> Part {
    scope.accounts().map_or_else(Part::default, |accounts| of_accounts(metadata, accounts))
}

/// The part of a table that has the rows of some accounts.
pub(super) fn of_accounts(metadata: &ParquetMetaData, accounts: &BTreeSet<AccountId>) -> Part {
    let groups = metadata.row_groups().iter().enumerate();
    let groups = groups.filter(|(_, group)| Span::of(group).has_any(accounts)).map(|(at, _)| at);
    let accounts = accounts.clone();
    let is_its_own = move |batch: RecordBatch| {
        let ids = batch.column(0).as_string::<i32>();
        let own = (0..ids.len()).map(|row| Some(accounts.contains(ids.value(row))));
        Ok(own.collect::<BooleanArray>())
    };
    let ids = ProjectionMask::columns(metadata.file_metadata().schema_descr(), [ACCOUNT]);
    let filter = RowFilter::new(vec![Box::new(ArrowPredicateFn::new(ids, is_its_own))]);
    Part { groups: Some(groups.collect()), filter: Some(filter) }
}

/// The accounts between which those of a row group lie, as far as its statistics tell.
pub(super) struct Span<'a> {
    pub first: Option<&'a [u8]>,
    pub last: Option<&'a [u8]>,
}

impl<'a> Span<'a> {
    pub fn of(group: &'a RowGroupMetaData) -> Self {
        let own = |column: &&ColumnChunkMetaData| column.column_path().string() == ACCOUNT;
        match group.columns().iter().find(own).and_then(|column| column.statistics()) {
            Some(Statistics::ByteArray(of)) => {
                // The last one may be stated as something beyond it, if its id is long.
                let last = of.max_bytes_opt().filter(|_| of.max_is_exact());
                Span { first: of.min_bytes_opt(), last }
            }
            _ => Span { first: None, last: None },
        }
    }

    /// Whether any of these accounts may be in the group.
    pub fn has_any(&self, accounts: &BTreeSet<AccountId>) -> bool {
        let begins_by = |id: &str| self.first.is_none_or(|first| first <= id.as_bytes());
        accounts.iter().any(|account| begins_by(account) && !self.ends_before(account))
    }

    /// Whether all accounts of the group come before this one.
    pub fn ends_before(&self, account: &str) -> bool {
        self.last.is_some_and(|last| last < account.as_bytes())
    }
}

/// At most three ids of the table `state` in `folder` that begin like the one asked for, in
/// capitals or not, for at least half of its length: the closest first.
///
/// # Errors
/// As [`records_of`].
pub fn similar_accounts(folder: &Path, account: &str) -> Result<Vec<String>> {
    let asked: Vec<char> = account.to_lowercase().chars().collect();
    let mut closest: Vec<(usize, String)> = Vec::new();
    for batch in batches(folder, Table::State, &[ACCOUNT], &Scope::All)? {
        let batch = batch?;
        for id in (0..batch.len()).map(batch.column(column::state::account_id)?) {
            let lower = id.to_lowercase();
            let common = lower.chars().zip(&asked).take_while(|(one, other)| one == *other).count();
            if common > 0 && common * 2 >= asked.len() {
                closest.push((common, id.to_owned()));
                // The longest common beginning first; among equals the order of the ids stands.
                closest.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
                closest.truncate(3);
            }
        }
    }
    Ok(closest.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::credits::Credits;
    use crate::base::money::Currency;
    use crate::tables::{BatchBuilder, StateCells, StateRow, write_states};

    #[test]
    fn an_accounts_rows_are_picked_out_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let ids = ["=a", "ann", "anna"];
        let at = crate::base::calendar::Instant::EPOCH;
        let currency = Currency::parse("USD").unwrap();
        let month = crate::base::calendar::Month::parse("2026-04").unwrap();
        let push = |id: &&str, to: &mut BatchBuilder| {
            let state = StateCells {
                account_id: id,
                plan: "free",
                overage_on: false,
                signed_up_at: at,
                first_paid_at: None,
                trial_ends_at: None,
                trial_left: Credits::ONE,
            };
            state.push(to)
        };
        write_states(folder.path(), month, currency, &ids, push).unwrap();
        for id in ids {
            let found: Vec<StateRow> = records_of(folder.path(), id).unwrap();
            let found: Vec<&str> = found.iter().map(|row| row.account_id.as_str()).collect();
            assert_eq!(found, [id]);
        }
        assert!(records_of::<StateRow>(folder.path(), "an").unwrap().is_empty());
    }
}
