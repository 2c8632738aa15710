//! What is shown, held against what was published: every sum that differs, by name.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::pool_draws::Draws;
use super::published::Published;
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::digits::plain_decimal;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::money::Money;
use crate::billing::replay::{AccountReplay, AccountReplays, Replay};
use crate::billing::rollup::events::Fate;
use crate::billing::rules::pools::PoolUse;
use crate::billing::timeline::Pool;
use crate::catalog::PlanRank;
use crate::tables::{ExceptionRow, LineType, StatementRow, Word};

/// A sum that comes out differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What is summed up, such as `usage_credits`.
    pub sum: String,
    /// What the inputs come to; empty where they have nothing of the kind.
    pub inputs: String,
    /// What was published; empty where nothing of the kind was.
    pub published: String,
}

/// Compares an account's month as its inputs tell it with its published rows.
///
/// # Errors
/// [`crate::base::error::Kind::Input`]: credits or amounts exceed DECIMAL(18).
pub fn compare(
    evidence: &Evidence,
    draws: &Draws,
    published: &Published,
    statement: &StatementRow,
) -> Result<Vec<Difference>> {
    let (timeline, catalog) = (&evidence.timeline, &evidence.catalog);
    let outcome = Replay { timeline, sums: &evidence.sums(), catalog }.at(0)?;
    let mut found = Comparison { evidence, outcome: &outcome, differences: Vec::new() };
    found.plans(statement);
    found.usage(draws, statement);
    found.pools(statement);
    found.amounts(statement);
    found.lines(published);
    found.expired(published);
    found.closing(published);
    found.set_aside(published);
    found.differences.extend(documents(published, evidence.catalog.currency.decimals()));
    Ok(found.differences)
}

/// Whether the documents' sums are those of the statement, or nothing where there is none; and
/// each document's lines those of the document.
pub fn documents(published: &Published, decimals: u8) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut same = |sum: String, documents: i128, statement: i128| {
        if documents != statement {
            let plain = |amount| plain_decimal(amount, u32::from(decimals));
            let (inputs, published) = (plain(documents), plain(statement));
            found.push(Difference { sum, inputs, published });
        }
    };
    let all = &published.documents;
    let of = |amount: fn(&StatementRow) -> Money| {
        published.statement.as_ref().map_or(0, |row| amount(row).into())
    };
    let sum = |what: &str| format!("{what} of all documents");
    same(
        sum("subscription_amount"),
        all.iter().map(|row| row.subscription_amount).sum(),
        of(|row| row.subscription_amount),
    );
    same(
        sum("overage_amount"),
        all.iter().map(|row| row.overage_amount).sum(),
        of(|row| row.overage_amount),
    );
    same(
        sum("total_amount"),
        all.iter().map(|row| row.total_amount).sum(),
        of(|row| row.total_amount),
    );
    for document in all {
        let lines = published.lines_of(document).map(|line| line.amount).sum();
        same(format!("lines of {}", document.document_id), lines, document.total_amount.into());
    }
    found
}

struct Comparison<'a> {
    evidence: &'a Evidence,
    outcome: &'a AccountReplay,
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn same(&mut self, sum: impl Into<String>, inputs: String, published: String) {
        if inputs != published {
            self.differences.push(Difference { sum: sum.into(), inputs, published });
        }
    }

    fn credits(&mut self, sum: &str, inputs: Credits, published: Credits) {
        self.same(sum, plain(inputs), plain(published));
    }

    fn money(
        &mut self,
        sum: impl Into<String>,
        inputs: impl Into<i128>,
        published: impl Into<i128>,
    ) {
        let decimals = u32::from(self.evidence.catalog.currency.decimals());
        let [inputs, published] =
            [inputs.into(), published.into()].map(|amount| plain_decimal(amount, decimals));
        self.same(sum, inputs, published);
    }

    fn id(&self, plan: PlanRank) -> String {
        self.evidence.catalog.plan(plan).id.clone()
    }

    fn plans(&mut self, statement: &StatementRow) {
        let month = self.evidence.month();
        let opening = month.opening_plan.map(|plan| self.id(plan)).unwrap_or_default();
        self.same("opening_plan", opening, statement.opening_plan.clone().unwrap_or_default());
        self.same("billed_plan", self.id(month.billed_plan), statement.billed_plan.clone());
        self.same("next_plan", self.id(month.next_plan), statement.next_plan.clone());
        let currency = self.evidence.catalog.currency.code().to_owned();
        self.same("currency", currency, statement.currency.clone());
    }

    /// The events one by one, and the segments' sums, against the statement and each other.
    fn usage(&mut self, draws: &Draws, statement: &StatementRow) {
        let segments = self.evidence.segments();
        let mut shown = Shown::default();
        for (stretch, segment) in draws.stretches.iter().zip(segments) {
            if segment.pool == Pool::BeforeMonth {
                continue;
            }
            shown.events += i128::from(stretch.events);
            shown.usage += i128::from(stretch.credits.micros());
            shown.trial += i128::from(stretch.draw.trial.micros());
            shown.plan += i128::from(stretch.draw.plan.micros());
            shown.overage += i128::from(stretch.overage().micros());
            shown.unbilled += i128::from(stretch.unbilled_credits().micros());
        }
        self.same("events", shown.events.to_string(), statement.events.to_string());
        for (sum, inputs, published) in [
            ("usage_credits", shown.usage, statement.usage_credits),
            ("trial_drawn", shown.trial, statement.trial_drawn),
            ("plan_drawn", shown.plan, statement.plan_drawn),
            ("overage_credits", shown.overage, statement.overage_credits),
            ("unbilled_credits", shown.unbilled, statement.unbilled_credits),
        ] {
            self.same(sum, plain(inputs), plain(published));
        }
        let of_segments = draws.stretches.iter().map(|stretch| stretch.draw);
        let pairs = of_segments.zip(self.outcome.draws.clone()).zip(segments);
        for (number, ((one_by_one, at_once), segment)) in (1..).zip(pairs) {
            if segment.pool != Pool::BeforeMonth && one_by_one != at_once {
                let (events, sum) = (format!("{one_by_one:?}"), format!("{at_once:?}"));
                self.same(format!("draws of segment {number}, by event and at once"), events, sum);
            }
        }
    }

    fn pools(&mut self, statement: &StatementRow) {
        let (pools, zero) = (&self.outcome.pools, Credits::ZERO);
        let earlier = pools.earlier.map(|(_, pool)| pool);
        let carried = self.outcome.trial_carried.map_or(zero, |trial| trial.left);
        let trial = |part: fn(PoolUse) -> Credits| pools.trial.map_or(zero, part);
        let plan = |part: fn(PoolUse) -> Credits| part(pools.main) + earlier.map_or(zero, part);
        for (sum, inputs, published) in [
            ("trial_opening", trial(|pool| pool.granted), statement.trial_opening),
            ("trial_expired", trial(PoolUse::left) - carried, statement.trial_expired),
            ("trial_carried", carried, statement.trial_carried),
            ("plan_granted", plan(|pool| pool.granted), statement.plan_granted),
            ("plan_expired", plan(PoolUse::left), statement.plan_expired),
        ] {
            self.credits(sum, inputs, published);
        }
    }

    fn amounts(&mut self, statement: &StatementRow) {
        let AccountReplay { subscription_amount, overage_amount, total_amount, .. } = *self.outcome;
        self.money("subscription_amount", subscription_amount, statement.subscription_amount);
        self.money("overage_amount", overage_amount, statement.overage_amount);
        self.money("total_amount", total_amount, statement.total_amount);
    }

    /// What is charged by type and plan, over all documents.
    fn lines(&mut self, published: &Published) {
        let mut sums: BTreeMap<(Word<LineType>, String), [i128; 2]> = BTreeMap::new();
        for line in self.outcome.lines() {
            let item = (Word::from(line.line_type), self.id(line.plan));
            sums.entry(item).or_default()[0] += i128::from(line.amount.minor());
        }
        for line in &published.lines {
            let item = (line.line_type.clone(), line.plan.clone());
            sums.entry(item).or_default()[1] += i128::from(line.amount);
        }
        for ((line_type, plan), [inputs, published]) in sums {
            self.money(format!("lines: {line_type}, {plan}"), inputs, published);
        }
    }

    fn expired(&mut self, published: &Published) {
        let told =
            |pool: &str, plan: &str, [granted, drawn, expired]: [i128; 3], at, reason: &str| {
                let [granted, drawn, expired] = [granted, drawn, expired].map(plain);
                format!("{pool} {plan}: {granted} less {drawn}, {expired} at {at}, {reason}")
            };
        let inputs: Vec<String> = self
            .outcome
            .expired
            .iter()
            .map(|row| {
                let (pool, plan) = match row.plan {
                    Some(plan) => ("plan", self.id(plan)),
                    None => ("trial", String::new()),
                };
                let amounts = [row.granted, row.drawn, row.expired].map(|c| c.micros().into());
                told(pool, &plan, amounts, row.at, row.reason.name())
            })
            .collect();
        let rows = published.expired.iter().map(|row| {
            let amounts = [row.granted, row.drawn, row.expired].map(i128::from);
            let plan = row.plan.as_deref().unwrap_or_default();
            told(row.pool.name(), plan, amounts, row.expired_at, row.reason.name())
        });
        let rows: Vec<String> = rows.collect();
        self.same("expired_credits", inputs.join("; "), rows.join("; "));
    }

    fn closing(&mut self, published: &Published) {
        let month = self.evidence.month();
        let inputs = month.closing("", self.outcome.trial_carried);
        let Some(state) = &published.state else {
            return self.same("state", "a row".to_owned(), String::new());
        };
        let text = |at: Option<crate::base::calendar::Instant>| at.map(|at| at.to_string());
        let (left, trial) = (inputs.trial.map_or(Credits::ZERO, |t| t.left), inputs.trial);
        let of_inputs = [
            Some(self.id(inputs.plan)),
            Some(inputs.overage_on.to_string()),
            text(Some(inputs.signed_up_at)),
            text(inputs.first_paid_at),
            text(trial.map(|trial| trial.ends_at)),
            Some(plain(left)),
        ];
        let of_row = [
            Some(state.plan.clone()),
            Some(state.overage_on.to_string()),
            text(Some(state.signed_up_at)),
            text(state.first_paid_at),
            text(state.trial_ends_at),
            Some(plain(state.trial_left)),
        ];
        let names =
            ["plan", "overage_on", "signed_up_at", "first_paid_at", "trial_ends_at", "trial_left"];
        for (name, (inputs, row)) in names.iter().zip(of_inputs.into_iter().zip(of_row)) {
            self.same(
                format!("state: {name}"),
                inputs.unwrap_or_default(),
                row.unwrap_or_default(),
            );
        }
    }

    /// Usage that was set aside, by group; and what was unbilled, by reason.
    fn set_aside(&mut self, published: &Published) {
        let mut groups: BTreeMap<(String, String), [Group; 2]> = BTreeMap::new();
        for event in self.evidence.events() {
            if let Some(group) = group(&event.fate, event.at, self.evidence.timeline.month) {
                let sum = &mut groups.entry(group).or_default()[0];
                sum.rows += 1;
                sum.credits += i128::from(event.credits.micros());
            }
        }
        for (reason, credits) in self.outcome.over_cap.reasons() {
            let kind = ExceptionKind::UnbilledUsage.name().to_owned();
            let group = groups.entry((kind, reason.name().to_owned())).or_default();
            group[0].credits += i128::from(credits.micros());
        }
        for row in published.exceptions.iter().filter(|row| of_usage(row)) {
            let group = groups.entry((row.kind.to_string(), row.detail.clone())).or_default();
            group[1].rows += row.rows.map_or(0, i128::from);
            group[1].credits += row.credits.map_or(0, i128::from);
        }
        for ((kind, detail), [inputs, published]) in groups {
            self.same(format!("{kind}, {detail}"), inputs.told(), published.told());
        }
    }
}

/// What the events come to that are shown.
#[derive(Default)]
struct Shown {
    events: i128,
    usage: i128,
    trial: i128,
    plan: i128,
    overage: i128,
    unbilled: i128,
}

/// Rows that were set aside for one reason.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    rows: i128,
    credits: i128,
}

impl Group {
    fn told(self) -> String {
        match self.rows {
            0 if self.credits == 0 => String::new(),
            0 => format!("{} credits", plain(self.credits)),
            rows => format!("{rows} rows, {} credits", plain(self.credits)),
        }
    }
}

/// The exception that an event belongs to, by kind and detail.
fn group(
    fate: &Fate,
    at: crate::base::calendar::Instant,
    month: Month,
) -> Option<(String, String)> {
    let usage = if at < month.start() { "usage before the month" } else { "usage" };
    match fate {
        Fate::SetAside(kind) => Some((kind.name().to_owned(), usage.to_owned())),
        Fate::Conflict(_) => {
            Some((ExceptionKind::ConflictingDuplicate.name().to_owned(), usage.to_owned()))
        }
        Fate::Dropped(reason) => {
            Some((ExceptionKind::DroppedUsage.name().to_owned(), reason.clone()))
        }
        Fate::Used(_) | Fate::Nowhere | Fate::Duplicate(_) => None,
    }
}

/// Whether an exception groups rows of usage.
fn of_usage(row: &ExceptionRow) -> bool {
    row.credits.is_some()
}

fn plain(credits: impl Into<i128>) -> String {
    plain_decimal(credits.into(), 6)
}
