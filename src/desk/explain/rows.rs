//! Published rows for machines, under the names of their columns.

use serde_json::{Value, json};

use super::published::Published;
use crate::base::digits::plain_decimal;
use crate::base::money::{Currency, RATE_SCALE};
use crate::tables::{DocumentRow, LineRow, StatementRow};

/// Credits in plain digits.
pub fn credits(micros: i128) -> String {
    plain_decimal(micros, 6)
}

fn amount(minor: i128, currency: Currency) -> String {
    plain_decimal(minor, u32::from(currency.decimals()))
}

/// The statement.
pub fn statement(row: &StatementRow, currency: Currency) -> Value {
    json!({
        "opening_plan": row.opening_plan,
        "billed_plan": row.billed_plan,
        "next_plan": row.next_plan,
        "events": i64::try_from(row.events).unwrap_or(i64::MAX),
        "usage_credits": credits(row.usage_credits),
        "trial_opening": credits(row.trial_opening),
        "trial_drawn": credits(row.trial_drawn),
        "trial_expired": credits(row.trial_expired),
        "trial_carried": credits(row.trial_carried),
        "plan_granted": credits(row.plan_granted),
        "plan_drawn": credits(row.plan_drawn),
        "plan_expired": credits(row.plan_expired),
        "overage_credits": credits(row.overage_credits),
        "unbilled_credits": credits(row.unbilled_credits),
        "subscription_amount": amount(row.subscription_amount, currency),
        "overage_amount": amount(row.overage_amount, currency),
        "total_amount": amount(row.total_amount, currency),
        "currency": row.currency,
    })
}

/// The documents with their lines.
pub fn documents(published: &Published, currency: Currency) -> Value {
    let document = |row: &DocumentRow| {
        let lines = published.lines_of(row).map(|row| line(row, currency));
        json!({
            "document_id": row.document_id,
            "document_type": row.document_type,
            "revision": row.revision,
            "issued_on": row.issued_on.to_string(),
            "plan": row.plan,
            "subscription_amount": amount(row.subscription_amount, currency),
            "overage_amount": amount(row.overage_amount, currency),
            "total_amount": amount(row.total_amount, currency),
            "currency": row.currency,
            "relates_to": text(&row.relates_to),
            "reason": text(&row.reason),
            "lines": lines.collect::<Vec<_>>(),
        })
    };
    published.documents.iter().map(document).collect()
}

fn line(row: &LineRow, currency: Currency) -> Value {
    json!({
        "line_number": i64::try_from(row.line_number).unwrap_or(i64::MAX),
        "line_type": row.line_type,
        "plan": row.plan,
        "from_plan": text(&row.from_plan),
        "charged_on": row.charged_on.to_string(),
        "quantity": credits(row.quantity),
        "unit_price": plain_decimal(row.unit_price, RATE_SCALE),
        "proration": text(&row.proration),
        "amount": amount(row.amount, currency),
        "explanation": row.explanation,
    })
}

/// What expired.
pub fn expired(published: &Published) -> Value {
    published
        .expired
        .iter()
        .map(|row| {
            json!({
                "pool": row.pool,
                "plan": text(&row.plan),
                "granted": credits(row.granted),
                "drawn": credits(row.drawn),
                "expired": credits(row.expired),
                "expired_at": row.expired_at.to_string(),
                "reason": row.reason,
            })
        })
        .collect()
}

/// How the account stands at E.
pub fn closing(published: &Published) -> Value {
    published.state.as_ref().map_or(Value::Null, |row| {
        json!({
            "plan": row.plan,
            "overage_on": row.overage_on,
            "signed_up_at": row.signed_up_at.to_string(),
            "first_paid_at": row.first_paid_at.map(|at| at.to_string()),
            "trial_ends_at": row.trial_ends_at.map(|at| at.to_string()),
            "trial_left": credits(row.trial_left),
        })
    })
}

/// What could not be billed.
pub fn exceptions(published: &Published) -> Value {
    published
        .exceptions
        .iter()
        .map(|row| {
            json!({
                "kind": row.kind,
                "detail": row.detail,
                "rows": row.rows.and_then(|rows| i64::try_from(rows).ok()),
                "credits": row.credits.map(credits),
                "first_at": row.first_at.map(|at| at.to_string()),
                "last_at": row.last_at.map(|at| at.to_string()),
                "sample_id": text(&row.sample_id),
            })
        })
        .collect()
}

/// Text that may be empty, which is then null.
fn text(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
