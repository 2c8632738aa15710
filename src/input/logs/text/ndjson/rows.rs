//! NDJSON rows as columns; numbers keep the digits that they were written with.
//!
//! Most rows are written like the row before: where all but the values is the same, byte by byte,
//! the values are picked out by their places (see [`super::line_layout`]). Any other row is read by
//! `serde_json`, and is what the next one is held against.

use std::borrow::Cow;

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::line_layout::{LineLayout, mark_special};
use super::object::ColumnValues;
use crate::base::error::Result;
use crate::base::rejects::shortened;
use crate::input::logs::batch::{Batch, RowFault};
use crate::input::logs::schema::{Column, ColumnKind, LogSchema};
use crate::input::logs::text::blocks::Block;
use crate::input::logs::text::typed_columns::{Attempt, TextScan, TypedColumns};

/// Reads blocks of lines of one file; its memory is used again for the next one.
pub(in crate::input::logs) struct NdjsonRows<'a> {
    of: TextScan<'a>,
    /// The places of special bytes.
    marks: Vec<u32>,
    layout: Option<LineLayout>,
}

/// Text, and the places of its special bytes.
#[derive(Clone, Copy)]
struct MarkedText<'t> {
    text: &'t str,
    marks: &'t [u32],
}

impl<'a> NdjsonRows<'a> {
    pub fn new(of: TextScan<'a>) -> Self {
        NdjsonRows { of, marks: Vec::new(), layout: None }
    }

    /// Parses a block.
    pub fn read(&mut self, block: &Block<'_>) -> Result<Batch> {
        let NdjsonRows { of, marks, layout } = self;
        let text = simdutf8::basic::from_utf8(block.bytes).ok();
        marks.clear();
        if text.is_some() {
            mark_special(block.bytes, marks);
        }
        of.batch(block.bytes.len(), |columns| match text {
            Some(text) => {
                read_text(*of, block.first_row, MarkedText { text, marks }, layout, columns)
            }
            None => read_lines(*of, block.first_row, block.bytes, columns),
        })
    }
}

/// Reads lines, those laid out like the one before by their layout.
fn read_text(
    of: TextScan<'_>,
    first_row: u64,
    MarkedText { text, mut marks }: MarkedText<'_>,
    layout: &mut Option<LineLayout>,
    columns: &mut TypedColumns,
) -> Attempt<()> {
    let mut cells: Vec<&str> = Vec::with_capacity(of.scan.schema.columns.len());
    let (mut row, mut start) = (first_row, 0);
    while start < text.len() {
        let alike = layout.as_ref().and_then(|like| like.cells(text, start, marks, &mut cells));
        if let Some(end) = alike {
            if of.filter.takes_row(&cells) {
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
            *layout = read_line(of, row, line.as_bytes(), columns)?;
            row += 1;
        }
        start = end + 1;
        marks = marks.get(before + 1..).unwrap_or_default();
    }
    Ok(())
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

/// Reads a line by itself; gives its layout, if others may be read by it.
fn read_line(
    of: TextScan<'_>,
    row: u64,
    line: &[u8],
    columns: &mut TypedColumns,
) -> Attempt<Option<LineLayout>> {
    let schema = of.scan.schema;
    let read = values(line, schema).and_then(|(text, values)| {
        let cells = cells(&values, schema)?;
        Ok((cells, LineLayout::of(text, &values)))
    });
    match read {
        Ok((cells, layout)) => {
            if of.filter.takes_row(&cells) {
                columns.push(row, &cells)?;
            }
            Ok(layout)
        }
        Err(LineFault { column, value, reason }) => {
            if of.filter.takes_all() {
                columns.fault(RowFault { source: of.source, row, column, value, reason });
            }
            Ok(None)
        }
    }
}

/// Why a line cannot be read.
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

/// A line, and the values of our columns as it writes them.
type Values<'a> = (&'a str, Vec<Option<&'a RawValue>>);

fn values<'a>(line: &'a [u8], schema: &LogSchema) -> std::result::Result<Values<'a>, LineFault> {
    let text = std::str::from_utf8(line).map_err(|_| {
        fault("", &String::from_utf8_lossy(line), "is not valid UTF-8; expected UTF-8 text")
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let raw = ColumnValues { schema }.deserialize(&mut json);
    let raw = raw.and_then(|raw| json.end().map(|()| raw)).map_err(|e| {
        // Each line is read by itself: what the parser calls line 1 is the row.
        let cause = e.to_string().replace(" at line 1 column ", " at position ");
        fault("", text, format!("is not one JSON object: {cause}; expected one object a line"))
    })?;
    Ok((text, raw))
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
        (
            Some(b'-' | b'0'..=b'9'),
            ColumnKind::Credits | ColumnKind::Amount | ColumnKind::Moment,
        ) => Ok(Cow::Borrowed(raw)),
        (Some(b't' | b'f'), ColumnKind::Flag | ColumnKind::Status) => Ok(Cow::Borrowed(raw)),
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
            for schema in [usage, LogSchema::payments(&within).unwrap(), LogSchema::state()] {
                let [alike, parsed] = both(&bytes, &schema);
                prop_assert_eq!(alike, parsed, "{}", bytes.escape_ascii());
            }
        }
    }

    #[test]
    fn most_rows_need_no_parser() {
        let line = "{\"account_id\":\"ann\",\"event_id\":\"e\",\"n\":1,\"at\":\"now\",\"x\":{\"y\":[null]}}";
        let schema = LogSchema::usage(&Mapping::new(), true).unwrap();
        let Ok((text, values)) = values(line.as_bytes(), &schema) else { panic!("{line}") };
        let layout = LineLayout::of(text, &values).unwrap();
        let other = line.replace("ann", "bob \u{e9}").replace('1', "-2.5e3").replace("now", "");
        let lines = format!("{other}\n{other}");
        let (mut marks, mut cells) = (Vec::new(), Vec::new());
        mark_special(lines.as_bytes(), &mut marks);
        let end = layout.cells(&lines, 0, &marks, &mut cells).unwrap();
        assert_eq!((end.place, cells.as_slice()), (other.len(), &["bob \u{e9}", "", "", "e"][..]));
        let end = layout.cells(&lines, end.place + 1, &marks[end.marks..], &mut cells).unwrap();
        assert_eq!(end.place, lines.len());
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
        let (_, faults) = read(r#"{"metadata":{"document":7}}"#);
        assert_eq!(faults, ["is of the wrong JSON type; expected text"]);
        let (_, faults) = read(r#"{"metadata":{"document":"a"},"metadata.document":"b"}"#);
        assert!(faults[0].contains("`metadata.document` stands there twice"), "{faults:?}");
    }
}
