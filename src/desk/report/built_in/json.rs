//! The figures for machines.

use serde_json::{Map, Value, json};

use super::model::{Cell, CellKind, Report, Section};
use crate::base::money::Currency;

/// The report as JSON: each section with its question, its columns, and its rows under the columns' names. Decimals are
/// text, so that none is taken for a float.
pub(super) fn json(report: &Report) -> Map<String, Value> {
    let last = report.months.last();
    let months = report.months.iter();
    let months: Vec<Value> = months
        .map(|reported| json!({ "month": reported.month, "revision": reported.revision }))
        .collect();
    let sections: Vec<Value> =
        report.sections.iter().map(|section| section_json(section, report.currency)).collect();
    let entries = [
        ("month", json!(last.map(|last| last.month))),
        ("product", json!(report.product)),
        ("currency", json!(report.currency)),
        ("months", Value::from(months)),
        ("sections", Value::from(sections)),
    ];
    entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn section_json(section: &Section, currency: Currency) -> Value {
    let columns = section.columns.iter();
    let columns: Vec<Value> =
        columns.map(|column| json!({ "name": column.name, "type": column.kind.name() })).collect();
    let row = |row: &Vec<Cell>| -> Map<String, Value> {
        let cells = section.columns.iter().zip(row);
        let named = |(column, cell): (&super::model::Column, &Cell)| {
            (column.name.to_owned(), value(cell, column.kind, currency))
        };
        cells.map(named).collect()
    };
    json!({
        "id": section.id,
        "title": section.title,
        "question": section.question,
        "sql": section.sql(),
        "columns": columns,
        "rows": section.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn value(cell: &Cell, kind: CellKind, currency: Currency) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Number(number) if kind == CellKind::Integer => match i64::try_from(*number) {
            Ok(number) => Value::from(number),
            Err(_) => Value::from(number.to_string()),
        },
        _ => Value::from(cell.plain(kind, currency)),
    }
}
