//! The types that a Parquet file's columns may have, and how each is read: as one of the few that
//! the views of [`crate::input::logs::columns`] know.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Decimal256Type, Float32Type, TimestampMicrosecondType, TimestampNanosecondType,
};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, StringViewArray, downcast_integer_array, new_null_array,
};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, FieldRef, TimeUnit};
use chrono::DateTime;
use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::schema::types::Type;

use crate::base::calendar::EpochUnit;
use crate::base::digits::plain_decimal;
use crate::base::error::{Code, Error, Result};
use crate::base::ids::uuid_text;
use crate::input::logs::dialect::Dialect;
use crate::input::logs::schema::{Column, ColumnKind};

/// Whether a column holds instants as old writers of Hadoop's world do, in 12 bytes.
pub(super) fn is_int96(column: &Type) -> bool {
    column.is_primitive() && column.get_physical_type() == PhysicalType::INT96
}

/// How a column of a kind is read. Text is read as views, which need no copy and share the bytes
/// of a dictionary page; what no writer has marked as text, as bytes; 12 bytes of an instant, as
/// microseconds, which reach far enough ([`from_int96`] looks after finer digits). Where they are to be
/// `keyed`, text ids are read as the keys of a dictionary.
pub(super) fn as_view(
    field: &FieldRef,
    column: &Type,
    kind: Option<ColumnKind>,
    epoch: Option<EpochUnit>,
    keyed: bool,
) -> FieldRef {
    let data_type = match (field.data_type(), kind) {
        (DataType::Int64, Some(ColumnKind::Instant)) => {
            epoch.map_or(DataType::Int64, |unit| DataType::Timestamp(unit_of(unit), None))
        }
        (DataType::Utf8, Some(ColumnKind::Id)) if keyed => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        (DataType::Utf8, Some(_)) => DataType::Utf8View,
        (DataType::Binary, Some(_)) => DataType::BinaryView,
        (DataType::Timestamp(..), Some(_)) if is_int96(column) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        _ => return Arc::clone(field),
    };
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

fn unit_of(epoch: EpochUnit) -> TimeUnit {
    match epoch {
        EpochUnit::Seconds => TimeUnit::Second,
        EpochUnit::Millis => TimeUnit::Millisecond,
        EpochUnit::Micros => TimeUnit::Microsecond,
        EpochUnit::Nanos => TimeUnit::Nanosecond,
    }
}

/// Checks that a column, read by [`as_view`], is of a type that its kind is read from.
pub(super) fn check(
    data_type: &DataType,
    leaf: &Type,
    column: &Column,
    dialect: Dialect,
    file: &str,
) -> Result<()> {
    // The decoder takes it on trust that text of other marks, such as JSON, is UTF-8.
    let is_marked = || leaf.get_basic_info().converted_type() == ConvertedType::UTF8;
    let is_text = match data_type {
        DataType::Utf8View => is_marked(),
        other => *other == DataType::BinaryView,
    };
    // What nobody marked may be an integer of 128 bits as well; event ids were never so.
    let is_uuid = *data_type == DataType::FixedSizeBinary(16)
        && (column.kind == ColumnKind::EventId
            || leaf.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid));
    let is_whole = data_type.is_integer()
        || matches!(data_type, DataType::Decimal128(_, 0) | DataType::Decimal256(_, 0));
    let is_number = data_type.is_integer()
        || matches!(data_type, DataType::Float32 | DataType::Float64)
        || matches!(data_type, DataType::Decimal128(_, 0..) | DataType::Decimal256(_, 0..));
    let is_instant = matches!(data_type, DataType::Timestamp(..));
    // A mark of a decimal that was lost would make 1.01 credits 1,010,000.
    let lacks_mark = leaf.is_primitive()
        && leaf.get_precision() > 0
        && leaf.get_basic_info().converted_type() != ConvertedType::DECIMAL;
    if lacks_mark {
        return Err(Error::new(
            Code::INPUT_DAMAGED,
            "is no DECIMAL, though the footer gives it a precision",
        )
        .in_file(file)
        .in_column(&column.in_file)
        .expected(column.kind.expected())
        .hint("the file may be damaged; fetch or export it again"));
    }
    let fits = match column.kind {
        ColumnKind::Id | ColumnKind::EventId => is_text || is_whole || is_uuid,
        ColumnKind::Word => is_text || is_whole,
        ColumnKind::Instant => {
            is_text || is_instant || dialect.instants.is_some() && data_type.is_integer()
        }
        ColumnKind::Credits | ColumnKind::Amount => is_text || is_number,
        ColumnKind::Flag | ColumnKind::Status => is_text || *data_type == DataType::Boolean,
        ColumnKind::Moment => {
            is_text || is_instant || *data_type == DataType::Date32 || data_type.is_integer()
        }
    };
    if fits || *data_type == DataType::Null {
        return Ok(());
    }
    let found = match data_type {
        DataType::Utf8View => leaf.get_basic_info().converted_type().to_string(),
        other => other.to_string(),
    };
    Err(Error::new(Code::COLUMN_TYPE, format!("is of type {found}"))
        .in_file(file)
        .in_column(&column.in_file)
        .expected(column.kind.expected())
        .hint("write the column with that type, or map another column"))
}

/// A column of a kind, as it was read, in a type that the views know.
pub(super) fn in_known_type(column: &ArrayRef, kind: ColumnKind) -> ArrayRef {
    use ColumnKind::{EventId, Id, Instant, Word};
    match (column.data_type(), kind) {
        // Its writer gave it no type, since it holds no value.
        (DataType::Null, _) => nothing(kind, column.len()),
        (DataType::BinaryView | DataType::FixedSizeBinary(_), EventId) => Arc::clone(column),
        (DataType::BinaryView, _) => Arc::new(text(column)),
        (DataType::FixedSizeBinary(_), _) => {
            let uuids = column.as_fixed_size_binary().iter();
            let uuids = uuids.map(|bytes| bytes.and_then(|bytes| bytes.try_into().ok()));
            Arc::new(in_text(uuids, |uuid, put| put(uuid_text(uuid, &mut [0; 36]))))
        }
        (
            DataType::Timestamp(..)
            | DataType::Utf8View
            | DataType::Dictionary(..)
            | DataType::Float64
            | DataType::Boolean,
            _,
        ) => Arc::clone(column),
        (DataType::Float32, _) => {
            let values = column.as_primitive::<Float32Type>().iter();
            Arc::new(in_text(values, |value, put| put(ryu::Buffer::new().format(value))))
        }
        (DataType::Decimal256(_, scale), Id | EventId | Word) if *scale == 0 => {
            let values = column.as_primitive::<Decimal256Type>().iter();
            Arc::new(in_text(values, |value, put| put(&value.to_string())))
        }
        (DataType::Decimal256(_, scale), _) => narrow(column, u32::from(scale.unsigned_abs())),
        (_, Id | EventId | Word | Instant) => digits(column),
        _ => Arc::clone(column),
    }
}

/// A column of a kind without any value.
pub(super) fn nothing(kind: ColumnKind, len: usize) -> ArrayRef {
    let data_type = match kind {
        ColumnKind::Instant => DataType::Timestamp(TimeUnit::Microsecond, None),
        ColumnKind::Credits => DataType::Decimal128(18, 6),
        ColumnKind::Flag => DataType::Boolean,
        ColumnKind::Id | ColumnKind::EventId | ColumnKind::Word => DataType::Utf8View,
        ColumnKind::Amount | ColumnKind::Moment | ColumnKind::Status => DataType::Utf8View,
    };
    new_null_array(&data_type, len)
}

/// Values as text.
fn in_text<T>(
    values: impl Iterator<Item = Option<T>>,
    mut write: impl FnMut(T, &mut dyn FnMut(&str)),
) -> StringViewArray {
    let mut texts = StringViewBuilder::with_capacity(values.size_hint().0);
    for value in values {
        match value {
            Some(value) => write(value, &mut |text| texts.append_value(text)),
            None => texts.append_null(),
        }
    }
    texts.finish()
}

/// Whole numbers as their digits.
fn digits(column: &ArrayRef) -> ArrayRef {
    let mut buffer = itoa::Buffer::new();
    downcast_integer_array!(
        column => Arc::new(in_text(column.iter(), |value, put| put(buffer.format(value)))),
        DataType::Decimal128(..) => {
            let values = column.as_primitive::<Decimal128Type>().iter();
            Arc::new(in_text(values, |value, put| put(buffer.format(value))))
        }
        _ => Arc::clone(column),
    )
}

/// Bytes that nobody marked as text. Where they are none, each that is wrong becomes the control
/// character that stands for such a one: no id, number or instant has it.
fn text(column: &ArrayRef) -> StringViewArray {
    let bytes = column.as_binary_view();
    bytes.clone().to_string_view().unwrap_or_else(|_| {
        in_text(bytes.iter(), |bytes, put| {
            let text: String = bytes
                .utf8_chunks()
                .map(|part| {
                    let wrong = if part.invalid().is_empty() { "" } else { "\u{1a}" };
                    [part.valid(), wrong].concat()
                })
                .collect();
            put(&text);
        })
    })
}

/// Decimals of up to 256 bits as such of 128, unless they are too fine or too large for them; as
/// text then.
fn narrow(column: &ArrayRef, scale: u32) -> ArrayRef {
    const PLACES: u32 = 6; // all that counts of credits
    let values = column.as_primitive::<Decimal256Type>();
    let unit = i256::from_i128(10).checked_pow(scale.saturating_sub(PLACES));
    let in_128 = |value: i256| {
        let unit = unit.filter(|unit| value.checked_rem(*unit) == Some(i256::ZERO))?;
        value.checked_div(unit)?.to_i128()
    };
    let narrowed: Option<Decimal128Array> = values
        .iter()
        .map(|value| value.map(in_128).map_or(Some(None), |value| value.map(Some)))
        .collect();
    let typed = narrowed.and_then(|narrowed| {
        let scale = i8::try_from(scale.min(PLACES)).ok()?;
        narrowed.with_precision_and_scale(38, scale).ok()
    });
    match typed {
        Some(typed) => Arc::new(typed),
        None => Arc::new(in_text(values.iter(), |value, put| match value.to_i128() {
            Some(value) => put(&plain_decimal(value, scale)),
            None => put(&format!("{value}e-{scale}")),
        })),
    }
}

/// Instants of 12 bytes, read both ways: as microseconds, which reach far enough, and as
/// nanoseconds, which do not.
pub(super) fn from_int96(micros: &ArrayRef, nanos: &ArrayRef) -> ArrayRef {
    let coarse = micros.as_primitive::<TimestampMicrosecondType>();
    let fine = nanos.as_primitive::<TimestampNanosecondType>();
    let finer = |row: usize| fine.value(row).wrapping_sub(coarse.value(row).wrapping_mul(1_000));
    let mut rows = (0..coarse.len()).filter(|&row| coarse.is_valid(row));
    if rows.clone().all(|row| finer(row) == 0) {
        return Arc::clone(micros);
    }
    if rows.all(|row| coarse.value(row).checked_mul(1_000).is_some()) {
        return Arc::clone(nanos);
    }
    let rows = (0..coarse.len()).map(|row| coarse.is_valid(row).then_some(row));
    Arc::new(in_text(rows, |row, put| {
        let at = DateTime::from_timestamp_micros(coarse.value(row));
        let at = at.map(|at| format!("{}{:03}Z", at.format("%Y-%m-%dT%H:%M:%S%.6f"), finer(row)));
        put(&at.unwrap_or_else(|| coarse.value(row).to_string()));
    }))
}

#[cfg(test)]
mod tests {
    use arrow_array::{
        BinaryViewArray, Decimal256Array, Float32Array, Int8Array, Int64Array,
        TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array,
    };

    use super::*;
    use crate::base::credits::Credits;
    use crate::input::logs::columns::{CreditsColumn, InstantColumn, value_text};
    use crate::input::logs::dialect::CellForms;

    fn texts(column: &ArrayRef) -> Vec<String> {
        (0..column.len()).map(|row| value_text(column, row)).collect()
    }

    #[test]
    fn whole_numbers_are_ids_by_their_digits() {
        let twenty = Decimal128Array::from(vec![Some(i128::from(u64::MAX)), None]);
        let columns: [(ArrayRef, [&str; 2]); 5] = [
            (Arc::new(Int8Array::from(vec![Some(-7), None])), ["-7", ""]),
            (Arc::new(Int64Array::from(vec![i64::MIN, 12])), ["-9223372036854775808", "12"]),
            (Arc::new(UInt64Array::from(vec![u64::MAX, 0])), ["18446744073709551615", "0"]),
            (
                Arc::new(twenty.with_precision_and_scale(20, 0).unwrap()),
                ["18446744073709551615", ""],
            ),
            (Arc::new(decimals(&["7", "-1"], 0)), ["7", "-1"]),
        ];
        for (column, expected) in columns {
            for kind in [ColumnKind::Id, ColumnKind::EventId, ColumnKind::Word] {
                let known = in_known_type(&column, kind);
                assert_eq!(*known.data_type(), DataType::Utf8View);
                assert_eq!(texts(&known), expected);
                assert_eq!(known.null_count(), column.null_count());
            }
        }
    }

    #[test]
    fn unmarked_bytes_are_text_where_they_are_utf8_and_no_id_elsewhere() {
        let of = |bytes: Vec<Option<&[u8]>>| -> ArrayRef { Arc::new(BinaryViewArray::from(bytes)) };
        let sound = in_known_type(&of(vec![Some("größe".as_bytes()), None]), ColumnKind::Id);
        assert_eq!(texts(&sound), ["größe", ""]);
        let wrong = in_known_type(&of(vec![Some(b"a\xffb"), Some(b"c")]), ColumnKind::Id);
        assert_eq!(texts(&wrong), ["a\u{1a}b", "c"]);
        assert!(crate::base::ids::check_id("a\u{1a}b").is_err());
    }

    fn decimals(values: &[&str], scale: i8) -> Decimal256Array {
        let values = values.iter().map(|value| i256::from_string(value).unwrap());
        let values = values.collect::<Vec<_>>();
        Decimal256Array::from(values).with_precision_and_scale(76, scale).unwrap()
    }

    #[test]
    fn credits_of_any_width_are_read_like_their_text() {
        let zeros = "0".repeat(37);
        let wide = [format!("67{zeros}"), "0".to_owned(), format!("-67{zeros}")];
        let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
        let [exact, fine] = [&wide[..], &["67", wide[0]]].map(|values| -> ArrayRef {
            in_known_type(&(Arc::new(decimals(values, 38)) as ArrayRef), ColumnKind::Credits)
        });
        let of = |column: &ArrayRef, row: usize| {
            let column = CreditsColumn::of(column, CellForms::default());
            column.get(row).map(|parsed| (parsed.credits, parsed.rounded_by.is_some()))
        };
        let parsed = |text: &str| Ok((Credits::parse(text).unwrap().credits, false));
        assert_eq!(*exact.data_type(), DataType::Decimal128(38, 6));
        assert_eq!([of(&exact, 0), of(&exact, 1)], [parsed("6.7"), parsed("0")]);
        assert!(of(&exact, 2).is_err(), "negative");
        assert_eq!([of(&fine, 0), of(&fine, 1)], [Ok((Credits::ZERO, true)), parsed("6.7")]);
        let single: ArrayRef = Arc::new(Float32Array::from(vec![Some(6.7), Some(1e-7), None]));
        let single = in_known_type(&single, ColumnKind::Credits);
        assert_eq!([of(&single, 0), of(&single, 1)], [parsed("6.7"), Ok((Credits::ZERO, true))]);
        assert!(of(&single, 2).is_err());
    }

    #[test]
    fn instants_of_12_bytes_reach_far_and_none_is_rounded() {
        let of = |times: &[(i64, i64)]| {
            let micros = times.iter().map(|(micros, _)| *micros).collect::<Vec<_>>();
            let nanos = times.iter().map(|(micros, fine)| micros.wrapping_mul(1_000) + fine);
            let micros: ArrayRef = Arc::new(TimestampMicrosecondArray::from(micros));
            let nanos = TimestampNanosecondArray::from(nanos.collect::<Vec<_>>());
            let column = from_int96(&micros, &(Arc::new(nanos) as ArrayRef));
            let instants = InstantColumn::of(&column, CellForms::default());
            let read = |row| instants.get(row).map_or_else(|e| e.to_string(), |at| at.to_string());
            (0..times.len()).map(read).collect::<Vec<_>>()
        };
        let (april, far) = (1_775_001_600_000_001, 253_402_300_799_000_000);
        let (in_april, in_9999) = ("2026-04-01T00:00:00.000001Z", "9999-12-31T23:59:59Z");
        assert_eq!(of(&[(april, 0), (far, 0)]), [in_april, in_9999]);
        for found in [of(&[(april, 0), (april, 7)]), of(&[(april, 0), (april, 7), (far, 0)])] {
            assert_eq!(found[0], in_april);
            assert!(found[1].contains("finer than a microsecond"), "{found:?}");
            assert!(found.get(2).is_none_or(|far| far == in_9999), "{found:?}");
        }
    }
}
