//! NDJSON rows as columns, whose values are picked out of each object; numbers keep the digits that they were
//! written with.
//!
//! Most rows are written like the row before: where all but the values is the same, byte by byte,
//! the values are picked out by their places (see [`super::line_layout`]). Any other row is read by
//! `serde_json`, and is what the next one is held against.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::line_layout::{LineLayout, is_integer};
use crate::base::error::Result;
use crate::base::rejects::shortened;
use crate::input::logs::batch::{Batch, RowFault};
use crate::input::logs::schema::{Column, ColumnKind, LogSchema};
use crate::input::logs::text::blocks::Block;
use crate::input::logs::text::byte_masks::position;
use crate::input::logs::text::typed_columns::{Attempt, TextScan, TypedColumns};

/// Reads blocks of lines of one file; its memory is used again for the next one.
pub(in crate::input::logs) struct NdjsonRows<'a> {
    of: TextScan<'a>,
    layout: Option<LineLayout>,
}

impl<'a> NdjsonRows<'a> {
    pub fn new(of: TextScan<'a>) -> Self {
        NdjsonRows { of, layout: None }
    }

    /// Parses a block.
    pub fn read(&mut self, block: &Block<'_>) -> Result<Batch> {
        let NdjsonRows { of, layout } = self;
        let text = simdutf8::basic::from_utf8(block.bytes).ok();
        of.batch(block.bytes.len(), |columns| match text {
            Some(text) => read_text(*of, block.first_row, text, layout, columns),
            None => read_lines(*of, block.first_row, block.bytes, columns),
        })
    }
}

/// Reads lines, those laid out like the one before by their layout.
fn read_text(
    of: TextScan<'_>,
    first_row: u64,
    text: &str,
    layout: &mut Option<LineLayout>,
    columns: &mut TypedColumns,
) -> Attempt<()> {
    let (mut row, mut start) = (first_row, 0);
    let mut cells: Vec<&str> = Vec::new();
    while start < text.len() {
        if let Some(like) = layout {
            let first = row;
            cells.clear();
            while start < text.len()
                && let Some(end) = like.add_cells(text, start, &mut cells)
            {
                start = end + 1;
                row += 1;
            }
            push_rows(of, first, &cells, columns)?;
        }
        let line = &text.as_bytes()[start.min(text.len())..];
        let line = &line[..position(line, b'\n').unwrap_or(line.len())];
        if !line.trim_ascii().is_empty() {
            *layout = read_line(of, row, line, columns)?;
            row += 1;
        }
        start += line.len() + 1;
    }
    Ok(())
}

/// Adds rows, given the cells of all of them, one row after the other.
fn push_rows(
    of: TextScan<'_>,
    first_row: u64,
    cells: &[&str],
    columns: &mut TypedColumns,
) -> Attempt<()> {
    let width = of.scan.schema.columns.len();
    if of.filter.takes_all() {
        return columns.push_all(first_row, cells.len() / width, |column| {
            move |row| cells[row * width + column]
        });
    }
    let mut rows = (first_row..).zip(cells.chunks(width));
    rows.try_for_each(|(row, cells)| match of.filter.takes_row(cells) {
        true => columns.push(row, cells),
        false => Ok(()),
    })
}

/// Reads lines one by one.
fn read_lines(
    of: TextScan<'_>,
    first_row: u64,
    bytes: &[u8],
    columns: &mut TypedColumns,
) -> Attempt<()> {
    let lines = bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty());
    (first_row..).zip(lines).try_for_each(|(row, line)| read_line(of, row, line, columns).map(drop))
}

/// Reads a line by itself; gives its layout, if others may be read by it. Of several objects in a
/// line each is a row, and all have the line's number.
fn read_line(
    of: TextScan<'_>,
    row: u64,
    line: &[u8],
    columns: &mut TypedColumns,
) -> Attempt<Option<LineLayout>> {
    let schema = of.scan.schema;
    let (mut rest, mut layout) = (line, None);
    while !rest.trim_ascii().is_empty() {
        let Object { text, values, end } = first_object(rest, schema);
        let is_alone = text.len() == line.len() && end == text.len();
        let cells = values.and_then(|values| {
            layout = if is_alone { LineLayout::of(text, &values, schema) } else { None };
            cells(&values, schema)
        });
        match cells {
            Ok(cells) if of.filter.takes_row(&cells) => columns.push(row, &cells)?,
            Ok(_) => {}
            Err(LineFault { column, value, reason }) => {
                layout = None;
                if of.filter.takes_all() {
                    columns.fault(RowFault { source: of.source, row, column, value, reason });
                }
            }
        }
        rest = &rest[end..];
    }
    Ok(layout)
}

/// Why an object cannot be read.
struct LineFault {
    /// The column's name in the file, or empty.
    column: String,
    value: String,
    reason: String,
}

fn fault(column: &str, value: &str, reason: impl Into<String>) -> LineFault {
    let (column, value, reason) = (column.to_owned(), shortened(value), reason.into());
    LineFault { column, value, reason }
}

/// The first object of what is left of a line.
struct Object<'a> {
    /// What is left, the object included.
    text: &'a str,
    /// The values of our columns as it writes them.
    values: std::result::Result<Vec<Option<&'a RawValue>>, LineFault>,
    /// Where the next one begins; the end of the line where that is not known.
    end: usize,
}

fn first_object<'a>(line: &'a [u8], schema: &LogSchema) -> Object<'a> {
    let Ok(text) = std::str::from_utf8(line) else {
        let reason = "is not valid UTF-8; expected UTF-8 text";
        let fault = fault("", &String::from_utf8_lossy(line), reason);
        return Object { text: "", values: Err(fault), end: line.len() };
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let values = ColumnValues { schema }.deserialize(&mut json);
    let whole = if values.is_ok() { json.end() } else { Ok(()) };
    let several = if values.is_err() || whole.is_err() { first_end(text) } else { None };
    let end = several.unwrap_or(text.len());
    let values = values.and_then(|values| match several {
        Some(_) => Ok(values),
        None => whole.map(|()| values),
    });
    let values = values.map_err(|e| {
        // Each line is read by itself: what the parser calls line 1 is the row.
        let cause = e.to_string().replace(" at line 1 column ", " at position ");
        let reason = format!("is not one JSON object: {cause}; expected one object a line");
        fault("", &text[..end], reason)
    });
    Object { text, values, end }
}

/// Where the first object of a line ends, if another begins behind it.
fn first_end(line: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(line).into_iter::<&RawValue>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    line[end..].trim_ascii_start().starts_with('{').then_some(end)
}

fn cells<'a>(
    values: &[Option<&'a RawValue>],
    schema: &LogSchema,
) -> std::result::Result<Vec<Cow<'a, str>>, LineFault> {
    let cell = |(raw, column): (&Option<&'a RawValue>, &Column)| {
        let value = raw.map_or("null", RawValue::get);
        plain_text(value, column.kind).map_err(|reason| fault(&column.in_file, value, reason))
    };
    values.iter().zip(&schema.columns).map(cell).collect()
}

/// A JSON value as the text that a CSV cell would hold.
fn plain_text(raw: &str, kind: ColumnKind) -> std::result::Result<Cow<'_, str>, &'static str> {
    match (raw.as_bytes().first(), kind) {
        (Some(b'n'), _) => Ok(Cow::Borrowed("")),
        (Some(b'"'), _) if !raw.contains('\\') => Ok(Cow::Borrowed(&raw[1..raw.len() - 1])),
        (Some(b'"'), _) => serde_json::from_str::<String>(raw)
            .map(Cow::Owned)
            .map_err(|_| "is not a valid JSON string; expected UTF-8 text"),
        (Some(b'-' | b'0'..=b'9'), kind) if kind.is_number() => Ok(Cow::Borrowed(raw)),
        (Some(b'-' | b'0'..=b'9'), kind) if kind.is_name() && is_integer(raw) => {
            Ok(Cow::Borrowed(raw))
        }
        (Some(b't' | b'f'), ColumnKind::Flag | ColumnKind::Status) => Ok(Cow::Borrowed(raw)),
        (_, ColumnKind::Flag) => Err("is of the wrong JSON type; expected true or false"),
        (_, kind) if kind.is_number() => {
            Err("is of the wrong JSON type; expected a number or text")
        }
        _ => Err("is of the wrong JSON type; expected text or a whole number"),
    }
}

/// Picks the schema's columns out of an object, as they are written.
pub(super) struct ColumnValues<'t> {
    pub schema: &'t LogSchema,
}

impl<'de> DeserializeSeed<'de> for ColumnValues<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        json: D,
    ) -> std::result::Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ColumnValues<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(
        self,
        mut object: A,
    ) -> std::result::Result<Self::Value, A::Error> {
        let columns = &self.schema.columns;
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
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::input::logs::text::testing::{Seen, seen};
    use crate::input::logs::{Mapping, Scan, word};

    /// A block's rows by their layouts, and each by the parser.
    fn both(bytes: &[u8], schema: &LogSchema) -> [Seen; 2] {
        let scan = Scan::whole(&[], schema);
        let of = TextScan::of(&scan);
        let alike = NdjsonRows::new(of).read(&Block { first_row: 7, bytes }).unwrap();
        let parsed = of.batch(0, |columns| read_lines(of, 7, bytes, columns));
        [alike, parsed.unwrap()].map(|batch| seen(batch, schema))
    }

    /// Lines, mostly like the one before, and what is put in the place of a part of one.
    fn lines() -> impl Strategy<Value = Vec<u8>> {
        let line = (select(FORMS), [text(), text(), text()], number());
        let lines = vec(line, 1..6).prop_flat_map(|lines| {
            let lines = lines.into_iter().map(|(form, [a, b, c], n)| {
                let line = form.replace("$a", a).replace("$b", b).replace("$c", c).replace("$n", n);
                vec![line; 3].concat()
            });
            (Just(lines.collect::<String>()), vec((any::<Index>(), 0..4_usize, select(ODD)), 0..4))
        });
        lines.prop_map(|(text, odd)| {
            let mut bytes = text.into_bytes();
            for (at, taken, put) in odd {
                let at = at.index(bytes.len());
                bytes.splice(at..(at + taken).min(bytes.len()), put.iter().copied());
            }
            bytes
        })
    }

    const FORMS: &[&str] = &[
        "{\"event_id\":\"$a\",\"account_id\":\"$b\",\"at\":\"$c\",\"credits\":$n}\n",
        "{\"at\": \"$c\", \"credits\": \"$n\", \"account_id\": \"$b\", \"event_id\": \"$a\"}\r\n",
        " {\"x\":[$n,{\"account_id\":null}],\"account_id\":\"$b\",\"event_id\":null,\"y\":true,\"credits\":$n} \n",
        "{\"account_id\":$n,\"credits\":\"$b\",\"at\":false,\"event_id\":\"$a\"}\n",
        "{\"source\":{\"owner\":{\"id\":\"$a\"}},\"metadata\":{\"document\":\"$b\",\"id\":$n}}\n",
        "{\"source\":null,\"metadata\":\"$b\"}\n",
        "{\"account_id\":$n,\"event_id\":$n,\"credits\":1}\n",
        "{\"account_id\":\"$a\"}{\"account_id\":\"$b\"} {\"account_id\":$n}\n",
        "{}\n",
    ];

    const ODD: &[&[u8]] = &[
        b"",
        b"",
        b"\"",
        b"\\",
        b"\\n",
        b"\\u00e9",
        b"\t",
        b" ",
        b"\r",
        b"\n",
        b"\n\n",
        b"\0",
        b"\x1f",
        b"\x7f",
        b"\xff",
        "é".as_bytes(),
        b"0",
        b"-",
        b".",
        b"e",
        b"1",
        b",",
        b":",
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"true",
        b"\"at\":\"\",",
        b"\"account_id\":\"x\",",
        b"x",
    ];

    fn text() -> impl Strategy<Value = &'static str> {
        select(&["", "ann", "é", "2026-04-15T10:00:00Z", "now", "a\\nb", "a\\\"b", "}"][..])
    }

    fn number() -> impl Strategy<Value = &'static str> {
        select(
            &[
                "0", "1.5", "6.70", "-0", "-1", "1e-7", "2E+3", "10", "01", "1.", ".5", "-", "+1",
                "1e",
            ][..],
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_laid_out_alike_are_what_the_parser_reads(bytes in lines()) {
            let within = [("document_id", "metadata.document"), ("account_id", "source.owner.id")];
            let within: Mapping =
                within.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
            let usage = LogSchema::usage(&Mapping::new(), true).unwrap();
            let state = [
                ("account_id", ColumnKind::Id),
                ("overage_on", ColumnKind::Flag),
                ("trial_left", ColumnKind::Credits),
            ];
            let state = LogSchema::unmapped("opening state", &state);
            for schema in [usage, LogSchema::payments(&within).unwrap(), state] {
                let [alike, parsed] = both(&bytes, &schema);
                prop_assert_eq!(alike, parsed, "{}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn most_rows_need_no_parser() {
        let line = "{\"account_id\":\"ann\",\"event_id\":\"e\",\"n\":1,\"at\":\"now\",\"x\":{\"y\":[null]}}";
        let schema = LogSchema::usage(&Mapping::new(), true).unwrap();
        let Object { text, values, .. } = first_object(line.as_bytes(), &schema);
        let Ok(values) = values else { panic!("{line}") };
        let layout = LineLayout::of(text, &values, &schema).unwrap();
        let other = line.replace("ann", "bob \u{e9}").replace('1', "-2.5e3").replace("now", "");
        let lines = format!("{other}\n{other}");
        let mut cells = Vec::new();
        let end = layout.add_cells(&lines, 0, &mut cells).unwrap();
        assert_eq!((end, cells.as_slice()), (other.len(), &["bob \u{e9}", "", "", "e"][..]));
        assert_eq!(layout.add_cells(&lines, end + 1, &mut cells), Some(lines.len()));
        assert_eq!((cells.len(), layout.add_cells("{}", 0, &mut cells)), (8, None));
        assert_eq!(cells.len(), 8);
    }

    #[test]
    fn each_object_of_a_line_is_a_row() {
        let schema = LogSchema::dropped_events();
        let scan = Scan::whole(&[], &schema);
        let mut rows = NdjsonRows::new(TextScan::of(&scan));
        let mut read = |text: &str| {
            let batch = rows.read(&Block { first_row: 1, bytes: text.as_bytes() }).unwrap();
            let ids = (0..batch.len)
                .map(|at| format!("{}: {}", batch.rows.number(at), word(&batch.columns[0], at)));
            let faults = batch.faults.iter().map(|fault| format!("{}: {}", fault.row, fault.value));
            (ids.collect::<Vec<_>>(), faults.collect::<Vec<_>>())
        };
        let fifty: String = (0..50).map(|n| format!("{{\"event_id\":{n}}}")).collect();
        let (ids, faults) = read(&format!("{fifty}\n{{\"event_id\":\"e\"}}\n"));
        assert_eq!((ids.len(), &*ids[0], &*ids[49], &*ids[50]), (51, "1: 0", "1: 49", "2: e"));
        assert!(faults.is_empty());
        for (line, sound, faulty) in [
            (r#"{"event_id":1} {"event_id":2.5} {"event_id":3}"#, &["1: 1", "1: 3"][..], "1: 2.5"),
            (
                r#"{"event_id":1}{"event_id":2,"event_id":2}{"event_id":3}"#,
                &["1: 1", "1: 3"],
                r#"1: {"event_id":2,"event_id":2}"#,
            ),
            (r#"{"event_id":1}{"event_id":2"#, &["1: 1"], r#"1: {"event_id":2"#),
            (r#"{"event_id":1}[]"#, &[], r#"1: {"event_id":1}[]"#),
            (r#"{"event_id":1},{"event_id":2}"#, &[], r#"1: {"event_id":1},{"event_id":2}"#),
        ] {
            let (ids, faults) = read(line);
            assert_eq!(
                (&ids[..], &faults[..]),
                (
                    &sound.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()[..],
                    &[faulty.to_owned()][..]
                ),
                "{line}"
            );
        }
    }

    #[test]
    fn a_column_can_be_read_from_within_an_object() {
        let mapping = [("document_id", "metadata.document"), ("account_id", "source.owner.id")];
        let mapping: Mapping =
            mapping.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
        let schema = LogSchema::payments(&mapping).unwrap();
        let read = |line: &str| {
            let block = Block { first_row: 1, bytes: line.as_bytes() };
            let scan = Scan::whole(&[], &schema);
            let batch = NdjsonRows::new(TextScan::of(&scan)).read(&block).unwrap();
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
        assert_eq!(read(r#"{"metadata":{"document":7}}"#), plain("", "7"));
        let (_, faults) = read(r#"{"metadata":{"document":7.5}}"#);
        assert_eq!(faults, ["is of the wrong JSON type; expected text or a whole number"]);
        let (_, faults) = read(r#"{"metadata":{"document":"a"},"metadata.document":"b"}"#);
        assert!(faults[0].contains("`metadata.document` stands there twice"), "{faults:?}");
    }
}
