//! Differences as tables.

use std::path::Path;

use super::outcome::{AccountDifference, Differences, Figures, LineDifference};
use crate::base::error::Result;
use crate::tables::ColumnType::{self, Integer, Text};
use crate::tables::{Cell, Output, ReportColumn, ReportTable, ReportTarget, report_table};

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

/// Columns before and after of each text; before, after and by how much of each number.
macro_rules! before_and_after {
    ([$($text:ident),*], [$($number:ident: $kind:ident),* $(,)?]) => {
        [
            $(
                ReportColumn::optional(concat!(stringify!($text), "_before"), Text, |row: &AccountRow<'_>| {
                    text(&row.difference.before, |figures| &figures.$text)
                }),
                ReportColumn::optional(concat!(stringify!($text), "_after"), Text, |row: &AccountRow<'_>| {
                    text(&row.difference.after, |figures| &figures.$text)
                }),
            )*
            $(
                ReportColumn::optional(concat!(stringify!($number), "_before"), ColumnType::$kind, |row: &AccountRow<'_>| {
                    number(ColumnType::$kind, row.difference.before.as_ref().map(|f| f.$number))
                }),
                ReportColumn::optional(concat!(stringify!($number), "_after"), ColumnType::$kind, |row: &AccountRow<'_>| {
                    number(ColumnType::$kind, row.difference.after.as_ref().map(|f| f.$number))
                }),
                ReportColumn::required(concat!(stringify!($number), "_delta"), ColumnType::$kind, |row: &AccountRow<'_>| {
                    number(ColumnType::$kind, Some(row.difference.delta(|f| f.$number)))
                }),
            )*
        ]
    };
}

fn text(figures: &Option<Figures>, of: fn(&Figures) -> &String) -> Cell<'_> {
    figures.as_ref().map(of).into()
}

fn number(kind: ColumnType, value: Option<i128>) -> Cell<'static> {
    value.map(if kind == Integer { Cell::Signed } else { Cell::Decimal }).into()
}

/// One row for every account that differs.
pub fn account_differences<'a>() -> ReportTable<AccountRow<'a>> {
    report_table! {
        fn account_differences(row: AccountRow) {
            required account_id: Text = &row.difference.account_id,
            required month: Text = &row.of.month,
            required from_revision: Text = &row.of.from_revision,
            required to_revision: Text = &row.of.to_revision,
            required cause: Text = &row.causes,
            optional also_differs: Text = &row.also,
        }
    }
    let mut table = account_differences();
    let figures = before_and_after!(
        [billed_plan, next_plan],
        [
            events: Integer,
            usage_credits: Credits,
            trial_drawn: Credits,
            trial_carried: Credits,
            plan_granted: Credits,
            plan_drawn: Credits,
            overage_credits: Credits,
            unbilled_credits: Credits,
            subscription_amount: Money,
            overage_amount: Money,
            total_amount: Money,
        ]
    );
    let also_differs = table.columns.len() - 1;
    table.columns.splice(also_differs..also_differs, figures);
    table
}

report_table! {
    /// One row for every line that differs.
    pub fn line_differences(row: LineRow) {
        required account_id: Text = &row.difference.account_id,
        required month: Text = &row.of.month,
        required from_revision: Text = &row.of.from_revision,
        required to_revision: Text = &row.of.to_revision,
        required cause: Text = &row.causes,
        required line_type: Text = &row.difference.line_type,
        required plan: Text = &row.difference.plan,
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
        let notes = [
            ("monthend.month", self.month.as_str()),
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
