//! The types of columns, and how they become Arrow's.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};

use crate::base::money::{Currency, RATE_SCALE};

/// Precision of all decimals but exact costs: they are held in 64 bits, in memory as in Parquet.
const PRECISION: u8 = 18;
/// Precision and decimals of exact costs: a quantity times a unit price, six decimals each.
const COST: (u8, i8) = (38, 12);
/// Decimals of credits.
pub(super) const CREDITS_SCALE: i8 = 6;
/// Decimals of rates: [`RATE_SCALE`], as arrow has scales.
#[expect(clippy::cast_possible_truncation, reason = "it is six")]
const RATE_DECIMALS: i8 = RATE_SCALE as i8;

/// The column of accounts in all tables that have one.
pub(super) const ACCOUNT: &str = "account_id";

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
    /// DECIMAL(38,12) of money: a quantity times a unit price, unrounded.
    Cost,
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
    /// Whether earlier versions of the program did not write it. A table of theirs lacks it, and is
    /// read as if it were empty, or 0 where it is never empty.
    pub came_later: bool,
    /// What it means; empty for columns that docs/FILES.md does not describe.
    pub meaning: &'static str,
}

/// A column that is never empty.
pub const fn required(name: &'static str, column_type: ColumnType) -> TableColumn {
    TableColumn { name, column_type, nullable: false, came_later: false, meaning: "" }
}

/// A column that may be empty.
pub const fn optional(name: &'static str, column_type: ColumnType) -> TableColumn {
    TableColumn { name, column_type, nullable: true, came_later: false, meaning: "" }
}

impl ColumnType {
    /// The type as docs/FILES.md names it.
    pub fn name(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Integer => "integer",
            ColumnType::Credits => "credits",
            ColumnType::Money => "money",
            ColumnType::Rate => "rate",
            ColumnType::Cost => "cost",
            ColumnType::Instant => "instant",
            ColumnType::Date => "date",
            ColumnType::Flag => "flag",
        }
    }

    /// The Arrow type, given the currency's decimals.
    pub fn data_type(self, currency: Currency) -> DataType {
        let of_money = || DataType::Decimal64(PRECISION, currency.decimals().cast_signed());
        self.in_any_currency().unwrap_or_else(of_money)
    }

    /// The Arrow type; none where it depends on the currency.
    fn in_any_currency(self) -> Option<DataType> {
        Some(match self {
            ColumnType::Text => DataType::Utf8,
            ColumnType::Integer => DataType::Int64,
            ColumnType::Credits => DataType::Decimal64(PRECISION, CREDITS_SCALE),
            ColumnType::Money => return None,
            ColumnType::Rate => DataType::Decimal64(PRECISION, RATE_DECIMALS),
            ColumnType::Cost => DataType::Decimal128(COST.0, COST.1),
            ColumnType::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            ColumnType::Date => DataType::Date32,
            ColumnType::Flag => DataType::Boolean,
        })
    }

    /// Whether an Arrow type is this type's, in whatever currency.
    pub(super) fn is(self, data_type: &DataType) -> bool {
        match self.in_any_currency() {
            Some(own) => own == *data_type,
            None => matches!(data_type, DataType::Decimal64(PRECISION, 0..)),
        }
    }
}

/// A schema of a Parquet file, as the contract's types: decimals that 64 bits hold are held in
/// these.
pub(super) fn narrowed(schema: &Schema) -> SchemaRef {
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Decimal128(PRECISION, scale) => {
            let narrow = DataType::Decimal64(PRECISION, *scale);
            FieldRef::new(field.as_ref().clone().with_data_type(narrow))
        }
        _ => FieldRef::clone(field),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// The Arrow schema of columns, given the currency.
pub fn schema_of(columns: &[TableColumn], currency: Currency) -> SchemaRef {
    let field = |column: &TableColumn| {
        Field::new(column.name, column.column_type.data_type(currency), column.nullable)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}
