//! Rows for the unit tests of this room.

use std::sync::Arc;

use chrono::NaiveDate;

use super::row::Terms;
use crate::base::calendar::Month;
use crate::catalog;
use crate::tables::{DocumentRow, DocumentType, LineRow, StatementRow};

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
pub(super) fn terms(revision: &str) -> Arc<Terms> {
    Arc::new(Terms {
        month: Month::parse("2026-04").unwrap(),
        revision: revision.to_owned(),
        correction: revision != "r001",
        catalog: catalog::parse(CATALOG, "catalog.toml").unwrap(),
    })
}

/// A document of one line.
pub(super) fn document(document_type: DocumentType, total: i128) -> DocumentRow {
    let is_invoice = document_type == DocumentType::Invoice;
    DocumentRow {
        document_id: "D1".to_owned(),
        document_type: document_type.name().to_owned(),
        revision: "r001".to_owned(),
        account_id: "ann".to_owned(),
        month: "2026-04".to_owned(),
        issued_on: NaiveDate::from_ymd_opt(2026, 6, 10).unwrap(),
        currency: "USD".to_owned(),
        plan: "pro".to_owned(),
        subscription_amount: 0,
        overage_amount: total,
        total_amount: total,
        line_count: 1,
        relates_to: if is_invoice { String::new() } else { "D0".to_owned() },
        reason: if is_invoice { String::new() } else { "late file".to_owned() },
    }
}

/// A line of it: so many micro-credits or millionths of a piece at so many millionths each.
pub(super) fn line(line_type: &str, quantity: i128, unit_price: i128, amount: i128) -> LineRow {
    let month = Month::parse("2026-04").unwrap();
    LineRow {
        document_id: "D1".to_owned(),
        line_number: 1,
        account_id: "ann".to_owned(),
        line_type: line_type.to_owned(),
        plan: "pro".to_owned(),
        from_plan: String::new(),
        charged_on: month.last_day(),
        service_start: month.start().plus_micros(1_500_000),
        service_end: month.end(),
        quantity,
        unit_price,
        proration: String::new(),
        amount,
        explanation: "explained".to_owned(),
    }
}

/// A month on Pro with nothing used.
pub(super) fn statement(account: &str) -> StatementRow {
    StatementRow {
        account_id: account.to_owned(),
        month: "2026-04".to_owned(),
        opening_plan: "pro".to_owned(),
        billed_plan: "pro".to_owned(),
        next_plan: "pro".to_owned(),
        events: 0,
        usage_credits: 0,
        trial_opening: 0,
        trial_drawn: 0,
        trial_expired: 0,
        trial_carried: 0,
        plan_granted: 1_000_000_000,
        plan_drawn: 0,
        plan_expired: 1_000_000_000,
        overage_credits: 0,
        unbilled_credits: 0,
        subscription_amount: 2000,
        overage_amount: 0,
        total_amount: 2000,
        currency: "USD".to_owned(),
    }
}
