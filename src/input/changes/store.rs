//! Changes as they are held, batch by batch: one record after the other, each with its texts. So a
//! change takes little memory, and is found in one place of it.

use std::cmp::Ordering;

use crate::base::calendar::Instant;
use crate::base::fetch;
use crate::base::named::vocabulary;
use crate::base::number::{id_bytes, number};

vocabulary! {
    /// What a change asks for.
    pub enum ChangeKind {
        /// Switch overage off.
        OverageOff = "overage_off",
        /// Switch overage on (O2).
        OverageOn = "overage_on",
        /// Change to a plan.
        Plan = "plan",
        /// Sign up, on a plan if one is named (T3).
        Signup = "signup",
    }
}

/// A row of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The change's id.
    pub id: &'a str,
    /// Whose change it is.
    pub account: &'a str,
    /// When it was asked for.
    pub at: Instant,
    /// What is asked for.
    pub kind: ChangeKind,
    /// The plan named; the catalogue may lack it.
    pub plan: Option<&'a str>,
}

impl Change<'_> {
    /// Same ids together; of those the first stands.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let key = |c: &Self| (c.id, c.at, c.account, c.kind, c.plan);
        key(self).cmp(&key(other))
    }
}

/// The changes of a batch.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    count: usize,
    /// How many of them lie in 1970.
    pub of_1970: u64,
    records: Vec<u8>,
    /// Plans named: there are few. Where they are many, some may be there more than once.
    names: Vec<Option<Box<str>>>,
}

/// Names of plans among which one is looked for.
const NAMES: usize = 16;
/// Bytes of a record before its texts: instant, plan, lengths of id and account, kind.
const HEAD: usize = 8 + 4 + 2 + 2 + 1;
/// Bytes of a record: with two UUIDs.
const TYPICAL: usize = HEAD + 72;

impl Chunk {
    pub fn with_capacity(count: usize) -> Self {
        let records = Vec::with_capacity(count * TYPICAL);
        Chunk { count: 0, of_1970: 0, records, names: Vec::new() }
    }

    /// Adds a change, whose ids have been checked: they have 256 bytes at most.
    pub fn push(&mut self, change: Change<'_>) {
        let Change { id, account, at, kind, plan } = change;
        let known = self.names.iter().take(NAMES).position(|name| name.as_deref() == plan);
        let name = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(plan.map(Into::into));
        }
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&at.micros().to_le_bytes());
        head[8..12].copy_from_slice(&number(name).to_le_bytes());
        head[12..14].copy_from_slice(&id_bytes(id).to_le_bytes());
        head[14..16].copy_from_slice(&id_bytes(account).to_le_bytes());
        head[16] = kind as u8;
        self.records.extend_from_slice(&head);
        self.records.extend_from_slice(id.as_bytes());
        self.records.extend_from_slice(account.as_bytes());
        self.count += 1;
        self.of_1970 += u64::from(at.is_of_1970());
    }

    /// No more changes will come.
    pub fn shrink(&mut self) {
        self.records.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.count
    }

    /// The records, with where each begins.
    pub fn records(&self) -> impl Iterator<Item = (u32, Record<'_>)> {
        let mut at = 0;
        (0..self.count).map(move |_| {
            let record = self.record(at);
            let own = at;
            at += number(HEAD + record.id.len() + record.account.len());
            (own, record)
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "lengths and places were usize before")]
    fn record(&self, at: u32) -> Record<'_> {
        let (head, texts) = self.records[at as usize..].split_at(HEAD);
        let number = |from: usize, to: usize| {
            head[from..to].iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let (id, texts) = texts.split_at(number(12, 14) as usize);
        let account = &texts[..number(14, 16) as usize];
        let at = number(0, 8).cast_signed();
        let (plan, kind) = (number(8, 12) as usize, ChangeKind::ALL[usize::from(head[16])]);
        Record { id, account, at, plan, kind }
    }

    #[expect(clippy::expect_used, reason = "what was put down is there again")]
    fn get(&self, at: u32) -> Change<'_> {
        let Record { id, account, at, plan, kind } = self.record(at);
        let plan = self.names[plan].as_deref();
        let at = Instant::from_micros(at).expect("it was an instant when it was put down");
        Change { id: text(id), account: text(account), at, kind, plan }
    }
}

#[expect(clippy::expect_used, reason = "what was put down is there again")]
fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("it was text when it was put down")
}

/// A change as it is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    pub id: &'a [u8],
    pub account: &'a [u8],
    /// In microseconds.
    pub at: i64,
    plan: usize,
    kind: ChangeKind,
}

impl Record<'_> {
    /// The order in which an account's changes are applied (T2).
    pub fn replay_order(&self, other: &Self) -> Ordering {
        (self.account, self.at, self.id).cmp(&(other.account, other.at, other.id))
    }
}

/// Where a change is: its chunk, and where its record begins there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub chunk: u32,
    pub at: u32,
}

/// All changes.
#[derive(Debug, Default)]
pub(super) struct Store(pub Vec<Chunk>);

impl Store {
    pub fn len(&self) -> usize {
        self.0.iter().map(Chunk::len).sum()
    }

    pub fn get(&self, place: Place) -> Change<'_> {
        self.0[place.chunk as usize].get(place.at)
    }

    /// Fetches the records at these places, which lie far apart.
    pub fn fetch(&self, places: &[Place]) {
        const LINE: usize = 64; // bytes that come at once
        fetch::ahead(places.iter().map(|place| {
            let records = &self.0[place.chunk as usize].records[place.at as usize..];
            records[0] ^ records[LINE.min(records.len() - 1)]
        }));
    }

    pub fn record(&self, place: Place) -> Record<'_> {
        self.0[place.chunk as usize].record(place.at)
    }

    pub fn account(&self, place: Place) -> &str {
        text(self.record(place).account)
    }

    /// The chunks, each with its number and its own part of a list that has a value for each
    /// change.
    pub fn beside<'a, T>(&'a self, mut list: &'a mut [T]) -> Vec<(u32, &'a Chunk, &'a mut [T])> {
        let mut parts = Vec::with_capacity(self.0.len());
        for (number, chunk) in (0..).zip(&self.0) {
            let (own, rest) = list.split_at_mut(chunk.len());
            parts.push((number, chunk, own));
            list = rest;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_held_as_they_are() {
        let at = |micros: i64| Instant::from_micros(micros).unwrap();
        let long = "é".repeat(128);
        let change =
            Change { id: "a", account: "ann", at: at(0), kind: ChangeKind::Plan, plan: None };
        let changes = [
            change,
            Change { at: at(-62_135_596_800_000_000), kind: ChangeKind::Signup, ..change },
            Change { at: at(253_402_300_799_999_999), kind: ChangeKind::OverageOn, ..change },
            Change {
                id: &long,
                account: &long,
                kind: ChangeKind::OverageOff,
                plan: Some("pro"),
                ..change
            },
        ];
        let mut chunk = Chunk::default();
        changes.iter().for_each(|&change| chunk.push(change));
        let places: Vec<u32> = chunk.records().map(|(at, _)| at).collect();
        assert!(places.iter().map(|&at| chunk.get(at)).eq(changes));
        assert_eq!(ChangeKind::ALL.map(|kind| kind as usize), [0, 1, 2, 3]);
    }
}
