//! The accounts of a month: names in order, and the number of each.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// Accounts numbered from 0 in the byte order of their ids, which is the order of all tables.
#[derive(Debug, Default)]
pub struct Accounts {
    text: String,
    ends: Vec<usize>,
    index: HashTable<Entry>,
}

/// Bytes of an id that the index keeps: a UUID's text, and some more.
const KEPT: usize = 42;

/// What the index keeps beside an account's number: its id, so that a look at an entry, which
/// waits for memory, is the only one.
#[derive(Debug, Clone, Copy)]
struct Entry {
    number: u32,
    bytes: u16,
    text: [u8; KEPT],
}

impl Entry {
    fn new(number: u32, id: &str) -> Self {
        let mut text = [0; KEPT];
        let kept = id.len().min(KEPT);
        text[..kept].copy_from_slice(&id.as_bytes()[..kept]);
        // An id has 256 bytes at most.
        Entry { number, bytes: id.len() as u16, text }
    }

    /// Whether this is the id, as far as it is kept.
    #[inline]
    fn may_be(&self, id: &str) -> bool {
        let kept = id.len().min(KEPT);
        usize::from(self.bytes) == id.len() && self.text[..kept] == id.as_bytes()[..kept]
    }
}

impl Accounts {
    /// Accounts from ids in strictly rising order.
    pub fn from_sorted<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let mut accounts = Accounts {
            text: String::new(),
            ends: Vec::with_capacity(ids.len()),
            index: HashTable::with_capacity(ids.len()),
        };
        for (id, number) in ids.zip(0..) {
            accounts.text.push_str(id);
            accounts.ends.push(accounts.text.len());
            let kept = |entry: &Entry| {
                let end = accounts.ends[entry.number as usize];
                xxh3_64(&accounts.text.as_bytes()[end - usize::from(entry.bytes)..end])
            };
            accounts.index.insert_unique(xxh3_64(id.as_bytes()), Entry::new(number, id), kept);
        }
        accounts
    }

    /// The number of the account with this id.
    #[inline]
    pub fn find(&self, id: &str) -> Option<u32> {
        self.find_hashed(xxh3_64(id.as_bytes()), id)
    }

    /// The number of the account with this id, whose XXH3 hash of 64 bits is known.
    #[inline]
    pub fn find_hashed(&self, hash: u64, id: &str) -> Option<u32> {
        let same =
            |entry: &Entry| entry.may_be(id) && (id.len() <= KEPT || self.id(entry.number) == id);
        self.index.find(hash, same).map(|entry| entry.number)
    }

    /// The id of an account that [`Accounts::find`] or a count up to [`Accounts::len`] gave.
    pub fn id(&self, number: u32) -> &str {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_id_and_number() {
        let [long, longer] = ["x".repeat(KEPT), "x".repeat(KEPT + 1)];
        let other = format!("{long}y");
        let ids = ["ann", "bob", "bobby", &long, &longer, &other];
        let accounts = Accounts::from_sorted(ids.into_iter());
        for (id, number) in ids.into_iter().zip(0..) {
            assert_eq!((accounts.find(id), accounts.id(number)), (Some(number), id));
        }
        for unknown in ["bo", "", &format!("{long}z"), &format!("{other}y")] {
            assert_eq!(accounts.find(unknown), None);
        }
        assert_eq!(accounts.len(), ids.len());
    }
}
