//! Arrow batches → CSV: RFC 4180, `\n`, safe to open in a spreadsheet.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal64Type, Decimal128Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal64Array, Decimal128Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::values::date_of;
use crate::base::calendar::{push_date, push_instant};
use crate::base::digits::{push_decimal, push_first, push_integer};
use crate::base::spreadsheet::needs_apostrophe;

/// The line that names the columns.
pub(super) fn title<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut line = Vec::new();
    for name in names {
        if !line.is_empty() {
            line.push(b',');
        }
        push_text(name, &mut line);
    }
    line.push(b'\n');
    line
}

/// A batch's lines, and the number of cells that were given an apostrophe.
pub(super) fn lines(batch: &RecordBatch) -> (Vec<u8>, u64) {
    let columns: Vec<Column<'_>> = batch.columns().iter().map(Column::of).collect();
    let mut lines = Vec::with_capacity(batch.num_rows() * columns.len() * TYPICAL);
    let mut apostrophes = 0;
    for row in 0..batch.num_rows() {
        for column in &columns {
            apostrophes += u64::from(column.write(row, &mut lines));
            lines.push(b',');
        }
        if let Some(end) = lines.last_mut() {
            *end = b'\n';
        }
    }
    (lines, apostrophes)
}

/// The number of cells of a batch that are given an apostrophe.
pub(super) fn apostrophes(batch: &RecordBatch) -> u64 {
    let texts = batch.columns().iter().filter_map(|column| column.as_string_opt::<i32>());
    let of_column =
        |texts: &StringArray| texts.iter().flatten().filter(|text| needs_apostrophe(text)).count();
    texts.map(|texts| of_column(texts) as u64).sum()
}

/// Bytes of a cell, with its comma; more than most have.
const TYPICAL: usize = 14;

/// A column, with what is known of all its cells.
pub(super) struct Column<'a> {
    cells: Cells<'a>,
    /// Where it has empty cells.
    nulls: Option<&'a NullBuffer>,
    /// Whether any cell has what would end it.
    quotes: bool,
}

impl<'a> Column<'a> {
    /// A column of one of the contract's types.
    pub fn of(column: &'a ArrayRef) -> Self {
        let cells = Cells::of(column);
        let quotes = cells.may_need_quotes();
        Column { cells, nulls: column.nulls().filter(|nulls| nulls.null_count() > 0), quotes }
    }

    /// The column, whose cells stand alone and need no quotes.
    pub fn unquoted(column: &'a ArrayRef) -> Self {
        Column { quotes: false, ..Column::of(column) }
    }

    /// Adds a cell, in quotes where it needs them; says whether it was given an apostrophe.
    #[inline]
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        match self.nulls.is_some_and(|nulls| nulls.is_null(row)) {
            true => false,
            false => self.cells.write(row, self.quotes, out),
        }
    }
}

/// A column's cells.
enum Cells<'a> {
    Text(&'a StringArray),
    Integer(&'a Int64Array),
    /// With their scale.
    Decimal(&'a Decimal64Array, u32),
    /// With their scale.
    Cost(&'a Decimal128Array, u32),
    Instant(&'a TimestampMicrosecondArray),
    Date(&'a Date32Array),
    Flag(&'a BooleanArray),
}

impl<'a> Cells<'a> {
    fn of(column: &'a ArrayRef) -> Self {
        match column.data_type() {
            DataType::Int64 => Cells::Integer(column.as_primitive::<Int64Type>()),
            DataType::Decimal64(_, scale) => {
                let scale = u32::from(scale.unsigned_abs());
                Cells::Decimal(column.as_primitive::<Decimal64Type>(), scale)
            }
            DataType::Decimal128(_, scale) => {
                let scale = u32::from(scale.unsigned_abs());
                Cells::Cost(column.as_primitive::<Decimal128Type>(), scale)
            }
            DataType::Timestamp(..) => {
                Cells::Instant(column.as_primitive::<TimestampMicrosecondType>())
            }
            DataType::Date32 => Cells::Date(column.as_primitive::<Date32Type>()),
            DataType::Boolean => Cells::Flag(column.as_boolean()),
            _ => Cells::Text(column.as_string::<i32>()),
        }
    }

    /// Whether any cell has what would end it.
    fn may_need_quotes(&self) -> bool {
        match self {
            Cells::Text(cells) => needs_quotes(cells.value_data()),
            _ => false,
        }
    }

    /// Adds a cell that is not empty, in quotes where it needs them and is to be looked at for that;
    /// says whether it was given an apostrophe.
    #[inline]
    fn write(&self, row: usize, quotes: bool, out: &mut Vec<u8>) -> bool {
        match self {
            Cells::Text(cells) if quotes => return push_text(cells.value(row), out),
            Cells::Text(cells) => return push_plain(cells, row, out),
            Cells::Integer(cells) => push_integer(out, cells.value(row)),
            Cells::Decimal(cells, scale) => push_decimal(out, cells.value(row).into(), *scale),
            Cells::Cost(cells, scale) => push_decimal(out, cells.value(row), *scale),
            Cells::Instant(cells) => {
                if !push_instant(out, cells.value(row)) {
                    push_integer(out, cells.value(row));
                }
            }
            Cells::Date(cells) => date(cells.value(row), out),
            Cells::Flag(cells) => {
                out.extend_from_slice(if cells.value(row) { b"true" } else { b"false" });
            }
        }
        false
    }
}

fn date(days: i32, out: &mut Vec<u8>) {
    if push_date(out, days.into()) {
        return;
    }
    // No run writes such a date; whoever looks into a file that was changed may meet one.
    let text = date_of(days).map_or_else(|| days.to_string(), |date| date.to_string());
    out.extend_from_slice(text.as_bytes());
}

/// Adds text, in quotes where it needs them; says whether it was given an apostrophe.
fn push_text(text: &str, out: &mut Vec<u8>) -> bool {
    let apostrophe = needs_apostrophe(text);
    let quoted = needs_quotes(text.as_bytes());
    if quoted {
        out.push(b'"');
    }
    if apostrophe {
        out.push(b'\'');
    }
    if quoted {
        for (at, part) in text.split('"').enumerate() {
            if at > 0 {
                out.extend_from_slice(b"\"\"");
            }
            out.extend_from_slice(part.as_bytes());
        }
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    apostrophe
}

/// Adds text of a column that needs no quotes, by as many bytes as texts have at most as a rule; says
/// whether it was given an apostrophe.
#[inline]
fn push_plain(cells: &StringArray, row: usize, out: &mut Vec<u8>) -> bool {
    const SHORT: usize = 16;
    const USUAL: usize = 48; // a UUID has 36
    let text = cells.value(row);
    let apostrophe = needs_apostrophe(text);
    if apostrophe {
        out.push(b'\'');
    }
    let from = usize::try_from(cells.value_offsets()[row]).unwrap_or(usize::MAX);
    let rest = cells.value_data().get(from..).unwrap_or_default();
    match (rest.first_chunk::<SHORT>(), rest.first_chunk::<USUAL>()) {
        (Some(bytes), _) if text.len() <= SHORT => push_first(out, bytes, text.len()),
        (_, Some(bytes)) if text.len() <= USUAL => push_first(out, bytes, text.len()),
        _ => out.extend_from_slice(text.as_bytes()),
    }
    apostrophe
}

/// Whether text, or any of many texts, has what would end its cell. Looks at every byte and stops
/// at none, which the processor does for many at once.
fn needs_quotes(text: &[u8]) -> bool {
    text.iter().fold(false, |found, &byte| {
        found | (byte == b',') | (byte == b'"') | (byte == b'\n') | (byte == b'\r')
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn text_never_becomes_a_formula() {
        for (value, expected) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("a=b", "a=b"), ("'=", "''=")] {
            let mut cell = Vec::new();
            assert_eq!(push_text(value, &mut cell), value != expected);
            assert_eq!(cell, expected.as_bytes());
        }
    }

    #[test]
    fn lines_are_those_of_a_csv_writer() {
        let texts = ["", "a", "a,b", "\"", "a\"\"b", "two\nlines", "\r", "=1,2", "-\"x\"", "é,'"];
        let column: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..).take(texts.len())));
        let batch = RecordBatch::try_from_iter([("text", column), ("number", numbers)]).unwrap();
        let (lines, apostrophes) = lines(&batch);
        let mut writer = ::csv::Writer::from_writer(title(["text", "a,b"].into_iter()));
        for (number, text) in texts.iter().enumerate() {
            let apostrophe = if needs_apostrophe(text) { "'" } else { "" };
            let cell = [apostrophe, text].concat().into_bytes();
            writer.write_record([cell, number.to_string().into_bytes()]).unwrap();
        }
        let expected = writer.into_inner().unwrap();
        assert_eq!([b"text,\"a,b\"\n".to_vec(), lines].concat(), expected);
        assert_eq!(apostrophes, 3);
    }

    #[test]
    fn cells_of_a_column_without_quotes_are_whole_wherever_they_end() {
        let of_length = |length: usize| {
            ["", "=", "'", "'@"].map(|start| start.to_owned() + &"é".repeat(length))
        };
        let texts: Vec<String> = (0..70).chain((0..70).rev()).flat_map(of_length).collect();
        let column: ArrayRef = Arc::new(StringArray::from_iter_values(&texts));
        let batch = RecordBatch::try_from_iter([("text", column)]).unwrap();
        let expected: String = texts
            .iter()
            .map(|text| match needs_apostrophe(text) {
                true => format!("'{text}\n"),
                false => format!("{text}\n"),
            })
            .collect();
        assert_eq!(String::from_utf8(lines(&batch).0).unwrap(), expected);
        // A part of a batch has its own cells, not those of the whole.
        let from: usize = 139;
        let rest: Vec<&str> = expected.split_inclusive('\n').skip(from).collect();
        assert_eq!(lines(&batch.slice(from, texts.len() - from)).0, rest.concat().as_bytes());
    }
}
