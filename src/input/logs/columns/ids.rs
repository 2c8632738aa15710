//! A column of ids: text, text by the keys of a dictionary, or UUIDs of 16 bytes.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, FixedSizeBinaryArray, Int32Array, StringArray,
    StringViewArray,
};
use arrow_schema::DataType;

use super::fault::CellFault;
use crate::base::ids::{
    UuidText, check_id, fingerprint, is_plain, uuid_fingerprint, uuid_of, uuid_text,
};
use arrow_buffer::ArrowNativeType;

/// A column of ids.
pub enum IdColumn<'a> {
    /// Text.
    Text(&'a StringViewArray),
    /// Text, each once, and for each row the place of its text.
    Keyed(&'a Int32Array, &'a StringArray),
    /// UUIDs, whose text is the usual one of 36 characters in lower case; or text that its writer
    /// has not marked as such.
    Binary(&'a BinaryViewArray),
    /// UUIDs in a column whose every value has 16 bytes.
    Fixed(&'a FixedSizeBinaryArray),
}

impl<'a> IdColumn<'a> {
    /// The typed view of a column that [`crate::input::logs::open()`] has let through.
    pub fn of(column: &'a ArrayRef) -> Self {
        match column.data_type() {
            DataType::BinaryView => IdColumn::Binary(column.as_binary_view()),
            DataType::FixedSizeBinary(_) => IdColumn::Fixed(column.as_fixed_size_binary()),
            DataType::Dictionary(..) => {
                let column = column.as_dictionary::<Int32Type>();
                IdColumn::Keyed(column.keys(), column.values().as_string())
            }
            _ => IdColumn::Text(column.as_string_view()),
        }
    }

    /// Whether there is no id at `row`.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            IdColumn::Text(column) => column.is_null(row),
            IdColumn::Keyed(keys, _) => keys.is_null(row),
            IdColumn::Binary(column) => column.is_null(row),
            IdColumn::Fixed(column) => column.is_null(row),
        }
    }

    /// The id at `row`, unchecked but for being there; `buffer` holds a UUID's text.
    #[inline]
    pub fn raw<'b>(&'b self, row: usize, buffer: &'b mut UuidText) -> Result<&'b str, CellFault> {
        if self.is_null(row) {
            return Err(CellFault::Null);
        }
        match self {
            IdColumn::Text(column) => Ok(column.value(row)),
            IdColumn::Keyed(keys, values) => Ok(values.value(keys.value(row).as_usize())),
            IdColumn::Binary(column) => text_or_uuid(column.value(row), buffer),
            IdColumn::Fixed(column) => text_of(column.value(row), buffer),
        }
    }

    /// The id at `row`, checked.
    #[inline]
    pub fn get<'b>(&'b self, row: usize, buffer: &'b mut UuidText) -> Result<&'b str, CellFault> {
        let id = self.raw(row, buffer)?;
        check_id(id).map_err(CellFault::Id)?;
        Ok(id)
    }

    /// The fingerprint of each event's id, in place of what `fingerprints` holds. What it is where
    /// there is no id is of no use.
    pub fn fingerprints_into(&self, fingerprints: &mut Vec<u64>) {
        fingerprints.clear();
        match self {
            IdColumn::Text(ids) => {
                fingerprints.extend((0..ids.len()).map(|row| fingerprint(ids.value(row))));
            }
            IdColumn::Fixed(ids) => {
                let of_uuid = |id: &[u8]| id.try_into().map_or(0, uuid_fingerprint);
                fingerprints.extend((0..ids.len()).map(|row| of_uuid(ids.value(row))));
            }
            IdColumn::Keyed(..) | IdColumn::Binary(_) => {
                let of_row = |row| self.raw(row, &mut [0; 36]).map_or(0, fingerprint);
                fingerprints.extend((0..self.len()).map(of_row));
            }
        }
    }

    /// All ids as UUIDs of 16 bytes, if each of them is one.
    pub fn uuids(&self) -> Option<Vec<[u8; 16]>> {
        match self {
            IdColumn::Text(ids) if ids.null_count() == 0 => {
                let mut uuids = vec![[0; 16]; ids.len()];
                for (row, uuid) in uuids.iter_mut().enumerate() {
                    *uuid = uuid_of(ids.value(row))?;
                }
                Some(uuids)
            }
            IdColumn::Fixed(ids) if ids.null_count() == 0 && ids.value_length() == 16 => {
                Some(ids.value_data().as_chunks().0.to_vec())
            }
            _ => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            IdColumn::Text(ids) => ids.len(),
            IdColumn::Keyed(keys, _) => keys.len(),
            IdColumn::Binary(ids) => ids.len(),
            IdColumn::Fixed(ids) => ids.len(),
        }
    }

    /// Whether the id at `row` is there and sound beyond doubt. Where it isn't, [`IdColumn::get`]
    /// tells.
    #[inline]
    pub fn is_plain(&self, row: usize) -> bool {
        match self {
            IdColumn::Text(column) => !column.is_null(row) && is_plain(column.value(row)),
            IdColumn::Fixed(column) => !column.is_null(row),
            IdColumn::Keyed(..) | IdColumn::Binary(_) => self.get(row, &mut [0; 36]).is_ok(),
        }
    }
}

/// What nobody marked: 16 bytes are a UUID, unless each is a sign that can be printed, which no
/// UUID of RFC 9562 has alone; all else is text.
#[inline]
fn text_or_uuid<'b>(bytes: &'b [u8], buffer: &'b mut UuidText) -> Result<&'b str, CellFault> {
    match text_of(bytes, buffer) {
        Ok(uuid) if !bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) => Ok(uuid),
        _ => std::str::from_utf8(bytes).map_err(|_| CellFault::NotUuid),
    }
}

fn text_of<'b>(bytes: &[u8], buffer: &'b mut UuidText) -> Result<&'b str, CellFault> {
    bytes.try_into().map(|uuid| uuid_text(uuid, buffer)).map_err(|_| CellFault::NotUuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_uuid_reads_as_its_usual_text() {
        let mut buffer = [0; 36];
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(text_of(&bytes, &mut buffer), Ok("00010203-0405-0607-0809-0a0b0c0d0e0f"));
        assert_eq!(text_of(&bytes[1..], &mut buffer), Err(CellFault::NotUuid));
        assert_eq!(text_or_uuid(&bytes, &mut buffer), text_of(&bytes, &mut [0; 36]));
        for text in ["an id", "an id of 16 char", "ein größerer Id."] {
            assert_eq!(text_or_uuid(text.as_bytes(), &mut buffer), Ok(text));
        }
        assert_eq!(text_or_uuid(b"\xff", &mut buffer), Err(CellFault::NotUuid));
    }

    #[test]
    fn an_id_is_alike_however_it_is_kept() {
        let text = ["00010203-0405-0607-0809-0a0b0c0d0e0f", "f0010203-0405-0607-0809-0a0b0c0d0eff"];
        let uuids = text.map(|text| uuid_of(text).unwrap());
        let columns: [ArrayRef; 4] = [
            std::sync::Arc::new(StringViewArray::from_iter_values(text)),
            std::sync::Arc::new(
                text.into_iter().collect::<arrow_array::DictionaryArray<Int32Type>>(),
            ),
            std::sync::Arc::new(BinaryViewArray::from_iter_values(uuids)),
            std::sync::Arc::new(FixedSizeBinaryArray::try_from_iter(uuids.into_iter()).unwrap()),
        ];
        for column in &columns {
            let (ids, mut found, mut buffer) = (IdColumn::of(column), Vec::new(), [0; 36]);
            ids.fingerprints_into(&mut found);
            assert_eq!(found, text.map(fingerprint));
            for (row, id) in text.into_iter().enumerate() {
                assert_eq!(ids.get(row, &mut buffer), Ok(id));
                assert!(ids.is_plain(row));
            }
        }
        for (column, are_apart) in columns.iter().zip([true, false, false, true]) {
            let found = IdColumn::of(column).uuids();
            assert_eq!(found, are_apart.then(|| uuids.to_vec()));
        }
        let ids = |ids: Vec<Option<&str>>| -> ArrayRef {
            std::sync::Arc::new(StringViewArray::from_iter(ids))
        };
        for others in [vec![Some(text[0]), None], vec![Some(text[0]), Some("e")], vec![Some("")]] {
            assert_eq!(IdColumn::of(&ids(others)).uuids(), None);
        }
    }
}
