//! Published rows for machines, under the names of their columns.

use serde_json::{Map, Value};

use super::published::Published;
use crate::base::money::Currency;
use crate::tables::{DocumentRow, LineRow, StateRow, StatementRow};

/// A row but for the columns that are the same in all that is said of an account.
fn without(mut row: Map<String, Value>, columns: &[&str]) -> Map<String, Value> {
    row.retain(|name, _| !columns.contains(&name.as_str()));
    row
}

/// A row with some columns at its end: the order of keys is older than that of the tables' columns.
fn ending(mut row: Map<String, Value>, columns: &[&str]) -> Map<String, Value> {
    for &name in columns {
        if let Some(value) = row.shift_remove(name) {
            row.insert(name.to_owned(), value);
        }
    }
    row
}

/// The account, and the month.
const WHOSE: [&str; 2] = ["account_id", "month"];

/// The statement.
pub fn statement(row: &StatementRow, currency: Currency) -> Value {
    without(row.json(currency), &WHOSE).into()
}

/// The documents with their lines.
pub fn documents(published: &Published, currency: Currency) -> Value {
    let line = |row: &LineRow| {
        let left_out = ["document_id", "account_id", "service_start", "service_end"];
        Value::from(without(row.json(currency), &left_out))
    };
    let document = |row: &DocumentRow| {
        let document = without(row.json(currency), &["account_id", "month", "line_count"]);
        let mut document = ending(document, &["currency", "relates_to", "reason"]);
        document.insert("lines".to_owned(), published.lines_of(row).map(line).collect());
        Value::from(document)
    };
    published.documents.iter().map(document).collect()
}

/// What expired.
pub fn expired(published: &Published, currency: Currency) -> Value {
    let rows = published.expired.iter();
    rows.map(|row| without(row.json(currency), &WHOSE)).collect::<Vec<_>>().into()
}

/// An account's state.
pub fn state(row: &StateRow, currency: Currency) -> Value {
    without(row.json(currency), &WHOSE).into()
}

/// What could not be billed.
pub fn exceptions(published: &Published, currency: Currency) -> Value {
    const LAST: [&str; 5] = ["rows", "credits", "first_at", "last_at", "sample_id"];
    let rows = published.exceptions.iter();
    rows.map(|row| ending(without(row.json(currency), &WHOSE), &LAST)).collect::<Vec<_>>().into()
}
