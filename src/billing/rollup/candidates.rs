//! Which event ids may come more than once: their fingerprints, and those of them that repeat.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use rayon::prelude::*;

use super::boundaries::Span;
use super::spill::{Budget, Partition, PartitionStore, partition};
use crate::base::error::Result;

/// What is kept of an id's fingerprint: 40 of its bits, 8 of them as the partition that it lies in.
/// Of 50 million ids some thousand then seem to repeat that don't, of a billion half a million: they
/// are compared as they are, like those that do.
type Kept = u32;

/// Bytes of a fingerprint that is kept.
const KEPT_BYTES: u64 = size_of::<Kept>() as u64;

/// A fingerprint's lowest bits, which are not kept.
const UNKNOWN_BITS: u32 = 24;

/// What is kept of a fingerprint.
#[inline]
fn kept(fingerprint: u64) -> Kept {
    (fingerprint >> UNKNOWN_BITS & 0xffff_ffff) as Kept
}

/// The fingerprint of which this is kept in a partition, as far as it is known.
fn in_partition(partition: usize, kept: Kept) -> u64 {
    (partition as u64) << 56 | u64::from(kept) << UNKNOWN_BITS
}

/// Fingerprints of event ids by span, as one thread has met them.
pub(super) struct Fingerprints<'b> {
    before: PartitionStore<'b>,
    within: PartitionStore<'b>,
}

impl<'b> Fingerprints<'b> {
    pub fn new(budget: &'b Budget) -> Self {
        Fingerprints { before: PartitionStore::new(budget), within: PartitionStore::new(budget) }
    }

    #[inline]
    pub fn push(&mut self, span: Span, fingerprint: u64) -> Result<()> {
        let store = if span == Span::Before { &mut self.before } else { &mut self.within };
        store.push(partition(fingerprint), &kept(fingerprint).to_le_bytes())
    }
}

/// Fingerprints of ids that may come more than once.
pub(super) struct DuplicateCandidates {
    before: Filter,
    within: Filter,
}

impl DuplicateCandidates {
    /// Of all fingerprints, those that come more than once; all of them where `all` says so.
    pub fn of(parts: Vec<Fingerprints<'_>>, all: bool, budget: &Budget) -> Result<Self> {
        let (before, within): (Vec<_>, Vec<_>) =
            parts.into_iter().map(|part| (part.before, part.within)).unzip();
        let filter = |stores: Vec<PartitionStore<'_>>| {
            let room = AtomicU64::new(budget.filter_bytes());
            let found = PartitionStore::partitions(stores).into_par_iter();
            let found = found.map(|partition| Found::in_partition(partition, all, &room, budget));
            Filter::of(found.collect::<Result<_>>()?, all, budget)
        };
        Ok(DuplicateCandidates { before: filter(before)?, within: filter(within)? })
    }

    /// The memory that they hold.
    pub fn bytes(&self) -> u64 {
        8 * (self.before.words.len() + self.within.words.len()) as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.within.is_empty()
    }

    /// Whether an id with this fingerprint may come more than once in its span.
    #[inline]
    pub fn may_hold(&self, span: Span, fingerprint: u64) -> bool {
        let filter = if span == Span::Before { &self.before } else { &self.within };
        filter.may_hold(fingerprint)
    }
}

/// A partition's fingerprints that come more than once, or all of them.
enum Found {
    Held(Vec<Kept>),
    /// So many, to be looked for again: memory holds no more.
    Again(usize, Partition),
}

impl Found {
    /// Looks through a partition; `room` are the bytes that may still be held.
    fn in_partition(
        partition: Partition,
        all: bool,
        room: &AtomicU64,
        budget: &Budget,
    ) -> Result<Self> {
        let found = wanted(&partition, all, budget)?;
        let bytes = KEPT_BYTES * found.len() as u64;
        let is_room = room.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes)).is_ok();
        Ok(if is_room { Found::Held(found) } else { Found::Again(found.len(), partition) })
    }

    fn len(&self) -> usize {
        match self {
            Found::Held(found) => found.len(),
            Found::Again(count, _) => *count,
        }
    }
}

fn wanted(partition: &Partition, all: bool, budget: &Budget) -> Result<Vec<Kept>> {
    if !all {
        return repeated(partition, budget);
    }
    let mut found = Vec::new();
    partition.each_chunk(budget, |chunk| {
        found.extend(fingerprints(&chunk));
        Ok(())
    })?;
    Ok(found)
}

fn fingerprints(chunk: &[u8]) -> impl Iterator<Item = Kept> {
    chunk.as_chunks().0.iter().map(|bytes| Kept::from_le_bytes(*bytes))
}

/// The fingerprints that come more than once. Few do: a first look marks places of a bitmap that
/// are met twice, and only what lies there is sorted.
fn repeated(partition: &Partition, budget: &Budget) -> Result<Vec<Kept>> {
    let [count, mut most] = [partition.bytes(), budget.at_once()].map(|n| number(n / KEPT_BYTES));
    // Two bitmaps, of at most half of what is looked at at once: what is met, and what is met again.
    let words = (count / 4).next_power_of_two().min(1 << (most / 8).max(1).ilog2());
    let mut met = vec![[0_u64; 2]; words];
    let place = |kept: Kept| ((kept >> 6) as usize & (words - 1), 1 << (kept & 63));
    partition.each_chunk(budget, |chunk| {
        for kept in fingerprints(&chunk) {
            let (word, bit) = place(kept);
            let [once, again] = &mut met[word];
            *again |= *once & bit;
            *once |= bit;
        }
        Ok(())
    })?;
    let is_met_again = |kept: &Kept| {
        let (word, bit) = place(*kept);
        met[word][1] & bit != 0
    };
    let mut repeated = Vec::new();
    partition.each_chunk(budget, |chunk| {
        repeated.extend(fingerprints(&chunk).filter(is_met_again));
        // An id may come as often as there are rows.
        if repeated.len() > most {
            sort_and_keep_two(&mut repeated);
            most = most.max(repeated.len() * 2);
        }
        Ok(())
    })?;
    sort_and_keep_two(&mut repeated);
    let equal = repeated.chunk_by(|a, b| a == b).filter(|equal| equal.len() > 1);
    Ok(equal.map(|equal| equal[0]).collect())
}

/// A number that is no more than memory holds, or the largest there is.
fn number(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Sorts fingerprints, and keeps no more than two of each.
fn sort_and_keep_two(fingerprints: &mut Vec<Kept>) {
    fingerprints.sort_unstable();
    let mut kept = 0;
    for at in 0..fingerprints.len() {
        if kept < 2 || fingerprints[kept - 2] != fingerprints[at] {
            fingerprints[kept] = fingerprints[at];
            kept += 1;
        }
    }
    fingerprints.truncate(kept);
}

/// A set of fingerprints that may say yes too often, but never no: one word of memory is looked
/// at for each question.
struct Filter {
    words: Vec<u64>,
}

/// Words that a filter has at least, whatever the budget.
const LEAST_WORDS: usize = 256;

impl Filter {
    /// A filter of what was found; if that is more than four for each word that memory holds, it
    /// says yes more often.
    fn of(found: Vec<Found>, all: bool, budget: &Budget) -> Result<Self> {
        let count: usize = found.iter().map(Found::len).sum();
        if count == 0 {
            return Ok(Filter { words: Vec::new() });
        }
        let most = number(budget.filter_bytes() / 8).max(LEAST_WORDS);
        let words = count.div_ceil(2).next_power_of_two().min(1 << most.ilog2());
        let mut filter = Filter { words: vec![0; words] };
        for (partition, found) in found.into_iter().enumerate() {
            let found = match found {
                Found::Held(found) => found,
                Found::Again(_, partition) => wanted(&partition, all, budget)?,
            };
            for kept in found {
                let (word, bits) = filter.place(in_partition(partition, kept));
                filter.words[word] |= bits;
            }
        }
        Ok(filter)
    }

    /// A fingerprint's word, and its three bits there.
    #[inline]
    fn place(&self, fingerprint: u64) -> (usize, u64) {
        // Of the bits that are known, all have a say in the upper ones of the product.
        let spread = (fingerprint >> UNKNOWN_BITS).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bit = |shift: u32| 1_u64 << (spread >> shift & 63);
        ((spread >> 16) as usize & (self.words.len() - 1), bit(46) | bit(52) | bit(58))
    }

    fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    #[inline]
    fn may_hold(&self, fingerprint: u64) -> bool {
        if self.words.is_empty() {
            return false;
        }
        let (word, bits) = self.place(fingerprint);
        self.words[word] & bits == bits
    }
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn candidates(ids: &[u64], all: bool, limit: u64) -> DuplicateCandidates {
        let folder = tempfile::tempdir().unwrap();
        let budget = Budget::new(limit, folder.path());
        let mut parts = [Fingerprints::new(&budget), Fingerprints::new(&budget)];
        for (at, id) in ids.iter().enumerate() {
            parts[at % 2].push(Span::Within, xxh3_64(&id.to_le_bytes())).unwrap();
        }
        DuplicateCandidates::of(parts.into(), all, &budget).unwrap()
    }

    #[test]
    fn every_repeated_id_is_a_candidate_and_hardly_any_other() {
        let mut ids: Vec<u64> = (0..100_000).collect();
        ids.extend((0..100_000).step_by(500));
        for limit in [1 << 30, 0] {
            let candidates = candidates(&ids, false, limit);
            let is = |id: u64| candidates.may_hold(Span::Within, xxh3_64(&id.to_le_bytes()));
            assert!((0..100_000).step_by(500).all(is), "with a budget of {limit}");
            let wrongly = (0..100_000).filter(|id| id % 500 != 0 && is(*id)).count();
            assert!(wrongly < 1_000, "{wrongly} of 99,800 are candidates with a budget of {limit}");
        }
    }

    #[test]
    fn an_id_may_come_as_often_as_there_are_rows() {
        let mut ids = vec![7; 300_000];
        ids.extend((10_000..40_000).chain(20_000..40_000));
        for limit in [1 << 30, 0] {
            let candidates = candidates(&ids, false, limit);
            let is = |id: u64| candidates.may_hold(Span::Within, xxh3_64(&id.to_le_bytes()));
            assert!(is(7) && (20_000..40_000).all(is), "with a budget of {limit}");
        }
        let mut some = vec![3, 1, 2, 3, 3, 1, 3];
        sort_and_keep_two(&mut some);
        assert_eq!(some, [1, 1, 2, 3, 3]);
    }

    #[test]
    fn spans_are_apart_and_all_are_candidates_on_request() {
        let all = candidates(&[7, 8], true, 0);
        let hash = |id: u64| xxh3_64(&id.to_le_bytes());
        assert!(all.may_hold(Span::Within, hash(7)) && !all.may_hold(Span::Before, hash(7)));
        assert!(candidates(&[7, 8], false, 0).is_empty());
    }
}
