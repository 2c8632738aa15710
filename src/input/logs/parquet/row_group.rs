//! A row group of a file: what the footer and its statistics say of it.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use parquet::basic::{ColumnOrder, Encoding, SortOrder};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;

use crate::base::calendar::Instant;
use crate::base::ids::AccountId;
use crate::input::logs::columns::{NO_TIME, from_unit};

/// A row group of a file.
#[derive(Clone, Copy)]
pub(in crate::input::logs) struct RowGroup<'a> {
    pub metadata: &'a ArrowReaderMetadata,
    /// Its number in the file, from 0.
    pub number: usize,
}

impl<'a> RowGroup<'a> {
    fn own(self) -> &'a RowGroupMetaData {
        self.metadata.metadata().row_group(self.number)
    }

    /// Its number of rows, which the footer's reader has found not to be negative.
    pub fn rows(self) -> u64 {
        self.own().num_rows().unsigned_abs()
    }

    /// The number of its first row in the file, from 1.
    pub fn first_row(self) -> u64 {
        let before = (0..self.number).map(|number| RowGroup { number, ..self });
        before.map(RowGroup::rows).sum::<u64>() + 1
    }

    /// How many bytes it takes in the file.
    pub fn bytes(self) -> u64 {
        let chunks = self.own().columns().iter();
        chunks.fold(0, |bytes, chunk| bytes.saturating_add(chunk.compressed_size().unsigned_abs()))
    }

    /// The chunk of the column at `place`, and its place among the chunks.
    fn chunk(self, place: usize) -> Option<(usize, &'a ColumnChunkMetaData)> {
        let root = self.metadata.parquet_schema().root_schema().get_fields().get(place)?.name();
        let mut chunks = self.own().columns().iter().enumerate();
        chunks.find(|(_, chunk)| chunk.column_path().parts() == [root])
    }

    /// Where in the file the column at `place` lies.
    pub fn range(self, place: usize) -> Option<Range<u64>> {
        let (start, bytes) = self.chunk(place)?.1.byte_range();
        Some(start..start.saturating_add(bytes))
    }

    /// Whether all pages of the column at `place` are keys of one dictionary.
    pub fn is_keyed(self, place: usize) -> bool {
        let chunk = self.chunk(place).map(|(_, chunk)| chunk);
        let chunk = chunk.filter(|chunk| chunk.dictionary_page_offset().is_some());
        chunk.and_then(ColumnChunkMetaData::page_encoding_stats_mask).is_some_and(|pages| {
            pages.is_only(Encoding::RLE_DICTIONARY) || pages.is_only(Encoding::PLAIN_DICTIONARY)
        })
    }

    /// From the earliest to the latest instant of the column at `place`, where the statistics give
    /// them for every row.
    pub fn span(self, place: usize) -> Option<RangeInclusive<Instant>> {
        let DataType::Timestamp(unit, _) = self.metadata.schema().field(place).data_type() else {
            return None;
        };
        let Statistics::Int64(statistics) = self.chunk(place)?.1.statistics()? else {
            return None;
        };
        if statistics.null_count_opt() != Some(0) {
            return None;
        }
        let instant = |value: i64| match unit {
            _ if value == NO_TIME => None,
            // Bounds may be finer than the microsecond; what matters is the month.
            TimeUnit::Nanosecond => Instant::from_micros(value.div_euclid(1_000)),
            _ => from_unit(value, *unit).ok(),
        };
        let span = instant(*statistics.min_opt()?)?..=instant(*statistics.max_opt()?)?;
        // Bounds that contradict each other tell of damage, and not of an empty span.
        Some(span).filter(|span| !span.is_empty())
    }

    /// Whether the column at `place` may hold any of the accounts, as far as the statistics say.
    pub fn may_hold(self, place: usize, accounts: &BTreeSet<AccountId>) -> bool {
        self.bounds(place).is_none_or(|bounds| bounds.may_hold(accounts))
    }

    fn bounds(self, place: usize) -> Option<Bounds<'a>> {
        let (at, chunk) = self.chunk(place)?;
        // Only this order says that bytes were compared as they are, and without a sign.
        let order = self.metadata.metadata().file_metadata().column_order(at);
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
}

/// Between what a row group's accounts lie, byte by byte. Null cells are no account.
struct Bounds<'a> {
    least: &'a [u8],
    most: &'a [u8],
    /// Whether `most` is an account of the group, and no bound that was cut.
    exact: bool,
}

impl Bounds<'_> {
    /// Whether any of the accounts may lie between the bounds. They may have been cut: a lower one
    /// is then lower still. An upper one should have been raised; should a writer not do so, what
    /// begins with it counts as below it.
    fn may_hold(&self, accounts: &BTreeSet<AccountId>) -> bool {
        let Bounds { least, most, exact } = *self;
        let first = accounts.iter().map(|id| id.as_bytes()).find(|account| *account >= least);
        first.is_some_and(|account| account <= most || (!exact && account.starts_with(most)))
    }
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
        let accounts = BTreeSet::from([AccountId::from(account)]);
        let options = ArrowReaderOptions::new();
        let metadata = ArrowReaderMetadata::try_new(Arc::new(metadata), options).unwrap();
        !RowGroup { metadata: &metadata, number: 0 }.may_hold(0, &accounts)
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
            let accounts = accounts.iter().map(|&account| account.into()).collect();
            let (least, most) = (least.as_bytes(), most.as_bytes());
            let [known, cut] =
                [true, false].map(|exact| Bounds { least, most, exact }.may_hold(&accounts));
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
        assert!(!exact.may_hold(&BTreeSet::from(["customer-17".into()])));
    }
}
