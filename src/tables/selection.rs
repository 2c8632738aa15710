//! Which rows of a table are read: row groups, and of their rows those of some accounts.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use crate::base::ids::AccountId;
use crate::base::scope::Scope;

/// The column of accounts in all tables that have one.
pub(super) const ACCOUNT: &str = "account_id";

/// The accounts of a batch's rows.
pub(super) fn accounts(batch: &RecordBatch) -> Option<&StringArray> {
    batch.column_by_name(ACCOUNT)?.as_string_opt()
}

/// Which rows of a table are read.
#[derive(Default)]
pub(super) struct RowSelection {
    /// The row groups; all where none are named.
    pub groups: Option<Vec<usize>>,
    /// Their rows; all where there is no filter.
    pub filter: Option<RowFilter>,
}

/// Tells, for a table's footer, which rows are read.
pub(super) type Choice<'a> = &'a dyn Fn(&ParquetMetaData) -> RowSelection;

/// The rows of all accounts, or of some.
pub(super) fn of_scope(metadata: &ParquetMetaData, scope: &Scope) -> RowSelection {
    scope.accounts().map_or_else(RowSelection::default, |accounts| of_accounts(metadata, accounts))
}

/// The rows of some accounts.
pub(super) fn of_accounts(
    metadata: &ParquetMetaData,
    accounts: &BTreeSet<AccountId>,
) -> RowSelection {
    let groups = metadata.row_groups().iter().enumerate();
    let groups = groups.filter(|(_, group)| Span::of(group).has_any(accounts)).map(|(at, _)| at);
    let accounts = accounts.clone();
    let filter = account_filter(metadata, move |id| accounts.contains(id));
    RowSelection { groups: Some(groups.collect()), filter: Some(filter) }
}

/// Tells a table's rows apart by their accounts.
pub(super) fn account_filter(
    metadata: &ParquetMetaData,
    is_wanted: impl Fn(&str) -> bool + Send + 'static,
) -> RowFilter {
    let are_wanted = move |batch: RecordBatch| {
        let ids = batch.column(0).as_string::<i32>();
        let wanted = (0..ids.len()).map(|row| Some(is_wanted(ids.value(row))));
        Ok(wanted.collect::<BooleanArray>())
    };
    let ids = ProjectionMask::columns(metadata.file_metadata().schema_descr(), [ACCOUNT]);
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(ids, are_wanted))])
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
