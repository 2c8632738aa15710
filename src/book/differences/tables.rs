//! Differences as tables.

use std::path::Path;

use super::outcome::{AccountDifference, Differences, Figures, LineDifference};
use crate::base::error::Result;
use crate::tables::ColumnType::{Credits, Integer, Money, Text};
use crate::tables::{Cell, Output, ReportTable, TableColumn, optional, required};

/// Columns of an account before its figures: who, which, why.
const HEAD: usize = 5;
/// Texts before and after.
const TEXTS: usize = 2;
/// Numbers before, after, and by how much.
const NUMBERS: usize = 11;
const WIDTH: usize = HEAD + 2 * TEXTS + 3 * NUMBERS + 1;

macro_rules! account_columns {
    ([$($text:literal),*], [$($number:literal: $kind:ident),*]) => {
        [
            required("account_id", Text),
            required("month", Text),
            required("from_revision", Text),
            required("to_revision", Text),
            required("cause", Text),
            $(
                optional(concat!($text, "_before"), Text),
                optional(concat!($text, "_after"), Text),
            )*
            $(
                optional(concat!($number, "_before"), $kind),
                optional(concat!($number, "_after"), $kind),
                required(concat!($number, "_delta"), $kind),
            )*
            optional("also_differs", Text),
        ]
    };
}

const ACCOUNT_COLUMNS: [TableColumn; WIDTH] = account_columns!(
    ["billed_plan", "next_plan"],
    [
        "events": Integer,
        "usage_credits": Credits,
        "trial_drawn": Credits,
        "trial_carried": Credits,
        "plan_granted": Credits,
        "plan_drawn": Credits,
        "overage_credits": Credits,
        "unbilled_credits": Credits,
        "subscription_amount": Money,
        "overage_amount": Money,
        "total_amount": Money
    ]
);

const LINE_COLUMNS: [TableColumn; 13] = [
    required("account_id", Text),
    required("month", Text),
    required("from_revision", Text),
    required("to_revision", Text),
    required("cause", Text),
    required("line_type", Text),
    required("plan", Text),
    required("quantity_before", Credits),
    required("quantity_after", Credits),
    required("quantity_delta", Credits),
    required("amount_before", Money),
    required("amount_after", Money),
    required("amount_delta", Money),
];

/// One row for every account that differs.
pub const ACCOUNT_DIFFERENCES: ReportTable =
    ReportTable { name: "account_differences", columns: &ACCOUNT_COLUMNS };

/// One row for every line that differs.
pub const LINE_DIFFERENCES: ReportTable =
    ReportTable { name: "line_differences", columns: &LINE_COLUMNS };

impl Figures {
    /// In the order of the columns.
    fn texts(&self) -> [&str; TEXTS] {
        [&self.billed_plan, &self.next_plan]
    }

    /// In the order of the columns.
    fn numbers(&self) -> [i128; NUMBERS] {
        [
            self.events,
            self.usage_credits,
            self.trial_drawn,
            self.trial_carried,
            self.plan_granted,
            self.plan_drawn,
            self.overage_credits,
            self.unbilled_credits,
            self.subscription_amount,
            self.overage_amount,
            self.total_amount,
        ]
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
        let mut written = ACCOUNT_DIFFERENCES.write(
            folder,
            self.currency,
            &notes,
            &self.accounts,
            |row, sheet| {
                let (causes, also) = (row.causes.to_string(), row.also.join(", "));
                sheet.push(self.account(row, &causes, &also))
            },
        )?;
        let lines =
            LINE_DIFFERENCES.write(folder, self.currency, &notes, &self.lines, |row, sheet| {
                sheet.push(self.line(row, &row.causes.to_string()))
            })?;
        written.extend(lines);
        Ok(written)
    }

    fn account<'a>(
        &'a self,
        row: &'a AccountDifference,
        causes: &'a str,
        also: &'a str,
    ) -> [Cell<'a>; WIDTH] {
        let mut cells = [Cell::Null; WIDTH];
        let head = [&row.account_id, &self.month, &self.from_revision, &self.to_revision, causes];
        for (cell, text) in cells.iter_mut().zip(head) {
            *cell = text.into();
        }
        let sides = [row.before.as_ref(), row.after.as_ref()];
        let texts = sides.map(|figures| figures.map(Figures::texts));
        for (at, pair) in cells[HEAD..].chunks_exact_mut(2).take(TEXTS).enumerate() {
            for (cell, texts) in pair.iter_mut().zip(texts) {
                *cell = texts.map(|texts| texts[at]).into();
            }
        }
        let numbers = sides.map(|figures| figures.map(Figures::numbers));
        let triples = cells[HEAD + 2 * TEXTS..].chunks_exact_mut(3);
        for (at, triple) in triples.take(NUMBERS).enumerate() {
            let kind = ACCOUNT_COLUMNS[HEAD + 2 * TEXTS + 3 * at].column_type;
            let cell = |value| match kind {
                Integer => Cell::Signed(value),
                _ => Cell::Decimal(value),
            };
            let [before, after] = numbers.map(|numbers| numbers.map(|numbers| numbers[at]));
            triple[0] = before.map_or(Cell::Null, cell);
            triple[1] = after.map_or(Cell::Null, cell);
            triple[2] = cell(after.unwrap_or(0) - before.unwrap_or(0));
        }
        cells[WIDTH - 1] = Some(also).filter(|also| !also.is_empty()).into();
        cells
    }

    fn line<'a>(&'a self, row: &'a LineDifference, causes: &'a str) -> [Cell<'a>; 13] {
        [
            row.account_id.as_str().into(),
            self.month.as_str().into(),
            self.from_revision.as_str().into(),
            self.to_revision.as_str().into(),
            causes.into(),
            row.line_type.as_str().into(),
            row.plan.as_str().into(),
            Cell::Decimal(row.quantity_before),
            Cell::Decimal(row.quantity_after),
            Cell::Decimal(row.quantity_after - row.quantity_before),
            Cell::Decimal(row.amount_before),
            Cell::Decimal(row.amount_after),
            Cell::Decimal(row.amount_after - row.amount_before),
        ]
    }
}
