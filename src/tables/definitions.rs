//! The tables of a revision: names, types and meanings of all columns. They are public: a change is
//! a breaking change.
//!
//! A column is one line here, with its meaning. From it follow the schema, the row of typed fields
//! and its borrowed form, how both are read and written, which columns of two rows differ, a row's
//! JSON, and the text of docs/FILES.md. What a column holds ([`super::values::Value`]) says whether
//! it may be empty.

use arrow_schema::SchemaRef;
use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use super::batch_builder::BatchBuilder;
use super::columns::ACCOUNT;
use super::columns::{TableColumn, schema_of};
use super::definition_macros::{came_later, tables};
use super::kinds::{DocumentType, ExpiryReason, LineType, PoolKind};
use super::values::{Column, TableBatch, Value, Word};
use crate::base::calendar::{Instant, Month};
use crate::base::credits::Credits;
use crate::base::error::Result;
use crate::base::exceptions::ExceptionKind;
use crate::base::ids::AccountId;
use crate::base::money::{Currency, Money, Rate};

/// A row of one of a revision's tables.
pub trait Record: Sized + PartialEq + Send + 'static {
    /// The table.
    const TABLE: Table;

    /// The rows of a batch of all columns.
    ///
    /// # Errors
    /// A cell that no run writes.
    fn rows(batch: &TableBatch) -> Result<Vec<Self>>;

    /// The names of the columns in which another row differs.
    fn differing(&self, other: &Self) -> Vec<&'static str>;
}

/// A row that belongs to an account. The tables of such rows are sorted by account.
pub trait OfAccount {
    /// The account's id.
    fn account(&self) -> &str;
}

tables! {
    /// Invoices, and later their notes.
    documents Documents DocumentRow DocumentCells {
        /// `INV-`, the month, and 8 digits: `INV-2026-04-00000001`
        document_id: String,
        /// `invoice`, `credit_note` or `debit_note`
        document_type: Word<DocumentType>,
        /// the revision that issued it: `r001`
        revision: String,
        /// the account
        account_id: AccountId,
        /// `2026-04`
        month: Month,
        /// of invoices the first day of the next month, of notes the day of the run; or as
        /// `--issued-on` says
        issued_on: NaiveDate,
        /// the day by which it is to be paid: the payment term after `issued_on`; empty where there
        /// was none
        due_on (later): Option<NaiveDate>,
        /// code of ISO 4217
        currency: String,
        /// the billed plan's id
        plan: String,
        /// sum of the subscription's and the upgrades' lines
        subscription_amount: Money,
        /// the overage line
        overage_amount: Money,
        /// all lines, grants and adjustments among them
        total_amount: Money,
        /// its lines
        line_count: u64,
        /// of a note: the account's invoice
        relates_to: Option<String>,
        /// of a note: why there is the revision that issued it
        reason: Option<String>,
    }

    /// Their lines.
    invoice_lines InvoiceLines LineRow LineCells {
        /// the document
        document_id: String,
        /// from 1
        line_number: u64,
        /// the account
        account_id: AccountId,
        /// `subscription` (F1), `first_upgrade` (F2), `upgrade` (F3, F4), `grant` (G4), `adjustment`
        /// (A1), `overage` (O4)
        line_type: Word<LineType>,
        /// the plan that is charged; of grants, adjustments and overage the billed plan
        plan: String,
        /// for upgrades, the plan left
        from_plan: Option<String>,
        /// the day of the charge
        charged_on: NaiveDate,
        /// the first instant of the service: S; the instant of the upgrade, grant or adjustment; for
        /// overage S or the signup, whichever is later
        service_start: Instant,
        /// the first instant after it: E; of a grant when it expires, or E where it never does
        service_end: Instant,
        /// credits of overage and grants; 1 for all else; on notes what is more or less
        quantity: Credits,
        /// of grants: the kind
        grant (later): Option<String>,
        /// of adjustments: the id
        adjustment_id (later): Option<String>,
        /// price of one: the plan's (F1, F2), new less old (F3, F4), a grant's for each credit (G4),
        /// the adjustment (A1), the overage rate (O4)
        unit_price: Rate,
        /// the fraction, unreduced: `15/30`; in seconds under `seconds`
        proration: Option<String>,
        /// the charge
        amount: Money,
        /// one sentence with the rule's number; of adjustments their description (A1)
        explanation: String,
    }

    /// Overage, one row for each account that has any.
    overage_charges OverageCharges ChargeRow ChargeCells {
        /// the account
        account_id: AccountId,
        /// the month
        month: Month,
        /// the billed plan
        plan: String,
        /// credits that are billed as overage
        overage_credits: Credits,
        /// price of one credit
        rate: Rate,
        /// the charge
        amount: Money,
        /// code of ISO 4217
        currency: String,
        /// the last day of the month
        charged_on: NaiveDate,
        /// the account's invoice
        document_id: String,
    }

    /// Credits that expired unused.
    expired_credits ExpiredCredits ExpiredRow ExpiredCells {
        /// the account
        account_id: AccountId,
        /// the month
        month: Month,
        /// `trial`, `grant` or `plan`
        pool: Word<PoolKind>,
        /// the plan whose pool it was; empty for the trial and grants
        plan: Option<String>,
        /// the grant whose pool it was: the `change_id` that gave it
        grant_id (later): Option<String>,
        /// its kind
        grant (later): Option<String>,
        /// granted, or carried in
        granted: Credits,
        /// drawn in the month
        drawn: Credits,
        /// what was left; more than 0
        expired: Credits,
        /// when
        expired_at: Instant,
        /// `trial-ended` (C2), `grant-expired`, `grant-voided` (G5), `month-ended` (C5),
        /// `first-upgrade` (C4)
        reason: Word<ExpiryReason>,
    }

    /// Grants that go on into the next month: a part of its opening state.
    grants Grants GrantRow GrantCells {
        /// the account
        account_id: AccountId,
        /// the `change_id` that gave it
        grant_id: String,
        /// its kind, as the catalogue has it
        grant: String,
        /// its credits when it was given
        granted: Credits,
        /// credits not drawn yet; more than 0
        left: Credits,
        /// the first instant at which it can be drawn on
        granted_at: Instant,
        /// the first instant at which it has expired; empty for never
        expires_at: Option<Instant>,
        /// what was paid for it
        price: Money,
    }

    /// The catalogue in force.
    plans Plans PlanRow PlanCells {
        /// the plan's id, as other tables have it
        plan: String,
        /// its name, for people
        name: String,
        /// its rank: 1 for the lowest
        rank: u64,
        /// the price of a month
        price: Money,
        /// the credits of a month's pool
        credits: Credits,
        /// the price of a credit over the cap; empty where overage isn't offered
        overage_rate: Option<Rate>,
        /// whether nobody may enter it any more (V1)
        retired: bool,
        /// code of ISO 4217
        currency: String,
    }

    /// One row for every account that exists in the month.
    statements Statements StatementRow StatementCells {
        /// the account
        account_id: AccountId,
        /// the month
        month: Month,
        /// the plan brought into the month; empty if the account signed up within it
        opening_plan: Option<String>,
        /// the highest plan in force in the month
        billed_plan: String,
        /// the plan in force from E
        next_plan: String,
        /// the month's usage events, without duplicates and exceptions
        events: u64,
        /// their credits
        usage_credits: Credits,
        /// trial credits carried in, or granted in the month; in `genesis` what usage before S
        /// left
        trial_opening: Credits,
        /// drawn on the trial
        trial_drawn: Credits,
        /// expired with the trial
        trial_expired: Credits,
        /// carried into the next month
        trial_carried: Credits,
        /// credits of grants carried in, or granted in the month
        grants_opening (later): Credits,
        /// drawn on grants
        grants_drawn (later): Credits,
        /// expired with grants, or voided
        grants_expired (later): Credits,
        /// carried into the next month with grants
        grants_carried (later): Credits,
        /// the plan's pool; in the month of a first upgrade, both pools (C4)
        plan_granted: Credits,
        /// drawn on plan pools
        plan_drawn: Credits,
        /// expired of plan pools
        plan_expired: Credits,
        /// billed as overage
        overage_credits: Credits,
        /// over the cap and charged nothing
        unbilled_credits: Credits,
        /// fees of plans
        subscription_amount: Money,
        /// grants that cost something (G4)
        grants_amount (later): Money,
        /// adjustments (A1)
        adjustments_amount (later): Money,
        /// overage
        overage_amount: Money,
        /// all together
        total_amount: Money,
        /// code of ISO 4217
        currency: String,
    }

    /// The opening state of the next month.
    state State StateRow StateCells {
        /// the account
        account_id: AccountId,
        /// the plan in force from E
        plan: String,
        /// whether the overage switch is on
        overage_on: bool,
        /// the signup
        signed_up_at: Instant,
        /// when it was first on a paid plan; empty if never
        first_paid_at: Option<Instant>,
        /// when the trial ends; empty once it has ended by E
        trial_ends_at: Option<Instant>,
        /// trial credits left; 0 where none runs
        trial_left: Credits,
        /// the account's own limit of overage (O6); empty where it has none
        overage_limit (later): Option<Credits>,
    }

    /// The event ids that the month billed in its last hours, as the next month needs them (L1).
    recent_ids RecentIds RecentIdRow RecentIdCells {
        /// the event's id
        event_id: String,
        /// the account that it was billed to
        account_id: AccountId,
        /// when it was
        at: Instant,
    }

    /// Rows that cannot be billed, in groups.
    exceptions Exceptions ExceptionRow ExceptionCells {
        /// see [above](#bad-input)
        kind: Word<ExceptionKind>,
        /// the account as the rows name it
        account_id: AccountId,
        /// the month that was run
        month: Month,
        /// rows of the group; empty for `unbilled-usage`
        rows: Option<u64>,
        /// their credits; empty for changes
        credits: Option<Credits>,
        /// the earliest row
        first_at: Option<Instant>,
        /// the latest row
        last_at: Option<Instant>,
        /// `event_id` or `change_id` of the earliest row
        sample_id: Option<String>,
        /// `usage` or `changes`, with what else there is to say; for `unknown-plan` the plan;
        /// for `unbilled-usage` the reason: `overage-off`, `overage-limit` or
        /// `plan-without-overage`; for
        /// `dropped-usage` the reason that the list gives
        detail: String,
    }

    /// Rows that cannot be read.
    rejects Rejects RejectRow RejectCells {
        /// the file as the job names it
        file: String,
        /// the data row, from 1; a CSV header and empty lines aren't counted (X18)
        row: u64,
        /// the column's name in the file; empty where the row as a whole is at fault
        column: Option<String>,
        /// what was read, cut at 200 characters
        value: Option<String>,
        /// why it can't be read, and what was expected
        reason: String,
    }
}

impl Table {
    /// Whether earlier versions of the program did not write the table. A revision of theirs lacks
    /// it, and says nothing of it.
    pub fn came_later(self) -> bool {
        matches!(self, Table::Grants | Table::Plans | Table::RecentIds)
    }

    /// The names of its columns, in order.
    pub(super) fn names(self) -> Vec<&'static str> {
        self.columns().iter().map(|column| column.name).collect()
    }

    /// Whether the table's rows are of accounts: in a dispute, those of all others are carried over.
    pub fn is_of_accounts(self) -> bool {
        self.columns().iter().any(|column| column.name == ACCOUNT)
    }

    /// Whether it is written as CSV, too. Ids by the million are for the next month alone.
    pub fn has_csv(self) -> bool {
        self != Table::RecentIds
    }

    /// Its files.
    pub fn files(self) -> Vec<String> {
        let endings: &[&str] = if self.has_csv() { &["parquet", "csv"] } else { &["parquet"] };
        endings.iter().map(|ending| format!("{}.{ending}", self.name())).collect()
    }
}

/// Rows that name their account in a column.
macro_rules! of_account {
    ($($row:ty),*) => {
        $(impl $crate::tables::OfAccount for $row {
            fn account(&self) -> &str {
                &self.account_id
            }
        })*
    };
}

pub(crate) use of_account;

of_account!(
    ChargeRow,
    DocumentRow,
    ExceptionRow,
    ExpiredRow,
    GrantRow,
    LineRow,
    RecentIdRow,
    StateRow,
    StatementRow
);

/// A table's Arrow schema, given the currency.
pub fn arrow_schema(table: Table, currency: Currency) -> SchemaRef {
    schema_of(table.columns(), currency)
}
