//! A published revision, read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use monthend::book::Book;
use monthend::run::request::Request;

use super::holding::Outcome;
use super::table_text::table_text;

/// A row of a table: its cells by column, without the apostrophes that keep spreadsheets from calculating.
pub type Row = BTreeMap<String, String>;

/// A published revision.
pub struct Revision(PathBuf);

impl Revision {
    /// The first revision that a job publishes.
    pub fn of(job: &Request) -> Self {
        let book = job.book.as_ref().map_or(Path::new(""), Book::folder);
        Revision(book.join(job.month.to_string()).join("r001"))
    }

    /// The revision in a folder.
    pub fn at(folder: &Path) -> Self {
        Revision(folder.to_owned())
    }

    /// A file of the revision.
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// The rows of a table.
    pub fn table(&self, name: &str) -> Outcome<Vec<Row>> {
        let text = table_text(&self.0, name)?;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers()?.clone();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record?;
            let cells = header.iter().zip(&record);
            rows.push(cells.map(|(name, cell)| (name.to_owned(), unguarded(cell))).collect());
        }
        Ok(rows)
    }

    /// The bytes of all tables, by file.
    pub fn bytes(&self) -> Outcome<BTreeMap<String, Vec<u8>>> {
        let mut bytes = BTreeMap::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with(".csv") || name.ends_with(".parquet") {
                bytes.insert(name, fs::read(path)?);
            }
        }
        Ok(bytes)
    }

    /// When the folder and each of its files were last changed.
    pub fn changed(&self) -> Outcome<Vec<SystemTime>> {
        let mut paths = vec![self.0.clone()];
        for entry in fs::read_dir(&self.0)? {
            paths.push(entry?.path());
        }
        paths.sort();
        paths.iter().map(|path| Ok(fs::metadata(path)?.modified()?)).collect()
    }

    /// The control totals of the manifest.
    pub fn control_totals(&self) -> Outcome<serde_json::Value> {
        let manifest = fs::read_to_string(self.path("manifest.json"))?;
        let mut manifest: serde_json::Value = serde_json::from_str(&manifest)?;
        Ok(manifest["control_totals"].take())
    }
}

/// A CSV cell without the apostrophe that keeps a spreadsheet from taking it for a formula.
fn unguarded(cell: &str) -> String {
    let raw = cell.strip_prefix('\'').filter(|raw| raw.starts_with(['=', '+', '-', '@']));
    raw.unwrap_or(cell).to_owned()
}
