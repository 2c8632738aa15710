//! Ranges of objects fetched before they are asked for: a request takes long, and many take hardly longer than one.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::object::{Object, Pending};

/// What is fetched together: ranges of an object.
#[derive(Debug)]
pub struct Wanted {
    /// The object.
    pub object: Arc<Object>,
    /// In rising order.
    pub ranges: Vec<Range<u64>>,
}

impl Wanted {
    fn bytes(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }
}

/// Ranges of objects in the order in which they will be asked for, more or less.
#[derive(Debug)]
pub struct Ahead {
    wanted: Vec<Wanted>,
    /// Bytes that may be on their way, or wait to be taken.
    most_bytes: u64,
    started: Mutex<Started>,
}

#[derive(Debug, Default)]
struct Started {
    /// The first that nothing was asked for yet.
    next: usize,
    pending: BTreeMap<usize, Pending>,
    bytes: u64,
}

impl Ahead {
    /// Nothing is fetched before the first is taken.
    pub fn of(wanted: Vec<Wanted>, most_bytes: u64) -> Self {
        Ahead { wanted, most_bytes, started: Mutex::default() }
    }

    /// What was wanted, by its number, each range with where it begins. What follows is asked for meanwhile.
    ///
    /// # Errors
    /// It cannot be fetched.
    pub fn take(&self, number: usize) -> io::Result<Vec<(u64, Bytes)>> {
        let pending = self.start(number);
        let fetched = pending.wait()?;
        let starts = self.wanted[number].ranges.iter().map(|range| range.start);
        Ok(starts.zip(fetched).collect())
    }

    fn start(&self, number: usize) -> Pending {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let started = &mut *started;
        let begin = |number: usize| {
            let Wanted { object, ranges } = &self.wanted[number];
            Object::begin(object, ranges.clone())
        };
        let pending = started.pending.remove(&number);
        if pending.is_some() {
            started.bytes -= self.wanted[number].bytes();
        }
        let pending = pending.unwrap_or_else(|| begin(number));
        started.next = started.next.max(number + 1);
        while let Some(wanted) = self.wanted.get(started.next) {
            // One is always on its way, however large it is.
            if !started.pending.is_empty() && started.bytes + wanted.bytes() > self.most_bytes {
                break;
            }
            started.pending.insert(started.next, begin(started.next));
            started.bytes += wanted.bytes();
            started.next += 1;
        }
        pending
    }
}
