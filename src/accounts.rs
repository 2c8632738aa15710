//! The accounts of a month: names in order, and the number of each.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// Accounts numbered from 0 in the byte order of their ids, which is the order of all tables.
#[derive(Debug, Default)]
pub struct Accounts {
    text: String,
    ends: Vec<usize>,
    index: HashTable<u32>,
}

impl Accounts {
    /// Accounts from ids in strictly rising order.
    pub fn from_sorted<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let mut accounts = Accounts {
            text: String::new(),
            ends: Vec::with_capacity(ids.len()),
            index: HashTable::with_capacity(ids.len()),
        };
        for (number, id) in ids.enumerate() {
            accounts.text.push_str(id);
            accounts.ends.push(accounts.text.len());
            let hashes = |&n: &u32| xxh3_64(name(&accounts.text, &accounts.ends, n).as_bytes());
            accounts.index.insert_unique(xxh3_64(id.as_bytes()), number as u32, hashes);
        }
        accounts
    }

    /// The number of the account with this id.
    #[inline]
    pub fn find(&self, id: &str) -> Option<u32> {
        let same = |&n: &u32| name(&self.text, &self.ends, n) == id;
        self.index.find(xxh3_64(id.as_bytes()), same).copied()
    }

    /// The id of an account that [`Accounts::find`] or a count up to [`Accounts::len`] gave.
    pub fn id(&self, number: u32) -> &str {
        name(&self.text, &self.ends, number)
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

fn name<'a>(text: &'a str, ends: &[usize], number: u32) -> &'a str {
    let number = number as usize;
    let start = if number == 0 { 0 } else { ends[number - 1] };
    &text[start..ends[number]]
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
