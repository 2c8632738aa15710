//! A random story: months of logs, some files of which come late, and the reruns that follow.

use std::fmt;

use monthend::base::calendar::Month;
use proptest::collection::vec;
use proptest::prelude::*;

use super::edits::{ChangeEdit, EventEdit, change_edits, event_edits};
use super::ids::{Ids, faults, give, ids, twins_come_late};
use super::lively::{enliven, lively};
use super::mishaps::{Mishap, mishap};
use crate::months::files::{Format, format};
use crate::months::population::{Change, Event, Kind, Population, population};
use crate::months::terms::{Plan, Terms, terms};

/// A log file: its format, whether it is there when the months are first billed, and its rows.
#[derive(Debug, Clone)]
pub struct LogFile<T> {
    pub format: Format,
    pub late: bool,
    pub rows: Vec<T>,
}

/// Two or three months in a row, and what becomes of them.
#[derive(Clone)]
pub struct Story {
    /// The catalogue that all months are billed with at first, and the opening of the first month. Its logs are dealt
    /// to the files.
    pub population: Population,
    pub months: Vec<Month>,
    /// Whether the states that the first month opens with, if there are any, are imported into the book.
    pub imported: bool,
    pub usage: Vec<LogFile<Event>>,
    pub changes: Vec<LogFile<Change>>,
    /// Other catalogues with the same plans.
    pub others: Vec<Terms>,
    pub steps: Vec<Step>,
}

/// A rerun that is wished for. Numbers choose among what is there by then.
#[derive(Debug, Clone)]
pub struct Step {
    pub month: usize,
    pub corrections: Vec<Correction>,
    /// The accounts of a dispute, by number; all where none are named.
    pub accounts: Vec<usize>,
    pub cascade: bool,
    /// By `run`, with all inputs typed.
    pub typed: bool,
    /// With `--opening stale-ok`.
    pub stale_ok: bool,
    /// What it meets.
    pub mishap: Option<Mishap>,
}

/// A correction that is wished for.
#[derive(Debug, Clone)]
pub enum Correction {
    AddUsage(usize),
    AddChanges(usize),
    ReplaceUsage(usize, Vec<EventEdit>),
    ReplaceChanges(usize, Vec<ChangeEdit>),
    /// Leaves these events out, by a new list.
    Drop(Vec<usize>),
    /// Keeps only these events of a list that was given before; where there is none, as above.
    Relist(usize, Vec<usize>),
    Catalog(usize),
}

/// How likely the kinds of reruns are, in tenths.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub steps: (usize, usize),
    pub disputes: u32,
    pub cascades: u32,
    pub typed: u32,
    pub stale_ok: u32,
    pub mishaps: u32,
    /// How likely ids are apart, are a few events', are few, or are common to first and late files.
    pub ids: [u32; 4],
}

fn tenths(tenths: u32) -> impl Strategy<Value = bool> {
    prop_oneof![10 - tenths => Just(false), tenths => Just(true)]
}

/// Any correction.
pub fn correction() -> impl Strategy<Value = Correction> {
    prop_oneof![
        6 => (0_usize..8).prop_map(Correction::AddUsage),
        3 => (0_usize..8).prop_map(Correction::AddChanges),
        4 => (0_usize..8, event_edits()).prop_map(|(file, edits)| Correction::ReplaceUsage(file, edits)),
        5 => (0_usize..8, change_edits()).prop_map(|(file, edits)| Correction::ReplaceChanges(file, edits)),
        4 => vec(0_usize..100, 1..4).prop_map(Correction::Drop),
        4 => (0_usize..8, vec(0_usize..100, 0..3)).prop_map(|(list, kept)| Correction::Relist(list, kept)),
        2 => (0_usize..8).prop_map(Correction::Catalog),
    ]
}

fn step(wish: Wish) -> impl Strategy<Value = Step> {
    let accounts = (tenths(wish.disputes), vec(0_usize..6, 1..4));
    let accounts = accounts.prop_map(|(dispute, of)| if dispute { of } else { Vec::new() });
    let how = (tenths(wish.cascades), tenths(wish.typed), tenths(wish.stale_ok));
    let mishap =
        (tenths(wish.mishaps), mishap()).prop_map(|(is_met, mishap)| is_met.then_some(mishap));
    let corrections = prop_oneof![1 => Just(Vec::new()), 5 => vec(correction(), 1..3)];
    let month = prop_oneof![4 => Just(0_usize), 2 => Just(1), 1 => Just(2)];
    (month, corrections, accounts, how, mishap).prop_map(
        |(month, corrections, accounts, (cascade, typed, stale_ok), mishap)| Step {
            month,
            corrections,
            accounts,
            cascade,
            typed,
            stale_ok,
            mishap,
        },
    )
}

/// How many files of each log there are at first, and how many come late.
const USAGE: (usize, usize) = (2, 2);
const CHANGES: (usize, usize) = (2, 1);

/// Any story.
pub fn story(wish: Wish) -> BoxedStrategy<Story> {
    let logs = (
        vec(format(), USAGE.0 + USAGE.1 + CHANGES.0 + CHANGES.1),
        vec(0_usize..10, 100),
        vec(0_usize..12, 60),
    );
    let steps = vec(step(wish), wish.steps.0..=wish.steps.1);
    let of = population(Kind { conflicts: true, states: true, giving: false });
    let shape = (any::<bool>(), any::<bool>(), ids(wish.ids), lively());
    (of, shape, logs, faults(), vec(terms(), 2), steps)
        .prop_map(
            |(mut population, (three, imported, ids, lively), logs, faults, others, steps)| {
                let month = population.month;
                let months = match (three, population.states.is_none()) {
                    (true, true) => vec![month.previous(), month, month.next()],
                    (true, false) => vec![month, month.next(), month.next().next()],
                    (false, _) => vec![month, month.next()],
                };
                enliven(&mut population, &months, &lively);
                give(&mut population, ids, &faults);
                let (formats, events, changes) = logs;
                let (of_usage, of_changes) = formats.split_at(USAGE.0 + USAGE.1);
                let mut usage = deal(&population.usage, of_usage, USAGE, &events);
                if ids == Ids::LateTwins {
                    twins_come_late(&mut usage);
                }
                Story {
                    months,
                    imported: imported && population.states.is_some(),
                    usage,
                    changes: deal(&population.changes, of_changes, CHANGES, &changes),
                    others: others.iter().map(|other| like(&population.terms, other)).collect(),
                    steps,
                    population,
                }
            },
        )
        .boxed()
}

/// Deals rows to files: most to those that are there at first, `places` saying where.
fn deal<T: Clone>(
    rows: &[T],
    formats: &[Format],
    (first, late): (usize, usize),
    places: &[usize],
) -> Vec<LogFile<T>> {
    let file_of = |place: usize| match place {
        0..7 => place % first,
        _ => first + place % late,
    };
    let of_file = |index: usize| {
        let own = rows.iter().zip(places.iter().cycle());
        own.filter(|(_, place)| file_of(**place) == index).map(|(row, _)| row.clone()).collect()
    };
    let files = formats.iter().enumerate();
    files
        .map(|(index, &format)| LogFile { format, late: index >= first, rows: of_file(index) })
        .collect()
}

/// The plans and kinds of grants of a catalogue, on the terms of another one.
fn like(base: &Terms, other: &Terms) -> Terms {
    let mut price = -1;
    let plans = base.plans.iter().enumerate().map(|(rank, plan)| {
        let Plan { id, .. } = plan.clone();
        let theirs = other.plans.get(rank).unwrap_or(plan);
        price = theirs.price.max(price + 1);
        Plan { id, price, ..theirs.clone() }
    });
    let plans = plans.collect();
    let grants = base.grants.iter().enumerate();
    let grants = grants.map(|(place, kind)| other.grants.get(place).unwrap_or(kind).clone());
    let grants = grants.collect(); // their ids are the same at the same places
    Terms { currency: base.currency, decimals: base.decimals, plans, grants, ..other.clone() }
}

impl fmt::Debug for Story {
    /// What the files hold; what was done stands in the failure's transcript.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let months: Vec<String> = self.months.iter().map(Month::to_string).collect();
        writeln!(f, "months {}, imported {}", months.join(", "), self.imported)?;
        for (number, LogFile { format, late, rows }) in self.usage.iter().enumerate() {
            let rows: Vec<String> =
                rows.iter().map(|event| format!("{} of {}", event.id, event.account)).collect();
            writeln!(f, "u{number}, late {late}, {format:?}: {}", rows.join(", "))?;
        }
        for (number, LogFile { format, late, rows }) in self.changes.iter().enumerate() {
            let ids: Vec<&str> = rows.iter().map(|change| change.id.as_str()).collect();
            writeln!(f, "c{number}, late {late}, {format:?}: {}", ids.join(" "))?;
        }
        for step in &self.steps {
            writeln!(f, "{step:?}")?;
        }
        write!(f, "{:?}", self.population)
    }
}
