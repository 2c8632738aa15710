//! Files: parts made on all threads, and put one behind the other.

mod parquet;
mod text;

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::Outcome;
use super::draw::{Draws, Of};
use super::lives::{Change, PLANS};
use super::order::Sequence;
use super::population::Population;

pub use parquet::{Compression, Encoding, Parquet};
pub use text::{Packing, Shape, Text};

/// What usage files are made of.
pub struct Usage<'a> {
    /// The rows in their order.
    pub sequence: &'a Sequence<'a>,
    /// The accounts.
    pub population: &'a Population,
}

/// What the change file is made of.
pub struct Changes<'a> {
    changes: &'a [Change],
    population: &'a Population,
    ids: Draws,
}

impl<'a> Changes<'a> {
    /// The changes in their order, and the accounts.
    pub fn new(seed: u64, changes: &'a [Change], population: &'a Population) -> Self {
        Changes { changes, population, ids: Draws::new(seed, Of::ChangeId) }
    }

    fn id(&self, change: &Change) -> u128 {
        self.ids.uuid(u64::from(change.account) << 16 | u64::from(change.nth))
    }

    fn account(&self, change: &Change) -> u128 {
        self.population.id(u64::from(change.account))
    }
}

/// The word of the change log for a change, and the plan that it names.
fn words(change: &Change) -> (&'static str, Option<&'static str>) {
    use super::lives::Kind::*;
    match change.kind {
        Signup(plan) => ("signup", plan.map(|plan| PLANS[usize::from(plan)])),
        Plan(plan) => ("plan", Some(PLANS[usize::from(plan)])),
        OverageOn => ("overage_on", None),
        OverageOff => ("overage_off", None),
    }
}

/// Makes parts of a range on all threads, so many at a time, and hands them on in their order while the next are made.
fn in_turn<P: Send>(
    whole: Range<u64>,
    (part, at_once): (u64, usize),
    make: impl Fn(Range<u64>) -> Outcome<P> + Sync,
    mut take: impl FnMut(P) -> Outcome + Send,
) -> Outcome {
    let starts: Vec<u64> = whole.clone().step_by(part as usize).collect();
    let mut ready: Vec<P> = Vec::new();
    for wave in starts.chunks(at_once) {
        let (taken, made) = rayon::join(
            || ready.into_iter().try_for_each(&mut take),
            || {
                let ranges = wave.par_iter().map(|&start| start..(start + part).min(whole.end));
                ranges.map(&make).collect::<Outcome<Vec<P>>>()
            },
        );
        taken?;
        ready = made?;
    }
    ready.into_iter().try_for_each(take)
}

fn create(path: &Path) -> Outcome<File> {
    File::create_new(path).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Writes a UUID's 36 characters.
fn uuid_text(id: u128, to: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut at = 0;
    for byte in id.to_be_bytes() {
        if matches!(at, 8 | 13 | 18 | 23) {
            at += 1;
        }
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 15)];
        at += 2;
    }
    to.extend_from_slice(&text);
}
