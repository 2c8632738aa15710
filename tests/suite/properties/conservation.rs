//! K1 to K5, added up anew from the CSV tables and the population.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::oracle::standing;
use crate::months::holding::Outcome;
use crate::months::population::{Event, Population};
use crate::months::revision::{Revision, Row};

/// A decimal cell in units of its last place; an empty one is nothing.
fn number(row: &Row, column: &str) -> i128 {
    let digits = row.get(column).map(|cell| cell.replace('.', ""));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// The sum of a column over the rows of an account.
fn sum(rows: &[Row], account: &str, column: &str) -> i128 {
    let own = rows.iter().filter(|row| row["account_id"] == account);
    own.map(|row| number(row, column)).sum()
}

/// Holds a revision to all five.
pub fn holds(population: &Population, revision: &Revision) -> Outcome<()> {
    let table = |name: &str| revision.table(name);
    let (statements, state) = (table("statements")?, table("state")?);
    let (documents, lines) = (table("documents")?, table("invoice_lines")?);
    let (charges, expired) = (table("overage_charges")?, table("expired_credits")?);
    let grants = table("grants")?;
    let mut exceptions = table("exceptions")?;
    let unbilled: Vec<Row> =
        exceptions.extract_if(.., |row| row["kind"] == "unbilled-usage").collect();
    for row in &statements {
        let account = row["account_id"].as_str();
        let n = |column: &str| number(row, column);
        let over = n("overage_credits") + n("unbilled_credits");
        let drawn = n("trial_drawn") + n("grants_drawn") + n("plan_drawn");
        prop_assert_eq!(n("usage_credits"), drawn + over, "K1");
        prop_assert_eq!(n("unbilled_credits"), sum(&unbilled, account, "credits"), "K1");
        prop_assert_eq!(n("overage_credits"), sum(&charges, account, "overage_credits"), "K1");
        let trial = n("trial_drawn") + n("trial_expired") + n("trial_carried");
        prop_assert_eq!(n("trial_opening"), trial, "K2, trial of {}", account);
        let of_grants = n("grants_drawn") + n("grants_expired") + n("grants_carried");
        prop_assert_eq!(n("grants_opening"), of_grants, "K2, grants of {}", account);
        prop_assert_eq!(n("plan_granted"), n("plan_drawn") + n("plan_expired"), "K2, plan");
        for pool in ["trial", "grant", "plan"] {
            let mut own = expired.clone();
            own.retain(|row| row["pool"] == pool);
            let column =
                if pool == "grant" { "grants_expired" } else { &format!("{pool}_expired") };
            prop_assert_eq!(
                n(column),
                sum(&own, account, "expired"),
                "K2, {} of {}",
                pool,
                account
            );
        }
        let fees = n("subscription_amount");
        let others = n("grants_amount") + n("adjustments_amount");
        prop_assert_eq!(n("total_amount"), fees + others + n("overage_amount"), "K4");
        for column in ["subscription_amount", "overage_amount", "total_amount"] {
            prop_assert_eq!(n(column), sum(&documents, account, column), "K4, {}", column);
        }
        prop_assert_eq!(n("total_amount"), sum(&lines, account, "amount"), "K4, lines");
        for (column, line_type) in
            [("grants_amount", "grant"), ("adjustments_amount", "adjustment")]
        {
            let mut own = lines.clone();
            own.retain(|row| row["line_type"] == line_type);
            prop_assert_eq!(n(column), sum(&own, account, "amount"), "K4, {}", column);
        }
        prop_assert_eq!(n("overage_amount"), sum(&charges, account, "amount"), "K4, charges");
        prop_assert_eq!(n("trial_carried"), sum(&state, account, "trial_left"), "K5");
        prop_assert_eq!(n("grants_carried"), sum(&grants, account, "left"), "K5");
    }
    for row in &expired {
        prop_assert!(number(row, "expired") > 0, "an expired row of nothing");
        let parts = number(row, "drawn") + number(row, "expired");
        prop_assert_eq!(number(row, "granted"), parts, "K2, {:?}", row);
    }
    let next = |rows: &[Row], column: &str| -> Vec<(String, String)> {
        rows.iter().map(|row| (row["account_id"].clone(), row[column].clone())).collect()
    };
    prop_assert_eq!(next(&statements, "next_plan"), next(&state, "plan"), "K5");
    invoices(&documents, &lines)?;
    // G7: such grants are told of, and applied.
    exceptions.retain(|row| row["kind"] != "grant-history-unknown");
    let control = revision.control_totals()?;
    let mut of_adjustments = exceptions.clone();
    of_adjustments.retain(|row| row["detail"] == "adjustments");
    exceptions.retain(|row| row["detail"] != "adjustments");
    adjustments(population, &statements, &of_adjustments, &control["adjustments"])?;
    rows(population, &statements, &exceptions, &control)
}

/// K5: a month opens with what the one before closed with.
pub fn passes_on(population: &Population, before: &Revision, after: &Revision) -> Outcome<()> {
    let (start, end) = (population.month.start().micros(), population.month.end().micros());
    let is_given = |account: &str| {
        let own = population.changes.iter().filter(|change| change.account == account);
        own.into_iter().any(|c| c.change == "grant" && start <= c.at && c.at < end)
    };
    let grants = before.table("grants")?;
    let mut closings = before.table("state")?.into_iter().peekable();
    for statement in after.table("statements")? {
        let account = statement["account_id"].as_str();
        let closed = closings.next_if(|state| state["account_id"] == account);
        let (plan, trial) = closed.map_or_else(Default::default, |mut state| {
            (state.remove("plan").unwrap_or_default(), state.remove("trial_left"))
        });
        prop_assert_eq!(&statement["opening_plan"], &plan, "K5");
        if let Some(trial) = trial {
            prop_assert_eq!(&statement["trial_opening"], &trial, "K5");
        }
        let (opening, left) = (number(&statement, "grants_opening"), sum(&grants, account, "left"));
        prop_assert!(opening >= left, "K5: a grant of {} was lost", account);
        prop_assert!(opening == left || is_given(account), "K5: grants of {}", account);
    }
    prop_assert!(closings.next().is_none(), "K5: an account was lost");
    Ok(())
}

/// Documents without gaps, and every line in the document of its account.
fn invoices(documents: &[Row], lines: &[Row]) -> Outcome<()> {
    let mut accounts = BTreeMap::new();
    for (number, document) in (1..).zip(documents) {
        let (id, month) = (&document["document_id"], &document["month"]);
        prop_assert_eq!(id, &format!("INV-{}-{:08}", month, number));
        let own = lines.iter().filter(|line| line["document_id"] == *id).count();
        prop_assert_eq!(&document["line_count"], &own.to_string());
        let of_type =
            if document["total_amount"].starts_with('-') { "credit_note" } else { "invoice" };
        prop_assert_eq!(&document["document_type"], of_type, "A2");
        prop_assert_eq!(&document["relates_to"], "", "A2");
        accounts.insert(id, &document["account_id"]);
    }
    for line in lines {
        prop_assert_eq!(accounts.get(&line["document_id"]), Some(&&line["account_id"]));
    }
    prop_assert!(documents.iter().map(|row| &row["account_id"]).is_sorted());
    Ok(())
}

/// K3, of adjustments: what becomes of each row, and of the amounts that are billed.
fn adjustments(
    population: &Population,
    statements: &[Row],
    exceptions: &[Row],
    control: &Value,
) -> Outcome<()> {
    if population.adjustments.is_empty() {
        prop_assert!(control.is_null() && exceptions.is_empty(), "{} of none", control);
        return Ok(());
    }
    let total = |name: &str| control[name].as_i64().unwrap_or_default();
    let outside = control["outside"].as_object().into_iter().flat_map(|outside| outside.values());
    let outside: i64 = outside.map(|rows| rows.as_i64().unwrap_or_default()).sum();
    let parts = ["used", "duplicates", "rejected", "excepted"].map(total);
    prop_assert_eq!(total("read"), parts.iter().sum::<i64>() + outside, "K3, adjustments");
    prop_assert_eq!(total("read"), population.adjustments.len() as i64, "K3, rows of the files");
    let excepted: i128 = exceptions.iter().map(|row| number(row, "rows")).sum();
    prop_assert_eq!(i128::from(total("excepted")), excepted, "K3, adjustments");
    let amounts: i128 = statements.iter().map(|row| number(row, "adjustments_amount")).sum();
    prop_assert_eq!(i128::from(total("amount")), amounts, "K3, amounts");
    Ok(())
}

/// K3, of usage and of changes, in rows and in credits.
fn rows(
    population: &Population,
    statements: &[Row],
    exceptions: &[Row],
    control: &Value,
) -> Outcome<()> {
    let usage = &control["usage"];
    let total = |name: &str| count(&usage[name]);
    let mut known = [total("used"), total("duplicates"), total("excepted")].to_vec();
    let outside = usage["outside"].as_object().into_iter().flat_map(|months| months.values());
    let outside: u64 = outside.map(|rows| rows.as_u64().unwrap_or_default()).sum();
    known.push((outside.into(), total("outside_but_drawn_from_trials").1));
    let known = known.iter().fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1));
    prop_assert_eq!(total("read"), known, "K3");
    let (rows, credits) = of(&population.usage);
    prop_assert_eq!(total("read").0, rows, "K3, rows of the files");
    prop_assert!(total("read").1 <= credits, "K3, credits of the files");
    let sums = |rows: &[Row], rows_column: &str, credits_column: &str| {
        let rows_of = |row: &Row| row[rows_column].parse::<i128>().unwrap_or(0);
        let credits = rows.iter().map(|row| number(row, credits_column)).sum::<i128>();
        (rows.iter().map(rows_of).sum::<i128>(), credits)
    };
    prop_assert_eq!(total("used"), sums(statements, "events", "usage_credits"), "K3, used");
    let (of_usage, of_changes): (Vec<Row>, Vec<Row>) =
        exceptions.iter().cloned().partition(|row| !row["credits"].is_empty());
    prop_assert_eq!(total("excepted"), sums(&of_usage, "rows", "credits"), "K3, excepted");

    // Exact duplicates of what stands, in the month and, in genesis, before it.
    let (start, end) = (population.month.start().micros(), population.month.end().micros());
    let mut duplicates = (0, 0);
    for (from, to) in [(i64::MIN, start), (start, end)] {
        if from < start && population.states.is_some() {
            continue;
        }
        let part = population.usage.iter().filter(|event| from <= event.at && event.at < to);
        let mut part: Vec<Event> = part.cloned().collect();
        let all = of(&part);
        part.sort();
        part.dedup();
        let once = of(&part);
        duplicates = (duplicates.0 + all.0 - once.0, duplicates.1 + all.1 - once.1);
    }
    prop_assert_eq!(total("duplicates"), duplicates, "K3, duplicates");

    let changes = &control["changes"];
    let total = |name: &str| changes[name].as_i64().unwrap_or(-1);
    let parts = ["applied", "duplicates", "rejected", "excepted", "outside"];
    prop_assert_eq!(total("read"), parts.iter().map(|part| total(part)).sum::<i64>(), "K3");
    prop_assert_eq!(total("read"), population.changes.len() as i64, "K3, rows of the files");
    prop_assert_eq!(
        i128::from(total("excepted")),
        sums(&of_changes, "rows", "credits").0,
        "K3, changes"
    );
    let mut once = population.changes.clone();
    once.sort();
    once.dedup();
    let twice = population.changes.len() - once.len();
    prop_assert_eq!(total("duplicates"), twice as i64, "K3, changes");
    prop_assert!(standing(&once, |change| &change.id).len() as i64 >= total("applied"));
    Ok(())
}

/// Rows and micro-credits of a control total.
fn count(total: &Value) -> (i128, i128) {
    let credits = total["credits"].as_str().unwrap_or_default().replace('.', "");
    (total["rows"].as_i64().unwrap_or(-1).into(), credits.parse().unwrap_or(-1))
}

/// Rows and micro-credits of events.
fn of(events: &[Event]) -> (i128, i128) {
    (events.len() as i128, events.iter().map(|event| i128::from(event.credits)).sum())
}
