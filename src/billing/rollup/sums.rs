//! Sums by segment, narrow: each thread has one for every segment, and touches one for every row.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::boundaries::NONE;
use super::control::{Count, Sum};
use crate::base::fetch;

/// A thread's sums.
#[derive(Debug, Default)]
pub(super) struct Sums {
    narrow: Vec<Narrow>,
    /// What no longer fitted, by segment.
    beyond: BTreeMap<usize, Sum>,
}

/// Rows and micro-credits in 16 bytes. A row has less than 2⁶⁰ micro-credits, so that 96 bits
/// hold as many rows as `rows` can count.
#[derive(Debug, Clone, Copy, Default)]
struct Narrow {
    low: u64,
    high: u32,
    rows: u32,
}

impl Narrow {
    fn wide(self) -> Sum {
        let credits = (i128::from(self.high) << 64) | i128::from(self.low);
        Sum { rows: self.rows.into(), credits }
    }
}

impl Sums {
    pub fn new(segments: usize) -> Self {
        Sums { narrow: vec![Narrow::default(); segments], beyond: BTreeMap::new() }
    }

    /// Fetches these segments' sums.
    fn fetch(&self, segments: &[u32]) {
        let rows = |segment: &u32| self.narrow.get(*segment as usize).map_or(0, |sum| sum.rows);
        fetch::ahead(segments.iter().map(rows));
    }

    /// Adds a row's micro-credits, which are never negative, and less than 2⁶⁰.
    #[inline]
    pub fn add(&mut self, segment: usize, micros: i64) {
        let sum = &mut self.narrow[segment];
        let (low, carry) = sum.low.overflowing_add(micros.cast_unsigned());
        sum.low = low;
        sum.high += u32::from(carry);
        sum.rows += 1;
        if sum.rows == u32::MAX {
            self.widen(segment);
        }
    }

    /// Adds rows, but those of no segment: [`NONE`]. Gives their number and credits.
    pub fn add_all(&mut self, segments: &[u32], micros: &[i64]) -> Count {
        let mut count = Count::default();
        for (segments, micros) in segments.chunks(fetch::ROWS).zip(micros.chunks(fetch::ROWS)) {
            self.fetch(segments);
            for (&segment, &micros) in segments.iter().zip(micros) {
                if segment != NONE {
                    self.add(segment as usize, micros);
                    count.add_micros(micros);
                }
            }
        }
        count
    }

    #[cold]
    fn widen(&mut self, segment: usize) {
        let narrow = std::mem::take(&mut self.narrow[segment]);
        self.beyond.entry(segment).or_default().merge(narrow.wide());
    }

    /// All threads' sums together.
    pub fn whole(parts: &[Self], segments: usize) -> Vec<Sum> {
        let sum = |segment: usize| {
            let mut sum = Sum::default();
            parts.iter().for_each(|part| sum.merge(part.narrow[segment].wide()));
            sum
        };
        let mut whole: Vec<Sum> = (0..segments).into_par_iter().map(sum).collect();
        for part in parts {
            for (&segment, &beyond) in &part.beyond {
                whole[segment].merge(beyond);
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_outgrows_its_narrow_form() {
        let mut sums = Sums::new(2);
        let most: i64 = 999_999_999_999_999_999;
        (0..1_000).for_each(|_| sums.add(1, most));
        sums.narrow[1].rows += u32::MAX - 1_001; // as if more rows had come, of no credits
        (0..3).for_each(|_| sums.add(1, most));
        let whole = Sums::whole(&[sums, Sums::new(2)], 2);
        assert_eq!(whole[0], Sum::default());
        let rows = u64::from(u32::MAX) + 2;
        assert_eq!(whole[1], Sum { rows, credits: i128::from(most) * 1_003 });
    }
}
