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

/// What the index keeps beside an account's number, so that looking an id up reads its text
/// once and nothing else.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    start: usize,
    number: u32,
    bytes: u32,
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
            let hash = xxh3_64(id.as_bytes());
            // An id has 256 bytes at most.
            let entry = Entry { hash, start: accounts.text.len(), number, bytes: id.len() as u32 };
            accounts.text.push_str(id);
            accounts.ends.push(accounts.text.len());
            accounts.index.insert_unique(hash, entry, |entry| entry.hash);
        }
        accounts
    }

    /// The number of the account with this id.
    #[inline]
    pub fn find(&self, id: &str) -> Option<u32> {
        let (hash, text) = (xxh3_64(id.as_bytes()), self.text.as_bytes());
        let same = |entry: &Entry| {
            entry.hash == hash
                && text[entry.start..entry.start + entry.bytes as usize] == *id.as_bytes()
        };
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
        let accounts = Accounts::from_sorted(["ann", "bob", "bobby"].into_iter());
        assert_eq!(accounts.find("bob"), Some(1));
        assert_eq!(accounts.find("bo"), None);
        assert_eq!((accounts.id(2), accounts.len()), ("bobby", 3));
    }
}
