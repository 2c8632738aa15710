//! The account that the cases of causes begin with, and what can be changed about it.

use super::causes;
use crate::base::calendar::{Instant, Month};
use crate::base::credits::{Credits, MICROS};
use crate::base::exceptions::ExceptionKind;
use crate::base::money::{Money, Rate};
use crate::base::scope::Scope;
use crate::billing::rules::overage::Unbilled;
use crate::book::differences::account_month::{AccountMonth, line_sums};
use crate::book::differences::account_pairs::AccountPair;
use crate::book::differences::context::RunContext;
use crate::catalog::{Catalog, SAMPLE, parse};
use crate::tables::{ChargeRow, ExceptionRow, GrantRow, LineRow, LineType, StateRow, StatementRow};

/// So many whole credits.
pub(super) fn credits(whole: i64) -> Credits {
    Credits::of_table(whole * MICROS)
}

/// A grant that goes on with so many whole credits.
pub(super) fn open_grant(id: &str, left: i64) -> GrantRow {
    GrantRow {
        account_id: "ann".into(),
        grant_id: id.to_owned(),
        grant: "pack".to_owned(),
        granted: credits(100),
        left: credits(left),
        granted_at: at("2026-03-01T00:00:00Z"),
        expires_at: None,
        price: usd(0),
    }
}

/// So many cents.
pub(super) fn usd(cents: i64) -> Money {
    Money::of_table(cents)
}

/// An account in two revisions, and the two runs.
pub(super) struct Case {
    pub before: AccountMonth,
    pub after: AccountMonth,
    pub context: RunContext,
}

/// Checks what causes are told of a case: it begins as the account of this file and is changed.
#[track_caller]
pub(super) fn case(what: &str, expected: &str, change: impl FnOnce(&mut Case)) {
    let catalog = catalogue("", "");
    let context = RunContext {
        before: catalog.clone(),
        after: catalog,
        genesis: [false, false],
        same_opening: true,
        same_grants: true,
        same_recent_ids: true,
        same_changes: false,
        same_usage: false,
        same_drops: false,
        scopes: [Scope::All, Scope::All],
        more_duplicates: false,
        fewer_duplicates: 0,
        duplicates_kept: false,
        versions_differ: false,
    };
    let mut case = Case { before: account(), after: account(), context };
    change(&mut case);
    let Case { before, after, context } = case;
    let causes = causes(&AccountPair { account: "ann".into(), before, after }, &context);
    assert_eq!(causes.to_string(), expected, "{what}");
}

/// The catalogue of all cases with another term, the first that is written so.
pub(super) fn catalogue(term: &str, other: &str) -> Catalog {
    assert!(SAMPLE.contains(term), "{term}");
    parse(&SAMPLE.replacen(term, other, 1), "catalog.toml").unwrap()
}

pub(super) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn account() -> AccountMonth {
    let statement = StatementRow {
        account_id: "ann".into(),
        month: Month::parse("2026-04").unwrap(),
        opening_plan: Some("pro".to_owned()),
        billed_plan: "pro".to_owned(),
        next_plan: "pro".to_owned(),
        events: 10,
        usage_credits: credits(1_100),
        trial_opening: Credits::ZERO,
        trial_drawn: Credits::ZERO,
        trial_expired: Credits::ZERO,
        trial_carried: Credits::ZERO,
        grants_opening: Credits::ZERO,
        grants_drawn: Credits::ZERO,
        grants_expired: Credits::ZERO,
        grants_carried: Credits::ZERO,
        plan_granted: credits(1_000),
        plan_drawn: credits(1_000),
        plan_expired: Credits::ZERO,
        overage_credits: credits(100),
        unbilled_credits: Credits::ZERO,
        subscription_amount: usd(2_000),
        grants_amount: Money::ZERO,
        adjustments_amount: Money::ZERO,
        overage_amount: usd(400),
        total_amount: usd(2_400),
        currency: "USD".to_owned(),
    };
    let mut month = AccountMonth {
        statement: Some(statement),
        state: Some(state()),
        ..AccountMonth::default()
    };
    month.lines(&[(LineType::Subscription, "pro", 2_000), (LineType::Overage, "pro", 400)]);
    month.charge(40_000);
    month
}

/// How the account stands, at the beginning and at the end.
pub(super) fn state() -> StateRow {
    StateRow {
        account_id: "ann".into(),
        plan: "pro".to_owned(),
        overage_on: true,
        signed_up_at: at("2026-01-10T00:00:00Z"),
        first_paid_at: Some(at("2026-01-20T00:00:00Z")),
        trial_ends_at: None,
        trial_left: Credits::ZERO,
        overage_limit: None,
    }
}

impl AccountMonth {
    pub(in crate::book::differences) fn statement(&mut self) -> &mut StatementRow {
        self.statement.as_mut().unwrap()
    }

    pub(in crate::book::differences) fn state(&mut self) -> &mut StateRow {
        self.state.as_mut().unwrap()
    }

    /// Usage of as many events and credits, over the cap from 1,000 on, and billed.
    pub(in crate::book::differences) fn usage(&mut self, events: u64, credits: i64) {
        let over = (credits - 1_000).max(0);
        let row = self.statement();
        (row.events, row.usage_credits) = (events, self::credits(credits));
        (row.plan_drawn, row.overage_credits) =
            (self::credits(credits - over), self::credits(over));
        (row.overage_amount, row.total_amount) = (usd(over * 4), usd(2_000 + over * 4));
    }

    /// Of the usage over the cap so much unbilled, for a reason.
    pub(in crate::book::differences) fn unbilled(&mut self, credits: i64, reason: Unbilled) {
        let row = self.statement();
        row.overage_credits = row.overage_credits - self::credits(credits);
        row.unbilled_credits += self::credits(credits);
        row.overage_amount = row.overage_amount.minus(usd(credits * 4)).unwrap();
        row.total_amount = row.total_amount.minus(usd(credits * 4)).unwrap();
        self.exception(ExceptionKind::UnbilledUsage, reason.name(), None, Some(credits));
    }

    /// Rows set aside; credits are none for changes.
    pub(in crate::book::differences) fn exception(
        &mut self,
        kind: ExceptionKind,
        detail: &str,
        rows: Option<u64>,
        credits: Option<i64>,
    ) {
        self.set_aside(kind, detail, rows, credits);
    }

    pub(in crate::book::differences) fn dropped(&mut self, rows: u64, credits: i64, reason: &str) {
        self.set_aside(ExceptionKind::DroppedUsage, reason, Some(rows), Some(credits));
    }

    fn set_aside(
        &mut self,
        kind: ExceptionKind,
        detail: &str,
        rows: Option<u64>,
        credits: Option<i64>,
    ) {
        self.exceptions.push(ExceptionRow {
            kind: kind.into(),
            account_id: "ann".into(),
            month: Month::parse("2026-04").unwrap(),
            rows,
            credits: credits.map(self::credits),
            first_at: None,
            last_at: None,
            sample_id: Some("e1".to_owned()),
            detail: detail.to_owned(),
        });
    }

    pub(in crate::book::differences) fn lines(&mut self, lines: &[(LineType, &str, i64)]) {
        let row = |&(line_type, plan, amount): &(LineType, &str, i64)| LineRow {
            document_id: "INV-2026-04-00000001".to_owned(),
            line_number: 1,
            account_id: "ann".into(),
            line_type: line_type.into(),
            plan: plan.to_owned(),
            from_plan: None,
            charged_on: at("2026-04-01T00:00:00Z").date(),
            service_start: at("2026-04-01T00:00:00Z"),
            service_end: at("2026-05-01T00:00:00Z"),
            quantity: credits(1),
            grant: None,
            adjustment_id: None,
            unit_price: Rate::of_table(0),
            proration: None,
            amount: usd(amount),
            explanation: String::new(),
        };
        self.lines = line_sums(&lines.iter().map(row).collect::<Vec<_>>());
    }

    pub(in crate::book::differences) fn charge(&mut self, rate: i64) {
        self.charges = vec![ChargeRow {
            account_id: "ann".into(),
            month: Month::parse("2026-04").unwrap(),
            plan: "pro".to_owned(),
            overage_credits: credits(100),
            rate: Rate::of_table(rate),
            amount: usd(400),
            currency: "USD".to_owned(),
            charged_on: at("2026-04-30T00:00:00Z").date(),
            document_id: "INV-2026-04-00000001".to_owned(),
        }];
    }

    /// The account on Power all month: nothing is over the cap.
    pub(in crate::book::differences) fn on_power(&mut self) {
        let row = self.statement();
        (row.billed_plan, row.next_plan) = ("power".to_owned(), "power".to_owned());
        (row.plan_granted, row.plan_drawn) = (credits(10_000), row.usage_credits);
        (row.overage_credits, row.overage_amount) = (Credits::ZERO, Money::ZERO);
        (row.subscription_amount, row.total_amount) = (usd(20_000), usd(20_000));
        self.state().plan = "power".to_owned();
        let lines = [(LineType::Subscription, "pro", 2_000), (LineType::Upgrade, "power", 18_000)];
        self.lines(&lines);
        self.charges.clear();
    }

    /// The account goes on with Free, where the switch is off (P4).
    pub(in crate::book::differences) fn goes_to_free(&mut self) {
        self.statement().next_plan = "free".to_owned();
        let state = self.state();
        (state.plan, state.overage_on) = ("free".to_owned(), false);
    }

    /// The account signed up within the month, on Free, with a trial that all usage draws on.
    pub(in crate::book::differences) fn signed_up(&mut self, at_instant: &str) {
        let row = self.statement();
        row.opening_plan = None;
        (row.billed_plan, row.next_plan) = ("free".to_owned(), "free".to_owned());
        (row.trial_opening, row.trial_drawn) = (credits(500), credits(100));
        (row.usage_credits, row.trial_carried) = (credits(100), credits(400));
        (row.plan_granted, row.plan_drawn, row.overage_credits) =
            (credits(50), Credits::ZERO, Credits::ZERO);
        (row.subscription_amount, row.overage_amount, row.total_amount) =
            (Money::ZERO, Money::ZERO, Money::ZERO);
        let state = self.state();
        (state.plan, state.overage_on) = ("free".to_owned(), false);
        (state.signed_up_at, state.first_paid_at) = (at(at_instant), None);
        self.lines(&[]);
        self.charges.clear();
    }
}
