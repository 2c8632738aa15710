//! NDJSON rows as columns; numbers keep the digits that they were written with.
//!
//! Most rows are written like the row before: where all but the values is the same, byte by byte,
//! the values are picked out by their places (see [`super::line_layout`]). Any other row is read by
//! `serde_json`, and is what the next one is held against.

use std::borrow::Cow;

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::line_layout::{Shape, mark};
use super::object::Picked;
use crate::base::rejects::shortened;
use crate::input::logs::scan::{Batch, Fault};
use crate::input::logs::text::blocks::Block;
use crate::input::logs::text::typed_columns::{Asked, TextColumns, Tried};
use crate::input::logs::{Column, ColumnKind, Table};

/// Reads blocks of lines of one file; its memory is used again for the next one.
pub(in crate::input::logs) struct NdjsonRows<'a> {
    asked: Asked<'a>,
    marks: Vec<u32>,
    shape: Option<Shape>,
}

impl<'a> NdjsonRows<'a> {
    pub fn new(asked: Asked<'a>) -> Self {
        NdjsonRows { asked, marks: Vec::new(), shape: None }
    }

    /// Parses a block.
    pub fn read(&mut self, block: &Block<'_>) -> crate::base::error::Result<Batch> {
        let NdjsonRows { asked, marks, shape } = self;
        let text = simdutf8::basic::from_utf8(block.bytes).ok();
        marks.clear();
        if text.is_some() {
            mark(block.bytes, marks);
        }
        asked.batch(block.bytes.len(), |columns| match text {
            Some(text) => read_text(*asked, block.first_row, (text, marks), shape, columns),
            None => {
                let lines = block.bytes.split(|&b| b == b'\n');
                let lines = lines.filter(|line| !line.trim_ascii().is_empty());
                (block.first_row..)
                    .zip(lines)
                    .try_for_each(|(row, line)| read_line(*asked, row, line, columns).map(drop))
            }
        })
    }
}

/// Reads lines, of which `marks` are the marked bytes.
fn read_text(
    asked: Asked<'_>,
    first_row: u64,
    (text, mut marks): (&str, &[u32]),
    shape: &mut Option<Shape>,
    columns: &mut TextColumns,
) -> Tried<()> {
    let mut cells: Vec<&str> = Vec::with_capacity(asked.table.columns.len());
    let (mut row, mut start) = (first_row, 0);
    while start < text.len() {
        let alike = shape.as_ref().and_then(|shape| shape.cells(text, start, marks, &mut cells));
        if let Some(end) = alike {
            if asked.wanted.keeps(&cells) {
                columns.push(row, &cells)?;
            }
            row += 1;
            start = end.place + 1;
            marks = marks.get(end.marks..).unwrap_or_default();
            continue;
        }
        let is_end = |&&mark: &&u32| text.as_bytes()[mark as usize] == b'\n';
        let before = marks.iter().take_while(|mark| !is_end(mark)).count();
        let end = marks.get(before).map_or(text.len(), |&end| end as usize);
        let line = &text[start..end];
        if !line.as_bytes().trim_ascii().is_empty() {
            *shape = read_line(asked, row, line.as_bytes(), columns)?;
            row += 1;
        }
        start = end + 1;
        marks = marks.get(before + 1..).unwrap_or_default();
    }
    Ok(())
}

/// Reads a line by itself; gives the shape of its row, if others may be read by it.
fn read_line(
    asked: Asked<'_>,
    row: u64,
    line: &[u8],
    columns: &mut TextColumns,
) -> Tried<Option<Shape>> {
    let table = asked.table;
    let read = values(line, table, row).and_then(|(text, values)| {
        let cells = cells(&values, table, row)?;
        Ok((cells, Shape::of(text, &values)))
    });
    match read {
        Ok((cells, shape)) => {
            if asked.wanted.keeps(&cells) {
                columns.push(row, &cells)?;
            }
            Ok(shape)
        }
        Err(fault) => {
            if asked.wanted.all() {
                columns.fault(fault);
            }
            Ok(None)
        }
    }
}

fn fault(row: u64, column: &str, value: &str, reason: String) -> Fault {
    Fault { row, column: column.to_owned(), value: shortened(value), reason }
}

/// A line, and the values of our columns as it writes them.
type Values<'a> = (&'a str, Vec<Option<&'a RawValue>>);

fn values<'a>(line: &'a [u8], table: &Table, row: u64) -> Result<Values<'a>, Fault> {
    let text = std::str::from_utf8(line).map_err(|_| {
        let reason = "is not valid UTF-8; expected UTF-8 text".to_owned();
        fault(row, "", &String::from_utf8_lossy(line), reason)
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let raw = Picked { table }.deserialize(&mut json).and_then(|raw| json.end().map(|()| raw));
    let raw = raw.map_err(|e| {
        // Each line is read by itself: what the parser calls line 1 is the row.
        let cause = e.to_string().replace(" at line 1 column ", " at position ");
        let reason = format!("is not one JSON object: {cause}; expected one object a line");
        fault(row, "", text, reason)
    })?;
    Ok((text, raw))
}

fn cells<'a>(
    values: &[Option<&'a RawValue>],
    table: &Table,
    row: u64,
) -> Result<Vec<Cow<'a, str>>, Fault> {
    let cell = |(raw, column): (&Option<&'a RawValue>, &Column)| {
        let value = raw.map_or("null", RawValue::get);
        plain_text(value, column.kind)
            .map_err(|reason| fault(row, &column.in_file, value, reason.to_owned()))
    };
    values.iter().zip(&table.columns).map(cell).collect()
}

/// A JSON value as the text that a CSV cell would hold.
fn plain_text(raw: &str, kind: ColumnKind) -> Result<Cow<'_, str>, &'static str> {
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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::input::logs::text::testing::{Seen, seen};
    use crate::input::logs::wanted_rows::Wanted;
    use crate::input::logs::{Mapping, Scan, word};

    /// A block's rows by their shapes, and each by the parser.
    fn both(bytes: &[u8], table: &Table) -> [Seen; 2] {
        let scan = Scan::whole(&[], table);
        let asked = Asked::of(&scan, Wanted::of(None, table), 0);
        let alike = NdjsonRows::new(asked).read(&Block { first_row: 7, bytes }).unwrap();
        let lines = || bytes.split(|&b| b == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let parsed = asked.batch(0, |columns| {
            (7..)
                .zip(lines())
                .try_for_each(|(row, line)| read_line(asked, row, line, columns).map(drop))
        });
        [alike, parsed.unwrap()].map(|batch| seen(batch, table))
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
        fn rows_of_a_shape_are_what_the_parser_reads(bytes in lines()) {
            let within = [("document_id", "metadata.document"), ("account_id", "source.owner.id")];
            let within: Mapping =
                within.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
            let usage = Table::usage(&Mapping::new(), true).unwrap();
            for table in [usage, Table::payments(&within).unwrap(), Table::state()] {
                let [alike, parsed] = both(&bytes, &table);
                prop_assert_eq!(alike, parsed, "{}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn most_rows_need_no_parser() {
        let line = "{\"account_id\":\"ann\",\"event_id\":\"e\",\"n\":1,\"at\":\"now\",\"x\":{\"y\":[null]}}";
        let table = Table::usage(&Mapping::new(), true).unwrap();
        let (text, values) = values(line.as_bytes(), &table, 1).unwrap();
        let shape = Shape::of(text, &values).unwrap();
        let other = line.replace("ann", "bob \u{e9}").replace('1', "-2.5e3").replace("now", "");
        let lines = format!("{other}\n{other}");
        let (mut marks, mut cells) = (Vec::new(), Vec::new());
        mark(lines.as_bytes(), &mut marks);
        let end = shape.cells(&lines, 0, &marks, &mut cells).unwrap();
        assert_eq!((end.place, cells.as_slice()), (other.len(), &["bob \u{e9}", "", "", "e"][..]));
        let end = shape.cells(&lines, end.place + 1, &marks[end.marks..], &mut cells).unwrap();
        assert_eq!(end.place, lines.len());
    }

    #[test]
    fn a_column_can_be_read_from_within_an_object() {
        let mapping = [("document_id", "metadata.document"), ("account_id", "source.owner.id")];
        let mapping: Mapping =
            mapping.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).into();
        let table = Table::payments(&mapping).unwrap();
        let read = |line: &str| {
            let block = Block { first_row: 1, bytes: line.as_bytes() };
            let scan = Scan::whole(&[], &table);
            let asked = Asked::of(&scan, Wanted::of(None, &table), 0);
            let batch = NdjsonRows::new(asked).read(&block).unwrap();
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
