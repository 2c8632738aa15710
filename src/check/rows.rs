//! The finished tables, read back from the disk as they were written: their rows, as far as the
//! check needs them; and one of them walked along with another.

use std::path::Path;

use crate::base::error::{Code, Error, Result};
use crate::base::scope::Scope;
pub(super) use crate::tables::TableBatch;
use crate::tables::{self, Table, of_account, view};

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

of_account!(
    Statement<'_>,
    ClosingState<'_>,
    Document<'_>,
    Line<'_>,
    Charge<'_>,
    Expired<'_>,
    OpenGrant<'_>,
    Exception<'_>
);

/// Accounts' rows, as far as they are looked at.
pub(super) type RowsOf<T> = Vec<(String, T)>;

/// Each account's row, as far as it is looked at, in the order of the accounts.
pub(super) struct Along<T> {
    batches: Box<dyn Iterator<Item = Result<TableBatch>>>,
    read: fn(&TableBatch) -> Result<RowsOf<T>>,
    /// Those at hand, the next one last.
    held: RowsOf<T>,
}

impl<T> Along<T> {
    /// The rows of a table in a folder, given what of a batch is looked at.
    pub fn open(
        folder: &Path,
        (table, columns): (Table, &[&str]),
        scope: &Scope,
        read: fn(&TableBatch) -> Result<RowsOf<T>>,
    ) -> Result<Self> {
        let batches = Box::new(batches(folder, table, columns, scope)?);
        Ok(Along { batches, read, held: Vec::new() })
    }

    /// The row of an account, if it has one, given that none before it is asked for any more.
    pub fn of(&mut self, account: &str) -> Result<Option<&T>> {
        loop {
            match self.held.last() {
                Some((own, _)) if own.as_str() < account => drop(self.held.pop()),
                Some(_) => break,
                None => {
                    let Some(batch) = self.batches.next() else { return Ok(None) };
                    self.held = (self.read)(&batch?)?;
                    self.held.reverse();
                }
            }
        }
        let next = self.held.last().filter(|(own, _)| own == account);
        Ok(next.map(|(_, row)| row))
    }
}
