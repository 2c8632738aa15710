//! The accounts of a month: names in order, and the number of each.

use std::hint::black_box;
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
    /// A few bits of each slot's hash, or 0 where it is free: they say which slot to look at.
    tags: Vec<u8>,
}

/// Accounts whose slots are fetched from memory at once: as many as the nearest cache holds.
const FETCHED: usize = 256;

/// The bits of a hash that a slot's tag has; the slot's place comes from others.
#[inline]
fn tag(hash: u64) -> u8 {
    (hash >> 57) as u8 | 0x80
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
        let tag = |slot: &Slot| if slot.bytes == 0 { 0 } else { tag(hashes[slot.number as usize]) };
        let tags = slots.par_iter().map(tag).collect();
        Accounts { ids, slots, tags }
    }

    /// Frees the memory that it takes to find accounts fast: from here on few are looked for.
    pub fn seldom_sought(&mut self) {
        (self.slots, self.tags) = (Vec::new(), Vec::new());
    }

    /// The first slot that may be that of an id with this hash, or is free, from `at` on.
    #[inline]
    fn slot(&self, hash: u64, mut at: usize) -> usize {
        let last = self.tags.len() - 1;
        at &= last;
        while self.tags[at] != 0 && self.tags[at] != tag(hash) {
            at = (at + 1) & last; // a quarter of the slots is free
        }
        at
    }

    /// The number of the account with this id.
    #[inline]
    pub fn find(&self, id: &str) -> Option<u32> {
        self.find_hashed(xxh3_64(id.as_bytes()), id)
    }

    /// The number of the account with this id, whose XXH3 hash of 64 bits is known.
    #[inline]
    fn find_hashed(&self, hash: u64, id: &str) -> Option<u32> {
        match self.slots.is_empty() {
            true => self.ids.find(id),
            false => self.find_from(self.slot(hash, hash as usize), hash, id),
        }
    }

    #[inline]
    fn find_from(&self, mut at: usize, hash: u64, id: &str) -> Option<u32> {
        loop {
            let slot = &self.slots[at];
            if slot.bytes == 0 {
                return None;
            }
            if slot.may_be(id) && (id.len() <= KEPT || self.id(slot.number) == id) {
                return Some(slot.number);
            }
            at = self.slot(hash, at + 1);
        }
    }

    /// The numbers of the accounts with these ids, whose XXH3 hashes are known; `none` where there
    /// is no such account. The processor waits for many at once here, and for few where each is
    /// sought by itself.
    pub fn find_all<'t>(
        &self,
        hashes: &[u64],
        id: impl Fn(usize) -> &'t str,
        (numbers, none): (&mut [u32], u32),
    ) {
        if self.slots.is_empty() {
            let rows = numbers.iter_mut().enumerate();
            return rows.for_each(|(row, number)| *number = self.find(id(row)).unwrap_or(none));
        }
        let parts = numbers.chunks_mut(FETCHED).zip(hashes.chunks(FETCHED));
        let mut slots = [0; FETCHED];
        for (part, (numbers, hashes)) in parts.enumerate() {
            let rows = part * FETCHED..;
            let sought = slots.iter_mut().zip(hashes);
            sought.for_each(|(slot, &hash)| *slot = self.slot(hash, hash as usize));
            let slots = &slots[..hashes.len()];
            black_box(slots.iter().fold(0, |all, slot| all ^ self.slots[*slot].number));
            for ((row, number), (&slot, &hash)) in rows.zip(numbers).zip(slots.iter().zip(hashes)) {
                *number = self.find_from(slot, hash, id(row)).unwrap_or(none);
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
        found_alike(accounts, &ids);
        assert_eq!(Accounts::default().find("ann"), None);
    }

    /// Many ids sought at once, some of them unknown and some empty, are found as one by one.
    fn found_alike(mut accounts: Accounts, ids: &[String]) {
        let sought: Vec<String> = (0..3 * FETCHED + 7)
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
            accounts.find_all(&hashes, |row| &sought[row], (&mut numbers, u32::MAX));
            assert_eq!(numbers, expected);
            accounts.seldom_sought();
        }
    }
}
