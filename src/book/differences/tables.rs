//! Differences as tables.

use std::path::Path;

use super::outcome::{AccountDifference, Differences, LineDifference};
use crate::base::error::Result;
use crate::tables::{
    Cell, ColumnType, Output, ReportColumn, ReportTable, ReportTarget, report_table,
};

/// An account that differs.
#[derive(Debug)]
pub struct AccountRow<'a> {
    of: &'a Differences,
    difference: &'a AccountDifference,
    causes: String,
    also: String,
}

/// A line that differs.
#[derive(Debug)]
pub struct LineRow<'a> {
    of: &'a Differences,
    difference: &'a LineDifference,
    causes: String,
}

/// The figures of a statement: columns before and after of each text; before, after and by how
/// much of each number.
macro_rules! figures {
    ([$($text:ident),*], [$($number:ident: $kind:ident),* $(,)?]) => {
        /// The columns of `statements` that are told before and after.
        pub(super) const FIGURES: &[&str] = &[$(stringify!($text),)* $(stringify!($number)),*];

        fn figures<'a>() -> Vec<ReportColumn<AccountRow<'a>>> {
            vec![
                $(
                    ReportColumn::optional(
                        concat!(stringify!($text), "_before"),
                        ColumnType::Text,
                        |row| row.difference.before.as_ref().map(|of| &of.$text).into(),
                    ),
                    ReportColumn::optional(
                        concat!(stringify!($text), "_after"),
                        ColumnType::Text,
                        |row| row.difference.after.as_ref().map(|of| &of.$text).into(),
                    ),
                )*
                $(
                    ReportColumn::optional(
                        concat!(stringify!($number), "_before"),
                        ColumnType::$kind,
                        |row| row.difference.before.as_ref().map(|of| of.$number).into(),
                    ),
                    ReportColumn::optional(
                        concat!(stringify!($number), "_after"),
                        ColumnType::$kind,
                        |row| row.difference.after.as_ref().map(|of| of.$number).into(),
                    ),
                    ReportColumn::required(
                        concat!(stringify!($number), "_delta"),
                        ColumnType::$kind,
                        |row| match ColumnType::$kind {
                            ColumnType::Integer => Cell::Signed,
                            _ => Cell::Decimal,
                        }(row.difference.delta(|of| of.$number.into())),
                    ),
                )*
            ]
        }
    };
}

figures!(
    [billed_plan, next_plan],
    [
        events: Integer,
        usage_credits: Credits,
        trial_drawn: Credits,
        trial_carried: Credits,
        grants_drawn: Credits,
        grants_carried: Credits,
        plan_granted: Credits,
        plan_drawn: Credits,
        overage_credits: Credits,
        unbilled_credits: Credits,
        subscription_amount: Money,
        grants_amount: Money,
        adjustments_amount: Money,
        overage_amount: Money,
        total_amount: Money,
    ]
);

/// One row for every account that differs.
pub fn account_differences<'a>() -> ReportTable<AccountRow<'a>> {
    report_table! {
        fn account_differences(row: AccountRow) {
            required account_id: Text = row.difference.account_id.as_str(),
            required month: Text = Cell::Month(row.of.month),
            required from_revision: Text = &row.of.from_revision,
            required to_revision: Text = &row.of.to_revision,
            required cause: Text = &row.causes,
            optional also_differs: Text = &row.also,
        }
    }
    let mut table = account_differences();
    let also_differs = table.columns.len() - 1;
    table.columns.splice(also_differs..also_differs, figures());
    table
}

report_table! {
    /// One row for every line that differs.
    pub fn line_differences(row: LineRow) {
        required account_id: Text = row.difference.account_id.as_str(),
        required month: Text = Cell::Month(row.of.month),
        required from_revision: Text = &row.of.from_revision,
        required to_revision: Text = &row.of.to_revision,
        required cause: Text = &row.causes,
        required line_type: Text = row.difference.line_type.name(),
        optional plan: Text = row.difference.plan.as_deref(),
        optional item: Text = row.difference.item.as_deref(),
        required quantity_before: Credits = row.difference.quantity_before,
        required quantity_after: Credits = row.difference.quantity_after,
        required quantity_delta: Credits = row.difference.quantity_after - row.difference.quantity_before,
        required amount_before: Money = row.difference.amount_before,
        required amount_after: Money = row.difference.amount_after,
        required amount_delta: Money = row.difference.amount_after - row.difference.amount_before,
    }
}

impl Differences {
    /// Writes the tables `account_differences` and `line_differences` as Parquet and CSV into a
    /// folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`crate::base::error::Kind::Book`] where the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<Output>> {
        let month = self.month.to_string();
        let notes = [
            ("monthend.month", month.as_str()),
            ("monthend.from_revision", self.from_revision.as_str()),
            ("monthend.to_revision", self.to_revision.as_str()),
        ];
        let target = ReportTarget { folder, currency: self.currency, notes: &notes };
        let of = self;
        let mut written = account_differences().write(&target, &self.accounts, |difference| {
            let (causes, also) = (difference.causes.to_string(), difference.also.join(", "));
            AccountRow { of, difference, causes, also }
        })?;
        written.extend(line_differences().write(&target, &self.lines, |difference| LineRow {
            of,
            difference,
            causes: difference.causes.to_string(),
        })?);
        Ok(written)
    }
}
