//! Changes as they are held, batch by batch: the texts of all, one after the other, and a few bytes
//! beside them. So a change takes little memory, and is found in one or two places of it.

use super::{Ask, Change};
use crate::calendar::Instant;

/// A change but for its texts.
#[derive(Debug, Clone, Copy)]
struct Row {
    at: Instant,
    /// Where its id begins in the chunk's text; the account's follows.
    start: u32,
    id_bytes: u16,
    account_bytes: u16,
    /// The plan among the chunk's names.
    plan: u32,
    ask: Ask,
}

/// The changes of a batch.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    rows: Vec<Row>,
    text: String,
    /// Plans named: there are few. Where they are many, some may be there more than once.
    names: Vec<Option<Box<str>>>,
}

/// Names of plans among which one is looked for.
const NAMES: usize = 16;
/// Bytes of a change's texts: two UUIDs.
const TYPICAL: usize = 72;

impl Chunk {
    pub fn with_capacity(count: usize) -> Self {
        let (rows, text) = (Vec::with_capacity(count), String::with_capacity(count * TYPICAL));
        Chunk { rows, text, names: Vec::new() }
    }

    /// Adds a change, whose ids have been checked: they have 256 bytes at most.
    pub fn push(&mut self, change: Change<'_>) {
        let Change { id, account, at, ask, plan } = change;
        let known = self.names.iter().take(NAMES).position(|name| name.as_deref() == plan);
        let name = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(plan.map(Into::into));
        }
        self.rows.push(Row {
            at,
            start: self.text.len() as u32,
            id_bytes: id.len() as u16,
            account_bytes: account.len() as u16,
            plan: name as u32,
            ask,
        });
        self.text.push_str(id);
        self.text.push_str(account);
    }

    /// No more changes will come.
    pub fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn id(&self, row: usize) -> &str {
        let Row { start, id_bytes, .. } = self.rows[row];
        &self.text[start as usize..start as usize + usize::from(id_bytes)]
    }

    pub fn account(&self, row: usize) -> &str {
        let Row { start, id_bytes, account_bytes, .. } = self.rows[row];
        let start = start as usize + usize::from(id_bytes);
        &self.text[start..start + usize::from(account_bytes)]
    }

    pub fn at(&self, row: usize) -> Instant {
        self.rows[row].at
    }

    fn get(&self, row: usize) -> Change<'_> {
        let Row { at, ask, plan, .. } = self.rows[row];
        let plan = self.names[plan as usize].as_deref();
        Change { id: self.id(row), account: self.account(row), at, ask, plan }
    }
}

/// Where a change is: its chunk, and its row there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub chunk: u32,
    pub row: u32,
}

/// All changes.
#[derive(Debug, Default)]
pub(super) struct Store(pub Vec<Chunk>);

impl Store {
    pub fn len(&self) -> usize {
        self.0.iter().map(Chunk::len).sum()
    }

    pub fn get(&self, place: Place) -> Change<'_> {
        self.0[place.chunk as usize].get(place.row as usize)
    }

    pub fn account(&self, place: Place) -> &str {
        self.0[place.chunk as usize].account(place.row as usize)
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
