//! Files changed at random: bits turned, bytes and stretches of them taken out, repeated, or put in.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A file to begin with.
#[derive(Debug, Clone)]
pub struct Seed {
    /// How its name ends: `csv`.
    pub ending: &'static str,
    pub bytes: Vec<u8>,
}

/// A change of a file.
#[derive(Debug, Clone)]
pub enum Change {
    Turn { at: Index, bit: u8 },
    Set { at: Index, byte: u8 },
    Insert { at: Index, token: &'static str },
    Replace { at: Index, token: &'static str },
    Remove { at: Index, length: usize },
    Repeat { at: Index, length: usize, times: usize },
    Move { from: Index, length: usize, to: Index },
    Truncate { at: Index },
}

/// Any change; `tokens` are texts that mean something to the reader.
pub fn change(tokens: &'static [&'static str]) -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let length = || prop_oneof![4 => 1..8_usize, 2 => 1..64_usize, 1 => 1..4096_usize];
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Change::Turn { at, bit }),
        4 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set { at, byte }),
        4 => (at(), select(tokens)).prop_map(|(at, token)| Change::Insert { at, token }),
        4 => (at(), select(tokens)).prop_map(|(at, token)| Change::Replace { at, token }),
        3 => (at(), length()).prop_map(|(at, length)| Change::Remove { at, length }),
        2 => (at(), length(), 1..4_usize)
            .prop_map(|(at, length, times)| Change::Repeat { at, length, times }),
        2 => (at(), length(), at()).prop_map(|(from, length, to)| Change::Move { from, length, to }),
        1 => at().prop_map(|at| Change::Truncate { at }),
    ]
}

/// Changes, one after the other.
pub fn changes(tokens: &'static [&'static str]) -> impl Strategy<Value = Vec<Change>> {
    vec(change(tokens), 1..6)
}

impl Change {
    /// Applies it.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |at: &Index| at.index(bytes.len() + 1);
        let stretch = |at: &Index, length: usize| {
            let from = place(at);
            from..bytes.len().min(from + length)
        };
        match self {
            Change::Turn { at, bit } => {
                let at = place(at);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
            }
            Change::Set { at, byte } => {
                let at = place(at);
                bytes.iter_mut().skip(at).take(1).for_each(|old| *old = *byte);
            }
            Change::Insert { at, token } => {
                let at = place(at);
                bytes.splice(at..at, token.bytes());
            }
            Change::Replace { at, token } => {
                let stretch = stretch(at, token.len());
                bytes.splice(stretch, token.bytes());
            }
            Change::Remove { at, length } => {
                bytes.drain(stretch(at, *length));
            }
            Change::Repeat { at, length, times } => {
                let stretch = stretch(at, *length);
                let again = bytes[stretch.clone()].repeat(*times);
                bytes.splice(stretch.end..stretch.end, again);
            }
            Change::Move { from, length, to } => {
                let moved: Vec<u8> = bytes.drain(stretch(from, *length)).collect();
                let to = to.index(bytes.len() + 1);
                bytes.splice(to..to, moved);
            }
            Change::Truncate { at } => {
                let at = place(at);
                bytes.truncate(at);
            }
        }
    }
}
