//! The rows of the finished tables, as far as the check needs them.

use super::read::Finished;

/// A row of `statements`. Credits are in micro-credits, amounts in minor units.
pub(super) struct Statement {
    pub account: String,
    pub signed_up_within: bool,
    pub opening_plan: String,
    pub billed_plan: String,
    pub next_plan: String,
    pub events: i128,
    pub usage: i128,
    pub trial: [i128; 4],
    pub plan: [i128; 3],
    pub overage: i128,
    pub unbilled: i128,
    pub subscription_amount: i128,
    pub overage_amount: i128,
    pub total_amount: i128,
}

/// A row of `state`.
pub(super) struct Closing {
    pub account: String,
    pub plan: String,
    pub overage_on: bool,
    pub signed_up_at: Option<i64>,
    pub first_paid_at: Option<i64>,
    pub trial_ends_at: Option<i64>,
    pub trial_left: i128,
}

/// A row of a table that adds to its account's sums.
pub(super) struct Part {
    pub account: String,
    pub key: String,
    pub values: [i128; 3],
}

/// The rows of `statements`.
pub(super) fn statements(batch: &Finished) -> Vec<Statement> {
    let (account, billed, next) =
        (batch.text("account_id"), batch.text("billed_plan"), batch.text("next_plan"));
    let (opening, no_opening) = (batch.text("opening_plan"), batch.is_null("opening_plan"));
    let trial = ["trial_opening", "trial_drawn", "trial_expired", "trial_carried"]
        .map(|name| batch.decimal(name));
    let plan = ["plan_granted", "plan_drawn", "plan_expired"].map(|name| batch.decimal(name));
    let (events, usage) = (batch.integer("events"), batch.decimal("usage_credits"));
    let (overage, unbilled) = (batch.decimal("overage_credits"), batch.decimal("unbilled_credits"));
    let amounts =
        ["subscription_amount", "overage_amount", "total_amount"].map(|name| batch.decimal(name));
    (0..batch.len())
        .map(|row| Statement {
            account: account(row),
            signed_up_within: no_opening(row),
            opening_plan: opening(row),
            billed_plan: billed(row),
            next_plan: next(row),
            events: events(row).unwrap_or(0),
            usage: usage(row),
            trial: trial.each_ref().map(|value| value(row)),
            plan: plan.each_ref().map(|value| value(row)),
            overage: overage(row),
            unbilled: unbilled(row),
            subscription_amount: amounts[0](row),
            overage_amount: amounts[1](row),
            total_amount: amounts[2](row),
        })
        .collect()
}

/// The rows of `state`.
pub(super) fn states(batch: &Finished) -> Vec<Closing> {
    let (account, plan) = (batch.text("account_id"), batch.text("plan"));
    let overage_on = batch.flag("overage_on");
    let (signed_up_at, first_paid_at) =
        (batch.instant("signed_up_at"), batch.instant("first_paid_at"));
    let trial_ends_at = batch.instant("trial_ends_at");
    let trial_left = batch.decimal("trial_left");
    (0..batch.len())
        .map(|row| Closing {
            account: account(row),
            plan: plan(row),
            overage_on: overage_on(row),
            signed_up_at: signed_up_at(row),
            first_paid_at: first_paid_at(row),
            trial_ends_at: trial_ends_at(row),
            trial_left: trial_left(row),
        })
        .collect()
}

fn parts(batch: &Finished, key: &str, values: [&str; 3]) -> Vec<Part> {
    let (account, key) = (batch.text("account_id"), batch.text(key));
    let values = values.map(|name| batch.decimal(name));
    (0..batch.len())
        .map(|row| Part {
            account: account(row),
            key: key(row),
            values: values.each_ref().map(|value| value(row)),
        })
        .collect()
}

/// The rows of `documents`: fees, overage, total, by the revision that issued them.
pub(super) fn documents(batch: &Finished) -> Vec<Part> {
    parts(batch, "revision", ["subscription_amount", "overage_amount", "total_amount"])
}

/// The rows of `invoice_lines`: amount, quantity, unit price.
pub(super) fn lines(batch: &Finished) -> Vec<Part> {
    parts(batch, "line_type", ["amount", "quantity", "unit_price"])
}

/// The rows of `overage_charges`: credits, rate, amount.
pub(super) fn charges(batch: &Finished) -> Vec<Part> {
    parts(batch, "document_id", ["overage_credits", "rate", "amount"])
}

/// The rows of `expired_credits`: granted, drawn, expired.
pub(super) fn expired(batch: &Finished) -> Vec<Part> {
    parts(batch, "pool", ["granted", "drawn", "expired"])
}

/// Usage over the cap that is charged nothing; all other exceptions are left out.
pub(super) fn unbilled(batch: &Finished) -> Vec<Part> {
    let kind = batch.text("kind");
    let (account, detail) = (batch.text("account_id"), batch.text("detail"));
    let credits = batch.decimal("credits");
    (0..batch.len())
        .filter(|&row| kind(row) == "unbilled-usage")
        .map(|row| Part { account: account(row), key: detail(row), values: [credits(row), 0, 0] })
        .collect()
}
