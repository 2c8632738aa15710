//! The rows of the finished tables, as far as the check needs them.

use super::read::Finished;

/// A row of `statements`. Credits are in micro-credits, amounts in minor units.
pub(super) struct Statement<'a> {
    pub account: &'a str,
    pub signed_up_within: bool,
    pub opening_plan: &'a str,
    pub billed_plan: &'a str,
    pub next_plan: &'a str,
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
pub(super) struct Closing<'a> {
    pub account: &'a str,
    pub plan: &'a str,
    pub overage_on: bool,
    pub signed_up_at: Option<i64>,
    pub first_paid_at: Option<i64>,
    pub trial_ends_at: Option<i64>,
    pub trial_left: i128,
}

/// A row of a table that adds to its account's sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub account: &'a str,
    pub key: &'a str,
    pub values: [i128; 3],
}

/// The columns of `statements` that are read.
pub(super) const STATEMENTS: &[&str] = &[
    "account_id",
    "opening_plan",
    "billed_plan",
    "next_plan",
    "events",
    "usage_credits",
    "trial_opening",
    "trial_drawn",
    "trial_expired",
    "trial_carried",
    "plan_granted",
    "plan_drawn",
    "plan_expired",
    "overage_credits",
    "unbilled_credits",
    "subscription_amount",
    "overage_amount",
    "total_amount",
];

/// The rows of `statements`.
pub(super) fn statements(batch: &Finished) -> impl Iterator<Item = Statement<'_>> {
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
    (0..batch.len()).map(move |row| Statement {
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
}

/// The columns of `state`, all of which are read.
pub(super) const STATES: &[&str] = &[
    "account_id",
    "plan",
    "overage_on",
    "signed_up_at",
    "first_paid_at",
    "trial_ends_at",
    "trial_left",
];

/// The rows of `state`.
pub(super) fn states(batch: &Finished) -> impl Iterator<Item = Closing<'_>> {
    let (account, plan) = (batch.text("account_id"), batch.text("plan"));
    let overage_on = batch.flag("overage_on");
    let (signed_up_at, first_paid_at) =
        (batch.instant("signed_up_at"), batch.instant("first_paid_at"));
    let trial_ends_at = batch.instant("trial_ends_at");
    let trial_left = batch.decimal("trial_left");
    (0..batch.len()).map(move |row| Closing {
        account: account(row),
        plan: plan(row),
        overage_on: overage_on(row),
        signed_up_at: signed_up_at(row),
        first_paid_at: first_paid_at(row),
        trial_ends_at: trial_ends_at(row),
        trial_left: trial_left(row),
    })
}

/// The columns that parts are made of: account, key, three values.
pub(super) type PartColumns = [&'static str; 5];

/// `documents`: fees, overage, total, by the revision that issued them.
pub(super) const DOCUMENTS: PartColumns =
    ["account_id", "revision", "subscription_amount", "overage_amount", "total_amount"];
/// `invoice_lines`: amount, quantity, unit price.
pub(super) const LINES: PartColumns =
    ["account_id", "line_type", "amount", "quantity", "unit_price"];
/// `overage_charges`: credits, rate, amount.
pub(super) const CHARGES: PartColumns =
    ["account_id", "document_id", "overage_credits", "rate", "amount"];
/// `expired_credits`: granted, drawn, expired.
pub(super) const EXPIRED: PartColumns = ["account_id", "pool", "granted", "drawn", "expired"];

/// The rows of a table of parts.
pub(super) fn parts<'a>(
    batch: &'a Finished,
    columns: &PartColumns,
) -> impl Iterator<Item = Part<'a>> + use<'a> {
    let [account, key, values @ ..] = columns;
    let (account, key) = (batch.text(account), batch.text(key));
    let values = values.map(|name| batch.decimal(name));
    (0..batch.len()).map(move |row| Part {
        account: account(row),
        key: key(row),
        values: values.each_ref().map(|value| value(row)),
    })
}

/// The columns of `exceptions` that are read.
pub(super) const EXCEPTIONS: &[&str] = &["kind", "account_id", "credits", "detail"];

/// Usage over the cap that is charged nothing; all other exceptions are left out.
pub(super) fn unbilled(batch: &Finished) -> impl Iterator<Item = Part<'_>> {
    let kind = batch.text("kind");
    let (account, detail) = (batch.text("account_id"), batch.text("detail"));
    let credits = batch.decimal("credits");
    let of_kind = (0..batch.len()).filter(move |&row| kind(row) == "unbilled-usage");
    of_kind.map(move |row| Part {
        account: account(row),
        key: detail(row),
        values: [credits(row), 0, 0],
    })
}
