//! A column of ids: text, text by the keys of a dictionary, or UUIDs of 16 bytes.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, FixedSizeBinaryArray, Int32Array, StringArray,
    StringViewArray,
};
use arrow_schema::DataType;
use xxhash_rust::xxh3::xxh3_64;

use super::values::CellFault;
use crate::base::ids::{check_id, is_plain};

/// A column of ids.
pub enum IdColumn<'a> {
    /// Text.
    Text(&'a StringViewArray),
    /// Text, each once, and for each row the place of its text.
    Keyed(&'a Int32Array, &'a StringArray),
    /// UUIDs; their text is the usual one of 36 characters in lower case.
    Binary(&'a BinaryViewArray),
    /// UUIDs in a column whose every value has 16 bytes.
    Fixed(&'a FixedSizeBinaryArray),
}

impl<'a> IdColumn<'a> {
    /// The typed view of a column that [`super::super::open()`] has let through.
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
    pub fn raw<'b>(&'b self, row: usize, buffer: &'b mut [u8; 36]) -> Result<&'b str, CellFault> {
        if self.is_null(row) {
            return Err(CellFault::Null);
        }
        match self {
            IdColumn::Text(column) => Ok(column.value(row)),
            IdColumn::Keyed(keys, values) => Ok(values.value(keys.value(row) as usize)),
            IdColumn::Binary(column) => text_of(column.value(row), buffer),
            IdColumn::Fixed(column) => text_of(column.value(row), buffer),
        }
    }

    /// The id at `row`, checked.
    #[inline]
    pub fn get<'b>(&'b self, row: usize, buffer: &'b mut [u8; 36]) -> Result<&'b str, CellFault> {
        let id = self.raw(row, buffer)?;
        check_id(id).map_err(CellFault::Id)?;
        Ok(id)
    }

    /// The 64-bit XXH3 hash of each id's text, in place of what `hashes` holds. What it is where
    /// there is no id is of no use.
    pub fn hash_into(&self, hashes: &mut Vec<u64>) {
        hashes.clear();
        match self {
            IdColumn::Text(column) => {
                hashes.extend((0..column.len()).map(|row| xxh3_64(column.value(row).as_bytes())));
            }
            IdColumn::Fixed(column) => {
                let uuids = (0..column.len()).map(|row| column.value(row).try_into());
                hashes.extend(uuids.map(|uuid| uuid.map_or(0, |uuid| xxh3_64(&uuid_bytes(uuid)))));
            }
            IdColumn::Keyed(keys, _) => hashes.extend((0..keys.len()).map(|row| self.hash(row))),
            IdColumn::Binary(ids) => hashes.extend((0..ids.len()).map(|row| self.hash(row))),
        }
    }

    fn hash(&self, row: usize) -> u64 {
        self.raw(row, &mut [0; 36]).map_or(0, |id| xxh3_64(id.as_bytes()))
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

fn text_of<'b>(bytes: &[u8], buffer: &'b mut [u8; 36]) -> Result<&'b str, CellFault> {
    bytes.try_into().map(|uuid| uuid_text(uuid, buffer)).map_err(|_| CellFault::NotUuid)
}

/// A UUID's usual text, put into `buffer`.
pub fn uuid_text(uuid: [u8; 16], buffer: &mut [u8; 36]) -> &str {
    *buffer = uuid_bytes(uuid);
    std::str::from_utf8(buffer).unwrap_or_default() // it is ASCII
}

/// The UUID that a text is the usual one of, if it is: its letters are in lower case.
#[inline]
pub fn uuid_of(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let word = |parts: [&[u8]; 2]| {
        let mut digits = [0; 8];
        digits[..parts[0].len()].copy_from_slice(parts[0]);
        digits[parts[0].len()..].copy_from_slice(parts[1]);
        number(digits).to_be_bytes()
    };
    let words = [
        word([&text[..8], &[]]),
        word([&text[9..13], &text[14..18]]),
        word([&text[19..23], &text[24..28]]),
        word([&text[28..], &[]]),
    ];
    let mut uuid = [0; 16];
    uuid.as_chunks_mut().0.iter_mut().zip(words).for_each(|(to, word)| *to = word);
    (uuid_bytes(uuid) == *text).then_some(uuid)
}

/// The number that eight hexadecimal digits are, of any other eight bytes something else.
#[inline]
fn number(digits: [u8; 8]) -> u32 {
    let text = u64::from_be_bytes(digits);
    let letters = (text >> 6) & 0x0101_0101_0101_0101;
    let mut nibbles = (text & 0x0f0f_0f0f_0f0f_0f0f) + 9 * letters;
    nibbles = (nibbles >> 4 | nibbles) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles >> 8 | nibbles) & 0x0000_ffff_0000_ffff;
    (nibbles >> 16 | nibbles) as u32
}

/// The bytes of a UUID's usual text.
#[inline]
fn uuid_bytes(uuid: [u8; 16]) -> [u8; 36] {
    let [first, second] = [&uuid[..8], &uuid[8..]].map(|half| {
        let half = half.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        [digits((half >> 32) as u32), digits(half as u32)]
    });
    let mut text = [b'-'; 36];
    text[..8].copy_from_slice(&first[0]);
    text[9..13].copy_from_slice(&first[1][..4]);
    text[14..18].copy_from_slice(&first[1][4..]);
    text[19..23].copy_from_slice(&second[0][..4]);
    text[24..28].copy_from_slice(&second[0][4..]);
    text[28..].copy_from_slice(&second[1]);
    text
}

/// The eight hexadecimal digits of a number, all at once.
#[inline]
fn digits(number: u32) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut nibbles = u64::from(number);
    nibbles = (nibbles << 16 | nibbles) & 0x0000_ffff_0000_ffff;
    nibbles = (nibbles << 8 | nibbles) & 0x00ff_00ff_00ff_00ff;
    nibbles = (nibbles << 4 | nibbles) & 0x0f0f_0f0f_0f0f_0f0f;
    // 1 in each byte that is more than nine: a letter.
    let letters = ((nibbles + 6 * ONES) >> 4) & ONES;
    (nibbles + u64::from(b'0') * ONES + letters * u64::from(b'a' - b'0' - 10)).to_be_bytes()
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
        for number in [0, 1, 0x0123_4567, 0x89ab_cdef, 0x9a9a_0f0f, u32::MAX] {
            assert_eq!(digits(number), format!("{number:08x}").as_bytes());
        }
    }

    #[test]
    fn only_the_usual_text_is_a_uuid() {
        let usual = "f0010203-0405-0607-0809-0a0b9c9d9eff";
        assert_eq!(uuid_of(usual).map(uuid_bytes).as_ref(), usual.as_bytes().first_chunk());
        for other in [
            "F0010203-0405-0607-0809-0a0b9c9d9eff",
            "g0010203-0405-0607-0809-0a0b9c9d9eff",
            "f0010203-0405-0607-0809-0a0b9c9d9ef",
            "f0010203-0405-0607-0809a0a0b9c9d9eff",
            "f001020304050607-0809-0a0b9c9d9eff--",
            "f0010203-0405-0607-080:-0a0b9c9d9eff",
            "f0010203-0405-0607-0809-0a0b9c9d9eé",
            "",
        ] {
            assert_eq!(uuid_of(other), None, "{other}");
        }
    }

    #[test]
    fn an_id_hashes_alike_however_it_is_kept() {
        let text = ["00010203-0405-0607-0809-0a0b0c0d0e0f", "f0010203-0405-0607-0809-0a0b0c0d0eff"];
        let bytes = [0_u8, 0xf0].map(|first| {
            let last = if first == 0 { 0x0f } else { 0xff };
            [&[first], &(1..15).collect::<Vec<u8>>()[..], &[last]].concat()
        });
        let slices = || bytes.iter().map(Vec::as_slice);
        let columns: [ArrayRef; 4] = [
            std::sync::Arc::new(StringViewArray::from_iter_values(text)),
            std::sync::Arc::new(
                text.into_iter().collect::<arrow_array::DictionaryArray<Int32Type>>(),
            ),
            std::sync::Arc::new(BinaryViewArray::from_iter_values(slices())),
            std::sync::Arc::new(FixedSizeBinaryArray::try_from_iter(slices()).unwrap()),
        ];
        for column in &columns {
            let (ids, mut hashes, mut buffer) = (IdColumn::of(column), Vec::new(), [0; 36]);
            ids.hash_into(&mut hashes);
            assert_eq!(hashes, text.map(|id| xxh3_64(id.as_bytes())));
            for (row, id) in text.into_iter().enumerate() {
                assert_eq!(ids.get(row, &mut buffer), Ok(id));
                assert!(ids.is_plain(row));
            }
        }
    }
}
