//! Files opened, with their columns found and their types checked, before any row is read.

use super::content::check_file;
use super::log_file::{Format, LogFile};
use super::parquet::footer::read_footer;
use super::schema::LogSchema;
use super::source::{CsvLayout, Layout, Source};
use super::text::blocks::Blocks;
use super::text::csv::header_names;
use crate::base::error::{Code, Error, Faults, Kind, Result};
use crate::base::storage::{at_once, is_address};

/// Opens every file and finds the schema's columns in it.
///
/// # Errors
/// All faults together, but for storage that does not answer: that alone.
/// [`crate::base::error::Kind::Input`]: a file cannot be opened, is truncated, lacks a column, or
/// has one of a type that is not read.
pub fn open(files: Vec<LogFile>, schema: &LogSchema) -> Result<Vec<Source>> {
    let layout = |file: &LogFile| {
        check_file(file)?;
        match file.format {
            Format::Parquet => read_footer(file, schema),
            Format::Csv => read_header(file, schema, schema.dialect.csv.delimiter),
            Format::Ndjson => Blocks::open(file, None).map(|_| Layout::Ndjson),
        }
    };
    let (mut faults, mut sources) = (Faults::default(), Vec::new());
    let opened = match files.iter().any(|file| is_address(&file.path)) {
        true => at_once(&files, |file| Source::open(file.clone(), layout)),
        false => files.into_iter().map(|file| Source::open(file, layout)).collect(),
    };
    for opened in opened {
        match opened {
            // Storage that does not answer was waited for already.
            Err(e) if e.kind() == Kind::Unavailable => return Err(e),
            opened => sources.extend(faults.take(opened)),
        }
    }
    faults.check("faults in files")?;
    Ok(sources)
}

fn read_header(file: &LogFile, schema: &LogSchema, delimiter: u8) -> Result<Layout> {
    let header = Blocks::header(file, delimiter)?.ok_or_else(|| {
        let names: Vec<&str> = schema.columns.iter().map(|c| c.in_file.as_str()).collect();
        Error::new(Code::HEADER, "is empty: there is not even a header row")
            .in_file(&file.name)
            .expected(format!("a header with {}", names.join(", ")))
            .hint("a log without rows still needs its header; check the export")
    })?;
    let names = header_names(&header, delimiter, file)?;
    let places = schema.locate(&names, &file.name)?;
    Ok(Layout::Csv(CsvLayout { places, width: names.len(), delimiter }))
}
