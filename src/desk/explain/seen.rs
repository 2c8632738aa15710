//! What a customer sees of a month, be it published or planned.

use std::path::Path;

use serde_json::Value;

use super::published::Issued;
use super::result::documents_json;
use super::text::documents;
use crate::base::error::Result;
use crate::base::ids::AccountId;
use crate::base::money::Currency;
use crate::book::OverWaived;
use crate::tables::{DocumentRow, LineRow, StatementRow, records_of};

/// What a customer sees of a month.
pub struct Seen {
    /// Lines, as `explain` has them.
    pub lines: Vec<String>,
    /// The same for machines.
    pub documents: Value,
    /// What was waived beyond the overage that there is, if anything.
    pub over_waived: Option<OverWaived>,
}

/// What a customer sees of a month whose tables are in `folder`, published or not.
///
/// # Errors
/// [`crate::base::error::Kind::Book`] where the tables cannot be read.
pub fn seen(folder: &Path, account: &AccountId, currency: Currency) -> Result<Seen> {
    let rows: Vec<DocumentRow> = records_of(folder, account)?;
    let lines: Vec<LineRow> = records_of(folder, account)?;
    let statement: Option<StatementRow> = records_of(folder, account)?.pop();
    let issued = Issued { documents: &rows, lines: &lines, statement: statement.as_ref() };
    Ok(Seen {
        lines: documents(&issued, currency),
        documents: documents_json(&issued, currency),
        over_waived: OverWaived::of(&lines, currency),
    })
}
