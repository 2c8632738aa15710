//! The tables of a rollup, written as docs/ROLLUP.md says.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use monthend::base::digest;
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use super::engine::{Control, Group, Rollup};
use crate::common::Outcome;

fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

fn small(numbers: impl Iterator<Item = Option<i32>>) -> ArrayRef {
    Arc::new(numbers.collect::<Int32Array>())
}

fn large(numbers: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(numbers.collect::<Int64Array>())
}

fn decimals(numbers: impl Iterator<Item = i128>, scale: i8) -> Outcome<ArrayRef> {
    let numbers = Decimal128Array::from_iter_values(numbers);
    Ok(Arc::new(numbers.with_precision_and_scale(38, scale)?))
}

fn instants(instants: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(instants.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

impl Rollup {
    /// Writes the tables beside the request, and then that they are finished.
    pub fn write(&self, place: &Path) -> Outcome {
        let sums = self.sums.iter();
        let mut tables = Vec::new();
        tables.push((
            "sums",
            vec![
                ("account_id", texts(sums.clone().map(|sum| Some(&*sum.account)))),
                ("segment", small(sums.clone().map(|sum| Some(sum.segment)))),
                ("events", large(sums.clone().map(|sum| Some(sum.tally.rows)))),
                ("credits", decimals(sums.clone().map(|sum| sum.tally.credits), 6)?),
                ("check", large(sums.map(|sum| Some(sum.tally.check)))),
            ],
        ));
        tables.push(("exceptions", exceptions(&self.exceptions)?));
        let sharing = self.sharing.iter().map(|account| Some(account.as_str()));
        tables.push(("sharing", vec![("account_id", texts(sharing))]));
        let recent = self.recent.iter();
        tables.push((
            "recent",
            vec![
                ("account_id", texts(recent.clone().map(|id| Some(&*id.account)))),
                ("at", instants(recent.clone().map(|id| Some(id.at)))),
                ("event_id", texts(recent.clone().map(|id| Some(&*id.event)))),
                ("credits", decimals(recent.map(|id| id.credits), 6)?),
            ],
        ));
        tables.push((
            "rejects",
            vec![
                ("file", small(self.rejects.iter().map(|(file, _)| Some(*file)))),
                ("row", large(self.rejects.iter().map(|(_, row)| *row))),
            ],
        ));
        tables.push(("control", control(&self.control)?));
        let mut listed = serde_json::Map::new();
        for (folder, columns) in tables {
            let batch = RecordBatch::try_from_iter_with_nullable(
                columns.into_iter().map(|(name, column)| (name, column, true)),
            )?;
            fs::create_dir_all(place.join(folder))?;
            let file = place.join(folder).join("part-0.parquet");
            let mut writer = ArrowWriter::try_new(fs::File::create(&file)?, batch.schema(), None)?;
            writer.write(&batch)?;
            writer.close()?;
            let bytes = fs::metadata(&file)?.len();
            let rows = batch.num_rows();
            listed.insert(
                folder.to_owned(),
                json!([{ "file": "part-0.parquet", "rows": rows, "bytes": bytes }]),
            );
        }
        let request = digest::of_bytes(&fs::read(place.join("request.json"))?);
        let finished: Value = json!({
            "version": 1, "request": request, "engine": "a test", "engine_version": "1", "tables": listed,
        });
        Ok(fs::write(place.join("rollup.json"), finished.to_string())?)
    }
}

type Columns = Vec<(&'static str, ArrayRef)>;

fn exceptions(groups: &[Group]) -> Outcome<Columns> {
    let groups = groups.iter();
    let before: BooleanArray = groups.clone().map(|group| Some(group.before)).collect();
    Ok(vec![
        ("kind", texts(groups.clone().map(|group| Some(&*group.kind)))),
        ("account_id", texts(groups.clone().map(|group| Some(&*group.account)))),
        ("before_month", Arc::new(before)),
        ("entry", small(groups.clone().map(|group| group.entry))),
        ("rows", large(groups.clone().map(|group| Some(group.tally.rows)))),
        ("credits", decimals(groups.clone().map(|group| group.tally.credits), 6)?),
        ("first_at", instants(groups.clone().map(|group| Some(group.first.0)))),
        ("last_at", instants(groups.clone().map(|group| Some(group.last)))),
        ("sample_id", texts(groups.clone().map(|group| Some(&*group.first.1)))),
        ("check", large(groups.map(|group| Some(group.tally.check)))),
    ])
}

fn control(rows: &[Control]) -> Outcome<Columns> {
    let rows = rows.iter();
    Ok(vec![
        ("what", texts(rows.clone().map(|row| Some(row.what)))),
        ("file", small(rows.clone().map(|row| row.file))),
        ("month", texts(rows.clone().map(|row| row.month.as_deref()))),
        ("bucket", small(rows.clone().map(|row| row.bucket))),
        ("rows", large(rows.clone().map(|row| Some(row.tally.rows)))),
        ("credits", decimals(rows.clone().map(|row| row.tally.credits), 6)?),
        ("check", large(rows.clone().map(|row| Some(row.tally.check)))),
        ("moved", decimals(rows.clone().map(|row| row.moved), 24)?),
        ("last_at", instants(rows.map(|row| row.last_at))),
    ])
}
