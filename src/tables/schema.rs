//! Names, types and meanings of all columns. They are public: a change is a breaking change.

use arrow_schema::SchemaRef;

use super::columns::ColumnType::{Credits, Date, Flag, Instant, Integer, Money, Rate, Text};
use super::columns::{TableColumn, optional, required, schema_of};
use crate::base::money::Currency;

/// A table of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Invoices, and later their notes.
    Documents,
    /// Their lines.
    InvoiceLines,
    /// Overage, one row for each account that has any.
    OverageCharges,
    /// Credits that expired unused.
    ExpiredCredits,
    /// One row for every account that exists in the month.
    Statements,
    /// The opening state of the next month.
    State,
    /// Rows that cannot be billed, in groups.
    Exceptions,
    /// Rows that cannot be read.
    Rejects,
}

const DOCUMENTS: &[TableColumn] = &[
    required("document_id", Text),
    required("document_type", Text),
    required("revision", Text),
    required("account_id", Text),
    required("month", Text),
    required("issued_on", Date),
    required("currency", Text),
    required("plan", Text),
    required("subscription_amount", Money),
    required("overage_amount", Money),
    required("total_amount", Money),
    required("line_count", Integer),
    optional("relates_to", Text),
    optional("reason", Text),
];

const INVOICE_LINES: &[TableColumn] = &[
    required("document_id", Text),
    required("line_number", Integer),
    required("account_id", Text),
    required("line_type", Text),
    required("plan", Text),
    optional("from_plan", Text),
    required("charged_on", Date),
    required("service_start", Instant),
    required("service_end", Instant),
    required("quantity", Credits),
    required("unit_price", Rate),
    optional("proration", Text),
    required("amount", Money),
    required("explanation", Text),
];

const OVERAGE_CHARGES: &[TableColumn] = &[
    required("account_id", Text),
    required("month", Text),
    required("plan", Text),
    required("overage_credits", Credits),
    required("rate", Rate),
    required("amount", Money),
    required("currency", Text),
    required("charged_on", Date),
    required("document_id", Text),
];

const EXPIRED_CREDITS: &[TableColumn] = &[
    required("account_id", Text),
    required("month", Text),
    required("pool", Text),
    optional("plan", Text),
    required("granted", Credits),
    required("drawn", Credits),
    required("expired", Credits),
    required("expired_at", Instant),
    required("reason", Text),
];

const STATEMENTS: &[TableColumn] = &[
    required("account_id", Text),
    required("month", Text),
    optional("opening_plan", Text),
    required("billed_plan", Text),
    required("next_plan", Text),
    required("events", Integer),
    required("usage_credits", Credits),
    required("trial_opening", Credits),
    required("trial_drawn", Credits),
    required("trial_expired", Credits),
    required("trial_carried", Credits),
    required("plan_granted", Credits),
    required("plan_drawn", Credits),
    required("plan_expired", Credits),
    required("overage_credits", Credits),
    required("unbilled_credits", Credits),
    required("subscription_amount", Money),
    required("overage_amount", Money),
    required("total_amount", Money),
    required("currency", Text),
];

const STATE: &[TableColumn] = &[
    required("account_id", Text),
    required("plan", Text),
    required("overage_on", Flag),
    required("signed_up_at", Instant),
    optional("first_paid_at", Instant),
    optional("trial_ends_at", Instant),
    required("trial_left", Credits),
];

const EXCEPTIONS: &[TableColumn] = &[
    required("kind", Text),
    required("account_id", Text),
    required("month", Text),
    optional("rows", Integer),
    optional("credits", Credits),
    optional("first_at", Instant),
    optional("last_at", Instant),
    optional("sample_id", Text),
    required("detail", Text),
];

const REJECTS: &[TableColumn] = &[
    required("file", Text),
    required("row", Integer),
    optional("column", Text),
    optional("value", Text),
    required("reason", Text),
];

impl Table {
    /// All tables, in the order in which people read them.
    pub const ALL: [Table; 8] = [
        Table::Documents,
        Table::InvoiceLines,
        Table::OverageCharges,
        Table::ExpiredCredits,
        Table::Statements,
        Table::State,
        Table::Exceptions,
        Table::Rejects,
    ];

    /// The table's name, and its files' name without the ending.
    pub fn name(self) -> &'static str {
        match self {
            Table::Documents => "documents",
            Table::InvoiceLines => "invoice_lines",
            Table::OverageCharges => "overage_charges",
            Table::ExpiredCredits => "expired_credits",
            Table::Statements => "statements",
            Table::State => "state",
            Table::Exceptions => "exceptions",
            Table::Rejects => "rejects",
        }
    }

    /// The columns, in order.
    pub fn columns(self) -> &'static [TableColumn] {
        match self {
            Table::Documents => DOCUMENTS,
            Table::InvoiceLines => INVOICE_LINES,
            Table::OverageCharges => OVERAGE_CHARGES,
            Table::ExpiredCredits => EXPIRED_CREDITS,
            Table::Statements => STATEMENTS,
            Table::State => STATE,
            Table::Exceptions => EXCEPTIONS,
            Table::Rejects => REJECTS,
        }
    }
}

/// A table's Arrow schema, given the currency.
pub fn arrow_schema(table: Table, currency: Currency) -> SchemaRef {
    schema_of(table.columns(), currency)
}
