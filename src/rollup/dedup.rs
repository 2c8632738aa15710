//! Duplicates, found exactly.
//!
//! The pass keeps a 64-bit fingerprint of each event id. Fingerprints that come more than once
//! are suspects; a second, narrow look at the rows that bear them compares the full ids, so
//! that two ids with one fingerprint are not taken for duplicates.

use rayon::prelude::*;

use hashbrown::HashTable;

use super::Span;
use crate::calendar::Instant;

/// Fingerprints are kept apart by their highest bits, so that they can be sorted in parallel.
const PARTITIONS: usize = 256;

/// Fingerprints of event ids.
pub(super) struct Fingerprints(Vec<Vec<u64>>);

impl Default for Fingerprints {
    fn default() -> Self {
        Fingerprints(vec![Vec::new(); PARTITIONS])
    }
}

impl Fingerprints {
    #[inline]
    pub fn push(&mut self, fingerprint: u64) {
        self.0[(fingerprint >> 56) as usize].push(fingerprint);
    }

    pub fn merge(&mut self, other: Fingerprints) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            if mine.is_empty() { *mine = theirs } else { mine.extend(theirs) }
        }
    }

    /// The fingerprints that come more than once.
    fn repeated(self) -> Vec<u64> {
        let repeated = self.0.into_par_iter().flat_map_iter(|mut partition| {
            partition.sort_unstable();
            let mut twice: Vec<u64> =
                partition.windows(2).filter(|pair| pair[0] == pair[1]).map(|p| p[0]).collect();
            twice.dedup();
            twice
        });
        repeated.collect()
    }
}

/// Fingerprints that come more than once.
pub(super) struct Suspects {
    before: HashTable<u64>,
    within: HashTable<u64>,
}

impl Suspects {
    pub fn of(before: Fingerprints, within: Fingerprints) -> Self {
        let table = |fingerprints: Fingerprints| {
            let repeated = fingerprints.repeated();
            let mut table = HashTable::with_capacity(repeated.len());
            for fingerprint in repeated {
                table.insert_unique(fingerprint, fingerprint, |&f| f);
            }
            table
        };
        Suspects { before: table(before), within: table(within) }
    }

    /// All fingerprints, whether or not they come more than once.
    pub fn all(before: Fingerprints, within: Fingerprints) -> Self {
        let table = |fingerprints: Fingerprints| {
            let mut table = HashTable::new();
            for fingerprint in fingerprints.0.into_iter().flatten() {
                table.entry(fingerprint, |&f| f == fingerprint, |&f| f).or_insert(fingerprint);
            }
            table
        };
        Suspects { before: table(before), within: table(within) }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.before.len() + self.within.len()
    }

    #[inline]
    pub fn contains(&self, span: Span, fingerprint: u64) -> bool {
        let table = if span == Span::Before { &self.before } else { &self.within };
        table.find(fingerprint, |&f| f == fingerprint).is_some()
    }
}

/// A row with a suspect fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Suspect {
    // The order of the fields is the order of precedence: of one id in one span, the first by
    // (`at`, `account_id`, `credits`) is used.
    pub span: Span,
    pub event: String,
    pub at: Instant,
    pub account: String,
    pub credits: i128,
    /// File and row; of equal rows, it does not matter which one is dropped.
    pub place: (usize, u64),
}

impl Suspect {
    fn same_event(&self, other: &Suspect) -> bool {
        (self.span, &self.event) == (other.span, &other.event)
    }

    fn same_content(&self, other: &Suspect) -> bool {
        (self.at, &self.account, self.credits) == (other.at, &other.account, other.credits)
    }
}

/// Rows that are not used.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    /// The same event again with the same content.
    pub duplicates: Vec<Suspect>,
    /// The same id with other content.
    pub conflicting: Vec<Suspect>,
}

impl Dropped {
    /// Those of some accounts.
    pub fn of_accounts(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        self.duplicates.retain(|row| wanted(&row.account));
        self.conflicting.retain(|row| wanted(&row.account));
        self
    }
}

/// Decides on all rows with suspect fingerprints.
pub(super) fn resolve(mut suspects: Vec<Suspect>) -> Dropped {
    suspects.par_sort_unstable();
    let mut dropped = Dropped::default();
    let mut previous: Option<Suspect> = None;
    for row in suspects {
        match previous.take_if(|before| before.same_event(&row)) {
            Some(before) if before.same_content(&row) => dropped.duplicates.push(row.clone()),
            Some(_) => dropped.conflicting.push(row.clone()),
            None => {}
        }
        previous = Some(row);
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(event: &str, credits: i128, place: u64) -> Suspect {
        let at = Instant::from_micros(0).unwrap();
        let (event, account) = (event.to_owned(), "ann".to_owned());
        Suspect { span: Span::Within, event, at, account, credits, place: (0, place) }
    }

    #[test]
    fn equal_rows_are_duplicates_and_others_conflict() {
        let rows =
            vec![row("e", 2, 1), row("e", 1, 2), row("f", 1, 3), row("e", 2, 4), row("e", 1, 5)];
        let dropped = resolve(rows);
        let places = |rows: &[Suspect]| rows.iter().map(|r| r.place.1).collect::<Vec<_>>();
        assert_eq!(places(&dropped.duplicates), [5, 4]);
        assert_eq!(places(&dropped.conflicting), [1]);
    }

    #[test]
    fn only_repeated_fingerprints_are_suspect() {
        let mut within = Fingerprints::default();
        [7, 1 << 60, 7, 9, 7].into_iter().for_each(|f| within.push(f));
        let suspects = Suspects::of(Fingerprints::default(), within);
        assert!(suspects.contains(Span::Within, 7) && !suspects.contains(Span::Within, 9));
        assert!(!suspects.contains(Span::Before, 7) && !suspects.is_empty());
    }
}
