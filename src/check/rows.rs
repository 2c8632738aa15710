//! The finished tables, read back from the disk as they were written: their rows, as far as the
//! check needs
//! them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::error::{Code, Error, Result};
use crate::base::ids::AccountId;
use crate::base::scope::Scope;
use crate::tables::{self, OfAccount, Record, Table, view};

pub(super) use crate::tables::TableBatch;

/// A table that cannot be read back fails the check.
pub(super) fn failed(cause: Error) -> Error {
    let message = "a finished table cannot be read back, nothing was published";
    Error::new(Code::NOT_READ_BACK, message).caused_by(cause)
}

/// Columns of a finished table, batch by batch: of all accounts or of some.
pub(super) fn batches(
    folder: &Path,
    table: Table,
    columns: &[&str],
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<TableBatch>> + Send + use<>> {
    let batches = tables::batches(folder, table, columns, scope).map_err(failed)?;
    Ok(batches.map(|batch| batch.map_err(failed)))
}

/// The rows of a batch.
pub(super) fn of<'a, I>(
    batch: &'a TableBatch,
    rows: impl FnOnce(&'a TableBatch) -> Result<I>,
) -> Result<I> {
    rows(batch).map_err(failed)
}

/// The rows of a finished table, of all accounts or of some.
pub(super) fn whole_of<R: OfAccount + Record>(
    folder: &Path,
    scope: &Scope,
) -> Result<impl Iterator<Item = Result<R>> + use<R>> {
    Ok(tables::records_in(folder, scope).map_err(failed)?.map(|row| row.map_err(failed)))
}

/// The number of rows of a finished table.
pub(super) fn row_count(folder: &Path, table: Table) -> Result<u64> {
    tables::row_count(folder, table).map_err(failed)
}

/// An account whose rows are not those of the revision before; accounts that were billed anew are
/// left aside.
pub(super) fn differing_account(
    before: &Path,
    after: &Path,
    table: Table,
    anew: &BTreeSet<AccountId>,
) -> Result<Option<String>> {
    tables::differing_account(before, after, table, anew).map_err(failed)
}

view! {
    /// What an account's month comes to.
    pub(super) struct Statement of Statements.statements {
        account_id, opening_plan, billed_plan, next_plan, events, usage_credits, trial_opening,
        trial_drawn, trial_expired, trial_carried, grants_opening, grants_drawn, grants_expired,
        grants_carried, plan_granted, plan_drawn, plan_expired, overage_credits, unbilled_credits,
        subscription_amount, grants_amount, adjustments_amount, overage_amount, total_amount,
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
        document_id, account_id, revision, subscription_amount, overage_amount, total_amount,
    }
}

view! {
    /// What a line charges.
    pub(super) struct Line of InvoiceLines.invoice_lines {
        document_id, account_id, line_type, amount, quantity, unit_price,
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
        account_id, pool, grant_id, granted, drawn, expired,
    }
}

view! {
    /// A grant that goes on.
    pub(super) struct OpenGrant of Grants.grants {
        account_id, grant_id, grant, granted, left, granted_at, expires_at, price,
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

of_account!(Statement, ClosingState, Document, Line, Charge, Expired, OpenGrant, Exception);
