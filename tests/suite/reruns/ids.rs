//! Ids that rows have in common, and rows that cannot be read: what a rerun of some accounts must not be misled by.

use proptest::collection::vec;
use proptest::prelude::*;

use super::story::LogFile;
use crate::months::population::{Event, Population};

/// How ids are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Every row has one of its own.
    Apart,
    /// A few events take another's, as the faults say.
    Twins,
    /// There are far fewer ids than events.
    Few,
    /// The events of late files take those of others; beside them, a few conflict from the first on, which a dispute
    /// has nothing to do with.
    LateTwins,
}

/// An event that takes another's id, and whether that one cannot be read.
pub type Fault = (usize, usize, bool);

/// Any faults.
pub fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let unreadable = prop_oneof![3 => Just(false), 1 => Just(true)];
    vec((0_usize..100, 0_usize..100, unreadable), 0..6)
}

/// Any ids, each kind as likely as its weight says.
pub fn ids([apart, twins, few, late]: [u32; 4]) -> impl Strategy<Value = Ids> {
    prop_oneof![
        apart => Just(Ids::Apart),
        twins => Just(Ids::Twins),
        few => Just(Ids::Few),
        late => Just(Ids::LateTwins),
    ]
}

/// Credits that no event can have: the row is rejected.
pub const UNREADABLE: i64 = -1;

/// Ids for a population's rows, before they are dealt to files.
pub fn give(population: &mut Population, ids: Ids, faults: &[Fault]) {
    if ids != Ids::Twins {
        for (number, event) in population.usage.iter_mut().enumerate() {
            event.id = format!("e{:02}", if ids == Ids::Few { number % 7 } else { number });
        }
        for (number, change) in population.changes.iter_mut().enumerate() {
            change.id = format!("c{number:02}");
        }
    }
    let events = &mut population.usage;
    let count = events.len().max(1);
    for (one, other, unreadable) in faults.iter().filter(|_| ids != Ids::Apart) {
        let Some(id) = events.get(other % count).map(|event| event.id.clone()) else { return };
        if ids != Ids::Few {
            events[one % count].id = id;
        }
        if *unreadable {
            events[other % count].credits = UNREADABLE;
        }
    }
}

/// Gives most events of the late files the ids of the first files' events, beside them in time.
pub fn twins_come_late(files: &mut [LogFile<Event>]) {
    let (late, first): (Vec<_>, Vec<_>) = files.iter_mut().partition(|file| file.late);
    let first: Vec<Event> = first.iter().flat_map(|file| file.rows.clone()).collect();
    let events = late.into_iter().flat_map(|file| &mut file.rows);
    for (event, number) in events.zip(0..).filter(|_| !first.is_empty()) {
        if number % 4 != 0 {
            let twin = &first[number * 5 % first.len()];
            event.id.clone_from(&twin.id);
            event.at = twin.at + [-1, 0, 1][number % 3];
        }
    }
}
