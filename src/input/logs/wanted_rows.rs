//! Rows of some accounts only: row groups whose statistics exclude them are passed over, and of
//! what is read only their rows are kept.

use std::collections::BTreeSet;

use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{ColumnOrder, SortOrder};
use parquet::file::statistics::Statistics;

use super::Table;
use super::parquet::read::chunk;

/// Which rows a scan hands out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Those of these accounts; all where there are none.
    accounts: Option<&'a BTreeSet<String>>,
    /// The account's column among the table's.
    pub column: usize,
}

impl<'a> Wanted<'a> {
    /// Rows of `accounts`. A table without an account's column has no rows of any.
    pub fn of(accounts: Option<&'a BTreeSet<String>>, table: &Table) -> Self {
        let column = table.columns.iter().position(|column| column.name == "account_id");
        Wanted { accounts, column: column.unwrap_or(usize::MAX) }
    }

    /// Whether every row is wanted, those included that name no account.
    pub fn all(self) -> bool {
        self.accounts.is_none()
    }

    /// Whether rows of this account are. A cell without text names none.
    pub fn has(self, account: &str) -> bool {
        self.accounts.is_none_or(|accounts| !account.is_empty() && accounts.contains(account))
    }

    /// Whether a row's cells, in the table's order, are wanted.
    pub fn keeps(self, cells: &[impl AsRef<str>]) -> bool {
        self.all() || cells.get(self.column).is_some_and(|account| self.has(account.as_ref()))
    }

    /// Whether the statistics of a row group say that it has no wanted row; `place` is the
    /// account's column in the file.
    pub fn excludes(self, metadata: &ArrowReaderMetadata, place: usize, group: usize) -> bool {
        let Some(accounts) = self.accounts else { return false };
        let bounds = bounds(metadata, place, group);
        bounds.is_some_and(|bounds| !may_hold(accounts, &bounds))
    }
}

/// Between what a row group's accounts lie, byte by byte. Null cells are no account.
struct Bounds<'a> {
    least: &'a [u8],
    most: &'a [u8],
    /// Whether `most` is an account of the group, and no bound that was cut.
    exact: bool,
}

fn bounds(metadata: &ArrowReaderMetadata, place: usize, group: usize) -> Option<Bounds<'_>> {
    let (at, chunk) = chunk(metadata, place, group)?;
    // Only this order says that bytes were compared as they are, and without a sign.
    let order = metadata.metadata().file_metadata().column_order(at);
    if order != ColumnOrder::TYPE_DEFINED_ORDER(SortOrder::UNSIGNED) {
        return None;
    }
    let statistics = chunk.statistics()?;
    // Old writers compared text with a sign.
    if statistics.is_min_max_deprecated() || !matches!(statistics, Statistics::ByteArray(_)) {
        return None;
    }
    let (least, most) = (statistics.min_bytes_opt()?, statistics.max_bytes_opt()?);
    Some(Bounds { least, most, exact: statistics.max_is_exact() })
}

/// Whether any of the accounts may lie between two bounds. Bounds may have been cut: a lower one
/// is then lower still. An upper one should have been raised; should a writer not do so, what
/// begins with it counts as below it.
fn may_hold(accounts: &BTreeSet<String>, bounds: &Bounds<'_>) -> bool {
    let Bounds { least, most, exact } = *bounds;
    let first = accounts.iter().map(String::as_bytes).find(|account| *account >= least);
    first.is_some_and(|account| account <= most || (!exact && account.starts_with(most)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::arrow::arrow_reader::ArrowReaderOptions;
    use parquet::data_type::ByteArray;
    use parquet::file::metadata::{FileMetaData, ParquetMetaData};
    use parquet::file::statistics::ValueStatistics;

    use super::*;

    /// The metadata of a file with one row group, whose accounts are `b` and `d`.
    fn written() -> ParquetMetaData {
        let accounts: ArrayRef = Arc::new(StringArray::from(vec!["b", "d"]));
        let batch = RecordBatch::try_from_iter([("account_id", accounts)]).unwrap();
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap()
    }

    fn excludes(metadata: ParquetMetaData, account: &str) -> bool {
        let accounts = BTreeSet::from([account.to_owned()]);
        let options = ArrowReaderOptions::new();
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options).unwrap();
        Wanted { accounts: Some(&accounts), column: 0 }.excludes(&metadata, 0, 0)
    }

    #[test]
    fn statistics_are_believed_only_where_their_order_is_known() {
        assert!(excludes(written(), "a") && !excludes(written(), "c") && excludes(written(), "e"));

        let metadata = written();
        let of_file = metadata.file_metadata();
        let (version, rows) = (of_file.version(), of_file.num_rows());
        let schema = of_file.schema_descr_ptr();
        let unordered = FileMetaData::new(version, rows, None, None, schema, None);
        let unordered = ParquetMetaData::new(unordered, metadata.row_groups().to_vec());
        assert!(!excludes(unordered, "a"), "an order that the file does not tell");

        let metadata = written();
        let bound = |text: &str| Some(ByteArray::from(text));
        let signed = ValueStatistics::new(bound("b"), bound("d"), None, Some(0), true);
        let group = metadata.row_group(0).clone();
        let chunk = group.column(0).clone().into_builder();
        let chunk = chunk.set_statistics(Statistics::ByteArray(signed)).build().unwrap();
        let group = group.into_builder().set_column_metadata(vec![chunk]).build().unwrap();
        let old = ParquetMetaData::new(metadata.file_metadata().clone(), vec![group]);
        assert!(!excludes(old, "a"), "an old writer's statistics");
    }

    #[test]
    fn only_what_lies_outside_the_bounds_is_excluded() {
        let may = |accounts: &[&str], least: &str, most: &str| {
            let accounts = accounts.iter().map(|&account| account.to_owned()).collect();
            let (least, most) = (least.as_bytes(), most.as_bytes());
            let [known, cut] =
                [true, false].map(|exact| may_hold(&accounts, &Bounds { least, most, exact }));
            assert!(cut || !known, "a bound that was cut never excludes more");
            cut
        };
        assert!(may(&["b"], "a", "c") && may(&["a"], "a", "a"));
        assert!(!may(&["b"], "c", "d") && !may(&["e"], "c", "d") && !may(&[], "a", "z"));
        assert!(may(&["a", "c", "z"], "b", "d") && !may(&["a", "z"], "b", "d"));
        // Byte by byte: capitals come before small letters, and `é` after all of ASCII.
        assert!(!may(&["B"], "a", "c") && !may(&["é"], "a", "z") && may(&["z"], "Z", "é"));
        // A bound that was cut, and not raised.
        assert!(may(&["customer-17"], "a", "customer") && !may(&["d"], "a", "customer"));
        let (least, most) = (b"a".as_slice(), b"customer".as_slice());
        let exact = Bounds { least, most, exact: true };
        assert!(!may_hold(&BTreeSet::from(["customer-17".to_owned()]), &exact));
    }
}
