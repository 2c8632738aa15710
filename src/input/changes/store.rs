//! Changes as they are held, batch by batch: one record after the other, each with its texts. So a
//! change takes little memory, and is found in one place of it.

use std::cmp::Ordering;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::fetch;
use crate::base::named::vocabulary;
use crate::base::number::{id_bytes, number};

vocabulary! {
    /// What a change asks for.
    pub enum ChangeKind {
        /// Give a grant (G1).
        Grant = "grant",
        /// End a grant at once (G5).
        GrantVoid = "grant_void",
        /// Limit the overage of a month, or go back to the catalogue's limit (O6).
        OverageLimit = "overage_limit",
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
    /// The kind of a grant, which the catalogue may lack; of a void the grant's id (G1, G5).
    pub grant: Option<&'a str>,
    /// Credits of a grant, or the limit of overage; `None` for those of the catalogue.
    pub credits: Option<Credits>,
    /// When a grant ends; `None` where its kind says when.
    pub expires_at: Option<Instant>,
}

impl Change<'_> {
    /// Same ids together; of those the first stands.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        let Change { id, account, at, kind, plan, grant, credits, expires_at } = *self;
        let own = (id, at, account, kind, plan, grant, credits, expires_at);
        let Change { id, account, at, kind, plan, grant, credits, expires_at } = *other;
        own.cmp(&(id, at, account, kind, plan, grant, credits, expires_at))
    }
}

/// The changes of a batch.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    count: usize,
    /// How many of them lie in 1970.
    pub of_1970: u64,
    /// How many of them have credits that were rounded.
    pub rounded: u64,
    records: Vec<u8>,
    /// Plans named: there are few. Where they are many, some may be there more than once.
    names: Vec<Option<Box<str>>>,
}

/// Names of plans among which one is looked for.
const NAMES: usize = 16;
/// Bytes of a record before its texts: instant, plan, lengths of id, account and grant, kind, and
/// whether credits and an end follow.
const HEAD: usize = 8 + 4 + 2 + 2 + 2 + 1 + 1;
/// Bytes of credits, and of an end.
const NUMBER: usize = 8;
/// There is a grant.
const HAS_GRANT: u8 = 1;
/// There are credits.
const HAS_CREDITS: u8 = 2;
/// There is an end.
const HAS_END: u8 = 4;
/// Bytes of a record: with two UUIDs.
const TYPICAL: usize = HEAD + 72;

impl Chunk {
    pub fn with_capacity(count: usize) -> Self {
        let records = Vec::with_capacity(count * TYPICAL);
        Chunk { count: 0, of_1970: 0, rounded: 0, records, names: Vec::new() }
    }

    /// Adds a change, whose ids have been checked: they have 256 bytes at most.
    pub fn push(&mut self, change: Change<'_>) {
        let Change { id, account, at, kind, plan, grant, credits, expires_at } = change;
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
        head[16..18].copy_from_slice(&id_bytes(grant.unwrap_or_default()).to_le_bytes());
        head[18] = kind as u8;
        let has = |bit: u8, is_there: bool| if is_there { bit } else { 0 };
        head[19] = has(HAS_GRANT, grant.is_some())
            | has(HAS_CREDITS, credits.is_some())
            | has(HAS_END, expires_at.is_some());
        self.records.extend_from_slice(&head);
        for text in [id, account, grant.unwrap_or_default()] {
            self.records.extend_from_slice(text.as_bytes());
        }
        let numbers = [credits.map(Credits::micros), expires_at.map(Instant::micros)];
        for number in numbers.into_iter().flatten() {
            self.records.extend_from_slice(&number.to_le_bytes());
        }
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
            at += number(record.bytes);
            (own, record)
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "lengths and places were usize before")]
    fn record(&self, at: u32) -> Record<'_> {
        let (head, texts) = self.records[at as usize..].split_at(HEAD);
        let number = |from: usize, to: usize| whole(&head[from..to]);
        let (id, texts) = texts.split_at(number(12, 14) as usize);
        let (account, rest) = texts.split_at(number(14, 16) as usize);
        let numbers = (head[19] & (HAS_CREDITS | HAS_END)).count_ones() as usize;
        let more = number(16, 18) as usize + numbers * NUMBER;
        let bytes = HEAD + id.len() + account.len() + more;
        Record { id, account, at: number(0, 8).cast_signed(), head, more: &rest[..more], bytes }
    }

    #[expect(clippy::expect_used, reason = "what was put down is there again")]
    #[expect(clippy::cast_possible_truncation, reason = "lengths and places were usize before")]
    fn get(&self, at: u32) -> Change<'_> {
        let Record { id, account, at, head, more, .. } = self.record(at);
        let instant = |micros: i64| {
            Instant::from_micros(micros).expect("it was an instant when it was put down")
        };
        let (grant, mut numbers) = more.split_at(whole(&head[16..18]) as usize);
        let mut next = |is_there: u8| {
            let (own, rest) =
                numbers.split_at_checked(NUMBER).filter(|_| head[19] & is_there != 0)?;
            numbers = rest;
            Some(whole(own).cast_signed())
        };
        let (credits, expires_at) = (next(HAS_CREDITS), next(HAS_END));
        Change {
            id: text(id),
            account: text(account),
            at: instant(at),
            kind: ChangeKind::ALL[usize::from(head[18])],
            plan: self.names[whole(&head[8..12]) as usize].as_deref(),
            grant: Some(grant).filter(|_| head[19] & HAS_GRANT != 0).map(text),
            credits: credits.map(Credits::of_table),
            expires_at: expires_at.map(instant),
        }
    }
}

/// A number of bytes, the lowest first.
fn whole(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
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
    head: &'a [u8],
    /// What few changes have: a grant, then credits and an end.
    more: &'a [u8],
    /// Its length.
    bytes: usize,
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
        let change = Change {
            id: "a",
            account: "ann",
            at: at(0),
            kind: ChangeKind::Plan,
            plan: None,
            grant: None,
            credits: None,
            expires_at: None,
        };
        let (grant, credits) = (Some("pack"), Some(Credits::ONE));
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
            Change { kind: ChangeKind::OverageLimit, credits, ..change },
            Change { kind: ChangeKind::Grant, grant, credits, expires_at: Some(at(-1)), ..change },
            Change { kind: ChangeKind::Grant, grant, expires_at: Some(at(7)), ..change },
            Change { kind: ChangeKind::GrantVoid, grant: Some(&long), ..change },
            change,
        ];
        let mut chunk = Chunk::default();
        changes.iter().for_each(|&change| chunk.push(change));
        let places: Vec<u32> = chunk.records().map(|(at, _)| at).collect();
        assert!(places.iter().map(|&at| chunk.get(at)).eq(changes));
        assert_eq!(ChangeKind::ALL.map(|kind| kind as usize), [0, 1, 2, 3, 4, 5, 6]);
    }
}
