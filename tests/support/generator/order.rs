//! The order of the rows: the same rows in each.

use std::ops::Range;

use rayon::prelude::*;

use super::draw::{Draws, Of, Shuffle};
use super::events::{Event, Events, Row};
use super::population::Population;

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Order {
    /// Anything: instants and accounts are mixed, a copy is anywhere.
    Shuffled,
    /// The earlier instant; a copy comes after its original.
    Time,
    /// The lower account id; a copy comes after its original.
    Account,
}

/// The rows in an order.
pub struct Sequence<'a> {
    events: &'a Events<'a>,
    by: By,
}

enum By {
    Chance(Shuffle),
    Time,
    Account {
        /// The accounts by their ids.
        accounts: Vec<u32>,
        /// The events of the accounts before each of these.
        before: Vec<u64>,
    },
}

impl<'a> Sequence<'a> {
    /// The rows of `events` in an order.
    pub fn new(seed: u64, order: Order, population: &Population, events: &'a Events<'a>) -> Self {
        let by = match order {
            Order::Shuffled => {
                let rows = events.len() + events.copies();
                By::Chance(Shuffle::new(rows, Draws::new(seed, Of::Place), 0))
            }
            Order::Time => By::Time,
            Order::Account => {
                let mut accounts: Vec<u32> = (0..population.len() as u32).collect();
                accounts.par_sort_by_cached_key(|&number| population.id(u64::from(number)));
                let counts = accounts.par_iter().map(|&number| events.count_of(u64::from(number)));
                let mut before: Vec<u64> = counts.collect();
                let mut sum = 0;
                for count in &mut before {
                    sum += *count;
                    *count = sum - *count;
                }
                By::Account { accounts, before }
            }
        };
        Sequence { events, by }
    }

    /// The number of steps: each has a row, and where copies come after their originals, one has two.
    pub fn steps(&self) -> u64 {
        match &self.by {
            By::Chance(shuffle) => shuffle.len(),
            By::Time | By::Account { .. } => self.events.len(),
        }
    }

    /// What the rows of some steps hold.
    pub fn content(&self, steps: Range<u64>) -> impl Iterator<Item = Event> + '_ {
        self.rows(steps).map(|row| self.events.content(row))
    }

    fn rows(&self, steps: Range<u64>) -> Box<dyn Iterator<Item = Row> + '_> {
        match &self.by {
            By::Chance(shuffle) => Box::new(steps.map(|step| {
                let number = shuffle.place(step);
                match number.checked_sub(self.events.len()) {
                    Some(copy) => self.events.copy(copy),
                    None => Row { event: number, conflicts: false },
                }
            })),
            By::Time => Box::new(steps.flat_map(|event| self.with_copy(event))),
            By::Account { accounts, before } => {
                let first = before.partition_point(|&before| before <= steps.start) - 1;
                let skipped = steps.start - before[first];
                let events = accounts[first..]
                    .iter()
                    .flat_map(|&account| self.events.of_account(u64::from(account)));
                let events = events.skip(skipped as usize).take((steps.end - steps.start) as usize);
                Box::new(events.flat_map(|event| self.with_copy(event)))
            }
        }
    }

    fn with_copy(&self, event: u64) -> impl Iterator<Item = Row> + use<> {
        [Some(Row { event, conflicts: false }), self.events.copy_of(event)].into_iter().flatten()
    }
}
