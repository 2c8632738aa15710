//! Rows of an export, and of a book's tables, as their CSV files hold them.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;

use crate::common::Outcome;

/// A row: cells by column, empty where null.
#[derive(Debug, Clone)]
pub struct Row(pub BTreeMap<String, String>);

impl Row {
    /// A cell's text.
    pub fn get(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// A cell's decimal; `None` where it is empty.
    pub fn some_decimal(&self, column: &str) -> Outcome<Option<Decimal>> {
        let text = self.get(column);
        let value = (!text.is_empty()).then(|| Decimal::from_str_exact(text)).transpose();
        Ok(value.map_err(|e| format!("{column} `{text}`: {e}"))?)
    }

    /// A cell's decimal.
    pub fn decimal(&self, column: &str) -> Outcome<Decimal> {
        Ok(self.some_decimal(column)?.ok_or_else(|| format!("{column} is empty: {self:?}"))?)
    }
}

/// The rows of a CSV file.
pub fn read(file: &Path) -> Outcome<Vec<Row>> {
    let mut reader =
        csv::Reader::from_path(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let columns: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| {
            let record = record?;
            let cells = columns.iter().cloned().zip(record.iter().map(str::to_owned));
            Ok(Row(cells.collect()))
        })
        .collect()
}

/// Sums of a column, by the value of another.
pub fn sums<'a>(
    rows: impl IntoIterator<Item = &'a Row>,
    by: &str,
    column: &str,
) -> Outcome<BTreeMap<String, Decimal>> {
    let mut sums = BTreeMap::new();
    for row in rows {
        let value = row.some_decimal(column)?.unwrap_or_default();
        *sums.entry(row.get(by).to_owned()).or_default() += value;
    }
    Ok(sums)
}
