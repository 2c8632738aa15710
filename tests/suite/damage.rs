//! Single bits of Parquet logs turned over: no panic, and no other rows without a word, where that can be known.

use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use monthend::base::calendar::Instant;
use monthend::base::error::{Kind, Result};
use monthend::input::logs::{self, LogFile, LogSchema, Mapping, Scan, value_text};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::common::Outcome;

/// A small usage log of two row groups.
fn log() -> Outcome<Vec<u8>> {
    let rows = 0..24_i64;
    let ids: Vec<String> = rows.clone().map(|row| format!("e{row:03}")).collect();
    let accounts = rows.clone().map(|row| ["acorn", "birch", "cedar"][row as usize % 3]);
    let at = rows.clone().map(|row| 1_775_001_600_000_000 + row * 86_400_000_000);
    let at = TimestampMicrosecondArray::from_iter_values(at).with_timezone("UTC");
    let credits = Decimal128Array::from_iter_values(rows.map(|row| i128::from(row) * 1_010_000));
    let columns: [(&str, ArrayRef); 4] = [
        ("event_id", Arc::new(StringArray::from(ids))),
        ("account_id", Arc::new(StringArray::from_iter_values(accounts))),
        ("at", Arc::new(at)),
        ("credits", Arc::new(credits.with_precision_and_scale(18, 6)?)),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(12))
        .set_created_by(String::new())
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build();
    let options = ArrowWriterOptions::new().with_properties(properties);
    let options = options.with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options)?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

/// The rows of a log as April's billing reads them: row groups of other months are passed over.
fn read(file: &LogFile) -> Result<Vec<String>> {
    let table = LogSchema::usage(&Mapping::new(), true)?;
    let sources = logs::open(vec![file.clone()], &table)?;
    let april = ["2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"].map(|at| Instant::parse(at).ok());
    let is_skipped = |span: &std::ops::RangeInclusive<Instant>| {
        Some(*span.end()) < april[0] || Some(*span.start()) >= april[1]
    };
    let scan = Scan { is_skipped: &is_skipped, ..Scan::whole(&sources, &table) };
    let mut rows = logs::collect(&scan, &|batch| {
        let row = |at: usize| {
            let cells = batch.columns.iter().map(|column| value_text(column, at));
            format!("{:03} {}", batch.rows.number(at), cells.collect::<Vec<_>>().join(" "))
        };
        Ok((0..batch.len).map(row).collect())
    })?;
    rows.sort();
    Ok(rows)
}

#[test]
fn every_bit_of_a_footer_is_noticed_or_makes_no_difference() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("log.parquet");
    let whole = log()?;
    fs::write(&path, &whole)?;
    let file = LogFile::of(&path).ok_or("no log")?;
    let rows = read(&file)?;
    assert_eq!(rows.len(), 24);
    let end = whole.len() - 8; // the footer's length, and `PAR1`
    let length = whole[end..].first_chunk().ok_or("no length")?;
    let footer = end - usize::try_from(u32::from_le_bytes(*length))?;
    let (mut refused, mut with_group, mut unknown) = (0, 0, Vec::new());
    for bit in footer * 8..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bytes)?;
        match read(&file) {
            Ok(found) if found == rows => {}
            Ok(found) => unknown.push((bit % 8, bit / 8, found)),
            Err(e) => {
                assert_eq!(e.kind(), Kind::Input, "{e}");
                assert!(e.to_string().contains("log.parquet"), "{e}");
                refused += 1;
                with_group += u32::from(e.place().row_group.is_some());
            }
        }
    }
    assert!(refused > 1_000, "{refused} bits refused");
    assert!(with_group > 100, "{with_group} of {refused} name a row group");
    // One makes of the mark of a decimal, with all that follows, fields that nobody knows: a plain integer is left.
    assert!(unknown.len() <= 1, "{unknown:?}");
    Ok(())
}
