//! Changes as they are held, many together: rows of one length, and beside them their texts, one after
//! the other. So a change takes little memory, and rows are put in order without their texts.

use std::cmp::Ordering;

use crate::base::accounts::partition_point;
use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::exceptions::ChangeExceptions;
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

/// What changes ask for. Few have anything but a plan, and plans are few.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    plan: Option<Box<str>>,
    grant: Option<Box<str>>,
    credits: Option<Credits>,
    expires_at: Option<Instant>,
}

impl Asked {
    fn of(change: &Change<'_>) -> Self {
        let Change { plan, grant, credits, expires_at, .. } = *change;
        Asked { plan: plan.map(Into::into), grant: grant.map(Into::into), credits, expires_at }
    }

    fn is_of(&self, change: &Change<'_>) -> bool {
        let Change { plan, grant, credits, expires_at, .. } = *change;
        self.plan.as_deref() == plan
            && self.grant.as_deref() == grant
            && (self.credits, self.expires_at) == (credits, expires_at)
    }
}

/// A change as it is held: all but its texts, and what it asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub at: Instant,
    /// Where its texts begin: its id, then its account.
    text: usize,
    /// What it asks for, by the place of that in a list.
    asked: u32,
    id_bytes: u16,
    account_bytes: u16,
    kind: ChangeKind,
}

impl Row {
    /// How many bytes its texts have.
    fn bytes(&self) -> usize {
        usize::from(self.id_bytes) + usize::from(self.account_bytes)
    }
}

/// Some changes: of a batch, or of some accounts. Their texts lie one after the other.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub rows: Vec<Row>,
    texts: String,
}

/// Bytes of the texts of two UUIDs.
const TYPICAL: usize = 72;

impl Chunk {
    pub fn with_capacity(rows: usize) -> Self {
        Chunk { rows: Vec::with_capacity(rows), texts: String::with_capacity(rows * TYPICAL) }
    }

    pub fn id(&self, row: &Row) -> &str {
        &self.texts[row.text..][..row.id_bytes.into()]
    }

    pub fn account(&self, row: &Row) -> &str {
        &self.texts[row.text + usize::from(row.id_bytes)..][..row.account_bytes.into()]
    }

    /// The order in which changes are applied (T2).
    pub fn replay_order(&self, one: &Row, other: &Row) -> Ordering {
        let order = |row| (self.account(row), row.at, self.id(row));
        order(one).cmp(&order(other))
    }

    /// Takes rows of another chunk along, with their texts, which may lie far apart.
    pub fn take(&mut self, from: &Chunk, rows: &[u32], asked_before: u32) {
        let byte = |at: usize| from.texts.as_bytes().get(at).copied().unwrap_or_default();
        for rows in rows.chunks(fetch::ROWS) {
            let rows = || rows.iter().map(|&row| &from.rows[row as usize]);
            fetch::ahead(rows().map(|row| row.text));
            fetch::ahead(rows().map(|row| byte(row.text) ^ byte(row.text + row.bytes())));
            for row in rows() {
                let (text, asked) = (self.texts.len(), asked_before + row.asked);
                self.texts.push_str(&from.texts[row.text..][..row.bytes()]);
                self.rows.push(Row { text, asked, ..*row });
            }
        }
    }

    pub fn change<'c>(&'c self, row: &Row, asked: &'c [Asked]) -> Change<'c> {
        let Asked { plan, grant, credits, expires_at } = &asked[row.asked as usize];
        Change {
            id: self.id(row),
            account: self.account(row),
            at: row.at,
            kind: row.kind,
            plan: plan.as_deref(),
            grant: grant.as_deref(),
            credits: *credits,
            expires_at: *expires_at,
        }
    }
}

/// The changes of a batch, as they are read.
#[derive(Debug, Default)]
pub(super) struct ReadChunk {
    chunk: Chunk,
    /// What they ask for. Where that is much, some may be there more than once.
    asked: Vec<Asked>,
    /// How many of them lie in 1970.
    pub of_1970: u64,
    /// How many of them have credits that were rounded.
    pub rounded: u64,
    /// How many changes were read and are not among them.
    pub passed_over: u64,
    /// How many rows could not be read.
    pub rejected: u64,
}

/// Among so many that were asked for, one is looked for.
const LOOKED_AT: usize = 16;

impl ReadChunk {
    pub fn with_capacity(rows: usize) -> Self {
        ReadChunk { chunk: Chunk::with_capacity(rows), ..ReadChunk::default() }
    }

    /// Adds a change, whose ids have been checked: they have 256 bytes at most.
    pub fn push(&mut self, change: Change<'_>) {
        let Change { id, account, at, kind, .. } = change;
        let known = self.asked.iter().take(LOOKED_AT).position(|own| own.is_of(&change));
        let asked = known.unwrap_or(self.asked.len());
        if known.is_none() {
            self.asked.push(Asked::of(&change));
        }
        let (rows, texts) = (&mut self.chunk.rows, &mut self.chunk.texts);
        rows.push(Row {
            at,
            text: texts.len(),
            asked: number(asked),
            id_bytes: id_bytes(id),
            account_bytes: id_bytes(account),
            kind,
        });
        texts.push_str(id);
        texts.push_str(account);
    }

    /// No more changes will come.
    pub fn shrink(&mut self) {
        self.chunk.rows.shrink_to_fit();
        self.chunk.texts.shrink_to_fit();
    }
}

/// Where a change is: its chunk, and its row there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub chunk: u32,
    pub row: u32,
}

/// All changes that were read.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub chunks: Vec<Chunk>,
    /// What each chunk's changes ask for.
    asked: Vec<Vec<Asked>>,
}

impl Store {
    pub fn of(read: Vec<ReadChunk>) -> Self {
        let (chunks, asked) = read.into_iter().map(|read| (read.chunk, read.asked)).unzip();
        Store { chunks, asked }
    }

    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.rows.len()).sum()
    }

    pub fn get(&self, place: Place) -> Change<'_> {
        let (chunk, asked) =
            (&self.chunks[place.chunk as usize], &self.asked[place.chunk as usize]);
        chunk.change(&chunk.rows[place.row as usize], asked)
    }

    /// How many things are asked for before each chunk.
    pub fn asked_before(&self) -> Vec<u32> {
        let mut before = 0;
        let each = self.asked.iter().map(|own| {
            let own_before = before;
            before += own.len();
            number(own_before)
        });
        each.collect()
    }

    /// What all chunks ask for, one after the other.
    pub fn into_asked(self) -> Vec<Asked> {
        self.asked.into_iter().flatten().collect()
    }
}

/// Changes: one for each id, in the order (`account_id`, `at`, `change_id`).
#[derive(Debug, Default)]
pub struct Changes {
    /// None of them is empty.
    chunks: Vec<Chunk>,
    /// Where each chunk's changes end.
    ends: Vec<usize>,
    asked: Vec<Asked>,
}

/// The change log, as read.
#[derive(Debug, Default)]
pub struct ChangeLog {
    /// The changes that stand.
    pub changes: Changes,
    /// Rows that could not be read.
    pub rejected: u64,
    /// Conflicting duplicates.
    pub exceptions: ChangeExceptions,
    /// Rows read, the rejected ones included.
    pub rows_read: u64,
    /// Rows dropped as exact duplicates.
    pub duplicates: u64,
    /// Rows set aside as conflicting duplicates.
    pub conflicting: u64,
    /// Changes of other accounts than those asked for, duplicates left out.
    pub others: u64,
    /// Rows read that lie in 1970.
    pub of_1970: u64,
    /// Rows read whose credits were rounded.
    pub rounded: u64,
}

impl Changes {
    /// Chunks of changes that follow each other.
    pub(super) fn of(chunks: Vec<Chunk>, asked: Vec<Asked>) -> Self {
        let mut end = 0;
        let chunks = chunks.into_iter().filter(|chunk| !chunk.rows.is_empty());
        let chunks: Vec<Chunk> = chunks.collect();
        let ends = chunks.iter().map(|chunk| {
            end += chunk.rows.len();
            end
        });
        let ends = ends.collect();
        Changes { chunks, ends, asked }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where the chunk of a change begins, and the chunk's number.
    fn chunk_of(&self, at: usize) -> (usize, usize) {
        let chunk = self.ends.partition_point(|end| *end <= at);
        (chunk.checked_sub(1).map_or(0, |before| self.ends[before]), chunk)
    }

    /// The changes from a place of their order on.
    pub fn since(&self, at: usize) -> impl Iterator<Item = Change<'_>> {
        let (begin, first) = self.chunk_of(at);
        self.chunks[first..].iter().enumerate().flat_map(move |(number, chunk)| {
            let from = if number == 0 { at - begin } else { 0 };
            chunk.rows[from..].iter().map(|row| chunk.change(row, &self.asked))
        })
    }

    /// The account of a change.
    pub fn account(&self, at: usize) -> &str {
        let (begin, chunk) = self.chunk_of(at);
        let chunk = &self.chunks[chunk];
        chunk.account(&chunk.rows[at - begin])
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl Iterator<Item = Change<'_>> {
        self.since(0)
    }

    /// The place of the first change that is of none of the accounts before `account`.
    pub fn first_from(&self, account: &str) -> usize {
        partition_point(0..self.len(), |at| self.account(at) < account)
    }

    /// Frees the memory of changes before a place, as far as it holds no others: nobody will ask for
    /// them.
    pub fn free_before(&mut self, at: usize) {
        let chunks = self.ends.partition_point(|end| *end <= at);
        self.chunks[..chunks].fill_with(Chunk::default);
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
        let mut read = ReadChunk::default();
        changes.iter().for_each(|&change| read.push(change));
        assert_eq!(read.asked.len(), 6, "what is asked for again is held once");
        let many = (0..100).map(|row| Change { credits: Some(Credits::of_table(row)), ..change });
        many.clone().for_each(|change| read.push(change));
        let all: Vec<Change<'_>> = changes.into_iter().chain(many).collect();
        let store = Store::of(vec![read]);
        let place = |row: usize| Place { chunk: 0, row: number(row) };
        assert!((0..store.len()).map(|row| store.get(place(row))).eq(all.iter().copied()));
        let (mut taken, rows) = (Chunk::default(), [8, 3, 20]);
        taken.take(&store.chunks[0], &rows, 0);
        let asked = store.into_asked();
        let taken: Vec<_> = taken.rows.iter().map(|row| taken.change(row, &asked)).collect();
        assert_eq!(taken, [all[8], all[3], all[20]]);
    }
}
