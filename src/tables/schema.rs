//! Names, types and meanings of all columns. They are public: a change is a breaking change.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::money::{Currency, RATE_SCALE};

/// Precision of all decimals.
pub(super) const PRECISION: u8 = 18;
/// Decimals of credits.
pub(super) const CREDITS_SCALE: i8 = 6;

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

/// The type of a column, in the terms of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// An integer of 64 bits.
    Integer,
    /// DECIMAL(18,6).
    Credits,
    /// DECIMAL(18, decimals of the currency).
    Money,
    /// DECIMAL(18,6) of money.
    Rate,
    /// TIMESTAMP(MICROS, UTC).
    Instant,
    /// DATE.
    Date,
    /// BOOLEAN.
    Flag,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableColumn {
    /// Its public name.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// Whether it may be empty.
    pub nullable: bool,
}

const fn required(name: &'static str, column_type: ColumnType) -> TableColumn {
    TableColumn { name, column_type, nullable: false }
}

const fn optional(name: &'static str, column_type: ColumnType) -> TableColumn {
    TableColumn { name, column_type, nullable: true }
}

use ColumnType::{Credits, Date, Flag, Instant, Integer, Money, Rate, Text};

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

impl ColumnType {
    /// The Arrow type, given the currency's decimals.
    pub fn data_type(self, currency: Currency) -> DataType {
        match self {
            Text => DataType::Utf8,
            Integer => DataType::Int64,
            Credits => DataType::Decimal128(PRECISION, CREDITS_SCALE),
            Money => DataType::Decimal128(PRECISION, currency.decimals() as i8),
            Rate => DataType::Decimal128(PRECISION, RATE_SCALE as i8),
            Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Date => DataType::Date32,
            Flag => DataType::Boolean,
        }
    }
}

/// A table's Arrow schema, given the currency.
pub fn arrow_schema(table: Table, currency: Currency) -> SchemaRef {
    let field = |column: &TableColumn| {
        Field::new(column.name, column.column_type.data_type(currency), column.nullable)
    };
    Arc::new(Schema::new(table.columns().iter().map(field).collect::<Vec<_>>()))
}
