//! The events, numbered by their instants: event 0 is the earliest. What an event is follows from its number alone.
//!
//! Time is cut into slots: the days of the month, and some of the months before and after. A slot's events are spread
//! evenly over its time and, shuffled, over the weights of the accounts that are there when it begins.

use super::draw::{Draws, Of, Shuffle, below};
use super::month::{DAY_MICROS, Month};
use super::population::Population;

/// Of 1,000 events, those of the month before and of the month after.
const EARLY: u64 = 4;
const LATE: u64 = 1;

/// One event.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Its UUID.
    pub id: u128,
    /// The account's number.
    pub account: u64,
    /// Microseconds since 1970.
    pub at: i64,
    /// In micro-credits.
    pub credits: i64,
}

/// A row of the log: an event's number, and what the row is of it.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The event's number.
    pub event: u64,
    /// A copy with other content, not what was sent first.
    pub conflicts: bool,
}

/// A span of time and its events.
struct Slot {
    /// The number of the first event.
    first: u64,
    /// From which event to which place among the accounts' weights.
    shuffle: Shuffle,
    start: i64,
    /// Microseconds to an event.
    step: u64,
    /// How many accounts are there, and their weight.
    accounts: u64,
    weight: u64,
    /// Where in a place its unit of weight is taken, so that a light account has its events on other days than others.
    phase: u64,
}

/// All events, and which of them come twice.
pub struct Events<'a> {
    population: &'a Population,
    slots: Vec<Slot>,
    len: u64,
    copies: u64,
    /// Of 1,000 copies, those with other content.
    conflicts: u64,
    ids: Draws,
    content: Draws,
    copying: Draws,
    /// An event's credits are 1 + below this, in hundredths, before skew.
    most: u64,
}

impl<'a> Events<'a> {
    /// `rows` rows; of 1,000 so many are copies of others, and of 1,000 copies so many have other content.
    pub fn new(
        seed: u64,
        month: Month,
        population: &'a Population,
        rows: u64,
        (duplicates, conflicts): (u64, u64),
    ) -> Self {
        let copies = (rows * duplicates / 1000).min(rows / 2);
        let mut events = Events {
            population,
            slots: Vec::new(),
            len: rows - copies,
            copies,
            conflicts,
            ids: Draws::new(seed, Of::EventId),
            content: Draws::new(seed, Of::EventContent),
            copying: Draws::new(seed, Of::Copy),
            // 200 credits an account: a mean of 2.00 where there are 100 events an account. Skew takes 7/8.
            most: (200 * 100 * 8 * population.len() / rows.max(1)).clamp(8, 100_000_000),
        };
        let days = population.days();
        let (early, late) = (events.len * EARLY / 1000, events.len * LATE / 1000);
        let within = events.len - early - late;
        let slots = Draws::new(seed, Of::Slot);
        let start = month.start();
        events.add_slot(early, (start - 3 * DAY_MICROS, 3), population.there_on(0), slots);
        for day in 0..days {
            let count = within * (day + 1) / days - within * day / days;
            let from = start + day as i64 * DAY_MICROS;
            events.add_slot(count, (from, 1), population.there_on(day), slots);
        }
        events.add_slot(late, (month.end(), 1), population.len(), slots);
        events
    }

    fn add_slot(&mut self, count: u64, (start, days): (i64, i64), accounts: u64, draws: Draws) {
        let first = self.slots.last().map_or(0, |slot| slot.first + slot.shuffle.len());
        let step = (days * DAY_MICROS).unsigned_abs() / count.max(1);
        let shuffle = Shuffle::new(count, draws, self.slots.len() as u64);
        let weight = self.population.weight_before(accounts);
        let phase = below(draws.bits(first), weight);
        self.slots.push(Slot { first, shuffle, start, step, accounts, weight, phase });
    }

    /// The number of events, copies not counted.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The number of copies.
    pub fn copies(&self) -> u64 {
        self.copies
    }

    /// What a row holds.
    pub fn content(&self, row: Row) -> Event {
        let slot = &self.slots[self.slots.partition_point(|slot| slot.first <= row.event) - 1];
        let drawn = self.content.wide(row.event);
        let nth = row.event - slot.first;
        let unit = (slot.shuffle.place(nth) * slot.weight + slot.phase) / slot.shuffle.len();
        let offset = nth * slot.step + below(drawn as u64, slot.step);
        Event {
            id: self.ids.uuid(row.event),
            account: self.population.with_weight(unit),
            at: slot.start + offset as i64,
            credits: self.credits((drawn >> 64) as u64) + i64::from(row.conflicts) * 10_000,
        }
    }

    /// Mostly hundredths of a credit, few large ones; now and then finer digits, or nothing.
    fn credits(&self, bits: u64) -> i64 {
        let [a, b, c, d] = [0, 16, 32, 48].map(|shift| (bits >> shift) & 0xffff);
        let skewed = [a, b, c].iter().fold(self.most, |most, drawn| (most * drawn) >> 16);
        let micros = (1 + skewed) * 10_000;
        match d {
            0..64 => 0,
            64..1024 => micros as i64 + (d * 7) as i64,
            _ => micros as i64,
        }
    }

    /// How many events an account has.
    pub fn count_of(&self, account: u64) -> u64 {
        self.slots.iter().map(|slot| self.places(slot, account)).map(|(from, to)| to - from).sum()
    }

    /// An account's events, slot by slot.
    pub fn of_account(&self, account: u64) -> impl Iterator<Item = u64> + '_ {
        self.slots.iter().flat_map(move |slot| {
            let (from, to) = self.places(slot, account);
            (from..to).map(|place| slot.first + slot.shuffle.number(place))
        })
    }

    /// The places of a slot that fall to an account's weight, from and to.
    fn places(&self, slot: &Slot, account: u64) -> (u64, u64) {
        if account >= slot.accounts {
            return (0, 0);
        }
        let place = |account: u64| {
            let units = self.population.weight_before(account) * slot.shuffle.len();
            units.saturating_sub(slot.phase).div_ceil(slot.weight)
        };
        (place(account), place(account + 1))
    }

    /// A copy, by its number: of one event in each stretch of as many events as there are for each copy.
    pub fn copy(&self, number: u64) -> Row {
        let start = |number: u64| number * self.len / self.copies;
        let (from, to) = (start(number), start(number + 1));
        let drawn = self.copying.wide(number);
        let event = from + below(drawn as u64, to - from);
        Row { event, conflicts: below((drawn >> 64) as u64, 1000) < self.conflicts }
    }

    /// The copy of an event, if there is one.
    pub fn copy_of(&self, event: u64) -> Option<Row> {
        if self.copies == 0 {
            return None;
        }
        Some(self.copy(((event + 1) * self.copies - 1) / self.len)).filter(|row| row.event == event)
    }
}
