//! What the inputs come to now, held against what was published: every sum that differs, by name.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::evidence::Evidence;
use super::pool_draws::MonthDraws;
use super::published::Published;
use crate::base::calendar::{Instant, Month};
use crate::base::digits::{counted, plain_decimal, quantity_of, short_with_thousands};
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{Currency, Money};
use crate::billing::account_rows::AccountRows;
use crate::billing::replay::{AccountReplay, AccountReplays, Replay};
use crate::billing::rollup::events::EventOutcome;
use crate::tables::{
    DocumentRow, ExpiredCells, ExpiredRow, GrantCells, GrantRow, Record, StateRow, StatementRow,
};

/// A sum that comes out differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What is summed up, such as `usage_credits`.
    pub sum: String,
    /// What the inputs come to now; empty where they have nothing of the kind.
    pub now: String,
    /// What was published; empty where nothing of the kind was.
    pub published: String,
}

/// The columns of the statement that are compared, in the order in which differences are listed, some on a line.
const STATEMENT_COLUMNS: [&str; 5] = [
    "opening_plan billed_plan next_plan currency events usage_credits",
    "trial_drawn grants_drawn plan_drawn overage_credits unbilled_credits",
    "trial_opening trial_expired trial_carried grants_opening grants_expired grants_carried",
    "plan_granted plan_expired",
    "subscription_amount grants_amount adjustments_amount overage_amount total_amount",
];

/// Compares an account's month as its inputs say it with its published rows.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: credits or amounts exceed DECIMAL(18).
pub fn compare(
    evidence: &Evidence,
    draws: &MonthDraws,
    published: &Published,
    statement: &StatementRow,
) -> Result<Vec<Difference>> {
    let Evidence { timeline, catalog, .. } = evidence;
    let replay = Replay { timeline, sums: &evidence.sums(), catalog }.at(0)?;
    let rows = AccountRows { timeline, catalog };
    let mut proof = Proof { currency: catalog.currency, differences: Vec::new() };
    proof.statement(&with_usage(rows.statement(&replay).to_row(), draws), statement);
    proof.draws(draws, &replay);
    proof.lines(&rows, &replay, published);
    let expired: Vec<ExpiredRow> = rows.expired(&replay).map(ExpiredCells::to_row).collect();
    proof.rows("expired_credits", [&expired, &published.expired], expired_in_words);
    proof.closing(&rows.state(&replay).to_row(), published);
    let grants: Vec<GrantRow> = rows.grants(&replay).map(GrantCells::to_row).collect();
    proof.rows("grants", [&grants, &published.grants], grant_in_words);
    proof.set_aside(evidence, &replay, published);
    proof.documents(published);
    Ok(proof.differences)
}

/// Whether the documents' sums are those of the statement, or nothing where there is none; and
/// each document's lines those of the document.
pub fn documents(published: &Published, currency: Currency) -> Vec<Difference> {
    let mut proof = Proof { currency, differences: Vec::new() };
    proof.documents(published);
    proof.differences
}

/// A statement with the usage that the events come to one by one.
fn with_usage(mut statement: StatementRow, draws: &MonthDraws) -> StatementRow {
    let month = || draws.segments.iter().filter(|segment| !segment.before_month);
    statement.events = month().map(|segment| segment.events).sum();
    statement.usage_credits = month().map(|segment| segment.usage_credits).sum();
    statement.trial_drawn = month().map(|segment| segment.trial_drawn).sum();
    statement.grants_drawn = month().map(|segment| segment.draw().grants).sum();
    statement.plan_drawn = month().map(|segment| segment.plan_drawn).sum();
    statement.overage_credits = month().map(|segment| segment.overage_credits).sum();
    statement.unbilled_credits = month().map(|segment| segment.unbilled_credits).sum();
    statement
}

struct Proof {
    currency: Currency,
    differences: Vec<Difference>,
}

impl Proof {
    fn differs(&mut self, sum: impl Into<String>, now: String, published: String) {
        self.differences.push(Difference { sum: sum.into(), now, published });
    }

    fn money(&mut self, sum: impl Into<String>, now: i128, published: i128) {
        if now != published {
            let decimals = u32::from(self.currency.decimals());
            self.differs(sum, plain_decimal(now, decimals), plain_decimal(published, decimals));
        }
    }

    /// Columns of two rows that differ.
    fn columns(&mut self, columns: &[&str], [now, published]: [Map<String, Value>; 2], of: &str) {
        let text = |row: &Map<String, Value>, column: &str| match row.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        for column in columns {
            self.differs(format!("{of}{column}"), text(&now, column), text(&published, column));
        }
    }

    fn statement(&mut self, now: &StatementRow, published: &StatementRow) {
        let differing = now.differing(published);
        let columns = STATEMENT_COLUMNS.into_iter().flat_map(|line| line.split(' '));
        let columns = columns.filter(|column| differing.contains(column));
        let rows = [now, published].map(|row| row.json(self.currency));
        self.columns(&columns.collect::<Vec<_>>(), rows, "");
    }

    /// What each segment's events draw one by one, and what its sum does at once.
    fn draws(&mut self, draws: &MonthDraws, replay: &AccountReplay) {
        for (number, (segment, at_once)) in (1..).zip(draws.segments.iter().zip(&replay.draws)) {
            let one_by_one = segment.draw();
            if !segment.before_month && one_by_one != *at_once {
                let (events, sum) = (format!("{one_by_one:?}"), format!("{at_once:?}"));
                self.differs(
                    format!("draws of segment {number}, by event and at once"),
                    events,
                    sum,
                );
            }
        }
    }

    /// What is charged by type and plan, kind of grant, or adjustment, over all documents.
    fn lines(&mut self, rows: &AccountRows<'_>, replay: &AccountReplay, published: &Published) {
        let mut sums: BTreeMap<(&str, &str), [i128; 2]> = BTreeMap::new();
        for line in replay.lines() {
            let kind = line.grant().map(|kind| rows.catalog.grant_kind(kind).id.as_str());
            let what = line.adjustment_id().or(kind).unwrap_or_else(|| rows.plan(line.plan));
            let item = (line.line_type().name(), what);
            sums.entry(item).or_default()[0] += i128::from(line.amount);
        }
        for line in &published.lines {
            let other = line.adjustment_id.as_deref().or(line.grant.as_deref());
            let item = (line.line_type.name(), other.unwrap_or(&line.plan));
            sums.entry(item).or_default()[1] += i128::from(line.amount);
        }
        for ((line_type, what), [now, published]) in sums {
            self.money(format!("lines: {line_type}, {what}"), now, published);
        }
    }

    /// Rows of a kind, which are told in words.
    fn rows<R: PartialEq>(&mut self, sum: &str, rows: [&[R]; 2], in_words: fn(&R) -> String) {
        let [now, published] = rows;
        if now != published {
            let text = |rows: &[R]| rows.iter().map(in_words).collect::<Vec<_>>().join("; ");
            self.differs(sum, text(now), text(published));
        }
    }

    fn closing(&mut self, now: &StateRow, published: &Published) {
        let Some(state) = &published.state else {
            return self.differs("state", "a row".to_owned(), String::new());
        };
        let rows = [now, state].map(|row| row.json(self.currency));
        self.columns(&now.differing(state), rows, "state: ");
    }

    /// Usage that was set aside, by group; and what was unbilled, by reason.
    fn set_aside(&mut self, evidence: &Evidence, replay: &AccountReplay, published: &Published) {
        let mut groups: BTreeMap<(&str, &str), [Group; 2]> = BTreeMap::new();
        for event in evidence.events() {
            if let Some((kind, detail)) = group(&event.outcome, event.at, evidence.timeline.month) {
                let [now, _] = groups.entry((kind.name(), detail)).or_default();
                now.rows += 1;
                now.credits += i128::from(event.credits);
            }
        }
        for (reason, credits) in replay.over_cap.reasons() {
            let item = (ExceptionKind::UnbilledUsage.name(), reason.name());
            groups.entry(item).or_default()[0].credits += i128::from(credits);
        }
        // Exceptions without credits are of changes.
        for (row, credits) in
            published.exceptions.iter().filter_map(|row| Some((row, row.credits?)))
        {
            let [_, published] = groups.entry((row.kind.name(), &row.detail)).or_default();
            published.rows += row.rows.unwrap_or(0);
            published.credits += i128::from(credits);
        }
        for ((kind, detail), [now, published]) in groups {
            if now != published {
                self.differs(format!("{kind}, {detail}"), now.in_words(), published.in_words());
            }
        }
    }

    fn documents(&mut self, published: &Published) {
        type Amounts = (&'static str, fn(&DocumentRow) -> Money, fn(&StatementRow) -> Money);
        let amounts: [Amounts; 3] = [
            ("subscription_amount", |row| row.subscription_amount, |row| row.subscription_amount),
            ("overage_amount", |row| row.overage_amount, |row| row.overage_amount),
            ("total_amount", |row| row.total_amount, |row| row.total_amount),
        ];
        for (name, of_document, of_statement) in amounts {
            let documents = published.documents.iter().map(of_document).map(i128::from).sum();
            let statement = published.statement.as_ref().map_or(Money::ZERO, of_statement);
            self.money(format!("{name} of all documents"), documents, statement.into());
        }
        for document in &published.documents {
            let lines =
                published.issued().lines_of(document).map(|line| i128::from(line.amount)).sum();
            let total = document.total_amount.into();
            self.money(format!("lines of {}", document.document_id), lines, total);
        }
    }
}

fn grant_in_words(row: &GrantRow) -> String {
    format!("{} ({}): {} left", row.grant_id, row.grant, plain_decimal(row.left.into(), 6))
}

fn expired_in_words(row: &ExpiredRow) -> String {
    let [granted, drawn, expired] =
        [row.granted, row.drawn, row.expired].map(|credits| plain_decimal(credits.into(), 6));
    let of = row.plan.as_deref().or(row.grant_id.as_deref()).unwrap_or_default();
    let (pool, at) = (&row.pool, row.expired_at);
    format!("{pool} {of}: {granted} less {drawn}, {expired} at {at}, {}", row.reason)
}

/// Rows that were set aside for one reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Group {
    rows: u64,
    credits: i128,
}

impl Group {
    fn in_words(self) -> String {
        let credits = quantity_of(short_with_thousands(self.credits, 6), "credit");
        match self.rows {
            0 if self.credits == 0 => String::new(),
            0 => credits,
            rows => format!("{}, {credits}", counted(rows, "row")),
        }
    }
}

/// The exception that an event belongs to, by kind and detail.
fn group(outcome: &EventOutcome, at: Instant, month: Month) -> Option<(ExceptionKind, &str)> {
    let usage = if at < month.start() { "usage before the month" } else { "usage" };
    match outcome {
        EventOutcome::Exception(kind) => Some((*kind, usage)),
        EventOutcome::Conflict(_) => Some((ExceptionKind::ConflictingDuplicate, usage)),
        EventOutcome::Dropped(reason) => Some((ExceptionKind::DroppedUsage, reason)),
        EventOutcome::Used(_) | EventOutcome::Nowhere | EventOutcome::Duplicate(_) => None,
    }
}
