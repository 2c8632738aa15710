//! What must hold whatever the logs say: properties on random small populations, through the library.
//!
//! A failure prints the smallest population found that fails, and the seed: `PROPTEST_RNG_SEED=<seed> cargo test --test
//! suite properties::` runs the same cases again, `PROPTEST_CASES=1000` runs more of them.

mod conservation;
mod corners;
mod differences;
mod oracle;

use std::collections::{BTreeMap, BTreeSet};

use differences::{Corrected, edit};
use monthend::book::Book;
use monthend::run::Status;
use monthend::run::request::{OpeningChoice, Request};
use monthend::tables::Table;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::months::bench::{Bench, run};
use crate::months::files::{Format, PLAIN, format};
use crate::months::holding::{Outcome, holds};
use crate::months::population::{ACCOUNTS, Kind, Population, population};
use crate::months::revision::{Revision, Row};

/// All kinds of populations.
const ANY: Kind = Kind { conflicts: true, states: true, giving: true };

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
        prop_assert_eq!(revision.table("grants")?, expected.grants);
        prop_assert_eq!(revision.table("expired_credits")?, expected.expired_credits);
        let lines = revision.table("invoice_lines")?;
        let lines =
            lines.iter().filter(|row| ["grant", "adjustment"].contains(&&*row["line_type"]));
        let lines: Vec<_> =
            lines.map(|row| oracle::LINE.map(|column| row[column].clone())).collect();
        prop_assert_eq!(lines, expected.lines);
        let exceptions = revision.table("exceptions")?;
        let mut of_grants = BTreeMap::new();
        for row in exceptions.iter().filter(|row| row["kind"].contains("grant")) {
            let own = (row["account_id"].as_str(), row["kind"].as_str());
            *of_grants.entry(own).or_insert(0) += row["rows"].parse::<usize>()?;
        }
        let told =
            expected.of_grants.iter().map(|(account, kind, rows)| ((&**account, *kind), *rows));
        prop_assert_eq!(of_grants, told.collect());
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
    let places = places.iter().cycle();
    let mut order: Vec<_> = rows.iter().zip(places).map(|(row, place)| (place, row)).collect();
    order.sort_by_key(|(place, _)| **place);
    let of_file = |index: usize| {
        let own = order.iter().filter(|((_, file), _)| file % formats.len() == index);
        own.map(|(_, row)| (*row).clone()).collect()
    };
    formats.iter().enumerate().map(|(index, format)| (*format, of_file(index))).collect()
}

impl Bench {
    /// Writes a population's rows dealt to files.
    fn write_dealt(
        &self,
        name: &str,
        population: &Population,
        formats: &[Format],
        places: &[Place],
    ) -> Outcome<()> {
        self.write_changes(name, &deal(&population.changes, formats, places))?;
        self.write_adjustments(name, &deal(&population.adjustments, formats, places))?;
        self.write_usage(name, &deal(&population.usage, formats, places))
    }
}

#[test]
fn order_files_formats_and_threads_change_no_byte() {
    holds(64, dealt(), |(population, formats, places)| {
        let bench = Bench::new(&population)?;
        bench.write("one", &population)?;
        let one = Request { process: bench.process(1), ..bench.job("one")? };
        run(&one)?;
        bench.write_dealt("many", &population, &formats, &places)?;
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
        bench.write_dealt("dealt", &population, &formats, &places)?;
        let job = bench.job("dealt")?;
        run(&job)?;
        let revision = Revision::of(&job);
        let book = job.book.ok_or_else(|| TestCaseError::fail("the job has a book"))?;
        crate::months::explained::holds(&book, job.month, &revision)
    });
}

#[test]
fn duplicates_change_no_table() {
    let copies = vec((any::<Index>(), format(), 0..3), 1..8);
    holds(64, (population(ANY), copies), |(population, copies)| {
        let bench = Bench::new(&population)?;
        let once = bench.publish("once", &population)?;
        let mut usage = vec![(PLAIN, population.usage.clone())];
        let mut changes = vec![(PLAIN, population.changes.clone())];
        let mut adjustments = vec![(PLAIN, population.adjustments.clone())];
        for (index, format, log) in copies {
            match log {
                0 => copy(&mut usage, format, index),
                1 => copy(&mut changes, format, index),
                _ => copy(&mut adjustments, format, index),
            }
        }
        bench.write_usage("again", &usage)?;
        bench.write_changes("again", &changes)?;
        bench.write_adjustments("again", &adjustments)?;
        let again = bench.job("again")?;
        run(&again)?;
        same_bytes(&once, &Revision::of(&again))
    });
}

/// Adds a file with one of the rows of the first file, if it has any.
fn copy<T: Clone>(files: &mut Vec<(Format, Vec<T>)>, format: Format, index: Index) {
    let rows = &files[0].1;
    if !rows.is_empty() {
        let row = index.get(rows).clone();
        files.push((format, vec![row]));
    }
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
        bench.write_dealt("again", &population, &formats, &places)?;
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
const OF_THE_MONTH: [&str; 7] = [
    "documents",
    "invoice_lines",
    "overage_charges",
    "grants",
    "expired_credits",
    "statements",
    "state",
];

/// The rows of a table, but for accounts that are not to be compared; where there are any, without the numbers of
/// documents.
fn rows_without(revision: &Revision, table: &str, others: &BTreeSet<String>) -> Outcome<Vec<Row>> {
    let mut rows = revision.table(table)?;
    rows.retain(|row| !others.contains(&row["account_id"]));
    if !others.is_empty() {
        rows.iter_mut().for_each(|row| drop(row.remove("document_id")));
    }
    Ok(rows)
}

#[test]
fn a_month_opens_as_the_one_before_closed() {
    let kind = Kind { conflicts: false, states: false, giving: true };
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
        // G7: genesis does not know what was drawn on grants from before it.
        let mut unknown = fresh.table("exceptions")?;
        unknown.retain(|row| row["kind"] == "grant-history-unknown");
        let unknown =
            unknown.into_iter().map(|mut row| row.remove("account_id").unwrap_or_default());
        let unknown = unknown.collect();
        for table in OF_THE_MONTH {
            let [chain, fresh] = [&chain, &fresh].map(|own| rows_without(own, table, &unknown));
            prop_assert_eq!(chain?, fresh?, "{} by genesis", table);
        }

        let from_file = OpeningChoice::File(closing.path("state.parquet"));
        let book = Some(Book::at(&bench.path("file")));
        let filed = Request { opening: from_file, book, ..chained.clone() };
        run(&filed)?;
        same_bytes(&chain, &Revision::of(&filed))?;
        conservation::passes_on(&population, &closing, &chain)
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
