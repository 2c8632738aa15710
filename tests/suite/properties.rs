//! What must hold whatever the logs say: properties on random small populations, through the library.
//!
//! A failure prints the smallest population found that fails, and the seed: `PROPTEST_RNG_SEED=<seed> cargo test --test
//! suite properties::` runs the same cases again, `PROPTEST_CASES=1000` runs more of them.

mod bench;
mod conservation;
mod corners;
mod differences;
mod oracle;

use std::collections::BTreeMap;

use bench::{Bench, run};
use differences::{Corrected, edit};
use monthend::book::Book;
use monthend::run::Status;
use monthend::run::request::{OpeningChoice, Request};
use monthend::tables::Table;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::months::files::{Format, PLAIN, format};
use crate::months::holding::{Outcome, holds};
use crate::months::population::{ACCOUNTS, Kind, Population, population};
use crate::months::revision::{Revision, Row};
use crate::months::terms::DAY;

/// All kinds of populations.
const ANY: Kind = Kind { conflicts: true, states: true };

#[test]
fn the_populations_reach_every_corner() {
    let (of, mut runner) = (population(ANY), TestRunner::deterministic());
    let mut reached = BTreeMap::new();
    for _ in 0..400 {
        let population = of.new_tree(&mut runner).expect("a population").current();
        for (corner, is_there) in corners::corners(&population) {
            *reached.entry(corner).or_insert(0) += u32::from(is_there);
        }
    }
    reached.retain(|_, times| *times < 10);
    assert!(reached.is_empty(), "in hardly any of 400 populations: {reached:?}");
}

#[test]
fn what_comes_in_is_conserved() {
    holds(64, population(ANY), |population| {
        let bench = Bench::new(&population)?;
        let revision = bench.publish("whole", &population)?;
        conservation::holds(&population, &revision)
    });
}

#[test]
fn segments_bill_exactly_as_events_one_by_one() {
    holds(128, population(ANY), |population| {
        let bench = Bench::new(&population)?;
        let revision = bench.publish("whole", &population)?;
        let expected = oracle::bill(&population);
        prop_assert_eq!(revision.table("statements")?, expected.statements);
        prop_assert_eq!(revision.table("state")?, expected.state);
        prop_assert_eq!(revision.table("expired_credits")?, expected.expired_credits);
        let exceptions = revision.table("exceptions")?;
        let unbilled = exceptions.iter().filter(|row| row["kind"] == "unbilled-usage");
        let cells = ["account_id", "detail", "credits"];
        let unbilled: Vec<_> = unbilled
            .map(|row| cells.map(|column| row[column].clone()))
            .map(|[account, reason, credits]| (account, reason, credits))
            .collect();
        prop_assert_eq!(unbilled, expected.unbilled);
        Ok(())
    });
}

/// A row's place in the order, and its file.
type Place = (u32, usize);

/// A population, the formats of the files to which its rows are dealt, and each row's place.
fn dealt() -> BoxedStrategy<(Population, Vec<Format>, Vec<Place>)> {
    let places = vec((any::<u32>(), 0_usize..5), 100);
    (population(ANY), vec(format(), 1..=5), places).boxed()
}

/// Rows dealt to files, in another order.
fn deal<T: Clone>(rows: &[T], formats: &[Format], places: &[Place]) -> Vec<(Format, Vec<T>)> {
    let mut order: Vec<_> = rows.iter().zip(places).map(|(row, place)| (place, row)).collect();
    order.sort_by_key(|(place, _)| **place);
    let of_file = |index: usize| {
        let own = order.iter().filter(|((_, file), _)| file % formats.len() == index);
        own.map(|(_, row)| (*row).clone()).collect()
    };
    formats.iter().enumerate().map(|(index, format)| (*format, of_file(index))).collect()
}

#[test]
fn order_files_formats_and_threads_change_no_byte() {
    holds(64, dealt(), |(population, formats, places)| {
        let bench = Bench::new(&population)?;
        bench.write("one", &population)?;
        let one = Request { process: bench.process(1), ..bench.job("one")? };
        run(&one)?;
        bench.write_changes("many", &deal(&population.changes, &formats, &places))?;
        bench.write_usage("many", &deal(&population.usage, &formats, &places))?;
        let many = Request { process: bench.process(8), ..bench.job("many")? };
        run(&many)?;
        same_bytes(&Revision::of(&one), &Revision::of(&many))
    });
}

/// All tables of two revisions are the same, byte for byte.
fn same_bytes(one: &Revision, other: &Revision) -> Outcome<()> {
    let (one, other) = (one.bytes()?, other.bytes()?);
    prop_assert_eq!(one.len(), 21, "ten tables as CSV and as Parquet, and recent_ids");
    prop_assert!(one.keys().eq(other.keys()));
    for (file, bytes) in &one {
        let (one, other) = (String::from_utf8_lossy(bytes), String::from_utf8_lossy(&other[file]));
        prop_assert!(*bytes == other.as_bytes() || one == other, "{}:\n{}\n{}", file, one, other);
    }
    Ok(())
}

#[test]
fn every_account_can_be_explained() {
    holds(48, dealt(), |(population, formats, places)| {
        let bench = Bench::new(&population)?;
        bench.write_changes("dealt", &deal(&population.changes, &formats, &places))?;
        bench.write_usage("dealt", &deal(&population.usage, &formats, &places))?;
        let job = bench.job("dealt")?;
        run(&job)?;
        let revision = Revision::of(&job);
        let book = job.book.ok_or_else(|| TestCaseError::fail("the job has a book"))?;
        crate::months::explained::holds(&book, job.month, &revision)
    });
}

#[test]
fn duplicates_change_no_table() {
    let copies = vec((any::<prop::sample::Index>(), format(), any::<bool>()), 1..6);
    holds(64, (population(ANY), copies), |(population, copies)| {
        let bench = Bench::new(&population)?;
        let once = bench.publish("once", &population)?;
        let mut usage = vec![(PLAIN, population.usage.clone())];
        let mut changes = vec![(PLAIN, population.changes.clone())];
        for (index, format, of_usage) in copies {
            if of_usage && !population.usage.is_empty() {
                usage.push((format, vec![index.get(&population.usage).clone()]));
            } else if !population.changes.is_empty() {
                changes.push((format, vec![index.get(&population.changes).clone()]));
            }
        }
        bench.write_usage("again", &usage)?;
        bench.write_changes("again", &changes)?;
        let again = bench.job("again")?;
        run(&again)?;
        same_bytes(&once, &Revision::of(&again))
    });
}

#[test]
fn two_halves_add_up_to_the_whole() {
    let kind = Kind { conflicts: false, ..ANY };
    // The plans are no account's.
    let of_accounts = |table: &Table| *table != Table::Plans;
    let tables: Vec<Table> = Table::ALL.into_iter().filter(of_accounts).collect();
    holds(48, (population(kind), vec(any::<bool>(), ACCOUNTS.len())), |(population, halves)| {
        let first = |account: &str| {
            ACCOUNTS.iter().zip(&halves).any(|(name, first)| *first && *name == account)
        };
        let publish = |part: Population| -> Outcome<Vec<Vec<Row>>> {
            let bench = Bench::new(&part)?;
            let revision = bench.publish("part", &part)?;
            tables.iter().map(|table| revision.table(table.name())).collect()
        };
        let one = publish(population.part(first))?;
        let other = publish(population.part(|account| !first(account)))?;
        for (index, mut whole) in publish(population)?.into_iter().enumerate() {
            let mut halves = [one[index].clone(), other[index].clone()].concat();
            halves.sort_by(|a, b| a["account_id"].cmp(&b["account_id"]));
            for row in whole.iter_mut().chain(&mut halves) {
                row.remove("document_id"); // numbered within each run
            }
            prop_assert_eq!(whole, halves, "{}", tables[index].name());
        }
        Ok(())
    });
}

#[test]
fn a_rerun_changes_nothing() {
    holds(48, dealt(), |(population, formats, places)| {
        let bench = Bench::new(&population)?;
        bench.write("book", &population)?;
        let book = bench.job("book")?;
        let published = run(&book)?;
        let first = Revision::of(&book);
        let before = (first.bytes()?, first.changed()?);
        bench.write_changes("again", &deal(&population.changes, &formats, &places))?;
        bench.write_usage("again", &deal(&population.usage, &formats, &places))?;
        let inputs = bench.job("again")?.inputs;
        let again = Request { inputs, ..book.clone() };
        for job in [book, again] {
            let report = run(&job)?;
            prop_assert_eq!(&report.status, &Status::Unchanged { revision: "r001".to_owned() });
            // What someone should look at is not hidden by trying again.
            prop_assert_eq!(report.exit_code, published.exit_code);
            prop_assert!((first.bytes()?, first.changed()?) == before, "the book was touched");
        }
        Ok(())
    });
}

/// Tables that do not tell how the month was opened.
const OF_THE_MONTH: [&str; 6] =
    ["documents", "invoice_lines", "overage_charges", "expired_credits", "statements", "state"];

#[test]
fn a_month_opens_as_the_one_before_closed() {
    let kind = Kind { conflicts: false, states: false };
    holds(64, population(kind), |population| {
        let bench = Bench::new(&population)?;
        bench.write("logs", &population)?;
        let genesis = bench.job("logs")?;
        let book = Some(Book::at(&bench.path("chain")));
        let before = Request { month: population.month.previous(), book, ..genesis.clone() };
        let chained =
            Request { month: population.month, opening: OpeningChoice::Book, ..before.clone() };
        for job in [&before, &chained, &genesis] {
            run(job)?;
        }
        let closing = Revision::of(&before);
        let (chain, fresh) = (Revision::of(&chained), Revision::of(&genesis));
        for table in OF_THE_MONTH {
            prop_assert_eq!(chain.table(table)?, fresh.table(table)?, "{} by genesis", table);
        }

        let from_file = OpeningChoice::File(closing.path("state.parquet"));
        let book = Some(Book::at(&bench.path("file")));
        let filed = Request { opening: from_file, book, ..chained.clone() };
        run(&filed)?;
        same_bytes(&chain, &Revision::of(&filed))?;

        let mut closings = closing.table("state")?.into_iter().peekable();
        for statement in chain.table("statements")? {
            let closed = closings.next_if(|state| state["account_id"] == statement["account_id"]);
            let (plan, trial) = closed.map_or_else(Default::default, |mut state| {
                (state.remove("plan").unwrap_or_default(), state.remove("trial_left"))
            });
            prop_assert_eq!(&statement["opening_plan"], &plan, "K5");
            if let Some(trial) = trial {
                prop_assert_eq!(&statement["trial_opening"], &trial, "K5");
            }
        }
        prop_assert!(closings.next().is_none(), "K5: an account was lost");
        Ok(())
    });
}

#[test]
fn differences_are_those_of_the_tables_with_the_cause_that_made_them() {
    let plain = Kind { conflicts: false, ..ANY };
    // Where rows of one id are in conflict, a correction of one may bring up another.
    let any =
        prop_oneof![3 => (population(plain), Just(true)), 1 => (population(ANY), Just(false))];
    holds(96, (any, edit()), |((population, one_cause), edit)| {
        let bench = Bench::new(&population)?;
        let edited = edit.of(&population);
        let causes = one_cause.then(|| edit.causes(population.states.is_none()));
        match Corrected::publish(&bench, &population, &edited)? {
            Some(corrected) => corrected.holds(&edit, causes.as_deref()),
            None => Ok(()),
        }
    });
}
