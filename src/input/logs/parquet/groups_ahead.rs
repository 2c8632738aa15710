//! Row groups of objects, fetched before their turn comes.

use std::ops::Range;

use bytes::Bytes;

use super::rows::GroupReader;
use crate::base::error::{Code, Error, Result};
use crate::base::storage::{Ahead, Wanted};

/// So much may be on its way, or wait for its turn.
const BYTES_AHEAD: u64 = 64 << 20;
/// Ranges with no more than that between them are fetched as one: a request takes longer.
const GAP: u64 = 1 << 20;

/// What is fetched of row groups.
pub(in crate::input::logs) struct GroupsAhead {
    /// For each row group, its number among those of objects.
    numbers: Vec<Option<usize>>,
    ahead: Ahead,
}

impl GroupsAhead {
    /// Of row groups in the order of their turns.
    pub fn of(groups: &[GroupReader<'_>]) -> Result<Self> {
        let (mut numbers, mut wanted) = (Vec::with_capacity(groups.len()), Vec::new());
        for group in groups {
            numbers.push(group.object()?.map(|object| {
                wanted.push(Wanted { object, ranges: merged(group.wanted_ranges()) });
                wanted.len() - 1
            }));
        }
        Ok(GroupsAhead { numbers, ahead: Ahead::of(wanted, BYTES_AHEAD) })
    }

    /// What was fetched of a row group, each range with where it begins; nothing of a file of this machine.
    pub fn fetched(&self, group: &GroupReader<'_>, number: usize) -> Result<Vec<(u64, Bytes)>> {
        let Some(number) = self.numbers[number] else {
            return Ok(Vec::new());
        };
        self.ahead.take(number).map_err(|e| {
            Error::new(Code::INPUT_UNREADABLE, "cannot be read")
                .in_file(group.name())
                .in_row_group(group.group.number)
                .caused_by(e)
                .hint("run again: what was begun is cleared")
        })
    }
}

/// Ranges in order, those near each other as one.
fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| range.start);
    let mut all: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match all.last_mut().filter(|last| range.start <= last.end.saturating_add(GAP)) {
            Some(last) => last.end = last.end.max(range.end),
            None => all.push(range),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_near_each_other_are_one() {
        let far = 3 * GAP;
        let ranges = vec![far..far + 7, 0..10, 20..30, 5..12];
        assert_eq!(merged(ranges), [0..30, far..far + 7]);
        assert_eq!(merged(Vec::new()), []);
    }
}
