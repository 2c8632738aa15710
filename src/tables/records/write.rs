//! Rows of documents and lines → cells, for revisions that carry earlier ones on.

use super::{DocumentRow, LineRow};
use crate::base::error::Result;
use crate::tables::batch_builder::{BatchBuilder, Cell};

/// Text that is empty where there is none.
fn some_text(text: &str) -> Cell<'_> {
    Some(text).filter(|text| !text.is_empty()).into()
}

/// A count, which is never negative.
fn count(value: i128) -> Cell<'static> {
    Cell::Integer(u64::try_from(value).unwrap_or(0))
}

impl DocumentRow {
    /// Adds the row to a sheet of its table.
    pub(crate) fn push(&self, sheet: &mut BatchBuilder) -> Result<()> {
        sheet.push([
            self.document_id.as_str().into(),
            self.document_type.as_str().into(),
            self.revision.as_str().into(),
            self.account_id.as_str().into(),
            self.month.as_str().into(),
            Cell::Date(self.issued_on),
            self.currency.as_str().into(),
            self.plan.as_str().into(),
            Cell::Decimal(self.subscription_amount),
            Cell::Decimal(self.overage_amount),
            Cell::Decimal(self.total_amount),
            count(self.line_count),
            some_text(&self.relates_to),
            some_text(&self.reason),
        ])
    }
}

impl LineRow {
    /// Adds the row to a sheet of its table.
    pub(crate) fn push(&self, sheet: &mut BatchBuilder) -> Result<()> {
        sheet.push([
            self.document_id.as_str().into(),
            count(self.line_number),
            self.account_id.as_str().into(),
            self.line_type.as_str().into(),
            self.plan.as_str().into(),
            some_text(&self.from_plan),
            Cell::Date(self.charged_on),
            self.service_start.into(),
            self.service_end.into(),
            Cell::Decimal(self.quantity),
            Cell::Decimal(self.unit_price),
            some_text(&self.proration),
            Cell::Decimal(self.amount),
            self.explanation.as_str().into(),
        ])
    }
}
