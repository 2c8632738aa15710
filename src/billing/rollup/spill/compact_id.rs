//! An event id in few bytes: a UUID, whose text is the usual one, in 16 of them.

use std::cmp::Ordering;

use crate::base::ids::{UuidText, fingerprint, uuid_fingerprint, uuid_of, uuid_text};
use crate::billing::rollup::usage_row::{put_text, take, take_text};

/// An event id, set down. Ids are in the order of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompactId<'a> {
    Uuid([u8; 16]),
    Text(&'a str),
}

/// What stands before an id: what it is.
const UUID: u8 = 1;
const TEXT: u8 = 2;

impl<'a> CompactId<'a> {
    pub fn of(text: &'a str) -> Self {
        uuid_of(text).map_or(CompactId::Text(text), CompactId::Uuid)
    }

    /// Its fingerprint.
    #[inline]
    pub fn fingerprint(&self) -> u64 {
        match self {
            CompactId::Uuid(uuid) => uuid_fingerprint(uuid),
            CompactId::Text(text) => fingerprint(text),
        }
    }

    /// Its text; `buffer` holds a UUID's.
    pub fn text<'b>(&'b self, buffer: &'b mut UuidText) -> &'b str {
        match self {
            CompactId::Uuid(uuid) => uuid_text(*uuid, buffer),
            CompactId::Text(text) => text,
        }
    }

    /// Writes the id for [`CompactId::take`].
    #[inline]
    pub fn put(&self, record: &mut Vec<u8>) {
        match self {
            CompactId::Uuid(uuid) => {
                record.push(UUID);
                record.extend_from_slice(uuid);
            }
            CompactId::Text(text) => {
                record.push(TEXT);
                put_text(text, record);
            }
        }
    }

    /// Takes an id off bytes; `None` where they are none.
    #[inline]
    pub fn take(rest: &mut &'a [u8]) -> Option<Self> {
        match take(rest)? {
            [UUID] => take(rest).map(CompactId::Uuid),
            [TEXT] => take_text(rest).map(CompactId::Text),
            _ => None,
        }
    }
}

impl Ord for CompactId<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (CompactId::Uuid(one), CompactId::Uuid(other)) => one.cmp(other),
            _ => self.text(&mut [0; 36]).cmp(other.text(&mut [0; 36])),
        }
    }
}

impl PartialOrd for CompactId<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_in_the_order_of_their_texts() {
        let texts = [
            "",
            "00010203-0405-0607-0809-0a0b0c0d0e0f",
            "00010203-0405-0607-0809-0A0B0C0D0E0F",
            "00010203-0405-0607-0809-0a0b0c0d0e0f0",
            "0a",
            "f0010203-0405-0607-0809-0a0b0c0d0e0f",
            "é",
        ];
        for one in texts {
            let mut record = Vec::new();
            CompactId::of(one).put(&mut record);
            assert!(one.len() != 36 || one.contains('A') || record.len() == 17, "{one}");
            let mut rest = record.as_slice();
            let back = CompactId::take(&mut rest).unwrap();
            assert_eq!((back.text(&mut [0; 36]), rest), (one, &[][..]));
            for other in texts {
                assert_eq!(back.cmp(&CompactId::of(other)), one.cmp(other), "{one}, {other}");
            }
        }
        assert_eq!(CompactId::take(&mut &[3, 0, 0][..]), None);
        assert_eq!(CompactId::take(&mut &[][..]), None);
    }
}
