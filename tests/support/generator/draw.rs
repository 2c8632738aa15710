//! Chance that can be asked again: every draw is a hash of what it is for, so that no draw depends on the one before.

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// What draws are for. Draws for one thing tell nothing of those for another.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// Ids of accounts.
    AccountId = 1,
    /// How much an account uses.
    Class,
    /// An account's changes.
    Life,
    /// Ids of changes.
    ChangeId,
    /// Ids of events.
    EventId,
    /// Instants and credits of events.
    EventContent,
    /// Which account an event falls to.
    Slot,
    /// Where a row goes.
    Place,
    /// Which events come twice.
    Copy,
}

/// Draws for one thing: XXH3 of a number, by a seed of their own.
#[derive(Debug, Clone, Copy)]
pub struct Draws(u64);

impl Draws {
    /// The draws for `of` that belong to a seed.
    pub fn new(seed: u64, of: Of) -> Self {
        Draws(xxh3_64_with_seed(&(of as u64).to_le_bytes(), seed))
    }

    /// The 128 bits drawn for a number.
    pub fn wide(self, number: u64) -> u128 {
        xxh3_128_with_seed(&number.to_le_bytes(), self.0)
    }

    /// The 64 bits drawn for a number.
    pub fn bits(self, number: u64) -> u64 {
        xxh3_64_with_seed(&number.to_le_bytes(), self.0)
    }

    /// A UUID (version 4) for a number.
    pub fn uuid(self, number: u64) -> u128 {
        const VERSION: u128 = 0xf000 << 64;
        const VARIANT: u128 = 0xc000 << 48;
        self.wide(number) & !VERSION & !VARIANT | (0x4000 << 64) | (0x8000 << 48)
    }

    /// Draws one after another, all for one number.
    pub fn row(self, number: u64) -> Row {
        Row { draws: Draws(self.bits(number)), next: 0 }
    }
}

/// Draws one after another.
#[derive(Debug)]
pub struct Row {
    draws: Draws,
    next: u64,
}

impl Row {
    /// A number from 0 to `end` − 1.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next += 1;
        below(self.draws.bits(self.next), end)
    }

    /// True in `parts` of 1,000 cases.
    pub fn per_mille(&mut self, parts: u64) -> bool {
        self.below(1000) < parts
    }
}

/// A number from 0 to `end` − 1 out of drawn bits.
pub fn below(bits: u64, end: u64) -> u64 {
    ((u128::from(bits) * u128::from(end)) >> 64) as u64
}

/// A shuffle of the numbers below `len` that needs no table, and can be undone: a Feistel network over the smallest
/// rectangle that holds them, walked on from where it leads out of them.
#[derive(Debug)]
pub struct Shuffle {
    len: u64,
    rows: u64,
    columns: u64,
    keys: [u64; 4],
}

impl Shuffle {
    /// The shuffle of `len` numbers, at most 2⁶⁰, that `draws` has for a number.
    pub fn new(len: u64, draws: Draws, number: u64) -> Self {
        let columns = (len.isqrt() + 1).max(2);
        let keys = [0, 1, 2, 3].map(|round| draws.bits(number * 4 + round));
        Shuffle { len, rows: len.div_ceil(columns).max(1), columns, keys }
    }

    /// How many numbers there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Where a number goes.
    pub fn place(&self, number: u64) -> u64 {
        let mut at = number;
        loop {
            let (mut row, mut column) = (at / self.columns, at % self.columns);
            for pair in self.keys.chunks_exact(2) {
                row = plus(row, mixed(column, pair[0], self.rows), self.rows);
                column = plus(column, mixed(row, pair[1], self.columns), self.columns);
            }
            at = row * self.columns + column;
            if at < self.len {
                return at;
            }
        }
    }

    /// Which number goes to a place.
    pub fn number(&self, place: u64) -> u64 {
        let mut at = place;
        loop {
            let (mut row, mut column) = (at / self.columns, at % self.columns);
            for pair in self.keys.rchunks_exact(2) {
                let moved = mixed(row, pair[1], self.columns);
                column = plus(column, self.columns - moved, self.columns);
                row = plus(row, self.rows - mixed(column, pair[0], self.rows), self.rows);
            }
            at = row * self.columns + column;
            if at < self.len {
                return at;
            }
        }
    }
}

/// One round: a number below `end` that looks unrelated to `value`.
fn mixed(value: u64, key: u64, end: u64) -> u64 {
    let product = (value ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let folded = (product ^ (product >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    below(folded, end)
}

/// `a` + `b` modulo `end`, of numbers up to `end`.
fn plus(a: u64, b: u64, end: u64) -> u64 {
    let sum = a + b;
    if sum >= end { sum - end } else { sum }
}
