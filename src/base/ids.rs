//! Ids of accounts and events: UTF-8 text of 1 to 256 bytes without control characters.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;
use xxhash_rust::xxh3::xxh3_64;

/// An id by its own type: text that is not taken for another id.
macro_rules! id_type {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        // Ordered and hashed as its text, so that maps are asked with a text.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text.into())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

id_type! {
    /// The id of an account. Whoever reads one from a log has checked it with [`check_id`].
    AccountId
}

id_type! {
    /// The id of a usage event.
    EventId
}

/// The text of a UUID in the making.
pub type UuidText = [u8; Hyphenated::LENGTH];

/// A UUID's usual text, put into `buffer`: 36 characters in lower case.
#[inline]
pub fn uuid_text(uuid: [u8; 16], buffer: &mut UuidText) -> &str {
    Uuid::from_bytes(uuid).hyphenated().encode_lower(buffer)
}

/// The UUID that a text is the usual one of, if it is: its letters are in lower case.
///
/// Every event of a log comes through here, so that eight characters are read at a time, which is
/// three times as fast as the crate's reading.
#[inline]
pub fn uuid_of(text: &str) -> Option<[u8; 16]> {
    let text: &UuidText = text.as_bytes().try_into().ok()?;
    let four = |[a, b, c, d]: [usize; 4]| u32::from_le_bytes([text[a], text[b], text[c], text[d]]);
    let eight = |first, second| u64::from(four(first)) | u64::from(four(second)) << 32;
    let a = eight([0, 1, 2, 3], [4, 5, 6, 7]);
    let b = eight([9, 10, 11, 12], [14, 15, 16, 17]);
    let c = eight([19, 20, 21, 22], [24, 25, 26, 27]);
    let d = eight([28, 29, 30, 31], [32, 33, 34, 35]);
    let hyphens = four([8, 13, 18, 23]) == u32::from_le_bytes([b'-'; 4]);
    if !(hyphens & are_hex_digits(a) & are_hex_digits(b) & are_hex_digits(c) & are_hex_digits(d)) {
        return None;
    }
    let value = |digits| u128::from(hex_value(digits));
    let uuid = value(a) | value(b) << 32 | value(c) << 64 | value(d) << 96;
    Some(uuid.to_le_bytes())
}

/// The same number in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Whether each byte is a hexadecimal digit, its letters in lower case.
#[inline]
const fn are_hex_digits(word: u64) -> bool {
    let high = each(0x80);
    // Of characters below 0x80, this sets the high bit of those that are not before `first`.
    let digit = word.wrapping_add(each(0x80 - b'0')) & !word.wrapping_add(each(0x7f - b'9'));
    let letter = word.wrapping_add(each(0x80 - b'a')) & !word.wrapping_add(each(0x7f - b'f'));
    word & high == 0 && (digit | letter) & high == high
}

/// The four bytes that eight hexadecimal digits mean, the first in the lowest bits.
#[inline]
const fn hex_value(digits: u64) -> u32 {
    let nibbles = (digits & each(0x0f)) + 9 * (digits >> 6 & each(1));
    let bytes = (nibbles << 4 | nibbles >> 8) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | bytes >> 8) & 0x0000_ffff_0000_ffff;
    // The value lies in 32 bits; what is above them is another copy of a part.
    ((pairs | pairs >> 16) & 0xffff_ffff) as u32
}

/// The fingerprint of an event's id. Equal ids have equal ones, whether they are held as text or as
/// UUIDs of 16 bytes.
#[inline]
pub fn fingerprint(id: &str) -> u64 {
    uuid_of(id).map_or_else(|| xxh3_64(id.as_bytes()), |uuid| uuid_fingerprint(&uuid))
}

/// The fingerprint of an id that is a UUID.
#[inline]
pub fn uuid_fingerprint(uuid: &[u8; 16]) -> u64 {
    xxh3_64(uuid)
}

/// The longest id in bytes.
pub const ID_BYTES_MAX: usize = 256;

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdFault {
    /// No text.
    Empty,
    /// Longer than [`ID_BYTES_MAX`].
    TooLong,
    /// Contains a control character.
    Control(char),
}

impl fmt::Display for IdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdFault::Empty => f.write_str("is empty; expected an id of 1 to 256 bytes"),
            IdFault::TooLong => {
                f.write_str("is longer than 256 bytes; expected an id of 1 to 256 bytes")
            }
            IdFault::Control(found) => {
                let code = u32::from(*found);
                write!(f, "contains the control character U+{code:04X}; expected plain text")
            }
        }
    }
}

/// Checks that a text is an id: 1 to 256 bytes without control characters.
///
/// # Errors
/// The first [`IdFault`] found.
pub fn check_id(text: &str) -> Result<(), IdFault> {
    if text.is_empty() {
        return Err(IdFault::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdFault::TooLong);
    }
    if is_plain(text) {
        return Ok(());
    }
    match text.chars().find(|c| c.is_control()) {
        Some(found) => Err(IdFault::Control(found)),
        None => Ok(()),
    }
}

/// Whether a text is an id of plain ASCII, the usual case, which is settled without decoding
/// characters.
#[inline]
pub fn is_plain(text: &str) -> bool {
    let plain = text.bytes().fold(true, |plain, b| plain & (0x20..0x7f).contains(&b));
    plain && (1..=ID_BYTES_MAX).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_text_is_a_uuid() {
        let usual = "f0010203-0405-0607-0809-0a0b9c9d9eff";
        let mut buffer = [0; 36];
        assert_eq!(uuid_of(usual).map(|uuid| uuid_text(uuid, &mut buffer)), Some(usual));
        for other in [
            "F0010203-0405-0607-0809-0a0b9c9d9eff",
            "g0010203-0405-0607-0809-0a0b9c9d9eff",
            "f0010203-0405-0607-0809-0a0b9c9d9ef",
            "f0010203-0405-0607-0809a0a0b9c9d9eff",
            "f001020304050607-0809-0a0b9c9d9eff--",
            "f0010203-0405-0607-080:-0a0b9c9d9eff",
            "f0010203-0405-0607-0809-0a0b9c9d9eé",
            "{f001020304050607080900a0b9c9d9eff0}",
            "",
        ] {
            assert_eq!(uuid_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_uuid_is_read_as_by_the_crate() {
        let usual = "f0010203-0405-0607-0809-0a0b9c9d9eff";
        for at in 0..usual.len() {
            for byte in 0..0x80_u8 {
                let mut text = usual.as_bytes().to_vec();
                text[at] = byte;
                let text = String::from_utf8(text).unwrap();
                let by_crate = Uuid::try_parse(&text).ok().map(Uuid::into_bytes);
                let by_crate = by_crate.filter(|_| !byte.is_ascii_uppercase());
                assert_eq!(uuid_of(&text), by_crate, "{text}");
            }
        }
        // Of 36 bytes, but not all of them ASCII.
        assert_eq!(uuid_of("f0010203-0405-0607-0809-0a0b9c9d9eé"), None);
    }

    #[test]
    fn ids_that_are_equal_have_one_fingerprint() {
        let usual = "f0010203-0405-0607-0809-0a0b9c9d9eff";
        let uuid = uuid_of(usual).unwrap();
        assert_eq!(fingerprint(usual), uuid_fingerprint(&uuid));
        let others = [usual.to_uppercase(), String::from("e-1"), usual.replace('f', "e")];
        assert!(others.iter().all(|other| fingerprint(other) != fingerprint(usual)));
    }
}
