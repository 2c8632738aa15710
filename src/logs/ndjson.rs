//! NDJSON rows as columns of text; numbers keep the digits that they were written with.

use std::borrow::Cow;
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
        (Some(b'-' | b'0'..=b'9'), ColumnKind::Credits) => Ok(Cow::Borrowed(raw)),
        (Some(b't' | b'f'), ColumnKind::Flag) => Ok(Cow::Borrowed(raw)),
        (_, ColumnKind::Credits) => Err("is of the wrong JSON type; expected a number or text"),
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
            let Some(at) = columns.iter().position(|column| column.in_file == key) else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            if values[at].replace(object.next_value()?).is_some() {
                let message = format!("the key `{key}` stands there twice");
                return Err(serde::de::Error::custom(message));
            }
        }
        Ok(values)
    }
}
