//! Corrections of a month, and what `diff` must tell of them.

use std::collections::{BTreeMap, BTreeSet};

use monthend::book::differences::{AccountDifference, Cause, Differences, Side, compare};
use monthend::book::{Book, Revision};
use monthend::run::request::{Correction, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::months::bench::{Bench, run};
use crate::months::holding::Outcome;
use crate::months::population::Population;
use crate::months::revision::{self, Row};

/// What is corrected: rows of one log, in one way.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Events that come late: beside others, with so many micro-credits.
    Late(Vec<(Index, i64)>),
    /// Events that are left out.
    LeftOut(Vec<Index>),
    /// Events that had the wrong credits.
    Corrected(Vec<(Index, i64)>),
    /// Events that had the wrong instant: that of another one.
    Moved(Vec<(Index, Index)>),
    /// Changes that were logged by mistake.
    Undone(Vec<Index>),
    /// Changes that were logged with the wrong instant: that of another one.
    Redated(Vec<(Index, Index)>),
    /// Adjustments that were given by mistake.
    Unadjusted(Vec<Index>),
    /// Adjustments of a wrong amount.
    Readjusted(Vec<(Index, i64)>),
}

/// Any correction.
pub fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<Index>;
    let credits = || 1_i64..100_000_000;
    prop_oneof![
        vec((index(), credits()), 1..4).prop_map(Edit::Late),
        vec(index(), 1..4).prop_map(Edit::LeftOut),
        vec((index(), credits()), 1..4).prop_map(Edit::Corrected),
        vec((index(), index()), 1..4).prop_map(Edit::Moved),
        vec(index(), 1..4).prop_map(Edit::Undone),
        vec((index(), index()), 1..4).prop_map(Edit::Redated),
        vec(index(), 1..4).prop_map(Edit::Unadjusted),
        vec((index(), 1_i64..4_000), 1..4).prop_map(Edit::Readjusted),
    ]
}

impl Edit {
    /// The population as it is after the correction.
    pub fn of(&self, population: &Population) -> Population {
        let mut edited = population.clone();
        let (usage, changes) = (&mut edited.usage, &mut edited.changes);
        let (no_usage, no_changes) = (usage.is_empty(), changes.is_empty());
        match self {
            Edit::Late(events) if !no_usage => {
                for (number, (index, credits)) in events.iter().enumerate() {
                    let mut event = index.get(usage).clone();
                    (event.id, event.credits) = (format!("late{number}"), *credits);
                    usage.push(event);
                }
            }
            Edit::LeftOut(events) if !no_usage => {
                let out: BTreeSet<String> =
                    events.iter().map(|index| index.get(usage).id.clone()).collect();
                usage.retain(|event| !out.contains(&event.id));
            }
            Edit::Corrected(events) if !no_usage => {
                for (index, credits) in events {
                    let at = index.index(usage.len());
                    usage[at].credits = *credits;
                }
            }
            Edit::Moved(events) if !no_usage => {
                for (index, like) in events {
                    let (at, instant) = (index.index(usage.len()), like.get(usage).at);
                    usage[at].at = instant;
                }
            }
            Edit::Undone(undone) if !no_changes => {
                let out: BTreeSet<String> =
                    undone.iter().map(|index| index.get(changes).id.clone()).collect();
                changes.retain(|change| !out.contains(&change.id));
            }
            Edit::Redated(redated) if !no_changes => {
                for (index, like) in redated {
                    let (at, instant) = (index.index(changes.len()), like.get(changes).at);
                    changes[at].at = instant;
                }
            }
            Edit::Unadjusted(undone) if !edited.adjustments.is_empty() => {
                let out: BTreeSet<String> =
                    undone.iter().map(|index| index.get(&edited.adjustments).id.clone()).collect();
                edited.adjustments.retain(|adjustment| !out.contains(&adjustment.id));
            }
            Edit::Readjusted(amounts) if !edited.adjustments.is_empty() => {
                for (index, amount) in amounts {
                    let at = index.index(edited.adjustments.len());
                    edited.adjustments[at].amount = *amount;
                }
            }
            _ => {}
        }
        edited
    }

    /// The causes that may be told of it. Without history, usage before the month tells what the
    /// month opens with.
    pub fn causes(&self, genesis: bool) -> Vec<Cause> {
        let mut causes = match self {
            Edit::Late(_) => vec![Cause::LateUsage],
            Edit::LeftOut(_) => vec![Cause::DroppedUsage],
            Edit::Corrected(_) => vec![Cause::CorrectedUsage],
            // Out of the month, or into it.
            Edit::Moved(_) => vec![Cause::CorrectedUsage, Cause::LateUsage, Cause::DroppedUsage],
            Edit::Undone(_) | Edit::Redated(_) => {
                vec![Cause::PlanChange, Cause::Switch, Cause::Grant, Cause::OverageLimit]
            }
            Edit::Unadjusted(_) | Edit::Readjusted(_) => vec![Cause::Adjustment],
        };
        let of_usage = [Cause::LateUsage, Cause::DroppedUsage, Cause::CorrectedUsage];
        if genesis && causes.iter().any(|cause| of_usage.contains(cause)) {
            causes.push(Cause::OpeningState);
        }
        causes
    }
}

/// A month and its correction, in a book.
pub struct Corrected {
    book: Book,
    before: Revision,
    after: Revision,
}

impl Corrected {
    /// Bills a population and its correction. `None` where that changes nothing.
    pub fn publish(bench: &Bench, one: &Population, other: &Population) -> Outcome<Option<Self>> {
        bench.publish("book", one)?;
        bench.write("edited", other)?;
        let (first, edited) = (bench.job("book")?, bench.job("edited")?);
        let correction = Correction {
            reason: Some("edited".to_owned()),
            accept: Some("a random month".to_owned()),
            ..Correction::default()
        };
        let again = Request { inputs: edited.inputs, correction, ..first };
        run(&again)?;
        let Some(book) = again.book else { return Ok(None) };
        if book.revisions(again.month)?.len() < 2 {
            return Ok(None);
        }
        let (before, after) =
            (book.revision(again.month, "r001")?, book.revision(again.month, "r002")?);
        Ok(Some(Corrected { book, before, after }))
    }

    fn compare(&self, before: &Revision, after: &Revision) -> Outcome<Differences> {
        let side = |revision| Side::published(&self.book, revision);
        Ok(compare(&side(before)?, &side(after)?)?)
    }

    /// Holds `diff` to what the tables say, to itself the other way round, and to the causes that
    /// the edit may have, if they are known.
    pub fn holds(&self, edit: &Edit, causes: Option<&[Cause]>) -> Outcome<()> {
        let there = self.compare(&self.before, &self.after)?;
        let back = self.compare(&self.after, &self.before)?;
        for revision in [&self.before, &self.after] {
            prop_assert!(self.compare(revision, revision)?.is_empty());
        }
        let tables = [&self.before, &self.after].map(rows_by_account);
        let [before, after] = tables;
        let (before, after) = (before?, after?);
        let accounts = before.keys().chain(after.keys()).collect::<BTreeSet<_>>();
        let differ: Vec<&str> = accounts
            .into_iter()
            .filter(|&account| before.get(account) != after.get(account))
            .map(String::as_str)
            .collect();
        let told: Vec<&str> = there.accounts.iter().map(|row| row.account_id.as_str()).collect();
        prop_assert_eq!(&told, &differ, "accounts that differ");

        let deltas: i128 = there.accounts.iter().map(AccountDifference::total_delta).sum();
        prop_assert_eq!(deltas, there.total_delta());
        prop_assert_eq!(there.before, back.after);
        prop_assert_eq!(there.after, back.before);
        for (row, turned) in there.accounts.iter().zip(&back.accounts) {
            prop_assert_eq!((&row.before, &row.after), (&turned.after, &turned.before));
            prop_assert_eq!(&row.also, &turned.also);
            let own = there.lines.iter().filter(|line| line.account_id == row.account_id);
            let lines: i128 = own.map(|line| line.amount_after - line.amount_before).sum();
            prop_assert_eq!(lines, row.total_delta(), "lines of {}", row.account_id);
            let is_known = |cause: Cause| causes.is_none_or(|all| all.contains(&cause));
            let all = row.causes.iter().all(is_known);
            prop_assert!(all, "{} by {:?}: {:#?}", row.causes, edit, row);
        }
        Ok(())
    }
}

/// All rows of a revision that have to do with an account's month as it stands.
fn rows_by_account(revision: &Revision) -> Outcome<BTreeMap<String, Vec<String>>> {
    let tables = revision::Revision::at(revision.folder());
    let mut accounts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let statements = tables.table("statements")?;
    for row in &statements {
        accounts.insert(row["account_id"].clone(), Vec::new());
    }
    let mut add = |table: &str, rows: Vec<Row>| {
        for mut row in rows {
            row.remove("document_id");
            // Rows of who is no account are told apart from the accounts.
            if let Some(own) = accounts.get_mut(&row["account_id"]) {
                own.push(format!("{table} {row:?}"));
            }
        }
    };
    add("statements", statements);
    for table in ["state", "grants", "expired_credits", "exceptions", "overage_charges"] {
        add(table, tables.table(table)?);
    }
    let mut lines: BTreeMap<[String; 3], i128> = BTreeMap::new();
    for row in tables.table("invoice_lines")? {
        let item = ["account_id", "line_type", "plan"].map(|column| row[column].clone());
        *lines.entry(item).or_default() += row["amount"].replace('.', "").parse::<i128>()?;
    }
    for ([account, line_type, plan], amount) in lines {
        if let Some(own) = accounts.get_mut(&account).filter(|_| amount != 0) {
            own.push(format!("{line_type} {plan} {amount}"));
        }
    }
    Ok(accounts)
}
