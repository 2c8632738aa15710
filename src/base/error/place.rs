//! Where a fault was found.

use std::fmt;

use crate::base::printable::on_one_line;

/// Where a fault was found; every part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as the job names it.
    pub file: Option<String>,
    /// A line of a text file, from 1.
    pub line: Option<u64>,
    /// A row group of a Parquet file, from 0.
    pub row_group: Option<usize>,
    /// A data row, from 1; a CSV header is not counted.
    pub row: Option<u64>,
    /// The column's name in the file.
    pub column: Option<String>,
    /// The offending value as read.
    pub value: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: String| {
            let result = write!(f, "{separator}{text}");
            separator = ", ";
            result
        };
        if let Some(file) = &self.file {
            let file = on_one_line(file);
            match self.line {
                Some(line) => part(f, format!("{file}:{line}"))?,
                None => part(f, file.into_owned())?,
            }
        }
        if let Some(group) = self.row_group {
            part(f, format!("row group {group}"))?;
        }
        if let Some(row) = self.row {
            part(f, format!("row {row}"))?;
        }
        if let Some(column) = &self.column {
            part(f, format!("column `{}`", on_one_line(column)))?;
        }
        if let Some(value) = self.value.as_deref().filter(|value| !value.is_empty()) {
            part(f, format!("value `{}`", on_one_line(value)))?;
        }
        Ok(())
    }
}
