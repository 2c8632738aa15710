//! The tables of a revision before they are written: pieces that can be made side by side, each of
//! which comes to a batch of the same rows whatever the number of threads.

use arrow_array::RecordBatch;

use super::carried_over::CarriedOver;
use super::definitions::Table;
use crate::base::error::Result;
use crate::base::money::Currency;

/// Tables whose rows are made in one go, a piece after the other.
pub struct TableGroup<'a> {
    /// The tables.
    pub tables: Vec<Table>,
    /// How many pieces there are.
    pub pieces: usize,
    /// The batch of each table that a piece comes to.
    pub make: Box<dyn Fn(usize) -> Result<Vec<RecordBatch>> + Sync + 'a>,
}

/// All tables of a revision, and what their footers say.
pub struct RevisionTables<'a> {
    /// The month, as columns of that name have it.
    pub month: &'a str,
    /// The revision's name, such as `r001`.
    pub revision: &'a str,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The rows of the accounts that are billed now.
    pub groups: Vec<TableGroup<'a>>,
    /// Where the rows of all other accounts come from, if there are such.
    pub carried_over: Option<CarriedOver<'a>>,
}
