//! The accounts of a month: names in order, and the number of each.

use std::ops::Range;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

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

    fn find(&self, id: &str) -> Option<u32> {
        let count = self.ends.len();
        let at = partition_point(0..count, |number| self.get(number) < id);
        (at < count && self.get(at) == id).then_some(at as u32)
    }

    fn get(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.text[start..self.ends[number]]
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
    /// Their ids by hash: an id is in the first slot from that of its hash on that was free.
    slots: Vec<Slot>,
}

/// Parts of the slots that are filled side by side.
const PARTS: usize = 16;

/// Bytes of an id that a slot keeps: a UUID's text, and some more.
const KEPT: usize = 56;

/// An account's id, with all that a look at it must know: one line of memory, since each look
/// waits for one.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Slot {
    number: u32,
    /// The id's length; 0 where the slot is free.
    bytes: u16,
    text: [u8; KEPT],
}

impl Slot {
    const FREE: Slot = Slot { number: 0, bytes: 0, text: [0; KEPT] };

    fn new(number: u32, id: &str) -> Self {
        let mut slot = Slot { number, bytes: id.len() as u16, ..Slot::FREE }; // 256 at most
        let kept = id.len().min(KEPT);
        slot.text[..kept].copy_from_slice(&id.as_bytes()[..kept]);
        slot
    }

    /// Whether this is the id, as far as it is kept.
    #[inline]
    fn may_be(&self, id: &str) -> bool {
        let kept = id.len().min(KEPT);
        usize::from(self.bytes) == id.len() && self.text[..kept] == id.as_bytes()[..kept]
    }
}

impl Accounts {
    /// The accounts of these ids.
    pub fn of(ids: Ids) -> Self {
        let count = ids.ends.len();
        let room = (count + count / 3 + 1).next_power_of_two();
        let hash = |number: u32| xxh3_64(ids.get(number as usize).as_bytes());
        let hashes: Vec<u64> = (0..count as u32).into_par_iter().map(hash).collect();
        let mut slots: Vec<Slot> = (0..room).into_par_iter().map(|_| Slot::FREE).collect();
        // Each part of the slots by itself, with those accounts that begin there; what does not
        // fit goes round the corner.
        let part = room.div_ceil(PARTS);
        let beyond = slots.par_chunks_mut(part).enumerate().map(|(number, own)| {
            let from = number * part;
            let begin = |hash: &u64| (*hash as usize & (room - 1)).wrapping_sub(from);
            let mut beyond = Vec::new();
            for (number, begin) in (0..).zip(hashes.iter().map(begin)) {
                if begin >= own.len() {
                    continue;
                }
                match own[begin..].iter_mut().find(|slot| slot.bytes == 0) {
                    Some(slot) => *slot = Slot::new(number, ids.get(number as usize)),
                    None => beyond.push(number),
                }
            }
            beyond
        });
        let beyond: Vec<u32> = beyond.collect::<Vec<_>>().concat();
        for number in beyond {
            let mut at = hashes[number as usize] as usize & (room - 1);
            while slots[at].bytes > 0 {
                at = (at + 1) & (room - 1);
            }
            slots[at] = Slot::new(number, ids.get(number as usize));
        }
        Accounts { ids, slots }
    }

    /// Frees the memory that it takes to find accounts fast: from here on few are looked for.
    pub fn seldom_sought(&mut self) {
        self.slots = Vec::new();
    }

    #[inline]
    fn slot(&self, hash: u64) -> usize {
        hash as usize & (self.slots.len() - 1)
    }

    /// The number of the account with this id.
    #[inline]
    pub fn find(&self, id: &str) -> Option<u32> {
        self.find_hashed(xxh3_64(id.as_bytes()), id)
    }

    /// The number of the account with this id, whose XXH3 hash of 64 bits is known.
    #[inline]
    pub fn find_hashed(&self, hash: u64, id: &str) -> Option<u32> {
        if self.slots.is_empty() {
            return self.ids.find(id);
        }
        let mut at = self.slot(hash);
        loop {
            let slot = &self.slots[at];
            if slot.bytes == 0 {
                return None; // a quarter of the slots is free
            }
            if slot.may_be(id) && (id.len() <= KEPT || self.id(slot.number) == id) {
                return Some(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Fetches what [`Accounts::find_hashed`] will look at first for each of these hashes. The
    /// processor fetches many at once here, and few where each is compared at once. What it
    /// gives is of no use but that it must be worked out.
    pub fn fetch(&self, hashes: &[u64]) -> u32 {
        if self.slots.is_empty() {
            return 0;
        }
        let first = |hash: &u64| self.slots[self.slot(*hash)].number;
        hashes.iter().fold(0, |all, hash| all ^ first(hash))
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
        let [long, longer] = ["x".repeat(KEPT), "x".repeat(KEPT + 1)];
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
        accounts.seldom_sought();
        assert_eq!((accounts.find("bobby"), accounts.find("bo")), (Some(2), None));
        // Many share slots, the last ones round the corner.
        let ids: Vec<String> = (0..10_000).map(|number| format!("{number:05}")).collect();
        let accounts = Accounts::of(ids.iter().map(String::as_str).collect());
        for (id, number) in ids.iter().zip(0..) {
            assert_eq!((accounts.find(id), accounts.find(&format!("{id}0"))), (Some(number), None));
        }
        assert_eq!(Accounts::default().find("ann"), None);
    }
}
