//! A forger's tools: rows changed in both files of a table, and all digests and seals put right again, as far as one
//! revision goes. What is left to find is that the book does not add up any more.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDate;
use monthend::base::calendar::Instant;
use monthend::base::digest;
use monthend::base::money::Currency;
use monthend::book::Book;
use monthend::book::seal;
use monthend::tables::{Table, arrow_schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use serde_json::Value;

use crate::common::{Outcome, json, tree};
use crate::months::table_text::table_text;

/// A table's rows as the text of its CSV file.
pub struct Rows {
    table: Table,
    pub rows: Vec<Vec<String>>,
}

impl Rows {
    pub fn read(revision: &Path, table: Table) -> Outcome<Self> {
        let text = table_text(revision, table.name())?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.records().map(|row| Ok(row?.iter().map(str::to_owned).collect()));
        Ok(Rows { table, rows: rows.collect::<Outcome<_>>()? })
    }

    fn column(&self, name: &str) -> Outcome<usize> {
        let at = self.table.columns().iter().position(|column| column.name == name);
        Ok(at.ok_or_else(|| format!("{} has no column {name}", self.table.name()))?)
    }

    /// The number of the first row with a cell.
    pub fn find(&self, column: &str, value: &str) -> Outcome<usize> {
        let at = self.column(column)?;
        let found = self.rows.iter().position(|row| row[at] == value);
        Ok(found
            .ok_or_else(|| format!("{} has no row with {column} {value}", self.table.name()))?)
    }

    /// The numbers of all rows with a cell.
    pub fn all(&self, column: &str, value: &str) -> Outcome<Vec<usize>> {
        let at = self.column(column)?;
        let rows = self.rows.iter().enumerate();
        Ok(rows.filter(|(_, row)| row[at] == value).map(|(number, _)| number).collect())
    }

    pub fn get(&self, row: usize, column: &str) -> Outcome<String> {
        Ok(self.rows[row][self.column(column)?].clone())
    }

    pub fn set(&mut self, row: usize, column: &str, value: &str) -> Outcome {
        let at = self.column(column)?;
        value.clone_into(&mut self.rows[row][at]);
        Ok(())
    }

    /// Writes the table's files.
    pub fn write(&self, revision: &Path) -> Outcome {
        if self.table.has_csv() {
            self.write_csv(revision)?;
        }
        self.write_parquet(revision)
    }

    pub fn write_csv(&self, revision: &Path) -> Outcome {
        let path = revision.join(format!("{}.csv", self.table.name()));
        Ok(fs::write(path, self.csv()?)?)
    }

    /// The bytes of the CSV file.
    fn csv(&self) -> Outcome<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.table.columns().iter().map(|column| column.name))?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(writer.into_inner()?)
    }

    pub fn write_parquet(&self, revision: &Path) -> Outcome {
        let currency = Currency::parse("USD").ok_or("no dollars")?;
        self.write_parquet_as(revision, arrow_schema(self.table, currency))
    }

    /// A Parquet file of the same columns, all of them text.
    pub fn write_parquet_as_text(&self, revision: &Path) -> Outcome {
        let columns = self.table.columns().iter();
        let fields = columns.map(|column| Field::new(column.name, DataType::Utf8, true));
        self.write_parquet_as(revision, Arc::new(Schema::new(fields.collect::<Vec<_>>())))
    }

    fn write_parquet_as(&self, revision: &Path, schema: SchemaRef) -> Outcome {
        let columns = schema.fields().iter().enumerate().map(|(at, field)| {
            let cells: Vec<&str> = self.rows.iter().map(|row| row[at].as_str()).collect();
            array(&cells, field.data_type())
        });
        let batch = RecordBatch::try_new(schema.clone(), columns.collect::<Outcome<_>>()?)?;
        let path = revision.join(format!("{}.parquet", self.table.name()));
        let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(File::create(path)?, schema, options)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    }
}

fn array(cells: &[&str], data_type: &DataType) -> Outcome<ArrayRef> {
    fn some<'a, T>(
        cells: &'a [&'a str],
        read: impl Fn(&'a str) -> Outcome<T>,
    ) -> Outcome<Vec<Option<T>>> {
        let cell = |cell: &&'a str| (!cell.is_empty()).then(|| read(cell)).transpose();
        cells.iter().map(cell).collect()
    }
    Ok(match data_type {
        DataType::Int64 => Arc::new(Int64Array::from(some(cells, |cell| Ok(cell.parse()?))?)),
        DataType::Boolean => Arc::new(BooleanArray::from(some(cells, |cell| Ok(cell == "true"))?)),
        DataType::Decimal64(precision, scale) => {
            let values = some(cells, |cell| Ok(cell.replace('.', "").parse::<i64>()?))?;
            Arc::new(Decimal64Array::from(values).with_precision_and_scale(*precision, *scale)?)
        }
        DataType::Date32 => Arc::new(Date32Array::from(some(cells, |cell| {
            let date: NaiveDate = cell.parse()?;
            Ok(i32::try_from((date - NaiveDate::default()).num_days())?)
        })?)),
        DataType::Timestamp(..) => {
            let instant =
                |cell: &str| Instant::parse(cell).map_err(|fault| fault.to_string().into());
            let values = some(cells, |cell| instant(cell).map(Instant::micros))?;
            Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC"))
        }
        _ => Arc::new(StringArray::from(some(cells, |cell| Ok(without_apostrophe(cell)))?)),
    })
}

/// Text as Parquet has it.
fn without_apostrophe(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}

/// Changes a table of a revision in both files, and puts digests and seals right.
pub fn forge(revision: &Path, table: Table, change: impl FnOnce(&mut Rows) -> Outcome) -> Outcome {
    edit(revision, table, change)?;
    reseal(revision)
}

/// Changes a table of a revision in both files.
pub fn edit(revision: &Path, table: Table, change: impl FnOnce(&mut Rows) -> Outcome) -> Outcome {
    let mut rows = Rows::read(revision, table)?;
    change(&mut rows)?;
    rows.write(revision)
}

/// Puts the manifest right that lists a revision's files, and the seal on it.
pub fn reseal(revision: &Path) -> Outcome {
    let folder = revision.to_owned();
    forge_manifest(revision, move |manifest| {
        for output in manifest["outputs"].as_array_mut().ok_or("no outputs")? {
            let file = output["file"].as_str().ok_or("no file")?.to_owned();
            let table = Table::ALL.into_iter().find(|table| file.starts_with(table.name()));
            // What is no such table any more has no rows to be told.
            if let Ok(rows) = Rows::read(&folder, table.ok_or("no such table")?) {
                output["rows"] = rows.rows.len().into();
                if output.get("rows_sha256").is_some() {
                    output["rows_sha256"] = digest::of_bytes(&rows.csv()?).into();
                }
            }
            let (bytes, sha256) = digest::of_file(&folder.join(&file))?;
            output["bytes"] = bytes.into();
            output["sha256"] = sha256.into();
        }
        Ok(())
    })
}

/// Changes a manifest, and puts the seal on it right.
pub fn forge_manifest(revision: &Path, change: impl FnOnce(&mut Value) -> Outcome) -> Outcome {
    edit_manifest(revision, change)?;
    let (_, sha256) = digest::of_file(&revision.join("manifest.json"))?;
    forge_run(revision, |run| {
        run["manifest_sha256"] = sha256.into();
        Ok(())
    })
}

/// Changes a manifest, and leaves the seal on it as it was.
pub fn edit_manifest(revision: &Path, change: impl FnOnce(&mut Value) -> Outcome) -> Outcome {
    let path = revision.join("manifest.json");
    let mut manifest = json(&path)?;
    change(&mut manifest)?;
    Ok(fs::write(path, format!("{manifest:#}\n"))?)
}

/// Changes `run.json` and seals it.
pub fn forge_run(revision: &Path, change: impl FnOnce(&mut Value) -> Outcome) -> Outcome {
    let path: PathBuf = revision.join("run.json");
    let mut run = json(&path)?;
    change(&mut run)?;
    Ok(fs::write(path, seal(&run)?)?)
}

/// Writes anew what follows from what is in the book: the journal, and `current`.
pub fn forge_journal(book: &Path) -> Outcome {
    let mut journal = String::new();
    for path in tree(book)?.into_keys().filter(|path| path.ends_with("manifest.json")) {
        let (_, sha256) = digest::of_file(&book.join(&path))?;
        let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
        journal += &format!("{} {} {sha256}\n", names[0], names[1]);
    }
    fs::write(book.join(".journal"), journal)?;
    Ok(Book::at(book).renew_current_tables()?)
}

/// Leaves a revision as a version of the program wrote it that did not know a table yet.
pub fn without(revision: &Path, table: Table) -> Outcome {
    let is_of_table =
        |file: &str| file.split_once('.').is_some_and(|(name, _)| name == table.name());
    for entry in fs::read_dir(revision)? {
        let entry = entry?;
        if is_of_table(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
        }
    }
    forge_manifest(revision, |manifest| {
        let outputs = manifest["outputs"].as_array_mut().ok_or("no outputs")?;
        outputs.retain(|output| !output["file"].as_str().is_some_and(is_of_table));
        Ok(())
    })
}
