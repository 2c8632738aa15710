//! The figures for machines.

use serde_json::{Map, Value, json};

use super::model::{Cell, CellKind, Report, Section};
use crate::base::money::Currency;

/// The report as JSON: each section with its question, its columns, and its rows under the columns' names. Decimals are
/// text, so that none is taken for a float.
pub(super) fn json(report: &Report) -> Value {
    let months = report.months.iter();
    let months =
        months.map(|reported| json!({ "month": reported.month, "revision": reported.revision }));
    let sections = report.sections.iter().map(|section| section_json(section, report.currency));
    json!({
        "month": report.months.last().map(|last| last.month),
        "product": report.product,
        "currency": report.currency,
        "months": months.collect::<Vec<_>>(),
        "sections": sections.collect::<Vec<_>>(),
    })
}

fn section_json(section: &Section, currency: Currency) -> Value {
    let columns = section.columns.iter();
    let columns: Vec<Value> =
        columns.map(|column| json!({ "name": column.name, "type": column.kind })).collect();
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
