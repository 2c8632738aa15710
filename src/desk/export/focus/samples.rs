//! Rows for the unit tests of exports.

use std::sync::Arc;

use chrono::NaiveDate;

use super::row::RevisionBasis;
use crate::base::calendar::Month;
use crate::base::credits::Credits;
use crate::base::money::{Money, Rate};
use crate::catalog;
use crate::tables::{DocumentRow, DocumentType, LineRow, LineType, StatementRow};

const CATALOG: &str = r#"
    name = "Sample"
    in_force_from = 2025-01-01
    currency = "USD"
    [[plan]]
    id = "free"
    name = "Free"
    price = "0.00"
    credits = 50
    [[plan]]
    id = "pro"
    name = "Pro"
    price = "20.00"
    credits = 1000
    overage_rate = "0.04"
"#;

/// A revision of April 2026.
pub(super) fn basis(revision: &str) -> Arc<RevisionBasis> {
    Arc::new(RevisionBasis {
        month: Month::parse("2026-04").unwrap(),
        revision: revision.to_owned(),
        correction: revision != "r001",
        catalog: catalog::parse(CATALOG, "catalog.toml").unwrap(),
    })
}

/// A document of one line.
pub(in crate::desk::export) fn document(document_type: DocumentType, total: i64) -> DocumentRow {
    let is_invoice = document_type == DocumentType::Invoice;
    DocumentRow {
        document_id: "D1".to_owned(),
        document_type: document_type.into(),
        revision: "r001".to_owned(),
        account_id: "ann".into(),
        month: Month::parse("2026-04").unwrap(),
        issued_on: NaiveDate::from_ymd_opt(2026, 6, 10).unwrap(),
        due_on: None,
        currency: "USD".to_owned(),
        plan: "pro".to_owned(),
        subscription_amount: Money::of_table(0),
        overage_amount: Money::of_table(total),
        total_amount: Money::of_table(total),
        line_count: 1,
        relates_to: (!is_invoice).then(|| "D0".to_owned()),
        reason: (!is_invoice).then(|| "late file".to_owned()),
    }
}

/// A line of it: so many micro-credits or millionths of a piece at so many millionths each.
pub(in crate::desk::export) fn line(
    line_type: LineType,
    quantity: i64,
    unit_price: i64,
    amount: i64,
) -> LineRow {
    let month = Month::parse("2026-04").unwrap();
    LineRow {
        document_id: "D1".to_owned(),
        line_number: 1,
        account_id: "ann".into(),
        line_type: line_type.into(),
        plan: "pro".to_owned(),
        from_plan: None,
        charged_on: month.last_day(),
        service_start: month.start().plus_micros(1_500_000),
        service_end: month.end(),
        quantity: Credits::of_table(quantity),
        grant: None,
        adjustment_id: None,
        unit_price: Rate::of_table(unit_price),
        proration: None,
        amount: Money::of_table(amount),
        explanation: "explained".to_owned(),
    }
}

/// A month on Pro with nothing used.
pub(super) fn statement(account: &str) -> StatementRow {
    StatementRow {
        account_id: account.into(),
        month: Month::parse("2026-04").unwrap(),
        opening_plan: Some("pro".to_owned()),
        billed_plan: "pro".to_owned(),
        next_plan: "pro".to_owned(),
        events: 0,
        usage_credits: Credits::ZERO,
        trial_opening: Credits::ZERO,
        trial_drawn: Credits::ZERO,
        trial_expired: Credits::ZERO,
        trial_carried: Credits::ZERO,
        grants_opening: Credits::ZERO,
        grants_drawn: Credits::ZERO,
        grants_expired: Credits::ZERO,
        grants_carried: Credits::ZERO,
        plan_granted: Credits::of_table(1_000_000_000),
        plan_drawn: Credits::ZERO,
        plan_expired: Credits::of_table(1_000_000_000),
        overage_credits: Credits::ZERO,
        unbilled_credits: Credits::ZERO,
        subscription_amount: Money::of_table(2000),
        grants_amount: Money::ZERO,
        adjustments_amount: Money::ZERO,
        overage_amount: Money::of_table(0),
        total_amount: Money::of_table(2000),
        currency: "USD".to_owned(),
    }
}
