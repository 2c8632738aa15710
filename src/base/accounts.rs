//! The accounts of a month: names in order, and the number of each.

use std::ops::Range;

use hashbrown::HashTable;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::fetch;
use super::number::{id_bytes, number};

/// The first place in a range that is not `before` what is sought, or its end: a binary search in
/// what is in order and is no slice.
pub fn partition_point(range: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let Range { start: mut from, end: mut to } = range;
    while from < to {
        let middle = from + (to - from) / 2;
        if before(middle) { from = middle + 1 } else { to = middle }
    }
    from
}

/// Ids in strictly rising order, none of them empty.
#[derive(Debug, Default)]
pub struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    /// Adds an id, which comes after all that are there.
    pub fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    /// Adds ids, which come after all that are there.
    pub fn append(&mut self, others: &Ids) {
        let before = self.text.len();
        self.text.push_str(&others.text);
        self.ends.extend(others.ends.iter().map(|end| before + end));
    }

    fn find(&self, id: &str) -> Option<u32> {
        let count = self.ends.len();
        let at = partition_point(0..count, |number| self.get(number) < id);
        (at < count && self.get(at) == id).then(|| self::number(at))
    }

    fn get(&self, number: usize) -> &str {
        &self.text[self.start(number)..self.ends[number]]
    }

    fn start(&self, number: usize) -> usize {
        if number == 0 { 0 } else { self.ends[number - 1] }
    }

    fn first_byte(&self, number: usize) -> u8 {
        self.text.as_bytes()[self.start(number)]
    }
}

impl<'a> FromIterator<&'a str> for Ids {
    fn from_iter<I: IntoIterator<Item = &'a str>>(ids: I) -> Self {
        let mut all = Ids::default();
        ids.into_iter().for_each(|id| all.push(id));
        all
    }
}

/// Accounts numbered from 0 in the byte order of their ids, which is the order of all tables.
#[derive(Debug, Default)]
pub struct Accounts {
    ids: Ids,
    /// Their ids by hash, in parts of about the same size; none where few are looked for.
    parts: Vec<HashTable<Slot>>,
}

/// Accounts of a part, more or less: as many as `hashbrown` has room for in 2^17 slots, less what
/// chance may add. So most slots are used.
const OF_A_PART: usize = 110_000;

/// The part of a hash, by bits that the part itself looks at for nothing.
#[inline]
fn part(hash: u64, parts: usize) -> usize {
    let middle = (hash >> 16) & 0xffff_ffff;
    ((middle * parts as u64) >> 32) as usize
}

/// Bytes of an id that lie in its slot: a UUID's text, and some more.
const SLOT_TEXT: usize = 56;

/// An account's id, with all that a look at it must know: one line of memory, since each look
/// waits for one. In `hashbrown`'s table that is as fast as in one of our own: of a million
/// accounts, two million are found in 0.33 s by either.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Slot {
    number: u32,
    /// The id's length.
    bytes: u16,
    text: [u8; SLOT_TEXT],
}

impl Slot {
    fn new(number: u32, id: &str) -> Self {
        let mut slot = Slot { number, bytes: id_bytes(id), text: [0; SLOT_TEXT] };
        let in_slot = id.len().min(SLOT_TEXT);
        slot.text[..in_slot].copy_from_slice(&id.as_bytes()[..in_slot]);
        slot
    }

    /// Whether this is the id of one of `ids`.
    #[inline]
    fn is(&self, id: &str, ids: &Ids) -> bool {
        let in_slot = id.len().min(SLOT_TEXT);
        usize::from(self.bytes) == id.len()
            && self.text[..in_slot] == id.as_bytes()[..in_slot]
            && (id.len() <= SLOT_TEXT || ids.get(self.number as usize) == id)
    }
}

/// Numbers by the parts of their hashes.
fn by_part(hashes: &[u64], parts: usize) -> Vec<Vec<u32>> {
    let mut counts = vec![0; parts];
    hashes.iter().for_each(|&hash| counts[part(hash, parts)] += 1);
    let mut numbers: Vec<Vec<u32>> = counts.into_iter().map(Vec::with_capacity).collect();
    (0..).zip(hashes).for_each(|(number, &hash)| numbers[part(hash, parts)].push(number));
    numbers
}

impl Accounts {
    /// The accounts of these ids.
    pub fn of(ids: Ids) -> Self {
        let count = number(ids.ends.len());
        let hash = |number: u32| xxh3_64(ids.get(number as usize).as_bytes());
        let hashes: Vec<u64> = (0..count).into_par_iter().map(hash).collect();
        let parts = hashes.len().div_ceil(OF_A_PART);
        let numbers = by_part(&hashes, parts);
        let fill = |numbers: Vec<u32>| {
            let mut table = HashTable::with_capacity(numbers.len());
            let hash = |number: u32| hashes[number as usize];
            for numbers in numbers.chunks(fetch::ROWS) {
                fetch::ahead(numbers.iter().map(|&number| ids.first_byte(number as usize)));
                for &number in numbers {
                    let slot = Slot::new(number, ids.get(number as usize));
                    table.insert_unique(hash(number), slot, |slot: &Slot| hash(slot.number));
                }
            }
            table
        };
        let parts = numbers.into_par_iter().map(fill).collect();
        Accounts { ids, parts }
    }

    /// Frees the memory of the hashes: from here on few accounts are looked for.
    pub fn drop_index(&mut self) {
        self.parts = Vec::new();
    }

    #[inline]
    fn part(&self, hash: u64) -> &HashTable<Slot> {
        &self.parts[part(hash, self.parts.len())]
    }

    /// The number of the account with this id.
    #[inline]
    pub fn find(&self, id: &str) -> Option<u32> {
        if self.parts.is_empty() {
            return self.ids.find(id);
        }
        self.find_hashed(xxh3_64(id.as_bytes()), id)
    }

    /// The number of the account with this id, whose XXH3 hash of 64 bits is known.
    #[inline]
    fn find_hashed(&self, hash: u64, id: &str) -> Option<u32> {
        let slot = self.part(hash).find(hash, |slot| slot.is(id, &self.ids));
        slot.map(|slot| slot.number)
    }

    /// The numbers of the accounts with these ids, whose XXH3 hashes are known; `none` where there
    /// is no such account.
    pub fn find_all<'t>(
        &self,
        hashes: &[u64],
        id: impl Fn(usize) -> &'t str,
        numbers: &mut [u32],
        none: u32,
    ) {
        if self.parts.is_empty() {
            let rows = numbers.iter_mut().enumerate();
            return rows.for_each(|(row, number)| *number = self.find(id(row)).unwrap_or(none));
        }
        let mut slots = [None; fetch::ROWS];
        let chunks = numbers.chunks_mut(fetch::ROWS).zip(hashes.chunks(fetch::ROWS));
        for (chunk, (numbers, hashes)) in chunks.enumerate() {
            let slots = &mut slots[..hashes.len()];
            for (slot, &hash) in slots.iter_mut().zip(hashes) {
                *slot = self.part(hash).iter_hash(hash).next();
            }
            fetch::ahead(slots.iter().flatten().map(|slot| slot.number));
            let rows = chunk * fetch::ROWS..;
            for ((row, number), (slot, &hash)) in rows.zip(numbers).zip(slots.iter().zip(hashes)) {
                *number = match slot {
                    None => none,
                    Some(slot) if slot.is(id(row), &self.ids) => slot.number,
                    Some(_) => self.find_hashed(hash, id(row)).unwrap_or(none),
                };
            }
        }
    }

    /// The id of an account that [`Accounts::find`] or a count up to [`Accounts::len`] gave.
    pub fn id(&self, number: u32) -> &str {
        self.ids.get(number as usize)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_id_and_number() {
        let [long, longer] = ["x".repeat(SLOT_TEXT), "x".repeat(SLOT_TEXT + 1)];
        let other = format!("{long}y");
        let ids = ["ann", "bob", "bobby", &long, &longer, &other];
        let mut accounts = Accounts::of(ids.into_iter().collect());
        for (id, number) in ids.into_iter().zip(0..) {
            assert_eq!((accounts.find(id), accounts.id(number)), (Some(number), id));
        }
        for unknown in ["bo", "", &format!("{long}z"), &format!("{other}y")] {
            assert_eq!(accounts.find(unknown), None);
        }
        assert_eq!(accounts.len(), ids.len());
        accounts.drop_index();
        assert_eq!((accounts.find("bobby"), accounts.find("bo")), (Some(2), None));
        // Many share slots, the last ones round the corner.
        let ids: Vec<String> = (0..250_000).map(|number| format!("{number:06}")).collect();
        let accounts = Accounts::of(ids.iter().map(String::as_str).collect());
        for (id, number) in ids.iter().zip(0..) {
            assert_eq!((accounts.find(id), accounts.find(&format!("{id}0"))), (Some(number), None));
        }
        found_alike(accounts, &ids);
        let empty = [Accounts::default(), Accounts::of(Ids::default())];
        assert!(empty.iter().all(|none| none.find("ann").is_none()));
    }

    /// Many ids sought at once, some of them unknown and some empty, are found as one by one.
    fn found_alike(mut accounts: Accounts, ids: &[String]) {
        let sought: Vec<String> = (0..3 * fetch::ROWS + 7)
            .map(|row| match row % 5 {
                0 => String::new(),
                1 => format!("{row}?"),
                _ => ids[row * 13 % ids.len()].clone(),
            })
            .collect();
        let hashes: Vec<u64> = sought.iter().map(|id| xxh3_64(id.as_bytes())).collect();
        let expected: Vec<u32> =
            sought.iter().map(|id| accounts.find(id).unwrap_or(u32::MAX)).collect();
        for _ in 0..2 {
            let mut numbers = vec![0; sought.len()];
            accounts.find_all(&hashes, |row| &sought[row], &mut numbers, u32::MAX);
            assert_eq!(numbers, expected);
            accounts.drop_index();
        }
    }
}
