//! Answers to the questions of `jobs/sql`, from DuckDB as CSV or from `report`, so that they can be compared.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Outcome;

/// A row: texts by column. Nothing is the empty text, decimals are without the zeros at their end, and there is no
/// currency, of which a report has one.
pub type Answer = BTreeMap<String, String>;

/// Rows of cells as they are written.
pub fn comparable(rows: impl Iterator<Item = BTreeMap<String, String>>) -> Vec<Answer> {
    let is_decimal = |text: &str| {
        text.contains('.')
            && text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte))
    };
    let short = |text: String| match is_decimal(&text) {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    let row = |row: BTreeMap<String, String>| -> Answer {
        let cells = row.into_iter().filter(|(name, _)| name != "currency");
        cells.map(|(name, cell)| (name, short(cell))).collect()
    };
    rows.map(row).collect()
}

/// The rows of a section of what `report --json` prints.
///
/// # Errors
/// It has no such section.
pub fn of_report(report: &Value, id: &str) -> Outcome<Vec<Answer>> {
    let cell = |cell: &Value| match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &Value| {
        let cells = row.as_object().into_iter().flatten();
        cells.map(|(name, value)| (name.clone(), cell(value))).collect()
    };
    Ok(comparable(rows_of(report, id)?.iter().map(row)))
}

/// The same as they are printed.
///
/// # Errors
/// It has no such section.
pub fn rows_of<'r>(report: &'r Value, id: &str) -> Outcome<&'r Vec<Value>> {
    let sections = report["sections"].as_array().ok_or("no sections")?;
    let section = sections.iter().find(|section| section["id"] == id);
    Ok(section.and_then(|section| section["rows"].as_array()).ok_or("no such section")?)
}
