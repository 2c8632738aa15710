//! One account's rows of a revision's tables.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use parquet::schema::types::SchemaDescriptor;

use super::read::{stream_columns, stream_where};
use super::records::Record;
use super::schema::Table;
use crate::error::Result;

/// The rows of an account in a table of the revision at `folder`. Of the other accounts' rows
/// nothing but the id is read.
///
/// # Errors
/// [`crate::error::Kind::Book`]: the file is not there, is damaged, or has other columns.
pub fn records_of<R: Record>(folder: &Path, account: &str) -> Result<Vec<R>> {
    let filter = |schema: &SchemaDescriptor| Some(of_account(schema, account));
    stream_where(folder, R::TABLE, R::rows, &filter)?.collect()
}

fn of_account(schema: &SchemaDescriptor, account: &str) -> RowFilter {
    let account = account.to_owned();
    let is_its_own = move |batch: RecordBatch| {
        let ids = batch.column(0).as_string::<i32>();
        let own = (0..ids.len()).map(|row| Some(ids.value(row) == account));
        Ok(own.collect::<BooleanArray>())
    };
    let ids = ProjectionMask::columns(schema, ["account_id"]);
    RowFilter::new(vec![Box::new(ArrowPredicateFn::new(ids, is_its_own))])
}

/// At most three ids of the table `state` in `folder` that begin like the one asked for, in
/// capitals or not, for at least half of its length: the closest first.
///
/// # Errors
/// As [`records_of`].
pub fn similar_accounts(folder: &Path, account: &str) -> Result<Vec<String>> {
    let ids = stream_columns(folder, Table::State, &["account_id"], |batch| {
        (0..batch.len()).map(batch.text("account_id")).map(str::to_owned).collect()
    })?;
    let asked: Vec<char> = account.to_lowercase().chars().collect();
    let mut closest: Vec<(usize, String)> = Vec::new();
    for id in ids {
        let id: String = id?;
        let lower = id.to_lowercase();
        let common = lower.chars().zip(&asked).take_while(|(one, other)| one == *other).count();
        if common > 0 && common * 2 >= asked.len() {
            closest.push((common, id));
            // The longest common beginning first; among equals the order of the ids stands.
            closest.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
            closest.truncate(3);
        }
    }
    Ok(closest.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use crate::tables::{ReportTable, StateRow};

    #[test]
    fn an_accounts_rows_are_picked_out_of_all() {
        let folder = tempfile::tempdir().unwrap();
        let table = ReportTable { name: "state", columns: Table::State.columns() };
        let ids = ["=a", "ann", "anna"];
        let at = crate::calendar::Instant::EPOCH;
        let currency = Currency::parse("USD").unwrap();
        table
            .write(folder.path(), currency, &[], &ids, |id, sheet| {
                let id: &str = id;
                sheet.push([
                    id.into(),
                    "free".into(),
                    crate::tables::Cell::Flag(false),
                    at.into(),
                    crate::tables::Cell::Null,
                    crate::tables::Cell::Null,
                    crate::credits::Credits::ONE.into(),
                ])
            })
            .unwrap();
        for id in ids {
            let found: Vec<StateRow> = records_of(folder.path(), id).unwrap();
            let found: Vec<&str> = found.iter().map(|row| row.account_id.as_str()).collect();
            assert_eq!(found, [id]);
        }
        assert!(records_of::<StateRow>(folder.path(), "an").unwrap().is_empty());
    }
}
