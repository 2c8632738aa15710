//! The tables of a revision: what they hold, how they are written, and how they are read back.
//!
//! Each table is made as Arrow batches of a fixed number of rows, and every batch goes to
//! Parquet and to CSV alike, so that the two hold the same rows in the same order.

mod batch_builder;
mod by_account;
mod carried_over;
mod columns;
mod csv;
mod definition_macros;
mod definitions;
mod earlier;
mod format_parity;
mod issued_rows;
mod kinds;
mod open_grants;
pub mod opening;
mod opening_file;
mod output;
mod parquet;
mod read;
mod report;
mod splice;
mod table_files;
#[cfg(test)]
mod testing;
mod together;
mod unchanged;
mod values;
mod view;

pub use batch_builder::{BATCH_ROWS, BatchBuilder, Cell, decimal};
pub use by_account::{
    ByAccount, TableRows, account_json, did_you_mean, first_account, no_such_account, records_in,
    records_of,
};
pub use carried_over::CarriedOver;
pub use columns::{ColumnType, TableColumn, optional, required};
pub(crate) use definitions::of_account;
pub use definitions::{
    ChargeCells, ChargeRow, DocumentCells, DocumentRow, ExceptionCells, ExceptionRow, ExpiredCells,
    ExpiredRow, GrantCells, GrantRow, LineCells, LineRow, OfAccount, PlanCells, PlanRow,
    RecentIdCells, RecentIdRow, Record, RejectCells, RejectRow, StateCells, StateRow,
    StatementCells, StatementRow, Table, arrow_schema, column,
};
pub use format_parity::{
    CappedList, CellFault, Difference, Inspection, SharedCells, differences, inspect,
};
pub use issued_rows::{DocumentNumbers, IssuedRow, Succession, succession};
pub use kinds::{DocumentType, ExpiryReason, LinePart, LineType, PoolKind};
pub use output::{Outputs, RevisionTables, TableGroup, write_all};
pub use read::{batches, records, row_count};
pub(crate) use report::report_table;
pub use report::{ReportColumn, ReportTable, ReportTarget, write_opening};
pub use table_files::{Content, Form, Output};
pub use together::{RowsDigest, Together};
pub use unchanged::{differ_in_columns_alone, differing_account};
pub use values::{Column, TableBatch, Value, Word};
pub(crate) use view::view;
