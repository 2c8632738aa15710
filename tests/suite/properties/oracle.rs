//! A month billed slowly: every event by itself, in time order, with the account's standing found anew for each.
//!
//! Nothing here knows of segments. It is written from the rules, and shares no code with the program.

mod account;
mod grants;
mod standing;
mod tables;

use std::collections::BTreeMap;

use account::Bill;
use monthend::base::calendar::Month;

use crate::months::population::{Adjustment, Change, Event, Population, State};
use crate::months::revision::Row;

/// What the tables must say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub statements: Vec<Row>,
    pub state: Vec<Row>,
    /// Grants that go on.
    pub grants: Vec<Row>,
    pub expired_credits: Vec<Row>,
    /// Lines of grants and adjustments: the cells [`LINE`].
    pub lines: Vec<[String; LINE.len()]>,
    /// Account, reason and credits of the usage that is charged nothing.
    pub unbilled: Vec<(String, String, String)>,
    /// Grants and voids without effect (G6), and grants whose history nobody knows (G7): account, kind, and how many.
    pub of_grants: Vec<(String, &'static str, usize)>,
}

/// What is expected of a line.
pub const LINE: [&str; 9] = [
    "account_id",
    "line_type",
    "grant",
    "adjustment_id",
    "charged_on",
    "service_start",
    "service_end",
    "quantity",
    "amount",
];

/// The rows that stand: of one id the first, by the order of the fields (files, `Bad input`).
pub fn standing<T: Ord + Clone>(rows: &[T], id: impl Fn(&T) -> &str) -> Vec<T> {
    let mut sorted = rows.to_vec();
    sorted.sort();
    sorted.dedup_by(|later, first| id(later) == id(first));
    sorted
}

/// Bills a population.
pub fn bill(population: &Population) -> Expected {
    let (start, end) = bounds(population.month);
    let changes = standing(&population.changes, |change| &change.id);
    let part = |from: i64, to: i64| -> Vec<Event> {
        let part = population.usage.iter().filter(|event| from <= event.at && event.at < to);
        standing(&part.cloned().collect::<Vec<_>>(), |event| &event.id)
    };
    let (before, within) = (part(i64::MIN, start), part(start, end));
    let adjustments = of_month(population); // A3
    let mut lives: BTreeMap<&str, Life> = BTreeMap::new();
    for state in population.states.iter().flatten() {
        lives.entry(&state.account).or_default().state = Some(state);
    }
    for change in &changes {
        lives.entry(&change.account).or_default().changes.push(change);
    }
    let mut expected = Expected::default();
    for (account, mut life) in lives {
        life.changes.retain(|change| population.states.is_none() || change.at >= start);
        life.changes.sort_by_key(|change| (change.at, &change.id)); // T2
        life.adjustments = adjustments.iter().filter(|own| own.account == account).collect();
        let of_account = |events: &[Event]| -> Vec<Event> {
            let mut own: Vec<Event> =
                events.iter().filter(|event| event.account == account).cloned().collect();
            own.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id))); // C1
            own
        };
        let bill = Bill { account, terms: &population.terms, month: population.month, life: &life };
        if let Some(billed) = bill.month(&of_account(&before), &of_account(&within)) {
            billed.write(&mut expected);
        }
    }
    expected
}

fn of_month(population: &Population) -> Vec<Adjustment> {
    let (start, end) = bounds(population.month);
    let mut own = population.adjustments.clone();
    own.retain(|adjustment| start <= adjustment.at && adjustment.at < end);
    standing(&own, |adjustment| &adjustment.id)
}

fn bounds(month: Month) -> (i64, i64) {
    (month.start().micros(), month.end().micros())
}

/// All that is known of an account.
#[derive(Default)]
struct Life<'a> {
    state: Option<&'a State>,
    /// In order.
    changes: Vec<&'a Change>,
    /// Of the month.
    adjustments: Vec<&'a Adjustment>,
}

impl Life<'_> {
    /// The number of changes before an instant.
    fn changes_before(&self, at: i64) -> usize {
        self.changes.iter().filter(|change| change.at < at).count()
    }
}
