//! The rows of the finished tables, as far as the check needs them.

use crate::tables::{OfAccount, view};

view! {
    /// What an account's month comes to.
    pub(super) struct Statement of Statements.statements {
        account_id, opening_plan, billed_plan, next_plan, events, usage_credits, trial_opening,
        trial_drawn, trial_expired, trial_carried, plan_granted, plan_drawn, plan_expired,
        overage_credits, unbilled_credits, subscription_amount, overage_amount, total_amount,
    }
}

impl Statement<'_> {
    /// Whether the account signed up within the month.
    pub fn signed_up_within(&self) -> bool {
        self.opening_plan.is_none()
    }
}

view! {
    /// How an account goes on.
    pub(super) struct ClosingState of State.state {
        account_id, plan, overage_on, signed_up_at, first_paid_at, trial_ends_at, trial_left,
    }
}

view! {
    /// What a document comes to, and the revision that issued it.
    pub(super) struct Document of Documents.documents {
        account_id, revision, subscription_amount, overage_amount, total_amount,
    }
}

view! {
    /// What a line charges.
    pub(super) struct Line of InvoiceLines.invoice_lines {
        account_id, line_type, amount, quantity, unit_price,
    }
}

view! {
    /// What an account's overage costs.
    pub(super) struct Charge of OverageCharges.overage_charges {
        account_id, overage_credits, rate, amount,
    }
}

view! {
    /// What became of a pool.
    pub(super) struct Expired of ExpiredCredits.expired_credits {
        account_id, pool, granted, drawn, expired,
    }
}

view! {
    /// Rows that could not be billed.
    pub(super) struct Exception of Exceptions.exceptions {
        account_id, kind, credits,
    }
}

macro_rules! of_account {
    ($($row:ident),*) => {
        $(impl OfAccount for $row<'_> {
            fn account(&self) -> &str {
                self.account_id
            }
        })*
    };
}

of_account!(Statement, ClosingState, Document, Line, Charge, Expired, Exception);
