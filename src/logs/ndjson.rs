//! NDJSON rows as columns of text; numbers keep the digits that they were written with.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::accounts::Wanted;
use super::blocks::Block;
use super::csv::TextColumns;
use super::scan::{Batch, Fault};
use super::{Column, ColumnKind, Table, cut};

/// Parses a block of lines.
pub(super) fn read_block(block: &Block, table: &Table, wanted: Wanted<'_>, source: usize) -> Batch {
    let mut columns = TextColumns::new(table.columns.len());
    let mut row = block.first_row;
    for line in block.bytes.split(|&b| b == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match cells(line, table, row) {
            Ok(cells) if wanted.keeps(&cells) => {
                columns.push(row, cells.iter().map(AsRef::as_ref));
            }
            Err(fault) if wanted.all() => columns.fault(fault),
            Ok(_) | Err(_) => {}
        }
        row += 1;
    }
    columns.finish(source)
}

fn cells<'a>(
    line: &'a [u8],
    table: &Table,
    row: u64,
) -> std::result::Result<Vec<Cow<'a, str>>, Fault> {
    let fault = |column: &str, value: &str, reason: String| Fault {
        row,
        column: column.to_owned(),
        value: cut(value),
        reason,
    };
    let text = std::str::from_utf8(line).map_err(|_| {
        let reason = "is not valid UTF-8; expected UTF-8 text".to_owned();
        fault("", &String::from_utf8_lossy(line), reason)
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let raw = Picked { table }.deserialize(&mut json).and_then(|raw| json.end().map(|()| raw));
    let raw = raw.map_err(|e| {
        // Each line is read by itself: what the parser calls line 1 is the row.
        let cause = e.to_string().replace(" at line 1 column ", " at position ");
        let reason = format!("is not one JSON object: {cause}; expected one object a line");
        fault("", text, reason)
    })?;
    let cell = |(raw, column): (Option<&'a RawValue>, &Column)| {
        let value = raw.map_or("null", RawValue::get);
        plain_text(value, column.kind)
            .map_err(|reason| fault(&column.in_file, value, reason.to_owned()))
    };
    raw.into_iter().zip(&table.columns).map(cell).collect()
}

/// A JSON value as the text that a CSV cell would hold.
fn plain_text(raw: &str, kind: ColumnKind) -> std::result::Result<Cow<'_, str>, &'static str> {
    match (raw.as_bytes().first(), kind) {
        (Some(b'n'), _) => Ok(Cow::Borrowed("")),
        (Some(b'"'), _) if !raw.contains('\\') => Ok(Cow::Borrowed(&raw[1..raw.len() - 1])),
        (Some(b'"'), _) => serde_json::from_str::<String>(raw)
            .map(Cow::Owned)
            .map_err(|_| "is not a valid JSON string; expected UTF-8 text"),
        (
            Some(b'-' | b'0'..=b'9'),
            ColumnKind::Credits | ColumnKind::Amount | ColumnKind::Moment,
        ) => Ok(Cow::Borrowed(raw)),
        (Some(b't' | b'f'), ColumnKind::Flag) => Ok(Cow::Borrowed(raw)),
        (_, ColumnKind::Credits | ColumnKind::Amount | ColumnKind::Moment) => {
            Err("is of the wrong JSON type; expected a number or text")
        }
        (_, ColumnKind::Flag) => Err("is of the wrong JSON type; expected true or false"),
        _ => Err("is of the wrong JSON type; expected text"),
    }
}

/// Picks the table's columns out of an object, as they are written.
struct Picked<'t> {
    table: &'t Table,
}

impl<'de> DeserializeSeed<'de> for Picked<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Picked<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let columns = &self.table.columns;
        let mut values: Self::Value = vec![None; columns.len()];
        while let Some(key) = object.next_key::<Cow<'de, str>>()? {
            let named = |column: &Column| column.in_file == key && !key.is_empty();
            let found: Vec<(usize, &RawValue)> = match columns.iter().position(named) {
                Some(at) => vec![(at, object.next_value()?)],
                None if columns.iter().any(|column| below(column, &key).is_some()) => {
                    inner(object.next_value()?, columns, &key)
                }
                None => {
                    object.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            for (at, value) in found {
                if values[at].replace(value).is_some() {
                    let message = format!("the key `{}` stands there twice", columns[at].in_file);
                    return Err(serde::de::Error::custom(message));
                }
            }
        }
        Ok(values)
    }
}

/// The key within the object at `key` that a column is read from: `id` of `metadata.id`.
fn below<'c>(column: &'c Column, key: &str) -> Option<&'c str> {
    column.in_file.strip_prefix(key)?.strip_prefix('.').filter(|_| !key.is_empty())
}

/// What the object at `key` holds of the columns that are read from within it.
fn inner<'de>(raw: &'de RawValue, columns: &[Column], key: &str) -> Vec<(usize, &'de RawValue)> {
    let wanted = columns.iter().enumerate();
    let wanted = wanted.filter_map(|(at, column)| Some((at, below(column, key)?)));
    wanted.filter_map(|(at, path)| Some((at, at_path(raw, path)?))).collect()
}

/// The value at a path of keys, such as `customer.id`.
fn at_path<'de>(raw: &'de RawValue, path: &str) -> Option<&'de RawValue> {
    let object: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (key, rest) = path.split_once('.')?;
    at_path(object.get(key)?, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::{Mapping, word};

    #[test]
    fn a_column_can_be_read_from_within_an_object() {
        let mapping = [("document_id", "metadata.document"), ("account_id", "source.owner.id")];
        let mapping: Mapping =
            mapping.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
        let table = Table::payments(&mapping).unwrap();
        let read = |line: &str| {
            let block = Block { first_row: 1, bytes: line.as_bytes().to_vec() };
            let batch = read_block(&block, &table, Wanted::of(None, &table), 0);
            let faults = batch.faults.into_iter().map(|fault| fault.reason);
            let cells = [1, 2].map(|column| {
                let column = &batch.columns[column];
                if batch.len == 0 { String::new() } else { word(column, 0).to_owned() }
            });
            (cells, faults.collect::<Vec<_>>())
        };
        let plain = |account: &str, document: &str| ([account.into(), document.into()], vec![]);
        for (line, expected) in [
            (
                r#"{"metadata":{"document":"INV-1"},"source":{"owner":{"id":"ann"}}}"#,
                plain("ann", "INV-1"),
            ),
            (r#"{"metadata.document":"INV-1","source":{"owner.id":"ann"}}"#, plain("ann", "INV-1")),
            (r#"{"metadata":{},"source":null}"#, plain("", "")),
            (r#"{"metadata":"document","source":["owner"],"":"x"}"#, plain("", "")),
        ] {
            assert_eq!(read(line), expected, "{line}");
        }
        let (_, faults) = read(r#"{"metadata":{"document":7}}"#);
        assert_eq!(faults, ["is of the wrong JSON type; expected text"]);
        let (_, faults) = read(r#"{"metadata":{"document":"a"},"metadata.document":"b"}"#);
        assert!(faults[0].contains("`metadata.document` stands there twice"), "{faults:?}");
    }
}
